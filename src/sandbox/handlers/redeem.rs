//! Redeems activation codes: a user with an access token presents a code and gains a tool.
//!
//! Errors are FastAPI's, see `detail`: 401 without a valid token, 422 if the body is not `{"code": "…"}`, 404 for an unknown
//! code, 409 for one that was redeemed, 410 for one that has expired.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::sandbox::app::{self, App};
use crate::sandbox::body;
use crate::sandbox::claims::Entitlement;
use crate::sandbox::detail::DetailError;
use crate::sandbox::grants::Grant;
use crate::sandbox::request_context::RequestContext;
use crate::sandbox::seed::{CodeState, Redeem};
use crate::sandbox::time::{self, DAY};

/// `POST`.
pub(super) async fn redeem(
    State(app): State<Arc<App>>,
    context: RequestContext,
    request: Request,
) -> Result<Response, DetailError> {
    let token = bearer(request.headers())?.to_owned();
    let grant = {
        let state = app.lock();
        let access = state.grants.access_token(&token, context.now());
        access
            .map(|access| Arc::clone(&access.grant))
            .ok_or_else(DetailError::invalid_token)?
    };
    let body = body::read(request.into_body()).await?;
    let code = activation_code(&body)?;
    // The key first: a code must not be used up by an answer that cannot be signed.
    app.keys.ready().await?;
    let (mut answer, mode) = {
        let mut state = app.lock();
        let answer = activate(&mut state, &grant, &code, context.now())?;
        let mode = state.client(&grant.client).map(|client| client.redeem);
        (answer, mode.unwrap_or_default())
    };
    let new_token = match mode {
        Redeem::NewToken => Value::from(app.issue_access_token(&grant, context.now()).await?.0),
        Redeem::Refresh => Value::Null,
    };
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("token_refresh_required".to_owned(), new_token.is_null().into());
        answer.insert("new_access_token".to_owned(), new_token);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Marks the code as used and extends the user's entitlement by its days, from now or from when the entitlement expires.
fn activate(state: &mut app::State, grant: &Grant, code: &str, now: u64) -> Result<Value, DetailError> {
    let code = state.codes.iter_mut().find(|known| known.code == code);
    let code = code.ok_or_else(|| DetailError::text(StatusCode::NOT_FOUND, "Activation code not found"))?;
    match code.state {
        CodeState::Good => {}
        CodeState::Used => {
            return Err(DetailError::text(
                StatusCode::CONFLICT,
                "Activation code has already been used",
            ));
        }
        CodeState::Expired => {
            return Err(DetailError::text(StatusCode::GONE, "Activation code has expired"));
        }
    }
    let user = state
        .users
        .iter_mut()
        .find(|user| user.id == grant.user)
        .ok_or_else(DetailError::invalid_token)?;
    code.state = CodeState::Used;
    code.redeemed_by = Some(user.id.clone());
    let (tool_id, days, source) = (code.tool_id.clone(), code.days, code.source);
    let held = user.entitlements.iter_mut().find(|held| held.tool_id == tool_id);
    let from = held.as_ref().map_or(now, |held| held.expires_at.max(now));
    let expires_at = from.saturating_add(u64::from(days) * DAY);
    match held {
        Some(held) => (held.expires_at, held.source) = (expires_at, source),
        None => user.entitlements.push(Entitlement {
            tool_id: tool_id.clone(),
            expires_at,
            source,
        }),
    }
    let tool_name = state.tool_name(&tool_id);
    let unit = if days == 1 { "day" } else { "days" };
    Ok(json!({
        "tool_id": tool_id,
        "tool_name": tool_name,
        "duration_days": days,
        "expires_at": time::rfc3339(expires_at),
        "message": format!("{tool_name} is yours for {days} {unit}"),
    }))
}

/// The bearer token of the request (RFC 6750 §2.1), if it has exactly one `Authorization`. The scheme is case-insensitive.
fn bearer(headers: &HeaderMap) -> Result<&str, DetailError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(DetailError::not_authenticated());
    };
    let value = value.to_str().map_err(|_| DetailError::not_authenticated())?;
    let (scheme, token) = value.split_once(' ').ok_or_else(DetailError::not_authenticated)?;
    let token = token.trim_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() {
        Ok(token)
    } else {
        Err(DetailError::not_authenticated())
    }
}

