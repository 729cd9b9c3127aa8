//! The costliest inputs that are known, each as long as its budget lets it be. What they cost is counted
//! (`scripts/instructions`), and grows with their length alone.

pub mod oauth;

use base64ct::{Base64UrlUnpadded, Encoding};
use doorward::alg::hmac::MAX_SECRET_LENGTH;
use doorward::jwk::{MAX_KEY_SET_LENGTH, MAX_KEYS};
use doorward::jwt::{MAX_ISSUERS, MAX_TOKEN_LENGTH};
use doorward::oauth::scope::{MAX_GRANTED_SCOPES, MAX_HIERARCHY_SCOPES, MAX_SCOPES};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::open_rsa::{OpenKey, digest_info, pkcs1};

/// The issuer of the tokens here.
pub const ISSUER: &str = "https://issuer.example/t1";
/// Their audience.
pub const AUDIENCE: &str = "https://api.example.com/mcp";
/// An hour, as far as the tokens here are concerned.
pub const NOW: u64 = 1_700_000_000;

/// Header and payload with a signature of zeros, which does not hold.
pub fn token(header: &str, payload: &str) -> Vec<u8> {
    signed(header, payload, |_| vec![0; 64])
}

/// Header and payload with what signs them.
pub fn signed(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let part = Base64UrlUnpadded::encode_string;
    let signed = [part(header.as_bytes()), part(payload.as_bytes())].join(".");
    let signature = part(&sign(signed.as_bytes()));
    [signed, signature].join(".").into_bytes()
}

