//! `noesis login` as a process: the rules of a sign-in (L1 to L10) from outside, with the user simulated over raw HTTP.

mod browser;
#[cfg(unix)]
mod environment;
#[cfg(unix)]
mod terminal;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::json;
use url::Url;

use crate::support::pending_login::{PendingLogin, STEP_TIMEOUT, browser, decide, exchange, parameter};
use crate::support::raw::{self, Raw};
use crate::support::{Home, NOESIS, Sandbox, document, error, get, stderr, text, until, within};

/// A sandbox where the user has to decide.
fn undecided() -> Sandbox {
    Sandbox::with(&[])
}

fn is_success(page: &str) -> bool {
    page.starts_with("HTTP/1.1 200 ") && page.contains("You are signed in")
}

fn is_failure(page: &str) -> bool {
    page.starts_with("HTTP/1.1 400 ") && page.contains("The sign-in failed")
}

/// Whether nothing listens on the port of a redirect URI.
fn refuses(redirect_uri: &str) -> bool {
    let url: Url = redirect_uri.parse().unwrap();
    TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).is_err()
}

#[test]
fn the_user_chosen_on_the_consent_page_is_signed_in() {
    let (home, sandbox) = (Home::new(), undecided());
    let login = PendingLogin::at(&home, &sandbox, &["--json"]);
    let redirected = decide(&login.url(), "grace", "approve");
    assert!(is_success(&get(&redirected)));
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(document(&output)["sub"], "grace");
}

#[test]
fn a_denied_sign_in_is_reported_in_the_terminal_and_in_the_browser() {
    let (home, sandbox) = (Home::new(), undecided());
    let login = PendingLogin::at(&home, &sandbox, &["--json"]);
    let redirected = decide(&login.url(), "ada", "deny");
    assert!(is_failure(&get(&redirected)));
    let output = login.end();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let error = error(&output);
    assert_eq!(error["code"], "TOKEN_INVALID");
    assert!(
        error["message"].as_str().unwrap().contains("`access_denied`"),
        "{error}"
    );
    assert_eq!(error["retryable"], false);
    assert!(!home.session_file("default").exists());
    assert_eq!(sandbox.count("token"), 0, "there was nothing to exchange");
}

#[test]
fn a_sign_in_that_nobody_completes_times_out() {
    let (home, sandbox) = (Home::new(), undecided());
    let output = PendingLogin::at(&home, &sandbox, &["--json", "--wait", "300ms"]).end();
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    let error = error(&output);
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("NETWORK_ERROR"), &json!(true))
    );
    assert!(
        error["message"].as_str().unwrap().contains("within 0.3 seconds"),
        "{error}"
    );
    assert!(error["hint"].as_str().unwrap().contains("`--wait 15m`"), "{error}");
}

#[test]
fn l1_the_redirect_uri_is_that_of_the_socket_that_was_bound() {
    let (home, sandbox) = (Home::new(), undecided());
    let login = PendingLogin::at(&home, &sandbox, &[]);
    let uri = login.parameter("redirect_uri");
    let port = uri
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/callback"));
    assert_ne!(port.unwrap().parse::<u16>().unwrap(), 0);
    assert!(
        get(&uri).starts_with("HTTP/1.1 400 "),
        "it answers, and not to everybody"
    );
    assert!(
        TcpListener::bind(("127.0.0.1", port.unwrap().parse().unwrap())).is_err(),
        "it is taken"
    );
}

#[test]
fn l1_a_port_can_be_chosen_and_one_in_use_is_named() {
    let (home, sandbox) = (Home::new(), undecided());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = PendingLogin::at(&home, &sandbox, &["--json", "--port", &port]).end();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let error = error(&output);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains(&format!("cannot listen on `127.0.0.1:{port}`")),
        "{message}"
    );
    assert!(error["hint"].as_str().unwrap().contains("`--port`"), "{error}");

    // Other tests take ports as well; one that was free a moment ago may be gone.
    drop(taken);
    let chosen = (0..20).find_map(|_| {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut login = PendingLogin::at(&home, &sandbox, &["--port", &free.to_string()]);
        let mut waits = false;
        within(STEP_TIMEOUT, "a wait or an end", || {
            waits = login.shown().contains("waiting for the sign-in");
            waits || login.has_ended().is_some()
        });
        waits.then(|| (free, login.parameter("redirect_uri")))
    });
    let (free, uri) = chosen.unwrap();
    assert_eq!(uri, format!("http://127.0.0.1:{free}/callback"));
}

