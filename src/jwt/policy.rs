//! The rules that a token is judged by (T1 to T15): a policy, the keys, and the checks one after the other.
//!
//! Every token goes through the same checks, whether it is judged for a person or for a server that judges sixty thousand
//! a second. A claim of a token whose signature is not verified can fail a check but never pass one, and what such a check
//! says repeats no text of the token (rule T15).

use std::sync::Arc;
use std::time::Duration;

use super::algorithm::{Algorithm, HmacSecret, KeyFamily, PublicKey};
use super::claims::{TokenPayload, access_until, seconds};
use super::compact::{self, MAX_JUDGED, Malformed};
use super::findings::{CheckOutcome, Finding, fail, skip};
use super::header::Header;
use super::json::{Json, Object};
use super::key_set::KeySet;
use super::verdict::{CheckName, Verdict};

/// How many keys are tried for a token that names none (rule T7).
const MAX_TRIED: usize = 16;

/// What a token is judged by, besides its keys.
///
/// ```
/// use std::time::Duration;
///
/// let policy = noesis::Policy::new()
///     .issuer("https://platform.example")
///     .leeway(Duration::from_secs(60))
///     .tool("vision-lab");
/// let verdict = policy.judge("no.token", noesis::Keys::default(), 1_782_208_800);
/// assert_eq!(verdict.reason().as_deref(), Some("a token has 3 parts between dots, this has 2"));
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    leeway: i64,
    issuer: Option<Arc<str>>,
    audience: Option<Arc<str>>,
    tool: Option<Arc<str>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl Policy {
    /// Thirty seconds of leeway, any issuer, any audience, no tool.
    pub fn new() -> Self {
        Self {
            leeway: 30,
            issuer: None,
            audience: None,
            tool: None,
        }
    }

    /// How far this machine's clock may be off, in whole seconds (rule T12; RFC 7519 §4.1.4).
    pub fn leeway(mut self, leeway: Duration) -> Self {
        // A leeway of more than 68 years is none that a sum could overflow with.
        self.leeway = i64::from(i32::try_from(leeway.as_secs()).unwrap_or(i32::MAX));
        self
    }

    #[cfg(feature = "guard")]
    pub(super) fn seconds_of_leeway(&self) -> i64 {
        self.leeway
    }

    /// The issuer that has to be in `iss`, byte for byte (RFC 7519 §4.1.1).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into().into());
        self
    }

    /// The audience that has to be in `aud`, byte for byte (RFC 7519 §4.1.3).
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into().into());
        self
    }

    /// The tool that the user has to have access to. IDs compare as text, so an integer may be given as well.
    pub fn tool(mut self, tool_id: impl ToString) -> Self {
        self.tool = Some(tool_id.to_string().into());
        self
    }

    /// Judges a token as it is at `now` (Unix seconds).
    pub fn judge(&self, token: &str, keys: Keys<'_>, now: i64) -> Verdict {
        self.judgement(keys, now).of(token)
    }

    /// The same for somebody who will ask what the token says: it is read while the claims are at hand.
    pub(super) fn judge_and_read(&self, token: &str, keys: Keys<'_>, now: i64) -> Verdict {
        Judgement {
            reads: true,
            ..self.judgement(keys, now)
        }
        .of(token)
    }

    fn judgement<'j>(&'j self, keys: Keys<'j>, now: i64) -> Judgement<'j> {
        Judgement {
            policy: self,
            keys,
            now,
            reads: false,
            verdict: Verdict::new(now),
        }
    }
}

/// The keys that a token is judged by, and with them the algorithms that are accepted: there are no others (rule T4).
#[derive(Debug, Clone, Copy, Default)]
pub struct Keys<'a> {
    /// The key set for the algorithms that take a public key, such as RS256; without one, their tokens are refused.
    pub set: Option<&'a KeySet>,
    /// The shared secret for HS256; without one, its tokens are refused.
    pub secret: Option<&'a HmacSecret>,
}

