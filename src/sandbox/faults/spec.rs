//! The specification of a fault: `FAULT[=VALUE][,retry-after=SECONDS][,rate=SHARE][@ENDPOINT]`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::error::FaultError;
use super::share::Share;
use crate::sandbox::endpoints::{self, EndpointId};
use crate::sandbox::time;

/// A failure or change of behaviour on demand. It is written as on the command line and as `POST /sandbox/faults` takes it:
///
/// | Specification | Effect |
/// |---|---|
/// | `latency=2s` | the response is delayed by two seconds, before which the request is not processed; latencies add up |
/// | `status=503` | this status (400 to 599) instead of a response; the request is not processed |
/// | `status=503,retry-after=7` | the same with `Retry-After: 7` |
/// | `reset` | the connection is reset (TCP RST) after the request was read; the request is not processed |
/// | `truncate` | the request is processed; half of the response body is sent, then the connection closes |
/// | `slow-body`, `slow-body=5s` | the response body is sent slowly, over 30 seconds or the given time |
/// | `rotate-keys` | a new signing key before the request is processed; the old one leaves the key set |
/// | `skew=+90s`, `skew=-5m` | the platform's clock is ahead or behind: `Date`, `iat`, `exp`, and expiry; skews add up |
/// | `denied` | the user denies: valid requests are redirected with `error=access_denied` |
///
/// `@ENDPOINT` is one of `authorize`, `token`, `introspect`, `redeem`, `jwks`, `metadata`, `mint`. Without it a fault affects
/// the first six; but `rotate-keys` affects `token`, `denied` can affect `authorize` only, and `skew` sets the clock for
/// everything. `/sandbox/stats` and `/sandbox/faults` are never affected.
///
/// `,rate=0.1` affects that share of the requests that the fault applies to, evenly spaced and the same in every run: the
/// tenth, the twentieth, and so on, counted from when the fault was set. Two faults of the same rate and endpoint affect the
/// same requests.
///
/// Several faults of one request combine: first `latency`, then `reset`, or else `status` (the first in the list), or else
/// `rotate-keys` and `denied`; `truncate` and `slow-body` apply to whatever response there is.
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
/// assert_eq!(mistyped.to_string(), "unknown fault `latncy`");
/// assert_eq!(mistyped.hint(), "write `latency=2s@token`");
/// # Ok::<(), noesis::sandbox::FaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(super) kind: Kind,
    pub(super) share: Share,
    pub(super) endpoint: Option<EndpointId>,
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

/// The names of the kinds, which are also the names of their counts.
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

/// The time of a slow body if the specification does not say: longer than a client should wait.
const SLOW_BODY: Duration = Duration::from_secs(30);
/// The longest latency and slow body.
const MAX_TIME: Duration = Duration::from_secs(60 * 60);
/// The largest skew in seconds: ten years.
const MAX_SKEW: u64 = 3_650 * 86_400;

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
        let (name, value) = split_value(fault);
        let mut kind = kind(name, value, spec)?;
        let mut share = None;
        for part in modifiers.into_iter().flat_map(|modifiers| modifiers.split(',')) {
            let (word, value) = split_value(part);
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
                        "`retry-after` is for `status` only",
                        "status=503,retry-after=7",
                    ));
                }
                (word, _) if NAMES.contains(&word) => {
                    let message = format!("a specification has one fault, and `{word}` is a second one");
                    let hint = format!("write two specifications: `{fault}` and `{part}`");
                    return Err(FaultError { message, hint });
                }
                (word, _) => {
                    let with = |right: &str| spec.replacen(&format!(",{word}"), &format!(",{right}"), 1);
                    let message = format!("unknown modifier `{word}`");
                    return Err(FaultError::unknown(message, word, &["rate", "retry-after"], |right| {
                        hint(&with(right))
                    }));
                }
            }
        }
        Ok(Self {
            kind,
            share: share.unwrap_or(Share::ALL),
            endpoint: match at {
                None => default_endpoint(kind),
                Some(name) => Some(check_endpoint(kind, named_endpoint(name, what)?)?),
            },
            spec: spec.to_owned(),
        })
    }
}

