//! `noesis introspect --batch`: a stream of tokens in, a stream of answers out, in the same order and in little memory.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::pending_login::STEP_TIMEOUT;
#[cfg(unix)]
use crate::support::pty::Terminal;
use crate::support::raw::{Raw, length, read_body, read_head};
use crate::support::server::{Gate, Request, Response, Server};
use crate::support::session::signed_in_at;
use crate::support::with_input;
use crate::support::{Home, stderr, stdout, text, within};

/// The token that a request is about.
fn token_of(request: &Request) -> String {
    let pairs = url::form_urlencoded::parse(request.body.as_bytes());
    pairs
        .into_iter()
        .find(|(name, _)| name == "token")
        .unwrap()
        .1
        .into_owned()
}

/// Answers by what the token is called.
fn answer(request: &Request) -> Response {
    match token_of(request).as_str() {
        token if token.starts_with("no") => ("200 OK", r#"{"active":false}"#.into()),
        token if token.starts_with("down") => ("503 Service Unavailable", "{}".into()),
        token if token.starts_with("bad") => ("200 OK", "<html>".into()),
        token => ("200 OK", json!({"active": true, "sub": token}).to_string()),
    }
}

fn batch(home: &Home, server: &Server, jobs: usize) -> Command {
    let mut command = home.noesis(&["introspect", "--batch", "-", "--base-url", &server.url]);
    command.args(["--jobs", &jobs.to_string()]);
    command
}

fn lines(output: &std::process::Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn answers_keep_the_order_of_the_lines_when_the_first_is_late() {
    let (home, gate) = (Home::new(), Gate::default());
    let passed = gate.clone();
    let server = Server::new(move |request| {
        match token_of(request).as_str() {
            "first" => passed.pass(),
            "third" => passed.open(),
            _ => {}
        }
        answer(request)
    });
    let output = with_input(
        &mut batch(&home, &server, 4),
        b"first\nBearer second\r\nthird\nno-fourth\n",
    );
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    let lines = lines(&output);
    let subs: Vec<_> = lines.iter().map(|line| line["sub"].as_str()).collect();
    assert_eq!(subs, [Some("first"), Some("second"), Some("third"), None]);
    let numbers: Vec<_> = lines.iter().map(|line| line["line"].as_i64()).collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(lines[3], json!({"line": 4, "active": false}));
}

#[test]
fn a_failed_line_is_an_error_on_its_line_and_the_rest_goes_on() {
    let (home, server) = (Home::new(), Server::new(answer));
    let input = b"a\n\n\xff\xfe\ndown\nbad\nno\nlast";
    let mut command = batch(&home, &server, 2);
    let output = with_input(command.args(["--tool", "7"]), input);
    let lines = lines(&output);
    let said: Vec<String> = lines
        .iter()
        .map(|line| {
            line["error"]["code"]
                .as_str()
                .map_or_else(|| line["active"].to_string(), str::to_owned)
        })
        .collect();
    assert_eq!(
        said,
        ["true", "IO_ERROR", "TOKEN_INVALID", "INVALID_RESPONSE", "false", "true"]
    );
    let numbers: Vec<_> = lines.iter().map(|line| line["line"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 3, 4, 5, 6, 7], "as the file counts them");
    assert_eq!(lines[2]["error"]["retryable"], true);
    assert_eq!(
        lines[5]["access"],
        json!({"tool_id": "7", "granted": false, "expires_at": null, "reason": "missing"})
    );
    // The lowest status of the failures.
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}

#[test]
fn the_exit_status_is_that_of_the_worst_line() {
    let (home, server) = (Home::new(), Server::new(answer));
    for (input, exit) in [
        ("", 2),
        ("\n \r\n\n", 2),
        ("a\n\nb\n", 0),
        ("a\n\nno\n", 3),
        ("no\ndown\na\n", 5),
        ("down\na\nno\n", 5),
        ("bad\ndown\n", 1),
        ("down\nno\nbad\n", 1),
    ] {
        let output = with_input(&mut batch(&home, &server, 2), input.as_bytes());
        assert_eq!(output.status.code(), Some(exit), "{input:?}: {}", text(&output));
    }
    let too_long = "x".repeat(64 * 1024 + 1) + "\nno\n";
    let output = with_input(&mut batch(&home, &server, 2), too_long.as_bytes());
    assert_eq!((output.status.code(), lines(&output).len()), (Some(1), 2));
    let output = with_input(batch(&home, &server, 2).arg("--allow-empty"), b"\n");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""));
    let missing = home
        .noesis(&["introspect", "--batch", "no-such-file", "--json"])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1), "{}", text(&missing));
    for args in [
        &["introspect", "--jobs", "4"][..],
        &["introspect", "--batch", "-", "--jobs", "0"],
    ] {
        assert_eq!(home.noesis(args).output().unwrap().status.code(), Some(2));
    }
}

