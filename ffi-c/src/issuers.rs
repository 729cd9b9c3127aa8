//! Whose tokens a policy accepts, if not its issuer's.

use doorward::jwt::Issuers;

use crate::policy::{IssuerPart, doorward_policy};
use crate::raw::{self, Linking, guard};
use crate::types::{doorward_error, doorward_text};

pub(crate) static ISSUER_LIST: <IssuerPart as Linking>::Part =
    |policy| Ok(Issuers::any_of(raw::text(policy.issuers)?)?);

pub(crate) static ISSUER_TEMPLATE: <IssuerPart as Linking>::Part = |policy| {
    let (template, claim) = (raw::text(policy.issuer_template)?, raw::text(policy.template_claim)?);
    Ok(Issuers::template(template, claim, raw::text(policy.issuers)?)?)
};

/// Sets the issuers whose tokens are accepted, instead of the policy's issuer, compared byte for byte, 64 at most,
/// separated by "\n": for an authorization server that writes another `iss` than its own identifier, or one of several.
/// The keys are still those of the policy's issuer. Replaces the previous ones.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_issuers(policy: *mut doorward_policy, issuers: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        Issuers::any_of(raw::text(issuers)?)?;
        policy.issuers = issuers;
        policy.issuer_template = doorward_text::NONE;
        policy.issuer_part = (&raw const ISSUER_LIST).cast();
        Ok(())
    })
}

/// Sets the issuers whose tokens are accepted by a template with a claim's name in braces: `iss` must be the template
/// with one of these values in the place of the name, and the claim must have the same value.
/// "https://login.microsoftonline.com/{tid}/v2.0" and "tid", for example. There is no "any". Replaces the previous
/// issuers.
///
/// @param pattern the template, which contains the name in braces once
/// @param claim the name of the claim
/// @param values 64 at most, separated by "\n"
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_issuer_template(
    policy: *mut doorward_policy,
    pattern: doorward_text,
    claim: doorward_text,
    values: doorward_text,
) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        Issuers::template(raw::text(pattern)?, raw::text(claim)?, raw::text(values)?)?;
        policy.issuers = values;
        (policy.issuer_template, policy.template_claim) = (pattern, claim);
        policy.issuer_part = (&raw const ISSUER_TEMPLATE).cast();
        Ok(())
    })
}
