//! What `introspect --batch` and `verify --batch` share: the summary, `--fail-fast`, `--deadline` and `--format junit`.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::jwt::{SECRET, claims, hs256};
use crate::support::server::{Gate, Request, Response, Server};
use crate::support::{Home, error, has, now, stderr, stdout, text, with_input};

/// Answers by what is in the body of the request.
fn answer(request: &Request) -> Response {
    match &request.body {
        body if body.contains("token=no") => ("200 OK", r#"{"active":false}"#.into()),
        body if body.contains("token=down") => ("503 Service Unavailable", r#"{"detail":"<&>\"'\u0000"}"#.into()),
        _ => ("200 OK", json!({"active": true}).to_string()),
    }
}

/// Both commands, each with a token that is accepted, one that is refused, and a line that fails.
struct Both {
    home: Home,
    server: Server,
}

impl Both {
    fn new() -> Self {
        let home = Home::new();
        std::fs::write(home.path().join("secret"), SECRET).unwrap();
        Self {
            home,
            server: Server::new(answer),
        }
    }

    fn command(&self, name: &str, args: &[&str]) -> Command {
        let mut command = self.home.noesis(&[name, "--batch", "-"]);
        match name {
            "introspect" => command.args(["--base-url", &self.server.url]),
            _ => command.args(["--hs256-secret-file", "secret"]),
        };
        command.args(args);
        command
    }

    fn run(&self, name: &str, args: &[&str], lines: &[String]) -> Output {
        with_input(&mut self.command(name, args), lines.join("\n"))
    }
}

fn yes(name: &str) -> String {
    match name {
        "introspect" => "yes".into(),
        _ => signed("HS256"),
    }
}

fn no(name: &str) -> String {
    match name {
        "introspect" => "no".into(),
        _ => signed("<&>\"'\u{1}\u{1bca0}\u{fffe}"),
    }
}

fn signed(algorithm: &str) -> String {
    let claims = claims(json!({"iat": 1, "exp": now() + 3600}));
    hs256(SECRET, &json!({"alg": algorithm}).to_string(), &claims)
}

/// A line that fails in both.
fn failing() -> String {
    "x".repeat(64 * 1024 + 1)
}

const COMMANDS: [&str; 2] = ["introspect", "verify"];

#[test]
fn a_batch_ends_with_a_summary_on_standard_error() {
    let both = Both::new();
    for (name, words) in [("introspect", ["active", "inactive"]), ("verify", ["valid", "invalid"])] {
        let lines = [yes(name), yes(name), String::new(), no(name), failing()];
        let summary = format!("2 {}, 1 {}, 1 failed\n", words[0], words[1]);
        let output = both.run(name, &[], &lines);
        let said = stderr(&output);
        assert!(
            said.starts_with("4 tokens in ") && said.contains(" a second): "),
            "{said}"
        );
        assert!(said.ends_with(&summary) && said.lines().count() == 1, "{said}");
        let verbose = stderr(&both.run(name, &["--json", "-v"], &lines));
        assert!(verbose.contains(&summary), "{verbose}");
        for silent in ["--quiet", "--json"] {
            let output = both.run(name, &[silent], &lines);
            assert_eq!(
                (output.status.code(), stderr(&output).as_str()),
                (Some(1), ""),
                "{name}"
            );
            assert_eq!(stdout(&output).lines().count(), 4);
        }
        let none = both.run(name, &["--allow-empty"], &[String::new()]);
        let nothing = format!("0 {}, 0 {}, 0 failed\n", words[0], words[1]);
        assert!(stderr(&none).ends_with(&nothing), "{}", text(&none));
    }
    let with_tool = both.run("introspect", &["--tool", "ocr"], &["yes".into()]);
    assert!(
        stderr(&with_tool).ends_with("0 with access, 1 without, 0 failed\n"),
        "{}",
        text(&with_tool)
    );
}

#[test]
fn with_fail_fast_the_first_line_that_is_no_success_is_the_last() {
    let both = Both::new();
    for name in COMMANDS {
        let many = |last: String| [vec![yes(name); 150], vec![last], vec![yes(name), no(name), failing()]].concat();
        for (line, exit) in [(no(name), 3), (failing(), 1)] {
            let output = both.run(name, &["--fail-fast"], &many(line));
            assert_eq!(output.status.code(), Some(exit), "{name}: {}", stderr(&output));
            assert_eq!(stdout(&output).lines().count(), 151, "{name}");
        }
        let all = both.run(name, &["--fail-fast"], &vec![yes(name); 151]);
        assert_eq!(
            (all.status.code(), stdout(&all).lines().count()),
            (Some(0), 151),
            "{name}"
        );
    }
}

#[test]
fn at_the_deadline_what_is_checked_is_printed_and_the_exit_status_is_5() {
    let both = Both::new();
    for name in COMMANDS {
        let mut child = both
            .command(name, &["--deadline", "1s", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The input stays open: only the deadline ends the run.
        writeln!(stdin, "{}\n{}", yes(name), no(name)).unwrap();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        assert_eq!(output.status.code(), Some(5), "{name}: {}", text(&output));
        assert_eq!(stdout(&output).lines().count(), 2, "{name}");
        let error = error(&output);
        assert_eq!(error["code"], "NETWORK_ERROR");
        let said = "the batch did not end within 1 second: 2 lines were checked, the rest not";
        assert_eq!((&error["message"], &error["retryable"]), (&json!(said), &json!(true)));
    }
}

#[test]
fn at_the_deadline_requests_under_way_are_given_up() {
    let (home, gate) = (Home::new(), Gate::default());
    let held = gate.clone();
    let server = Server::new(move |request| {
        if request.body.contains("token=held") {
            held.pass();
        }
        answer(request)
    });
    let args = [
        "introspect",
        "--batch",
        "-",
        "--deadline",
        "1s",
        "--base-url",
        &server.url,
    ];
    let output = with_input(&mut home.noesis(&args), "a\nheld\nb\n");
    gate.open();
    assert_eq!(
        (output.status.code(), stdout(&output).lines().count()),
        (Some(5), 1),
        "{}",
        text(&output)
    );
}

#[test]
fn a_junit_document_has_a_test_case_a_line_and_no_token() {
    let both = Both::new();
    for name in COMMANDS {
        let lines = [yes(name), String::new(), no(name), failing()];
        let output = both.run(name, &["--format", "junit", "--quiet"], &lines);
        assert_eq!(
            (output.status.code(), stderr(&output).as_str()),
            (Some(1), ""),
            "{name}"
        );
        let document = stdout(&output);
        assert!(
            document.contains(r#" tests="3" failures="1" errors="1" "#),
            "{document}"
        );
        assert_eq!(document.matches("<testcase ").count(), 3);
        for case in [
            r#"name="line 1" time="#,
            r#"name="line 3" time="#,
            r#"name="line 4" time="#,
        ] {
            assert!(document.contains(case), "{document}");
        }
        assert!(
            document.contains("<failure type=") && document.contains("<error type=\"IO_ERROR\""),
            "{document}"
        );
        for token in &lines[..3] {
            assert!(token.len() < 4 || !document.contains(token.as_str()), "{document}");
        }
        let hostile = |c: char| (c.is_control() && c != '\n') || c == '\u{fffe}' || c == '\u{1bca0}';
        assert!(!document.contains(hostile), "{document}");
        is_valid(&both.home, &document);
        let empty = both.run(name, &["--format", "junit", "--allow-empty"], &[]);
        is_valid(&both.home, &stdout(&empty));
        let stopped = both.run(name, &["--format", "junit", "--fail-fast"], &[no(name), yes(name)]);
        assert!(
            stdout(&stopped).contains(r#" tests="1" failures="1" "#),
            "{}",
            text(&stopped)
        );
        is_valid(&both.home, &stdout(&stopped));
        let both_formats = both.run(name, &["--format", "junit", "--json"], &lines);
        assert_eq!(
            (both_formats.status.code(), stdout(&both_formats).as_str()),
            (Some(2), "")
        );
    }
    let refused = both.run("introspect", &["--format", "junit"], &["down".into()]);
    assert!(
        stdout(&refused).contains("&lt;&amp;&gt;&quot;&apos;\\u{0}"),
        "{}",
        text(&refused)
    );
    is_valid(&both.home, &stdout(&refused));
}

/// Validates a document by the schema of the formats that JUnit documents are read in.
fn is_valid(home: &Home, document: &str) {
    if !has("xmllint") {
        return;
    }
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/commands/junit.xsd");
    let output = with_input(
        home.command("xmllint").args(["--noout", "--schema", schema, "-"]),
        document,
    );
    assert!(output.status.success(), "{}{document}", text(&output));
}

#[test]
fn n5_n6_a_question_is_repeated_after_the_time_that_the_server_names() {
    let home = Home::new();
    let flaky = |status: &'static str, failures: usize| {
        let requests = std::sync::atomic::AtomicUsize::new(0);
        Server::new(
            move |request| match requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < failures {
                true => (status, "{}".into()),
                false => answer(request),
            },
        )
    };
    let run = |server: &Server, retry: &str| {
        let args = [
            "introspect",
            "yes",
            "--json",
            "--retry",
            retry,
            "--base-url",
            &server.url,
        ];
        let started = Instant::now();
        let output = home.noesis(&args).output().unwrap();
        (output.status.code(), server.requests(), started.elapsed())
    };
    for status in [
        "429 Too Many Requests\r\nretry-after: 2",
        "503 Service Unavailable\r\nretry-after: 2",
    ] {
        let server = flaky(status, 1);
        let (exit, requests, took) = run(&server, "1");
        assert_eq!((exit, requests), (Some(0), 2), "{status}");
        assert!(took >= Duration::from_secs(2), "{took:?}");
    }
    // Without a time it backs off by itself; what no repetition changes is not repeated.
    for (status, failures, retry, exit, requests, least) in [
        ("503 Service Unavailable", 2, "2", 0, 3, 3),
        ("503 Service Unavailable", 9, "1", 5, 2, 1),
        ("503 Service Unavailable", 9, "0", 5, 1, 0),
        ("429 Too Many Requests\r\nretry-after: 0", 3, "3", 0, 4, 0),
        ("429 Too Many Requests\r\nretry-after: 301", 1, "3", 5, 1, 0),
        ("401 Unauthorized", 9, "3", 1, 1, 0),
        ("400 Bad Request", 9, "3", 1, 1, 0),
    ] {
        let server = flaky(status, failures);
        let (code, request, took) = run(&server, retry);
        assert_eq!((code, request), (Some(exit), requests), "{status} --retry {retry}");
        assert!(took >= Duration::from_secs(least), "{status}: {took:?}");
    }
    let unreachable = home
        .noesis(&[
            "introspect",
            "yes",
            "--retry",
            "1",
            "--base-url",
            "http://127.0.0.1:1",
            "-v",
        ])
        .output()
        .unwrap();
    assert_eq!(unreachable.status.code(), Some(5));
    assert_eq!(
        stderr(&unreachable).matches("/oauth/introspect").count(),
        2,
        "{}",
        text(&unreachable)
    );
}

#[test]
fn n5_all_requests_of_a_batch_wait_for_the_time_that_the_server_names() {
    let home = Home::new();
    let (first, early) = (
        std::sync::Mutex::new(None::<Instant>),
        std::sync::Arc::new(std::sync::Mutex::new(0)),
    );
    let counted = early.clone();
    let server = Server::new(move |request| {
        let mut first = first.lock().unwrap();
        match *first {
            None => {
                *first = Some(Instant::now());
                ("429 Too Many Requests\r\nretry-after: 2", "{}".into())
            }
            Some(at) => {
                if at.elapsed() < Duration::from_secs(2) {
                    *counted.lock().unwrap() += 1;
                }
                answer(request)
            }
        }
    });
    let args = [
        "introspect",
        "--batch",
        "-",
        "--retry",
        "1",
        "--jobs",
        "2",
        "--base-url",
        &server.url,
    ];
    let lines = vec!["yes"; 40].join("\n");
    let output = with_input(&mut home.noesis(&args), lines);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let lines: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 40);
    // Only what was under way when the server request to wait came earlier.
    let early = *early.lock().unwrap();
    assert!(early <= 2, "{early} requests came before their time");
}
