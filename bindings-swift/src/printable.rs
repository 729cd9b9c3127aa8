//! Texts for a log.

use doorward::text::printable::Printable;

use crate::error::Failure;

/// A text as a log line may show it.
#[uniffi::export]
pub(crate) fn printable(text: String) -> Result<String, Failure> {
    Ok(Printable(&text).to_string())
}
