//! `config.toml`: the profiles, read strictly and written without losing a comment.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tempfile::NamedTempFile;

use super::Paths;
use crate::cli::error::{CliError, advice};
use crate::cli::store::StoreKind;
use crate::cli::store::lock::SessionLock;

/// The largest file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// How long to wait for another sign-in that writes the file.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// The whole file: `[profile.NAME]` tables.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub profile: BTreeMap<String, Profile>,
}

/// One profile; each member is a setting's last resort before its default.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub base_url: Option<String>,
    pub client_id: Option<String>,
    pub client_secret_file: Option<PathBuf>,
    pub store: Option<StoreKind>,
    pub timeout: Option<String>,
    pub ca_cert: Option<PathBuf>,
    pub browser: Option<String>,
}

impl Config {
    /// The file; where there is none, or no home, it is as if it were empty.
    pub(super) fn read(paths: &Paths) -> Result<Self, CliError> {
        let Ok(path) = paths.config_file() else {
            return Ok(Self::default());
        };
        match read_text(&path)? {
            Some(text) => toml::from_str(&text).map_err(|e| broken(&path, &text, &e)),
            None => Ok(Self::default()),
        }
    }
}

/// Proves that the file could be written now, so that a sign-in does not end with a session that nothing points to.
pub fn writable(paths: &Paths) -> Result<(), CliError> {
    let path = paths.config_file()?;
    temporary(&path).map(drop).map_err(|e| unwritable(&path, &e))
}

/// What a sign-in has settled. What is `None` is left as it stands in the file.
#[derive(Debug, Default)]
pub struct Settled<'a> {
    pub base_url: &'a str,
    pub client_id: &'a str,
    pub store: Option<StoreKind>,
    /// Files that were named on the command line, and that every renewal will need again.
    pub client_secret_file: Option<PathBuf>,
    pub ca_cert: Option<PathBuf>,
}

/// Writes what a sign-in has settled into the profile's table and leaves the rest of the file as it is. A file that
/// already says so is not touched.
pub fn remember(paths: &Paths, name: &str, settled: &Settled<'_>) -> Result<(), CliError> {
    let path = paths.config_file()?;
    // Two sign-ins at once would each write the file without the other's profile.
    let _lock = SessionLock::acquire(&paths.locks()?.join("config"), "config", LOCK_WAIT, || {})?;
    let text = read_text(&path)?.unwrap_or_default();
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| {
        CliError::config(format!("`{}` cannot be read: {}", path.display(), e.message()), None)
    })?;
    // A file of comments alone has nothing that they belong to: they stay what comes first.
    let comments = if document.is_empty() {
        text.clone()
    } else {
        String::new()
    };
    if document.is_empty() {
        document = toml_edit::DocumentMut::new();
    }
    let profiles = document.entry("profile").or_insert_with(|| {
        let mut table = toml_edit::Table::new();
        table.set_implicit(true);
        table.into()
    });
    let profile = profiles
        .as_table_like_mut()
        .map(|table| table.entry(name).or_insert_with(|| toml_edit::Table::new().into()))
        .and_then(toml_edit::Item::as_table_like_mut)
        .ok_or_else(|| CliError::config(format!("`profile` in `{}` is no table", path.display()), None))?;
    let file = |path: &Option<PathBuf>| path.as_ref().and_then(|path| path.to_str().map(str::to_owned));
    for (key, value) in [
        ("base_url", Some(settled.base_url.to_owned())),
        ("client_id", Some(settled.client_id.to_owned())),
        ("store", settled.store.map(|store| store.as_str().to_owned())),
        ("client_secret_file", file(&settled.client_secret_file)),
        ("ca_cert", file(&settled.ca_cert)),
    ] {
        if let Some(value) = value
            && profile.get(key).and_then(toml_edit::Item::as_str) != Some(value.as_str())
        {
            profile.insert(key, toml_edit::value(value));
        }
    }
    let new = format!("{comments}{document}");
    if new == text { Ok(()) } else { write(&path, &new) }
}

fn read_text(path: &Path) -> Result<Option<String>, CliError> {
    match read_small(path) {
        Ok(text) => Ok(Some(text)),
        // A file in the place of the folder: there can be no config file below it.
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(CliError::config(
            format!("cannot read `{}`: {e}", path.display()),
            Some(advice::io(e.kind())),
        )),
    }
}

/// A text file of at most 1 MiB. A pipe or device in its place is refused: it would be waited for, or have no end.
pub fn read_small(path: &Path) -> std::io::Result<String> {
    let refuse = |why: &str| std::io::Error::new(ErrorKind::InvalidInput, why.to_owned());
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        return Err(refuse("it is no plain file"));
    }
    if found.len() > MAX_FILE {
        return Err(refuse("it is larger than 1 MiB"));
    }
    std::fs::read_to_string(path)
}

