//! Rules T1 to T7 and T11 to T15, each with tokens that meet it and tokens that violate it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use noesis::{CheckName, CheckResult, HmacSecret, KeySet, Keys, Policy};
use serde_json::{Value, json};

use super::{HEADER, NOW, SECRET, accepted, claims, failure, hs256, jwk, pair, refused, rs256, set, sign, verify};

fn good() -> String {
    rs256(HEADER, &claims(json!({})))
}

#[test]
fn a_good_token_passes_every_check_that_there_is() {
    let claims = claims(json!({
        "iss": "https://noesis.example", "aud": ["a", "tool"], "nbf": NOW, "jti": "1", "role": null, "is_admin": true,
        "entitlements": [{"tool_id": "ocr", "expires_at": NOW + 1}],
    }));
    let policy = Policy::new()
        .issuer("https://noesis.example")
        .audience("tool")
        .tool("ocr");
    let verdict = verify(&policy, &rs256(HEADER, &claims));
    assert!(
        verdict.checks().all(|check| check.result == CheckResult::Pass),
        "{verdict:?}"
    );
    let verified = verdict.verified().unwrap();
    assert_eq!(
        Value::Object(verified.claims()).to_string(),
        claims,
        "in the token's own order"
    );
    assert_eq!(verified.payload().sub.as_deref(), Some("ada"));
    assert!(verified.payload().is_admin && verified.payload().has_tool_access("ocr", NOW));
    assert_eq!(verdict.header().unwrap()["kid"], "2026-01");
}

#[test]
fn t1_a_token_is_three_segments_in_16_kib() {
    let token = good();
    accepted(&token);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    for other in [
        String::new(),
        ".".into(),
        "..".into(),
        signed.to_owned(),
        format!("{signed}."),
        format!(".{token}"),
        format!("{token}."),
        format!("{token}.{signature}.{signature}"),
        format!("{signed}..{signature}"),
        json!({"payload": "e30", "signatures": [{"protected": "e30", "signature": "AA"}]}).to_string(),
        format!("Bearer {token}"),
    ] {
        refused(&other, "structure");
    }
    // The longest that is verified, and one byte more.
    let header = "{\"alg\":\"RS256\",\"kid\":\"2026-01\"}";
    let padded = |pad: usize| rs256(header, &claims(json!({"pad": "x".repeat(pad)})));
    let mut pad = (16_384 - padded(0).len()) * 3 / 4 - 3;
    while padded(pad + 1).len() <= 16_384 {
        pad += 1;
    }
    accepted(&padded(pad));
    let words = refused(&format!("{}A", "A".repeat(16_384)), "structure");
    assert!(words.contains("16385"), "{words}");
}

#[test]
fn t2_only_the_canonical_encoding_of_a_token_is_accepted() {
    let token = good();
    for (place, letter) in token.char_indices() {
        if letter == '.' {
            continue;
        }
        // Everything that some decoder would skip or take for another letter.
        for other in ["=", " ", "\n", "\r", "\t", "+", "/", "é", "%2D", "\0"] {
            if place % 97 == 0 {
                refused(&format!("{}{other}{}", &token[..place], &token[place..]), "structure");
            }
        }
    }
    for end in ["=", "==", "\n", " ", "\0"] {
        refused(&format!("{token}{end}"), "structure");
    }
    // 256 bytes are 341 letters and one that has four bits to spare.
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(last).unwrap();
    assert_eq!(value % 16, 0);
    for spare in 1..16 {
        let other = alphabet.chars().nth(value + spare).unwrap();
        refused(&format!("{}{other}", &token[..token.len() - 1]), "structure");
    }
}

