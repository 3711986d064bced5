//! Every error that a command can end with: its code, message, hint and exit status.
//!
//! The hint is a sentence that begins with what to do.

use std::io::ErrorKind;
use std::time::Duration;

use serde::Serialize;

use super::exit_status::ExitStatus;
use super::session::SessionError;
use super::store::StoreError;
use crate::{AuthError, ConnectFailure, ErrorCode};

/// Why a command did not succeed.
#[derive(Debug)]
pub enum CliError {
    /// The command line asks for what makes no sense.
    Usage { message: String, hint: Option<String> },
    /// A setting is missing or wrong.
    Config { message: String, hint: Option<String> },
    /// There is no session, or the server ended it.
    LoginRequired { message: String, hint: String },
    /// A call to the platform failed.
    Auth(AuthError),
    /// A call to the platform failed, and there is something better to say than the usual hint.
    AuthWithHint(AuthError, String),
    /// The session could not be kept or read.
    Store(StoreError),
    /// The platform refreshed the session, and the store did not take it.
    NotStored { message: String, source: StoreError },
    /// The sign-in in the browser was not completed in time.
    LoginTimedOut { waited: Duration },
    /// A file or stream could not be used.
    Io { message: String },
    /// A command that was to be run is not there, or cannot be run.
    NotRun { program: String, source: std::io::Error },
    /// Ctrl-C.
    Interrupted,
    /// The reader of standard output closed it: nothing is told, and the run counts as a success.
    BrokenPipe,
}

/// An error as it is told.
#[derive(Debug, Serialize)]
pub struct Report {
    pub code: &'static str,
    /// The HTTP status; 0 where there was none.
    pub status: u16,
    pub message: String,
    pub hint: Option<String>,
    pub retryable: bool,
    /// The exit status of the process.
    #[serde(skip)]
    pub exit: ExitStatus,
}

impl CliError {
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    pub fn config(message: impl Into<String>, hint: Option<&str>) -> Self {
        Self::Config {
            message: message.into(),
            hint: hint.map(str::to_owned),
        }
    }

    pub fn io(message: impl Into<String>) -> Self {
        Self::Io {
            message: message.into(),
        }
    }

    /// The error as it is told, with its exit status.
    pub fn report(&self) -> Report {
        let plain = |code, exit, message: &str, hint: Option<&str>| Report {
            code,
            status: 0,
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
            retryable: false,
            exit,
        };
        match self {
            Self::Usage { message, hint } => plain("USAGE", ExitStatus::Usage, message, hint.as_deref()),
            Self::Config { message, hint } => plain("CONFIG", ExitStatus::Usage, message, hint.as_deref()),
            Self::LoginRequired { message, hint } => {
                plain("LOGIN_REQUIRED", ExitStatus::LoginRequired, message, Some(hint))
            }
            Self::Auth(error) => auth(error, auth_hint(error)),
            Self::AuthWithHint(error, hint) => auth(error, Some(hint.clone())),
            Self::Store(error) => plain(
                "STORE_ERROR",
                ExitStatus::Failure,
                &error.to_string(),
                store_hint(error).as_deref(),
            ),
            Self::NotStored { message, source } => plain(
                "STORE_ERROR",
                ExitStatus::Failure,
                message,
                store_hint(source).as_deref(),
            ),
            Self::LoginTimedOut { waited } => Report {
                retryable: true,
                ..plain(
                    "NETWORK_ERROR",
                    ExitStatus::Unavailable,
                    &format!(
                        "nobody came back from the browser within {}",
                        super::output::time::span(*waited)
                    ),
                    Some(
                        "run `noesis login` again; `--wait 15m` waits longer. Where the page spoke of the redirect URI, the \
                         client has none of this machine: see `--port` and `--redirect-uri`",
                    ),
                )
            },
            Self::Io { message } => plain("IO_ERROR", ExitStatus::Failure, message, None),
            Self::NotRun { program, source } => {
                // What every shell answers, so that a script can tell it from what the command itself ends with.
                let exit = match source.kind() {
                    ErrorKind::NotFound => ExitStatus::NotFound,
                    _ => ExitStatus::NotExecutable,
                };
                let hint = Some("name a program that is on `PATH`, after `--`");
                plain("USAGE", exit, &format!("cannot run `{program}`: {source}"), hint)
            }
            Self::Interrupted => plain("INTERRUPTED", ExitStatus::Interrupted, "interrupted", None),
            Self::BrokenPipe => plain(
                "IO_ERROR",
                ExitStatus::Success,
                "the reader of the output has gone",
                None,
            ),
        }
    }
}

