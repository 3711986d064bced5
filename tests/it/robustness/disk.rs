//! The file store on a full or read-only disk, without permissions, with corrupt files in the place of a session, and under
//! an open umask (rules S1, S2, S4, X3). Each is reported with what to do, and costs no intact session.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::raw::Raw;
use crate::support::session::{session, signed_in_at};
use crate::support::with_input;
use crate::support::{Cases, Home, Sandbox, assert_ended, error, has, now, skipped, stdout, text};

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn login(home: &Home) -> Command {
    home.noesis(&[
        "--json",
        "login",
        "--with-token",
        "--base-url",
        NOWHERE,
        "--client-id",
        "cli",
    ])
}

/// What is put in the place of the session's file.
type Setup = fn(&Path);

/// Everything that can lie there and is no session. Nothing of it is ever shown.
const ODDITIES: [(&str, Setup); 15] = [
    ("corrupt", |at| std::fs::write(at, "{\"version\": canary").unwrap()),
    ("truncated", |at| {
        let whole = session(NOWHERE, "canary", now() + 900).to_string();
        std::fs::write(at, &whole[..whole.len() / 2]).unwrap();
    }),
    ("empty", |at| std::fs::write(at, "").unwrap()),
    ("binary", |at| std::fs::write(at, b"\x7fELF\0\xff\xfecanary").unwrap()),
    ("a nul", |at| std::fs::write(at, "\0").unwrap()),
    ("a list", |at| std::fs::write(at, "[\"canary\"]").unwrap()),
    ("of a later version", |at| {
        std::fs::write(at, "{\"version\":9}").unwrap()
    }),
    ("of wrong types", |at| {
        let mut odd = session(NOWHERE, "canary", 0);
        odd["expires_at"] = "tomorrow".into();
        std::fs::write(at, odd.to_string()).unwrap();
    }),
    ("of a token that is none", |at| {
        std::fs::write(at, session(NOWHERE, "canary\r\nX-Evil: 1", 0).to_string()).unwrap();
    }),
    ("deep", |at| std::fs::write(at, "[".repeat(100_000)).unwrap()),
    ("100 MB", |at| {
        std::fs::File::create(at).unwrap().set_len(100 << 20).unwrap()
    }),
    ("a link to a session", |at| {
        let other = at.with_extension("other");
        std::fs::write(&other, session(NOWHERE, "canary", now() + 900).to_string()).unwrap();
        symlink(other, at).unwrap();
    }),
    ("a link to nowhere", |at| symlink("/nowhere/canary", at).unwrap()),
    ("a link to a device", |at| symlink("/dev/zero", at).unwrap()),
    ("a pipe", |at| {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, at, mode).unwrap();
    }),
];

#[test]
fn s2_anything_in_the_place_of_a_session_file_is_reported_and_a_sign_in_replaces_it() {
    let mut cases = Cases::of("session files");
    for (name, lay) in ODDITIES {
        cases.case(name, || check(lay, &[1], true));
    }
    cases.case("a device", || {
        check(
            |at| drop(Command::new("mknod").arg(at).args(["c", "1", "5"]).output()),
            &[1, 4],
            true,
        );
    });
    cases.case("a socket", || {
        check(
            |at| drop(std::os::unix::net::UnixListener::bind(at).unwrap()),
            &[1],
            true,
        );
    });
    cases.case("a folder", || check(|at| std::fs::create_dir(at).unwrap(), &[1], false));
    cases.end();
}

fn check(lay: Setup, codes: &[i32], replaced: bool) {
    let home = signed_in_at(NOWHERE, 900);
    let file = home.session_file("default");
    std::fs::remove_file(&file).unwrap();
    lay(&file);
    for args in [
        &["status"][..],
        &["token"],
        &["refresh"],
        &["introspect"],
        &["exec", "--", "true"],
    ] {
        let begun = Instant::now();
        let output = home.noesis(&["--json"]).args(args).output().unwrap();
        assert!(begun.elapsed() < STEP_TIMEOUT, "{args:?}: {:?}", begun.elapsed());
        assert_ended(&output, codes);
        let error = error(&output);
        assert!(
            error["hint"].as_str().unwrap().contains("noesis login"),
            "{args:?}: {error}"
        );
        assert!(!text(&output).contains("canary"), "{}", text(&output));
    }
    let output = with_input(login(&home), "new");
    if replaced {
        assert_ended(&output, &[0]);
        assert_eq!(home.session()["access_token"], "new");
        assert_eq!(mode(&file), 0o600);
        // Where it is not replaced, it can be removed.
        std::fs::remove_file(&file).unwrap();
        lay(&file);
        assert_ended(&home.noesis(&["logout"]).output().unwrap(), &[0]);
        assert!(std::fs::symlink_metadata(&file).is_err());
    } else {
        assert_ended(&output, &[1]);
        assert!(error(&output)["hint"].is_string(), "{}", text(&output));
    }
    if let Ok(other) = std::fs::read_to_string(file.with_extension("other")) {
        assert!(other.contains("canary"), "what a link led to is left alone");
    }
}

