//! A second implementation of the rules T1 to T15, for the fuzz targets to compare the library with.
//!
//! It is slow and simple: base64url bit by bit, JSON by `serde_json`'s values and a count of brackets and colons, numbers
//! as written. It shares with the library the JSON parser and the cryptography.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use noesis::{CheckName, CheckResult, HmacSecret, KeySet, Keys, Policy, Verdict};
use serde_json::{Map, Value};

/// The moment that tokens are verified at.
pub const NOW: i64 = 1_782_208_800;

/// The leeway.
const LEEWAY: i128 = 30;

/// The secret of the HS256 tokens.
pub const SECRET: &[u8] = b"a secret of more than thirty-two bytes";

/// The modulus of the one key of [`key_set`]. Its private key was discarded.
pub const MODULUS: &str = "zgy-VcCwjJ29OOIurFK0FoRHaz6i3WAVsmTF32q9szYJPT5OaYAO-hnpBV0eMGNXcczh5uaLvr6EOQt_jnp9GENrgTNPkJYIq\
                           Ptrs4SMDf0q3Zx7qhhzvF8TbVjbgbvzi8mBnpYqHtHoPuqCyUS28BiB5O-i7nflu6df3fFS3rT4667D1JHUz7GCaep2mZG_-I3\
                           GmaQtDDUkI7tjOeo0WYG30r13No7H0sAbq2rdndc0eO5CivUk3lVzrKZ20LGvAfClVpBOQ4jQomEyqToc9SRS6oAj0w6lf1w-a\
                           dOSb8owTJAT2bP4_ZWldFdFOpB01teGTRoPdkbnQdwY2Yqz5Q";

/// A valid RS256 token with a `kid`.
pub const NAMED: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhZGEiLCJleHAiOjE3ODIyMDk3MDB9.T0ORY8Jjgv2PyJRJYvfnGi\
                         d2aCE6yWTWEJkgVbT0Pw3lxBuRm3lvGF6zUvezyv0j_ucEwFAwaHtMognvzqqGP0cagAnJPV2HGIuemwqbc8dCGjeZcl0GtgVn6\
                         sbuhAU_IVtc7MbsFmuqANvyJwznD6ggA6e5EqKSUkJEr-mbc03geTFsAjKbx4_a8jVH6zAuF8-ujeOT8wtI8D4KTODHUaH8ViSG\
                         9L2T7qzksXOMJDmSVTx_Kx9Mf_0OXeSbgJDTLpQG8ZZRlq7afIGmrNZtupH5ASyBR9CVcr-y9dxfpJYkkhgMu3tIszveVNLq8gP\
                         1kc1Yd455u9IfV_hWE7NHNg";

/// Another valid one, without a `kid`.
pub const NAMELESS: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEiLCJleHAiOjE3ODIyMDk3MDB9.m0lILu8vJJ88IF4W7WEaS-mSAU1PsKtXb\
                            vuYY6TGapZTofzORYtnqnSN6a2DSWw_cwf-fif7vxvP1lTH-Z0QcJRmyUGs3SZD6hoCVlf1Yy9agdl2vKEI7eYjqN3pibhI\
                            SM4EFBU4pu4nFJHDwa9wPnTtwbjAMRf-oQS33JND4swUmqp-44-vFxVElcKzlCQUA82bnglBXmpJYCHkvICb7pcCfU3zFP_\
                            3XFnkvu6hx-iwn8MwTwIZjK80AqdMd18a3DbA_vw741OuuxOtaIDTvGtaIIo6uBcXUd3bbOuiuGFWO_0W9ceUyudBeFZ0wi\
                            pJdaHgclDejW0U61twYEo9MA";

/// A key set with the key that made [`NAMED`] and [`NAMELESS`], called `a`.
pub fn key_set() -> KeySet {
    let text = format!(r#"{{"keys":[{{"kty":"RSA","kid":"a","n":"{MODULUS}","e":"AQAB"}}]}}"#);
    KeySet::parse(text.as_bytes()).expect("a key set")
}

/// The secret, for the library.
pub fn secret() -> HmacSecret {
    HmacSecret::new(SECRET).expect("a secret that is long enough")
}

/// A token of these bytes, signed with HS256 and [`SECRET`] whatever its header says.
pub fn signed(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(tag(signed.as_bytes()));
    format!("{signed}.{signature}")
}

fn tag(signed: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), signed)
}

/// What is required of a token besides its keys.
#[derive(Clone, Copy, Default)]
pub struct PolicyInput {
    pub issuer: Option<&'static str>,
    pub audience: Option<&'static str>,
    pub tool: Option<&'static str>,
}