#[test]
fn t3_header_and_claims_are_read_in_one_way_only() {
    let twice = |claims: &str| refused(&rs256(HEADER, claims), "structure");
    assert!(twice(&format!(r#"{{"sub":"ada","exp":{NOW},"exp":9999999999}}"#)).contains("duplicate member `exp`"));
    twice(&format!(r#"{{"sub":"ada","exp":9999999999,"\u0065xp":{NOW}}}"#));
    twice(r#"{"sub":"ada","exp":9999999999,"x":[{"a":1,"a":1}]}"#);
    twice(r#"{"sub":"ada","exp":1e400}"#);
    twice(r#"{"sub":"ada","exp":NaN}"#);
    twice(r#"{"sub":"ada","exp":9999999999} {}"#);
    twice("\u{feff}{\"sub\":\"ada\",\"exp\":9999999999}");
    twice(r#"["ada"]"#);
    twice(r#"{"sub":"\ud800","exp":9999999999}"#);
    refused(
        &rs256(r#"{"alg":"RS256","alg":"RS256","kid":"2026-01"}"#, &claims(json!({}))),
        "structure",
    );
    refused(&rs256("[]", &claims(json!({}))), "structure");
    let nested = |depth: usize| {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        rs256(HEADER, &format!(r#"{{"sub":"ada","exp":9999999999,"x":{value}}}"#))
    };
    accepted(&nested(31));
    assert!(refused(&nested(32), "structure").contains("deeper than 32"));
    accepted(&rs256(
        " {\n\t\"kid\" : \"2026\\u002d01\",\r\"alg\":\"RS256\" } ",
        " {\"exp\":9.999999999e9,\"sub\":\"\\u0061da 🦀\",\"é\":[null]} ",
    ));
}

#[test]
fn t4_the_algorithm_is_one_of_two_names_exactly() {
    let claims = claims(json!({}));
    for algorithm in [
        "\"none\"",
        "\"None\"",
        "\"NONE\"",
        "\"nOnE\"",
        "\"\"",
        "\"rs256\"",
        "\"Rs256\"",
        "\"RS256 \"",
        "\"RS384\"",
        "\"RS512\"",
        "\"PS256\"",
        "\"ES256\"",
        "\"HS384\"",
        "\"HS512\"",
        "\"hs256\"",
        "\"EdDSA\"",
        "\"RSA1_5\"",
        "\"dir\"",
        "null",
        "256",
        "[\"RS256\"]",
        "{}",
        "true",
    ] {
        refused(
            &rs256(&format!(r#"{{"alg":{algorithm},"kid":"2026-01"}}"#), &claims),
            "algorithm",
        );
    }
    assert_eq!(
        refused(&rs256(r#"{"kid":"2026-01"}"#, &claims), "algorithm"),
        "`alg` is missing"
    );
    // An unsigned token has an empty third segment.
    let unsigned = format!("{}.{}.", BASE64.encode(r#"{"alg":"none"}"#), BASE64.encode(&claims));
    refused(&unsigned, "structure");
}

#[test]
fn t4_an_algorithm_is_accepted_only_where_its_keys_are_given() {
    let keys = KeySet::parse(set(&[jwk(json!({}))]).as_bytes()).unwrap();
    let secret = HmacSecret::new(SECRET).unwrap();
    let (rs, hs) = (good(), hs256(SECRET, r#"{"alg":"HS256"}"#, &claims(json!({}))));
    let verify = |token: &str, keys: Keys<'_>| failure(&Policy::new().verify(token, keys, NOW)).map(|failed| failed.0);
    let only_set = Keys {
        set: Some(&keys),
        secret: None,
    };
    let only_secret = Keys {
        set: None,
        secret: Some(&secret),
    };
    assert_eq!(
        (verify(&rs, only_set), verify(&hs, only_set)),
        (None, Some("algorithm"))
    );
    assert_eq!(
        (verify(&rs, only_secret), verify(&hs, only_secret)),
        (Some("algorithm"), None)
    );
    assert_eq!(verify(&rs, Keys::default()), Some("algorithm"));
}

#[test]
fn t4_no_part_of_an_rsa_key_is_a_secret() {
    let header = r#"{"alg":"HS256","kid":"2026-01"}"#;
    let n = super::modulus(pair());
    let der = pair().public_key().as_ref().to_vec();
    let texts = [
        n.clone(),
        BASE64.encode(&n).into_bytes(),
        der.clone(),
        set(&[jwk(json!({}))]).into_bytes(),
        jwk(json!({})).to_string().into_bytes(),
        format!(
            "-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n",
            base64::engine::general_purpose::STANDARD.encode(&der)
        )
        .into_bytes(),
        Vec::new(),
        vec![0; 32],
    ];
    let keys = KeySet::parse(set(&[jwk(json!({}))]).as_bytes()).unwrap();
    for text in texts {
        let token = hs256(&text, header, &claims(json!({})));
        refused(&token, "signature");
        let verdict = Policy::new().verify(
            &token,
            Keys {
                set: Some(&keys),
                secret: None,
            },
            NOW,
        );
        assert_eq!(failure(&verdict).unwrap().0, "algorithm");
    }
}

#[test]
fn t5_no_header_parameter_changes_how_a_token_is_processed() {
    let with = |member: &str| {
        rs256(
            &format!(r#"{{"alg":"RS256","kid":"2026-01",{member}}}"#),
            &claims(json!({})),
        )
    };
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""crit":null"#,
        r#""crit":["b64"],"b64":false"#,
        r#""b64":true"#,
        r#""zip":"DEF""#,
        r#""zip":null"#,
        r#""enc":"A128GCM""#,
        r#""cty":"JWT""#,
        r#""cty":"jwt""#,
        r#""cty":"application/JWT""#,
        r#""cty":5"#,
        r#""typ":"JOSE""#,
        r#""typ":"""#,
        r#""typ":null"#,
        r#""typ":["JWT"]"#,
        r#""typ":"JWT ""#,
        r#""typ":"application/application/jwt""#,
        r#""typ":"secevent+jwt""#,
    ] {
        refused(&with(member), "structure");
    }
    for member in [
        r#""typ":"JWT""#,
        r#""typ":"jwt""#,
        r#""typ":"at+jwt""#,
        r#""typ":"AT+JWT""#,
        r#""typ":"application/at+jwt""#,
        r#""typ":"Application/JWT""#,
        r#""cty":"json""#,
        r#""own":{"crit":[1]}"#,
    ] {
        accepted(&with(member));
    }
}

#[test]
fn t6_keys_in_the_header_are_not_used() {
    let keys = KeySet::parse(br#"{"keys":[]}"#).unwrap();
    let own = jwk(json!({}));
    for member in [
        json!({"jwk": own}),
        json!({"jku": "https://evil.example/keys"}),
        json!({"x5u": "https://evil.example/x"}),
        json!({"x5c": ["MIIB"]}),
    ] {
        let mut header = json!({"alg": "RS256"});
        header
            .as_object_mut()
            .unwrap()
            .extend(member.as_object().unwrap().clone());
        let token = rs256(&header.to_string(), &claims(json!({})));
        let verdict = Policy::new().verify(
            &token,
            Keys {
                set: Some(&keys),
                secret: None,
            },
            NOW,
        );
        assert_eq!(failure(&verdict).unwrap().0, "key");
        // With the right key given, they are no reason to refuse either.
        accepted(&token);
    }
}

#[test]
fn t7_a_kid_names_one_usable_key_or_the_token_is_refused() {
    let with = |kid: &str| rs256(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#), &claims(json!({})));
    accepted(&with("\"2026-01\""));
    accepted(&rs256(r#"{"alg":"RS256"}"#, &claims(json!({}))));
    for kid in [
        "\"\"",
        "\"2026-02\"",
        "\"2026-01 \"",
        "null",
        "1",
        "[\"2026-01\"]",
        "\"../../etc/passwd\"",
        "\"' OR 1=1\"",
    ] {
        refused(&with(kid), "key");
    }
    assert_eq!(
        refused(&with("\"2026-02\""), "key"),
        "key `2026-02` is not the one key of the set"
    );
    // For HS256 it selects nothing, but text it has to be.
    let hs = |kid: &str| hs256(SECRET, &format!(r#"{{"alg":"HS256","kid":{kid}}}"#), &claims(json!({})));
    accepted(&hs("\"anything\""));
    refused(&hs("7"), "key");
}

#[test]
fn t7_without_a_kid_sixteen_keys_are_tried_and_no_more() {
    let other = |number: usize| jwk(json!({"kid": format!("k{number}"), "n": other_modulus()}));
    let token = rs256(r#"{"alg":"RS256"}"#, &claims(json!({})));
    for (before, valid) in [(0, true), (15, true), (16, false)] {
        let mut keys: Vec<Value> = (0..before).map(other).collect();
        keys.push(jwk(json!({"kid": null})));
        let keys = KeySet::parse(set(&keys).as_bytes()).unwrap();
        let verdict = Policy::new().verify(
            &token,
            Keys {
                set: Some(&keys),
                secret: None,
            },
            NOW,
        );
        assert_eq!(verdict.is_valid(), valid, "{before}");
    }
}

/// The modulus of a key that signed nothing here.
fn other_modulus() -> String {
    let mut n = super::modulus(pair());
    n[100] ^= 1;
    BASE64.encode(n)
}

#[test]
fn t10_a_secret_has_32_bytes() {
    assert_eq!(
        HmacSecret::new(&[7; 31]).unwrap_err().to_string(),
        "an HS256 secret has at least 32 bytes, this has 31"
    );
    assert!(HmacSecret::new(&[]).is_err() && HmacSecret::new(&[7; 32]).is_ok());
    let validator = noesis::JwtValidator::builder().hs256_secret("short".into()).build();
    assert_eq!(validator.unwrap_err().code, noesis::ErrorCode::Config);
}

#[test]
fn t11_only_pkcs_1_with_sha_256_and_all_of_it() {
    let token = good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let bytes = BASE64.decode(signature).unwrap();
    let with = |bytes: &[u8]| format!("{signed}.{}", BASE64.encode(bytes));
    assert_eq!(
        refused(&with(&bytes[..255]), "signature"),
        "the signature has 255 bytes, those of this key have 256"
    );
    refused(&with(&[&[0], &bytes[..]].concat()), "signature");
    refused(&with(&[&bytes[..], &[0]].concat()), "signature");
    refused(&with(&[0; 256]), "signature");
    refused(&with(&[255; 256]), "signature");
    for padding in [&RSA_PSS_SHA256, &RSA_PKCS1_SHA512] as [&'static dyn aws_lc_rs::signature::RsaEncoding; 2] {
        let mut other = vec![0; 256];
        pair()
            .sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut other)
            .unwrap();
        refused(&with(&other), "signature");
    }
    for bit in (0..2048).step_by(31) {
        let mut other = bytes.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        refused(&with(&other), "signature");
    }
    let hs = hs256(SECRET, r#"{"alg":"HS256"}"#, &claims(json!({})));
    accepted(&hs);
    let (signed, tag) = hs.rsplit_once('.').unwrap();
    let tag = BASE64.decode(tag).unwrap();
    for other in [&tag[..31], &[&tag[..], &[0]].concat(), &[0; 32], &tag[..16]] {
        refused(&format!("{signed}.{}", BASE64.encode(other)), "signature");
    }
    // The signature of one token over another's claims.
    let forged = format!(
        "{}.{}",
        BASE64.encode(HEADER),
        BASE64.encode(claims(json!({"is_admin": true})))
    );
    refused(&format!("{forged}.{signature}"), "signature");
    assert_eq!(sign(&forged).len(), signature.len());
}

#[test]
fn t11_no_single_bit_of_a_token_can_be_another() {
    let keys = KeySet::parse(set(&[jwk(json!({}))]).as_bytes()).unwrap();
    let secret = HmacSecret::new(SECRET).unwrap();
    let keys = Keys {
        set: Some(&keys),
        secret: Some(&secret),
    };
    for token in [good(), hs256(SECRET, r#"{"alg":"HS256"}"#, &claims(json!({})))] {
        let mut refused = 0;
        for place in 0..token.len() {
            for bit in 0..8 {
                let mut bytes = token.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let other = String::from_utf8_lossy(&bytes);
                assert!(!Policy::new().verify(&other, keys, NOW).is_valid(), "{other}");
                refused += 1;
            }
        }
        assert_eq!(refused, token.len() * 8);
    }
}

#[test]
fn t12_times_are_numbers_and_hold_within_the_leeway() {
    let at = |name: &str, value: Value| rs256(HEADER, &claims(json!({ name: value })));
    for exp in [
        json!(NOW - 29),
        json!(NOW),
        json!(NOW + 1),
        json!(NOW as f64 - 29.5),
        json!(1e300),
        json!(u64::MAX),
    ] {
        accepted(&at("exp", exp));
    }
    for exp in [
        json!(NOW - 30),
        json!(NOW as f64 - 30.5),
        json!(0),
        json!(-1),
        json!(-1e300),
        json!(i64::MIN),
    ] {
        refused(&at("exp", exp), "expiry");
    }
    for (name, check) in [("nbf", "not-before"), ("iat", "issued-at")] {
        for value in [json!(NOW + 30), json!(NOW), json!(0), json!(-5), json!(-1e300)] {
            accepted(&at(name, value));
        }
        for value in [json!(NOW + 31), json!(NOW as f64 + 30.5), json!(1e300), json!(u64::MAX)] {
            refused(&at(name, value), check);
        }
    }
    for (name, check) in [("exp", "expiry"), ("nbf", "not-before"), ("iat", "issued-at")] {
        for value in [json!("1782209000"), json!(null), json!(true), json!([]), json!({})] {
            refused(&at(name, value), check);
        }
    }
    assert_eq!(
        refused(&rs256(HEADER, r#"{"sub":"ada"}"#), "expiry"),
        "`exp` is missing"
    );
    let words = refused(&at("exp", json!(NOW - 3 * 86_400)), "expiry");
    assert_eq!(words, "expired 3 days ago, at 2026-06-20 10:00 UTC");
}

#[test]
fn t13_a_subject_is_not_empty_and_issuer_and_audience_are_compared_byte_by_byte() {
    for sub in [
        json!(""),
        json!(null),
        json!(5),
        json!(["ada"]),
        json!("a\nb"),
        json!("a\u{7f}"),
        json!("a\u{85}"),
        json!("\0"),
    ] {
        refused(&rs256(HEADER, &claims(json!({ "sub": sub }))), "subject");
    }
    refused(&rs256(HEADER, r#"{"exp":9999999999}"#), "subject");
    for sub in ["ada", " ", "用户", "a@b.example", "🦀"] {
        accepted(&rs256(HEADER, &claims(json!({ "sub": sub }))));
    }
    let issuer = "https://noesis.example";
    let policy = Policy::new().issuer(issuer).audience("tool");
    let verified = |iss: Value, aud: Value| {
        let token = rs256(HEADER, &claims(json!({ "iss": iss, "aud": aud })));
        // None of them is required, so any value is accepted.
        accepted(&token);
        failure(&verify(&policy, &token)).map(|failed| failed.0)
    };
    let good = json!(issuer);
    for aud in [json!("tool"), json!(["tool"]), json!(["a", "tool", ""])] {
        assert_eq!(verified(good.clone(), aud), None);
    }
    for iss in [
        json!("https://noesis.example/"),
        json!("HTTPS://noesis.example"),
        json!(null),
        json!([issuer]),
        json!(""),
        json!("https://noesis.example\0"),
    ] {
        assert_eq!(verified(iss, json!("tool")), Some("issuer"));
    }
    for aud in [
        json!("Tool"),
        json!([]),
        json!(["a"]),
        json!(["tool", 5]),
        json!(null),
        json!({"tool": 1}),
        json!("a tool"),
    ] {
        assert_eq!(verified(good.clone(), aud), Some("audience"));
    }
    let neither = rs256(HEADER, &claims(json!({})));
    assert_eq!(
        failure(&verify(&policy, &neither)).unwrap(),
        ("issuer", "`iss` is missing".into())
    );
}

#[test]
fn t14_access_requires_an_entitlement_that_has_not_expired() {
    let access = |tool: &str, entitlements: Value| {
        let token = rs256(
            HEADER,
            &claims(json!({ "entitlements": entitlements, "is_admin": true })),
        );
        let verdict = verify(&Policy::new().tool(tool), &token);
        let result = verdict
            .checks()
            .find(|check| check.name == CheckName::Access)
            .unwrap()
            .result;
        assert_eq!(verdict.is_valid(), result == CheckResult::Pass);
        result == CheckResult::Pass
    };
    let one = |expires_at: Value| json!([{"tool_id": "ocr", "expires_at": expires_at}]);
    for until in [
        json!(NOW + 1),
        json!(NOW as f64 + 0.5),
        json!(1e300),
        json!("2026-06-23T10:00:01Z"),
        json!("2026-06-23T12:30:01+02:30"),
        json!("9999-12-31T23:59:59Z"),
    ] {
        assert!(access("ocr", one(until.clone())), "{until}");
    }
    for until in [
        json!(NOW),
        json!(NOW - 29),
        json!(0),
        json!(-1),
        json!(null),
        json!(true),
        json!("2026-06-23T10:00:00Z"),
        json!("2026-06-23T10:00:01"),
        json!("never"),
        json!(""),
        json!("9999999999"),
        json!([NOW + 1]),
        json!({}),
    ] {
        assert!(!access("ocr", one(until.clone())), "{until}");
    }
    for tool_id in [json!(7), json!("7")] {
        assert!(access("7", json!([{"tool_id": tool_id, "expires_at": NOW + 1}])));
    }
    for tool_id in [
        json!(7.0),
        json!("07"),
        json!(" 7"),
        json!(null),
        json!(true),
        json!([7]),
    ] {
        assert!(
            !access("7", json!([{"tool_id": tool_id, "expires_at": NOW + 1}])),
            "{tool_id}"
        );
    }
    assert!(!access("ocr", json!([{"expires_at": NOW + 1}])) && !access("ocr", json!([{"tool_id": "ocr"}])));
    assert!(!access("ocr", json!({"tool_id": "ocr", "expires_at": NOW + 1})) && !access("ocr", json!(null)));
    let siblings = json!([null, 5, "ocr", {"tool_id": "ocr", "expires_at": NOW}, {"tool_id": "ocr", "expires_at": NOW + 9}, [], {}]);
    assert!(access("ocr", siblings));
    let integer = verify(
        &Policy::new().tool(7),
        &rs256(
            HEADER,
            &claims(json!({"entitlements": [{"tool_id": 7, "expires_at": NOW + 1}]})),
        ),
    );
    assert!(integer.is_valid());
}

#[test]
fn t14_an_admin_is_one_by_json_true_alone() {
    for (value, admin) in [
        (json!(true), true),
        (json!(false), false),
        (json!(1), false),
        (json!("true"), false),
        (json!(null), false),
        (json!([true]), false),
        (json!({}), false),
    ] {
        let verdict = verify(
            &Policy::new(),
            &rs256(HEADER, &claims(json!({"is_admin": value, "role": [1]}))),
        );
        let payload = verdict.verified().unwrap().payload();
        assert_eq!((payload.is_admin, payload.role.as_deref()), (admin, None));
    }
}

#[test]
fn t15_no_claim_of_an_unverified_token_passes_or_is_repeated() {
    let token = rs256(
        HEADER,
        &claims(json!({
            "sub": "canary-sub", "iss": "canary-iss", "aud": "canary-aud", "entitlements": [{"tool_id": "canary-tool", "expires_at": NOW + 9}],
        })),
    );
    let (signed, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", BASE64.encode([7; 256]));
    for policy in [
        Policy::new()
            .issuer("canary-iss")
            .audience("canary-aud")
            .tool("canary-tool"),
        Policy::new().issuer("x").audience("y").tool("z"),
    ] {
        let verdict = verify(&policy, &forged);
        assert!(!verdict.is_valid() && verdict.verified().is_none());
        for check in verdict.checks().filter(|check| check.name > CheckName::Signature) {
            assert_ne!(check.result, CheckResult::Pass, "{check:?}");
        }
        let details: String = verdict.checks().map(|check| check.detail().into_owned()).collect();
        assert!(!details.contains("canary"), "{details}");
        assert!(!format!("{verdict:?}").contains("canary"));
    }
    // A signed token that has expired is not valid either.
    let expired = verify(&Policy::new(), &rs256(HEADER, &claims(json!({"exp": 1}))));
    assert!(expired.verified().is_none());
}

#[test]
fn details_name_the_actual_and_the_expected_value() {
    let token = rs256(HEADER, &claims(json!({"nbf": NOW + 100})));
    assert_eq!(
        refused(&token, "not-before"),
        "not valid yet, becomes valid in 100 seconds, at 2026-06-23 10:01 UTC"
    );
    let verdict = verify(&Policy::new().issuer("a"), &rs256(HEADER, &claims(json!({"iss": "b"}))));
    assert_eq!(
        failure(&verdict).unwrap(),
        ("issuer", "`iss` is `b`, expected `a`".into())
    );
    let verdict = verify(&Policy::new().tool("x"), &good());
    assert_eq!(failure(&verdict).unwrap(), ("access", "no entitlement for `x`".into()));
}
