//! JSON, read strictly (rule T3): what two readers could understand in two ways is refused while it is read.
//!
//! RFC 8259 leaves room: of two members with one name some readers take the first and some the last, a number beyond all
//! floats is infinity to one and an error to another, and a thousand brackets end a program's stack. A token that one
//! program accepts and another refuses is a hole in one of them, so nothing of that gets in here. The parser is
//! `serde_json`; what it would let through, the visitor below refuses at the place where it stands.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::str::Utf8Error;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The deepest nesting that is read, the outermost object counted as one.
const MAX_DEPTH: usize = 32;

/// The most of a member's name that an error repeats, in characters.
const MAX_NAME: usize = 40;

/// Objects with more members than this get an index of their names; below, comparing all of them is sooner done.
const FEW: usize = 16;

/// A JSON value that borrows its text from what was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// A JSON object: its members in their own order, no two of them with one name.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Reads bytes that are UTF-8 and one object and nothing else.
    pub fn read_bytes(bytes: &'a [u8]) -> Result<Self, Broken> {
        let text = std::str::from_utf8(bytes).map_err(|error| Broken::no_utf_8(bytes, &error))?;
        Self::read(text)
    }

    /// Reads a text that is one object and nothing else.
    pub fn read(text: &'a str) -> Result<Self, Broken> {
        let flaw = Cell::new(None);
        // Of what is text already the parser need not ask again whether each of its strings is.
        let mut reader = serde_json::Deserializer::from_str(text);
        let seed = Seed { depth: 0, flaw: &flaw };
        let read = seed
            .deserialize(&mut reader)
            .and_then(|value| reader.end().map(|()| value));
        match read {
            Ok(Json::Object(object)) => Ok(object),
            Ok(_) => Err(Broken::NotAnObject),
            Err(error) => Err(Broken::At {
                line: error.line(),
                column: error.column(),
                flaw: flaw.take(),
            }),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of a member that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The same object, as the rest of the world knows it.
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

impl Json<'_> {
    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
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

/// Why a text is not one JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// It is JSON of another kind.
    NotAnObject,
    /// It breaks here, counted from 1.
    At {
        line: usize,
        column: usize,
        /// What is wrong there, where it is more than the grammar.
        flaw: Option<Flaw>,
    },
}

impl Broken {
    /// Bytes that stop being UTF-8 somewhere.
    pub fn no_utf_8(bytes: &[u8], error: &Utf8Error) -> Self {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let is_break = |byte: &u8| *byte == b'\n';
        let last_line = good.rsplit(is_break).next().unwrap_or_default();
        Self::At {
            line: good.split(is_break).count(),
            column: last_line.len() + 1,
            flaw: None,
        }
    }
}

/// What the grammar allows and rule T3 does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Flaw {
    Duplicate(String),
    TooDeep,
}

/// What follows "it is not a JSON object".
impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::At { line, column, flaw } = self else {
            return Ok(());
        };
        match flaw {
            None => write!(f, ": it breaks at line {line}, column {column}"),
            Some(Flaw::Duplicate(name)) => {
                write!(f, ": member `{name}` is there twice, at line {line}, column {column}")
            }
            Some(Flaw::TooDeep) => write!(f, ": it nests deeper than {MAX_DEPTH}, at line {line}, column {column}"),
        }
    }
}

/// Reads one value at a depth.
#[derive(Clone, Copy)]
struct Seed<'f> {
    depth: usize,
    flaw: &'f Cell<Option<Flaw>>,
}

impl Seed<'_> {
    /// The seed of what is nested in the value that begins.
    fn below<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return self.refuse(Flaw::TooDeep);
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    fn refuse<T, E: serde::de::Error>(self, flaw: Flaw) -> Result<T, E> {
        self.flaw.set(Some(flaw));
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
                return self.refuse(Flaw::Duplicate(name.chars().take(MAX_NAME).collect()));
            }
            let value = members.next_value_seed(below)?;
            object.0.push((name, value));
        }
        Ok(Json::Object(object))
    }
}

/// Reads the name of a member.
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

    fn broken(text: &str) -> String {
        Object::read(text).unwrap_err().to_string()
    }

    #[test]
    fn t3_two_members_with_one_name_are_refused_at_any_depth_and_in_any_spelling() {
        assert_eq!(
            broken(r#"{"exp":1,"exp":2}"#),
            ": member `exp` is there twice, at line 1, column 14"
        );
        assert!(broken(r#"{"exp":1,"\u0065xp":2}"#).contains("member `exp`"));
        assert!(broken(r#"{"a":[{"b":{"c":1,"d":2,"c":3}}]}"#).contains("member `c`"));
        let many: String = (0..100).map(|n| format!("\"n{n}\":{n},")).collect();
        assert!(Object::read(&format!("{{{many}\"last\":1}}")).is_ok());
        assert!(broken(&format!("{{{many}\"n7\":1}}")).contains("member `n7`"));
        assert!(broken(&format!("{{{many}\"n99\":1}}")).contains("member `n99`"));
        assert!(Object::read(r#"{"a":{"x":1},"b":{"x":1},"A":1}"#).is_ok());
    }

    #[test]
    fn t3_nesting_ends_at_32() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(Object::read(&nested(32)).is_ok());
        assert!(broken(&nested(33)).contains("deeper than 32"));
        let lists = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(Object::read(&lists(31)).is_ok());
        assert!(broken(&lists(32)).contains("deeper than 32"));
        assert!(broken(&lists(100_000)).contains("deeper than 32"));
    }

    #[test]
    fn t3_an_object_in_utf_8_and_nothing_else() {
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
    fn t3_what_is_no_utf_8_breaks_where_it_stops_being_it() {
        for (bytes, place) in [
            (&b"\xff"[..], ": it breaks at line 1, column 1"),
            (b"{\n\"a\":\xc3\x28}", ": it breaks at line 2, column 5"),
            (b"{}\n\xed\xa0\x80", ": it breaks at line 2, column 1"),
        ] {
            assert_eq!(Object::read_bytes(bytes).unwrap_err().to_string(), place);
        }
    }

    #[test]
    fn an_object_is_the_same_to_the_rest_of_the_world() {
        let text = br#"{"b":1,"a":[null,true,-2,2.5,18446744073709551615,"x\n",{"z":{}}]}"#;
        let object = Object::read_bytes(text).unwrap();
        let map: Map<String, Value> = serde_json::from_slice(text).unwrap();
        assert_eq!(object.to_map(), map);
        assert_eq!(Object::from(&map), object);
        assert!(object.to_map().keys().eq(["b", "a"]));
    }
}
