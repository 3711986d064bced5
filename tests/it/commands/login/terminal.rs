//! What a person at a terminal meets: questions, waiting, pasting, Ctrl-C, narrow windows (rules L7, S1, X2, X3).
//!
//! Each test has a pseudoterminal of its own, with the real program in it.

use std::process::Command;

use rustix::termios::LocalModes;
use url::Url;

use crate::support::pending_login::{decide, parameter};
use crate::support::pty::{Terminal, has_colour, interrupt};
use crate::support::{Home, NOESIS, Sandbox, document, get};

/// The program in a terminal of 200 columns, where a URL stays on one line.
fn wide(home: &Home, program: &Command) -> Terminal {
    Terminal::start(home, program, 200)
}

/// A sign-in that knows its platform and its client; the person opens the URL.
fn login(home: &Home, sandbox: &Sandbox) -> Command {
    home.at(sandbox, &["login", "--no-browser"])
}

/// A sign-in without any configuration.
fn unconfigured(home: &Home) -> Command {
    home.noesis(&["login", "--no-browser"])
}

/// The authorization URL, once it is waited for.
fn url(terminal: &mut Terminal) -> Url {
    terminal.expect("waiting for the sign-in in the browser until ");
    terminal.expect("\r\n");
    let shown = terminal.shown();
    let line = shown.lines().find(|line| line.starts_with("http"));
    line.unwrap().trim().parse().unwrap()
}

fn config(home: &Home) -> Option<String> {
    std::fs::read_to_string(home.path().join(".config/noesis/config.toml")).ok()
}

#[test]
fn x2_ctrl_c_while_it_waits_for_the_browser() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &login(&home, &sandbox));
    url(&mut terminal);
    interrupt(terminal);
}

#[test]
fn x2_ctrl_c_at_a_question_for_text() {
    let home = Home::new();
    let mut terminal = wide(&home, &unconfigured(&home));
    terminal.expect_prompt("Base URL of the platform");
    terminal.type_in("http");
    interrupt(terminal);
    assert_eq!(config(&home), None);
}

#[test]
fn x2_ctrl_c_at_a_yes_or_no_question() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    // Which of two threads ends the process is a matter of luck.
    for _ in 0..5 {
        let mut terminal = wide(&home, &without_keyring(&home, &sandbox));
        terminal.expect_prompt("Keep the session in a file");
        interrupt(terminal);
    }
}

#[test]
fn x2_ctrl_c_at_a_hidden_question() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &home.at(&sandbox, &["login", "--with-token"]));
    terminal.expect("Access token");
    crate::support::until("what is typed is hidden", || {
        !terminal.modes().contains(LocalModes::ECHO)
    });
    terminal.type_in("canary");
    interrupt(terminal);
}

#[test]
fn a_hidden_token_is_taken_and_not_shown() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let token = home.session()["access_token"].as_str().unwrap().to_owned();
    let other = Home::new();
    let mut terminal = wide(&other, &other.at(&sandbox, &["login", "--with-token"]));
    terminal.expect_prompt("Access token");
    terminal.enter(&token);
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    assert_eq!(other.session()["access_token"], token.as_str());
    assert!(!terminal.shown().contains(&token[..20]), "{}", terminal.shown());
}

#[test]
fn settings_from_a_prompt_are_stored_after_success() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &unconfigured(&home));
    terminal.expect_prompt("Base URL of the platform");
    terminal.enter(&sandbox.url);
    terminal.expect_prompt("Client ID");
    terminal.enter("noesis-cli");
    let url = url(&mut terminal);
    assert_eq!(config(&home), None, "not before success");
    get(&decide(&url, "hedy", "approve"));
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    let config = config(&home).unwrap();
    assert!(config.contains(&format!("base_url = \"{}\"", sandbox.url)), "{config}");
    assert!(config.contains("client_id = \"noesis-cli\""), "{config}");

    // The second time there is no prompt.
    let mut again = wide(&home, &unconfigured(&home));
    again.expect("open this URL");
    assert!(!again.shown().contains("Base URL"), "{}", again.shown());
}

#[test]
fn settings_from_a_prompt_are_not_stored_after_failure() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &unconfigured(&home));
    terminal.expect_prompt("Base URL of the platform");
    terminal.enter(&sandbox.url);
    terminal.expect_prompt("Client ID");
    terminal.enter("noesis-cli");
    let url = url(&mut terminal);
    get(&decide(&url, "hedy", "deny"));
    assert_eq!(terminal.end(), 1, "{}", terminal.shown());
    assert_eq!(config(&home), None);
}

#[test]
fn an_invalid_base_url_is_prompted_for_again_with_the_reason() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    // Narrower than the reason is long.
    let mut terminal = Terminal::start(&home, &unconfigured(&home), 50);
    terminal.expect_prompt("Base URL of the platform");
    terminal.enter("http://example.com");
    terminal.expect("`http://example.com` would send tokens unencrypted");
    let rest = terminal.expect("Base URL of the platform");
    assert!(rest.contains("this machine only"), "{rest}");
    assert!(!rest.contains("\x1b[1A"), "the reason is not erased: {rest:?}");
    terminal.takes_keys();
    terminal.enter("");
    terminal.expect_prompt("Base URL of the platform");
    terminal.enter(&sandbox.url);
    terminal.expect_prompt("Client ID");
    terminal.enter("");
    terminal.expect("a client ID is needed");
    terminal.expect_prompt("Client ID");
    terminal.enter("noesis-cli");
    terminal.expect("open this URL");
}

