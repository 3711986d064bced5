//! SIGKILL and a full disk at every system call of a save, one after the other (rule S4).
//!
//! `strace` counts the calls of a save that goes well, from the first that touches the session or its lock; then a run
//! for each of them meets the fault there. Afterwards the session is the old one or the new one, no other user may read
//! it, and the next run works.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::session::signed_in_at;
use crate::support::strace::{can_trace, killed_at_its_store, traced};
use crate::support::with_input;
use crate::support::{Cases, Home, Sandbox, assert_ended, stdout, text};

/// The calls that can fail when a file is stored.
const CALLS: [&str; 16] = [
    "openat",
    "read",
    "write",
    "close",
    "fsync",
    "fdatasync",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "fchmod",
    "chmod",
    "mkdir",
    "flock",
    "statx",
    "getdents64",
];

/// What is worth a look in every run of the tests: those that a save is made of.
const FEW: [&str; 6] = ["write", "fsync", "renameat", "fchmod", "mkdir", "flock"];

/// One call of a run: its name, its number among those of that name, and the faults that can happen to it.
struct Call {
    name: String,
    nth: usize,
    faults: &'static [&'static str],
}

const NO_FLAGS: [&str; 0] = [];
const KILLED: &str = "signal=KILL";
const NO_ROOM: &str = "error=ENOSPC";

/// Each call from the first that touches what is kept.
fn calls(home: &Home, names: &[&str]) -> Vec<Call> {
    let log = std::fs::read_to_string(home.path().join("strace.log")).unwrap_or_default();
    let mut counts = std::collections::HashMap::new();
    let (mut found, mut begun) = (Vec::new(), false);
    for line in log.lines() {
        let Some((name, arguments)) = line.split_once('(') else {
            continue;
        };
        let count = counts.entry(name.to_owned()).or_insert(0);
        *count += 1;
        begun |= line.contains("noesis/sessions") || line.contains("noesis/locks");
        if begun && names.contains(&name) {
            found.push(Call {
                name: name.to_owned(),
                nth: *count,
                faults: if needs_no_room(name, arguments) {
                    &[KILLED]
                } else {
                    &[KILLED, NO_ROOM]
                },
            });
        }
    }
    found
}

/// Whether a full disk cannot be met here: by a descriptor that is a counter or a socket, or in the end of a look at a
/// folder.
fn needs_no_room(name: &str, arguments: &str) -> bool {
    let descriptor = arguments.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let Some((kept, _)) = descriptor else {
        return false;
    };
    kept.starts_with("anon_inode:") || kept.starts_with("socket:") || name == "close" && Path::new(kept).is_dir()
}

/// A sign-in with a token of one's own: a save, and no request.
fn login(home: &Home) -> Command {
    home.noesis(&[
        "login",
        "--with-token",
        "--base-url",
        "http://127.0.0.1:9",
        "--client-id",
        "cli",
    ])
}

/// The stored access token, if there is a session, which no other user may read.
fn kept(home: &Home) -> Option<String> {
    let file = home.session_file("default");
    let found = std::fs::symlink_metadata(&file).ok()?;
    assert!(found.is_file());
    assert_eq!(found.permissions().mode() & 0o7777, 0o600);
    let folder = std::fs::metadata(file.parent().unwrap()).unwrap();
    assert_eq!(folder.permissions().mode() & 0o7777, 0o700);
    let session: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).expect("a whole session");
    Some(session["access_token"].as_str().unwrap().to_owned())
}

