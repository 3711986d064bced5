//! Times in texts are in the user's time zone, as the C library finds it, or say that they are in UTC.

use std::process::Command;

use crate::support::{Home, NOESIS, skipped, stdout, text, token};

/// In summer and in winter of 2026.
const TIMES: [i64; 2] = [1_782_208_800, 1_795_883_931];

/// The times that a command prints, without their distance from now.
fn printed(command: &mut Command) -> Vec<String> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let shown = stdout(&output);
    let times: Vec<String> = shown
        .lines()
        .filter(|line| line.trim_start().starts_with("iat") || line.trim_start().starts_with("exp"))
        .map(|line| line.split_once('(').unwrap().1.replace("EXPIRED ", ""))
        .map(|time| time.split_once(',').unwrap().0.to_owned())
        .collect();
    assert_eq!(times.len(), 2, "{shown}");
    times
}

fn dated() -> String {
    let [iat, exp] = TIMES;
    token(r#"{"alg":"RS256"}"#, &format!(r#"{{"iat":{iat},"exp":{exp}}}"#))
}

#[test]
#[cfg(target_os = "linux")]
fn times_are_those_of_the_c_library_for_every_form_of_tz() {
    if !std::path::Path::new("/usr/share/zoneinfo/Europe/Berlin").exists() {
        skipped("needs the time zone database (the package `tzdata`)");
        return;
    }
    let home = Home::new();
    for tz in [
        "Europe/Berlin",
        ":Europe/Berlin",
        "/usr/share/zoneinfo/Asia/Kolkata",
        ":/usr/share/zoneinfo/America/New_York",
        "America/St_Johns",
        "Pacific/Kiritimati",
        "EST5EDT",
        "CET",
        "Etc/GMT+5",
        "EST5",
        "AAA-3BBB",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<-0330>3:30",
        "UTC",
        ":UTC",
        "",
        "UTC0",
        "GMT",
    ] {
        let expected: Vec<String> = TIMES
            .iter()
            .map(|at| {
                let mut date = home.command("date");
                date.env("TZ", tz).args([&format!("-d@{at}"), "+%Y-%m-%d %H:%M"]);
                stdout(&date.output().unwrap()).trim().to_owned()
            })
            .collect();
        assert_eq!(
            printed(home.noesis(&["decode", &dated()]).env("TZ", tz)),
            expected,
            "{tz}"
        );
    }
}

#[test]
fn a_zone_that_is_not_found_is_utc_and_says_so() {
    let home = Home::new();
    let utc = ["2026-06-23 10:00 UTC", "2026-11-28 16:38 UTC"];
    for tz in [
        "Nowhere/There",
        ":Nowhere",
        "Europe",
        "/dev/zero",
        "/",
        "../../etc/passwd",
        "5",
    ] {
        assert_eq!(printed(home.noesis(&["decode", &dated()]).env("TZ", tz)), utc, "{tz}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_machine_without_a_time_zone_database_says_utc() {
    let home = Home::new();
    // Where `/etc/localtime` leads is hidden with the database.
    let hide = "mount -t tmpfs none /usr/share/zoneinfo && if test -f /etc/localtime; then mount --bind /dev/null /etc/localtime; fi";
    let isolated = |script: &str| {
        let mut command = home.command("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh", NOESIS]);
        command
    };
    if !isolated(hide).output().is_ok_and(|output| output.status.success()) {
        skipped("needs `unshare`, the right to mount, and a time zone database to hide");
        return;
    }
    let utc = ["2026-06-23 10:00 UTC", "2026-11-28 16:38 UTC"];
    for tz in ["unset TZ", "TZ=Europe/Berlin"] {
        let mut command = isolated(&format!("{hide}; {tz}; exec \"$@\""));
        assert_eq!(printed(command.args(["decode", &dated()])), utc, "{tz}");
    }
}
