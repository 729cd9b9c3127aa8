//! What a token must satisfy, in the caller's memory.

use core::ffi::c_void;

use doorward::alg::{Alg, Algorithms};
use doorward::error::Error;
use doorward::jwt::{
    self, Audience, ClientClaim, Issuer, Issuers, MAX_AUDIENCES, MAX_REQUIRED_CLAIMS, Recipient, Relaxation,
    Relaxations, RequiredClaims, ScopeSource, TokenKind,
};
use doorward::oauth::scope::{
    Closure, GrantedScopes, MAX_HIERARCHY_LINES, ScopeHierarchy, ScopeList, ScopePrefix, ScopeRules,
};
use doorward::provider::Provider;
use doorward::time::Leeway;

use crate::algorithms::{self, Chosen, Family};
use crate::fault::Fault;
use crate::raw::{self, Linking, guard, plain};
use crate::types::{doorward_buffer, doorward_error, doorward_text};

/// What a token must satisfy: the caller's memory, initialized with doorward_policy_mcp() or doorward_policy_rfc9068()
/// and completed with the functions that follow; at least one audience, or a client binding, and one algorithm must be
/// added.
///
/// Need not be freed. Borrows the strings that are passed: they must stay while the policy is used, which is until
/// doorward_authenticator_new() and doorward_key_set_parse() return, and for doorward_fixed_authenticate() until the
/// principal is no longer used. Once complete, any number of threads may use it. The members are private.
#[repr(C)]
pub struct doorward_policy {
    tag: u32,
    rfc9068: u32,
    leeway: u32,
    pub(crate) relaxations: u32,
    pub(crate) algorithms: u32,
    pub(crate) audience_count: u32,
    required_claim_count: u32,
    pub(crate) client_claim: u32,
    issuer: doorward_text,
    pub(crate) issuers: doorward_text,
    pub(crate) issuer_template: doorward_text,
    pub(crate) template_claim: doorward_text,
    pub(crate) clients: doorward_text,
    pub(crate) required_scopes: doorward_text,
    scope_hierarchy: doorward_text,
    pub(crate) audience: [doorward_text; 8],
    required_claims: [doorward_text; 16],
    pub(crate) scope_source: doorward_text,
    scope_prefix: doorward_text,
    advertised_scopes: doorward_text,
    challenge_scopes: doorward_text,
    scope_closure: *const doorward_scope_closure,
    pub(crate) parts: [*const c_void; 5],
    pub(crate) issuer_part: *const c_void,
    pub(crate) recipient_part: *const c_void,
    pub(crate) provider: *const c_void,
    reserved: [usize; 4],
}
plain!(doorward_policy {
    tag,
    rfc9068,
    leeway,
    relaxations,
    algorithms,
    audience_count,
    required_claim_count,
    client_claim,
    issuer,
    issuers,
    issuer_template,
    template_claim,
    clients,
    required_scopes,
    scope_hierarchy,
    audience,
    required_claims,
    scope_source,
    scope_prefix,
    advertised_scopes,
    challenge_scopes,
    scope_closure,
    parts,
    issuer_part,
    recipient_part,
    provider,
    reserved,
});

/// What is derived from a scope hierarchy, once: caller's memory, written by the library.
#[repr(C)]
pub struct doorward_scope_closure {
    lines: [u64; 64],
}
plain!(doorward_scope_closure { lines });

const TAG: u32 = 0x706f_6c31;

/// Optional parts of a policy.
pub(crate) struct Parts<'p> {
    hierarchy: ScopeHierarchy<'p>,
    required_claims: RequiredClaims<'p>,
    relaxations: Relaxations,
    pub(crate) scope_source: ScopeSource<'p>,
    pub(crate) kind: TokenKind,
}

/// Where a policy has the pointer to each of its parts.
pub(crate) mod place {
    pub(crate) const HIERARCHY: usize = 0;
    pub(crate) const REQUIRED_CLAIMS: usize = 1;
    pub(crate) const RELAXATIONS: usize = 2;
    pub(crate) const SCOPE_SOURCE: usize = 3;
    pub(crate) const PROVIDER: usize = 4;
}

/// Reads one of the parts. A policy points to those that it needs, and a device links no others.
pub(crate) type Part = for<'p> fn(&doorward_policy, &mut Parts<'p>) -> Result<(), Fault>;

impl Linking for doorward_policy {
    type Part = Part;
}

