//! The Big List of Naughty Strings as arguments, environment, input, server text and claims.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{COMMANDS, harmless, is_json, with};
use crate::support::server::Server;
use crate::support::{Home, document, stdout, text};
use crate::support::{token, with_input};

/// The strings, and what a terminal fears most, which the list lacks.
fn strings() -> Vec<String> {
    let mut strings: Vec<String> = naughty_strings::BLNS
        .iter()
        .map(|string| (*string).to_owned())
        .collect();
    assert!(strings.len() > 500);
    let own = [
        "\x1b]0;owned\x07",
        "\x1b[2J\x1b[H",
        "a\u{202e}b\u{2066}c",
        "\u{9b}31m",
        "x\r\ny",
        "\u{e0041}",
        "\u{7f}\u{8}",
    ];
    strings.extend(own.map(str::to_owned));
    strings
}

/// Every way that one string can be an argument.
fn as_arguments(home: &Home, string: &str, args: &[&str]) {
    let command = || {
        let mut command = home.noesis(&["--no-input", "--timeout", "2s"]);
        command
            .env("NOESIS_BASE_URL", "http://127.0.0.1:1")
            .env("NOESIS_CLIENT_ID", "x");
        command
    };
    for more in [
        vec![string],
        vec!["--json", "--profile", string],
        vec!["--base-url", string, "--json"],
    ] {
        let output = with(command(), args, &more);
        harmless(&output, &(args, &more));
        if more.contains(&"--json") && !["completions", "man", "exec", "token"].contains(&args[0]) {
            is_json(&output, &(args, &more));
        }
    }
}

const VARIABLES: [&str; 9] = [
    "NOESIS_BASE_URL",
    "NOESIS_CLIENT_ID",
    "NOESIS_CLIENT_SECRET",
    "NOESIS_PROFILE",
    "NOESIS_STORE",
    "NOESIS_TIMEOUT",
    "NOESIS_CA_CERT",
    "NOESIS_TOKEN",
    "NOESIS_CONFIG_DIR",
];

fn as_a_variable(home: &Home, string: &str, variable: &str, args: &[&str]) {
    let mut command = home.noesis(&["--json", "--no-input", "--timeout", "2s"]);
    command
        .env("NOESIS_BASE_URL", "http://127.0.0.1:1")
        .env("NOESIS_CLIENT_ID", "x");
    command.env(variable, string);
    let output = with(command, args, &[]);
    harmless(&output, &(args, variable, string));
}

/// What no system lets into an argument or a variable.
fn fits_the_system(string: &str) -> bool {
    !string.contains('\0')
}

#[test]
fn x4_as_arguments_and_variables_each_string_for_one_command() {
    let strings = strings();
    let home = Home::new();
    for (number, string) in strings
        .iter()
        .enumerate()
        .filter(|(_, string)| fits_the_system(string))
        .step_by(3)
    {
        as_arguments(&home, string, COMMANDS[number % COMMANDS.len()]);
        as_a_variable(
            &home,
            string,
            VARIABLES[number % VARIABLES.len()],
            COMMANDS[(number / 3) % COMMANDS.len()],
        );
    }
}

#[test]
#[ignore = "takes some minutes: run tests/run"]
fn x4_as_arguments_and_variables_every_string_for_every_command() {
    let strings = strings();
    let strings: Vec<String> = strings.into_iter().filter(|string| fits_the_system(string)).collect();
    let hands = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for part in strings.chunks(strings.len().div_ceil(hands)) {
            scope.spawn(move || {
                let home = Home::new();
                for string in part {
                    for args in COMMANDS {
                        as_arguments(&home, string, args);
                    }
                    for variable in VARIABLES {
                        as_a_variable(&home, string, variable, COMMANDS[string.len() % COMMANDS.len()]);
                    }
                }
            });
        }
    });
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn x4_as_claims_and_header() {
    let strings = strings();
    let home = Home::new();
    let named: BTreeMap<&String, &String> = strings.iter().map(|string| (string, string)).collect();
    let tools: Vec<Value> = strings
        .iter()
        .map(|string| json!({"tool_id": string, "expires_at": 4_102_444_800_u32, "source": string}))
        .collect();
    for string in strings.iter().step_by(25) {
        let header = json!({"alg": string, "kid": string, "typ": string});
        let claims =
            json!({"sub": string, "role": string, "own": named, "entitlements": tools, "jti": strings, "exp": 1});
        std::fs::write(home.path().join("t"), token(&header.to_string(), &claims.to_string())).unwrap();
        for args in [
            &["decode", "@t"][..],
            &["decode", "@t", "--json"],
            &["decode", "@t", "--color", "never"],
        ] {
            let output = home.noesis(args).output().unwrap();
            harmless(&output, &args);
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            if args.contains(&"--json") {
                assert_eq!(
                    document(&output)["claims"],
                    claims,
                    "the document is still the token's own"
                );
            }
        }
        // In a variable a token is shorter.
        let small = json!({"sub": string, "role": string, "entitlements": [{"tool_id": string, "expires_at": 4_102_444_800_u32}]});
        let given = token(&header.to_string(), &small.to_string());
        harmless(
            &home.noesis(&["status"]).env("NOESIS_TOKEN", given).output().unwrap(),
            string,
        );
    }
}

