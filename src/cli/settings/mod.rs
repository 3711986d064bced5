//! Every setting and where it comes from: flag, then environment, then profile, then default.
//!
//! [`Settings::resolve`] is the one place that knows this order. It takes the environment as a function, so that it is a pure
//! computation; [`Settings::from_process`] passes the real one. Nothing below the commands reads either.

mod config;
pub mod environment;
mod paths;
mod secret;

use std::ffi::OsString;
#[cfg(feature = "sandbox")]
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

pub use self::config::{Config, ProfileUpdate, check_update, update_profile};
pub use self::paths::Paths;
use self::secret::ClientSecret;
use super::args::{GlobalArgs, duration};
use super::error::CliError;
use super::input::{bare_token, trim};
use super::store::{StoreKind, valid_profile_name};
use crate::Secret;

/// The environment, as a function from a variable's name to its value.
type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where a value comes from, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Flag(&'static str),
    Env(&'static str),
    Profile,
    Default,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Source,
}

/// The settings of a run.
#[derive(Debug)]
pub struct Settings {
    pub profile: Sourced<String>,
    pub base_url: Option<Sourced<String>>,
    pub client_id: Option<Sourced<String>>,
    /// The client's secret, or the file that it is in; see [`Settings::client_secret`].
    client_secret: Option<ClientSecret>,
    pub store: Sourced<StoreKind>,
    pub timeout: Duration,
    pub ca_cert: Option<PathBuf>,
    /// `NOESIS_TOKEN`: an access token for this run, instead of the stored session.
    pub token: Option<Secret>,
    /// The command that opens the browser: `NOESIS_BROWSER`, then the profile, then `BROWSER`.
    pub browser: Option<String>,
    /// The SSH session that this program runs in, if any.
    pub ssh: Option<SshSession>,
    pub no_input: bool,
    pub paths: Paths,
    /// The config file as it was read; `logout --all` iterates over its profiles.
    pub config: Config,
    /// Why the config file could not be used, where it counts as empty for that: see [`Settings::require_config`].
    config_error: Option<CliError>,
}

/// An SSH session that this program runs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSession {
    /// The user's name on this machine, if known.
    pub user: Option<String>,
    /// `SSH_CONNECTION`: the client's address and port, then this machine's (ssh(1)).
    pub connection: String,
}

impl Settings {
    /// The settings of this process.
    pub fn from_process(args: &GlobalArgs) -> Result<Self, CliError> {
        Self::resolve(args, &|name| std::env::var_os(name))
    }