impl PolicyInput {
    pub fn build(self) -> Policy {
        let mut policy = Policy::new();
        if let Some(issuer) = self.issuer {
            policy = policy.issuer(issuer);
        }
        if let Some(audience) = self.audience {
            policy = policy.audience(audience);
        }
        if let Some(tool) = self.tool {
            policy = policy.tool(tool);
        }
        policy
    }
}

/// The bytes of a segment; nothing if it is empty or not canonical (rule T2).
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        bits = bits << 6 | ALPHABET.iter().position(|other| *other == letter)? as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (!text.is_empty() && count < 6 && bits == 0).then_some(bytes)
}

/// The one JSON object in these bytes (rule T3).
///
/// `serde_json` keeps the last of two members with one name, so an object with a duplicate somewhere holds less members
/// than its text has colons outside of strings.
pub fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let value = serde_json::from_slice::<Value>(bytes).ok()?;
    let (mut inside, mut escaped) = (false, false);
    let (mut depth, mut deepest, mut colons) = (0_usize, 0, 0);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => inside = !inside,
            _ if inside => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth -= 1,
            b':' => colons += 1,
            _ => {}
        }
    }
    let unique = members(&value) == colons;
    match value {
        Value::Object(object) if unique && deepest <= 32 => Some(object),
        _ => None,
    }
}

/// How many members all objects within a value have.
fn members(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(members).sum(),
        Value::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
        _ => 0,
    }
}

/// The check that a token fails first, with the key set and the secret of this crate; nothing if it is valid.
pub fn broken(token: &str, policy: PolicyInput) -> Option<CheckName> {
    let Some((header, claims, signature)) = readable(token) else {
        return Some(CheckName::Structure);
    };
    let (signed, _) = token.rsplit_once('.').unwrap_or_default();
    let named = header.get("kid");
    let (key, good) = match header.get("alg").and_then(Value::as_str) {
        Some("HS256") => (
            named.is_none_or(Value::is_string),
            tag(signed.as_bytes()).as_ref() == signature,
        ),
        Some("RS256") => (
            named.is_none_or(|kid| kid == "a"),
            is_signed_with_the_key(signed.as_bytes(), &signature),
        ),
        _ => return Some(CheckName::Algorithm),
    };
    let rules = [
        (CheckName::Key, key),
        (CheckName::Signature, good),
        (CheckName::Expiry, is_after(claims.get("exp"), i128::from(NOW) - LEEWAY)),
        (CheckName::NotBefore, is_not_ahead(claims.get("nbf"))),
        (CheckName::IssuedAt, is_not_ahead(claims.get("iat"))),
        (CheckName::Subject, is_a_subject(claims.get("sub"))),
        (CheckName::Issuer, is_required_issuer(claims.get("iss"), policy.issuer)),
        (
            CheckName::Audience,
            contains_required_audience(claims.get("aud"), policy.audience),
        ),
        (
            CheckName::Access,
            policy.tool.is_none_or(|tool| has_access(&claims, tool)),
        ),
    ];
    rules.into_iter().find(|(_, holds)| !holds).map(|(name, _)| name)
}

/// Header, claims and signature of a token that keeps rules T1 to T3 and T5.
fn readable(token: &str) -> Option<(Map<String, Value>, Map<String, Value>, Vec<u8>)> {
    let segments: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = segments[..] else {
        return None;
    };
    let header = object(&base64url(header)?)?;
    let claims = object(&base64url(claims)?)?;
    let signature = base64url(signature)?;
    let extended = ["crit", "b64", "zip", "enc"]
        .iter()
        .any(|name| header.contains_key(*name));
    let media = |name: &str| -> Option<String> {
        let text = header.get(name)?.as_str()?.to_ascii_lowercase();
        Some(text.strip_prefix("application/").unwrap_or(&text).to_owned())
    };
    let typ = match header.get("typ") {
        None => true,
        Some(_) => matches!(media("typ")?.as_str(), "jwt" | "at+jwt"),
    };
    let cty = match header.get("cty") {
        None => true,
        Some(_) => media("cty")? != "jwt",
    };
    (token.len() <= 16 * 1024 && !extended && typ && cty).then_some((header, claims, signature))
}

fn is_signed_with_the_key(signed: &[u8], signature: &[u8]) -> bool {
    let (n, e) = (base64url(MODULUS).unwrap_or_default(), [1, 0, 1]);
    let key = RsaPublicKeyComponents { n: &n[..], e: &e[..] };
    signature.len() == 256 && key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok()
}

/// Whether a value is a number beyond another (rule T12).
fn is_after(value: Option<&Value>, moment: i128) -> bool {
    let Some(Value::Number(number)) = value else {
        return false;
    };
    let whole = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    match whole {
        Some(whole) => whole > moment,
        None => number.as_f64().is_some_and(|number| number > moment as f64),
    }
}

