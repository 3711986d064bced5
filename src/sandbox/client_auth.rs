//! Client authentication: `client_secret_post`, or the ID alone for a public client (RFC 6749 §2.3.1, §3.2.1).

use axum::http::{HeaderMap, header};

use super::app::State;
use super::digest::same_secret;
use super::form::Params;
use super::oauth_error::OAuthError;
use super::seed::Client;

/// The authenticated client; `None` if the form names no client.
pub(super) fn authenticate<'a>(
    state: &'a State,
    headers: &HeaderMap,
    form: &Params,
) -> Result<Option<&'a Client>, OAuthError> {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
    if authorization.is_some_and(|value| value.to_ascii_lowercase().starts_with(b"basic ")) {
        return Err(OAuthError::credentials_in_header());
    }
    let secret = form.get("client_secret");
    let Some(id) = form.get("client_id") else {
        return match secret {
            None => Ok(None),
            Some(_) => Err(OAuthError::invalid_client(
                "`client_secret` is given without `client_id`",
            )),
        };
    };
    let Some(client) = state.client(id) else {
        return Err(OAuthError::invalid_client("the client is unknown"));
    };
    match (client.secret.as_deref(), secret) {
        (None, None) => Ok(Some(client)),
        (None, Some(_)) => Err(OAuthError::invalid_client("a public client has no secret")),
        (Some(_), None) => Err(OAuthError::invalid_client("`client_secret` is missing")),
        (Some(known), Some(given)) if same_secret(known, given) => Ok(Some(client)),
        (Some(_), Some(_)) => Err(OAuthError::invalid_client("the client secret is wrong")),
    }
}
