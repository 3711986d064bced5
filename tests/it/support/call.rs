//! The program's calls to a platform, each as a command that shows its own canaries: what is secret in it has `canary` in
//! its text.

use std::process::Output;

use serde_json::{Value, json};

use crate::jwt;
use crate::support::session::signed_in_with;
use crate::support::{Home, stderr, stdout};

/// An activation code: what a redemption answers names it, so that it is no secret of a run.
pub const CODE: &str = "AXKF-M3PQ-7RBN-W2YT";
const VERIFIER: &str = "canary-verifier-0123456789-0123456789-0123456789";

/// A call of the SDK, and the command that does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    Exchange,
    Refresh,
    Introspect,
    Redeem,
    Keys,
}

/// All of them.
pub const CALLS: [Call; 5] = [
    Call::Exchange,
    Call::Refresh,
    Call::Introspect,
    Call::Redeem,
    Call::Keys,
];

impl Call {
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Refresh => "refresh",
            Self::Introspect => "introspect",
            Self::Redeem => "redeem",
            Self::Keys => "keys",
        }
    }

    /// What the SDK hands back, member by member.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Exchange | Self::Refresh => &["access_token", "token_type", "expires_in", "refresh_token"],
            Self::Introspect => &["active", "sub", "exp", "iat", "jti", "entitlements"],
            Self::Redeem => &[
                "tool_id",
                "tool_name",
                "duration_days",
                "expires_at",
                "message",
                "token_refresh_required",
                "new_access_token",
            ],
            Self::Keys => &["keys"],
        }
    }

    /// A home that is signed in to a platform, with canaries as tokens. What is to be renewed has ended: nothing else serves.
    pub fn home(self, url: &str) -> Home {
        signed_in_with("canary-access", url, if self == Self::Refresh { -1 } else { 900 })
    }

    /// The command line.
    pub fn args(self, url: &str) -> Vec<String> {
        let keys = format!("{url}/.well-known/jwks.json");
        let args = match self {
            Self::Exchange => &[
                "exchange",
                "canary-code",
                "--redirect-uri",
                "http://127.0.0.1:1/callback",
                "--code-verifier",
                VERIFIER,
            ][..],
            Self::Refresh => &["refresh"],
            Self::Introspect => &["introspect", "canary.access.token"],
            Self::Redeem => &["redeem", CODE],
            Self::Keys => &["verify", "@token", "--jwks", &keys],
        };
        args.iter().map(|arg| (*arg).to_owned()).collect()
    }

    /// Its environment.
    pub fn env(url: &str) -> [(&'static str, String); 4] {
        [
            ("NOESIS_STORE", "file".into()),
            ("NOESIS_BASE_URL", url.into()),
            ("NOESIS_CLIENT_ID", "noesis-cli".into()),
            ("NOESIS_CLIENT_SECRET", "canary-client-secret".into()),
        ]
    }

    /// The answer that would be good.
    pub fn good(self) -> String {
        match self {
            Self::Exchange | Self::Refresh => {
                json!({"access_token": "a.b.c", "expires_in": 900, "refresh_token": "next"})
            }
            Self::Introspect => json!({"active": true, "sub": "ada"}),
            Self::Redeem => json!({
                "tool_id": "ocr", "tool_name": "OCR", "duration_days": 30, "expires_at": "2099-01-01T00:00:00Z",
                "token_refresh_required": false,
            }),
            Self::Keys => json!({"keys": [jwt::jwk(json!({}))]}),
        }
        .to_string()
    }

    /// What the request spends, or shows: it is sent once.
    pub fn spends(self) -> Option<&'static str> {
        match self {
            Self::Exchange => Some("code=canary-code&"),
            Self::Refresh => Some("refresh_token=refresh-canary-access&"),
            Self::Introspect => Some("token=canary.access.token&"),
            Self::Redeem => Some(CODE),
            Self::Keys => None,
        }
    }

    /// How often it asks: a key fetch that failed is tried once more.
    pub fn tries(self, succeeds: bool) -> usize {
        if self == Self::Keys && !succeeds { 2 } else { 1 }
    }

    /// The error document of a run that failed; null if it printed none.
    pub fn error(self, output: &Output) -> Value {
        let document = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        match self {
            // Each code has an answer or an error of its own.
            Self::Redeem => document(&stdout(output))[0]["error"].clone(),
            _ => document(stderr(output).lines().last().unwrap_or_default())["error"].clone(),
        }
    }
}
