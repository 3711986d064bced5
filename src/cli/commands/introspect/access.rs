//! Whether the user of a token may use a tool, until when, and why not.

use serde::Serialize;

use crate::TokenPayload;
use crate::cli::output::time;

/// The decision about one tool.
#[derive(Debug, Serialize)]
pub struct Access {
    tool_id: String,
    granted: bool,
    /// When the last entitlement to the tool expires or has expired, in Unix seconds.
    expires_at: Option<i64>,
    /// Why there is no access; `None` where there is.
    reason: Option<Reason>,
}

/// Why there is no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Reason {
    /// The token is not active.
    Inactive,
    /// No entitlement names the tool.
    Missing,
    /// Every entitlement to the tool has expired.
    Expired,
}

impl Access {
    /// The decision for the claims of an active token; `None` are those of one that is not.
    pub fn decide(tool_id: &str, payload: Option<&TokenPayload>, now: i64) -> Self {
        let expires_at = payload.and_then(|payload| payload.access_until(tool_id));
        let reason = match (payload, expires_at) {
            (None, _) => Some(Reason::Inactive),
            (Some(_), None) => Some(Reason::Missing),
            (Some(_), Some(at)) if at <= now => Some(Reason::Expired),
            (Some(_), Some(_)) => None,
        };
        Self {
            tool_id: tool_id.to_owned(),
            granted: reason.is_none(),
            expires_at,
            reason,
        }
    }

    pub fn is_granted(&self) -> bool {
        self.granted
    }

    /// The decision for a person.
    pub fn describe(&self, now: i64) -> String {
        let tool = &self.tool_id;
        match self.reason {
            None => format!("{tool}: granted"),
            Some(Reason::Inactive) => format!("{tool}: no access: the token is not active"),
            Some(Reason::Missing) => format!("{tool}: no access: no entitlement names it"),
            Some(Reason::Expired) => {
                let at = time::moment(self.expires_at.unwrap_or_default(), now);
                format!("{tool}: no access: it expired {at}")
            }
        }
    }
}
