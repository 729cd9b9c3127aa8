//! What work on a shared secret leaves on the stack of a device: nothing.

use core::hint::black_box;

use cortex_m::singleton;
use cortex_m_semihosting::hprintln;
use doorward::alg::hmac::{HS256, HS384, HS512, SharedSecret};
use doorward::alg::{Algorithm, Algorithms};
use doorward::error::Error;
use doorward::jwk::KeySet;
use doorward_firmware::leaves;

/// As long as the longest block, so that a key is used as it is.
const SECRET: &[u8; 64] = b"nothing.of.this-may.be.left-on.the.stack-of.a.device,not.a.word!";
const DOCUMENT: &[u8] = br#"{"keys":[{"kty":"oct","k":"bm90aGluZy5vZi50aGlzLW1heS5iZS5sZWZ0LW9uLnRoZS5zdGFjay1vZi5hLmRldmljZSxub3QuYS53b3JkIQ"}]}"#;

/// Whether these bytes are of the secret: as it is, as HMAC pads it (RFC 2104), and as words of the one or other order.
fn is_secret(bytes: [u8; 8]) -> bool {
    let [a, b, c, d, e, f, g, h] = bytes;
    [bytes, [d, c, b, a, h, g, f, e], [h, g, f, e, d, c, b, a]].iter().any(|bytes| {
        let first = bytes[0] ^ bytes[1];
        SECRET.windows(8).filter(|own| own[0] ^ own[1] == first).any(|own| {
            let pad = own[0] ^ bytes[0];
            matches!(pad, 0 | 0x36 | 0x5c) && own.iter().zip(bytes).all(|(own, byte)| own ^ byte == pad)
        })
    })
}

fn read_and_verify(keys: &mut KeySet<1, SharedSecret>, algorithm: &'static dyn Algorithm<SharedSecret>) -> Option<()> {
    let list = [algorithm];
    keys.read_secrets(DOCUMENT, Algorithms::new(&list).ok()?).ok()?;
    let [key] = &**keys else { return None };
    let refused = algorithm.verify(key.prepared(), b"message", &[0; 64]);
    (refused == Err(Error::SignatureInvalid)).then_some(())
}

/// Deep enough to lie below the frame of who looks.
fn put() {
    let mut memory = [0; 256];
    memory[..64].copy_from_slice(black_box(SECRET));
    black_box(&memory);
}

pub(crate) fn is_gone() -> bool {
    let Some(keys) = singleton!(: KeySet<1, SharedSecret> = KeySet::new()) else { return false };
    let seen = leaves(put, is_secret);
    let algorithms: [&'static dyn Algorithm<SharedSecret>; 3] = [&HS256, &HS384, &HS512];
    if !seen {
        hprintln!("the secret is not seen where it was put");
    }
    let mut gone = seen;
    for algorithm in algorithms {
        let mut done = None;
        let left = leaves(|| done = read_and_verify(keys, algorithm), is_secret);
        if left || done.is_none() {
            hprintln!(
                "{}: {}",
                algorithm.alg().name(),
                if left { "the secret is left on the stack" } else { "not run" }
            );
            gone = false;
        }
    }
    gone
}
