//! Strict JSON parsing (RFC 8259, RFC 7493): one pass, no recursion, no heap.
//!
//! [`parse`] validates the whole text before it returns anything. It rejects trailing text, invalid UTF-8, lone
//! surrogates, a byte order mark, nesting deeper than [`MAX_DEPTH`], and duplicate member names in one object, at any
//! level and after unescaping. A [`Value`] is a view of validated text.

mod number;
mod scan;
mod string;
mod value;
mod walk;
pub(crate) mod write;

pub use string::JsonString;
pub use value::{Elements, Kind, Members, Value};

use crate::error;
use scan::Rules;

/// Maximum depth of arrays and objects.
pub const MAX_DEPTH: usize = 32;

/// Why a text is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// It is not JSON (RFC 8259).
    Invalid {
        /// The byte offset of the error.
        offset: u32,
    },
    /// An object has the same member name twice (RFC 7493 section 2.3).
    DuplicateMember,
    /// It is nested deeper than the limit.
    TooDeep {
        /// The maximum depth of nesting.
        limit: u32,
    },
    /// Invalid UTF-8, a lone surrogate, or U+0000 in a member name (RFC 8259 section 8).
    StringInvalid,
    /// It has so many members that comparing their names would cost more than [`RESCAN_BUDGET`].
    TooComplex,
}

impl Error {
    /// Converts it to the error for a part of a token. Other documents have errors of their own: a malformed key set is
    /// not the token's fault.
    pub(crate) fn of_token(self) -> error::Error {
        match self {
            Self::Invalid { offset } => error::Error::JsonInvalid { offset },
            Self::DuplicateMember => error::Error::JsonDuplicateMember,
            Self::TooDeep { limit } => error::Error::JsonTooDeep { limit },
            Self::StringInvalid => error::Error::JsonStringInvalid,
            Self::TooComplex => error::Error::JsonTooComplex,
        }
    }
}

/// Limit on the bytes that are read again, in total, to compare the member names of objects with more than 65. Always
/// enough for a payload of one object; a payload that nests such objects in others may exceed it, and is rejected.
pub const RESCAN_BUDGET: usize = 1024 * 1024;

/// All rules at every level.
const STRICT: Rules = Rules { strict_depth: MAX_DEPTH, rescan_budget: RESCAN_BUDGET };

/// Validates a whole JSON text and returns its outermost value; the module lists what is rejected.
///
/// # Errors
///
/// The [`Error`] for the rule that the text breaks.
///
/// # Complexity
///
/// Linear in the length of the text, plus at most [`RESCAN_BUDGET`] bytes if an object has more than 65 members: beyond
/// that the text is rejected. Constant memory.
///
/// # Examples
///
/// ```
/// use doorward::text::json::{self, Error};
///
/// let object = json::parse(br#"{"sub": "alice", "exp": 1700000600}"#)?;
/// assert!(object.get("sub").and_then(json::Value::as_string).is_some_and(|subject| subject.equals("alice")));
/// assert_eq!(object.get("exp").and_then(json::Value::seconds), Some(1_700_000_600));
/// assert_eq!(json::parse(br#"{"sub": "alice", "s\u0075b": "bob"}"#).err(), Some(Error::DuplicateMember));
/// # Ok::<(), Error>(())
/// ```
pub fn parse(text: &[u8]) -> Result<Value<'_>, Error> {
    scan::scan(text, STRICT, &mut scan::ignore)
}

/// Like [`parse`], and passes each member of the outermost object to `each`, with unescaped names; a name that has
/// escapes and over 16 bytes is passed as empty.
///
/// The text after a member is not validated yet when it is passed, so the results count only if this succeeds.
pub(crate) fn parse_members<'a>(text: &'a [u8], each: impl FnMut(&[u8], Value<'a>)) -> Result<Value<'a>, Error> {
    members_by(STRICT, text, each)
}

/// Like [`parse_members`], for untrusted text: rejects an object with more names than are recorded, so that nothing is
/// read again.
pub(crate) fn parse_members_bounded<'a>(
    text: &'a [u8],
    each: impl FnMut(&[u8], Value<'a>),
) -> Result<Value<'a>, Error> {
    members_by(Rules { rescan_budget: 0, ..STRICT }, text, each)
}

