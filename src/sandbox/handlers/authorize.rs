//! The authorization endpoint (RFC 6749 §4.1): validates a request, shows the consent page, and redirects to the client with
//! the user's decision.
//!
//! The request stays on the server, under a one-time ID of 256 random bits that only the consent page has. The form sends
//! that ID, the user and the decision, so that nothing of the request can be changed in it and no other page can send it.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::sandbox::app::{self, App};
use crate::sandbox::authorization_request::{self, AuthorizationRequest, Rejection};
use crate::sandbox::form::{self, Params};
use crate::sandbox::grants::{Binding, Grant};
use crate::sandbox::oauth_error::OAuthError;
use crate::sandbox::pages::{self, Problem};
use crate::sandbox::request_context::RequestContext;
use crate::sandbox::{digest, redirect, web_page};

/// How long a consent page may stay open, in seconds.
const CONSENT_TTL: u64 = 10 * 60;
/// The longest query, in bytes: the pending requests are kept in memory.
const MAX_QUERY: usize = 8 * 1024;

const DENIED: &str = "the user denied the request";

/// `GET`: the consent page.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    context: RequestContext,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    // A page that loads this as an image, a frame or a script shows nobody a form to approve, and each load would leave an entry.
    if web_page::is_part_of_a_page(&headers) {
        return pages::problem(&Problem::part_of_a_page());
    }
    let query = query.unwrap_or_default();
    if query.len() > MAX_QUERY {
        return pages::problem(&Problem::too_long());
    }
    let params = Params::parse(query.as_bytes());
    let now = context.now();
    let mut state = app.lock();
    let request = match authorization_request::validate(&state.clients, &params) {
        Ok(request) => request,
        Err(rejection) => return reject(&app, rejection),
    };
    if context.user_denies {
        return deny(&app, &request, DENIED);
    }
    if method == Method::HEAD {
        // HEAD is safe (RFC 9110 §9.2.1): it issues no code and stores no request.
        return pages::consent(&state, &request, "", now);
    }
    if let Some(user) = &app.approve_as {
        return auto_approve(&app, &mut state, request, user, now);
    }
    let Ok(id) = digest::random("") else {
        return server_error();
    };
    let page = pages::consent(&state, &request, &id, now);
    let expires_at = now.saturating_add(CONSENT_TTL);
    state.pending_requests.insert(id, request, expires_at, now);
    page
}

/// `POST`: the form of the consent page.
pub(super) async fn decide(State(app): State<Arc<App>>, context: RequestContext, request: Request) -> Response {
    let cross_site = is_cross_site(request.headers(), &app.base_url);
    let form = match form::read(request).await {
        Ok((_, form)) => form,
        Err(error) => return pages::problem(&Problem::bad_form(error.status, &error.description)),
    };
    if cross_site {
        return pages::problem(&Problem::cross_site_form());
    }
    let now = context.now();
    let mut state = app.lock();
    let id = form.get("request").unwrap_or_default().to_owned();
    // Only a decision uses up the request: after an invalid form the user can go back and decide.
    let invalid = |why| pages::problem(&Problem::bad_form(StatusCode::BAD_REQUEST, why));
    if state.pending_requests.get(&id, now).is_none() {
        return pages::problem(&Problem::not_pending());
    }
    let approved_as = match (form.get("decision"), form.get("user")) {
        (Some("deny"), _) => None,
        (Some("approve"), Some(user)) if state.user(user).is_some() => Some(user),
        (Some("approve"), _) => return invalid("no user was picked"),
        _ => return invalid("the decision is neither to approve nor to deny"),
    };
    let Some(request) = state.pending_requests.remove(&id, now) else {
        return pages::problem(&Problem::not_pending());
    };
    match approved_as {
        Some(user) => approve(&app, &mut state, request, user, now),
        None => deny(&app, &request, DENIED),
    }
}

/// Whether the browser says that another site sent the form. The consent page sends `Origin: null`, because it has
/// `Referrer-Policy: no-referrer`. If the browser sends neither header, the one-time ID still protects the form.
fn is_cross_site(headers: &HeaderMap, base_url: &str) -> bool {
    let value = |name| headers.get(name).map(|value: &header::HeaderValue| value.as_bytes());
    let site = value(header::HeaderName::from_static("sec-fetch-site"));
    let origin = value(header::ORIGIN);
    let host = value(header::HOST).unwrap_or_default();
    let same_origin = |origin: &[u8]| origin == base_url.as_bytes() || origin.strip_prefix(b"http://") == Some(host);
    site.is_some_and(|site| site != b"same-origin")
        || origin.is_some_and(|origin| origin != b"null" && !same_origin(origin))
}

/// Approves as the user of `login_hint`, or else as `user`.
fn auto_approve(app: &App, state: &mut app::State, request: AuthorizationRequest, user: &str, now: u64) -> Response {
    let user = match request.login_hint.as_deref() {
        None => Some(user.to_owned()),
        Some(hint) => state.user_named(hint).map(|user| user.id.clone()),
    };
    match user {
        Some(user) => approve(app, state, request, &user, now),
        None => deny(app, &request, "login_hint names no user of this sandbox"),
    }
}

fn approve(app: &App, state: &mut app::State, request: AuthorizationRequest, user: &str, now: u64) -> Response {
    let grant = Grant::new(&request.client, user);
    let binding = Binding {
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.challenge,
    };
    match state.grants.issue_code(grant, binding, now) {
        Ok(code) => redirect_to_client(app, &request.redirect_uri, request.state.as_deref(), &[("code", &code)]),
        Err(_) => server_error(),
    }
}

fn deny(app: &App, request: &AuthorizationRequest, description: &str) -> Response {
    let params = [("error", "access_denied"), ("error_description", description)];
    redirect_to_client(app, &request.redirect_uri, request.state.as_deref(), &params)
}

fn reject(app: &App, rejection: Rejection) -> Response {
    match rejection {
        Rejection::ErrorPage(error) => pages::problem(&error.into()),
        Rejection::Redirect {
            redirect_uri,
            state,
            error,
            description,
        } => {
            let params = [("error", error), ("error_description", description.as_str())];
            redirect_to_client(app, &redirect_uri, state.as_deref(), &params)
        }
    }
}

fn server_error() -> Response {
    OAuthError::server_error().into_response()
}

/// Redirects the browser to the client, with the unchanged `state` and with `iss` (RFC 9207). The status is 303, so that no
/// browser posts the consent form to the client (RFC 9700 §4.12).
fn redirect_to_client(app: &App, redirect_uri: &str, state: Option<&str>, params: &[(&str, &str)]) -> Response {
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
    fn a_form_of_another_site_is_recognised_by_the_headers_of_the_browser() {
        let base = "http://127.0.0.1:1";
        let is = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            is_cross_site(&pairs.collect(), base)
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
