//! The claims of a token whose signature holds, judged, and the principal that comes of it.

use crate::error::{Claim, Error};
use crate::jwt::policy::{Policy, Relaxation};
use crate::jwt::token::{Scratch, Verified};
use crate::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
use crate::text::json::{self, Text, Value};
use crate::time::UnixTime;

/// Who is calling: the claims of a token that fulfilled its policy.
pub struct Principal<'a> {
    claims: Value<'a>,
    issuer: &'a str,
    subject: Option<&'a str>,
    client_id: Option<&'a str>,
    jwt_id: Option<&'a str>,
    audience: Value<'a>,
    audience_tolerated: bool,
    scopes: GrantedScopes<'a>,
    hierarchy: ScopeHierarchy<'a>,
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
}

impl<'a> Principal<'a> {
    /// `iss`: the issuer of the policy.
    pub fn issuer(&self) -> &'a str {
        self.issuer
    }

    /// `sub` (RFC 7519 section 4.1.2): unique within the issuer only.
    pub fn subject(&self) -> Option<&'a str> {
        self.subject
    }

    /// `client_id` (RFC 9068 section 2.2).
    pub fn client_id(&self) -> Option<&'a str> {
        self.client_id
    }

    /// `jti` (RFC 7519 section 4.1.7): names the token in deny lists, which its text does not do reliably.
    pub fn jwt_id(&self) -> Option<&'a str> {
        self.jwt_id
    }

    /// Every text in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = Text<'a>> + use<'a> {
        texts(self.audience)
    }

    /// Whether the audience fits only by [`Relaxation::AudienceRootSlash`].
    pub fn audience_tolerated(&self) -> bool {
        self.audience_tolerated
    }

    /// The scopes that were granted, as the token lists them: without what they imply.
    pub fn scopes(&self) -> GrantedScopes<'a> {
        self.scopes
    }

    /// `exp`, in seconds since 1970; without the leeway.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// `iat`, in seconds since 1970.
    pub fn issued_at(&self) -> Option<i64> {
        self.issued_at
    }

    /// `nbf`, in seconds since 1970.
    pub fn not_before(&self) -> Option<i64> {
        self.not_before
    }

    /// All claims: the JSON object as the issuer signed it.
    pub fn claims(&self) -> &'a str {
        self.claims.raw()
    }

    /// One claim, by name.
    pub fn claim(&self, name: &str) -> Option<Value<'a>> {
        self.claims.get(name)
    }

    /// Whether all of these scopes were granted, by themselves or by what implies them in the policy's hierarchy.
    pub fn require(&self, scopes: ScopeList<'_>) -> Result<(), Error> {
        match scope::missing(scopes, self.scopes, self.hierarchy).next() {
            Some(_) => Err(Error::InsufficientScope),
            None => Ok(()),
        }
    }
}

/// Claims that have a rule here, still as they stand.
#[derive(Default)]
struct Claims<'a> {
    iss: Option<Value<'a>>,
    sub: Option<Value<'a>>,
    aud: Option<Value<'a>>,
    exp: Option<Value<'a>>,
    nbf: Option<Value<'a>>,
    iat: Option<Value<'a>>,
    jti: Option<Value<'a>>,
    client_id: Option<Value<'a>>,
    scope: Option<Value<'a>>,
    scp: Option<Value<'a>>,
    cnf: Option<Value<'a>>,
}

impl<'a> Claims<'a> {
    fn read(object: Value<'a>) -> Result<Self, Error> {
        let mut claims = Self::default();
        for (name, value) in object.members().ok_or(Error::JsonNotObject)? {
            let places = [
                ("iss", &mut claims.iss),
                ("sub", &mut claims.sub),
                ("aud", &mut claims.aud),
                ("exp", &mut claims.exp),
                ("nbf", &mut claims.nbf),
                ("iat", &mut claims.iat),
                ("jti", &mut claims.jti),
                ("client_id", &mut claims.client_id),
                ("scope", &mut claims.scope),
                ("scp", &mut claims.scp),
                ("cnf", &mut claims.cnf),
            ];
            if let Some((_, place)) = places.into_iter().find(|(known, _)| name.equals(known)) {
                *place = Some(value);
            }
        }
        Ok(claims)
    }
}

