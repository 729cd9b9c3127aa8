//! base64url without padding (RFC 4648 section 5, RFC 7515 section 2), for public data.
//!
//! One encoding for one value: padding, white space, other alphabets and non-zero trailing bits are rejected (RFC 4648
//! section 3.5), so a token cannot be rewritten without breaking it. It is fast and not constant-time; secrets (API
//! keys, `k` of a shared secret) go through the `base64ct` crate instead.

use crate::error::Error;

/// Marks invalid characters; no value of the alphabet has this bit.
const INVALID: u8 = 0x80;
const VALUES: [u8; 256] = values();
/// Characters that are decoded at once, and the bytes they decode to: as many as fit a vector register.
const BLOCK: usize = 16;
const DECODED: usize = BLOCK / 4 * 3;

/// Returns the difference between a character's value and its code, modulo 256; 0 only outside the alphabet.
///
/// Arithmetic only, so that a compiler can vectorize it.
const fn distance(character: u8) -> u8 {
    const fn only(is: bool, distance: u8) -> u8 {
        if is { distance } else { 0 }
    }
    let letter = 0_u8.wrapping_sub(b'A').wrapping_sub(only(character.cast_signed() > 0x5f, b'a' - b'A' - 26));
    only((character | 0x20).wrapping_sub(b'a') < 26, letter)
        | only(character.wrapping_sub(b'0') < 10, 52 - b'0')
        | only(character == b'-', 62 - b'-')
        | only(character == b'_', 63_u8.wrapping_sub(b'_'))
}

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler only: a wrong index would not build"
)]
const fn values() -> [u8; 256] {
    let mut table = [INVALID; 256];
    let mut character = 0;
    while character < table.len() {
        let distance = distance(character as u8);
        if distance != 0 {
            table[character] = distance.wrapping_add(character as u8);
        }
        character += 1;
    }
    table
}

fn value(character: u8) -> u8 {
    VALUES.get(usize::from(character)).copied().unwrap_or(INVALID)
}

/// Returns the decoded length of a text of this length; `None` if no text of this length is valid.
pub fn decoded_length(text_length: usize) -> Option<usize> {
    let tail = text_length % 4;
    if tail == 1 { None } else { Some(text_length / 4 * 3 + tail.saturating_sub(1)) }
}

/// Decodes into the beginning of `out` and returns that part, of [`decoded_length`] bytes.
///
/// # Errors
///
/// [`Error::EncodingInvalid`] if this is not canonical base64url, [`Error::ScratchTooSmall`] if the bytes do not fit
/// into `out`. After an error, the contents of `out` are unspecified.
pub fn decode<'o>(text: &[u8], out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
    let needed = decoded_length(text.len()).ok_or(Error::EncodingInvalid)?;
    let actual = out.len();
    let (out, _) = out.split_at_mut_checked(needed).ok_or(Error::ScratchTooSmall {
        needed: crate::text::saturate(needed),
        actual: crate::text::saturate(actual),
    })?;
    let (blocks, text) = text.as_chunks::<BLOCK>();
    let (places, rest) = out.as_chunks_mut::<DECODED>();
    let mut decoder = Decoder { least: [u8::MAX; BLOCK], packed: [0; 2] };
    for (block, place) in blocks.iter().zip(places) {
        *place = decoder.block(*block);
    }
    let seen = decode_rest(text, rest)? | if decoder.least.contains(&0) { INVALID } else { 0 };
    if seen & INVALID == 0 { Ok(out) } else { Err(Error::EncodingInvalid) }
}

/// Decodes less than a block; returns the bit [`INVALID`] if it is invalid.
fn decode_rest(text: &[u8], out: &mut [u8]) -> Result<u8, Error> {
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
    Ok(seen)
}

fn trailing(bits: u8) -> u8 {
    if bits == 0 { 0 } else { INVALID }
}

/// The accumulated result of all blocks.
struct Decoder {
    /// The least distance, for each position in a block: 0 where some character was not in the alphabet.
    least: [u8; BLOCK],
    /// Never read: it makes LLVM keep both halves of a block in one vector register.
    packed: [u64; 2],
}

