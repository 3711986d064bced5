//! What a sign-in writes into `config.toml`: the rest of the file and its comments are kept.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::config::read_text;
use super::paths::Paths;
use crate::cli::error::CliError;
use crate::cli::store::StoreKind;
use crate::cli::store::lock::SessionLock;
use crate::owner;

/// How long to wait for another sign-in that is writing the file.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Checks that the update could be written now, so that a sign-in does not end with a session that the file does not name.
pub fn check_update(paths: &Paths, name: &str, update: &ProfileUpdate<'_>) -> Result<(), CliError> {
    let path = paths.config_file()?;
    if updated(&path, name, update)?.is_some() {
        temporary(&path).map_err(|e| write_error(&path, &e))?;
    }
    lock(paths).map(drop)
}

/// What a sign-in writes into the profile. A value of `None` leaves the file's value unchanged.
#[derive(Debug, Default)]
pub struct ProfileUpdate<'a> {
    pub base_url: &'a str,
    pub client_id: &'a str,
    pub store: Option<StoreKind>,
    /// Files that were named on the command line, and that each refresh needs again.
    pub client_secret_file: Option<PathBuf>,
    pub ca_cert: Option<PathBuf>,
}

/// Writes the update into the profile's table and leaves the rest of the file unchanged. A file that has these values already
/// is not written.
pub fn update_profile(paths: &Paths, name: &str, update: &ProfileUpdate<'_>) -> Result<(), CliError> {
    let path = paths.config_file()?;
    // Concurrent sign-ins would each write the file without the other's profile.
    let _lock = lock(paths)?;
    match updated(&path, name, update)? {
        Some(text) => write(&path, &text),
        None => Ok(()),
    }
}

fn lock(paths: &Paths) -> Result<SessionLock, CliError> {
    let lock = SessionLock::acquire(&paths.locks()?.join("config"), "config", LOCK_WAIT, || {})?;
    Ok(lock)
}

/// The text of the file with the update; `None` where it has these values already.
fn updated(path: &Path, name: &str, update: &ProfileUpdate<'_>) -> Result<Option<String>, CliError> {
    let text = read_text(path)?.unwrap_or_default();
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|e: toml_edit::TomlError| {
        CliError::config(format!("`{}` cannot be read: {}", path.display(), e.message()), None)
    })?;
    // In a file of comments alone, the comments belong to no key: they stay at the beginning.
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
        .ok_or_else(|| CliError::config(format!("`profile` in `{}` is not a table", path.display()), None))?;
    let file = |path: &Option<PathBuf>| path.as_ref().and_then(|path| path.to_str().map(str::to_owned));
    for (key, value) in [
        ("base_url", Some(update.base_url.to_owned())),
        ("client_id", Some(update.client_id.to_owned())),
        ("store", update.store.map(|store| store.as_str().to_owned())),
        ("client_secret_file", file(&update.client_secret_file)),
        ("ca_cert", file(&update.ca_cert)),
    ] {
        if let Some(value) = value
            && profile.get(key).and_then(toml_edit::Item::as_str) != Some(value.as_str())
        {
            profile.insert(key, toml_edit::value(value));
        }
    }
    let new = format!("{comments}{document}");
    Ok((new != text).then_some(new))
}

/// Replaces the file atomically: a temporary file in the same folder, flushed, then renamed.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let attempt = || -> std::io::Result<()> {
        let (mut file, target) = temporary(path)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|e| e.error)?;
        Ok(())
    };
    attempt().map_err(|e| write_error(path, &e))
}

/// A new file beside the one that it will replace, and the path of that one. Where the config file is a link, for example
/// into a dotfiles repository, its target is replaced and the link stays.
fn temporary(path: &Path) -> std::io::Result<(NamedTempFile, PathBuf)> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().unwrap_or(Path::new("."));
    owner::check_creation_in(folder)?;
    std::fs::create_dir_all(folder)?;
    let file = NamedTempFile::new_in(folder)?;
    if let Ok(old) = std::fs::metadata(&target) {
        owner::keep_mode(file.as_file(), &old)?;
    }
    Ok((file, target))
}

fn write_error(path: &Path, error: &std::io::Error) -> CliError {
    CliError::io(format!("cannot write `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::super::config::Config;
    use super::*;

    #[test]
    fn a_sign_in_updates_its_profile_and_keeps_the_users_own_lines() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::chosen(dir.path());
        let file = dir.path().join("config.toml");
        let own = "# mine\n[profile.work] # the office\nbase_url = \"https://old\" # was moved\ntimeout = \"3s\"\n";
        std::fs::write(&file, own).unwrap();

        let update = |base_url, store| ProfileUpdate {
            base_url,
            client_id: "cli",
            store: Some(store),
            ..ProfileUpdate::default()
        };
        update_profile(&paths, "work", &update("https://new", StoreKind::File)).unwrap();
        update_profile(&paths, "default", &update("http://127.0.0.1:1", StoreKind::Keyring)).unwrap();

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
        update_profile(&paths, "work", &update("https://new", StoreKind::File)).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), before);
    }

    #[test]
    fn comments_without_a_table_stay_at_the_beginning() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::chosen(dir.path());
        std::fs::write(dir.path().join("config.toml"), "# mine\n").unwrap();
        update_profile(&paths, "default", &ProfileUpdate::default()).unwrap();
        let text = std::fs::read_to_string(dir.path().join("config.toml")).unwrap();
        assert!(text.starts_with("# mine\n[profile.default]\n"), "{text}");
    }

    #[test]
    fn concurrent_sign_ins_keep_each_others_profiles() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::chosen(dir.path());
        std::thread::scope(|scope| {
            for n in 0..16 {
                let paths = &paths;
                scope.spawn(move || update_profile(paths, &format!("p{n}"), &ProfileUpdate::default()).unwrap());
            }
        });
        assert_eq!(Config::read(&paths).unwrap().profile.len(), 16);
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_found_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let check = |dir: &Path| check_update(&Paths::chosen(dir), "default", &ProfileUpdate::default());
        assert_eq!(check(&file).unwrap_err().report().code, "IO_ERROR");
        assert!(check(&dir.path().join("new")).is_ok());
        assert!(!dir.path().join("new/config.toml").exists());
    }

    #[test]
    fn a_missing_folder_is_created() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::chosen(&dir.path().join("a/b"));
        assert!(Config::read(&paths).unwrap().profile.is_empty());
        let update = ProfileUpdate {
            ca_cert: Some("/etc/own-ca.pem".into()),
            ..ProfileUpdate::default()
        };
        update_profile(&paths, "default", &update).unwrap();
        let profile = Config::read(&paths).unwrap().profile["default"].clone();
        assert_eq!((profile.store, profile.client_secret_file), (None, None));
        assert_eq!(profile.ca_cert.as_deref(), Some(Path::new("/etc/own-ca.pem")));
    }

    #[cfg(unix)]
    #[test]
    fn a_config_file_is_not_created_in_the_folder_of_another_user() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("noesis");
        std::fs::create_dir(&folder).unwrap();
        if std::os::unix::fs::chown(&folder, Some(12345), None).is_err() {
            crate::cli::store::child::skipped("only root can change the owner of a folder");
            return;
        }
        for path in [folder.join("config.toml"), folder.join("below/config.toml")] {
            let refused = temporary(&path).unwrap_err().to_string();
            assert!(refused.contains("belongs to another user (uid 12345)"), "{refused}");
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }
}
