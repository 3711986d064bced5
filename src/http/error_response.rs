//! The error of any status but 200: FastAPI's `detail`, RFC 6749's `error`, a proxy's web page, or an empty body.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};
use serde_json::{Map, Value};

use super::date;
use super::html;
use super::json;
use super::request::Request;
use super::server_text::{redact, shorten};
use crate::error::{AuthError, ErrorCode};
use crate::time::now;

/// The error for a response with a status other than 200; `body` is `None` where it was too large to read.
pub(super) fn describe(
    request: &Request<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    body: Option<&[u8]>,
) -> AuthError {
    let what = request.what;
    let clean = |text: String| redact(&text, &request.secrets);
    let text = body.map(String::from_utf8_lossy).unwrap_or_default();
    let json = match json::value(text.trim_start_matches('\u{feff}').as_bytes()) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    };
    let oauth_error = json.as_ref().and_then(oauth_error).map(clean);
    let description = match &json {
        // What a redirect says beside its place is for a browser.
        _ if status.is_redirection() && headers.contains_key(header::LOCATION) => location(headers),
        Some(object) => description(object),
        None if html::is_web_page(&text) => Some(match html::title(&clean(text.into_owned())) {
            Some(title) => format!("a web page titled `{title}`, not the platform's API"),
            None => "a web page, not the platform's API".to_owned(),
        }),
        None => None,
    };
    let answered = match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    let detail = match description {
        Some(text) => format!("{} ({answered})", shorten(&clean(text))),
        None => format!("the server answered {answered}"),
    };
    AuthError {
        status: status.as_u16(),
        oauth_error,
        retry_after: retry_after(headers),
        ..AuthError::of_call(ErrorCode::TokenInvalid, &format!("the {what} failed"), detail)
    }
}

/// The error code of RFC 6749: in `error`, or in `detail`, where FastAPI puts it.
fn oauth_error(object: &Map<String, Value>) -> Option<String> {
    let name = |value: Option<&Value>| match value {
        Some(Value::String(text)) if is_error_name(text) => Some(text.clone()),
        _ => None,
    };
    name(object.get("error"))
        .or_else(|| name(object.get("detail")))
        .or_else(|| name(object.get("detail")?.as_object()?.get("error")))
}

/// Whether a text is an error code rather than a sentence: lower case and underscores, as RFC 6749 §5.2 has them.
fn is_error_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// What the members of an error say, one of FastAPI's or of RFC 6749.
fn description(object: &Map<String, Value>) -> Option<String> {
    if let Some(detail) = object.get("detail").filter(|d| !d.is_null()) {
        return match detail {
            Value::String(text) => non_empty(text),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().filter_map(validation_item).collect();
                non_empty(&items.join("; "))
            }
            Value::Object(inner) => description(inner).or_else(|| message(inner)),
            _ => None,
        };
    }
    let name = object.get("error").and_then(Value::as_str).and_then(non_empty);
    let description = object
        .get("error_description")
        .and_then(Value::as_str)
        .and_then(non_empty)
        .or_else(|| message(object));
    match (name, description) {
        (Some(name), Some(description)) => Some(format!("{description}, `{name}`")),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}

fn message(object: &Map<String, Value>) -> Option<String> {
    ["message", "msg", "title"]
        .iter()
        .find_map(|key| object.get(*key).and_then(Value::as_str).and_then(non_empty))
}

/// One object of a 422 response: `{"loc": ["body", "code"], "msg": "field required"}`.
fn validation_item(item: &Value) -> Option<String> {
    let object = match item {
        Value::String(text) => return non_empty(text),
        Value::Object(object) => object,
        _ => return None,
    };
    let message = message(object)?;
    let place: Vec<String> = object
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
        .collect();
    Some(if place.is_empty() {
        message
    } else {
        format!("{}: {message}", place.join("."))
    })
}

fn location(headers: &HeaderMap) -> Option<String> {
    let target = String::from_utf8_lossy(headers.get(header::LOCATION)?.as_bytes()).into_owned();
    // Only the place: a query may hold what the request held.
    let target = target.split(['?', '#']).next().unwrap_or_default();
    Some(format!("it redirects to `{target}`, which is not followed"))
}