/// A server whose answers take their text from the list, one after the other, in each of the ways there are.
fn hostile_server(strings: Vec<String>) -> Server {
    let requests = Arc::new(AtomicUsize::new(0));
    Server::new(move |request| {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let string = &strings[number % strings.len()];
        let entitlements = json!([{"tool_id": string, "expires_at": 4_102_444_800_u32, "source": string}]);
        let good = match request.path.as_str() {
            "/oauth/introspect" => {
                json!({"active": true, "sub": string, "jti": string, string: string, "entitlements": entitlements})
            }
            _ => json!({
                "tool_id": string, "tool_name": string, "duration_days": 1, "expires_at": string, "message": string,
                "token_refresh_required": false,
            }),
        };
        match (number / strings.len()) % 6 {
            0 => ("400 Bad Request", json!({"detail": string}).to_string()),
            1 => (
                "401 Unauthorized",
                json!({"error": string, "error_description": string}).to_string(),
            ),
            2 => (
                "422 No",
                json!({"detail": [{"loc": ["body", string], "msg": string}]}).to_string(),
            ),
            3 => (
                "502 Bad Gateway",
                format!("<html><head><title>{string}</title></head><body>{string}</body></html>"),
            ),
            4 => ("403 Forbidden", string.clone()),
            _ => ("200 OK", good.to_string()),
        }
    })
}

#[test]
#[ignore = "takes a while: run tests/run"]
fn x4_as_what_a_server_says_and_as_standard_input() {
    let strings = strings();
    let home = Home::new();
    let lines: Vec<String> = strings.iter().map(|string| string.replace(['\n', '\r'], " ")).collect();
    // A code that begins with a dash is refused before anything is sent, and an empty one is skipped.
    let codes: Vec<&String> = lines
        .iter()
        .filter(|line| !line.trim().is_empty() && !line.trim().starts_with('-'))
        .collect();
    let input = |lines: &[&String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    for args in [&["redeem", "-"][..], &["redeem", "-", "--json"]] {
        // The first sixth of the strings in every way that an answer can be made of them, and all in one way.
        let few: Vec<String> = strings.iter().step_by(6).cloned().collect();
        for said in [few, strings.clone()] {
            let server = hostile_server(said);
            let mut command = home.noesis(args);
            command
                .env("NOESIS_BASE_URL", &server.url)
                .env("NOESIS_TOKEN", token("{}", "{}"));
            let output = with_input(&mut command, input(&codes).as_bytes());
            harmless(&output, &args);
            assert_eq!(output.status.code(), Some(1), "{}", text(&output));
            if args.contains(&"--json") {
                // A code with a letter that no code has is refused unsent.
                let results = document(&output);
                let results = results.as_array().unwrap();
                let unsent = results
                    .iter()
                    .filter(|result| result["error"]["code"] == "USAGE")
                    .count();
                assert_eq!(server.requests(), results.len() - unsent);
                // Quotes, brackets and full stops alone are no code.
                assert!(
                    (480..=codes.len()).contains(&results.len()) && server.requests() > 400,
                    "{}",
                    results.len()
                );
            }
        }
    }
    let server = hostile_server(strings.clone());
    let all: Vec<&String> = lines.iter().cycle().take(6 * lines.len()).collect();
    let mut command = home.noesis(&[
        "introspect",
        "--batch",
        "-",
        "--tool",
        &lines[9],
        "--base-url",
        &server.url,
    ]);
    let output = with_input(&mut command, input(&all).as_bytes());
    harmless(&output, &"introspect --batch");
    // Blank lines are skipped.
    let tokens = all.iter().filter(|line| !line.trim().is_empty()).count();
    assert_eq!(stdout(&output).lines().count(), tokens);
    for line in stdout(&output).lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    for string in strings.iter().step_by(10) {
        let server = hostile_server(vec![string.clone()]);
        for _ in 0..6 {
            let output = home
                .noesis(&["introspect", "x", "--base-url", &server.url])
                .output()
                .unwrap();
            harmless(&output, string);
        }
        for args in [
            &["decode", "-"][..],
            &["introspect", "-", "--json"],
            &["pkce", "--verifier", "-"],
            &["refresh", "-"],
        ] {
            let output = with_input(
                home.noesis(args).args(["--base-url", &server.url, "--client-id", "x"]),
                string.as_bytes(),
            );
            harmless(&output, &(args, string));
        }
    }
}
