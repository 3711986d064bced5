//! `config.toml` as it is read: the profiles. Unknown keys are errors.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::paths::Paths;
use crate::cli::error::{CliError, advice};
use crate::cli::shell;
use crate::cli::store::StoreKind;
use crate::owner::{self, Writers};

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// The whole file: `[profile.NAME]` tables.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of profiles")]
pub struct Config {
    #[serde(default)]
    pub profile: BTreeMap<String, Profile>,
}

/// One profile; each setting applies where neither a flag nor a variable does.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of settings")]
pub struct Profile {
    pub base_url: Option<String>,
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
    pub store: Option<StoreKind>,
    pub timeout: Option<String>,
    pub ca_cert: Option<PathBuf>,
    pub browser: Option<String>,
}

/// What is documented of a key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub meaning: &'static str,
}

/// Every key of a profile.
pub const KEYS: [Key; 7] = [
    Key {
        name: "base_url",
        meaning: "as `--base-url`",
    },
    Key {
        name: "client_id",
        meaning: "as `--client-id`",
    },
    Key {
        name: "client_secret_file",
        meaning: "as `--client-secret-file`; sent to the `base_url` of the same profile only",
    },
    Key {
        name: "store",
        meaning: "as `--store`",
    },
    Key {
        name: "timeout",
        meaning: "as `--timeout`",
    },
    Key {
        name: "ca_cert",
        meaning: "as `--ca-cert`",
    },
    Key {
        name: "browser",
        meaning: "as `NOESIS_BROWSER`",
    },
];

impl Config {
    /// Reads the file; a missing file, or no home folder, counts as an empty one.
    pub(super) fn read(paths: &Paths) -> Result<Self, CliError> {
        let Ok(path) = paths.config_file() else {
            return Ok(Self::default());
        };
        match read_text(&path)? {
            Some(text) => {
                let mut config: Self = toml::from_str(&text).map_err(|e| syntax_error(&path, &text, &e))?;
                let folder = path.parent().unwrap_or(Path::new("."));
                config.profile.values_mut().for_each(|profile| profile.locate(folder));
                Ok(config)
            }
            None => Ok(Self::default()),
        }
    }
}

impl Profile {
    /// Makes its paths absolute: `~` is the home folder, and a relative path begins at the folder of the file.
    fn locate(&mut self, folder: &Path) {
        for path in [&mut self.ca_cert, &mut self.client_secret_file].into_iter().flatten() {
            *path = located(path, folder);
        }
        let words = self.browser.as_deref().and_then(shlex::split);
        if let (Some(browser), Some(mut words)) = (&mut self.browser, words)
            && let Some(program) = words.first_mut()
            // Without a slash it is looked for on `PATH`.
            && program.contains('/')
            && let Some(path) = located(Path::new(program), folder).to_str()
            && *path != **program
        {
            path.clone_into(program);
            if let Some(command) = shell::join(words.iter().map(String::as_str)) {
                *browser = command;
            }
        }
    }
}

fn located(path: &Path, folder: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) if home.is_absolute() => home.join(rest),
        _ => folder.join(path),
    }
}

/// The text of the file; `None` where there is none.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, CliError> {
    // Its `browser` is run, and its `base_url` gets the tokens.
    match read_trusted(path) {
        Ok(text) => Ok(Some(text)),
        // A file in place of the folder: there is no config file below it.
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(CliError::config(
            format!("cannot use `{}`: {e}", path.display()),
            Some(advice::io(e.kind())),
        )),
    }
}

/// Reads a text file of at most 1 MiB that no other user can have written.
fn read_trusted(path: &Path) -> io::Result<String> {
    let file = owner::open(path, Writers::OwnGroup)?;
    owner::check_name(path, Writers::OwnGroup)?;
    let mut text = String::new();
    let size = file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if size as u64 > MAX_FILE {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is larger than 1 MiB"));
    }
    Ok(text)
}

fn syntax_error(path: &Path, text: &str, error: &toml::de::Error) -> CliError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    CliError::config(
        format!(
            "`{}` is invalid at line {line}, column {column}: {}",
            path.display(),
            error.message()
        ),
        Some("correct the line, or move the file away"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_folder_of_the_file_and_a_tilde_is_the_home_folder() {
        let dir = tempfile::tempdir().unwrap();
        let home = etcetera::home_dir().unwrap();
        let text = "[profile.default]\nca_cert = \"ca.pem\"\nclient_secret_file = \"~/secret\"\n";
        for (browser, located) in [
            ("~/bin/b -x", format!("{} -x", home.join("bin/b").display())),
            ("./b", dir.path().join("./b").display().to_string()),
            ("firefox --x ./y", "firefox --x ./y".to_owned()),
            ("/usr/bin/b", "/usr/bin/b".to_owned()),
        ] {
            std::fs::write(
                dir.path().join("config.toml"),
                format!("{text}browser = \"{browser}\"\n"),
            )
            .unwrap();
            let profile = Config::read(&Paths::chosen(dir.path())).unwrap().profile["default"].clone();
            assert_eq!(profile.ca_cert, Some(dir.path().join("ca.pem")));
            assert_eq!(profile.client_secret_file, Some(home.join("secret")));
            assert_eq!(profile.browser, Some(located));
        }
    }

    #[test]
    fn a_path_that_is_not_a_regular_file_is_refused_and_not_waited_for() {
        assert!(read_trusted(Path::new("/dev/zero")).is_err());
        let dir = tempfile::tempdir().unwrap();
        assert!(read_trusted(dir.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_config_file_that_is_replaced_while_it_is_read_is_checked_as_well() {
        use std::os::unix::fs::PermissionsExt as _;
        use std::sync::atomic::{AtomicBool, Ordering};

        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, mode) in [("own", 0o600), ("planted", 0o666)] {
            std::fs::write(at(name), name).unwrap();
            std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let point_at = |target: &str| {
            std::os::unix::fs::symlink(at(target), at("new")).unwrap();
            std::fs::rename(at("new"), at("config.toml")).unwrap();
        };
        point_at("own");
        let is_done = AtomicBool::new(false);
        let texts: Vec<_> = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    point_at("planted");
                    point_at("own");
                }
            });
            let texts = (0..5_000)
                .filter_map(|_| read_trusted(&at("config.toml")).ok())
                .collect();
            is_done.store(true, Ordering::Relaxed);
            texts
        });
        assert!(!texts.is_empty() && texts.iter().all(|text| text == "own"));
    }
}
