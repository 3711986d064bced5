//! Strict JSON (rule T3): input that two parsers could interpret differently is refused while it is parsed.
//!
//! RFC 8259 leaves room: of two members with the same name some parsers take the first and some the last, a number that
//! overflows a float is infinity to one and an error to another, and deep nesting overflows a stack. A token that one
//! program accepts and another refuses is a vulnerability in one of them, so all of that is refused here. The parser is
//! `serde_json`; what it accepts and T3 does not, the visitor below refuses with its position.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::str::Utf8Error;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::json_text::numbers;

/// The deepest nesting that is read, the outermost object counted as one.
const MAX_DEPTH: usize = 32;

/// The longest part of a member's name that an error repeats, in characters.
const MAX_NAME: usize = 40;

/// Objects with more members than this get an index of their names; below it, comparing all names is faster.
const FEW: usize = 16;

/// A JSON value that borrows its strings from the input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    /// A number whose value does not say how it was written.
    Exact(Box<Exact<'a>>),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// A number as it was written: beyond 64 bits, or with more digits than a float has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exact<'a> {
    pub text: &'a str,
    /// The nearest float.
    pub value: Number,
}

/// A JSON object: its members in their original order, no two with the same name.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Parses bytes that are one JSON object in UTF-8 and nothing else.
    pub fn read_bytes(bytes: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(bytes).map_err(|error| JsonError::not_utf_8(bytes, &error))?;
        Self::read(text)
    }

    /// Parses a text that is one JSON object and nothing else.
    pub fn read(text: &'a str) -> Result<Self, JsonError> {
        let (violation, has_floats) = (Cell::new(None), Cell::new(false));
        // From a `str` the parser need not check each string for UTF-8 again.
        let mut reader = serde_json::Deserializer::from_str(text);
        let seed = Seed {
            depth: 0,
            violation: &violation,
            has_floats: &has_floats,
        };
        let read = seed
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value));
        match read {
            Ok(Json::Object(mut object)) => {
                // Few tokens have such a number, and only they are looked through again.
                if has_floats.get() {
                    let mut numbers = numbers(text);
                    object.0.iter_mut().for_each(|(_, value)| value.keep_text(&mut numbers));
                }
                Ok(object)
            }
            Ok(_) => Err(JsonError::NotAnObject),
            Err(error) => Err(JsonError::At {
                line: error.line(),
                column: error.column(),
                violation: violation.take(),
            }),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of a string member.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The same object as a `serde_json` map.
    pub fn to_map(&self) -> Map<String, Value> {
        let member = |(name, value): &(Cow<'a, str>, Json<'a>)| (name.clone().into_owned(), value.to_value());
        self.0.iter().map(member).collect()
    }
}

impl<'a> From<&'a Map<String, Value>> for Object<'a> {
    fn from(map: &'a Map<String, Value>) -> Self {
        let member = |(name, value): (&'a String, &'a Value)| (Cow::Borrowed(name.as_str()), Json::from(value));
        Self(map.iter().map(member).collect())
    }
}

impl<'a> Json<'a> {
    /// Gives each number that a float does not write as it was written its text; `numbers` are those of the whole text, which
    /// come in the order of the values.
    fn keep_text(&mut self, numbers: &mut impl Iterator<Item = &'a str>) {
        match self {
            Self::Number(value) => {
                if let Some(text) = numbers.next()
                    && value.is_f64()
                    && value.to_string() != text
                {
                    let value = value.clone();
                    *self = Self::Exact(Box::new(Exact { text, value }));
                }
            }
            Self::List(list) => list.iter_mut().for_each(|item| item.keep_text(numbers)),
            Self::Object(object) => object.0.iter_mut().for_each(|(_, value)| value.keep_text(numbers)),
            Self::Null | Self::Bool(_) | Self::Exact(_) | Self::Text(_) => {}
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Exact(number) => Value::Number(number.value.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::List(list) => Value::Array(list.iter().map(Self::to_value).collect()),
            Self::Object(object) => Value::Object(object.to_map()),
        }
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(list) => Self::List(list.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(Object::from(map)),
        }
    }
}

/// Why a text is not a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JsonError {
    /// It is another JSON value.
    NotAnObject,
    /// It is invalid at this position, counted from 1.
    At {
        line: usize,
        column: usize,
        /// What is wrong there, if it is not the grammar.
        violation: Option<Violation>,
    },
}

impl JsonError {
    /// Bytes that are not UTF-8.
    pub fn not_utf_8(bytes: &[u8], error: &Utf8Error) -> Self {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let is_break = |byte: &u8| *byte == b'\n';
        let last_line = good.rsplit(is_break).next().unwrap_or_default();
        Self::At {
            line: good.split(is_break).count(),
            column: last_line.len() + 1,
            violation: None,
        }
    }
}

/// What the grammar allows and rule T3 forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Violation {
    Duplicate(String),
    TooDeep,
}

/// What follows "it is not a JSON object".
impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::At {
            line,
            column,
            violation,
        } = self
        else {
            return Ok(());
        };
        match violation {
            None => write!(f, ": invalid JSON at line {line}, column {column}"),
            Some(Violation::Duplicate(name)) => {
                write!(f, ": duplicate member `{name}` at line {line}, column {column}")
            }
            Some(Violation::TooDeep) => write!(f, ": nested deeper than {MAX_DEPTH} at line {line}, column {column}"),
        }
    }
}

/// Parses one value at a depth.
#[derive(Clone, Copy)]
struct Seed<'f> {
    depth: usize,
    violation: &'f Cell<Option<Violation>>,
    /// Whether there is a number that is no integer of 64 bits.
    has_floats: &'f Cell<bool>,
}

