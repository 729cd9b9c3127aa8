//! The pass that checks a JSON text, and the quick walk over text that has passed.

use super::text::Text;
use super::{MAX_DEPTH, Members};
use crate::error::Error;

/// Member names that are remembered; objects with more are read again from their beginning for each further name.
const MAX_NAMES: usize = 64;
/// Bytes that may be read again in all for the sake of such objects: a token's payload never needs more.
pub(super) const READ_AGAIN: usize = 16 * 1024 * 1024;

/// An object that is open: where it began, where its names begin in the list, and whether some did not fit there.
#[derive(Clone, Copy)]
struct Level {
    object: bool,
    start: usize,
    names: usize,
    overflowed: bool,
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    levels: [Level; MAX_DEPTH],
    depth: usize,
    names: [&'a str; MAX_NAMES],
    named: usize,
    compared_depth: usize,
    may_read_again: usize,
}

/// Checks a text; member names are compared in objects down to `compared_depth` levels, for which so many bytes may be
/// read again.
pub(super) fn scan(text: &[u8], compared_depth: usize, may_read_again: usize) -> Result<&str, Error> {
    let text = core::str::from_utf8(text).map_err(|_| Error::JsonTextInvalid)?;
    let level = Level { object: false, start: 0, names: 0, overflowed: false };
    let mut scan = Scan {
        text,
        at: 0,
        levels: [level; MAX_DEPTH],
        depth: 0,
        names: [""; MAX_NAMES],
        named: 0,
        compared_depth,
        may_read_again,
    };
    scan.white();
    let start = scan.at;
    scan.document()?;
    let raw = text.get(start..scan.at).unwrap_or_default();
    scan.white();
    if scan.at == text.len() { Ok(raw) } else { Err(scan.invalid()) }
}

impl<'a> Scan<'a> {
    fn invalid(&self) -> Error {
        Error::JsonInvalid { offset: crate::text::saturate(self.at) }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn white(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn document(&mut self) -> Result<(), Error> {
        loop {
            if self.value()? {
                continue;
            }
            if !self.after_value()? {
                return Ok(());
            }
        }
    }

    /// Reads a value, or the opening of a container that is not empty: then says that a value must follow.
    fn value(&mut self) -> Result<bool, Error> {
        self.white();
        match self.peek() {
            Some(b'{') => self.open(true, b'}'),
            Some(b'[') => self.open(false, b']'),
            Some(b'"') => self.string().map(|_| false),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => self.number(),
        }
    }

    fn open(&mut self, object: bool, close: u8) -> Result<bool, Error> {
        let too_deep = Error::JsonTooDeep { limit: crate::text::saturate(MAX_DEPTH) };
        self.at += 1;
        let level = self.levels.get_mut(self.depth).ok_or(too_deep)?;
        *level = Level { object, start: self.at, names: self.named, overflowed: false };
        self.white();
        if self.take(close) {
            return Ok(false);
        }
        self.depth += 1;
        if object {
            self.name()?;
        }
        Ok(true)
    }

    /// Closes what ends after a value; says whether another value follows.
    fn after_value(&mut self) -> Result<bool, Error> {
        while let Some(level) = self.depth.checked_sub(1).and_then(|top| self.levels.get(top).copied()) {
            self.white();
            if self.take(b',') {
                if level.object {
                    self.white();
                    self.name()?;
                }
                return Ok(true);
            }
            if !self.take(if level.object { b'}' } else { b']' }) {
                return Err(self.invalid());
            }
            self.depth -= 1;
            self.named = level.names;
        }
        Ok(false)
    }

    fn literal(&mut self, word: &[u8]) -> Result<bool, Error> {
        if !self.rest().starts_with(word) {
            return Err(self.invalid());
        }
        self.at += word.len();
        Ok(false)
    }

    fn digits(&mut self) -> Result<(), Error> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.invalid()) }
    }

    fn number(&mut self) -> Result<bool, Error> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(false)
    }

    fn string(&mut self) -> Result<&'a str, Error> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(0x20..) => self.at += 1,
                _ => return Err(self.invalid()),
            }
        }
        let inner = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(inner)
    }

    fn escape(&mut self) -> Result<(), Error> {
        let after = self.text.get(self.at + 1..).unwrap_or_default();
        let mut chars = Text::new(after).chars();
        if chars.escape().is_none() {
            let hex = after.as_bytes().get(1..5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            return Err(if after.starts_with('u') && hex { Error::JsonTextInvalid } else { self.invalid() });
        }
        self.at = self.text.len() - chars.after().len();
        Ok(())
    }

    fn name(&mut self) -> Result<(), Error> {
        if self.peek() != Some(b'"') {
            return Err(self.invalid());
        }
        let start = self.at;
        let name = self.string()?;
        if name.contains('\\') && Text::new(name).chars().any(|character| character == '\0') {
            return Err(Error::JsonTextInvalid);
        }
        if self.depth <= self.compared_depth {
            self.compare(name, start)?;
        }
        self.white();
        if self.take(b':') { Ok(()) } else { Err(self.invalid()) }
    }

    fn compare(&mut self, name: &'a str, name_start: usize) -> Result<(), Error> {
        let Some(level) = self.depth.checked_sub(1).and_then(|top| self.levels.get_mut(top)) else {
            return Ok(());
        };
        let known = self.names.get(level.names..self.named).unwrap_or_default();
        if known.iter().any(|other| same(name, other)) {
            return Err(Error::JsonDuplicateMember);
        }
        if level.overflowed {
            let left = self.may_read_again.checked_sub(name_start - level.start);
            self.may_read_again = left.ok_or(Error::JsonTooComplex)?;
            let before = self.text.get(level.start..name_start).unwrap_or_default();
            if (Members { rest: before }).any(|(other, _)| same_text(Text::new(name), other)) {
                return Err(Error::JsonDuplicateMember);
            }
        }
        match self.names.get_mut(self.named) {
            Some(place) => {
                *place = name;
                self.named += 1;
            }
            None => level.overflowed = true,
        }
        Ok(())
    }
}

fn same(name: &str, other: &str) -> bool {
    name == other
        || ((name.contains('\\') || other.contains('\\')) && Text::new(name).chars().eq(Text::new(other).chars()))
}

fn same_text(name: Text<'_>, other: Text<'_>) -> bool {
    match (name.plain(), other.plain()) {
        (Some(name), Some(other)) => name == other,
        _ => name.chars().eq(other.chars()),
    }
}

pub(super) fn skip_white(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// The length of the value that checked text begins with; 0 where a container ends.
pub(super) fn skip_value(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => skip_string(text),
        Some(b'{' | b'[') => skip_container(text),
        _ => text
            .iter()
            .position(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r'))
            .unwrap_or(text.len()),
    }
}

fn skip_string(text: &[u8]) -> usize {
    let mut escaped = true;
    let end = text.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 1)
}

fn skip_container(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_u32);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += skip_string(text.get(at..).unwrap_or_default()) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}
