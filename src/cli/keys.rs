//! What tokens are verified with, as a command line names it: a file with a key set, a file with a secret.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::exit::CliError;
use crate::{HmacSecret, KeySet};

/// Where a platform has its key set.
const PATH: &str = "/.well-known/jwks.json";

/// The most that is read of a secret, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// The URL of the key set of a platform.
pub fn url_of(base_url: &str) -> String {
    format!("{}{PATH}", base_url.trim().trim_end_matches('/'))
}

/// The key set in a file.
pub fn file(path: &Path) -> Result<KeySet, CliError> {
    KeySet::from_file(path).map_err(|e| {
        CliError::config(
            e.to_string(),
            Some("give a file with a JWK Set, a JSON object with a list `keys`; or the URL of one"),
        )
    })
}

/// The secret in a file, without the newline that editors put at its end.
pub fn secret(path: &Path) -> Result<HmacSecret, CliError> {
    let bad = |why: String| {
        CliError::config(
            format!("the HS256 secret in `{}` cannot be used: {why}", path.display()),
            None,
        )
    };
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_SECRET).read_to_end(&mut text));
    read.map_err(|e| bad(e.to_string()))?;
    let text = Zeroizing::new(text);
    let secret = text.strip_suffix(b"\n").unwrap_or(&text);
    let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
    HmacSecret::new(secret).map_err(|e| bad(e.to_string()))
}
