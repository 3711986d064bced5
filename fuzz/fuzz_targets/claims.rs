//! Any bytes as the claims of a token that is signed with HS256 over them: T3, T12 to T14.
#![no_main]

use noesis::Keys;
use noesis_fuzz::{PolicyInput, key_set, secret, signed, verified};

libfuzzer_sys::fuzz_target!(|claims: &[u8]| {
    let (set, secret) = (key_set(), secret());
    let keys = Keys {
        set: Some(&set),
        secret: Some(&secret),
    };
    let token = signed(br#"{"alg":"HS256"}"#, claims);
    for policy in [
        PolicyInput::default(),
        PolicyInput {
            tool: Some("ocr"),
            ..PolicyInput::default()
        },
        PolicyInput {
            issuer: Some("i"),
            audience: Some("a"),
            tool: Some("7"),
        },
    ] {
        verified(&token, policy, keys);
    }
    // The same claims signed by nobody: no text of them may be told.
    let forged = format!("{}AAAA", token.get(..token.len() - 4).unwrap_or_default());
    verified(&forged, PolicyInput::default(), keys);
});
