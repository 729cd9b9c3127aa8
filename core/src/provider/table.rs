//! The profiles, in the order of their names.

use super::{Binding, Provider, Source};
use crate::alg::Alg;
use crate::jwt::{ClientClaim, KindRule, Relaxation};

/// The standard's values, and what each row must name: a row lists only what differs.
const PLAIN: Provider = Provider {
    name: "",
    issuer: "{issuer}",
    token_issuers: &[],
    tenant_claim: None,
    jwks_uri: None,
    algorithms: &[],
    binding: Binding::Audience,
    client_claim: ClientClaim::ClientId,
    scope_source: "scope",
    relaxations: &[],
    kind: &[],
    needs_scope: false,
    honours_resource: false,
    s256_not_advertised: false,
    header: None,
    note: "",
    sources: &[],
};

pub(super) const ALL: &[Provider] = &[
    Provider {
        name: "auth0",
        issuer: "https://{domain}/",
        algorithms: &[Alg::Rs256],
        honours_resource: true,
        note: "The API's token profile must be RFC 9068. `resource` needs the tenant's compatibility profile; else the audience is the API's identifier.",
        sources: &[Source {
            url: "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
            date: "2026-11-26",
        }],
        ..PLAIN
    },
    Provider {
        name: "auth0-classic",
        issuer: "https://{domain}/",
        algorithms: &[Alg::Rs256],
        client_claim: ClientClaim::Azp,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Lacks("nonce"), KindRule::Lacks("at_hash")],
        needs_scope: true,
        honours_resource: true,
        note: "For APIs with Auth0's own token profile; prefer `auth0`. The audience is the API's identifier, and an ID token's is its client's, whatever an Action writes into it. It may lack all else that tells it apart, so the profile requires a scope.",
        sources: &[Source {
            url: "https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles",
            date: "2026-11-26",
        }],
        ..PLAIN
    },
    Provider {
        name: "authentik",
        algorithms: &[Alg::Rs256, Alg::Es256, Alg::Es384, Alg::Es512],
        binding: Binding::Named,
        client_claim: ClientClaim::Azp,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Has("uid"), KindRule::Has("azp")],
        note: "The audience is the client's identifier. Tokens have scopes since August 2025.",
        sources: &[Source { url: "https://docs.goauthentik.io/add-secure-apps/providers/oauth2/", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "better-auth",
        algorithms: &[Alg::Ed25519, Alg::Es256, Alg::Rs256],
        client_claim: ClientClaim::Azp,
        honours_resource: true,
        note: "The resource must be among the allowed audiences.",
        sources: &[Source { url: "https://www.better-auth.com/docs/plugins/oauth-provider", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "clerk",
        issuer: "https://{domain}",
        algorithms: &[Alg::Rs256],
        binding: Binding::Client,
        kind: &[KindRule::Lacks("nonce"), KindRule::Lacks("at_hash")],
        note: "OAuth access tokens must be JWTs; machine and session tokens are refused. That the client is in `client_id` is unverified.",
        sources: &[Source { url: "https://clerk.com/docs/oauth/how-clerk-implements-oauth", date: "2026-11-27" }],
        ..PLAIN
    },
    Provider {
        name: "cloudflare-access",
        issuer: "https://{team}.cloudflareaccess.com",
        jwks_uri: Some("https://{team}.cloudflareaccess.com/cdn-cgi/access/certs"),
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ClientIdOptional],
        kind: &[KindRule::Is("type", "app")],
        header: Some("Cf-Access-Jwt-Assertion"),
        note: "The audience is the application's tag. Clients do not log in by OAuth: Cloudflare does that in front of the server.",
        sources: &[Source {
            url: "https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/",
            date: "2026-11-27",
        }],
        ..PLAIN
    },
    Provider {
        name: "cognito",
        issuer: "https://cognito-idp.{region}.amazonaws.com/{user_pool}",
        algorithms: &[Alg::Rs256],
        binding: Binding::Either,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Is("token_use", "access")],
        honours_resource: true,
        note: "There is an audience only with resource indicators (Essentials and Plus, managed login): otherwise list the clients.",
        sources: &[Source {
            url: "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
            date: "2026-11-27",
        }],
        ..PLAIN
    },
    Provider {
        name: "cognito-updated",
        issuer: "https://issuer-cognito-idp.{region}.amazonaws.com/{user_pool}",
        algorithms: &[Alg::Rs256],
        binding: Binding::Either,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Is("token_use", "access")],
        honours_resource: true,
        note: "As `cognito`, for user pools whose issuer type is `UPDATED`, as replicated ones have it; the region is the primary one.",
        sources: &[
            Source {
                url: "https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html",
                date: "2026-11-27",
            },
            Source {
                url: "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_IssuerConfigurationType.html",
                date: "2026-11-28",
            },
        ],
        ..PLAIN
    },
    Provider {
        name: "descope",
        issuer: "https://{host}/v1/apps/{project}",
        token_issuers: &["https://{host}/v1/apps/{project}", "https://{host}/{project}", "{project}"],
        algorithms: &[Alg::Rs256],
        client_claim: ClientClaim::Azp,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Lacks("nonce"), KindRule::Lacks("at_hash")],
        needs_scope: true,
        note: "The host is `api.descope.com`, a region's, or the project's own. Descope's pages disagree on the audience, which is the project or the server's URL, and on the form of `iss`; the client's claim is unverified, and no claim is known to be of access tokens alone, so the profile requires a scope. Name the server's URL as the audience, which ID tokens do not have, or let no template write `scope` into these. For the tokens of an MCP server (`…/agentic/{project}/{server}`) take `descope-mcp`. Those of a tenant (`…/{project}/{tenant}`) are refused: name their `iss` as the issuer, without a profile.",
        sources: &[
            Source { url: "https://docs.descope.com/mcp", date: "2026-11-26" },
            Source { url: "https://docs.descope.com/project-settings/multi-regional", date: "2026-11-28" },
        ],
        ..PLAIN
    },
    Provider {
        name: "descope-mcp",
        issuer: "https://{host}/v1/apps/agentic/{project}/{mcp_server}",
        algorithms: &[Alg::Rs256],
        client_claim: ClientClaim::Azp,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Lacks("nonce"), KindRule::Lacks("at_hash")],
        needs_scope: true,
        note: "For one MCP server of a project, by its own issuer. Pages disagree on the audience, which is the project or the server's URL; the client's claim is unverified, and no claim is known to be of access tokens alone, so the profile requires a scope. Name the server's URL as the audience, which ID tokens do not have, or let no template write `scope` into these.",
        sources: &[
            Source { url: "https://docs.descope.com/mcp", date: "2026-11-26" },
            Source { url: "https://docs.descope.com/project-settings/multi-regional", date: "2026-11-28" },
            Source {
                url: "https://gofastmcp.com/python-sdk/fastmcp-server-auth-providers-descope",
                date: "2026-11-28",
            },
        ],
        ..PLAIN
    },
    Provider {
        name: "duende",
        algorithms: &[Alg::Rs256, Alg::Ps256, Alg::Es256],
        scope_source: "scope_list",
        note: "The audience is the API resource's name.",
        sources: &[Source {
            url: "https://docs.duendesoftware.com/identityserver/tokens/requesting/",
            date: "2026-11-26",
        }],
        ..PLAIN
    },
    Provider {
        name: "entra",
        issuer: "https://login.microsoftonline.com/{tenant}/v2.0",
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        client_claim: ClientClaim::Azp,
        scope_source: "scp",
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ScpText],
        kind: &[
            KindRule::HasOneOf(&["scp", "roles"]),
            KindRule::Has("azp"),
            KindRule::Is("ver", "2.0"),
            KindRule::Lacks("nonce"),
        ],
        s256_not_advertised: true,
        note: "The tenant is its identifier, not a domain; for `organizations` take `entra-tenants`, for `consumers` the tenant of personal accounts, `9188040d-6c67-4c5b-b112-36a304b66dad`; `common`, which is both, has no profile. `requestedAccessTokenVersion` of the API must be 2; the audience is the API's client identifier. Clients ask for scopes as `api://id/scope`.",
        sources: &[
            Source {
                url: "https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference",
                date: "2026-11-27",
            },
            Source {
                url: "https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference",
                date: "2026-11-28",
            },
        ],
        ..PLAIN
    },
    Provider {
        name: "entra-tenants",
        issuer: "https://login.microsoftonline.com/organizations/v2.0",
        token_issuers: &["https://login.microsoftonline.com/{tid}/v2.0"],
        tenant_claim: Some("tid"),
        jwks_uri: Some("https://login.microsoftonline.com/organizations/discovery/v2.0/keys"),
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        client_claim: ClientClaim::Azp,
        scope_source: "scp",
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ScpText],
        kind: &[
            KindRule::HasOneOf(&["scp", "roles"]),
            KindRule::Has("azp"),
            KindRule::Is("ver", "2.0"),
            KindRule::Lacks("nonce"),
        ],
        s256_not_advertised: true,
        note: "As `entra`, for the work and school accounts of the tenants that are listed. The metadata's issuer has a placeholder, which strict clients refuse.",
        sources: &[
            Source {
                url: "https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference",
                date: "2026-11-27",
            },
            Source {
                url: "https://learn.microsoft.com/en-us/entra/identity-platform/howto-convert-app-to-be-multi-tenant",
                date: "2026-11-26",
            },
        ],
        ..PLAIN
    },
    Provider {
        name: "entra-v1",
        issuer: "https://login.microsoftonline.com/{tenant}/v2.0",
        token_issuers: &["https://sts.windows.net/{tenant}/"],
        jwks_uri: Some("https://login.microsoftonline.com/{tenant}/discovery/keys"),
        algorithms: &[Alg::Rs256],
        client_claim: ClientClaim::Appid,
        scope_source: "scp",
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ScpText],
        kind: &[
            KindRule::HasOneOf(&["scp", "roles"]),
            KindRule::Has("appid"),
            KindRule::Is("ver", "1.0"),
            KindRule::Lacks("nonce"),
        ],
        s256_not_advertised: true,
        note: "For APIs whose tokens are of version 1; prefer `entra`. The audience is the App ID URI.",
        sources: &[Source {
            url: "https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference",
            date: "2026-11-27",
        }],
        ..PLAIN
    },
    Provider {
        name: "fusionauth",
        algorithms: &[Alg::Rs256, Alg::Es256],
        binding: Binding::Named,
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ClientIdOptional],
        kind: &[
            KindRule::Has("applicationId"),
            KindRule::Has("scope"),
            KindRule::Lacks("nonce"),
            KindRule::Lacks("at_hash"),
            KindRule::Lacks("c_hash"),
        ],
        needs_scope: true,
        note: "The tenant's issuer must be set to its URL, and its access tokens signed with an RSA or EC key, which an installation has from the start since version 1.50: of one for HMAC nothing is published. The audience is the application's identifier, in ID tokens too, which have the scopes, but no `applicationId` unless a lambda adds it: the profile requires both. Users must be registered for the application.",
        sources: &[
            Source { url: "https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens", date: "2026-11-28" },
            Source { url: "https://github.com/FusionAuth/fusionauth-site/pull/3371", date: "2026-11-28" },
        ],
        ..PLAIN
    },
    Provider {
        name: "github-actions",
        issuer: "https://token.actions.githubusercontent.com",
        algorithms: &[Alg::Rs256],
        binding: Binding::Both,
        client_claim: ClientClaim::RepositoryOwner,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Has("repository_owner")],
        note: "For workflows, not users. Anybody's workflow chooses its audience: list the owners whose workflows may come in as clients.",
        sources: &[Source { url: "https://docs.github.com/en/actions/reference/security/oidc", date: "2026-11-27" }],
        ..PLAIN
    },
    Provider {
        name: "gitlab",
        algorithms: &[Alg::Rs256],
        binding: Binding::Both,
        client_claim: ClientClaim::NamespacePath,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Has("namespace_path"), KindRule::Has("project_path")],
        note: "For CI jobs, not users. Anybody's job chooses its audience: list the namespaces whose jobs may come in as clients.",
        sources: &[Source { url: "https://docs.gitlab.com/ci/secrets/id_token_authentication/", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "hydra",
        algorithms: &[Alg::Rs256, Alg::Es256],
        scope_source: "scp",
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[
            KindRule::HasOneOf(&["scp", "scope"]),
            KindRule::Has("client_id"),
            KindRule::Lacks("azp"),
            KindRule::Lacks("nonce"),
            KindRule::Lacks("at_hash"),
        ],
        note: "The client's access tokens must be JWTs, and the audience among those that it may ask for.",
        sources: &[
            Source { url: "https://www.ory.com/docs/oauth2-oidc/jwt-access-token", date: "2026-11-26" },
            Source { url: "https://github.com/ory/fosite/blob/master/token/jwt/claims_jwt.go", date: "2026-11-28" },
        ],
        ..PLAIN
    },
    Provider {
        name: "keycloak",
        issuer: "{server}/realms/{realm}",
        algorithms: &[Alg::Rs256, Alg::Es256, Alg::Ps256, Alg::Ed25519],
        binding: Binding::Either,
        client_claim: ClientClaim::Azp,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Is("typ", "Bearer")],
        note: "An audience mapper of the client's scope writes the audience; otherwise list the clients.",
        sources: &[Source { url: "https://www.keycloak.org/docs/latest/server_admin/", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "kubernetes",
        algorithms: &[Alg::Rs256, Alg::Es256],
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ClientIdOptional],
        kind: &[KindRule::Has("kubernetes.io")],
        note: "For workloads of the cluster, any of which may ask for the audience.",
        sources: &[Source {
            url: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/",
            date: "2026-11-26",
        }],
        ..PLAIN
    },
    Provider {
        name: "logto",
        issuer: "https://{domain}/oidc",
        algorithms: &[Alg::Es384, Alg::Rs256],
        honours_resource: true,
        note: "The resource must be registered as an API resource; without one, tokens are opaque.",
        sources: &[Source { url: "https://docs.logto.io/authorization/validate-access-tokens", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "okta",
        issuer: "https://{domain}/oauth2/{authorization_server}",
        algorithms: &[Alg::Rs256],
        client_claim: ClientClaim::Cid,
        scope_source: "scp",
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Has("cid"), KindRule::Has("scp")],
        note: "Custom authorization servers only: tokens of the organization's own are opaque. The audience is the server's, not the resource.",
        sources: &[Source {
            url: "https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/",
            date: "2026-11-26",
        }],
        ..PLAIN
    },
    Provider {
        name: "ping",
        issuer: "https://auth.pingone.{region}/{environment}/as",
        algorithms: &[Alg::Rs256],
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Lacks("nonce"), KindRule::Lacks("at_hash")],
        needs_scope: true,
        note: "The audience is the resource's, and an ID token's is its client's. `typ` is unverified, and ID tokens may lack all else that tells them apart, so the profile requires a scope; map no attribute to `scope`.",
        sources: &[Source { url: "https://docs.pingidentity.com/pingone/", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "rauthy",
        algorithms: &[Alg::Ed25519, Alg::Rs256],
        client_claim: ClientClaim::Azp,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Is("typ", "Bearer")],
        honours_resource: true,
        note: "The issuer ends with a slash or not by version.",
        sources: &[Source { url: "https://sebadob.github.io/rauthy/", date: "2026-11-26" }],
        ..PLAIN
    },
    Provider {
        name: "scalekit",
        issuer: "https://{environment}/resources/{resource_id}",
        token_issuers: &["https://{environment}", "https://{environment}/resources/{resource_id}"],
        jwks_uri: Some("https://{environment}/keys"),
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[KindRule::Lacks("nonce"), KindRule::Lacks("at_hash")],
        needs_scope: true,
        note: "The audience is the resource's identifier, `res_` and digits, and an ID token's is its client's. `typ` and the client's claim are unverified, and no claim is known to be of access tokens alone, so the profile requires a scope.",
        sources: &[Source { url: "https://docs.scalekit.com/guides/mcp/oauth", date: "2026-11-27" }],
        ..PLAIN
    },
    Provider {
        name: "spring",
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        scope_source: "scope_list",
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ClientIdOptional],
        kind: &[KindRule::Has("scope"), KindRule::Lacks("azp"), KindRule::Lacks("nonce")],
        note: "The audience is the client's identifier, in ID tokens too, which have `azp` and no `scope`.",
        sources: &[Source {
            url: "https://docs.spring.io/spring-authorization-server/reference/core-model-components.html",
            date: "2026-11-26",
        }],
        ..PLAIN
    },
    Provider {
        name: "stytch",
        issuer: "https://{domain}",
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[
            KindRule::Has("client_id"),
            KindRule::Has("scope"),
            KindRule::Lacks("https://stytch.com/session"),
            KindRule::Lacks("nonce"),
        ],
        note: "The audience is the project's identifier. The domain is the project's own, or the one of `customers.stytch.com` that it was given: tokens that clients fetch at `stytch.com` have the `iss` `stytch.com/PROJECT`, which is no URL, and are refused.",
        sources: &[
            Source { url: "https://stytch.com/docs/guides/connected-apps/mcp-servers", date: "2026-11-26" },
            Source { url: "https://stytch.com/docs/connected-apps/resources/faq", date: "2026-11-28" },
        ],
        ..PLAIN
    },
    Provider {
        name: "supabase",
        issuer: "https://{project}.supabase.co/auth/v1",
        algorithms: &[Alg::Es256, Alg::Rs256],
        binding: Binding::Fixed("authenticated"),
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[
            KindRule::Has("role"),
            KindRule::Has("aal"),
            KindRule::Has("session_id"),
            KindRule::Lacks("nonce"),
            KindRule::Lacks("at_hash"),
        ],
        note: "Every token has the same audience: list the clients. Projects that sign with a shared secret must move to signing keys first.",
        sources: &[
            Source { url: "https://supabase.com/docs/guides/auth/oauth-server/mcp-authentication", date: "2026-11-26" },
            Source { url: "https://supabase.com/docs/guides/auth/oauth-server/token-security", date: "2026-11-28" },
            Source { url: "https://github.com/supabase/auth/issues/2610", date: "2026-11-27" },
        ],
        ..PLAIN
    },
    Provider {
        name: "uaa",
        algorithms: &[Alg::Rs256],
        binding: Binding::Either,
        client_claim: ClientClaim::Cid,
        scope_source: "scope_list",
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ModulusLeadingZero],
        kind: &[
            KindRule::Has("client_id"),
            KindRule::Has("scope"),
            KindRule::Lacks("granted_scopes"),
            KindRule::Lacks("email_verified"),
            KindRule::Lacks("nonce"),
        ],
        needs_scope: true,
        note: "XSUAA and others may write an empty audience: list the clients then. ID tokens have the client, `email_verified`, unless that is excluded from them, and no scope but `openid`; refresh tokens are signed by the same key, so the profile requires a scope.",
        sources: &[
            Source { url: "https://docs.cloudfoundry.org/api/uaa/", date: "2026-11-26" },
            Source {
                url: "https://github.com/cloudfoundry/uaa/blob/develop/server/src/main/java/org/cloudfoundry/identity/uaa/oauth/openid/IdTokenCreator.java",
                date: "2026-11-28",
            },
        ],
        ..PLAIN
    },
    Provider {
        name: "workos",
        issuer: "https://{domain}",
        algorithms: &[Alg::Rs256],
        relaxations: &[Relaxation::TypJwtOrAbsent],
        kind: &[
            KindRule::Has("client_id"),
            KindRule::Has("scope"),
            KindRule::Has("jti"),
            KindRule::Lacks("nonce"),
            KindRule::Lacks("at_hash"),
        ],
        honours_resource: true,
        note: "AuthKit; the resource must be registered as an indicator. `typ` is unverified. Session tokens have no audience and are refused.",
        sources: &[
            Source { url: "https://workos.com/docs/authkit/mcp", date: "2026-11-26" },
            Source { url: "https://workos.com/docs/authkit/connect/token-claims", date: "2026-11-28" },
        ],
        ..PLAIN
    },
    Provider {
        name: "zitadel",
        issuer: "https://{domain}",
        algorithms: &[Alg::Rs256],
        binding: Binding::Named,
        relaxations: &[Relaxation::TypJwtOrAbsent, Relaxation::ClientIdOptional],
        kind: &[
            KindRule::Has("jti"),
            KindRule::Has("nbf"),
            KindRule::Lacks("at_hash"),
            KindRule::Lacks("c_hash"),
            KindRule::Lacks("nonce"),
            KindRule::Lacks("auth_time"),
        ],
        note: "The audience is the project's identifier, in ID tokens too; tokens have no scopes. ID tokens have no `jti` and no `nbf`.",
        sources: &[
            Source { url: "https://zitadel.com/docs/apis/openidoauth/claims", date: "2026-11-26" },
            Source { url: "https://github.com/zitadel/oidc/blob/main/pkg/oidc/token.go", date: "2026-11-28" },
        ],
        ..PLAIN
    },
];
