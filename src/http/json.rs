//! The JSON object that the response of every call is, with errors that quote nothing of it: it may hold a token.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::html;
use super::repair::repaired;
use super::request::Request;
use super::server_text::redact;
use crate::error::{AuthError, ErrorCode};

/// A body without the byte order mark that a reader may ignore (RFC 8259 §8.1), as the SDK does.
pub(crate) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// A JSON object, and the text that it was parsed from, which has its numbers as they were written.
#[derive(Debug)]
pub(crate) struct Answer {
    pub object: Map<String, Value>,
    pub text: String,
}

/// The JSON value of a body, repaired where a strict parser refuses it; the error is that of the body as it is.
pub(crate) fn value(body: &[u8]) -> serde_json::Result<Value> {
    parsed(body).map(|(value, _)| value)
}

/// The same with the text that was parsed.
fn parsed(body: &[u8]) -> serde_json::Result<(Value, Cow<'_, [u8]>)> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok((value, Cow::Borrowed(body))),
        Err(error) => {
            let repaired = repaired(body);
            match serde_json::from_slice(&repaired) {
                Ok(value) => Ok((value, Cow::Owned(repaired))),
                Err(_) => Err(error),
            }
        }
    }
}

/// The JSON object of a body.
pub(crate) fn object(body: &[u8], request: &Request<'_>) -> Result<Answer, AuthError> {
    let body = without_bom(body);
    // The parser's own message would quote the response, which may contain a token: only the position is given.
    match parsed(body) {
        Ok((Value::Object(object), text)) => Ok(Answer {
            object,
            text: String::from_utf8_lossy(&text).into_owned(),
        }),
        Ok(_) => Err(invalid_response(request.what, "it is JSON, but not an object")),
        Err(error) => Err(invalid_response(
            request.what,
            &not_json(body, &error, &request.secrets),
        )),
    }
}

/// A 200 whose body is not what the protocol says.
pub(crate) fn invalid_response(what: &str, why: &str) -> AuthError {
    AuthError {
        status: 200,
        ..AuthError::new(
            ErrorCode::InvalidResponse,
            format!("the server's answer to the {what} cannot be used: {why}"),
        )
    }
}

fn not_json(body: &[u8], error: &serde_json::Error, secrets: &[&str]) -> String {
    let text = redact(&String::from_utf8_lossy(body), secrets);
    if body.is_empty() {
        "it is empty".into()
    } else if html::is_web_page(&text) {
        match html::title(&text) {
            Some(title) => format!("it is a web page titled `{title}`, not JSON"),
            None => "it is a web page, not JSON".into(),
        }
    } else if error.is_eof() {
        "it is JSON that ends too early".into()
    } else {
        format!("it is not JSON (line {}, column {})", error.line(), error.column())
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::Body;
    use super::*;

    #[test]
    fn an_answer_is_one_json_object_in_utf_8_and_a_byte_order_mark_before_it_is_ignored() {
        let read = |body: &[u8]| object(body, &Request::new("refresh", "/", Body::None)).map_err(|e| e.message);
        assert_eq!(
            read("\u{feff}{\"a\":1}".as_bytes()).unwrap().object,
            read(b" {\"a\":1}").unwrap().object
        );
        for (body, why) in [
            ("\u{feff}".as_bytes(), "it is empty"),
            ("\u{feff}\u{feff}{}".as_bytes(), "it is not JSON (line 1, column 1)"),
            (b"{\0}\0", "it is not JSON (line 1, column 2)"),
            (b"{} {}", "it is not JSON (line 1, column 4)"),
            (b"\xef\xbb\xbf[]", "it is JSON, but not an object"),
        ] {
            let message = read(body).unwrap_err();
            assert!(message.ends_with(why), "{body:?}: {message}");
        }
    }
}
