//! The findings of the checks, as plain data: what a verdict is made of. Their texts are in `detail.rs`.

use std::sync::Arc;

use super::algorithm::{Algorithm, KeyKind};
use super::compact::MalformedToken;
use super::key_set::{IgnoredKey, KeySetOrigin};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckResult {
    /// The rule is met.
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

/// The outcome of a check: the finding of one that passed, or how it ended otherwise and why.
pub(super) type CheckOutcome<T = Finding> = Result<T, (CheckResult, Finding)>;

pub(super) fn fail<T>(finding: Finding) -> CheckOutcome<T> {
    Err((CheckResult::Fail, finding))
}

pub(super) fn skip<T>(finding: Finding) -> CheckOutcome<T> {
    Err((CheckResult::Skip, finding))
}

/// What a check found.
#[derive(Clone)]
pub(super) enum Finding {
    /// A check before it failed.
    NotChecked(&'static str),
    /// The rule is met, by a token whose signature is not verified.
    Unverified,
    /// The policy does not require it; the text says what.
    NotRequired(&'static str),
    /// A required member that is missing.
    Missing(&'static str),
    /// An optional claim that is missing.
    NotPresent(&'static str),
    NotString(&'static str),
    NotStrings(&'static str),
    NotNumber(&'static str),

    WellFormed,
    Malformed(MalformedToken),
    UnsupportedParameter(&'static str),
    WrongType,
    Nested,

    Algorithm(Algorithm),
    UnsupportedAlgorithm(Box<str>),
    NoKeySet(Algorithm),
    NoSecret(Algorithm),

    Secret,
    Key {
        kid: Option<Arc<str>>,
        kind: KeyKind,
    },
    Tried(usize),
    UnknownKey {
        kid: Box<str>,
        ignored: Option<&'static str>,
        usable: usize,
        origin: Box<KeySetOrigin>,
    },
    NoUsableKey {
        ignored: Box<[IgnoredKey]>,
        origin: Box<KeySetOrigin>,
    },

    Verified(Algorithm),
    WrongSecret,
    WrongKey,
    WrongLength {
        signature: usize,
        key: usize,
    },
    NoKeyMatches(usize),

    Expires(i64),
    WithinLeeway {
        at: i64,
        leeway: i64,
    },
    Expired {
        at: i64,
        /// How far the server's clock is ahead, if that explains it.
        clock: Option<i64>,
    },
    NotBefore(i64),
    Issued(i64),
    InFuture {
        claim: &'static str,
        at: i64,
        clock: Option<i64>,
    },

    Subject(Box<str>),
    EmptySubject,
    ControlCharacterInSubject,
    Matches(Arc<str>),
    Mismatch {
        claim: &'static str,
        is: Option<Box<str>>,
        wanted: Arc<str>,
    },
    Access(i64),
    AccessExpired(i64),
    NoAccess(Arc<str>),
}

impl Finding {
    /// The same without any text of the token's claims, for one whose signature is not verified (rule T15).
    pub fn without_text(self) -> Self {
        match self {
            Self::Mismatch { claim, wanted, .. } => Self::Mismatch {
                claim,
                is: None,
                wanted,
            },
            other => other,
        }
    }
}
