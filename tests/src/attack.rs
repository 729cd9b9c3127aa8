//! Token cases in the attack-sample format (`tests/README.md`).

use crate::profile::Profile;
use base64ct::{Base64, Encoding};
use doorward::alg::hmac::{self, SharedSecret};
use doorward::alg::{Alg, Algorithm, Algorithms, Asymmetric};
use doorward::error::Error;
use doorward::jwk::{self, Key};
use doorward::jwt::{
    self, ClientClaim, Issuer, Issuers, Policy, Recipient, Relaxation, Relaxations, RequiredClaims, ScopeSource,
};
use doorward::oauth::scope::ScopeList;
use doorward::provider::{Binding, Provider};
use doorward::time::{Leeway, UnixTime};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// A case as it stands in the file: members by name, their text untouched.
pub type Case = HashMap<String, Box<RawValue>>;

/// More than any budget: what is longer need not be built to be refused.
const LONGEST: usize = 4 * 1024 * 1024;

/// A member, read; of an object each member by itself, so that one which cannot be read leaves the others.
pub fn member(case: &Case, name: &str) -> Value {
    let read = |raw: &RawValue| serde_json::from_str(raw.get()).unwrap_or(Value::Null);
    let Some(raw) = case.get(name) else { return Value::Null };
    match serde_json::from_str::<Members>(raw.get()) {
        Ok(Members(members)) => Value::Object(members.into_iter().map(|(name, raw)| (name, read(&raw))).collect()),
        Err(_) => read(raw),
    }
}

/// A member, read as one: if a part cannot be read, all of it is nothing.
pub fn whole(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// In the order of the text, which the parameters of a challenge keep.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self(Vec::new()))
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(member) = map.next_entry()? {
            self.0.push(member);
        }
        Ok(self)
    }
}

/// The token or key set of a case: text, base64 of bytes, or parts with how often each stands.
fn bytes(case: &Case, name: &str) -> Option<Vec<u8>> {
    if let Value::String(text) = member(case, name) {
        return Some(text.into_bytes());
    }
    if let Value::String(text) = member(case, &format!("{name}_b64")) {
        return Base64::decode_vec(&text).ok();
    }
    let mut joined = Vec::new();
    for part in member(case, &format!("{name}_parts")).as_array()? {
        let text = part.get(0)?.as_str()?.as_bytes();
        let times = usize::try_from(part.get(1)?.as_u64()?).unwrap_or(usize::MAX);
        let fits = (LONGEST / text.len().max(1)).min(times);
        for _ in 0..fits {
            joined.extend_from_slice(text);
        }
        if joined.len() > LONGEST {
            break;
        }
    }
    Some(joined)
}

fn key_set(case: &Case) -> Vec<u8> {
    let inline = case.get("jwks").filter(|raw| raw.get().starts_with(['{', '[']));
    inline
        .map(|raw| raw.get().as_bytes().to_vec())
        .or_else(|| bytes(case, "jwks"))
        .or_else(|| bytes(case, "jwks_raw"))
        .unwrap_or_default()
}

/// Texts of a list, or the one text.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A provider: its name, its parameters and the tenants.
type Named<'p> = (&'p str, Vec<(String, String)>, Vec<&'p str>);

/// The provider that a policy names.
fn provider(policy: &Value) -> Option<Named<'_>> {
    let members = policy.get("provider")?.as_object()?;
    let parameters = members.iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "tenants"));
    let parameters =
        parameters.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    Some((members.get("name")?.as_str()?, parameters, texts(members.get("tenants"))))
}