impl CliError {
    /// The error of a run whose requests went by a proxy: where no answer came, the proxy is the first to be asked.
    ///
    /// `proxy` says where it is set: `HTTPS_PROXY`.
    pub fn by_proxy(self, proxy: impl FnOnce() -> Option<String>) -> Self {
        match self {
            Self::Auth(error) if error.code == ErrorCode::NetworkError && error.connect_failure.is_none() => {
                match proxy() {
                    Some(proxy) => Self::AuthWithHint(
                        error,
                        format!(
                            "the request goes by the proxy that {proxy} names: check it, or leave the host out with `NO_PROXY`"
                        ),
                    ),
                    None => Self::Auth(error),
                }
            }
            other => other,
        }
    }
}

impl Report {
    /// The report of a run whose profile was named by a flag: its hints have to name it too, or they would act on another.
    pub fn for_profile(mut self, profile: &str) -> Self {
        if let Some(hint) = &mut self.hint {
            *hint = hint_for_profile(hint, profile);
        }
        self
    }
}

/// A hint that acts on the profile that was named.
pub fn hint_for_profile(hint: &str, profile: &str) -> String {
    match hint.contains("--profile") {
        true => hint.to_owned(),
        false => hint.replace("`noesis login", &format!("`noesis login --profile {profile}")),
    }
}

fn auth(error: &AuthError, hint: Option<String>) -> Report {
    let exit = match error.code {
        ErrorCode::Config => ExitStatus::Usage,
        _ if error.is_retryable() => ExitStatus::Unavailable,
        ErrorCode::TokenInvalid | ErrorCode::InvalidResponse | ErrorCode::NetworkError => ExitStatus::Failure,
    };
    Report {
        code: error.code.as_str(),
        status: error.status,
        message: error.message.clone(),
        hint,
        retryable: error.is_retryable(),
        exit,
    }
}

