//! The key cache, rules K1 to K5 and T7, against a server that counts requests; `now` is a parameter, so no test waits hours.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use noesis::{ErrorCode, JwtValidator, KeyCache, KeyCacheBuilder};
use serde_json::json;

use super::{HEADER, NOW, claims, hs256, jwk, rs256, set};
use crate::support::pending_login::STEP_TIMEOUT;
use crate::support::raw::{self, Raw};

const HOUR: i64 = 3_600;

/// A key endpoint whose answer can be changed; its requests are in `raw`.
pub(super) struct Endpoint {
    raw: Raw,
    answer: Arc<Mutex<String>>,
}

impl Endpoint {
    pub fn new() -> Self {
        let answer = Arc::new(Mutex::new(raw::json("200 OK", &set(&[jwk(json!({}))]))));
        let current = Arc::clone(&answer);
        let raw = Raw::acting(move |stream| {
            let _ = std::io::Write::write_all(stream, current.lock().unwrap().as_bytes());
        });
        Self { raw, answer }
    }

    pub fn says(&self, status: &str, body: &str) {
        *self.answer.lock().unwrap() = raw::json(status, body);
    }

    pub fn is_down(&self) {
        self.says("503 Service Unavailable", "{}");
    }

    pub fn requests(&self) -> usize {
        self.raw.requests().len()
    }

    pub fn builder(&self) -> KeyCacheBuilder {
        KeyCache::builder(format!("{}/.well-known/jwks.json", self.raw.url)).timeout(Duration::from_secs(5))
    }

    /// A cache with a file in this folder, as a process of its own has it.
    pub fn disk_cache(&self, folder: &std::path::Path) -> KeyCache {
        self.builder().disk(folder).waits_for_refresh(true).build().unwrap()
    }

    fn cache(&self) -> KeyCache {
        self.builder().build().unwrap()
    }
}

