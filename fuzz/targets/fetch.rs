//! Responses of any kind to the requests for one issuer's keys: each fetch ends, goes nowhere but where it may, and costs no
//! more than its bytes.
//!
//! The first line is the issuer. NUL ends a response: two bytes of status, lines of header fields, an empty line, the body;
//! or there is none, where the status is 1.
#![no_main]

use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::keys::fetch::{Fetch, MAX_URL_LENGTH, Next};
use doorward::keys::refresh::{Decision, MAX_RETRY_AFTER, Settings};
use doorward::keys::{Attempt, Source};
use doorward::oauth::metadata::IssuerUrl;
use doorward::text::uri::Uri;
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, bounded};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (issuer, rest) = (&input[..at], input.get(at + 1..).unwrap_or_default());
    let Ok(issuer) = str::from_utf8(issuer) else { return };
    let Ok(Ok(fetch)) = IssuerUrl::parse(issuer).map(Fetch::discover) else { return };
    let origin = Uri::parse(issuer).unwrap();
    let (mut source, mut now, mut requests) = (Source::new(fetch, Settings::default()), 1_700_000_000_u64, 0);
    for response in rest.split(|byte| *byte == 0) {
        if requests == 0 {
            assert_eq!(source.token_received(&mut Attempt::default(), UnixTime::from_seconds(now)), Decision::Fetch);
        }
        requests += 1;
        assert!(requests <= 5);
        let request = source.request();
        let target = Uri::parse(request.url()).unwrap();
        assert!(request.url().len() <= MAX_URL_LENGTH && target.is_https_or_loopback());
        assert!(target.has_scheme("https") || origin.is_loopback());
        let Some((status, response)) = response.split_first_chunk::<2>() else { return };
        let status = [200, u16::from_le_bytes(*status) % 600][usize::from(status[0] % 2)];
        let (mut head, mut body) = (ResponseHead::new(status, UnixTime::from_seconds(now)), response);
        let (id, at) = (request.id(), UnixTime::from_seconds(now));
        assert!(request.timeout().as_millis() >= 200 && request.timeout().as_secs() <= 10);
        let late = source.response(id.wrapping_sub(1), &head, body);
        assert_eq!(late, Err(Error::ResponseUnexpected));
        let next = bounded(response.len(), 60, 60_000 + NAMES, || {
            while let Some(end) = body.iter().position(|byte| *byte == b'\n') {
                let line = &body[..end];
                body = &body[end + 1..];
                let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
                head.field(&line[..colon], &line[colon + 1..]);
            }
            if status == 1 {
                return source.no_response(id, at);
            }
            source.response(id, &head, &body[..body.len().min(source.request().body_limit(status))])
        });
        let came = match next {
            Ok(Next::Request) => continue,
            Ok(_) => true,
            Err(_) => false,
        };
        assert!(!came || status == 200);
        match source.finish(id, came && response.len() % 2 == 0, at) {
            Decision::Use => now += 365 * 24 * 3600,
            Decision::Unavailable { retry_after } => {
                assert!((1..=MAX_RETRY_AFTER).contains(&retry_after));
                now += u64::from(retry_after);
            }
            other => panic!("{other:?}"),
        }
        requests = 0;
    }
});
