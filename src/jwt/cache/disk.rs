//! The key set on disk, shared by processes (rule K6): one file a URL, 0600, old or new but never torn.
//!
//! A cache that cannot be read or written is a cache miss, never an error: whatever is wrong with the file, the keys can be
//! fetched.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::key_set::{MAX_SET, Origin};
use crate::http::BaseUrl;

/// The largest file that is read, in bytes: the largest set, every character of it escaped, and room for the rest.
const MAX_FILE: u64 = 2 * MAX_SET as u64 + 16 * 1024;

/// How often a lock that somebody holds is looked at.
const PACE: Duration = Duration::from_millis(20);

/// The file of one URL.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    name: String,
}

/// What the file holds.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    jwks_url: String,
    /// When the set was fetched, in Unix seconds.
    pub fetched_at: i64,
    /// How many seconds the server's clock was ahead.
    pub clock_ahead: i64,
    /// When the endpoint was last asked; later than `fetched_at` where it failed.
    pub tried_at: i64,
    /// The text of the set as it was sent.
    pub set: String,
}

impl Disk {
    pub fn new(folder: PathBuf, base: &BaseUrl, path: &str) -> Self {
        // To be read by who looks into the folder; the digest tells apart what the letters do not.
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

    /// What is kept of a URL's set, unless it was fetched after `now` or is damaged in any way.
    pub fn read(&self, url: &str, now: i64) -> Option<Kept> {
        let path = self.file();
        // A pipe or a device in its place would be waited for, and keys that others can write are nobody's keys. Nor are
        // those in a folder that others can write, or that somebody else has put there.
        let folder = fs::metadata(&self.folder).ok()?;
        let usable = |data: &fs::Metadata| {
            let private =
                !is_writable_by_others(data) && !is_writable_by_others(&folder) && has_one_owner(data, &folder);
            data.is_file() && data.len() <= MAX_FILE && private
        };
        fs::metadata(&path).ok().filter(usable)?;
        let mut text = Vec::new();
        File::open(path).ok()?.take(MAX_FILE).read_to_end(&mut text).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        (kept.jwks_url == url && kept.fetched_at <= now).then_some(kept)
    }

    pub fn write(&self, url: &str, set: &str, origin: &Origin, now: i64) {
        let kept = Kept {
            jwks_url: url.to_owned(),
            fetched_at: origin.fetched_at.unwrap_or(now),
            clock_ahead: origin.clock_ahead,
            tried_at: now,
            set: set.to_owned(),
        };
        if let Err(error) = self.replace(&kept) {
            tracing::debug!(target: "noesis", %error, "the key set cannot be kept on disk");
        }
    }

    /// Writes down that the endpoint was asked, in vain.
    pub fn note_try(&self, url: &str, now: i64) {
        if let Some(kept) = self.read(url, now) {
            // Where it cannot be written, the next process tries as well.
            let _ = self.replace(&Kept { tried_at: now, ..kept });
        }
    }

    fn replace(&self, kept: &Kept) -> io::Result<()> {
        make_folder(&self.folder)?;
        let temporary = self.folder.join(format!(".{}.{}.tmp", self.name, std::process::id()));
        let written =
            write_whole(&temporary, &serde_json::to_vec(kept)?).and_then(|()| fs::rename(&temporary, self.file()));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// The lock that is held by the one process that fetches, waited for so long at most; `None` where it cannot be had,
    /// which costs a second fetch and nothing more.
    pub async fn lock(&self, most: Duration) -> Option<File> {
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
                    Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(PACE).await,
                    Err(fs::TryLockError::Error(_)) => return false,
                }
            }
        };
        let locked = tokio::time::timeout(most, waiting).await.unwrap_or(false);
        locked.then_some(file)
    }
}

#[cfg(unix)]
fn is_writable_by_others(data: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(data) & 0o022 != 0
}

#[cfg(unix)]
fn has_one_owner(file: &fs::Metadata, folder: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    file.uid() == folder.uid()
}

#[cfg(not(unix))]
fn has_one_owner(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    true
}

/// Elsewhere the folder of the user is what keeps others out.
#[cfg(not(unix))]
fn is_writable_by_others(_: &fs::Metadata) -> bool {
    false
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Options for a file that nobody else can read, from its creation.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What a process of the same number left behind when it died.
    let _ = fs::remove_file(path);
    let mut file = private().create_new(true).write(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