/// `Retry-After` as seconds or as an HTTP date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    if let Ok(seconds) = value.to_str().ok()?.trim().parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = date::unix_seconds(value)?.saturating_sub(now());
    // A date in the past asks for no wait.
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::request::Body;
    use super::*;

    fn request(what: &'static str) -> Request<'static> {
        Request {
            secrets: vec![SECRET],
            ..Request::new(what, "/", Body::None)
        }
    }

    /// A secret longer than what an error repeats of a server's text.
    const SECRET: &str = concat!(
        "canary-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
        "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
    );

    #[test]
    fn n7_a_secret_longer_than_what_is_repeated_leaves_no_part_of_itself() {
        for body in [
            format!(r#"{{"detail":"{SECRET} is bad"}}"#),
            format!(r#"{{"error":"x","error_description":"no {SECRET}"}}"#),
            format!("<html><title>{SECRET}</title>"),
        ] {
            let error = of(400, &body);
            assert!(
                error.message.contains("[redacted]") && !error.message.contains("canary"),
                "{error}"
            );
        }
    }

    fn of(status: u16, body: &str) -> AuthError {
        describe(
            &request("code exchange"),
            StatusCode::from_u16(status).unwrap(),
            &HeaderMap::new(),
            Some(body.as_bytes()),
        )
    }

    #[test]
    fn every_kind_of_rejection_ends_in_a_readable_message() {
        for (status, body, message, oauth_error) in [
            (
                400,
                r#"{"detail":"Code expired"}"#,
                "Code expired (400 Bad Request)",
                None,
            ),
            (
                422,
                r#"{"detail":[{"loc":["body","code"],"msg":"field required"},{"loc":["body",0],"msg":"too long"}]}"#,
                "body.code: field required; body.0: too long (422 Unprocessable Entity)",
                None,
            ),
            (
                400,
                r#"{"error":"invalid_grant","error_description":"the code is spent"}"#,
                "the code is spent, `invalid_grant` (400 Bad Request)",
                Some("invalid_grant"),
            ),
            (
                400,
                r#"{"error":"invalid_grant"}"#,
                "invalid_grant (400 Bad Request)",
                Some("invalid_grant"),
            ),
            (
                401,
                r#"{"detail":"invalid_client"}"#,
                "invalid_client (401 Unauthorized)",
                Some("invalid_client"),
            ),
            (
                400,
                r#"{"detail":{"error":"invalid_grant","error_description":"gone"}}"#,
                "gone, `invalid_grant` (400 Bad Request)",
                Some("invalid_grant"),
            ),
            (
                400,
                r#"{"error":"invalid_request","message":"no such thing"}"#,
                "no such thing, `invalid_request` (400 Bad Request)",
                Some("invalid_request"),
            ),
            (
                502,
                "<!DOCTYPE html><html><head><title>502\n Bad  Gateway</title></head>",
                "a web page titled `502 Bad Gateway`, not the platform's API (502 Bad Gateway)",
                None,
            ),
            (500, "oops", "the server answered 500 Internal Server Error", None),
            (503, "", "the server answered 503 Service Unavailable", None),
            (418, "[1]", "the server answered 418 I'm a teapot", None),
            (400, r#"{"detail":null}"#, "the server answered 400 Bad Request", None),
            (204, "", "the server answered 204 No Content", None),
            (599, "", "the server answered 599", None),
        ] {
            let error = of(status, body);
            assert_eq!(error.message, format!("the code exchange failed: {message}"), "{body}");
            assert_eq!(error.oauth_error.as_deref(), oauth_error, "{body}");
            assert_eq!((error.code, error.status), (ErrorCode::TokenInvalid, status));
        }
    }

    #[test]
    fn n3_a_redirect_is_named_without_its_query() {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, "https://evil.example/x?code=canary".parse().unwrap());
        let error = describe(&request("refresh"), StatusCode::FOUND, &headers, Some(b""));
        assert_eq!(
            error.message,
            "the refresh failed: it redirects to `https://evil.example/x`, which is not followed (302 Found)"
        );
    }

    #[test]
    fn a_redirect_with_a_body_says_where_it_leads() {
        let mut headers = HeaderMap::new();
        headers.insert(header::LOCATION, "https://login.example/".parse().unwrap());
        for body in [r#"{"detail":"Found"}"#, "<html><title>Found</title></html>"] {
            let error = describe(&request("refresh"), StatusCode::FOUND, &headers, Some(body.as_bytes()));
            assert!(error.message.contains("`https://login.example/`"), "{error}");
        }
    }

    #[test]
    fn n5_retry_after_is_read_as_seconds_and_as_a_date() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(with("120"), Some(Duration::from_secs(120)));
        assert_eq!(with("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(with("Fri, 31 Dec 2100 23:59:59 GMT").unwrap() > Duration::from_secs(1_000_000));
        assert_eq!(with("soon"), None);
        assert_eq!(with("-1"), None);
    }

    #[test]
    fn a_long_message_is_cut() {
        let error = of(400, &format!(r#"{{"detail":"{}"}}"#, "é".repeat(100_000)));
        assert!(error.message.chars().count() < 500);
    }
}
