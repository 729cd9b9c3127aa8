//! Scopes.

use doorward::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList, Spaced};

use crate::fault::Fault;
use crate::policy::doorward_policy;
use crate::raw;
use crate::types::{doorward_buffer, doorward_error, doorward_text};

fn texts<'a>(list: *const doorward_text, count: usize) -> Result<impl Iterator<Item = &'a str> + Clone, Fault> {
    let list: &'a [doorward_text] = raw::slice(list, count)?;
    for text in list {
        raw::text(*text)?;
    }
    Ok(list.iter().map(|text| raw::text(*text).unwrap_or_default()))
}

fn granted_by<'a>(
    granted: doorward_text,
    policy: *const doorward_policy,
) -> Result<(GrantedScopes<'a>, ScopeHierarchy<'a>), Fault> {
    let hierarchy = if policy.is_null() { ScopeHierarchy::NONE } else { doorward_policy::of(policy)?.hierarchy()? };
    Ok((GrantedScopes::new(raw::text(granted)?), hierarchy))
}

/// Joins a list of scopes with spaces, for the functions that require scopes. DOORWARD_SCOPE_INVALID if one is not a
/// scope (RFC 6749 section 3.3): with a space in it, it would become two.
///
/// @param scopes an array of `count` texts
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_join(
    scopes: *const doorward_text,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || Ok(scope::join(texts(scopes, count)?)?))
}

/// Joins granted scopes with spaces, as a token lists them. A string with a space is neither one scope nor two: it is
/// omitted.
///
/// @param granted an array of `count` texts
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_granted(
    granted: *const doorward_text,
    count: usize,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || Ok(scope::granted(texts(granted, count)?)))
}

/// Writes the required scopes that were not granted, directly or through the policy's hierarchy, separated by spaces
/// (RFC 6750 section 3.1).
///
/// @param required scopes, separated by single spaces
/// @param granted scopes as a token lists them
/// @param policy see doorward_policy_scope_hierarchy(); NULL if no scope implies another
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_missing(
    required: doorward_text,
    granted: doorward_text,
    policy: *const doorward_policy,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let required = ScopeList::parse(raw::text(required)?)?;
        let (granted, hierarchy) = granted_by(granted, policy)?;
        Ok(Spaced::new(scope::missing(required, granted, hierarchy)))
    })
}

/// Writes the scopes that the granted ones imply by the policy's hierarchy, without the granted ones, each once,
/// separated by spaces.
///
/// @param granted scopes as a token lists them
/// @param policy see doorward_policy_scope_hierarchy()
#[unsafe(no_mangle)]
pub extern "C" fn doorward_scopes_implied(
    granted: doorward_text,
    policy: *const doorward_policy,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let (granted, hierarchy) = granted_by(granted, policy)?;
        Ok(Spaced::new(scope::implied(granted, hierarchy)))
    })
}
