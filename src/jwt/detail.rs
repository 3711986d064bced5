//! The details of a verdict: each finding in words and numbers.

use std::borrow::Cow;

use super::algorithm::Algorithm;
use super::findings::Finding;
use super::key_set::Origin;
use crate::time::{Zone, counted, distance};

impl Finding {
    /// The sentence, with dates in a zone.
    pub fn detail(&self, now: i64, zone: &Zone) -> Cow<'static, str> {
        let sentence: String = match self {
            Self::NotReached(why) => return Cow::Borrowed(why),
            Self::Unsigned => {
                return Cow::Borrowed("the signature is not good, so what the token says counts for nothing");
            }
            Self::NotAsked(sentence) => return Cow::Borrowed(sentence),
            Self::Absent("nbf") => return Cow::Borrowed("there is no `nbf`"),
            Self::Absent(member) => format!("there is no `{member}`"),
            Self::NotText(member) => format!("`{member}` is not text"),
            Self::NotTexts(member) => format!("`{member}` is neither text nor a list of texts"),
            Self::NotNumber(member) => format!("`{member}` is not a number"),

            Self::Readable => return Cow::Borrowed("three parts; header and claims are JSON objects"),
            Self::Malformed(malformed) => malformed.to_string(),
            Self::Extension(member) => format!("the header has `{member}`, which no platform token has"),
            Self::OtherType => return Cow::Borrowed("the header's `typ` is not that of a JWT"),
            Self::Nested => return Cow::Borrowed("the header's `cty` says that there is another token inside"),

            Self::Algorithm(algorithm) => return Cow::Borrowed(algorithm.as_str()),
            Self::UnknownAlgorithm(name) => {
                let known = Algorithm::ALL.map(Algorithm::as_str).join(" nor ");
                format!("`{name}` is neither {known}")
            }
            Self::NoKeySet(algorithm) => format!("{} takes a key set, and there is none", algorithm.as_str()),
            Self::NoSecret(algorithm) => format!("{} takes a shared secret, and there is none", algorithm.as_str()),

            Self::Secret => return Cow::Borrowed("the shared secret"),
            Self::Key { kid: Some(kid), kind } => format!("`{kid}`, {kind}"),
            Self::Key { kid: None, kind } => kind.to_string(),
            Self::Tried(count) => format!("the token names none; {} tried", counted(*count as u64, "key")),
            Self::UnknownKey {
                kid,
                left_out: Some(reason),
                origin,
                ..
            } => format!("key `{kid}` is{} but is left out: {reason}", origin.among(now)),
            Self::UnknownKey {
                kid, usable, origin, ..
            } => {
                let keys = match usable {
                    1 => "the one key".to_owned(),
                    count => format!("among the {count} keys"),
                };
                format!("key `{kid}` is not {keys}{}", origin.of(now))
            }
            Self::NoUsableKey { left_out, origin } => match &**left_out {
                [] => format!("there is no key{}", origin.among(now)),
                [first, ..] => format!("there is no key to verify with{}: {first}", origin.among(now)),
            },

            Self::Signed(algorithm) => return Cow::Borrowed(algorithm.verified()),
            Self::WrongSecret => {
                return Cow::Borrowed("it was not made with the shared secret, or the token was changed since");
            }
            Self::WrongKey => return Cow::Borrowed("it was not made with this key, or the token was changed since"),
            Self::WrongLength { signature, key } => {
                format!("it has {}, the key's have {key}", counted(*signature as u64, "byte"))
            }
            Self::NoneOf(count) => match count {
                1 => return Cow::Borrowed("it was not made with the set's one key, or the token was changed since"),
                count => format!("it was made with none of {count} keys, or the token was changed since"),
            },

            Self::Expires(at) => return Cow::Owned(zone.told("expires ", *at, now)),
            Self::WithinLeeway { at, leeway } => format!(
                "expired {}, within the leeway of {}",
                distance(*at, now),
                counted(leeway.unsigned_abs(), "second")
            ),
            Self::Expired { at, clock } => {
                format!(
                    "expired {}, at {}{}",
                    distance(*at, now),
                    zone.date(*at),
                    clock_words(*clock)
                )
            }
            Self::NotBefore(at) => return Cow::Owned(zone.told("may be used since ", *at, now)),
            Self::Issued(at) => return Cow::Owned(zone.told("issued ", *at, now)),
            Self::Ahead { claim, at, clock } => {
                let verb = if *claim == "nbf" {
                    "may be used only"
                } else {
                    "was issued"
                };
                format!(
                    "{verb} {}, at {}{}",
                    distance(*at, now),
                    zone.date(*at),
                    clock_words(*clock)
                )
            }

            Self::Subject(sub) => format!("`{sub}`"),
            Self::EmptySubject => return Cow::Borrowed("`sub` is empty"),
            Self::ControlInSubject => return Cow::Borrowed("`sub` holds a control character"),
            Self::Equal(text) => format!("`{text}`"),
            Self::Other {
                claim,
                is: Some(is),
                wanted,
            } => format!("`{claim}` is `{is}`, not `{wanted}`"),
            Self::Other { claim, wanted, .. } => match *claim {
                "aud" => format!("`{wanted}` is not in `aud`"),
                claim => format!("`{claim}` is not `{wanted}`"),
            },
            Self::Access(until) => return Cow::Owned(zone.told("until ", *until, now)),
            Self::AccessEnded(at) => format!("it ended {}, at {}", distance(*at, now), zone.date(*at)),
            Self::NoAccess(tool) => format!("no entitlement names `{tool}`"),
        };
        Cow::Owned(sentence)
    }
}

/// What follows a time that this machine's clock makes wrong.
fn clock_words(clock: Option<i64>) -> String {
    match clock {
        None => String::new(),
        Some(ahead) => {
            let direction = if ahead > 0 { "behind" } else { "ahead of" };
            format!("; your clock is {} s {direction} the server's", ahead.unsigned_abs())
        }
    }
}

impl Origin {
    /// What follows "the 2 keys": ` of https://…, fetched 4 minutes ago`.
    fn of(&self, now: i64) -> String {
        match &self.name {
            None => " of the set".into(),
            Some(name) => format!(" of {name}{}", self.age(now)),
        }
    }

    /// What follows "there is no key": ` in https://…, fetched 4 minutes ago`.
    fn among(&self, now: i64) -> String {
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
