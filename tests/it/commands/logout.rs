//! `noesis logout`: of one profile and of all.

use crate::support::{Home, Sandbox, document, error, text};

#[test]
fn profiles_hold_sessions_of_their_own_and_logout_all_ends_them() {
    let (home, one, two) = (Home::new(), Sandbox::start(), Sandbox::start());
    assert!(home.at(&one, &["login"]).output().unwrap().status.success());
    assert!(
        home.at(&two, &["login", "--profile", "work"])
            .output()
            .unwrap()
            .status
            .success()
    );

    let status = |profile: &str| {
        document(
            &home
                .noesis(&["status", "--json", "--profile", profile])
                .output()
                .unwrap(),
        )
    };
    assert_eq!(status("default")["base_url"], one.url.as_str());
    assert_eq!(status("work")["base_url"], two.url.as_str());

    let mismatch = home
        .noesis(&["token", "--json", "--base-url", &two.url])
        .output()
        .unwrap();
    assert_eq!(mismatch.status.code(), Some(4));
    let message = error(&mismatch)["message"].as_str().unwrap().to_owned();
    assert_eq!(
        message,
        format!("profile `default` is signed in to `{}`, not to `{}`", one.url, two.url)
    );

    assert!(home.noesis(&["logout", "--all"]).output().unwrap().status.success());
    for profile in ["default", "work"] {
        assert!(!home.session_file(profile).exists(), "{profile}");
    }
}

#[test]
fn logout_all_finds_sessions_without_a_config_file_and_in_recorded_stores() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for profile in ["default", "Work", "x.y"] {
        let login = home.at(&sandbox, &["login", "--profile", profile]).output().unwrap();
        assert!(login.status.success(), "{}", text(&login));
    }
    let output = home.noesis(&["--store", "memory", "logout", "--all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!home.session_file("default").exists());

    for profile in ["default", "Work", "x.y"] {
        home.at(&sandbox, &["login", "--profile", profile]).output().unwrap();
    }
    std::fs::remove_file(home.path().join(".config/noesis/config.toml")).unwrap();
    let output = home.noesis(&["logout", "--all"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let left = std::fs::read_dir(home.session_file("x").parent().unwrap())
        .unwrap()
        .count();
    assert_eq!(left, 0);
}
