//! Certificates are checked, and only what the user adds is trusted beside the system's (rule N4): against `openssl`'s
//! own server, with certificates made on the spot.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use noesis::{AuthClient, AuthError, ErrorCode, TokenResponse};

use crate::commands::doctor::Checkup;
use crate::raw::json;
use crate::support::{Home, document, error, has, stdout, text};

const ANSWER: &str = r#"{"access_token":"a.b.c","expires_in":900,"refresh_token":"next"}"#;

/// A certificate authority and what it has signed, in a folder of its own.
struct Authority {
    dir: Home,
}

impl Authority {
    /// `None` where `openssl` is missing, which is then said.
    fn new() -> Option<Self> {
        if !has("openssl") {
            return None;
        }
        let authority = Self { dir: Home::new() };
        authority.openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=noesis-test-authority -keyout ca.key -out ca.pem \
             -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign",
        );
        Some(authority)
    }

    fn openssl(&self, words: &str) {
        let output = self
            .dir
            .command("openssl")
            .args(words.split_whitespace())
            .output()
            .unwrap();
        assert!(output.status.success(), "openssl {words}: {}", text(&output));
    }

    /// The authority's own certificate.
    fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    fn ca_pem(&self) -> Vec<u8> {
        std::fs::read(self.ca()).unwrap()
    }

    /// A certificate for `host`, such as `IP:127.0.0.1`, that is good on the given days from today.
    fn signs(&self, name: &str, host: &str, days: std::ops::Range<i64>) {
        let extensions = format!("subjectAltName={host}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n");
        std::fs::write(self.dir.path().join(format!("{name}.ext")), extensions).unwrap();
        self.openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days {} -extfile {name}.ext -out {name}.pem",
            days.end
        ));
        if days.start != 0 {
            // `x509 -req` dates from now; the authority's own register dates as it is told.
            let day = |offset: i64| stamp(crate::support::now() + offset * 86_400);
            let config = "[ca]\ndefault_ca=own\n[own]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n\
                          default_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n";
            for (file, content) in [("ca.conf", config), ("index", ""), ("serial", "2a\n")] {
                std::fs::write(self.dir.path().join(file), content).unwrap();
            }
            self.openssl(&format!(
                "ca -batch -config ca.conf -cert ca.pem -keyfile ca.key -in {name}.csr -extfile {name}.ext \
                 -startdate {} -enddate {} -notext -out {name}.pem",
                day(days.start),
                day(days.end)
            ));
        }
    }
}

/// A moment as ASN.1 spells it: `20261123080000Z`.
fn stamp(unix: i64) -> String {
    let date = Command::new("date")
        .args(["-u", &format!("-d@{unix}"), "+%Y%m%d%H%M%SZ"])
        .output()
        .unwrap();
    stdout(&date).trim().to_owned()
}

