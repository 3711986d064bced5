//! Which requests are a web page's doing. A page of any site can send requests to this machine from the user's browser; it
//! cannot read the responses, but what they change stays.
//!
//! The endpoints below `/sandbox/` are for programs: what changes something there is `application/json`, which a page of
//! another origin can send only after a preflight request, which is never granted, and has no `Origin`, which a browser sends
//! with every such request. The authorization endpoint is for a person's browser, but only as a page of its own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::counting;
use super::detail::DetailError;
use super::endpoints;

/// The part of the paths that is for programs.
const FOR_PROGRAMS: &str = "/sandbox/";
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The middleware in front of faults and handlers: a web page changes nothing below `/sandbox/`.
pub(super) async fn refuse_web_pages(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_served = endpoints::at(path).is_some_and(|endpoint| endpoint.has(request.method()));
    let changes = is_served && path.starts_with(FOR_PROGRAMS) && !request.method().is_safe();
    match changes.then(|| check(request.headers())) {
        None | Some(Ok(())) => next.run(request).await,
        Some(Err(error)) => {
            counting::count_unhandled(&app, request).await;
            error.into_response()
        }
    }
}

fn check(headers: &HeaderMap) -> Result<(), DetailError> {
    if headers.contains_key(header::ORIGIN) || is_other(headers, &SITE, &["same-origin", "none"]) {
        return Err(DetailError::text(
            StatusCode::FORBIDDEN,
            "a web page may not send this request; send it from a program, without `Origin`",
        ));
    }
    if !is_json(headers) {
        return Err(DetailError::text(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body must be application/json",
        ));
    }
    Ok(())
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let media_type = value.to_str().unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/json")
}

/// Whether the browser says that it does not open a page, but loads a part of one: an image, a frame, a script's request.
/// A program says neither.
pub(super) fn is_part_of_a_page(headers: &HeaderMap) -> bool {
    is_other(headers, &MODE, &["navigate"]) || is_other(headers, &DESTINATION, &["document"])
}

/// Whether the header is there and has none of these values.
fn is_other(headers: &HeaderMap, name: &HeaderName, values: &[&str]) -> bool {
    headers
        .get_all(name)
        .iter()
        .any(|value| !values.iter().any(|known| value.as_bytes() == known.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_json_without_an_origin_is_a_program_s() {
        let status = |pairs: &[_]| check(&headers(pairs)).err().map(|error| error.status.as_u16());
        let json = ("content-type", "application/json");
        for fine in [
            vec![json],
            vec![("content-type", "Application/JSON; charset=utf-8")],
            vec![json, ("sec-fetch-site", "none")],
            vec![json, ("sec-fetch-mode", "cors")],
        ] {
            assert_eq!(status(&fine), None, "{fine:?}");
        }
        for page in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://127.0.0.1:8787"),
            ("origin", ""),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(status(&[json, page]), Some(403), "{page:?}");
        }
        for kind in [
            "text/plain",
            "text/plain; application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=application/json",
            "application/jsonp",
            "",
        ] {
            assert_eq!(status(&[("content-type", kind)]), Some(415), "{kind}");
        }
        assert_eq!(status(&[]), Some(415));
        assert_eq!(status(&[json, ("content-type", "text/plain")]), Some(415));
    }

    #[test]
    fn an_image_a_frame_and_a_script_s_request_are_parts_of_a_page() {
        let is = |pairs: &[_]| is_part_of_a_page(&headers(pairs));
        assert!(!is(&[]));
        assert!(!is(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")]));
        assert!(is(&[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")]));
        assert!(is(&[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")]));
        assert!(is(&[("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")]));
    }
}
