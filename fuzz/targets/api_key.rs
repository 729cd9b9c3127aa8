//! What is read as a key, is shown as the same text again; hashes too.
#![no_main]

use doorward::api_key::{ApiKey, ApiKeyHash, MAX_LENGTH, unverified_id};
use doorward::host::OwnedApiKey;
use doorward_fuzz::bounded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    assert_eq!(OwnedApiKey::parse(text).is_ok(), ApiKey::parse(text).is_ok());
    let id = bounded(text.len(), 8, 1000, || unverified_id(text));
    assert!(id.is_none_or(|id| id.len() == 16 && text.contains(&format!("_{id}_"))));
    if let Ok(key) = bounded(text.len(), 8, 1000, || ApiKey::parse(text)) {
        assert_eq!(key.reveal(&mut [0; MAX_LENGTH]).unwrap(), text);
        assert_eq!(id, Some(key.id()));
    }
    if let Ok(hash) = text.parse::<ApiKeyHash>() {
        assert_eq!(hash.to_string(), text);
    }
    let random: [u8; 32] = core::array::from_fn(|index| text.as_bytes().get(index).copied().unwrap_or_default());
    if let Ok(key) = ApiKey::mint(text, &random) {
        let mut out = [0; MAX_LENGTH];
        assert_eq!(ApiKey::parse(key.reveal(&mut out).unwrap()).unwrap().id(), key.id());
    }
});
