//! What explains an error to the operator: numbers, and names from the standards.

use core::fmt;

use crate::error::Error;

/// One value that explains an error: a number, or a name from a fixed list. Never text from a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "every language has numbers and names for it, and no third form")]
pub enum Detail {
    /// A length in bytes, a time in seconds since 1970, a count.
    Number(i64),
    /// The name of a claim, a header parameter or the like.
    Name(&'static str),
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl From<u32> for Detail {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}
impl From<i64> for Detail {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&'static str> for Detail {
    fn from(name: &'static str) -> Self {
        Self::Name(name)
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $name { $($(#[$vdoc])* $variant,)* }
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name in the standard.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
        impl From<$name> for Detail {
            fn from(value: $name) -> Self {
                Self::Name(value.name())
            }
        }
    };
}

names! {
    /// The claim that an error is about.
    Claim {
        /// RFC 7519 section 4.1.1.
        Issuer = "iss",
        /// RFC 7519 section 4.1.2.
        Subject = "sub",
        /// RFC 7519 section 4.1.3.
        Audience = "aud",
        /// RFC 7519 section 4.1.4.
        ExpirationTime = "exp",
        /// RFC 7519 section 4.1.5.
        NotBefore = "nbf",
        /// RFC 7519 section 4.1.6.
        IssuedAt = "iat",
        /// RFC 7519 section 4.1.7.
        JwtId = "jti",
        /// RFC 9068 section 2.2.
        ClientId = "client_id",
        /// The authorized party (OpenID Connect Core section 2).
        Azp = "azp",
        /// The client in Microsoft's tokens of version 1.
        Appid = "appid",
        /// The client in Okta's and UAA's tokens.
        Cid = "cid",
        /// Who owns the repository of GitHub's workflow.
        RepositoryOwner = "repository_owner",
        /// The namespace of GitLab's job.
        NamespacePath = "namespace_path",
        /// RFC 9068 section 2.2.3, RFC 6749 section 3.3.
        Scope = "scope",
        /// The array form of the scopes that some issuers write.
        Scp = "scp",
        /// The claim that the policy names as the source of scopes.
        ScopeSource = "scope_source",
        /// The claim that an issuer template is bound to.
        Template = "issuer_template",
        /// A claim that the policy requires by name.
        Required = "required_claims",
    }
}

names! {
    /// The member of a client's metadata that an error is about (RFC 7591 section 2).
    ClientMember {
        /// The document as a whole.
        Document = "document",
        /// `token_endpoint_auth_method`, or the list of those that are supported.
        TokenEndpointAuthMethod = "token_endpoint_auth_method",
        /// `grant_types`.
        GrantTypes = "grant_types",
        /// `response_types`.
        ResponseTypes = "response_types",
        /// `application_type`.
        ApplicationType = "application_type",
        /// `client_name`.
        ClientName = "client_name",
        /// `client_uri`.
        ClientUri = "client_uri",
        /// `logo_uri`.
        LogoUri = "logo_uri",
        /// `tos_uri`.
        TosUri = "tos_uri",
        /// `policy_uri`.
        PolicyUri = "policy_uri",
        /// `jwks_uri`.
        JwksUri = "jwks_uri",
        /// `jwks`.
        Jwks = "jwks",
        /// `software_id`.
        SoftwareId = "software_id",
        /// `software_version`.
        SoftwareVersion = "software_version",
        /// `scope`.
        Scope = "scope",
        /// `contacts`.
        Contacts = "contacts",
    }
}

names! {
    /// A header parameter that causes rejection.
    HeaderParameter {
        /// RFC 7515 section 4.1.11: no extension is supported.
        Crit = "crit",
        /// RFC 7797 section 7.
        B64 = "b64",
        /// RFC 8725 section 3.6.
        Zip = "zip",
        /// An encrypted token (RFC 7516).
        Enc = "enc",
        /// A nested token (RFC 7519 section 5.2).
        Cty = "cty",
        /// RFC 7515 section 4.1.1.
        Alg = "alg",
        /// RFC 7515 section 4.1.4: a string of at most [`MAX_KEY_ID_LENGTH`](crate::jwk::MAX_KEY_ID_LENGTH) bytes.
        Kid = "kid",
        /// RFC 7515 section 4.1.9.
        Typ = "typ",
    }
}

names! {
    /// The parameter of a provider that an error is about.
    ProviderParameter {
        /// The authorization server's identifier.
        AuthorizationServer = "authorization_server",
        /// A host.
        Domain = "domain",
        /// An environment.
        Environment = "environment",
        /// A host.
        Host = "host",
        /// The whole issuer.
        Issuer = "issuer",
        /// An MCP server.
        McpServer = "mcp_server",
        /// A project.
        Project = "project",
        /// A realm.
        Realm = "realm",
        /// A region.
        Region = "region",
        /// A resource.
        ResourceId = "resource_id",
        /// The URL before the paths.
        Server = "server",
        /// A team.
        Team = "team",
        /// A tenant.
        Tenant = "tenant",
        /// A pool of users.
        UserPool = "user_pool",
        /// The list of tenants.
        Tenants = "tenants",
        /// All parameters: at least one does not belong to the profile.
        All = "parameters",
    }
}

impl ProviderParameter {
    /// Returns the error about the parameter of this name, with what is required.
    pub(crate) fn invalid(name: &str) -> Error {
        let parameter = Self::ALL.iter().copied().find(|one| one.name() == name).unwrap_or(Self::All);
        let wanted = match parameter {
            Self::All => "those of the profile, each once",
            Self::Tenants => "none: the profile has no list of them",
            Self::Issuer => "https without a query or fragment, or http on loopback",
            Self::Server => "https without a query, a fragment or a slash at the end, or http on loopback",
            _ => "letters, digits, -, . and _, once; no URL",
        };
        Error::ProviderParameterInvalid { parameter, wanted }
    }
}

names! {
    /// The argument, or member of a document, that is not a URI of the required form.
    UriArgument {
        /// Any absolute URI (RFC 3986).
        Uri = "uri",
        /// The resource identifier (RFC 9728 section 1.2).
        Resource = "resource",
        /// The issuer identifier (RFC 8414 section 2).
        Issuer = "issuer",
        /// RFC 8414 section 2.
        JwksUri = "jwks_uri",
        /// RFC 8414 section 2, RFC 7662 section 2.
        IntrospectionEndpoint = "introspection_endpoint",
    }
}

impl UriArgument {
    /// Returns the error, with what is required.
    pub(crate) const fn invalid(self) -> Error {
        let wanted = match self {
            Self::Uri => "an absolute URI",
            Self::Resource | Self::JwksUri | Self::IntrospectionEndpoint => {
                "https without a fragment, or http on loopback"
            }
            Self::Issuer => "https without a query or fragment, or http on loopback",
        };
        Error::UriInvalid { argument: self, wanted }
    }
}
