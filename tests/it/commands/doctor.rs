//! `noesis doctor`: it passes on a working machine, and each check fails for real, with a hint that fixes it.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::doctor::DoctorRun;
use crate::support::raw::{self, Raw};
use crate::support::{Home, Sandbox, get, now, skipped, stderr, stdout, text};

/// The first command in a hint.
fn in_hint(hint: &str) -> &str {
    hint.split('`').nth(1).unwrap_or_else(|| panic!("{hint}"))
}

/// Runs the command of a hint, as a user who pastes it does.
fn paste(home: &Home, hint: &str) {
    let output = home.command("sh").args(["-c", in_hint(hint)]).output().unwrap();
    assert!(output.status.success(), "{hint}: {}", text(&output));
}

/// A key set as a platform answers with it, with more lines in the head.
fn keys(sandbox: &Sandbox) -> String {
    let answer = get(&format!("{}/.well-known/jwks.json", sandbox.url));
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn answer(head: &str, body: &str) -> Raw {
    let length = body.len();
    Raw::answering(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{head}\r\n{body}"
    ))
}

/// The files below a folder, with what is in them.
fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
            found.insert(path.display().to_string(), Vec::new());
        } else {
            found.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn every_check_passes_with_a_platform_and_nothing_is_changed() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let before = files(home.path());
    let seen = DoctorRun::of(&mut home.at(&sandbox, &["doctor"]));
    assert_eq!((seen.all("fail"), seen.all("warn")), (vec![], vec![]));
    for (name, words) in [
        ("session-file", "private (mode 0600)"),
        ("session-folder", "private (mode 0700)"),
        (
            "store",
            "64 KiB were stored in a file that only you can read and read back",
        ),
        ("session", "refreshed when needed"),
        ("browser", "noesis"),
        ("ports-ipv4", "127.0.0.1"),
        ("platform", &sandbox.url),
        ("keys", "1 usable key"),
        ("clock", "the platform's"),
    ] {
        seen.says(name, "pass", words);
    }
    seen.says("proxy", "skip", "none is used for this machine");
    seen.says("certificate", "skip", "uses none");
    assert_eq!(files(home.path()), before);
    assert_eq!((sandbox.count("token.refresh_token"), sandbox.count("jwks")), (0, 1));

    let printed = home.at(&sandbox, &["doctor"]).output().unwrap();
    assert_eq!((printed.status.code(), stderr(&printed).as_str()), (Some(0), ""));
    let marks: Vec<&str> = stdout(&printed)
        .leak()
        .lines()
        .map(|line| line.split("  ").next().unwrap())
        .collect();
    assert_eq!(marks.len(), 15);
    assert!(marks.iter().all(|mark| ["ok", "skip"].contains(mark)), "{marks:?}");
    // Without a setting, the session's platform is checked.
    let session = DoctorRun::of(home.noesis(&["doctor"]).env("NOESIS_PROFILE", "default"));
    session.says("platform", "pass", &sandbox.url);
}

#[test]
fn without_any_configuration_it_says_what_to_do_and_writes_no_file() {
    let home = Home::new();
    let seen = DoctorRun::of(&mut home.noesis(&["doctor"]));
    assert_eq!(seen.all("fail"), [""; 0]);
    assert_eq!(seen.says("session", "skip", "not signed in"), "run `noesis login`");
    let hint = seen.says("platform", "skip", "no platform is named");
    assert!(hint.contains("--base-url"), "{hint}");
    seen.says("keys", "skip", "no platform is configured");
    assert_eq!(files(home.path()), BTreeMap::new());

    let named = DoctorRun::of(&mut home.noesis(&["doctor", "--profile", "work"]));
    let hint = named.says("session", "skip", "profile `work`");
    assert_eq!(hint, "run `noesis login --profile work`");

    let printed = home.noesis(&["doctor"]).output().unwrap();
    assert!(
        stdout(&printed).contains("\n      hint: run `noesis login`\n"),
        "{}",
        text(&printed)
    );
    let memory = DoctorRun::of(&mut home.noesis(&["doctor", "--store", "memory"]));
    memory.says("store", "pass", "the memory of this process");
}