/// Judges the claims, in the order of this function's lines.
pub(super) fn check<'a, K>(token: Verified<'a>, policy: &Policy<'a, K>, now: UnixTime) -> Result<Principal<'a>, Error> {
    let Verified { header, payload, mut scratch } = token;
    let object = json::parse(payload)?;
    let claims = Claims::read(object)?;
    let issuer = check_issuer(&claims, policy)?;
    let (audience, audience_tolerated) = check_audience(&claims, policy, &mut scratch)?;
    let times = check_times(&claims, policy.leeway_seconds(), now)?;
    check_typ(header.typ, policy)?;
    if claims.cnf.is_some() {
        return Err(Error::TokenSenderConstrained);
    }
    let principal = Principal {
        claims: object,
        issuer,
        subject: text(claims.sub, Claim::Subject, &mut scratch)?,
        client_id: text(claims.client_id, Claim::ClientId, &mut scratch)?,
        jwt_id: text(claims.jti, Claim::JwtId, &mut scratch)?,
        audience,
        audience_tolerated,
        scopes: scopes(&claims, policy, &mut scratch)?,
        hierarchy: policy.hierarchy(),
        expires_at: times.expires_at,
        issued_at: times.issued_at,
        not_before: times.not_before,
    };
    check_required(&principal, policy)?;
    principal.require(policy.required_scopes())?;
    Ok(principal)
}

/// RFC 7519 section 4.1.1, RFC 8725 section 3.8: byte for byte.
fn check_issuer<'a, K>(claims: &Claims<'a>, policy: &Policy<'a, K>) -> Result<&'a str, Error> {
    let value = claims.iss.ok_or(Error::ClaimMissing { claim: Claim::Issuer })?;
    let issuer = value.as_text().ok_or(Error::ClaimMalformed { claim: Claim::Issuer })?;
    let ours = policy.issuer().as_str();
    if issuer.equals(ours) { Ok(ours) } else { Err(Error::IssuerMismatch) }
}

/// RFC 7519 section 4.1.3, RFC 8707 section 2: text, or a list of texts, one of which is ours.
fn check_audience<'a, K>(
    claims: &Claims<'a>,
    policy: &Policy<'a, K>,
    scratch: &mut Scratch<'a>,
) -> Result<(Value<'a>, bool), Error> {
    let value = claims.aud.ok_or(Error::ClaimMissing { claim: Claim::Audience })?;
    let all_text = match value.elements() {
        Some(mut elements) => elements.all(|element| element.as_text().is_some()),
        None => value.as_text().is_some(),
    };
    if !all_text {
        return Err(Error::ClaimMalformed { claim: Claim::Audience });
    }
    if texts(value).any(|audience| policy.audience().iter().any(|ours| audience.equals(ours))) {
        return Ok((value, false));
    }
    if policy.relaxes(Relaxation::AudienceRootSlash) {
        for audience in texts(value) {
            if policy.tolerates_audience(scratch.text(audience)?) {
                return Ok((value, true));
            }
        }
    }
    Err(Error::AudienceMismatch)
}

/// The text that a value is, or the texts that it lists.
fn texts<'a>(value: Value<'a>) -> impl Iterator<Item = Text<'a>> + use<'a> {
    value.elements().into_iter().flatten().chain(Some(value)).filter_map(Value::as_text)
}

struct Times {
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
}

