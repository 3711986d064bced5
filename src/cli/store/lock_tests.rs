//! The lock between threads, between processes, and after its holder was killed.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::child::{self, until};
use super::*;

const LONG: Duration = Duration::from_secs(60);

fn lock(dir: &Path, wait: Duration) -> Result<SessionLock, StoreError> {
    SessionLock::acquire(dir, "default", wait, || {})
}

/// Increments the number in a file, in two steps that only the lock makes atomic.
fn count_up(dir: &Path) {
    let _lock = lock(dir, LONG).unwrap();
    let path = dir.join("number");
    let number: usize = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    std::thread::yield_now();
    std::fs::write(&path, (number + 1).to_string()).unwrap();
}

#[test]
fn s5_64_threads_and_4_processes_exclude_each_other() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path();
    std::fs::write(dir.join("number"), "0").unwrap();
    let name = "cli::store::lock::tests::child_counts_up";
    let children: Vec<_> = (0..4).map(|_| child::command(name, dir, "").spawn().unwrap()).collect();
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| (0..3).for_each(|_| count_up(dir)));
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let number = std::fs::read_to_string(dir.join("number")).unwrap();
    assert_eq!(number, (64 * 3 + 4 * 25).to_string());
}

#[test]
#[ignore = "a part of the test above"]
fn child_counts_up() {
    if let Some(dir) = child::dir() {
        (0..25).for_each(|_| count_up(&dir));
    }
}

#[test]
fn s5_a_wait_times_out_with_the_lock_file_in_the_error() {
    let home = tempfile::tempdir().unwrap();
    let _held = lock(home.path(), LONG).unwrap();
    let start = Instant::now();
    let error = lock(home.path(), Duration::from_millis(100)).unwrap_err();
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(100) && took < LONG, "{took:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "another `noesis` is using the session of profile `default`, still after 0.1 seconds (lock file `{}`)",
            home.path().join("default.lock").display()
        )
    );
}

#[test]
fn a_long_wait_is_reported_once_and_a_short_one_never() {
    let home = tempfile::tempdir().unwrap();
    let notices = AtomicUsize::new(0);
    let notify = || {
        notices.fetch_add(1, Ordering::Relaxed);
    };
    let (wait, notice_after) = (Duration::from_millis(500), Duration::from_millis(20));
    let held = acquire(home.path(), "default", wait, notice_after, notify).unwrap();
    assert_eq!(notices.load(Ordering::Relaxed), 0);
    acquire(home.path(), "default", wait, notice_after, notify).unwrap_err();
    assert_eq!(notices.load(Ordering::Relaxed), 1);
    acquire(home.path(), "default", notice_after, LONG, notify).unwrap_err();
    assert_eq!(notices.load(Ordering::Relaxed), 1);
    drop(held);
}

#[test]
fn s5_the_lock_is_released_when_its_holder_exits_even_by_sigkill() {
    let home = tempfile::tempdir().unwrap();
    let name = "cli::store::lock::tests::child_holds_the_lock";
    let mut child = child::command(name, home.path(), "").spawn().unwrap();
    until("the child holds the lock", || home.path().join("held").exists());
    let error = lock(home.path(), Duration::ZERO).unwrap_err();
    assert!(matches!(error, StoreError::Busy { .. }), "{error}");

    child.kill().unwrap();
    child.wait().unwrap();
    drop(lock(home.path(), Duration::ZERO).unwrap());
}

#[test]
#[ignore = "a part of the test above"]
fn child_holds_the_lock() {
    if let Some(dir) = child::dir() {
        let _lock = lock(&dir, LONG).unwrap();
        std::fs::write(dir.join("held"), "").unwrap();
        // Until it is killed; not for ever, in case its parent is killed instead.
        std::thread::sleep(LONG);
    }
}

/// As in a child between its fork and its exec, which has the file open too.
#[test]
fn s5_the_lock_is_released_while_its_file_is_still_open_elsewhere() {
    let home = tempfile::tempdir().unwrap();
    let held = lock(home.path(), LONG).unwrap();
    let _open = held.file.try_clone().unwrap();
    drop(held);
    drop(lock(home.path(), Duration::ZERO).unwrap());
}

#[test]
fn profiles_do_not_wait_for_each_other_even_if_they_differ_only_in_case() {
    let home = tempfile::tempdir().unwrap();
    let profiles = ["work", "Work", "work2"];
    let locks: Vec<_> = profiles
        .iter()
        .map(|profile| SessionLock::acquire(home.path(), profile, Duration::ZERO, || {}).unwrap())
        .collect();
    assert_eq!(locks.len(), 3);
}

#[test]
fn the_lock_file_is_private_and_is_not_deleted() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("state/noesis");
    drop(lock(&dir, Duration::ZERO).unwrap());
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    assert_eq!(mode(&dir.join("default.lock")) & 0o177, 0);
    drop(lock(&dir, Duration::ZERO).unwrap());
}

#[test]
fn s5_a_lock_file_that_is_a_link_or_a_pipe_is_refused_and_nothing_is_waited_for() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("default.lock");
    let elsewhere = home.path().join("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    lock(home.path(), Duration::ZERO).unwrap_err();
    assert!(!elsewhere.exists());

    std::fs::remove_file(&path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RWXU).unwrap();
    lock(home.path(), Duration::ZERO).unwrap_err();
}

#[test]
fn x3_a_folder_that_cannot_be_created_is_named_in_the_error() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("file");
    std::fs::write(&dir, "").unwrap();
    let error = lock(&dir, Duration::ZERO).unwrap_err();
    assert!(matches!(&error, StoreError::Io { action: "create", path, .. } if *path == dir));
}
