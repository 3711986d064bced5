//! Faults on demand: the effect of each on the wire, every way to set them, and what the program reports.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use noesis::sandbox::{Fault, Options};
use reqwest::{StatusCode, header};
use serde_json::{Value, json};

use super::in_process::{InProcess, challenge, query};
use crate::support::mint;
use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::{Home, Sandbox, document, error, now, stderr, stdout, text};

const JWKS: &str = "/.well-known/jwks.json";

/// The response to a request.
struct Seen {
    head: String,
    body: String,
    /// The connection was reset instead of closed.
    reset: bool,
    took: Duration,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// A `GET`.
fn look(base: &str, path: &str) -> Seen {
    send(base, &format!("GET {path}"), "\r\n")
}

/// Sends one request, given its method and path, and its last headers with its body.
fn send(base: &str, request: &str, rest: &str) -> Seen {
    let host = base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(STEP_TIMEOUT)).unwrap();
    let start = Instant::now();
    let request = format!("{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{rest}");
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = Vec::new();
    let reset = match stream.read_to_end(&mut response) {
        Ok(_) => false,
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => true,
        Err(e) => panic!("{e}"),
    };
    let response = String::from_utf8(response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    Seen {
        head: head.to_owned(),
        body: body.to_owned(),
        reset,
        took: start.elapsed(),
    }
}

/// A fault, and a check of its effect at a sandbox without other faults.
type FaultCheck = (&'static str, fn(&str));

const FAULTS: [FaultCheck; 9] = [
    ("latency=300ms", |base| {
        assert!(look(base, JWKS).took >= Duration::from_millis(300));
    }),
    ("status=503,retry-after=7", |base| {
        let seen = look(base, JWKS);
        assert!(seen.head.starts_with("HTTP/1.1 503 "), "{}", seen.head);
        assert_eq!(seen.header("retry-after"), Some("7"));
        assert_eq!(seen.body, r#"{"detail":"Service Unavailable"}"#);
    }),
    ("status=401@jwks", |base| {
        let seen = look(base, JWKS);
        assert!(seen.head.starts_with("HTTP/1.1 401 "), "{}", seen.head);
        assert_eq!(
            (seen.header("www-authenticate"), seen.header("retry-after")),
            (Some("Bearer"), None)
        );
    }),
    ("reset", |base| {
        let seen = look(base, JWKS);
        assert!(seen.reset && seen.head.is_empty(), "{}", seen.head);
    }),
    ("truncate", |base| {
        let seen = look(base, JWKS);
        let promised: usize = seen.header("content-length").unwrap().parse().unwrap();
        assert!(!seen.reset);
        assert_eq!(seen.body.len(), promised / 2);
        assert!(seen.body.starts_with("{\"keys\":["), "{}", seen.body);
    }),
    ("slow-body=300ms", |base| {
        let seen = look(base, JWKS);
        assert!(seen.took >= Duration::from_millis(300), "{:?}", seen.took);
        assert!(serde_json::from_str::<Value>(&seen.body).is_ok(), "{}", seen.body);
    }),
    ("rotate-keys@jwks", |base| {
        let keys = || serde_json::from_str::<Value>(&look(base, JWKS).body).unwrap()["keys"].clone();
        let (first, second) = (keys(), keys());
        assert_eq!(
            (first.as_array().unwrap().len(), second.as_array().unwrap().len()),
            (1, 1)
        );
        assert_ne!(first[0]["kid"], second[0]["kid"]);
    }),
    ("skew=-1h", |base| {
        let date = look(base, JWKS).header("date").unwrap().to_owned();
        let date = jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(&date)
            .unwrap();
        let behind = now() - date.as_second();
        assert!((3_595..=3_605).contains(&behind), "{behind}");
    }),
    ("denied", |base| {
        let challenge = challenge();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query("noesis-cli", &challenge))
            .finish();
        let seen = look(base, &format!("/oauth/authorize?{query}"));
        let location: url::Url = seen.header("location").unwrap().parse().unwrap();
        let pairs: Vec<_> = location.query_pairs().into_owned().collect();
        let has = |name: &str, value: &str| pairs.contains(&(name.to_owned(), value.to_owned()));
        assert!(
            has("error", "access_denied") && has("state", "the state") && has("iss", base),
            "{location}"
        );
        let wrong = look(base, "/oauth/authorize?client_id=nobody");
        assert!(wrong.head.starts_with("HTTP/1.1 400 "), "{}", wrong.head);
    }),
];

/// The response to a list of faults.
fn set(base: &str, faults: &[&str]) -> (u16, Value) {
    let body = json!({ "faults": faults }).to_string();
    let headers = format!(
        "content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let seen = send(base, "POST /sandbox/faults", &format!("{headers}{body}"));
    let status = seen.head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(&seen.body).unwrap())
}

fn hits(base: &str) -> Value {
    let stats: Value = serde_json::from_str(&look(base, "/sandbox/stats").body).unwrap();
    stats["faults"].clone()
}

fn name(spec: &str) -> &str {
    spec.split(['=', ',', '@']).next().unwrap()
}

#[test]
fn every_fault_can_be_set_at_the_start_and_is_counted() {
    for (spec, shows) in FAULTS {
        let sandbox = Sandbox::with(&["--fault", spec]);
        shows(&sandbox.url);
        let hits = hits(&sandbox.url);
        for (kind, count) in hits.as_object().unwrap() {
            assert_eq!(count.as_u64().unwrap() > 0, kind == name(spec), "{spec}: {hits}");
        }
    }
}

#[test]
fn every_fault_can_be_set_while_it_runs_and_ends_when_the_list_is_replaced() {
    let sandbox = Sandbox::start();
    for (spec, shows) in FAULTS {
        let in_force = (200, json!({ "faults": [spec] }));
        assert_eq!(set(&sandbox.url, &[spec]), in_force);
        assert_eq!(look(&sandbox.url, "/sandbox/faults").body, in_force.1.to_string());
        shows(&sandbox.url);
    }
    let before = hits(&sandbox.url);
    assert_eq!(set(&sandbox.url, &[]), (200, json!({ "faults": [] })));
    let seen = look(&sandbox.url, JWKS);
    assert!(seen.head.starts_with("HTTP/1.1 200 "), "{}", seen.head);
    assert!(serde_json::from_str::<Value>(&seen.body).is_ok());
    assert_eq!(hits(&sandbox.url), before);
}

#[tokio::test]
async fn every_fault_can_be_set_by_a_program_that_embeds_the_sandbox() {
    for (spec, shows) in FAULTS {
        let sandbox = InProcess::with(Options {
            faults: vec![spec.parse().unwrap()],
            ..Options::default()
        })
        .await;
        let base = sandbox.base.clone();
        tokio::task::spawn_blocking(move || shows(&base)).await.unwrap();
    }
}

#[test]
fn the_program_reports_a_failing_platform_and_that_a_retry_may_help() {
    let (home, sandbox) = (
        Home::new(),
        Sandbox::with(&["--fault", "status=503,retry-after=7@introspect"]),
    );
    let introspect = |flags: &[&str]| {
        let output = home
            .at(&sandbox, &["introspect", "x", "--json"])
            .args(flags)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(5), "{}", text(&output));
        error(&output)
    };
    let refused = introspect(&[]);
    assert_eq!(
        (&refused["code"], &refused["status"]),
        (&json!("TOKEN_INVALID"), &json!(503))
    );
    assert_eq!(refused["hint"], "try again in 7 seconds, as the server asks");
    for fault in ["reset", "truncate"] {
        set(&sandbox.url, &[fault]);
        assert_eq!(introspect(&[])["code"], "NETWORK_ERROR", "{fault}");
    }
    for fault in ["latency=1h", "slow-body"] {
        set(&sandbox.url, &[fault]);
        let late = introspect(&["--timeout", "300ms"]);
        assert_eq!(late["code"], "NETWORK_ERROR", "{fault}");
        assert!(late["message"].as_str().unwrap().contains("within 0.3 s"), "{late}");
    }
    let hits = hits(&sandbox.url);
    for fault in ["status", "reset", "truncate", "latency", "slow-body"] {
        assert!(hits[fault].as_u64().unwrap() >= 1, "{fault}: {hits}");
    }
}

#[test]
fn verify_reports_a_platform_whose_clock_is_ahead() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&["--fault", "skew=+90s"]));
    let token = mint(&home, &sandbox, &[]);
    let output = home.at(&sandbox, &["verify", &token]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let shown = stdout(&output);
    assert!(
        shown.contains("your clock is 1 minute ") && shown.contains(" behind the server's"),
        "{shown}"
    );
    // By the platform's own clock the token is active.
    let output = home.at(&sandbox, &["introspect", &token]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    // A clock that is ahead by more than the lifetime of a token expires all tokens.
    set(&sandbox.url, &["skew=+2d@introspect"]);
    let output = home.at(&sandbox, &["introspect", &token]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
}

/// Makes the cached key set look a minute old: `verify` fetches a new key at most once in thirty seconds.
fn age_key_cache_by_a_minute(home: &Home) {
    let mut aged = 0;
    for file in std::fs::read_dir(home.path().join(".cache/noesis/keys")).unwrap() {
        let path = file.unwrap().path();
        let Ok(mut kept) = serde_json::from_slice::<Value>(&std::fs::read(&path).unwrap()) else {
            continue;
        };
        for time in ["fetched_at", "tried_at"] {
            kept[time] = (kept[time].as_i64().unwrap() - 60).into();
        }
        std::fs::write(&path, kept.to_string()).unwrap();
        aged += 1;
    }
    assert_eq!(aged, 1);
}

#[test]
fn verify_fetches_a_new_key_and_tokens_of_the_old_one_fail_there_but_stay_active() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let verify = |token: &str| home.at(&sandbox, &["verify", token, "--json"]).output().unwrap();
    let before = mint(&home, &sandbox, &[]);
    for _ in 0..2 {
        assert_eq!(verify(&before).status.code(), Some(0));
    }
    assert_eq!(sandbox.count("jwks"), 1);
    age_key_cache_by_a_minute(&home);
    set(&sandbox.url, &["rotate-keys@mint"]);
    let after = mint(&home, &sandbox, &[]);
    let output = verify(&after);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(sandbox.count("jwks"), 2);
    let output = verify(&before);
    assert_eq!(
        (output.status.code(), &document(&output)["valid"]),
        (Some(3), &json!(false))
    );
    for token in [&before, &after] {
        let output = home.at(&sandbox, &["introspect", token]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }
    assert_eq!(hits(&sandbox.url)["rotate-keys"], 1);
    // Without an endpoint the key rotates at sign-ins and renewals.
    set(&sandbox.url, &["rotate-keys"]);
    home.sign_in(&sandbox);
    let output = home.at(&sandbox, &["refresh"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(hits(&sandbox.url)["rotate-keys"], 3);
}

#[test]
fn a_sign_in_that_is_denied_ends_without_a_session() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&["--auto-approve", "--fault", "denied"]));
    let output = home.at(&sandbox, &["login"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(stderr(&output).contains("denied"), "{}", text(&output));
    assert!(!home.session_file("default").exists());
    assert_eq!(
        (sandbox.count("authorize"), sandbox.count("token.authorization_code")),
        (1, 0)
    );
    set(&sandbox.url, &[]);
    home.sign_in(&sandbox);
}

#[test]
fn faults_also_affect_the_command_of_sandbox_run() {
    let home = Home::new();
    let script = "noesis introspect x --json; test $? = 5";
    let mut run = home.noesis(&[
        "sandbox",
        "run",
        "--fault",
        "reset@introspect",
        "--",
        "sh",
        "-c",
        script,
    ]);
    let output = run.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(error(&output)["code"], "NETWORK_ERROR");
}

#[tokio::test]
async fn a_rate_affects_evenly_spaced_requests_the_same_in_every_run() {
    for _ in 0..2 {
        let sandbox = InProcess::with(Options {
            faults: vec!["status=503,rate=0.25@introspect".parse().unwrap()],
            ..Options::default()
        })
        .await;
        let mut statuses = Vec::new();
        for _ in 0..8 {
            assert_eq!(sandbox.get(JWKS).await.status(), 200);
            let answer = sandbox.form("/oauth/introspect", &[("token", "x")]).await;
            statuses.push(answer.status().as_u16());
        }
        assert_eq!(statuses, [200, 200, 200, 503, 200, 200, 200, 503]);
    }
}

#[tokio::test]
async fn a_request_that_is_rejected_or_reset_is_counted_and_not_processed() {
    let sandbox = InProcess::new().await;
    let (access, refresh) = sandbox.sign_in("noesis-cli", "linus").await;
    let set = async |faults: &[&str]| {
        let url = format!("{}/sandbox/faults", sandbox.base);
        let body = json!({ "faults": faults }).to_string();
        let json = (header::CONTENT_TYPE, "application/json; charset=utf-8");
        let answer = sandbox
            .http
            .post(url)
            .header(json.0, json.1)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    };
    set(&["status=500@token", "reset@redeem"]).await;
    assert_eq!(sandbox.refresh("noesis-cli", &refresh).await.0, 500);
    let redeem = |wait| {
        let url = format!("{}/api/v1/activation/redeem", sandbox.base);
        let body = json!({ "code": "AXKF-M3PQ-7RBN-W2YT" }).to_string();
        let request = sandbox.http.post(url).bearer_auth(&access).timeout(wait);
        request
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
    };
    assert!(redeem(STEP_TIMEOUT).await.is_err());
    let stats = sandbox.stats().await;
    assert_eq!(
        (&stats["token.refresh_token"], &stats["redeem"]),
        (&json!(1), &json!(1))
    );
    // If the client disconnects during the latency, the request is discarded.
    set(&["latency=1h@redeem"]).await;
    assert!(redeem(Duration::from_millis(200)).await.unwrap_err().is_timeout());
    set(&[]).await;
    assert_eq!(sandbox.refresh("noesis-cli", &refresh).await.0, 200);
    assert_eq!(redeem(STEP_TIMEOUT).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_request_whose_response_is_truncated_was_processed() {
    let sandbox = InProcess::with(Options {
        faults: vec!["truncate,rate=0.5@token".parse().unwrap()],
        ..Options::default()
    })
    .await;
    // The exchange is the first request of `token`, the refresh the second, whose answer is lost with its new token.
    let (_, refresh) = sandbox.sign_in("noesis-cli", "ada").await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh),
        ("client_id", "noesis-cli"),
    ];
    let answer = sandbox.form("/oauth/token", &form).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.is_err());
    let (status, answer) = sandbox.refresh("noesis-cli", &refresh).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn the_sandboxs_own_pages_are_not_affected_by_faults_without_an_endpoint() {
    let faults = ["status=503", "reset,rate=0.5", "truncate", "latency=300ms"];
    let sandbox = InProcess::with(Options {
        faults: faults.iter().map(|spec| spec.parse().unwrap()).collect(),
        ..Options::default()
    })
    .await;
    for _ in 0..2 {
        for path in ["/", "/sandbox/stats", "/sandbox/faults", "/nothing"] {
            let answer = sandbox.get(path).await;
            assert_ne!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
            answer.text().await.unwrap();
        }
    }
    let stats: Value = serde_json::from_str(&sandbox.get("/sandbox/stats").await.text().await.unwrap()).unwrap();
    assert!(
        stats["faults"].as_object().unwrap().values().all(|count| *count == 0),
        "{stats}"
    );
    let kinds: Vec<&str> = stats["faults"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let all = [
        "latency",
        "status",
        "reset",
        "truncate",
        "slow-body",
        "rotate-keys",
        "skew",
        "denied",
    ];
    assert_eq!(kinds, all);
}

#[tokio::test]
async fn a_list_with_an_invalid_specification_is_rejected_whole_with_a_hint() {
    let sandbox = InProcess::with(Options {
        faults: vec!["latency=1ms@token".parse().unwrap()],
        ..Options::default()
    })
    .await;
    let post = async |kind: &str, body: &str| {
        let url = format!("{}/sandbox/faults", sandbox.base);
        let request = sandbox.http.post(url).header(header::CONTENT_TYPE, kind);
        super::in_process::json(request.body(body.to_owned()).send().await.unwrap()).await
    };
    let (status, answer) = post("application/json", r#"{"faults":["reset","latncy=2s@token"]}"#).await;
    assert_eq!(status, 422);
    assert_eq!(
        answer["detail"][0],
        json!({
            "type": "value_error",
            "loc": ["body", "faults", 1],
            "msg": "unknown fault `latncy`; write `latency=2s@token`",
            "input": "latncy=2s@token",
        })
    );
    let many = json!({ "faults": vec!["reset"; 101] }).to_string();
    for body in [
        "",
        "[]",
        "{",
        "{}",
        r#"{"faults":"reset"}"#,
        r#"{"faults":[1]}"#,
        r#"{"faults":null}"#,
        r#"{"faults":[],"other":1}"#,
        &many,
    ] {
        let (status, answer) = post("application/json", body).await;
        assert_eq!((status, answer["detail"].is_array()), (422, true), "{body}: {answer}");
    }
    // What a page of another origin can send without a preflight request.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "",
    ] {
        assert_eq!(post(kind, r#"{"faults":["reset"]}"#).await.0, 415, "{kind}");
    }
    let faults = sandbox.get("/sandbox/faults").await.text().await.unwrap();
    assert_eq!(faults, r#"{"faults":["latency=1ms@token"]}"#);
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_set_faults() {
    let sandbox = InProcess::new().await;
    let url = format!("{}/sandbox/faults", sandbox.base);
    let preflight = sandbox
        .http
        .request(reqwest::Method::OPTIONS, &url)
        .header(header::ORIGIN, "https://evil.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 405);
    assert!(
        !preflight
            .headers()
            .keys()
            .any(|name| name.as_str().starts_with("access-control-"))
    );
    let renamed = sandbox
        .http
        .post(&url)
        .header(header::HOST, "evil.example")
        .header(header::CONTENT_TYPE, "application/json")
        .body(r#"{"faults":["reset"]}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(renamed.status(), 421);
    assert_eq!(
        sandbox.get("/sandbox/faults").await.text().await.unwrap(),
        r#"{"faults":[]}"#
    );
}

#[test]
fn an_invalid_specification_on_the_command_line_is_a_usage_error_with_a_hint() {
    let home = Home::new();
    for command in [&["serve"][..], &["run", "--", "true"]] {
        let (first, rest) = command.split_first().unwrap();
        let mut program = home.noesis(&["--json", "sandbox", first, "--fault", "latncy=2s@tokn"]);
        let output = program.args(rest).output().unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{}",
            text(&output)
        );
        let error = error(&output);
        assert_eq!(error["code"], "USAGE");
        assert_eq!(error["message"], "`--fault latncy=2s@tokn`: unknown fault `latncy`");
        assert_eq!(error["hint"], "write `latency=2s@token`");
    }
}

#[test]
fn the_help_lists_the_endpoints_that_a_fault_can_name() {
    let home = Home::new();
    let help = stdout(&home.noesis(&["sandbox", "serve", "--help"]).output().unwrap());
    let hint = "reset@x".parse::<Fault>().unwrap_err().hint().to_owned();
    let names = hint.strip_prefix("choose from ").unwrap();
    let (first, last) = names.rsplit_once(", ").unwrap();
    let words: Vec<_> = help.split_whitespace().collect();
    let listed = format!("ENDPOINT is {first} or {last};");
    assert!(words.join(" ").contains(&listed), "{listed}");
}
