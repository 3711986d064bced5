//! The file store against what file systems and processes do: modes, links, pipes, full disks, SIGKILL.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::time::{Duration, Instant};

use super::super::child::{self, skipped, until};
use super::super::contract::{StoreFixture, contract};
use super::*;

fn bench() -> Option<StoreFixture> {
    let home = tempfile::tempdir().unwrap();
    let store = FileStore::new(&home.path().join("config/noesis/sessions"));
    Some(StoreFixture::new(Box::new(store), Some(home)))
}

contract!(bench);

/// A store in a temporary folder, and that folder.
fn fresh() -> (FileStore, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    (FileStore::new(home.path()), home)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn inode(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().ino()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// The two texts that children write: of different lengths, and neither a prefix of the other.
fn texts() -> [String; 2] {
    ["old ".repeat(16 * 1024), "new".repeat(10_000)]
}

#[test]
fn l8_a_probe_creates_the_folder_and_leaves_it_empty() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("sessions");
    FileStore::new(&dir).probe().unwrap();
    assert_eq!(mode(&dir), 0o700);
    assert!(names(&dir).is_empty());
}

#[test]
fn s1_folder_and_file_are_private_whatever_the_umask() {
    for umask in ["000", "022", "077", "277", "777"] {
        let home = tempfile::tempdir().unwrap();
        let name = "cli::store::file::tests::child_saves_once";
        let mut child = child::command(name, home.path(), &format!("umask {umask}"));
        assert!(child.status().unwrap().success(), "umask {umask}");

        let dir = home.path().join("noesis/sessions");
        for (path, expected) in [
            (home.path().join("noesis"), 0o700),
            (dir.clone(), 0o700),
            (dir.join("default.json"), 0o600),
        ] {
            assert_eq!(mode(&path), expected, "umask {umask}: {}", path.display());
        }
        assert_eq!(names(&dir), ["default.json"]);
    }
}

#[test]
#[ignore = "a part of the test above"]
fn child_saves_once() {
    if let Some(dir) = child::dir() {
        let store = FileStore::new(&dir.join("noesis/sessions"));
        store.save("default", &Secret::from("text")).unwrap();
    }
}

#[test]
fn s1_the_mode_is_0600_at_every_moment_of_a_save() {
    let (store, home) = fresh();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..100 {
                store.save("default", &Secret::from("text")).unwrap();
            }
            done.store(true, std::sync::atomic::Ordering::Release);
        });
        while !done.load(std::sync::atomic::Ordering::Acquire) {
            for entry in std::fs::read_dir(home.path()).unwrap().flatten() {
                // It may have been removed meanwhile.
                if let Ok(found) = entry.metadata() {
                    assert_eq!(found.permissions().mode() & 0o7777, 0o600);
                }
            }
        }
    });
}

#[test]
fn s4_sigkill_at_any_moment_leaves_the_old_session_or_the_new_one() {
    let (store, home) = fresh();
    let path = home.path().join("default.json");
    let mut seen = [0, 0];
    for round in 0..50_u64 {
        let _ = std::fs::remove_file(&path);
        let name = "cli::store::file::tests::child_saves_in_a_loop";
        let mut child = child::command(name, home.path(), "").spawn().unwrap();
        until("the child saves", || path.exists());
        // After some saves, then in some step of the next: each round is killed at another moment.
        for _ in 0..round % 3 {
            let before = inode(&path);
            until("the child saves again", || inode(&path) != before);
        }
        let moment = Instant::now() + Duration::from_micros(round * 211 % 3000);
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let session = store.load("default").unwrap().unwrap();
        let which = texts().iter().position(|text| text == session.expose());
        seen[which.unwrap_or_else(|| panic!("torn in round {round}"))] += 1;
        assert_eq!(mode(&path), 0o600);
    }
    assert!(seen.iter().all(|&count| count > 0), "{seen:?}");

    store.save("default", &Secret::from("text")).unwrap();
    assert_eq!(names(home.path()), ["default.json"]);
}

