//! Ctrl-Z, `fg` and `bg` at a prompt, in real shells: the shell has its terminal, and the prompt its mode.

use std::process::Command;

use rustix::termios::LocalModes;

use crate::support::pending_login::decide;
use crate::support::pty::Terminal;
use crate::support::session::LOGIN_WITH_TOKEN;
use crate::support::{Home, Sandbox, get, has, path_with_program, token, until};

const SHELLS: [&[&str]; 2] = [&["bash", "--norc", "--noprofile", "-i"], &["dash", "-i"]];

/// Runs the case in each shell, with the variables of a command.
fn in_each_shell(home: &Home, variables: &Command, case: impl Fn(&mut Terminal)) {
    for words in SHELLS {
        if !has(words[0]) {
            continue;
        }
        let mut shell = home.command(words[0]);
        shell
            .args(&words[1..])
            .env("PATH", path_with_program())
            .env("PS1", "ready> ");
        shell.envs(variables.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("PATH", path_with_program());
        let mut terminal = Terminal::start(home, &shell, 400);
        terminal.expect("ready> ");
        case(&mut terminal);
        terminal.enter("exit 0; exit 0");
        terminal.end();
    }
}

/// Runs a command in the shell, and waits for its end.
fn run(terminal: &mut Terminal, command: &str) {
    terminal.enter(&format!("{command}; echo en''ded"));
    terminal.expect("ended");
    terminal.expect("ready> ");
}

/// Checks that commands of the shell have echo and canonical mode.
fn has_its_terminal(home: &Home, terminal: &mut Terminal) {
    run(terminal, "stty -a > modes");
    let modes = std::fs::read_to_string(home.path().join("modes")).unwrap();
    assert!(modes.contains(" echo ") && modes.contains(" icanon "), "{modes}");
}

/// Waits until the program hides what is typed.
fn is_hidden(terminal: &Terminal) {
    until("a terminal that hides what is typed", || {
        !terminal.modes().intersects(LocalModes::ECHO | LocalModes::ICANON)
    });
}

fn prompt_for_token(terminal: &mut Terminal) {
    terminal.enter(&format!("noesis {}", LOGIN_WITH_TOKEN.join(" ")));
    terminal.expect("Access token");
}

/// Continues a sign-in that stopped at its hidden prompt, and completes it.
fn answer_in_the_foreground(terminal: &mut Terminal, secret: &str) {
    terminal.enter("fg");
    terminal.expect("Access token");
    is_hidden(terminal);
    terminal.enter(secret);
    terminal.expect("signed in");
    terminal.expect("ready> ");
}

fn url(terminal: &mut Terminal) -> url::Url {
    terminal.expect("open this URL in a browser to sign in:\r\n");
    let url = terminal.expect("\r\n").trim().parse().unwrap();
    terminal.expect("paste the URL of its last page here");
    url
}

#[test]
fn after_ctrl_z_and_fg_a_hidden_prompt_hides_again() {
    let (home, secret) = (Home::new(), token("{}", r#"{"sub":"ada"}"#));
    let command = home.noesis(&[]);
    in_each_shell(&home, &command, |terminal| {
        prompt_for_token(terminal);
        is_hidden(terminal);
        terminal.type_in("\x1a");
        terminal.expect("Stopped");
        terminal.expect("ready> ");
        has_its_terminal(&home, terminal);
        answer_in_the_foreground(terminal, &secret);
        has_its_terminal(&home, terminal);
        assert_eq!(home.session()["access_token"], secret);
        let shown = terminal.shown();
        assert!(!shown.contains(&secret), "{shown}");
    });
}

#[test]
fn a_prompt_in_the_background_stops_and_asks_again_in_the_foreground() {
    let (home, secret) = (Home::new(), token("{}", r#"{"sub":"ada"}"#));
    let command = home.noesis(&[]);
    in_each_shell(&home, &command, |terminal| {
        prompt_for_token(terminal);
        terminal.type_in("\x1a");
        terminal.expect("Stopped");
        terminal.enter("bg");
        let mut round = 0;
        until("it stops again", || {
            round += 1;
            run(terminal, &format!("jobs; echo jobs-''{round}"));
            let shown = terminal.shown();
            let listed = shown.rsplit("jobs; echo").next().unwrap();
            listed.contains("Stopped")
        });
        has_its_terminal(&home, terminal);
        answer_in_the_foreground(terminal, &secret);
    });
}

#[test]
fn a_sign_in_goes_on_in_the_background() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let command = home.at(&sandbox, &[]);
    in_each_shell(&home, &command, |terminal| {
        terminal.enter("noesis login --no-browser");
        let url = url(terminal);
        is_hidden(terminal);
        terminal.type_in("\x1a");
        terminal.expect("Stopped");
        terminal.expect("ready> ");
        has_its_terminal(&home, terminal);
        terminal.enter("bg");
        terminal.expect("ready> ");
        // Keys of the shell are not the program's.
        for _ in 0..3 {
            has_its_terminal(&home, terminal);
        }
        get(&decide(&url, "grace", "approve"));
        terminal.expect("signed in");
        run(terminal, "wait");
        has_its_terminal(&home, terminal);
        let shown = terminal.shown();
        assert_eq!(shown.matches("Stopped").count(), 1, "{shown}");
    });
}

#[test]
fn a_url_is_pasted_after_fg_however_the_program_was_stopped() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let command = home.at(&sandbox, &[]);
    let stops: [fn(&Home, &mut Terminal); 3] = [
        |_, terminal| {
            terminal.type_in("\x1a");
            terminal.expect("Stopped");
        },
        |_, terminal| {
            terminal.type_in("\x1a");
            terminal.expect("Stopped");
            terminal.enter("bg");
            terminal.expect("ready> ");
        },
        |home, terminal| {
            let id = std::fs::read_to_string(home.path().join("id")).unwrap();
            assert!(
                Command::new("kill")
                    .args(["-STOP", id.trim()])
                    .status()
                    .unwrap()
                    .success()
            );
            terminal.expect("Stopped");
        },
    ];
    for stop in stops {
        in_each_shell(&home, &command, |terminal| {
            terminal.enter("sh -c 'echo $$ > id; exec noesis login --no-browser'");
            let url = url(terminal);
            is_hidden(terminal);
            stop(&home, terminal);
            terminal.expect("ready> ");
            terminal.enter("fg");
            terminal.expect("noesis login");
            is_hidden(terminal);
            terminal.enter(&decide(&url, "grace", "approve"));
            terminal.expect("signed in");
            terminal.expect("ready> ");
            has_its_terminal(&home, terminal);
        });
    }
}
