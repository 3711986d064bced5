//! Reading a variable of the environment: one that is missing, empty or not text.

use std::ffi::OsString;

use crate::cli::error::CliError;
use crate::cli::input::trim;

/// The environment, as a function from a variable's name to its value.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// What is documented of a variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name, or those of several that belong together.
    pub names: &'static [&'static str],
    /// What it does.
    pub meaning: &'static str,
    /// Whether it decides what a run does, so that setting it to nothing is an error.
    decides: bool,
}

const fn decisive(name: &'static [&'static str], meaning: &'static str) -> Variable {
    Variable {
        names: name,
        meaning,
        decides: true,
    }
}

const fn other(names: &'static [&'static str], meaning: &'static str) -> Variable {
    Variable {
        names,
        meaning,
        decides: false,
    }
}

/// Every variable that the program reads.
pub const VARIABLES: &[Variable] = &[
    decisive(&["NOESIS_BASE_URL"], "as `--base-url`"),
    decisive(&["NOESIS_CLIENT_ID"], "as `--client-id`"),
    decisive(
        &["NOESIS_CLIENT_SECRET"],
        "the secret of a confidential client, instead of `--client-secret-file`",
    ),
    decisive(&["NOESIS_PROFILE"], "as `--profile`"),
    decisive(&["NOESIS_STORE"], "as `--store`"),
    decisive(&["NOESIS_TIMEOUT"], "as `--timeout`"),
    decisive(&["NOESIS_CA_CERT"], "as `--ca-cert`"),
    decisive(
        &["NOESIS_TOKEN"],
        "an access token for this run, instead of the stored session",
    ),
    // A program that opens nothing harms nobody.
    other(
        &["NOESIS_BROWSER"],
        "the command that opens the URL of `login`; the URL is its last argument",
    ),
    decisive(
        &["NOESIS_CONFIG_DIR"],
        "the folder of `config.toml`, sessions and locks, instead of the usual ones",
    ),
    decisive(&["NOESIS_CACHE_DIR"], "the folder of cached key sets"),
    other(&["BROWSER"], "as `NOESIS_BROWSER`, after it and after the profile"),
    other(&["NO_COLOR", "TERM=dumb"], "no colour under `--color auto`"),
    other(
        &["HTTPS_PROXY", "ALL_PROXY"],
        "the proxy of requests to the platform, the first that is set and not empty; also in lower case. \
         `[SCHEME://][USER:PASSWORD@]HOST[:PORT]`, where the scheme is `http` (the default), `https`, `socks5h`, `socks5`, \
         `socks4a`, `socks4` or `socks`, which is `socks5h`. The platform's name is resolved by the proxy, for `socks5` and \
         `socks4` by this machine. Anything else is exit 2, in `HTTP_PROXY` as well, which is not used",
    ),
    other(
        &["NO_PROXY", "no_proxy"],
        "hosts without a proxy, separated by commas or spaces: `host` or `.host` (and all below it), `*.host` (all below \
         it), an address, a network (`10.0.0.0/8`), `*`; a host and an address also with `:PORT`",
    ),
    other(
        &["SSL_CERT_FILE", "SSL_CERT_DIR"],
        "certificates to trust instead of the system's (Linux); where there is none in them, exit 2",
    ),
    other(
        &["TZ", "TZDIR"],
        "the time zone of the times in texts, as the C library reads it: `Europe/Berlin`, `:Europe/Berlin`, a file, or a \
         POSIX rule. Where no zone is found, times are in UTC and say so",
    ),
    other(&["SSH_CONNECTION"], "over SSH, `login` shows the `ssh -L` line"),
    other(
        &["CI"],
        "nobody is at the terminal: no prompt, and no browser that is not named by a flag or variable; the same holds for \
         other variables of CI services and coding agents",
    ),
];

/// The names of the variables that decide what a run does.
pub(super) fn decisive_names() -> impl Iterator<Item = &'static str> {
    let deciding = VARIABLES.iter().filter(|variable| variable.decides);
    deciding.flat_map(|variable| variable.names.iter().copied())
}

/// A variable that is set to nothing is an error: taken for unset, a secret that is missing in CI would have this machine's own
/// session verified in its place.
pub(super) fn check_none_is_empty(env: Env<'_>) -> Result<(), CliError> {
    let is_empty =
        |name: &&str| env(name).is_some_and(|value| value.to_str().is_some_and(|text| trim(text).is_empty()));
    match decisive_names().find(is_empty) {
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

#[cfg(test)]
mod tests {
    use super::super::documented::rows;
    use super::*;

    #[test]
    fn the_documented_variables_are_those_of_the_table() {
        let written = VARIABLES.iter().map(|variable| {
            let names: Vec<String> = variable.names.iter().map(|name| format!("`{name}`")).collect();
            (names.join(", "), variable.meaning.to_owned())
        });
        let written: Vec<(String, String)> = written.collect();
        let documented: Vec<(String, String)> = rows("Variables")
            .into_iter()
            .map(|(names, meaning)| (names, meaning.replace("[usual ones](#files)", "usual ones")))
            .collect();
        assert_eq!(documented, written);
    }
}
