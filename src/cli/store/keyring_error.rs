//! Translates the keyring crate's errors into [`StoreError`]s.
//!
//! The crate reports the absence of a keyring as a "platform failure" with the driver's text. Its errors are never shown
//! through `Debug`, which prints the bytes of the secret, nor `Ambiguous` through `Display`, which prints the items; of any
//! other only the outermost text is used, as it repeats its sources.

use keyring::Error;
use zeroize::Zeroize as _;

use super::error::StoreError;

/// The service name of all items.
pub(super) const SERVICE: &str = "noesis";

/// The longest detail that is shown, in characters.
const DETAIL: usize = 160;

/// The error of an operation on the session of `profile`; not for `NoEntry` and `TooLong`, which callers handle.
pub(super) fn of(error: Error, profile: &str) -> StoreError {
    match error {
        Error::NoStorageAccess(_) if error.to_string().contains("result not returned") => {
            StoreError::Unavailable("the keyring service has no default collection".to_owned())
        }
        Error::NoStorageAccess(_) => StoreError::Locked,
        // The same, where the service reports it of an item instead of prompting to unlock it.
        Error::PlatformFailure(_) if error.to_string().contains("Secret.Error.IsLocked") => StoreError::Locked,
        Error::Ambiguous(_) => StoreError::Ambiguous {
            service: SERVICE.to_owned(),
            profile: profile.to_owned(),
        },
        Error::BadEncoding(mut bytes) | Error::BadDataFormat(mut bytes, _) => {
            bytes.zeroize();
            StoreError::corrupt(profile, "the keyring cannot decode it")
        }
        Error::BadStoreFormat(_) => StoreError::corrupt(profile, "the keyring is damaged"),
        Error::TooLong(..) | Error::Invalid(..) => StoreError::Refused(readable(&error)),
        _ => unavailable(&error),
    }
}

/// The error of a keyring that could not be opened at all.
pub(super) fn unavailable(error: &Error) -> StoreError {
    StoreError::Unavailable(readable(error))
}

/// Whether the item was deleted between its lookup and its use within one call.
pub(super) fn vanished(error: &Error) -> bool {
    let gone = [
        "Object does not exist at path",
        "DBus.Error.UnknownObject",
        "Secret.Error.NoSuchObject",
    ];
    match error {
        Error::PlatformFailure(_) => {
            let text = error.to_string();
            gone.iter().any(|gone| text.contains(gone))
        }
        _ => false,
    }
}

fn readable(error: &Error) -> String {
    let text = match error {
        // `of` handles these; their text must not be shown in any case.
        Error::Ambiguous(_) | Error::BadEncoding(_) | Error::BadDataFormat(..) => String::new(),
        _ => error.to_string(),
    };
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&["ServiceUnknown", ".service files", "NameHasNoOwner"]) {
        return "no keyring service on the session bus".to_owned();
    }
    if has(&[
        "no secret service provider or dbus session found",
        "Failed to connect to address",
    ]) {
        return "no session bus".to_owned();
    }
    detail(&text)
}

/// The first line of a driver's text, without the prefixes of the layers it passed through.
fn detail(text: &str) -> String {
    let mut rest = text.lines().next().unwrap_or_default();
    let layers = [
        "Platform failure: ",
        "Couldn't access platform storage: ",
        "zbus error: ",
        "zbus fdo error: ",
        "SS error: ",
        "SS Error: ",
    ];
    while let Some(inner) = layers.iter().find_map(|layer| rest.strip_prefix(layer)) {
        rest = inner;
    }
    let rest: String = rest.chars().filter(|c| !c.is_control()).take(DETAIL).collect();
    match rest.trim().trim_end_matches('.') {
        "" => "no reason given".to_owned(),
        rest => rest.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> Error {
        Error::PlatformFailure(text.into())
    }

    #[test]
    fn s2_an_absent_keyring_and_a_locked_one_are_different_errors() {
        let message = |error| of(error, "work").to_string();
        let absent = "no keyring is available: ";
        assert_eq!(
            message(failure("no secret service provider or dbus session found")),
            format!("{absent}no session bus")
        );
        assert_eq!(
            message(failure(
                "zbus error: org.freedesktop.DBus.Error.ServiceUnknown: The name …"
            )),
            format!("{absent}no keyring service on the session bus")
        );
        assert_eq!(
            message(failure("User interaction is not allowed.")),
            format!("{absent}User interaction is not allowed")
        );
        assert_eq!(
            message(Error::NoStorageAccess(
                "SS error: result not returned from SS API".into()
            )),
            format!("{absent}the keyring service has no default collection")
        );
        assert!(message(Error::NoDefaultStore).starts_with(absent));
        for locked in [
            Error::NoStorageAccess("SS error: prompt dismissed".into()),
            failure("zbus error: org.freedesktop.Secret.Error.IsLocked: Cannot create"),
        ] {
            assert_eq!(message(locked), "the keyring is locked");
        }
    }

    #[test]
    fn s2_a_damaged_an_ambiguous_and_a_refused_item_are_different_errors() {
        let damaged = of(Error::BadStoreFormat("canary".to_owned()), "work");
        assert!(matches!(damaged, StoreError::Corrupt { .. }), "{damaged}");
        let ambiguous = of(Error::Ambiguous(Vec::new()), "work");
        assert!(
            matches!(&ambiguous, StoreError::Ambiguous { profile, .. } if profile == "work"),
            "{ambiguous}"
        );
        for error in [
            Error::TooLong("name".to_owned(), 8),
            Error::Invalid("name".to_owned(), "reason".to_owned()),
        ] {
            let refused = of(error, "work");
            assert!(matches!(refused, StoreError::Refused(_)), "{refused}");
        }
    }

    #[test]
    fn a_deleted_item_and_an_absent_keyring_are_different_errors() {
        let text = "zbus error: org.freedesktop.DBus.Error.UnknownMethod: Object does not exist at path “/…/login/100”";
        assert!(vanished(&failure(text)));
        assert!(!vanished(&failure(
            "zbus error: org.freedesktop.DBus.Error.ServiceUnknown: The name …"
        )));
        assert!(!vanished(&Error::NoEntry));
    }

    #[test]
    fn n7_an_error_contains_no_bytes_of_the_secret() {
        let canary = || b"canary".to_vec();
        for error in [
            Error::BadEncoding(canary()),
            Error::BadDataFormat(canary(), "canary".into()),
        ] {
            assert!(!readable(&error).contains("canary"));
            let error = of(error, "work");
            assert!(matches!(error, StoreError::Corrupt { .. }));
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
    }

    #[test]
    fn x4_a_detail_is_one_short_line_without_control_characters() {
        let long = format!("Platform failure: zbus error: \u{1b}[31mred{}\nmore", "x".repeat(400));
        let detail = detail(&long);
        assert!(detail.starts_with("[31mredxxx"));
        assert_eq!(detail.chars().count(), DETAIL);
        assert_eq!(super::detail("Platform failure: "), "no reason given");
    }
}
