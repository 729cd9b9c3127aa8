//! Numbers as NumericDate, exactly (RFC 7519 section 2, RFC 7493 section 2.2).

/// The bound up to which every integer is exact in JSON.
const EXACT: i64 = 1 << 53;

/// Rounds a number of the grammar of RFC 8259 section 6 up to an integer; `None` past ±2^53.
pub(super) fn ceiling(number: &str) -> Option<i64> {
    let whole = |value, byte: u8| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    };
    // The usual form; no number of so few digits is out of bounds.
    if number.len() <= 15
        && let Some(value) = number.bytes().try_fold(0, whole)
    {
        return Some(value);
    }
    written_otherwise(number)
}

fn written_otherwise(number: &str) -> Option<i64> {
    let (negative, number) = match number.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (mantissa, exponent) = cut(number, |byte| byte | 0x20 == b'e');
    let (whole, fraction) = cut(mantissa, |byte| byte == b'.');
    let point = isize::try_from(whole.len()).ok()?.saturating_add(power(exponent));
    let (mut value, mut rest, mut position) = (0, false, 0);
    for digit in whole.iter().chain(fraction) {
        let digit = i64::from(digit.wrapping_sub(b'0'));
        if position < point {
            value = value * 10 + digit;
        } else {
            rest |= digit != 0;
        }
        // Past the bound, further digits do not matter.
        if value > EXACT {
            return None;
        }
        position += 1;
    }
    while position < point && (1..=EXACT).contains(&value) {
        value *= 10;
        position += 1;
    }
    let value = match (negative, rest) {
        (true, _) => -value,
        (false, rest) => value + i64::from(rest),
    };
    (-EXACT..=EXACT).contains(&value).then_some(value)
}

/// Returns what comes before the first such byte, and what comes after it, if there is one.
fn cut(text: &[u8], stop: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| stop(*byte)).unwrap_or(text.len());
    (text.get(..end).unwrap_or_default(), text.get(end + 1..).unwrap_or_default())
}

/// Parses the exponent; one that is too large for its type saturates, since no text is long enough to make up for it.
fn power(exponent: &[u8]) -> isize {
    let (negative, digits) = match exponent {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let digits = digits.iter().map(|digit| isize::from(i16::from(digit.wrapping_sub(b'0'))));
    let size = digits.fold(0_isize, |value, digit| value.saturating_mul(10).saturating_add(digit));
    if negative { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::ceiling;

    #[test]
    fn c02_exact_or_refused() {
        for (text, seconds) in [
            ("0", 0),
            ("-0", 0),
            ("1700000600", 1_700_000_600),
            ("1700000600.0", 1_700_000_600),
            ("1.5", 2),
            ("-1.5", -1),
            ("17e8", 1_700_000_000),
            ("1.7E+9", 1_700_000_000),
            ("17000000005e-1", 1_700_000_001),
            ("0e99999999999", 0),
            ("1e-400", 1),
            ("9007199254740992", 1 << 53),
            ("-9007199254740992", -(1 << 53)),
            ("0.1e1", 1),
            ("7", 7),
            ("99999999", 99_999_999),
            ("123456789", 123_456_789),
            ("999999999999999", 999_999_999_999_999),
            ("1000000000000000", 1_000_000_000_000_000),
        ] {
            assert_eq!(ceiling(text), Some(seconds), "{text}");
        }
        for text in [
            "9007199254740993",
            "9007199254740992.5",
            "1e30",
            "1e400",
            "1e99999999999",
            "9223372036854775807",
            "18446744073709551616",
        ] {
            assert_eq!(ceiling(text), None, "{text}");
        }
        assert_eq!(ceiling(&"9".repeat(5000)), None);
        for length in [19_999, 20_000, 20_001, 70_000] {
            let zeros = "0".repeat(length);
            for (text, seconds) in [
                (std::format!("0.{zeros}15e{}", length + 2), Some(15)),
                (std::format!("0.{zeros}15e{}", length + 1), Some(2)),
                (std::format!("15{zeros}e-{length}"), Some(15)),
                (std::format!("-15{zeros}e-{}", length + 1), Some(-1)),
                (std::format!("1{zeros}1e-{}", length + 1), Some(2)),
                (std::format!("15{zeros}e-{}", length - 16), None),
                (std::format!("1e-1{zeros}"), Some(1)),
                (std::format!("1e1{zeros}"), None),
                (std::format!("0e1{zeros}"), Some(0)),
            ] {
                assert_eq!(ceiling(&text), seconds, "{} characters", text.len());
            }
        }
        assert_eq!(ceiling(&(std::string::String::from("1.") + &"0".repeat(5000))), Some(1));
    }
}
