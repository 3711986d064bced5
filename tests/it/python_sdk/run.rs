//! The two sides: the real SDK in one Python process for all cases, and our program, a process for each case.

use std::collections::HashMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use noesis::AuthClient;
use serde_json::{Map, Value, json};

use super::script::{Script, serve};
use super::{Call, Case, Input};
use crate::support::{Home, document, error, text};

/// The driver of the SDK.
pub const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peer/compare.py");

/// How many of our processes run at once: most of them wait.
const AT_ONCE: usize = 4;

/// What was observed of one side in one case.
pub struct Observed {
    pub outcome: Outcome,
    /// The requests that it sent for it, as they came.
    pub requests: Vec<String>,
}

pub enum Outcome {
    /// What the call returned.
    Fields(Map<String, Value>),
    Failed {
        code: String,
        status: u64,
        message: String,
    },
    /// The SDK ended with an exception of this class, which is no `AuthError`.
    Raised(String),
}

/// Runs every case with the SDK.
pub fn sdk(python: &std::ffi::OsStr, cases: &[Case]) -> Vec<Observed> {
    let server = serve(cases.iter().map(|case| case.script.clone()).collect());
    let lines: Vec<String> = cases
        .iter()
        .enumerate()
        .map(|(id, case)| {
            let input = &case.input;
            let line = json!({
                "id": id,
                "call": case.call.name(),
                "base": base(&server.url, id, case),
                "timeout": case.script.deadline().as_secs_f64(),
                "input": {
                    "code": input.code,
                    "token": input.token,
                    "redirect_uri": input.redirect_uri,
                    "client_id": input.client_id,
                    "client_secret": input.client_secret,
                    "code_verifier": input.code_verifier,
                },
            });
            format!("{line}\n")
        })
        .collect();
    let output = python_with(python, &[], lines.concat().into_bytes());
    let mut outcomes: HashMap<u64, Outcome> = String::from_utf8(output)
        .unwrap()
        .lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            (answer["id"].as_u64().unwrap(), sdk_outcome(answer))
        })
        .collect();
    let outcomes = (0..cases.len()).map(|id| outcomes.remove(&(id as u64)).unwrap());
    with_requests(outcomes.collect(), &server.requests())
}

fn sdk_outcome(mut answer: Value) -> Outcome {
    if let Some(class) = answer["raised"].as_str() {
        return Outcome::Raised(class.to_owned());
    }
    match answer.get_mut("fields").map(Value::take) {
        Some(Value::Object(fields)) => Outcome::Fields(fields),
        // The SDK hands on as keys whatever JSON it got.
        Some(_) => Outcome::Fields(Map::new()),
        None => failed(&answer["error"]),
    }
}

fn failed(error: &Value) -> Outcome {
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    Outcome::Failed {
        code: text("code"),
        status: error["status"].as_u64().unwrap(),
        message: text("message"),
    }
}