#[test]
fn l7_a_pasted_redirect_url_signs_in_and_one_that_is_forged_does_not() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &login(&home, &sandbox));
    let url = url(&mut terminal);
    let uri = parameter(&url, "redirect_uri");
    terminal.enter("what now?");
    terminal.expect("this is not the URL of the browser's last page");
    terminal.enter(&format!("{uri}?code=a&state=forged"));
    terminal.expect("the `state` is not that of this sign-in");
    terminal.enter(&decide(&url, "grace", "approve"));
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    terminal.expect("as grace");
    assert!(home.session_file("default").exists());
}

#[test]
fn no_input_never_asks() {
    let home = Home::new();
    let mut terminal = wide(&home, &home.noesis(&["login", "--no-input"]));
    assert_eq!(terminal.end(), 2, "{}", terminal.shown());
    terminal.expect("no platform is named");
    terminal.expect("`NOESIS_BASE_URL`");
    assert!(!terminal.shown().contains("Base URL of the platform"));

    let sandbox = Sandbox::with(&[]);
    let mut command = without_keyring(&home, &sandbox);
    let mut terminal = wide(&home, command.arg("--no-input"));
    assert_eq!(terminal.end(), 1, "{}", terminal.shown());
    terminal.expect("noesis login --store file");
}

/// A sign-in on a machine without a keyring, with no store chosen.
fn without_keyring(home: &Home, sandbox: &Sandbox) -> Command {
    let mut command = login(home, sandbox);
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    command.env_remove("NOESIS_STORE");
    command
}

#[test]
fn s1_without_a_keyring_a_file_is_used_when_the_user_agrees() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &without_keyring(&home, &sandbox));
    terminal.expect_prompt("Keep the session in a file that only you can read instead?");
    terminal.type_in("y");
    let url = url(&mut terminal);
    get(&decide(&url, "grace", "approve"));
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    assert!(config(&home).unwrap().contains("store = \"file\""));

    let mut status = home.command(NOESIS);
    let status = document(&status.args(["status", "--json"]).output().unwrap());
    assert_eq!((&status["source"], &status["sub"]), (&"file".into(), &"grace".into()));
}

#[test]
fn s1_without_a_keyring_nothing_is_stored_when_the_user_declines() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    for no in ["n", "q", "\x1b"] {
        let mut terminal = wide(&home, &without_keyring(&home, &sandbox));
        terminal.expect_prompt("Keep the session in a file that only you can read instead?");
        terminal.type_in(no);
        assert_eq!(terminal.end(), 1, "{}", terminal.shown());
        terminal.expect("no keyring is available");
        terminal.expect("noesis login --store file");
        assert!(!terminal.shown().contains("/oauth/authorize"));
        assert!(!home.path().join(".config").exists());
    }
}

#[test]
fn before_anything_is_done_it_says_what_it_waits_for_and_until_when() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, &login(&home, &sandbox));
    terminal.expect("waiting for the sign-in in the browser until ");
    let until = terminal.expect(" (Ctrl-C stops)");
    let clock: Vec<&str> = until.split(' ').next().unwrap().split(':').collect();
    assert!(clock.len() == 3 && clock.iter().all(|part| part.len() == 2), "{until}");
    terminal.expect("paste the URL of its last page here");
}

#[test]
fn a_keyring_that_does_not_answer_is_named_during_the_wait() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    // A bus that accepts and says nothing.
    let path = home.path().join("bus");
    let _bus = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let mut command = without_keyring(&home, &sandbox);
    command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", path.display()));
    let mut terminal = wide(&home, &command);
    let before = terminal.expect("waiting for the keyring …");
    assert!(!before.contains("warning"), "{before}");
    terminal.expect_prompt("Keep the session in a file");
}

#[test]
fn x3_a_dumb_terminal_gets_no_colour() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    for (args, variables) in [
        (&[][..], &[("TERM", "dumb")][..]),
        (&[], &[("NO_COLOR", "1")]),
        (&["--color", "never"], &[]),
    ] {
        let mut command = unconfigured(&home);
        command.args(args).envs(variables.iter().copied());
        let mut terminal = wide(&home, &command);
        terminal.expect_prompt("Base URL of the platform");
        terminal.enter(&sandbox.url);
        terminal.expect_prompt("Client ID");
        terminal.enter("noesis-cli");
        url(&mut terminal);
        assert!(!has_colour(&terminal.shown()), "{:?}", terminal.shown());
    }
    let mut colourful = wide(&home, &unconfigured(&home));
    colourful.expect_prompt("Base URL of the platform");
    assert!(has_colour(&colourful.shown()), "{:?}", colourful.shown());
}

#[test]
fn n7_verbose_shows_no_secret_at_a_terminal() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = wide(&home, login(&home, &sandbox).arg("--verbose"));
    let redirected = decide(&url(&mut terminal), "ada", "approve");
    get(&redirected);
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    let (shown, session) = (terminal.shown(), home.session());
    assert!(shown.contains("/oauth/token"), "it does say something: {shown}");
    for secret in [
        parameter(&redirected.parse().unwrap(), "code"),
        session["access_token"].as_str().unwrap().to_owned(),
        session["refresh_token"].as_str().unwrap().to_owned(),
    ] {
        assert!(!shown.contains(&secret), "{shown}");
    }
}
