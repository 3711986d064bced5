//! The text that asks for a fault: `FAULT[=VALUE][,retry-after=SECONDS][,rate=SHARE][@ENDPOINT]`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::error::FaultError;
use super::word::{self, Share};

/// Something that goes wrong on purpose. It is written as on the command line, and as `POST /sandbox/faults` takes it:
///
/// | Spec | What happens |
/// |---|---|
/// | `latency=2s` | the answer is begun two seconds late; until then nothing is done, and latencies add up |
/// | `status=503` | that status (400 to 599) instead of an answer, and nothing is done |
/// | `status=503,retry-after=7` | the same with `Retry-After: 7` |
/// | `reset` | the connection is reset (TCP RST) once the request was read, and nothing is done |
/// | `truncate` | the request is carried out; of the answer's body half is sent, then the connection closes |
/// | `slow-body`, `slow-body=5s` | the body drips, over 30 seconds or as long as asked |
/// | `rotate-keys` | a new signing key before the request is carried out; the old one leaves the key set |
/// | `skew=+90s`, `skew=-5m` | the platform's clock is off: `Date`, `iat`, `exp`, and what has expired; skews add up |
/// | `denied` | the user denies: valid requests are redirected back with `error=access_denied` |
///
/// `@ENDPOINT` is one of `authorize`, `token`, `introspect`, `redeem`, `jwks`, `metadata`, `mint`. Without it a fault hits
/// the first six; but `rotate-keys` hits `token`, `denied` can hit `authorize` only, and `skew` sets the clock of
/// everything. `/sandbox/stats` and `/sandbox/faults` are never hit.
///
/// `,rate=0.1` hits that share of the requests that the fault is for, evenly spaced and the same in every run: the tenth,
/// the twentieth, and so on, counted from when the fault was set. Two faults of the same rate and endpoint hit the same requests.
///
/// Of several faults that hit one request, all take effect as far as they can: first `latency`, then `reset`, or else
/// `status` (the first in the list), or else `rotate-keys` and `denied`; `truncate` and `slow-body` are about whatever
/// answer there is.
///
/// ```
/// use noesis::sandbox::{Fault, Options};
///
/// let options = Options {
///     faults: vec!["latency=2s@token".parse()?, "status=503,retry-after=7,rate=0.1@introspect".parse()?],
///     ..Options::default()
/// };
/// assert_eq!(options.faults[0].to_string(), "latency=2s@token");
///
/// let mistyped = "latncy=2s@token".parse::<Fault>().unwrap_err();
/// assert_eq!(mistyped.to_string(), "there is no fault `latncy`");
/// assert_eq!(mistyped.hint(), "write `latency=2s@token`");
/// # Ok::<(), noesis::sandbox::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(super) kind: Kind,
    pub(super) share: Share,
    pub(super) endpoint: Option<Endpoint>,
    spec: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Latency(Duration),
    Status { code: u16, retry_after: Option<u32> },
    Reset,
    Truncate,
    SlowBody(Duration),
    RotateKeys,
    Skew(i64),
    Denied,
}

/// The names of the faults, which they are counted under too.
pub(super) const NAMES: [&str; 8] = [
    "latency",
    "status",
    "reset",
    "truncate",
    "slow-body",
    "rotate-keys",
    "skew",
    "denied",
];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Latency(_) => "latency",
            Self::Status { .. } => "status",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::SlowBody(_) => "slow-body",
            Self::RotateKeys => "rotate-keys",
            Self::Skew(_) => "skew",
            Self::Denied => "denied",
        }
    }
}

/// How long a body drips where the spec does not say: longer than a client should wait.
const DRIP: Duration = Duration::from_secs(30);
/// The longest that an answer may take.
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// The furthest that a clock may be off, in seconds: ten years.
const FURTHEST: i64 = 3_650 * 86_400;

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(spec: &str) -> Result<Self, FaultError> {
        let (what, at) = match spec.split_once('@') {
            Some((what, at)) => (what, Some(at)),
            None => (spec, None),
        };
        let (fault, modifiers) = match what.split_once(',') {
            Some((fault, modifiers)) => (fault, Some(modifiers)),
            None => (what, None),
        };
        let (name, value) = halves(fault);
        let mut kind = kind(name, value, spec)?;
        let mut share = None;
        for part in modifiers.into_iter().flat_map(|modifiers| modifiers.split(',')) {
            let (word, value) = halves(part);
            match (word, &mut kind) {
                ("rate", _) if share.is_none() => {
                    let wrong = || FaultError::write("`rate` is above 0 and at most 1", &format!("{fault},rate=0.1"));
                    share = Some(value.and_then(Share::parse).ok_or_else(wrong)?);
                }
                ("retry-after", Kind::Status { retry_after, .. }) if retry_after.is_none() => {
                    let right = format!("{fault},retry-after=7");
                    let wrong = || FaultError::write("`retry-after` is a number of seconds", &right);
                    let plain = value.filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
                    *retry_after = Some(plain.and_then(|value| value.parse().ok()).ok_or_else(wrong)?);
                }
                ("rate" | "retry-after", Kind::Status { .. }) | ("rate", _) => {
                    return Err(FaultError::write(format!("`{word}` is given twice"), fault));
                }
                ("retry-after", _) => {
                    return Err(FaultError::write(
                        "`retry-after` goes with `status` only",
                        "status=503,retry-after=7",
                    ));
                }
                (word, _) if NAMES.contains(&word) => {
                    let message = format!("a spec has one fault, and `{word}` is a second one");
                    let hint = format!("give each fault a spec of its own: `{fault}` and `{part}`");
                    return Err(FaultError { message, hint });
                }
                (word, _) => {
                    let with = |right: &str| spec.replacen(&format!(",{word}"), &format!(",{right}"), 1);
                    let message = format!("`{word}` says nothing about a fault");
                    return Err(FaultError::unknown(message, word, &["rate", "retry-after"], with));
                }
            }
        }
        Ok(Self {
            kind,
            share: share.unwrap_or(Share::ALL),
            endpoint: at.map(|at| Endpoint::named(at, what)).transpose()?.map_or_else(
                || Ok(default_endpoint(kind)),
                |endpoint| possible(kind, endpoint).map(Some),
            )?,
            spec: spec.to_owned(),
        })
    }
}

