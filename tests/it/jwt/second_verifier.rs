//! A second implementation: the same tokens, verified by the library and by `tests/verifier/verifier.py`, which shares nothing with
//! it but the rules. They have to agree on each, including the check that fails first.
//!
//! `tests/verifier/cases.jsonl` are cases written by hand, whose verdict is stated there; `tests/verifier/mutants.py` makes any
//! number of others. `NOESIS_MUTANTS` says how many (20,000 by default), `NOESIS_MUTANTS_SEED` from which seed.
#![allow(clippy::print_stdout, reason = "the counts are figures of the run")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::{CheckName, CheckResult, HmacSecret, KeySet, Keys, Policy};
use serde_json::{Value, json};

use crate::support::skipped;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifier")
}

/// The Python that has `cryptography`.
fn python() -> Option<OsString> {
    let python = std::env::var_os("NOESIS_PEER_PYTHON");
    if python.is_none() {
        skipped("needs NOESIS_PEER_PYTHON");
    }
    python
}

fn number_of(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |number| number.parse().unwrap())
}

/// The library's verdict on a case, in the format of the second implementation.
fn verify(case: &Value) -> Value {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let secret = text(&case["secret"]).map(|secret| HmacSecret::new(&BASE64.decode(secret).unwrap()));
    let Ok(secret) = secret.transpose() else {
        return json!({"outcome": "config"});
    };
    let set = text(&case["jwks"]).map(|set| KeySet::parse(set.as_bytes()));
    let Ok(set) = set.transpose() else {
        return json!({"outcome": "no-keys"});
    };
    let keys = Keys {
        set: set.as_ref(),
        secret: secret.as_ref(),
    };
    let input = &case["policy"];
    let leeway = std::time::Duration::from_secs(input["leeway"].as_u64().unwrap());
    let mut policy = Policy::new().leeway(leeway);
    if let Some(issuer) = text(&input["issuer"]) {
        policy = policy.issuer(issuer);
    }
    if let Some(audience) = text(&input["audience"]) {
        policy = policy.audience(audience);
    }
    if let Some(tool) = text(&input["tool"]) {
        policy = policy.tool(tool);
    }
    let verdict = policy.verify(case["token"].as_str().unwrap(), keys, case["now"].as_i64().unwrap());
    let failed = verdict.failed().map(|check| check.name);
    // The second verifier asks for access last, and only where nothing else failed.
    let reached = matches!(failed, None | Some(CheckName::Access));
    let access = verdict.checks().last().unwrap().result;
    json!({
        "outcome": "checked",
        "valid": verdict.is_valid(),
        "failed": failed.map(CheckName::as_str),
        "access": (reached && access != CheckResult::Skip).then_some(access == CheckResult::Pass),
    })
}

#[test]
fn every_handwritten_case_has_its_stated_verdict() {
    let text = std::fs::read_to_string(folder().join("cases.jsonl")).unwrap();
    let (mut rules, mut wrong) = (BTreeMap::<String, (u32, u32)>::new(), Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let mut expected = case["expect"].clone();
        let payload = expected.as_object_mut().unwrap().shift_remove("payload");
        let count = rules.entry(case["rule"].as_str().unwrap().to_owned()).or_default();
        if expected["valid"] == true {
            count.0 += 1;
        } else {
            count.1 += 1;
        }
        let found = verify(&case);
        if found != expected {
            wrong.push(format!("{}: {found}, not {expected}", case["name"]));
        }
        if let Some(payload) = payload {
            assert_eq!(payload_of(&case, &payload), payload, "{}", case["name"]);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let all: u32 = rules.values().map(|(good, bad)| good + bad).sum();
    assert!(all >= 300, "{all} cases");
    for rule in 1..=14 {
        let (_, bad) = rules[&format!("T{rule}")];
        assert!(bad > 0, "T{rule} is broken by no case");
    }
    println!("{all} cases; by rule, valid and not: {rules:?}");
}

/// Of what a case's token says, the members that the case is about.
fn payload_of(case: &Value, members: &Value) -> Value {
    let set = KeySet::parse(case["jwks"].as_str().unwrap().as_bytes()).unwrap();
    let secret = case["secret"].as_str().map(|secret| BASE64.decode(secret).unwrap());
    let secret = secret.map(|secret| HmacSecret::new(&secret).unwrap());
    let keys = Keys {
        set: Some(&set),
        secret: secret.as_ref(),
    };
    let verdict = Policy::new().verify(case["token"].as_str().unwrap(), keys, case["now"].as_i64().unwrap());
    let payload = verdict.verified().unwrap().payload();
    let all = json!({"is_admin": payload.is_admin, "role": payload.role, "sub": payload.sub, "jti": payload.jti});
    let members = members.as_object().unwrap().keys();
    members.map(|name| (name.clone(), all[name].clone())).collect()
}

/// The script that made the cases makes the same again, and the second verifier agrees with each.
#[test]
#[ignore = "needs the Python of `tests/run`"]
fn the_cases_are_those_of_their_script() {
    let Some(python) = python() else { return };
    let script = folder().join("cases.py");
    let output = Command::new(python)
        .arg("-B")
        .arg(script)
        .arg("--check")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
#[ignore = "needs the Python of `tests/run`"]
fn both_verifiers_agree_on_every_mutant() {
    let Some(python) = python() else { return };
    let (count, seed) = (number_of("NOESIS_MUTANTS", 20_000), number_of("NOESIS_MUTANTS_SEED", 1));
    let mut mutants = Command::new(python)
        .arg("-B")
        .arg(folder().join("mutants.py"))
        .args(["--seed", &seed.to_string(), "--count", &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut checked, mut outcomes) = (0, BTreeMap::<String, u64>::new());
    for line in BufReader::new(mutants.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let case: Value = serde_json::from_str(&line).unwrap();
        let found = verify(&case);
        assert_eq!(found, case["expect"], "mutant {checked} of seed {seed}: {line}");
        let outcome = found["failed"].as_str().or(found["outcome"].as_str()).unwrap();
        *outcomes.entry(outcome.to_owned()).or_default() += 1;
        checked += 1;
    }
    assert!(mutants.wait().unwrap().success());
    assert_eq!(checked, count);
    // Mutants that all failed at the first check would not test the others.
    for check in CheckName::ALL
        .map(CheckName::as_str)
        .iter()
        .chain(&["checked", "no-keys", "config"])
    {
        assert!(
            outcomes.get(*check).is_some_and(|met| *met > count / 1000),
            "{check}: {outcomes:?}"
        );
    }
    println!("{checked} mutants of seed {seed}, no disagreement; what became of them: {outcomes:?}");
}