fn files(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A fault at each call of a sign-in, beside a session that is there or where there is none yet.
fn sign_ins(cases: &mut Cases, names: &[&str], before: Option<&str>) {
    let fresh = || match before {
        Some(_) => signed_in_at("http://127.0.0.1:9", 900),
        None => Home::new(),
    };
    let home = fresh();
    // A first one writes the settings as well; the one that is measured is like those that meet the faults.
    let good = with_input(traced(&home, &login(&home), &NO_FLAGS), "new");
    assert_ended(&good, &[0]);
    for Call { name, nth, faults } in calls(&home, names) {
        for &fault in faults {
            cases.case(format!("{fault} at {name} {nth} over {before:?}"), || {
                let home = fresh();
                let inject = format!("inject={name}:{fault}:when={nth}");
                let output = with_input(traced(&home, &login(&home), &["-e", &inject]), "new");
                survived(&home, &output, before, fault);
            });
        }
    }
}

fn survived(home: &Home, output: &Output, before: Option<&str>, fault: &str) {
    let kept = kept(home);
    assert!(kept.as_deref() == before || kept.as_deref() == Some("new"), "{kept:?}");
    if fault == NO_ROOM {
        assert_ended(output, &[0, 1, 2]);
        // What is reported as done is done.
        assert!(
            output.status.code() != Some(0) || kept.as_deref() == Some("new"),
            "{}",
            text(output)
        );
    }
    let next = home.noesis(&["token"]).output().unwrap();
    match &kept {
        Some(kept) => assert_eq!(
            (next.status.code(), stdout(&next).trim()),
            (Some(0), kept.as_str()),
            "{}",
            text(&next)
        ),
        None => {
            assert_ended(&next, &[4]);
            assert!(text(&next).contains("run `noesis login`"), "{}", text(&next));
        }
    }
    assert_ended(&with_input(login(home), "newest"), &[0]);
    assert_eq!(self::kept(home).as_deref(), Some("newest"));
    assert_eq!(files(home.session_file("default").parent().unwrap()), ["default.json"]);
}

#[test]
fn s4_a_sign_in_that_meets_kill_or_enospc_in_a_step_of_its_save_leaves_the_old_or_the_new_session() {
    if !can_trace() {
        return;
    }
    let mut cases = Cases::of("steps of a save");
    sign_ins(&mut cases, &FEW, Some("old"));
    cases.end();
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn s4_a_sign_in_that_meets_kill_or_enospc_at_any_system_call_leaves_the_old_or_the_new_session() {
    if !can_trace() {
        return;
    }
    let mut cases = Cases::of("every call of a save");
    sign_ins(&mut cases, &CALLS, Some("old"));
    sign_ins(&mut cases, &CALLS, None);
    cases.end();
}

/// The same for a refresh of a platform that detects reuse. A session whose new tokens were lost cannot be
/// refreshed any more: then the error asks for a new sign-in, and one works.
#[test]
#[ignore = "takes a while: run tests/run"]
fn s4_s5_a_refresh_that_meets_kill_or_enospc_at_any_system_call_succeeds_or_says_what_to_do() {
    if !can_trace() {
        return;
    }
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let refresh = home.noesis(&["refresh"]);
    assert_ended(&traced(&home, &refresh, &NO_FLAGS).output().unwrap(), &[0]);
    let mut cases = Cases::of("every call of a refresh");
    let (mut renewed, mut signed_out) = (0, 0);
    for Call { name, nth, faults } in calls(&home, &CALLS) {
        for &fault in faults {
            cases.case(format!("{fault} at {name} {nth}"), || {
                let before = kept(&home).expect("a session");
                let inject = format!("inject={name}:{fault}:when={nth}");
                let output = traced(&home, &refresh, &["-e", &inject]).output().unwrap();
                if fault == NO_ROOM && !is_of_the_runtime(&output) {
                    assert_ended(&output, &[0, 1, 4, 5]);
                }
                let after = kept(&home);
                if output.status.code() == Some(0) {
                    assert_ne!(after.as_ref(), Some(&before), "reported as refreshed, and not stored");
                }
                // A valid token is printed, whatever has happened to its session.
                if let Some(after) = &after {
                    let token = home.noesis(&["token"]).output().unwrap();
                    assert_eq!(
                        (token.status.code(), stdout(&token).trim()),
                        (Some(0), after.as_str()),
                        "{}",
                        text(&token)
                    );
                }
                let next = home.noesis(&["refresh"]).output().unwrap();
                assert_ended(&next, &[0, 4]);
                match next.status.code() {
                    Some(0) => renewed += 1,
                    _ => {
                        signed_out += 1;
                        is_interrupted(&next);
                        home.sign_in(&sandbox);
                    }
                }
                let left = files(home.session_file("default").parent().unwrap());
                assert_eq!(left, ["default.json"]);
            });
        }
    }
    assert!(renewed > signed_out && signed_out > 0, "{renewed} {signed_out}");
    cases.end();
}

/// Whether the fault met the counter by which the runtime wakes its threads, which no system refuses for want of room: two
/// threads may make their calls in another order than the run that was traced.
fn is_of_the_runtime(output: &Output) -> bool {
    text(output).contains("failed to wake I/O driver")
}

/// The error of a run whose refresh token was used by a run that lost the answer, with its hint.
fn is_interrupted(output: &Output) {
    assert_ended(output, &[4]);
    let shown = text(output);
    let why = "the refresh of profile `default` was interrupted: it began ";
    assert!(shown.contains(why) && shown.contains("run `noesis login`"), "{shown}");
}

#[test]
fn s4_a_kill_between_the_answer_and_the_store_is_reported_with_a_hint() {
    if !can_trace() {
        return;
    }
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let before = kept(&home);
    let refresh = traced(&home, &home.noesis(&["refresh"]), &killed_at_its_store(&home))
        .output()
        .unwrap();
    assert_eq!(refresh.status.code(), None, "{}", text(&refresh));
    assert_eq!(sandbox.count("token.refresh_token"), 1);
    assert_eq!(kept(&home), before);
    is_interrupted(&home.noesis(&["refresh"]).output().unwrap());
    home.sign_in(&sandbox);
    assert_ended(&home.noesis(&["refresh"]).output().unwrap(), &[0]);
}

/// The calls of a run that change or flush what is in the folder of the sessions, in order; the flags follow the threads.
fn calls_on_sessions(home: &Home, program: &Command) -> Vec<String> {
    let calls = "trace=fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat";
    let output = with_input(traced(home, program, &["-f", "-e", calls]), "new");
    assert_ended(&output, &[0]);
    let log = std::fs::read_to_string(home.path().join("strace.log")).unwrap();
    let calls = log.lines().filter(|line| line.contains("noesis/sessions"));
    calls.map(str::to_owned).collect()
}

/// The position of the first call of that name whose line has all of `parts`.
fn position(calls: &[String], name: &str, parts: &[&str]) -> usize {
    calls
        .iter()
        .position(|line| {
            let (call, arguments) = line.split_once('(').unwrap_or_default();
            call.contains(name) && parts.iter().all(|part| arguments.contains(part)) && line.ends_with("= 0")
        })
        .unwrap_or_else(|| panic!("no {name} of {parts:?} in {calls:#?}"))
}

#[test]
fn s4_a_save_flushes_the_file_before_the_rename_and_the_folder_after_it() {
    if !can_trace() {
        return;
    }
    let home = signed_in_at("http://127.0.0.1:9", 900);
    let calls = calls_on_sessions(&home, &login(&home));
    // The first file that is written there is the probe's: it is the renamed one that counts.
    let renamed = position(&calls, "rename", &[".noesis-", "default.json"]);
    let name = calls[renamed].split(".noesis-").nth(1).unwrap();
    let temporary = format!(".noesis-{}", &name[..name.find(".tmp").unwrap()]);
    let file = position(&calls, "sync", &[&temporary]);
    let folder = position(&calls, "sync", &["noesis/sessions>"]);
    assert!(file < renamed && renamed < folder, "{calls:#?}");
}

#[test]
fn s4_a_deletion_flushes_the_folder() {
    if !can_trace() {
        return;
    }
    let home = signed_in_at("http://127.0.0.1:9", 900);
    let calls = calls_on_sessions(&home, &home.noesis(&["logout"]));
    let deleted = position(&calls, "unlink", &["default.json"]);
    let folder = position(&calls, "sync", &["noesis/sessions>"]);
    assert!(deleted < folder, "{calls:#?}");
}
