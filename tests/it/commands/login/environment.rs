//! `noesis login` with missing, corrupt or unusual settings, homes, terminals, streams (rules X1, X3).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::support::{Home, Sandbox, document, error, now, skipped, stderr, text, with_input};

fn config(home: &Home) -> std::path::PathBuf {
    home.path().join(".config/noesis/config.toml")
}

#[test]
fn a_missing_setting_is_named_with_its_flag_and_its_variable() {
    let home = Home::new();
    for (args, flag, variable) in [
        (&["login", "--json"][..], "`--base-url https://…`", "`NOESIS_BASE_URL`"),
        (
            &["login", "--json", "--base-url", "http://127.0.0.1:1"],
            "`--client-id ID`",
            "`NOESIS_CLIENT_ID`",
        ),
    ] {
        let output = home.noesis(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let error = error(&output);
        assert_eq!(error["code"], "CONFIG");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains(flag) && hint.contains(variable), "{hint}");
    }
    assert!(!config(&home).exists());
}

#[test]
fn a_token_from_standard_input_is_stored_alone_or_with_its_refresh_token() {
    let (other, sandbox) = (Home::new(), Sandbox::start());
    other.sign_in(&sandbox);
    let session = other.session();
    let (access, refresh) = (
        session["access_token"].as_str().unwrap(),
        session["refresh_token"].as_str().unwrap(),
    );
    let home = Home::new();
    let login = |input: &str| with_input(home.at(&sandbox, &["login", "--with-token", "--json"]), input);

    let bare = login(&format!("Bearer {access}\n"));
    assert_eq!(bare.status.code(), Some(0), "{}", text(&bare));
    assert_eq!(document(&bare)["sub"], "ada");
    assert_eq!(home.session()["access_token"], access);
    // An access token alone comes without `expires_in`: its own `exp` is what is left.
    let payload = URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap();
    let payload: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(document(&bare)["expires_at"], payload["exp"]);

    let answer = serde_json::json!({"access_token": access, "refresh_token": refresh, "expires_in": 60});
    let whole = login(&answer.to_string());
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole));
    assert_eq!(home.session()["refresh_token"], refresh);
    assert!(document(&whole)["expires_at"].as_i64().unwrap() <= now() + 900);
    assert!(home.noesis(&["refresh"]).output().unwrap().status.success());

    let kept = home.session();
    for useless in ["", "  \n", "{", "{}", "two words", "{\"access_token\":7}"] {
        let output = login(useless);
        assert_eq!(output.status.code(), Some(2), "{useless}: {}", text(&output));
        assert_eq!(error(&output)["code"], "USAGE");
    }
    assert_eq!(home.session(), kept, "what was there is still there");
}

#[test]
fn a_sign_in_to_the_memory_store_changes_no_file() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let (session, settings) = (home.session(), std::fs::read(config(&home)).unwrap());
    let output = home.at(&sandbox, &["login", "--store", "memory"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(
        text(&output).contains("the memory of this process"),
        "{}",
        text(&output)
    );
    assert_eq!(home.session(), session);
    assert_eq!(std::fs::read(config(&home)).unwrap(), settings);
}

#[test]
fn a_sign_in_keeps_what_the_user_wrote_in_the_config_file() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    std::fs::create_dir_all(config(&home).parent().unwrap()).unwrap();
    let own = "# my own words\n[profile.work] # the office\ntimeout = \"3s\" # slow line\n\n[profile.default]\n\
               # where we play\nbrowser = \"x\"\n";
    std::fs::write(config(&home), own).unwrap();
    home.sign_in(&sandbox);
    let text = std::fs::read_to_string(config(&home)).unwrap();
    assert!(text.starts_with(own), "{text}");
    assert!(text.contains(&format!("base_url = \"{}\"", sandbox.url)), "{text}");
}

#[test]
fn x3_a_config_file_with_a_mistake_is_named_with_the_line() {
    let home = Home::new();
    std::fs::create_dir_all(config(&home).parent().unwrap()).unwrap();
    for (broken, place) in [
        (&b"[profile.default]\nbase_url = 7\n"[..], "line 2"),
        (b"[profile\n", "line 1"),
        (b"\xff\xfe", "config.toml"),
        (b"profile = 3\n", "line 1"),
    ] {
        std::fs::write(config(&home), broken).unwrap();
        let output = home.noesis(&["login", "--json"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        let error = error(&output);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains(place) && message.contains("config.toml"), "{message}");
    }
}

#[test]
fn x3_without_a_home_a_sign_in_says_what_to_set() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    // Unset, a home is looked up in the system's list of users; nowhere is where nothing can be made.
    for nowhere in ["/dev/null", "/proc/nowhere"] {
        let output = home
            .at(&sandbox, &["login", "--json"])
            .env("HOME", nowhere)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert_eq!(error(&output)["code"], "STORE_ERROR");
        assert!(error(&output)["message"].as_str().unwrap().contains(nowhere));
    }
    let own = home.path().join("own");
    let output = home
        .at(&sandbox, &["login"])
        .env_remove("HOME")
        .env("NOESIS_CONFIG_DIR", &own)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(own.join("sessions/default.json").exists());
}

