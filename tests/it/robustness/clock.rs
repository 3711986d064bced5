//! A clock that is wrong: by half a minute, by ten years, at either end of what 32 bits hold (rules S6, T12).
//!
//! `faketime` stands around the program; the sandbox keeps the right time.

use std::process::Command;
use std::time::Duration;

use crate::support::{Cases, Home, NOESIS, Sandbox, document, ended, has, now, skipped, stdout, text};

/// Half a minute is what a token's times are given; beyond it a clock that is behind has some seconds to spare, as time goes by.
const SKEWS: [&str; 9] = [
    "+0",
    "+31s",
    "-36s",
    "+1h",
    "-1h",
    "+10y",
    "-10y",
    "@1970-01-01 00:00:01",
    "@2106-02-07 06:28:17",
];

/// The program at another time; waits take as long as ever.
fn at(skew: &str, home: &Home, program: &Command) -> Command {
    let mut command = home.command("faketime");
    command.args(["-f", skew]).arg(NOESIS).args(program.get_args());
    command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1");
    command
}

/// Whether time can be faked here; a program that is linked statically keeps its own.
fn can_fake() -> bool {
    if !has("faketime") {
        return false;
    }
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let output = at("+10y", &home, &home.noesis(&["status", "--json"])).output().unwrap();
    let can = output.status.success() && document(&output)["expired"] == true;
    if !can {
        skipped("`faketime` cannot be preloaded here");
    }
    can
}

/// Which way a clock is wrong, in seconds, roughly.
fn ahead(skew: &str) -> i64 {
    match skew {
        "+0" => 0,
        "+31s" => 31,
        "-36s" => -36,
        "+1h" => 3600,
        "-1h" => -3600,
        "+10y" | "@2106-02-07 06:28:17" => i64::MAX,
        _ => i64::MIN,
    }
}

#[test]
fn s6_t12_no_clock_makes_a_command_panic_or_a_session_end() {
    if !can_fake() {
        return;
    }
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let mut cases = Cases::of("clocks");
    for skew in SKEWS {
        // Signed in at the right time, asked at the wrong one.
        home.sign_in(&sandbox);
        let token = home.session()["access_token"].as_str().unwrap().to_owned();
        let run = |args: &[&str]| at(skew, &home, &home.at(&sandbox, args)).output().unwrap();
        let over = ahead(skew) > 900;
        cases.case(format!("status at {skew}"), || {
            let output = run(&["status", "--json"]);
            ended(&output, &[0]);
            assert_eq!(document(&output)["expired"], over);
            let words = text(&run(&["status"]));
            assert_eq!(words.contains("expired"), over, "{words}");
        });
        cases.case(format!("decode at {skew}"), || {
            let output = run(&["decode", "--json", &token]);
            ended(&output, &[0]);
            assert_eq!(document(&output)["expired"], over);
            ended(&run(&["decode", &token]), &[0]);
        });
        cases.case(format!("verify at {skew}"), || {
            let output = run(&["verify", "--json", &token]);
            let good = (-30..=900).contains(&ahead(skew));
            ended(&output, &[if good { 0 } else { 3 }]);
            let checks = document(&output)["checks"].to_string();
            assert_eq!(document(&output)["valid"], good, "{checks}");
            let words = text(&run(&["verify", &token]));
            assert!(
                good || words.contains(if over { "expired" } else { "issued in the future" }),
                "{words}"
            );
        });
        cases.case(format!("introspect at {skew}"), || {
            let output = run(&["introspect", "--json", &token]);
            ended(&output, &[0]);
            assert_eq!(document(&output)["active"], true);
        });
        cases.case(format!("token at {skew}"), || {
            let output = run(&["token"]);
            ended(&output, &[0]);
            // A clock that is far off renews what it cannot believe, and hands out what the platform says is new.
            let far = !(-300..=840).contains(&ahead(skew));
            assert_eq!(stdout(&output).trim() != token, far, "{}", text(&output));
        });
        cases.case(format!("refresh and login at {skew}"), || {
            ended(&run(&["refresh"]), &[0]);
            ended(&run(&["login"]), &[0]);
        });
        cases.case(format!("the right time after {skew}"), || {
            let output = home.noesis(&["token"]).output().unwrap();
            ended(&output, &[0]);
            let answer = home
                .at(&sandbox, &["introspect", "--json"])
                .arg(stdout(&output).trim())
                .output()
                .unwrap();
            assert_eq!(document(&answer)["active"], true, "{}", text(&answer));
            ended(&home.noesis(&["verify"]).output().unwrap(), &[0]);
            ended(&home.noesis(&["refresh"]).output().unwrap(), &[0]);
        });
    }
    cases.end();
}

#[test]
fn s6_a_session_that_nothing_can_renew_is_used_at_any_clock_or_told_as_ended() {
    if !can_fake() {
        return;
    }
    let mut cases = Cases::of("clocks without a refresh token");
    for skew in SKEWS {
        cases.case(skew, || {
            let home = crate::support::session::signed_in_at("http://127.0.0.1:9", 900);
            let mut session = home.session();
            session["refresh_token"] = "".into();
            std::fs::write(home.session_file("default"), session.to_string()).unwrap();
            let over = ahead(skew) > 900;
            let output = at(skew, &home, &home.noesis(&["token"])).output().unwrap();
            ended(&output, &[if over { 4 } else { 0 }]);
            assert!(
                !over || text(&output).contains("run `noesis login`"),
                "{}",
                text(&output)
            );
            assert_eq!(home.session(), session, "it is kept as it was");
        });
    }
    // The wait for the platform goes by a clock that nobody sets.
    cases.case("a deadline at 1970", || {
        let server = crate::support::raw::Raw::acting(|_| std::thread::sleep(Duration::from_secs(5)));
        let home = crate::support::session::signed_in_at(&server.url, -1);
        let begun = now();
        let token = home.noesis(&["token", "--timeout", "500ms"]);
        ended(&at("@1970-01-01 00:00:01", &home, &token).output().unwrap(), &[0, 5]);
        assert!(now() - begun < 5);
    });
    cases.end();
}
