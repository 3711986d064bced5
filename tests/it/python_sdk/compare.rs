//! The differences between the two sides: the outcome of an answer, and the requests that were sent for it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Case;
use super::departures::HEADERS;
use super::run::{Observed, Outcome};
use super::script::Script;

/// What the SDK has and what we have, in words.
pub type Difference = (String, String);

/// Every difference between the two sides in one case.
pub fn differences(case: &Case, theirs: &Observed, ours: &Observed) -> Vec<Difference> {
    let mut found = Vec::new();
    // Without this, two sides that both did nothing would be alike.
    let expected = usize::from(!matches!(case.script, Script::Refused));
    assert_eq!(ours.requests.len(), expected, "{} `{}`", case.call.name(), case.name);
    if case.name == "good" || case.name.starts_with("input: ") {
        let both = [&theirs.outcome, &ours.outcome].map(Outcome::short);
        assert_eq!(both, ["accepted", "accepted"], "{} `{}`", case.call.name(), case.name);
    }
    let (often, once) = (theirs.requests.len(), ours.requests.len());
    match outcome(case, &theirs.outcome, &ours.outcome) {
        // Nothing of ours is sent twice (rule N6).
        Some((theirs, ours)) if often > once => found.push((format!("{theirs} after {often} requests"), ours)),
        difference => {
            found.extend(difference);
            if often != once {
                found.push((format!("{often} requests"), format!("{once} requests")));
            }
        }
    }
    for pair in theirs.requests.iter().zip(&ours.requests) {
        found.extend(request(pair.0, pair.1));
    }
    found
}

fn outcome(case: &Case, theirs: &Outcome, ours: &Outcome) -> Option<Difference> {
    match (theirs, ours) {
        (Outcome::Fields(theirs), Outcome::Fields(ours)) => {
            let differing: Vec<&str> = case
                .call
                .fields()
                .iter()
                .copied()
                .filter(|name| member(theirs, name) != member(ours, name))
                .collect();
            let described = |fields| {
                let members: Vec<String> = differing
                    .iter()
                    .map(|name| format!("{name}={}", member(fields, name)))
                    .collect();
                members.join(" ")
            };
            (!differing.is_empty()).then(|| (described(theirs), described(ours)))
        }
        (
            Outcome::Failed { code, status, message },
            Outcome::Failed {
                code: our_code,
                status: our_status,
                message: our_message,
            },
        ) if (code, status) == (our_code, our_status) => {
            // Where the SDK repeats the server's own words, ours has to hold them as well.
            let own = |prefix: &&str| message.starts_with(*prefix);
            let words = !OWN_WORDS.iter().any(own) && !our_message.contains(message.as_str());
            // What ours begin with is the name of the call.
            let reason = our_message
                .split_once(": ")
                .map_or(our_message.as_str(), |(_, reason)| reason);
            words.then(|| (format!("says {message}"), format!("says {reason}")))
        }
        _ => Some((theirs.short(), ours.short())),
    }
}

/// How the SDK's own messages begin.
const OWN_WORDS: &[&str] = &[
    "Code exchange failed: ",
    "Token refresh failed: ",
    "Redemption failed: ",
    "Introspection failed: ",
    "Network error: ",
    "Request timed out: ",
    "Invalid response format: ",
    "Invalid token response format: ",
];

/// A member, null where there is none.
fn member<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a Value {
    fields.get(name).unwrap_or(&Value::Null)
}

impl Outcome {
    fn short(&self) -> String {
        match self {
            Self::Fields(_) => "accepted".into(),
            Self::Failed { code, status, .. } => format!("{code} {status}"),
            Self::Raised(class) => format!("raises {class}"),
        }
    }
}

/// Two requests, byte for byte but for the port in `Host` and the headers that are known to differ.
fn request(theirs: &str, ours: &str) -> Vec<Difference> {
    let (their_head, their_body) = theirs.split_once("\r\n\r\n").unwrap();
    let (our_head, our_body) = ours.split_once("\r\n\r\n").unwrap();
    let (their_line, mut their_headers) = head(their_head);
    let (our_line, mut our_headers) = head(our_head);
    let mut found = Vec::new();
    for (name, theirs, ours, _) in HEADERS {
        let pair = (their_headers.remove(*name), our_headers.remove(*name));
        if (pair.0.as_deref(), pair.1.as_deref()) != (*theirs, *ours) {
            found.push((format!("{name}: {:?}", pair.0), format!("{name}: {:?}", pair.1)));
        }
    }
    if their_body != our_body {
        // Their lengths may differ with them, and have to be right.
        for (headers, body) in [(&mut their_headers, their_body), (&mut our_headers, our_body)] {
            assert_eq!(headers.remove("content-length"), Some(body.len().to_string()));
        }
    }
    found.extend(differing(their_line, our_line));
    found.extend(differing(&format!("{their_headers:?}"), &format!("{our_headers:?}")));
    let (their_fields, our_fields) = (their_body.split('&'), our_body.split('&'));
    if their_fields.clone().count() == our_fields.clone().count() {
        found.extend(
            their_fields
                .zip(our_fields)
                .filter_map(|(theirs, ours)| differing(theirs, ours)),
        );
    } else {
        found.extend(differing(their_body, our_body));
    }
    found
}

fn differing(theirs: &str, ours: &str) -> Option<Difference> {
    (theirs != ours).then(|| (theirs.to_owned(), ours.to_owned()))
}

/// The request line, and the headers by their names in lower case; a header that is there twice has both values.
fn head(text: &str) -> (&str, BTreeMap<String, String>) {
    let (line, rest) = text.split_once("\r\n").unwrap();
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for header in rest.split("\r\n") {
        let (name, value) = header.split_once(": ").unwrap();
        let (name, value) = (name.to_ascii_lowercase(), value.to_owned());
        let value = match name.as_str() {
            // Each side has a server of its own.
            "host" => value.replace(|c: char| c.is_ascii_digit(), "0"),
            // The SDK names no version of what it sends with.
            "user-agent" => value.split('/').next().unwrap_or_default().to_owned(),
            _ => value,
        };
        headers
            .entry(name)
            .and_modify(|values| *values += &format!(" and {value}"))
            .or_insert(value);
    }
    (line, headers)
}
