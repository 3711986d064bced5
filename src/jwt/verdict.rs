//! The verdict: eleven checks, always all of them, each passed, failed or skipped with its reason; and the claims of a
//! token that passed.
//!
//! What a check found is kept as plain data and put into words only where somebody reads it: a server judges thousands of
//! tokens a second and explains few.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::claims::TokenPayload;
pub use super::findings::CheckResult;
use super::findings::{CheckOutcome, Finding};
use super::json::Object;
use crate::time::Zone;

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

/// One check of a verdict.
#[derive(Clone, Copy)]
pub struct Check<'v> {
    /// What was checked.
    pub name: CheckName,
    /// How it ended.
    pub result: CheckResult,
    finding: &'v Finding,
    now: i64,
}

impl Check<'_> {
    /// Why, in words and numbers, with dates in UTC: `expired 3 days ago, at 2026-06-20 10:00 UTC`.
    pub fn detail(&self) -> Cow<'static, str> {
        self.detail_in(&Zone::Utc)
    }

    /// The same, with dates in a zone.
    pub(crate) fn detail_in(&self, zone: &Zone) -> Cow<'static, str> {
        self.finding.detail(self.now, zone)
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
    findings: [(CheckResult, Finding); CheckName::ALL.len()],
    header: Option<Arc<str>>,
    /// There where the signature is good.
    signed: Option<Verified>,
    /// The moment that the token was judged for, in Unix seconds.
    now: i64,
}

impl Verdict {
    /// The verdict before any check.
    pub(super) fn new(now: i64) -> Self {
        Self {
            findings: [const {
                (
                    CheckResult::Skip,
                    Finding::NotChecked("not checked: the token is malformed"),
                )
            }; CheckName::ALL.len()],
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
        let checks = CheckName::ALL.iter().zip(&self.findings);
        checks.map(|(name, (result, finding))| Check {
            name: *name,
            result: *result,
            finding,
            now: self.now,
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
    /// [`InvalidToken`], with the verdict, where a check failed.
    pub fn into_verified(mut self) -> Result<Verified, InvalidToken> {
        match self
            .signed
            .take_if(|_| self.findings.iter().all(|(result, _)| *result != CheckResult::Fail))
        {
            Some(verified) => Ok(verified),
            None => Err(InvalidToken(Box::new(self))),
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

    /// The key that the token needs and the set does not have, where that is why it is refused: a newer set may have it.
    #[cfg(feature = "fetch")]
    pub(crate) fn missing_key(&self) -> Option<MissingKey<'_>> {
        match self.failed()?.finding {
            Finding::UnknownKey { kid, .. } => Some(MissingKey::Named(kid)),
            Finding::NoUsableKey { .. } => Some(MissingKey::Any),
            _ => None,
        }
    }

    /// Records what a check found; whether it passed.
    pub(super) fn record(&mut self, name: CheckName, outcome: CheckOutcome) -> bool {
        let recorded = match outcome {
            Ok(finding) => (CheckResult::Pass, finding),
            Err(unmet) => unmet,
        };
        let passed = recorded.0 == CheckResult::Pass;
        if let Some(entry) = self.findings.get_mut(name as usize) {
            *entry = recorded;
        }
        passed
    }

    /// Records the text of the header.
    pub(super) fn record_header(&mut self, header: &Arc<str>) {
        self.header = Some(Arc::clone(header));
    }

    /// Records the claims of a token whose signature was verified, with the payload where it was read already.
    pub(super) fn record_signed(&mut self, claims: String, payload: Option<TokenPayload>) {
        self.signed = Some(Verified {
            claims,
            payload: payload.map(OnceLock::from).unwrap_or_default(),
        });
    }
}

/// A token that is not valid: its verdict, in which a check failed.
#[derive(Debug, Clone)]
pub struct InvalidToken(Box<Verdict>);

impl InvalidToken {
    /// All checks.
    pub fn verdict(&self) -> &Verdict {
        &self.0
    }
}

/// The reason of the first check that failed.
impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.reason().unwrap_or_default())
    }
}

impl std::error::Error for InvalidToken {}

/// The key that a set lacks for a token.
#[cfg(feature = "fetch")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MissingKey<'v> {
    /// The key of this `kid`.
    Named(&'v str),
    /// Any key: the token names none, and the set has none for its algorithm.
    Any,
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
