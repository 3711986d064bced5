//! The overview page: the contents of this sandbox, and commands to try.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::document::{brand, initials, page};
use crate::sandbox::app::State;
use crate::sandbox::endpoints::{ENDPOINTS, Endpoint};
use crate::sandbox::seed::{CodeState, Redeem, default_client};
use crate::sandbox::signing_key::HS256_SECRET;
use crate::sandbox::time;
use crate::sandbox::users::{ActivationCode, User};

/// The page at `now`.
pub(in crate::sandbox) fn overview(state: &State, base_url: &str, now: u64) -> Response {
    let body = html! {
        main.wide {
            (brand())
            header.hero {
                h1 { "The Noesis platform, on this machine" }
                p.muted { "Every endpoint of the platform, at " code.inline { (base_url) } }
            }
            section.card {
                h2 { "Try it" }
                (commands(state, base_url))
            }
            section.card {
                h2 { "Users" }
                div.rows { @for (index, user) in state.users.iter().enumerate() { (user_row(state, user, index, now)) } }
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
                dl.endpoints { @for endpoint in ENDPOINTS { (endpoint_row(endpoint)) } }
                p.muted {
                    "Tokens minted with HS256 are signed with the secret " code.inline { (HS256_SECRET) }
                }
            }
            p.fine { "All data is made up, kept in memory, and lost when the process ends." }
        }
    };
    page(StatusCode::OK, "Noesis sandbox", "'none'", &body)
}

fn commands(state: &State, base_url: &str) -> Markup {
    let client = shell_word(default_client(&state.clients));
    let good = state.codes.iter().find(|code| code.state == CodeState::Good);
    html! {
        (step("Sign in with the browser; the profile stores address and client",
              &format!("noesis login --base-url {base_url} --client-id {client}")))
        (step("Show your user and your tools", "noesis status"))
        (step("Print a valid token for another program", "noesis token"))
        @if let Some(good) = good {
            (step("Redeem an activation code", &format!("noesis redeem {}", good.code)))
        }
        (step("Ask the platform whether your token is active", "noesis introspect"))
        (step("Refresh the session now", "noesis refresh"))
        (step("Mint a token for a test; this one has expired, and --help lists other kinds",
              &format!("noesis sandbox mint --base-url {base_url} --expires-in -5m")))
        (step("Sign out", "noesis logout"))
    }
}

/// Quoted for a POSIX shell; a seed may give a client any ID.
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

fn user_row(state: &State, user: &User, index: usize, now: u64) -> Markup {
    html! {
        div.row {
            span.avatar.{ "hue-" (index % 6) } aria-hidden="true" { (initials(&user.name)) }
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
                @for entitlement in &user.entitlements {
                    @let expired = entitlement.expires_at <= now;
                    span.chip.over[expired] {
                        (state.tool_name(&entitlement.tool_id)) " · "
                        @if expired { "expired " } @else { "expires " }
                        (time::distance(entitlement.expires_at, now))
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

fn endpoint_row(endpoint: &Endpoint) -> Markup {
    let methods: Vec<_> = endpoint.methods.iter().map(|(method, _)| method.as_str()).collect();
    let path = endpoint.path;
    html! {
        dt { (methods.join(", ")) }
        dd { @if endpoint.linked { a href=(path) { code { (path) } } } @else { code { (path) } } }
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
