//! Any bytes as the header of a token that is signed with HS256 over them: T3 to T7.
#![no_main]

use noesis::Keys;
use noesis_fuzz::{PolicyInput, key_set, secret, signed, verified};

libfuzzer_sys::fuzz_target!(|header: &[u8]| {
    let token = signed(header, br#"{"sub":"ada","exp":1782209700}"#);
    let (set, secret) = (key_set(), secret());
    let keys = Keys {
        set: Some(&set),
        secret: Some(&secret),
    };
    verified(&token, PolicyInput::default(), keys);
});
