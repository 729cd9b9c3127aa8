//! The claims of a token whose signature holds, judged, and the principal that comes of it.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Claim, Error};
use crate::jwt::policy::{Policy, Relaxation};
use crate::jwt::token::{Scratch, Verified};
use crate::oauth::scope::{self, GrantedScopes, ScopeHierarchy, ScopeList};
#[cfg(feature = "host")]
use crate::text::json::Span;
use crate::text::json::{self, JsonString, Kind, Value};
use crate::time::UnixTime;

/// Who is calling: the claims of a token that fulfilled its policy.
pub struct Principal<'a> {
    claims: Value<'a>,
    issuer: &'a str,
    subject: Option<&'a str>,
    client_id: Option<&'a str>,
    jwt_id: Option<&'a str>,
    audience: Value<'a>,
    audience_matched_by_equivalence: bool,
    scopes: GrantedScopes<'a>,
    hierarchy: ScopeHierarchy<'a>,
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
}

impl fmt::Debug for Principal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("issuer", &self.issuer).finish_non_exhaustive()
    }
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

    /// Every string in `aud`.
    pub fn audiences(&self) -> impl Iterator<Item = JsonString<'a>> + use<'a> {
        self.audience.strings()
    }

    /// Whether the audience fits only by [`Relaxation::AudienceUriEquivalence`].
    pub fn audience_matched_by_equivalence(&self) -> bool {
        self.audience_matched_by_equivalence
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

    /// [`claims_digest`] of [`Principal::claims`].
    pub fn digest(&self) -> [u8; 32] {
        claims_digest(self.claims())
    }

    /// One claim, by name.
    pub fn claim(&self, name: &str) -> Option<Value<'a>> {
        self.claims.get(name)
    }

    /// Checks that all of these scopes were granted, by themselves or by what implies them in the policy's hierarchy.
    ///
    /// # Errors
    ///
    /// [`Error::InsufficientScope`] if one was not; [`scope::missing`] tells which.
    pub fn require(&self, scopes: ScopeList<'_>) -> Result<(), Error> {
        scope::require(scopes, self.scopes, self.hierarchy)
    }
}

/// SHA-256 of claims as the issuer signed them: names a token in deny lists where it has no `jti`.
///
/// The text of a token does not: an ECDSA signature has a twin that holds as well, and with it the text would be
/// another. Two tokens with the very same claims share it.
pub fn claims_digest(claims: &str) -> [u8; 32] {
    Sha256::digest(claims.as_bytes()).into()
}

/// Claims that have a rule here, undecoded: values, or spans of values.
#[derive(Clone, Copy)]
struct Claims<V> {
    iss: Option<V>,
    sub: Option<V>,
    aud: Option<V>,
    exp: Option<V>,
    nbf: Option<V>,
    iat: Option<V>,
    jti: Option<V>,
    client_id: Option<V>,
    scope: Option<V>,
    scp: Option<V>,
    cnf: Option<V>,
}

impl<V> Default for Claims<V> {
    fn default() -> Self {
        Self {
            iss: None,
            sub: None,
            aud: None,
            exp: None,
            nbf: None,
            iat: None,
            jti: None,
            client_id: None,
            scope: None,
            scp: None,
            cnf: None,
        }
    }
}

#[cfg(feature = "host")]
impl<V> Claims<V> {
    fn map<W>(self, each: impl Fn(V) -> W) -> Claims<W> {
        Claims {
            iss: self.iss.map(&each),
            sub: self.sub.map(&each),
            aud: self.aud.map(&each),
            exp: self.exp.map(&each),
            nbf: self.nbf.map(&each),
            iat: self.iat.map(&each),
            jti: self.jti.map(&each),
            client_id: self.client_id.map(&each),
            scope: self.scope.map(&each),
            scp: self.scp.map(&each),
            cnf: self.cnf.map(&each),
        }
    }
}