/// RFC 7519 sections 4.1.4 to 4.1.6. A NumericDate past 2^53 is malformed, so no sum here can overflow.
fn check_times(claims: &Claims<'_>, leeway: i64, now: UnixTime) -> Result<Times, Error> {
    let now = now.seconds();
    let expires_at = seconds(claims.exp, Claim::ExpirationTime)?;
    let expires_at = expires_at.ok_or(Error::ClaimMissing { claim: Claim::ExpirationTime })?;
    let not_before = seconds(claims.nbf, Claim::NotBefore)?;
    let issued_at = seconds(claims.iat, Claim::IssuedAt)?;
    if now >= expires_at + leeway {
        return Err(Error::TokenExpired { expires_at, now });
    }
    if let Some(not_before) = not_before.filter(|not_before| now < not_before - leeway) {
        return Err(Error::TokenNotYetValid { not_before, now });
    }
    if let Some(issued_at) = issued_at.filter(|issued_at| *issued_at > now + leeway) {
        return Err(Error::TokenIssuedInFuture { issued_at, now });
    }
    Ok(Times { expires_at, issued_at, not_before })
}

fn seconds(value: Option<Value<'_>>, claim: Claim) -> Result<Option<i64>, Error> {
    value.map(|value| value.seconds().ok_or(Error::ClaimMalformed { claim })).transpose()
}

fn text<'a>(value: Option<Value<'a>>, claim: Claim, scratch: &mut Scratch<'a>) -> Result<Option<&'a str>, Error> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_text().ok_or(Error::ClaimMalformed { claim })?;
    scratch.text(text).map(Some)
}

/// RFC 9068 section 4, RFC 8725 section 3.11: media types know no case (RFC 2045 section 5.1), and "application/"
/// may be left out (RFC 7515 section 4.1.9).
fn check_typ<K>(typ: Option<&str>, policy: &Policy<'_, K>) -> Result<(), Error> {
    if policy.relaxes(Relaxation::TypUnchecked) {
        return Ok(());
    }
    let loose = policy.relaxes(Relaxation::TypJwtOrAbsent);
    let good = match typ {
        None => loose,
        Some(typ) => {
            let is = |name: &str| typ.eq_ignore_ascii_case(name);
            is("at+jwt") || is("application/at+jwt") || (loose && (is("JWT") || is("application/jwt")))
        }
    };
    if good { Ok(()) } else { Err(Error::TypRefused) }
}

/// `scope` as text (RFC 6749 section 3.3, RFC 9068 section 2.2.3), or without it the list `scp`.
fn scopes<'a, K>(
    claims: &Claims<'a>,
    policy: &Policy<'a, K>,
    scratch: &mut Scratch<'a>,
) -> Result<GrantedScopes<'a>, Error> {
    if claims.scope.is_some() {
        return text(claims.scope, Claim::Scope, scratch).map(|scope| GrantedScopes::new(scope.unwrap_or_default()));
    }
    let Some(scp) = claims.scp else { return Ok(GrantedScopes::new("")) };
    let malformed = Error::ClaimMalformed { claim: Claim::Scp };
    if policy.relaxes(Relaxation::ScpText) && scp.as_text().is_some() {
        return text(claims.scp, Claim::Scp, scratch).map(|scope| GrantedScopes::new(scope.unwrap_or_default()));
    }
    // A space within an element would make two scopes of one.
    let joined = scratch.join(scp, |scope| scope.chars().all(|character| character != ' '))?;
    joined.map(GrantedScopes::new).ok_or(malformed)
}

/// What the preset demands (RFC 9068 section 2.2), and what the policy names.
fn check_required<K>(principal: &Principal<'_>, policy: &Policy<'_, K>) -> Result<(), Error> {
    let client_id = principal.client_id.is_some() || policy.relaxes(Relaxation::ClientIdOptional);
    let demanded = [
        (Claim::Subject, principal.subject.is_some()),
        (Claim::ClientId, client_id),
        (Claim::IssuedAt, principal.issued_at.is_some()),
        (Claim::JwtId, principal.jwt_id.is_some()),
    ];
    if policy.is_rfc9068()
        && let Some((claim, _)) = demanded.into_iter().find(|(_, there)| !there)
    {
        return Err(Error::ClaimMissing { claim });
    }
    if policy.required_claims().iter().any(|name| principal.claim(name).is_none()) {
        return Err(Error::ClaimMissing { claim: Claim::Required });
    }
    Ok(())
}