static HIERARCHY: Part = |policy, parts| {
    parts.hierarchy = policy.hierarchy()?;
    Ok(())
};

static REQUIRED_CLAIMS: Part = |policy, parts| {
    let names = doorward_policy::texts(&policy.required_claims, policy.required_claim_count)?;
    parts.required_claims = RequiredClaims::new(names)?;
    Ok(())
};

pub(crate) static RELAXATIONS: Part = |policy, parts| {
    parts.relaxations = policy.relaxations().collect();
    Ok(())
};

pub(crate) static SCOPE_SOURCE: Part = |policy, parts| {
    parts.scope_source = ScopeSource::parse(raw::text(policy.scope_source)?)?;
    Ok(())
};

/// Reads whose tokens are accepted, if that is not the one issuer.
pub(crate) struct IssuerPart;

impl Linking for IssuerPart {
    type Part = fn(&doorward_policy) -> Result<Issuers<'static>, Fault>;
}

/// Reads for whom tokens must be, if that is not an audience alone.
pub(crate) struct RecipientPart;

impl Linking for RecipientPart {
    type Part = fn(&doorward_policy) -> Result<Recipient<'static>, Fault>;
}

/// The profile of a provider: a device that names none links none, nor their table.
pub(crate) struct Profile;

impl Linking for Profile {
    type Part = Provider;
}

const _: () = assert!(MAX_AUDIENCES == 8 && MAX_REQUIRED_CLAIMS == 16 && MAX_HIERARCHY_LINES == 64);

impl doorward_policy {
    /// Returns the policy behind a pointer.
    pub(crate) fn of<'a>(policy: *const Self) -> Result<&'a Self, Fault> {
        raw::read(policy)?.begun()
    }

    /// Rejects memory that was never initialized as a policy.
    pub(crate) fn begun(&self) -> Result<&Self, Fault> {
        if self.tag == TAG { Ok(self) } else { Err(Fault::Argument) }
    }

    pub(crate) fn change<'a>(policy: *mut Self) -> Result<&'a mut Self, Fault> {
        Self::of(policy)?;
        raw::change(policy)
    }

    pub(crate) fn begin(policy: *mut Self, issuer: doorward_text, rfc9068: u32) -> Result<(), Fault> {
        let place = raw::out(policy)?;
        Issuer::new(raw::text(issuer)?)?;
        place.set(Self {
            tag: TAG,
            rfc9068,
            leeway: u32::try_from(Leeway::DEFAULT.seconds()).unwrap_or_default(),
            relaxations: 0,
            algorithms: 0,
            audience_count: 0,
            required_claim_count: 0,
            client_claim: 0,
            issuer,
            issuers: doorward_text::NONE,
            issuer_template: doorward_text::NONE,
            template_claim: doorward_text::NONE,
            clients: doorward_text::NONE,
            required_scopes: doorward_text::NONE,
            scope_hierarchy: doorward_text::NONE,
            audience: [doorward_text::NONE; 8],
            required_claims: [doorward_text::NONE; 16],
            scope_source: doorward_text::NONE,
            scope_prefix: doorward_text::NONE,
            advertised_scopes: doorward_text::NONE,
            challenge_scopes: doorward_text::NONE,
            scope_closure: core::ptr::null(),
            parts: [core::ptr::null(); 5],
            issuer_part: core::ptr::null(),
            recipient_part: core::ptr::null(),
            provider: core::ptr::null(),
            reserved: [0; 4],
        });
        Ok(())
    }

    fn texts<'a>(list: &[doorward_text], count: u32) -> Result<impl Iterator<Item = &'a str> + Clone, Fault> {
        let list = usize::try_from(count).ok().and_then(|count| list.get(..count)).ok_or(Fault::Argument)?;
        let texts = list.iter().map(|text| raw::text(*text));
        texts.clone().try_for_each(|text| text.map(drop))?;
        Ok(texts.flatten())
    }

    fn issuer<'a>(&self) -> Result<Issuer<'a>, Fault> {
        Ok(Issuer::new(raw::text(self.issuer)?)?)
    }

    /// Returns the issuers whose tokens are accepted.
    pub(crate) fn issuers<'a>(&self) -> Result<Issuers<'a>, Fault> {
        match raw::part::<IssuerPart>(self.issuer_part) {
            Some(read) => read(self),
            None => Ok(self.issuer()?.into()),
        }
    }

