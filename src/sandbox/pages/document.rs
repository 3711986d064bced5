//! The HTML document around every page. No script, and nothing from another origin.
//!
//! The style is inline and allowed by its hash; the Content-Security-Policy allows no other source. Text is escaped by maud;
//! text from the network is also passed through [`visible`].

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::sandbox::digest;

const STYLE: &str = include_str!("style.css");
/// The favicon.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' \
                    height='32' rx='9' fill='%234f46e5'/%3E%3Cpath d='M10 23V10l12 13V10' fill='none' stroke='%23fff' \
                    stroke-width='3' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| {
    let digest = digest::sha256(STYLE.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(digest)
});

/// A page. `form_action` is the value of that directive of the Content-Security-Policy.
pub(super) fn page(status: StatusCode, title: &str, form_action: &str, body: &Markup) -> Response {
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

/// The header of every page.
pub(super) fn brand() -> Markup {
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

/// The initials of the first and the last name.
pub(super) fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let (first, last) = (words.next(), words.next_back());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// Text from the network, with control, invisible and bidirectional formatting characters escaped.
pub(super) fn visible(text: &str) -> String {
    let hidden = |c: char| {
        use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
        let category = CodePointMapData::<GeneralCategory>::new().get(c);
        matches!(category, Control | Format | LineSeparator | ParagraphSeparator)
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
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
    fn invisible_characters_are_escaped() {
        assert_eq!(visible("a\u{202e}b\n\u{1bca0}é"), "a\\u{202e}b\\u{a}\\u{1bca0}é");
    }

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