impl Seed<'_> {
    /// The seed for the values nested in the one that begins.
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return self.refuse(Violation::TooDeep);
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    fn refuse<T, E: serde::de::Error>(self, violation: Violation) -> Result<T, E> {
        self.violation.set(Some(violation));
        Err(E::custom("refused"))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json<'de>, E> {
        self.has_floats.set(true);
        Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| E::custom("no finite number"))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
        let below = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json<'de>, A::Error> {
        let below = self.below()?;
        let mut object = Object(Vec::with_capacity(8));
        let mut names = HashSet::new();
        while let Some(name) = members.next_key_seed(Name)? {
            let known = if object.0.len() < FEW {
                object.has(&name)
            } else {
                if names.is_empty() {
                    names.extend(object.0.iter().map(|(name, _)| name.clone()));
                }
                !names.insert(name.clone())
            };
            if known {
                return self.refuse(Violation::Duplicate(name.chars().take(MAX_NAME).collect()));
            }
            let value = members.next_value_seed(below)?;
            object.0.push((name, value));
        }
        Ok(Json::Object(object))
    }
}

/// Parses the name of a member.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        Object::read(text).unwrap_err().to_string()
    }

    #[test]
    fn t3_duplicate_members_are_refused_at_any_depth_and_however_they_are_escaped() {
        assert_eq!(
            error_of(r#"{"exp":1,"exp":2}"#),
            ": duplicate member `exp` at line 1, column 14"
        );
        assert!(error_of(r#"{"exp":1,"\u0065xp":2}"#).contains("member `exp`"));
        assert!(error_of(r#"{"a":[{"b":{"c":1,"d":2,"c":3}}]}"#).contains("member `c`"));
        let many: String = (0..100).map(|n| format!("\"n{n}\":{n},")).collect();
        assert!(Object::read(&format!("{{{many}\"last\":1}}")).is_ok());
        assert!(error_of(&format!("{{{many}\"n7\":1}}")).contains("member `n7`"));
        assert!(error_of(&format!("{{{many}\"n99\":1}}")).contains("member `n99`"));
        assert!(Object::read(r#"{"a":{"x":1},"b":{"x":1},"A":1}"#).is_ok());
    }

    #[test]
    fn t3_nesting_is_limited_to_32() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(Object::read(&nested(32)).is_ok());
        assert!(error_of(&nested(33)).contains("deeper than 32"));
        let lists = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(Object::read(&lists(31)).is_ok());
        assert!(error_of(&lists(32)).contains("deeper than 32"));
        assert!(error_of(&lists(100_000)).contains("deeper than 32"));
    }

    #[test]
    fn t3_only_one_object_in_utf_8_is_accepted() {
        for good in [&b"{}"[..], b" \t\r\n{\"a\" : [ 1 , -0.5e-7, \"\\ud83d\\ude00\" ] }\n "] {
            assert!(Object::read_bytes(good).is_ok(), "{good:?}");
        }
        for bad in [
            &b""[..],
            b"[]",
            b"null",
            b"\xef\xbb\xbf{}",
            b"{}\0",
            b"{} {}",
            b"{\"a\":1e400}",
            b"{\"a\":NaN}",
            b"{\"a\":-Infinity}",
            b"{\"a\":\"\xff\"}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":01}",
            b"{\"a\":1,}",
            b"{'a':1}",
            b"{\"a\":\"\n\"}",
        ] {
            assert!(Object::read_bytes(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn t3_invalid_utf_8_is_reported_at_its_position() {
        for (bytes, line, column) in [
            (&b"\xff"[..], 1, 1),
            (b"{\n\"a\":\xc3\x28}", 2, 5),
            (b"{}\n\xed\xa0\x80", 2, 1),
            (b"{\n\"ab\":\"\xff\"}", 2, 7),
            (b"{}\n\n\xff", 3, 1),
        ] {
            let error = Object::read_bytes(bytes).unwrap_err();
            let place = format!(": invalid JSON at line {line}, column {column}");
            assert_eq!(error.to_string(), place, "{bytes:?}");
            let at = JsonError::At {
                line,
                column,
                violation: None,
            };
            assert_eq!(error, at, "{bytes:?}");
        }
    }

    #[test]
    fn a_number_that_no_float_writes_as_it_stands_keeps_its_text() {
        let text = r#"{"a":{"n":[1,100000000000000000000000000001,"9e9"]},"d":0.1000000000000000055,"e":2.5,"f":-7}"#;
        let object = Object::read(text).unwrap();
        let exact = |value: Option<&Json<'_>>| match value {
            Some(Json::Exact(exact)) => exact.text.to_owned(),
            other => panic!("{other:?}"),
        };
        assert_eq!(exact(object.get("d")), "0.1000000000000000055");
        assert_eq!(object.get("e"), Some(&Json::Number(Number::from_f64(2.5).unwrap())));
        assert_eq!(object.get("f"), Some(&Json::Number((-7).into())));
        let Some(Json::Object(inner)) = object.get("a") else {
            panic!()
        };
        let Some(Json::List(list)) = inner.get("n") else {
            panic!()
        };
        assert_eq!(exact(list.get(1)), "100000000000000000000000000001");
        assert_eq!(list[2], Json::Text("9e9".into()));
        assert_eq!(
            object.to_map(),
            serde_json::from_str::<Map<String, Value>>(text).unwrap()
        );
    }

    #[test]
    fn an_object_converts_to_the_same_serde_json_map() {
        let text = br#"{"b":1,"a":[null,true,-2,2.5,18446744073709551615,"x\n",{"z":{}}]}"#;
        let object = Object::read_bytes(text).unwrap();
        let map: Map<String, Value> = serde_json::from_slice(text).unwrap();
        assert_eq!(object.to_map(), map);
        assert_eq!(Object::from(&map), object);
        assert!(object.to_map().keys().eq(["b", "a"]));
    }
}
