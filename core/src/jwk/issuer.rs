//! The issuer that a key is for, where its key set says so: Entra ID writes keys of several issuers into one set.

use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::text::json::JsonString;

/// The member `issuer` of a key, which signs tokens of this issuer alone. A name in braces, as in
/// `https://login.microsoftonline.com/{tenantid}/v2.0`, stands for one segment of a path.
///
/// In little memory: how many bytes are before and behind the braces, and the SHA-256 of these.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyIssuer {
    digest: [u8; 32],
    before: u16,
    behind: u16,
    has_braces: bool,
}

impl KeyIssuer {
    /// Reads it; [`Error::KeyMalformed`] if there are other braces, or too many bytes.
    pub(super) fn new(text: JsonString<'_>) -> Result<Self, Error> {
        let mut hash = Sha256::new();
        let (mut before, mut behind, mut braces) = (0_u16, 0_u16, 0);
        for character in text.chars() {
            match (character, braces) {
                ('{', 0) | ('}', 1) => braces += 1,
                ('{' | '}', _) => return Err(Error::KeyMalformed),
                (_, 1) => {}
                _ => {
                    let mut memory = [0; 4];
                    let bytes = character.encode_utf8(&mut memory).as_bytes();
                    hash.update(bytes);
                    let length = if braces == 0 { &mut before } else { &mut behind };
                    let more = u16::try_from(bytes.len()).map_err(|_| Error::KeyMalformed)?;
                    *length = length.checked_add(more).ok_or(Error::KeyMalformed)?;
                }
            }
        }
        match braces {
            0 | 2 => Ok(Self { digest: hash.finalize().into(), before, behind, has_braces: braces == 2 }),
            _ => Err(Error::KeyMalformed),
        }
    }

    /// Returns whether a token of this issuer may be signed by the key.
    pub(crate) fn includes(&self, issuer: &str) -> bool {
        self.parts(issuer).is_some_and(|(before, segment, behind)| {
            let fits =
                if self.has_braces { !segment.is_empty() && !segment.contains(&b'/') } else { segment.is_empty() };
            fits && Sha256::new().chain_update(before).chain_update(behind).finalize()[..] == self.digest
        })
    }

    fn parts<'i>(&self, issuer: &'i str) -> Option<(&'i [u8], &'i [u8], &'i [u8])> {
        let (before, rest) = issuer.as_bytes().split_at_checked(self.before.into())?;
        let (segment, behind) = rest.split_at_checked(rest.len().checked_sub(self.behind.into())?)?;
        Some((before, segment, behind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json;
    use std::format;

    #[test]
    fn c11_each_part_has_a_longest_length() {
        let of =
            |text: &str| KeyIssuer::new(json::parse(format!("\"{text}\"").as_bytes()).unwrap().as_string().unwrap());
        let most = "x".repeat(u16::MAX.into());
        for (before, behind) in [("", ""), (&*most, ""), ("", &*most), (&*most, &*most)] {
            let key = of(&format!("{before}{{t}}{behind}")).unwrap();
            assert!(key.includes(&format!("{before}1{behind}")) && !key.includes(&format!("{before}{behind}")));
            assert!(!key.includes(&format!("{before}a/b{behind}")));
        }
        assert!(of(&most).unwrap().includes(&most) && !of(&most).unwrap().includes(&most[1..]));
        for long in [format!("{most}x"), format!("{most}x{{t}}"), format!("{{t}}{most}\u{e4}")] {
            assert_eq!(of(&long).err(), Some(Error::KeyMalformed));
        }
    }
}