#[test]
fn there_are_as_many_requests_at_once_as_jobs_over_kept_connections() {
    for jobs in [1, 5] {
        let (gate, waiting) = (Gate::default(), Arc::new(AtomicUsize::new(0)));
        let home = Home::new();
        let server = Server::new(move |request| {
            // No request is answered before as many as allowed have arrived.
            if waiting.fetch_add(1, Ordering::SeqCst) + 1 >= jobs {
                gate.open();
            }
            gate.pass();
            answer(request)
        });
        let input: String = (0..200).map(|number| format!("t{number}\n")).collect();
        let output = with_input(&mut batch(&home, &server, jobs), input.as_bytes());
        assert_eq!(
            (output.status.code(), lines(&output).len()),
            (Some(0), 200),
            "{}",
            stderr(&output)
        );
        assert_eq!(server.most_at_once(), jobs);
        assert_eq!(server.requests(), 200);
        assert!(server.connections() <= jobs, "{} connections", server.connections());
    }
}

/// The most memory that a process has had, in KiB.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Feeds so many lines, and finds that the answers after the first tenth took no more memory than those before.
fn constant_memory(count: usize, limit: Duration) {
    let (home, server) = (Home::new(), Server::new(answer));
    let mut command = batch(&home, &server, 8);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let gate = Gate::default();
    let done = gate.clone();
    let feeder = std::thread::spawn(move || {
        // As long as tokens are.
        let tail = "x".repeat(800);
        for number in 0..count {
            writeln!(stdin, "t{number}-{tail}").unwrap();
        }
        // The input stays open, so that the process is there to be looked at.
        done.pass_within(limit);
    });
    let mut early = 0;
    for number in 1..=count {
        let mut line = String::new();
        assert!(
            stdout.read_line(&mut line).unwrap() > 0,
            "the answers end at line {number}"
        );
        assert!(
            line.starts_with(&format!("{{\"line\":{number},\"active\":true,")),
            "{line}"
        );
        if number == count / 10 {
            early = peak(&child);
        }
    }
    let late = peak(&child);
    gate.open();
    feeder.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert!(
        late < early + 4096 && late < 64 * 1024,
        "{early} KiB after a tenth, {late} KiB after all"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn n2_ten_thousand_lines_take_no_more_memory_than_a_thousand() {
    constant_memory(10_000, 3 * STEP_TIMEOUT);
}

#[test]
#[ignore = "a minute or two"]
#[cfg(target_os = "linux")]
fn n2_a_hundred_thousand_lines_take_no_more_memory_than_ten_thousand() {
    constant_memory(100_000, 20 * STEP_TIMEOUT);
}

#[test]
#[cfg(unix)]
fn x2_ctrl_c_ends_after_the_lines_already_answered() {
    let (home, gate) = (Home::new(), Gate::default());
    let held = gate.clone();
    let server = Server::new(move |request| {
        if token_of(request).starts_with("held") {
            held.pass();
        }
        answer(request)
    });
    let mut command = batch(&home, &server, 4);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"a\nb\nno\nheld\nafter\nheld too\n").unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut answered = String::new();
    for _ in 0..3 {
        reader.read_line(&mut answered).unwrap();
    }
    within(STEP_TIMEOUT, "the requests that are held", || server.requests() == 6);
    let process = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    std::io::Read::read_to_string(&mut reader, &mut answered).unwrap();
    let output = child.wait_with_output().unwrap();
    gate.open();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.ends_with(": 2 active, 1 inactive, 0 failed\nerror: interrupted\n"),
        "{said}"
    );
    let numbers: Vec<Value> = answered
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["line"].clone())
        .collect();
    assert_eq!(numbers, [1, 2, 3], "whole lines, and none that was not answered");
}

