//! Every command with streams that are closed, full or gone, without a terminal, in unusual environments and in the
//! narrowest of windows (rules X1, X3): the exit code that it has otherwise, and no panic.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Output};

use crate::support::pty::Terminal;
use crate::support::{Cases, Home, Sandbox, assert_ended, skipped, text};

/// Each command with its exit code, and whether it has something for standard output.
const COMMANDS: [(&[&str], i32, bool); 24] = [
    (&["--version"], 0, true),
    (&["--help"], 0, true),
    (&["verify", "--help"], 0, true),
    (&["status"], 0, true),
    (&["status", "--json"], 0, true),
    (&["token"], 0, true),
    (&["token", "--header"], 0, true),
    (&["refresh"], 0, true),
    (&["refresh", "--json"], 0, true),
    (&["decode"], 0, true),
    (&["decode", "--json"], 0, true),
    (&["verify"], 0, true),
    (&["verify", "--json"], 0, true),
    (&["introspect"], 0, true),
    (&["introspect", "--json"], 0, true),
    (&["introspect", "abc"], 3, true),
    (&["pkce"], 0, true),
    (&["authorize-url", "--redirect-uri", "http://127.0.0.1:1/cb"], 0, true),
    (&["completions", "bash"], 0, true),
    (&["man"], 0, true),
    (&["exec", "--", "true"], 0, false),
    (&["decode", "no-token"], 2, false),
    (&["status", "--profile", "nobody"], 4, false),
    (&["status", "--bogus"], 2, false),
];

/// The program behind a shell that arranges its streams first.
fn arranged(home: &Home, sandbox: &Sandbox, args: &[&str], streams: &str) -> Command {
    let program = home.at(sandbox, args);
    let mut command = home.command("sh");
    command.args(["-c", &format!("exec \"$@\" {streams}"), "sh"]);
    command.arg(program.get_program()).args(program.get_args());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn quiet(output: &Output, code: i32) {
    let printed = text(output);
    assert!(!printed.contains("panicked"), "{printed}");
    assert_eq!(output.status.code(), Some(code), "{printed}");
}

#[test]
fn x1_closed_or_full_streams_keep_every_exit_status_or_are_reported() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let mut cases = Cases::of("streams");
    for (args, code, _) in COMMANDS {
        for streams in ["", "<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
            cases.case(format!("{args:?} {streams}"), || {
                quiet(&arranged(&home, &sandbox, args, streams).output().unwrap(), code);
            });
        }
        cases.case(format!("{args:?} without a reader"), || {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let output = home.at(&sandbox, args).stdout(writer).output().unwrap();
            let code = if code == 3 { 0 } else { code };
            let got = output.status.code();
            // A negative answer is in the exit status, whether or not its text was read.
            assert!(
                got == Some(code) || got == Some(3) && code == 0,
                "{got:?}: {}",
                text(&output)
            );
            assert!(!text(&output).contains("panicked"), "{}", text(&output));
        });
    }
    if std::path::Path::new("/dev/full").exists() {
        for (args, code, prints) in COMMANDS {
            cases.case(format!("{args:?} >/dev/full"), || {
                let output = arranged(&home, &sandbox, args, "> /dev/full").output().unwrap();
                quiet(&output, if prints { 1 } else { code });
            });
            cases.case(format!("{args:?} 2>/dev/full"), || {
                quiet(&arranged(&home, &sandbox, args, "2> /dev/full").output().unwrap(), code);
            });
        }
    } else {
        skipped("no /dev/full");
    }
    cases.end();
}

/// Variables as a person's machine, or a hostile parent, may have them.
const ODD: [(&str, &[u8]); 12] = [
    ("LANG", b"C"),
    ("LANG", b"de_DE.ISO-8859-1"),
    ("LC_ALL", b"\xff\xfe"),
    ("TERM", b"\xff"),
    ("TERM", b"dumb"),
    ("COLUMNS", b"1"),
    ("COLUMNS", b"\xff"),
    ("NO_COLOR", b"\xff"),
    ("TZ", b"Nowhere/\xff"),
    ("EDITOR", b"\xff"),
    ("RUST_LOG", b"trace,\xff"),
    ("RUST_BACKTRACE", b"full"),
];

/// A command with variables of such bytes.
fn odd(
    cases: &mut Cases,
    home: &Home,
    sandbox: &Sandbox,
    (args, code, _): (&[&str], i32, bool),
    odd: &[(&str, &[u8])],
) {
    cases.case(format!("{args:?} with {odd:?}"), || {
        let mut command = home.at(sandbox, args);
        command.envs(odd.iter().map(|(name, value)| (name, OsStr::from_bytes(value))));
        quiet(&command.output().unwrap(), code);
    });
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn x3_each_unusual_variable_keeps_the_exit_status_of_each_command() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let mut cases = Cases::of("variables");
    for command in COMMANDS {
        for variable in ODD {
            odd(&mut cases, &home, &sandbox, command, &[variable]);
        }
    }
    cases.end();
}

#[test]
fn x3_unusual_environments_keep_every_exit_status() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let mut cases = Cases::of("environments");
    for (args, code, prints) in COMMANDS {
        // Of one name the last counts.
        odd(&mut cases, &home, &sandbox, (args, code, prints), &ODD);
        odd(
            &mut cases,
            &home,
            &sandbox,
            (args, code, prints),
            &[("LANG", b"C"), ("TERM", b"dumb")],
        );
        cases.case(format!("{args:?} without a terminal to be controlled by"), || {
            let program = home.at(&sandbox, args);
            let mut command = home.command("setsid");
            command.arg("-w").arg(program.get_program()).args(program.get_args());
            command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
            quiet(&command.output().unwrap(), code);
        });
    }
    // What the program reads itself has to be text, and is named where it is not.
    for name in [
        "NOESIS_STORE",
        "NOESIS_TIMEOUT",
        "NOESIS_PROFILE",
        "NOESIS_TOKEN",
        "NOESIS_BASE_URL",
        "NOESIS_CA_CERT",
    ] {
        cases.case(format!("{name} of other bytes"), || {
            let odd = OsStr::from_bytes(b"a\xff");
            let output = home.noesis(&["introspect", "--json"]).env(name, odd).output().unwrap();
            assert_ended(&output, &[1, 2]);
            assert!(
                name == "NOESIS_CA_CERT" || text(&output).contains(name),
                "{}",
                text(&output)
            );
        });
    }
    cases.end();
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn x3_narrow_and_dumb_terminals_keep_every_exit_status() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let mut cases = Cases::of("terminals");
    for (args, code, _) in COMMANDS {
        for (columns, term) in [(1, "xterm-256color"), (1, "dumb"), (0, "xterm"), (80, "")] {
            cases.case(format!("{args:?} in {columns} columns of {term:?}"), || {
                let mut program = home.at(&sandbox, args);
                program.env("TERM", term);
                let mut terminal = Terminal::start(&home, &program, columns);
                assert_eq!(terminal.end(), code, "{}", terminal.shown());
                assert!(!terminal.shown().contains("panicked"), "{}", terminal.shown());
            });
        }
    }
    cases.end();
}
