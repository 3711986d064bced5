//! Many processes, one session: rule S5 under reuse detection, which ends a session at the first refresh too many.

#[cfg(target_os = "linux")]
mod lock_holder;

use std::process::{Child, Stdio};

use crate::support::{Home, Sandbox, stderr, stdout};

const PROCESSES: usize = 64;

/// Sixty-four `noesis token` at once on a token that ends too soon.
fn refresh_at_once(home: &Home, min_ttl: &str) {
    let children: Vec<Child> = (0..PROCESSES)
        .map(|_| {
            let mut command = home.noesis(&["token", "--min-ttl", min_ttl]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut tokens = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        tokens.push(stdout(&output));
    }
    let stored = home.session()["access_token"].as_str().unwrap().to_owned();
    for token in tokens {
        assert_eq!(token.trim_end(), stored);
    }
}

#[test]
fn s5_sixty_four_processes_make_one_refresh() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    home.expire_token_in(10);
    refresh_at_once(&home, "60s");
    assert_eq!(sandbox.count("token.refresh_token"), 1);
}

/// How often the long form is repeated, as docs/reliability.md shows it.
pub const ROUNDS: u64 = 20;

/// The same where `NOESIS_ROUNDS` says otherwise, for long runs (`tests/soak`).
fn rounds() -> u64 {
    let rounds = std::env::var("NOESIS_ROUNDS").map(|rounds| rounds.parse().unwrap());
    rounds.unwrap_or(ROUNDS)
}

#[test]
#[ignore = "takes a while: run tests/run"]
#[allow(clippy::print_stdout)]
fn s5_sixty_four_processes_make_one_refresh_in_each_of_many_rounds() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let rounds = rounds();
    for round in 1..=rounds {
        home.expire_token_in(10);
        refresh_at_once(&home, "60s");
        assert_eq!(sandbox.count("token.refresh_token"), round);
    }
    // Nothing was revoked on the way.
    assert!(home.noesis(&["refresh"]).output().unwrap().status.success());
    println!(
        "races: {rounds} rounds of {PROCESSES} processes, {} requests, nothing revoked",
        sandbox.count("token.refresh_token") - 1
    );
}

#[test]
fn s5_a_sign_out_during_many_refreshes_leaves_no_session() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    home.expire_token_in(10);
    let spawn = |args: &[&str]| {
        home.noesis(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut children: Vec<Child> = (0..8).map(|_| spawn(&["token", "--min-ttl", "60s"])).collect();
    let logout = spawn(&["logout"]);
    children.extend((0..8).map(|_| spawn(&["token", "--min-ttl", "60s"])));
    assert!(logout.wait_with_output().unwrap().status.success());
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 4)), "{}", stderr(&output));
    }
    assert!(!home.session_file("default").exists());
}