/// Waits for the background refresh to fail.
async fn has_failed(cache: &KeyCache) {
    while cache.last_failure().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// This many concurrent calls, each of which has to get a set.
async fn all_at_once(cache: &KeyCache, count: usize, now: i64) {
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.keys(now).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn k1_a_thousand_at_once_on_a_cold_cache_make_one_fetch() {
    let endpoint = Endpoint::new();
    let cache = endpoint.cache();
    all_at_once(&cache, 1_000, NOW).await;
    assert_eq!((endpoint.requests(), cache.stats().fetches), (1, 1));
    all_at_once(&cache, 1_000, NOW + 6 * HOUR - 1).await;
    assert_eq!((endpoint.requests(), cache.stats().hits), (1, 1_000));
}

#[tokio::test]
async fn k1_k2_past_the_time_to_live_the_old_set_is_used_during_one_background_fetch() {
    let endpoint = Endpoint::new();
    let cache = endpoint.cache();
    cache.keys(NOW).await.unwrap();
    endpoint.says("200 OK", &set(&[jwk(json!({"kid": "2026-02"}))]));
    let later = NOW + 6 * HOUR;
    let first = cache.keys(later).await.unwrap();
    assert_eq!(
        first.kids().next(),
        Some(Some("2026-01")),
        "at once, and so the old one"
    );
    all_at_once(&cache, 1_000, later).await;
    while cache.keys(later).await.unwrap().kids().next() != Some(Some("2026-02")) {
        tokio::task::yield_now().await;
    }
    assert_eq!(endpoint.requests(), 2);
    assert!(cache.stats().stale_hits >= 1);
}

#[tokio::test]
async fn k2_a_one_shot_command_waits_for_the_refresh_and_uses_the_old_set_if_it_fails() {
    let endpoint = Endpoint::new();
    let cache = endpoint.builder().waits_for_refresh(true).build().unwrap();
    cache.keys(NOW).await.unwrap();
    endpoint.says("200 OK", &set(&[jwk(json!({"kid": "2026-02"}))]));
    let fresh = cache.keys(NOW + 7 * HOUR).await.unwrap();
    assert_eq!(fresh.kids().next(), Some(Some("2026-02")));
    endpoint.is_down();
    let old = cache.keys(NOW + 14 * HOUR).await.unwrap();
    assert_eq!(old.kids().next(), Some(Some("2026-02")));
    assert_eq!(cache.last_failure().unwrap().status, 503);
}

#[tokio::test]
async fn k3_an_endpoint_that_is_down_is_tried_once_in_thirty_seconds_and_no_caller_waits() {
    let endpoint = Endpoint::new();
    endpoint.is_down();
    let cache = endpoint.cache();
    let started = Instant::now();
    let error = cache.keys(NOW).await.unwrap_err();
    assert!(started.elapsed() >= Duration::from_secs(1), "one retry after a second");
    assert_eq!(
        (error.code, error.status, endpoint.requests()),
        (ErrorCode::TokenInvalid, 503, 2)
    );
    for second in 0..30 {
        let error = cache.keys(NOW + second).await.unwrap_err();
        let wait = 30 - second;
        assert!(
            error.message.ends_with(&format!("the next try is in {wait} s")),
            "{error}"
        );
    }
    assert_eq!((endpoint.requests(), cache.stats().refusals), (2, 31));
    // The retry is for an endpoint that was well before.
    cache.keys(NOW + 30).await.unwrap_err();
    assert_eq!(endpoint.requests(), 3);
}

#[tokio::test]
#[allow(clippy::await_holding_lock, reason = "the endpoint is to be silent meanwhile")]
async fn k3_an_outage_of_an_hour_costs_no_validation_anything() {
    let endpoint = Endpoint::new();
    // A call that waited would not end by a time-out of its own.
    let cache = endpoint.builder().timeout(2 * STEP_TIMEOUT).build().unwrap();
    cache.keys(NOW).await.unwrap();
    endpoint.is_down();
    let start = NOW + 6 * HOUR;
    // One validation in ten seconds for an hour; each third starts a background fetch, which ends before the next.
    for step in 0..360 {
        // The endpoint gives no answer until this call has one: a call that waited for it would never end.
        let answer = endpoint.answer.lock().unwrap();
        let keys = tokio::time::timeout(STEP_TIMEOUT, cache.keys(start + step * 10)).await;
        assert_eq!(keys.expect("it waits").unwrap().len(), 1);
        drop(answer);
        // The first try has a retry.
        let failures = 2 + u64::try_from(step / 3).unwrap();
        while cache.stats().failures < failures {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    assert_eq!(endpoint.requests(), 1 + 2 + 119);
}

#[tokio::test]
async fn k4_a_set_is_used_for_a_day_past_its_time_to_live_and_no_longer() {
    let endpoint = Endpoint::new();
    let cache = endpoint.cache();
    cache.keys(NOW).await.unwrap();
    endpoint.is_down();
    assert!(cache.keys(NOW + 30 * HOUR - 1).await.is_ok());
    has_failed(&cache).await;
    let error = cache.keys(NOW + 30 * HOUR + 60).await.unwrap_err();
    assert_eq!(error.status, 503);
    let strict = endpoint
        .builder()
        .stale_limit(Duration::ZERO)
        .ttl(Duration::from_secs(60))
        .build()
        .unwrap();
    endpoint.says("200 OK", &set(&[jwk(json!({}))]));
    strict.keys(NOW).await.unwrap();
    endpoint.is_down();
    assert!(strict.keys(NOW + 59).await.is_ok() && strict.keys(NOW + 60).await.is_err());
}

#[tokio::test]
async fn k5_keys_are_fetched_over_https_or_from_this_machine_only() {
    for url in [
        "http://noesis.example/keys",
        "ftp://127.0.0.1/keys",
        "file:///etc/passwd",
        "keys.json",
        "https://user:password@noesis.example/",
        "https://noesis.example/#x",
        "",
    ] {
        assert_eq!(
            KeyCache::builder(url).build().unwrap_err().code,
            ErrorCode::Config,
            "{url}"
        );
    }
    assert!(
        KeyCache::builder("https://noesis.example/keys?tenant=1")
            .build()
            .is_ok()
    );
    let elsewhere = Endpoint::new();
    let redirect = Raw::answering(format!(
        "HTTP/1.1 302 Found\r\nlocation: {}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        elsewhere.raw.url
    ));
    let error = KeyCache::builder(format!("{}/keys", redirect.url))
        .build()
        .unwrap()
        .keys(NOW)
        .await
        .unwrap_err();
    assert_eq!((error.status, elsewhere.requests()), (302, 0));
    // The path and the query are sent as they are.
    let endpoint = Endpoint::new();
    KeyCache::builder(format!("{}/a/keys?tenant=1", endpoint.raw.url))
        .build()
        .unwrap()
        .keys(NOW)
        .await
        .unwrap();
    assert!(endpoint.raw.requests()[0].starts_with("GET /a/keys?tenant=1 HTTP/1.1"));
}

#[tokio::test]
async fn t9_an_invalid_response_never_replaces_a_good_set() {
    let endpoint = Endpoint::new();
    let cache = endpoint.builder().waits_for_refresh(true).build().unwrap();
    cache.keys(NOW).await.unwrap();
    let many = set(&vec![jwk(json!({})); 101]);
    let large = format!("{}{}", set(&[jwk(json!({}))]), " ".repeat(600 * 1024));
    let mut now = NOW;
    for body in [
        "<html>sign in</html>",
        "",
        "{}",
        "[]",
        r#"{"keys":null}"#,
        r#"{"keys":[]}"#,
        r#"{"keys":[],"keys":[]}"#,
        &many,
        &large,
        &set(&[jwk(json!({"d": "AQAB"}))]),
        &set(&[json!({"kty": "oct", "k": "AQAB"})]),
        "{\"keys\":[\u{0}",
    ] {
        endpoint.says("200 OK", body);
        now += 60;
        cache.expire();
        assert_eq!(cache.keys(now).await.unwrap().kids().next(), Some(Some("2026-01")));
        let failure = cache.last_failure().unwrap();
        assert_eq!(
            (failure.code, failure.status),
            (ErrorCode::InvalidResponse, 200),
            "{failure}"
        );
    }
    endpoint.says("200 OK", &set(&[jwk(json!({"kid": "2026-02"}))]));
    assert_eq!(cache.keys(now + 60).await.unwrap().kids().next(), Some(Some("2026-02")));
    assert!(cache.last_failure().is_none());
}

#[tokio::test]
async fn t7_an_unknown_kid_causes_one_fetch_in_thirty_seconds_and_a_new_key_is_found() {
    let endpoint = Endpoint::new();
    let cache = endpoint.cache();
    cache.keys(NOW).await.unwrap();
    // However fresh the set is: its key may have been made a moment later.
    cache.keys_for("2026-02", NOW + 1).await.unwrap();
    assert_eq!(endpoint.requests(), 2);
    endpoint.says("200 OK", &set(&[jwk(json!({})), jwk(json!({"kid": "2026-02"}))]));
    assert_eq!(
        cache.keys_for("2026-02", NOW + 30).await.unwrap().len(),
        1,
        "not again for thirty seconds"
    );
    assert_eq!(cache.keys_for("2026-02", NOW + 31).await.unwrap().len(), 2);
    for number in 0..100_000 {
        cache.keys_for(&format!("random-{number}"), NOW + 61).await.unwrap();
    }
    assert_eq!(endpoint.requests(), 4, "the two before, and one for all of those");
    assert_eq!(cache.stats().unknown_keys, 100_002);
}

#[tokio::test]
async fn a_validator_fetches_only_for_a_token_that_takes_a_key() {
    let endpoint = Endpoint::new();
    let secret = "a secret of more than thirty-two bytes";
    let validator = JwtValidator::builder()
        .cache(endpoint.cache())
        .hs256_secret(secret.into())
        .build()
        .unwrap();
    let hs = hs256(secret.as_bytes(), r#"{"alg":"HS256"}"#, &claims(json!({})));
    assert!(validator.verify(&hs, NOW).await.unwrap().is_valid());
    for token in [
        "",
        "a.b.c",
        &rs256(r#"{"alg":"none"}"#, "{}"),
        &rs256(r#"{"alg":"RS256","crit":[]}"#, "{}"),
    ] {
        assert!(!validator.verify(token, NOW).await.unwrap().is_valid());
    }
    assert_eq!(endpoint.requests(), 0);
    let good = rs256(HEADER, &claims(json!({})));
    assert!(validator.verify(&good, NOW).await.unwrap().is_valid());
    // Rotation: the new key is found by its name.
    endpoint.says("200 OK", &set(&[jwk(json!({"kid": "2026-02"}))]));
    let next = rs256(r#"{"alg":"RS256","kid":"2026-02"}"#, &claims(json!({})));
    assert!(validator.verify(&next, NOW + 1).await.unwrap().is_valid());
    let old = validator.verify(&good, NOW + 2).await.unwrap();
    assert!(!old.is_valid(), "the old key is gone");
    assert_eq!(endpoint.requests(), 2);
    let down = Endpoint::new();
    down.is_down();
    let validator = JwtValidator::builder().cache(down.cache()).build().unwrap();
    assert_eq!(validator.verify(&good, NOW).await.unwrap_err().status, 503);
}

#[test]
fn a_validator_is_shared_by_threads_and_cheap_to_clone() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<JwtValidator>();
    shared::<KeyCache>();
    assert_eq!(size_of::<JwtValidator>(), size_of::<usize>());
}

#[tokio::test]
async fn a_clock_difference_is_named_where_it_explains_a_failed_check() {
    let endpoint = Endpoint::new();
    let body = set(&[jwk(json!({}))]);
    // The server's clock says 10:01:14, ours 10:00:00.
    let dated = raw::json("200 OK", &body).replacen("\r\n", "\r\nDate: Tue, 23 Jun 2026 10:01:14 GMT\r\n", 1);
    *endpoint.answer.lock().unwrap() = dated;
    let validator = JwtValidator::builder().cache(endpoint.cache()).build().unwrap();
    let token = rs256(HEADER, &claims(json!({"iat": NOW + 74})));
    let reason = validator.verify(&token, NOW).await.unwrap().reason().unwrap();
    assert_eq!(
        reason,
        "issued in the future, in 74 seconds, at 2026-06-23 10:01 UTC; your clock is 1 minute 14 seconds behind the server's"
    );
    let far = rs256(HEADER, &claims(json!({"iat": NOW + 500})));
    assert!(
        !validator
            .verify(&far, NOW)
            .await
            .unwrap()
            .reason()
            .unwrap()
            .contains("clock")
    );
}
