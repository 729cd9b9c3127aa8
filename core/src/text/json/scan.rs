//! The pass that checks a JSON text.

use core::ops::Range;

use heapless::Vec;

use super::text::Text;
use super::walk::{plain_length, skip_string};
use super::{MAX_DEPTH, Members, Value};
use crate::error::Error;
use crate::text::words;

/// Member names that are remembered; objects with more are read again from their beginning for each further name.
const MAX_NAMES: usize = 64;
/// Bytes that may be read again in all for the sake of such objects: a token's payload never needs more.
pub(super) const READ_AGAIN: usize = 16 * 1024 * 1024;

/// Bytes of the longest name with escapes that is handed out; one that is longer is handed out as empty.
const LONGEST_NAME: usize = 16;

/// Takes a member of the outermost object: its name, escapes undone, and what its value consists of.
///
/// Not the value itself, which would go through memory in halves, and be waited for.
pub(super) type Each<'e, 'a> = &'e mut dyn FnMut(&[u8], &'a str, bool);

/// Where something ends, or where the text breaks the grammar. As two machine words, for it is what the pass is made of:
/// any other error is put aside in [`Scan::refused`].
type End = Result<usize, usize>;

pub(super) fn ignore(_: &[u8], _: &str, _: bool) {}

/// An array or object that is open: where it began, where its names begin in the list, and whether some did not fit.
#[derive(Default)]
struct Level {
    start: usize,
    names: u8,
    object: bool,
    overflowed: bool,
}

/// A member name: where it stands, and a digest that tells nearly all others from it.
struct Name {
    digest: u32,
    start: usize,
}

/// The member of the outermost object that is being read: where its name stands, and where its value begins.
#[derive(Default)]
struct Member {
    name: Range<usize>,
    escaped: bool,
    value: usize,
}

// In this order, with no zero behind a list, or else LLVM clears the list along with its length.
#[repr(C)]
struct Scan<'e, 'a> {
    text: &'a str,
    /// The innermost that is open, and those around it; around the outermost is what is none.
    top: Level,
    around: Vec<Level, MAX_DEPTH>,
    compared_depth: usize,
    may_read_again: usize,
    names: Vec<Name, MAX_NAMES>,
    each: Each<'e, 'a>,
    member: Member,
    /// Whether the last string had escapes.
    escaped: bool,
    refused: Option<Error>,
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
        top: Level::default(),
        around: Vec::new(),
        names: Vec::new(),
        compared_depth,
        may_read_again,
        member: Member::default(),
        escaped: false,
        refused: None,
        each,
    };
    let start = scan.white(0);
    let end = scan.document(start).and_then(|end| {
        let rest = scan.white(end);
        if rest == text.len() { Ok(end) } else { Err(rest) }
    });
    match end {
        Ok(end) => Ok(Value { raw: text.get(start..end).unwrap_or_default(), escaped: scan.escaped }),
        Err(at) => Err(scan.refused.unwrap_or(Error::JsonInvalid { offset: crate::text::saturate(at) })),
    }
}

