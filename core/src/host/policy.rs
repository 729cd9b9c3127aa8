//! An owned policy: checked once, borrowed as a [`jwt::Policy`] for each token.

use core::fmt;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use crate::alg::{Alg, Algorithm, Algorithms, PublicKey};
use crate::error::{Error, Remedy};
use crate::host::issuers::{named_issuer, scratch};
use crate::host::settings::{Checked, Issuers, Preset, Settings, texts};
use crate::jwt::payload::Claims;
use crate::jwt::scratch::Scratch;
use crate::jwt::{self, Issuer, RequiredClaims};
use crate::oauth::scope::{GrantedScopes, ScopeHierarchy, ScopeList, ScopePrefix, ScopeRules, Spaced};
use crate::provider::Provider;
use crate::text::json::JsonString;
use crate::text::lines::{Lines, list};

/// Returns the implementations of these algorithms from a set.
///
/// # Errors
///
/// For the whole list: [`Error::AlgorithmsEmpty`], [`Error::AlgorithmsMixed`] if it has an algorithm of the other
/// family, and [`Error::AlgorithmUnknown`] if it has one that is not in the set.
pub fn choose<K>(set: &[&'static dyn Algorithm<K>], algs: &[Alg]) -> Result<Vec<&'static dyn Algorithm<K>>, Error> {
    if algs.iter().any(|alg| set.iter().any(|one| one.alg().is_symmetric() != alg.is_symmetric())) {
        return Err(Error::AlgorithmsMixed);
    }
    if algs.iter().any(|alg| set.iter().all(|one| one.alg() != *alg)) {
        return Err(Error::AlgorithmUnknown);
    }
    let chosen: Vec<_> = set.iter().copied().filter(|one| algs.contains(&one.alg())).collect();
    Algorithms::new(&chosen)?;
    Ok(chosen)
}

/// The rules that a token must satisfy. Cheap to clone.
pub struct Policy<K: 'static = PublicKey> {
    checked: Arc<Checked>,
    algorithms: Arc<[&'static dyn Algorithm<K>]>,
}

impl<K> fmt::Debug for Policy<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(self.settings()).finish()
    }
}

impl<K> Policy<K> {
    /// Creates a policy from settings and the set of implementations for its algorithms; see [`choose`].
    ///
    /// # Errors
    ///
    /// The first for an invalid setting: those of [`choose`], [`ScopeList::parse`], [`ScopePrefix::parse`],
    /// [`jwt::ScopeSource::parse`], [`ScopeHierarchy::parse`], [`Issuer::new`], [`jwt::Issuers::any_of`],
    /// [`jwt::Issuers::template`], [`jwt::ClientBinding::new`], [`jwt::Audience::new`], [`RequiredClaims::new`] and
    /// [`Provider::apply`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::alg::{ASYMMETRIC, Alg};
    /// use doorward::host::{Policy, Settings};
    /// use doorward::oauth::scope::{GrantedScopes, ScopeList};
    ///
    /// let (issuer, audience) = ("https://id.example.com", "https://mcp.example.com/mcp");
    /// let settings = Settings::mcp(issuer.into(), vec![audience.into()], vec![Alg::Es256]);
    /// let settings = Settings { required_scopes: "read".into(), ..settings };
    /// let policy = Policy::new(settings, ASYMMETRIC)?;
    /// let (write, none) = (ScopeList::parse("write")?, ScopeList::parse("")?);
    /// assert_eq!(policy.scopes_for_metadata(write)?, "read write");
    /// assert_eq!(policy.scopes_for_challenge(none)?, "read"); // where no token was accepted
    /// assert_eq!(policy.step_up(GrantedScopes::new("read"), write, none)?, "read write"); // where one lacks `write`
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn new(settings: Settings, set: &[&'static dyn Algorithm<K>]) -> Result<Self, Error> {
        let algorithms = choose(set, &settings.algorithms)?.into();
        let checked = Checked::new(settings).map_err(|wrong| wrong.error)?;
        Ok(Self { checked: Arc::new(checked), algorithms })
    }

    /// Borrows it as the policy for [`jwt::authenticate`]. Nothing is checked or derived again.
    pub fn as_policy(&self) -> jwt::Policy<'_, '_, K> {
        let Checked { settings, relaxations, .. } = &*self.checked;
        let required_claims = RequiredClaims::of_checked(list(texts(&settings.required_claims)).unwrap_or_default());
        let preset = match settings.preset {
            Preset::Mcp => jwt::Policy::mcp,
            Preset::Rfc9068 => jwt::Policy::rfc9068,
        };
        preset(self.issuers(), self.checked.recipient(), self.algorithms())
            .of_kind(settings.provider.map(Provider::token_kind).unwrap_or_default())
            .leeway(settings.leeway)
            .require_scopes(ScopeList::of_checked(&settings.required_scopes))
            .scope_source(self.checked.scope_source())
            .scope_hierarchy(self.hierarchy())
            .require_claims(required_claims)
            .relaxations(relaxations.clone())
    }

    /// Returns the issuers whose tokens are accepted.
    pub fn issuers(&self) -> jwt::Issuers<'_> {
        let Checked { settings, issuers, .. } = &*self.checked;
        match &settings.issuers {
            Issuers::One => Issuer::of_checked(&settings.issuer).into(),
            Issuers::AnyOf(_) => jwt::Issuers::of_checked(issuers),
            Issuers::Template { template, claim, .. } => {
                jwt::Issuers::of_checked_template(template, claim, Lines::of_checked(issuers))
            }
        }
    }