/// What the signature of a token is verified with.
enum Candidates<'k> {
    /// The key that the token names.
    Named(&'k PublicKey),
    /// The first keys for the algorithm, of a token that names none; how many they are.
    Unnamed(&'k KeySet, usize),
    Secret(&'k HmacSecret),
}

/// One token on its way through the checks.
struct Judgement<'j> {
    policy: &'j Policy,
    keys: Keys<'j>,
    now: i64,
    /// Whether the payload is asked for at once.
    reads: bool,
    verdict: Verdict,
}

impl<'j> Judgement<'j> {
    fn of(mut self, token: &str) -> Verdict {
        if let Err(malformed) = self.walk(token) {
            self.verdict
                .record(CheckName::Structure, fail(Finding::Malformed(malformed)));
        }
        self.verdict
    }

    fn walk(&mut self, token: &str) -> Result<(), Malformed> {
        let parts = compact::split(token, MAX_JUDGED)?;
        // What cannot be decoded is told before what is no object.
        let known = match Header::remembered(parts.header) {
            Some(header) => Ok(header),
            None => Err(compact::text("header", parts.header)?),
        };
        let claims_text = compact::text("claims", parts.claims)?;
        let signature = compact::bytes("signature", parts.signature)?;
        let header = known.or_else(|text| Header::read(parts.header, &text))?;
        let claims = compact::object("claims", &claims_text)?;
        let readable = self.verdict.record(CheckName::Structure, header.structure.clone());
        let good = readable && self.signature(&header, parts.signed.as_bytes(), &signature);
        self.verdict.record_header(&header.text);
        if readable {
            self.claims(&claims, good);
            if good {
                let payload = self.reads.then(|| TokenPayload::of(&claims));
                self.verdict.record_signed(claims_text, payload);
            }
        }
        Ok(())
    }

    /// Algorithm, key and signature; whether the signature is verified.
    fn signature(&mut self, header: &Header, signed: &[u8], signature: &[u8]) -> bool {
        let algorithm = match self.algorithm(header) {
            Ok(algorithm) => algorithm,
            Err(unmet) => {
                self.verdict.record(CheckName::Algorithm, Err(unmet));
                for check in [CheckName::Key, CheckName::Signature] {
                    let finding = Finding::NotReached("the algorithm is not accepted");
                    self.verdict.record(check, skip(finding));
                }
                return false;
            }
        };
        self.verdict
            .record(CheckName::Algorithm, Ok(Finding::Algorithm(algorithm)));
        let (candidates, finding) = match self.candidates(algorithm, header) {
            Ok(found) => found,
            Err(unmet) => {
                self.verdict.record(CheckName::Key, Err(unmet));
                let finding = Finding::NotReached("there is no key");
                self.verdict.record(CheckName::Signature, skip(finding));
                return false;
            }
        };
        self.verdict.record(CheckName::Key, Ok(finding));
        let is_verified = match &candidates {
            Candidates::Secret(secret) => secret.verifies(signed, signature),
            Candidates::Named(key) => key.verifies(signed, signature),
            Candidates::Unnamed(set, count) => {
                let mut keys = set.keys_for(algorithm).take(*count);
                keys.any(|key| key.verifies(signed, signature))
            }
        };
        let outcome = match candidates {
            _ if is_verified => Ok(Finding::Signed(algorithm)),
            Candidates::Secret(_) => fail(Finding::WrongSecret),
            Candidates::Named(key) if signature.len() != key.signature_len() => fail(Finding::WrongLength {
                signature: signature.len(),
                key: key.signature_len(),
            }),
            Candidates::Named(_) => fail(Finding::WrongKey),
            Candidates::Unnamed(_, count) => fail(Finding::NoneOf(count)),
        };
        self.verdict.record(CheckName::Signature, outcome)
    }

    /// Rule T4: only an algorithm that the caller gave keys for.
    fn algorithm(&self, header: &Header) -> CheckOutcome<Algorithm> {
        let algorithm = header.algorithm.clone()?;
        match algorithm.family() {
            KeyFamily::PublicKey if self.keys.set.is_none() => fail(Finding::NoKeySet(algorithm)),
            KeyFamily::SharedSecret if self.keys.secret.is_none() => fail(Finding::NoSecret(algorithm)),
            _ => Ok(algorithm),
        }
    }

    /// Rule T7: the one key that is named, or, where none is, the first sixteen.
    fn candidates(&self, algorithm: Algorithm, header: &Header) -> CheckOutcome<(Candidates<'j>, Finding)> {
        let kid = match &header.kid {
            Ok(kid) => kid.as_deref(),
            Err(unmet) => return Err(unmet.clone()),
        };
        match algorithm.family() {
            KeyFamily::SharedSecret => match self.keys.secret {
                Some(secret) => Ok((Candidates::Secret(secret), Finding::Secret)),
                None => fail(Finding::NoSecret(algorithm)),
            },
            KeyFamily::PublicKey => match (self.keys.set, kid) {
                (Some(set), Some(kid)) => named(set, algorithm, kid),
                (Some(set), None) => unnamed(set, algorithm),
                (None, _) => fail(Finding::NoKeySet(algorithm)),
            },
        }
    }

    /// Rules T12 to T14. What holds for a token whose signature is not good is worth nothing.
    fn claims(&mut self, claims: &Object<'_>, good: bool) {
        for (name, found) in [
            (CheckName::Expiry, self.expiry(claims)),
            (CheckName::NotBefore, self.not_ahead(claims, "nbf", Finding::NotBefore)),
            (CheckName::IssuedAt, self.not_ahead(claims, "iat", Finding::Issued)),
            (CheckName::Subject, subject(claims)),
            (CheckName::Issuer, issuer(claims, self.policy.issuer.as_ref())),
            (CheckName::Audience, audience(claims, self.policy.audience.as_ref())),
            (CheckName::Access, self.access(claims)),
        ] {
            let found = match found {
                Ok(_) if !good => skip(Finding::Unsigned),
                Err((result, detail)) if !good => Err((result, detail.without_text())),
                found => found,
            };
            self.verdict.record(name, found);
        }
    }

    /// `now - leeway >= exp` refuses.
    fn expiry(&self, claims: &Object<'_>) -> CheckOutcome {
        match claims.get("exp") {
            None => fail(Finding::Absent("exp")),
            Some(exp) => match seconds(exp) {
                None => fail(Finding::NotNumber("exp")),
                Some(at) if at > self.now => Ok(Finding::Expires(at)),
                Some(at) if at > self.now.saturating_sub(self.policy.leeway) => Ok(Finding::WithinLeeway {
                    at,
                    leeway: self.policy.leeway,
                }),
                Some(at) => fail(Finding::Expired {
                    at,
                    clock: self.clock_that_explains(|clock| at > clock.saturating_sub(self.policy.leeway)),
                }),
            },
        }
    }

    /// A moment later than `now + leeway` refuses.
    fn not_ahead(&self, claims: &Object<'_>, name: &'static str, words: fn(i64) -> Finding) -> CheckOutcome {
        match claims.get(name) {
            None => skip(Finding::Absent(name)),
            Some(value) => match seconds(value) {
                None => fail(Finding::NotNumber(name)),
                Some(at) if at <= self.now.saturating_add(self.policy.leeway) => Ok(words(at)),
                Some(at) => fail(Finding::Ahead {
                    claim: name,
                    at,
                    clock: self.clock_that_explains(|clock| at <= clock.saturating_add(self.policy.leeway)),
                }),
            },
        }
    }

    /// How far the key server's clock is ahead of this machine's, where a check would hold by the server's.
    fn clock_that_explains(&self, holds: impl Fn(i64) -> bool) -> Option<i64> {
        let ahead = self.keys.set.map_or(0, |set| set.origin.clock_ahead);
        (ahead != 0 && holds(self.now.saturating_add(ahead))).then_some(ahead)
    }

    /// Rule T14: an entitlement to the tool that ends after `now`.
    fn access(&self, claims: &Object<'_>) -> CheckOutcome {
        let Some(tool) = &self.policy.tool else {
            return skip(Finding::NotAsked("no tool was asked for"));
        };
        match access_until(claims, tool) {
            Some(until) if until > self.now => Ok(Finding::Access(until)),
            Some(until) => fail(Finding::AccessEnded(until)),
            None => fail(Finding::NoAccess(tool.clone())),
        }
    }
}

/// The key of a name, where it is for the algorithm.
fn named<'k>(set: &'k KeySet, algorithm: Algorithm, kid: &str) -> CheckOutcome<(Candidates<'k>, Finding)> {
    match set.find(kid) {
        Some(found) if found.key().algorithm() == algorithm => {
            let finding = Finding::Key {
                kid: found.kid().cloned(),
                kind: found.key().kind(),
            };
            Ok((Candidates::Named(found.key()), finding))
        }
        _ => fail(unknown_key(kid, set)),
    }
}

