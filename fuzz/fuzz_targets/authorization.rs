//! Arbitrary bytes as the values of `Authorization`, one per line (rule G1).
#![no_main]

use http::{HeaderMap, HeaderValue, header};
use noesis::middleware::{DenialKind, bearer_token};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(value) = HeaderValue::from_bytes(line) else {
            return;
        };
        headers.append(header::AUTHORIZATION, value);
    }
    let read = bearer_token(&headers);
    let values: Vec<&HeaderValue> = headers.get_all(header::AUTHORIZATION).iter().collect();
    let [value] = values[..] else {
        return assert_eq!(read, Err(DenialKind::AmbiguousCredentials));
    };
    match read {
        Ok(token) => {
            // One word after one scheme, and nothing else in the value.
            assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b','));
            let words: Vec<&str> = value
                .to_str()
                .unwrap_or_default()
                .split(' ')
                .filter(|word| !word.is_empty())
                .collect();
            assert_eq!(words[1..], [token]);
            assert!(words[0].eq_ignore_ascii_case("bearer"));
        }
        Err(DenialKind::AmbiguousCredentials) => assert!(value.as_bytes().contains(&b',')),
        Err(kind) => {
            assert_eq!(kind, DenialKind::NoCredentials);
            let plain = value.to_str().unwrap_or_default();
            let good = plain.strip_prefix("Bearer ").is_some_and(|token| {
                !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
            });
            assert!(!good, "a well-formed value is read");
        }
    }
});
