//! Any text as a token: three segments, base64url, JSON (T1 to T3), and every check behind them.
#![no_main]

use noesis::{Keys, Unverified};
use noesis_fuzz::{PolicyInput, base64url, key_set, object, secret, verified};

libfuzzer_sys::fuzz_target!(|text: &[u8]| {
    let Ok(token) = std::str::from_utf8(text) else { return };
    let (set, secret) = (key_set(), secret());
    let keys = Keys {
        set: Some(&set),
        secret: Some(&secret),
    };
    verified(token, PolicyInput::default(), keys);

    // What can be shown are three segments, the first two of which are objects; the third may be anything, or nothing.
    let segments: Vec<&str> = token.split('.').collect();
    let readable = |text: &str| base64url(text).and_then(|bytes| object(&bytes));
    let expected = match segments[..] {
        [header, claims, _] => readable(header).zip(readable(claims)),
        _ => None,
    };
    let shown = Unverified::parse(token).ok();
    assert_eq!(shown.is_some(), expected.is_some());
    if let Some((token, (header, claims))) = shown.zip(expected) {
        assert_eq!((token.header(), token.claims()), (&header, &claims));
    }
});
