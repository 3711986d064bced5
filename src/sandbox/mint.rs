//! Tokens to order: `POST /sandbox/mint`, for other people's tests. Right ones, and every kind of wrong one: expired, not
//! valid yet, signed by a stranger, under a name that nobody knows, HS256, with odd claims.
//!
//! The request is one JSON object, all of whose members may be left out (see [`Order`]); the answer is
//! `{"token","header","claims"}`. A token that is right in everything is known to introspection like one that was issued;
//! any other is not active there.

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
use super::form;
use super::grants::Grant;
use super::keys::SigningKey;
use super::seed::{Role, Source};
use super::state::{App, Claims, Entitlement};
use super::time::{self, DAY};

/// The secret that HS256 tokens of a sandbox are signed with: 42 bytes of ASCII, no secret at all.
pub const HS256_SECRET: &str = "noesis-sandbox-hs256-secret-for-tests-only";

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
    role: Option<Role>,
    admin: Option<bool>,
    /// Seconds from now, also negative; the sandbox's lifetime of tokens where left out.
    expires_in: Option<i64>,
    alg: Algorithm,
    /// The header's `kid`, which then names no key of the sandbox; its own where left out.
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
pub(super) async fn mint(State(app): State<Arc<App>>, request: Request) -> Result<Response, Detail> {
    let body = form::bytes(request.into_body()).await?;
    let order: Order =
        serde_json::from_slice(&body).map_err(|e| Detail::text(StatusCode::UNPROCESSABLE_ENTITY, &e.to_string()))?;
    let key = app.keys.ready().await?;
    let now = time::now();
    let (claims, grant) = {
        let state = app.lock();
        let user = match &order.sub {
            Some(sub) => state.users.iter().find(|user| user.id == *sub),
            None => state.users.first(),
        };
        let sub = order
            .sub
            .clone()
            .or_else(|| user.map(|user| user.id.clone()))
            .unwrap_or_default();
        let ttl = i64::try_from(state.access_token_ttl()).unwrap_or(i64::MAX);
        let expires_in = order.expires_in.unwrap_or(ttl);
        let entitlements = match &order.tools {
            Some(tools) => tools.iter().map(|tool| entitlement(tool, now)).collect(),
            None => user.map(|user| user.entitlements.clone()).unwrap_or_default(),
        };
        let exp = now.saturating_add_signed(expires_in);
        let claims = Claims {
            iss: app.base_url.clone(),
            exp,
            // One that has ended was issued before it did.
            iat: if exp > now {
                now
            } else {
                exp.saturating_sub(state.access_token_ttl())
            },
            jti: digest::random("").map_err(|_| Detail::text(StatusCode::INTERNAL_SERVER_ERROR, "no randomness"))?,
            entitlements,
            role: order.role.or_else(|| user.and_then(|user| user.role)),
            is_admin: order.admin.unwrap_or_else(|| user.is_some_and(|user| user.admin)),
            sub,
        };
        let client = state
            .clients
            .first()
            .map(|client| client.id.clone())
            .unwrap_or_default();
        let grant = Grant::new(&client, &claims.sub);
        (claims, grant)
    };

    let mut header = json!({ "alg": "RS256", "typ": "JWT", "kid": order.kid.as_deref().unwrap_or(key.kid()) });
    let payload = with_odd_claims(&claims, &order.claims);
    let token = match (order.alg, order.wrong_key) {
        (Algorithm::Hs256, wrong_key) => {
            let secret = if wrong_key {
                "another-secret-that-nobody-was-told-about"
            } else {
                HS256_SECRET
            };
            header = json!({ "alg": "HS256", "typ": "JWT" });
            if let (Some(kid), Some(header)) = (&order.kid, header.as_object_mut()) {
                header.insert("kid".into(), kid.as_str().into());
            }
            sign_hs256(&header, &payload, secret)
        }
        (Algorithm::Rs256, true) => SigningKey::stranger().await?.sign_as(&header, &payload)?,
        (Algorithm::Rs256, false) => key.sign_as(&header, &payload)?,
    };
    let right = order.alg == Algorithm::Rs256 && !order.wrong_key && order.kid.is_none() && order.claims.is_empty();
    if right {
        app.lock().grants.note_access_token(&token, claims, &grant, now);
    }
    let answer = json!({ "token": token, "header": header, "claims": payload });
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
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

fn sign_hs256(header: &Value, claims: &Value, secret: &str) -> String {
    let signed = format!(
        "{}.{}",
        base64url(header.to_string().as_bytes()),
        base64url(claims.to_string().as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{signed}.{}", base64url(hmac::sign(&key, signed.as_bytes()).as_ref()))
}
