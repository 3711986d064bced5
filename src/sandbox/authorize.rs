//! The authorization endpoint (RFC 6749 §4.1): a request is judged, a person decides on the consent page, and the answer
//! goes to the client's redirect URI.
//!
//! What the client asked for stays here, under a one-time name of 256 random bits that only the consent page knows: the
//! form that comes back holds that name, the user and the decision, so that nothing of the request can be changed in it
//! and no other page can send it.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::asked::{Asked, Refused};
use super::form::{self, Params};
use super::grants::{Binding, Grant};
use super::oauth_error::OAuthError;
use super::pages::{self, Problem};
use super::state::App;
use super::time::Clock;
use super::{asked, digest, redirect, state, stats};

/// How long a consent page may stay open, in seconds.
const CONSENT_TTL: u64 = 10 * 60;
/// The longest query, in bytes: what stays open of it is held in memory, as often as [`state::MOST_ASKED`] says.
const MAX_QUERY: usize = 8 * 1024;

/// What the client is told of a person who denies.
const DENIED: &str = "the user denied the request";

/// `GET /oauth/authorize`.
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    clock: Clock,
    method: Method,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let params = Params::parse(query.as_bytes());
    let now = clock.now();
    let mut state = app.lock();
    state.stats.count(stats::AUTHORIZE);
    if query.len() > MAX_QUERY {
        return pages::problem(&Problem::too_long());
    }
    let asked = match asked::judge(&state, &params) {
        Ok(asked) => asked,
        Err(refused) => return refuse(&app, refused),
    };
    if method == Method::HEAD {
        // Whoever only looks gets no code, and opens nothing: HEAD has no effect (RFC 9110 §9.2.1).
        return pages::consent(&state, &asked, "", now);
    }
    if app.auto_approve {
        return approve_at_once(&app, &mut state, asked, now);
    }
    let Ok(name) = digest::random("") else {
        return failed();
    };
    let page = pages::consent(&state, &asked, &name, now);
    state.asked.insert(name, asked, now.saturating_add(CONSENT_TTL), now);
    page
}

/// `POST /oauth/authorize`: the form of the consent page.
pub(super) async fn decide(State(app): State<Arc<App>>, clock: Clock, request: Request) -> Response {
    app.lock().stats.count(stats::DECISION);
    let foreign = is_foreign(request.headers(), &app.base_url);
    let form = match form::read(request).await {
        Ok((_, form)) => form,
        Err(error) => return pages::problem(&Problem::bad_form(error.status, &error.description)),
    };
    if foreign {
        return pages::problem(&Problem::foreign_form());
    }
    let now = clock.now();
    let mut state = app.lock();
    let name = form.get("request").unwrap_or_default().to_owned();
    // The request is used up by a decision only: after a form that is none, the person goes back and decides.
    let unread = |why| pages::problem(&Problem::bad_form(StatusCode::BAD_REQUEST, why));
    if state.asked.get(&name, now).is_none() {
        return pages::problem(&Problem::not_open());
    }
    let approved_as = match (form.get("decision"), form.get("user")) {
        (Some("deny"), _) => None,
        (Some("approve"), Some(user)) if state.user(user).is_some() => Some(user),
        (Some("approve"), _) => return unread("no user was picked"),
        _ => return unread("the decision is neither to approve nor to deny"),
    };
    let Some(asked) = state.asked.remove(&name, now) else {
        return pages::problem(&Problem::not_open());
    };
    match approved_as {
        Some(user) => approve(&app, &mut state, asked, user, now),
        None => deny(&app, &asked, DENIED),
    }
}

/// Whether the browser says that the form came from elsewhere. Our own page comes with `Origin: null`, for it has
/// `Referrer-Policy: no-referrer`; its one-time name is what protects it where a browser says nothing.
fn is_foreign(headers: &HeaderMap, base_url: &str) -> bool {
    let value = |name| headers.get(name).map(|value: &header::HeaderValue| value.as_bytes());
    let site = value(header::HeaderName::from_static("sec-fetch-site"));
    let origin = value(header::ORIGIN);
    let host = value(header::HOST).unwrap_or_default();
    let same_origin = |origin: &[u8]| origin == base_url.as_bytes() || origin.strip_prefix(b"http://") == Some(host);
    site.is_some_and(|site| site != b"same-origin")
        || origin.is_some_and(|origin| origin != b"null" && !same_origin(origin))
}

fn approve_at_once(app: &App, state: &mut state::State, asked: Asked, now: u64) -> Response {
    let user = match asked.login_hint.as_deref() {
        None => state.users.first(),
        Some(hint) => state.users.iter().find(|user| user.is_called(hint)),
    };
    match user.map(|user| user.id.clone()) {
        Some(user) => approve(app, state, asked, &user, now),
        None => deny(app, &asked, "login_hint names no user of this sandbox"),
    }
}

fn approve(app: &App, state: &mut state::State, asked: Asked, user: &str, now: u64) -> Response {
    let grant = Grant::new(&asked.client, user);
    let binding = Binding {
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.challenge,
    };
    match state.grants.issue_code(grant, binding, now) {
        Ok(code) => answer(app, &asked.redirect_uri, asked.state.as_deref(), &[("code", &code)]),
        Err(_) => failed(),
    }
}

/// A request that a person denies before any page is shown; one that is not valid is refused as ever.
pub(super) fn deny_at_once(app: &App, query: &str) -> Response {
    let mut state = app.lock();
    state.stats.count(stats::AUTHORIZE);
    if query.len() > MAX_QUERY {
        return pages::problem(&Problem::too_long());
    }
    match asked::judge(&state, &Params::parse(query.as_bytes())) {
        Ok(asked) => deny(app, &asked, DENIED),
        Err(refused) => refuse(app, refused),
    }
}

fn deny(app: &App, asked: &Asked, description: &str) -> Response {
    let params = [("error", "access_denied"), ("error_description", description)];
    answer(app, &asked.redirect_uri, asked.state.as_deref(), &params)
}

fn refuse(app: &App, refused: Refused) -> Response {
    match refused {
        Refused::Page(problem) => pages::problem(&problem),
        Refused::Redirect {
            redirect_uri,
            state,
            error,
            description,
        } => {
            let params = [("error", error), ("error_description", description.as_str())];
            answer(app, &redirect_uri, state.as_deref(), &params)
        }
    }
}

fn failed() -> Response {
    OAuthError::server_error().into_response()
}

/// Sends the browser back to the client, with `state` as it came and `iss` (RFC 9207). The status is 303, so that no
/// browser posts the consent form on to the client (RFC 9700 §4.12).
fn answer(app: &App, redirect_uri: &str, state: Option<&str>, params: &[(&str, &str)]) -> Response {
    let mut params = params.to_vec();
    params.extend(state.map(|state| ("state", state)));
    params.push(("iss", &app.base_url));
    let headers = [
        (header::LOCATION, redirect::with_params(redirect_uri, &params)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_from_another_site_is_told_by_what_the_browser_says() {
        let base = "http://127.0.0.1:1";
        let is = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            is_foreign(&pairs.collect(), base)
        };
        assert!(!is(&[]));
        assert!(!is(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!is(&[("origin", base)]));
        assert!(!is(&[("host", "localhost:1"), ("origin", "http://localhost:1")]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(is(&[("sec-fetch-site", site)]), "{site}");
        }
        assert!(is(&[("origin", "http://evil.example")]));
        assert!(is(&[("host", "127.0.0.1:1"), ("origin", "http://127.0.0.1:2")]));
    }
}