impl<'a> Claims<Value<'a>> {
    /// In place, since it is large.
    fn read(&mut self, payload: &'a [u8]) -> Result<Value<'a>, Error> {
        let object = json::parse_members(payload, |name, value| {
            if let Some(place) = self.place(name) {
                *place = Some(value);
            }
        })
        .map_err(json::Error::of_token)?;
        if object.kind() == Kind::Object { Ok(object) } else { Err(Error::JsonNotObject) }
    }

    fn place(&mut self, name: &[u8]) -> Option<&mut Option<Value<'a>>> {
        Some(match name {
            b"iss" => &mut self.iss,
            b"sub" => &mut self.sub,
            b"aud" => &mut self.aud,
            b"exp" => &mut self.exp,
            b"nbf" => &mut self.nbf,
            b"iat" => &mut self.iat,
            b"jti" => &mut self.jti,
            b"client_id" => &mut self.client_id,
            b"scope" => &mut self.scope,
            b"scp" => &mut self.scp,
            b"cnf" => &mut self.cnf,
            _ => return None,
        })
    }
}

/// Reads the claims and judges them.
pub(super) fn check<'a, K>(token: Verified<'a>, policy: &Policy<'a, K>, now: UnixTime) -> Result<Principal<'a>, Error> {
    let mut claims = Claims::default();
    let object = claims.read(token.payload)?;
    judge(&claims, object, token.typ, token.scratch, policy, now)
}

/// Where in the text of the claims each stands that has a rule here: to check them again without reading the rest.
#[cfg(feature = "host")]
#[derive(Default)]
pub(crate) struct ClaimSpans(Claims<Span>);

#[cfg(feature = "host")]
impl ClaimSpans {
    /// As [`check`], and returns the spans in [`Principal::claims`] besides.
    pub(super) fn find<'a, K>(
        token: Verified<'a>,
        policy: &Policy<'a, K>,
        now: UnixTime,
    ) -> Result<(Principal<'a>, Self), Error> {
        let mut claims = Claims::default();
        let object = claims.read(token.payload)?;
        let principal = judge(&claims, object, token.typ, token.scratch, policy, now)?;
        Ok((principal, Self(claims.map(|value| value.span_in(object)))))
    }

    /// Checks claims again; `scratch` as long as they are is enough.
    pub(crate) fn check<'a, K>(
        &self,
        typ: Option<&str>,
        claims: &'a str,
        scratch: &'a mut [u8],
        policy: &Policy<'a, K>,
        now: UnixTime,
    ) -> Result<Principal<'a>, Error> {
        let object = Value::of_checked(claims);
        let scratch = Scratch::new(scratch, claims.len());
        judge(&self.0.map(|span| object.at(span)), object, typ, scratch, policy, now)
    }
}

/// Judges the claims, in the order of this function's lines.
fn judge<'a, K>(
    claims: &Claims<Value<'a>>,
    object: Value<'a>,
    typ: Option<&str>,
    mut scratch: Scratch<'a>,
    policy: &Policy<'a, K>,
    now: UnixTime,
) -> Result<Principal<'a>, Error> {
    let issuer = check_issuer(claims, policy)?;
    let (audience, audience_matched_by_equivalence) = check_audience(claims, policy, &mut scratch)?;
    let times = check_times(claims, policy.leeway_seconds(), now)?;
    check_typ(typ, policy)?;
    if claims.cnf.is_some() {
        return Err(Error::TokenSenderConstrained);
    }
    let subject = text(&claims.sub, Claim::Subject, &mut scratch)?;
    let client_id = text(&claims.client_id, Claim::ClientId, &mut scratch)?;
    let jwt_id = text(&claims.jti, Claim::JwtId, &mut scratch)?;
    let scopes = scopes(claims, policy, &mut scratch)?;
    if !scopes.is_within_budget() {
        let claim = if claims.scope.is_some() { Claim::Scope } else { Claim::Scp };
        return Err(Error::ClaimMalformed { claim });
    }
    check_required(claims, object, policy)?;
    scope::require(policy.required_scopes(), scopes, policy.hierarchy())?;
    Ok(Principal {
        claims: object,
        issuer,
        subject,
        client_id,
        jwt_id,
        audience,
        audience_matched_by_equivalence,
        scopes,
        hierarchy: policy.hierarchy(),
        expires_at: times.expires_at,
        issued_at: times.issued_at,
        not_before: times.not_before,
    })
}

