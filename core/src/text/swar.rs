//! Eight bytes at a time, as one word: the first byte is the lowest.
//!
//! A mark is the highest bit of a byte. The functions here that set marks are exact for the first match; after it a
//! borrow may set others.

const ONES: u64 = u64::MAX / 255;
const HIGHEST: u64 = ONES * 0x80;

/// Marks the bytes equal to this one.
pub(crate) fn byte(wanted: u8, word: u64) -> u64 {
    let zero = word ^ (ONES * u64::from(wanted));
    zero.wrapping_sub(ONES) & !zero & HIGHEST
}

/// Marks what must be escaped in a JSON string (RFC 8259 section 7): quote, backslash, control characters.
pub(crate) fn json_special(word: u64) -> u64 {
    // With this bit flipped, the quote follows the control characters, which stay below it.
    let below = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let backslash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    (below | backslash) & !word & HIGHEST
}

/// Marks bytes that are not decimal digits.
pub(crate) fn no_digit(word: u64) -> u64 {
    (word.wrapping_add(ONES * 0x46) | word.wrapping_sub(ONES * 0x30) | word) & HIGHEST
}

/// Returns the number of bytes before the first mark.
#[inline(always)]
pub(crate) fn length_before(text: &[u8], mark: impl Fn(u64) -> u64) -> usize {
    let (words, tail) = text.as_chunks::<8>();
    let mut length = 0;
    for word in words {
        let marks = mark(u64::from_le_bytes(*word));
        if marks != 0 {
            return length + first(marks);
        }
        length += 8;
    }
    length + first(mark(last(tail))).min(tail.len())
}

/// Returns the index of the first mark; 8 if there is none.
#[inline(always)]
pub(crate) fn first(marks: u64) -> usize {
    usize::try_from(marks.trailing_zeros() / 8).unwrap_or_default()
}

/// Returns the bytes before the first mark, the others zeroed.
#[inline(always)]
pub(crate) fn head(word: u64, marks: u64) -> u64 {
    let lowest = marks & marks.wrapping_neg();
    word & (lowest >> 7).wrapping_sub(1)
}

/// Reads fewer than eight bytes, padded with zeros.
#[cold]
fn last(tail: &[u8]) -> u64 {
    tail.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn each_length_and_place(mark: impl Fn(u64) -> u64, meant: impl Fn(u8) -> bool, filling: u8) {
        for length in 0..70 {
            let mut text = vec![filling; length];
            assert_eq!(length_before(&text, &mark), length);
            for place in 0..length {
                for byte in 0..=255 {
                    text[place] = byte;
                    let expected = if meant(byte) { place } else { length };
                    assert_eq!(length_before(&text, &mark), expected, "{byte:#x} at {place} of {length}");
                }
                text[place] = filling;
            }
        }
    }

    #[test]
    fn the_first_mark_is_exact_at_every_place_of_every_length() {
        each_length_and_place(|word| byte(b'.', word), |byte| byte == b'.', b'/');
        each_length_and_place(json_special, |byte| matches!(byte, b'"' | b'\\' | ..0x20), b'!');
        each_length_and_place(json_special, |byte| matches!(byte, b'"' | b'\\' | ..0x20), 0xff);
        each_length_and_place(no_digit, |byte| !byte.is_ascii_digit(), b'9');
    }

    #[test]
    fn what_stands_before_does_not_move_the_first_mark() {
        for before in 0..=255 {
            let word = u64::from_le_bytes([before, b'.', before, before, before, before, before, before]);
            assert_eq!(first(byte(b'.', word)), usize::from(before != b'.'));
            assert_eq!(first(json_special(word)) > 0, !matches!(before, b'"' | b'\\' | ..0x20));
            assert_eq!(first(no_digit(word)), usize::from(before.is_ascii_digit()));
        }
    }

    #[test]
    fn head_keeps_what_stands_before_the_mark() {
        let word = u64::from_le_bytes(*b"abcdefg\"");
        for place in 0..8 {
            let mut text = *b"abcdefgh";
            text[place] = b'"';
            let (word, mut expected) = (u64::from_le_bytes(text), [0; 8]);
            expected[..place].copy_from_slice(&text[..place]);
            assert_eq!(head(word, json_special(word)), u64::from_le_bytes(expected));
        }
        assert_eq!(head(word, 0), word);
    }
}
