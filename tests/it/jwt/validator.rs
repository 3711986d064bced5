//! The builder of `JwtValidator`, its key sources, and what `validate` distinguishes.

use std::time::Duration;

use noesis::{
    ErrorCode, HmacSecret, JwtValidator, JwtValidatorBuilder, KeyCache, KeySet, KeySource, Policy, ValidationError,
};
use serde_json::json;

use super::{HEADER, NOW, SECRET, claims, hs256, jwk, rs256, set};
use crate::support::raw::{self, Raw};

const URL: &str = "https://noesis.example/.well-known/jwks.json";

fn key_set() -> KeySet {
    KeySet::parse(set(&[jwk(json!({}))]).as_bytes()).unwrap()
}

fn refused(builder: JwtValidatorBuilder) -> String {
    let error = builder.build().unwrap_err();
    assert_eq!(error.code, ErrorCode::Config);
    error.message
}

type BuilderOption = (&'static str, fn(JwtValidatorBuilder) -> JwtValidatorBuilder);

#[test]
fn an_option_of_a_fetch_that_would_have_no_effect_is_an_error_that_names_it() {
    let options: [BuilderOption; 4] = [
        ("cache_ttl", |builder| builder.cache_ttl(Duration::from_secs(60))),
        ("environment_proxy", |builder| builder.environment_proxy(false)),
        ("timeout", |builder| builder.timeout(Duration::from_secs(1))),
        ("ca_cert_pem", |builder| {
            builder.ca_cert_pem("-----BEGIN CERTIFICATE-----")
        }),
    ];
    for (name, with) in options {
        let cache = KeyCache::builder(URL).build().unwrap();
        assert_eq!(
            refused(with(JwtValidator::builder()).cache(cache)),
            format!(
                "the option `{name}` has no effect on a key cache that is given: set it on the builder of the cache"
            )
        );
        let without_url = format!("the option `{name}` has no effect without `jwks_url`");
        let secret = || JwtValidator::builder().hs256_secret("a secret of more than thirty-two bytes".into());
        assert_eq!(refused(with(secret())), without_url);
        assert_eq!(refused(with(JwtValidator::builder().key_set(key_set()))), without_url);
        assert_eq!(
            refused(with(JwtValidator::builder().jwks_file("keys.json"))),
            without_url
        );
    }
    let with_url = JwtValidator::builder().jwks_url(URL);
    assert!(
        with_url
            .cache_ttl(Duration::from_secs(60))
            .timeout(Duration::from_secs(1))
            .build()
            .is_ok()
    );
}

#[test]
fn a_validator_has_one_key_source_or_a_secret() {
    assert_eq!(
        refused(JwtValidator::builder()),
        "there is nothing to verify with: neither a key set nor a secret"
    );
    assert_eq!(
        refused(JwtValidator::builder().key_source(KeySource::None)),
        "there is nothing to verify with: neither a key set nor a secret"
    );
    for builder in [
        JwtValidator::builder().key_set(key_set()).jwks_url(URL),
        JwtValidator::builder().jwks_url(URL).jwks_file("keys.json"),
        JwtValidator::builder().key_set(key_set()).key_set(key_set()),
    ] {
        assert_eq!(refused(builder), "a validator has one key set, and more were given");
    }
}

#[test]
fn given_keys_verify_without_a_runtime_and_fetched_keys_once_they_are_there() {
    let good = rs256(HEADER, &claims(json!({})));
    let unknown = rs256(r#"{"alg":"RS256","kid":"2027-01"}"#, &claims(json!({})));
    let given = JwtValidator::builder().key_set(key_set()).build().unwrap();
    assert!(given.try_verify(&good, NOW).unwrap().is_valid());
    assert!(!given.try_verify(&unknown, NOW).unwrap().is_valid());
    let fetched = JwtValidator::builder().jwks_url(URL).build().unwrap();
    assert!(fetched.try_verify(&good, NOW).is_none());
    // It needs no key to be refused.
    assert!(!fetched.try_verify("no.token", NOW).unwrap().is_valid());
}

#[test]
fn every_option_of_the_policy_has_its_effect_and_keeps_the_others() {
    let given = || JwtValidator::builder().key_set(key_set());
    let permits = |builder: JwtValidatorBuilder, with: serde_json::Value| {
        let token = rs256(HEADER, &claims(with));
        builder.build().unwrap().try_verify(&token, NOW).unwrap().is_valid()
    };
    let both = || json!({"iss": "https://noesis.example", "aud": "tools"});
    let strict = || given().issuer("https://noesis.example").audience("tools");
    assert!(permits(strict(), both()));
    assert!(!permits(
        strict(),
        json!({"iss": "https://other.example", "aud": "tools"})
    ));
    assert!(!permits(
        strict(),
        json!({"iss": "https://noesis.example", "aud": "others"})
    ));

    let policy = Policy::new().issuer("https://noesis.example").audience("tools");
    assert!(permits(given().policy(policy.clone()), both()));
    assert!(!permits(given().policy(policy), json!({})));

    let expired = || json!({"exp": NOW - 45});
    assert!(!permits(given(), expired()));
    assert!(permits(given().leeway(Duration::from_secs(60)), expired()));

    let secret = HmacSecret::new(SECRET).unwrap();
    let symmetric = JwtValidator::builder().hmac_secret(secret).build().unwrap();
    let token = hs256(SECRET, r#"{"alg":"HS256"}"#, &claims(json!({})));
    assert!(symmetric.try_verify(&token, NOW).unwrap().is_valid());
}

#[test]
fn a_key_file_is_read_again_on_reload_and_kept_where_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    std::fs::write(&path, set(&[jwk(json!({}))])).unwrap();
    let source = KeySource::file(&path).unwrap();
    let kid = |source: &KeySource| match source {
        KeySource::File(file) => file.key_set().kids().next().flatten().map(str::to_owned),
        _ => None,
    };
    std::fs::write(&path, set(&[jwk(json!({"kid": "2026-02"}))])).unwrap();
    assert_eq!(kid(&source).as_deref(), Some("2026-01"));
    assert_eq!(kid(&source.reload().unwrap()).as_deref(), Some("2026-02"));
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(source.reload().unwrap_err().code, ErrorCode::Config);
    assert_eq!(kid(&source).as_deref(), Some("2026-01"));
}

#[tokio::test]
async fn an_invalid_token_and_unavailable_keys_are_errors_of_different_kinds() {
    let token = rs256(HEADER, &claims(json!({"exp": 1})));
    let given = JwtValidator::builder().key_set(key_set()).build().unwrap();
    match given.validate(&token).await.unwrap_err() {
        ValidationError::Invalid(token) => {
            assert_eq!(Some(token.to_string()), token.verdict().reason());
            let text = token.to_string();
            assert_eq!(ValidationError::Invalid(token).to_string(), text);
        }
        ValidationError::KeysUnavailable(error) => panic!("{error}"),
    }
    let down = Raw::answering(raw::json("503 Service Unavailable", "{}"));
    let fetched = JwtValidator::builder().jwks_url(&down.url).build().unwrap();
    match fetched.validate(&token).await.unwrap_err() {
        ValidationError::KeysUnavailable(error) => assert_eq!(error.status, 503),
        ValidationError::Invalid(token) => panic!("{token}"),
    }
}
