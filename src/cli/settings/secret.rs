//! The client secret: where it comes from, and to which platform and client it belongs.

use std::path::{Path, PathBuf};

use super::Settings;
use crate::Secret;
use crate::cli::error::CliError;
use crate::cli::input::secret_file;

/// Where a client secret comes from.
#[derive(Debug, Clone)]
pub(super) enum ClientSecret {
    /// The value of `NOESIS_CLIENT_SECRET`.
    Value(Secret),
    /// The file of `--client-secret-file`.
    File(PathBuf),
    /// The file in the profile, for the platform of the profile.
    ProfileFile { path: PathBuf, base_url: Option<String> },
}

impl Settings {
    /// The secret for a request to a platform as a client, if there is one. It is sent only for the configured client, and the
    /// one of the profile only to the profile's platform. The file is read here, so that commands that need no secret need no
    /// file.
    pub fn client_secret(&self, base_url: &str, client_id: Option<&str>) -> Result<Option<Secret>, CliError> {
        let configured = self.client_id.as_ref().map(|id| id.value.as_str());
        if configured.is_some() && client_id.is_some() && configured != client_id {
            return Ok(None);
        }
        match &self.client_secret {
            None => Ok(None),
            Some(ClientSecret::Value(secret)) => Ok(Some(secret.clone())),
            Some(ClientSecret::File(path)) => secret_file(path).map(Some),
            Some(ClientSecret::ProfileFile { path, base_url: own }) => {
                let same = own
                    .as_ref()
                    .is_some_and(|own| own.trim_end_matches('/') == base_url.trim_end_matches('/'));
                if same { secret_file(path).map(Some) } else { Ok(None) }
            }
        }
    }
}

fn secret_file(path: &Path) -> Result<Secret, CliError> {
    let failed = |why: String| {
        CliError::config(
            format!("cannot read the client secret from `{}`: {why}", path.display()),
            None,
        )
    };
    let bytes = secret_file::read(path).map_err(|e| failed(e.to_string()))?;
    let secret = std::str::from_utf8(&bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))?;
    if secret.is_empty() {
        return Err(CliError::config(
            format!("the client secret file `{}` is empty", path.display()),
            None,
        ));
    }
    Ok(secret.into())
}