    fn resolve(args: &GlobalArgs, env: Env<'_>) -> Result<Self, CliError> {
        check_none_is_empty(env)?;
        let paths = Paths::resolve(env);
        let (config, config_error) = match Config::read(&paths) {
            Ok(config) => (config, None),
            Err(error) => (Config::default(), Some(error)),
        };

        let name = pick(args.profile.clone(), "--profile", text(env, "NOESIS_PROFILE")?, None);
        let name = name.unwrap_or(Sourced {
            value: "default".into(),
            source: Source::Default,
        });
        if !valid_profile_name(&name.value) {
            return Err(CliError::usage(
                format!("invalid profile name `{}`", name.value),
                "use up to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or digit",
            ));
        }
        let profile = config.profile.get(&name.value).cloned().unwrap_or_default();

        let profile_base_url = profile.base_url.clone();
        let base_url = pick(
            args.base_url.clone(),
            "--base-url",
            text(env, "NOESIS_BASE_URL")?,
            profile.base_url,
        );
        let client_id = pick(
            args.client_id.clone(),
            "--client-id",
            text(env, "NOESIS_CLIENT_ID")?,
            profile.client_id,
        );
        let store = match text(env, "NOESIS_STORE")? {
            Some((value, variable)) => {
                let kind = StoreKind::from_name(&value).ok_or_else(|| {
                    let names = StoreKind::names(|name| format!("`{name}`"));
                    CliError::config(
                        format!("`{variable}` is `{value}`, which is not a store"),
                        Some(&format!("set it to {names}")),
                    )
                })?;
                Some((kind, variable))
            }
            None => None,
        };
        let store = pick(args.store, "--store", store, profile.store).unwrap_or(Sourced {
            value: StoreKind::default(),
            source: Source::Default,
        });
        let timeout = match (args.timeout, text(env, "NOESIS_TIMEOUT")?, profile.timeout) {
            (Some(timeout), _, _) => timeout,
            (None, Some((value, variable)), _) => {
                duration(&value).map_err(|why| CliError::config(format!("`{variable}`: {why}"), None))?
            }
            (None, None, Some(value)) => {
                duration(&value).map_err(|why| CliError::config(format!("`timeout` of the profile: {why}"), None))?
            }
            (None, None, None) => crate::http::DEFAULT_TIMEOUT,
        };
        let ca_cert = args
            .ca_cert
            .clone()
            .or_else(|| set(env, "NOESIS_CA_CERT").map(PathBuf::from))
            .or(profile.ca_cert);
        let client_secret = match (&args.client_secret_file, text(env, "NOESIS_CLIENT_SECRET")?) {
            (Some(path), _) => Some(ClientSecret::File(path.clone())),
            (None, Some((secret, _))) => Some(ClientSecret::Value(Secret::from(secret))),
            (None, None) => profile.client_secret_file.map(|path| ClientSecret::ProfileFile {
                path,
                base_url: profile_base_url,
            }),
        };
        let browser = match (text(env, "NOESIS_BROWSER")?, profile.browser, text(env, "BROWSER")?) {
            (Some((command, _)), _, _) | (None, Some(command), _) | (None, None, Some((command, _))) => Some(command),
            (None, None, None) => None,
        };

        Ok(Self {
            profile: name,
            base_url,
            client_id,
            client_secret,
            store,
            timeout,
            ca_cert,
            token: text(env, "NOESIS_TOKEN")?
                .map(|(token, _)| token_of_environment(&token))
                .transpose()?,
            browser,
            ssh: ssh(env),
            no_input: args.no_input,
            paths,
            config,
            config_error,
        })
    }

    /// The settings of a command with an environment of its own: flags alone, no variables, no config file.
    #[cfg(feature = "sandbox")]
    pub fn of_flags(args: &GlobalArgs) -> Self {
        let sourced = |value: &Option<String>, flag| {
            value.clone().map(|value| Sourced {
                value,
                source: Source::Flag(flag),
            })
        };
        let default = |value: &str| Sourced {
            value: value.to_owned(),
            source: Source::Default,
        };
        Self {
            profile: sourced(&args.profile, "--profile").unwrap_or_else(|| default("default")),
            base_url: sourced(&args.base_url, "--base-url"),
            client_id: sourced(&args.client_id, "--client-id"),
            client_secret: None,
            store: Sourced {
                value: args.store.unwrap_or_default(),
                source: Source::Default,
            },
            timeout: args.timeout.unwrap_or(crate::http::DEFAULT_TIMEOUT),
            ca_cert: args.ca_cert.clone(),
            token: None,
            browser: None,
            ssh: None,
            no_input: args.no_input,
            paths: Paths::nowhere(),
            config: Config::default(),
            config_error: None,
        }
    }
}

impl Settings {
    /// The error of a config file that could not be used. It stops only what needs something of the file: a run that has all
    /// by flags and variables goes on without it.
    pub fn require_config(&self) -> Result<(), CliError> {
        match &self.config_error {
            Some(CliError::Config { message, hint }) => Err(CliError::Config {
                message: message.clone(),
                hint: hint.clone(),
            }),
            Some(other) => Err(CliError::config(other.to_string(), None)),
            None => Ok(()),
        }
    }
}

