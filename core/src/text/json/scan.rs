//! The pass that checks a JSON text, and the quick walk over text that has passed.

use heapless::Vec;

use super::text::Text;
use super::{MAX_DEPTH, Members, Value};
use crate::error::Error;

/// Member names that are remembered; objects with more are read again from their beginning for each further name.
const MAX_NAMES: usize = 64;
/// Bytes that may be read again in all for the sake of such objects: a token's payload never needs more.
pub(super) const READ_AGAIN: usize = 16 * 1024 * 1024;

/// Hands out a member of the outermost object.
pub(super) type Each<'e, 'a> = &'e mut dyn FnMut(Text<'a>, Value<'a>);

/// An array or object that is open: where it began, where its names begin in the list, and whether some did not fit.
struct Level {
    object: bool,
    start: usize,
    names: usize,
    overflowed: bool,
}

/// A member name, and a digest of its beginning that tells nearly all others from it.
struct Name<'a> {
    digest: u32,
    text: Text<'a>,
}

/// The member of the outermost object that is being read: its name, and where its value began.
struct Member<'a> {
    name: Text<'a>,
    start: usize,
}

struct Scan<'e, 'a> {
    text: &'a str,
    at: usize,
    levels: Vec<Level, MAX_DEPTH>,
    names: Vec<Name<'a>, MAX_NAMES>,
    compared_depth: usize,
    may_read_again: usize,
    member: Member<'a>,
    /// Whether the last string had escapes.
    escaped: bool,
    each: Each<'e, 'a>,
}

/// Checks a text; member names are compared in objects down to `compared_depth` levels, for which so many bytes may be
/// read again.
pub(super) fn scan<'a>(
    text: &'a [u8],
    compared_depth: usize,
    may_read_again: usize,
    each: Each<'_, 'a>,
) -> Result<Value<'a>, Error> {
    let text = core::str::from_utf8(text).map_err(|_| Error::JsonTextInvalid)?;
    let mut scan = Scan {
        text,
        at: 0,
        levels: Vec::new(),
        names: Vec::new(),
        compared_depth,
        may_read_again,
        member: Member { name: Text::new("", false), start: 0 },
        escaped: false,
        each,
    };
    scan.white();
    let start = scan.at;
    scan.document()?;
    let value = scan.since(start);
    scan.white();
    if scan.at == text.len() { Ok(value) } else { Err(scan.invalid()) }
}

impl<'a> Scan<'_, 'a> {
    fn invalid(&self) -> Error {
        Error::JsonInvalid { offset: crate::text::saturate(self.at) }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The value that began there and has just ended.
    fn since(&self, start: usize) -> Value<'a> {
        Value { raw: self.text.get(start..self.at).unwrap_or_default(), escaped: self.escaped }
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
        while self.value()? || self.after_value()? {}
        Ok(())
    }

    /// Reads a value, or the opening of a container that is not empty: then says that a value must follow.
    fn value(&mut self) -> Result<bool, Error> {
        self.white();
        match self.peek() {
            Some(b'"') => self.string().map(|_| false),
            Some(b'{') => self.open(true, b'}'),
            Some(b'[') => self.open(false, b']'),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            _ => self.number(),
        }
    }

    fn open(&mut self, object: bool, close: u8) -> Result<bool, Error> {
        self.at += 1;
        let level = Level { object, start: self.at, names: self.names.len(), overflowed: false };
        let limit = crate::text::saturate(MAX_DEPTH);
        self.levels.push(level).map_err(|_| Error::JsonTooDeep { limit })?;
        self.white();
        if self.take(close) {
            self.levels.pop();
            return Ok(false);
        }
        if object {
            self.name()?;
        }
        Ok(true)
    }

    /// Closes what ends after a value; says whether another value follows.
    fn after_value(&mut self) -> Result<bool, Error> {
        while let Some(level) = self.levels.last() {
            let (object, names) = (level.object, level.names);
            if object && self.levels.len() == 1 {
                let value = self.since(self.member.start);
                (self.each)(self.member.name, value);
            }
            self.white();
            if self.take(b',') {
                if object {
                    self.white();
                    self.name()?;
                }
                return Ok(true);
            }
            if !self.take(if object { b'}' } else { b']' }) {
                return Err(self.invalid());
            }
            self.levels.pop();
            self.names.truncate(names);
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

    fn string(&mut self) -> Result<Text<'a>, Error> {
        self.at += 1;
        let start = self.at;
        self.escaped = false;
        loop {
            self.at += plain_length(self.rest());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                _ => return Err(self.invalid()),
            }
        }
        let inner = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        Ok(Text::new(inner, self.escaped))
    }

    #[cold]
    fn escape(&mut self) -> Result<(), Error> {
        let after = self.text.get(self.at + 1..).unwrap_or_default();
        let mut chars = Text::new(after, true).chars();
        if chars.escape().is_none() {
            let hex = after.as_bytes().get(1..5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            return Err(if after.starts_with('u') && hex { Error::JsonTextInvalid } else { self.invalid() });
        }
        self.at = self.text.len() - chars.after().len();
        self.escaped = true;
        Ok(())
    }

    fn name(&mut self) -> Result<(), Error> {
        if self.peek() != Some(b'"') {
            return Err(self.invalid());
        }
        let start = self.at;
        let name = self.string()?;
        if name.plain().is_none() && name.chars().any(|character| character == '\0') {
            return Err(Error::JsonTextInvalid);
        }
        if self.levels.len() <= self.compared_depth {
            self.compare(name, start)?;
        }
        self.white();
        if !self.take(b':') {
            return Err(self.invalid());
        }
        if self.levels.len() == 1 {
            self.white();
            self.member = Member { name, start: self.at };
        }
        Ok(())
    }

    fn compare(&mut self, text: Text<'a>, name_start: usize) -> Result<(), Error> {
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let name = Name { digest: digest(text), text };
        let known = self.names.get(level.names..).unwrap_or_default();
        if known.iter().any(|other| other.digest == name.digest && same(other.text, text)) {
            return Err(Error::JsonDuplicateMember);
        }
        if level.overflowed {
            let left = self.may_read_again.checked_sub(name_start - level.start);
            self.may_read_again = left.ok_or(Error::JsonTooComplex)?;
            let before = self.text.get(level.start..name_start).unwrap_or_default();
            if (Members { rest: before }).any(|(other, _)| same(text, other)) {
                return Err(Error::JsonDuplicateMember);
            }
        }
        level.overflowed |= self.names.push(name).is_err();
        Ok(())
    }
}

