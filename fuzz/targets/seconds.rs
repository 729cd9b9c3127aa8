//! A NumericDate of any spelling against exact arithmetic on its digits: rounded up, or refused.
#![no_main]

use doorward::text::json;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;
use num_bigint::BigUint;

/// More digits than an input has: an exponent beyond that alone decides.
const FAR: i64 = 100_000;

fn exact(number: &str) -> Option<i64> {
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    let far = if exponent.starts_with('-') { -FAR } else { FAR };
    let exponent = exponent.parse::<i64>().map_or(far, |exponent| exponent.clamp(-FAR, FAR));
    let point = digits.len() as i64 - fraction.len() as i64 - whole.len() as i64 + whole.len() as i64 + exponent;
    // 2^53 has 16 digits.
    if point > 16 {
        return None;
    }
    let (before, behind) = digits.split_at(point.clamp(0, digits.len() as i64) as usize);
    let zeros = if point > digits.len() as i64 { (point - digits.len() as i64) as u32 } else { 0 };
    let truncated = BigUint::parse_bytes(before.as_bytes(), 10).unwrap_or_default() * BigUint::from(10_u8).pow(zeros);
    let rounded = if !negative && behind.bytes().any(|digit| digit != b'0') { truncated + 1_u8 } else { truncated };
    let value = i64::try_from(rounded).ok().filter(|value| *value <= 1 << 53)?;
    Some(if negative { -value } else { value })
}

fuzz_target!(|input: &[u8]| {
    // Most of what would be no number is made one.
    let text: Vec<u8> = input
        .iter()
        .map(|byte| if b"0123456789.eE+-".contains(byte) { *byte } else { b"0123456789"[usize::from(byte % 10)] })
        .collect();
    let Ok(value) = json::parse(&text) else { return };
    let seconds = bounded(text.len(), 28, 500, || value.seconds());
    assert_eq!(seconds, exact(value.raw()), "{}", value.raw());
});
