//! Rules as properties: what holds for every text, number and list, tested with values generated from a fixed seed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::{HmacSecret, KeySet, Keys, Policy, Unverified};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use super::{HEADER, NOW, SECRET, claims, failure, hs256, jwk, rs256, set, verify};

/// The same draws in every run, and no file that remembers failures.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

const HS256: &str = r#"{"alg":"HS256"}"#;

/// The check that a token with these claims fails first.
fn first_failure(policy: &Policy, claims: &str) -> Option<&'static str> {
    failure(&verify(policy, &hs256(SECRET, HS256, claims))).map(|(name, _)| name)
}

/// Any JSON that nests less than ten deep; numbers are what 64 bits hold.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A moment near the edges, or anywhere.
fn any_moment() -> impl Strategy<Value = i64> {
    prop_oneof![(-400_i64..=400).prop_map(|apart| NOW + apart), any::<i64>()]
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn t2_bytes_have_one_accepted_encoding(bytes in prop::collection::vec(any::<u8>(), 1..40), letter in any::<prop::sample::Index>(), other in "[A-Za-z0-9_=+/ .-]") {
        let spelled = BASE64.encode(&bytes);
        let token = |signature: &str| Unverified::parse(&format!("e30.e30.{signature}")).unwrap().signature();
        prop_assert_eq!(token(&spelled).unwrap(), bytes.clone());
        // No replacement of one character is another encoding of these bytes.
        let at = letter.index(spelled.len());
        let changed = format!("{}{other}{}", &spelled[..at], &spelled[at + 1..]);
        if changed != spelled && other != "." {
            prop_assert_ne!(token(&changed).ok(), Some(bytes));
        }
    }

    #[test]
    fn t3_valid_json_is_parsed_as_serde_json_parses_it(value in prop::collection::btree_map(".{0,6}", any_json(), 0..6)) {
        let object = Value::Object(value.into_iter().collect());
        let token = format!("e30.{}.", BASE64.encode(object.to_string()));
        let read = Unverified::parse(&token).unwrap();
        prop_assert_eq!(Value::Object(read.claims().clone()), object);
    }

    #[test]
    fn t3_a_duplicate_member_is_refused_at_any_depth(value in any_json(), name in "[a-z]{1,5}", depth in 0..20_usize) {
        let twice = format!(r#"{{"{name}":{value},"\u{:04x}{}":1}}"#, u32::from(name.as_bytes()[0]), &name[1..]);
        let nested = format!("{}{twice}{}", r#"{"a":[0,"#.repeat(depth), "]}".repeat(depth));
        let error = Unverified::parse(&format!("e30.{}.", BASE64.encode(nested))).unwrap_err().to_string();
        let deep = error.contains("nested deeper than 32");
        let expected = format!("duplicate member `{name}`");
        prop_assert!(error.contains(&expected) || deep, "{}", error);
    }

    #[test]
    fn t4_no_other_name_is_an_algorithm(name in prop_oneof![".{0,8}", "[HRPE]S(256|384|512)", "(?i)hs256|rs256|none"]) {
        prop_assume!(name != "HS256" && name != "RS256");
        let header = json!({ "alg": name }).to_string();
        let verdict = verify(&Policy::new(), &hs256(SECRET, &header, &claims(json!({}))));
        prop_assert_eq!(failure(&verdict).unwrap().0, "algorithm");
    }

    #[test]
    fn t11_no_character_of_a_token_can_be_changed(at in any::<prop::sample::Index>(), letter in "[A-Za-z0-9_.-]") {
        let claims = claims(json!({}));
        for token in [rs256(HEADER, &claims), hs256(SECRET, HS256, &claims)] {
            let at = at.index(token.len());
            let changed = format!("{}{letter}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(verify(&Policy::new(), &changed).is_valid(), changed == token);
        }
    }

    #[test]
    fn t12_times_are_compared_as_numbers_are(exp in any_moment(), nbf in any_moment(), iat in any_moment(), leeway in 0..300_u32) {
        let policy = Policy::new().leeway(std::time::Duration::from_secs(leeway.into()));
        let (now, wide) = (i128::from(NOW), i128::from(leeway));
        let expected = if now - wide >= exp.into() {
            Some("expiry")
        } else if i128::from(nbf) > now + wide {
            Some("not-before")
        } else if i128::from(iat) > now + wide {
            Some("issued-at")
        } else {
            None
        };
        let claims = json!({"sub": "ada", "exp": exp, "nbf": nbf, "iat": iat}).to_string();
        prop_assert_eq!(first_failure(&policy, &claims), expected);
    }

    #[test]
    fn t12_a_fraction_of_a_second_counts(millis in -400_000_i64..400_000) {
        let exp = format!("{}.{:03}", NOW + millis.div_euclid(1000), millis.rem_euclid(1000));
        let expired = millis <= -30_000;
        let claims = format!(r#"{{"sub":"ada","exp":{exp}}}"#);
        prop_assert_eq!(first_failure(&Policy::new(), &claims), expired.then_some("expiry"));
    }

    #[test]
    fn t13_an_audience_is_the_required_one_byte_for_byte(wanted in "[a-cA-C]{1,2}", list in prop::collection::vec("[a-cA-C]{1,2}", 0..4)) {
        let policy = Policy::new().audience(wanted.clone());
        let holds = list.contains(&wanted);
        let found = first_failure(&policy, &claims(json!({ "aud": list })));
        prop_assert_eq!(found, (!holds).then_some("audience"));
        if let [one] = &list[..] {
            let found = first_failure(&policy, &claims(json!({ "aud": one })));
            prop_assert_eq!(found, (!holds).then_some("audience"));
            let found = first_failure(&Policy::new().issuer(wanted.clone()), &claims(json!({ "iss": one })));
            prop_assert_eq!(found, (*one != wanted).then_some("issuer"));
        }
    }

    #[test]
    fn t14_what_is_no_entitlement_changes_no_decision(
        entries in prop::collection::vec((prop::sample::select(vec!["ocr", "7", "x"]), -50_i64..50), 0..4),
        junk in any_json(),
        place in any::<prop::sample::Index>(),
    ) {
        let granted = entries.iter().any(|(tool, apart)| *tool == "ocr" && *apart > 0);
        let mut list: Vec<Value> = entries
            .iter()
            .map(|(tool, apart)| json!({"tool_id": tool, "expires_at": NOW + apart}))
            .collect();
        prop_assume!(junk.get("tool_id").is_none());
        let at = place.index(list.len() + 1);
        list.insert(at, junk);
        let found = first_failure(&Policy::new().tool("ocr"), &claims(json!({ "entitlements": list })));
        prop_assert_eq!(found, (!granted).then_some("access"));
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn t8_other_members_of_a_set_do_not_affect_a_usable_key(junk in prop::collection::vec(any_json(), 0..4), place in any::<prop::sample::Index>()) {
        let mut keys = junk;
        let at = place.index(keys.len() + 1);
        keys.insert(at, jwk(json!({})));
        let set = KeySet::parse(set(&keys).as_bytes()).unwrap();
        let secret = HmacSecret::new(SECRET).unwrap();
        let keys = Keys { set: Some(&set), secret: Some(&secret) };
        let token = rs256(HEADER, &claims(json!({})));
        prop_assert!(Policy::new().verify(&token, keys, NOW).is_valid());
        prop_assert_eq!(set.len(), 1);
    }
}
