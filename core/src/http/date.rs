//! HTTP-date (RFC 9110 section 5.6.7).

use crate::time::UnixTime;

/// Days before each month of a non-leap year.
const MONTHS: [(&str, i64); 12] = [
    ("Jan", 0),
    ("Feb", 31),
    ("Mar", 59),
    ("Apr", 90),
    ("May", 120),
    ("Jun", 151),
    ("Jul", 181),
    ("Aug", 212),
    ("Sep", 243),
    ("Oct", 273),
    ("Nov", 304),
    ("Dec", 334),
];

/// Parses a date in any of its three forms to seconds since 1970; `None` if invalid. The day name is not checked.
///
/// `now` determines the century of a two-digit year: never more than 50 years ahead.
pub(super) fn parse(text: &[u8], now: UnixTime) -> Option<i64> {
    let text = core::str::from_utf8(text).ok()?;
    let mut fields = text.split([' ', ',', '-']).filter(|field| !field.is_empty());
    fields.next()?; // the day of the week
    let first = fields.next()?;
    let (day, month, year, time) = if first.starts_with(|character: char| character.is_ascii_digit()) {
        let (month, year, time) = (fields.next()?, fields.next()?, fields.next()?);
        (fields.next()? == "GMT").then_some((first, month, year, time))?
    } else {
        let (day, time, year) = (fields.next()?, fields.next()?, fields.next()?);
        (day, first, year, time)
    };
    if fields.next().is_some() {
        return None;
    }
    let (year, day) = (full_year(year, now)?, number(day, 31)?);
    let before = MONTHS.iter().find_map(|(name, days)| (*name == month).then_some(*days))?;
    let mut time = time.split(':');
    let mut part = |most| time.next().and_then(|text| number(text, most));
    let (hours, minutes, seconds) = (part(23)?, part(59)?, part(60)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let today = before + day - 1 + i64::from(leap && before > 31);
    Some(((days_before(year) + today) * 24 + hours) * 3600 + minutes * 60 + seconds)
}

/// Returns the days from 1970 to the beginning of a year.
fn days_before(year: i64) -> i64 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400 - 719_162
}

fn full_year(text: &str, now: UnixTime) -> Option<i64> {
    let year = number(text, 9999)?;
    match text.len() {
        4 => Some(year).filter(|year| *year > 0),
        2 => {
            // A year has 365.2425 days.
            let this = 1970 + now.seconds() / 31_556_952;
            let year = this - this % 100 + year;
            Some(if year > this + 50 { year - 100 } else { year })
        }
        _ => None,
    }
}

fn number(text: &str, most: i64) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)?;
    digits.parse().ok().filter(|number| *number <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_a_date() {
        let now = UnixTime::from_seconds(1_700_000_000);
        for (text, seconds) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
            ("Fri, 01 Mar 2024 00:00:00 GMT", Some(1_709_251_200)),
            ("Wed, 31 Dec 2025 23:59:60 GMT", Some(1_767_225_600)),
            ("Sat, 01 Mar 2100 00:00:00 GMT", Some(4_107_542_400)),
            ("Mon, 06-Nov-73 08:49:37 GMT", Some(3_277_183_777)),
            ("Mon, 06-Nov-74 08:49:37 GMT", Some(152_959_777)),
            ("Mon, 06 Nov 0000 08:49:37 GMT", None),
            ("0", None),
            ("", None),
            ("Sun, 06 Nov 1994 08:49:37", None),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT x", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49 GMT", None),
            ("Sun, 06 Nov 1994 08:49:-7 GMT", None),
            ("Sun, 06 Nov 99999999999999999999 08:49:37 GMT", None),
        ] {
            assert_eq!(parse(text.as_bytes(), now), seconds, "{text}");
        }
        assert_eq!(parse(b"Sun, 06 Nov 1994 08:49:37 \xff", now), None);
    }
}
