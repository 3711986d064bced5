//! What is typed and pasted arrives whole, without what the place that it was copied from added, and hidden where it is secret.

use rustix::termios::LocalModes;
use serde_json::json;

use crate::support::pending_login::{decide, parameter};
use crate::support::pty::Terminal;
use crate::support::server::Server;
use crate::support::session::{LOGIN_WITH_TOKEN, signed_in_at};
use crate::support::{Home, Sandbox, mint, token};

/// A sign-in that prompts for its token.
fn with_token(home: &Home) -> Terminal {
    let mut terminal = Terminal::start(home, &home.noesis(&LOGIN_WITH_TOKEN), 100);
    terminal.expect_prompt("Access token");
    terminal
}

/// A token of more than so many characters.
fn long_token(length: usize) -> String {
    token("{}", &json!({"sub": "ada", "padding": "x".repeat(length)}).to_string())
}

#[test]
fn a_long_token_is_stored_whole() {
    for length in [8_792, 60_000] {
        let (home, token) = (Home::new(), long_token(length));
        let mut terminal = with_token(&home);
        terminal.enter(&token);
        assert_eq!(terminal.end(), 0, "{}", terminal.shown());
        assert_eq!(home.session()["access_token"], token);
        assert!(!terminal.shown().contains(&token[..20]), "{}", terminal.shown());
    }
}

#[test]
fn what_stands_around_a_pasted_token_is_no_part_of_it() {
    let token = long_token(100);
    let (begin, end) = token.split_at(70);
    for pasted in [
        format!("\x1b[200~{token}\x1b[201~\r"),
        format!("\x1b[200~{token}\r\x1b[201~"),
        format!("\x1b[200~{begin}\n{end}\x1b[201~\r"),
        format!("{begin}\r{end}\r"),
        format!("  <{token}>.  \r"),
        format!("\"{token}\",\r"),
        format!("({token}).\r"),
        format!("Bearer {token}\r"),
        format!("wrong\x15{token}\r"),
        format!("{token}xy\x7f\x08\r"),
        format!("{token}\x04"),
        format!("{token}\n"),
        format!("\x1b[200~{}\x1b[201~\r", json!({"access_token": token})),
        format!("{{\r \"access_token\":\r \"{token}\"\r}}\r"),
    ] {
        let home = Home::new();
        let mut terminal = with_token(&home);
        terminal.type_in(&pasted);
        assert_eq!(terminal.end(), 0, "{pasted:?}: {}", terminal.shown());
        assert_eq!(home.session()["access_token"], token, "{pasted:?}");
        assert!(!terminal.shown().contains(&token[..20]), "{}", terminal.shown());
        let usual = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        assert!(terminal.modes().contains(usual), "{:?}", terminal.modes());
    }
}

#[test]
fn long_lines_of_a_batch_are_read_whole_from_the_terminal_and_ctrl_c_restores_it() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let token = mint(
        &home,
        &sandbox,
        &["--claim", &format!("padding=\"{}\"", "x".repeat(7_000))],
    );
    assert!(token.len() > 8_792, "{}", token.len());
    let usual = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
    let batch = || {
        let mut terminal = Terminal::start(&home, &home.at(&sandbox, &["verify", "--batch", "-"]), 100);
        terminal.expect_prompt("Tokens, one per line (Ctrl-D ends)");
        terminal
    };
    let mut terminal = batch();
    terminal.type_in(&format!("{token}\r\r{token}\r\x04"));
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
    assert_eq!(
        terminal.shown().matches("\"valid\":true").count(),
        2,
        "{}",
        terminal.shown()
    );
    assert!(!terminal.shown().contains(&token[..20]), "{}", terminal.shown());
    assert!(terminal.modes().contains(usual), "{:?}", terminal.modes());

    let mut terminal = batch();
    terminal.type_in("\x03");
    assert_eq!(terminal.end(), 130, "{}", terminal.shown());
    assert!(terminal.modes().contains(usual), "{:?}", terminal.modes());
}

