//! Texts for a log.

use doorward::text::printable::Printable;
use pyo3::prelude::*;

use crate::text::Text;

/// Return a text as a log line may show it: control characters, quotes, backslashes and whatever is not printable are
/// escaped, and a long text is truncated.
#[pyfunction]
pub(crate) fn printable(text: Text) -> String {
    Printable(&text).to_string()
}
