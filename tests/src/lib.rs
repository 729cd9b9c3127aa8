//! What the programs and tests of this package share: cases read, verified, written.

pub mod answers;
pub mod attack;
pub mod blocks;
pub mod client;
pub mod introspection;
pub mod open_rsa;
pub mod operations;
pub mod ops;
pub mod profile;
pub mod third_party;
pub mod tokens;
pub mod worst;

use std::path::PathBuf;

/// A file of this package.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The answer of two sets of implementations, which must be one: verdict, error and all.
pub fn agree<T: PartialEq + std::fmt::Debug>(one: T, other: T) -> T {
    assert_eq!(one, other);
    one
}

/// A member of a case, if it is there and text.
pub fn text<'v>(value: &'v serde_json::Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}
