//! A tool on a synchronous server, which verifies tokens with the keys in a file: no async runtime, no HTTP client.
//!
//! ```sh
//! curl -o keys.json "$NOESIS_BASE_URL/.well-known/jwks.json"
//! cargo run --no-default-features --example tiny_http_tool -- keys.json "$NOESIS_BASE_URL" vision-lab &
//! curl -H "$(noesis token --header)" http://127.0.0.1:3000/
//! ```
//!
//! When the platform rotates its keys, fetch the file again and restart the tool.
#![allow(missing_docs)]

use std::error::Error;
use std::time::SystemTime;

use noesis::{KeySet, Keys, Policy, TokenPayload};
use tiny_http::{Header, Request, Response, Server};

/// A tool, and what the tokens of its users are verified by.
pub struct Tool {
    pub id: String,
    pub keys: KeySet,
    /// Without a tool: a valid token that gives no access is 403, not 401.
    pub policy: Policy,
}

/// Why a request is refused: its status, and the error code of the challenge (RFC 6750 §3.1).
type Refusal = (u16, Option<&'static str>, String);

impl Tool {
    /// Answers requests for as long as the server listens.
    pub fn serve(&self, server: &Server) {
        for request in server.incoming_requests() {
            let response = match self.authenticate(&request) {
                Ok(user) => Response::from_string(format!("{} draws", user.sub.unwrap_or_default())),
                Err((status, error, reason)) => {
                    let challenge = match error {
                        Some(error) => format!("Bearer realm=\"noesis\", error=\"{error}\""),
                        None => "Bearer realm=\"noesis\"".to_owned(),
                    };
                    let response = Response::from_string(reason).with_status_code(status);
                    match Header::from_bytes("WWW-Authenticate", challenge) {
                        Ok(header) => response.with_header(header),
                        Err(()) => response,
                    }
                }
            };
            // A client that has left gets no response; the next one does.
            let _ = request.respond(response);
        }
    }

    /// The user of a request, where the token is valid and gives access to this tool.
    fn authenticate(&self, request: &Request) -> Result<TokenPayload, Refusal> {
        let now = unix_seconds();
        let token = bearer_token(request).ok_or_else(|| (401, None, "no bearer token".to_owned()))?;
        let keys = Keys {
            set: Some(&self.keys),
            ..Keys::default()
        };
        let user = match self.policy.verify(token, keys, now).into_verified() {
            Ok(verified) => verified.into_payload(),
            Err(invalid) => return Err((401, Some("invalid_token"), invalid.to_string())),
        };
        if !user.has_tool_access(&self.id, now) {
            return Err((
                403,
                Some("insufficient_scope"),
                format!("no access to tool {}", self.id),
            ));
        }
        Ok(user)
    }
}

/// The token of the one `Authorization` header (RFC 6750 §2.1); two of them are ambiguous, and refused.
fn bearer_token(request: &Request) -> Option<&str> {
    let mut headers = request.headers().iter().filter(|h| h.field.equiv("Authorization"));
    let (header, None) = (headers.next()?, headers.next()) else {
        return None;
    };
    let (scheme, token) = header.value.as_str().split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then_some(token)
}

fn unix_seconds() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

#[allow(dead_code)]
fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(issuer), Some(id)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: tiny_http_tool KEYS.json ISSUER TOOL".into());
    };
    let tool = Tool {
        id,
        keys: KeySet::from_file(file)?,
        policy: Policy::new().issuer(issuer),
    };
    tool.serve(&Server::http("127.0.0.1:3000")?);
    Ok(())
}