/// Bytes before the first quote, backslash or control character (RFC 8259 section 7); eight at a time.
fn plain_length(text: &[u8]) -> usize {
    let (words, tail) = text.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return length + lowest(found);
        }
        length += 8;
    }
    let special = tail.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    length + special.unwrap_or(tail.len())
}

/// The highest bit of the first byte that is a quote, a backslash or a control character; a borrow may set others above.
fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
    let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    let control = word.wrapping_sub(ONES * 0x20);
    (quote | backslash | control) & !word & (ONES * 0x80)
}

/// The byte, counted from the lowest, that has the lowest bit.
fn lowest(found: u64) -> usize {
    usize::try_from(found.trailing_zeros() / 8).unwrap_or_default()
}

/// Of the first eight bytes, escapes undone. No name holds U+0000, so a shorter one may be padded with it.
fn digest(name: Text<'_>) -> u32 {
    const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;
    let word = match name.plain().map(str::as_bytes) {
        Some(plain) => match plain.first_chunk() {
            Some(first) => u64::from_le_bytes(*first),
            None => plain.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        },
        None => first_word(name),
    };
    let [.., a, b, c, d] = word.wrapping_mul(MIXER).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cold]
fn first_word(name: Text<'_>) -> u64 {
    let mut first = [0; 8];
    let mut places = first.iter_mut();
    for character in name.chars() {
        let mut utf8 = [0; 4];
        for (byte, place) in character.encode_utf8(&mut utf8).bytes().zip(&mut places) {
            *place = byte;
        }
    }
    u64::from_le_bytes(first)
}

fn same(one: Text<'_>, other: Text<'_>) -> bool {
    match (one.plain(), other.plain()) {
        (Some(one), Some(other)) => one == other,
        _ => one.chars().eq(other.chars()),
    }
}

pub(super) fn skip_white(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// The length of the value that checked text begins with, 0 where a container ends; and if it is a string, whether it
/// has escapes.
pub(super) fn skip_value(text: &[u8]) -> (usize, bool) {
    match text.first() {
        Some(b'"') => skip_string(text),
        Some(b'{' | b'[') => (skip_container(text), false),
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            (text.iter().position(ends).unwrap_or(text.len()), false)
        }
    }
}

fn skip_string(text: &[u8]) -> (usize, bool) {
    let (mut at, mut escaped) = (1, false);
    loop {
        at += plain_length(text.get(at..).unwrap_or_default());
        match text.get(at) {
            Some(b'\\') => (at, escaped) = (at + 2, true),
            Some(_) => return (at + 1, escaped),
            None => return (text.len(), escaped),
        }
    }
}

fn skip_container(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_u32);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += skip_string(text.get(at..).unwrap_or_default()).0 - 1,
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