#[test]
fn l1_localhost_is_used_when_chosen_and_then_on_both_families() {
    let (home, sandbox) = (Home::new(), undecided());
    let login = PendingLogin::at(&home, &sandbox, &["--redirect-uri", "http://localhost/cb"]);
    let uri: Url = login.parameter("redirect_uri").parse().unwrap();
    assert_eq!((uri.host_str(), uri.path()), (Some("localhost"), "/cb"));
    let port = uri.port().unwrap();
    let request = format!("GET /cb HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n");
    assert!(exchange(&format!("127.0.0.1:{port}"), &request).starts_with("HTTP/1.1 400 "));
    if TcpListener::bind("[::1]:0").is_ok() {
        assert!(exchange(&format!("[::1]:{port}"), &request).starts_with("HTTP/1.1 400 "));
    }
}

#[test]
fn l2_the_challenge_is_s256_and_fresh_and_the_verifier_is_nowhere_but_in_the_exchange() {
    let home = Home::new();
    let platform = Raw::json("200 OK", r#"{"access_token":"a","refresh_token":"r","expires_in":900}"#);
    let mut challenges = Vec::new();
    for _ in 0..2 {
        let mut command = home.noesis(&["login", "-v", "--no-browser", "--client-id", "c"]);
        let login = PendingLogin::start(command.args(["--base-url", &platform.url]));
        let url = login.url();
        assert_eq!(parameter(&url, "code_challenge_method"), "S256");
        let challenge = parameter(&url, "code_challenge");
        assert!(is_success(&get(&login.answer("code=abc"))));
        let output = login.end();
        let exchange = platform.requests().pop().unwrap();
        let body = exchange.split("\r\n\r\n").nth(1).unwrap();
        let sent = Url::parse(&format!("http://x/?{body}")).unwrap();
        let verifier = parameter(&sent, "code_verifier");
        assert!(verifier.len() >= 43, "256 bits");
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
        assert_eq!(hash, challenge);
        assert!(!text(&output).contains(&verifier), "{}", text(&output));
        challenges.push(challenge);
    }
    assert_ne!(challenges[0], challenges[1]);
    assert!(platform.requests().iter().all(|request| request.starts_with("POST ")));
}

#[test]
fn l3_a_forged_state_does_not_end_the_wait_nor_does_any_flood() {
    let (home, sandbox) = (Home::new(), undecided());
    let mut login = PendingLogin::at(&home, &sandbox, &[]);
    let uri: Url = login.parameter("redirect_uri").parse().unwrap();
    let authority = uri.authority().to_owned();
    for forged in [
        "",
        "?",
        "?code=a",
        "?error=access_denied",
        "?code=a&state=",
        "?code=a&code=b&state=guess",
    ] {
        assert!(get(&format!("{uri}{forged}")).starts_with("HTTP/1.1 400 "), "{forged}");
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for guess in 0..1250 {
                    let answer = get(&format!("{uri}?code=a&state={guess}"));
                    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
                }
            });
        }
    });
    resets(&authority, 800);
    let idle: Vec<_> = (0..32).map(|_| TcpStream::connect(&authority).unwrap()).collect();
    assert_eq!(login.has_ended(), None);

    assert!(is_success(&get(&decide(&login.url(), "ada", "approve"))));
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains("panicked"), "{}", text(&output));
    assert_eq!(stderr(&output).lines().count(), 3, "no noise: {}", text(&output));
    drop(idle);
}

/// Connections that send a request and are reset at once (SO_LINGER 0).
fn resets(authority: &str, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        for _ in 0..count {
            let stream = tokio::net::TcpStream::connect(authority).await.unwrap();
            stream.set_zero_linger().unwrap();
            stream.writable().await.unwrap();
            let _ = stream.try_write(b"GET /callback?code=a&state=b HTTP/1.1\r\nhost: x\r\n\r\n");
        }
    });
}

#[test]
fn l5_an_answer_that_contradicts_itself_or_comes_from_elsewhere_is_refused() {
    let (home, sandbox) = (Home::new(), undecided());
    for (answer, words) in [
        ("code=a&code=b", "two codes"),
        ("code=a&error=access_denied", "a code and an error"),
        (
            "code=a&iss=https%3A%2F%2Fevil.example",
            "comes from `https://evil.example`",
        ),
        ("", "neither a code nor an error"),
    ] {
        let login = PendingLogin::at(&home, &sandbox, &[]);
        assert!(is_failure(&get(&login.answer(answer))), "{answer}");
        let output = login.end();
        assert_eq!(output.status.code(), Some(1), "{answer}: {}", text(&output));
        assert!(stderr(&output).contains(words), "{answer}: {}", stderr(&output));
    }
    assert_eq!(sandbox.count("token"), 0, "no code was sent anywhere");
    assert!(!home.session_file("default").exists());
}

