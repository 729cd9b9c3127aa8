//! Views of validated text: values, elements, members.

use core::fmt;

use super::number;
use super::string::JsonString;
use super::walk::{skip_value, skip_white};

/// The type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON has no other")]
pub enum Kind {
    /// The literal name `null`.
    Null,
    /// One of the literal names `true` and `false`.
    Bool,
    /// A number (RFC 8259 section 6).
    Number,
    /// A string (RFC 8259 section 7).
    String,
    /// An array (RFC 8259 section 5).
    Array,
    /// An object (RFC 8259 section 4).
    Object,
}

/// A value inside a text that [`parse`](super::parse) has validated.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    raw: &'a str,
    /// Whether it is a string with escapes.
    escaped: bool,
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Value").field(&self.kind()).finish()
    }
}

impl<'a> Value<'a> {
    /// Creates a view of validated text; `escaped` is whether it is a string with escapes.
    pub(crate) fn new(raw: &'a str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    pub(crate) fn is_escaped(self) -> bool {
        self.escaped
    }

    /// Returns the text of this value, as in the document.
    pub fn raw(self) -> &'a str {
        self.raw
    }

    /// Returns what kind of value it is, by its first byte.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.raw.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            Some(_) => Kind::Number,
        }
    }

    /// Returns the string, if it is one.
    #[inline]
    pub fn as_string(self) -> Option<JsonString<'a>> {
        if self.kind() != Kind::String {
            return None;
        }
        self.raw.get(1..self.raw.len() - 1).map(|inner| JsonString::new(inner, self.is_escaped()))
    }

    /// Returns the boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.raw {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Returns the number as a NumericDate (RFC 7519 section 2) in whole seconds, rounded up; `None` if it is not a
    /// number or outside -2^53 to 2^53, where JSON numbers are exact.
    ///
    /// Rounding up is exact for whole-second clocks: `now < exp` and `now >= nbf` have the same result with the
    /// fraction.
    pub fn seconds(self) -> Option<i64> {
        if self.kind() == Kind::Number { number::ceiling(self.raw) } else { None }
    }

    /// Returns the elements, if it is an array.
    pub fn elements(self) -> Option<Elements<'a>> {
        self.raw.strip_prefix('[').map(|rest| Elements { rest })
    }

    /// Returns the string itself, or the strings of the array.
    pub fn strings(self) -> impl Iterator<Item = JsonString<'a>> + use<'a> {
        self.elements().into_iter().flatten().chain(Some(self)).filter_map(Self::as_string)
    }

    /// Returns the members, if it is an object.
    pub fn members(self) -> Option<Members<'a>> {
        self.raw.strip_prefix('{').map(|rest| Members { rest })
    }

    /// Returns the member of this name, if it is an object with one.
    pub fn get(self, name: &str) -> Option<Self> {
        self.members()?.find(|(member, _)| member.equals(name)).map(|(_, value)| value)
    }
}

/// Removes the value at the beginning of validated text; `None` at the end of a container.
#[inline]
fn take_value<'a>(rest: &mut &'a str) -> Option<Value<'a>> {
    let text = skip_white(rest);
    let (length, escaped) = skip_value(text.as_bytes());
    let (raw, after) = text.split_at_checked(length)?;
    if raw.is_empty() {
        return None;
    }
    let after = skip_white(after);
    *rest = after.strip_prefix(',').unwrap_or(after);
    Some(Value::new(raw, escaped))
}

/// The elements of an array.
#[derive(Clone)]
pub struct Elements<'a> {
    rest: &'a str,
}

impl fmt::Debug for Elements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elements").finish_non_exhaustive()
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        take_value(&mut self.rest)
    }
}

/// The members of an object, in the order of the text.
#[derive(Clone)]
pub struct Members<'a> {
    pub(super) rest: &'a str,
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").finish_non_exhaustive()
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (JsonString<'a>, Value<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let text = skip_white(self.rest);
        let (length, escaped) = skip_value(text.as_bytes());
        let (raw, after) = text.split_at_checked(length)?;
        let name = Value::new(raw, escaped).as_string()?;
        self.rest = skip_white(after).strip_prefix(':')?;
        Some((name, take_value(&mut self.rest)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json::parse;

    #[test]
    fn values_are_found_where_they_stand() {
        let value =
            parse(br#" { "a" : [ 1 , "x\u0041" , {"b":[]} , [] , {} ] , "c":true,"d":null, "" : -0.5e1 } "#).unwrap();
        let mut elements = value.get("a").unwrap().elements().unwrap();
        assert_eq!(elements.next().unwrap().seconds(), Some(1));
        assert!(elements.next().unwrap().as_string().unwrap().equals("xA"));
        assert_eq!(elements.next().unwrap().get("b").unwrap().elements().unwrap().count(), 0);
        assert_eq!(elements.next().unwrap().raw(), "[]");
        assert_eq!(elements.next().unwrap().members().unwrap().count(), 0);
        assert!(elements.next().is_none());
        assert_eq!(value.get("c").unwrap().as_bool(), Some(true));
        assert_eq!(value.get("d").unwrap().kind(), Kind::Null);
        assert_eq!(value.get("").unwrap().seconds(), Some(-5));
        assert_eq!(value.members().unwrap().count(), 4);
    }

    #[test]
    fn what_a_string_holds_ends_no_container() {
        let value = parse(br#"{"a":{"b":"}"},"c":["]","\"]"],"d":{"}\\":"{["},"e":1}"#).unwrap();
        assert_eq!(value.get("a").unwrap().raw(), r#"{"b":"}"}"#);
        assert_eq!(value.get("c").unwrap().raw(), r#"["]","\"]"]"#);
        assert_eq!(value.get("d").unwrap().raw(), r#"{"}\\":"{["}"#);
        assert_eq!(value.get("e").and_then(Value::seconds), Some(1));
    }

    #[test]
    fn booleans() {
        let read = |text: &'static str| parse(text.as_bytes()).unwrap().as_bool();
        assert_eq!(["true", "false", "null", "1", r#""true""#].map(read), [Some(true), Some(false), None, None, None]);
    }
}
