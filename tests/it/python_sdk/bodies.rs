//! What each call's 200 can hold: the good answer, defaults left out, and members of the wrong type.

use super::Call;

/// The answer that both sides have to take.
pub fn good(call: Call) -> &'static str {
    match call {
        Call::Exchange | Call::Refresh => {
            r#"{"access_token":"a.b.c","token_type":"bearer","expires_in":900,"refresh_token":"next","scope":"x"}"#
        }
        Call::Introspect => {
            r#"{"active":true,"sub":"ada","exp":2000000000,"iat":1700000000,"jti":"j1","entitlements":[{"tool_id":"ocr","expires_at":2000000000,"source":"invite"}]}"#
        }
        Call::Redeem => {
            r#"{"tool_id":"ocr","tool_name":"OCR é 漢","duration_days":30,"expires_at":"2026-12-23T00:00:00Z","message":"Enjoy","token_refresh_required":false,"new_access_token":"d.e.f"}"#
        }
        Call::Keys => r#"{"keys":[{"kty":"RSA","kid":"k1","n":"AQAB","e":"AQAB","alg":"RS256","use":"sig"}]}"#,
    }
}

/// The answers of one call's own, by name.
pub fn bodies(call: Call) -> Vec<(&'static str, &'static str)> {
    match call {
        Call::Exchange | Call::Refresh => TOKENS,
        Call::Introspect => INTROSPECTION,
        Call::Redeem => REDEMPTION,
        Call::Keys => KEYS,
    }
    .to_vec()
}

