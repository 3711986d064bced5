//! Who is prompted: a person at a terminal, also one that controls no process, and nobody in the background, in continuous
//! integration or where a coding agent runs the program.

use std::process::Command;

use crate::support::pending_login::{browser, decide};
use crate::support::pty::{Terminal, interrupt};
use crate::support::session::LOGIN_WITH_TOKEN;
use crate::support::{Home, NOESIS, Sandbox, get, has, path_with_program, until};

const AUTOMATION: [(&str, &str); 6] = [
    ("CI", "true"),
    ("CI", "1"),
    ("GITHUB_ACTIONS", "true"),
    ("JENKINS_URL", "https://ci.example/"),
    ("CLAUDECODE", "1"),
    ("AI_AGENT", "some-agent"),
];

#[test]
fn nobody_is_prompted_where_a_variable_says_that_nobody_is_there() {
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    for (name, value) in AUTOMATION {
        for (args, words) in [
            (&["login"][..], "no platform is named"),
            (&["redeem"], "no activation code was given"),
            (&["redeem", "-"], "says that nobody is there to answer"),
            (&["decode", "-"], "says that nobody is there to answer"),
            (&LOGIN_WITH_TOKEN, "says that nobody is there to answer"),
        ] {
            {
                let mut terminal = Terminal::start(&home, home.noesis(args).env(name, value), 200);
                assert_eq!(terminal.end(), 2, "{}", terminal.shown());
                terminal.expect(words);
                terminal.expect("hint:");
            }
        }
    }
    for value in ["false", "0", ""] {
        {
            let mut terminal = Terminal::start(&home, home.noesis(&["login"]).env("CI", value), 200);
            terminal.expect_prompt("Base URL of the platform");
            interrupt(terminal);
        }
    }
    {
        let mut login = home.at(&sandbox, &["login", "--no-browser"]);
        let mut terminal = Terminal::start(&home, login.env("CI", "true"), 200);
        terminal.expect("waiting for the sign-in");
        assert!(!terminal.shown().contains("paste the URL"), "{}", terminal.shown());
        interrupt(terminal);
    }
}

/// A home whose system browser leaves a mark, and the path with it.
fn home_with_browser() -> (Home, std::ffi::OsString) {
    let home = Home::new();
    let script = "#!/bin/sh\n: > \"$HOME/opened\"\n";
    for name in ["xdg-open", "gio", "gnome-open", "kde-open", "wslview"] {
        let path = home.path().join(name);
        let write = "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\"";
        let written = Command::new("sh").args(["-c", write]).arg(path).arg(script).status();
        assert!(written.unwrap().success());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(home.path().to_owned()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).unwrap();
    (home, path)
}

/// A sign-in that names no browser.
fn login(home: &Home, sandbox: &Sandbox, path: &std::ffi::OsStr) -> Command {
    let mut command = home.at(sandbox, &["login"]);
    command
        .env("PATH", path)
        .env_remove("NOESIS_BROWSER")
        .env("DISPLAY", ":0");
    command
}

fn sign_in(terminal: &mut Terminal) {
    terminal.expect("open this URL in a browser to sign in:\r\n");
    let url = terminal.expect("\r\n").trim().parse().unwrap();
    terminal.expect("waiting for the sign-in");
    get(&decide(&url, "grace", "approve"));
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
}

#[test]
fn no_browser_is_opened_where_nobody_is_there_unless_it_is_named_for_the_run() {
    let sandbox = Sandbox::with(&[]);
    let (home, path) = home_with_browser();
    let opened = home.path().join("opened");

    let mut terminal = Terminal::start(&home, login(&home, &sandbox, &path).env("CI", "true"), 300);
    terminal.expect("no browser is opened, as `CI` says that nobody is there");
    sign_in(&mut terminal);
    assert!(!opened.exists());

    let config = home.path().join(".config/noesis/config.toml");
    let named = std::fs::read_to_string(&config).unwrap() + "browser = \"xdg-open\"\n";
    std::fs::write(&config, named).unwrap();
    let mut terminal = Terminal::start(&home, login(&home, &sandbox, &path).env("CI", "true"), 300);
    sign_in(&mut terminal);
    assert!(!opened.exists(), "that of the profile is the person's");

    let mut terminal = Terminal::start(&home, login(&home, &sandbox, &path).env("CI", "false"), 300);
    sign_in(&mut terminal);
    until("it is opened without automation", || opened.exists());

    let command = browser(&home, ": > \"$HOME/named\"");
    let named = home.path().join("named");
    for variable in ["NOESIS_BROWSER", "BROWSER", "--browser"] {
        // The profile's comes before `BROWSER`.
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(&config, text.replace("browser = \"xdg-open\"\n", "")).unwrap();
        let mut program = login(&home, &sandbox, &path);
        program.env("CI", "true");
        match variable {
            "--browser" => program.args(["--browser", &command]),
            variable => program.env(variable, &command),
        };
        let mut terminal = Terminal::start(&home, &program, 300);
        sign_in(&mut terminal);
        until("the named one is opened", || named.exists());
        std::fs::remove_file(&named).unwrap();
    }
}

#[test]
fn a_person_is_prompted_at_a_terminal_that_controls_no_process() {
    if !has("setsid") {
        return;
    }
    let (home, sandbox) = (Home::new(), Sandbox::with(&[]));
    let mut setsid = home.command("setsid");
    setsid
        .args(["--wait", "--fork", NOESIS, "login", "--no-browser"])
        .env("NOESIS_STORE", "file");
    let mut terminal = Terminal::start(&home, &setsid, 300);
    terminal.expect_prompt("Base URL of the platform");
    terminal.enter(&sandbox.url);
    terminal.expect_prompt("Client ID");
    terminal.enter("noesis-cli");
    terminal.expect("open this URL in a browser to sign in:\r\n");
    let url = terminal.expect("\r\n").trim().parse().unwrap();
    terminal.expect("paste the URL of its last page here");
    terminal.takes_keys();
    terminal.enter(&decide(&url, "grace", "approve"));
    assert_eq!(terminal.end(), 0, "{}", terminal.shown());
}

#[test]
fn nobody_is_prompted_from_the_background() {
    let home = Home::new();
    let mut shell = home.command("bash");
    shell
        .args(["--norc", "--noprofile", "-i"])
        .env("PATH", path_with_program())
        .env("PS1", "ready> ");
    let mut terminal = Terminal::start(&home, &shell, 300);
    terminal.expect("ready> ");
    for (command, words) in [
        ("noesis login", "no platform is named"),
        ("noesis decode -", "this process is in the background"),
    ] {
        terminal.enter(&format!("{command} & wait; echo en''ded"));
        terminal.expect(words);
        terminal.expect("ended");
    }
    assert!(!terminal.shown().contains("Stopped"), "{}", terminal.shown());
    terminal.enter("exit");
    terminal.end();
}