    pub(crate) fn audiences<'a>(&self) -> Result<impl Iterator<Item = &'a str> + Clone, Fault> {
        Self::texts(&self.audience, self.audience_count)
    }

    pub(crate) fn client_claim(&self) -> Result<ClientClaim, Fault> {
        let claim = usize::try_from(self.client_claim).ok().and_then(|place| ClientClaim::ALL.get(place));
        claim.copied().ok_or(Fault::Argument)
    }

    /// Sets the claim that names the client.
    pub(crate) fn name_client(&mut self, claim: ClientClaim) -> Result<(), Fault> {
        let place = (0..).zip(ClientClaim::ALL).find(|(_, one)| **one == claim).map(|(place, _)| place);
        self.client_claim = place.ok_or(Fault::Argument)?;
        Ok(())
    }

    pub(crate) fn family(&self) -> Result<Family, Fault> {
        Family::of(self.algorithms)
    }

    /// Returns the algorithms as keys are parsed by: with what is relaxed about these.
    pub(crate) fn for_keys<'l, K>(&self, chosen: &'l Chosen<K>) -> Result<Algorithms<'l, K>, Fault> {
        Ok(chosen.algorithms()?.relaxed_by(|one| self.relaxes(one)))
    }

    /// Converts it to core's policy, without a heap.
    pub(crate) fn as_policy<'p, 'l, K>(&self, algorithms: Algorithms<'l, K>) -> Result<jwt::Policy<'p, 'l, K>, Fault> {
        let recipient = self.recipient()?;
        let mut parts = Parts {
            hierarchy: ScopeHierarchy::NONE,
            required_claims: RequiredClaims::default(),
            relaxations: Relaxations::default(),
            scope_source: ScopeSource::default(),
            kind: TokenKind::default(),
        };
        for part in self.parts {
            if let Some(read) = raw::part::<Self>(part) {
                read(self, &mut parts)?;
            }
        }
        let issuers = self.issuers()?;
        let policy = if self.rfc9068 == 0 {
            jwt::Policy::mcp(issuers, recipient, algorithms)
        } else {
            jwt::Policy::rfc9068(issuers, recipient, algorithms)
        };
        Ok(policy
            .of_kind(parts.kind)
            .leeway(Leeway::from_seconds(self.leeway)?)
            .require_scopes(ScopeList::parse(raw::text(self.required_scopes)?)?)
            .scope_source(parts.scope_source)
            .scope_hierarchy(parts.hierarchy)
            .require_claims(parts.required_claims)
            .relaxations(parts.relaxations))
    }

    fn scope_prefix<'a>(&self) -> Result<ScopePrefix<'a>, Fault> {
        Ok(ScopePrefix::parse(raw::text(self.scope_prefix)?)?)
    }

    /// Returns the scope hierarchy with its closure, if there is one.
    pub(crate) fn hierarchy<'a>(&self) -> Result<ScopeHierarchy<'a>, Fault> {
        if self.scope_closure.is_null() {
            return Ok(ScopeHierarchy::NONE);
        }
        let hierarchy = ScopeHierarchy::parse(raw::text(self.scope_hierarchy)?)?;
        Ok(hierarchy.with_closure(&raw::read(self.scope_closure)?.lines))
    }

    /// Returns the rules for scopes, without the hierarchy, which few need.
    fn scope_rules<'a>(&self) -> Result<ScopeRules<'a>, Fault> {
        let shown = |text| Ok::<_, Fault>(raw::optional(text)?.map(ScopeList::parse).transpose()?);
        Ok(ScopeRules {
            required: ScopeList::parse(raw::text(self.required_scopes)?)?,
            advertised: shown(self.advertised_scopes)?,
            challenge: shown(self.challenge_scopes)?,
            prefix: self.scope_prefix()?,
            hierarchy: ScopeHierarchy::NONE,
        })
    }

    pub(crate) fn recipient<'a>(&self) -> Result<Recipient<'a>, Fault> {
        match raw::part::<RecipientPart>(self.recipient_part) {
            Some(read) => read(self),
            None => Ok(Audience::new(self.audiences()?)?.into()),
        }
    }

    /// Returns the provider whose tokens these are, if one was named.
    pub(crate) fn provider(&self) -> Option<&'static Provider> {
        raw::part::<Profile>(self.provider)
    }

    fn relaxes(&self, relaxation: Relaxation) -> bool {
        self.relaxations & u32::from(relaxation.bit()) != 0
    }

    fn relaxations(&self) -> impl Iterator<Item = Relaxation> {
        Relaxation::ALL.iter().copied().filter(|one| self.relaxes(*one))
    }

    /// Converts it to the authenticator's policy: with its own copies of everything.
    #[cfg(feature = "std")]
    pub(crate) fn settings(&self) -> Result<doorward::host::Settings, Fault> {
        use doorward::host::{ClientBinding, Issuers, Settings};

        let owned = |list, count| Ok::<_, Fault>(Self::texts(list, count)?.map(str::to_owned).collect());
        let lines = |text| Ok::<_, Fault>(raw::text(text)?.split('\n').map(str::to_owned).collect());
        let audience = owned(&self.audience, self.audience_count)?;
        let mut settings =
            Settings::mcp(self.issuer()?.as_str().to_owned(), audience, algorithms::algs(self.algorithms).collect());
        if let Some(template) = raw::optional(self.issuer_template)? {
            let (template, claim) = (template.to_owned(), raw::text(self.template_claim)?.to_owned());
            settings.issuers = Issuers::Template { template, claim, any_of: lines(self.issuers)? };
        } else if raw::optional(self.issuers)?.is_some() {
            settings.issuers = Issuers::AnyOf(lines(self.issuers)?);
        }
        settings.client_claim = self.client_claim()?;
        if raw::optional(self.clients)?.is_some() {
            settings.client_binding =
                Some(ClientBinding { claim: settings.client_claim, any_of: lines(self.clients)? });
        }
        if self.rfc9068 != 0 {
            settings.preset = doorward::host::Preset::Rfc9068;
        }
        settings.leeway = Leeway::from_seconds(self.leeway)?;
        settings.required_scopes = raw::text(self.required_scopes)?.to_owned();
        settings.scope_prefix = raw::text(self.scope_prefix)?.to_owned();
        settings.advertised_scopes = raw::optional(self.advertised_scopes)?.map(str::to_owned);
        settings.challenge_scopes = raw::optional(self.challenge_scopes)?.map(str::to_owned);
        settings.scope_source = raw::optional(self.scope_source)?.map(str::to_owned);
        settings.scope_hierarchy = raw::text(self.scope_hierarchy)?.to_owned();
        settings.required_claims = owned(&self.required_claims, self.required_claim_count)?;
        settings.relaxations = self.relaxations().collect();
        settings.provider = self.provider();
        Ok(settings)
    }
}

