//! The README's example for Rust, as printed, with the key set of Entra.

use doorward::{ASYMMETRIC, Algorithms, Audience, Error, Issuer, KeySet, Policy, Principal, UnixTime, authenticate};

fn caller<'a>(token: &[u8], jwks: &[u8], scratch: &'a mut [u8], clock: u64) -> Result<Principal<'a>, Error> {
    let algorithms = Algorithms::new(ASYMMETRIC)?;
    let keys = KeySet::<64>::parse(jwks, algorithms)?; // once, not for each token
    let (issuer, audience) = (Issuer::new("https://id.example.com")?, Audience::new(["https://mcp.example.com/mcp"])?);
    let policy = Policy::mcp(issuer, audience, algorithms);
    authenticate(token, scratch, &keys, &policy, UnixTime::from_seconds(clock))
}

#[test]
fn the_example_stands_in_the_readme() {
    let (_, from) = include_str!("readme.rs").split_once("\n\n").unwrap();
    let (example, _) = from.split_once("\n#[test]").unwrap();
    assert!(include_str!("../../README.md").contains(&format!("```rust\n{example}```\n")));
}

/// Seven RSA keys that name no algorithm, as login.microsoftonline.com has them; the last one signs.
#[test]
fn the_example_holds_the_keys_of_entra() {
    use base64ct::{Base64UrlUnpadded, Encoding};
    use doorward_tests::open_rsa::{OpenKey, digest_info, pkcs1};

    let key = OpenKey::new(2048, 65537);
    let keys = (0..7).map(|index| {
        let mut n = key.n();
        n[99] ^= 6 - index;
        let (n, id) = (Base64UrlUnpadded::encode_string(&n), format!("key-{index}"));
        serde_json::json!({"kty": "RSA", "use": "sig", "kid": id, "x5t": id, "n": n, "e": "AQAB", "issuer": "https://id.example.com"})
    });
    let jwks = serde_json::json!({"keys": keys.collect::<Vec<_>>()}).to_string();
    let header = r#"{"typ":"at+jwt","alg":"RS256","kid":"key-6"}"#;
    let claims =
        r#"{"iss":"https://id.example.com","aud":"https://mcp.example.com/mcp","sub":"alice","exp":1700000600}"#;
    let signed = [header, claims].map(|part| Base64UrlUnpadded::encode_string(part.as_bytes())).join(".");
    let encoded = pkcs1::<sha2::Sha256>(signed.as_bytes(), &digest_info(1, 32), 256);
    let token = format!("{signed}.{}", Base64UrlUnpadded::encode_string(&key.sign(&encoded)));

    let mut scratch = [0; 4096];
    let principal = caller(token.as_bytes(), jwks.as_bytes(), &mut scratch, 1_700_000_000).unwrap();
    assert_eq!(principal.subject(), Some("alice"));

    let places = KeySet::<42>::parse(jwks.as_bytes(), Algorithms::new(ASYMMETRIC).unwrap()).unwrap();
    assert_eq!((places.len(), places.skipped().len()), (42, 0));
    let fewer = KeySet::<41>::parse(jwks.as_bytes(), Algorithms::new(ASYMMETRIC).unwrap());
    assert_eq!(fewer.err(), Some(Error::KeySetTooManyKeys { limit: 41 }));
}

/// The rows of devices, as `tests/firmware/figures.txt` has them.
#[test]
fn the_figures_of_devices_are_those_that_were_measured() {
    let readme = include_str!("../../README.md");
    let figures = include_str!("../firmware/figures.txt");
    let of = |image: &str, column: usize| -> f64 {
        let row = figures.lines().find(|line| line.split_whitespace().next() == Some(image)).expect(image);
        row.split_whitespace().nth(column).expect(image).parse().expect(image)
    };
    let kib = |image: &str, column: usize| format!("{:.1} KiB", of(image, column) / 1024.0);
    for (name, image) in [
        ("HS256", "hs256"),
        ("ES256", "es256"),
        ("RS256, 2048 bits", "rs256"),
        ("RS256, 4096 bits", "rs256-4096"),
        ("EdDSA", "ed25519"),
        ("ES256 and RS256", "es256+rs256"),
    ] {
        let (flash, load, verify) = (kib(image, 1), kib(image, 3), kib(image, 4));
        let row = format!("| {name} | {flash} | {load} / {verify} | {:.2} |", of(image, 6) / 1e6);
        assert!(readme.contains(&row), "{row}");
    }
    let from_c = format!("ES256 takes {} and the RSA family {}", kib("c-es256", 1), kib("c-rs256", 1));
    assert!(readme.contains(&from_c), "{from_c}");
}
