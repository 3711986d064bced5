//! Tokens to order: `POST /sandbox/mint`, for other people's tests. Right ones, and every kind of wrong one: expired, not
//! valid yet, signed by a stranger, under a name that nobody knows, HS256, with odd claims.
//!
//! The request is one JSON object, all of whose members may be left out (see [`Order`]); the answer is
//! `{"token","header","claims"}`. A token that the platform itself could have issued is known to introspection like one
//! that was; any other, and so every one with claims of the order's own, is not active there.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::digest::{self, base64url};
use super::fastapi::Detail;
use super::grants::Grant;
use super::oauth_error::OAuthError;
use super::seed::{Role, Source};
use super::state::{self, App, Claims, Entitlement};
use super::time::{Clock, DAY};
use super::{form, seed, stats};

/// The secret that HS256 tokens of a sandbox are signed with: 42 bytes of ASCII, no secret at all.
pub const HS256_SECRET: &str = "noesis-sandbox-hs256-secret-for-tests-only";
/// What an HS256 token is signed with that is to be wrong.
const WRONG_SECRET: &str = "another-secret-that-nobody-was-told-about";

/// How long an entitlement of a minted token lives where the order does not say.
const ENTITLEMENT_DAYS: u64 = 30;

/// What is ordered.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Order {
    /// The user; the seed's first where left out. It need not be a user of the sandbox.
    sub: Option<String>,
    /// The tools; those of the user where left out.
    tools: Option<Vec<Tool>>,
    /// The role, and whether the user is an admin; as the user is where left out.
    role: Option<Role>,
    admin: Option<bool>,
    /// Seconds from now, also negative; the sandbox's lifetime of tokens where left out.
    expires_in: Option<i64>,
    alg: Algorithm,
    /// The header's `kid`; where left out the sandbox's own for RS256, none for HS256.
    kid: Option<String>,
    /// Sign with a key that is not the sandbox's.
    wrong_key: bool,
    /// Claims that take the place of those above; `null` takes a claim out.
    claims: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    tool_id: String,
    /// Seconds from now, also negative; 30 days where left out.
    expires_in: Option<i64>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Algorithm {
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    #[serde(rename = "HS256")]
    Hs256,
}

/// `POST /sandbox/mint`.
pub(super) async fn mint(State(app): State<Arc<App>>, clock: Clock, request: Request) -> Result<Response, Detail> {
    app.lock().stats.count(stats::MINT);
    let body = form::bytes(request.into_body()).await?;
    let order: Order =
        serde_json::from_slice(&body).map_err(|e| Detail::text(StatusCode::UNPROCESSABLE_ENTITY, &e.to_string()))?;
    let key = app.keys.ready().await?;
    let now = clock.now();
    let claims = claims(&app.lock(), &app.base_url, &order, now)?;
    let payload = with_odd_claims(&claims, &order.claims);
    let (header, token) = match order.alg {
        Algorithm::Rs256 => {
            let header = header("RS256", Some(order.kid.as_deref().unwrap_or(key.kid())));
            let token = if order.wrong_key {
                app.keys.stranger().await?.sign_as(&header, &payload)?
            } else {
                key.sign_as(&header, &payload)?
            };
            (header, token)
        }
        Algorithm::Hs256 => {
            let header = header("HS256", order.kid.as_deref());
            let secret = if order.wrong_key { WRONG_SECRET } else { HS256_SECRET };
            let token = sign_hs256(&header, &payload, secret);
            (header, token)
        }
    };
    let own_kid = order.kid.as_deref().is_none_or(|kid| kid == key.kid());
    if order.alg == Algorithm::Rs256 && !order.wrong_key && own_kid && order.claims.is_empty() {
        let mut state = app.lock();
        let grant = Grant::new(seed::default_client(&state.clients), &claims.sub);
        state.grants.note_access_token(&token, claims, &grant, now);
    }
    let answer = json!({ "token": token, "header": header, "claims": payload });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// The claims as the platform would write them, for what is ordered.
fn claims(state: &state::State, issuer: &str, order: &Order, now: u64) -> Result<Claims, OAuthError> {
    let user = match &order.sub {
        Some(sub) => state.user(sub),
        None => state.users.first(),
    };
    let entitlements = match &order.tools {
        Some(tools) => tools.iter().map(|tool| entitlement(tool, now)).collect(),
        None => user.map(|user| user.entitlements.clone()).unwrap_or_default(),
    };
    let sub = order.sub.as_deref().or(user.map(|user| user.id.as_str()));
    let ttl = state.access_token_ttl();
    let exp = match order.expires_in {
        Some(seconds) => now.saturating_add_signed(seconds),
        None => now.saturating_add(ttl),
    };
    // One that has ended was issued before it did.
    let iat = if exp > now { now } else { exp.saturating_sub(ttl) };
    Ok(Claims {
        iss: issuer.to_owned(),
        sub: sub.unwrap_or_default().to_owned(),
        exp,
        iat,
        jti: digest::random("")?,
        entitlements,
        role: order.role.or_else(|| user.and_then(|user| user.role)),
        is_admin: order.admin.unwrap_or_else(|| user.is_some_and(|user| user.admin)),
    })
}

fn entitlement(tool: &Tool, now: u64) -> Entitlement {
    let expires_in = tool.expires_in.unwrap_or((ENTITLEMENT_DAYS * DAY).cast_signed());
    Entitlement {
        tool_id: tool.tool_id.clone(),
        expires_at: now.saturating_add_signed(expires_in),
        source: Source::Purchase,
    }
}

/// The claims as JSON, those of the order in the place of the usual ones.
fn with_odd_claims(claims: &Claims, odd: &Map<String, Value>) -> Value {
    let mut payload = match serde_json::to_value(claims) {
        Ok(Value::Object(payload)) => payload,
        _ => Map::new(),
    };
    for (name, value) in odd {
        if value.is_null() {
            payload.shift_remove(name);
        } else {
            payload.insert(name.clone(), value.clone());
        }
    }
    payload.into()
}

fn header(alg: &str, kid: Option<&str>) -> Value {
    match kid {
        Some(kid) => json!({ "alg": alg, "typ": "JWT", "kid": kid }),
        None => json!({ "alg": alg, "typ": "JWT" }),
    }
}

fn sign_hs256(header: &Value, claims: &Value, secret: &str) -> String {
    let signed = format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{signed}.{}", base64url(hmac::sign(&key, signed.as_bytes()).as_ref()))
}