pub(crate) fn add(list: &mut [doorward_text], count: &mut u32, text: doorward_text, full: Error) -> Result<(), Fault> {
    if raw::text(text)?.is_empty() {
        return Err(full.into());
    }
    let place = usize::try_from(*count).ok().and_then(|count| list.get_mut(count));
    *place.ok_or(full)? = text;
    *count += 1;
    Ok(())
}

/// Initializes a policy with the rules of the MCP authorization specification: issuer, audience and expiry must be
/// present and valid, `typ` must be `at+jwt` (RFC 9068 section 4), a token bound to a key (`cnf`, RFC 7800) is
/// rejected.
///
/// @param policy where to write it; whatever was there is overwritten
/// @param issuer the issuer identifier, compared byte for byte (RFC 8414 section 2); not empty
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_mcp(policy: *mut doorward_policy, issuer: doorward_text) -> doorward_error {
    guard(|| doorward_policy::begin(policy, issuer, 0))
}

/// Like doorward_policy_mcp(), and requires every claim of RFC 9068 section 2.2: `sub`, `client_id`, `iat`, `jti` too.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_rfc9068(policy: *mut doorward_policy, issuer: doorward_text) -> doorward_error {
    guard(|| doorward_policy::begin(policy, issuer, 1))
}

/// Allows an algorithm by its registered name (RFC 7518 section 3.1, RFC 9864), "ES256" for example. Tokens with any
/// other algorithm are rejected (RFC 8725 section 3.1). Shared secrets (HS256, HS384, HS512) and public keys do not
/// mix: DOORWARD_ALGORITHMS_MIXED when the policy is used. The first algorithm that is allowed by name replaces those
/// of the provider.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_algorithm(policy: *mut doorward_policy, name: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        if policy.algorithms & algorithms::OF_PROVIDER != 0 {
            policy.algorithms = 0;
        }
        policy.algorithms |= algorithms::bit(Alg::parse(raw::text(name)?)?)?;
        Ok(())
    })
}

