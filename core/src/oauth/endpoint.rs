//! The endpoints of an authorization server to which clients send requests of their own: what such a request is written
//! in, and the head of the response to a valid one (RFC 6749 sections 3.2 and 5.1, RFC 7009 section 2, RFC 7591
//! section 3). That to any other is [`Error::response`].

use crate::error::{ClientMember, Error};
use crate::http::without_parameters;

/// The value of `Cache-Control` in each response of these endpoints, one with an error included, since it has what is
/// secret or was made for one client (RFC 6749 section 5.1, RFC 7591 section 3.2.1).
pub const CACHE_CONTROL: &str = "no-store";

/// An endpoint that clients send requests to.
///
/// # Examples
///
/// ```
/// use doorward::oauth::endpoint::{CACHE_CONTROL, Endpoint};
///
/// Endpoint::Registration.check_content_type(b"application/json; charset=utf-8")?;
/// assert_eq!((Endpoint::Registration.status(), CACHE_CONTROL), (201, "no-store"));
/// # Ok::<(), doorward::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a server has each of them or not")]
pub enum Endpoint {
    /// The token endpoint (RFC 6749 section 3.2).
    Token,
    /// The registration endpoint (RFC 7591 section 3).
    Registration,
    /// The revocation endpoint (RFC 7009 section 2).
    Revocation,
}

impl Endpoint {
    /// Each endpoint, the token endpoint first.
    pub const ALL: &'static [Self] = &[Self::Token, Self::Registration, Self::Revocation];

    /// Returns its name, the same in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Registration => "registration",
            Self::Revocation => "revocation",
        }
    }

    /// Returns the status of the response to a valid request.
    pub const fn status(self) -> u16 {
        match self {
            Self::Token | Self::Revocation => 200,
            Self::Registration => 201,
        }
    }

    /// Checks the media type of a request: `application/json` of a registration (RFC 7591 section 3.1), a form of all
    /// others (RFC 6749 sections 3.2 and appendix B, RFC 7009 section 2.1). `content_type` is the value of the header,
    /// empty if there is none; of several lines, all with a comma between. Parameters count for nothing: both have one
    /// character encoding.
    ///
    /// # Errors
    ///
    /// [`Error::ClientMetadataInvalid`] (`invalid_client_metadata`) of a registration, [`Error::ParameterMalformed`]
    /// (`invalid_request`) of all others.
    pub fn check_content_type(self, content_type: &[u8]) -> Result<(), Error> {
        let (known, error) = match self {
            Self::Registration => ("application/json", Error::ClientMetadataInvalid { member: ClientMember::Document }),
            Self::Token | Self::Revocation => ("application/x-www-form-urlencoded", Error::ParameterMalformed),
        };
        let is_known = without_parameters(content_type).eq_ignore_ascii_case(known.as_bytes());
        if is_known { Ok(()) } else { Err(error) }
    }
}