const TOKENS: &[(&str, &str)] = &[
    ("only an access token", r#"{"access_token":"a.b.c"}"#),
    ("token type Bearer", r#"{"access_token":"a","token_type":"Bearer"}"#),
    ("token type mac", r#"{"access_token":"a","token_type":"mac"}"#),
    ("token type null", r#"{"access_token":"a","token_type":null}"#),
    ("token type a number", r#"{"access_token":"a","token_type":1}"#),
    ("token type empty", r#"{"access_token":"a","token_type":""}"#),
    ("access token missing", r#"{"token_type":"bearer","expires_in":900}"#),
    ("access token null", r#"{"access_token":null}"#),
    ("access token empty", r#"{"access_token":""}"#),
    ("access token a number", r#"{"access_token":5}"#),
    ("access token a list", r#"{"access_token":["a"]}"#),
    ("access token with a line break", r#"{"access_token":"a\r\nx: y"}"#),
    ("access token twice", r#"{"access_token":"a","access_token":"b"}"#),
    ("expires in 0", r#"{"access_token":"a","expires_in":0}"#),
    ("expires in digits", r#"{"access_token":"a","expires_in":"900"}"#),
    ("expires in words", r#"{"access_token":"a","expires_in":"soon"}"#),
    ("expires in a whole float", r#"{"access_token":"a","expires_in":900.0}"#),
    ("expires in a fraction", r#"{"access_token":"a","expires_in":900.5}"#),
    ("expires in null", r#"{"access_token":"a","expires_in":null}"#),
    ("expires in the past", r#"{"access_token":"a","expires_in":-1}"#),
    ("expires in true", r#"{"access_token":"a","expires_in":true}"#),
    ("expires in infinity", r#"{"access_token":"a","expires_in":Infinity}"#),
    (
        "expires in 2^64",
        r#"{"access_token":"a","expires_in":18446744073709551616}"#,
    ),
    ("refresh token null", r#"{"access_token":"a","refresh_token":null}"#),
    ("refresh token empty", r#"{"access_token":"a","refresh_token":""}"#),
    ("refresh token a number", r#"{"access_token":"a","refresh_token":7}"#),
    (
        "refresh token with a space",
        r#"{"access_token":"a","refresh_token":"b c"}"#,
    ),
    (
        "an error beside a token",
        r#"{"access_token":"a","error":"invalid_grant"}"#,
    ),
];

const INTROSPECTION: &[(&str, &str)] = &[
    ("only active", r#"{"active":true}"#),
    ("inactive", r#"{"active":false}"#),
    ("inactive, with claims", r#"{"active":false,"sub":"ada","exp":5}"#),
    ("active missing", r#"{"sub":"ada"}"#),
    ("active null", r#"{"active":null}"#),
    ("active in words", r#"{"active":"true"}"#),
    ("active in words, no", r#"{"active":"false"}"#),
    ("active 1", r#"{"active":1}"#),
    ("active a list", r#"{"active":[true]}"#),
    ("active twice", r#"{"active":true,"active":false}"#),
    (
        "all null",
        r#"{"active":true,"sub":null,"exp":null,"iat":null,"jti":null,"entitlements":null}"#,
    ),
    ("sub a number", r#"{"active":true,"sub":7}"#),
    ("exp in digits", r#"{"active":true,"exp":"2000000000"}"#),
    ("exp a float", r#"{"active":true,"exp":2000000000.5}"#),
    ("exp not a number", r#"{"active":true,"exp":NaN}"#),
    ("jti a list", r#"{"active":true,"jti":["a"]}"#),
    ("no entitlements", r#"{"active":true,"entitlements":[]}"#),
    ("entitlements an object", r#"{"active":true,"entitlements":{"ocr":1}}"#),
    ("entitlements strings", r#"{"active":true,"entitlements":["ocr"]}"#),
    ("half a character", r#"{"active":true,"sub":"\ud800"}"#),
];

const REDEMPTION: &[(&str, &str)] = &[
    (
        "defaults left out",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"2026-12-23"}"#,
    ),
    (
        "tool ID a number",
        r#"{"tool_id":7,"tool_name":"OCR","duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "tool ID a fraction",
        r#"{"tool_id":7.5,"tool_name":"OCR","duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "tool ID null",
        r#"{"tool_id":null,"tool_name":"OCR","duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "tool ID missing",
        r#"{"tool_name":"OCR","duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "tool ID empty",
        r#"{"tool_id":"","tool_name":"OCR","duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "tool name null",
        r#"{"tool_id":"ocr","tool_name":null,"duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "tool name missing",
        r#"{"tool_id":"ocr","duration_days":30,"expires_at":"x"}"#,
    ),
    (
        "days in digits",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":"30","expires_at":"x"}"#,
    ),
    (
        "days a whole float",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30.0,"expires_at":"x"}"#,
    ),
    (
        "days missing",
        r#"{"tool_id":"ocr","tool_name":"OCR","expires_at":"x"}"#,
    ),
    (
        "days null",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":null,"expires_at":"x"}"#,
    ),
    (
        "end a number",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":2000000000}"#,
    ),
    (
        "end missing",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30}"#,
    ),
    (
        "message null",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","message":null}"#,
    ),
    (
        "message a number",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","message":1}"#,
    ),
    (
        "refresh required null",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","token_refresh_required":null}"#,
    ),
    (
        "refresh required in words",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","token_refresh_required":"false"}"#,
    ),
    (
        "new token null",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","new_access_token":null}"#,
    ),
    (
        "new token empty",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","new_access_token":""}"#,
    ),
    (
        "new token a number",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","new_access_token":5}"#,
    ),
    (
        "new token with a line break",
        r#"{"tool_id":"ocr","tool_name":"OCR","duration_days":30,"expires_at":"x","new_access_token":"a\nb"}"#,
    ),
];

const KEYS: &[(&str, &str)] = &[
    ("no keys", r#"{"keys":[]}"#),
    ("keys null", r#"{"keys":null}"#),
    ("keys an object", r#"{"keys":{"a":1}}"#),
    (
        "keys among others",
        r#"{"keys":[{"kty":"RSA"},5,null,{"kty":"EC","crv":"P-256"}]}"#,
    ),
    ("more members", r#"{"keys":[{"kty":"RSA"}],"next":"x"}"#),
];
