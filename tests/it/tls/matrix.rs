//! Every kind of bad certificate against every command that sends a credential: no such server receives any of it. The
//! authority is trusted by `--ca-cert` throughout, so that only the fault under test causes the refusal.

use std::io::{Read as _, Write as _};
use std::process::Output;
use std::sync::Mutex;

use serde_json::json;

use super::authority::{Authority, Order, Server};
use crate::support::call::{CODE, Call};
use crate::support::raw::Raw;
use crate::support::{text, until};

/// The commands that send a credential.
const CALLS: [Call; 4] = [Call::Exchange, Call::Refresh, Call::Introspect, Call::Redeem];

/// What shows a certificate, or should.
enum Peer {
    Tls(Server),
    /// One that answers in the clear whatever it is sent.
    Plain(Raw),
}

impl Peer {
    fn url(&self) -> String {
        match self {
            Self::Tls(server) => server.url.clone(),
            Self::Plain(server) => server.url.replace("http:", "https:"),
        }
    }
}

struct Bad {
    name: &'static str,
    /// What the error says among its words.
    says: &'static str,
    /// The name that the server is addressed by.
    host: &'static str,
    peer: Peer,
}

/// `docs/protocol.md`: a TLS failure is a `NETWORK_ERROR` without a status, which `docs/cli.md` has exit with 5.
const WANT: (i32, &str, u16, bool) = (5, "NETWORK_ERROR", 0, true);

const HERE: &str = "127.0.0.1";
const SAN: &str = "IP:127.0.0.1";

/// What is kept of the end of a connection.
const CLOSED: &str = "(closed)";

/// Options that `openssl` needs to sign with a broken algorithm.
const WEAK: &str = "ALL:@SECLEVEL=0";

