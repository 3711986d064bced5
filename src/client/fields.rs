//! Reads the members of a response, with errors that name the member and its type and never its value, which may be a
//! token.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::AuthError;
use crate::http::invalid_response;
use crate::json_text;
use crate::secret::Secret;

/// A member of a response that could not be read. It was left out, and the rest of the response was taken.
///
/// Displayed, it says which and why, without quoting the value: ``"`expires_in` is a string, not a number of seconds"``.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadMember {
    /// The name of the member.
    pub name: &'static str,
    /// What is wrong with it, after the name: `is empty`.
    reason: String,
}

impl fmt::Display for UnreadMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.name, self.reason)
    }
}

/// A member as it was read.
pub(super) type Read<T> = Result<T, UnreadMember>;

/// The members of one response; `what` is the call, as errors name it.
pub(super) struct Fields<'a> {
    what: &'static str,
    object: &'a Map<String, Value>,
    /// The text of the object, where it is known.
    text: &'a str,
    /// What could not be read and was left out.
    pub unread: Vec<UnreadMember>,
}

impl<'a> Fields<'a> {
    pub fn new(what: &'static str, object: &'a Map<String, Value>) -> Self {
        Self {
            what,
            object,
            text: "",
            unread: Vec::new(),
        }
    }

    /// The same with the text of the object, which has its numbers as they were written.
    pub fn written_as(self, text: &'a str) -> Self {
        Self { text, ..self }
    }

    /// A member that the response cannot be used without.
    pub fn required<T>(&self, read: Read<T>) -> Result<T, AuthError> {
        read.map_err(|unread| invalid_response(self.what, &unread.to_string()))
    }

    /// A member that is left out where it cannot be read.
    pub fn or<T>(&mut self, read: Read<T>, default: T) -> T {
        read.unwrap_or_else(|unread| {
            self.unread.push(unread);
            default
        })
    }

    /// A string that has to be there.
    pub fn text(&self, name: &'static str) -> Read<String> {
        match self.object.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            other => Err(unexpected(name, "a string", other)),
        }
    }

    /// A string that has to be there and not empty.
    pub fn non_empty_text(&self, name: &'static str) -> Read<String> {
        match self.text(name)? {
            text if text.is_empty() => Err(unread(name, "is empty")),
            text => Ok(text),
        }
    }

    /// A string that may be absent or null.
    pub fn text_or(&self, name: &'static str, default: &str) -> Read<String> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(default.to_owned()),
            Some(_) => self.text(name),
        }
    }

    /// A string that is not empty, or an integer as its decimal digits: tool IDs come as both.
    pub fn id(&self, name: &'static str) -> Read<String> {
        match self.object.get(name) {
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
            // An integer of more than 64 bits.
            Some(Value::Number(_)) => match json_text::members(self.text).get(name) {
                Some(digits) if json_text::is_integer(digits) => Ok((*digits).to_owned()),
                _ => Err(unexpected(name, "a string or an integer", self.object.get(name))),
            },
            _ => self.non_empty_text(name),
        }
    }

    /// A number of seconds that may be absent or null, without its fraction, or the same in a string, as some servers send it.
    pub fn seconds(&self, name: &'static str) -> Read<u64> {
        let seconds = match self.object.get(name) {
            None | Some(Value::Null) => Some(0),
            Some(Value::Number(number)) => number.as_u64().or_else(|| exact(number.as_f64()?.trunc())),
            Some(Value::String(text)) => {
                let text = text.trim();
                text.parse().ok().or_else(|| exact(text.parse::<f64>().ok()?.trunc()))
            }
            _ => None,
        };
        seconds.ok_or_else(|| match self.object.get(name) {
            Some(Value::Number(_)) => unread(name, "is a number out of range"),
            other => unexpected(name, "a number of seconds", other),
        })
    }

    /// An integer that has to be there; `30.0` is one as well.
    pub fn integer(&self, name: &'static str) -> Read<i64> {
        let value = self.object.get(name);
        let whole = |number: f64| exact(number).filter(|_| number.fract() == 0.0);
        value
            .and_then(|value| value.as_i64().or_else(|| i64::try_from(whole(value.as_f64()?)?).ok()))
            .ok_or_else(|| unexpected(name, "an integer", value))
    }

    /// A boolean that may be absent or null.
    pub fn flag_or(&self, name: &'static str, default: bool) -> Read<bool> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            other => Err(unexpected(name, "true or false", other)),
        }
    }

    /// A token that has to be there: text that can be sent in a header and a form (RFC 6749 Appendix A.12).
    pub fn token(&self, name: &'static str) -> Read<Secret> {
        sendable(name, self.non_empty_text(name)?)
    }

    /// A token that may be absent, null or empty: it is empty then.
    pub fn token_or_none(&self, name: &'static str) -> Read<Secret> {
        sendable(name, self.text_or(name, "")?)
    }
}