/// Whether the environment disables colour, which has to be known before anything else can fail.
pub fn colour_unwanted() -> bool {
    set(&|name| std::env::var_os(name), "NO_COLOR").is_some() || std::env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// `PATH` with a folder in front, for a child process.
#[cfg(feature = "sandbox")]
pub fn path_with(first: &Path) -> Result<OsString, CliError> {
    // Without a `PATH` there is no other folder; an empty one would mean the current folder.
    let path = std::env::var_os("PATH").filter(|path| !path.is_empty());
    let others: Vec<PathBuf> = path.iter().flat_map(std::env::split_paths).collect();
    let dirs = std::iter::once(first.to_owned()).chain(others);
    std::env::join_paths(dirs).map_err(|_| CliError::io(format!("`{}` cannot be put on `PATH`", first.display())))
}

/// The folder of temporary files, absolute: `TMPDIR` on Unix, where one that is set to nothing counts as unset.
#[cfg(feature = "sandbox")]
pub fn temporary_folder() -> std::io::Result<PathBuf> {
    let dir = std::env::temp_dir();
    match dir.as_os_str().is_empty() {
        true => Ok(PathBuf::from("/tmp")),
        false => std::path::absolute(dir),
    }
}

/// `NOESIS_TOKEN`, which has to be a token that can be sent in a header.
fn token_of_environment(text: &str) -> Result<Secret, CliError> {
    let token = bare_token(text);
    if token.is_empty() || !token.is_sendable() {
        return Err(CliError::config(
            "the variable `NOESIS_TOKEN` is not a token",
            Some("set it to an access token, or unset it"),
        ));
    }
    Ok(token)
}

fn pick<T>(
    flag: Option<T>,
    flag_name: &'static str,
    env: Option<(T, &'static str)>,
    profile: Option<T>,
) -> Option<Sourced<T>> {
    let sourced = |value, source| Some(Sourced { value, source });
    match (flag, env, profile) {
        (Some(value), _, _) => sourced(value, Source::Flag(flag_name)),
        (None, Some((value, name)), _) => sourced(value, Source::Env(name)),
        (None, None, Some(value)) => sourced(value, Source::Profile),
        (None, None, None) => None,
    }
}

/// The variables that decide what a run does. `NOESIS_BROWSER` is none of them: a program that opens nothing harms nobody.
const DECISIVE: [&str; 10] = [
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
fn check_none_is_empty(env: Env<'_>) -> Result<(), CliError> {
    let is_empty =
        |name: &&&str| env(name).is_some_and(|value| value.to_str().is_some_and(|text| text.trim().is_empty()));
    match DECISIVE.iter().find(is_empty) {
        None => Ok(()),
        Some(name) => Err(CliError::config(
            format!("the variable `{name}` is set to nothing"),
            Some(&format!("give it a value, or remove it with `unset {name}`")),
        )),
    }
}

/// The value of a variable; an empty one counts as unset.
fn set(env: Env<'_>, name: &str) -> Option<OsString> {
    env(name).filter(|value| !value.is_empty())
}

/// The value and the name of a variable that has to be text.
fn text(env: Env<'_>, name: &'static str) -> Result<Option<(String, &'static str)>, CliError> {
    match set(env, name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some((trim(&value).to_owned(), name))),
        Some(Err(_)) => Err(CliError::config(
            format!("the variable `{name}` is not UTF-8 text"),
            None,
        )),
    }
}

fn ssh(env: Env<'_>) -> Option<SshSession> {
    Some(SshSession {
        connection: set(env, "SSH_CONNECTION")?.into_string().ok()?,
        user: set(env, "USER").and_then(|user| user.into_string().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn resolve(args: &GlobalArgs, config: &str, vars: &[(&str, &str)]) -> Result<Settings, CliError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), config).unwrap();
        let mut vars: HashMap<String, OsString> = vars
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        vars.insert("NOESIS_CONFIG_DIR".into(), dir.path().into());
        Settings::resolve(args, &|name| vars.get(name).cloned())
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_profile_which_beats_the_default() {
        let config = "[profile.default]\nbase_url = \"https://profile\"\nstore = \"file\"\ntimeout = \"3s\"\n";
        let env = [
            ("NOESIS_BASE_URL", "https://env"),
            ("NOESIS_STORE", "memory"),
            ("NOESIS_TIMEOUT", "4s"),
        ];
        let args = GlobalArgs {
            base_url: Some("https://flag".into()),
            timeout: Some(Duration::from_secs(5)),
            ..GlobalArgs::default()
        };

        let all = resolve(&args, config, &env).unwrap();
        let base_url = all.base_url.unwrap();
        assert_eq!(
            (base_url.value.as_str(), base_url.source),
            ("https://flag", Source::Flag("--base-url"))
        );
        assert_eq!(
            (all.store.value, all.store.source),
            (StoreKind::Memory, Source::Env("NOESIS_STORE"))
        );
        assert_eq!(all.timeout, Duration::from_secs(5));

        let env_only = resolve(&GlobalArgs::default(), config, &env).unwrap();
        assert_eq!(env_only.base_url.unwrap().value, "https://env");
        assert_eq!(env_only.timeout, Duration::from_secs(4));

        let profile_only = resolve(&GlobalArgs::default(), config, &[]).unwrap();
        assert_eq!(profile_only.base_url.unwrap().source, Source::Profile);
        assert_eq!(profile_only.store.value, StoreKind::File);
        assert_eq!(profile_only.timeout, Duration::from_secs(3));

        let none = resolve(&GlobalArgs::default(), "", &[]).unwrap();
        assert_eq!((none.base_url, none.client_id), (None, None));
        assert_eq!(
            (none.store.value, none.store.source),
            (StoreKind::Keyring, Source::Default)
        );
        assert_eq!(none.timeout, Duration::from_secs(10));
    }

    #[test]
    fn a_variable_that_decides_something_and_is_set_to_nothing_is_an_error() {
        for name in DECISIVE {
            for nothing in ["", " ", "\n"] {
                // `NOESIS_CONFIG_DIR` is set by the helper.
                if name == "NOESIS_CONFIG_DIR" {
                    continue;
                }
                let report = resolve(&GlobalArgs::default(), "", &[(name, nothing)])
                    .unwrap_err()
                    .report();
                assert_eq!(report.exit.number(), 2, "{name}");
                assert_eq!(report.message, format!("the variable `{name}` is set to nothing"));
            }
        }
        assert!(
            Settings::resolve(&GlobalArgs::default(), &|name| (name == "NOESIS_CONFIG_DIR")
                .then(OsString::new))
            .is_err()
        );
        for harmless in ["NOESIS_BROWSER", "BROWSER"] {
            let settings = resolve(&GlobalArgs::default(), "", &[(harmless, "")]).unwrap();
            assert_eq!(settings.browser, None);
        }
    }

    #[test]
    fn the_browser_is_noesis_browser_then_the_profile_then_browser() {
        let config = "[profile.default]\nbrowser = \"p\"\n";
        let of = |config, vars: &[(&str, &str)]| resolve(&GlobalArgs::default(), config, vars).unwrap().browser;
        assert_eq!(
            of(config, &[("NOESIS_BROWSER", "n"), ("BROWSER", "b")]).as_deref(),
            Some("n")
        );
        assert_eq!(of(config, &[("BROWSER", "b")]).as_deref(), Some("p"));
        assert_eq!(of("", &[("BROWSER", "b")]).as_deref(), Some("b"));
        assert_eq!(of("", &[]), None);
    }

    #[test]
    fn an_invalid_setting_names_its_source() {
        for (config, vars, words) in [
            ("", vec![("NOESIS_STORE", "vault")], "`NOESIS_STORE` is `vault`"),
            ("", vec![("NOESIS_TIMEOUT", "soon")], "`NOESIS_TIMEOUT`"),
            ("", vec![("NOESIS_PROFILE", "../x")], "invalid profile name `../x`"),
            ("[profile.default]\nbase_uri = \"x\"\n", vec![], "line 2"),
            ("[profile.default]\nstore = \"vault\"\n", vec![], "line 2"),
            ("[profile.default\n", vec![], "line 1"),
        ] {
            let error = resolve(&GlobalArgs::default(), config, &vars)
                .and_then(|settings| settings.require_config())
                .unwrap_err()
                .report();
            assert!(error.message.contains(words), "{}", error.message);
            assert_eq!(error.exit.number(), 2);
        }
    }
}