/// Checks whether the algorithms of a policy are for shared secrets; if not, they are for public keys.
///
/// @param shared set to whether they are; to false on an error: DOORWARD_ALGORITHMS_EMPTY if there are none,
///        DOORWARD_ALGORITHMS_MIXED if there are some of each
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_uses_shared_secrets(
    policy: *const doorward_policy,
    shared: *mut bool,
) -> doorward_error {
    guard(|| {
        let shared = raw::out(shared)?;
        shared.set(false);
        shared.set(algorithms::are_shared(doorward_policy::of(policy)?.algorithms)?);
        Ok(())
    })
}

/// Sets the allowed clock skew, in seconds: 60 by default, 300 at most.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_leeway(policy: *mut doorward_policy, seconds: u32) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        Leeway::from_seconds(seconds)?;
        policy.leeway = seconds;
        Ok(())
    })
}

/// Sets the scopes that a token must have, separated by single spaces (RFC 6749 section 3.3), 256 at most. Replaces the
/// previous ones.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_scopes(policy: *mut doorward_policy, scopes: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        ScopeList::parse(raw::text(scopes)?)?;
        policy.required_scopes = scopes;
        Ok(())
    })
}

/// Sets the one claim that contains the scopes; by default `scope`, or in its absence the array `scp`. Replaces the
/// previous one.
///
/// @param source "scope" (a space-separated string, RFC 6749 section 3.3), "scope_list" (`scope` as an array), "scp"
///        (an array; a string too if relaxed), "permissions", "roles", a path of 2 to 4 names such as
///        "realm_access.roles", or a name with a colon, which is never a path, such as "https://example.com/roles" (all
///        of them arrays); else DOORWARD_SCOPE_SOURCE_INVALID
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_scope_source(policy: *mut doorward_policy, source: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        ScopeSource::parse(raw::text(source)?)?;
        policy.scope_source = source;
        policy.parts[place::SCOPE_SOURCE] = (&raw const SCOPE_SOURCE).cast();
        Ok(())
    })
}

/// Sets a prefix that scopes have in requests of clients, and not in tokens: "api://id/" if clients request
/// "api://id/read" and tokens contain "read". See doorward_policy_requested_scopes(). Replaces the previous one.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_scope_prefix(policy: *mut doorward_policy, prefix: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        ScopePrefix::parse(raw::text(prefix)?)?;
        policy.scope_prefix = prefix;
        Ok(())
    })
}

/// Sets the scopes that metadata lists, as clients ask for them, separated by single spaces, 256 at most; none to have
/// them derived, as by default. With an empty text, doorward_string(""), metadata lists no scopes. See
/// doorward_policy_scopes_for_metadata(). Replaces the previous ones.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_advertised_scopes(
    policy: *mut doorward_policy,
    scopes: doorward_text,
) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        ScopeList::parse(raw::text(scopes)?)?;
        policy.advertised_scopes = scopes;
        Ok(())
    })
}

/// Sets the scopes that a challenge asks for where no token was accepted, as clients ask for them, separated by single
/// spaces, 256 at most; none to have them derived, as by default. With an empty text, doorward_string(""), a
/// challenge asks for no scopes. See doorward_policy_scopes_for_challenge(). Replaces the previous ones.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_challenge_scopes(
    policy: *mut doorward_policy,
    scopes: doorward_text,
) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        ScopeList::parse(raw::text(scopes)?)?;
        policy.challenge_scopes = scopes;
        Ok(())
    })
}

/// Writes the scopes for `scopes_supported` of metadata (RFC 9728 section 2), as clients ask for them, separated by
/// spaces: those of doorward_policy_advertised_scopes() alone, or if these were not set those of
/// doorward_policy_scopes() and `others`, each once. DOORWARD_SCOPE_INVALID if there are more than 256.
///
/// @param others scopes that operations require beside those of the policy, separated by single spaces
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_scopes_for_metadata(
    policy: *const doorward_policy,
    others: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let rules = doorward_policy::of(policy)?.scope_rules()?;
        Ok(rules.for_metadata(ScopeList::parse(raw::text(others)?)?)?)
    })
}

