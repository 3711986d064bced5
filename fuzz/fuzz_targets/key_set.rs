//! Any bytes as a key set (T8, T9), and two good tokens verified against it: one that names its key, one that does not.
#![no_main]

use noesis::{CheckName, KeySet, Keys, Policy};
use noesis_fuzz::{MODULUS, NAMED, NAMELESS, NOW, key_set, object};
use serde_json::Value;

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let keys = object(text).and_then(|set| set.get("keys")?.as_array().cloned());
    let Ok(set) = KeySet::parse(text) else {
        // Refused is what is too large, no object, has no list or too long a one; and nothing else.
        assert!(text.len() > 512 * 1024 || keys.is_none_or(|keys| keys.len() > 100));
        return;
    };
    let keys = keys.expect("a key set is an object with a list");
    assert!(text.len() <= 512 * 1024 && keys.len() <= 100);
    assert_eq!(
        set.len() + set.ignored().len(),
        keys.len(),
        "each key serves, or it is said why not"
    );
    for ignored in set.ignored() {
        assert!((1..=keys.len()).contains(&ignored.place) && !ignored.reason.is_empty());
    }
    let kids: Vec<&str> = set.kids().flatten().collect();
    for kid in &kids {
        assert_eq!(
            kids.iter().filter(|other| *other == kid).count(),
            1,
            "a name means one key"
        );
    }
    // Whatever is not plainly a public RSA key for RS256 signatures is not among the usable ones.
    let plain = |key: &&Value| {
        let absent_or = |name: &str, value: &str| key.get(name).is_none_or(|found| found == value);
        let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
        key["kty"] == "RSA"
            && absent_or("use", "sig")
            && absent_or("alg", "RS256")
            && key.get("kid").is_none_or(Value::is_string)
            && private.iter().all(|name| key.get(*name).is_none())
            && key["n"].as_str().is_some_and(|n| (342..=1366).contains(&n.len()))
            && key["e"].as_str().is_some_and(|e| (4..=6).contains(&e.len()))
    };
    assert!(set.len() <= keys.iter().filter(plain).count());

    let verify = |token: &str| {
        let keys = Keys {
            set: Some(&set),
            secret: None,
        };
        Policy::new().verify(token, keys, NOW)
    };
    let same = |key: &Value| key["n"] == MODULUS;
    for (token, kid) in [(NAMED, Some("a")), (NAMELESS, None)] {
        let verdict = verify(token);
        match verdict.failed().map(|check| check.name) {
            // Only the key that made the token can verify it.
            None => assert!(
                keys.iter()
                    .any(|key| same(key) && kid.is_none_or(|kid| key["kid"] == kid))
            ),
            Some(CheckName::Key | CheckName::Signature) => {}
            Some(other) => panic!("a good token fails {}", other.as_str()),
        }
    }
    // The good set still is good, whatever was read before.
    assert_eq!(key_set().len(), 1);
});
