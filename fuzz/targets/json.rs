//! Our reader against serde_json: the same values, and the same texts but for what ours refuses on purpose.
#![no_main]

use doorward::mcp::{self, MAX_MESSAGES};
use doorward::text::json::{self, Error, Kind, MAX_DEPTH, Value};
use doorward_fuzz::{NAMES, bounded};
use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Other;
use std::collections::BTreeSet;
use std::fmt;

fn compare(ours: Value<'_>, other: &Other) {
    match other {
        Other::Null => assert_eq!(ours.kind(), Kind::Null),
        Other::Bool(value) => assert_eq!(ours.as_bool(), Some(*value)),
        Other::String(value) => {
            let text = ours.as_string().unwrap();
            assert!(text.equals(value));
            let mut out = vec![0; text.unescaped_length()];
            assert_eq!(text.unescape(&mut out).unwrap(), value);
        }
        Other::Number(value) => {
            assert_eq!(ours.kind(), Kind::Number);
            if let Some(whole) = value.as_i64().filter(|whole| whole.abs() <= 1 << 53) {
                assert_eq!(ours.seconds(), Some(whole));
            }
        }
        Other::Array(values) => {
            let mut elements = ours.elements().unwrap();
            values.iter().for_each(|value| compare(elements.next().unwrap(), value));
            assert!(elements.next().is_none());
        }
        Other::Object(values) => {
            assert_eq!(ours.members().unwrap().count(), values.len());
            values.iter().for_each(|(name, value)| compare(ours.get(name).unwrap(), value));
        }
    }
}

/// What is JSON but not ours.
#[derive(Default)]
struct Odd {
    /// A name stands twice in one object.
    twice: bool,
    /// A name holds U+0000.
    nul: bool,
    /// Levels.
    depth: usize,
    /// The most members of one object, those in them included.
    members: usize,
}

impl Odd {
    fn inside(&mut self, inner: &Self) {
        self.twice |= inner.twice;
        self.nul |= inner.nul;
        self.depth = self.depth.max(inner.depth + 1);
        self.members += inner.members;
    }
}

impl<'de> Deserialize<'de> for Odd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Odd;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Odd, A::Error> {
        let (mut odd, mut names) = (Odd { depth: 1, ..Odd::default() }, BTreeSet::new());
        while let Some((name, inner)) = map.next_entry::<String, Odd>()? {
            odd.inside(&inner);
            odd.members += 1;
            odd.nul |= name.contains('\0');
            odd.twice |= !names.insert(name);
        }
        Ok(odd)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Odd, A::Error> {
        let mut odd = Odd { depth: 1, ..Odd::default() };
        while let Some(inner) = list.next_element()? {
            odd.inside(&inner);
        }
        Ok(odd)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Odd, E> {
        Ok(Odd::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Odd, E> {
        Ok(Odd::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Odd, E> {
        Ok(Odd::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Odd, E> {
        Ok(Odd::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Odd, E> {
        Ok(Odd::default())
    }

    fn visit_unit<E>(self) -> Result<Odd, E> {
        Ok(Odd::default())
    }
}

/// With a feature that the tests switch on, serde_json takes an object with this name for something else.
const ITS_OWN: &[u8] = b"$serde_json::private::RawValue";

/// Whether each message of a body is one by its method, as the other reader has it.
fn discovery(text: &[u8], other: Option<&Other>) {
    let open = bounded(text.len(), 48, 20_000 + NAMES, || mcp::is_discovery_body(text));
    let Some(other) = other.filter(|_| open) else { return };
    let messages = other.as_array().map_or(std::slice::from_ref(other), Vec::as_slice);
    assert!((1..=MAX_MESSAGES).contains(&messages.len()));
    for message in messages {
        let method = message.get("method").and_then(Other::as_str).unwrap();
        assert!(mcp::is_discovery(method, message.get("id").is_none()));
        assert!(message.get("result").is_none() && message.get("error").is_none());
    }
}

fuzz_target!(|text: &[u8]| {
    if text.windows(ITS_OWN.len()).any(|window| window == ITS_OWN) {
        return;
    }
    let ours = bounded(text.len(), 24, 20_000 + NAMES, || json::parse(text));
    let other = serde_json::from_slice::<Other>(text);
    discovery(text, other.as_ref().ok());
    match (ours, other) {
        (Ok(ours), Ok(other)) => compare(ours, &other),
        // serde_json refuses numbers that no f64 holds; RFC 8259 allows them.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("number out of range"), "{error}"),
        (Err(error), Ok(_)) => {
            let odd: Odd = serde_json::from_slice(text).unwrap();
            let fault = match error {
                Error::DuplicateMember => odd.twice,
                Error::StringInvalid => odd.nul,
                Error::TooDeep { .. } => odd.depth > MAX_DEPTH,
                Error::TooComplex => odd.members > 64,
                _ => false,
            };
            assert!(fault, "{error:?}");
        }
        (Err(_), Err(_)) => {}
    }
});
