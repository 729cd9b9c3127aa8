//! base64url without padding (RFC 4648 section 5, RFC 7515 section 2), for what is public.
//!
//! One text for one value: padding, white space, other alphabets and non-zero trailing bits are refused
//! (RFC 4648 section 3.5), so a token cannot be rewritten without breaking it. It is quick and not constant in
//! time; secrets (API keys, `k` of a shared secret) go through the `base64ct` crate instead.

use crate::error::Error;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// Marks what is not in the alphabet; no value of the alphabet has this bit.
const INVALID: u8 = 0x80;
const VALUES: [u8; 256] = values();

// Evaluated by the compiler only: a wrong index would not build.
#[expect(clippy::indexing_slicing, clippy::as_conversions, clippy::cast_possible_truncation)]
const fn values() -> [u8; 256] {
    let mut table = [INVALID; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        table[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    table
}

fn value(character: u8) -> u8 {
    VALUES.get(usize::from(character)).copied().unwrap_or(INVALID)
}

fn character(value: u8) -> u8 {
    ALPHABET.get(usize::from(value & 63)).copied().unwrap_or_default()
}

/// How many bytes a text of this length stands for, if any text of this length is valid.
pub fn decoded_length(text_length: usize) -> Option<usize> {
    let tail = match text_length % 4 {
        0 => 0,
        2 => 1,
        3 => 2,
        _ => return None,
    };
    Some(text_length / 4 * 3 + tail)
}

/// Decodes into the beginning of `out` and returns that part.
pub fn decode<'o>(text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
    let needed = decoded_length(text.len()).ok_or(Error::EncodingInvalid)?;
    let actual = out.len();
    let (out, _) = out.split_at_mut_checked(needed).ok_or(Error::ScratchTooSmall {
        needed: crate::text::saturate(needed),
        actual: crate::text::saturate(actual),
    })?;
    let (quads, tail) = text.as_chunks::<4>();
    let (triples, rest) = out.as_chunks_mut::<3>();
    let mut seen = 0;
    for (quad, triple) in quads.iter().zip(triples) {
        let [a, b, c, d] = quad.map(value);
        seen |= a | b | c | d;
        let bits = u32::from(a) << 18 | u32::from(b) << 12 | u32::from(c) << 6 | u32::from(d);
        let [_, x, y, z] = bits.to_be_bytes();
        *triple = [x, y, z];
    }
    match (tail, rest) {
        ([], _) => {}
        ([a, b], [x]) => {
            let (a, b) = (value(*a), value(*b));
            seen |= a | b | trailing(b & 0x0f);
            *x = a << 2 | b >> 4;
        }
        ([a, b, c], [x, y]) => {
            let (a, b, c) = (value(*a), value(*b), value(*c));
            seen |= a | b | c | trailing(c & 0x03);
            *x = a << 2 | b >> 4;
            *y = b << 4 | c >> 2;
        }
        _ => return Err(Error::EncodingInvalid),
    }
    if seen & INVALID == 0 { Ok(out) } else { Err(Error::EncodingInvalid) }
}

fn trailing(bits: u8) -> u8 {
    if bits == 0 { 0 } else { INVALID }
}

/// Encodes into the beginning of `out` and returns that part.
pub fn encode<'o>(bytes: &[u8], out: &'o mut [u8]) -> Result<&'o str, Error> {
    let (triples, tail) = bytes.as_chunks::<3>();
    let needed = triples.len() * 4 + if tail.is_empty() { 0 } else { tail.len() + 1 };
    let too_small = Error::BufferTooSmall { needed: crate::text::saturate(needed) };
    let (out, _) = out.split_at_mut_checked(needed).ok_or(too_small)?;
    let (quads, rest) = out.as_chunks_mut::<4>();
    for (&[x, y, z], quad) in triples.iter().zip(quads) {
        *quad = [x >> 2, x << 4 | y >> 4, y << 2 | z >> 6, z].map(character);
    }
    match (tail, rest) {
        (&[x], [a, b]) => [*a, *b] = [x >> 2, x << 4].map(character),
        (&[x, y], [a, b, c]) => [*a, *b, *c] = [x >> 2, x << 4 | y >> 4, y << 2].map(character),
        _ => {}
    }
    core::str::from_utf8(out).map_err(|_| Error::EncodingInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_survives_the_round_trip() {
        let bytes: std::vec::Vec<u8> = (0..=255).rev().collect();
        for length in 0..bytes.len() {
            let (mut text, mut back) = ([0; 400], [0; 300]);
            let text = encode(&bytes[..length], &mut text).unwrap();
            assert_eq!(decode(text.as_bytes(), &mut back).unwrap(), &bytes[..length]);
        }
    }

    #[test]
    fn b01_only_the_canonical_text_decodes() {
        for bad in ["A", "AB", "AAB", "AA==", "AA=", "A A", "AA\n", "+/", "AA\0A", "\u{e4}A", "AAAAA"] {
            assert_eq!(decode(bad.as_bytes(), &mut [0; 16]), Err(Error::EncodingInvalid), "{bad:?}");
        }
        assert_eq!(decode(b"_-8", &mut [0; 2]).unwrap(), [0xff, 0xef]);
        let small = Error::ScratchTooSmall { needed: 2, actual: 1 };
        assert_eq!(decode(b"_-8", &mut [0; 1]), Err(small));
    }
}
