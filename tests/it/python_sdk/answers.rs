//! The answers that both sides get: good ones, and what servers, proxies and broken networks make of them.

use super::Call;
use super::script::Script;

/// A name and what the server does.
pub type Answer = (&'static str, Script);

const JSON: &str = "application/json";

/// Every answer to a call; `bomb` is the gzip of its good answer with 32 MiB of spaces behind it.
pub fn answers(call: Call, bomb: &[u8]) -> Vec<Answer> {
    let mut all = unusual(call, bomb);
    all.extend(not_the_json_expected());
    all.extend(statuses(call));
    all.extend(broken(call));
    all.extend(
        super::bodies::bodies(call)
            .into_iter()
            .map(|(name, body)| (name, ok(body))),
    );
    if call == Call::Keys {
        // The SDK waits 10 s for keys, whatever its timeout is, and then again.
        all.retain(|(_, script)| !matches!(script, Script::Silent | Script::Dripped(_)));
    }
    all
}

/// The answer that every call expects.
pub fn good(call: Call) -> Script {
    ok(super::bodies::good(call))
}

/// A whole answer, and its connection at its end.
fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn typed(status: &str, media: &str, body: impl AsRef<[u8]>) -> Script {
    Script::Bytes(answer(status, &format!("content-type: {media}\r\n"), body))
}

fn ok(body: impl AsRef<[u8]>) -> Script {
    typed("200 OK", JSON, body)
}

fn with(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Script {
    Script::Bytes(answer(status, headers, body))
}

fn raw(text: impl Into<Vec<u8>>) -> Script {
    Script::Bytes(text.into())
}

/// The good answer in unusual but valid forms.
fn unusual(call: Call, bomb: &[u8]) -> Vec<Answer> {
    let good = super::bodies::good(call);
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{}\r\n{:x}\r\n{}\r\n0\r\nx-trailer: 1\r\n\r\n",
        &good[..5],
        good.len() - 5,
        &good[5..]
    );
    let padded = |spaces: usize| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{good}",
            good.len() + spaces
        )
    };
    let fine = String::from_utf8(answer("200 OK", "", good)).unwrap();
    let gzip = "content-encoding: gzip\r\n";
    vec![
        ("good", ok(good)),
        ("good without content type", with("200 OK", "", good)),
        ("good as text/html", typed("200 OK", "text/html", good)),
        (
            "good with a charset",
            typed("200 OK", "application/json; charset=utf-8", good),
        ),
        ("good in white space", ok(format!("\r\n\t {good} \n"))),
        ("good without a reason phrase", with("200", "", good)),
        ("good after a byte order mark", ok(format!("\u{feff}{good}"))),
        ("good in UTF-16", ok(utf16)),
        ("good in chunks", raw(chunked)),
        (
            "good by HTTP/1.0 without a length",
            raw(format!("HTTP/1.0 200 OK\r\n\r\n{good}")),
        ),
        (
            "good after 100 Continue",
            raw(format!("HTTP/1.1 100 Continue\r\n\r\n{fine}")),
        ),
        (
            "good after 103 Early Hints",
            raw(format!("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n{fine}")),
        ),
        (
            "good with other headers",
            with("200 OK", "set-cookie: a=b\r\nwww-authenticate: Bearer\r\n", good),
        ),
        (
            "good, identity encoding",
            with("200 OK", "content-encoding: identity\r\n", good),
        ),
        (
            "good with 900 KB of spaces",
            Script::Padded(padded(900_000).into_bytes(), 900_000),
        ),
        (
            "good with 10 MB of spaces",
            Script::Padded(padded(10_000_000).into_bytes(), 10_000_000),
        ),
        ("good, gzip bomb", with("200 OK", gzip, bomb)),
        ("gzip that is none", with("200 OK", gzip, good)),
        (
            "a header of 200 KB",
            with("200 OK", &format!("x: {}\r\n", "a".repeat(200_000)), good),
        ),
    ]
}

