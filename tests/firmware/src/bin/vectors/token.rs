//! A token, its keys and its policy: the verdict, and what the principal tells.

use core::fmt::{Display, Write};

use doorward::alg::hmac;
use doorward::alg::{ASYMMETRIC, Alg, Algorithm, Algorithms};
use doorward::error::Error;
use doorward::jwk::{self, KeySet};
use doorward::jwt::{
    self, ClientClaim, Issuer, Issuers, Policy, Principal, Recipient, Relaxation, Relaxations, RequiredClaims,
    ScopeSource, TrustedIssuer,
};
use doorward::oauth::scope::{ScopeHierarchy, ScopeList};
use doorward::provider::Provider;
use doorward::time::{Leeway, UnixTime};
use doorward_firmware::case::Case;
use heapless::{String, Vec};

use crate::Answer;
use crate::operations::hex;

/// More than any case has keys, counted once for each algorithm.
const KEYS: usize = 16;

type List<K> = Vec<&'static dyn Algorithm<K>, 16>;

fn chosen<K>(all: &[&'static dyn Algorithm<K>], names: &[Alg]) -> List<K> {
    all.iter().copied().filter(|algorithm| names.contains(&algorithm.alg())).collect()
}

pub(crate) fn verify(case: &Case<'_>, answer: &mut Answer) -> Option<Result<(), Error>> {
    Some(outcome(case, answer))
}

fn outcome(case: &Case<'_>, answer: &mut Answer) -> Result<(), Error> {
    let names = case.words("algorithms").map(Alg::parse).collect::<Result<Vec<_, 16>, _>>()?;
    match names.iter().filter(|alg| alg.is_symmetric()).count() {
        0 => {
            let list = chosen(ASYMMETRIC, &names);
            authenticate(
                case,
                relaxations(case)?.apply_to(Algorithms::new(&list)?),
                answer,
                |document, keys, algorithms| {
                    jwk::parse_each(document, algorithms, |key| key.map_or(Ok(()), |key| keys.push(key)))
                },
            )
        }
        count if count == names.len() => {
            let list = chosen(hmac::ALL, &names);
            authenticate(case, Algorithms::new(&list)?, answer, |document, keys, algorithms| {
                jwk::parse_each_secret(document, algorithms, |key| key.map_or(Ok(()), |key| keys.push(key)))
            })
        }
        _ => Err(Error::AlgorithmsMixed),
    }
}

fn relaxations(case: &Case<'_>) -> Result<Relaxations, Error> {
    let given = case
        .words("provider")
        .next()
        .map_or(Ok(&[][..]), |name| Provider::from_name(name).map(|one| one.relaxations))?;
    given.iter().copied().map(Ok).chain(case.words("relax").map(Relaxation::from_name)).collect()
}

/// Words of a case, a line each.
type Lines = String<2048>;

fn lines<'c>(words: impl Iterator<Item = &'c str>) -> Lines {
    let mut lines = Lines::new();
    for (index, word) in words.enumerate() {
        lines.push_str(if index == 0 { "" } else { "\n" }).and_then(|()| lines.push_str(word)).expect("room");
    }
    lines
}

