//! Fast traversal of validated JSON text.

use crate::text::swar;

/// Returns the number of leading bytes of a string's text that need no escape (RFC 8259 section 7).
#[inline(always)]
pub(super) fn plain_length(text: &[u8]) -> usize {
    swar::length_before(text, swar::json_special)
}

#[inline]
pub(super) fn skip_white(text: &str) -> &str {
    let white = text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    text.get(white..).unwrap_or_default()
}

/// Returns the length of the value at the beginning of validated text, 0 at the end of a container; and whether it is a
/// string with escapes.
#[inline]
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

/// Returns the length of the string at the beginning of validated text, quotes included, and whether it has escapes.
pub(super) fn skip_string(text: &[u8]) -> (usize, bool) {
    let (mut at, mut escaped) = (1, false);
    loop {
        match text.get(at) {
            Some(b'"') => return (at + 1, escaped),
            Some(b'\\') => (at, escaped) = (at + 2, true),
            _ => match plain_length(text.get(at..).unwrap_or_default()) {
                0 => return (text.len(), escaped),
                plain => at += plain,
            },
        }
    }
}

/// Returns the length of the array or object at the beginning of validated text; at most that of invalid text.
pub(super) fn skip_container(text: &[u8]) -> usize {
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
