//! Rules T8 and T9: which keys of a set can verify, and what is not a key set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::KeySet;
use serde_json::{Value, json};

use super::{jwk, modulus, pair, set};

/// Why a key is ignored; nothing if it can verify.
fn reason(with: Value) -> Option<&'static str> {
    let set = KeySet::parse(set(&[jwk(with)]).as_bytes()).unwrap();
    assert_eq!(set.len() + set.ignored().len(), 1);
    set.ignored().first().map(|key| key.reason)
}

/// A modulus with so many bits, odd.
fn number(bits: usize) -> String {
    let mut bytes = vec![0x5b; bits.div_ceil(8)];
    bytes[0] = 1 << ((bits - 1) % 8);
    *bytes.last_mut().unwrap() |= 1;
    BASE64.encode(bytes)
}

#[test]
fn t8_a_key_that_can_verify_is_used() {
    for with in [
        json!({}),
        json!({"kid": null, "use": null, "alg": null}),
        json!({"key_ops": ["verify"]}),
        json!({"key_ops": ["sign", "verify"]}),
        json!({"x5t": "abc", "own": {"d": 1}}),
        json!({"n": number(2048)}),
        json!({"n": number(8192)}),
        json!({"n": number(2049)}),
        json!({"e": BASE64.encode([0xff, 0xff, 0xff, 0xff])}),
        json!({"kid": ""}),
    ] {
        assert_eq!(reason(with.clone()), None, "{with}");
    }
}

#[test]
fn t8_every_other_key_is_ignored_with_its_reason() {
    let (n, zero) = (modulus(pair()), [0_u8; 1]);
    let even = {
        let mut n = n.clone();
        *n.last_mut().unwrap() &= 0xfe;
        n
    };
    for (with, why) in [
        (json!({"kty": "oct"}), "kty"),
        (json!({"kty": "rsa"}), "kty"),
        (json!({"kty": null}), "kty"),
        (json!({"kty": 1}), "kty"),
        (json!({"kid": 5}), "kid"),
        (json!({"kid": ["a"]}), "kid"),
        (json!({"use": "enc"}), "use"),
        (json!({"use": "SIG"}), "use"),
        (json!({"use": ["sig"]}), "use"),
        (json!({"alg": "RS512"}), "alg"),
        (json!({"alg": "rs256"}), "alg"),
        (json!({"alg": 256}), "alg"),
        (json!({"alg": "HS256"}), "alg"),
        (json!({"key_ops": []}), "key_ops"),
        (json!({"key_ops": ["sign"]}), "key_ops"),
        (json!({"key_ops": ["verify", "verify"]}), "key_ops"),
        (json!({"key_ops": "verify"}), "key_ops"),
        (json!({"key_ops": ["verify", 5]}), "key_ops"),
        (json!({"d": "AQAB"}), "private"),
        (json!({"p": ""}), "private"),
        (json!({"oth": []}), "private"),
        (json!({"k": "AQAB"}), "private"),
        (json!({"n": null}), "`n`"),
        (json!({"n": 5}), "`n`"),
        (json!({"n": ""}), "`n`"),
        (json!({"n": "!"}), "`n`"),
        (json!({"n": format!("{}=", BASE64.encode(&n))}), "`n`"),
        (json!({"n": BASE64.encode([&zero[..], &n].concat())}), "zero"),
        (json!({"n": BASE64.encode(even)}), "even"),
        (json!({"n": number(2047)}), "2048"),
        (json!({"n": number(1024)}), "2048"),
        (json!({"n": number(8193)}), "8192"),
        (json!({"e": null}), "`e`"),
        (json!({"e": "AQ"}), "65537"),
        (json!({"e": "Aw"}), "65537"),
        (json!({"e": BASE64.encode([1, 0, 0])}), "65537"),
        (json!({"e": BASE64.encode([1, 0, 2])}), "even"),
        (json!({"e": BASE64.encode([0, 1, 0, 1])}), "zero"),
        (json!({"e": BASE64.encode([1, 0, 0, 0, 1])}), "32 bits"),
        (json!({"e": 65537}), "`e`"),
    ] {
        let reason = reason(with.clone()).unwrap_or_else(|| panic!("it is used: {with}"));
        assert!(reason.contains(why), "{with}: {reason}");
    }
    // A member that is there and null is there.
    let null = set(&[jwk(json!({}))]).replace("\"use\":\"sig\"", "\"use\":null");
    assert!(KeySet::parse(null.as_bytes()).unwrap().is_empty());
}

#[test]
fn t8_an_unusable_key_does_not_affect_others_and_keys_with_the_same_kid_are_both_ignored() {
    let keys = [
        json!(5),
        json!(null),
        json!("RSA"),
        json!({}),
        jwk(json!({"kid": "b", "d": "AQAB"})),
        jwk(json!({"kid": "a"})),
        jwk(json!({"kid": null})),
    ];
    let mixed = KeySet::parse(set(&keys).as_bytes()).unwrap();
    assert_eq!(mixed.kids().collect::<Vec<_>>(), [Some("a"), None]);
    assert_eq!(mixed.ignored().len(), 5);
    assert_eq!(
        mixed.ignored()[4].to_string(),
        "key `b` is ignored: it holds members of a private key"
    );
    let twins = [
        jwk(json!({"kid": "a"})),
        jwk(json!({"kid": "a", "n": number(2048)})),
        jwk(json!({"kid": "b"})),
        jwk(json!({"kid": "b", "use": "enc"})),
    ];
    let twins = KeySet::parse(set(&twins).as_bytes()).unwrap();
    assert_eq!(
        twins.kids().collect::<Vec<_>>(),
        [Some("b")],
        "a namesake that cannot verify is no rival"
    );
}

#[test]
fn t9_a_set_is_an_object_with_a_list_of_at_most_100_keys_in_512_kib() {
    assert!(KeySet::parse(br#"{"keys":[],"own":1}"#).unwrap().is_empty());
    let hundred = vec![json!({}); 100];
    assert_eq!(KeySet::parse(set(&hundred).as_bytes()).unwrap().ignored().len(), 100);
    for (text, why) in [
        (set(&vec![json!({}); 101]), "more than 100"),
        ("[]".into(), "not a JSON object"),
        ("{}".into(), "no array `keys`"),
        (r#"{"keys":{}}"#.into(), "no array `keys`"),
        (r#"{"keys":null}"#.into(), "no array `keys`"),
        (r#"{"keys":[],"keys":[]}"#.into(), "duplicate member"),
        (String::new(), "not a JSON object"),
        ("<html>".into(), "not a JSON object"),
        ("\u{feff}{\"keys\":[]}".into(), "not a JSON object"),
        (
            format!(r#"{{"keys":[]}}{}"#, " ".repeat(512 * 1024)),
            "larger than 512 KiB",
        ),
    ] {
        let bad = KeySet::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(bad.contains(why), "{bad}");
    }
}

#[test]
fn t9_a_file_of_512_kib_is_a_key_set_and_one_of_a_byte_more_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let empty = r#"{"keys":[]}"#;
    let largest = empty.to_owned() + &" ".repeat(512 * 1024 - empty.len());
    std::fs::write(&path, &largest).unwrap();
    assert!(KeySet::from_file(&path).unwrap().is_empty());
    std::fs::write(&path, largest + " ").unwrap();
    let error = KeySet::from_file(&path).unwrap_err();
    assert!(error.message.contains("larger than 512 KiB"), "{}", error.message);
}