impl<'a> Scan<'_, 'a> {
    #[cold]
    fn refuse(&mut self, error: Error) -> End {
        self.refused = Some(error);
        Err(0)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn expect(&self, byte: u8, at: usize) -> End {
        if self.byte(at) == Some(byte) { Ok(at + 1) } else { Err(at) }
    }

    fn after(&self, at: usize) -> &'a [u8] {
        self.text.as_bytes().get(at..).unwrap_or_default()
    }

    fn white(&self, mut at: usize) -> usize {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte(at) {
            at += 1;
        }
        at
    }

    fn document(&mut self, mut at: usize) -> End {
        loop {
            if self.top.object {
                at = self.name(at)?;
            }
            let depth = self.around.len();
            at = self.begin(at)?;
            if self.around.len() > depth {
                continue;
            }
            at = self.close(at)?;
            if self.around.is_empty() {
                return Ok(at);
            }
        }
    }

    /// Reads a value, of a container that is not empty only the opening.
    fn begin(&mut self, at: usize) -> End {
        match self.byte(at) {
            Some(b'"') => self.string(at + 1),
            Some(b'{') => self.open(true, b'}', at + 1),
            Some(b'[') => self.open(false, b']', at + 1),
            Some(b't') => self.literal(b"true", at),
            Some(b'f') => self.literal(b"false", at),
            Some(b'n') => self.literal(b"null", at),
            _ => self.number(at),
        }
    }

    fn open(&mut self, object: bool, close: u8, start: usize) -> End {
        let names = u8::try_from(self.names.len()).unwrap_or(u8::MAX);
        if self.around.is_full() {
            return self.refuse(Error::JsonTooDeep { limit: crate::text::saturate(MAX_DEPTH) });
        }
        let at = self.white(start);
        if self.byte(at) == Some(close) {
            return Ok(at + 1);
        }
        let around = core::mem::replace(&mut self.top, Level { start, names, object, overflowed: false });
        // There is room, as has just been seen.
        let _ = self.around.push(around);
        Ok(at)
    }

    /// Closes what ends after a value, up to the next value or name; all is closed if there is none.
    fn close(&mut self, mut at: usize) -> End {
        while !self.around.is_empty() {
            let object = self.top.object;
            if object && self.around.len() == 1 {
                self.hand_out(at);
            }
            at = self.white(at);
            if self.byte(at) == Some(b',') {
                return Ok(self.white(at + 1));
            }
            at = self.expect(if object { b'}' } else { b']' }, at)?;
            self.names.truncate(self.top.names.into());
            self.top = self.around.pop().unwrap_or_default();
        }
        Ok(at)
    }

    /// Hands out the member of the outermost object that ends here.
    #[inline(never)]
    fn hand_out(&mut self, end: usize) {
        let Member { ref name, escaped, value } = self.member;
        let raw = self.text.get(value..end).unwrap_or_default();
        if escaped {
            return self.hand_out_unescaped(raw);
        }
        let name = self.text.as_bytes().get(name.clone()).unwrap_or_default();
        (self.each)(name, raw, self.escaped);
    }

    #[cold]
    fn hand_out_unescaped(&mut self, raw: &'a str) {
        let mut memory = [0; LONGEST_NAME];
        let name = self.name_at(self.member.name.start);
        (self.each)(name.unescape(&mut memory).unwrap_or_default().as_bytes(), raw, self.escaped);
    }

    fn literal(&self, word: &[u8], at: usize) -> End {
        if self.after(at).starts_with(word) { Ok(at + word.len()) } else { Err(at) }
    }

    fn digits(&self, at: usize) -> End {
        let digits = words::length_before(self.after(at), words::no_digit);
        if digits > 0 { Ok(at + digits) } else { Err(at) }
    }

    fn number(&self, at: usize) -> End {
        let at = self.expect(b'-', at).unwrap_or(at);
        let mut at = self.expect(b'0', at).or_else(|at| self.digits(at))?;
        if let Ok(fraction) = self.expect(b'.', at) {
            at = self.digits(fraction)?;
        }
        if let Some(b'e' | b'E') = self.byte(at) {
            let sign = usize::from(matches!(self.byte(at + 1), Some(b'+' | b'-')));
            at = self.digits(at + 1 + sign)?;
        }
        Ok(at)
    }

    /// Reads a string from behind its opening quote.
    #[inline(always)]
    fn string(&mut self, start: usize) -> End {
        self.escaped = false;
        let at = start + plain_length(self.after(start));
        if self.byte(at) == Some(b'"') { Ok(at + 1) } else { self.string_with_escapes(at) }
    }

    #[cold]
    fn string_with_escapes(&mut self, mut at: usize) -> End {
        self.escaped = true;
        loop {
            at = match self.byte(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => self.escape(at)?,
                _ => match plain_length(self.after(at)) {
                    0 => return Err(at),
                    plain => at + plain,
                },
            };
        }
    }

    fn escape(&mut self, at: usize) -> End {
        let after = self.text.get(at + 1..).unwrap_or_default();
        let mut chars = Text::new(after, true).chars();
        if chars.escape().is_some() {
            return Ok(self.text.len() - chars.after().len());
        }
        let hex = after.as_bytes().get(1..5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        if after.starts_with('u') && hex { self.refuse(Error::JsonTextInvalid) } else { Err(at) }
    }

    /// Reads a member's name, up to its value.
    fn name(&mut self, at: usize) -> End {
        let start = self.expect(b'"', at)?;
        let first = self.after(start).first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
        let marks = words::json_special(first);
        let mut name = Name { digest: digest(words::head(first, marks)), start };
        let mut end = start + words::first(marks);
        self.escaped = false;
        if marks == 0 || self.byte(end) != Some(b'"') {
            (name, end) = self.long_name(name, marks == 0)?;
        }
        if self.around.len() <= self.compared_depth {
            self.compare(name)?;
        }
        let value = self.white(self.expect(b':', self.white(end + 1))?);
        if self.around.len() == 1 {
            self.member = Member { name: start..end, escaped: self.escaped, value };
        }
        Ok(value)
    }

    /// A name that does not end within its first eight bytes, or that stands at the end of the text.
    #[inline(never)]
    fn long_name(&mut self, mut name: Name, digested: bool) -> Result<(Name, usize), usize> {
        let end = self.string(name.start)? - 1;
        if self.escaped || !digested {
            name.digest = self.slow_digest(name.start)?;
        }
        Ok((name, end))
    }

    /// Remembers a name, if it is new in its object.
    fn compare(&mut self, name: Name) -> Result<(), usize> {
        let known = self.names.get(self.top.names.into()..).unwrap_or_default();
        if known.iter().any(|other| other.digest == name.digest && self.same(other.start, name.start)) {
            return self.refuse(Error::JsonDuplicateMember).map(drop);
        }
        if self.top.overflowed {
            self.compare_overflowed(name.start)?;
        }
        self.top.overflowed |= self.names.push(name).is_err();
        Ok(())
    }

    #[cold]
    fn compare_overflowed(&mut self, start: usize) -> Result<(), usize> {
        let before = self.text.get(self.top.start..start - 1).unwrap_or_default();
        let Some(left) = self.may_read_again.checked_sub(before.len()) else {
            return self.refuse(Error::JsonTooComplex).map(drop);
        };
        self.may_read_again = left;
        let name = self.name_at(start);
        let twice = (Members { rest: before }).any(|(other, _)| same(name, other));
        if twice { self.refuse(Error::JsonDuplicateMember).map(drop) } else { Ok(()) }
    }

    #[cold]
    fn same(&self, one: usize, other: usize) -> bool {
        same(self.name_at(one), self.name_at(other))
    }

    /// The name that begins there, behind its quote.
    fn name_at(&self, start: usize) -> Text<'a> {
        let (length, escaped) = skip_string(self.after(start - 1));
        Text::new(self.text.get(start..start + length - 2).unwrap_or_default(), escaped)
    }

    /// The digest of a name that has escapes or stands at the end of the text.
    #[cold]
    fn slow_digest(&mut self, start: usize) -> Result<u32, usize> {
        let name = self.name_at(start);
        if name.chars().any(|character| character == '\0') {
            self.refuse(Error::JsonTextInvalid)?;
        }
        let mut first = [0; 8];
        let mut places = first.iter_mut();
        for character in name.chars().take(8) {
            let mut utf8 = [0; 4];
            character.encode_utf8(&mut utf8).bytes().zip(&mut places).for_each(|(byte, place)| *place = byte);
        }
        Ok(digest(u64::from_le_bytes(first)))
    }
}

/// Digest of a name by its first eight bytes, escapes undone. No name holds U+0000, so a shorter one is padded with it.
fn digest(word: u64) -> u32 {
    let [.., a, b, c, d] = word.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

fn same(one: Text<'_>, other: Text<'_>) -> bool {
    match (one.plain(), other.plain()) {
        (Some(one), Some(other)) => one == other,
        _ => one.chars().eq(other.chars()),
    }
}
