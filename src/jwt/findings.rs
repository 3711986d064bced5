//! What the checks found, as plain data: what a verdict is made of. The words for it are in `detail.rs`.

use std::sync::Arc;

use super::algorithm::{Algorithm, KeyKind};
use super::compact::Malformed;
use super::key_set::{LeftOut, Origin};

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

/// What came of a check: the finding of one that passed, or how it ended otherwise and why.
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
    /// Something before it failed.
    NotReached(&'static str),
    /// The rule holds, of a token whose signature is not good.
    Unsigned,
    /// The caller named no such thing, as this sentence says.
    NotAsked(&'static str),
    /// A member that is not there.
    Absent(&'static str),
    NotText(&'static str),
    NotTexts(&'static str),
    NotNumber(&'static str),

    Readable,
    Malformed(Malformed),
    Extension(&'static str),
    OtherType,
    Nested,

    Algorithm(Algorithm),
    UnknownAlgorithm(Box<str>),
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
        left_out: Option<&'static str>,
        usable: usize,
        origin: Box<Origin>,
    },
    NoUsableKey {
        left_out: Box<[LeftOut]>,
        origin: Box<Origin>,
    },

    Signed(Algorithm),
    WrongSecret,
    WrongKey,
    WrongLength {
        signature: usize,
        key: usize,
    },
    NoneOf(usize),

    Expires(i64),
    WithinLeeway {
        at: i64,
        leeway: i64,
    },
    Expired {
        at: i64,
        /// How far the server's clock is ahead, where that explains it.
        clock: Option<i64>,
    },
    NotBefore(i64),
    Issued(i64),
    Ahead {
        claim: &'static str,
        at: i64,
        clock: Option<i64>,
    },

    Subject(Box<str>),
    EmptySubject,
    ControlInSubject,
    Equal(Arc<str>),
    Other {
        claim: &'static str,
        is: Option<Box<str>>,
        wanted: Arc<str>,
    },
    Access(i64),
    AccessEnded(i64),
    NoAccess(Arc<str>),
}

impl Finding {
    /// The same without any text of the token's claims, for one whose signature is not good (rule T15).
    pub fn without_text(self) -> Self {
        match self {
            Self::Other { claim, wanted, .. } => Self::Other {
                claim,
                is: None,
                wanted,
            },
            other => other,
        }
    }
}