/// The lists of a case.
struct Lists {
    issuers: Lines,
    issuers_2: Lines,
    values: Lines,
    clients: Lines,
    /// The provider, and its names as it prints them.
    provider: Option<(&'static Provider, Lines)>,
    tenants: Lines,
}

fn provider(case: &Case<'_>) -> Result<Option<(&'static Provider, Lines)>, Error> {
    let Some(name) = case.words("provider").next() else { return Ok(None) };
    let provider = Provider::from_name(name)?;
    let mut names = Lines::new();
    write!(names, "{}", provider.parse(&lines(case.words("provider").skip(1)))?).expect("room");
    Ok(Some((provider, names)))
}

fn recipient<'p>(case: &Case<'p>, lists: &'p Lists) -> Result<Recipient<'p>, Error> {
    let claim = case.get("client_claim").map_or(Ok(ClientClaim::default()), ClientClaim::from_name)?;
    let binding = case.words("client_binding").next();
    let claim = binding.map_or(Ok(claim), ClientClaim::from_name)?;
    Recipient::new(case.words("audience"), claim, binding.map(|_| lists.clients.as_str()))
}

fn issuers<'p>(case: &Case<'p>, second: bool, lists: &'p Lists) -> Result<Issuers<'p>, Error> {
    let mut template = case.words("issuer_template");
    if case.get(if second { "issuers_2" } else { "issuers" }).is_some() {
        Issuers::any_of(if second { &lists.issuers_2 } else { &lists.issuers })
    } else if let (false, Some(template), Some(claim)) = (second, template.next(), template.next()) {
        Issuers::template(template, claim, &lists.values)
    } else if let Some((provider, names)) = &lists.provider {
        provider.names(names).issuers(&lists.tenants)
    } else {
        Ok(Issuer::new(case.text(if second { "issuer_2" } else { "issuer" }))?.into())
    }
}

fn policy<'p, 'l, K>(
    case: &Case<'p>,
    second: bool,
    algorithms: Algorithms<'l, K>,
    hierarchy: ScopeHierarchy<'p>,
    lists: &'p Lists,
) -> Result<Policy<'p, 'l, K>, Error> {
    let preset = if case.get("preset") == Some("rfc9068") { Policy::rfc9068 } else { Policy::mcp };
    let mut policy = preset(issuers(case, second, lists)?, recipient(case, lists)?, algorithms)
        .leeway(Leeway::from_seconds(case.number("leeway", 60))?)
        .require_scopes(ScopeList::parse(case.text("scopes"))?)
        .scope_hierarchy(hierarchy)
        .require_claims(RequiredClaims::new(case.words("required_claims"))?)
        .relaxations(relaxations(case)?);
    if let Some(source) = case.get("scope_source") {
        policy = policy.scope_source(ScopeSource::parse(source)?);
    }
    if let Some((provider, _)) = &lists.provider {
        policy = provider.apply(policy)?;
    }
    Ok(policy)
}

fn authenticate<K: PartialEq>(
    case: &Case<'_>,
    algorithms: Algorithms<'_, K>,
    answer: &mut Answer,
    load: impl Fn(&[u8], &mut KeySet<KEYS, K>, Algorithms<'_, K>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut keys, mut keys_2) = (KeySet::new(), KeySet::new());
    load(case.text("keys").as_bytes(), &mut keys, algorithms)?;
    let mut lines = String::<1024>::new();
    for character in case.text("hierarchy").chars() {
        lines.push(if character == ';' { '\n' } else { character }).expect("room");
    }
    let hierarchy = ScopeHierarchy::parse(&lines)?;
    let lists = Lists {
        issuers: self::lines(case.words("issuers")),
        issuers_2: self::lines(case.words("issuers_2")),
        values: self::lines(case.words("issuer_template").skip(2)),
        clients: self::lines(case.words("client_binding").skip(1)),
        provider: provider(case)?,
        tenants: self::lines(case.words("tenants")),
    };
    let first = policy(case, false, algorithms, hierarchy, &lists)?;

    let mut bytes = [0; 2 * jwt::MAX_TOKEN_LENGTH];
    let token = match case.get("token_hex") {
        Some(digits) => hex(digits, &mut bytes),
        None => case.text("token").as_bytes(),
    };
    let mut scratch = [0; jwt::scratch_length(2 * jwt::MAX_TOKEN_LENGTH)];
    let now = UnixTime::from_seconds(case.number("now", 1_700_000_000).into());
    let second;
    let principal = match case.get("keys_2") {
        None => jwt::authenticate(token, &mut scratch, &keys, &first, now)?,
        Some(document) => {
            load(document.as_bytes(), &mut keys_2, algorithms)?;
            second = policy(case, true, algorithms, hierarchy, &lists)?;
            let issuers = [
                TrustedIssuer { keys: &keys[..], policy: &first },
                TrustedIssuer { keys: &keys_2[..], policy: &second },
            ];
            jwt::authenticate_any(token, &mut scratch, &issuers, now)?
        }
    };
    if case.get("principal").is_some() {
        write_principal(&principal, answer);
    }
    Ok(())
}

/// What a principal tells, as the vectors write it.
fn write_principal(principal: &Principal<'_>, answer: &mut Answer) {
    let mut put = |text: &dyn Display| write!(answer, "{text}").expect("room");
    put(&principal.issuer());
    for text in [principal.subject(), principal.client_id(), principal.jwt_id()] {
        put(&"|");
        put(&text.unwrap_or("-"));
    }
    put(&"|");
    for (index, audience) in principal.audiences().enumerate() {
        put(&if index == 0 { "" } else { " " });
        audience.chars().for_each(|character| put(&character));
    }
    put(&"|");
    put(&principal.matched_audience().unwrap_or("-"));
    put(&"|");
    for (index, scope) in principal.scopes().iter().enumerate() {
        put(&if index == 0 { "" } else { " " });
        put(&scope);
    }
    for seconds in [Some(principal.expires_at()), principal.issued_at(), principal.not_before()] {
        put(&"|");
        match seconds {
            Some(seconds) => put(&seconds),
            None => put(&"-"),
        }
    }
    put(&"|");
    principal.digest().iter().for_each(|byte| put(&format_args!("{byte:02x}")));
}