/// The longest secret of HS256, and a token that it signed.
pub fn shared(payload: &str) -> ([u8; MAX_SECRET_LENGTH], Vec<u8>) {
    let secret = [7; MAX_SECRET_LENGTH];
    let sign = |message: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any length");
        mac.chain_update(message).finalize().into_bytes().to_vec()
    };
    (secret, signed(r#"{"alg":"HS256","typ":"at+jwt"}"#, payload, sign))
}

/// A key set for RS256, and a token that its key signed, with short names as far as the signature leaves room.
pub fn rs256() -> (String, Vec<u8>) {
    let key = OpenKey::new(2048, 65537);
    let sign = |message: &[u8]| key.sign(&pkcs1::<Sha256>(message, &digest_info(1, 32), 256));
    let n = Base64UrlUnpadded::encode_string(&key.n());
    let payload = object(&claims(), PAYLOAD - 192, short);
    let token = signed(r#"{"alg":"RS256","typ":"at+jwt","kid":"k1"}"#, &payload, sign);
    (format!(r#"{{"keys":[{{"kty":"RSA","alg":"RS256","kid":"k1","e":"AQAB","n":"{n}"}}]}}"#), token)
}

/// A key set for PS512 of the longest modulus and the largest exponent, and a token that it opens in vain.
pub fn longest_signature() -> (String, Vec<u8>) {
    let encoded = Base64UrlUnpadded::encode_string;
    let (n, e) = (encoded(&[0xff; 1024]), encoded(&((1_u64 << 33) - 1).to_be_bytes()[3..]));
    let keys = format!(r#"{{"keys":[{{"kty":"RSA","alg":"PS512","kid":"k1","e":"{e}","n":"{n}"}}]}}"#);
    (keys, signed(r#"{"alg":"PS512","typ":"at+jwt","kid":"k1"}"#, &"{}".repeat(5000), |_| vec![0x55; 1024]))
}

/// An ES256 token with this payload.
pub fn with_payload(payload: &str) -> Vec<u8> {
    token(r#"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#, payload)
}

/// Bytes that a payload may have for the token to be as long as it may be.
const PAYLOAD: usize = (MAX_TOKEN_LENGTH - 256) / 4 * 3;

/// Members that every good token has, without braces.
pub fn claims() -> String {
    claims_for(&format!("\"{AUDIENCE}\""))
}

fn claims_for(audience: &str) -> String {
    format!(r#""iss":"{ISSUER}","aud":{audience},"sub":"u","client_id":"c","exp":{}"#, NOW + 600)
}

/// An object of these members and as many more with names of this kind as there is room for.
fn object(members: &str, length: usize, name: impl Fn(usize) -> String) -> String {
    let mut text = format!("{{{members}");
    for number in 0.. {
        let more = format!(r#","{}":0"#, name(number));
        if text.len() + more.len() >= length {
            break;
        }
        text += &more;
    }
    text + "}"
}

/// Two characters for each number, none of which needs an escape.
fn short(number: usize) -> String {
    let character = |digit: usize| {
        char::from(b"!#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"[digit % 72])
    };
    [character(number / 72), character(number)].into_iter().collect()
}

/// Claims, and about a thousand short names that hold an escape.
pub fn escaped_names() -> String {
    object(&claims(), PAYLOAD, |number| format!(r"\n{}", short(number)))
}

/// Claims, and nearly two thousand short names.
pub fn short_names() -> String {
    object(&claims(), PAYLOAD, short)
}

/// As many issuers as a policy may list, so long that a token has room for one, and told apart by their last characters.
pub fn issuers() -> Vec<String> {
    (0..MAX_ISSUERS).map(|number| format!("{}{number:02}", "i".repeat(PAYLOAD - 64))).collect()
}

/// Claims of one that is none of these.
pub fn another_issuer() -> String {
    format!(r#"{{"iss":"{}xx"}}"#, "i".repeat(PAYLOAD - 64))
}

/// Many origins, as long as a host's name may be, told apart by their last characters.
pub fn origins() -> Vec<String> {
    (0..100).map(|number| format!("https://{}.example{number:02}", "a".repeat(240))).collect()
}

/// A header of names that begin alike, as many as are taken.
pub fn header() -> String {
    alike(r#""alg":"ES256","typ":"at+jwt","kid":"k1""#, 61, 180)
}

/// An object of these members and so many more with names that begin alike, for so many bytes.
fn alike(members: &str, count: usize, length: usize) -> String {
    let names = (0..count).map(|number| format!(r#","{}{}":0"#, "n".repeat(length), short(number)));
    format!("{{{members}{}}}", names.collect::<String>())
}

/// Claims with as many scopes as a token may grant, these at the end, as long as there is room for.
pub fn scopes(last: &str) -> String {
    let others = MAX_GRANTED_SCOPES - last.split(' ').count();
    let room = PAYLOAD - claims().len() - last.len() - 32;
    let other = "z".repeat(room / others - 1) + " ";
    format!(r#"{{{},"scope":"{}{last}"}}"#, claims(), other.repeat(others))
}

/// As many scopes as a policy may ask for.
pub fn required_scopes() -> String {
    (0..MAX_SCOPES).map(|number| format!("r{number}")).collect::<Vec<_>>().join(" ")
}

/// As many implied scopes as a hierarchy may hold, all by one line.
pub fn implied_scopes() -> String {
    (1..MAX_HIERARCHY_SCOPES).map(|number| format!(" i{number}")).fold("z".to_owned(), |line, scope| line + &scope)
}

/// 64 lines, each of which is implied by the one behind it: `s0` stands for all, down to `s64`.
pub fn hierarchy() -> String {
    (0..64).rev().map(|line| format!("s{line} s{}", line + 1)).collect::<Vec<_>>().join("\n")
}

/// As many audiences as a policy takes, as long as a URI may be.
pub fn audiences() -> Vec<String> {
    (0..8).map(|number| format!("https://api.example/{}{number}", "a".repeat(2020))).collect()
}

/// Claims with as many audiences as there is room for, all of them strange.
pub fn strange_audiences() -> String {
    let room = PAYLOAD - claims_for("").len() - 8;
    format!("{{{}}}", claims_for(&format!(r#"["x"{}]"#, r#","""#.repeat(room / 3))))
}

/// 16 names, and a claim for each at the end of an object of short ones.
pub fn required_claims() -> Vec<String> {
    (0..16).map(|number| format!("required_{number}")).collect()
}

/// The token's side of [`required_claims`].
pub fn with_required_claims() -> String {
    let required: String = required_claims().iter().map(|name| format!(r#","{name}":0"#)).collect();
    let mut object = object(&claims(), PAYLOAD - required.len(), short);
    object.pop();
    object + &required + "}"
}

/// As many keys for RSA as fit, the longest, without `alg`.
pub fn rsa_keys() -> String {
    let n = Base64UrlUnpadded::encode_string(&[0xff; 1024]);
    let key = |number: usize| format!(r#"{{"kty":"RSA","kid":"{number}","e":"AQAB","n":"{n}"}}"#);
    let mut keys = (0..MAX_KEYS).map(key);
    let mut text = keys.next().unwrap_or_default();
    for key in keys.take_while(|key| key.len() * 2 < MAX_KEY_SET_LENGTH) {
        if text.len() + key.len() + 16 > MAX_KEY_SET_LENGTH {
            break;
        }
        text = text + "," + &key;
    }
    format!(r#"{{"keys":[{text}]}}"#)
}

/// As many shared secrets as are taken, the longest.
pub fn secrets() -> String {
    let k = Base64UrlUnpadded::encode_string(&[7; MAX_SECRET_LENGTH]);
    let key =
        |number: usize| format!(r#"{{"kty":"oct","alg":"HS512","kid":"{}{number:04}","k":"{k}"}}"#, "k".repeat(500));
    format!(r#"{{"keys":[{}]}}"#, (0..MAX_KEYS).map(key).collect::<Vec<_>>().join(","))
}

/// One key, and names that begin alike in it, up to the longest document.
pub fn key_with_names() -> String {
    let key = object(r#""kty":"EC""#, MAX_KEY_SET_LENGTH - 16, |number| format!("{}{number:05}", "n".repeat(32)));
    format!(r#"{{"keys":[{key}]}}"#)
}

/// A key set with 2,600 other members.
pub fn outer_names() -> String {
    object(r#""keys":[]"#, 2600 * 10, |number| format!("{number:05}"))
}

/// As many keys as are taken, with key ids as long as may be.
pub fn long_key_ids(point: &str) -> String {
    let key = |number: usize| format!(r#"{{"kty":"EC","crv":"P-256",{point},"kid":"{}{number:04}"}}"#, "k".repeat(500));
    let keys: Vec<String> = (0..MAX_KEYS).map(key).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// A metadata document of so many bytes.
pub fn metadata(length: usize) -> String {
    let members = format!(r#""issuer":"{ISSUER}","jwks_uri":"{ISSUER}/jwks""#);
    object(&members, length, |number| format!("{number:06}"))
}
