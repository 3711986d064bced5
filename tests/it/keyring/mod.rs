//! The program beside a real keyring, as `tests/keyring-bus` brings it in each of its conditions, and beside none.
//!
//! The store has tests of its own in `src/cli/store`; here is what a user sees of it: where the session is, and that a
//! keyring which cannot store one is reported in time, before a browser opens (rules L8, S1, S2, S5).

mod faults;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::doctor::DoctorRun;
use crate::support::{Home, Sandbox, document, error, headless_browser, now, skipped, stdout, text};

/// Whether the wrapper has brought this kind of bus.
fn on(bus: &str) -> bool {
    let here = std::env::var("NOESIS_TEST_BUS").is_ok_and(|here| here == bus);
    if !here {
        skipped(&format!("needs a session bus that is {bus}: see tests/keyring-bus"));
    }
    here
}

/// A home beside the keyring of the wrapper, which all tests share: the profile is the test's own.
struct KeyringHome {
    home: Home,
    profile: String,
}

impl KeyringHome {
    fn new(profile: &str) -> Self {
        Self {
            home: Home::new(),
            profile: profile.to_owned(),
        }
    }

    /// The program without a choice of store: it uses its default, or what the profile records.
    fn noesis(&self, args: &[&str]) -> Command {
        let mut command = self.home.noesis(args);
        command.env_remove("NOESIS_STORE").env("NOESIS_PROFILE", &self.profile);
        if let Some(bus) = std::env::var_os("DBUS_SESSION_BUS_ADDRESS") {
            command.env("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        let output = self.noesis(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output));
        output
    }

    fn sign_in(&self, sandbox: &Sandbox, store: &str) {
        let mut command = self.noesis(&["login", "--store", store]);
        let output = command
            .env("NOESIS_BASE_URL", &sandbox.url)
            .env("NOESIS_CLIENT_ID", "noesis-cli")
            .env("NOESIS_BROWSER", headless_browser())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    }

    /// The session as another program finds it in the keyring.
    fn lookup(&self) -> Option<Value> {
        let output = self.secret_tool(&["lookup"]).output().unwrap();
        let found = output.status.success() && !output.stdout.is_empty();
        found.then(|| serde_json::from_slice(&output.stdout).unwrap())
    }

    /// Puts a session into the keyring in the place of the one that is there.
    fn replace(&self, session: &Value) {
        use std::io::Write as _;
        assert!(self.secret_tool(&["clear"]).status().unwrap().success());
        let mut child = self
            .secret_tool(&["store", "--label=noesis"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(session.to_string().as_bytes()).unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
    }

    fn secret_tool(&self, verb: &[&str]) -> Command {
        let mut command = Command::new("secret-tool");
        let item = ["service", "noesis", "username", &self.profile];
        command.args(verb).args(item).stdin(Stdio::null());
        command
    }
}

impl Drop for KeyringHome {
    fn drop(&mut self) {
        if std::env::var("NOESIS_TEST_BUS").is_ok_and(|bus| bus == "unlocked") {
            let _ = self.secret_tool(&["clear"]).status();
        }
    }
}

fn token<'a>(session: &'a Value, name: &str) -> &'a str {
    session[name].as_str().unwrap()
}

/// The tokens of a session, a JWT in its segments: what no file may hold, however it is wrapped.
fn pieces(session: &Value) -> Vec<&str> {
    let tokens = ["access_token", "refresh_token"].map(|name| token(session, name));
    let pieces: Vec<&str> = tokens.iter().flat_map(|token| token.split('.')).collect();
    assert!(pieces.iter().all(|piece| piece.len() >= 16), "{pieces:?}");
    pieces
}

/// The files below a folder that hold any of the pieces.
fn holders(dir: &Path, pieces: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holders(&path, pieces));
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let holds = |piece: &&str| bytes.windows(piece.len()).any(|window| window == piece.as_bytes());
            if pieces.iter().any(holds) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s1_a_sign_in_is_one_item_of_the_keyring_and_in_no_file() {
    if !on("unlocked") {
        return;
    }
    let (keyring, sandbox) = (KeyringHome::new("it-one-item"), Sandbox::start());
    keyring.sign_in(&sandbox, "keyring");
    let first = keyring.lookup().unwrap();
    assert_eq!(holders(keyring.home.path(), &pieces(&first)), [""; 0]);

    let status = document(&keyring.run(&["--json", "status"]));
    assert_eq!(
        (&status["source"], &status["sub"]),
        (&"keyring".into(), &first_user(&first))
    );
    assert!(stdout(&keyring.run(&["status"])).contains("the keyring"));
    assert_eq!(
        stdout(&keyring.run(&["token"])).trim_end(),
        token(&first, "access_token")
    );

    // A refresh, forced or by need, goes into the same item.
    keyring.run(&["refresh"]);
    let second = keyring.lookup().unwrap();
    assert_ne!(token(&second, "access_token"), token(&first, "access_token"));
    assert_ne!(token(&second, "refresh_token"), token(&first, "refresh_token"));
    let printed = keyring.run(&["token", "--min-ttl", "23h"]);
    let third = keyring.lookup().unwrap();
    assert_ne!(token(&third, "access_token"), token(&second, "access_token"));
    assert_eq!(stdout(&printed).trim_end(), token(&third, "access_token"));
    for session in [&first, &second, &third] {
        assert_eq!(holders(keyring.home.path(), &pieces(session)), [""; 0]);
    }

    keyring.run(&["logout"]);
    assert_eq!(keyring.lookup(), None);
    assert_eq!(keyring.noesis(&["status"]).output().unwrap().status.code(), Some(4));
}

/// The user that a session's access token names.
fn first_user(session: &Value) -> Value {
    let token = noesis::Unverified::parse(token(session, "access_token")).unwrap();
    token.claims()["sub"].clone()
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s1_the_keyring_is_the_default_store() {
    if !on("unlocked") {
        return;
    }
    let keyring = KeyringHome::new("it-default");
    let mut login = keyring.noesis(&["--json", "login", "--with-token"]);
    login
        .args(["--base-url", "https://platform.example", "--client-id", "x"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = login.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"canary-access-token").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(document(&output)["store"], "keyring");
    assert_eq!(token(&keyring.lookup().unwrap(), "access_token"), "canary-access-token");
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s1_a_session_that_moves_to_a_file_leaves_the_keyring() {
    if !on("unlocked") {
        return;
    }
    let (keyring, sandbox) = (KeyringHome::new("it-moves"), Sandbox::start());
    keyring.sign_in(&sandbox, "keyring");
    assert!(keyring.lookup().is_some());
    keyring.sign_in(&sandbox, "file");
    assert_eq!(keyring.lookup(), None);

    // The search of the test above finds what there is to find.
    let file = keyring.home.session_file("it-moves");
    let session: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(
        holders(keyring.home.path(), &pieces(&session)),
        [file.display().to_string()]
    );

    keyring.sign_in(&sandbox, "keyring");
    assert!(keyring.lookup().is_some() && !file.exists());
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s5_sixteen_processes_make_one_refresh_of_a_session_in_the_keyring() {
    if !on("unlocked") {
        return;
    }
    let (keyring, sandbox) = (KeyringHome::new("it-storm"), Sandbox::start());
    keyring.sign_in(&sandbox, "keyring");
    let mut session = keyring.lookup().unwrap();
    session["expires_at"] = (now() + 10).into();
    keyring.replace(&session);

    let mut token_of_sixteen = keyring.noesis(&["token", "--min-ttl", "60s"]);
    token_of_sixteen.stdout(Stdio::piped()).stderr(Stdio::piped());
    let children: Vec<_> = (0..16).map(|_| token_of_sixteen.spawn().unwrap()).collect();
    let outputs: Vec<Output> = children.into_iter().map(|c| c.wait_with_output().unwrap()).collect();
    let stored = keyring.lookup().unwrap();
    assert_ne!(token(&stored, "access_token"), token(&session, "access_token"));
    for output in outputs {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert_eq!(stdout(&output).trim_end(), token(&stored, "access_token"));
    }
    assert_eq!(sandbox.count("token.refresh_token"), 1);
}

/// What `doctor` reports of a keyring that stores nothing: a failure where sessions go there, and nothing elsewhere.
fn doctor_reports(keyring: &KeyringHome, message: &str) -> String {
    let seen = DoctorRun::of(&mut keyring.noesis(&["doctor"]));
    seen.says("store", "skip", "see `keyring`");
    seen.says("session", "skip", "see `keyring`");
    let elsewhere = DoctorRun::of(&mut keyring.noesis(&["doctor", "--store", "file"]));
    elsewhere.says("store", "pass", "64 KiB");
    seen.says("keyring", "fail", message)
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s3_the_doctor_tries_64_kib_in_the_keyring_and_leaves_nothing_there() {
    if !on("unlocked") {
        return;
    }
    let (keyring, sandbox) = (KeyringHome::new("it-doctor"), Sandbox::start());
    keyring.sign_in(&sandbox, "keyring");
    let session = keyring.lookup();
    let seen = DoctorRun::of(&mut keyring.noesis(&["doctor"]));
    seen.says("keyring", "pass", "available and unlocked");
    seen.says("store", "pass", "64 KiB were stored in the keyring and read back");
    seen.says("session", "pass", "refreshed when needed");
    assert_eq!(keyring.lookup(), session);
    // The session of this test is found, and nothing of the doctor's.
    let mut search = Command::new("secret-tool");
    let output = search.args(["search", "--all", "service", "noesis"]).output().unwrap();
    assert!(text(&output).contains("it-doctor"), "{}", text(&output));
    assert!(!text(&output).contains("#doctor"), "{}", text(&output));
}

/// Each command ends with the store's error, in time, and `login` before a browser is started.
fn assert_login_fails(keyring: &KeyringHome, message: &str, hint: &str, bus: impl Fn(&mut Command)) {
    let opened = keyring.home.path().join("opened");
    let browser = keyring.home.path().join("browser");
    std::fs::write(&browser, format!("touch '{}'", opened.display())).unwrap();
    let config = keyring.home.path().join(".config/noesis/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(config, format!("[profile.{}]\n", keyring.profile)).unwrap();
    let command = |args: &[&str]| {
        let mut command = keyring.noesis(&["--json"]);
        command
            .args(args)
            .env("NOESIS_BASE_URL", "http://127.0.0.1:9")
            .env("NOESIS_CLIENT_ID", "noesis-cli")
            .env("NOESIS_BROWSER", format!("sh '{}'", browser.display()));
        bus(&mut command);
        command
    };

    for name in ["login", "status", "token", "logout"] {
        // A keyring that was waited for in vain has a message of its own.
        let output = command(&[name]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {}", text(&output));
        assert_eq!(stdout(&output), "", "{name}");
        let error = error(&output);
        assert_eq!(
            (&error["code"], &error["message"]),
            (&"STORE_ERROR".into(), &message.into()),
            "{name}"
        );
        assert!(error["hint"].as_str().unwrap().contains(hint), "{name}: {error}");
    }
    assert!(!opened.exists());

    // Had it been started, it would have been seen.
    let waited = command(&["login", "--store", "file", "--wait", "2s"]).output().unwrap();
    assert_eq!(waited.status.code(), Some(5), "{}", text(&waited));
    assert!(opened.exists());
}

#[test]
#[ignore = "needs a locked keyring: run tests/run"]
fn keyring_locked_l8_s2_is_reported_in_time_and_before_the_browser_opens() {
    if !on("locked") {
        return;
    }
    // The wrapper has put a session of this profile there before it locked the keyring.
    let keyring = KeyringHome::new("locked-in");
    assert_login_fails(&keyring, "the keyring is locked", "unlock the keyring", |_| {});
    let hint = doctor_reports(&keyring, "the keyring is locked");
    assert!(hint.starts_with("unlock the keyring"), "{hint}");
}

#[test]
#[ignore = "needs a bus without a keyring: run tests/run"]
fn keyring_no_service_l8_s2_is_reported_in_time_and_before_the_browser_opens() {
    if !on("no-service") {
        return;
    }
    let message = "no keyring is available: no keyring service on the session bus";
    let (keyring, hint) = (KeyringHome::new("it-nobody"), "run `noesis login --store file`");
    assert_login_fails(&keyring, message, hint, |_| {});
    assert!(doctor_reports(&keyring, message).starts_with(hint));
}

#[test]
#[ignore = "needs a mute bus: run tests/run"]
fn keyring_mute_l8_s2_is_reported_in_time_and_before_the_browser_opens() {
    if !on("mute") {
        return;
    }
    let message = "the keyring did not answer within 3 seconds";
    let (keyring, hint) = (KeyringHome::new("it-mute"), "a window that asks to unlock");
    assert_login_fails(&keyring, message, hint, |_| {});
    let start = Instant::now();
    assert!(doctor_reports(&keyring, message).contains(hint));
    // Two runs, and each waits three seconds once.
    assert!(
        start.elapsed() < Duration::from_secs(2 * 2 * 3),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn l8_s2_a_missing_bus_is_reported_in_time_and_before_the_browser_opens() {
    let keyring = KeyringHome::new("it-absent");
    let empty = keyring.home.path().join("run");
    std::fs::create_dir(&empty).unwrap();
    let message = "no keyring is available: no session bus";
    let hint = "run `noesis login --store file`";
    assert_login_fails(&keyring, message, hint, |command| {
        command
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env("XDG_RUNTIME_DIR", &empty);
    });
}

#[test]
fn l8_s2_an_environment_without_a_bus_is_reported_in_time_and_before_the_browser_opens() {
    let uid = Command::new("id").arg("-u").output().unwrap();
    let usual = format!("/run/user/{}/bus", stdout(&uid).trim());
    if Path::new(&usual).exists() {
        // It would be found without being named, and a test must not touch the user's own keyring.
        skipped(&format!("needs a machine without `{usual}`"));
        return;
    }
    let message = "no keyring is available: no session bus";
    let hint = "run `noesis login --store file`";
    assert_login_fails(&KeyringHome::new("it-nothing"), message, hint, |command| {
        command
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("XDG_RUNTIME_DIR");
    });
}
