//! JSON writer for our documents: one object, whose members are strings, arrays of strings, whole numbers, and what is
//! JSON already.

use core::fmt;

/// An object being written, member by member.
pub(crate) struct Object<'f, 'b> {
    f: &'f mut fmt::Formatter<'b>,
    empty: bool,
}

impl<'f, 'b> Object<'f, 'b> {
    pub(crate) fn begin(f: &'f mut fmt::Formatter<'b>) -> Result<Self, fmt::Error> {
        f.write_str("{")?;
        Ok(Self { f, empty: true })
    }

    pub(crate) fn end(self) -> fmt::Result {
        self.f.write_str("}")
    }

    fn name(&mut self, name: &str) -> fmt::Result {
        let before = if core::mem::take(&mut self.empty) { "" } else { "," };
        write!(self.f, "{before}{}:", Quoted(name))
    }

    pub(crate) fn string(&mut self, name: &str, value: &str) -> fmt::Result {
        self.name(name)?;
        write!(self.f, "{}", Quoted(value))
    }

    /// Writes a string that has nothing to escape.
    #[cfg(feature = "client")]
    pub(crate) fn text(&mut self, name: &str, value: &impl fmt::Display) -> fmt::Result {
        self.name(name)?;
        write!(self.f, "\"{value}\"")
    }

    /// Writes a member, omitted if it has no value.
    pub(crate) fn optional(&mut self, name: &str, value: Option<&str>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.string(name, value))
    }

    /// Writes a number, omitted if there is none.
    pub(crate) fn number(&mut self, name: &str, value: Option<u64>) -> fmt::Result {
        let Some(value) = value else { return Ok(()) };
        self.name(name)?;
        write!(self.f, "{value}")
    }

    /// Writes a member that is JSON already.
    pub(crate) fn raw(&mut self, name: &str, value: &str) -> fmt::Result {
        self.name(name)?;
        self.f.write_str(value)
    }

    /// Writes an array, omitted if it is empty.
    pub(crate) fn strings<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) -> fmt::Result {
        let mut empty = true;
        for value in values {
            if core::mem::take(&mut empty) {
                self.name(name)?;
                write!(self.f, "[{}", Quoted(value))?;
            } else {
                write!(self.f, ",{}", Quoted(value))?;
            }
        }
        if empty { Ok(()) } else { self.f.write_str("]") }
    }
}

/// A JSON string (RFC 8259 section 7).
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\0'..='\u{1f}' => write!(f, "\\u{:04x}", u32::from(character))?,
                other => write!(f, "{other}")?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json;
    use std::string::{String, ToString};

    struct Document<'a>(&'a str);

    impl fmt::Display for Document<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let mut object = Object::begin(f)?;
            object.strings("none", core::iter::empty())?;
            object.optional("no", None)?;
            object.strings("list", [self.0, "b"].into_iter())?;
            object.optional(self.0, Some(self.0))?;
            object.end()
        }
    }

    #[test]
    fn whatever_is_written_is_read_again() {
        let all: String = (0..0x80).map(char::from).chain(['\u{e4}', '\u{2028}', '\u{1f600}']).skip(1).collect();
        for text in ["", "a", "\"\\", &all] {
            let written = Document(text).to_string();
            let object = json::parse(written.as_bytes()).unwrap();
            assert!(object.get(text).unwrap().as_string().unwrap().equals(text), "{written}");
            let mut list = object.get("list").unwrap().elements().unwrap();
            assert!(list.next().unwrap().as_string().unwrap().equals(text) && list.next().unwrap().raw() == "\"b\"");
            assert_eq!(object.members().unwrap().count(), 2);
        }
        assert_eq!(
            Document("\n\u{7f}").to_string(),
            "{\"list\":[\"\\u000a\u{7f}\",\"b\"],\"\\u000a\u{7f}\":\"\\u000a\u{7f}\"}"
        );
    }
}
