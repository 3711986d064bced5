//! A marker that a refresh is in progress, so that an interrupted one can be reported as such (rule S5).
//!
//! A platform may accept a refresh token only once. A process that is killed between the platform's response and the store,
//! or that never receives the response, leaves a session that looks valid and that the platform rejects. The marker says
//! which refresh token was sent and when; the process that receives the rejection can report that a refresh was interrupted,
//! instead of that a token is invalid. It contains a digest, from which the token cannot be recovered.
//!
//! It is written, read and removed under the session's lock, and lies beside the lock file.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::{name, temporary};
use crate::Secret;

/// The longest marker that is read, in bytes.
const MAX_MARKER: u64 = 1024;

/// The marker file of one profile.
#[derive(Debug)]
pub struct RefreshMarker {
    folder: PathBuf,
    file: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    /// When the refresh began, in Unix seconds.
    since: i64,
    /// The first sixteen bytes of the SHA-256 of the refresh token that was sent, in hexadecimal digits.
    refresh_token: String,
}

impl RefreshMarker {
    /// The marker of `profile`; `folder` is that of its lock.
    pub fn of(folder: &Path, profile: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            file: folder.join(format!("{}.renewing", name::caseless(profile))),
        }
    }

    /// Records that this refresh token is about to be sent.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] where it cannot be written; then the token should not be sent.
    pub fn set(&self, refresh_token: &Secret, now: i64) -> Result<(), StoreError> {
        let io = |error| StoreError::io("write", &self.file)(error);
        let content = Content {
            since: now,
            refresh_token: fingerprint(refresh_token),
        };
        let text = serde_json::to_vec(&content).map_err(|error| io(error.into()))?;
        let mut file = temporary::create(&self.folder).map_err(io)?;
        file.write_all(&text).map_err(io)?;
        file.persist(&self.file).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// When an interrupted refresh sent this refresh token, in Unix seconds.
    ///
    /// A marker that cannot be read counts as absent: it explains a failure, and must not be one.
    pub fn started_at(&self, refresh_token: &Secret) -> Option<i64> {
        let is_readable = |metadata: &fs::Metadata| metadata.is_file() && metadata.len() <= MAX_MARKER;
        fs::symlink_metadata(&self.file).ok().filter(is_readable)?;
        let content: Content = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        (content.refresh_token == fingerprint(refresh_token)).then_some(content.since)
    }

    /// Removes the marker. One that cannot be removed is about a token that is no longer stored.
    pub fn clear(&self) {
        let _ = fs::remove_file(&self.file);
    }
}

fn fingerprint(refresh_token: &Secret) -> String {
    let digest = digest(&SHA256, refresh_token.expose().as_bytes());
    digest
        .as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_for_one_refresh_token_and_does_not_contain_it() {
        let dir = tempfile::tempdir().unwrap();
        let marker = RefreshMarker::of(dir.path(), "Work");
        let token = Secret::from("canary-refresh-token");
        assert_eq!(marker.started_at(&token), None);
        marker.clear();
        marker.set(&token, 100).unwrap();
        assert_eq!(marker.started_at(&token), Some(100));
        assert_eq!(marker.started_at(&"another".into()), None);
        assert_eq!(RefreshMarker::of(dir.path(), "work").started_at(&token), None);
        let text = std::fs::read_to_string(dir.path().join("%57ork.renewing")).unwrap();
        assert!(!text.contains("canary"), "{text}");
        marker.set(&token, 200).unwrap();
        assert_eq!(marker.started_at(&token), Some(200));
        marker.clear();
        assert_eq!(marker.started_at(&token), None);
    }

    #[test]
    fn an_unreadable_marker_counts_as_absent() {
        let dir = tempfile::tempdir().unwrap();
        let marker = RefreshMarker::of(dir.path(), "default");
        let file = dir.path().join("default.renewing");
        for text in ["", "{", "[]", "{\"since\":1}", &"x".repeat(5000)] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(marker.started_at(&"t".into()), None, "{text}");
        }
        marker.set(&"t".into(), 1).unwrap();
        let oversized = std::fs::read_to_string(&file).unwrap() + &" ".repeat(1024);
        std::fs::write(&file, oversized).unwrap();
        assert_eq!(marker.started_at(&"t".into()), None, "a file of this size is not read");
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert_eq!(marker.started_at(&"t".into()), None);
        assert!(marker.set(&"t".into(), 1).is_err());
    }
}