fn is_not_ahead(value: Option<&Value>) -> bool {
    value.is_none_or(|value| value.is_number() && !is_after(Some(value), i128::from(NOW) + LEEWAY))
}

fn is_a_subject(sub: Option<&Value>) -> bool {
    let sub = sub.and_then(Value::as_str).unwrap_or_default();
    !sub.is_empty() && !sub.chars().any(char::is_control)
}

fn is_required_issuer(iss: Option<&Value>, required: Option<&str>) -> bool {
    required.is_none_or(|required| iss.and_then(Value::as_str) == Some(required))
}

fn contains_required_audience(aud: Option<&Value>, required: Option<&str>) -> bool {
    required.is_none_or(|required| match aud {
        Some(Value::Array(list)) => list.iter().all(Value::is_string) && list.iter().any(|aud| aud == required),
        aud => aud.is_some_and(|aud| aud == required),
    })
}

/// Whether an entitlement to a tool has not expired (rule T14).
pub fn has_access(claims: &Map<String, Value>, tool: &str) -> bool {
    entitlements(claims).any(|(id, lives)| id == tool && lives)
}

/// The tools of the well-formed entitlements, and whether each has not expired.
fn entitlements(claims: &Map<String, Value>) -> impl Iterator<Item = (String, bool)> {
    let list = claims.get("entitlements").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|entry| {
        let tool = match entry.get("tool_id")? {
            Value::String(id) => id.clone(),
            Value::Number(id) if !id.is_f64() => id.to_string(),
            _ => return None,
        };
        let lives = match entry.get("expires_at")? {
            Value::String(date) => date_is_after(date.as_bytes(), NOW)?,
            Value::Number(number) => is_after(Some(&Value::Number(number.clone())), i128::from(NOW)),
            _ => return None,
        };
        Some((tool, lives))
    })
}

/// Whether a date and time of RFC 3339 lies beyond a moment; nothing where it is none.
fn date_is_after(text: &[u8], moment: i64) -> Option<bool> {
    let shape: &[u8; 19] = b"0000-00-00T00:00:00";
    let fits = |text: &[u8], shape: &[u8]| {
        let same = |(byte, shape): (&u8, &u8)| match shape {
            b'0' => byte.is_ascii_digit(),
            shape => byte.eq_ignore_ascii_case(shape),
        };
        text.len() == shape.len() && text.iter().zip(shape).all(same)
    };
    let number = |text: &[u8]| {
        text.iter()
            .fold(0_i64, |number, digit| number * 10 + i64::from(digit - b'0'))
    };
    let (date, mut rest) = text.split_at_checked(shape.len())?;
    if !fits(date, shape) {
        return None;
    }
    let mut fraction = false;
    if let Some(digits) = rest.strip_prefix(b".") {
        let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
        if !(1..=9).contains(&end) {
            return None;
        }
        fraction = digits[..end].iter().any(|digit| *digit != b'0');
        rest = &digits[end..];
    }
    let ahead = match rest {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), offset @ ..] if fits(offset, b"00:00") => {
            let (hours, minutes) = (number(&offset[..2]), number(&offset[3..]));
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 3600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let (year, month, day) = (number(&date[..4]), number(&date[5..7]), number(&date[8..10]));
    let (hour, minute, second) = (number(&date[11..13]), number(&date[14..16]), number(&date[17..]));
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in = |month: i64| match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || day < 1 || day > days_in(month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let before: i64 = (1..month).map(days_in).sum();
    let days_to = |year: i64| (0..year).map(|year| 365 + i64::from(leap(year))).sum::<i64>();
    let days = days_to(year) - days_to(1970) + before + day - 1;
    let at = days * 86_400 + hour * 3600 + minute * 60 + second.min(59) - ahead;
    Some(at > moment || at == moment && fraction)
}

/// Verifies a token by both the library and this crate, and compares what they say.
///
/// # Panics
/// Where they say different things, or a verdict contradicts itself.
pub fn verified(token: &str, policy: PolicyInput, keys: Keys<'_>) -> Verdict {
    let verdict = policy.build().verify(token, keys, NOW);
    is_sound(&verdict);
    assert_eq!(verdict.failed().map(|check| check.name), broken(token, policy));
    match verdict.verified() {
        Some(_) => has_all_claims(token, &verdict),
        None => repeats_no_claims(&verdict, policy),
    }
    // A clock that stands anywhere else makes another verdict and no panic.
    for now in [i64::MIN, 0, i64::MAX] {
        is_sound(&policy.build().verify(token, keys, now));
    }
    verdict
}

/// Holds for every verdict.
fn is_sound(verdict: &Verdict) {
    assert!(verdict.checks().map(|check| check.name).eq(CheckName::ALL));
    assert!(verdict.checks().all(|check| !check.detail().is_empty()));
    assert_eq!(verdict.is_valid(), verdict.failed().is_none());
    assert_eq!(verdict.is_valid(), verdict.verified().is_some());
    assert_eq!(verdict.is_valid(), verdict.reason().is_none());
    // What goes into logs are names of checks and how they ended.
    let logged = format!("{verdict:?}");
    assert!(
        logged
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"[]-:, ".contains(&byte))
    );
}

