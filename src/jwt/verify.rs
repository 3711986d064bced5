//! The judgement: from the text of a token to a verdict, by rules T1 to T15.
//!
//! A [`Verdict`] is a list of eleven checks, always all of them: each passed, failed, or was skipped, and says why. Every
//! token takes the same walk, whether it is judged for a person or for a server that judges sixty thousand a second; so
//! what a check found is kept as plain data, and put into words only where somebody reads them.
//!
//! A claim of a token whose signature is not good can break a rule, but it can never hold one: such a check fails or is
//! skipped, and what it says repeats no text of the token (rule T15).

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde_json::{Map, Value};

use super::claims::{TokenPayload, access_until, seconds};
use super::compact::{self, MAX_JUDGED, Malformed};
use super::detail::Detail;
use super::header::{Algorithm, Header};
use super::json::{Json, Object};
use super::keys::{HmacSecret, KeySet, RsaKey};
use crate::time::Zone;

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
    /// The key set that RS256 tokens are verified with; without, they are refused.
    pub rs256: Option<&'a KeySet>,
    /// The secret that HS256 tokens are verified with; without, they are refused.
    pub hs256: Option<&'a HmacSecret>,
}

/// What a check is about, in the order of the checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckName {
    /// Three segments, strict base64url, strict JSON, and nothing in the header that changes how it is to be read (T1–T3, T5).
    Structure,
    /// `alg` is one that is accepted here (T4).
    Algorithm,
    /// There is one key that the token can have been signed with (T7).
    Key,
    /// The signature was made with it over this text (T11).
    Signature,
    /// `exp` lies ahead (T12).
    Expiry,
    /// `nbf` does not (T12).
    NotBefore,
    /// `iat` does not either (T12).
    IssuedAt,
    /// `sub` names somebody (T13).
    Subject,
    /// `iss` is the one asked for (T13).
    Issuer,
    /// `aud` holds the one asked for (T13).
    Audience,
    /// An entitlement to the tool asked for has not ended (T14).
    Access,
}

impl CheckName {
    /// All of them, in their order.
    pub const ALL: [Self; 11] = [
        Self::Structure,
        Self::Algorithm,
        Self::Key,
        Self::Signature,
        Self::Expiry,
        Self::NotBefore,
        Self::IssuedAt,
        Self::Subject,
        Self::Issuer,
        Self::Audience,
        Self::Access,
    ];

    /// The name as `noesis verify --json` has it, for example `not-before`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Expiry => "expiry",
            Self::NotBefore => "not-before",
            Self::IssuedAt => "issued-at",
            Self::Subject => "subject",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Access => "access",
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// The rule holds.
    Pass,
    /// The rule is broken: the token is refused.
    Fail,
    /// Nothing was to be checked, or what comes first has failed.
    Skip,
}

impl CheckResult {
    /// `pass`, `fail` or `skip`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}

/// One check of a verdict.
#[derive(Clone, Copy)]
pub struct Check<'v> {
    /// What was checked.
    pub name: CheckName,
    /// How it ended.
    pub result: CheckResult,
    detail: &'v Detail,
    verdict: &'v Verdict,
}

impl Check<'_> {
    /// Why, in words and numbers, with dates in UTC: `expired 3 days ago, at 2026-06-20 10:00 UTC`.
    pub fn detail(&self) -> Cow<'static, str> {
        self.detail_in(&Zone::Utc)
    }

    /// The same, with dates in a zone.
    pub(crate) fn detail_in(&self, zone: &Zone) -> Cow<'static, str> {
        self.detail.words(self.verdict, zone)
    }
}

impl fmt::Debug for Check<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name.as_str(), self.result.as_str())
    }
}

/// What came of a token: a list of checks, and, where none failed, what the token says.
#[derive(Clone)]
pub struct Verdict {
    findings: [(CheckResult, Detail); CheckName::ALL.len()],
    header: Option<Arc<str>>,
    /// There where the signature is good.
    signed: Option<Verified>,
    pub(super) now: i64,
}