/// Old or new, never torn: a temporary file in the same folder, flushed, then renamed.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let attempt = || -> std::io::Result<()> {
        let (mut file, target) = temporary(path)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|e| e.error)?;
        Ok(())
    };
    attempt().map_err(|e| unwritable(path, &e))
}

/// A new file beside the one that it is to replace, and the path of that one. A config file that is a link, say into a
/// dotfiles repository, stays one: its target is replaced.
fn temporary(path: &Path) -> std::io::Result<(NamedTempFile, PathBuf)> {
    let target = match std::fs::canonicalize(path) {
        Ok(target) => target,
        Err(_) => {
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            path.to_owned()
        }
    };
    let file = NamedTempFile::new_in(target.parent().unwrap_or(Path::new(".")))?;
    Ok((file, target))
}

fn unwritable(path: &Path, error: &std::io::Error) -> CliError {
    CliError::io(format!("cannot write `{}`: {error}", path.display()))
}

fn broken(path: &Path, text: &str, error: &toml::de::Error) -> CliError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    CliError::config(
        format!(
            "`{}` has a mistake at line {line}, column {column}: {}",
            path.display(),
            error.message()
        ),
        Some("mend the line, or move the file away"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(dir: &Path) -> Paths {
        Paths::resolve(&|name| (name == "NOESIS_CONFIG_DIR").then(|| dir.as_os_str().to_owned()))
    }

    #[test]
    fn what_a_sign_in_settles_is_remembered_and_a_users_own_lines_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(dir.path());
        let file = dir.path().join("config.toml");
        let own = "# mine\n[profile.work] # the office\nbase_url = \"https://old\" # was moved\ntimeout = \"3s\"\n";
        std::fs::write(&file, own).unwrap();

        let settled = |base_url, store| Settled {
            base_url,
            client_id: "cli",
            store: Some(store),
            ..Settled::default()
        };
        remember(&paths, "work", &settled("https://new", StoreKind::File)).unwrap();
        remember(&paths, "default", &settled("http://127.0.0.1:1", StoreKind::Keyring)).unwrap();

        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("# mine\n[profile.work] # the office\n"), "{text}");
        let config = Config::read(&paths).unwrap();
        let work = &config.profile["work"];
        assert_eq!(work.base_url.as_deref(), Some("https://new"));
        assert_eq!(
            (work.timeout.as_deref(), work.store),
            (Some("3s"), Some(StoreKind::File))
        );
        assert_eq!(config.profile["default"].client_id.as_deref(), Some("cli"));

        let before = std::fs::metadata(&file).unwrap().modified().unwrap();
        remember(&paths, "work", &settled("https://new", StoreKind::File)).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn comments_that_stand_alone_stay_in_front() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(dir.path());
        std::fs::write(dir.path().join("config.toml"), "# mine\n").unwrap();
        remember(&paths, "default", &Settled::default()).unwrap();
        let text = std::fs::read_to_string(dir.path().join("config.toml")).unwrap();
        assert!(text.starts_with("# mine\n[profile.default]\n"), "{text}");
    }

    #[test]
    fn what_is_no_plain_file_is_refused_and_not_waited_for() {
        assert!(read_small(Path::new("/dev/zero")).is_err());
        let dir = tempfile::tempdir().unwrap();
        assert!(read_small(dir.path()).is_err());
    }

    #[test]
    fn sign_ins_at_the_same_time_do_not_forget_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(dir.path());
        std::thread::scope(|scope| {
            for n in 0..16 {
                let paths = &paths;
                scope.spawn(move || remember(paths, &format!("p{n}"), &Settled::default()).unwrap());
            }
        });
        assert_eq!(Config::read(&paths).unwrap().profile.len(), 16);
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_found_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(writable(&paths(&file)).unwrap_err().report().code, "IO_ERROR");
        assert!(writable(&paths(&dir.path().join("new"))).is_ok());
        assert_eq!(std::fs::read_dir(dir.path().join("new")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_does_not_exist_yet_is_made() {
        let dir = tempfile::tempdir().unwrap();
        let paths = paths(&dir.path().join("a/b"));
        assert!(Config::read(&paths).unwrap().profile.is_empty());
        let settled = Settled {
            ca_cert: Some("/etc/own-ca.pem".into()),
            ..Settled::default()
        };
        remember(&paths, "default", &settled).unwrap();
        let profile = Config::read(&paths).unwrap().profile["default"].clone();
        assert_eq!((profile.store, profile.client_secret_file), (None, None));
        assert_eq!(profile.ca_cert.as_deref(), Some(Path::new("/etc/own-ca.pem")));
    }
}
