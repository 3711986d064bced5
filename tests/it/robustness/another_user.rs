//! Files that another user has written, or could have, are not used, and what needs nothing of them goes on; nothing is
//! written that would lock another user out.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::doctor::DoctorRun;
use crate::support::{Home, Sandbox, error, skipped, text};

/// A user who is neither root nor the one of the tests.
const OTHER: u32 = 65534;

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Gives a file to another user; says that the test is skipped where that takes root.
fn give_away(path: &Path) -> bool {
    let given = chown(path, Some(OTHER), Some(OTHER)).is_ok();
    if !given {
        skipped("only root can give a file to another user");
    }
    given
}

fn take_back(path: &Path) {
    chown(path, Some(0), Some(0)).unwrap();
}

fn config(home: &Home) -> PathBuf {
    home.path().join(".config/noesis/config.toml")
}

/// A home whose config file names a platform.
fn configured() -> Home {
    let home = Home::new();
    std::fs::create_dir_all(config(&home).parent().unwrap()).unwrap();
    let text = "[profile.default]\nbase_url = \"https://platform.test\"\nclient_id = \"cli\"\n";
    std::fs::write(config(&home), text).unwrap();
    home
}

/// Runs `authorize-url`, which takes the platform from the config file.
fn authorize_url(home: &Home) -> Command {
    home.noesis(&["--json", "authorize-url", "--redirect-uri", "http://127.0.0.1/callback"])
}

fn is_used(home: &Home) -> bool {
    authorize_url(home).output().unwrap().status.success()
}

/// The message of the error that the config file is not used.
fn refusal(home: &Home) -> String {
    let output = authorize_url(home).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    error(&output)["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_config_file_of_another_user_is_not_used_through_links_too() {
    let home = configured();
    let (file, folder) = (config(&home), home.path().join(".config/noesis"));
    assert!(is_used(&home));
    if !give_away(&file) {
        return;
    }
    assert!(refusal(&home).contains("belongs to another user (uid 65534)"));
    take_back(&file);
    assert!(give_away(&folder));
    assert!(refusal(&home).contains("belongs to another user"));
    take_back(&folder);

    let elsewhere = home.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let target = elsewhere.join("config.toml");
    std::fs::rename(&file, &target).unwrap();
    symlink(&target, &file).unwrap();
    assert!(is_used(&home));
    assert!(give_away(&target));
    assert!(refusal(&home).contains("belongs to another user"), "the target");
    take_back(&target);
    assert!(give_away(&elsewhere));
    assert!(
        refusal(&home).contains("belongs to another user"),
        "the target's folder"
    );
    take_back(&elsewhere);
    std::os::unix::fs::lchown(&file, Some(OTHER), None).unwrap();
    assert!(refusal(&home).contains("link of another user"), "the link");
}

#[test]
fn a_config_file_may_be_written_by_the_users_own_group_and_not_by_everybody() {
    let home = configured();
    let file = config(&home);
    for (mode, used) in [
        (0o600, true),
        (0o644, true),
        (0o664, true),
        (0o666, false),
        (0o602, false),
    ] {
        chmod(&file, mode);
        assert_eq!(is_used(&home), used, "{mode:o}");
    }
    chmod(&file, 0o644);
    for (mode, used) in [(0o775, true), (0o777, false)] {
        chmod(file.parent().unwrap(), mode);
        assert_eq!(is_used(&home), used, "folder {mode:o}");
    }
}

#[test]
fn a_session_of_another_user_is_not_used() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let file = home.session_file("default");
    let status = || home.at(&sandbox, &["--json", "status"]).output().unwrap();
    assert_eq!(status().status.code(), Some(0));
    chmod(&file, 0o606);
    let output = status();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    chmod(&file, 0o600);
    for path in [file.as_path(), file.parent().unwrap()] {
        if !give_away(path) {
            return;
        }
        let output = status();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(error(&output)["message"].as_str().unwrap().contains("another user"));
        take_back(path);
    }
    assert_eq!(status().status.code(), Some(0));
}

#[test]
fn commands_that_need_no_configuration_work_with_an_unusable_one() {
    let (home, sandbox) = (configured(), Sandbox::start());
    let token = crate::support::mint(&home, &sandbox, &[]);
    std::fs::write(config(&home), "broken [").unwrap();
    chmod(&config(&home), 0o000);
    for args in [
        &["pkce"][..],
        &["completions", "bash"],
        &["man"],
        &["decode", &token],
        &["introspect", &token],
        &["verify", &token],
    ] {
        let output = home.at(&sandbox, args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output));
    }
    let doctor = DoctorRun::of(&mut home.at(&sandbox, &["doctor"]));
    doctor.says("config", "fail", "config.toml");
    doctor.says("platform", "pass", "answers");
    // What needs it says so.
    assert!(refusal(&home).contains("config.toml"));
    let output = home.at(&sandbox, &["--json", "status"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() && !path.is_symlink() {
            true => files(&path).into_iter().chain([path]).collect(),
            false => vec![path],
        })
        .collect()
}

#[test]
fn a_run_in_the_home_of_another_user_leaves_nothing_that_locks_the_user_out() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let token = crate::support::mint(&home, &sandbox, &[]);
    std::fs::create_dir_all(home.path().join(".config")).unwrap();
    if !(give_away(home.path()) && give_away(&home.path().join(".config"))) {
        return;
    }
    let login = home.at(&sandbox, &["--json", "login"]).output().unwrap();
    assert_eq!(login.status.code(), Some(1), "{}", text(&login));
    assert!(
        error(&login)["message"]
            .as_str()
            .unwrap()
            .contains("another user (uid 65534)")
    );
    assert_eq!(sandbox.count("token"), 0, "no code was spent");
    let verify = home.at(&sandbox, &["verify", &token]).output().unwrap();
    assert_eq!(verify.status.code(), Some(0), "{}", text(&verify));
    for file in files(home.path()) {
        let owner = std::fs::symlink_metadata(&file).unwrap().uid();
        assert_eq!(owner, OTHER, "{}", file.display());
    }
}

#[test]
fn a_config_file_keeps_its_mode_and_the_link_to_it() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let target = home.path().join("shared.toml");
    std::fs::write(&target, "# ours\n").unwrap();
    chmod(&target, 0o664);
    std::fs::create_dir_all(config(&home).parent().unwrap()).unwrap();
    symlink(&target, config(&home)).unwrap();
    home.sign_in(&sandbox);
    assert!(config(&home).is_symlink());
    assert_eq!(std::fs::metadata(&target).unwrap().mode() & 0o7777, 0o664);
    assert!(std::fs::read_to_string(&target).unwrap().contains("base_url"));
}

#[test]
fn l8_a_lock_that_cannot_be_created_is_found_before_the_browser_opens() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    std::fs::write(home.path().join(".local"), "").unwrap();
    let login = home.at(&sandbox, &["--json", "login"]).output().unwrap();
    assert_eq!(login.status.code(), Some(1), "{}", text(&login));
    assert_eq!(sandbox.count("token"), 0, "no code was spent");
}