fn auth_hint(error: &AuthError) -> Option<String> {
    let sensible = Duration::from_secs(1)..Duration::from_secs(24 * 60 * 60);
    if let Some(wait) = error
        .retry_after
        .filter(|wait| error.is_retryable() && sensible.contains(wait))
    {
        return Some(format!(
            "try again in {}, as the server asks",
            super::output::time::span(wait)
        ));
    }
    if let Some(failure) = error.connect_failure {
        return Some(connect_hint(failure).to_owned());
    }
    let hint = match (error.code, error.oauth_error.as_deref(), error.status) {
        (ErrorCode::TokenInvalid, Some("invalid_client" | "unauthorized_client"), _) => {
            "check `--client-id`, and `--client-secret-file` where the client has a secret"
        }
        (ErrorCode::TokenInvalid, Some("invalid_grant"), _) => "run `noesis login` to sign in anew",
        (ErrorCode::TokenInvalid, _, 300..400 | 404 | 405) | (ErrorCode::InvalidResponse, _, _) => {
            "check `--base-url`: this is not how the platform answers, but how a proxy or another server can; `noesis doctor` \
             looks"
        }
        (_, _, 429 | 500..) => "try again in a while",
        (ErrorCode::NetworkError, _, _) => {
            "check `--base-url` and the network; `noesis doctor` goes the whole way step by step"
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

/// What mends what keeps a connection from being made.
pub fn connect_hint(failure: ConnectFailure) -> &'static str {
    match failure {
        ConnectFailure::UnknownIssuer => {
            "run it again with `--ca-cert PEM`, the file of the authority that signed it, or set `NOESIS_CA_CERT` to that file"
        }
        ConnectFailure::CertificateValidity => {
            "set this machine's clock where it is wrong; else the platform has to renew its certificate"
        }
        ConnectFailure::HostMismatch => "check `--base-url`: its host is none of those that the certificate is for",
        ConnectFailure::HostNotFound => {
            "check `--base-url` and the network; `noesis doctor` goes the whole way step by step"
        }
        _ => "check `--base-url` and its port: what listens there speaks no TLS that can be trusted",
    }
}

fn store_hint(error: &StoreError) -> Option<String> {
    let hint = match error {
        StoreError::Unavailable(_) => "run `noesis login --store file` to keep the session in a file of your own",
        StoreError::Locked => "unlock the keyring and try again, or run `noesis login --store file`",
        StoreError::TimedOut(_) => {
            "look for a window that asks to unlock the keyring, or run `noesis login --store file`"
        }
        StoreError::Ambiguous { service, profile } => {
            let both = "it removes yours and the other, and `noesis login` makes a new one";
            return Some(format!(
                "run `secret-tool clear service {service} username {profile}`; {both}"
            ));
        }
        StoreError::Corrupt { profile, .. } => return Some(login_hint(profile)),
        StoreError::Busy { .. } => "let it finish, or end it, then try again",
        StoreError::Refused(_) | StoreError::TooLarge { .. } => "run `noesis login --store file`",
        StoreError::Io { source, .. } => io_hint(source.kind()),
    };
    Some(hint.to_owned())
}

/// What to do about a file or folder of this program's own that cannot be used.
pub fn io_hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on that disk, then try again",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "make it yours to read and write, or set `NOESIS_CONFIG_DIR` to a folder that is"
        }
        ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "move away what is in the way there, or set `NOESIS_CONFIG_DIR` to another folder"
        }
        _ => "mend it, or set `NOESIS_CONFIG_DIR` to another folder",
    }
}

impl From<AuthError> for CliError {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
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
            | SessionError::Interrupted { profile, .. } => Self::LoginRequired {
                message,
                hint: login_hint(&profile),
            },
            SessionError::OtherPlatform { profile, requested, .. } => Self::LoginRequired {
                message,
                hint: login_hint_with(&profile, &format!("--base-url {requested}")),
            },
            SessionError::OtherClient { profile, requested, .. } => Self::LoginRequired {
                message,
                hint: login_hint_with(&profile, &format!("--client-id {requested}")),
            },
            SessionError::Refresh(error) => Self::Auth(error),
            SessionError::Store(error) => Self::Store(error),
            SessionError::NotStored(source) => Self::NotStored { message, source },
        }
    }
}

/// The hint where the token in the environment has expired.
pub const TOKEN_HINT: &str = "set `NOESIS_TOKEN` to a new token, or unset it to use the stored session";

/// The hint that signs a profile in.
pub fn login_hint(profile: &str) -> String {
    format!("run `{}`", login_command(profile))
}

/// The hint that signs a profile in with another flag.
fn login_hint_with(profile: &str, flag: &str) -> String {
    format!("run `{} {flag}`, or use another `--profile`", login_command(profile))
}

fn login_command(profile: &str) -> String {
    // A store may know the session by a longer name.
    match profile.split('@').next().unwrap_or(profile) {
        "default" => "noesis login".to_owned(),
        profile => format!("noesis login --profile {profile}"),
    }
}

impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.report().message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x1_every_error_has_the_exit_status_of_the_contract() {
        let http = |code, status| {
            CliError::Auth(AuthError {
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
    fn n5_a_retry_after_is_in_the_hint() {
        let error = AuthError {
            status: 429,
            retry_after: Some(Duration::from_secs(90)),
            ..AuthError::new(ErrorCode::TokenInvalid, "x")
        };
        let hint = CliError::Auth(error).report().hint.unwrap();
        assert_eq!(hint, "try again in 1 minute 30 seconds, as the server asks");
    }
}
