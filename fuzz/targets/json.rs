//! Our reader against serde_json: the same values, and the same texts but for what ours refuses on purpose.
#![no_main]

use doorward::text::json::{self, Error, Kind, Value};
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Other;

fn compare(ours: Value<'_>, other: &Other) {
    match other {
        Other::Null => assert_eq!(ours.kind(), Kind::Null),
        Other::Bool(value) => assert_eq!(ours.as_bool(), Some(*value)),
        Other::String(value) => {
            let text = ours.as_text().unwrap();
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

/// With a feature that the tests switch on, serde_json takes an object with this name for something else.
const ITS_OWN: &[u8] = b"$serde_json::private::RawValue";

fuzz_target!(|text: &[u8]| {
    if text.windows(ITS_OWN.len()).any(|window| window == ITS_OWN) {
        return;
    }
    match (json::parse(text), serde_json::from_slice::<Other>(text)) {
        (Ok(ours), Ok(other)) => compare(ours, &other),
        // serde_json refuses numbers that no f64 holds; RFC 8259 allows them.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("number out of range"), "{error}"),
        (Err(error), Ok(_)) => assert!(
            matches!(
                error,
                Error::DuplicateMember | Error::TooDeep { .. } | Error::TextInvalid | Error::TooComplex
            ),
            "{error:?}"
        ),
        (Err(_), Err(_)) => {}
    }
});
