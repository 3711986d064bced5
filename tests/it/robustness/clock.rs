//! A clock that is wrong: by half a minute, by ten years, at either end of what 32 bits hold (rules S6, T12).
//!
//! `faketime` stands around the program; the sandbox keeps the right time.

use std::process::Command;
use std::time::Duration;

use crate::support::{Cases, Home, NOESIS, Sandbox, assert_ended, document, has, now, skipped, stdout, text};

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
fn s6_t12_no_clock_skew_makes_a_command_panic_or_a_session_end() {
    if !can_fake() {
        return;
    }
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let mut cases = Cases::of("clocks");
    for skew in SKEWS {
        // Signed in at the right time, used at the wrong one.
        home.sign_in(&sandbox);
        let token = home.session()["access_token"].as_str().unwrap().to_owned();
        let run = |args: &[&str]| at(skew, &home, &home.at(&sandbox, args)).output().unwrap();
        let over = ahead(skew) > 900;
        cases.case(format!("status at {skew}"), || {
            let output = run(&["status", "--json"]);
            assert_ended(&output, &[0]);
            assert_eq!(document(&output)["expired"], over);
            let words = text(&run(&["status"]));
            assert_eq!(words.contains("expired"), over, "{words}");
        });
        cases.case(format!("decode at {skew}"), || {
            let output = run(&["decode", "--json", &token]);
            assert_ended(&output, &[0]);
            assert_eq!(document(&output)["expired"], over);
            assert_ended(&run(&["decode", &token]), &[0]);
        });
        cases.case(format!("verify at {skew}"), || {
            let output = run(&["verify", "--json", &token]);
            let good = (-30..=900).contains(&ahead(skew));
            assert_ended(&output, &[if good { 0 } else { 3 }]);
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
            assert_ended(&output, &[0]);
            assert_eq!(document(&output)["active"], true);
        });
        cases.case(format!("token at {skew}"), || {
            let output = run(&["token"]);
            assert_ended(&output, &[0]);
            // With a clock that is far off the token is refreshed, and the new one is used.
            let far = !(-300..=840).contains(&ahead(skew));
            assert_eq!(stdout(&output).trim() != token, far, "{}", text(&output));
        });
        cases.case(format!("refresh and login at {skew}"), || {
            assert_ended(&run(&["refresh"]), &[0]);
            assert_ended(&run(&["login"]), &[0]);
        });
        cases.case(format!("the right time after {skew}"), || {
            let output = home.noesis(&["token"]).output().unwrap();
            assert_ended(&output, &[0]);
            let answer = home
                .at(&sandbox, &["introspect", "--json"])
                .arg(stdout(&output).trim())
                .output()
                .unwrap();
            assert_eq!(document(&answer)["active"], true, "{}", text(&answer));
            assert_ended(&home.noesis(&["verify"]).output().unwrap(), &[0]);
            assert_ended(&home.noesis(&["refresh"]).output().unwrap(), &[0]);
        });
    }
    cases.end();
}

#[test]
fn s6_a_session_without_a_refresh_token_is_used_or_reported_as_expired_at_any_clock_skew() {
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
            assert_ended(&output, &[if over { 4 } else { 0 }]);
            assert!(
                !over || text(&output).contains("run `noesis login`"),
                "{}",
                text(&output)
            );
            assert_eq!(home.session(), session, "it is kept as it was");
        });
    }
    // The timeout of a request is measured by the monotonic clock.
    cases.case("a deadline at 1970", || {
        let server = crate::support::raw::Raw::acting(|_| std::thread::sleep(Duration::from_secs(5)));
        let home = crate::support::session::signed_in_at(&server.url, -1);
        let begun = now();
        let token = home.noesis(&["token", "--timeout", "500ms"]);
        assert_ended(&at("@1970-01-01 00:00:01", &home, &token).output().unwrap(), &[0, 5]);
        assert!(now() - begun < 5);
    });
    cases.end();
}
