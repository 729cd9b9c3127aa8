//! The version of the library.

use crate::types::doorward_text;

/// Returns the version of the library, "MAJOR.MINOR.PATCH"; the header's own is DOORWARD_VERSION. Static.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_version() -> doorward_text {
    doorward_text::of(env!("CARGO_PKG_VERSION"))
}
