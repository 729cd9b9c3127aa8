//! What is relaxed where there is no policy yet, or none that accepts a token.

use doorward::jwt::Relaxation;

use crate::raw::{self, guard_or};
use crate::types::doorward_text;

/// Returns whether the relaxation of this name concerns the parsing of key sets, so that the policy with which they are
/// parsed needs it too; false if there is no relaxation of this name.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_relaxation_is_of_key_sets(name: doorward_text) -> bool {
    guard_or(false, || Ok(Relaxation::from_name(raw::text(name)?)?.is_of_key_sets()))
}
