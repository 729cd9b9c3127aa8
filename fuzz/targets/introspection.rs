//! Answers of any kind about a token: each is checked against the policy, accepts nothing that does not say `active` and whom
//! it is for, is checked alike when it is remembered, and costs no more than its bytes.
//!
//! A byte chooses the check, two are the status; then lines of header fields, an empty line, the body.
#![no_main]

use doorward::alg::{ASYMMETRIC, Algorithms};
use doorward::error::Error;
use doorward::http::exchange::ResponseHead;
use doorward::introspection::{ClientAuthentication, Introspection, TokenCheck, Tokens, Verification, scratch_length};
use doorward::jwt::{Audience, ClientBinding, ClientClaim, Issuer, Policy};
use doorward::time::UnixTime;
use doorward_fuzz::{NAMES, bounded};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&[which, low, high], rest)) = input.split_first_chunk::<3>() else { return };
    let check = TokenCheck::ALL[usize::from(which) % TokenCheck::ALL.len()];
    let (client, endpoint) = match (check.needs_client, check.endpoint.is_empty()) {
        (false, _) => (ClientAuthentication::None, ""),
        (true, own) => {
            (ClientAuthentication::Basic { id: "c", secret: "s" }, if own { "https://as.example/i" } else { "" })
        }
    };
    let introspection = Introspection::of(check, endpoint, client).unwrap().lifetime_without_exp(60);
    let accepted = bounded(rest.len(), 24, 200, || introspection.accepts(rest)).is_ok();
    assert!(!accepted || !rest.is_empty() && rest.iter().all(u8::is_ascii_graphic));
    // A JWT has three parts, or five, and begins with an object.
    let jwt = matches!(rest.split(|byte| *byte == b'.').count(), 3 | 5) && rest.starts_with(b"e");
    for tokens in Tokens::ALL {
        match bounded(rest.len(), 24, 200, || tokens.verification(rest)) {
            Ok(Verification::Endpoint) => {}
            _ => assert!(jwt && tokens.name() != "all"),
        }
    }
    let (issuer, audience) = (Issuer::new("https://as.example").unwrap(), Audience::new(["a"]).unwrap());
    let algorithms = Algorithms::new(ASYMMETRIC).unwrap();
    let policy = match which / 128 {
        0 => Policy::mcp(issuer, audience, algorithms),
        _ => Policy::mcp(issuer, ClientBinding::new(ClientClaim::ClientId, "c").unwrap(), algorithms),
    };
    let now = UnixTime::from_seconds(1000);
    let status = [200, u16::from_le_bytes([low, high]) % 600][usize::from(low % 2)];
    let (mut head, mut body) = (ResponseHead::new(status, now), rest);
    let mut scratch = vec![0; scratch_length(rest.len(), &policy)];
    let outcome = bounded(rest.len(), 150, 80_000 + 2 * NAMES, || {
        while let Some(end) = body.iter().position(|byte| *byte == b'\n') {
            let line = &body[..end];
            body = &body[end + 1..];
            let Some(colon) = line.iter().position(|byte| *byte == b':') else { break };
            head.field(&line[..colon], &line[colon + 1..]);
        }
        introspection.response(&head, &body[..body.len().min(introspection.body_limit(status))], &mut scratch, &policy)
    });
    let principal = match outcome {
        Ok(principal) => principal,
        Err(Error::ScratchTooSmall { .. }) => panic!("as much as was said to be enough"),
        Err(_) => return,
    };
    assert!(status == 200 && principal.expires_at() + 60 > 1000);
    assert!(principal.client_id() == Some("c") || principal.matched_audience().is_some());
    let claims = principal.claims().to_owned();
    if check.name == "rfc7662" {
        assert_eq!(principal.claim("active").unwrap().as_bool(), Some(true));
    }
    let mut again = vec![0; scratch_length(claims.len(), &policy)];
    let again = introspection.response_again(&claims, &mut again, &policy, now, now).unwrap();
    assert_eq!(
        (again.subject(), again.client_id(), again.scopes().as_str()),
        (principal.subject(), principal.client_id(), principal.scopes().as_str())
    );
    assert_eq!((again.expires_at(), again.claims()), (principal.expires_at(), principal.claims()));
});