fn split_value(part: &str) -> (&str, Option<&str>) {
    match part.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (part, None),
    }
}

fn kind(name: &str, value: Option<&str>, spec: &str) -> Result<Kind, FaultError> {
    let wrong = |message: &str| FaultError::write(message, example(name));
    let time = |value: &str| duration(value).filter(|time| *time <= MAX_TIME);
    let wrong_time = || wrong(&format!("`{name}` takes a duration of at most an hour"));
    match (name, value) {
        ("latency", Some(value)) => time(value).map(Kind::Latency).ok_or_else(wrong_time),
        ("latency", None) => Err(wrong_time()),
        ("slow-body", None) => Ok(Kind::SlowBody(SLOW_BODY)),
        ("slow-body", Some(value)) => time(value).map(Kind::SlowBody).ok_or_else(wrong_time),
        ("status", value) => {
            let code = value
                .filter(|value| value.len() == 3)
                .and_then(|value| value.parse().ok());
            let code = code.filter(|code| (400..=599).contains(code));
            let code = code.ok_or_else(|| wrong("`status` takes a status code from 400 to 599"))?;
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
        (name, _) => Err(unknown_fault(name, spec)),
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

fn unknown_fault(name: &str, spec: &str) -> FaultError {
    let message = format!("unknown fault `{name}`");
    match name {
        "rate" => FaultError::write("`rate` needs a fault before it", &format!("status=503,{spec}")),
        "retry-after" => FaultError::write("`retry-after` needs `status` before it", &format!("status=503,{spec}")),
        _ if name.len() == 3 && name.parse::<u16>().is_ok() => FaultError::write(message, &format!("status={spec}")),
        _ => {
            let rest = spec.strip_prefix(name).unwrap_or_default();
            FaultError::unknown(message, name, &NAMES, |right| hint(&format!("{right}{rest}")))
        }
    }
}

/// The hint to write `instead`; where that has another mistake, the hint for it.
fn hint(instead: &str) -> String {
    match instead.parse::<Fault>() {
        Ok(_) => format!("write `{instead}`"),
        Err(error) => error.hint,
    }
}

fn duration(text: &str) -> Option<Duration> {
    Duration::try_from(time::parse_duration(text)?).ok()
}

/// Whole seconds; without a sign the clock is ahead.
fn skew(text: &str) -> Option<i64> {
    let skew = time::parse_duration(text).filter(|skew| skew.subsec_nanos() == 0)?;
    (skew.as_secs().unsigned_abs() <= MAX_SKEW).then_some(skew.as_secs())
}

/// The endpoint of a fault that names none; `None` is every endpoint of the platform.
fn default_endpoint(kind: Kind) -> Option<EndpointId> {
    match kind {
        // A new key matters where tokens are signed, and the user decides in one place only.
        Kind::RotateKeys => Some(EndpointId::Token),
        Kind::Denied => Some(EndpointId::Authorize),
        _ => None,
    }
}

/// The endpoint that follows `fault` in a specification.
fn named_endpoint(name: &str, fault: &str) -> Result<EndpointId, FaultError> {
    let mut faultable = endpoints::faultable();
    faultable
        .find(|endpoint| endpoint.name == name)
        .map(|endpoint| endpoint.id)
        .ok_or_else(|| {
            let names: Vec<_> = endpoints::faultable().map(|endpoint| endpoint.name).collect();
            let message = format!("unknown endpoint `{name}`");
            FaultError::unknown(message, name, &names, |right| hint(&format!("{fault}@{right}")))
        })
}

fn check_endpoint(kind: Kind, endpoint: EndpointId) -> Result<EndpointId, FaultError> {
    match (kind, endpoint) {
        (Kind::Denied, endpoint) if endpoint != EndpointId::Authorize => Err(FaultError::write(
            "`denied` is for `authorize` only",
            "denied@authorize",
        )),
        _ => Ok(endpoint),
    }
}

impl fmt::Display for Fault {
    /// The specification, as it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spec)
    }
}

#[cfg(test)]
#[path = "spec_tests.rs"]
mod tests;