impl Decoder {
    #[inline(always)]
    fn block(&mut self, mut block: [u8; BLOCK]) -> [u8; DECODED] {
        for (character, least) in block.iter_mut().zip(&mut self.least) {
            let distance = distance(*character);
            *least = distance.min(*least);
            *character = character.wrapping_add(distance);
        }
        let (halves, _) = block.as_chunks::<8>();
        let mut packed = [0; 2];
        for ((packed, all), half) in packed.iter_mut().zip(&mut self.packed).zip(halves) {
            *packed = pack(u64::from_le_bytes(*half));
            *all |= *packed;
        }
        let [first, second] = packed;
        let [a, b, c, d, e, f, g, h] = (first | second >> 48).to_be_bytes();
        let [i, j, k, l, ..] = (second << 16).to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

/// Packs eight values, the first in the lowest byte, into 48 bits, the first value's highest.
fn pack(values: u64) -> u64 {
    const BYTES: u64 = 0x00ff_00ff_00ff_00ff;
    const PAIRS: u64 = 0x0000_ffff_0000_ffff;
    let pairs = (values & BYTES) << 6 | (values >> 8 & BYTES);
    let quads = (pairs & PAIRS) << 12 | (pairs >> 16 & PAIRS);
    quads << 40 | (quads >> 16 & 0xffff_ffff_ffff_0000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64ct::{Base64UrlUnpadded, Encoding};

    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    #[test]
    fn every_length_survives_the_round_trip() {
        let bytes: std::vec::Vec<u8> = (0..=255).rev().collect();
        for length in 0..bytes.len() {
            let (mut text, mut back) = ([0; 400], [0; 300]);
            let text = Base64UrlUnpadded::encode(&bytes[..length], &mut text).unwrap();
            assert_eq!(decode(text.as_bytes(), &mut back).unwrap(), &bytes[..length]);
        }
    }

    #[test]
    fn b01_a_character_outside_of_the_alphabet_is_found_at_every_place_of_every_length() {
        for length in (0..70).filter(|length| length % 4 != 1) {
            for place in 0..length {
                for character in 0..=255_u8 {
                    let mut text = [b'A'; 70];
                    text[place] = character;
                    let last = place + 1 == length;
                    let value = ALPHABET.iter().position(|known| *known == character);
                    let unused = [0, 0, 4, 2][length % 4];
                    let good = value.is_some_and(|value| !last || value.trailing_zeros() >= unused);
                    let (mut bytes, mut again) = ([0; 60], [0; 70]);
                    let outcome = decode(&text[..length], &mut bytes);
                    assert_eq!(outcome.is_ok(), good, "{character:#x} at {place} of {length}");
                    if let Ok(bytes) = outcome {
                        let again = Base64UrlUnpadded::encode(bytes, &mut again).unwrap();
                        assert_eq!(again.as_bytes(), &text[..length]);
                    }
                }
            }
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

    /// A fault at one position is not cancelled by a fault at another.
    #[test]
    fn b01_two_characters_at_once() {
        // Two outside of the alphabet, and two in it, one of which has bits set that must not be.
        let characters = [b'=', 0xff, b'_', b'A'];
        for length in (2..36).filter(|length| length % 4 != 1) {
            for (first, second) in (0..length).flat_map(|first| (0..first).map(move |second| (first, second))) {
                for (one, other) in characters.iter().flat_map(|one| characters.map(|other| (*one, other))) {
                    let mut text = [b'A'; 36];
                    (text[first], text[second]) = (one, other);
                    let known = [one, other].iter().all(|character| ALPHABET.contains(character));
                    let good = known && !(first + 1 == length && one == b'_' && length % 4 != 0);
                    let outcome = decode(&text[..length], &mut [0; 27]).map(|_| ());
                    assert_eq!(outcome.is_ok(), good, "{one:#x} at {first}, {other:#x} at {second} of {length}");
                }
            }
        }
    }
}