#[test]
fn a_server_that_is_no_platform_fails_the_check_with_the_reason() {
    let home = Home::new();
    let at = |url: &str| DoctorRun::of(&mut home.noesis(&["doctor", "--timeout", "2s", "--base-url", url]));

    let refused = at("http://127.0.0.1:1");
    let hint = refused.says("platform", "fail", "the connection was refused");
    assert!(hint.contains("`noesis sandbox serve --listen 127.0.0.1:1`"), "{hint}");
    refused.says("keys", "skip", "was not reached");

    let nameless = at("https://no-such-host.invalid");
    let hint = nameless.says("platform", "fail", "its name");
    assert!(hint.contains("--base-url"), "{hint}");

    let page = Raw::answering(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html><title>Welcome \u{202e}\x1b[31m</title></html>",
    );
    let html = at(&page.url);
    let hint = html.says("platform", "fail", "web page titled `Welcome");
    assert!(hint.contains("check `--base-url`"), "{hint}");
    html.says("keys", "skip", "the platform sent none");
    let printed = home.noesis(&["doctor", "--base-url", &page.url]).output().unwrap();
    let printed = stdout(&printed);
    assert!(
        printed.contains("\\u{202e}") && !printed.contains('\u{202e}') && !printed.contains('\x1b'),
        "{printed}"
    );

    let lost = Raw::json("404 Not Found", r#"{"detail":"no such place"}"#);
    at(&lost.url).says("platform", "fail", "no such place");

    at("http://platform.example").says("platform", "fail", "unencrypted");
    at("nonsense").says("platform", "fail", "is not a URL");
}

#[test]
fn a_key_set_without_usable_keys_fails_the_check() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let of = |body: &str| {
        let server = answer("", body);
        DoctorRun::of(&mut home.noesis(&["doctor", "--base-url", &server.url]))
    };
    let mut set: Value = serde_json::from_str(&keys(&sandbox)).unwrap();
    let more = json!({"kty": "RSA", "kid": "small\u{1b}", "alg": "RS256", "n": "AQAB", "e": "AQAB"});
    set["keys"].as_array_mut().unwrap().push(more);
    let odd = of(&set.to_string());
    odd.says("keys", "warn", "1 usable key; key `small");
    odd.says("platform", "pass", "answers");
    of(r#"{"keys":[]}"#).says("keys", "fail", "the key set is empty");
    of(r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#).says("keys", "fail", "is ignored");
    of(r#"{"key":1}"#).says("keys", "fail", "is not a key set");
}

#[test]
fn a_clock_that_is_off_is_a_warning() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let set = keys(&sandbox);
    let of = |head: &str| {
        let server = answer(head, &set);
        DoctorRun::of(&mut home.noesis(&["doctor", "--base-url", &server.url]))
    };
    let hint = of("date: Sun, 06 Nov 1994 08:49:37 GMT\r\n").says("clock", "warn", "ahead of the platform's");
    assert!(hint.starts_with("run `sudo "), "{hint}");
    of("date: Sat, 06 Nov 2094 08:49:37 GMT\r\n").says("clock", "warn", "behind the platform's");
    of("").says("clock", "skip", "does not say");
    of("date: yesterday\r\n").says("clock", "skip", "does not say");
    // Off, but not by more than a token's times are verified through.
    let date = home
        .command("date")
        .args(["-u", &format!("-d@{}", now() - 20), "+%a, %d %b %Y %H:%M:%S GMT"])
        .output()
        .unwrap();
    of(&format!("date: {}\r\n", stdout(&date).trim())).says("clock", "pass", "it is within 2");
}

#[test]
#[cfg(unix)]
fn files_open_to_other_users_are_reported_with_the_chmod_that_closes_them() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let verified = home.at(&sandbox, &["verify"]).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified));
    let doctor = || DoctorRun::of(&mut home.at(&sandbox, &["doctor"]));
    assert_eq!((doctor().all("fail"), doctor().all("warn")), (vec![], vec![]));
    let config = home.path().join(".config/noesis");
    let keys = home.path().join(".cache/noesis/keys");
    for (path, mode, check, result, words) in [
        (
            home.session_file("default"),
            0o644,
            "session-file",
            "fail",
            "accessible to other users (mode 0644)",
        ),
        (
            config.join("sessions"),
            0o777,
            "session-folder",
            "fail",
            "accessible to other users (mode 0777)",
        ),
        (
            config.join("config.toml"),
            0o666,
            "config",
            "fail",
            "any user can write",
        ),
        (config.clone(), 0o775, "config", "warn", "its group can write"),
        (keys, 0o777, "cache", "fail", "any user can write"),
    ] {
        chmod(&path, mode);
        let hint = doctor().says(check, result, words);
        assert!(hint.starts_with("run `chmod "), "{hint}");
        if check == "session-folder" {
            // Fixing it is left to the user.
            doctor().says("store", "skip", "see `session-folder`");
        }
        paste(&home, &hint);
        doctor().says(check, "pass", "");
    }
    if std::os::unix::fs::chown(home.session_file("default"), Some(54321), None).is_ok() {
        let hint = doctor().says("session-file", "warn", "belongs to another user (uid 54321)");
        assert!(hint.starts_with("run `sudo chown "), "{hint}");
    } else {
        skipped("needs the right to give a file away");
    }
    let (file, elsewhere) = (home.session_file("default"), home.path().join("elsewhere"));
    std::fs::rename(&file, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    paste(&home, &doctor().says("session-file", "fail", "is a symbolic link"));
    doctor().says("session-file", "skip", "does not exist yet");
}

#[test]
fn an_expired_session_without_a_refresh_token_is_reported() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let doctor = || DoctorRun::of(&mut home.at(&sandbox, &["doctor"]));
    home.expire_token_in(-60);
    doctor().says("session", "pass", "refreshed when needed");
    let mut session = home.session();
    let mut put = |name: &str, value: Value| {
        session[name] = value;
        std::fs::write(home.session_file("default"), session.to_string()).unwrap();
    };
    put("refresh_token", json!(""));
    assert_eq!(
        doctor().says("session", "fail", "cannot be refreshed"),
        "run `noesis login`"
    );
    put("expires_at", json!(now() + 600));
    doctor().says("session", "warn", "and cannot be refreshed");
    put("base_url", json!("https://other.example"));
    let hint = doctor().says("session", "fail", "not to `http://127.0.0.1");
    assert!(hint.contains("noesis login --base-url"), "{hint}");
    let recorded = DoctorRun::of(&mut home.noesis(&["doctor"]));
    recorded.says("session", "warn", "it belongs to `https://other.example`");
    std::fs::write(home.session_file("default"), "{").unwrap();
    assert_eq!(doctor().says("session", "fail", "cannot be read"), "run `noesis login`");

    let token = |claims: &str| {
        let mut command = home.at(&sandbox, &["doctor"]);
        command.env("NOESIS_TOKEN", crate::support::token("{}", claims));
        DoctorRun::of(&mut command)
    };
    let hint = token(r#"{"exp":1}"#).says("session", "fail", "the token in `NOESIS_TOKEN` expired");
    assert!(hint.contains("NOESIS_TOKEN"), "{hint}");
    token(r#"{"exp":99999999999}"#).says("session", "pass", "`NOESIS_TOKEN` is used");
}

#[test]
fn a_browser_that_cannot_be_started_is_reported_and_none_is_started() {
    let home = Home::new();
    let with = |browser: Option<&str>, path: Option<&str>| {
        let mut command = home.noesis(&["doctor"]);
        if let Some(browser) = browser {
            command.env("NOESIS_BROWSER", browser);
        }
        if let Some(path) = path {
            command.env("PATH", path);
        }
        DoctorRun::of(&mut command)
    };
    let hint = with(Some("/no/such/browser"), None).says("browser", "fail", "cannot start `/no/such/browser`");
    assert!(hint.contains("NOESIS_BROWSER"), "{hint}");
    with(Some("firefox '"), None).says("browser", "fail", "a quote is not closed");
    let opened = home.path().join("opened");
    with(Some(&format!("touch {}", opened.display())), None).says("browser", "pass", "`login` opens `touch`");
    assert!(!opened.exists());
    #[cfg(target_os = "linux")]
    {
        let hint = with(None, Some("/nowhere")).says("browser", "warn", "no browser could be opened");
        assert!(hint.starts_with("run `noesis login --no-browser`"), "{hint}");
    }
}

#[test]
fn a_port_in_use_is_no_failure_because_login_takes_any_free_port() {
    let home = Home::new();
    let _taken: Vec<TcpListener> = (0..8).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let seen = DoctorRun::of(&mut home.noesis(&["doctor"]));
    seen.says("ports-ipv4", "pass", "accepts connections");
}

#[test]
#[cfg(target_os = "linux")]
fn a_machine_without_a_loopback_interface_fails_the_port_check() {
    let home = Home::new();
    let isolated = |args: &[&str]| {
        let mut command = home.command("unshare");
        command.args(["--net", "--map-root-user"]).args(args);
        command
    };
    if !isolated(&["true"]).output().is_ok_and(|output| output.status.success()) {
        skipped("needs `unshare` and the right to use it");
        return;
    }
    let mut doctor = isolated(&[crate::support::NOESIS, "doctor", "--store", "file"]);
    let seen = DoctorRun::of(&mut doctor);
    let hint = seen.says("ports-ipv4", "fail", "no port of this machine can be bound");
    assert!(hint.contains("`sudo ip link set lo up`"), "{hint}");
}

#[test]
fn a_proxy_is_reported_where_it_is_used_and_its_password_never_shown() {
    let home = Home::new();
    let refusing = Raw::answering("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let address = refusing.url.strip_prefix("http://").unwrap().to_owned();
    let with = |url: &str, vars: &[(&str, &str)]| {
        let mut command = home.noesis(&["doctor", "--timeout", "2s", "--base-url", url]);
        command.envs(vars.iter().copied());
        let checkup = DoctorRun::of(&mut command);
        let all = format!("{:?}", checkup.0);
        assert!(!all.contains("canary"), "{all}");
        checkup
    };
    let far = "https://platform.invalid";
    let proxy = format!("http://me:canary@{address}");
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let seen = with(far, &[(variable, &proxy)]);
        seen.says(
            "proxy",
            "pass",
            &format!("go through `{address}`, as `{variable}` says"),
        );
        let hint = seen.says("platform", "fail", "cannot connect to `platform.invalid`");
        assert!(hint.contains("NO_PROXY"), "{hint}");
    }
    let received = refusing.requests();
    // A probe of the port is a connection without a request.
    let mut requests = received.iter().filter(|request| !request.is_empty()).peekable();
    assert!(requests.peek().is_some());
    assert!(requests.all(|request| request.starts_with("CONNECT platform.invalid:443")));

    let dead = with(far, &[("HTTPS_PROXY", "http://me:canary@127.0.0.1:1")]);
    let hint = dead.says("proxy", "fail", "the connection was refused");
    assert_eq!(in_hint(&hint), "unset HTTPS_PROXY");
    dead.says("platform", "skip", "see `proxy`");

    let exempt = with(far, &[("HTTPS_PROXY", &proxy), ("NO_PROXY", "platform.invalid")]);
    exempt.says("proxy", "pass", "`NO_PROXY` exempts `platform.invalid`");
    with(far, &[]).says("proxy", "pass", "none is configured");
    let near = with("https://127.0.0.1:1", &[("HTTPS_PROXY", &proxy), ("ALL_PROXY", &proxy)]);
    near.says("proxy", "skip", "none is used for this machine");
}

#[test]
fn without_a_home_each_check_says_what_is_missing() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    for nowhere in ["/dev/null", "/proc/nowhere"] {
        let seen = DoctorRun::of(home.at(&sandbox, &["doctor"]).env("HOME", nowhere));
        let hint = seen.says("store", "fail", nowhere);
        assert!(hint.contains("NOESIS_CONFIG_DIR"), "{hint}");
        seen.says("config", "skip", "does not exist yet");
        seen.says("keys", "pass", "1 usable key");
    }
}

#[test]
fn without_a_keyring_the_default_store_fails_and_another_does_not_need_it() {
    let home = Home::new();
    let runtime = home.path().join("run");
    std::fs::create_dir(&runtime).unwrap();
    let with = |store: &str| {
        let mut command = home.noesis(&["doctor", "--store", store]);
        command.env("XDG_RUNTIME_DIR", &runtime);
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/no/such/bus");
        DoctorRun::of(&mut command)
    };
    let seen = with("keyring");
    let hint = seen.says("keyring", "fail", "no keyring is available: no session bus");
    assert!(hint.starts_with("run `noesis login --store file`"), "{hint}");
    seen.says("store", "skip", "see `keyring`");
    seen.says("session", "skip", "see `keyring`");
    with("file").says("keyring", "skip", "not needed");
}

#[test]
fn a_platform_that_does_not_answer_is_waited_for_until_the_timeout() {
    let home = Home::new();
    let mute = Raw::acting(|stream| {
        let _ = stream.read(&mut [0]);
    });
    let mut doctor = home.noesis(&["doctor", "--timeout", "500ms", "--base-url", &mute.url]);
    let seen = DoctorRun::of(&mut doctor);
    seen.says("platform", "fail", "within 0.5 s");

    let slow = Raw::serving(|stream, keep| {
        keep(raw::read_head(stream));
        for _ in 0..100 {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let mut doctor = home.noesis(&["doctor", "--timeout", "500ms", "--base-url", &slow.url]);
    DoctorRun::of(&mut doctor).says("platform", "fail", "");
}

#[test]
#[cfg(unix)]
fn x2_an_interruption_ends_it() {
    use crate::support::pending_login::PendingLogin;
    use crate::support::until;
    let home = Home::new();
    let mute = Raw::acting(|stream| {
        let _ = stream.read(&mut [0]);
    });
    let doctor = PendingLogin::start(&mut home.noesis(&["doctor", "--timeout", "1h", "--base-url", &mute.url]));
    until("the request", || !mute.requests().is_empty());
    let process = rustix::process::Pid::from_raw(i32::try_from(doctor.id()).unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let output = doctor.end();
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(130), ""),
        "{}",
        text(&output)
    );
    assert_eq!(files(home.path()), BTreeMap::new());
}
