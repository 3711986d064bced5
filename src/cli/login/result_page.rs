//! The page that the browser shows at the end of the redirect (rule L6): one of five constant pages, with nothing of the request.
//!
//! They load, run and store nothing: no script, no third-party resource, no referrer, no cache. The style sheet is inline and
//! allowed by its hash.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode, header};

/// The pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultPage {
    /// The session is stored.
    Success,
    /// The sign-in ended without a session; the terminal says why.
    Failure,
    /// The response was received already: a reload.
    AlreadyReceived,
    /// An authorization response for another host, port or path than those of the redirect URI.
    OtherAddress,
    /// Any other request that is not the callback.
    NotCallback,
}

/// The page as a response, with the headers of every page.
pub fn response(status: StatusCode, page: ResultPage) -> Response<String> {
    let mut response = Response::new(page.html().to_owned());
    *response.status_mut() = status;
    set_headers(response.headers_mut());
    response
}

fn set_headers(headers: &mut HeaderMap) {
    let constant: [(HeaderName, &'static str); 8] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in constant {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

impl ResultPage {
    /// The HTML.
    pub fn html(self) -> &'static str {
        match self {
            Self::Success => SUCCESS,
            Self::Failure => FAILURE,
            Self::AlreadyReceived => ALREADY_RECEIVED,
            Self::OtherAddress => OTHER_ADDRESS,
            Self::NotCallback => NOT_CALLBACK,
        }
    }
}

/// Allows nothing but the style sheet below; a test checks its hash.
const POLICY: &str = "default-src 'none'; style-src 'sha256-iCu/lmTc1dAsV+bDrj7CE5324XmbXe66VeSvaa4XgLw='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! style {
    () => {
        "\
:root{color-scheme:light dark;--back:#f3f5f9;--card:#fff;--edge:#dfe4ec;--ink:#151a23;--soft:#566071;--good:#12805c;--bad:#c2362b;--calm:#4a62c9}\
@media(prefers-color-scheme:dark){:root{--back:#0e1117;--card:#171c25;--edge:#2a3140;--ink:#eef1f6;--soft:#a3adbd;--good:#3ecf9a;--bad:#ff7b6e;--calm:#93a5ff}}\
*{box-sizing:border-box;margin:0}\
body{min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:24px;background:var(--back);color:var(--ink);\
font:17px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;-webkit-text-size-adjust:100%}\
main{width:100%;max-width:440px;padding:44px 36px 32px;text-align:center;background:var(--card);border:1px solid var(--edge);\
border-radius:20px;box-shadow:0 1px 2px rgb(16 24 40/.05),0 16px 48px rgb(16 24 40/.09)}\
svg{width:64px;height:64px;display:block;margin:0 auto 22px;fill:none;stroke:currentColor;stroke-width:3;stroke-linecap:round;stroke-linejoin:round}\
circle{fill:currentColor;fill-opacity:.1;stroke:none}\
.good{color:var(--good)}.bad{color:var(--bad)}.calm{color:var(--calm)}\
h1{font-size:26px;line-height:1.25;letter-spacing:-.015em;text-wrap:balance}\
p{margin-top:12px;color:var(--soft);text-wrap:balance}\
footer{margin-top:30px;padding-top:18px;border-top:1px solid var(--edge);font-size:14px;color:var(--soft)}\
footer b{color:var(--ink);font-weight:600;letter-spacing:.01em}\
@media(max-width:460px){main{padding:36px 24px 26px}h1{font-size:24px}}"
    };
}

macro_rules! page {
    ($title:literal, $tone:literal, $mark:literal, $text:literal) => {
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n",
            "<title>",
            $title,
            " · Noesis</title>\n<style>",
            style!(),
            "</style>\n</head>\n<body>\n<main>\n<svg class=\"",
            $tone,
            "\" viewBox=\"0 0 64 64\" aria-hidden=\"true\"><circle cx=\"32\" cy=\"32\" r=\"32\"/><path d=\"",
            $mark,
            "\"/></svg>\n<h1>",
            $title,
            "</h1>\n<p>",
            $text,
            "</p>\n<footer><b>Noesis</b> command line</footer>\n</main>\n</body>\n</html>\n"
        )
    };
}

const SUCCESS: &str = page!(
    "You are signed in",
    "good",
    "M20 33l8.5 8.5L45 24",
    "Your session is stored. You can close this page and go back to your terminal."
);
const FAILURE: &str = page!(
    "The sign-in failed",
    "bad",
    "M23 23l18 18M41 23L23 41",
    "Your terminal says why, and what to do about it. You can close this page."
);
const ALREADY_RECEIVED: &str = page!(
    "This response was received already",
    "calm",
    "M32 29v14M32 21v.01",
    "It counts once, however often the page is loaded. Your terminal shows the result of the sign-in."
);
const OTHER_ADDRESS: &str = page!(
    "One step is left",
    "calm",
    "M32 29v14M32 21v.01",
    "The platform's response came by another address than the sign-in waits at. Copy the whole address of this page from the \
     browser's address bar, and paste it into the terminal where the sign-in waits."
);
const NOT_CALLBACK: &str = page!(
    "This is not the sign-in",
    "calm",
    "M32 29v14M32 21v.01",
    "A sign-in at this address waits for the platform's response, and this request is not it. It is still waiting."
);

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    const ALL: [ResultPage; 5] = [
        ResultPage::Success,
        ResultPage::Failure,
        ResultPage::AlreadyReceived,
        ResultPage::OtherAddress,
        ResultPage::NotCallback,
    ];

    #[test]
    fn l6_the_policy_allows_the_style_sheet_of_the_page_and_nothing_else() {
        for page in ALL {
            let (_, rest) = page.html().split_once("<style>").unwrap();
            let (style, rest) = rest.split_once("</style>").unwrap();
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes());
            let hash = base64::engine::general_purpose::STANDARD.encode(digest);
            assert!(POLICY.contains(&format!("'sha256-{hash}'")), "{hash}");
            assert!(POLICY.starts_with("default-src 'none';"));
            assert!(!rest.contains("<style"));
        }
    }

    #[test]
    fn l6_no_page_loads_or_runs_anything() {
        for page in ALL {
            let html = page.html();
            for forbidden in [
                "<script", "src=", "href=", "url(", "@import", "://", "style=", "onload", "<form", "<iframe",
            ] {
                assert!(!html.contains(forbidden), "{page:?}: {forbidden}");
            }
        }
    }

    #[test]
    fn l6_no_page_is_cached_or_sent_as_a_referrer() {
        for page in ALL {
            let response = response(StatusCode::OK, page);
            let header = |name| response.headers().get(name).unwrap().to_str().unwrap();
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("content-security-policy"), POLICY);
        }
    }

    #[test]
    fn only_the_success_page_says_signed_in() {
        for page in [
            ResultPage::Failure,
            ResultPage::AlreadyReceived,
            ResultPage::OtherAddress,
            ResultPage::NotCallback,
        ] {
            assert!(!page.html().contains("signed in"), "{page:?}");
        }
    }
}
