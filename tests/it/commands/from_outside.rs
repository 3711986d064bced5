//! Text from outside: every option that takes a file takes a pipe, by the same rules as a variable; what is set to nothing is an
//! error, and what is too long is one before anything is sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::jwt::{HEADER, SECRET, claims, hs256, jwk, rs256, set};
use crate::support::server::Server;
use crate::support::{Home, has, now, stderr, stdout, text, with_input};

/// A server that keeps the bodies of the requests, and answers what each command can use.
fn server() -> (Server, Arc<Mutex<Vec<String>>>) {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bodies);
    let server = Server::new(move |received| {
        kept.lock().unwrap().push(received.body.clone());
        let answer = match received.path.as_str() {
            "/oauth/introspect" => json!({"active": true}),
            _ => json!({"access_token": "a.b.c", "expires_in": 900, "refresh_token": "next"}),
        };
        ("200 OK", answer.to_string())
    });
    (server, bodies)
}

/// A home with a file of each kind; those of text as an editor on Windows saves them.
fn home() -> Home {
    let home = Home::new();
    let save = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    let claims = claims(json!({"iat": 1, "exp": now() + 3600}));
    let signed = hs256(SECRET, r#"{"alg":"HS256"}"#, &claims);
    save(
        "secret",
        &format!("\u{feff}{}\r\n", std::str::from_utf8(SECRET).unwrap()),
    );
    save("client-secret", "\u{feff}canary-secret\r\n");
    save("hs256", &format!("\u{feff}Bearer {signed}\r\n"));
    save("rs256", &format!("{}\n", rs256(HEADER, &claims)));
    save("tokens", &format!("\u{feff}{signed}\r\n\r\n{signed}\r\n"));
    save("keys", &set(&[jwk(json!({}))]));
    save("code", "\u{feff}the-code\r\n");
    save("verifier", "verifier-0123456789-0123456789-0123456789-0123\r\n");
    save("pem", "no certificate\n");
    save("seed", include_str!("../../../src/sandbox/seed.toml"));
    home
}

/// Every option that takes a file: the command with `{NAME}` for the file, and its exit status.
const OPTIONS: [(&str, i32); 14] = [
    (
        "introspect x --base-url {URL} --client-id c --client-secret-file {client-secret}",
        0,
    ),
    ("introspect x --base-url {URL} --ca-cert {pem}", 2),
    ("introspect @{hs256} --base-url {URL}", 0),
    ("introspect --batch {tokens} --base-url {URL} -q", 0),
    ("verify @{hs256} --hs256-secret-file {secret}", 0),
    ("verify @{rs256} --jwks {keys}", 0),
    ("verify --batch {tokens} --hs256-secret-file {secret} -q --jobs 1", 0),
    ("decode @{hs256}", 0),
    (
        "exchange @{code} --redirect-uri http://127.0.0.1:1/cb --code-verifier @{verifier} --base-url {URL} --client-id c",
        0,
    ),
    ("refresh @{code} --base-url {URL} --client-id c", 0),
    ("pkce --verifier @{verifier}", 0),
    ("sandbox run --seed {seed} -- true", 0),
    ("login --with-token --base-url {URL} --client-id c < {hs256}", 0),
    ("sandbox run --seed {pem} -- true", 2),
];

#[test]
fn every_option_that_takes_a_file_takes_a_pipe_as_well() {
    if !has("bash") {
        return;
    }
    let (server, bodies) = server();
    let home = home();
    for (line, exit) in OPTIONS {
        let run = |pipe: bool| {
            let mut script = line.replace("{URL}", &server.url);
            while let Some((before, rest)) = script.split_once('{') {
                let (name, after) = rest.split_once('}').unwrap();
                let file = if pipe {
                    format!("<(cat {name})")
                } else {
                    name.to_owned()
                };
                script = format!("{before}{file}{after}");
            }
            let program = home.noesis(&[]);
            let mut command = home.command("bash");
            command
                .env("NOESIS_STORE", "file")
                .env("NOESIS_PROGRAM", program.get_program());
            let output = command
                .args(["-c", &format!("\"$NOESIS_PROGRAM\" {script}")])
                .output()
                .unwrap();
            let sent = std::mem::take(&mut *bodies.lock().unwrap());
            assert_eq!(output.status.code(), Some(exit), "{script}: {}", text(&output));
            (stdout(&output), sent)
        };
        let (file, pipe) = (run(false), run(true));
        assert_eq!(file, pipe, "{line}");
        for body in &file.1 {
            assert!(
                !body.contains("%EF%BB%BF") && !body.contains("%0D") && !body.contains("%0A"),
                "{line}: {body}"
            );
        }
    }
}

#[test]
fn a_byte_order_mark_and_a_newline_are_no_part_of_a_variable() {
    let (server, bodies) = server();
    let home = Home::new();
    for around in [["", "\n"], ["\u{feff}", "\r\n"], [" \t", "\n\n"]] {
        let with = |value: &str| format!("{}{value}{}", around[0], around[1]);
        let output = home
            .noesis(&["introspect", "--json"])
            .env("NOESIS_BASE_URL", with(&server.url))
            .env("NOESIS_CLIENT_ID", with("the-client"))
            .env("NOESIS_CLIENT_SECRET", with("the-secret"))
            .env("NOESIS_TOKEN", with("the-token"))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{around:?}: {}", text(&output));
        let sent = std::mem::take(&mut *bodies.lock().unwrap());
        assert_eq!(
            sent,
            ["token=the-token&client_id=the-client&client_secret=the-secret"],
            "{around:?}"
        );
    }
}

#[test]
fn a_file_that_is_too_long_is_an_error_and_nothing_is_sent() {
    if !has("bash") {
        return;
    }
    let (server, _) = server();
    let home = home();
    let long = "x".repeat(1024 * 1024 + 1);
    std::fs::write(home.path().join("long"), &long).unwrap();
    for line in [
        "introspect x --base-url URL --client-id c --client-secret-file FILE",
        "introspect x --base-url URL --ca-cert FILE",
        "introspect @FILE --base-url URL",
        "verify x --hs256-secret-file FILE",
        "verify @FILE --hs256-secret-file secret",
        "decode @FILE",
        "exchange @FILE --redirect-uri http://127.0.0.1:1/cb --base-url URL --client-id c",
        "exchange x --redirect-uri http://127.0.0.1:1/cb --code-verifier @FILE --base-url URL --client-id c",
        "refresh @FILE --base-url URL --client-id c",
        "pkce --verifier @FILE",
        "sandbox run --seed FILE -- true",
    ] {
        for file in ["long", "<(cat long)"] {
            let script = line.replace("URL", &server.url).replace("FILE", file);
            let program = home.noesis(&[]);
            let mut command = home.command("bash");
            command.env("NOESIS_PROGRAM", program.get_program());
            let output = command
                .args(["-c", &format!("\"$NOESIS_PROGRAM\" {script}")])
                .output()
                .unwrap();
            assert!(
                matches!(output.status.code(), Some(1 | 2)),
                "{script}: {}",
                text(&output)
            );
            assert!(stderr(&output).contains("1 MiB"), "{script}: {}", text(&output));
        }
    }
    for args in [&["decode", "-"][..], &["introspect", "-", "--base-url", &server.url]] {
        let output = with_input(&mut home.noesis(args), &long);
        assert!(stderr(&output).contains("longer than 1 MiB"), "{}", text(&output));
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn every_variable_that_decides_something_and_is_set_to_nothing_is_an_error() {
    let document = include_str!("../../../docs/cli.md");
    let (_, section) = document.split_once("\n## Variables\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let names: BTreeSet<&str> = section
        .split('`')
        .filter(|word| word.starts_with("NOESIS_") && *word != "NOESIS_BROWSER")
        .collect();
    assert!(names.len() >= 10, "{names:?}");
    let (server, _) = server();
    let home = Home::new();
    for name in names {
        for nothing in ["", "\n", "\u{feff} "] {
            for args in [
                &["introspect", "t", "--json"][..],
                &["introspect", "--batch", "-", "--json"],
            ] {
                let mut command = home.noesis(args);
                command.env("NOESIS_BASE_URL", &server.url).env(name, nothing);
                let output = with_input(&mut command, "t\n");
                assert_eq!(output.status.code(), Some(2), "{name}={nothing:?}: {}", text(&output));
                assert!(stderr(&output).contains(name), "{}", text(&output));
            }
        }
    }
    assert_eq!(server.requests(), 0);
    let mut command = home.noesis(&["introspect", "t"]);
    command
        .env("NOESIS_BROWSER", "")
        .env("BROWSER", "")
        .env("NOESIS_BASE_URL", &server.url);
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}
