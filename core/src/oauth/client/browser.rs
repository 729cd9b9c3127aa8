//! The user's browser: where a client sends it, and what it comes back with.

use zeroize::Zeroize;

use super::Client;
use super::request::AuthorizationUrl;
use super::step::{GrantType, Stage, Step};
use super::texts::Name;
use crate::error::Error;
use crate::oauth::authorization_response::{AuthorizationResponse, Expected, Sender};
use crate::oauth::metadata::IssuerUrl;
use crate::oauth::opaque_token;
use crate::oauth::pkce::{CodeChallenge, CodeVerifier};
use crate::secret::{STACK, apart};
use crate::text::json::JsonString;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// Returns the URL to open in the user's browser, not in a shell: `https`, or `http` on loopback. `random` is of a
    /// cryptographic generator: 64 bytes for `code_verifier` and `state`, which are valid for one response. It may be
    /// called again while it is waited for, and then a response to the first URL is no longer accepted.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the step is [`Step::Authorize`] or [`Step::Redirect`];
    /// [`Error::BufferTooSmall`].
    pub fn authorize<'o>(&mut self, random: &[u8; 64], out: &'o mut [u8]) -> Result<&'o str, Error> {
        if !matches!(self.stage, Stage::Authorize | Stage::Redirect) {
            return Err(Error::ClientStepUnexpected);
        }
        let challenge = apart::<STACK, _>(|| {
            let [verifier, state] = [random.first_chunk(), random.last_chunk()];
            let (verifier, state) = (verifier.unwrap_or(&[0; 32]), state.unwrap_or(&[0; 32]));
            let mut text = [0; opaque_token::LENGTH];
            let verifier = CodeVerifier::from_random(verifier, &mut text)?;
            let challenge = CodeChallenge::of(&verifier)?;
            self.texts.set(Name::VERIFIER, verifier.reveal())?;
            self.texts.set(Name::STATE, opaque_token::mint(state, &mut text)?)?;
            text.zeroize();
            Ok(challenge)
        })?;
        let url = AuthorizationUrl { texts: self.texts.view(), code_challenge: challenge.as_str() };
        let url = crate::text::write(out, &url)?;
        self.stage = Stage::Redirect;
        Ok(url)
    }

    /// Reports that the browser was sent to the redirect URI, with this query, without "?". `scratch` needs as many
    /// bytes, and is the caller's to wipe.
    ///
    /// # Errors
    ///
    /// [`Error::ClientStepUnexpected`] unless the step is [`Step::Redirect`]. [`Error::StateMismatch`] and
    /// [`Error::ParameterRepeated`] for what is of no request of this client: the wait goes on, as after
    /// [`Error::BufferTooSmall`]. All others end it: [`Error::ResponseIssuerMissing`],
    /// [`Error::ResponseIssuerMismatch`], [`Error::AuthorizationResponseMalformed`]; [`Error::AccessDenied`] and
    /// [`Error::AuthorizationRefused`], whose reason [`Client::received_error`] returns.
    pub fn redirected(&mut self, query: &[u8], scratch: &mut [u8]) -> Result<Step, Error> {
        let Some(server) = self.server.filter(|_| self.stage == Stage::Redirect) else {
            return Err(Error::ClientStepUnexpected);
        };
        let issuer = IssuerUrl::parse(self.texts.get(Name::ISSUER))?;
        let sender = Sender::Issuer { issuer, iss_supported: server.sends_iss };
        let expected = Expected { sender, state: self.texts.get(Name::STATE) };
        match AuthorizationResponse::parse(query, &expected, scratch) {
            Ok(AuthorizationResponse::Code(code)) => {
                self.texts.set(Name::CODE, code).or_else(|error| self.fail(error))?;
                self.texts.forget(&[Name::STATE]);
                self.stage = Stage::Tokens(GrantType::Code);
                self.current_step()
            }
            Ok(AuthorizationResponse::Error { error, error_description, .. }) => {
                let denied = error == "access_denied";
                let text = |text| JsonString::of_text(text);
                self.keep_error(Some(text(error)), error_description.map(text));
                self.texts.forget(&[Name::STATE, Name::VERIFIER]);
                self.fail(if denied { Error::AccessDenied } else { Error::AuthorizationRefused })
            }
            Err(error @ (Error::StateMismatch | Error::ParameterRepeated | Error::BufferTooSmall { .. })) => Err(error),
            Err(error) => {
                self.texts.forget(&[Name::STATE, Name::VERIFIER]);
                self.fail(error)
            }
        }
    }
}
