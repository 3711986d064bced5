//! The order in which a setting is looked up: flag, then environment, then profile, then default.

use std::path::PathBuf;

use super::config::Config;
use super::paths::Paths;
use super::secret::ClientSecret;
use super::variables::{Env, check_none_is_empty, set, text};
use super::{DEFAULT_PROFILE, Settings, Source, Sourced, SshSession};
use crate::Secret;
use crate::cli::args::{GlobalArgs, duration};
use crate::cli::error::CliError;
use crate::cli::input::bare_token;
use crate::cli::store::{StoreKind, valid_profile_name};

impl Settings {
    /// The settings of this process.
    pub fn from_process(args: &GlobalArgs) -> Result<Self, CliError> {
        let env = |name: &str| std::env::var_os(name);
        check_none_is_empty(&env)?;
        Self::resolve(args, &env)
    }

    /// The settings of this process for a diagnosis, which reports a variable that is set to nothing and goes on.
    pub fn for_diagnosis(args: &GlobalArgs) -> Result<Self, CliError> {
        let env = |name: &str| std::env::var_os(name);
        let mut settings = Self::resolve(args, &env)?;
        if let Err(error) = check_none_is_empty(&env) {
            settings.config_error.get_or_insert(error);
        }
        Ok(settings)
    }

    fn resolve(args: &GlobalArgs, env: Env<'_>) -> Result<Self, CliError> {
        let paths = Paths::resolve(env);
        let (config, config_error) = match Config::read(&paths) {
            Ok(config) => (config, None),
            Err(error) => (Config::default(), Some(error)),
        };

        let name = pick(args.profile.clone(), "--profile", text(env, "NOESIS_PROFILE")?, None);
        let name = or_default(name, DEFAULT_PROFILE);
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
        let store = or_default(pick(args.store, "--store", store, profile.store), StoreKind::default());
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
        let browser = pick(None, "--browser", text(env, "NOESIS_BROWSER")?, profile.browser).or(pick(
            None,
            "--browser",
            text(env, "BROWSER")?,
            None,
        ));

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

    /// The settings of a command that uses nothing of the environment: flags alone, no variables, no config file.
    pub fn of_flags(args: &GlobalArgs) -> Self {
        Self {
            profile: or_default(pick(args.profile.clone(), "--profile", None, None), DEFAULT_PROFILE),
            base_url: pick(args.base_url.clone(), "--base-url", None, None),
            client_id: pick(args.client_id.clone(), "--client-id", None, None),
            client_secret: None,
            store: or_default(pick(args.store, "--store", None, None), StoreKind::default()),
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

fn or_default<T>(picked: Option<Sourced<T>>, default: impl Into<T>) -> Sourced<T> {
    picked.unwrap_or_else(|| Sourced {
        value: default.into(),
        source: Source::Default,
    })
}

fn ssh(env: Env<'_>) -> Option<SshSession> {
    Some(SshSession {
        connection: set(env, "SSH_CONNECTION")?.into_string().ok()?,
        user: set(env, "USER").and_then(|user| user.into_string().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::variables::decisive_names;
    use super::*;
    use std::collections::HashMap;
    use std::ffi::OsString;
    use std::time::Duration;

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
        for name in decisive_names() {
            for nothing in ["", " ", "\n"] {
                let env = |variable: &str| (variable == name).then(|| OsString::from(nothing));
                let report = check_none_is_empty(&env).unwrap_err().report();
                assert_eq!(report.exit.number(), 2, "{name}");
                assert_eq!(report.message, format!("the variable `{name}` is set to nothing"));
            }
        }
        for harmless in ["NOESIS_BROWSER", "BROWSER"] {
            let settings = resolve(&GlobalArgs::default(), "", &[(harmless, "")]).unwrap();
            assert_eq!(settings.browser, None);
        }
    }

    #[test]
    fn the_browser_is_noesis_browser_then_the_profile_then_browser() {
        let config = "[profile.default]\nbrowser = \"p\"\n";
        let of = |config, vars: &[(&str, &str)]| {
            let browser = resolve(&GlobalArgs::default(), config, vars).unwrap().browser;
            browser.map(|browser| browser.value)
        };
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
        for (config, vars, message) in [
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
            assert!(error.message.contains(message), "{}", error.message);
            assert_eq!(error.exit.number(), 2);
        }
    }
}
