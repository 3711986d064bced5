//! Every error that a command can end with: its kind, message, source and hint.
//!
//! An error is reported once, as a [`Report`]: its code, message, hint and exit status.

pub mod advice;
mod hint;
mod login;
mod report;

use std::io::ErrorKind;
use std::time::Duration;

pub use self::hint::{Hint, Invocation};
pub use self::report::Report;
use super::exit_status::ExitStatus;
use super::session::SessionError;
use super::store::StoreError;
use crate::{AuthError, ErrorCode, time};

/// Why a command did not succeed.
#[derive(Debug)]
pub enum CliError {
    /// The command line asks for what makes no sense.
    Usage { message: String, hint: Option<Hint> },
    /// A setting is missing or wrong.
    Config { message: String, hint: Option<Hint> },
    /// There is no session, or the server ended it.
    LoginRequired { message: String, hint: Hint },
    /// A call to the platform failed; its hint, where it is another than the usual one of [`advice::auth`].
    Auth { source: AuthError, hint: Option<Hint> },
    /// The session could not be kept or read.
    Store(StoreError),
    /// The platform refreshed the session, and the store did not take it.
    NotStored { message: String, source: StoreError },
    /// The sign-in in the browser was not completed in time.
    LoginTimedOut { waited: Duration },
    /// A batch did not end in the time that it was given.
    DeadlinePassed { limit: Duration, checked: u64 },
    /// A file or stream could not be used.
    Io { message: String },
    /// A command that was to be run was not found, or cannot be run.
    NotRun { program: String, source: std::io::Error },
    /// Ctrl-C.
    Interrupted,
    /// The reader of standard output closed it: nothing is reported, and the run counts as a success.
    BrokenPipe,
}

impl CliError {
    pub fn usage(message: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    pub fn config(message: impl Into<String>, hint: Option<&str>) -> Self {
        Self::Config {
            message: message.into(),
            hint: hint.map(|hint| Hint::from(hint.to_owned())),
        }
    }

    pub fn login_required(message: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::LoginRequired {
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// A failed call to the platform with another hint than the usual one.
    pub fn auth(source: AuthError, hint: impl Into<Hint>) -> Self {
        Self::Auth {
            source,
            hint: Some(hint.into()),
        }
    }

    pub fn io(message: impl Into<String>) -> Self {
        Self::Io {
            message: message.into(),
        }
    }

    /// The error as it is reported, with its exit status.
    pub fn report(&self) -> Report {
        Report {
            code: self.code(),
            status: match self {
                Self::Auth { source, .. } => source.status,
                _ => 0,
            },
            message: self.to_string(),
            hint: self.hint(),
            retryable: match self {
                Self::Auth { source, .. } => source.is_retryable(),
                Self::LoginTimedOut { .. } | Self::DeadlinePassed { .. } => true,
                _ => false,
            },
            exit: self.exit_status(),
        }
    }

    /// The error code of `--json`.
    fn code(&self) -> &'static str {
        match self {
            Self::Usage { .. } | Self::NotRun { .. } => "USAGE",
            Self::Config { .. } => "CONFIG",
            Self::LoginRequired { .. } => "LOGIN_REQUIRED",
            Self::Auth { source, .. } => source.code.as_str(),
            Self::Store(_) | Self::NotStored { .. } => "STORE_ERROR",
            Self::LoginTimedOut { .. } | Self::DeadlinePassed { .. } => "NETWORK_ERROR",
            Self::Io { .. } | Self::BrokenPipe => "IO_ERROR",
            Self::Interrupted => "INTERRUPTED",
        }
    }

    /// The exit status of a run that ends with it.
    pub fn exit_status(&self) -> ExitStatus {
        match self {
            Self::Usage { .. } | Self::Config { .. } => ExitStatus::Usage,
            Self::LoginRequired { .. } => ExitStatus::LoginRequired,
            Self::Auth { source, .. } => match source.code {
                ErrorCode::Config => ExitStatus::Usage,
                _ if source.is_retryable() => ExitStatus::Unavailable,
                ErrorCode::TokenInvalid | ErrorCode::InvalidResponse | ErrorCode::NetworkError => ExitStatus::Failure,
            },
            Self::LoginTimedOut { .. } | Self::DeadlinePassed { .. } => ExitStatus::Unavailable,
            Self::Store(_) | Self::NotStored { .. } | Self::Io { .. } => ExitStatus::Failure,
            // What every shell answers, so that a script can tell it from what the command itself ends with.
            Self::NotRun { source, .. } => match source.kind() {
                ErrorKind::NotFound => ExitStatus::NotFound,
                _ => ExitStatus::NotExecutable,
            },
            Self::Interrupted => ExitStatus::Interrupted,
            Self::BrokenPipe => ExitStatus::Success,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Usage { hint, .. } | Self::Config { hint, .. } => hint.clone(),
            Self::LoginRequired { hint, .. } => Some(hint.clone()),
            Self::Auth { source, hint } => hint.clone().or_else(|| advice::auth(source)),
            Self::Store(error) | Self::NotStored { source: error, .. } => Some(advice::store(error)),
            Self::LoginTimedOut { .. } => Some(Hint::run(Invocation::new("login")).text(
                " again; `--wait 15m` waits longer. If the page complained about the redirect URI, the client has none \
                 registered for this machine: see `--port` and `--redirect-uri`",
            )),
            Self::DeadlinePassed { .. } => Some("give `--deadline` more time, or split the batch".into()),
            Self::NotRun { .. } => Some("name a program that is on `PATH`, after `--`".into()),
            Self::Io { .. } | Self::Interrupted | Self::BrokenPipe => None,
        }
    }
}

impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage { message, .. }
            | Self::Config { message, .. }
            | Self::LoginRequired { message, .. }
            | Self::NotStored { message, .. }
            | Self::Io { message } => f.write_str(message),
            Self::Auth { source, .. } => f.write_str(&source.message),
            Self::Store(error) => error.fmt(f),
            Self::LoginTimedOut { waited } => {
                let waited = time::span(*waited);
                write!(f, "the sign-in was not completed in the browser within {waited}")
            }
            Self::DeadlinePassed { limit, checked } => write!(
                f,
                "the batch did not end within {}: {} checked, the rest not",
                time::span(*limit),
                match checked {
                    1 => "1 line was".to_owned(),
                    many => format!("{many} lines were"),
                }
            ),
            Self::NotRun { program, source } => write!(f, "cannot run `{program}`: {source}"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::BrokenPipe => f.write_str("the reader of standard output closed it"),
        }
    }
}

