//! The page for a request that cannot be answered to the client, because it is not certain who the client is (RFC 6749
//! §4.1.2.1): what is wrong, what came, and what to do.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::super::seed::Client;
use super::{brand, page, visible};

/// What is wrong.
#[derive(Debug)]
pub(in crate::sandbox) struct Problem {
    status: StatusCode,
    title: &'static str,
    text: String,
    /// What came and what would be right, name by name.
    facts: Vec<(&'static str, Vec<String>)>,
    hint: &'static str,
}

const FIX_CLIENT: &str = "This is a mistake of the program that sent you here, not yours.";
const START_AGAIN: &str = "Go back to the program and start the sign-in again.";
const GO_BACK: &str = "Go back to the page before this one and decide there; the sign-in is still open.";

impl Problem {
    fn new(title: &'static str, text: impl Into<String>, hint: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            title,
            text: text.into(),
            facts: Vec::new(),
            hint,
        }
    }

    pub(in crate::sandbox) fn missing(parameter: &str) -> Self {
        let text =
            format!("The address has no {parameter}, so that it cannot be said who asks or where the answer goes.");
        Self::new("This sign-in request is incomplete", text, FIX_CLIENT)
    }

    pub(in crate::sandbox) fn too_long() -> Self {
        let text = "The address has more than 8 KiB behind its question mark.";
        Self {
            status: StatusCode::URI_TOO_LONG,
            ..Self::new("This sign-in request is too long", text, FIX_CLIENT)
        }
    }

    pub(in crate::sandbox) fn repeated(parameter: &str) -> Self {
        let text = format!("The address has {parameter} more than once.");
        Self::new("This sign-in request is ambiguous", text, FIX_CLIENT)
    }

    pub(in crate::sandbox) fn unknown_client(id: &str) -> Self {
        let text = "No client of this name is registered in the sandbox.";
        Self {
            facts: vec![("client_id", vec![visible(id)])],
            ..Self::new(
                "This program is not known here",
                text,
                "The overview lists the clients there are; a seed file can add others.",
            )
        }
    }

    pub(in crate::sandbox) fn redirect_mismatch(client: &Client, requested: &str) -> Self {
        let text = format!(
            "{} asks for the answer at an address that is not registered for it. Nothing was sent there.",
            client.name
        );
        Self {
            facts: vec![
                ("requested", vec![visible(requested)]),
                ("registered", client.redirect_uris.clone()),
            ],
            ..Self::new(
                "The return address does not match",
                text,
                "It must match character by character; only the port of a loopback address is free.",
            )
        }
    }

    pub(in crate::sandbox) fn bad_form(status: StatusCode, text: &str) -> Self {
        Self {
            status,
            ..Self::new(
                "That answer could not be read",
                format!("The sandbox says: {text}."),
                GO_BACK,
            )
        }
    }

    pub(in crate::sandbox) fn foreign_form() -> Self {
        let text = "Your browser says that it was sent by another page than the sandbox's own.";
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::new("That answer came from elsewhere", text, START_AGAIN)
        }
    }

    pub(in crate::sandbox) fn not_open() -> Self {
        let text = "It was answered before, or it waited for more than ten minutes.";
        Self::new("This sign-in request is no longer open", text, START_AGAIN)
    }

    pub(in crate::sandbox) fn nothing_here(status: StatusCode) -> Self {
        Self {
            status,
            ..Self::new(
                "There is nothing here",
                "The sandbox has no page at this address.",
                "The overview shows what there is.",
            )
        }
    }
}

pub(in crate::sandbox) fn problem(problem: &Problem) -> Response {
    let body = html! {
        main.narrow {
            (brand())
            div.card {
                header {
                    svg.alert viewBox="0 0 24 24" aria-hidden="true" {
                        circle cx="12" cy="12" r="10" {}
                        path d="M12 7v6M12 16.5v.01" {}
                    }
                    h1 { (problem.title) }
                    p { (problem.text) }
                }
                @if !problem.facts.is_empty() {
                    dl {
                        @for (name, values) in &problem.facts {
                            dt { (name) }
                            @for value in values { dd { code { (value) } } }
                        }
                    }
                }
                p.muted { (problem.hint) }
                p { a href="/" { "What is in this sandbox" } }
            }
        }
    };
    page(problem.status, problem.title, "'none'", &body)
}