#[test]
#[ignore = "a part of the test above"]
fn child_saves_in_a_loop() {
    let Some(dir) = child::dir() else {
        return;
    };
    let store = FileStore::new(&dir);
    let texts = texts().map(Secret::from);
    // Ends by itself in case its parent is killed.
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        for text in &texts {
            store.save("default", text).unwrap();
        }
    }
}

#[test]
fn s4_a_full_disk_leaves_the_old_session() {
    let home = tempfile::tempdir().unwrap();
    let name = "cli::store::file::tests::child_fills_its_disk";
    // A file system in a mount namespace, which ends with the child.
    let setup = "mount -t tmpfs -o size=72k none \"$NOESIS_TEST_CHILD\" || exit 77";
    let child = child::command(name, home.path(), setup);
    let status = std::process::Command::new("unshare")
        .arg("-rm")
        .arg(child.get_program())
        .args(child.get_args())
        .env("NOESIS_TEST_CHILD", home.path())
        .stdout(std::process::Stdio::null())
        .status();
    match status.map(|status| status.code()) {
        Ok(Some(0)) => {}
        // Exit statuses of the mount and of `unshare`, or its absence; a test that fails exits with 101.
        Ok(Some(77 | 1)) | Err(_) => skipped("mounting a file system is not permitted here"),
        Ok(code) => panic!("{code:?}"),
    }
}

#[test]
#[ignore = "a part of the test above"]
fn child_fills_its_disk() {
    let Some(dir) = child::dir() else {
        return;
    };
    filled(&FileStore::new(&dir.join("sessions")), io::ErrorKind::StorageFull);
}

/// The same by a file size limit, which needs no privilege.
#[test]
fn s4_a_write_beyond_the_file_size_limit_leaves_the_old_session() {
    let home = tempfile::tempdir().unwrap();
    let name = "cli::store::file::tests::child_may_write_little";
    let mut child = child::command(name, home.path(), "trap '' XFSZ; ulimit -f 80");
    assert!(child.status().unwrap().success());
}

#[test]
#[ignore = "a part of the test above"]
fn child_may_write_little() {
    if let Some(dir) = child::dir() {
        filled(&FileStore::new(&dir), io::ErrorKind::FileTooLarge);
    }
}

#[test]
fn l8_the_probe_fails_where_an_empty_file_fits_and_a_session_does_not() {
    let home = tempfile::tempdir().unwrap();
    let name = "cli::store::file::tests::child_probes_with_little_space";
    // Blocks of 512 bytes.
    let mut child = child::command(name, home.path(), "trap '' XFSZ; ulimit -f 8");
    assert!(child.status().unwrap().success());
}

#[test]
#[ignore = "a part of the test above"]
fn child_probes_with_little_space() {
    if let Some(dir) = child::dir() {
        let error = FileStore::new(&dir).probe().unwrap_err();
        assert!(
            matches!(&error, StoreError::Io { action: "write in", source, .. } if source.kind() == io::ErrorKind::FileTooLarge),
            "{error}"
        );
        assert!(names(&dir).is_empty());
    }
}

/// Checks a store that has space for a short session and not for a long one.
fn filled(store: &FileStore, expected: io::ErrorKind) {
    store.save("default", &Secret::from("old")).unwrap();
    for _ in 0..3 {
        let error = store
            .save("default", &Secret::from("x".repeat(100 * 1024)))
            .unwrap_err();
        assert!(
            matches!(&error, StoreError::Io { action: "write", source, .. } if source.kind() == expected),
            "{error}"
        );
        assert_eq!(store.load("default").unwrap().unwrap().expose(), "old");
        assert_eq!(names(&store.dir), ["default.json"]);
    }
}

