//! The kind of check: RFC 7662, or a vendor's own in its place.

use crate::error::Error;
use crate::provider::Source;

/// How the token is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// POST, as a form (RFC 7662 section 2.1).
    Form,
    /// POST, in a JSON document.
    Json,
    /// POST, in the Authorization header, with an empty form.
    PostBearer,
    /// GET, in the Authorization header.
    GetBearer,
}

/// What the answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// RFC 7662 section 2.2.
    Introspection,
    /// Claims, whose `exp` is in a string.
    TokenInfo,
    /// Nested members, of which claims are made.
    Nested(&'static Members),
}

/// Where an answer has what claims say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Members {
    pub(super) client: (&'static str, &'static str),
    pub(super) subject: (&'static str, &'static str),
    pub(super) name: (&'static str, &'static str),
    /// A time of RFC 3339.
    pub(super) expires: &'static str,
    /// An array of strings.
    pub(super) scopes: &'static str,
}

/// A check of tokens. Vendors' own are here where they say to which client a token was issued, and nowhere else: a
/// token that any application of the vendor's may have got proves nothing.
#[derive(Debug)]
#[non_exhaustive]
pub struct TokenCheck {
    /// Its name, the same in every language.
    pub name: &'static str,
    /// The issuer of its tokens, for policies; empty if the operator names it.
    pub issuer: &'static str,
    /// Where it is: `{client_id}` is the client's; empty if the operator names it.
    pub endpoint: &'static str,
    /// Whether it needs a client's credentials.
    pub needs_client: bool,
    /// Whether its tokens may live for ever, so that the policy must say how long an answer without `exp` counts.
    pub needs_lifetime: bool,
    /// What is uncertain, or must be known.
    pub note: &'static str,
    /// Where the facts come from.
    pub sources: &'static [Source],
    pub(super) sending: Sending,
    pub(super) answer: Answer,
    /// Statuses that mean that the token is not active.
    pub(super) inactive: &'static [u16],
}

impl TokenCheck {
    /// Introspection as RFC 7662 has it.
    pub const RFC7662: &'static Self = &Self {
        name: "rfc7662",
        issuer: "",
        endpoint: "",
        needs_client: true,
        needs_lifetime: false,
        note: "The endpoint is the one of the authorization server's metadata, `introspection_endpoint`.",
        sources: &[Source { url: "https://www.rfc-editor.org/rfc/rfc7662", date: "2026-11-27" }],
        sending: Sending::Form,
        answer: Answer::Introspection,
        inactive: &[],
    };

    /// Every check, [`TokenCheck::RFC7662`] first.
    pub const ALL: &'static [&'static Self] = &[
        Self::RFC7662,
        &Self {
            name: "google",
            issuer: "https://accounts.google.com",
            endpoint: "https://oauth2.googleapis.com/tokeninfo",
            needs_client: false,
            needs_lifetime: false,
            note: "The audience is the client's identifier. Scopes are full URIs.",
            sources: &[
                Source {
                    url: "https://github.com/googleapis/google-auth-library-nodejs/blob/021b96910a67bfa373b38ea8afbedd31b405da0f/src/auth/oauth2client.ts",
                    date: "2026-11-27",
                },
                Source { url: "https://pkg.go.dev/go.chromium.org/luci/common/gcloud/googleoauth", date: "2026-11-27" },
            ],
            sending: Sending::PostBearer,
            answer: Answer::TokenInfo,
            inactive: &[400, 401],
        },
        &Self {
            name: "github",
            issuer: "https://github.com/login/oauth",
            endpoint: "https://api.github.com/applications/{client_id}/token",
            needs_client: true,
            needs_lifetime: true,
            note: "For tokens of an OAuth app, and of users of a GitHub App. The former never expire, and the latter have no scopes. `sub` is the user's number, `preferred_username` the name, which may change hands.",
            sources: &[
                Source { url: "https://docs.github.com/en/rest/apps/oauth-applications", date: "2026-11-27" },
                Source {
                    url: "https://app.unpkg.com/@octokit/oauth-methods@5.1.4/files/dist-src/check-token.js",
                    date: "2026-11-27",
                },
            ],
            sending: Sending::Json,
            answer: Answer::Nested(&Members {
                client: ("app", "client_id"),
                subject: ("user", "id"),
                name: ("user", "login"),
                expires: "expires_at",
                scopes: "scopes",
            }),
            inactive: &[404],
        },
        &Self {
            name: "discord",
            issuer: "https://discord.com",
            endpoint: "https://discord.com/api/v10/oauth2/@me",
            needs_client: false,
            needs_lifetime: false,
            note: "There is a subject only where the scope `identify` was granted. That the issuer is so called is our choice: Discord names none here.",
            sources: &[Source {
                url: "https://discord.com/developers/docs/topics/oauth2#get-current-authorization-information",
                date: "2026-11-27",
            }],
            sending: Sending::GetBearer,
            answer: Answer::Nested(&Members {
                client: ("application", "id"),
                subject: ("user", "id"),
                name: ("user", "username"),
                expires: "expires",
                scopes: "scopes",
            }),
            inactive: &[401],
        },
    ];

    /// Returns the check of this name.
    ///
    /// # Errors
    ///
    /// [`Error::TokenCheckUnknown`] if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::introspection::TokenCheck;
    ///
    /// let check = TokenCheck::from_name("google")?; // from a configuration
    /// assert_eq!(check.endpoint, "https://oauth2.googleapis.com/tokeninfo");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn from_name(name: &str) -> Result<&'static Self, Error> {
        Self::ALL.iter().find(|one| one.name == name).copied().ok_or(Error::TokenCheckUnknown)
    }

    /// Returns the check that is named; [`TokenCheck::RFC7662`] where none is.
    ///
    /// # Errors
    ///
    /// As [`TokenCheck::from_name`].
    ///
    /// # Examples
    ///
    /// ```
    /// use doorward::introspection::TokenCheck;
    ///
    /// assert_eq!(TokenCheck::named(None)?.name, "rfc7662");
    /// # Ok::<(), doorward::Error>(())
    /// ```
    pub fn named(name: Option<&str>) -> Result<&'static Self, Error> {
        name.map_or(Ok(Self::RFC7662), Self::from_name)
    }
}
