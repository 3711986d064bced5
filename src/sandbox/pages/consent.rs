//! The consent page: who asks, for what, and as whom the person wants to go on.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::super::asked::Asked;
use super::super::seed::GrantType;
use super::super::state::{State, User};
use super::super::{redirect, routes, time};
use super::{brand, page, visible};

/// The page for a valid request. `name` is the request's one-time name, which comes back with the decision.
pub(in crate::sandbox) fn consent(state: &State, asked: &Asked, name: &str, now: u64) -> Response {
    let client = state.client(&asked.client);
    let title = client.map_or(asked.client.as_str(), |client| client.name.as_str());
    let stays = client.is_some_and(|client| client.grants.contains(&GrantType::RefreshToken));
    let hinted = asked.login_hint.as_deref();
    let hinted = hinted.and_then(|hint| state.users.iter().position(|user| user.is_called(hint)));
    let picked = hinted.unwrap_or_default();
    let body = html! {
        main.narrow.consent {
            (brand())
            form.card method="post" action=(routes::AUTHORIZE) {
                header {
                    h1 { bdi { (title) } " wants to sign you in" }
                    p.muted { "It will be able to" }
                    ul.asks {
                        li { (tick()) "know who you are: your user ID and role" }
                        li { (tick()) "see which tools you may use" }
                        @if stays {
                            li { (tick()) "keep you signed in until you sign out" }
                        }
                        @if let Some(scope) = &asked.scope {
                            li { (tick()) "use what it asks for: " code { (scope) } }
                        }
                    }
                }
                fieldset {
                    legend { "Continue as" }
                    div.people {
                        @for (index, user) in state.users.iter().enumerate() {
                            (person(state, user, index, index == picked, now))
                        }
                    }
                }
                div.actions {
                    input type="hidden" name="request" value=(name);
                    button #approve.primary type="submit" name="decision" value="approve" { "Approve" }
                    button #deny type="submit" name="decision" value="deny" { "Deny" }
                }
            }
            p.fine {
                "You will return to " code { (visible(&asked.redirect_uri)) }
                br;
                "These accounts exist in this sandbox only; no password is needed."
            }
        }
    };
    let form_action = format!("'self' {}", redirect::form_action(&asked.redirect_uri));
    page(
        StatusCode::OK,
        &format!("{title} wants to sign you in"),
        &form_action,
        &body,
    )
}

/// A card with a radio button in it; the whole of it can be clicked.
fn person(state: &State, user: &User, index: usize, picked: bool, now: u64) -> Markup {
    let role = user.role.map(|role| role.as_str());
    html! {
        label.person for={ "user-" (user.id) } {
            input type="radio" name="user" id={ "user-" (user.id) } value=(user.id) required checked[picked];
            span.face.{ "hue-" (index % 6) } aria-hidden="true" { (initials(&user.name)) }
            span.who {
                span.name {
                    bdi { (user.name) }
                    @if let Some(role) = role { " " span.tag { (role) } }
                    @if user.admin { " " span.tag.strong { "admin" } }
                }
                span.id { (user.email.as_deref().unwrap_or(&user.id)) }
                span.tools {
                    @if user.entitlements.is_empty() { span.chip.none { "no tools yet" } }
                    @for held in &user.entitlements {
                        @let name = state.tool_name(&held.tool_id);
                        @if held.expires_at > now {
                            span.chip { (name) }
                        } @else {
                            span.chip.over title={ "ended " (time::distance(held.expires_at, now)) } { (name) " · ended" }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

fn tick() -> Markup {
    html! { svg.tick viewBox="0 0 16 16" aria-hidden="true" { path d="M3.5 8.5l3 3 6-7" {} } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_last_name() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("ada", "A"),
            ("Anna Maria van Schurman", "AS"),
            ("  ", ""),
        ] {
            assert_eq!(initials(name), expected);
        }
    }
}
