//! Which hint an error gets: what the user can do about it.

use std::io::ErrorKind;
use std::time::Duration;

use super::hint::{Hint, Invocation};
use crate::cli::store::StoreError;
use crate::error::Involved;
use crate::{AuthError, ConnectFailure, ErrorCode, time};

/// What to do where the token in the environment has expired.
pub const NEW_TOKEN: &str = "set `NOESIS_TOKEN` to a new token, or unset it to use the stored session";

/// What to do where a connection fails and the way to the platform has to be looked at.
const NETWORK: &str = "check `--base-url` and the network; `noesis doctor` checks every step on the way";

/// The command that signs a profile in.
pub fn login(profile: &str) -> Invocation {
    // A store may know the session by a longer name.
    let profile = profile.split('@').next().unwrap_or(profile);
    let login = Invocation::new("login");
    match profile {
        "default" => login,
        profile => login.profile(profile),
    }
}

/// What to do where the session of a profile is with another platform or client than a flag names.
pub fn login_with(profile: &str, flag: &str, value: &str) -> Hint {
    Hint::run(login(profile).option(flag, value)).text(", or use another `--profile`")
}

/// What to do about a failed call to the platform.
pub fn auth(error: &AuthError) -> Option<Hint> {
    let sensible = Duration::from_secs(1)..Duration::from_secs(24 * 60 * 60);
    if let Some(wait) = error
        .retry_after
        .filter(|wait| error.is_retryable() && sensible.contains(wait))
    {
        return Some(format!("try again in {}, as the server asks", time::span(wait)).into());
    }
    match (error.involved.as_deref(), error.connect_failure) {
        // A failure of another kind is the platform's, though a proxy is on the way.
        (Some(Involved::Proxy(_)), Some(failure)) if failure != ConnectFailure::Proxy => {}
        (Some(involved), _) => return Some(setting(*involved).into()),
        (None, _) => {}
    }
    if let Some(failure) = error.connect_failure {
        return Some(connect(failure).into());
    }
    let hint = match (error.code, error.oauth_error.as_deref(), error.status) {
        // Whatever it says, such an answer is about the server.
        (_, _, 429 | 500..) => "try again later",
        (ErrorCode::TokenInvalid, Some("invalid_client" | "unauthorized_client"), _) => {
            "check `--client-id`, and `--client-secret-file` where the client has a secret"
        }
        (ErrorCode::TokenInvalid, Some("invalid_grant"), _) => {
            return Some(Hint::run(Invocation::new("login")).text(" to sign in again"));
        }
        (ErrorCode::TokenInvalid, _, 300..400 | 404 | 405) | (ErrorCode::InvalidResponse, _, _) => {
            "check `--base-url`: a proxy or another server may have answered, and not the platform; `noesis doctor` tells"
        }
        (ErrorCode::NetworkError, _, _) => NETWORK,
        _ => return None,
    };
    Some(hint.into())
}

/// What to do about a setting of the environment.
fn setting(involved: Involved) -> String {
    match involved {
        Involved::BadProxy(variable) => {
            format!("set `{variable}` to the proxy, such as `http://HOST:PORT`, or run `unset {variable}`")
        }
        Involved::Proxy(variable) => {
            let place = match variable {
                Some(variable) => format!("`{variable}`"),
                None => "the system's settings".to_owned(),
            };
            format!("the request goes through the proxy in {place}: check it, or exempt the host with `NO_PROXY`")
        }
        Involved::Authorities(Some(variable)) => {
            format!(
                "set `{variable}` to where the certificates are, or run `unset {variable}`; or give `--ca-cert PEM`"
            )
        }
        Involved::Authorities(None) => "install the system's certificates (the package `ca-certificates`), or give \
             `--ca-cert PEM`, the file of the authority that signed the platform's"
            .to_owned(),
    }
}

/// What to do about a connection that cannot be made.
pub fn connect(failure: ConnectFailure) -> &'static str {
    match failure {
        ConnectFailure::UnknownIssuer => {
            "run it again with `--ca-cert PEM`, the file of the authority that signed it, or set `NOESIS_CA_CERT` to that file"
        }
        ConnectFailure::CertificateValidity => {
            "correct this machine's clock if it is wrong; otherwise the platform has to renew its certificate"
        }
        ConnectFailure::HostMismatch => "check `--base-url`: the certificate is not for its host",
        ConnectFailure::HostNotFound => NETWORK,
        _ => "check `--base-url` and its port: the server there does not offer TLS that can be trusted",
    }
}

/// What to do about a store that cannot keep or read the session.
pub fn store(error: &StoreError) -> Hint {
    let file = Invocation::new("login").option("--store", "file");
    match error {
        StoreError::Unavailable(_) => Hint::run(file).text(" to keep the session in a file of your own"),
        StoreError::Locked => Hint::from("unlock the keyring and try again, or run ").command(file),
        StoreError::TimedOut(_) => {
            Hint::from("look for a window that asks to unlock the keyring, or run ").command(file)
        }
        StoreError::Ambiguous { service, profile } => Hint::from(format!(
            "run `secret-tool clear service {service} username {profile}`, which removes all of them, then "
        ))
        .command(Invocation::new("login")),
        StoreError::Corrupt { profile, .. } => Hint::run(login(profile)),
        StoreError::Busy { .. } => "let it finish, or end it, then try again".into(),
        StoreError::Refused(_) | StoreError::TooLarge { .. } => Hint::run(file),
        StoreError::Io { source, .. } => io(source.kind()).into(),
    }
}

/// What to do about a file or folder of this program's own that cannot be used.
pub fn io(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free space on that disk, then try again",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "make it yours and writable for you alone, or set `NOESIS_CONFIG_DIR` to a folder that is"
        }
        ErrorKind::IsADirectory | ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "move the file or folder that is in the way, or set `NOESIS_CONFIG_DIR` to another folder"
        }
        _ => "repair it, or set `NOESIS_CONFIG_DIR` to another folder",
    }
}
