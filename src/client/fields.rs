//! Reads the members of a response, with errors that name the member and its type and never its value, which may be a
//! token.

use serde_json::{Map, Value};

use crate::error::AuthError;
use crate::http::invalid_response;

/// The members of one response; `what` is the call, as errors name it.
pub(super) struct Fields<'a> {
    pub what: &'static str,
    pub object: &'a Map<String, Value>,
}

impl Fields<'_> {
    /// A string that is required and not empty.
    pub fn required_text(&self, name: &str) -> Result<String, AuthError> {
        match self.object.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(Value::String(_)) => Err(self.wrong(&format!("`{name}` is empty"))),
            other => Err(self.unexpected(name, "a string", other)),
        }
    }

    /// A string that may be absent or null.
    pub fn text_or(&self, name: &str, default: &str) -> Result<String, AuthError> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(default.to_owned()),
            Some(Value::String(text)) => Ok(text.clone()),
            other => Err(self.unexpected(name, "a string", other)),
        }
    }

    /// A required string, or an integer as its decimal digits: tool IDs come as both.
    pub fn required_id(&self, name: &str) -> Result<String, AuthError> {
        match self.object.get(name) {
            Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
            _ => self.required_text(name),
        }
    }

    /// A number of seconds that may be absent or null: an integer that is not negative, or its digits in a string, as some
    /// servers send it.
    pub fn seconds_or(&self, name: &str, default: u64) -> Result<u64, AuthError> {
        let number = match self.object.get(name) {
            None | Some(Value::Null) => Some(default),
            Some(Value::Number(number)) => number.as_u64().or_else(|| whole(number.as_f64()?)),
            Some(Value::String(digits)) => digits.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.unexpected(name, "a number of seconds", self.object.get(name)))
    }

    /// A required integer; `30.0` is one as well.
    pub fn required_integer(&self, name: &str) -> Result<i64, AuthError> {
        self.object
            .get(name)
            .and_then(|value| value.as_i64().or_else(|| i64::try_from(whole(value.as_f64()?)?).ok()))
            .ok_or_else(|| self.unexpected(name, "an integer", self.object.get(name)))
    }

    /// A boolean that may be absent or null.
    pub fn flag_or(&self, name: &str, default: bool) -> Result<bool, AuthError> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            other => Err(self.unexpected(name, "true or false", other)),
        }
    }

    /// A token: text that can be sent in a header and a form (RFC 6749 Appendix A.12).
    pub fn token(&self, name: &str, text: String) -> Result<crate::Secret, AuthError> {
        let token = crate::Secret::from(text);
        if token.is_sendable() {
            Ok(token)
        } else {
            Err(self.wrong(&format!("`{name}` contains characters that a token cannot have")))
        }
    }

    fn unexpected(&self, name: &str, expected: &str, found: Option<&Value>) -> AuthError {
        match found {
            None => self.wrong(&format!("`{name}` is missing")),
            Some(value) => self.wrong(&format!("`{name}` is {}, not {expected}", kind(value))),
        }
    }

    fn wrong(&self, why: &str) -> AuthError {
        invalid_response(self.what, why)
    }
}

fn whole(number: f64) -> Option<u64> {
    // From 2^53 on, an f64 does not represent every integer.
    (number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number)).then_some(number as u64)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number out of range",
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
            let fields = Fields {
                what: "redemption",
                object: &object,
            };
            fields.required_integer("days").ok()
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
}