/// The driver with these arguments and standard input: its standard output.
pub fn python_with(python: &std::ffi::OsStr, arguments: &[&str], input: Vec<u8>) -> Vec<u8> {
    let home = Home::new();
    let mut child = home
        .command(python)
        .arg(DRIVER)
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // The SDK reads all certificates again with each call, and none of these calls needs one.
        .env("SSL_CERT_DIR", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    writer.join().unwrap().unwrap();
    output.stdout
}

/// Runs every case with our program, and the fetch of keys, which is no command by itself, with our library.
pub fn ours(cases: &[Case]) -> Vec<Observed> {
    let server = serve(cases.iter().map(|case| case.script.clone()).collect());
    let next = AtomicUsize::new(0);
    let done: Mutex<HashMap<usize, Outcome>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let home = Home::new();
                loop {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(id) else { return };
                    let base = base(&server.url, id, case);
                    let outcome = match case.call {
                        Call::Keys => keys(case, &base),
                        _ => command(&home, case, &base),
                    };
                    done.lock().unwrap_or_else(PoisonError::into_inner).insert(id, outcome);
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    let outcomes = (0..cases.len()).map(|id| done.remove(&id).unwrap());
    with_requests(outcomes.collect(), &server.requests())
}

fn keys(case: &Case, base: &str) -> Outcome {
    let client = AuthClient::builder(base)
        .timeout(case.script.deadline())
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    match runtime.block_on(client.fetch_keys()) {
        Ok(set) => Outcome::Fields(Map::from_iter([("keys".to_owned(), json!(set.keys))])),
        Err(error) => Outcome::Failed {
            code: error.code.as_str().to_owned(),
            status: error.status.into(),
            message: error.message,
        },
    }
}

fn command(home: &Home, case: &Case, base: &str) -> Outcome {
    let Input {
        code,
        token,
        redirect_uri,
        client_id,
        client_secret,
        code_verifier,
        slashes: _,
    } = &case.input;
    let mut command = home.noesis(&["--json"]);
    command
        .arg("--timeout")
        .arg(format!("{}s", case.script.deadline().as_secs()))
        .env("NOESIS_BASE_URL", base)
        .arg(case.call.name());
    match case.call {
        Call::Exchange => {
            command.args(["--redirect-uri", redirect_uri]);
            if let Some(verifier) = code_verifier {
                command.arg(format!("--code-verifier={verifier}"));
            }
            command.args(["--", code]);
        }
        Call::Redeem => {
            command.env("NOESIS_TOKEN", token).args(["--show-token", "--", code]);
        }
        _ => {
            command.args(["--", token]);
        }
    }
    if let Some(id) = client_id {
        command.env("NOESIS_CLIENT_ID", id);
    }
    if let Some(secret) = client_secret {
        command.env("NOESIS_CLIENT_SECRET", secret);
    }
    let output = command.output().unwrap();
    let exit = output.status.code();
    // A redemption tells each code's failure in the document of all of them.
    let refused = match case.call {
        Call::Redeem if !output.stdout.is_empty() => {
            Some(document(&output)[0]["error"].take()).filter(|e| !e.is_null())
        }
        _ if output.stdout.is_empty() => Some(error(&output)),
        _ => None,
    };
    if let Some(error) = refused {
        assert_eq!(exit, Some(exit_of(&error)), "{}: {}", case.name, text(&output));
        return failed(&error);
    }
    let mut document = document(&output);
    let fields = match case.call {
        Call::Redeem => document[0].take(),
        _ => document,
    };
    let no = case.call == Call::Introspect && fields["active"] != true;
    assert_eq!(exit, Some(if no { 3 } else { 0 }), "{}: {}", case.name, text(&output));
    let Value::Object(fields) = fields else {
        panic!("{}: {}", case.name, text(&output))
    };
    Outcome::Fields(fields)
}

/// The exit status that `docs/cli.md` gives an error.
fn exit_of(error: &Value) -> i32 {
    match (error["code"].as_str().unwrap(), error["status"].as_u64().unwrap()) {
        ("LOGIN_REQUIRED", _) => 4,
        ("USAGE" | "CONFIG", _) => 2,
        ("NETWORK_ERROR", _) | ("TOKEN_INVALID", 429 | 500..) => 5,
        _ => 1,
    }
}

fn base(url: &str, id: usize, case: &Case) -> String {
    let url = match case.script {
        // A port that nothing listens on.
        Script::Refused => "http://127.0.0.1:1",
        _ => url,
    };
    format!("{url}/c{id}{}", case.input.slashes)
}

fn with_requests(outcomes: Vec<Outcome>, requests: &[String]) -> Vec<Observed> {
    let mut observed: Vec<Observed> = outcomes
        .into_iter()
        .map(|outcome| Observed {
            outcome,
            requests: Vec::new(),
        })
        .collect();
    // On a busy machine a client may give up between its connection and its first byte: that is not a request.
    for request in requests.iter().filter(|request| !request.is_empty()) {
        let case = super::script::case(request).and_then(|case| observed.get_mut(case));
        case.unwrap_or_else(|| panic!("a request of no case: {request}"))
            .requests
            .push(request.clone());
    }
    observed
}
