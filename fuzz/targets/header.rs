//! Any Authorization header, any challenge: what comes out holds no character that could end a header.
#![no_main]

use doorward::oauth::bearer::{self, Challenge};
use doorward::oauth::pkce;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    if let Ok(token) = bounded(input.len(), 24, 100, || bearer::token([input])) {
        assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b','));
    }
    let _ = bearer::token(lines.iter().copied());
    let texts: Vec<&str> = lines.iter().filter_map(|line| core::str::from_utf8(line).ok()).collect();
    let mut challenge = Challenge::new();
    for pair in texts.chunks_exact(2) {
        challenge = challenge.with(pair[0], pair[1]).unwrap_or(challenge);
    }
    let mut out = vec![0; input.len() + 200];
    if let Ok(value) = challenge.write(&mut out) {
        assert!(value.starts_with("Bearer ") && value.bytes().all(|byte| matches!(byte, 0x20..=0x7e)));
        assert_eq!(value.matches('"').count() % 2, 0);
    }
    if let [challenge, verifier, ..] = &texts[..]
        && let Ok(challenge) = pkce::authorization_request(Some(challenge), Some("S256"))
    {
        let _ = pkce::token_request(Some(&challenge), Some(verifier));
    }
});