impl Verdict {
    fn new(now: i64) -> Self {
        Self {
            findings: [const { (CheckResult::Skip, Detail::NotReached("the token cannot be read")) };
                CheckName::ALL.len()],
            header: None,
            signed: None,
            now,
        }
    }

    /// Whether no check failed.
    pub fn is_valid(&self) -> bool {
        // The signature is asked for by name: that nothing failed is not enough to believe a token.
        self.signed.is_some() && self.failed().is_none()
    }

    /// All checks, in their order.
    pub fn checks(&self) -> impl Iterator<Item = Check<'_>> {
        let found = CheckName::ALL.iter().zip(&self.findings);
        found.map(|(name, (result, detail))| Check {
            name: *name,
            result: *result,
            detail,
            verdict: self,
        })
    }

    /// The first check that failed; none where the token is valid.
    pub fn failed(&self) -> Option<Check<'_>> {
        self.checks().find(|check| check.result == CheckResult::Fail)
    }

    /// Why the token is refused, in words; `None` where it is valid.
    pub fn reason(&self) -> Option<String> {
        self.failed().map(|check| check.detail().into_owned())
    }

    /// What a valid token says; nothing of one that broke a rule (rule T15).
    pub fn verified(&self) -> Option<&Verified> {
        self.signed.as_ref().filter(|_| self.is_valid())
    }

    /// What a valid token says, to be kept.
    ///
    /// # Errors
    /// The verdict itself, where the token broke a rule.
    pub fn into_verified(mut self) -> Result<Verified, Box<Self>> {
        match self
            .signed
            .take_if(|_| self.findings.iter().all(|(result, _)| *result != CheckResult::Fail))
        {
            Some(verified) => Ok(verified),
            None => Err(Box::new(self)),
        }
    }

    /// The token's header, where it can be read: it is shown, and believed only in what was checked.
    pub fn header(&self) -> Option<Map<String, Value>> {
        self.header.as_deref().map(map)
    }

    /// The text of the header, one JSON object.
    #[cfg(feature = "cli")]
    pub(crate) fn header_json(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// What the token says where its signature is good, though it may have expired or be for somebody else.
    #[cfg(feature = "cli")]
    pub(crate) fn signed(&self) -> Option<&Verified> {
        self.signed.as_ref()
    }

    /// Whether the token could not be judged to its end because the set has no key for it, which a new set may have; and
    /// the key's name, where the token names one.
    #[cfg(feature = "fetch")]
    pub(crate) fn missing_key(&self) -> Option<Option<&str>> {
        match self.failed()?.detail {
            Detail::UnknownKey { kid, .. } => Some(Some(kid)),
            Detail::NoUsableKey { .. } => Some(None),
            _ => None,
        }
    }
}

/// What a person may read in a log: which checks failed. Claims are personal data.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks()).finish()
    }
}

/// What a token says that was verified: its signature is good and it broke no rule.
#[derive(Clone, PartialEq)]
pub struct Verified {
    claims: String,
    /// Read when somebody asks: who judges a hundred thousand tokens a second wants to know which are valid.
    payload: OnceLock<TokenPayload>,
}

impl Verified {
    /// The claims that the platform sets.
    pub fn payload(&self) -> &TokenPayload {
        self.payload.get_or_init(|| TokenPayload::of(&object(&self.claims)))
    }

    /// The claims that the platform sets.
    pub fn into_payload(self) -> TokenPayload {
        match self.payload.into_inner() {
            Some(payload) => payload,
            None => TokenPayload::of(&object(&self.claims)),
        }
    }

    /// All claims, in the token's own order.
    pub fn claims(&self) -> Map<String, Value> {
        map(&self.claims)
    }

    /// The text of the claims as it was signed, one JSON object.
    #[cfg(feature = "cli")]
    pub(crate) fn claims_json(&self) -> &str {
        &self.claims
    }
}

