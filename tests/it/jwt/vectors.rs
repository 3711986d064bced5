//! Published test vectors: the RFCs' own tokens, the cookbook of RFC 7520, and JSONTestSuite as header and as claims.
//!
//! They are read from `NOESIS_VECTORS` (default `../shared/vectors`); without them these tests report themselves as skipped.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::{CheckName, CheckResult, HmacSecret, KeySet, Keys, Policy, Verdict};
use serde_json::Value;

use super::{NOW, SECRET, failure, hs256_bytes, set};
use crate::support::skipped;

/// A moment within the life of the RFCs' tokens, whose `exp` is 1300819380.
const IN_2011: i64 = 1_300_819_000;

fn vectors() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("NOESIS_VECTORS").map_or_else(default, PathBuf::from);
    if !folder.is_dir() {
        skipped(&format!("needs the test vectors in `{}`", folder.display()));
        return None;
    }
    Some(folder)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Verifies by the one key that a vector comes with, as a key of a set and as a secret where it can be one.
fn verify(token: &str, jwk: &Value, now: i64) -> Verdict {
    let mut public = jwk.clone();
    if let Some(members) = public.as_object_mut() {
        // Vectors have whole key pairs; a set has their public halves.
        members.retain(|name, _| !["d", "p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
    }
    let keys = KeySet::parse(set(&[public]).as_bytes()).unwrap();
    let secret = jwk["k"].as_str().map(|k| HmacSecret::new(&BASE64.decode(k).unwrap()));
    let keys = Keys {
        set: Some(&keys),
        secret: secret.as_ref().and_then(|secret| secret.as_ref().ok()),
    };
    Policy::new().verify(token, keys, now)
}

#[test]
fn the_tokens_of_the_rfcs_are_verified_by_their_own_keys() {
    let Some(folder) = vectors() else { return };
    let mut verified = Vec::new();
    let all = read(&folder.join("rfc/rfc_vectors.json"));
    for vector in all
        .as_array()
        .unwrap()
        .iter()
        .filter(|vector| vector["jws"].is_string())
    {
        let (source, token) = (vector["source"].as_str().unwrap(), vector["jws"].as_str().unwrap());
        let verdict = verify(token, &vector["jwk"], IN_2011);
        let signature = verdict
            .checks()
            .find(|check| check.name == CheckName::Signature)
            .unwrap()
            .result;
        // They name no subject, so none of them is a token of the platform.
        assert!(!verdict.is_valid(), "{source}");
        if signature == CheckResult::Pass {
            assert_eq!(failure(&verdict).unwrap().0, "subject", "{source}");
            verified.push(source.to_owned());
            // At another time it has expired.
            let late = verify(token, &vector["jwk"], NOW);
            assert_eq!(failure(&late).unwrap().0, "expiry", "{source}");
        }
    }
    assert_eq!(verified, ["RFC 7515 A.1 HS256", "RFC 7515 A.2 RS256"]);
}

#[test]
fn no_token_of_the_cookbook_is_accepted_as_a_platform_token() {
    let Some(folder) = vectors() else { return };
    let mut compact = 0;
    for part in ["jws", "jwe", "curve25519", "rfc7797"] {
        for entry in std::fs::read_dir(folder.join("rfc7520-cookbook").join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let vector = read(&path);
            let jwk = match &vector["input"]["key"] {
                Value::Array(keys) => keys[0].clone(),
                key => key.clone(),
            };
            for token in [
                &vector["output"]["compact"],
                &vector["output"]["json"],
                &vector["output"]["json_flat"],
            ] {
                let text = match token {
                    Value::Null => continue,
                    Value::String(text) => text.clone(),
                    json => json.to_string(),
                };
                compact += usize::from(token.is_string());
                let verdict = verify(&text, &jwk, NOW);
                let (check, words) = failure(&verdict).unwrap();
                // Those that are signed with RS256 or HS256 carry prose, which is no claims; their signatures are
                // verified beside the code of the keys.
                assert_eq!(check, "structure", "{}: {words}", path.display());
            }
        }
    }
    assert!(compact > 10, "{compact}");
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
    let Some(folder) = vectors() else { return };
    let mut counts = [0; 3];
    for entry in std::fs::read_dir(folder.join("jsontestsuite/test_parsing")).unwrap() {
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
