//! Error pages, above all for an authorization request whose client or redirect URI is not valid, so that the error must not
//! be sent to the client (RFC 6749 §4.1.2.1): what is wrong, what was received, and what to do.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::document::{brand, page, visible};
use crate::sandbox::authorization_request::PageError;

/// The content of an error page.
#[derive(Debug)]
pub(in crate::sandbox) struct Problem {
    status: StatusCode,
    title: &'static str,
    text: String,
    /// Received and expected values, by name.
    facts: Vec<(&'static str, Vec<String>)>,
    hint: &'static str,
}

const FIX_CLIENT: &str = "This is a mistake of the program that sent you here, not yours.";
const START_AGAIN: &str = "Go back to the program and start the sign-in again.";
const GO_BACK: &str = "Go back to the previous page and decide there; the sign-in is still pending.";

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

    pub(in crate::sandbox) fn too_long() -> Self {
        let text = "The query of the address is longer than 8 KiB.";
        Self {
            status: StatusCode::URI_TOO_LONG,
            ..Self::new("This sign-in request is too long", text, FIX_CLIENT)
        }
    }

    pub(in crate::sandbox) fn bad_form(status: StatusCode, text: &str) -> Self {
        Self {
            status,
            ..Self::new("The form is not valid", format!("The sandbox says: {text}."), GO_BACK)
        }
    }

    pub(in crate::sandbox) fn cross_site_form() -> Self {
        let text = "Your browser says that another site's page sent it, not the consent page.";
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::new("The form was sent by another site", text, START_AGAIN)
        }
    }

    pub(in crate::sandbox) fn part_of_a_page() -> Self {
        let text = "Your browser says that it loads it as a part of another page. It is a page of its own.";
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::new("The sign-in was not opened as a page", text, FIX_CLIENT)
        }
    }

    pub(in crate::sandbox) fn not_pending() -> Self {
        let text = "It was decided before, or it expired after ten minutes.";
        Self::new("This sign-in request is no longer pending", text, START_AGAIN)
    }

    pub(in crate::sandbox) fn not_found(status: StatusCode) -> Self {
        Self {
            status,
            ..Self::new(
                "Page not found",
                "The sandbox has no page at this address.",
                "The overview lists the endpoints.",
            )
        }
    }
}

impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Missing(parameter) => {
                let text = format!(
                    "The address has no {parameter}, without which the client cannot be identified or answered."
                );
                Self::new("This sign-in request is incomplete", text, FIX_CLIENT)
            }
            PageError::Repeated(parameter) => {
                let text = format!("The address has {parameter} more than once.");
                Self::new("This sign-in request is ambiguous", text, FIX_CLIENT)
            }
            PageError::UnknownClient(id) => Self {
                facts: vec![("client_id", vec![visible(&id)])],
                ..Self::new(
                    "This client is not registered",
                    "No client with this ID is registered in the sandbox.",
                    "The overview lists the registered clients; a seed file can add others.",
                )
            },
            PageError::RedirectUriMismatch {
                client_name,
                registered,
                requested,
            } => {
                let text = format!(
                    "The redirect URI of this request is not registered for {client_name}. Nothing was sent to it."
                );
                Self {
                    facts: vec![("requested", vec![visible(&requested)]), ("registered", registered)],
                    ..Self::new(
                        "The redirect URI does not match",
                        text,
                        "It must match character by character; only the port of a loopback address may differ.",
                    )
                }
            }
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
                p { a href="/" { "Overview of this sandbox" } }
            }
        }
    };
    page(problem.status, problem.title, "'none'", &body)
}
