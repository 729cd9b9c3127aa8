//! How this program authenticates at a token endpoint, whose client it is (RFC 6749 section 2.3).

use core::fmt;

use crate::error::Error;
use crate::oauth::client_authentication::AuthMethod;
use crate::secret::{STACK, apart};
use crate::text::form::{Credentials, Plain};
use crate::text::write;

/// The credentials of a client, in the header or in the form of its requests to a token endpoint, and to a revocation
/// endpoint.
///
/// # Examples
///
/// ```
/// use doorward::oauth::outgoing_authentication::OutgoingAuthentication;
///
/// let (id, secret) = ("s6BhdRkqt3", Some("7Fjfp0ZBr1"));
/// let (mut header, mut form) = ([0; 64], [0; 64]);
/// let client = OutgoingAuthentication::new(id, secret, None)?;
/// assert_eq!(client.write_header(&mut header)?, "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIx");
/// assert_eq!(client.write_form(&mut form)?, "");
/// let client = OutgoingAuthentication::new(id, secret, Some("client_secret_post"))?;
/// assert_eq!(client.write_header(&mut header)?, "");
/// assert_eq!(client.write_form(&mut form)?, "client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1");
/// # Ok::<(), doorward::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct OutgoingAuthentication<'c> {
    client_id: &'c str,
    secret: Option<&'c str>,
    method: AuthMethod,
}

impl fmt::Debug for OutgoingAuthentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingAuthentication").field("method", &self.method).finish_non_exhaustive()
    }
}

impl<'c> OutgoingAuthentication<'c> {
    /// The methods that need no key to sign with.
    pub const METHODS: &'static [AuthMethod] =
        &[AuthMethod::None, AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];

    /// Creates a client's authentication by the name of a method. Without one, a client with a secret authenticates by
    /// `client_secret_basic`, which every server supports (RFC 6749 section 2.3.1), and one without is public.
    ///
    /// # Errors
    ///
    /// [`Error::ClientAuthenticationInvalid`] if the method is none of [`OutgoingAuthentication::METHODS`], or the
    /// secret that it needs is missing, or there is one that it does not send.
    pub fn new(client_id: &'c str, secret: Option<&'c str>, method: Option<&str>) -> Result<Self, Error> {
        let method = match method {
            Some(name) => AuthMethod::from_name(name)?,
            None if secret.is_some() => AuthMethod::ClientSecretBasic,
            None => AuthMethod::None,
        };
        let is_one = Self::METHODS.contains(&method) && method.uses_secret() == secret.is_some();
        if is_one { Ok(Self { client_id, secret, method }) } else { Err(Error::ClientAuthenticationInvalid) }
    }

    /// Writes the value of the Authorization header to the beginning of `out` and returns that part, which is a secret:
    /// it is the caller's to wipe. Empty if the request has no such header.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`].
    pub fn write_header<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        apart::<STACK, _>(|| write(out, &Header(self)))
    }

    /// Writes the parameters of the form, as `client_id=...`, to the beginning of `out` and returns that part, which
    /// may contain a secret: it is the caller's to wipe. Empty if the form has none.
    ///
    /// # Errors
    ///
    /// [`Error::BufferTooSmall`].
    pub fn write_form<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, Error> {
        apart::<STACK, _>(|| write(out, &Form(self)))
    }

    fn is_in_header(&self) -> bool {
        self.method == AuthMethod::ClientSecretBasic
    }
}

struct Header<'a>(&'a OutgoingAuthentication<'a>);

impl fmt::Display for Header<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.secret {
            Some(secret) if self.0.is_in_header() => write!(f, "{}", Credentials { id: self.0.client_id, secret }),
            _ => Ok(()),
        }
    }
}

struct Form<'a>(&'a OutgoingAuthentication<'a>);

impl fmt::Display for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_in_header() {
            return Ok(());
        }
        write!(f, "client_id={}", Plain(self.0.client_id))?;
        self.0.secret.map_or(Ok(()), |secret| write!(f, "&client_secret={}", Plain(secret)))
    }
}
