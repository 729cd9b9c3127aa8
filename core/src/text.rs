//! Reading text from outside, strictly: base64url, JSON, URIs.

pub mod base64url;
pub mod json;
pub mod uri;

/// A length as errors tell it; lengths past 4 GiB are told as that.
pub(crate) fn saturate(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
