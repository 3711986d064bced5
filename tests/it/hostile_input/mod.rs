//! Text that breaks programs, given to every command from every side, and machines that lack what programs take for
//! granted (rules X1, X3, X4).

mod strings;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Output, Stdio};

use crate::support::server::Server;
use crate::support::{Home, Sandbox, skipped, stderr, stdout, text};
use crate::support::{token, with_input};

/// A line for each command, which ends by itself where it can.
const COMMANDS: [&[&str]; 15] = [
    &["status"],
    &["token"],
    &["refresh"],
    &["redeem", "AXKF-M3PQ-7RBN-W2YT"],
    &["introspect"],
    &["decode"],
    &["verify"],
    &["pkce"],
    &["authorize-url", "--redirect-uri", "http://127.0.0.1:1/callback"],
    &["exchange", "code", "--redirect-uri", "http://127.0.0.1:1/callback"],
    &["exec", "--", "echo", "x"],
    &["completions", "bash"],
    &["man"],
    &["sandbox", "mint"],
    &["logout"],
];

/// Whether a terminal could act on a character, or a person could not see it.
fn is_hostile(c: char) -> bool {
    let ranges = [
        '\u{ad}'..='\u{ad}',
        '\u{61c}'..='\u{61c}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{3164}'..='\u{3164}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{feff}'..='\u{feff}',
        '\u{fff0}'..='\u{fffb}',
        '\u{13430}'..='\u{1343f}',
        '\u{1bca0}'..='\u{1bca3}',
        '\u{1d173}'..='\u{1d17a}',
        '\u{e0000}'..='\u{e0fff}',
    ];
    (c.is_control() && c != '\n') || ranges.iter().any(|range| range.contains(&c))
}

/// No panic, an exit code of the contract, and nothing that a terminal would act on.
#[track_caller]
fn harmless(output: &Output, what: &dyn std::fmt::Debug) {
    let code = output.status.code();
    // Some answers hold the whole list of strings: a failure shows their end, or the line that matters.
    let all = text(output);
    let end = all.lines().last().unwrap_or_default();
    assert!(matches!(code, Some(0..=5 | 126 | 127)), "{what:?}: {code:?}: {end:?}");
    assert!(!all.contains("panicked"), "{what:?}: {end:?}");
    let line = all.split('\n').find(|line| line.contains(is_hostile));
    assert!(line.is_none(), "{what:?}: {line:?}");
}

#[test]
fn x4_no_invisible_character_and_no_flood_of_marks_of_a_token_or_a_server_is_printed() {
    let home = Home::new();
    let text = format!(
        "a\u{1bca0}\u{1bca3}\u{fff0}\u{e0fff}\u{13430}\u{3164}\u{180e}\u{1d173}\u{fe0f}e{}o{}",
        "\u{301}".repeat(300),
        "\u{1161}".repeat(300)
    );
    let claims = serde_json::json!({"sub": text, "jti": text, (text.clone()): [text], "role": text}).to_string();
    let token = token(&serde_json::json!({"alg": text, "kid": text}).to_string(), &claims);
    let answers = text.clone();
    let server = Server::new(move |request| match request.path.as_str() {
        "/oauth/introspect" => (
            "200 OK",
            serde_json::json!({"active": true, "sub": answers, (answers.clone()): answers}).to_string(),
        ),
        _ => (
            "400 Bad Request",
            serde_json::json!({"error": "x", "error_description": answers}).to_string(),
        ),
    });
    for args in [
        &["decode", &token][..],
        &["verify", "--offline", &token],
        &["introspect", &token],
        &["refresh", "some-refresh-token"],
    ] {
        for json in [&[][..], &["--json"]] {
            let mut command = home.noesis(args);
            let output = command
                .args(json)
                .args(["--base-url", &server.url, "--client-id", "x"])
                .output()
                .unwrap();
            harmless(&output, &args);
            for mark in ["\u{301}", "\u{1161}"] {
                assert!(!self::text(&output).contains(&mark.repeat(5)), "{args:?} {json:?}");
            }
        }
    }
}

