//! The file store: one file per session, where there is no keyring and the user chose it (rule S1).
//!
//! The file is `<profile>.json` in a folder of mode 0700, has mode 0600 from its creation, and is replaced by rename: a
//! reader sees the old session or the new one, also after a crash or on a full disk (rule S4). Only a regular file is read:
//! this program puts no link, pipe or device in its place.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::{MAX_SESSION_BYTES, StoreError};
use super::kind::StoreKind;
use super::token_store::{TokenStore, check_size, text};
use super::{folder, name, temporary};
use crate::Secret;
use crate::owner::{self, Writers};

/// Sessions in the files of one folder.
pub(super) struct FileStore {
    dir: PathBuf,
}

impl FileStore {
    /// Creates nothing yet.
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    fn path(&self, profile: &str) -> PathBuf {
        session_file(&self.dir, profile)
    }
}

/// The file of a profile's session in the folder of the file store.
pub fn session_file(dir: &Path, profile: &str) -> PathBuf {
    dir.join(format!("{}.json", name::caseless(profile)))
}

/// The profiles with a session in the folder; none where there is no folder.
///
/// # Errors
/// [`StoreError::Io`] where the folder cannot be read.
pub(super) fn profiles_in(dir: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(StoreError::io("read", dir)(error)),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names
        .filter_map(|name| name::with_case(name.strip_suffix(".json")?))
        .collect())
}

impl TokenStore for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn probe(&self) -> Result<(), StoreError> {
        folder::private(&self.dir)?;
        let probed = temporary::create(&self.dir).and_then(|mut file| {
            // As large as a session may be: an almost full disk still takes an empty file.
            file.write_all(&[b' '; 8192])?;
            file.as_file().sync_all()?;
            file.close()
        });
        probed.map_err(StoreError::io("write in", &self.dir))
    }

    fn load(&self, profile: &str) -> Result<Option<Secret>, StoreError> {
        let path = self.path(profile);
        let corrupt = |what: &str| StoreError::corrupt(profile, format!("`{}` {what}", path.display()));
        let file = match open(&path) {
            Ok(file) => file,
            Err(_) if path.is_symlink() => return Err(corrupt("is a symbolic link")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // A socket, or a device without a driver, cannot even be opened.
            Err(_) if path.exists() && !path.is_file() => return Err(corrupt("is not a regular file")),
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        let metadata = file.metadata().map_err(StoreError::io("read", &path))?;
        if !metadata.is_file() {
            return Err(corrupt("is not a regular file"));
        }
        // A session that another user could have written may be that user's own, to which this one would add entitlements.
        owner::check(&metadata, Writers::Nobody)
            .and_then(|()| owner::check_folder(&path, Writers::Nobody))
            .map_err(StoreError::io("use", &path))?;
        // Allocated at once: a buffer that grows leaves copies of the token in freed memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_SESSION_BYTES.min(size(&metadata)) + 2));
        file.take(MAX_SESSION_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(StoreError::io("read", &path))?;
        if bytes.len() > MAX_SESSION_BYTES {
            return Err(corrupt("is larger than any session"));
        }
        match text(std::mem::take(&mut *bytes)) {
            Some(session) => Ok(Some(session)),
            None => Err(corrupt("is not UTF-8 text")),
        }
    }

    fn save(&self, profile: &str, session: &Secret) -> Result<(), StoreError> {
        check_size(session)?;
        folder::private(&self.dir)?;
        temporary::sweep(&self.dir);
        let path = self.path(profile);
        let saved = temporary::create(&self.dir).and_then(|mut file| {
            file.write_all(session.expose().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|failed| failed.error)?;
            sync_folder(&self.dir)
        });
        saved.map_err(StoreError::io("write", &path))
    }

    fn delete(&self, profile: &str) -> Result<bool, StoreError> {
        let path = self.path(profile);
        temporary::sweep(&self.dir);
        match std::fs::remove_file(&path) {
            Ok(()) => sync_folder(&self.dir).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
        .map_err(StoreError::io("delete", &path))
    }
}

fn size(metadata: &std::fs::Metadata) -> usize {
    usize::try_from(metadata.len()).unwrap_or(usize::MAX)
}

/// Follows no link, and does not wait for the other end of a pipe.
#[cfg(unix)]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> io::Result<File> {
    if path.is_symlink() {
        return Err(io::Error::other("it is a symbolic link"));
    }
    File::open(path)
}

/// Makes a rename or a deletion survive a power failure.
#[cfg(unix)]
fn sync_folder(dir: &Path) -> io::Result<()> {
    match File::open(dir)?.sync_all() {
        // Some network file systems do not support it.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        done => done,
    }
}

#[cfg(not(unix))]
fn sync_folder(_dir: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
#[path = "file_tests.rs"]
mod tests;