#[cfg(unix)]
#[test]
fn progress_is_shown_on_a_terminal_and_nowhere_else() {
    let (home, gate) = (Home::new(), Gate::default());
    let held = gate.clone();
    let server = Server::new(move |request| {
        if token_of(request) == "held" {
            held.pass();
        }
        answer(request)
    });
    let input: String = (0..50).map(|number| format!("t{number}\n")).collect::<String>() + "held\n";
    std::fs::write(home.path().join("tokens"), &input).unwrap();
    let mut command = home.noesis(&["introspect", "--batch", "tokens", "--base-url", &server.url]);
    // A busy machine may take its time to show something.
    command.args(["--timeout", "1m"]);
    let mut redirected = home.command("sh");
    redirected
        .args(["-c", "exec \"$0\" \"$@\" > answers"])
        .arg(command.get_program())
        .args(command.get_args());
    let mut terminal = Terminal::start(&home, &redirected, 80);
    terminal.expect(" token");
    gate.open();
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    let answers = std::fs::read_to_string(home.path().join("answers")).unwrap();
    assert_eq!(answers.lines().count(), 51);
    let piped = command.arg("--quiet").output().unwrap();
    assert_eq!((piped.status.code(), stderr(&piped).as_str()), (Some(0), ""));
}

/// A server that answers one request on each connection, keeps it, and closes it when the next one has come.
fn closing_server() -> Raw {
    Raw::serving(|stream, keep| {
        let mut answered = false;
        loop {
            let head = read_head(stream);
            if head.is_empty() {
                return;
            }
            let body = read_body(stream, length(&head));
            keep(body);
            if answered {
                return;
            }
            answered = true;
            let answer = json!({
                "active": true, "tool_id": "ocr", "tool_name": "OCR", "duration_days": 30,
                "expires_at": "2099-01-01T00:00:00Z", "token_refresh_required": false,
            })
            .to_string();
            let length = answer.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{answer}"
            );
        }
    })
}

#[test]
fn n6_every_line_of_a_batch_succeeds_where_the_server_closes_kept_connections() {
    let (home, server) = (Home::new(), closing_server());
    for jobs in ["1", "8"] {
        let input: String = (0..200).map(|number| format!("t{number}\n")).collect();
        let args = ["introspect", "--batch", "-", "--jobs", jobs, "--base-url", &server.url];
        let output = with_input(&mut home.noesis(&args), input);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let active = lines(&output).iter().filter(|line| line["active"] == true).count();
        assert_eq!(active, 200, "{}", stderr(&output));
    }
    assert!(server.requests().len() > 400, "some were sent again");
}

#[test]
fn n6_no_code_is_sent_again_where_the_server_closes_kept_connections() {
    let server = closing_server();
    let home = signed_in_at(&server.url, 900);
    let codes: Vec<String> = (0..20)
        .map(|number| format!("AXKF-M3PQ-7RBN-{:04}", 2000 + number))
        .collect();
    with_input(&mut home.noesis(&["redeem", "-"]), codes.join("\n"));
    let requests = server.requests();
    for code in &codes {
        let sent = requests.iter().filter(|body| body.contains(code.as_str())).count();
        assert!(sent <= 1, "{code} was sent {sent} times");
    }
    assert!(requests.len() >= 20, "{}", requests.len());
}