fn bad(authority: &Authority) -> Vec<Bad> {
    // Each ends after as many connections as there are commands, and has then printed all that came over them.
    let shows = |flags: &[&str]| Peer::Tls(Server::with(authority, &[&["-naccept", "4"], flags].concat()));
    let issued = |name: &'static str, order: &Order| {
        authority.issues(name, order);
        shows(&["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")])
    };
    let below = |name: &'static str, issuer: &'static str, sent: Option<&str>| {
        let order = Order {
            issuer,
            ..Order::of(SAN)
        };
        authority.issues(name, &order);
        let (cert, key, chain) = (
            format!("{name}.pem"),
            format!("{name}.key"),
            sent.map(|sent| format!("{sent}.pem")),
        );
        let mut flags = vec!["-cert", &cert, "-key", &key];
        if let Some(chain) = &chain {
            flags.extend(["-cert_chain", chain]);
        }
        shows(&flags)
    };
    let weak = |name: &'static str, order: &Order, flags: &[&str]| {
        authority.issues(name, order);
        let (cert, key) = (format!("{name}.pem"), format!("{name}.key"));
        shows(&[&["-cert", &cert, "-key", &key, "-cipher", WEAK], flags].concat())
    };
    let with = |extensions: &str| Order {
        extensions: extensions.into(),
        ..Order::of(SAN)
    };

    // Authorities that are none, or not here.
    authority.signs_itself(
        "other",
        "noesis-other-authority",
        &["basicConstraints=critical,CA:TRUE"],
    );
    authority.signs_itself(
        "alone",
        "alone",
        &["subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE"],
    );
    authority.signs("leaf", SAN, 0..2);
    authority.issues("middle", &Order::authority());
    authority.issues(
        "ended",
        &Order {
            days: -9..-1,
            ..Order::authority()
        },
    );
    authority.issues(
        "narrow",
        &Order {
            extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n\
                         nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0\n"
                .into(),
            ..Order::authority()
        },
    );
    // One whose last bit of the signature is another.
    authority.signs("touched", SAN, 0..2);
    authority.openssl("x509 -in touched.pem -outform DER -out touched.der");
    let mut touched = std::fs::read(authority.file("touched.der")).unwrap();
    *touched.last_mut().unwrap() ^= 1;
    std::fs::write(authority.file("touched.der"), touched).unwrap();

    let entry = |name, says, peer| Bad {
        name,
        says,
        host: HERE,
        peer,
    };
    vec![
        entry(
            "an unknown authority",
            "not signed by an authority that this machine trusts",
            below("unknown-authority", "other", None),
        ),
        entry(
            "signed by itself",
            "not signed by an authority that this machine trusts",
            shows(&["-cert", "alone.pem", "-key", "alone.key"]),
        ),
        entry(
            "expired",
            "has expired",
            issued(
                "expired",
                &Order {
                    days: -9..-1,
                    ..Order::of(SAN)
                },
            ),
        ),
        entry(
            "not valid yet",
            "not valid yet",
            issued(
                "early",
                &Order {
                    days: 5..9,
                    ..Order::of(SAN)
                },
            ),
        ),
        entry(
            "for another name",
            "not valid for this host",
            issued("elsewhere", &Order::of("DNS:platform.example")),
        ),
        entry(
            "for another address",
            "not valid for this host",
            issued("next-door", &Order::of("IP:127.0.0.2")),
        ),
        entry(
            "for the name of this address",
            "not valid for this host",
            issued("named", &Order::of("DNS:localhost")),
        ),
        entry(
            "for the address as if it were a name",
            "not valid for this host",
            issued("spelled", &Order::of("DNS:127.0.0.1")),
        ),
        Bad {
            host: "localhost",
            ..entry(
                "for the address of this name",
                "not valid for this host",
                issued("addressed", &Order::of(SAN)),
            )
        },
        Bad {
            host: "localhost",
            ..entry(
                "with its host as the common name alone",
                "not valid for this host",
                issued(
                    "common",
                    &Order {
                        subject: Some("localhost"),
                        ..with("extendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
                    },
                ),
            )
        },
        entry(
            "signed by one that is no authority",
            "its issuer is not an authority",
            below("grandchild", "leaf", Some("leaf")),
        ),
        entry(
            "below an authority that has expired",
            "has expired",
            below("orphan", "ended", Some("ended")),
        ),
        entry(
            "without the authority between",
            "not signed by an authority that this machine trusts",
            below("gap", "middle", None),
        ),
        entry(
            "beyond what its authority may sign for",
            "its authority may not sign for this host",
            below("beyond", "narrow", Some("narrow")),
        ),
        entry(
            "for clients",
            "it is not for servers",
            issued(
                "client",
                &with("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n"),
            ),
        ),
        entry(
            "of an authority",
            "that of an authority",
            issued(
                "crown",
                &with("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:TRUE\n"),
            ),
        ),
        entry(
            "signed with SHA-1",
            "its signature algorithm is not secure",
            weak(
                "sha1",
                &Order {
                    digest: "sha1",
                    ..Order::of(SAN)
                },
                &[],
            ),
        ),
        entry(
            "with a key of 1024 bits",
            "its key is too short",
            weak(
                "short",
                &Order {
                    key: "rsa:1024",
                    ..Order::of(SAN)
                },
                &[],
            ),
        ),
        entry(
            "with a signature that was touched",
            "its signature is invalid",
            shows(&["-certform", "DER", "-cert", "touched.der", "-key", "touched.key"]),
        ),
        entry(
            "shown by TLS 1.0",
            "no TLS version or cipher suite that both support",
            weak("old", &Order::of(SAN), &["-tls1"]),
        ),
        entry(
            "shown by TLS 1.1",
            "no TLS version or cipher suite that both support",
            weak("older", &Order::of(SAN), &["-tls1_1"]),
        ),
        entry(
            "none at all",
            "no TLS version or cipher suite that both support",
            shows(&["-nocert", "-tls1_2", "-cipher", "aNULL:@SECLEVEL=0"]),
        ),
        entry(
            "none, as nobody speaks TLS",
            "does not speak TLS",
            Peer::Plain(Raw::serving(|stream, keep| {
                let mut bytes = vec![0; 0x10000];
                while let Ok(count @ 1..) = stream.read(&mut bytes) {
                    keep(String::from_utf8_lossy(&bytes[..count]).into_owned());
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
                }
                keep(CLOSED.into());
            })),
        ),
    ]
}

