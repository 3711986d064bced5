//! The only place that builds an HTTP client, and the only place that sends a request (rules N1–N7).
//!
//! Every call of the library goes through [`Http::send`], so every call has the same manners: one deadline for the whole
//! request with its body, a bounded answer, no redirect, no compressed answer, https or loopback, certificates checked,
//! nothing sent twice, and no secret of the request in any error. What a rejection says in words is in `rejection.rs`.

mod rejection;
mod runtime;
mod url;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use reqwest::header;
use serde_json::{Map, Value};

pub use self::url::BaseUrl;
use crate::{AuthError, ErrorCode, Obstacle, Secret};

/// How long a request may take when nobody says otherwise: the SDK's 10 s.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes (rule N2).
const MAX_ANSWER: usize = 1024 * 1024;

/// The largest key set that is read, in bytes (rules N2 and T9).
pub(crate) const MAX_KEY_SET: usize = 512 * 1024;

/// A built HTTP client, bound to one platform.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    base: BaseUrl,
    client: reqwest::Client,
    timeout: Duration,
}

/// One request of the protocol.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// What is done, as the subject of an error: `code exchange`, `introspection`.
    pub what: &'static str,
    /// The path below the base URL, with its leading slash.
    pub path: Cow<'static, str>,
    pub body: Body<'a>,
    /// The user's access token, sent as `Authorization: Bearer` (RFC 6750 §2.1).
    pub bearer: Option<&'a Secret>,
    /// The largest answer to be read, in bytes.
    pub max_answer: usize,
    /// Every secret of the request, so that a server that echoes one gets it redacted.
    pub secrets: Vec<&'a str>,
}

/// What a request carries.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// A `GET`.
    None,
    /// A `POST` of `application/x-www-form-urlencoded` fields, in this order.
    Form(Vec<(&'static str, &'a str)>),
    /// A `POST` of one JSON document.
    Json(Value),
}

impl<'a> Request<'a> {
    /// A request with the usual bound on its answer.
    pub fn new(what: &'static str, path: impl Into<Cow<'static, str>>, body: Body<'a>) -> Self {
        Self {
            what,
            path: path.into(),
            body,
            bearer: None,
            max_answer: MAX_ANSWER,
            secrets: Vec::new(),
        }
    }
}

/// The answer of a 200.
#[derive(Debug)]
pub(crate) struct Answer {
    pub body: Vec<u8>,
    /// What the server's clock said, in Unix seconds (`Date`, RFC 9110 §6.6.1).
    pub date: Option<i64>,
}

/// What a server answered, whatever its status.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The body of a 200; an error for everything else.
    pub body: Result<Vec<u8>, AuthError>,
    /// What the server's clock said, as in [`Answer::date`].
    pub date: Option<i64>,
}

impl Http {
    /// Builds the client; on Linux this reads the system's certificates, unless `base` is `http://` on loopback.
    pub fn new(base: BaseUrl, timeout: Duration, ca_pem: &[Vec<u8>]) -> Result<Self, AuthError> {
        let config = |message: String| AuthError::new(ErrorCode::Config, message);
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("noesis/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            // A refresh token that is sent twice revokes its whole family (rule N6).
            .retry(reqwest::retry::never())
            .referer(false);
        let mut extra = Vec::new();
        for pem in ca_pem {
            let certs = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|e| config(format!("the certificate file cannot be read: {}", root_cause(e))))?;
            if certs.is_empty() {
                return Err(config("the certificate file holds no PEM certificate".into()));
            }
            extra.extend(certs);
        }
        if base.is_loopback() {
            // A proxy would send the sandbox's traffic, tokens included, to another machine.
            builder = builder.no_proxy();
        }
        builder = if base.is_plain() {
            builder.tls_certs_only(std::iter::empty())
        } else {
            builder.https_only(true).tls_certs_merge(extra)
        };
        let client = builder
            .build()
            .map_err(|e| config(format!("the HTTP client cannot be set up: {}", root_cause(e))))?;
        Ok(Self { base, client, timeout })
    }

    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Sends one request once and reads its answer: the JSON object of a 200, or an error for everything else.
    pub async fn send(&self, request: Request<'_>) -> Result<Map<String, Value>, AuthError> {
        let answer = self.fetch(&request).await?;
        object(&answer.body, &request)
    }

    /// Sends one request once and reads its answer: the bytes of a 200, or an error for everything else.
    pub async fn fetch(&self, request: &Request<'_>) -> Result<Answer, AuthError> {
        let heard = self.hear(request).await?;
        Ok(Answer {
            body: heard.body?,
            date: heard.date,
        })
    }

