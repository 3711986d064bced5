//! `noesis pkce`: the pair of RFC 7636, fresh or of a verifier of the caller's.

use serde_json::json;

use crate::support::{Home, document, error, stdout, text, with_input};

#[test]
fn the_pair_of_rfc_7636_appendix_b() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let pair = json!({
        "code_verifier": verifier,
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    });
    let home = Home::new();
    std::fs::write(home.path().join("v"), verifier).unwrap();
    for argument in [verifier, "@v", "-"] {
        let output = with_input(
            &mut home.noesis(&["pkce", "--json", "--verifier", argument]),
            format!("{verifier}\n").as_bytes(),
        );
        assert_eq!(document(&output), pair, "{}", text(&output));
    }
    let plain = stdout(&home.noesis(&["pkce", "--verifier", verifier]).output().unwrap());
    assert!(plain.contains("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), "{plain}");
}

#[test]
fn l2_each_pair_is_fresh_and_of_256_bits() {
    let home = Home::new();
    let fresh = || document(&home.noesis(&["pkce", "--json"]).output().unwrap())["code_verifier"].clone();
    let (one, other) = (fresh(), fresh());
    assert_ne!(one, other);
    assert_eq!(one.as_str().unwrap().len(), 43);
}

#[test]
fn a_verifier_outside_rfc_7636_section_4_1_is_refused() {
    let home = Home::new();
    let (short, long) = ("a".repeat(42), "a".repeat(129));
    let odd: Vec<String> = ["+", "/", "=", " b", "é", "\u{202e}"]
        .iter()
        .map(|c| format!("{}{c}", "a".repeat(50)))
        .collect();
    for verifier in [&short, &long].into_iter().chain(&odd) {
        let output = home
            .noesis(&["pkce", "--json", "--verifier", verifier])
            .output()
            .unwrap();
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(2), ""),
            "{verifier}: {}",
            text(&output)
        );
        assert_eq!(error(&output)["code"], "USAGE");
        assert!(!text(&output).contains(verifier.as_str()), "a verifier is a secret");
    }
    for length in [43, 128] {
        let all = "-._~".repeat(32)[..length].to_owned();
        let output = home.noesis(&["pkce", &format!("--verifier={all}")]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{length}: {}", text(&output));
    }
}
