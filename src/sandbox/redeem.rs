//! Activation codes: a user with an access token shows a code and gains a tool.
//!
//! Refusals are FastAPI's, see `fastapi`: 401 without a good token, 422 where the body is not `{"code": "…"}`, 404 for a code that never was, 409 for one that was redeemed, 410 for one whose time has passed.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::fastapi::{Detail, bearer, code_of};
use super::grants::Grant;
use super::seed::{CodeState, Redeem};
use super::state::{self, App, Entitlement};
use super::time::{self, Clock, DAY};
use super::{form, stats};

/// `POST /api/v1/activation/redeem`.
pub(super) async fn redeem(State(app): State<Arc<App>>, clock: Clock, request: Request) -> Result<Response, Detail> {
    app.lock().stats.count(stats::REDEEM);
    let token = bearer(request.headers())?.to_owned();
    let grant = {
        let state = app.lock();
        let access = state.grants.access_token(&token, clock.now());
        access
            .map(|access| Arc::clone(&access.grant))
            .ok_or_else(Detail::bad_token)?
    };
    let body = form::bytes(request.into_body()).await?;
    let code = code_of(&body)?;
    // Waiting for the key first: a code must not be spent on an answer that cannot be signed.
    app.keys.ready().await?;
    let (mut answer, mode) = {
        let mut state = app.lock();
        let answer = activate(&mut state, &grant, &code, clock.now())?;
        let mode = state.client(&grant.client).map(|client| client.redeem);
        (answer, mode.unwrap_or_default())
    };
    let new_token = match mode {
        Redeem::NewToken => Value::from(app.issue_access_token(&grant, clock.now()).await?.0),
        Redeem::Refresh => Value::Null,
    };
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("token_refresh_required".to_owned(), new_token.is_null().into());
        answer.insert("new_access_token".to_owned(), new_token);
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Marks the code as used and gives its tool to the user: for so many days from now, or from the end of what the user has.
fn activate(state: &mut state::State, grant: &Grant, code: &str, now: u64) -> Result<Value, Detail> {
    let found = state.codes.iter_mut().find(|known| known.code == code);
    let found = found.ok_or_else(|| Detail::text(StatusCode::NOT_FOUND, "Activation code not found"))?;
    match found.state {
        CodeState::Good => {}
        CodeState::Used => {
            return Err(Detail::text(
                StatusCode::CONFLICT,
                "Activation code has already been used",
            ));
        }
        CodeState::Expired => {
            return Err(Detail::text(StatusCode::GONE, "Activation code has expired"));
        }
    }
    let user = state
        .users
        .iter_mut()
        .find(|user| user.id == grant.user)
        .ok_or_else(Detail::bad_token)?;
    found.state = CodeState::Used;
    found.redeemed_by = Some(user.id.clone());
    let (tool_id, days, source) = (found.tool_id.clone(), found.days, found.source);
    let held = user.entitlements.iter_mut().find(|held| held.tool_id == tool_id);
    let begins = held.as_ref().map_or(now, |held| held.expires_at.max(now));
    let expires_at = begins.saturating_add(u64::from(days) * DAY);
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
        "expires_at": time::iso8601(expires_at),
        "message": format!("{tool_name} is yours for {days} {unit}"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Seed;

    const NOW: u64 = 1_782_208_800;

    fn redeemed(state: &mut state::State, user: &str, code: &str) -> Result<Value, u16> {
        activate(state, &Grant::new("noesis-cli", user), code, NOW).map_err(|detail| detail.status.as_u16())
    }

    #[test]
    fn a_code_gives_its_tool_for_its_days_once() {
        let mut state = state::State::new(Seed::default(), Vec::new(), NOW);
        let answer = redeemed(&mut state, "linus", "AXKF-M3PQ-7RBN-W2YT").unwrap();
        assert_eq!(answer["expires_at"], "2026-07-23T10:00:00Z");
        assert_eq!(answer["message"], "Vision Lab is yours for 30 days");
        assert_eq!(state.user("linus").unwrap().entitlements[0].expires_at, NOW + 30 * DAY);
        assert_eq!(redeemed(&mut state, "linus", "AXKF-M3PQ-7RBN-W2YT"), Err(409));
        assert_eq!(redeemed(&mut state, "ada", "AXKF-M3PQ-7RBN-W2YT"), Err(409));
    }

    #[test]
    fn days_are_added_to_what_is_left_and_what_has_ended_begins_anew() {
        let mut state = state::State::new(Seed::default(), Vec::new(), NOW);
        redeemed(&mut state, "grace", "AXKF-M3PQ-7RBN-W2YT").unwrap();
        let grace = state.user("grace").unwrap();
        assert_eq!(grace.entitlements.len(), 2);
        assert_eq!(grace.entitlements[1].expires_at, NOW + 44 * DAY);
        redeemed(&mut state, "hedy", "BQLG-N4RS-8TCP-X3ZV").unwrap();
        assert_eq!(state.user("hedy").unwrap().entitlements[0].expires_at, NOW + 90 * DAY);
    }

    #[test]
    fn codes_are_compared_exactly_as_they_are_sent() {
        let mut state = state::State::new(Seed::default(), Vec::new(), NOW);
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