impl std::error::Error for CliError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Auth { source, .. } => Some(source),
            Self::Store(error) | Self::NotStored { source: error, .. } => Some(error),
            Self::NotRun { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<AuthError> for CliError {
    fn from(source: AuthError) -> Self {
        Self::Auth { source, hint: None }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<SessionError> for CliError {
    fn from(error: SessionError) -> Self {
        let message = error.to_string();
        match error {
            SessionError::NotSignedIn { profile }
            | SessionError::NoRefreshToken { profile, .. }
            | SessionError::Ended { profile, .. }
            | SessionError::Interrupted { profile, .. } => {
                Self::login_required(message, Hint::run(advice::login(&profile)))
            }
            SessionError::OtherPlatform { profile, requested, .. } => {
                Self::login_required(message, advice::login_with(&profile, "--base-url", &requested))
            }
            SessionError::OtherClient { profile, requested, .. } => {
                Self::login_required(message, advice::login_with(&profile, "--client-id", &requested))
            }
            SessionError::Refresh(error) => error.into(),
            SessionError::Store(error) => error.into(),
            SessionError::NotStored(source) => Self::NotStored { message, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x1_every_error_has_the_exit_status_of_the_contract() {
        let http = |code, status| {
            CliError::from(AuthError {
                status,
                ..AuthError::new(code, "x")
            })
        };
        for (error, code, exit, retryable) in [
            (CliError::usage("x", "y"), "USAGE", 2, false),
            (CliError::config("x", None), "CONFIG", 2, false),
            (
                CliError::LoginRequired {
                    message: "x".into(),
                    hint: "y".into(),
                },
                "LOGIN_REQUIRED",
                4,
                false,
            ),
            (http(ErrorCode::TokenInvalid, 400), "TOKEN_INVALID", 1, false),
            (http(ErrorCode::TokenInvalid, 429), "TOKEN_INVALID", 5, true),
            (http(ErrorCode::TokenInvalid, 503), "TOKEN_INVALID", 5, true),
            (http(ErrorCode::InvalidResponse, 200), "INVALID_RESPONSE", 1, false),
            (http(ErrorCode::NetworkError, 0), "NETWORK_ERROR", 5, true),
            (http(ErrorCode::Config, 0), "CONFIG", 2, false),
            (CliError::Store(StoreError::Locked), "STORE_ERROR", 1, false),
            (CliError::io("x"), "IO_ERROR", 1, false),
            (CliError::Interrupted, "INTERRUPTED", 130, false),
        ] {
            let report = error.report();
            assert!(report.exit.codes().contains(&report.code), "{code}");
            assert_eq!(
                (report.code, report.exit.number(), report.retryable),
                (code, exit, retryable)
            );
        }
        assert_eq!(CliError::BrokenPipe.report().exit, ExitStatus::Success);
    }

    #[test]
    fn an_answer_about_the_server_hints_at_no_sign_in() {
        for status in [429, 500, 503] {
            for name in ["invalid_grant", "invalid_client"] {
                let error = AuthError {
                    status,
                    oauth_error: Some(name.into()),
                    ..AuthError::new(ErrorCode::TokenInvalid, "x")
                };
                let hint = CliError::from(error).report().hint.unwrap();
                assert_eq!(hint.to_string(), "try again later", "{status} {name}");
            }
        }
    }

    #[test]
    fn n5_a_retry_after_is_in_the_hint() {
        let error = AuthError {
            status: 429,
            retry_after: Some(Duration::from_secs(90)),
            ..AuthError::new(ErrorCode::TokenInvalid, "x")
        };
        let hint = CliError::from(error).report().hint.unwrap();
        assert_eq!(hint.to_string(), "try again in 1 minute 30 seconds, as the server asks");
    }
}
