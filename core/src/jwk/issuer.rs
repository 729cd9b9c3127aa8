//! The issuer that a key is for, where its key set says so: Entra ID writes keys of several issuers into one set.
//!
//! A key with the member `issuer` signs tokens of this issuer alone. A name in braces, as in
//! `https://login.microsoftonline.com/{tenantid}/v2.0`, stands for one segment of a path.

use super::name::Name;

/// Returns whether it may be an issuer: without braces, or with one pair. In a text that is too long to be stored they
/// stand for themselves, so that it is nobody's.
pub(super) fn is_issuer(name: &Name) -> bool {
    let mut braces = name.text().unwrap_or_default().iter().filter(|byte| matches!(byte, b'{' | b'}'));
    matches!((braces.next(), braces.next(), braces.next()), (None, ..) | (Some(b'{'), Some(b'}'), None))
}

/// Returns whether a token of this issuer may be signed by a key with that one.
pub(crate) fn includes(key_issuer: &Name, issuer: &str) -> bool {
    match parts(key_issuer) {
        None => Name::new(issuer) == *key_issuer,
        Some((before, behind)) => {
            let segment = issuer.as_bytes().strip_prefix(before).and_then(|rest| rest.strip_suffix(behind));
            segment.is_some_and(|segment| !segment.is_empty() && segment.iter().all(|byte| *byte != b'/'))
        }
    }
}

/// Returns what is before and behind the braces, if there are any.
fn parts(name: &Name) -> Option<(&[u8], &[u8])> {
    let text = name.text()?;
    let place = |brace| text.iter().position(|byte| *byte == brace);
    Some((text.get(..place(b'{')?)?, text.get(place(b'}')? + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn c11_a_key_is_for_its_issuer_at_every_length() {
        for length in 1..=200 {
            let text = "x".repeat(length);
            let name = Name::new(&text);
            assert!(is_issuer(&name) && includes(&name, &text));
            for other in [&text[1..], &format!("{text}x"), &format!("y{}", &text[1..]), &format!("{}y", &text[1..])] {
                assert!(!includes(&name, other), "{length} {other}");
            }
        }
    }

    #[test]
    fn c11_braces_stand_for_one_segment_at_every_length() {
        for (before, behind) in (0..70).map(|before| (before, 61_usize.saturating_sub(before))) {
            let (before, behind) = ("x".repeat(before), "y".repeat(behind));
            let name = Name::new(&format!("{before}{{t}}{behind}"));
            let is_stored = before.len() + 3 + behind.len() <= 64;
            assert!(is_issuer(&name));
            assert_eq!(includes(&name, &format!("{before}1{behind}")), is_stored);
            for segment in ["", "a/b", "/"] {
                assert!(!includes(&name, &format!("{before}{segment}{behind}")));
            }
        }
    }
}