#[test]
fn l6_the_browser_shows_success_only_after_the_session_is_stored() {
    let home = Home::new();
    // Slow, so that a page that is sent too early is noticed.
    let platform = Raw::acting(|stream| {
        std::thread::sleep(Duration::from_millis(1500));
        let tokens = r#"{"access_token":"a","refresh_token":"r","expires_in":900}"#;
        let _ = stream.write_all(raw::json("200 OK", tokens).as_bytes());
    });
    let mut command = home.noesis(&["login", "--no-browser", "--client-id", "c"]);
    let login = PendingLogin::start(command.args(["--base-url", &platform.url]));
    let page = get(&login.answer("code=abc"));
    assert!(is_success(&page), "{page}");
    assert!(
        home.session_file("default").exists(),
        "stored before the page was shown"
    );
    let policy = "content-security-policy: default-src 'none'; style-src 'sha256-";
    assert!(page.contains(policy), "{page}");
    let output = login.end();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        stderr(&output).contains("waiting for the platform's answer, at most 10 seconds"),
        "{}",
        text(&output)
    );
}

#[test]
fn l6_a_store_that_fails_after_the_exchange_shows_the_failure_page() {
    let (home, sandbox) = (Home::new(), undecided());
    let login = PendingLogin::at(&home, &sandbox, &["--json"]);
    let url = login.url();
    // It could be written when it was tried; now a file lies in its place.
    let sessions = home.session_file("default").parent().unwrap().to_owned();
    std::fs::remove_dir_all(&sessions).unwrap();
    std::fs::write(&sessions, "").unwrap();
    assert!(is_failure(&get(&decide(&url, "ada", "approve"))));
    let output = login.end();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(error(&output)["code"], "STORE_ERROR");
    assert!(
        !home.path().join(".config/noesis/config.toml").exists(),
        "nothing is remembered"
    );
}

#[test]
fn l7_the_url_is_printed_before_the_browser_is_tried() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let (log, seen) = (home.path().join("log"), home.path().join("seen"));
    let script = format!(
        "cp '{}' '{}'\nexec '{NOESIS}' sandbox browse \"$1\"\n",
        log.display(),
        seen.display()
    );
    let status = home
        .at(&sandbox, &["login"])
        .env("NOESIS_BROWSER", browser(&home, &script))
        .stdout(std::process::Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .status()
        .unwrap();
    let log_text = std::fs::read_to_string(&log).unwrap();
    assert!(status.success(), "{log_text}");
    let url = log_text.lines().find(|line| line.starts_with("http")).unwrap();
    assert!(std::fs::read_to_string(&seen).unwrap().contains(url));
}

#[test]
fn l7_over_ssh_the_port_forwarding_command_is_shown() {
    let (home, sandbox) = (Home::new(), undecided());
    let mut command = home.at(&sandbox, &["login", "--no-browser"]);
    command
        .env("SSH_CONNECTION", "198.51.100.2 50022 192.0.2.7 22")
        .env("USER", "ada");
    let login = PendingLogin::start(&mut command);
    let uri: Url = login.parameter("redirect_uri").parse().unwrap();
    let port = uri.port().unwrap();
    let line = format!("ssh -N -L {port}:127.0.0.1:{port} ada@192.0.2.7");
    assert!(login.shown().contains(&line), "{}", login.shown());
}

#[test]
fn l8_a_store_that_cannot_be_written_is_reported_before_the_browser_opens() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let opened = home.path().join("opened");
    let sessions = home.session_file("default").parent().unwrap().to_owned();
    std::fs::create_dir_all(sessions.parent().unwrap()).unwrap();
    std::fs::write(&sessions, "").unwrap();
    for store in ["file", "keyring"] {
        let output = home
            .at(&sandbox, &["login", "--json", "--store", store])
            .env("NOESIS_BROWSER", format!("touch {}", opened.display()))
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{store}: {}", text(&output));
        assert_eq!(error(&output)["code"], "STORE_ERROR", "{store}");
        assert!(
            !stderr(&output).contains("/oauth/authorize"),
            "no URL either: {}",
            stderr(&output)
        );
    }
    assert!(!opened.exists());
}

