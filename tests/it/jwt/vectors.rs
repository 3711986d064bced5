//! Published test vectors: the tokens that RFCs print, and JSONTestSuite as header and as claims.
//!
//! The suite is what the crate `justjson` carries for its own tests, and is read where cargo keeps that crate.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::{CheckName, CheckResult, HmacSecret, KeySet, Keys, Policy, Verdict};
use serde_json::{Value, json};

use super::{NOW, SECRET, failure, hs256_bytes, rfc_tokens, set};

/// A moment within the life of the tokens of RFC 7515, whose `exp` is 1300819380.
const IN_2011: i64 = 1_300_819_000;

/// Verifies by the one key that a token comes with, as a key of a set and as a secret where it can be one.
fn verify(token: &str, jwk: &str, now: i64) -> Verdict {
    let jwk: Value = serde_json::from_str(jwk).unwrap_or_default();
    let keys = KeySet::parse(set(std::slice::from_ref(&jwk)).as_bytes()).unwrap();
    let secret = jwk["k"].as_str().map(|k| HmacSecret::new(&BASE64.decode(k).unwrap()));
    let keys = Keys {
        set: Some(&keys),
        secret: secret.as_ref().and_then(|secret| secret.as_ref().ok()),
    };
    Policy::new().verify(token, keys, now)
}

#[test]
fn t4_of_the_tokens_that_rfcs_print_those_of_rs256_and_hs256_are_verified_by_their_own_keys() {
    let mut verified = Vec::new();
    for published in rfc_tokens::SIGNED {
        let section = published.section;
        let verdict = verify(published.token, published.jwk, IN_2011);
        // They name no subject or carry prose, so none of them is a token of the platform.
        let (check, words) = failure(&verdict).unwrap();
        if !section.starts_with("RFC 7515") {
            // Two of them are signed with RS256 and HS256: their signatures are verified beside the code of the keys.
            assert_eq!(check, "structure", "{section}: {words}");
            continue;
        }
        let signature = verdict.checks().find(|check| check.name == CheckName::Signature);
        if signature.unwrap().result == CheckResult::Pass {
            assert_eq!(check, "subject", "{section}: {words}");
            verified.push(section);
            // At another time it has expired.
            let late = verify(published.token, published.jwk, NOW);
            assert_eq!(failure(&late).unwrap().0, "expiry", "{section}");
        }
    }
    assert_eq!(verified, ["RFC 7515 A.1, HS256", "RFC 7515 A.2, RS256"]);
}

/// A signed token in the other forms of RFC 7515 §7.2: general, flattened, with a header that is not protected, with two
/// signatures, and without its payload.
fn signed_as_json(token: &str) -> Vec<Value> {
    let parts: Vec<&str> = token.split('.').collect();
    let (payload, signature) = (parts[1], parts[2]);
    let own = json!({"protected": parts[0], "signature": signature});
    let unprotected = json!({"header": {"alg": "HS256", "kid": "1"}, "signature": signature});
    let both = json!({"protected": parts[0], "header": {"kid": "1"}, "signature": signature});
    vec![
        json!({"payload": payload, "signatures": [own]}),
        json!({"payload": payload, "signatures": [both]}),
        json!({"payload": payload, "signatures": [own, unprotected, both]}),
        json!({"payload": payload, "protected": parts[0], "signature": signature}),
        json!({"payload": payload, "protected": parts[0], "header": {"kid": "1"}, "signature": signature}),
        json!({"payload": payload, "header": {"alg": "HS256", "kid": "1"}, "signature": signature}),
        json!({"protected": parts[0], "signature": signature}),
    ]
}

