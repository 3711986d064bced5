//! However a run ends at a prompt, the terminal is as it was before (rule X2).

use std::process::Command;

use rustix::termios::LocalModes;

use crate::support::pty::Terminal;
use crate::support::{Home, Sandbox, has, until};

/// Whether echo, lines and signals are as usual.
fn is_usual(terminal: &Terminal) -> bool {
    let usual = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
    terminal.modes().contains(usual)
}

#[test]
fn x2_every_signal_that_ends_a_run_leaves_the_terminal_as_it_was() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    for (name, exit) in [
        ("-HUP", 129),
        ("-INT", 130),
        ("-QUIT", 131),
        ("-USR1", 138),
        ("-USR2", 140),
        ("-ALRM", 142),
        ("-TERM", 143),
    ] {
        for (args, words) in [
            (&["login", "--with-token"][..], "Access token"),
            (&["login", "--no-browser"], "paste the URL of its last page here"),
            (&["decode", "-"], "The token"),
        ] {
            {
                let mut terminal = Terminal::start(&home, &home.at(&sandbox, args), 100);
                terminal.expect(words);
                terminal.takes_keys();
                terminal.type_in("canary");
                let id = terminal.id().to_string();
                assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
                assert_eq!(terminal.end(), exit, "{}", terminal.shown());
                assert!(is_usual(&terminal), "{:?}", terminal.modes());
            }
        }
    }
}

#[test]
fn x2_ctrl_c_ends_a_run_at_a_terminal_that_sends_no_signals() {
    if !has("setsid") {
        return;
    }
    let home = Home::new();
    for (args, words) in [
        (&["login"][..], "Base URL of the platform"),
        (&["decode", "-"], "The token"),
    ] {
        let mut setsid = home.command("setsid");
        setsid.args(["--wait", "--fork", crate::support::NOESIS]).args(args);
        let mut terminal = Terminal::start(&home, &setsid, 100);
        terminal.expect_prompt(words);
        terminal.type_in("\x03");
        assert_eq!(terminal.end(), 130, "{}", terminal.shown());
        terminal.expect("interrupted");
        until("the usual mode", || is_usual(&terminal));
    }
}
