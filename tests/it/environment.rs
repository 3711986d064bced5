//! What the environment may hold that decides where files are, and what stops which command.

use crate::support::doctor::DoctorRun;
use crate::support::session::LOGIN_WITH_TOKEN;
use crate::support::{Home, stderr, text, token};

/// The variables that decide something.
const DECISIVE: [&str; 10] = [
    "NOESIS_TOKEN",
    "NOESIS_BASE_URL",
    "NOESIS_CLIENT_ID",
    "NOESIS_CLIENT_SECRET",
    "NOESIS_PROFILE",
    "NOESIS_STORE",
    "NOESIS_TIMEOUT",
    "NOESIS_CA_CERT",
    "NOESIS_CONFIG_DIR",
    "NOESIS_CACHE_DIR",
];

#[test]
fn a_variable_that_is_set_to_nothing_stops_what_may_use_it_and_nothing_else() {
    let home = Home::new();
    let token = token(r#"{"alg":"RS256"}"#, r#"{"sub":"u"}"#);
    for name in DECISIVE {
        for args in [&["pkce"][..], &["man"], &["completions", "bash"], &["decode", &token]] {
            let output = home.noesis(args).env(name, "").output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{name} {args:?}: {}", text(&output));
        }
        for args in [&["status"][..], &["token"], &["decode"], &["introspect", "abc"]] {
            let output = home.noesis(args).env(name, " ").output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{name} {args:?}: {}", text(&output));
            assert!(
                stderr(&output).contains(&format!("`{name}` is set to nothing")),
                "{}",
                text(&output)
            );
        }
        for nothing in ["", " "] {
            let hint = DoctorRun::of(home.noesis(&["doctor"]).env(name, nothing)).says(
                "config",
                "fail",
                &format!("`{name}` is set to nothing"),
            );
            assert!(hint.contains(&format!("unset {name}")), "{hint}");
        }
    }
}

#[test]
fn a_relative_home_puts_nothing_into_the_current_folder() {
    let here = Home::new();
    for args in [&["status"][..], &["doctor"], &LOGIN_WITH_TOKEN, &["logout"]] {
        let mut command = here.noesis(args);
        for name in [
            "HOME",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "XDG_CACHE_HOME",
            "XDG_DATA_HOME",
        ] {
            command.env(name, "relative");
        }
        let output = command.current_dir(here.path()).output().unwrap();
        assert!(
            matches!(output.status.code(), Some(1 | 2)),
            "{args:?}: {}",
            text(&output)
        );
        assert!(
            text(&output).contains("`HOME` is not set, or is a relative path"),
            "{}",
            text(&output)
        );
        assert_eq!(std::fs::read_dir(here.path()).unwrap().count(), 0, "{args:?}");
    }
}

#[test]
fn a_folder_that_the_user_names_is_taken_from_the_current_one_on() {
    let here = Home::new();
    std::fs::create_dir(here.path().join("own")).unwrap();
    let file = here.path().join("own/config.toml");
    std::fs::write(&file, "no toml").unwrap();
    let mut command = here.noesis(&["status"]);
    let output = command
        .env("NOESIS_CONFIG_DIR", "own")
        .current_dir(here.path())
        .output()
        .unwrap();
    let named = format!("`{}`", file.display());
    assert!(stderr(&output).contains(&named), "{}", text(&output));
}