/// The headers of the encrypted tokens that RFC 7520 §5 and RFC 8037 A.6 print, and how many bytes their other parts have.
/// Nobody here decrypts, so any bytes will do.
const ENCRYPTED: [(&str, [usize; 4]); 10] = [
    (
        r#"{"alg":"RSA1_5","kid":"frodo","enc":"A128CBC-HS256"}"#,
        [256, 16, 288, 16],
    ),
    (
        r#"{"alg":"RSA-OAEP","kid":"samwise","enc":"A256GCM"}"#,
        [512, 12, 273, 16],
    ),
    (
        r#"{"alg":"PBES2-HS512+A256KW","p2s":"8Q1S","p2c":8192,"cty":"jwk-set+json","enc":"A128CBC-HS256"}"#,
        [40, 16, 384, 16],
    ),
    (
        r#"{"alg":"ECDH-ES+A128KW","kid":"peregrin","epk":{"kty":"EC","crv":"P-384","x":"uBo4","y":"sp3p"},"enc":"A128GCM"}"#,
        [24, 12, 273, 16],
    ),
    (
        r#"{"alg":"ECDH-ES","kid":"meriadoc","epk":{"kty":"EC","crv":"P-256","x":"mPUK","y":"8BQA"},"enc":"A128CBC-HS256"}"#,
        [0, 16, 288, 16],
    ),
    (r#"{"alg":"dir","kid":"77c7e2b8","enc":"A128GCM"}"#, [0, 12, 273, 16]),
    (
        r#"{"alg":"A256GCMKW","kid":"18ec08e1","tag":"kfPd","iv":"KkYT","enc":"A128CBC-HS256"}"#,
        [32, 16, 288, 16],
    ),
    (
        r#"{"alg":"A128KW","kid":"81b20965","enc":"A128GCM"}"#,
        [24, 12, 273, 16],
    ),
    (
        r#"{"alg":"A128KW","kid":"81b20965","enc":"A128GCM","zip":"DEF"}"#,
        [24, 12, 170, 16],
    ),
    (
        r#"{"alg":"ECDH-ES","kid":"Bob","epk":{"kty":"OKP","crv":"X25519","x":"xvXH"},"enc":"A128GCM"}"#,
        [0, 12, 273, 16],
    ),
];

/// An encrypted token in its compact form, and in the other forms of RFC 7516 §7.2: general, flattened, with additional
/// authenticated data, with a header that is not protected, and for two recipients.
fn encrypted(header: &str, sizes: [usize; 4]) -> Vec<String> {
    let bytes = |size: usize| BASE64.encode((0..size).map(|n| (n * 31 + size) as u8).collect::<Vec<_>>());
    let header = BASE64.encode(header);
    let [key, iv, text, tag] = sizes.map(bytes);
    let recipient = json!({"header": {"kid": "1"}, "encrypted_key": key});
    let json = [
        json!({"protected": header, "recipients": [recipient], "iv": iv, "ciphertext": text, "tag": tag}),
        json!({"protected": header, "encrypted_key": key, "iv": iv, "ciphertext": text, "tag": tag}),
        json!({"protected": header, "encrypted_key": key, "iv": iv, "aad": iv, "ciphertext": text, "tag": tag}),
        json!({"unprotected": {"alg": "dir"}, "encrypted_key": key, "iv": iv, "ciphertext": text, "tag": tag}),
        json!({"protected": header, "recipients": [recipient, recipient], "iv": iv, "ciphertext": text, "tag": tag}),
    ];
    let compact = format!("{header}.{key}.{iv}.{text}.{tag}");
    std::iter::once(compact)
        .chain(json.map(|json| json.to_string()))
        .collect()
}

#[test]
fn neither_an_encrypted_token_nor_the_json_form_of_any_is_accepted() {
    let refused = |token: &str, jwk: &str| {
        let verdict = verify(token, jwk, IN_2011);
        assert_eq!(failure(&verdict).unwrap().0, "structure", "{token}");
    };
    for published in rfc_tokens::SIGNED {
        for json in signed_as_json(published.token) {
            refused(&json.to_string(), published.jwk);
        }
    }
    let jwk = rfc_tokens::of("RFC 7515 A.2").jwk;
    for (header, sizes) in ENCRYPTED {
        for token in encrypted(header, sizes) {
            refused(&token, jwk);
        }
    }
}

/// The folder that cargo keeps a package of the dependencies in.
fn folder_of(name: &str) -> PathBuf {
    let cargo = |args: &[&str]| {
        let output = Command::new(env!("CARGO"))
            .args(args)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    // Only what is built on this system is certain to be there.
    let about = cargo(&["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = cargo(&[
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--filter-platform",
        host,
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let package = packages.find(|package| package["name"] == name).unwrap();
    let manifest = Path::new(package["manifest_path"].as_str().unwrap());
    manifest.parent().unwrap().to_owned()
}

/// Whether a token with this text in it can be read.
fn readable(header: &[u8], claims: &[u8]) -> bool {
    let token = hs256_bytes(SECRET, header, claims);
    let secret = HmacSecret::new(SECRET).unwrap();
    let verdict = Policy::new().verify(
        &token,
        Keys {
            set: None,
            secret: Some(&secret),
        },
        NOW,
    );
    let details: usize = verdict.checks().map(|check| check.detail().len()).sum();
    assert!(details > 0);
    let structure = verdict.checks().next().unwrap();
    structure.result == CheckResult::Pass
}

/// What JSON allows and a token does not (rule T3).
const TWICE: [&str; 2] = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

#[test]
fn t3_the_json_test_suite_is_read_as_header_and_as_claims() {
    let mut counts = [0; 3];
    for entry in std::fs::read_dir(folder_of("justjson").join("tests/JSONTestSuite")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read(&path).unwrap();
        let header = [br#"{"alg":"HS256","x":"#, &text[..], b"}"].concat();
        let claims = [
            format!(r#"{{"sub":"ada","exp":{},"x":"#, NOW + 9).as_bytes(),
            &text,
            b"}",
        ]
        .concat();
        let (good_header, good_claims) = (br#"{"alg":"HS256"}"#, br#"{"sub":"ada","exp":9999999999}"#);
        let read = [
            readable(&header, good_claims),
            readable(good_header, &claims),
            readable(good_header, &text),
            readable(&text, good_claims),
        ];
        let object = serde_json::from_slice::<Value>(&text).is_ok_and(|value| value.is_object());
        match &name[..2] {
            "y_" if TWICE.contains(&name.as_str()) => assert_eq!(read, [false; 4], "{name}"),
            "y_" => assert_eq!(read, [true, true, object, object], "{name}"),
            "n_" => assert_eq!(read, [false; 4], "{name}"),
            // Either will do, as long as nothing breaks.
            _ => {}
        }
        counts[["y_", "n_", "i_"].iter().position(|kind| *kind == &name[..2]).unwrap()] += 1;
    }
    assert_eq!(counts, [95, 188, 35]);
}
