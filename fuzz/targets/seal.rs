//! Sealed state: what was sealed is opened for the same alone, and nothing else is ever opened.
#![no_main]

use doorward::seal::{self, Binding, SealingKey};
use doorward::{Error, UnixTime};
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let keys = [SealingKey::new(1, &[7; 32])];
    let binding = Binding { purpose: "state", principal: "alice", request: b"r" };
    let (now, until) = (UnixTime::from_seconds(1), UnixTime::from_seconds(2));
    let mut out = vec![0; 3 * data.len() + 256];
    if let Ok(text) = std::str::from_utf8(data) {
        let opened = bounded(data.len(), 60, 20_000, || seal::open(&keys, &binding, text, 1, now, &mut out).map(drop));
        assert_eq!(opened, Err(Error::StateInvalid));
    }
    let Ok(sealed) = seal::seal(&keys, &binding, data, until, &[9; 32], &mut out).map(str::to_owned) else {
        return assert!(data.len() > seal::MAX_STATE_LENGTH);
    };
    let mut room = vec![0; sealed.len()];
    assert_eq!(seal::open(&keys, &binding, &sealed, 1, now, &mut room), Ok(data));
    assert_eq!(seal::open(&keys, &binding, &sealed, 1, until, &mut room), Err(Error::StateExpired));
    // One character of the text, by the data itself, becomes another.
    let place = data.iter().fold(0, |sum, byte| sum + usize::from(*byte)) % sealed.len();
    let mut other = sealed.into_bytes();
    other[place] = if other[place] == b'A' { b'B' } else { b'A' };
    let other = String::from_utf8(other).unwrap();
    assert_eq!(seal::open(&keys, &binding, &other, 1, now, &mut room), Err(Error::StateInvalid));
});