/// Writes the scopes that a challenge asks for where no token was accepted (RFC 6750 section 3), for
/// doorward_challenge_for(), as clients ask for them, separated by spaces: those of doorward_policy_challenge_scopes()
/// alone, or if these were not set those of doorward_policy_scopes() and `operation`, each once.
/// DOORWARD_SCOPE_INVALID if there are more than 256. For a token that was accepted and lacks scopes:
/// doorward_policy_step_up_scopes().
///
/// @param operation scopes that the operation requires beside those of the policy, separated by single spaces
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_scopes_for_challenge(
    policy: *const doorward_policy,
    operation: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let rules = doorward_policy::of(policy)?.scope_rules()?;
        Ok(rules.for_challenge(ScopeList::parse(raw::text(operation)?)?)?)
    })
}

/// Writes scopes as clients ask for them, as challenges and metadata must list them: with the prefix of
/// doorward_policy_scope_prefix(). doorward_policy_scopes() and doorward_principal_require() take scopes as tokens
/// contain them, without the prefix.
///
/// @param scopes separated by single spaces
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_requested_scopes(
    policy: *const doorward_policy,
    scopes: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let prefix = doorward_policy::of(policy)?.scope_prefix()?;
        Ok(prefix.requested(ScopeList::parse(raw::text(scopes)?)?))
    })
}

/// Writes the scopes to ask for, as clients do, if a token lacks some of those that an operation requires in addition
/// to doorward_policy_scopes(): first the granted ones that are relevant here, so that the client does not lose them,
/// then the missing ones; each once, separated by spaces. Relevant are scopes that are required, advertised, known, or
/// in the hierarchy.
///
/// @param required scopes, separated by single spaces
/// @param granted scopes as a token lists them
/// @param known scopes of other operations, separated by single spaces
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_step_up_scopes(
    policy: *const doorward_policy,
    required: doorward_text,
    granted: doorward_text,
    known: doorward_text,
    out: *mut doorward_buffer,
) -> doorward_error {
    raw::printed(out, || {
        let policy = doorward_policy::of(policy)?;
        let rules = ScopeRules { hierarchy: policy.hierarchy()?, ..policy.scope_rules()? };
        let (required, known) = (ScopeList::parse(raw::text(required)?)?, ScopeList::parse(raw::text(known)?)?);
        Ok(rules.step_up(GrantedScopes::new(raw::text(granted)?), required, known)?)
    })
}

/// Sets which scope implies which: a line for each broader scope, followed by those it implies, as in
/// "admin write\nwrite read"; 64 lines and 256 scopes at most, separated by "\n". Replaces the previous one.
///
/// @param closure written by this call; must stay unchanged as long as the strings
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_scope_hierarchy(
    policy: *mut doorward_policy,
    lines: doorward_text,
    closure: *mut doorward_scope_closure,
) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        let closure = raw::out(closure)?;
        let mut memory = Closure::EMPTY;
        let hierarchy = ScopeHierarchy::parse(raw::text(lines)?)?;
        let _ = hierarchy.closed(&mut memory);
        closure.set(doorward_scope_closure { lines: *memory.lines() });
        policy.scope_hierarchy = lines;
        policy.scope_closure = closure.pointer();
        policy.parts[place::HIERARCHY] = (&raw const HIERARCHY).cast();
        Ok(())
    })
}

/// Adds a claim that must be present, with any value; 16 at most.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_claim(policy: *mut doorward_policy, name: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        policy.parts[place::REQUIRED_CLAIMS] = (&raw const REQUIRED_CLAIMS).cast();
        add(&mut policy.required_claims, &mut policy.required_claim_count, name, Error::RequiredClaimsInvalid)
    })
}

/// Adds a named exception to a rule, for an issuer that cannot satisfy it: "typ_jwt_or_absent", "typ_unchecked",
/// "audience_uri_equivalence", "scp_text", "client_id_optional", "cty_jwt", "modulus_leading_zero",
/// "unnamed_key"; else DOORWARD_RELAXATION_UNKNOWN. "modulus_leading_zero" is for parsing keys with this policy.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_policy_relax(policy: *mut doorward_policy, rule: doorward_text) -> doorward_error {
    guard(|| {
        let policy = doorward_policy::change(policy)?;
        let rule = Relaxation::from_name(raw::text(rule)?)?;
        policy.parts[place::RELAXATIONS] = (&raw const RELAXATIONS).cast();
        policy.relaxations |= u32::from(rule.bit());
        Ok(())
    })
}
