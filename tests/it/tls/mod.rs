//! Certificates are checked, and only what the user adds is trusted beside the system's (rule N4): against `openssl`'s
//! own server, with certificates made on the spot.

mod authorities;
mod authority;
mod matrix;
mod proxied;

use std::io::Write as _;

use noesis::{AuthClient, AuthError, ErrorCode, TokenResponse};

use self::authority::{Authority, Server};
use crate::support::doctor::DoctorRun;
use crate::support::{Home, document, error, text};

/// What comes of a call to the server.
async fn call(server: &Server, ca: Option<Vec<u8>>) -> Result<TokenResponse, AuthError> {
    let mut builder = AuthClient::builder(&server.url).client_id("x");
    if let Some(pem) = ca {
        builder = builder.ca_cert_pem(pem);
    }
    builder.build()?.refresh_token(&"some-refresh-token".into()).await
}

fn assert_refused(answer: Result<TokenResponse, AuthError>) {
    let error = answer.unwrap_err();
    assert_eq!((error.code, error.status), (ErrorCode::NetworkError, 0), "{error}");
    assert!(error.message.contains("certificate"), "{error}");
}

#[tokio::test]
async fn n4_a_certificate_is_trusted_when_its_authority_was_added_and_not_before() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("good", "IP:127.0.0.1", 0..2);
    let server = Server::start(&authority, "good");
    assert_refused(call(&server, None).await);
    let through = call(&server, Some(authority.ca_pem())).await.unwrap();
    assert_eq!(through.access_token.expose(), "a.b.c");
    // Another authority does not help, and does not harm where both are given.
    let other = Authority::new().unwrap();
    assert_refused(call(&server, Some(other.ca_pem())).await);
    let both = [other.ca_pem(), authority.ca_pem()].concat();
    call(&server, Some(both)).await.unwrap();
}

#[tokio::test]
async fn n4_a_self_signed_certificate_is_refused_until_it_is_added() {
    let Some(authority) = Authority::new() else { return };
    authority.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=alone -keyout alone.key -out alone.pem \
         -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE",
    );
    let server = Server::start(&authority, "alone");
    assert_refused(call(&server, None).await);
    let pem = std::fs::read(authority.file("alone.pem")).unwrap();
    call(&server, Some(pem)).await.unwrap();
}

#[test]
fn n4_a_file_without_a_certificate_is_refused_as_ca_cert() {
    let builder = AuthClient::builder("https://127.0.0.1:1").ca_cert_pem("no certificate");
    assert_eq!(builder.build().unwrap_err().code, ErrorCode::Config);
}

#[test]
fn n4_the_program_trusts_what_ca_cert_adds_and_uses_no_proxy_for_loopback() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("good", "IP:127.0.0.1", 0..2);
    let server = Server::start(&authority, "good");
    let home = Home::new();
    let ca = authority.ca().display().to_string();
    let refresh = |flags: &[&str], env: Option<&str>| {
        let mut command = home.noesis(&["--json", "refresh", "some-refresh-token"]);
        command
            .args(flags)
            .env("NOESIS_BASE_URL", &server.url)
            .env("NOESIS_CLIENT_ID", "x");
        // Nothing listens on port 9: a request through a proxy could not succeed.
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
            command.env(name, "http://127.0.0.1:9");
        }
        if let Some(path) = env {
            command.env("NOESIS_CA_CERT", path);
        }
        command.output().unwrap()
    };

    let refused = refresh(&[], None);
    assert_eq!(refused.status.code(), Some(5), "{}", text(&refused));
    let refused = error(&refused);
    assert_eq!(
        (&refused["code"], &refused["status"]),
        (&"NETWORK_ERROR".into(), &0.into())
    );
    assert!(
        refused["message"].as_str().unwrap().contains("certificate"),
        "{refused}"
    );

    for through in [refresh(&["--ca-cert", &ca], None), refresh(&[], Some(&ca))] {
        assert_eq!(through.status.code(), Some(0), "{}", text(&through));
        assert_eq!(document(&through)["access_token"], "a.b.c");
    }

    // A missing file, or one without a certificate, is reported before anything is sent.
    let missing = refresh(&["--ca-cert", "/nowhere/ca.pem"], None);
    assert_eq!(
        (missing.status.code(), &error(&missing)["code"]),
        (Some(2), &"CONFIG".into())
    );
    let key = authority.file("ca.key").display().to_string();
    let empty = refresh(&["--ca-cert", &key], None);
    assert_eq!(
        (empty.status.code(), &error(&empty)["code"]),
        (Some(2), &"CONFIG".into())
    );
}

#[test]
fn n4_the_doctor_says_what_is_wrong_with_a_certificate() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("good", "IP:127.0.0.1", 0..2);
    authority.signs("elsewhere", "DNS:platform.example", 0..2);
    authority.signs("expired", "IP:127.0.0.1", -9..-1);
    let ca = authority.ca().display().to_string();
    let home = Home::new();
    let doctor = |url: &str, more: &[&str]| {
        let mut command = home.noesis(&["doctor", "--timeout", "5s", "--base-url", url]);
        DoctorRun::of(command.args(more))
    };
    let good = Server::start(&authority, "good");
    let unknown = doctor(&good.url, &[]);
    let hint = unknown.says("certificate", "fail", "not signed by an authority");
    assert!(hint.contains("`--ca-cert PEM`"), "{hint}");
    unknown.says("platform", "skip", "see `certificate`");
    let trusted = doctor(&good.url, &["--ca-cert", &ca]);
    trusted.says("certificate", "pass", "127.0.0.1");
    trusted.says("platform", "pass", "answers");

    for (name, words, advice) in [
        ("elsewhere", "not valid for", "check `--base-url`"),
        ("expired", "expired", "clock"),
    ] {
        let server = Server::start(&authority, name);
        let hint = doctor(&server.url, &["--ca-cert", &ca]).says("certificate", "fail", words);
        assert!(hint.contains(advice), "{hint}");
    }

    let plain = crate::support::raw::Raw::serving(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let hint = doctor(&plain.url.replace("http:", "https:"), &[]).says("certificate", "fail", "");
    assert!(hint.contains("does not offer TLS"), "{hint}");
    let missing = doctor(&good.url, &["--ca-cert", "/nowhere/ca.pem"]);
    let hint = missing.says("certificate", "fail", "/nowhere/ca.pem");
    assert!(hint.contains("--ca-cert"), "{hint}");
}