/// A 200 with a body that no call expects.
fn not_the_json_expected() -> Vec<Answer> {
    vec![
        ("empty", ok("")),
        ("spaces", ok("  \n")),
        ("null", ok("null")),
        ("a list", ok("[]")),
        ("a string", ok("\"access_token\"")),
        ("a number", ok("42")),
        ("true", ok("true")),
        ("an empty object", ok("{}")),
        ("words", ok("all is well")),
        (
            "a form",
            typed(
                "200 OK",
                "application/x-www-form-urlencoded",
                "access_token=a&token_type=bearer",
            ),
        ),
        (
            "a web page",
            typed("200 OK", "text/html", "<!doctype html><title>Welcome</title>"),
        ),
        ("half of JSON", ok("{\"access_token\":\"a.b")),
        ("JSON and more", ok("{} {}")),
        ("single quotes", ok("{'active':true}")),
        ("a byte that is no UTF-8", ok(b"{\"x\":\"\xff\"}")),
        ("100,000 open lists", ok("[".repeat(100_000))),
    ]
}

/// Every kind of status that is not 200, and of reason that comes with one.
fn statuses(call: Call) -> Vec<Answer> {
    let good = super::bodies::good(call);
    let refused = |status: &str, body: &str| typed(status, JSON, body);
    let page = "<html><head><title>Bad Gateway</title></head><body>nginx</body></html>";
    vec![
        ("201 with a good body", typed("201 Created", JSON, good)),
        ("202 with a good body", typed("202 Accepted", JSON, good)),
        ("203 with a good body", typed("203 Non-Authoritative Information", JSON, good)),
        ("204", raw("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")),
        ("206 with a good body", typed("206 Partial Content", JSON, good)),
        ("301 elsewhere", with("301 Moved Permanently", "location: /elsewhere\r\n", "")),
        ("302 elsewhere", with("302 Found", "location: https://other.example/login?code=x\r\n", "")),
        ("303 elsewhere", with("303 See Other", "location: /elsewhere\r\n", good)),
        ("304", raw("HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n")),
        ("307 elsewhere", with("307 Temporary Redirect", "location: /elsewhere\r\n", "")),
        ("308 without a place", with("308 Permanent Redirect", "", "")),
        ("400 with a detail", refused("400 Bad Request", r#"{"detail":"Code has expired"}"#)),
        ("400 with a detail in other scripts", refused("400 Bad Request", r#"{"detail":"激活码 “已过期” \u00e9"}"#)),
        ("400 with an empty detail", refused("400 Bad Request", r#"{"detail":""}"#)),
        ("400 with detail null", refused("400 Bad Request", r#"{"detail":null}"#)),
        ("400 with a number as detail", refused("400 Bad Request", r#"{"detail":17}"#)),
        ("400 with an object as detail", refused("400 Bad Request", r#"{"detail":{"error":"invalid_request","msg":"no"}}"#)),
        ("400 invalid_grant", refused("400 Bad Request", r#"{"error":"invalid_grant","error_description":"it is spent"}"#)),
        ("400 detail invalid_grant", refused("400 Bad Request", r#"{"detail":"invalid_grant"}"#)),
        ("400 invalid_request", refused("400 Bad Request", r#"{"error":"invalid_request"}"#)),
        ("400 unsupported_grant_type", refused("400 Bad Request", r#"{"error":"unsupported_grant_type","error_uri":"https://x.example"}"#)),
        ("400 with a list", refused("400 Bad Request", r#"["detail"]"#)),
        ("400 with broken JSON", refused("400 Bad Request", r#"{"detail":"#)),
        ("400 with words", typed("400 Bad Request", "text/plain", "no")),
        ("400 with a detail that is not called JSON", typed("400 Bad Request", "text/plain", r#"{"detail":"No"}"#)),
        ("400 of problem details", typed("400 Bad Request", "application/problem+json", r#"{"title":"No","detail":"Not so"}"#)),
        ("401 with a detail", with("401 Unauthorized", "content-type: application/json\r\nwww-authenticate: Bearer\r\n", r#"{"detail":"Could not validate credentials"}"#)),
        ("401 invalid_client", refused("401 Unauthorized", r#"{"error":"invalid_client","error_description":"who is it"}"#)),
        ("401 empty", with("401 Unauthorized", "", "")),
        ("403 with a detail", refused("403 Forbidden", r#"{"detail":"Not yours"}"#)),
        ("404 with a detail", refused("404 Not Found", r#"{"detail":"Activation code not found"}"#)),
        ("404 with a web page", typed("404 Not Found", "text/html; charset=utf-8", page)),
        ("405", refused("405 Method Not Allowed", r#"{"detail":"Method Not Allowed"}"#)),
        ("407", with("407 Proxy Authentication Required", "proxy-authenticate: Basic\r\n", "")),
        ("409 with a detail", refused("409 Conflict", r#"{"detail":"Activation code has already been used"}"#)),
        ("410 with a detail", refused("410 Gone", r#"{"detail":"Activation code has expired"}"#)),
        ("413", with("413 Content Too Large", "", "")),
        ("418", refused("418 I'm a teapot", "{}")),
        ("422 with a list", refused(
            "422 Unprocessable Entity",
            r#"{"detail":[{"loc":["body","code"],"msg":"field required","type":"missing"},{"loc":["body",0],"msg":"too long"}]}"#,
        )),
        ("422 with an empty list", refused("422 Unprocessable Entity", r#"{"detail":[]}"#)),
        ("429 with a detail", with("429 Too Many Requests", "content-type: application/json\r\nretry-after: 7\r\n", r#"{"detail":"Slow down"}"#)),
        ("499", with("499 ", "", "")),
        ("500 with words", typed("500 Internal Server Error", "text/plain", "Internal Server Error")),
        ("500 with a detail", refused("500 Internal Server Error", r#"{"detail":"Boom"}"#)),
        ("500 invalid_grant", refused("500 Internal Server Error", r#"{"error":"invalid_grant"}"#)),
        ("502 with a web page", typed("502 Bad Gateway", "text/html", page)),
        ("502 with a web page called JSON", typed("502 Bad Gateway", JSON, page)),
        ("503", with("503 Service Unavailable", "retry-after: 120\r\n", "")),
        ("503 with a good body", typed("503 Service Unavailable", JSON, good)),
        ("504 empty", with("504 Gateway Timeout", "", "")),
        ("599", with("599 Network Connect Timeout Error", "", "")),
        ("600", with("600 Beyond", "", "")),
        ("cut short, with 500", raw("HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{\"detail\":")),
        ("400 with 10 MB of spaces", Script::Padded(
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 10000016\r\n\r\n{\"detail\":\"Big\"}".to_vec(),
            10_000_000,
        )),
        ("400 with gzip that is none", with("400 Bad Request", "content-type: application/json\r\ncontent-encoding: gzip\r\n", r#"{"detail":"No"}"#)),
    ]
}

/// No whole answer at all.
fn broken(call: Call) -> Vec<Answer> {
    let good = super::bodies::good(call);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let declared = format!("{head}content-length: {}\r\n\r\n", good.len());
    let half = &good[..good.len() / 2];
    let mut all = vec![
        ("closed without a byte", raw("")),
        ("a head cut short", raw("HTTP/1.1 200 O")),
        ("headers cut short", raw(head)),
        ("a body cut short", raw(format!("{declared}{half}"))),
        ("no body at all", raw(declared.as_str())),
        (
            "chunks cut short",
            raw(format!(
                "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{half}",
                good.len()
            )),
        ),
        (
            "chunks without their end",
            raw(format!(
                "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{good}\r\n",
                good.len()
            )),
        ),
        (
            "a chunk of no number",
            raw(format!(
                "{head}transfer-encoding: chunked\r\n\r\nxyz\r\n{good}\r\n0\r\n\r\n"
            )),
        ),
        (
            "10 GB declared, then the end",
            raw(format!("{head}content-length: 10000000000\r\n\r\n{good}")),
        ),
        (
            "a length that is not a number",
            raw(format!("{head}content-length: many\r\n\r\n{good}")),
        ),
        (
            "two lengths",
            raw(format!(
                "{head}content-length: {}\r\ncontent-length: 5\r\n\r\n{good}",
                good.len()
            )),
        ),
        ("no HTTP", raw("hello\r\n\r\n")),
        (
            "an unknown version of HTTP",
            raw(format!("HTTP/9.9 200 OK\r\n\r\n{good}")),
        ),
        (
            "a status that is not a number",
            raw(format!("HTTP/1.1 OK 200\r\n\r\n{good}")),
        ),
        ("a TLS alert", raw(*b"\x15\x03\x03\x00\x02\x02\x28")),
        ("silent", Script::Silent),
        (
            "dripped past the deadline",
            Script::Dripped(format!("{declared}{good}").into_bytes()),
        ),
        ("refused", Script::Refused),
    ];
    if call != Call::Keys {
        // A GET has no body to leave unread.
        all.push(("reset before the answer", Script::Reset(Vec::new())));
        all.push(("reset within the head", Script::Reset(head.into())));
        all.push((
            "reset within the body",
            Script::Reset(format!("{declared}{half}").into_bytes()),
        ));
    }
    all
}
