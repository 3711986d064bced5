//! The verdict: eleven checks, always all of them, each passed, failed or skipped with its reason; and the claims of a
//! token that passed.
//!
//! Findings are kept as plain data and formatted only on demand: a server verifies thousands of tokens a second and explains
//! few.

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
///
/// The order is relied on: a verdict stores its findings in an array, each at the number of its variant, and the first that
/// failed is the reason. [`CheckName::ALL`] has the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckName {
    /// Three segments, strict base64url, strict JSON, and nothing in the header that changes how it is to be read (T1–T3, T5).
    Structure,
    /// `alg` is an accepted algorithm (T4).
    Algorithm,
    /// There is a key for the token (T7).
    Key,
    /// The signature is verified with that key (T11).
    Signature,
    /// `exp` is in the future (T12).
    Expiry,
    /// `nbf` is not (T12).
    NotBefore,
    /// `iat` is not either (T12).
    IssuedAt,
    /// `sub` is a non-empty string (T13).
    Subject,
    /// `iss` is the required issuer (T13).
    Issuer,
    /// `aud` contains the required audience (T13).
    Audience,
    /// An entitlement to the required tool has not expired (T14).
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
    /// The reason as text, with dates in UTC: `expired 3 days ago, at 2026-06-20 10:00 UTC`.
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

/// The result for a token: all checks, and the claims if none failed.
#[derive(Clone)]
pub struct Verdict {
    findings: [(CheckResult, Finding); CheckName::ALL.len()],
    header: Option<Arc<str>>,
    /// The claims, once the signature is verified.
    signed: Option<Verified>,
    /// The moment that the token was verified for, in Unix seconds.
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
        // A verified signature is required explicitly: that no check failed does not imply it.
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

    /// Why the token is not valid; `None` if it is.
    pub fn reason(&self) -> Option<String> {
        self.failed().map(|check| check.detail().into_owned())
    }

    /// The claims of a valid token; `None` if a check failed (rule T15).
    pub fn verified(&self) -> Option<&Verified> {
        self.signed.as_ref().filter(|_| self.is_valid())
    }

    /// The claims of a valid token, by value.
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

    /// The token's header, if it can be parsed. It is not trusted beyond what the checks cover.
    pub fn header(&self) -> Option<Map<String, Value>> {
        self.header.as_deref().map(map)
    }

    /// The text of the header, one JSON object.
    #[cfg(feature = "cli")]
    pub(crate) fn header_json(&self) -> Option<&str> {
        self.header.as_deref()
    }

    /// The claims of a token whose signature is verified, although it may have expired or be for another audience.
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

/// What may be logged: which checks failed. Claims are personal data.
impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks()).finish()
    }
}

/// The claims of a token whose signature is verified and that passed all checks.
#[derive(Clone, PartialEq)]
pub struct Verified {
    claims: String,
    /// Parsed on demand: a batch of a hundred thousand tokens a second needs only their validity.
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

/// The object in a text that was parsed once already.
fn object(text: &str) -> Object<'_> {
    Object::read(text).unwrap_or_default()
}

/// The same as a `serde_json` map.
fn map(text: &str) -> Map<String, Value> {
    object(text).to_map()
}
