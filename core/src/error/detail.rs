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
            /// Every one, in the order of declaration.
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
        /// `iss`: the issuer (RFC 7519 section 4.1.1).
        Issuer = "iss",
        /// `sub`: whom the token is about (RFC 7519 section 4.1.2).
        Subject = "sub",
        /// `aud`: whom the token is for (RFC 7519 section 4.1.3).
        Audience = "aud",
        /// `exp`: when it expires (RFC 7519 section 4.1.4).
        ExpirationTime = "exp",
        /// `nbf`: before when it is not valid (RFC 7519 section 4.1.5).
        NotBefore = "nbf",
        /// `iat`: when it was issued (RFC 7519 section 4.1.6).
        IssuedAt = "iat",
        /// `jti`: its own identifier (RFC 7519 section 4.1.7).
        JwtId = "jti",
        /// `client_id`: the client that it was issued to (RFC 9068 section 2.2).
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
        /// `grant_types`: what the client may be granted tokens for.
        GrantTypes = "grant_types",
        /// `response_types`, which only the grant `authorization_code` needs.
        ResponseTypes = "response_types",
        /// `application_type`, of OpenID Connect Dynamic Client Registration.
        ApplicationType = "application_type",
        /// `client_name`, which users are shown.
        ClientName = "client_name",
        /// `client_uri`: the client's home page.
        ClientUri = "client_uri",
        /// `logo_uri`: the client's logo.
        LogoUri = "logo_uri",
        /// `tos_uri`: the client's terms of service.
        TosUri = "tos_uri",
        /// `policy_uri`: the client's privacy policy.
        PolicyUri = "policy_uri",
        /// `jwks_uri`: where the client's public keys are.
        JwksUri = "jwks_uri",
        /// `jwks`: the client's public keys themselves.
        Jwks = "jwks",
        /// `software_id`: the program, whoever has installed it.
        SoftwareId = "software_id",
        /// `software_version`: the version of that program.
        SoftwareVersion = "software_version",
        /// `scope`: what the client may ask for.
        Scope = "scope",
        /// `contacts`: the people who are responsible for the client.
        Contacts = "contacts",
    }
}

names! {
    /// A header parameter that causes rejection.
    HeaderParameter {
        /// RFC 7515 section 4.1.11: no extension is supported.
        Crit = "crit",
        /// `b64`: whether the payload is encoded (RFC 7797 section 7).
        B64 = "b64",
        /// `zip`: how it is compressed (RFC 8725 section 3.6).
        Zip = "zip",
        /// An encrypted token (RFC 7516).
        Enc = "enc",
        /// A nested token (RFC 7519 section 5.2).
        Cty = "cty",
        /// `alg`: the signature algorithm (RFC 7515 section 4.1.1).
        Alg = "alg",
        /// RFC 7515 section 4.1.4: a string of at most [`MAX_KEY_ID_LENGTH`](crate::jwk::MAX_KEY_ID_LENGTH) bytes.
        Kid = "kid",
        /// `typ`: what kind of token it is (RFC 7515 section 4.1.9).
        Typ = "typ",
    }
}

names! {
    /// The parameter of a provider that an error is about.
    ProviderParameter {
        /// The identifier of an Okta authorization server, which follows `/oauth2/` in the issuer.
        AuthorizationServer = "authorization_server",
        /// The host name in the issuer (Auth0, Okta and others), or in the endpoints of a Cognito user pool.
        Domain = "domain",
        /// The environment in the path of PingOne's issuer, or the whole host name of a Scalekit environment.
        Environment = "environment",
        /// The host name of Descope's API: `api.descope.com`, that of a region, or the project's own.
        Host = "host",
        /// The whole issuer identifier, where the profile knows no part of it.
        Issuer = "issuer",
        /// The identifier of an MCP server at Descope.
        McpServer = "mcp_server",
        /// The identifier of a Descope project, or the subdomain of a Supabase project.
        Project = "project",
        /// The realm of a Keycloak server: `{server}/realms/{realm}`.
        Realm = "realm",
        /// The AWS region of a Cognito user pool, or what follows `auth.pingone.` in the host name of PingOne.
        Region = "region",
        /// The identifier of a Scalekit resource, which follows `/resources/` in the issuer.
        ResourceId = "resource_id",
        /// The URL of a Keycloak server, before `/realms/`.
        Server = "server",
        /// The team of Cloudflare Access: `{team}.cloudflareaccess.com`.
        Team = "team",
        /// An Entra tenant: its identifier, a UUID in lower case; for what is signed in with, a domain of it too.
        Tenant = "tenant",
        /// The identifier of a Cognito user pool, such as `eu-west-1_Example`.
        UserPool = "user_pool",
        /// The list of an operator's tenants, beside the parameters.
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
        /// `jwks_uri`: where the keys are (RFC 8414 section 2).
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
