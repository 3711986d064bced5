//! Mints tokens on request, for tests: valid ones, and every kind of invalid one. A token may be expired, not valid yet, signed
//! with an unpublished key, carry an unknown `kid`, be signed with HS256, or have unusual claims.
//!
//! The request is one JSON object, all of whose members are optional (see [`MintRequest`]); the response is
//! `{"token","header","claims"}`. A token that the platform itself could have issued is active at introspection like an issued
//! one; any other, and so every one with claims of its own, is not.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::sandbox::app::{self, App};
use crate::sandbox::claims::{Claims, Entitlement};
use crate::sandbox::detail::DetailError;
use crate::sandbox::grants::Grant;
use crate::sandbox::oauth_error::OAuthError;
use crate::sandbox::request_context::RequestContext;
use crate::sandbox::seed::{self, EntitlementSource, Role};
use crate::sandbox::time::DAY;
use crate::sandbox::{body, digest, signing_key};

/// How long an entitlement lasts if the request does not say.
const ENTITLEMENT_DAYS: u64 = 30;

/// The token that is requested.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
struct MintRequest {
    /// The user, by default the seed's first. It need not be a user of the sandbox.
    sub: Option<String>,
    /// The tools, by default those of the user.
    tools: Option<Vec<Tool>>,
    /// The role, and whether the user is an admin; by default as the user has them.
    role: Option<Role>,
    admin: Option<bool>,
    /// Seconds from now, may be negative; by default the sandbox's token lifetime.
    expires_in: Option<i64>,
    alg: RequestedAlgorithm,
    /// The header's `kid`, by default that of the published key for RS256 and none for HS256.
    kid: Option<String>,
    /// Sign with a key that is not published.
    wrong_key: bool,
    /// Claims that replace those above; `null` removes a claim.
    claims: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a tool: an object")]
struct Tool {
    tool_id: String,
    /// Seconds from now, may be negative; by default 30 days.
    expires_in: Option<i64>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
enum RequestedAlgorithm {
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "HS256")]
    Hs256,
}

/// `POST`.
pub(super) async fn mint(
    State(app): State<Arc<App>>,
    context: RequestContext,
    request: Request,
) -> Result<Response, DetailError> {
    let body = body::read(request.into_body()).await?;
    let request: MintRequest = serde_json::from_slice(&body)
        .map_err(|e| DetailError::text(StatusCode::UNPROCESSABLE_ENTITY, &e.to_string()))?;
    let key = app.keys.ready().await?;
    let now = context.now();
    let claims = claims(&app.lock(), &app.base_url, &request, now)?;
    let payload = payload(&claims, &request.claims);
    let kid = request.kid.as_deref();
    let (header, token) = match request.alg {
        RequestedAlgorithm::Rs256 => {
            let kid = kid.unwrap_or(key.kid());
            let token = if request.wrong_key {
                app.keys.unpublished_key().await?.sign_with_kid(kid, &payload)?
            } else {
                key.sign_with_kid(kid, &payload)?
            };
            (signing_key::header(Algorithm::RS256, Some(kid)), token)
        }
        RequestedAlgorithm::Hs256 => {
            let header = signing_key::header(Algorithm::HS256, kid);
            let token = signing_key::sign_hs256(&header, &payload, !request.wrong_key)?;
            (header, token)
        }
    };
    let published_kid = kid.is_none_or(|kid| kid == key.kid());
    if request.alg == RequestedAlgorithm::Rs256 && !request.wrong_key && published_kid && request.claims.is_empty() {
        let mut state = app.lock();
        let grant = Grant::new(seed::default_client(&state.clients), &claims.sub);
        state.grants.record_access_token(&token, claims, &grant, now);
    }
    let answer = json!({ "token": token, "header": header, "claims": payload });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// The claims of the request, in the form that the platform issues.
fn claims(state: &app::State, issuer: &str, request: &MintRequest, now: u64) -> Result<Claims, OAuthError> {
    let user = match &request.sub {
        Some(sub) => state.user(sub),
        None => state.users.first(),
    };
    let entitlements = match &request.tools {
        Some(tools) => tools.iter().map(|tool| entitlement(tool, now)).collect(),
        None => user.map(|user| user.entitlements.clone()).unwrap_or_default(),
    };
    let sub = request.sub.as_deref().or(user.map(|user| user.id.as_str()));
    let ttl = state.access_token_ttl();
    let exp = match request.expires_in {
        Some(seconds) => now.saturating_add_signed(seconds),
        None => now.saturating_add(ttl),
    };
    // An expired token was issued before it expired.
    let iat = if exp > now { now } else { exp.saturating_sub(ttl) };
    Ok(Claims {
        iss: issuer.to_owned(),
        sub: sub.unwrap_or_default().to_owned(),
        exp,
        iat,
        jti: digest::random("")?,
        entitlements,
        role: request.role.or_else(|| user.and_then(|user| user.role)),
        is_admin: request.admin.unwrap_or_else(|| user.is_some_and(|user| user.admin)),
    })
}

fn entitlement(tool: &Tool, now: u64) -> Entitlement {
    let expires_in = tool.expires_in.unwrap_or((ENTITLEMENT_DAYS * DAY).cast_signed());
    Entitlement {
        tool_id: tool.tool_id.clone(),
        expires_at: now.saturating_add_signed(expires_in),
        source: EntitlementSource::Purchase,
    }
}

/// The claims as JSON, with those that the request replaces or removes.
fn payload(claims: &Claims, replaced: &Map<String, Value>) -> Value {
    let mut payload = match serde_json::to_value(claims) {
        Ok(Value::Object(payload)) => payload,
        _ => Map::new(),
    };
    for (name, value) in replaced {
        if value.is_null() {
            payload.shift_remove(name);
        } else {
            payload.insert(name.clone(), value.clone());
        }
    }
    payload.into()
}
