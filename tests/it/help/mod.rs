//! What a person reads who does not know yet what to type, or who mistyped it.

mod examples;
#[cfg(unix)]
mod widths;

use crate::support::{Home, error, stderr, stdout, text};

#[test]
fn the_help_is_one_screen_and_an_answer() {
    let home = Home::new();
    let help = home.noesis(&["--help"]).output().unwrap();
    assert_eq!((help.status.code(), stderr(&help).as_str()), (Some(0), ""));
    let shown = stdout(&help);
    assert!(shown.lines().count() <= 40, "{shown}");
    for group in [
        "Account:",
        "Tokens:",
        "Building blocks:",
        "Serving:",
        "Shell:",
        "Examples:",
    ] {
        assert!(shown.contains(group), "{group}: {shown}");
    }
    assert!(!shown.contains('\x1b'));
    assert_eq!(stdout(&home.noesis(&["-h"]).output().unwrap()), shown);
    let coloured = stdout(&home.noesis(&["--help", "--color", "always"]).output().unwrap());
    assert_eq!(coloured.lines().count(), shown.lines().count());
}

#[test]
fn without_a_command_the_commands_are_listed() {
    let home = Home::new();
    for (args, command) in [(&[][..], "login"), (&["sandbox"], "serve")] {
        let bare = home.noesis(args).output().unwrap();
        assert_eq!(
            (bare.status.code(), stdout(&bare).as_str()),
            (Some(2), ""),
            "{}",
            text(&bare)
        );
        assert!(
            stderr(&bare).contains(command) && stderr(&bare).contains("Examples:"),
            "{}",
            text(&bare)
        );
    }
    for args in [&["--json"][..], &["sandbox", "--json"], &["-q"]] {
        let bare = home.noesis(args).output().unwrap();
        assert_eq!(bare.status.code(), Some(2), "{}", text(&bare));
        assert_eq!(stdout(&bare), "");
        if args.contains(&"--json") {
            let error = error(&bare);
            assert_eq!(
                (&error["code"], &error["message"]),
                (&"USAGE".into(), &"no command was given".into())
            );
        }
    }
}

#[test]
fn a_mistyped_command_flag_or_value_gets_a_hint_that_works_when_pasted() {
    let home = Home::new();
    for (typed, hint) in [
        (&["pcke"][..], "hint: run `noesis pkce`"),
        (&["pkce", "--jsn"], "hint: run `noesis pkce --json`"),
        (&["completions", "bsh"], "hint: run `noesis completions bash`"),
        (&["pkce", "--colour", "never"], "hint: run `noesis pkce --color never`"),
    ] {
        let output = home.noesis(typed).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let printed = stderr(&output);
        assert_eq!(printed.lines().last(), Some(hint), "{printed}");
        let pasted = hint.trim_start_matches("hint: run `noesis ").trim_end_matches('`');
        let again = home.noesis(&pasted.split(' ').collect::<Vec<_>>()).output().unwrap();
        assert_eq!(again.status.code(), Some(0), "{pasted}: {}", text(&again));
    }
}

#[test]
fn a_usage_error_names_the_help_of_the_command_it_is_about() {
    let home = Home::new();
    for (args, hint) in [
        (
            &["--profile", "status", "login", "--bogus"][..],
            "run `noesis login --help`",
        ),
        (&["sandbox", "serve", "--bogus"], "run `noesis sandbox serve --help`"),
    ] {
        let output = home.noesis(args).arg("--json").output().unwrap();
        assert_eq!(
            (output.status.code(), error(&output)["hint"].as_str()),
            (Some(2), Some(hint)),
            "{args:?}"
        );
    }
}

#[test]
fn help_before_a_command_is_its_help() {
    let home = Home::new();
    for (typed, meant) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "login"], &["login", "--help"]),
        (&["help", "sandbox", "serve"], &["sandbox", "serve", "--help"]),
        (&["sandbox", "help"], &["sandbox", "--help"]),
    ] {
        let shown = home.noesis(typed).output().unwrap();
        assert_eq!(
            (shown.status.code(), stderr(&shown).as_str()),
            (Some(0), ""),
            "{typed:?}"
        );
        assert_eq!(
            stdout(&shown),
            stdout(&home.noesis(meant).output().unwrap()),
            "{typed:?}"
        );
    }
    let output = home.noesis(&["help", "frobnicate"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(stderr(&output).contains("unrecognized subcommand `frobnicate`"));
}