    /// Returns whether a token says, unverified, that it is of an issuer whose tokens are accepted; see
    /// [`jwt::named_issuer`].
    pub fn claims_issuer(&self, token: &[u8]) -> bool {
        named_issuer(token, [self.issuers()]).is_some()
    }

    /// Returns whether a token that was refused is another issuer's: no key fits it, more than one does, or its
    /// signature is invalid ([`Error::remedy`] of the error), and it says, unverified, that it is of an issuer whose
    /// tokens are not accepted. Then no key would have helped: it explains a rejection in a log.
    pub fn is_of_another_issuer(&self, remedy: Remedy, token: &[u8]) -> bool {
        let for_want_of_a_key = [Error::KeyNotFound, Error::KeyAmbiguous, Error::SignatureInvalid];
        let is_other = |scratch: &mut [u8]| {
            jwt::claimed_issuer(token, scratch).is_ok_and(|claimed| !self.issuers().include(claimed))
        };
        for_want_of_a_key.iter().any(|error| remedy == error.remedy()) && is_other(&mut scratch(token))
    }

    /// Returns whether a token says, unverified, that it is of one of the issuers whose tokens are accepted but for a
    /// slash at the end, by which two issuers differ (RFC 8414 section 2): then the setting is wrong, and no other
    /// issuer is meant. It explains a rejection in a log.
    pub fn claims_issuer_but_for_a_slash(&self, token: &[u8]) -> bool {
        let differs = |claimed: JsonString<'_>, own: &str| match own.strip_suffix('/') {
            Some(own) => claimed.equals(own),
            None => claimed.chars().eq(own.chars().chain(['/'])),
        };
        jwt::claimed_issuer(token, &mut scratch(token))
            .is_ok_and(|claimed| self.issuers().iter().any(|own| differs(claimed, &own)))
    }

    /// Returns the scopes in the claims of a token, or in an introspection response, separated by spaces, from where
    /// tokens must have them; none if they cannot be read there. Nothing is verified: it explains a rejection in a log.
    pub fn claimed_scopes(&self, claims: &str) -> Option<String> {
        let (policy, length) = (self.as_policy(), jwt::scratch_length(claims.len()));
        let mut scratch = vec![0; length];
        let mut scratch = Scratch::new(&mut scratch, length);
        let mut read = Claims::default();
        let object = read.read(claims.as_bytes(), policy.client()).ok()?;
        let scopes = policy.scopes(&read, object, &mut scratch).ok()?;
        Some(Spaced::new(scopes.iter()).to_string())
    }

    /// Returns the algorithms, to parse keys with, and what is relaxed about these.
    pub fn algorithms(&self) -> Algorithms<'_, K> {
        self.checked.relaxations.apply_to(Algorithms::of_checked(&self.algorithms))
    }

    /// Returns which scope implies which.
    pub fn hierarchy(&self) -> ScopeHierarchy<'_> {
        self.checked.hierarchy()
    }

    /// Returns the scopes to ask for where a token lacks some, as clients ask for them; see [`ScopeRules::step_up`].
    ///
    /// # Errors
    ///
    /// Those of [`ScopeRules::step_up`].
    pub fn step_up(
        &self,
        granted: GrantedScopes<'_>,
        required: ScopeList<'_>,
        known: ScopeList<'_>,
    ) -> Result<String, Error> {
        Ok(self.scope_rules()?.step_up(granted, required, known)?.to_string())
    }

    /// Returns the scopes for metadata, as clients ask for them; see [`ScopeRules::for_metadata`].
    ///
    /// # Errors
    ///
    /// Those of [`ScopeRules::for_metadata`].
    pub fn scopes_for_metadata(&self, others: ScopeList<'_>) -> Result<String, Error> {
        Ok(self.scope_rules()?.for_metadata(others)?.to_string())
    }

    /// Returns the scopes for a challenge where no token was accepted, as clients ask for them; see
    /// [`ScopeRules::for_challenge`].
    ///
    /// # Errors
    ///
    /// Those of [`ScopeRules::for_challenge`].
    pub fn scopes_for_challenge(&self, operation: ScopeList<'_>) -> Result<String, Error> {
        Ok(self.scope_rules()?.for_challenge(operation)?.to_string())
    }

    fn scope_rules(&self) -> Result<ScopeRules<'_>, Error> {
        let settings = self.settings();
        Ok(ScopeRules {
            required: ScopeList::of_checked(&settings.required_scopes),
            advertised: settings.advertised_scopes.as_deref().map(ScopeList::of_checked),
            challenge: settings.challenge_scopes.as_deref().map(ScopeList::of_checked),
            prefix: ScopePrefix::parse(&settings.scope_prefix)?,
            hierarchy: self.hierarchy(),
        })
    }

    /// Returns the settings of which the policy was made.
    pub fn settings(&self) -> &Settings {
        &self.checked.settings
    }

    pub(super) fn checked(&self) -> &Arc<Checked> {
        &self.checked
    }
}

