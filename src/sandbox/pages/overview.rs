//! `/`: what is in this sandbox, and what to type.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::super::mint::HS256_SECRET;
use super::super::seed::{CodeState, Redeem, default_client};
use super::super::state::{ActivationCode, State, User};
use super::super::{routes, time};
use super::consent::initials;
use super::{brand, page};

/// The page as things stand at `now`.
pub(in crate::sandbox) fn overview(state: &State, base_url: &str, now: u64) -> Response {
    let body = html! {
        main.wide {
            (brand())
            header.hero {
                h1 { "The Noesis platform, on this machine" }
                p.muted { "Everything the platform does for a program, at " code.inline { (base_url) } }
            }
            section.card {
                h2 { "Try it" }
                (commands(state, base_url))
            }
            section.card {
                h2 { "People" }
                div.rows { @for (index, user) in state.users.iter().enumerate() { (person(state, user, index, now)) } }
            }
            section.card {
                h2 { "Activation codes" }
                @if state.codes.is_empty() { p.muted { "There are none." } }
                div.rows { @for code in &state.codes { (activation_code(state, code)) } }
            }
            div.pair {
                section.card {
                    h2 { "Clients" }
                    div.rows {
                        @for client in &state.clients {
                            div.row {
                                div.grow {
                                    span.name { bdi { (client.name) } }
                                    code.id { (client.id) }
                                }
                                span.tag { @if client.secret.is_some() { "confidential" } @else { "public" } }
                                @if client.redeem == Redeem::Refresh { span.tag { "refreshes" } }
                            }
                        }
                    }
                }
                section.card {
                    h2 { "Tools" }
                    @if state.tools.is_empty() { p.muted { "There are none." } }
                    div.rows {
                        @for tool in &state.tools {
                            div.row { div.grow { span.name { bdi { (tool.name) } } code.id { (tool.id) } } }
                        }
                    }
                }
            }
            section.card {
                h2 { "Endpoints" }
                dl.endpoints {
                    (endpoint("GET", routes::AUTHORIZE, false))
                    (endpoint("POST", routes::TOKEN, false))
                    (endpoint("POST", routes::INTROSPECT, false))
                    (endpoint("POST", routes::REDEEM, false))
                    (endpoint("GET", routes::JWKS, true))
                    (endpoint("GET", routes::METADATA, true))
                    (endpoint("POST", routes::MINT, false))
                    (endpoint("GET", routes::STATS, true))
                }
                p.muted {
                    "Tokens minted with HS256 are signed with the secret " code.inline { (HS256_SECRET) }
                }
            }
            p.fine { "All of it is made up, lives in memory, and ends with the process." }
        }
    };
    page(StatusCode::OK, "Noesis sandbox", "'none'", &body)
}

fn commands(state: &State, base_url: &str) -> Markup {
    let client = shell_word(default_client(&state.clients));
    let good = state.codes.iter().find(|code| code.state == CodeState::Good);
    html! {
        (step("Sign in; the browser opens, and the profile remembers the rest",
              &format!("noesis login --base-url {base_url} --client-id {client}")))
        (step("See who you are and which tools you have", "noesis status"))
        (step("Give a program a valid token", "noesis token"))
        @if let Some(good) = good {
            (step("Redeem an activation code", &format!("noesis redeem {}", good.code)))
        }
        (step("Ask the platform whether your token is good", "noesis introspect"))
        (step("Get a fresh token now", "noesis refresh"))
        (step("Make a token to test with; this one has ended already, and --help names other kinds",
              &format!("noesis sandbox mint --base-url {base_url} --expires-in -5m")))
        (step("Forget the session", "noesis logout"))
    }
}

/// A word that the shell leaves as it is; client IDs are whatever the seed says.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn step(what: &str, command: &str) -> Markup {
    html! { div.step { p { (what) } pre { code { (command) } } } }
}

fn person(state: &State, user: &User, index: usize, now: u64) -> Markup {
    html! {
        div.row {
            span.face.{ "hue-" (index % 6) } aria-hidden="true" { (initials(&user.name)) }
            div.grow {
                span.name {
                    bdi { (user.name) }
                    @if let Some(role) = user.role { " " span.tag { (role.as_str()) } }
                    @if user.admin { " " span.tag.strong { "admin" } }
                }
                span.id { code { (user.id) } @if let Some(email) = &user.email { " · " (email) } }
            }
            div.tools {
                @if user.entitlements.is_empty() { span.chip.none { "no tools yet" } }
                @for held in &user.entitlements {
                    @let ended = held.expires_at <= now;
                    span.chip.over[ended] {
                        (state.tool_name(&held.tool_id)) " · "
                        @if ended { "ended " } @else { "ends " }
                        (time::distance(held.expires_at, now))
                    }
                }
            }
        }
    }
}

fn activation_code(state: &State, code: &ActivationCode) -> Markup {
    let (class, text) = match (code.state, &code.redeemed_by) {
        (CodeState::Good, _) => ("good", "good".to_owned()),
        (CodeState::Used, Some(user)) => ("bad", format!("used by {user}")),
        (CodeState::Used, None) => ("bad", "used".to_owned()),
        (CodeState::Expired, _) => ("bad", "expired".to_owned()),
    };
    let unit = if code.days == 1 { "day" } else { "days" };
    html! {
        div.row {
            div.grow {
                code.code { (code.code) }
                span.id { (state.tool_name(&code.tool_id)) ", " (code.days) " " (unit) }
            }
            span.state.(class) { (text) }
        }
    }
}

fn endpoint(method: &str, path: &str, link: bool) -> Markup {
    html! {
        dt { (method) }
        dd { @if link { a href=(path) { code { (path) } } } @else { code { (path) } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_with_a_quote_in_it_still_makes_a_command_that_can_be_pasted() {
        assert_eq!(shell_word("noesis-cli"), "noesis-cli");
        assert_eq!(shell_word("my client"), "'my client'");
        assert_eq!(shell_word("it's; rm"), r"'it'\''s; rm'");
    }
}
