//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3): which requests are valid, and how the others are rejected.

use super::expiring::TextSize;
use super::form::Params;
use super::seed::{self, Client, GrantType};
use super::{pkce, redirect};

/// A valid authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AuthorizationRequest {
    pub(super) client: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) login_hint: Option<String>,
}

impl TextSize for AuthorizationRequest {
    fn text_size(&self) -> usize {
        let optional = [&self.state, &self.scope, &self.challenge, &self.login_hint];
        let optional: usize = optional.into_iter().flatten().map(String::len).sum();
        self.client.len() + self.redirect_uri.len() + optional
    }
}

/// Why a request is rejected. The client learns of it by redirect, but only if client and redirect URI are valid
/// (RFC 6749 §4.1.2.1).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// Nothing may be sent to the redirect URI; the user sees an error page.
    ErrorPage(PageError),
    /// An error response to the redirect URI.
    Redirect {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
        description: String,
    },
}

/// A client or redirect URI that is missing, ambiguous or not registered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PageError {
    Missing(&'static str),
    Repeated(&'static str),
    UnknownClient(String),
    RedirectUriMismatch {
        client_name: String,
        registered: Vec<String>,
        requested: String,
    },
}

/// Checks a request in the order that RFC 6749 §4.1.2.1 requires: first whether the redirect URI can be trusted.
pub(super) fn validate(clients: &[Client], params: &Params) -> Result<AuthorizationRequest, Rejection> {
    let (client, redirect_uri) = client_and_redirect_uri(clients, params).map_err(Rejection::ErrorPage)?;
    let rejected = |(error, description): (&'static str, String)| Rejection::Redirect {
        redirect_uri: redirect_uri.to_owned(),
        state: params
            .get("state")
            .filter(|_| !params.is_repeated("state"))
            .map(Into::into),
        error,
        description,
    };
    check_parameters(client, params).map_err(rejected)?;
    let value = |name| params.get(name).map(str::to_owned);
    Ok(AuthorizationRequest {
        client: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: value("state"),
        scope: value("scope"),
        challenge: value("code_challenge"),
        login_hint: value("login_hint"),
    })
}

fn client_and_redirect_uri<'a>(clients: &'a [Client], params: &'a Params) -> Result<(&'a Client, &'a str), PageError> {
    for name in ["client_id", "redirect_uri"] {
        if params.is_repeated(name) {
            return Err(PageError::Repeated(name));
        }
    }
    let id = params.get("client_id").ok_or(PageError::Missing("client_id"))?;
    let client = seed::client(clients, id).ok_or_else(|| PageError::UnknownClient(id.to_owned()))?;
    let requested = params.get("redirect_uri").ok_or(PageError::Missing("redirect_uri"))?;
    let mut registered = client.redirect_uris.iter();
    if registered.any(|registered| redirect::matches(registered, requested)) {
        return Ok((client, requested));
    }
    Err(PageError::RedirectUriMismatch {
        client_name: client.name.clone(),
        registered: client.redirect_uris.clone(),
        requested: requested.to_owned(),
    })
}

/// Everything else, as an `error` and its `error_description`.
fn check_parameters(client: &Client, params: &Params) -> Result<(), (&'static str, String)> {
    let error = |error, description: &str| Err((error, description.to_owned()));
    if let Some(name) = params.repeated() {
        // The name is the client's own text; an error description allows few characters (RFC 6749 §4.1.2.1).
        let name: String = name
            .chars()
            .filter(char::is_ascii_graphic)
            .filter(|c| !"\"\\".contains(*c))
            .collect();
        return error("invalid_request", &format!("{name} is given more than once"));
    }
    match params.get("response_type") {
        Some("code") => {}
        None => return error("invalid_request", "response_type is missing"),
        Some(_) => return error("unsupported_response_type", "response_type must be code"),
    }
    if !client.grants.contains(&GrantType::AuthorizationCode) {
        return error(
            "unauthorized_client",
            "this client may not use the authorization code grant",
        );
    }
    check_challenge(client, params).or_else(|description| error("invalid_request", description))?;
    if params.get("scope").is_some_and(|scope| !is_scope(scope)) {
        return error(
            "invalid_scope",
            "scope has characters that RFC 6749 section 3.3 does not allow",
        );
    }
    Ok(())
}

fn check_challenge(client: &Client, params: &Params) -> Result<(), &'static str> {
    let challenge = params.get("code_challenge");
    match (challenge, params.get("code_challenge_method")) {
        (Some(_), None) => Err("code_challenge_method is missing, which means plain; only S256 is supported"),
        (_, Some(method)) if method != "S256" => Err("code_challenge_method must be S256"),
        (None, Some(_)) => Err("code_challenge is missing"),
        (None, None) if client.secret.is_none() => {
            Err("code_challenge is missing; a public client needs PKCE (RFC 7636)")
        }
        (Some(challenge), Some(_)) if !pkce::is_challenge(challenge) => {
            Err("code_challenge must be the 43 characters of a base64url SHA-256")
        }
        (None, None) | (Some(_), Some(_)) => Ok(()),
    }
}

/// Whether this is a `scope` by the grammar of RFC 6749 §3.3.
fn is_scope(scope: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    scope
        .split(' ')
        .all(|token| !token.is_empty() && token.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_tokens_of_the_allowed_characters_separated_by_one_space() {
        for good in ["a", "openid profile", "a:b/c", "~!#"] {
            assert!(is_scope(good), "{good}");
        }
        for bad in ["a  b", " a", "a ", "a\"b", "a\\b", "é", "a\nb"] {
            assert!(!is_scope(bad), "{bad}");
        }
    }
}
