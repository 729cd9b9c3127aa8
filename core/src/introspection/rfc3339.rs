//! Times of RFC 3339, as vendors write them.

/// Parses a time to seconds since 1970, fractions cut off; `None` if it is none, or before 1970.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (number(year, 4, 9999)?, number(month, 2, 12)?, number(day, 2, 31)?);
    if year < 1970 || month == 0 || day == 0 {
        return None;
    }
    let (time, offset) = match time.strip_suffix(['Z', 'z']) {
        Some(time) => (time, 0),
        None => {
            let at = time.rfind(['+', '-'])?;
            let (time, offset) = time.split_at_checked(at)?;
            let (sign, hours) = offset.split_at_checked(1)?;
            let (hours, minutes) = hours.split_once(':')?;
            let seconds = number(hours, 2, 23)? * 3600 + number(minutes, 2, 59)? * 60;
            (time, if sign == "-" { -seconds } else { seconds })
        }
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, rest) = time.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let (hours, minutes, seconds) = (number(hours, 2, 23)?, number(minutes, 2, 59)?, number(seconds, 2, 60)?);
    // Years that begin in March, so that the day that some lack is their last.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 719_469;
    Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds - offset).filter(|seconds| *seconds >= 0)
}

fn number(text: &str, digits: usize, most: i64) -> Option<i64> {
    let good = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten().filter(|number| *number <= most)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-03-01T00:00:00z", 5_097_600),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2023-11-14T22:13:20Z", 1_700_000_000),
            ("2023-11-14T22:13:20.123456+00:00", 1_700_000_000),
            ("2023-11-15T00:13:20+02:00", 1_700_000_000),
            ("2023-11-14 16:43:20-05:30", 1_700_000_000),
            ("9999-12-31T23:59:60Z", 253_402_300_800),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in "|2023-11-14|2023-11-14T22:13:20|2023-11-14T22:13Z|2023-13-14T22:13:20Z|2023-11-32T22:13:20Z|2023-00-14T22:13:20Z|\
            2023-11-00T22:13:20Z|23-11-14T22:13:20Z|2023-11-14T24:13:20Z|2023-11-14T22:60:20Z|2023-11-14T22:13:61Z|\
            2023-11-14T22:13:20.Z|2023-11-14T22:13:20.1xZ|2023-11-14T22:13:20+2:00|2023-11-14T22:13:20+0200|\
            +023-11-14T22:13:20Z|1969-12-31T23:59:59Z|1970-01-01T00:00:00+00:01|2023-11-14T22:13:20ZZ"
            .split('|')
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
