//! Addresses that proxies wrote: nothing that a client sends in front of them changes which one is found.
#![no_main]

use core::net::IpAddr;

use doorward::http::client::{ClientKey, ForwardedBy, address, client_address};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

/// As the text is in most programs: split from the left.
fn listed(lines: &[&[u8]]) -> Vec<Vec<u8>> {
    let joined = lines.join(&b","[..]);
    let trim = |part: &[u8]| {
        let text: Vec<u8> = part.iter().copied().skip_while(|byte| b" \t".contains(byte)).collect();
        let end = text.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
        text[..end].to_vec()
    };
    joined.split(|byte| *byte == b',').map(trim).filter(|part| !part.is_empty()).collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((hops, data)) = data.split_first() else { return };
    let hops = usize::from(hops % 8);
    let lines: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    for line in &lines {
        if let Some(found) = address(line) {
            let key = ClientKey::of(found);
            assert!(!matches!(found, IpAddr::V6(found) if found.to_ipv4_mapped().is_some()));
            assert_eq!(address(found.to_string().as_bytes()), Some(found));
            let shown = key.to_string();
            assert_eq!(shown.strip_suffix("/64").is_some(), found.is_ipv6());
            assert_eq!(address(shown.trim_end_matches("/64").as_bytes()).map(ClientKey::of), Some(key));
        }
    }
    let found = |by, lines: &[&[u8]], hops| {
        let bytes = lines.iter().map(|line| line.len() + 1).sum();
        bounded(bytes, 100, 10_000, || client_address(None, by, lines.iter().copied(), hops))
    };
    let all = listed(&lines);
    let expected = hops.checked_sub(1).and_then(|place| all.iter().rev().nth(place));
    assert_eq!(found(ForwardedBy::XForwardedFor, &lines, hops), expected.and_then(|text| address(text)));
    if !data.contains(&b'"') && !data.contains(&b';') && hops > 0 {
        let named = expected.filter(|text| text.to_ascii_lowercase().starts_with(b"for="));
        let simple = named.and_then(|text| address(&text[4..])).filter(IpAddr::is_ipv4);
        assert_eq!(
            found(ForwardedBy::Forwarded, &lines, hops).filter(|_| !data.contains(&b':')),
            simple.filter(|_| !data.contains(&b':'))
        );
    }
    // What trusted proxies add, behind whatever came.
    let added = b", for=\"[2001:db8::1]:80\";by=\"a,\\\"b\", FOR=192.0.2.1".as_slice();
    let mut last = lines.last().map_or(Vec::new(), |line| line.to_vec());
    last.extend_from_slice(added);
    let mut behind = lines.clone();
    behind.pop();
    behind.push(&last);
    assert_eq!(found(ForwardedBy::Forwarded, &behind, 1), address(b"192.0.2.1"));
    assert_eq!(found(ForwardedBy::Forwarded, &behind, 2), address(b"2001:db8::1"));
});
