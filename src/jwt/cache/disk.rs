//! The key set on disk, shared by processes (rule K6): one file per URL with mode 0600, replaced by rename, so that a
//! reader sees the old file or the new one and never a part.
//!
//! A file that cannot be read, written or trusted is a cache miss, never an error: the keys can be fetched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::key_set::{KeySetOrigin, MAX_SET};
use crate::http::BaseUrl;
use crate::owner::{self, Writers};

/// The largest file that is read, in bytes: the largest set, every character of it escaped, and room for the rest.
const MAX_FILE: u64 = 2 * MAX_SET as u64 + 16 * 1024;

/// How often a lock that another process holds is tried again.
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The file of one URL.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    name: String,
}

/// The content of the file.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CacheEntry {
    jwks_url: String,
    /// When the set was fetched, in Unix seconds.
    pub fetched_at: i64,
    /// How many seconds the server's clock was ahead.
    pub clock_ahead: i64,
    /// When a fetch was last tried; later than `fetched_at` if that fetch failed.
    pub tried_at: i64,
    /// The text of the set as the server sent it.
    pub set: String,
}

impl Disk {
    pub fn new(folder: PathBuf, base: &BaseUrl, path: &str) -> Self {
        // The letters are for people who look into the folder; the digest makes the name unique.
        let letters = |text: &str| -> String {
            let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
            text.chars().map(safe).take(60).collect()
        };
        let url = base.join(path);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, url.as_bytes());
        let short: String = digest
            .as_ref()
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = format!("{}{}-{short}", letters(&base.host()), letters(path));
        Self { folder, name }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.name))
    }

    /// The entry of a URL, unless it was fetched after `now`, is corrupt, or could have been written by another user.
    pub fn read(&self, url: &str, now: i64) -> Option<CacheEntry> {
        // Keys that others can write verify nothing.
        let file = owner::open(&self.file(), Writers::Nobody).ok()?;
        owner::check(&fs::metadata(&self.folder).ok()?, Writers::Nobody).ok()?;
        if file.metadata().ok()?.len() > MAX_FILE {
            return None;
        }
        let mut text = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut text).ok()?;
        let entry: CacheEntry = serde_json::from_slice(&text).ok()?;
        (entry.jwks_url == url && entry.fetched_at <= now).then_some(entry)
    }

    pub fn write(&self, url: &str, set: &str, origin: &KeySetOrigin, now: i64) {
        let entry = CacheEntry {
            jwks_url: url.to_owned(),
            fetched_at: origin.fetched_at.unwrap_or(now),
            clock_ahead: origin.clock_ahead,
            tried_at: now,
            set: set.to_owned(),
        };
        if let Err(error) = self.replace(&entry) {
            tracing::debug!(target: "noesis", %error, "cannot write the key cache");
        }
    }

    /// Records a fetch that failed.
    pub fn record_failure(&self, url: &str, now: i64) {
        if let Some(entry) = self.read(url, now) {
            // If it cannot be written, the next process tries to fetch as well.
            let _ = self.replace(&CacheEntry { tried_at: now, ..entry });
        }
    }

    fn replace(&self, entry: &CacheEntry) -> io::Result<()> {
        make_folder(&self.folder)?;
        let temporary = self.folder.join(format!(".{}.{}.tmp", self.name, std::process::id()));
        let written =
            write_whole(&temporary, &serde_json::to_vec(entry)?).and_then(|()| fs::rename(&temporary, self.file()));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// The lock that the fetching process holds, waited for at most this long; `None` if it cannot be acquired, which costs
    /// a second fetch and nothing more.
    pub async fn lock(&self, limit: Duration) -> Option<File> {
        make_folder(&self.folder).ok()?;
        let file = private()
            .create(true)
            .write(true)
            .open(self.folder.join(format!("{}.lock", self.name)))
            .ok()?;
        let waiting = async {
            loop {
                match file.try_lock() {
                    Ok(()) => return true,
                    Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(LOCK_POLL_INTERVAL).await,
                    Err(fs::TryLockError::Error(_)) => return false,
                }
            }
        };
        let locked = tokio::time::timeout(limit, waiting).await.unwrap_or(false);
        locked.then_some(file)
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    owner::check_creation_in(folder)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options for a file that only its owner can read, from its creation.
#[cfg(unix)]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A process with the same ID may have left one when it was killed.
    let _ = fs::remove_file(path);
    let mut file = private().create_new(true).write(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
