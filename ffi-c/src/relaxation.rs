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

/// Returns the name of the narrowest relaxation with which a token with this `typ` is accepted as an access token; none
/// if it needs none. The string is static.
///
/// @param typ `typ` of the token's header; none if it has none
#[unsafe(no_mangle)]
pub extern "C" fn doorward_relaxation_for_typ(typ: doorward_text) -> doorward_text {
    guard_or(doorward_text::NONE, || {
        Ok(doorward_text::maybe(Relaxation::for_typ(raw::optional(typ)?).map(Relaxation::name)))
    })
}
