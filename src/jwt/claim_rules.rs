//! The rules for the claims: times (T12), subject, issuer and audience (T13), and access to the tool (T14).

use std::sync::Arc;

use super::claims::{access_until, seconds};
use super::findings::{CheckOutcome, Finding, fail, skip};
use super::json::{Json, Object};
use super::key_set::KeySet;
use super::policy::Policy;
use super::verdict::CheckName;

/// The outcomes of the checks of the claims. The key set only says how far its server's clock is off.
pub(super) fn check(
    claims: &Object<'_>,
    policy: &Policy,
    set: Option<&KeySet>,
    now: i64,
) -> [(CheckName, CheckOutcome); 7] {
    let clock = Clock {
        now,
        leeway: policy.leeway,
        server_ahead: set.map_or(0, |set| set.origin.clock_ahead),
    };
    [
        (CheckName::Expiry, clock.expiry(claims)),
        (CheckName::NotBefore, clock.not_ahead(claims, "nbf", Finding::NotBefore)),
        (CheckName::IssuedAt, clock.not_ahead(claims, "iat", Finding::Issued)),
        (CheckName::Subject, subject(claims)),
        (CheckName::Issuer, issuer(claims, policy.issuer.as_ref())),
        (CheckName::Audience, audience(claims, policy.audience.as_ref())),
        (CheckName::Access, access(claims, policy.tool.as_ref(), now)),
    ]
}

/// This machine's clock, and how far it may be off.
struct Clock {
    now: i64,
    leeway: i64,
    /// How far the key server's clock is ahead of this one.
    server_ahead: i64,
}

impl Clock {
    /// `now - leeway >= exp` refuses.
    fn expiry(&self, claims: &Object<'_>) -> CheckOutcome {
        match claims.get("exp") {
            None => fail(Finding::Missing("exp")),
            Some(exp) => match seconds(exp) {
                None => fail(Finding::NotNumber("exp")),
                Some(at) if at > self.now => Ok(Finding::Expires(at)),
                Some(at) if at > self.now.saturating_sub(self.leeway) => Ok(Finding::WithinLeeway {
                    at,
                    leeway: self.leeway,
                }),
                Some(at) => fail(Finding::Expired {
                    at,
                    clock: self.clock_that_explains(|clock| at > clock.saturating_sub(self.leeway)),
                }),
            },
        }
    }

    /// A moment later than `now + leeway` refuses.
    fn not_ahead(&self, claims: &Object<'_>, name: &'static str, finding: fn(i64) -> Finding) -> CheckOutcome {
        match claims.get(name) {
            None => skip(Finding::NotPresent(name)),
            Some(value) => match seconds(value) {
                None => fail(Finding::NotNumber(name)),
                Some(at) if at <= self.now.saturating_add(self.leeway) => Ok(finding(at)),
                Some(at) => fail(Finding::InFuture {
                    claim: name,
                    at,
                    clock: self.clock_that_explains(|clock| at <= clock.saturating_add(self.leeway)),
                }),
            },
        }
    }

    /// How far the key server's clock is ahead of this machine's, where a check would hold by the server's.
    fn clock_that_explains(&self, holds: impl Fn(i64) -> bool) -> Option<i64> {
        (self.server_ahead != 0 && holds(self.now.saturating_add(self.server_ahead))).then_some(self.server_ahead)
    }
}

/// Rule T14: an entitlement to the tool that expires after `now`.
fn access(claims: &Object<'_>, tool: Option<&Arc<str>>, now: i64) -> CheckOutcome {
    let Some(tool) = tool else {
        return skip(Finding::NotRequired("no tool is required"));
    };
    match access_until(claims, tool) {
        Some(until) if until > now => Ok(Finding::Access(until)),
        Some(until) => fail(Finding::AccessExpired(until)),
        None => fail(Finding::NoAccess(tool.clone())),
    }
}

fn subject(claims: &Object<'_>) -> CheckOutcome {
    match claims.get("sub") {
        None => fail(Finding::Missing("sub")),
        Some(Json::Text(sub)) if sub.is_empty() => fail(Finding::EmptySubject),
        Some(Json::Text(sub)) if sub.contains(char::is_control) => fail(Finding::ControlCharacterInSubject),
        Some(Json::Text(sub)) => Ok(Finding::Subject((&**sub).into())),
        Some(_) => fail(Finding::NotString("sub")),
    }
}

fn issuer(claims: &Object<'_>, wanted: Option<&Arc<str>>) -> CheckOutcome {
    let Some(wanted) = wanted else {
        return skip(Finding::NotRequired("no issuer is required"));
    };
    match claims.get("iss") {
        None => fail(Finding::Missing("iss")),
        Some(Json::Text(iss)) if **iss == **wanted => Ok(Finding::Matches(wanted.clone())),
        Some(Json::Text(iss)) => fail(Finding::Mismatch {
            claim: "iss",
            is: Some((&**iss).into()),
            wanted: wanted.clone(),
        }),
        Some(_) => fail(Finding::NotString("iss")),
    }
}

fn audience(claims: &Object<'_>, wanted: Option<&Arc<str>>) -> CheckOutcome {
    let Some(wanted) = wanted else {
        return skip(Finding::NotRequired("no audience is required"));
    };
    let other = |is: Option<&str>| {
        fail(Finding::Mismatch {
            claim: "aud",
            is: is.map(Into::into),
            wanted: wanted.clone(),
        })
    };
    match claims.get("aud") {
        None => fail(Finding::Missing("aud")),
        Some(Json::Text(aud)) if **aud == **wanted => Ok(Finding::Matches(wanted.clone())),
        Some(Json::Text(aud)) => other(Some(aud)),
        Some(Json::List(list)) => {
            let mut holds = false;
            for member in list {
                match member {
                    Json::Text(aud) => holds |= **aud == **wanted,
                    _ => return fail(Finding::NotStrings("aud")),
                }
            }
            if holds {
                Ok(Finding::Matches(wanted.clone()))
            } else {
                other(None)
            }
        }
        Some(_) => fail(Finding::NotStrings("aud")),
    }
}