/// Claims are personal data: they are not for logs.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}

/// The object that a text is; it was read once already.
fn object(text: &str) -> Object<'_> {
    Object::read(text).unwrap_or_default()
}

/// The same, as the rest of the world knows it.
fn map(text: &str) -> Map<String, Value> {
    object(text).to_map()
}

/// What a signature is checked with: the keys of either algorithm are of types of their own.
enum Candidates<'k> {
    One(&'k RsaKey),
    Some(&'k [RsaKey]),
    Secret(&'k HmacSecret),
}

/// What a check found when the rule is broken or nothing was to be checked.
pub(super) type Found<T = Detail> = Result<T, (CheckResult, Detail)>;

pub(super) fn fail<T>(detail: Detail) -> Found<T> {
    Err((CheckResult::Fail, detail))
}

fn skip<T>(detail: Detail) -> Found<T> {
    Err((CheckResult::Skip, detail))
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
            self.note(CheckName::Structure, fail(Detail::Malformed(malformed)));
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
        let readable = self.note(CheckName::Structure, header.structure.clone());
        let good = readable && self.signature(&header, parts.signed.as_bytes(), &signature);
        self.verdict.header = Some(Arc::clone(&header.text));
        if readable {
            self.claims(&claims, good);
            let payload = match good && self.reads {
                true => OnceLock::from(TokenPayload::of(&claims)),
                false => OnceLock::new(),
            };
            self.verdict.signed = good.then_some(Verified {
                claims: claims_text,
                payload,
            });
        }
        Ok(())
    }

    /// Writes down what a check found; whether it passed.
    fn note(&mut self, name: CheckName, found: Found) -> bool {
        let finding = found.map_or_else(|other| other, |detail| (CheckResult::Pass, detail));
        let passed = finding.0 == CheckResult::Pass;
        if let Some(place) = self.verdict.findings.get_mut(name as usize) {
            *place = finding;
        }
        passed
    }

    /// Algorithm, key and signature; whether the signature is good.
    fn signature(&mut self, header: &Header, signed: &[u8], signature: &[u8]) -> bool {
        let algorithm = match self.algorithm(header) {
            Ok(algorithm) => algorithm,
            Err(other) => {
                self.note(CheckName::Algorithm, Err(other));
                self.note(
                    CheckName::Key,
                    skip(Detail::NotReached("the algorithm is not accepted")),
                );
                self.note(
                    CheckName::Signature,
                    skip(Detail::NotReached("the algorithm is not accepted")),
                );
                return false;
            }
        };
        self.note(CheckName::Algorithm, Ok(Detail::Algorithm(algorithm)));
        let (candidates, detail) = match self.candidates(algorithm, header) {
            Ok(found) => found,
            Err(other) => {
                self.note(CheckName::Key, Err(other));
                self.note(CheckName::Signature, skip(Detail::NotReached("there is no key")));
                return false;
            }
        };
        self.note(CheckName::Key, Ok(detail));
        let found = match candidates {
            Candidates::Secret(secret) if secret.verifies(signed, signature) => Ok(Detail::Signed(algorithm)),
            Candidates::Secret(_) => fail(Detail::WrongSecret),
            Candidates::One(key) if key.verifies(signed, signature) => Ok(Detail::Signed(algorithm)),
            Candidates::One(key) if signature.len() != key.modulus() => fail(Detail::WrongLength {
                signature: signature.len(),
                key: key.modulus(),
            }),
            Candidates::One(_) => fail(Detail::WrongKey),
            Candidates::Some(keys) if keys.iter().any(|key| key.verifies(signed, signature)) => {
                Ok(Detail::Signed(algorithm))
            }
            Candidates::Some(keys) => fail(Detail::NoneOf(keys.len())),
        };
        self.note(CheckName::Signature, found)
    }

    /// Rule T4: only an algorithm that the caller gave keys for.
    fn algorithm(&self, header: &Header) -> Found<Algorithm> {
        match header.algorithm.clone()? {
            Algorithm::Rs256 if self.keys.rs256.is_none() => fail(Detail::NoKeySet),
            Algorithm::Hs256 if self.keys.hs256.is_none() => fail(Detail::NoSecret),
            algorithm => Ok(algorithm),
        }
    }

    /// Rule T7: the one key that is named, or, where none is, the first sixteen.
    fn candidates(&self, algorithm: Algorithm, header: &Header) -> Found<(Candidates<'j>, Detail)> {
        let kid = match &header.kid {
            Ok(kid) => kid.as_deref(),
            Err(other) => return Err(other.clone()),
        };
        let set = match (algorithm, self.keys) {
            (
                Algorithm::Hs256,
                Keys {
                    hs256: Some(secret), ..
                },
            ) => {
                return Ok((Candidates::Secret(secret), Detail::Secret));
            }
            (Algorithm::Rs256, Keys { rs256: Some(set), .. }) => set,
            (Algorithm::Hs256, _) => return fail(Detail::NoSecret),
            (Algorithm::Rs256, _) => return fail(Detail::NoKeySet),
        };
        if let Some(kid) = kid {
            return match set.find(kid) {
                Some(key) => {
                    let (kid, modulus) = (key.kid(), key.modulus());
                    Ok((Candidates::One(key), Detail::Key { kid, modulus }))
                }
                None => fail(unknown_key(kid, set)),
            };
        }
        let tried = set.usable().get(..MAX_TRIED).unwrap_or(set.usable());
        match tried {
            [] => fail(Detail::NoUsableKey {
                left_out: set.left_out().to_vec().into(),
                origin: Box::new(set.origin.clone()),
            }),
            keys => Ok((Candidates::Some(keys), Detail::Tried(keys.len()))),
        }
    }

    /// Rules T12 to T14. What holds for a token whose signature is not good is worth nothing.
    fn claims(&mut self, claims: &Object<'_>, good: bool) {
        for (name, found) in [
            (CheckName::Expiry, self.expiry(claims)),
            (CheckName::NotBefore, self.not_ahead(claims, "nbf", Detail::NotBefore)),
            (CheckName::IssuedAt, self.not_ahead(claims, "iat", Detail::Issued)),
            (CheckName::Subject, subject(claims)),
            (CheckName::Issuer, issuer(claims, self.policy.issuer.as_ref())),
            (CheckName::Audience, audience(claims, self.policy.audience.as_ref())),
            (CheckName::Access, self.access(claims)),
        ] {
            let found = match found {
                Ok(_) if !good => skip(Detail::Unsigned),
                Err((result, detail)) if !good => Err((result, detail.without_text())),
                found => found,
            };
            self.note(name, found);
        }
    }

    /// `now - leeway >= exp` refuses.
    fn expiry(&self, claims: &Object<'_>) -> Found {
        match claims.get("exp") {
            None => fail(Detail::Absent("exp")),
            Some(exp) => match seconds(exp) {
                None => fail(Detail::NotNumber("exp")),
                Some(at) if at > self.now => Ok(Detail::Expires(at)),
                Some(at) if at > self.now.saturating_sub(self.policy.leeway) => Ok(Detail::WithinLeeway {
                    at,
                    leeway: self.policy.leeway,
                }),
                Some(at) => fail(Detail::Expired {
                    at,
                    clock: self.clock_that_explains(|clock| at > clock.saturating_sub(self.policy.leeway)),
                }),
            },
        }
    }

    /// A moment later than `now + leeway` refuses.
    fn not_ahead(&self, claims: &Object<'_>, name: &'static str, words: fn(i64) -> Detail) -> Found {
        match claims.get(name) {
            None => skip(Detail::Absent(name)),
            Some(value) => match seconds(value) {
                None => fail(Detail::NotNumber(name)),
                Some(at) if at <= self.now.saturating_add(self.policy.leeway) => Ok(words(at)),
                Some(at) => fail(Detail::Ahead {
                    claim: name,
                    at,
                    clock: self.clock_that_explains(|clock| at <= clock.saturating_add(self.policy.leeway)),
                }),
            },
        }
    }

    /// How far the key server's clock is ahead of this machine's, where a check would hold by the server's.
    fn clock_that_explains(&self, holds: impl Fn(i64) -> bool) -> Option<i64> {
        let ahead = self.keys.rs256.map_or(0, |set| set.origin.clock_ahead);
        (ahead != 0 && holds(self.now.saturating_add(ahead))).then_some(ahead)
    }

    /// Rule T14: an entitlement to the tool that ends after `now`.
    fn access(&self, claims: &Object<'_>) -> Found {
        let Some(tool) = &self.policy.tool else {
            return skip(Detail::NotAsked("no tool was asked for"));
        };
        match access_until(claims, tool) {
            Some(until) if until > self.now => Ok(Detail::Access(until)),
            Some(until) => fail(Detail::AccessEnded(until)),
            None => fail(Detail::NoAccess(tool.clone())),
        }
    }
}

/// Why there is no key of a name: it is not in the set, or it was left out.
fn unknown_key(kid: &str, set: &KeySet) -> Detail {
    let mut left_out = set.left_out().iter();
    Detail::UnknownKey {
        kid: kid.into(),
        left_out: left_out
            .find(|key| key.kid.as_deref() == Some(kid))
            .map(|key| key.reason),
        usable: set.len(),
        origin: Box::new(set.origin.clone()),
    }
}

fn subject(claims: &Object<'_>) -> Found {
    match claims.get("sub") {
        None => fail(Detail::Absent("sub")),
        Some(Json::Text(sub)) if sub.is_empty() => fail(Detail::EmptySubject),
        Some(Json::Text(sub)) if sub.contains(char::is_control) => fail(Detail::ControlInSubject),
        Some(Json::Text(sub)) => Ok(Detail::Subject((&**sub).into())),
        Some(_) => fail(Detail::NotText("sub")),
    }
}

fn issuer(claims: &Object<'_>, wanted: Option<&Arc<str>>) -> Found {
    let Some(wanted) = wanted else {
        return skip(Detail::NotAsked("no issuer was asked for"));
    };
    match claims.get("iss") {
        None => fail(Detail::Absent("iss")),
        Some(Json::Text(iss)) if **iss == **wanted => Ok(Detail::Equal(wanted.clone())),
        Some(Json::Text(iss)) => fail(Detail::Other {
            claim: "iss",
            is: Some((&**iss).into()),
            wanted: wanted.clone(),
        }),
        Some(_) => fail(Detail::NotText("iss")),
    }
}

fn audience(claims: &Object<'_>, wanted: Option<&Arc<str>>) -> Found {
    let Some(wanted) = wanted else {
        return skip(Detail::NotAsked("no audience was asked for"));
    };
    let other = |is: Option<&str>| {
        fail(Detail::Other {
            claim: "aud",
            is: is.map(Into::into),
            wanted: wanted.clone(),
        })
    };
    match claims.get("aud") {
        None => fail(Detail::Absent("aud")),
        Some(Json::Text(aud)) if **aud == **wanted => Ok(Detail::Equal(wanted.clone())),
        Some(Json::Text(aud)) => other(Some(aud)),
        Some(Json::List(list)) => {
            let mut holds = false;
            for member in list {
                match member {
                    Json::Text(aud) => holds |= **aud == **wanted,
                    _ => return fail(Detail::NotTexts("aud")),
                }
            }
            if holds {
                Ok(Detail::Equal(wanted.clone()))
            } else {
                other(None)
            }
        }
        Some(_) => fail(Detail::NotTexts("aud")),
    }
}
