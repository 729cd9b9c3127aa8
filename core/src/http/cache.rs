//! How long a response stays fresh (RFC 9111 section 4.2), and when to retry (RFC 9110 section 10.2.3).

use super::date;
use crate::time::UnixTime;

/// The header fields that control caching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Freshness {
    /// Whether there was `no-store` or `no-cache`.
    not_kept: bool,
    max_age: Option<u32>,
    age: Option<u32>,
    /// An invalid date counts as expired (RFC 9111 section 5.3).
    expires: Option<i64>,
    date: Option<i64>,
}

impl Freshness {
    /// Parses `Cache-Control` (RFC 9111 section 5.2.2), which need not be UTF-8. `s-maxage` is for shared caches.
    pub(super) fn cache_control(&mut self, value: &[u8]) {
        let mut quoted = false;
        let directives = value.split(|byte| {
            quoted ^= *byte == b'"';
            *byte == b',' && !quoted
        });
        for directive in directives.map(<[u8]>::trim_ascii) {
            let end = directive.iter().position(|byte| *byte == b'=').unwrap_or(directive.len());
            let (name, value) = directive.split_at_checked(end).unwrap_or_default();
            // With an argument, `no-cache` is about the header fields that it names (section 5.2.2.4).
            let no_cache = name.eq_ignore_ascii_case(b"no-cache") && value.is_empty();
            self.not_kept |= no_cache || name.eq_ignore_ascii_case(b"no-store");
            if name.eq_ignore_ascii_case(b"max-age") && self.max_age.is_none() {
                let value = value.strip_prefix(b"=").unwrap_or_default();
                let quoted = value.strip_prefix(b"\"").and_then(|quoted| quoted.strip_suffix(b"\""));
                // One that cannot be read is as good as stale (section 4.2.1).
                self.max_age = Some(delta_seconds(quoted.unwrap_or(value)).unwrap_or(0));
            }
        }
    }

    /// Parses `Age` (RFC 9111 section 5.1): the first counts.
    pub(super) fn age(&mut self, value: &[u8]) {
        self.age = self.age.or_else(|| delta_seconds(value));
    }

    /// Parses `Expires` (RFC 9111 section 5.3).
    pub(super) fn expires(&mut self, value: &[u8], now: UnixTime) {
        self.expires = self.expires.or_else(|| Some(date::parse(value, now).unwrap_or(i64::MIN)));
    }

    /// Parses `Date` (RFC 9110 section 6.6.1): the first counts.
    pub(super) fn date(&mut self, value: &[u8], now: UnixTime) {
        self.date = self.date.or_else(|| date::parse(value, now));
    }

    /// Returns the seconds for which the response stays fresh; `None` if not specified.
    pub(super) fn lifetime(&self, now: UnixTime) -> Option<u32> {
        if self.not_kept {
            return Some(0);
        }
        let date = self.date.unwrap_or(now.seconds());
        let until = |expires: i64| expires.saturating_sub(date).max(0);
        let whole = self.max_age.or_else(|| self.expires.map(|expires| saturate(until(expires))));
        // Section 4.2.3: the greater of what a cache says, and what the date does.
        let age = saturate(now.seconds().saturating_sub(date).max(0)).max(self.age.unwrap_or_default());
        whole.map(|seconds| seconds.saturating_sub(age))
    }
}

/// Parses `Retry-After`, seconds or a date, and returns the seconds left (RFC 9110 section 10.2.3).
pub(super) fn retry_after(value: &[u8], now: UnixTime) -> Option<u32> {
    delta_seconds(value).or_else(|| date::parse(value, now).map(|date| saturate((date - now.seconds()).max(0))))
}

/// Parses a number of seconds (RFC 9111 section 1.2.2), saturating at 2^32 - 1.
fn delta_seconds(digits: &[u8]) -> Option<u32> {
    let number = digits.iter().try_fold(0_u32, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    });
    number.filter(|_| !digits.is_empty())
}

fn saturate(seconds: i64) -> u32 {
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_seconds(784_111_777);

    #[test]
    fn how_long_a_response_says_that_it_may_be_kept() {
        for (cache_control, age, seconds) in [
            ("max-age=600", "", Some(600)),
            ("public, Max-Age=\"600\"", "100", Some(500)),
            ("max-age=5", "9", Some(0)),
            ("no-store", "", Some(0)),
            ("max-age=600, no-cache", "", Some(0)),
            ("s-maxage=5", "", None),
            ("", "", None),
            ("max-age=-1", "", Some(0)),
            ("max-age=", "", Some(0)),
            ("max-age=x, max-age=9", "", Some(0)),
            ("max-age=7,max-age=9", "", Some(7)),
            ("max-age=99999999999999999999", "", Some(u32::MAX)),
            ("x=\u{ff}, no-store", "", Some(0)),
            ("no-cache=\"a, no-store\", max-age=9", "", Some(9)),
            ("no-cache=a, no-cache, max-age=9", "", Some(0)),
        ] {
            let mut fields = Freshness::default();
            fields.cache_control(cache_control.as_bytes());
            fields.age(age.as_bytes());
            fields.age(b"x");
            assert_eq!(fields.lifetime(NOW), seconds, "{cache_control}");
        }
        for (expires, date, seconds) in [
            ("Sun, 06 Nov 1994 08:50:37 GMT", "", 60),
            ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:50:07 GMT", 30),
            ("Sun, 06 Nov 1994 08:50:37 GMT", "Sun, 06 Nov 1994 08:51:07 GMT", 0),
            ("Sun, 06 Nov 9994 08:50:37 GMT", "", u32::MAX),
            ("0", "", 0),
            ("-1", "Sun, 06 Nov 1994 08:50:07 GMT", 0),
        ] {
            let mut fields = Freshness::default();
            fields.expires(expires.as_bytes(), NOW);
            fields.expires(b"Sun, 06 Nov 2094 08:50:37 GMT", NOW);
            fields.date(date.as_bytes(), NOW);
            assert_eq!(fields.lifetime(NOW), Some(seconds), "{expires} {date}");
            fields.age(b"10");
            assert_eq!(fields.lifetime(NOW), Some(seconds.saturating_sub(10)), "{expires} {date}");
            fields.cache_control(b"max-age=700");
            assert_eq!(fields.lifetime(NOW), Some(690), "Cache-Control goes before (RFC 9111 section 5.3)");
        }
    }

    #[test]
    fn when_to_come_again() {
        for (value, seconds) in [
            ("120", Some(120)),
            ("99999999999", Some(u32::MAX)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value.as_bytes(), NOW), seconds, "{value}");
        }
    }
}