fn halves(part: &str) -> (&str, Option<&str>) {
    match part.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (part, None),
    }
}

fn kind(name: &str, value: Option<&str>, spec: &str) -> Result<Kind, FaultError> {
    let wrong = |message: &str| FaultError::write(message, example(name));
    let time = |value: &str| word::duration(value).filter(|time| *time <= LONGEST);
    let wrong_time = || wrong(&format!("`{name}` takes a duration of at most an hour"));
    match (name, value) {
        ("latency", Some(value)) => time(value).map(Kind::Latency).ok_or_else(wrong_time),
        ("latency", None) => Err(wrong_time()),
        ("slow-body", None) => Ok(Kind::SlowBody(DRIP)),
        ("slow-body", Some(value)) => time(value).map(Kind::SlowBody).ok_or_else(wrong_time),
        ("status", value) => {
            let code = value
                .filter(|value| value.len() == 3)
                .and_then(|value| value.parse().ok());
            let code = code.filter(|code| (400..=599).contains(code));
            let code = code.ok_or_else(|| wrong("`status` is that of an error, 400 to 599"))?;
            Ok(Kind::Status {
                code,
                retry_after: None,
            })
        }
        ("skew", value) => {
            let skew = value.and_then(skew);
            let message = "`skew` takes a duration with its sign, of at most 3650 days";
            skew.map(Kind::Skew).ok_or_else(|| wrong(message))
        }
        ("reset", None) => Ok(Kind::Reset),
        ("truncate", None) => Ok(Kind::Truncate),
        ("rotate-keys", None) => Ok(Kind::RotateKeys),
        ("denied", None) => Ok(Kind::Denied),
        (name, Some(_)) if NAMES.contains(&name) => Err(wrong(&format!("`{name}` takes no value"))),
        (name, _) => Err(no_fault(name, spec)),
    }
}

fn example(name: &str) -> &str {
    match name {
        "latency" => "latency=2s",
        "status" => "status=503",
        "slow-body" => "slow-body=5s",
        "skew" => "skew=+90s",
        plain => plain,
    }
}

fn no_fault(name: &str, spec: &str) -> FaultError {
    let message = format!("there is no fault `{name}`");
    match name {
        "rate" => FaultError::write(
            "`rate` says how often a fault hits, and there is none",
            &format!("status=503,{spec}"),
        ),
        "retry-after" => FaultError::write("`retry-after` goes with `status`", &format!("status=503,{spec}")),
        _ if name.len() == 3 && name.parse::<u16>().is_ok() => FaultError::write(message, &format!("status={spec}")),
        _ => {
            let rest = spec.strip_prefix(name).unwrap_or_default();
            FaultError::unknown(message, name, &NAMES, |right| format!("{right}{rest}"))
        }
    }
}

/// Whole seconds, ahead without a sign.
fn skew(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let time = word::duration(text).filter(|time| time.subsec_nanos() == 0)?;
    let seconds = i64::try_from(time.as_secs()).ok()?;
    (seconds <= FURTHEST).then_some(sign * seconds)
}

/// What a fault is about that names no endpoint; `None` is all of them.
fn default_endpoint(kind: Kind) -> Option<Endpoint> {
    match kind {
        // A new key is of use where something is signed, and a person is asked in one place only.
        Kind::RotateKeys => Some(Endpoint::Token),
        Kind::Denied => Some(Endpoint::Authorize),
        _ => None,
    }
}

fn possible(kind: Kind, endpoint: Endpoint) -> Result<Endpoint, FaultError> {
    match (kind, endpoint) {
        (Kind::Denied, endpoint) if endpoint != Endpoint::Authorize => Err(FaultError::write(
            "a user is asked at `authorize` only",
            "denied@authorize",
        )),
        _ => Ok(endpoint),
    }
}

impl fmt::Display for Fault {
    /// The spec, as it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spec)
    }
}

#[cfg(test)]
#[path = "spec_tests.rs"]
mod tests;
