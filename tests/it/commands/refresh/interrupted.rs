//! Interrupted refreshes: the platform has used up the refresh token, and its answer is lost. The next
//! run says so, `status` names it, and what never left this machine or was plainly refused is not taken for it.

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::raw::{Raw, json};
use crate::support::session::signed_in_at;
use crate::support::{Home, document, error, text};

/// A platform that takes a refresh token once: the first time it runs the script, after that the token is reused.
fn platform(first: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Raw {
    let spent = AtomicBool::new(false);
    Raw::acting(move |stream| {
        if spent.swap(true, Ordering::SeqCst) {
            let _ = stream.write_all(json("400 Bad Request", r#"{"error":"invalid_grant"}"#).as_bytes());
        } else {
            first(stream);
        }
    })
}

/// What `status` says of a renewal that was interrupted.
fn interrupted_at(home: &Home) -> Option<i64> {
    let output = home.noesis(&["status", "--json"]).output().unwrap();
    document(&output)["interrupted_at"].as_i64()
}

/// The next run meets a platform that does not take the token again, and explains it.
fn assert_reported(home: &Home) {
    let session = home.session();
    let at = interrupted_at(home).expect("`status` names the renewal");
    assert!((crate::support::now() - at).abs() < 60);
    let shown = text(&home.noesis(&["status"]).output().unwrap());
    assert!(
        shown.contains("INTERRUPTED") && shown.contains("run `noesis login`"),
        "{shown}"
    );
    assert_eq!(home.session(), session, "`status` changes nothing");

    let output = home.noesis(&["token", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    let error = error(&output);
    assert_eq!(error["code"], "LOGIN_REQUIRED");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("the refresh of profile `default` was interrupted: it began "),
        "{message}"
    );
    assert_eq!(error["hint"], "run `noesis login`");
    // It is reported once: then there is no session.
    let output = home.noesis(&["token", "--json"]).output().unwrap();
    assert_eq!(
        crate::support::error(&output)["message"],
        "not signed in (profile `default`)"
    );
}

#[cfg(unix)]
#[test]
fn s5_a_refresh_killed_before_its_store_is_reported_by_the_next_command() {
    // The platform has renewed the session when the process is killed, which never sees the answer.
    static CHILD: Mutex<Option<u32>> = Mutex::new(None);
    let server = platform(|stream| {
        let child = CHILD.lock().unwrap().expect("the child was started");
        let pid = rustix::process::Pid::from_raw(i32::try_from(child).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        let answer = r#"{"access_token":"new","refresh_token":"next","expires_in":900}"#;
        let _ = stream.write_all(json("200 OK", answer).as_bytes());
    });
    let home = signed_in_at(&server.url, -1);
    let mut started = CHILD.lock().unwrap();
    let mut child = home
        .noesis(&["token"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    *started = Some(child.id());
    drop(started);
    assert_eq!(child.wait().unwrap().code(), None, "it was killed");
    assert_eq!(home.session()["access_token"], "old");
    assert_reported(&home);
}

#[test]
fn s5_a_refresh_whose_answer_was_cut_off_is_reported_by_the_next_command() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"access_token\":";
    let html = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n<html></html>";
    let gateway = json("504 Gateway Timeout", "{}");
    for answer in ["", cut, html, &gateway] {
        let answer = answer.to_owned();
        let server = platform(move |stream| {
            let _ = stream.write_all(answer.as_bytes());
        });
        let home = signed_in_at(&server.url, -1);
        let output = home.noesis(&["token"]).output().unwrap();
        assert!(matches!(output.status.code(), Some(1 | 5)), "{}", text(&output));
        assert_reported(&home);
    }
}

#[test]
fn s5_a_refresh_that_was_not_sent_or_was_refused_is_not_reported_as_interrupted() {
    let home = signed_in_at("http://127.0.0.1:1", -1);
    let output = home.noesis(&["token"]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert_eq!(interrupted_at(&home), None);

    let busy = Raw::json("429 Too Many Requests", "{}");
    let home = signed_in_at(&busy.url, -1);
    let output = home.noesis(&["token"]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert_eq!(interrupted_at(&home), None);

    let ended = Raw::json("400 Bad Request", r#"{"error":"invalid_grant"}"#);
    let home = signed_in_at(&ended.url, -1);
    let output = home.noesis(&["token", "--json"]).output().unwrap();
    let message = error(&output)["message"].to_string();
    assert!(message.contains("the platform has ended the session"), "{message}");
}

#[test]
fn s5_an_interrupted_refresh_is_forgotten_after_one_that_succeeds() {
    // This platform takes a refresh token as often as it comes.
    let first = AtomicBool::new(true);
    let server = Raw::acting(move |stream| {
        if !first.swap(false, Ordering::SeqCst) {
            let answer = json("200 OK", r#"{"access_token":"new","expires_in":900}"#);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let home = signed_in_at(&server.url, -1);
    assert_eq!(home.noesis(&["token"]).output().unwrap().status.code(), Some(5));
    assert!(interrupted_at(&home).is_some());
    let output = home.noesis(&["token"]).output().unwrap();
    assert_eq!(text(&output), "new\n");
    assert_eq!(interrupted_at(&home), None);
}
