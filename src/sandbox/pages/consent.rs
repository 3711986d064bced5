//! The consent page: which client asks for what, and as which user the person continues.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::document::{brand, initials, page, visible};
use crate::sandbox::app::State;
use crate::sandbox::authorization_request::AuthorizationRequest;
use crate::sandbox::endpoints::{self, EndpointId};
use crate::sandbox::seed::GrantType;
use crate::sandbox::users::User;
use crate::sandbox::{redirect, time};

/// The page for a valid request. `id` is the one-time ID of the request, which the form sends with the decision.
pub(in crate::sandbox) fn consent(state: &State, request: &AuthorizationRequest, id: &str, now: u64) -> Response {
    let action = endpoints::path(EndpointId::Authorize);
    let client = state.client(&request.client);
    let title = client.map_or(request.client.as_str(), |client| client.name.as_str());
    let may_refresh = client.is_some_and(|client| client.grants.contains(&GrantType::RefreshToken));
    let hint = request.login_hint.as_deref();
    let hinted = hint.and_then(|hint| state.users.iter().position(|user| user.is_named(hint)));
    let preselected = hinted.unwrap_or_default();
    let body = html! {
        main.narrow.consent {
            (brand())
            form.card method="post" action=(action) {
                header {
                    h1 { bdi { (title) } " wants to sign you in" }
                    p.muted { "It will be able to" }
                    ul.asks {
                        li { (tick()) "know who you are: your user ID and role" }
                        li { (tick()) "see which tools you may use" }
                        @if may_refresh {
                            li { (tick()) "keep you signed in until you sign out" }
                        }
                        @if let Some(scope) = &request.scope {
                            li { (tick()) "use what it asks for: " code { (scope) } }
                        }
                    }
                }
                fieldset {
                    legend { "Continue as" }
                    div.people {
                        @for (index, user) in state.users.iter().enumerate() {
                            (user_card(state, user, index, index == preselected, now))
                        }
                    }
                }
                div.actions {
                    input type="hidden" name="request" value=(id);
                    button #approve.primary type="submit" name="decision" value="approve" { "Approve" }
                    button #deny type="submit" name="decision" value="deny" { "Deny" }
                }
            }
            p.fine {
                "You will return to " code { (visible(&request.redirect_uri)) }
                br;
                "These accounts exist in this sandbox only; no password is needed."
            }
        }
    };
    let form_action = format!("'self' {}", redirect::form_action(&request.redirect_uri));
    page(
        StatusCode::OK,
        &format!("{title} wants to sign you in"),
        &form_action,
        &body,
    )
}

/// A card that is the label of its radio button, so that a click anywhere picks the user.
fn user_card(state: &State, user: &User, index: usize, checked: bool, now: u64) -> Markup {
    let role = user.role.map(|role| role.as_str());
    html! {
        label.person for={ "user-" (user.id) } {
            input type="radio" name="user" id={ "user-" (user.id) } value=(user.id) required checked[checked];
            span.avatar.{ "hue-" (index % 6) } aria-hidden="true" { (initials(&user.name)) }
            span.who {
                span.name {
                    bdi { (user.name) }
                    @if let Some(role) = role { " " span.tag { (role) } }
                    @if user.admin { " " span.tag.strong { "admin" } }
                }
                span.id { (user.email.as_deref().unwrap_or(&user.id)) }
                span.tools {
                    @if user.entitlements.is_empty() { span.chip.none { "no tools yet" } }
                    @for entitlement in &user.entitlements {
                        @let name = state.tool_name(&entitlement.tool_id);
                        @if entitlement.expires_at > now {
                            span.chip { (name) }
                        } @else {
                            span.chip.over title={ "expired " (time::distance(entitlement.expires_at, now)) } { (name) " · expired" }
                        }
                    }
                }
            }
        }
    }
}

fn tick() -> Markup {
    html! { svg.tick viewBox="0 0 16 16" aria-hidden="true" { path d="M3.5 8.5l3 3 6-7" {} } }
}