/// Holds for a token that is valid: it is spelled in one way, and says what it says to everybody.
fn has_all_claims(token: &str, verdict: &Verdict) {
    assert!(token.len() <= 16 * 1024);
    let segments: Vec<&str> = token.split('.').collect();
    let bytes: Vec<Vec<u8>> = segments.iter().filter_map(|text| base64url(text)).collect();
    let again: Vec<String> = bytes.iter().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).collect();
    assert_eq!((segments.len(), again.join(".")), (3, token.to_owned()));

    let [header, claims] = [&bytes[0], &bytes[1]].map(|bytes| serde_json::from_slice::<Value>(bytes).expect("JSON"));
    for member in ["crit", "b64", "zip", "enc"] {
        assert!(header.get(member).is_none());
    }
    assert_eq!(verdict.header().map(Value::Object), Some(header));
    let verified = verdict.verified().expect("a valid token says something");
    assert_eq!(Value::Object(verified.claims()).to_string(), claims.to_string());

    let (payload, claims) = (verified.payload(), verified.claims());
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    assert_eq!(payload.sub.as_deref(), text("sub"));
    assert_eq!(payload.role.as_deref(), text("role"));
    assert_eq!(payload.jti.as_deref(), text("jti"));
    assert_eq!(payload.is_admin, claims.get("is_admin") == Some(&Value::Bool(true)));
    assert!(
        payload
            .exp
            .is_some_and(|exp| i128::from(exp) > i128::from(NOW) - LEEWAY)
    );
    let entries = payload.entitlements.iter();
    let entries: Vec<(String, bool)> = entries.map(|e| (e.tool_id.clone(), e.expires_at > NOW)).collect();
    assert!(entitlements(&claims).eq(entries.iter().cloned()));
    for (tool, _) in &entries {
        assert_eq!(payload.has_tool_access(tool, NOW), has_access(&claims, tool));
    }
}

/// Holds for a token whose signature is not verified: no check of its claims passes, and none repeats their text (T15).
fn repeats_no_claims(verdict: &Verdict, policy: PolicyInput) {
    let signature = verdict.checks().find(|check| check.name == CheckName::Signature);
    if signature.is_some_and(|check| check.result == CheckResult::Pass) {
        return;
    }
    let required = |before: &str, value: Option<&str>, after: &str| value.map(|it| format!("{before}`{it}`{after}"));
    let quoted = [
        required("`iss` is not ", policy.issuer, ""),
        required("`aud` does not contain ", policy.audience, ""),
        required("no entitlement for ", policy.tool, ""),
    ];
    for check in verdict.checks() {
        let words = check.detail();
        if check.name == CheckName::Structure {
            // It says where a part breaks, and names a member that is there twice.
            assert!(words.len() < 256, "{} bytes", words.len());
        } else if check.name > CheckName::Signature {
            assert_ne!(check.result, CheckResult::Pass);
            let about_numbers = [
                "expired ",
                "not valid yet, ",
                "issued in the future, ",
                "access expired ",
            ]
            .iter()
            .any(|verb| words.starts_with(verb));
            let fixed = quoted.iter().flatten().any(|sentence| *sentence == words) || SENTENCES.contains(&&*words);
            assert!(fixed || about_numbers && words.len() < 160, "{}", check.name.as_str());
        }
    }
}

/// The details of the checks of claims whose signature is not verified.
const SENTENCES: &[&str] = &[
    "not checked: the token is malformed",
    "not checked: the signature is not verified",
    "no issuer is required",
    "no audience is required",
    "no tool is required",
    "`exp` is missing",
    "there is no `nbf`",
    "there is no `iat`",
    "`sub` is missing",
    "`iss` is missing",
    "`aud` is missing",
    "`exp` is not a number",
    "`nbf` is not a number",
    "`iat` is not a number",
    "`sub` is not a string",
    "`iss` is not a string",
    "`aud` is neither a string nor an array of strings",
    "`sub` is empty",
    "`sub` contains a control character",
    "not checked: the algorithm is not accepted",
    "not checked: there is no key",
    "three segments; header and claims are JSON objects",
];