/// The first keys for an algorithm.
fn unnamed(set: &KeySet, algorithm: Algorithm) -> CheckOutcome<(Candidates<'_>, Finding)> {
    match set.keys_for(algorithm).take(MAX_TRIED).count() {
        0 => fail(Finding::NoUsableKey {
            left_out: set.left_out().to_vec().into(),
            origin: Box::new(set.origin.clone()),
        }),
        count => Ok((Candidates::Unnamed(set, count), Finding::Tried(count))),
    }
}

/// Why there is no key of a name: it is not in the set, or it was left out.
fn unknown_key(kid: &str, set: &KeySet) -> Finding {
    let mut left_out = set.left_out().iter();
    Finding::UnknownKey {
        kid: kid.into(),
        left_out: left_out
            .find(|key| key.kid.as_deref() == Some(kid))
            .map(|key| key.reason),
        usable: set.len(),
        origin: Box::new(set.origin.clone()),
    }
}

fn subject(claims: &Object<'_>) -> CheckOutcome {
    match claims.get("sub") {
        None => fail(Finding::Absent("sub")),
        Some(Json::Text(sub)) if sub.is_empty() => fail(Finding::EmptySubject),
        Some(Json::Text(sub)) if sub.contains(char::is_control) => fail(Finding::ControlInSubject),
        Some(Json::Text(sub)) => Ok(Finding::Subject((&**sub).into())),
        Some(_) => fail(Finding::NotText("sub")),
    }
}