/// Runs a command, with the authority trusted; what is stored must be what it was, but for a refresh that came through.
fn run(authority: &Authority, call: Call, url: &str) -> (Output, bool) {
    let home = call.home(url);
    let session = home.session();
    let output = home
        .noesis(&["--json", "-v", "--timeout", "5s", "--ca-cert"])
        .arg(authority.ca())
        .args(call.args(url))
        .envs(Call::env(url))
        // One authority instead of a hundred and more, which take longer to read than all else here.
        .env("SSL_CERT_FILE", authority.file("system.pem"))
        .output()
        .unwrap();
    (output, home.session() == session)
}

/// What is wrong with a refusal; nothing where all is well.
fn wrong(authority: &Authority, bad: &Bad, call: Call) -> Option<String> {
    let url = bad.peer.url().replace(HERE, bad.host);
    let (output, kept) = run(authority, call, &url);
    let all = text(&output);
    let error = call.error(&output);
    let found = (
        output.status.code(),
        &error["code"],
        &error["status"],
        &error["retryable"],
    );
    let (exit, code, status, retryable) = WANT;
    if found != (Some(exit), &json!(code), &json!(status), &json!(retryable)) {
        return Some(format!("{found:?}: {all}"));
    }
    let message = error["message"].as_str().unwrap_or_default();
    if !message.contains(bad.says) {
        return Some(format!("{message:?}, without {:?}", bad.says));
    }
    if all.contains("canary") || !kept {
        return Some(format!("the session is the same: {kept}; {all}"));
    }
    None
}

/// What is wrong with the commands that met a bad certificate, one for each at most.
fn wrong_with(authority: &Authority, bad: &Bad) -> Vec<String> {
    let mut wrongs: Vec<String> = CALLS
        .into_iter()
        .filter_map(|call| Some(format!("{}, {call:?}: {}", bad.name, wrong(authority, bad, call)?)))
        .collect();
    let seen = match &bad.peer {
        Peer::Tls(server) => server.at_its_end(),
        Peer::Plain(server) => {
            until("all connections are at their end", || {
                server.requests().iter().filter(|piece| *piece == CLOSED).count() == CALLS.len()
            });
            server.requests().concat()
        }
    };
    if seen.is_empty() || [CODE, "canary", "HTTP/1.1"].iter().any(|word| seen.contains(word)) {
        // Which of them it was cannot be told.
        wrongs = vec![format!("{}: the server saw {seen:?}", bad.name); CALLS.len()];
    }
    wrongs
}

#[test]
#[allow(clippy::print_stdout)]
fn n4_no_credential_is_sent_to_a_server_with_a_bad_certificate() {
    let Some(authority) = Authority::new() else { return };
    // The same commands come through to the same host where the certificate is good, and are then seen.
    authority.signs("good", SAN, 0..2);
    authority.signs_itself("system", "noesis-system", &["basicConstraints=critical,CA:TRUE"]);
    let good = Server::start(&authority, "good");
    for call in CALLS {
        let mark = good.mark();
        let (output, kept) = run(&authority, call, &good.url);
        assert_eq!(output.status.code(), Some(0), "{call:?}: {}", text(&output));
        assert_eq!(kept, call != Call::Refresh);
        let seen = good.says("DONE", mark);
        assert!(seen.contains(call.spends().unwrap()), "{call:?}: {seen}");
    }

    let bad = bad(&authority);
    let wrongs = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for share in bad.chunks(bad.len().div_ceil(4)) {
            let (authority, wrongs) = (&authority, &wrongs);
            scope.spawn(move || {
                for bad in share {
                    let wrong = wrong_with(authority, bad);
                    wrongs.lock().unwrap().extend(wrong);
                }
            });
        }
    });
    let (cases, wrongs) = (bad.len() * CALLS.len(), wrongs.into_inner().unwrap());
    println!("TLS: {cases} cases, {} survived", cases - wrongs.len());
    assert!(wrongs.is_empty(), "{wrongs:#?}");
}