#[test]
fn x1_every_command_fails_on_a_full_disk_and_succeeds_on_a_closed_pipe() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for args in COMMANDS {
        let signed_in = || {
            home.sign_in(&sandbox);
            home.at(&sandbox, args)
        };
        let usual = signed_in().output().unwrap();
        harmless(&usual, &args);
        // What fails before it prints, prints nothing, or is another program's has nothing to say here.
        if usual.stdout.is_empty() || args[0] == "exec" {
            continue;
        }
        // A code works once; its refusal is an answer too.
        let expected = if args[0] == "redeem" { 1 } else { 0 };
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let gone = signed_in().stdout(writer).stderr(Stdio::piped()).output().unwrap();
        harmless(&gone, &args);
        assert!(
            gone.status.code() == Some(0) || gone.status.code() == Some(expected),
            "{args:?}: {}",
            text(&gone)
        );
        assert_eq!(stderr(&gone), "", "{args:?}");

        let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
            skipped("no /dev/full");
            return;
        };
        let full = signed_in().stdout(full).stderr(Stdio::piped()).output().unwrap();
        harmless(&full, &args);
        assert_eq!(full.status.code(), Some(1), "{args:?}: {}", text(&full));
        assert!(
            stderr(&full).contains("cannot write to standard output"),
            "{args:?}: {}",
            text(&full)
        );
    }
}

#[test]
fn x3_without_a_home_every_command_does_its_work_or_says_what_is_missing() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for args in COMMANDS {
        for nowhere in ["/dev/null", "/proc/nowhere", ""] {
            let output = home.at(&sandbox, args).env("HOME", nowhere).output().unwrap();
            harmless(&output, &(args, nowhere));
            let failed = output.status.code() != Some(0);
            assert_eq!(
                failed,
                stderr(&output).contains("error: "),
                "{args:?}: {}",
                text(&output)
            );
        }
        let output = home
            .at(&sandbox, args)
            .env("TERM", "dumb")
            .env_remove("HOME")
            .output()
            .unwrap();
        harmless(&output, &args);
    }
    // What needs no home works without one.
    for args in [
        &["pkce"][..],
        &["decode", &token("{}", "{}")],
        &["completions", "zsh"],
        &["man"],
        &["--help"],
    ] {
        let output = home.noesis(args).env("HOME", "/dev/null").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output));
    }
}

#[test]
fn x3_arguments_variables_and_input_that_are_not_utf_8_are_named() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let odd = OsStr::from_bytes(b"o\xffd\x1b[31m\xe2\x80");
    for args in COMMANDS {
        let position = args.iter().position(|word| *word == "--").unwrap_or(args.len());
        let (before, after) = args.split_at(position);
        for flag in [None, Some("--profile"), Some("--base-url"), Some("--no-such-flag")] {
            let mut command = home.at(&sandbox, before);
            command.args(flag).arg(odd).args(after);
            let output = command.output().unwrap();
            harmless(&output, &(args, flag));
            assert_eq!(output.status.code(), Some(2), "{args:?} {flag:?}: {}", text(&output));
        }
        for variable in [
            "NOESIS_TOKEN",
            "NOESIS_PROFILE",
            "NOESIS_TIMEOUT",
            "NOESIS_CLIENT_SECRET",
        ] {
            let output = home.at(&sandbox, args).env(variable, odd).output().unwrap();
            harmless(&output, &(args, variable));
            // These commands use no variable, so that none stops them.
            let is_used = !["pkce", "completions", "man"].contains(&args[0]);
            assert_eq!(
                output.status.code() == Some(2),
                is_used,
                "{args:?} {variable}: {}",
                text(&output)
            );
            assert_eq!(
                stderr(&output).contains(variable),
                is_used,
                "{args:?}: {}",
                text(&output)
            );
        }
    }
    for args in [
        &["decode", "-"][..],
        &["introspect", "-"],
        &["redeem", "-"],
        &["pkce", "--verifier", "-"],
        &["refresh", "-"],
    ] {
        let output = with_input(&mut home.at(&sandbox, args), b"\xff\xfe\x00");
        harmless(&output, &args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", text(&output));
    }
}

/// Ends a command line before what is another program's.
fn with(mut command: Command, args: &[&str], more: &[&str]) -> Output {
    let position = args.iter().position(|word| *word == "--").unwrap_or(args.len());
    let (before, after) = args.split_at(position);
    command.args(before).args(more).args(after).output().unwrap()
}

/// The one JSON document that a stream ends in, where it has one.
#[track_caller]
fn is_json(output: &Output, what: &dyn std::fmt::Debug) {
    let (out, err) = (stdout(output), stderr(output));
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    assert!(out.is_empty() || parsed(&out), "{what:?}: {out}");
    let last = err.lines().last().unwrap_or("{}");
    assert!(
        output.status.success() || !out.is_empty() || parsed(last),
        "{what:?}: {err}"
    );
}
