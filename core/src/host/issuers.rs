//! Which issuer's policy a token is for, before it is verified.

use std::vec;
use std::vec::Vec;

use crate::error::Error;
use crate::jwt::{self, MAX_TOKEN_LENGTH, scratch_length};

/// Returns working memory for a token; one over [`MAX_TOKEN_LENGTH`] is refused before it is read.
pub(crate) fn scratch(token: &[u8]) -> Vec<u8> {
    vec![0; scratch_length(token.len().min(MAX_TOKEN_LENGTH))]
}

/// Returns the place of the first of these, each the issuers of a policy, that has the one that a token says,
/// unverified, it is of; see [`jwt::named_issuer`].
pub fn named_issuer<'p>(token: &[u8], issuers: impl IntoIterator<Item = jwt::Issuers<'p>>) -> Option<usize> {
    let issuers = issuers.into_iter().enumerate();
    let named = jwt::named_issuer(token, &mut scratch(token), issuers, |(_, each)| Ok::<_, Error>(*each));
    named.ok().map(|(place, _)| place)
}
