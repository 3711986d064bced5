//! Where no certificate of an authority is found, so that no server can be verified (rule N4).

use std::process::Command;

use super::authority::{Authority, Server};
use crate::support::doctor::DoctorRun;
use crate::support::{Home, NOESIS, error, skipped, text};

const INTROSPECT: [&str; 5] = ["--json", "introspect", "a.b.c", "--client-id", "x"];
const NOWHERE: [&str; 2] = ["--base-url", "https://platform.invalid"];

fn assert_named(command: &mut Command, words: &str, hint: &str) {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let error = error(&output);
    assert_eq!(error["code"], "CONFIG");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(words), "{message}");
    let said = error["hint"].as_str().unwrap();
    assert!(said.contains(hint) && said.contains("--ca-cert PEM"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn n4_a_variable_that_names_no_certificates_is_named_before_anything_is_sent() {
    let home = Home::new();
    let path = |name: &str| home.path().join(name).display().to_string();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("text"), "no certificate\n").unwrap();
    let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(path("damaged"), damaged).unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    for (variable, value, words) in [
        ("SSL_CERT_FILE", String::new(), "`SSL_CERT_FILE` is set to nothing"),
        (
            "SSL_CERT_FILE",
            path("missing"),
            "which `SSL_CERT_FILE` names: No such file",
        ),
        ("SSL_CERT_FILE", path("empty"), "which `SSL_CERT_FILE` names"),
        ("SSL_CERT_FILE", path("text"), "which `SSL_CERT_FILE` names"),
        ("SSL_CERT_FILE", path("damaged"), "which `SSL_CERT_FILE` names"),
        (
            "SSL_CERT_FILE",
            path("folder"),
            "which `SSL_CERT_FILE` names: Is a directory",
        ),
        (
            "SSL_CERT_DIR",
            path("missing"),
            "which `SSL_CERT_DIR` names: No such file",
        ),
        ("SSL_CERT_DIR", path("folder"), "which `SSL_CERT_DIR` names"),
    ] {
        let mut command = home.noesis(&INTROSPECT);
        command.args(NOWHERE).env(variable, &value);
        assert_named(&mut command, words, &format!("unset {variable}"));
        let args = ["doctor", NOWHERE[0], "https://192.0.2.1"];
        let proxy = crate::support::raw::Raw::answering("");
        let mut doctor = home.noesis(&args);
        doctor.env(variable, &value).env("HTTPS_PROXY", &proxy.url);
        let hint = DoctorRun::of(&mut doctor).says("certificate", "fail", words);
        assert!(hint.contains(&format!("unset {variable}")), "{hint}");
    }
    // Nothing is verified on this machine.
    let mut plain = home.noesis(&INTROSPECT);
    plain
        .args(["--base-url", "http://127.0.0.1:1"])
        .env("SSL_CERT_FILE", "/missing");
    assert_eq!(plain.output().unwrap().status.code(), Some(5));
}

#[test]
fn n4_what_ca_cert_adds_is_enough_where_there_is_nothing_else() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("good", "IP:127.0.0.1", 0..2);
    let server = Server::start(&authority, "good");
    let home = Home::new();
    let mut command = home.noesis(&INTROSPECT);
    command
        .args(["--base-url", &server.url])
        .env("SSL_CERT_FILE", "/missing");
    let output = command.arg("--ca-cert").arg(authority.ca()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}

#[test]
#[cfg(target_os = "linux")]
fn n4_a_machine_without_certificates_is_told_which_package_has_them() {
    let home = Home::new();
    let isolated = |script: &str| {
        let mut command = home.command("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh", NOESIS]);
        command
    };
    // The folders in which systems keep them, of which this one has some.
    let hide = "for dir in /etc/ssl /etc/pki /usr/local/share/certs /usr/share/ssl /usr/lib/ssl /var/lib/ca-certificates; do \
                if test -d $dir; then mount -t tmpfs none $dir || exit 9; fi; done";
    if !isolated(hide).output().is_ok_and(|output| output.status.success()) {
        skipped("needs `unshare` and the right to mount");
        return;
    }
    let mut command = isolated(&format!("{hide}; exec \"$@\""));
    command.args(INTROSPECT).args(NOWHERE);
    assert_named(
        &mut command,
        "this machine has no certificate of an authority",
        "`ca-certificates`",
    );
}