/// `openssl s_server`, which speaks the TLS and leaves the HTTP to its standard input.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(authority: &Authority, name: &str) -> Self {
        let (cert, key) = (format!("{name}.pem"), format!("{name}.key"));
        let mut child = authority
            .dir
            .command("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", &cert, "-key", &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut answers = child.stdin.take().unwrap();
        // It says where it is: `ACCEPT 127.0.0.1:40123`.
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .split(b'\n')
            .map(|line| String::from_utf8_lossy(&line.unwrap_or_default()).into_owned());
        let accept = lines.find_map(|line| line.strip_prefix("ACCEPT ").map(str::to_owned));
        std::thread::spawn(move || {
            for line in lines {
                let answer = match line {
                    line if line.starts_with("POST /oauth/token ") => ANSWER,
                    line if line.starts_with("GET /.well-known/jwks.json ") => r#"{"keys":[]}"#,
                    _ => continue,
                };
                let _ = answers.write_all(json("200 OK", answer).as_ref());
                let _ = answers.flush();
            }
        });
        Self {
            child,
            url: format!("https://{}", accept.unwrap().trim()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes of a call to the server.
async fn call(server: &Server, ca: Option<Vec<u8>>) -> Result<TokenResponse, AuthError> {
    let mut builder = AuthClient::builder(&server.url).client_id("x");
    if let Some(pem) = ca {
        builder = builder.ca_cert_pem(pem);
    }
    builder.build()?.refresh_token(&"some-refresh-token".into()).await
}

fn assert_refused(answer: Result<TokenResponse, AuthError>, words: &str) {
    let error = answer.unwrap_err();
    assert_eq!((error.code, error.status), (ErrorCode::NetworkError, 0), "{error}");
    assert!(error.message.contains("certificate"), "{error}");
    assert!(error.message.contains(words), "{error}");
}

#[tokio::test]
async fn n4_a_certificate_is_trusted_when_its_authority_was_added_and_not_before() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("good", "IP:127.0.0.1", 0..2);
    let server = Server::start(&authority, "good");
    assert_refused(call(&server, None).await, "");
    let through = call(&server, Some(authority.ca_pem())).await.unwrap();
    assert_eq!(through.access_token.expose(), "a.b.c");
    // Another authority does not help, and does not harm where both are given.
    let other = Authority::new().unwrap();
    assert_refused(call(&server, Some(other.ca_pem())).await, "");
    let both = [other.ca_pem(), authority.ca_pem()].concat();
    call(&server, Some(both)).await.unwrap();
}

#[tokio::test]
async fn n4_a_certificate_that_signs_itself_is_refused_until_it_is_added() {
    let Some(authority) = Authority::new() else { return };
    authority.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=alone -keyout alone.key -out alone.pem \
         -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE",
    );
    let server = Server::start(&authority, "alone");
    assert_refused(call(&server, None).await, "");
    let pem = std::fs::read(authority.dir.path().join("alone.pem")).unwrap();
    call(&server, Some(pem)).await.unwrap();
}

#[tokio::test]
async fn n4_an_added_authority_makes_neither_another_host_nor_another_day_right() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("elsewhere", "DNS:platform.example", 0..2);
    authority.signs("expired", "IP:127.0.0.1", -9..-1);
    authority.signs("early", "IP:127.0.0.1", 5..9);
    for (name, words) in [
        ("elsewhere", "not valid for"),
        ("expired", "expired"),
        ("early", "not valid yet"),
    ] {
        let server = Server::start(&authority, name);
        assert_refused(call(&server, Some(authority.ca_pem())).await, words);
    }
}

#[test]
fn n4_the_program_trusts_what_ca_cert_adds_and_asks_no_proxy_about_this_machine() {
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
        // Nobody listens on port 9: a request by way of a proxy could not succeed.
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

    // No file, or one without a certificate, is told before anything is sent.
    let missing = refresh(&["--ca-cert", "/nowhere/ca.pem"], None);
    assert_eq!(
        (missing.status.code(), &error(&missing)["code"]),
        (Some(2), &"CONFIG".into())
    );
    let key = authority.dir.path().join("ca.key").display().to_string();
    let empty = refresh(&["--ca-cert", &key], None);
    assert_eq!(
        (empty.status.code(), &error(&empty)["code"]),
        (Some(2), &"CONFIG".into())
    );
}

#[test]
fn n4_the_doctor_tells_what_is_wrong_with_a_certificate() {
    let Some(authority) = Authority::new() else { return };
    authority.signs("good", "IP:127.0.0.1", 0..2);
    authority.signs("elsewhere", "DNS:platform.example", 0..2);
    authority.signs("expired", "IP:127.0.0.1", -9..-1);
    let ca = authority.ca().display().to_string();
    let home = Home::new();
    let doctor = |url: &str, more: &[&str]| {
        let mut command = home.noesis(&["doctor", "--timeout", "5s", "--base-url", url]);
        Checkup::of(command.args(more))
    };
    let good = Server::start(&authority, "good");
    let unknown = doctor(&good.url, &[]);
    let hint = unknown.says("certificate", "fail", "not from an authority");
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

    let plain = crate::raw::Raw::serving(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let hint = doctor(&plain.url.replace("http:", "https:"), &[]).says("certificate", "fail", "");
    assert!(hint.contains("speaks no TLS"), "{hint}");
    let missing = doctor(&good.url, &["--ca-cert", "/nowhere/ca.pem"]);
    let hint = missing.says("certificate", "fail", "/nowhere/ca.pem");
    assert!(hint.contains("--ca-cert"), "{hint}");
}
