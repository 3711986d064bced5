//! The HTML: a consent page, an overview, and pages for what went wrong. No script, nothing from elsewhere.
//!
//! The style is inline and let in by its hash; every other source is closed by the Content-Security-Policy. Text is
//! escaped by maud; text that came over the network is shown through [`visible`] as well.

mod consent;
mod overview;
mod problem;

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(super) use consent::consent;
pub(super) use overview::overview;
pub(super) use problem::{Problem, problem};

const STYLE: &str = include_str!("style.css");
/// The mark, as a tab's icon: an open ring.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' \
                    height='32' rx='9' fill='%234f46e5'/%3E%3Cpath d='M10 23V10l12 13V10' fill='none' stroke='%23fff' \
                    stroke-width='3' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| {
    let digest = super::digest::sha256(STYLE.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(digest)
});

/// A page. `form_action` says where its form may lead, in the words of the Content-Security-Policy directive.
fn page(status: StatusCode, title: &str, form_action: &str, body: &Markup) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; form-action {form_action}; \
         frame-ancestors 'none'; base-uri 'none'",
        *STYLE_HASH
    );
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href=(ICON);
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, document.into_string()).into_response()
}

/// The line at the head of every page.
fn brand() -> Markup {
    html! {
        div.brand {
            svg.mark viewBox="0 0 32 32" aria-hidden="true" {
                rect width="32" height="32" rx="9" {}
                path d="M10 23V10l12 13V10" {}
            }
            span.wordmark { "Noesis" }
            span.badge { "sandbox" }
        }
    }
}

/// Text from the network with what cannot be seen, or turns the reading direction, written out.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(visible("a\u{202e}b\n\u{200b}é"), "a\\u{202e}b\\u{a}\\u{200b}é");
    }
}