fn issuer(claims: &Object<'_>, wanted: Option<&Arc<str>>) -> CheckOutcome {
    let Some(wanted) = wanted else {
        return skip(Finding::NotAsked("no issuer was asked for"));
    };
    match claims.get("iss") {
        None => fail(Finding::Absent("iss")),
        Some(Json::Text(iss)) if **iss == **wanted => Ok(Finding::Equal(wanted.clone())),
        Some(Json::Text(iss)) => fail(Finding::Other {
            claim: "iss",
            is: Some((&**iss).into()),
            wanted: wanted.clone(),
        }),
        Some(_) => fail(Finding::NotText("iss")),
    }
}

fn audience(claims: &Object<'_>, wanted: Option<&Arc<str>>) -> CheckOutcome {
    let Some(wanted) = wanted else {
        return skip(Finding::NotAsked("no audience was asked for"));
    };
    let other = |is: Option<&str>| {
        fail(Finding::Other {
            claim: "aud",
            is: is.map(Into::into),
            wanted: wanted.clone(),
        })
    };
    match claims.get("aud") {
        None => fail(Finding::Absent("aud")),
        Some(Json::Text(aud)) if **aud == **wanted => Ok(Finding::Equal(wanted.clone())),
        Some(Json::Text(aud)) => other(Some(aud)),
        Some(Json::List(list)) => {
            let mut holds = false;
            for member in list {
                match member {
                    Json::Text(aud) => holds |= **aud == **wanted,
                    _ => return fail(Finding::NotTexts("aud")),
                }
            }
            if holds {
                Ok(Finding::Equal(wanted.clone()))
            } else {
                other(None)
            }
        }
        Some(_) => fail(Finding::NotTexts("aud")),
    }
}