    /// Sends one request once and reads its answer, also one that is no 200; an error where there is no whole answer.
    pub async fn hear(&self, request: &Request<'_>) -> Result<Heard, AuthError> {
        let started = Instant::now();
        let outcome = self.exchange(request).await;
        tracing::debug!(
            target: "noesis",
            path = &*request.path,
            status = outcome.as_ref().map_or_else(|e| e.status, Heard::status),
            ms = started.elapsed().as_millis(),
            "request"
        );
        outcome
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Heard, AuthError> {
        let broken = |why: String| AuthError::new(ErrorCode::NetworkError, why);
        let url = self.base.join(&request.path);
        let mut builder = match &request.body {
            Body::None => self.client.get(url),
            Body::Form(fields) => self.client.post(url).form(fields),
            Body::Json(document) => self.client.post(url).json(document),
        }
        .header(header::ACCEPT, "application/json");
        if let Some(token) = request.bearer {
            builder = builder.bearer_auth(token.expose());
        }
        let wire = runtime::handle().map_err(|e| broken(format!("cannot start the network: {e}")))?;
        let work = wire.spawn(receive(builder, request.max_answer));
        // Also where the caller gives up, nobody is left behind who goes on.
        let _ends = EndsWith(work.abort_handle());
        let received = match tokio::time::timeout(self.timeout, work).await {
            Ok(Ok(received)) => received.map_err(|e| self.network(request.what, e))?,
            Ok(Err(_)) => return Err(broken(format!("the {} came to a bad end", request.what))),
            Err(_) => {
                return Err(broken(format!(
                    "the {} timed out: no full answer from `{}` within {}",
                    request.what,
                    self.base.host(),
                    seconds(self.timeout)
                )));
            }
        };
        let date = received.headers.get(header::DATE).and_then(http_date);
        let body = usable(request, received.status, &received.headers, received.body);
        Ok(Heard { body, date })
    }

    fn network(&self, what: &str, error: reqwest::Error) -> AuthError {
        let host = self.base.host();
        let never_sent = error.is_connect();
        let cause = root_cause(error);
        if !never_sent {
            let message = format!("the connection to `{host}` broke during the {what}: {cause}");
            return AuthError::new(ErrorCode::NetworkError, message);
        }
        let (obstacle, words) = obstacle(&cause).unzip();
        AuthError {
            never_sent,
            obstacle,
            ..AuthError::new(
                ErrorCode::NetworkError,
                format!("cannot connect to `{host}`: {}", words.as_ref().unwrap_or(&cause)),
            )
        }
    }
}

/// What can be wrong with a certificate by the TLS library's names, and in words.
const FLAWS: [(&str, &str); 5] = [
    (
        "UnsupportedSignatureAlgorithm",
        "it is signed in a way that is not safe",
    ),
    ("BadSignature", "its signature is not right, or its key is too short"),
    ("EndEntityUsedAsCa", "it is signed by what is no authority"),
    ("NameConstraintViolation", "its authority may not sign for this host"),
    ("EkuError", "it is not one for servers"),
];

/// Ends a task when it goes out of scope.
struct EndsWith(tokio::task::AbortHandle);

impl Drop for EndsWith {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What came, whatever it is worth.
struct Received {
    status: reqwest::StatusCode,
    headers: header::HeaderMap,
    /// The body up to the bound; `None` where there is more.
    body: Option<Vec<u8>>,
}

/// Sends a request and reads its answer up to a bound, in bytes.
async fn receive(request: reqwest::RequestBuilder, limit: usize) -> Result<Received, reqwest::Error> {
    let mut response = request.send().await?;
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
    Ok(Received {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

/// What a cause means that the TLS library or the system has for a developer, and the same for a user.
fn obstacle(cause: &str) -> Option<(Obstacle, String)> {
    let said = |words: &str| words.to_owned();
    let Some(flaw) = cause.strip_prefix("invalid peer certificate: ") else {
        let unknown =
            cause.starts_with("failed to lookup address information") || cause.contains("No such host is known");
        if cause.starts_with("received corrupt message") {
            return Some((
                Obstacle::Certificate,
                format!("what listens there does not speak TLS ({cause})"),
            ));
        }
        if cause.starts_with("received fatal alert: ProtocolVersion")
            || cause.starts_with("received fatal alert: HandshakeFailure")
        {
            return Some((
                Obstacle::Certificate,
                format!("it and this program have no TLS in common ({cause})"),
            ));
        }
        return unknown.then(|| {
            (
                Obstacle::UnknownHost,
                format!("there is no host of this name ({cause})"),
            )
        });
    };
    let after = |start: &str| flaw.split_once(start).map(|(_, rest)| rest);
    Some(if flaw == "UnknownIssuer" {
        let words = "its certificate is not from an authority that this machine knows";
        (Obstacle::UnknownAuthority, said(words))
    } else if flaw.contains("CaUsedAsEndEntity") {
        let words = "its certificate is that of an authority, which this machine does not know";
        (Obstacle::UnknownAuthority, said(words))
    } else if flaw.starts_with("certificate expired") {
        let words = "its certificate has expired, or this machine's clock is ahead";
        (Obstacle::Validity, said(words))
    } else if flaw.starts_with("certificate not valid yet") {
        let words = "its certificate is not valid yet, or this machine's clock is behind";
        (Obstacle::Validity, said(words))
    } else if let Some(names) = after("certificate is only valid for ") {
        (
            Obstacle::OtherHost,
            format!("its certificate is not valid for this host, only for {names}"),
        )
    } else if flaw.starts_with("certificate not valid for name") {
        (Obstacle::OtherHost, said("its certificate is not valid for this host"))
    } else {
        let words = FLAWS.iter().find(|(name, _)| flaw.contains(name));
        let words = words.map_or(flaw, |(_, words)| words);
        (Obstacle::Certificate, format!("its certificate is not valid: {words}"))
    })
}

impl Heard {
    fn status(&self) -> u16 {
        self.body.as_ref().map_or_else(|e| e.status, |_| 200)
    }
}

/// The body of a 200 that came as it was asked for; `None` is one that was too large to read.
fn usable(
    request: &Request<'_>,
    status: reqwest::StatusCode,
    headers: &header::HeaderMap,
    body: Option<Vec<u8>>,
) -> Result<Vec<u8>, AuthError> {
    if status.as_u16() != 200 {
        return Err(rejection::describe(request, status, headers, body.as_deref()));
    }
    let invalid = |why: String| invalid_response(request.what, &why);
    if let Some(encoding) = headers.get(header::CONTENT_ENCODING)
        && encoding.as_bytes() != b"identity"
    {
        return Err(invalid("it is compressed, which was not asked for".into()));
    }
    body.ok_or_else(|| invalid(format!("it is larger than {} KiB", request.max_answer / 1024)))
}

/// A moment as RFC 9110 §5.6.7 has servers write it: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(value: &header::HeaderValue) -> Option<i64> {
    let date = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", value.as_bytes()).ok()?;
    let moment = date.to_datetime().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(moment.timestamp().as_second())
}

/// A body without the byte order mark that nobody should send, and that a reader may ignore (RFC 8259 §8.1), as the SDK
/// does.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

/// The JSON object that a body is.
pub(crate) fn object(body: &[u8], request: &Request<'_>) -> Result<Map<String, Value>, AuthError> {
    let body = without_mark(body);
    // The parser's own words would quote the answer, which may hold a token: only the place is told.
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
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
    } else if rejection::looks_like_html(&text) {
        match rejection::title(&text) {
            Some(title) => format!("it is a web page titled `{title}`, not JSON"),
            None => "it is a web page, not JSON".into(),
        }
    } else if error.is_eof() {
        "it is JSON that ends too early".into()
    } else {
        format!("it is not JSON (line {}, column {})", error.line(), error.column())
    }
}

/// The innermost cause, without the URL: the outer lines say only "error sending request".
fn root_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// A server's words with every secret of the request taken out, as it is and as a form would spell it (rule N7). It is
/// done before they are shortened, so that no part of a secret is left at the cut.
fn redact(words: &str, secrets: &[&str]) -> String {
    let mut needles: Vec<String> = Vec::new();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        needles.push((*secret).to_owned());
        needles.push(::url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    }
    // The longest first: one secret may begin like another.
    needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    let mut clean = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = needles.iter().find_map(|needle| rest.strip_prefix(needle.as_str())) {
            clean.push_str("[redacted]");
            rest = after;
        } else {
            clean.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    clean
}

/// A duration as a person says it: `10 s`, `0.5 s`.
fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_one_json_object_in_utf_8_and_a_byte_order_mark_before_it_is_ignored() {
        let read = |body: &[u8]| object(body, &Request::new("refresh", "/", Body::None)).map_err(|e| e.message);
        assert_eq!(
            read("\u{feff}{\"a\":1}".as_bytes()).unwrap(),
            read(b" {\"a\":1}").unwrap()
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

    #[test]
    fn a_servers_clock_is_read_in_the_one_form_that_servers_send() {
        let read = |text: &'static str| http_date(&header::HeaderValue::from_static(text));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for text in [
            "",
            "now",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "784111777",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn n7_an_echoed_secret_is_redacted_in_every_spelling() {
        let text = "code a+b/c= is bad, really: a%2Bb%2Fc%3D";
        assert_eq!(
            redact(text, &["a+b/c=", ""]),
            "code [redacted] is bad, really: [redacted]"
        );
        // One pass: what stands for a secret is not searched again, and the longer of two secrets goes first.
        assert_eq!(redact("r: é er", &["r", "e"]), "[redacted]: é [redacted][redacted]");
        assert_eq!(
            redact("token-long token", &["token", "token-long"]),
            "[redacted] [redacted]"
        );
    }
}
