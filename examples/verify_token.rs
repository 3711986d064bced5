//! Verifies one token with the keys in a file, and says what it gives access to. Nothing is sent anywhere.
//!
//! ```sh
//! curl -o keys.json "$NOESIS_BASE_URL/.well-known/jwks.json"
//! noesis token | cargo run --no-default-features --example verify_token -- keys.json "$NOESIS_BASE_URL"
//! ```
#![allow(missing_docs)]

use std::error::Error;
use std::io::Read as _;
use std::time::SystemTime;

use noesis::{InvalidToken, KeySet, Keys, Policy, TokenPayload};

/// What a token says, where it is valid at `now` (Unix seconds) and its `iss` is `issuer`; else why it is not.
pub fn verify(keys: &KeySet, issuer: &str, token: &str, now: i64) -> Result<TokenPayload, InvalidToken> {
    let keys = Keys {
        set: Some(keys),
        ..Keys::default()
    };
    let verified = Policy::new().issuer(issuer).verify(token, keys, now).into_verified()?;
    Ok(verified.into_payload())
}

#[allow(dead_code, clippy::print_stdout)]
fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(issuer)) = (args.next(), args.next()) else {
        return Err("usage: verify_token KEYS.json ISSUER < TOKEN".into());
    };
    let keys = KeySet::from_file(file)?;
    let mut token = String::new();
    std::io::stdin().read_to_string(&mut token)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
    let payload = verify(&keys, &issuer, token.trim(), i64::try_from(now)?)?;
    println!("{}", payload.sub.unwrap_or_default());
    for entitlement in payload.entitlements {
        println!("  {} until {}", entitlement.tool_id, entitlement.expires_at);
    }
    Ok(())
}
