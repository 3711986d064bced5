//! The token endpoint (RFC 6749 §3.2): exchanges authorization codes and refresh tokens for access tokens.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::sandbox::app::{self, App};
use crate::sandbox::client_auth::authenticate;
use crate::sandbox::counting;
use crate::sandbox::form::{self, Params};
use crate::sandbox::grants::{Grant, PresentedCode};
use crate::sandbox::oauth_error::OAuthError;
use crate::sandbox::request_context::RequestContext;
use crate::sandbox::seed::GrantType;

/// `POST`.
pub(super) async fn token(
    State(app): State<Arc<App>>,
    context: RequestContext,
    request: Request,
) -> Result<Response, OAuthError> {
    let counter = counting::counter(&request);
    let form = form::read(request).await;
    let grant_type = form.as_ref().ok().and_then(|(_, form)| form.get("grant_type"));
    if let Some(name) = counter.name(grant_type) {
        app.lock().counters.increment(name);
    }
    let (headers, form) = form?;
    // The key first: a code or refresh token must not be used up by an answer that cannot be signed.
    app.keys.ready().await?;
    let (grant, refresh_token) = {
        let mut state = app.lock();
        match form.require("grant_type")? {
            "authorization_code" => exchange(&mut state, &headers, &form, context.now())?,
            "refresh_token" => refresh(&mut state, &headers, &form, context.now())?,
            _ => return Err(OAuthError::unsupported_grant_type()),
        }
    };
    let (access_token, expires_in) = app.issue_access_token(&grant, context.now()).await?;
    let mut body = json!({ "access_token": access_token, "token_type": "bearer", "expires_in": expires_in });
    if let (Some(refresh_token), Some(body)) = (refresh_token, body.as_object_mut()) {
        body.insert("refresh_token".to_owned(), refresh_token.into());
    }
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    Ok((headers, Json(body)).into_response())
}

/// The grant that the tokens belong to, and a new refresh token if the client may refresh.
type Issued = (Arc<Grant>, Option<String>);

/// RFC 6749 §4.1.3.
fn exchange(state: &mut app::State, headers: &HeaderMap, form: &Params, now: u64) -> Result<Issued, OAuthError> {
    let client = authenticate(state, headers, form)?;
    let client = client.ok_or_else(|| OAuthError::invalid_request("`client_id` is missing"))?;
    if !client.grants.contains(&GrantType::AuthorizationCode) {
        return Err(OAuthError::unauthorized_client(
            "this client may not use the authorization code grant",
        ));
    }
    let may_refresh = client.grants.contains(&GrantType::RefreshToken);
    let client = client.id.clone();
    let presented = PresentedCode {
        client: &client,
        code: form.require("code")?,
        redirect_uri: form.require("redirect_uri")?,
        verifier: form.get("code_verifier"),
    };
    let grant = state.grants.exchange_code(&presented, now)?;
    let refresh_token = may_refresh
        .then(|| state.grants.issue_refresh_token(&grant, now))
        .transpose()?;
    Ok((grant, refresh_token))
}

/// RFC 6749 §6. A public client may omit its ID: the refresh token identifies it.
fn refresh(state: &mut app::State, headers: &HeaderMap, form: &Params, now: u64) -> Result<Issued, OAuthError> {
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
