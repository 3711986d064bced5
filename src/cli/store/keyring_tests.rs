//! The keyring store against a real keyring, which `tests/keyring-bus` starts in each of its conditions.
//!
//! Run them by `tests/keyring-bus cargo test --lib -- --ignored keyring`; a test for another condition is skipped with a
//! message.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::super::child::{self, skipped, until};
use super::super::contract::{StoreFixture, contract};
use super::*;

/// A store that splits what this keyring would take whole, with a long deadline as the machine may be busy.
fn store(whole: usize, chunk: usize) -> KeyringStore {
    KeyringStore {
        sizes: Sizes { whole, chunk },
        limit: Duration::from_secs(60),
    }
}

/// Whether the wrapper has started this kind of bus.
fn on(bus: &str) -> bool {
    let here = std::env::var("NOESIS_TEST_BUS").is_ok_and(|here| here == bus);
    if !here {
        skipped(&format!("needs a session bus that is {bus}: see tests/keyring-bus"));
    }
    here
}

/// The error of each operation; one that waited for the keyring says so.
fn failures() -> [StoreError; 4] {
    let store = KeyringStore::new();
    let text = Secret::from("canary");
    [
        store.probe().err().unwrap(),
        store.load("default").err().unwrap(),
        store.save("default", &text).err().unwrap(),
        store.delete("default").err().unwrap(),
    ]
}

/// The item as another program reads it.
fn lookup(profile: &str) -> Option<String> {
    let output = Command::new("secret-tool")
        .args(["lookup", "service", SERVICE, "username", profile])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    output.status.success().then_some(text)
}

/// The user names of all items of this service, as another program lists them.
fn users() -> Vec<String> {
    let mut all = String::new();
    until("the items are listed while other tests delete theirs", || {
        let output = Command::new("secret-tool")
            .args(["search", "--all", "service", SERVICE])
            .output()
            .unwrap();
        // The secret of a test that stores what is not UTF-8 is listed as well.
        all = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        !all.lines().any(|line| line.starts_with("secret-tool:"))
    });
    all.lines()
        .filter_map(|line| line.strip_prefix("attribute.username = "))
        .map(str::to_owned)
        .collect()
}

mod whole {
    use super::*;

    fn bench() -> Option<StoreFixture> {
        let Sizes { whole, chunk } = Sizes::DEFAULT;
        on("unlocked").then(|| StoreFixture::new(Box::new(store(whole, chunk)), None))
    }

    contract!(
        #[ignore = "needs a keyring: run tests/run"]
        bench
    );
}

mod chunked_items {
    use super::*;

    fn bench() -> Option<StoreFixture> {
        on("unlocked").then(|| StoreFixture::new(Box::new(store(100, 1000)), None))
    }