#[test]
fn s1_under_an_open_umask_no_other_user_can_read_or_write_our_files() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let script = "umask 000; noesis=$1; \"$noesis\" login && \"$noesis\" refresh && \"$noesis\" verify; exit $?";
    let mut command = home.at(&sandbox, &[]);
    let envs: Vec<_> = command
        .get_envs()
        .map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned)))
        .collect();
    let program = command.get_program().to_owned();
    command = home.command("sh");
    command.args(["-c", script, "sh"]).arg(program);
    command.envs(envs.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let mut cases = Cases::of("open umask");
    let mut left = vec![
        home.path().join(".config"),
        home.path().join(".local"),
        home.path().join(".cache"),
    ];
    while let Some(path) = left.pop() {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        cases.case(path.display(), || {
            assert_eq!(mode(&path), expected, "{:o}", mode(&path))
        });
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    cases.end();
}

/// A mount in a namespace of its own, which is held until this is dropped.
struct Mounted {
    holder: Child,
}

impl Mounted {
    /// Runs a script that mounts, with `$1` as the place; nothing where that cannot be done here.
    fn at(place: &Path, mount: &str) -> Option<Self> {
        use std::io::{BufRead as _, BufReader};
        if !has("unshare") || !has("nsenter") {
            return None;
        }
        let script = format!("{mount} && echo ready && exec cat");
        let mut holder = Command::new("unshare")
            .args(["-m", "sh", "-c", &script, "sh"])
            .arg(place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let mounted = Self { holder };
        if line.trim() != "ready" {
            skipped("nobody may mount a file system of their own here");
            return None;
        }
        Some(mounted)
    }

    /// A path as it is inside.
    fn inside(&self, path: &Path) -> PathBuf {
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(path.strip_prefix("/").unwrap())
    }

    /// A program inside.
    fn enter(&self, home: &Home, program: &Command) -> Command {
        let mut command = home.command("nsenter");
        command.args(["-m", "-t", &self.holder.id().to_string()]);
        command.arg(program.get_program()).args(program.get_args());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// What each command does where nothing can be written: reading works, and what would lose a session is not started.
fn nothing_can_be_written(cases: &mut Cases, wrap: &dyn Fn(Command) -> Command, home: &Home, server: &Raw) {
    let run = |args: &[&str]| wrap(home.noesis(args)).output().unwrap();
    for args in [&["status"][..], &["token"], &["exec", "--", "true"]] {
        cases.case(format!("{args:?}"), || assert_ended(&run(args), &[0]));
    }
    let before = server.requests().len();
    cases.case("refresh", || {
        let output = run(&["--json", "refresh"]);
        assert_ended(&output, &[1]);
        let error = error(&output);
        assert_eq!(error["code"], "STORE_ERROR");
        assert!(error["hint"].is_string(), "{error}");
    });
    cases.case("a token that ends soon", || {
        let output = run(&["token", "--min-ttl", "2h"]);
        assert_ended(&output, &[0]);
        assert_eq!(stdout(&output), "old\n");
        assert!(
            text(&output).contains("using the current access token"),
            "{}",
            text(&output)
        );
    });
    cases.case("login", || {
        let output = with_input(wrap(login(home)), "new");
        assert_ended(&output, &[1]);
        assert!(error(&output)["hint"].is_string(), "{}", text(&output));
    });
    cases.case("no request", || assert_eq!(server.requests().len(), before));
}

fn renewing() -> Raw {
    Raw::json(
        "200 OK",
        r#"{"access_token":"new","refresh_token":"next","expires_in":900}"#,
    )
}

#[test]
fn s4_a_full_or_read_only_disk_is_reported_before_a_refresh_token_is_used() {
    let mut cases = Cases::of("full and read-only disks");
    let server = renewing();
    let home = signed_in_at(&server.url, 900);
    let config = home.path().join(".config/noesis/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(config, "[profile.other]\n").unwrap();
    assert_ended(&home.noesis(&["logout", "--profile", "other"]).output().unwrap(), &[0]);

    let full = "cp \"$1/default.json\" /dev/shm/$$ && mount -t tmpfs -o size=16k,mode=700 none \"$1\" && \
                cp /dev/shm/$$ \"$1/default.json\" && chmod 600 \"$1/default.json\" && rm /dev/shm/$$ && \
                { dd if=/dev/zero of=\"$1/fill\" bs=4k 2>/dev/null; true; }";
    let folder = home.session_file("default").parent().unwrap().to_owned();
    let Some(mounted) = Mounted::at(&folder, full) else {
        return;
    };
    nothing_can_be_written(&mut cases, &|command| mounted.enter(&home, &command), &home, &server);
    let file = mounted.inside(&home.session_file("default"));
    cases.case("the old session is whole", || {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("\"old\"") && mode(&file) == 0o600);
    });
    cases.case("with room again", || {
        std::fs::remove_file(mounted.inside(&folder.join("fill"))).unwrap();
        assert_ended(
            &mounted.enter(&home, &home.noesis(&["refresh"])).output().unwrap(),
            &[0],
        );
        assert!(std::fs::read_to_string(&file).unwrap().contains("\"next\""));
    });
    drop(mounted);

    let fixed = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"";
    let Some(mounted) = Mounted::at(home.path(), fixed) else {
        return;
    };
    nothing_can_be_written(&mut cases, &|command| mounted.enter(&home, &command), &home, &server);
    cases.case("logout", || {
        let output = mounted
            .enter(&home, &home.noesis(&["--json", "logout"]))
            .output()
            .unwrap();
        assert_ended(&output, &[1]);
        assert!(error(&output)["hint"].is_string(), "{}", text(&output));
    });
    drop(mounted);

    // No room for the lock, while there is room for the session.
    let none = "mkdir -p \"$1\" && mount -t tmpfs -o nr_inodes=1 none \"$1\"";
    let Some(mounted) = Mounted::at(&home.path().join(".local"), none) else {
        return;
    };
    nothing_can_be_written(&mut cases, &|command| mounted.enter(&home, &command), &home, &server);
    cases.end();
}

#[test]
fn x3_files_and_folders_without_permission_are_reported_before_a_refresh_token_is_used() {
    if !has("setpriv") {
        return;
    }
    let mut cases = Cases::of("permissions");
    let server = renewing();
    let as_plain_user = |home: &Home, program: Command| {
        if !rustix::process::geteuid().is_root() {
            return program;
        }
        // root: its power over permissions is taken away for this one program.
        let without = "=-dac_override,-dac_read_search";
        let mut command = home.command("setpriv");
        command.args([format!("--bounding-set{without}"), format!("--inh-caps{without}")]);
        command.arg(program.get_program()).args(program.get_args());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    };
    for place in [".config/noesis/sessions", ".local/state/noesis/locks"] {
        let home = signed_in_at(&server.url, 900);
        let folder = home.path().join(place);
        std::fs::create_dir_all(&folder).unwrap();
        chmod(&folder, 0o500);
        nothing_can_be_written(&mut cases, &|command| as_plain_user(&home, command), &home, &server);
        chmod(&folder, 0o700);
        cases.case(format!("{place} with permission again"), || {
            assert_ended(&home.noesis(&["refresh"]).output().unwrap(), &[0]);
        });
    }
    for (place, bits) in [
        (".config/noesis/sessions/default.json", 0),
        (".config/noesis/sessions", 0),
        (".config", 0),
    ] {
        let home = signed_in_at(&server.url, 900);
        let path = home.path().join(place);
        let before = mode(&path);
        chmod(&path, bits);
        for args in [&["status"][..], &["token"], &["refresh"]] {
            cases.case(format!("{args:?} without {place}"), || {
                let output = as_plain_user(&home, home.noesis(&["--json"]))
                    .args(args)
                    .output()
                    .unwrap();
                assert_ended(&output, &[1, 2]);
                assert!(text(&output).contains("ermission denied"), "{}", text(&output));
                assert!(error(&output)["hint"].is_string(), "{}", text(&output));
            });
        }
        chmod(&path, before);
        cases.case(format!("{place} with permission again"), || {
            assert_eq!(stdout(&home.noesis(&["token"]).output().unwrap()), "old\n");
        });
    }
    cases.end();
}