#[test]
fn l9_the_browser_gets_one_argument_whatever_its_command_looks_like() {
    let (home, sandbox) = (Home::new(), undecided());
    let name = "my \"odd\" $(touch pwned) `touch pwned`; 'browser' %s";
    let (path, seen) = (home.path().join(name), home.path().join("seen"));
    // Renamed when complete, so that a test that waits for the file reads all of it.
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$1\" > '{0}.part'\nmv '{0}.part' '{0}'\n",
        seen.display()
    );
    // Written by another process: a program that a sibling test's fork still holds open for writing cannot be started.
    let written = home
        .command("sh")
        .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
        .args([path.as_os_str(), script.as_ref()])
        .status();
    assert!(written.unwrap().success());
    let mut command = home.at(&sandbox, &["login", "--scope", "a&b;$(touch pwned) 'c'"]);
    let login = PendingLogin::start(command.env("NOESIS_BROWSER", &path));
    until("the browser was started", || seen.exists());
    let seen = std::fs::read_to_string(seen).unwrap();
    assert_eq!(seen.lines().collect::<Vec<_>>(), ["1", login.url().as_str()]);
    assert_eq!(login.parameter("scope"), "a&b;$(touch pwned) 'c'");
    assert!(!home.path().join("pwned").exists());
}

#[test]
fn l10_the_port_is_closed_after_success_failure_time_out_and_ctrl_c() {
    let (home, sandbox) = (Home::new(), undecided());
    for (exit, decision) in [(0, "approve"), (1, "deny")] {
        let login = PendingLogin::at(&home, &sandbox, &[]);
        let uri = login.parameter("redirect_uri");
        get(&decide(&login.url(), "ada", decision));
        assert_eq!(login.end().status.code(), Some(exit));
        assert!(refuses(&uri), "after {exit}");
    }
    let login = PendingLogin::at(&home, &sandbox, &["--wait", "500ms"]);
    let uri = login.parameter("redirect_uri");
    assert_eq!(login.end().status.code(), Some(5));
    assert!(refuses(&uri), "after a time-out");

    let login = PendingLogin::at(&home, &sandbox, &[]);
    let uri = login.parameter("redirect_uri");
    let kill = home.command("kill").args(["-INT", &login.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let output = login.end();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert_eq!(stderr(&output).matches("interrupted").count(), 1);
    assert!(refuses(&uri), "after Ctrl-C");
}

#[test]
fn a_browser_that_stays_open_or_never_reads_its_page_does_not_delay_the_sign_in() {
    // What it may not wait for takes two seconds or for ever. A busy machine may be slow once, and a sign-in that waits is
    // never as fast as one whose page is read.
    let usual = from_callback_to_exit(true);
    let fast = (0..5).any(|_| from_callback_to_exit(false) < usual + Duration::from_millis(1800));
    assert!(fast, "none of five sign-ins ended without waiting: {usual:?} is usual");
}

/// How long `login` takes from the callback to its exit, with a browser that stays open, and may read the page.
fn from_callback_to_exit(reads: bool) -> Duration {
    let (home, sandbox) = (Home::new(), undecided());
    // Ends with the test: its folder goes away.
    let script = "while test -e \"$0\"; do sleep 0.2; done";
    let mut command = home.at(&sandbox, &["login"]);
    let login = PendingLogin::start(command.env("NOESIS_BROWSER", browser(&home, script)));
    let redirected: Url = decide(&login.url(), "ada", "approve").parse().unwrap();

    let mut stream = TcpStream::connect(redirected.authority()).unwrap();
    let request = format!(
        "GET {}?{} HTTP/1.1\r\nhost: {}\r\nconnection: keep-alive\r\n\r\n",
        redirected.path(),
        redirected.query().unwrap(),
        redirected.authority()
    );
    let begin = Instant::now();
    stream.write_all(request.as_bytes()).unwrap();
    if reads {
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let output = login.end();
    let took = begin.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    took
}

#[test]
fn a_browser_that_cannot_be_opened_is_reported_and_the_url_still_works() {
    let (home, sandbox) = (Home::new(), undecided());
    let mut command = home.at(&sandbox, &["login", "--browser", "/no/such/browser"]);
    let login = PendingLogin::start(&mut command);
    login.expect("warning: cannot start `/no/such/browser`");
    assert!(is_success(&get(&decide(&login.url(), "ada", "approve"))));
    assert_eq!(login.end().status.code(), Some(0));
}
