//! The details of a verdict: the text of each finding.

use std::borrow::Cow;
use std::time::Duration;

use super::algorithm::Algorithm;
use super::findings::Finding;
use super::key_set::KeySetOrigin;
use crate::time::{Zone, counted, distance, span};

impl Finding {
    /// The text of the finding, with dates in a zone.
    pub fn detail(&self, now: i64, zone: &Zone) -> Cow<'static, str> {
        let text: String = match self {
            Self::NotChecked(text) | Self::NotRequired(text) => return Cow::Borrowed(text),
            Self::Unverified => return Cow::Borrowed("not checked: the signature is not verified"),
            Self::Missing(member) => format!("`{member}` is missing"),
            Self::NotPresent("nbf") => return Cow::Borrowed("there is no `nbf`"),
            Self::NotPresent(member) => format!("there is no `{member}`"),
            Self::NotString(member) => format!("`{member}` is not a string"),
            Self::NotStrings(member) => format!("`{member}` is neither a string nor an array of strings"),
            Self::NotNumber(member) => format!("`{member}` is not a number"),

            Self::WellFormed => return Cow::Borrowed("three segments; header and claims are JSON objects"),
            Self::Malformed(malformed) => malformed.to_string(),
            Self::UnsupportedParameter(member) => format!("unsupported header parameter `{member}`"),
            Self::WrongType => return Cow::Borrowed("`typ` is not that of a JWT"),
            Self::Nested => return Cow::Borrowed("`cty` announces a nested token, which is not supported"),

            Self::Algorithm(algorithm) => return Cow::Borrowed(algorithm.as_str()),
            Self::UnsupportedAlgorithm(name) => {
                let supported = Algorithm::ALL.map(Algorithm::as_str).join(" or ");
                format!("unsupported algorithm `{name}`, expected {supported}")
            }
            Self::NoKeySet(algorithm) => format!("{} requires a key set, and none is given", algorithm.as_str()),
            Self::NoSecret(algorithm) => format!("{} requires a shared secret, and none is given", algorithm.as_str()),

            Self::Secret => return Cow::Borrowed("the shared secret"),
            Self::Key { kid: Some(kid), kind } => format!("`{kid}`, {kind}"),
            Self::Key { kid: None, kind } => kind.to_string(),
            Self::Tried(count) => format!("the token has no `kid`; tried {}", counted(*count as u64, "key")),
            Self::UnknownKey {
                kid,
                ignored: Some(reason),
                origin,
                ..
            } => format!("key `{kid}`{} is ignored: {reason}", origin.of(now)),
            Self::UnknownKey {
                kid, usable, origin, ..
            } => {
                let keys = match usable {
                    1 => "the one key".to_owned(),
                    count => format!("among the {count} keys"),
                };
                format!("key `{kid}` is not {keys}{}", origin.of(now))
            }
            Self::NoUsableKey { ignored, origin } => match &**ignored {
                [] => format!("there is no key{}", origin.within(now)),
                [first, ..] => format!("there is no usable key{}: {first}", origin.within(now)),
            },

            Self::Verified(algorithm) => return Cow::Borrowed(algorithm.verified()),
            Self::WrongSecret => {
                return Cow::Borrowed("signed with another secret, or the token was modified");
            }
            Self::WrongKey => return Cow::Borrowed("signed with another key, or the token was modified"),
            Self::WrongLength { signature, key } => format!(
                "the signature has {}, those of this key have {key}",
                counted(*signature as u64, "byte")
            ),
            Self::NoKeyMatches(count) => match count {
                1 => return Cow::Borrowed("not signed with the one key of the set, or the token was modified"),
                count => format!("signed with none of the {count} keys, or the token was modified"),
            },

            Self::Expires(at) => return Cow::Owned(zone.describe("expires ", *at, now)),
            Self::WithinLeeway { at, leeway } => format!(
                "expired {}, within the leeway of {}",
                distance(*at, now),
                counted(leeway.unsigned_abs(), "second")
            ),
            Self::Expired { at, clock } => format!(
                "expired {}, at {}{}",
                distance(*at, now),
                zone.date(*at),
                clock_difference(*clock)
            ),
            Self::NotBefore(at) => return Cow::Owned(zone.describe("valid since ", *at, now)),
            Self::Issued(at) => return Cow::Owned(zone.describe("issued ", *at, now)),
            Self::InFuture { claim, at, clock } => {
                let verb = match *claim {
                    "nbf" => "not valid yet, becomes valid",
                    _ => "issued in the future,",
                };
                format!(
                    "{verb} {}, at {}{}",
                    distance(*at, now),
                    zone.date(*at),
                    clock_difference(*clock)
                )
            }

            Self::Subject(sub) => format!("`{sub}`"),
            Self::EmptySubject => return Cow::Borrowed("`sub` is empty"),
            Self::ControlCharacterInSubject => return Cow::Borrowed("`sub` contains a control character"),
            Self::Matches(text) => format!("`{text}`"),
            Self::Mismatch {
                claim,
                is: Some(is),
                wanted,
            } => format!("`{claim}` is `{is}`, expected `{wanted}`"),
            Self::Mismatch { claim, wanted, .. } => match *claim {
                "aud" => format!("`aud` does not contain `{wanted}`"),
                claim => format!("`{claim}` is not `{wanted}`"),
            },
            Self::Access(until) => return Cow::Owned(zone.describe("until ", *until, now)),
            Self::AccessExpired(at) => format!("access expired {}, at {}", distance(*at, now), zone.date(*at)),
            Self::NoAccess(tool) => format!("no entitlement for `{tool}`"),
        };
        Cow::Owned(text)
    }
}

/// What follows a time that the difference between the clocks explains.
fn clock_difference(clock: Option<i64>) -> String {
    match clock {
        None => String::new(),
        Some(ahead) => {
            let direction = if ahead > 0 { "behind" } else { "ahead of" };
            let apart = span(Duration::from_secs(ahead.unsigned_abs()));
            format!("; your clock is {apart} {direction} the server's")
        }
    }
}

impl KeySetOrigin {
    /// What follows "the 2 keys": ` of https://…, fetched 4 minutes ago`.
    fn of(&self, now: i64) -> String {
        match &self.name {
            None => " of the set".into(),
            Some(name) => format!(" of {name}{}", self.age(now)),
        }
    }

    /// What follows "there is no key": ` in https://…, fetched 4 minutes ago`.
    fn within(&self, now: i64) -> String {
        match &self.name {
            None => " in the set".into(),
            Some(name) => format!(" in {name}{}", self.age(now)),
        }
    }

    fn age(&self, now: i64) -> String {
        match self.fetched_at {
            None => String::new(),
            Some(at) if at == now => ", just fetched".into(),
            Some(at) => format!(", fetched {}", distance(at, now)),
        }
    }
}
