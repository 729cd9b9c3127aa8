//! The tokens of `tokens.txt`, verified.

use doorward::alg::hmac;
use doorward::alg::{self, Alg, Algorithm, Algorithms, Asymmetric};
use doorward::error::Error;
use doorward::jwk::{self, Key};
use doorward::jwt::{
    self, ClientClaim, Issuer, Issuers, Policy, Recipient, Relaxation, Relaxations, RequiredClaims, ScopeSource,
    TrustedIssuer,
};
use doorward::oauth::scope::{ScopeHierarchy, ScopeList};
use doorward::provider::Provider;
use doorward::time::{Leeway, UnixTime};

use crate::blocks::{self, Case, words};
use crate::profile::Profile;
use crate::{agree, principal_line};

fn chosen<K>(all: &[&'static dyn Algorithm<K>], names: &[Alg]) -> Vec<&'static dyn Algorithm<K>> {
    all.iter().copied().filter(|algorithm| names.contains(&algorithm.alg())).collect()
}

fn relaxations(case: &Case<'_>) -> Result<Relaxations, Error> {
    let given = words(case, "provider").next().map(Provider::from_name).transpose()?;
    let given = given.map_or(&[][..], |provider| provider.relaxations).iter().copied().map(Ok);
    given.chain(words(case, "relax").map(Relaxation::from_name)).collect()
}

/// The word of both sets of implementations.
///
/// # Errors
///
/// Whatever refuses the token, or the policy.
pub fn verify(case: &Case<'_>) -> Result<String, Error> {
    let none = || std::iter::empty();
    agree(verify_in(alg::ASYMMETRIC, case, none()), verify_in(alg::aws_lc::ASYMMETRIC, case, none()))
}

/// The word of one set, also with each of these rooms of scratch.
///
/// # Errors
///
/// As [`verify`].
pub fn verify_in<K: Asymmetric>(
    asymmetric: &'static [&'static dyn Algorithm<K>],
    case: &Case<'_>,
    rooms: impl Iterator<Item = usize>,
) -> Result<String, Error> {
    let algs = words(case, "algorithms").map(Alg::parse).collect::<Result<Vec<_>, _>>()?;
    match algs.iter().filter(|alg| alg.is_symmetric()).count() {
        0 => {
            let list = chosen(asymmetric, &algs);
            let algorithms = relaxations(case)?.apply_to(Algorithms::new(&list)?);
            let load = |document: &str| {
                let mut keys = Vec::new();
                let add = |key: Result<_, _>| {
                    keys.extend(key);
                    Ok(())
                };
                jwk::parse_each(document.as_bytes(), algorithms, add).map(|()| keys)
            };
            let others = case.get("keys_2").copied().map(load).transpose()?;
            authenticate(case, &load(case["keys"])?, others.as_deref(), algorithms, rooms)
        }
        count if count == algs.len() => {
            let list = chosen(hmac::ALL, &algs);
            let (algorithms, mut keys) = (Algorithms::new(&list)?, Vec::new());
            jwk::parse_each_secret(case["keys"].as_bytes(), algorithms, |key| {
                keys.extend(key);
                Ok(())
            })?;
            authenticate(case, &keys, None, algorithms, rooms)
        }
        _ => Err(Error::AlgorithmsMixed),
    }
}

/// The word with all the scratch there may be; with less, in each of `rooms`, it is the same or tells how much would do.
fn authenticate<K: PartialEq>(
    case: &Case<'_>,
    keys: &[Key<K>],
    others: Option<&[Key<K>]>,
    algorithms: Algorithms<'_, K>,
    rooms: impl Iterator<Item = usize>,
) -> Result<String, Error> {
    let number = |name: &str, default| blocks::number(case, name, default);
    let preset = match case.get("preset").copied() {
        None | Some("mcp") => Policy::mcp,
        Some("rfc9068") => Policy::rfc9068,
        Some(other) => panic!("preset {other}"),
    };
    let hierarchy = blocks::hierarchy(case);
    let mut template = words(case, "issuer_template");
    let (template, claim) = (template.next(), template.next());
    let values = blocks::lines(words(case, "issuer_template").skip(2));
    let listed = ["issuers", "issuers_2"].map(|name| case.get(name).map(|_| blocks::lines(words(case, name))));
    let mut binding = words(case, "client_binding");
    let binding = binding.next().map(|claim| (claim, blocks::lines(binding)));
    let tenants: Vec<_> = words(case, "tenants").collect();
    let mut profile = Profile::of_words(words(case, "provider"), &tenants)?;
    let profile = profile.as_mut().map(Profile::names).transpose()?;
    let policy = |index: usize| {
        let issuer = || case[["issuer", "issuer_2"][index]];
        let claim_of_client =
            case.get("client_claim").map_or(Ok(ClientClaim::default()), |name| ClientClaim::from_name(name))?;
        let (named, clients) = match &binding {
            None => (claim_of_client, None),
            Some((claim, clients)) => (ClientClaim::from_name(claim)?, Some(&clients[..])),
        };
        let recipient = Recipient::new(words(case, "audience"), named, clients)?;
        let issuers = match (&listed[index], template.zip(claim)) {
            (Some(listed), _) => Issuers::any_of(listed)?,
            (None, Some((template, claim))) if index == 0 => Issuers::template(template, claim, &values)?,
            _ => match profile {
                Some((_, names, tenants)) => names.issuers(tenants)?,
                None => Issuer::new(issuer())?.into(),
            },
        };
        let mut policy = preset(issuers, recipient, algorithms)
            .leeway(Leeway::from_seconds(number("leeway", 60))?)
            .require_scopes(ScopeList::parse(case.get("scopes").copied().unwrap_or_default())?)
            .scope_hierarchy(ScopeHierarchy::parse(&hierarchy)?)
            .require_claims(RequiredClaims::new(words(case, "required_claims"))?)
            .relaxations(relaxations(case)?);
        if let Some(source) = case.get("scope_source") {
            policy = policy.scope_source(ScopeSource::parse(source)?);
        }
        if let Some((provider, ..)) = profile {
            policy = provider.apply(policy)?;
        }
        Ok(policy)
    };
    let token = blocks::token(case);
    let now = UnixTime::from_seconds(number("now", 1_700_000_000).into());
    let first = policy(0)?;
    let second = others.map(|_| policy(1)).transpose()?;
    let in_room = |room: usize| {
        let mut scratch = vec![0; room];
        let principal = match others.zip(second.as_ref()) {
            None => jwt::authenticate(&token, &mut scratch, keys, &first, now)?,
            Some((others, second)) => {
                let issuers = [TrustedIssuer { keys, policy: &first }, TrustedIssuer { keys: others, policy: second }];
                jwt::authenticate_any(&token, &mut scratch, &issuers, now)?
            }
        };
        Ok(principal_line!(principal))
    };
    let outcome = in_room(jwt::scratch_length(token.len()));
    for room in rooms {
        if let Err(Error::ScratchTooSmall { needed, actual }) = in_room(room) {
            assert_eq!(usize::try_from(actual), Ok(room));
            assert_eq!(in_room(usize::try_from(needed).unwrap()), outcome, "{} needed of {}", needed, token.len());
        }
    }
    outcome
}