/// Like [`parse_members`], by the grammar of RFC 8259 alone, without comparing names. For text that is parsed in full
/// later.
pub(crate) fn skim<'a>(text: &'a [u8], each: impl FnMut(&[u8], Value<'a>)) -> Result<Value<'a>, Error> {
    members_by(Rules { strict_depth: 0, rescan_budget: 0 }, text, each)
}

fn members_by<'a>(rules: Rules, text: &'a [u8], mut each: impl FnMut(&[u8], Value<'a>)) -> Result<Value<'a>, Error> {
    scan::scan(text, rules, &mut |name: &[u8], raw, escaped| each(name, Value::new(raw, escaped)))
}

/// Like [`parse`], but all rules apply to the outermost level only; below it, only the grammar of RFC 8259.
///
/// For a key set, whose keys are then checked one by one with [`Value::parse_again`]: a malformed key must not affect
/// other keys (RFC 7517 section 5).
pub(crate) fn parse_outer(text: &[u8]) -> Result<Value<'_>, Error> {
    scan::scan(text, Rules { strict_depth: 1, rescan_budget: 0 }, &mut scan::ignore)
}

impl Value<'_> {
    /// Checks this value's member names at every level, for a value with few: a key set may have a thousand.
    pub(crate) fn parse_again(self) -> Result<Self, Error> {
        scan::scan(self.raw().as_bytes(), Rules { rescan_budget: 0, ..STRICT }, &mut scan::ignore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Error {
        parse(text.as_bytes()).map(|_| ()).unwrap_err()
    }

    #[test]
    fn j02_names_are_compared_at_every_level_and_unescaped() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"{"x":{"a":1,"b":2,"a":3}}"#,
            r#"[[{"a":{"b":1},"a":2}]]"#,
            r#"{"\uD83D\uDE00":1,"😀":2}"#,
        ] {
            assert_eq!(refused(text), Error::DuplicateMember, "{text}");
        }
        assert!(parse(br#"{"a":{"a":{"a":1}},"b":{"a":2}}"#).is_ok());
    }

    #[test]
    fn j02_no_member_is_out_of_reach_however_many_there_are() {
        let many = |last: &str| {
            let mut text = std::string::String::from("{");
            for index in 0..1000 {
                text += &std::format!("\"{index}\":[{{\"k\":1}}],");
            }
            text + "\"" + last + "\":0}"
        };
        assert!(parse(many("new").as_bytes()).is_ok());
        assert_eq!(refused(&many("3")), Error::DuplicateMember);
        assert_eq!(refused(&many("999")), Error::DuplicateMember);
        assert_eq!(refused(&many("99\\u0039")), Error::DuplicateMember);
    }

    #[test]
    fn strings_end_where_they_end_at_every_length() {
        for length in 0..70 {
            for place in 0..=length {
                let with = |inner: &str| "x".repeat(place) + inner + &"x".repeat(length - place);
                let parsed =
                    |inner: &str| parse(std::format!("\"{}\"", with(inner)).as_bytes()).map(|value| value.raw().len());
                assert_eq!(parsed(""), Ok(length + 2));
                assert_eq!(parsed("\u{e4}"), Ok(length + 4));
                assert_eq!(parsed("\\\""), Ok(length + 4));
                assert_eq!(parsed("\\u00e4"), Ok(length + 8));
                let offset = u32::try_from(place + 1).unwrap();
                assert_eq!(parsed("\u{1f}"), Err(Error::Invalid { offset }));
                assert_eq!(parsed("\\x"), Err(Error::Invalid { offset }));
                let behind = if place == length { offset + 1 } else { offset };
                assert_eq!(parsed("\"").unwrap_err(), Error::Invalid { offset: behind.max(offset + 1) });
            }
        }
    }

    #[test]
    fn j02_names_are_told_apart_at_every_length() {
        for length in 0..40 {
            let name = &"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"[..length];
            let object = |one: &str, other: &str| std::format!("{{\"{one}\":1,\"{other}\":{{}}}}");
            assert_eq!(refused(&object(name, name)), Error::DuplicateMember);
            for place in 0..length {
                let (before, after) = (&name[..place], &name[place + 1..]);
                let same = std::format!("{before}\\u{:04x}{after}", name.as_bytes()[place]);
                assert_eq!(refused(&object(name, &same)), Error::DuplicateMember, "{same}");
                assert_eq!(refused(&object(&same, name)), Error::DuplicateMember, "{same}");
                let other = std::format!("{before}_{after}");
                assert!(parse(object(name, &other).as_bytes()).is_ok(), "{other}");
                assert!(parse(object(&same, &other).as_bytes()).is_ok(), "{other}");
                assert!(parse(object(name, before).as_bytes()).is_ok(), "{before}");
            }
        }
    }

    #[test]
    fn j02_names_of_nested_objects_are_compared_where_none_fit() {
        use std::string::String;
        let named = |prefix: &str, count: usize, last: &str| {
            let names = (0..count).map(|index| std::format!("\"{prefix}{index}\":0,")).collect::<String>();
            std::format!("{{{names}{last}}}")
        };
        for outer in [0, 1, 63, 64, 65, 66, 130, 700] {
            for inner in [0, 1, 2, 63, 64, 65, 66, 130, 700] {
                let text = |first: &str, second: &str| {
                    named("a", outer, &std::format!("\"x\":[{}],{}", named("b", inner, first), second))
                };
                let whole = |first: &str, second: &str| parse(text(first, second).as_bytes()).map(drop);
                assert_eq!(whole("\"z\":{\"y\":0,\"a0\":0}", "\"z\":0"), Ok(()), "{outer} {inner}");
                let twice = Err(Error::DuplicateMember);
                assert_eq!(whole("\"z\":0", "\"z\":0,\"\\u007a\":0"), twice, "{outer} {inner}");
                assert_eq!(whole("\"z\":0,\"\\u007a\":0", "\"z\":0"), twice, "{outer} {inner}");
                assert_eq!(whole("\"z\":{\"y\":0,\"y\":0}", "\"z\":0"), twice, "{outer} {inner}");
                for index in [0, outer / 2, outer.saturating_sub(1)].into_iter().filter(|index| *index < outer) {
                    assert_eq!(whole("\"z\":0", &std::format!("\"a{index}\":0")), twice, "{outer} {inner} {index}");
                }
                if inner > 0 {
                    assert_eq!(whole(&std::format!("\"b{}\":0", inner - 1), "\"z\":0"), twice, "{outer} {inner}");
                }
            }
        }
        let alike = |index: usize| std::format!("\"{}{index}\":0", "alike".repeat(9));
        let names = (0..200).map(alike).collect::<std::vec::Vec<_>>().join(",");
        assert!(parse(std::format!("{{{names}}}").as_bytes()).is_ok());
        assert_eq!(refused(&std::format!("{{{names},{}}}", alike(77))), Error::DuplicateMember);
    }

    #[test]
    fn what_anybody_may_send_is_never_read_again() {
        let many = |count: usize| {
            let names = (0..count).map(|index| std::format!("\"{index}\":0")).collect::<std::vec::Vec<_>>().join(",");
            std::format!("{{\"a\":{{{names}}}}}")
        };
        assert!(parse_members_bounded(many(64).as_bytes(), |_, _| ()).is_ok());
        assert_eq!(parse_members_bounded(many(66).as_bytes(), |_, _| ()).map(drop), Err(Error::TooComplex));
        assert!(skim(many(2000).as_bytes(), |_, _| ()).is_ok());
        assert!(parse_outer(many(2000).as_bytes()).is_ok());
    }

    #[test]
    fn members_of_the_outermost_object_are_handed_out() {
        let text =
            br#" {"a": "x\n" ,"\u0062":[{"c":1}],"":{} ,"long name":-1e2, "\u00612345678901234567":0,"d":"y" } "#;
        let mut members = std::vec::Vec::new();
        let whole = parse_members(text, |name, value| {
            let name = std::string::String::from_utf8(name.to_vec()).unwrap();
            members.push((name, value.raw(), value.as_string().and_then(JsonString::plain)));
        });
        assert!(whole.is_ok());
        let found: std::vec::Vec<_> = members.iter().map(|(name, raw, plain)| (&name[..], *raw, *plain)).collect();
        let expected = [
            ("a", r#""x\n""#, None),
            ("b", r#"[{"c":1}]"#, None),
            ("", "{}", None),
            ("long name", "-1e2", None),
            ("", "0", None),
            ("d", r#""y""#, Some("y")),
        ];
        assert_eq!(found, expected);
        assert!(parse_members(br#"[{"a":1}]"#, |_, _| panic!("not an object")).is_ok());
    }

    #[test]
    fn k10_comparing_names_is_bounded() {
        let object = |members: usize| {
            let members: std::vec::Vec<_> = (0..members).map(|index| std::format!("\"{index}\":0")).collect();
            std::format!("{{{}}}", members.join(","))
        };
        let (mut good, mut refused) = (1, 60_000);
        while refused - good > 1 {
            let middle = usize::midpoint(good, refused);
            match parse(object(middle).as_bytes()) {
                Ok(_) => good = middle,
                Err(error) => {
                    assert_eq!(error, Error::TooComplex);
                    refused = middle;
                }
            }
        }
        // Names past those that are remembered are looked for in the text before them, for so long.
        assert_eq!(good, 1972);
    }

    #[test]
    fn j04_j05_only_rfc_8259() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\"}",
            "{\"a\":1,}",
            "nul",
            "NaN",
            "-",
            "01",
            "1.",
            ".5",
            "1e",
            "+1",
            "'a'",
            "\"\t\"",
            "// x\n1",
            "1 2",
            "\u{feff}1",
            "\"\\x\"",
            "[1}",
            "\u{a0}1",
        ] {
            assert!(matches!(refused(text), Error::Invalid { .. }), "{text:?}");
        }
        for text in [r#""\ud800""#, r#""\udc00\ud800""#, r#""\ud800\u0041""#, r#"{"a\u0000":1}"#] {
            assert_eq!(refused(text), Error::StringInvalid, "{text:?}");
        }
        assert_eq!(parse(b"\"\xed\xa0\x80\"").map(|_| ()), Err(Error::StringInvalid));
    }

    #[test]
    fn j06_depth() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(32).as_bytes()).is_ok());
        assert_eq!(refused(&nested(33)), Error::TooDeep { limit: 32 });
        assert_eq!(refused(&"[".repeat(100_000)), Error::TooDeep { limit: 32 });
    }

    #[test]
    fn j05_an_escape_that_is_none_is_no_lone_surrogate() {
        for text in [r#""\uzzzz""#, r#""\u12""#, r#""\x1234""#, r#""\ud8""#] {
            assert_eq!(refused(text), Error::Invalid { offset: 1 }, "{text}");
        }
    }
}