#[test]
fn a_path_that_is_not_a_regular_file_is_refused_and_not_waited_for() {
    let (store, home) = fresh();
    let at = |name: &str| home.path().join(name);
    std::fs::write(at("elsewhere"), "canary").unwrap();
    symlink(at("elsewhere"), at("link.json")).unwrap();
    symlink(at("nowhere"), at("dangling.json")).unwrap();
    symlink("/dev/zero", at("zero.json")).unwrap();
    std::fs::create_dir(at("folder.json")).unwrap();
    let pipe = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe.json"), pipe).unwrap();

    for (profile, reason) in [
        ("link", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
        ("zero", "is a symbolic link"),
        ("folder", "is not a regular file"),
        ("pipe", "is not a regular file"),
    ] {
        let error = store.load(profile).unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { .. }), "{error}");
        let path = at(&format!("{profile}.json"));
        assert_eq!(
            error.to_string(),
            format!(
                "the stored session of profile `{profile}` cannot be read: `{}` {reason}",
                path.display()
            )
        );
    }

    // A save replaces a link by a file, and leaves the target of the link alone.
    for profile in ["link", "pipe"] {
        store.save(profile, &Secret::from("new")).unwrap();
        assert_eq!(store.load(profile).unwrap().unwrap().expose(), "new");
    }
    assert_eq!(std::fs::read_to_string(at("elsewhere")).unwrap(), "canary");
    assert!(store.save("folder", &Secret::from("new")).is_err());
    assert!(store.delete("folder").is_err());
}

#[test]
fn a_file_that_is_too_large_or_not_utf_8_is_corrupt_and_not_quoted() {
    let (store, home) = fresh();
    let large = "canary".repeat(MAX_SESSION_BYTES / 6 + 1);
    std::fs::write(home.path().join("large.json"), large).unwrap();
    std::fs::write(home.path().join("binary.json"), b"canary\xff").unwrap();
    for (profile, reason) in [("large", "is larger than any session"), ("binary", "is not UTF-8 text")] {
        let error = store.load(profile).unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { .. }), "{error}");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
        assert!(store.delete(profile).unwrap());
    }
}

#[test]
fn s4_the_largest_session_that_can_be_saved_can_be_loaded() {
    let (store, _home) = fresh();
    let largest = Secret::from("x".repeat(MAX_SESSION_BYTES));
    store.save("default", &largest).unwrap();
    assert!(store.load("default").unwrap() == Some(largest));
}

#[test]
fn s2_a_folder_that_cannot_be_used_is_an_error_and_not_an_absent_session() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("sessions");
    std::fs::write(&dir, "a file in its place").unwrap();
    let store = FileStore::new(&dir);
    for error in [
        store.probe().unwrap_err(),
        store.load("default").unwrap_err(),
        store.save("default", &Secret::from("x")).unwrap_err(),
        store.delete("default").unwrap_err(),
    ] {
        assert!(matches!(&error, StoreError::Io { .. }), "{error}");
        assert!(error.to_string().contains(&*dir.to_string_lossy()), "{error}");
    }
}

#[test]
fn a_folder_without_write_permission_fails_the_probe() {
    if rustix::process::geteuid().is_root() {
        skipped("root may write everywhere");
        return;
    }
    let (store, home) = fresh();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o500)).unwrap();
    let error = store.probe().unwrap_err();
    assert!(matches!(&error, StoreError::Io { action: "write in", .. }), "{error}");
}

#[test]
fn the_next_save_or_delete_removes_the_temporary_file_of_a_crash() {
    let (store, home) = fresh();
    let stale = home.path().join(".noesis-AbCdEf.tmp");
    std::fs::write(&stale, "half a token").unwrap();
    store.save("default", &Secret::from("text")).unwrap();
    assert_eq!(names(home.path()), ["default.json"]);

    std::fs::write(&stale, "half a token").unwrap();
    store.delete("default").unwrap();
    assert!(names(home.path()).is_empty());
}

#[test]
fn the_file_of_a_profile_is_where_the_documents_say() {
    let (store, home) = fresh();
    store.save("work.eu-1", &Secret::from("text")).unwrap();
    let text = std::fs::read_to_string(home.path().join("work.eu-1.json")).unwrap();
    assert_eq!(text, "text");
}