/// RFC 7519 section 4.1.1, RFC 8725 section 3.8: byte for byte.
fn check_issuer<'a, K>(claims: &Claims<Value<'a>>, policy: &Policy<'a, K>) -> Result<&'a str, Error> {
    let value = claims.iss.ok_or(Error::ClaimMissing { claim: Claim::Issuer })?;
    let issuer = value.as_string().ok_or(Error::ClaimMalformed { claim: Claim::Issuer })?;
    let ours = policy.issuer().as_str();
    if issuer.equals(ours) { Ok(ours) } else { Err(Error::IssuerMismatch) }
}

/// RFC 7519 section 4.1.3, RFC 8707 section 2: text, or a list of texts, one of which is ours.
fn check_audience<'a, K>(
    claims: &Claims<Value<'a>>,
    policy: &Policy<'a, K>,
    scratch: &mut Scratch<'a>,
) -> Result<(Value<'a>, bool), Error> {
    let value = claims.aud.ok_or(Error::ClaimMissing { claim: Claim::Audience })?;
    let is_ours = |audience: JsonString<'_>| policy.audience().iter().any(|ours| audience.equals(ours));
    let found = match (value.as_string(), value.elements()) {
        (Some(only), _) => is_ours(only),
        (None, Some(mut elements)) if elements.clone().all(|element| element.as_string().is_some()) => {
            elements.any(|element| element.as_string().is_some_and(is_ours))
        }
        _ => return Err(Error::ClaimMalformed { claim: Claim::Audience }),
    };
    if found {
        return Ok((value, false));
    }
    if policy.relaxes(Relaxation::AudienceUriEquivalence) {
        for audience in value.strings() {
            if policy.matches_by_equivalence(scratch.text(audience)?) {
                return Ok((value, true));
            }
        }
    }
    Err(Error::AudienceMismatch)
}

struct Times {
    expires_at: i64,
    issued_at: Option<i64>,
    not_before: Option<i64>,
}

/// RFC 7519 sections 4.1.4 to 4.1.6. A NumericDate past 2^53 is malformed, so no sum here can overflow.
fn check_times(claims: &Claims<Value<'_>>, leeway: i64, now: UnixTime) -> Result<Times, Error> {
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

fn text<'a>(value: &Option<Value<'a>>, claim: Claim, scratch: &mut Scratch<'a>) -> Result<Option<&'a str>, Error> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_string().ok_or(Error::ClaimMalformed { claim })?;
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
    claims: &Claims<Value<'a>>,
    policy: &Policy<'a, K>,
    scratch: &mut Scratch<'a>,
) -> Result<GrantedScopes<'a>, Error> {
    if claims.scope.is_some() {
        return text(&claims.scope, Claim::Scope, scratch).map(|scope| GrantedScopes::new(scope.unwrap_or_default()));
    }
    let Some(scp) = claims.scp else { return Ok(GrantedScopes::new("")) };
    let malformed = Error::ClaimMalformed { claim: Claim::Scp };
    if policy.relaxes(Relaxation::ScpText) && scp.as_string().is_some() {
        return text(&claims.scp, Claim::Scp, scratch).map(|scope| GrantedScopes::new(scope.unwrap_or_default()));
    }
    // A space within an element would make two scopes of one.
    let joined = scratch.join(scp, |scope| scope.chars().all(|character| character != ' '))?;
    joined.map(GrantedScopes::new).ok_or(malformed)
}

/// What the preset demands (RFC 9068 section 2.2), and what the policy names.
fn check_required<K>(claims: &Claims<Value<'_>>, object: Value<'_>, policy: &Policy<'_, K>) -> Result<(), Error> {
    let client_id = claims.client_id.is_some() || policy.relaxes(Relaxation::ClientIdOptional);
    let demanded = [
        (Claim::Subject, claims.sub.is_some()),
        (Claim::ClientId, client_id),
        (Claim::IssuedAt, claims.iat.is_some()),
        (Claim::JwtId, claims.jti.is_some()),
    ];
    if policy.is_rfc9068()
        && let Some((claim, _)) = demanded.into_iter().find(|(_, there)| !there)
    {
        return Err(Error::ClaimMissing { claim });
    }
    if policy.has_required_claims(object) { Ok(()) } else { Err(Error::ClaimMissing { claim: Claim::Required }) }
}