/// The `code` of the body, or the validation error that FastAPI (pydantic) answers with.
fn activation_code(body: &[u8]) -> Result<String, DetailError> {
    if body.is_empty() {
        return Err(DetailError::validation(
            "missing",
            json!(["body"]),
            "Field required",
            Value::Null,
        ));
    }
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) => body,
        Err(error) => {
            let lines = body
                .split_inclusive(|byte| *byte == b'\n')
                .take(error.line().saturating_sub(1));
            let position = lines.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1);
            return Err(DetailError::validation(
                "json_invalid",
                json!(["body", position]),
                "JSON decode error",
                json!({}),
            ));
        }
    };
    let Some(members) = body.as_object() else {
        let message = "Input should be a valid dictionary or object to extract fields from";
        return Err(DetailError::validation(
            "model_attributes_type",
            json!(["body"]),
            message,
            body,
        ));
    };
    let at = json!(["body", "code"]);
    match members.get("code") {
        Some(Value::String(code)) => Ok(code.clone()),
        Some(other) => {
            let message = "Input should be a valid string";
            Err(DetailError::validation("string_type", at, message, other.clone()))
        }
        None => Err(DetailError::validation("missing", at, "Field required", body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Seed;

    const NOW: u64 = 1_782_208_800;

    fn redeemed(state: &mut app::State, user: &str, code: &str) -> Result<Value, u16> {
        activate(state, &Grant::new("noesis-cli", user), code, NOW).map_err(|detail| detail.status.as_u16())
    }

    #[test]
    fn a_code_grants_its_tool_for_its_days_once() {
        let mut state = app::State::new(Seed::default(), Vec::new(), NOW);
        let answer = redeemed(&mut state, "linus", "AXKF-M3PQ-7RBN-W2YT").unwrap();
        assert_eq!(answer["expires_at"], "2026-07-23T10:00:00Z");
        assert_eq!(answer["message"], "Vision Lab is yours for 30 days");
        assert_eq!(state.user("linus").unwrap().entitlements[0].expires_at, NOW + 30 * DAY);
        assert_eq!(redeemed(&mut state, "linus", "AXKF-M3PQ-7RBN-W2YT"), Err(409));
        assert_eq!(redeemed(&mut state, "ada", "AXKF-M3PQ-7RBN-W2YT"), Err(409));
    }

    #[test]
    fn days_are_added_to_the_remaining_ones_and_an_expired_entitlement_starts_again_from_now() {
        let mut state = app::State::new(Seed::default(), Vec::new(), NOW);
        redeemed(&mut state, "grace", "AXKF-M3PQ-7RBN-W2YT").unwrap();
        let grace = state.user("grace").unwrap();
        assert_eq!(grace.entitlements.len(), 2);
        assert_eq!(grace.entitlements[1].expires_at, NOW + 44 * DAY);
        redeemed(&mut state, "hedy", "BQLG-N4RS-8TCP-X3ZV").unwrap();
        assert_eq!(state.user("hedy").unwrap().entitlements[0].expires_at, NOW + 90 * DAY);
    }

    #[test]
    fn codes_are_compared_byte_for_byte() {
        let mut state = app::State::new(Seed::default(), Vec::new(), NOW);
        for code in [
            "axkf-m3pq-7rbn-w2yt",
            "AXKFM3PQ7RBNW2YT",
            " AXKF-M3PQ-7RBN-W2YT",
            "AXKF-M3PQ-7RBN-W2YT\n",
            "",
        ] {
            assert_eq!(redeemed(&mut state, "ada", code), Err(404), "{code:?}");
        }
        assert_eq!(redeemed(&mut state, "ada", "USED-M3PQ-7RBN-W2YT"), Err(409));
        assert_eq!(redeemed(&mut state, "ada", "LATE-M3PQ-7RBN-W2YT"), Err(410));
    }
}