#[test]
fn x3_a_read_only_home_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let fixed = home.path().join("fixed");
    std::fs::create_dir(&fixed).unwrap();
    std::fs::set_permissions(&fixed, std::fs::Permissions::from_mode(0o500)).unwrap();
    let mut command = home.at(&sandbox, &["login", "--json"]);
    let Some(output) = where_it_may_not_write(&home, &fixed, command.env("HOME", &fixed)) else {
        return;
    };
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let error = error(&output);
    assert_eq!(error["code"], "STORE_ERROR");
    assert!(
        error["message"].as_str().unwrap().contains("ermission denied"),
        "{error}"
    );
}

/// Runs a command as a user who cannot write into a folder of mode 0500; `None` where that is not possible here.
fn where_it_may_not_write(home: &Home, fixed: &Path, command: &mut Command) -> Option<Output> {
    if std::fs::write(fixed.join("probe"), "").is_err() {
        return Some(command.output().unwrap());
    }
    // root: its power over permissions is taken away for this one program.
    std::fs::remove_file(fixed.join("probe")).unwrap();
    let mut limited = home.command("setpriv");
    limited.args(["--bounding-set=-dac_override", "--inh-caps=-dac_override"]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    match limited.output() {
        Ok(output) => Some(output),
        Err(error) => {
            skipped(&format!("no setpriv: {error}"));
            None
        }
    }
}

#[test]
fn l8_a_config_file_that_is_linked_into_a_read_only_folder_and_holds_the_values_is_not_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, sandbox) = (Home::new(), Sandbox::start());
    home.sign_in(&sandbox);
    let fixed = home.path().join("dotfiles");
    std::fs::create_dir(&fixed).unwrap();
    let target = fixed.join("config.toml");
    std::fs::rename(config(&home), &target).unwrap();
    std::os::unix::fs::symlink(&target, config(&home)).unwrap();
    std::fs::remove_file(home.session_file("default")).unwrap();
    std::fs::set_permissions(&fixed, std::fs::Permissions::from_mode(0o500)).unwrap();
    let before = std::fs::metadata(&target).unwrap().modified().unwrap();

    let Some(output) = where_it_may_not_write(&home, &fixed, &mut home.at(&sandbox, &["login"])) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(home.session_file("default").exists());
    assert_eq!(std::fs::metadata(&target).unwrap().modified().unwrap(), before);
    assert!(std::fs::symlink_metadata(config(&home)).unwrap().is_symlink());

    // What would have to be written is found to be impossible before the browser opens.
    let sign_ins = sandbox.count("authorize");
    let mut other = home.at(&sandbox, &["login", "--client-id", "noesis-cli-refresh"]);
    let output = where_it_may_not_write(&home, &fixed, &mut other).unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("config.toml"), "{}", text(&output));
    assert_eq!(sandbox.count("authorize"), sign_ins);
}

#[test]
fn x3_values_that_are_not_utf_8_are_named() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let odd = OsStr::from_bytes(b"http://\xff");
    for variable in [
        "NOESIS_BASE_URL",
        "NOESIS_CLIENT_ID",
        "NOESIS_PROFILE",
        "NOESIS_BROWSER",
        "BROWSER",
    ] {
        let output = home
            .at(&sandbox, &["login", "--json"])
            .env_remove("NOESIS_BROWSER")
            .env(variable, odd)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}: {}", text(&output));
        assert!(
            error(&output)["message"].as_str().unwrap().contains(variable),
            "{}",
            text(&output)
        );
    }
    let mut command = home.at(&sandbox, &["login", "--json", "--base-url"]);
    let output = command.arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert_eq!(error(&output)["code"], "USAGE");

    // A folder may be called anything.
    let folder = home.path().join(OsStr::from_bytes(b"h\xff"));
    let output = home.at(&sandbox, &["login"]).env("HOME", &folder).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(folder.join(".config/noesis/sessions/default.json").exists());
}

#[test]
fn x1_a_closed_pipe_is_no_failure_and_a_full_disk_is_one() {
    let (home, sandbox) = (Home::new(), Sandbox::start());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let gone = home
        .at(&sandbox, &["login"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(gone.status.code(), Some(0), "{}", text(&gone));
    assert!(!stderr(&gone).contains("error"), "{}", stderr(&gone));
    assert!(home.session_file("default").exists(), "signed in all the same");

    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        skipped("no /dev/full");
        return;
    };
    let full = home
        .at(&sandbox, &["login", "--json"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(1), "{}", text(&full));
    assert_eq!(error(&full)["code"], "IO_ERROR");
}
