//! The error of a sign-in, with the hint for each cause.

use super::{CliError, Hint, Invocation};
use crate::cli::login::error::LoginError;
use crate::cli::login::loopback::error::ListenError;
use crate::{AuthError, ErrorCode};

impl From<LoginError> for CliError {
    fn from(error: LoginError) -> Self {
        let login = Invocation::new("login");
        let message = error.to_string();
        let other_name = error.other_loopback_name().map(str::to_owned);
        match error {
            LoginError::Listen(ListenError::Bind { .. }) => Self::usage(
                message,
                "choose another `--port`, or leave it out to take any that is free",
            ),
            LoginError::Listen(ListenError::External(_) | ListenError::Start(_)) | LoginError::Terminal(_) => {
                Self::io(message)
            }
            LoginError::NoTerminal { .. } => Self::usage(
                message,
                Hint::from("leave `--redirect-uri` out, or run ")
                    .command(login)
                    .text(" in a terminal"),
            ),
            LoginError::InputEnded => Self::usage(
                message,
                Hint::run(login).text(" again, and paste the URL of the browser's last page"),
            ),
            LoginError::Interrupted => Self::Interrupted,
            LoginError::TimedOut { waited } => Self::LoginTimedOut { waited },
            LoginError::Request(error) => error.into(),
            LoginError::Denied { error, .. } => denied(error, message),
            LoginError::Response(_) => Self::auth(
                AuthError::new(ErrorCode::TokenInvalid, message),
                match other_name {
                    Some(base_url) => Hint::run(login.option("--base-url", &base_url)),
                    None => Hint::run(login).text(" again; if it happens again, report it to the platform"),
                },
            ),
        }
    }
}

/// The platform, or the user, denied the authorization (RFC 6749 §4.1.2.1).
fn denied(oauth_error: String, message: String) -> CliError {
    let is_denial = oauth_error == "access_denied";
    let error = AuthError {
        // The two errors that stand for a 5xx, which a redirect cannot have, are as retryable as that.
        status: match oauth_error.as_str() {
            "server_error" => 500,
            "temporarily_unavailable" => 503,
            _ => 0,
        },
        oauth_error: Some(oauth_error),
        ..AuthError::new(ErrorCode::TokenInvalid, message)
    };
    match is_denial {
        true => {
            let hint = Hint::run(Invocation::new("login")).text(" again and approve it in the browser");
            CliError::auth(error, hint)
        }
        false => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_has_the_platforms_words_and_a_temporary_one_is_retryable() {
        let of = |error: &str, description: Option<&str>| {
            CliError::from(LoginError::Denied {
                error: error.into(),
                description: description.map(str::to_owned),
            })
            .report()
        };
        let refused = of("access_denied", Some("the user said no"));
        assert_eq!(
            refused.message,
            "the platform did not sign you in: the user said no, `access_denied`"
        );
        assert_eq!(
            (refused.code, refused.exit.number(), refused.status),
            ("TOKEN_INVALID", 1, 0)
        );
        assert_eq!(of("temporarily_unavailable", None).exit.number(), 5);
        assert_eq!(of("server_error", None).exit.number(), 5);
        assert_eq!(of("invalid_scope", None).exit.number(), 1);
    }
}