    contract!(
        #[ignore = "needs a keyring: run tests/run"]
        bench
    );
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s1_a_session_is_one_item_that_other_programs_find() {
    if !on("unlocked") {
        return;
    }
    let store = KeyringStore::new();
    let text = format!(r#"{{"access_token":"{}"}}"#, "t".repeat(6000));
    store.save("seen-from-outside", &Secret::from(text.as_str())).unwrap();
    assert!(lookup("seen-from-outside").as_deref() == Some(text.as_str()));
    let ours = |user: &String| user.starts_with("seen-from-outside");
    assert_eq!(users().into_iter().filter(ours).count(), 1);

    store.save("seen-from-outside", &Secret::from("new")).unwrap();
    assert_eq!(lookup("seen-from-outside").as_deref(), Some("new"));
    assert!(store.delete("seen-from-outside").unwrap());
    assert_eq!(lookup("seen-from-outside"), None);
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn no_chunk_remains_when_a_session_shrinks_or_is_deleted() {
    if !on("unlocked") {
        return;
    }
    let store = store(20, 10);
    let left = || {
        let mut users = users();
        users.retain(|user| user.starts_with("shrinking"));
        users.sort();
        users
    };
    store.save("shrinking", &Secret::from("x".repeat(45))).unwrap();
    assert_eq!(left().len(), 1 + 5, "{:?}", left());
    store.save("shrinking", &Secret::from("x".repeat(25))).unwrap();
    assert_eq!(left(), ["shrinking", "shrinking#b0", "shrinking#b1", "shrinking#b2"]);
    store.save("shrinking", &Secret::from("whole")).unwrap();
    assert_eq!(left(), ["shrinking"]);
    store.save("shrinking", &Secret::from("x".repeat(25))).unwrap();
    assert!(store.delete("shrinking").unwrap());
    assert!(left().is_empty());
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn l8_a_probe_leaves_no_item() {
    if !on("unlocked") {
        return;
    }
    KeyringStore::new().probe().unwrap();
    // Other tests may be probing concurrently.
    until("no item of a probe is left", || {
        !users().iter().any(|user| user.starts_with("#probe"))
    });
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s2_an_item_of_another_program_with_the_same_name_is_an_error() {
    if !on("unlocked") {
        return;
    }
    let store = KeyringStore::new();
    store.save("claimed-twice", &Secret::from("canary")).unwrap();
    let tool = |args: &[&str]| {
        let mut child = Command::new("secret-tool")
            .args(args)
            .args(["service", SERVICE, "username", "claimed-twice"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"foreign").unwrap();
        assert!(child.wait().unwrap().success());
    };
    tool(&["store", "--label=foreign", "maker", "another"]);

    for error in [
        store.load("claimed-twice").err(),
        store.save("claimed-twice", &Secret::from("canary")).err(),
        store.delete("claimed-twice").err(),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, StoreError::Ambiguous { .. }), "{error}");
        assert_eq!(
            error.to_string(),
            "the keyring holds more than one item named `noesis` for `claimed-twice`"
        );
    }

    // The command that the hint names.
    tool(&["clear"]);
    assert_eq!(store.load("claimed-twice").unwrap(), None);
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s2_an_item_that_is_not_utf_8_is_corrupt() {
    if !on("unlocked") {
        return;
    }
    let entry = Entry::new(SERVICE, "not-utf-8").unwrap();
    entry.set_secret(b"\xff\xfecanary").unwrap();
    let error = KeyringStore::new().load("not-utf-8").unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }));
    assert!(!format!("{error} {error:?}").contains("canary"));
    assert!(KeyringStore::new().delete("not-utf-8").unwrap());
}

#[test]
#[ignore = "needs a locked keyring: run tests/run"]
fn keyring_locked_s2_is_reported_as_locked() {
    if !on("locked") {
        return;
    }
    let store = KeyringStore::new();
    let text = Secret::from("canary");
    for error in [
        store.probe().err().unwrap(),
        store.save("default", &text).err().unwrap(),
        // The wrapper created this one before it locked the keyring.
        store.load("locked-in").err().unwrap(),
        store.delete("locked-in").err().unwrap(),
        store.save("locked-in", &text).err().unwrap(),
    ] {
        assert!(matches!(error, StoreError::Locked), "{error}");
    }
}

#[test]
#[ignore = "needs a bus without a keyring: run tests/run"]
fn keyring_no_service_s2_is_reported_as_unavailable() {
    if !on("no-service") {
        return;
    }
    for error in failures() {
        assert_eq!(
            error.to_string(),
            "no keyring is available: no keyring service on the session bus"
        );
    }
}

#[test]
#[ignore = "needs a mute bus: run tests/run"]
fn keyring_mute_s2_every_operation_times_out_after_three_seconds() {
    if !on("mute") {
        return;
    }
    let start = Instant::now();
    for error in failures() {
        assert!(matches!(error, StoreError::TimedOut(LIMIT)), "{error}");
        assert_eq!(error.to_string(), "the keyring did not answer within 3 seconds");
    }
    // Each waited once.
    assert!(
        (4 * LIMIT..8 * LIMIT).contains(&start.elapsed()),
        "{:?}",
        start.elapsed()
    );
}

#[test]
#[ignore = "needs a keyring: run tests/run"]
fn s2_a_save_that_timed_out_is_not_completed_afterwards() {
    if !on("unlocked") {
        return;
    }
    // A bus of its own: the keyring is stopped for a while, and other tests must not wait for it.
    let wrapper = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/keyring-bus");
    let dir = tempfile::tempdir().unwrap();
    let name = "cli::store::keyring::tests::child_times_out_on_a_stopped_keyring";
    let child = child::command(name, dir.path(), "");
    let status = Command::new(wrapper)
        .arg(child.get_program())
        .args(child.get_args())
        .env("NOESIS_TEST_CHILD", dir.path())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "a part of the test above"]
fn child_times_out_on_a_stopped_keyring() {
    if child::dir().is_none() {
        return;
    }
    let store = KeyringStore::new();
    store.save("default", &Secret::from("old")).unwrap();
    let script = r#"kill "$1" "$(gdbus call --session -d org.freedesktop.DBus -o /org/freedesktop/DBus \
        -m org.freedesktop.DBus.GetConnectionUnixProcessID org.freedesktop.secrets | tr -dc '0-9 ' | cut -d ' ' -f 2)""#;
    let keyring = |signal| {
        let args = ["-c", script, "sh", signal];
        assert!(Command::new("sh").args(args).status().unwrap().success());
    };

    keyring("-STOP");
    let error = store.save("default", &Secret::from("new")).err().unwrap();
    assert!(matches!(error, StoreError::TimedOut(_)), "{error}");
    keyring("-CONT");

    // Writers are serialized: when this one is done, the one that timed out has ended.
    store.save("other", &Secret::from("text")).unwrap();
    let kept = store.load("default").unwrap().unwrap();
    assert_eq!(kept.expose(), "old");
}

#[test]
fn s2_no_session_bus_is_reported_as_unavailable() {
    // The crate looks for a bus once per process, so that this needs a process of its own.
    let dir = tempfile::tempdir().unwrap();
    let name = "cli::store::keyring::tests::child_without_a_bus";
    for setup in [
        "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus",
        "export DBUS_SESSION_BUS_ADDRESS=junk",
    ] {
        let mut child = child::command(name, dir.path(), setup);
        assert!(child.status().unwrap().success(), "{setup}");
    }
}

#[test]
#[ignore = "a part of the test above"]
fn child_without_a_bus() {
    if child::dir().is_none() {
        return;
    }
    for error in failures() {
        assert_eq!(error.to_string(), "no keyring is available: no session bus");
    }
}