// Not derived: a derive would require it of `K` too, which this does not contain.
impl<K> Clone for Policy<K> {
    fn clone(&self) -> Self {
        Self { checked: self.checked.clone(), algorithms: self.algorithms.clone() }
    }
}

#[cfg(all(test, feature = "p256"))]
mod tests {
    use super::*;
    use crate::alg::ES256;
    use crate::jwt::{MAX_AUDIENCES, MAX_REQUIRED_CLAIMS};
    use crate::text::json;
    use std::{format, vec};

    fn settings(audiences: usize, claims: usize) -> Settings {
        let names = |count| (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>();
        let required_claims = names(claims);
        Settings { required_claims, ..Settings::mcp("i".into(), names(audiences), vec![Alg::Es256]) }
    }

    #[test]
    fn the_longest_lists_are_borrowed_whole() {
        let policy = Policy::<PublicKey>::new(settings(MAX_AUDIENCES, MAX_REQUIRED_CLAIMS), &[&ES256]).unwrap();
        let rules = policy.as_policy();
        assert!(rules.audience().iter().eq(policy.settings().audience.iter().map(String::as_str)));
        let object = |count| {
            let members: Vec<_> = (0..count).map(|number| format!("\"n{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        for (count, all) in [(MAX_REQUIRED_CLAIMS, true), (MAX_REQUIRED_CLAIMS - 1, false), (0, false)] {
            let object = object(count);
            assert_eq!(rules.has_required_claims(json::parse(object.as_bytes()).unwrap()), all, "{object}");
        }
    }

    #[test]
    fn what_no_policy_takes_is_refused_here_too() {
        for (audiences, claims, error) in [
            (0, 0, Error::AudienceInvalid),
            (MAX_AUDIENCES + 1, 0, Error::AudienceInvalid),
            (1, MAX_REQUIRED_CLAIMS + 1, Error::RequiredClaimsInvalid),
        ] {
            assert_eq!(Policy::<PublicKey>::new(settings(audiences, claims), &[&ES256]).err(), Some(error));
        }
    }
    #[test]
    fn a_token_is_another_issuers_by_its_own_word_and_for_want_of_a_key() {
        let policy = Policy::<PublicKey>::new(settings(1, 0), &[&ES256]).unwrap();
        // {"iss":"https://id.example"}, {"iss":"i"}, {}
        let (other, own, none) = (".eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.", ".eyJpc3MiOiJpIn0.", ".e30.");
        for error in [Error::KeyNotFound, Error::KeyAmbiguous, Error::SignatureInvalid, Error::IssuerMismatch] {
            let of_another = |token: &str| policy.is_of_another_issuer(error.remedy(), token.as_bytes());
            assert_eq!(of_another(other), error != Error::IssuerMismatch, "{error}");
            assert!(!of_another(own) && !of_another(none) && !of_another("opaque"), "{error}");
        }
    }

    #[test]
    fn an_issuer_differs_by_a_slash_at_the_end_alone() {
        let slashed = Settings { issuer: "i/".into(), ..settings(1, 0) };
        let (plain, slashed) =
            [settings(1, 0), slashed].map(|it| Policy::<PublicKey>::new(it, &[&ES256]).unwrap()).into();
        // {"iss":"i"}, {"iss":"i/"}, {"iss":"i\/"}, {"iss":"i//"}, {"iss":"j/"}, {}
        for (token, of_plain, of_slashed) in [
            (".eyJpc3MiOiJpIn0.", false, true),
            (".eyJpc3MiOiJpLyJ9.", true, false),
            (".eyJpc3MiOiJpXC8ifQ.", true, false),
            (".eyJpc3MiOiJpLy8ifQ.", false, false),
            (".eyJpc3MiOiJqLyJ9.", false, false),
            (".e30.", false, false),
            ("opaque", false, false),
        ] {
            assert_eq!(plain.claims_issuer_but_for_a_slash(token.as_bytes()), of_plain, "{token}");
            assert_eq!(slashed.claims_issuer_but_for_a_slash(token.as_bytes()), of_slashed, "{token}");
        }
    }
}