fn sendable(name: &'static str, text: String) -> Read<Secret> {
    let token = Secret::from(text);
    match token.is_sendable() {
        true => Ok(token),
        false => Err(unread(name, "contains characters that a token cannot have")),
    }
}

fn unread(name: &'static str, reason: impl Into<String>) -> UnreadMember {
    UnreadMember {
        name,
        reason: reason.into(),
    }
}

fn unexpected(name: &'static str, expected: &str, found: Option<&Value>) -> UnreadMember {
    match found {
        None => unread(name, "is missing"),
        Some(value) => unread(name, format!("is {}, not {expected}", kind(value))),
    }
}

/// The integer that a float without a fraction is. From 2^53 on, an f64 does not represent every integer.
fn exact(number: f64) -> Option<u64> {
    (0.0..9_007_199_254_740_992.0)
        .contains(&number)
        .then_some(number as u64)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_number_may_be_spelled_with_a_point_and_nothing_else_is_one() {
        let read = |value: Value| {
            let object = Map::from_iter([("days".to_owned(), value)]);
            Fields::new("redemption", &object).integer("days").ok()
        };
        assert_eq!(read(json!(30)), Some(30));
        assert_eq!(read(json!(30.0)), Some(30));
        assert_eq!(read(json!(-1)), Some(-1));
        for wrong in [
            json!(30.5),
            json!(1e300),
            json!(u64::MAX),
            json!("30"),
            json!(true),
            Value::Null,
        ] {
            assert_eq!(read(wrong.clone()), None, "{wrong}");
        }
    }

    #[test]
    fn an_id_is_a_text_or_the_digits_of_an_integer_of_any_length() {
        for (id, read) in [
            (r#""ocr""#, Some("ocr")),
            ("7", Some("7")),
            ("100000000000000000000000000001", Some("100000000000000000000000000001")),
            ("1e30", None),
            ("1.5", None),
            (r#""""#, None),
            ("null", None),
        ] {
            let text = format!(r#"{{"tool_id":0, "tool_id": {id} }}"#);
            let object = serde_json::from_str(&text).unwrap();
            let fields = Fields::new("redemption", &object).written_as(&text);
            assert_eq!(fields.id("tool_id").ok().as_deref(), read, "{id}");
        }
    }

    #[test]
    fn a_number_of_seconds_loses_its_fraction_and_may_be_a_string() {
        let read = |value: Value| {
            let object = Map::from_iter([("expires_in".to_owned(), value)]);
            let mut fields = Fields::new("refresh", &object);
            let read = fields.seconds("expires_in");
            let seconds = fields.or(read, 0);
            (seconds, fields.unread.first().map(ToString::to_string))
        };
        for (value, seconds) in [
            (json!(900), 900),
            (json!(899.999), 899),
            (json!(0.5), 0),
            (json!("900"), 900),
            (json!(" 899.9 "), 899),
            (json!(1e9), 1_000_000_000),
            (Value::Null, 0),
        ] {
            assert_eq!(read(value.clone()), (seconds, None), "{value}");
        }
        for (value, reason) in [
            (json!(-1), "is a number out of range"),
            (json!(1e300), "is a number out of range"),
            (json!("soon"), "is a string, not a number of seconds"),
            (json!("inf"), "is a string, not a number of seconds"),
            (json!("-5"), "is a string, not a number of seconds"),
            (json!(true), "is true or false, not a number of seconds"),
            (json!([900]), "is a list, not a number of seconds"),
            (json!({"seconds": 900}), "is an object, not a number of seconds"),
        ] {
            assert_eq!(read(value), (0, Some(format!("`expires_in` {reason}"))));
        }
    }
}
