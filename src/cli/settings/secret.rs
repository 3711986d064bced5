//! The client's secret: whose it is, and where it lies.

use std::path::{Path, PathBuf};

use super::Settings;
use crate::Secret;
use crate::cli::error::CliError;
use crate::cli::input::secret_file;

/// Where a client secret comes from.
#[derive(Debug, Clone)]
pub(super) enum ClientSecret {
    Itself(Secret),
    File(PathBuf),
    /// A file that the profile names, for the platform that it names.
    OfProfile {
        path: PathBuf,
        base_url: Option<String>,
    },
}

impl Settings {
    /// The secret to show to a platform as a client, if there is one: that of the client that the settings name, and
    /// where the profile gives it, for the profile's own platform. A secret is nobody else's business. The file is read
    /// here, so that commands that need no secret need no file.
    pub fn client_secret(&self, base_url: &str, client_id: Option<&str>) -> Result<Option<Secret>, CliError> {
        let own = self.client_id.as_ref().map(|id| id.value.as_str());
        if own.is_some() && client_id.is_some() && own != client_id {
            return Ok(None);
        }
        match &self.client_secret {
            None => Ok(None),
            Some(ClientSecret::Itself(secret)) => Ok(Some(secret.clone())),
            Some(ClientSecret::File(path)) => secret_file(path).map(Some),
            Some(ClientSecret::OfProfile { path, base_url: own }) => {
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
