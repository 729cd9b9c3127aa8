//! The pass that validates a JSON text.

use core::ops::Range;

use heapless::Vec;

use super::string::JsonString;
use super::walk::{plain_length, skip_container};
use super::{Error, MAX_DEPTH, Members, Value};
use crate::text::swar;

/// Maximum number of member names recorded for open objects; objects with more are read again when they end.
const MAX_NAMES: usize = 65;

/// Maximum length of a name with escapes that is passed on, in bytes; a longer one is passed as empty.
const LONGEST_NAME: usize = 16;

/// Accepts a member of the outermost object: its unescaped name, and the parts of its value.
///
/// Not the value itself, which would go through memory in halves and stall.
pub(super) type Each<'e, 'a> = &'e mut dyn FnMut(&[u8], &'a str, bool);

/// The offset where something ends, or where the text breaks the grammar. Two machine words, as the pass depends on it:
/// any other error is stored in [`Scan::refused`].
type End = Result<usize, usize>;

pub(super) fn ignore(_: &[u8], _: &str, _: bool) {}

/// An open array or object: its start, the start of its names in the list, and whether its names must be compared when
/// it ends, since they do not all fit.
#[derive(Default)]
struct Level {
    start: usize,
    names: u8,
    object: bool,
    overflowed: bool,
}

/// The rules for a scan.
pub(super) struct Rules {
    /// The levels in which member names are compared, and strings and depth checked; below them, only the grammar is. A
    /// value that is nested too deeply there is skipped.
    pub(super) strict_depth: usize,
    /// Limit on the bytes that are read again for objects with more names than are recorded.
    pub(super) rescan_budget: usize,
}

/// The member of the outermost object that is being read: the offsets of its name and its value.
#[derive(Default)]
struct Member {
    name: Range<usize>,
    escaped: bool,
    value: usize,
}

// In this order, with no zero after a list, or else LLVM clears the list along with its length.
#[repr(C)]
struct Scan<'e, 'a> {
    text: &'a str,
    /// The innermost open level, and those around it; the outermost is inside an empty one.
    top: Level,
    around: Vec<Level, MAX_DEPTH>,
    rules: Rules,
    /// Digests of the names of the open objects, except those of levels that have overflowed.
    names: Vec<u64, MAX_NAMES>,
    each: Each<'e, 'a>,
    member: Member,
    /// Whether the last string had escapes.
    escaped: bool,
    refused: Option<Error>,
}

/// Validates a text, in time linear in its length and in what may be read again.
pub(super) fn scan<'a>(text: &'a [u8], rules: Rules, each: Each<'_, 'a>) -> Result<Value<'a>, Error> {
    let text = core::str::from_utf8(text).map_err(|_| Error::StringInvalid)?;
    let mut scan = Scan {
        text,
        top: Level::default(),
        around: Vec::new(),
        names: Vec::new(),
        rules,
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
        Ok(end) => Ok(Value::new(text.get(start..end).unwrap_or_default(), scan.escaped)),
        Err(at) => Err(scan.refused.unwrap_or(Error::Invalid { offset: crate::text::saturate(at) })),
    }
}

