//! What is made of a response: its body up to a bound, whether that can be used, and what the server's clock says.

use reqwest::StatusCode;
use reqwest::header::{self, HeaderMap};

use super::date;
use super::error_response;
use super::json::invalid_response;
use super::request::Request;
use crate::error::AuthError;

/// A response, whatever its status.
#[derive(Debug)]
pub(crate) struct Response {
    /// The body of a 200; an error for every other status.
    pub body: Result<Vec<u8>, AuthError>,
    /// What the server's clock said, in Unix seconds (`Date`, RFC 9110 §6.6.1).
    pub date: Option<i64>,
}

impl Response {
    /// The status code, or 0 where there is none.
    pub fn status(&self) -> u16 {
        self.body.as_ref().map_or_else(|e| e.status, |_| 200)
    }
}

/// A response as it was received.
pub(super) struct Received {
    status: StatusCode,
    headers: HeaderMap,
    /// The body up to the bound; `None` where it is larger.
    body: Option<Vec<u8>>,
}

impl Received {
    /// Reads a response up to `limit` bytes of body (rule N2).
    pub async fn read(mut response: reqwest::Response, limit: usize) -> Result<Self, reqwest::Error> {
        let mut body = Some(Vec::new());
        if response.content_length().is_some_and(|length| length > limit as u64) {
            body = None;
        }
        while let Some(read) = &mut body {
            match response.chunk().await? {
                None => break,
                Some(chunk) if read.len() + chunk.len() > limit => body = None,
                Some(chunk) => read.extend_from_slice(&chunk),
            }
        }
        Ok(Self {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    /// The body of a 200 that can be used, or the error that the response is.
    pub fn check(self, request: &Request<'_>) -> Response {
        let date = self.headers.get(header::DATE).and_then(date::unix_seconds);
        let body = self.usable(request);
        Response { body, date }
    }

    fn usable(self, request: &Request<'_>) -> Result<Vec<u8>, AuthError> {
        if self.status != StatusCode::OK {
            let body = self.body.as_deref();
            return Err(error_response::describe(request, self.status, &self.headers, body));
        }
        let invalid = |why: String| invalid_response(request.what, &why);
        if let Some(encoding) = self.headers.get(header::CONTENT_ENCODING)
            && encoding.as_bytes() != b"identity"
        {
            return Err(invalid(
                "it is compressed, although no compression was requested".into(),
            ));
        }
        let limit = request.max_response / 1024;
        self.body
            .ok_or_else(|| invalid(format!("it is larger than {limit} KiB")))
    }
}
