//! Reading a variable of the environment: one that is missing, empty or not text.

use std::ffi::OsString;

use crate::cli::error::CliError;
use crate::cli::input::trim;

/// The environment, as a function from a variable's name to its value.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The variables that decide what a run does. `NOESIS_BROWSER` is none of them: a program that opens nothing harms nobody.
pub(super) const DECISIVE: [&str; 10] = [
    "NOESIS_TOKEN",
    "NOESIS_BASE_URL",
    "NOESIS_CLIENT_ID",
    "NOESIS_CLIENT_SECRET",
    "NOESIS_PROFILE",
    "NOESIS_STORE",
    "NOESIS_TIMEOUT",
    "NOESIS_CA_CERT",
    "NOESIS_CONFIG_DIR",
    "NOESIS_CACHE_DIR",
];

/// A variable that is set to nothing is an error: taken for unset, a secret that is missing in CI would have this machine's own
/// session verified in its place.
pub(super) fn check_none_is_empty(env: Env<'_>) -> Result<(), CliError> {
    let is_empty =
        |name: &&&str| env(name).is_some_and(|value| value.to_str().is_some_and(|text| trim(text).is_empty()));
    match DECISIVE.iter().find(is_empty) {
        None => Ok(()),
        Some(name) => Err(CliError::config(
            format!("the variable `{name}` is set to nothing"),
            Some(&format!("give it a value, or remove it with `unset {name}`")),
        )),
    }
}

/// The value of a variable; an empty one counts as unset.
pub(super) fn set(env: Env<'_>, name: &str) -> Option<OsString> {
    env(name).filter(|value| !value.is_empty())
}

/// The value and the name of a variable that has to be text.
pub(super) fn text(env: Env<'_>, name: &'static str) -> Result<Option<(String, &'static str)>, CliError> {
    match set(env, name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some((trim(&value).to_owned(), name)).filter(|(value, _)| !value.is_empty())),
        Some(Err(_)) => Err(CliError::config(
            format!("the variable `{name}` is not UTF-8 text"),
            None,
        )),
    }
}