impl<'a> Scan<'_, 'a> {
    #[cold]
    fn refuse(&mut self, error: Error) -> End {
        self.refused = Some(error);
        Err(0)
    }

    /// Returns whether all rules apply to the innermost level.
    fn is_strict(&self) -> bool {
        self.around.len() <= self.rules.strict_depth
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

    /// Reads a value, or only the opening of a container that is not empty.
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
            return self.too_deep(start);
        }
        let at = self.white(start);
        if self.byte(at) == Some(close) {
            return Ok(at + 1);
        }
        let around = core::mem::replace(&mut self.top, Level { start, names, object, overflowed: false });
        // There is room, as just checked.
        let _ = self.around.push(around);
        Ok(at)
    }

    #[cold]
    fn too_deep(&mut self, start: usize) -> End {
        if self.is_strict() {
            return self.refuse(Error::TooDeep { limit: crate::text::saturate(MAX_DEPTH) });
        }
        Ok(start - 1 + skip_container(self.after(start - 1)))
    }

    /// Closes what ends after a value, up to the next value or name; everything is closed if there is none.
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
            if object && self.top.overflowed {
                self.compare_again(at - 1)?;
            }
            self.names.truncate(self.top.names.into());
            self.top = self.around.pop().unwrap_or_default();
        }
        Ok(at)
    }

    /// Passes on the member of the outermost object that ends here.
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
        let name = JsonString::new(self.text.get(self.member.name.clone()).unwrap_or_default(), true);
        (self.each)(name.unescape(&mut memory).unwrap_or_default().as_bytes(), raw, self.escaped);
    }

    fn literal(&self, word: &[u8], at: usize) -> End {
        if self.after(at).starts_with(word) { Ok(at + word.len()) } else { Err(at) }
    }

    fn digits(&self, at: usize) -> End {
        let digits = swar::length_before(self.after(at), swar::no_digit);
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

    /// Reads a string, starting after its opening quote.
    #[inline(always)]
    fn string(&mut self, start: usize) -> End {
        self.escaped = false;
        let at = start + plain_length(self.after(start));
        if self.byte(at) == Some(b'"') { Ok(at + 1) } else { self.string_with_escapes(at) }
    }

    #[cold]
    fn string_with_escapes(&mut self, mut at: usize) -> End {
        loop {
            at = match self.byte(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => {
                    self.escaped = true;
                    self.escape(at)?
                }
                _ => match plain_length(self.after(at)) {
                    0 => return Err(at),
                    plain => at + plain,
                },
            };
        }
    }

    fn escape(&mut self, at: usize) -> End {
        let after = self.text.get(at + 1..).unwrap_or_default();
        let mut chars = JsonString::new(after, true).chars();
        if chars.escape().is_some() {
            return Ok(self.text.len() - chars.after().len());
        }
        let hex = after.as_bytes().get(1..5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        match after.starts_with('u') && hex {
            false => Err(at),
            true if self.is_strict() => self.refuse(Error::StringInvalid),
            true => Ok(at + 6),
        }
    }

    /// Reads a member's name, up to its value.
    fn name(&mut self, at: usize) -> End {
        let start = self.expect(b'"', at)?;
        let (mut digest, mut end, mut marks) = (0, start, 0);
        while marks == 0 {
            let word = self.after(end).first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
            marks = swar::json_special(word);
            digest = mix(digest, swar::head(word, marks));
            end += swar::first(marks);
        }
        self.escaped = false;
        if self.byte(end) != Some(b'"') {
            (digest, end) = self.odd_name(start)?;
        }
        if self.is_strict() {
            self.compare(digest)?;
        }
        let value = self.white(self.expect(b':', self.white(end + 1))?);
        if self.around.len() == 1 {
            self.member = Member { name: start..end, escaped: self.escaped, value };
        }
        Ok(value)
    }

    /// Reads a name that has escapes, or is at the end of the text. Its digest is computed where it is compared.
    #[cold]
    #[inline(never)]
    fn odd_name(&mut self, start: usize) -> Result<(u64, usize), usize> {
        let end = self.string_with_escapes(start)? - 1;
        if !self.is_strict() {
            return Ok((0, end));
        }
        match digest(JsonString::new(self.text.get(start..end).unwrap_or_default(), self.escaped)) {
            Some(digest) => Ok((digest, end)),
            None => self.refuse(Error::StringInvalid).map(|end| (0, end)),
        }
    }

    /// Records a name, if it is new in its object.
    fn compare(&mut self, digest: u64) -> Result<(), usize> {
        let known = self.names.get(self.top.names.into()..).unwrap_or_default();
        if is_known(known, digest) {
            return self.refuse(Error::DuplicateMember).map(drop);
        }
        if !self.top.overflowed && self.names.push(digest).is_err() {
            self.overflow()?;
        }
        Ok(())
    }

    /// Makes room: open objects are compared when they end.
    #[cold]
    fn overflow(&mut self) -> Result<(), usize> {
        if self.rules.rescan_budget == 0 {
            return self.refuse(Error::TooComplex).map(drop);
        }
        for level in self.around.iter_mut().chain([&mut self.top]) {
            (level.names, level.overflowed) = (0, true);
        }
        self.names.clear();
        Ok(())
    }

    /// Compares the names of an object that ends without recorded names: a part of them at a time, selected by their
    /// digests.
    #[cold]
    fn compare_again(&mut self, end: usize) -> Result<(), usize> {
        let members = Members { rest: self.text.get(self.top.start..end).unwrap_or_default() };
        // Half of what fits: one part in ten million exceeds it.
        let parts = members.clone().count().div_ceil(MAX_NAMES / 2);
        let Some(left) = self.rules.rescan_budget.checked_sub(members.rest.len().saturating_mul(parts + 1)) else {
            return self.refuse(Error::TooComplex).map(drop);
        };
        self.rules.rescan_budget = left;
        let parts = u64::try_from(parts).unwrap_or_default();
        for part in 0..parts {
            self.names.clear();
            let is_in = |digest: &u64| ((digest >> 32) * parts) >> 32 == part;
            for digest in members.clone().filter_map(|(name, _)| digest(name)).filter(is_in) {
                if is_known(&self.names, digest) {
                    return self.refuse(Error::DuplicateMember).map(drop);
                }
                if self.names.push(digest).is_err() {
                    return self.refuse(Error::TooComplex).map(drop);
                }
            }
        }
        Ok(())
    }
}

#[expect(clippy::manual_contains, reason = "`contains` is unrolled, which takes 100 bytes of a device's flash")]
#[inline(always)]
fn is_known(known: &[u64], digest: u64) -> bool {
    known.iter().any(|known| *known == digest)
}

/// Returns the digest of an unescaped name; `None` if it contains U+0000, which pads the last word.
///
/// Unique for names of fewer than eight bytes; for longer ones a collision takes malice. Colliding names are rejected
/// as duplicates, so that names need not be compared.
fn digest(name: JsonString<'_>) -> Option<u64> {
    let (mut digest, mut word, mut shift) = (0, 0_u64, 0_u32);
    for character in name.chars() {
        if character == '\0' {
            return None;
        }
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            word |= u64::from(byte) << shift;
            shift = (shift + 8) % 64;
            if shift == 0 {
                (digest, word) = (mix(digest, word), 0);
            }
        }
    }
    Some(mix(digest, word))
}

/// Mixes one more word into a digest; injective in the word for a given digest.
fn mix(digest: u64, word: u64) -> u64 {
    let mixed = (digest ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 32
}