/// Verifies a case with the asymmetric algorithms of one set.
pub fn verify<K: Asymmetric>(case: &Case, asymmetric: &[&'static dyn Algorithm<K>]) -> Result<(), Error> {
    let policy = member(case, "policy");
    let token = bytes(case, "token").unwrap_or_default();
    let keys = key_set(case);
    let mut algs: Vec<Alg> =
        texts(policy.get("algorithms")).into_iter().filter_map(|name| Alg::parse(name).ok()).collect();
    if let (None, Some((name, ..))) = (policy.get("algorithms"), provider(&policy)) {
        algs = Provider::from_name(name)?.algorithms.to_vec();
    }
    if algs.iter().any(|alg| alg.is_symmetric()) {
        if !algs.iter().all(|alg| alg.is_symmetric()) {
            return Err(Error::AlgorithmsMixed);
        }
        let list: Vec<&dyn Algorithm<SharedSecret>> =
            hmac::ALL.iter().copied().filter(|algorithm| algs.contains(&algorithm.alg())).collect();
        let algorithms = Algorithms::new(&list)?;
        let mut set = Vec::new();
        jwk::parse_each_secret(&keys, algorithms, |key| {
            set.extend(key);
            Ok(())
        })?;
        authenticate(&token, &set, algorithms, &policy)
    } else {
        let given = provider(&policy).map(|(name, ..)| Provider::from_name(name)).transpose()?;
        let given = given.map_or(&[][..], |provider| provider.relaxations).iter().copied().map(Ok);
        let named = texts(policy.get("relax")).into_iter().map(Relaxation::from_name);
        let relaxations: Relaxations = given.chain(named).collect::<Result<_, Error>>()?;
        let list: Vec<&dyn Algorithm<K>> =
            asymmetric.iter().copied().filter(|algorithm| algs.contains(&algorithm.alg())).collect();
        let algorithms = relaxations.apply_to(Algorithms::new(&list)?);
        let mut set = Vec::new();
        jwk::parse_each(&keys, algorithms, |key| {
            set.extend(key);
            Ok(())
        })?;
        authenticate(&token, &set, algorithms, &policy)
    }
}

fn authenticate<K: PartialEq>(
    token: &[u8],
    keys: &[Key<K>],
    algorithms: Algorithms<'_, K>,
    policy: &Value,
) -> Result<(), Error> {
    let mut profile =
        provider(policy).map(|(name, parameters, tenants)| Profile::of(name, parameters, &tenants)).transpose()?;
    let profile = profile.as_mut().map(Profile::names).transpose()?;
    let given = |name| policy.get(name).filter(|value| !value.is_null());
    let text = |value: &Value, name| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let any_of = |value: &Value| texts(value.get("any_of")).join("\n");
    let audience = match (texts(policy.get("audience")), profile.map(|(provider, ..)| provider.binding)) {
        (none, Some(Binding::Fixed(audience))) if none.is_empty() => vec![audience],
        (audience, _) => audience,
    };
    let clients = given("client_binding").map(any_of).unwrap_or_default();
    let binding = given("client_binding");
    let claim = binding.map_or(Ok(ClientClaim::default()), |one| ClientClaim::from_name(&text(one, "claim")))?;
    let recipient = Recipient::new(audience, claim, binding.map(|_| &clients[..]))?;
    let issuers = texts(policy.get("issuers")).join("\n");
    let template = given("issuer_template").map(|it| (text(it, "template"), text(it, "claim"), any_of(it)));
    let scopes = texts(policy.get("required_scopes")).join(" ");
    let claims = RequiredClaims::new(texts(policy.get("required_claims")))?;
    let leeway = policy.get("leeway").and_then(Value::as_u64).unwrap_or_default();
    let accepted = match &template {
        Some((template, claim, values)) => Issuers::template(template, claim, values)?,
        None if given("issuers").is_some() => Issuers::any_of(&issuers)?,
        None => match profile {
            Some((_, names, tenants)) => names.issuers(tenants)?,
            None => Issuer::new(policy.get("issuer").and_then(Value::as_str).unwrap_or_default())?.into(),
        },
    };
    let mut rules = Policy::mcp(accepted, recipient, algorithms)
        .leeway(Leeway::from_seconds(u32::try_from(leeway).unwrap_or(u32::MAX))?)
        .require_scopes(ScopeList::parse(&scopes)?)
        .require_claims(claims);
    if let Some(source) = policy.get("scope_source").and_then(Value::as_str) {
        rules = rules.scope_source(ScopeSource::parse(source)?);
    }
    if let Some((provider, ..)) = profile {
        rules = provider.apply(rules)?;
    }
    for name in texts(policy.get("relax")) {
        rules = rules.relax(Relaxation::from_name(name)?);
    }
    let now = policy.get("now").and_then(Value::as_u64).unwrap_or_default();
    let mut scratch = vec![0; jwt::scratch_length(token.len().min(jwt::MAX_TOKEN_LENGTH))];
    jwt::authenticate(token, &mut scratch, keys, &rules, UnixTime::from_seconds(now)).map(|_| ())
}
