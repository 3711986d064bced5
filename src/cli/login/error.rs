//! Why a sign-in failed; `cli/error/` adds exit status and hint.

use std::io;
use std::time::Duration;

use super::authorization_response::ResponseError;
use super::loopback::error::ListenError;
use crate::AuthError;
use crate::http::BaseUrl;

/// Why there is no authorization.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The callback server could not start.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The redirect URI is not on this machine, and there is no terminal to paste the redirect URL into.
    #[error("nothing can listen for `{redirect_uri}` here, and there is no terminal to paste the redirect URL into")]
    NoTerminal {
        /// The redirect URI as the user wrote it.
        redirect_uri: String,
    },
    /// Standard input ended, and no other way is left.
    #[error("the input ended before the URL was pasted")]
    InputEnded,
    /// Ctrl-C was typed.
    #[error("interrupted")]
    Interrupted,
    /// Standard input could not be read.
    #[error("cannot read the terminal: {0}")]
    Terminal(io::Error),
    /// No response came in time.
    #[error("the sign-in was not completed in the browser within {}", crate::time::span(*waited))]
    TimedOut {
        /// How long the sign-in waited.
        waited: Duration,
    },
    /// The authorization URL could not be built.
    #[error(transparent)]
    Request(#[from] AuthError),
    /// The platform, or the user, denied the request (RFC 6749 §4.1.2.1). Both texts are the platform's own: untrusted.
    #[error("the platform did not sign you in: {}", denial(error, description.as_deref()))]
    Denied {
        /// The error code, for example `access_denied`.
        error: String,
        /// The description for the user.
        description: Option<String>,
    },
    /// The response is not usable.
    #[error(transparent)]
    Response(#[from] ResponseError),
}

fn denial(error: &str, description: Option<&str>) -> String {
    match description {
        Some(description) => format!("{description}, `{error}`"),
        None => format!("`{error}`"),
    }
}

impl LoginError {
    /// The base URL that the response came from, where it is this machine under another name: between other hosts this is
    /// what a mix-up attack looks like, and no suggestion.
    pub fn other_loopback_name(&self) -> Option<&str> {
        let is_loopback = |url: &str| BaseUrl::parse(url).is_ok_and(|url| url.is_loopback());
        match self {
            Self::Response(ResponseError::WrongIssuer { received, expected })
                if is_loopback(received) && is_loopback(expected) =>
            {
                Some(received)
            }
            _ => None,
        }
    }
}
