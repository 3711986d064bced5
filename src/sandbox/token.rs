//! The token endpoint (RFC 6749 §3.2): codes and refresh tokens become access tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client_auth::authenticate;
use super::form::{self, Params};
use super::grants::{Grant, Presented};
use super::oauth_error::OAuthError;
use super::seed::GrantType;
use super::state::{self, App};
use super::stats;
use super::time::Clock;

/// `POST /oauth/token`.
pub(super) async fn token(State(app): State<Arc<App>>, clock: Clock, request: Request) -> Result<Response, OAuthError> {
    let form = form::read(request).await;
    let counted_as = counted_as(form.as_ref().ok().map(|(_, form)| form));
    app.lock().stats.count(counted_as);
    let (headers, form) = form?;
    // Waiting for the key first: a code or refresh token must not be spent on an answer that cannot be signed.
    app.keys.ready().await?;
    let (grant, refresh_token) = {
        let mut state = app.lock();
        match form.require("grant_type")? {
            "authorization_code" => exchange(&mut state, &headers, &form, clock.now())?,
            "refresh_token" => refresh(&mut state, &headers, &form, clock.now())?,
            _ => return Err(OAuthError::unsupported_grant_type()),
        }
    };
    let (access_token, expires_in) = app.issue_access_token(&grant, clock.now()).await?;
    let mut body = json!({ "access_token": access_token, "token_type": "bearer", "expires_in": expires_in });
    if let (Some(refresh_token), Some(body)) = (refresh_token, body.as_object_mut()) {
        body.insert("refresh_token".to_owned(), refresh_token.into());
    }
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((headers, Json(body)).into_response())
}

/// The name that a request is counted under.
pub(super) fn counted_as(form: Option<&Params>) -> &'static str {
    match form.and_then(|form| form.get("grant_type")) {
        Some("authorization_code") => stats::TOKEN_CODE,
        Some("refresh_token") => stats::TOKEN_REFRESH,
        _ => stats::TOKEN_OTHER,
    }
}

/// The approval that the tokens stand for, and the new refresh token where the client may have one.
type Issued = (Arc<Grant>, Option<String>);

/// RFC 6749 §4.1.3.
fn exchange(state: &mut state::State, headers: &HeaderMap, form: &Params, now: u64) -> Result<Issued, OAuthError> {
    let client = authenticate(state, headers, form)?;
    let client = client.ok_or_else(|| OAuthError::invalid_request("`client_id` is missing"))?;
    if !client.grants.contains(&GrantType::AuthorizationCode) {
        return Err(OAuthError::unauthorized_client(
            "this client may not use the authorization code grant",
        ));
    }
    let may_refresh = client.grants.contains(&GrantType::RefreshToken);
    let client = client.id.clone();
    let shown = Presented {
        client: &client,
        code: form.require("code")?,
        redirect_uri: form.require("redirect_uri")?,
        verifier: form.get("code_verifier"),
    };
    let grant = state.grants.take_code(&shown, now)?;
    let refresh_token = may_refresh
        .then(|| state.grants.issue_refresh_token(&grant, now))
        .transpose()?;
    Ok((grant, refresh_token))
}

/// RFC 6749 §6. A public client may leave out its ID: the refresh token says whose it is.
fn refresh(state: &mut state::State, headers: &HeaderMap, form: &Params, now: u64) -> Result<Issued, OAuthError> {
    let token = form.require("refresh_token")?;
    let client = match authenticate(state, headers, form)? {
        Some(client) => client,
        None => {
            let owner = state
                .grants
                .refresh_token_client(token, now)
                .and_then(|owner| state.client(owner));
            let unknown = || OAuthError::invalid_grant("the refresh token is unknown or has expired");
            let owner = owner.ok_or_else(unknown)?;
            if owner.secret.is_some() {
                return Err(OAuthError::invalid_client(
                    "`client_id` and `client_secret` are missing",
                ));
            }
            owner
        }
    };
    if !client.grants.contains(&GrantType::RefreshToken) {
        return Err(OAuthError::unauthorized_client(
            "this client may not use the refresh token grant",
        ));
    }
    let client = client.id.clone();
    let grant = state.grants.rotate(token, &client, now)?;
    let next = state.grants.issue_refresh_token(&grant, now)?;
    Ok((grant, Some(next)))
}
