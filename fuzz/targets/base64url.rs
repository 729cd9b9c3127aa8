//! What decodes, encodes to the same text again: no value has two spellings.
#![no_main]

use doorward::text::base64url;
use doorward_fuzz::{bounded, encoded};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let mut bytes = vec![0; text.len()];
    if let Ok(bytes) = bounded(text.len(), 8, 100, || base64url::decode(text, &mut bytes)) {
        assert_eq!(encoded(bytes).as_bytes(), text);
    }
    let mut decoded = vec![0; text.len()];
    assert_eq!(base64url::decode(encoded(text).as_bytes(), &mut decoded).unwrap(), text);
});