#[test]
fn ctrl_d_at_an_empty_prompt_ends_the_input() {
    let home = Home::new();
    let mut terminal = with_token(&home);
    terminal.type_in("ab\x7f\x7f\x04");
    assert_eq!(terminal.end(), 2, "{}", terminal.shown());
    terminal.expect("the input ended before the question was answered");
    terminal.expect("hint:");
}

#[test]
fn l7_a_long_redirect_url_is_taken_whole_with_what_stands_around_it() {
    for wrap in [("", ""), ("\x1b[200~<", ">.\x1b[201~"), ("  (", ").")] {
        let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
        let login = home.at(&sandbox, &["login", "--no-browser"]);
        let mut terminal = Terminal::start(&home, &login, 200);
        terminal.expect("paste the URL of its last page here");
        terminal.takes_keys();
        let shown = terminal.shown();
        let url = shown.lines().find(|line| line.starts_with("http")).unwrap().trim();
        let url = url.parse().unwrap();
        let redirected = decide(&url, "grace", "approve");
        let (uri, query) = redirected.split_once('?').unwrap();
        let long = format!("{uri}?padding={}&{query}", "x".repeat(5_000));
        terminal.enter(&format!("{}{long}{}", wrap.0, wrap.1));
        assert_eq!(terminal.end(), 0, "{}", terminal.shown());
        terminal.expect("as grace");
        let shown = terminal.shown();
        assert!(
            shown.contains(&parameter(&url, "state")),
            "what is pasted is shown: {shown}"
        );
        assert!(terminal.modes().contains(LocalModes::ECHO | LocalModes::ICANON));
    }
}

#[test]
fn an_answer_is_edited_and_shown_as_it_is_typed() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut terminal = Terminal::start(&home, &home.noesis(&["login", "--no-browser"]), 40);
    terminal.expect_prompt("Base URL of the platform");
    let url = &sandbox.url;
    terminal.type_in(&format!("<wrong one\x17\x17\x7f{}", &url[1..]));
    terminal.expect(&url[1..]);
    // Home, the missing letter, and a full stop at the end.
    terminal.type_in("\x1b[Hh\x1b[F.");
    terminal.expect(&format!("{url}."));
    terminal.type_in("\r");
    terminal.expect_prompt("Client ID");
    terminal.enter("  noesis-\x1b[Acli ");
    terminal.expect("open this URL");
    terminal.expect("client_id=noesis-cli&");
}

#[test]
fn a_fast_answer_is_not_shown() {
    let (home, token) = (Home::new(), long_token(10));
    for _ in 0..30 {
        let mut terminal = Terminal::start(&home, &home.noesis(&["decode", "-"]), 100);
        terminal.expect("The token");
        terminal.type_in(&format!("{token}\r"));
        assert_eq!(terminal.end(), 0, "{}", terminal.shown());
        assert!(!terminal.shown().contains(&token), "{}", terminal.shown());
    }
}

#[test]
fn a_code_is_shown_while_it_is_typed_and_several_may_be_pasted() {
    let server = Server::new(|_| ("404 Not Found", r#"{"detail":"no such code"}"#.to_owned()));
    let home = signed_in_at(&server.url, 900);
    for argument in [&["redeem"][..], &["redeem", "-"]] {
        let mut terminal = Terminal::start(&home, &home.noesis(argument), 100);
        terminal.expect_prompt("Activation code");
        terminal.type_in("“axkf m3pq");
        terminal.expect("axkf m3pq");
        terminal.type_in("7rbn-w2yt”.\rBQLG-N4RS-8TCP-X3ZV\r");
        assert_eq!(terminal.end(), 1, "{}", terminal.shown());
        terminal.expect("the code `AXKF-M3PQ-7RBN-W2YT` is unknown");
        terminal.expect("the code `BQLG-N4RS-8TCP-X3ZV` is unknown");
    }
}
