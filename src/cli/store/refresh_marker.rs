//! A note that a renewal is under way, so that one that never came to its end can be told (rule S5).
//!
//! A platform may take a refresh token only once. A process that dies between the platform's answer and the store, or that
//! never learns what the answer was, leaves a session behind that looks whole and that the platform refuses. The note says
//! which refresh token was sent and when; who meets the refusal later can say that the sign-in was interrupted, instead of
//! that a token is invalid. It holds a digest, from which the token cannot be had.
//!
//! It is written, read and removed by who holds the session's lock, beside whose file it stands.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{StoreError, name, temporary};
use crate::Secret;

/// The most that is read of a note, in bytes.
const MAX_NOTE: u64 = 1024;

/// Where the note of one profile stands.
#[derive(Debug)]
pub struct RefreshMarker {
    folder: PathBuf,
    file: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// When the renewal began, in Unix seconds.
    since: i64,
    /// The first sixteen bytes of the SHA-256 of the refresh token that was sent, in hexadecimal digits.
    refresh_token: String,
}

impl RefreshMarker {
    /// The note of `profile`; `folder` is that of its lock.
    pub fn of(folder: &Path, profile: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            file: folder.join(format!("{}.renewing", name::caseless(profile))),
        }
    }

    /// Writes down that this refresh token is about to be sent.
    ///
    /// # Errors
    ///
    /// [`StoreError::Io`] where it cannot be written, and then the token should not be sent either.
    pub fn set(&self, refresh_token: &Secret, now: i64) -> Result<(), StoreError> {
        let io = |error| StoreError::io("write", &self.file)(error);
        let note = Note {
            since: now,
            refresh_token: fingerprint(refresh_token),
        };
        let text = serde_json::to_vec(&note).map_err(|error| io(error.into()))?;
        let mut file = temporary::create(&self.folder).map_err(io)?;
        file.write_all(&text).map_err(io)?;
        file.persist(&self.file).map_err(|error| io(error.error))?;
        Ok(())
    }

    /// When this refresh token was sent by a renewal that never came to its end, in Unix seconds.
    ///
    /// What cannot be read is no note: it explains a failure, and must never be one.
    pub fn started_at(&self, refresh_token: &Secret) -> Option<i64> {
        let usable = |data: &fs::Metadata| data.is_file() && data.len() <= MAX_NOTE;
        fs::symlink_metadata(&self.file).ok().filter(usable)?;
        let note: Note = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        (note.refresh_token == fingerprint(refresh_token)).then_some(note.since)
    }

    /// Takes the note away. One that stays is about a token that nobody keeps any more.
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
    fn a_note_is_about_one_refresh_token_and_holds_nothing_of_it() {
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
    fn what_is_no_note_explains_nothing_and_disturbs_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let marker = RefreshMarker::of(dir.path(), "default");
        let file = dir.path().join("default.renewing");
        for text in ["", "{", "[]", "{\"since\":1}", &"x".repeat(5000)] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(marker.started_at(&"t".into()), None, "{text}");
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert_eq!(marker.started_at(&"t".into()), None);
        assert!(marker.set(&"t".into(), 1).is_err());
    }
}
