"""The forms of tokens that identity providers issue, by profile: an access token, its ID token, another client's or tenant's.

Made by hand after the pages that each profile names; the keys are those of tests/keys.
"""

from typing import Any

NOW = 1_700_000_000
TIMES = {"iat": NOW - 10, "exp": NOW + 600}
GUID, OTHER_GUID = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"
THIRD_GUID = "abcdef01-2345-6789-abcd-ef0123456789"
API = "https://api.example.com/mcp"
OIDC = {"nonce": "n-0S6_WzA2Mj", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "auth_time": NOW - 20}
JWT, AT = {"typ": "JWT"}, {"typ": "at+jwt"}
BARE: dict[str, Any] = {"typ": None}


def provider(
    name: str, access: dict[str, Any], identity: dict[str, Any], *, parameters: str = "", audience: str = API, clients: str = "", tenants: str = "",
    header: dict[str, Any] = JWT, id_header: dict[str, Any] | None = None, alg: str = "RS256", scopes: str = "", other: dict[str, Any], strange: str, identity_error: str = "token_kind_refused", key: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """`other` is what differs in the token of another client, project or tenant, and `strange` why that is refused."""
    policy = {"provider": f"{name} {parameters}".strip(), "audience": audience, "scopes": scopes, "algorithms": alg}
    policy |= {"client_binding": clients} if clients else {}
    policy |= {"tenants": tenants} if tenants else {}
    return {"name": name, "policy": policy, "access": TIMES | access, "id": TIMES | OIDC | identity, "plain": TIMES | identity | {name: access[name] for name in ("aud",) if name in access}, "other": TIMES | access | other, "header": header, "id_header": id_header or header, "alg": alg, "strange": strange, "identity_error": identity_error, "key": key or {}}


AUD, ISS, CLIENT = "audience_mismatch", "issuer_mismatch", "client_mismatch"
ENTRA = f"https://login.microsoftonline.com/{GUID}/v2.0"
ENTRA_TOKEN = {"aud": GUID, "iss": ENTRA, "tid": GUID, "ver": "2.0", "azp": "app-1", "azpacr": "1", "oid": "o-1", "sub": "s-1", "scp": "read write", "uti": "u", "nbf": NOW - 10}
ENTRA_ID = {"aud": GUID, "iss": ENTRA, "tid": GUID, "ver": "2.0", "oid": "o-1", "sub": "s-1", "preferred_username": "a@example.com", "roles": ["admin"]}
ENTRA_V1 = f"https://sts.windows.net/{GUID}/"
COGNITO = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example"
COGNITO_TOKEN = {"iss": COGNITO, "sub": "s-1", "client_id": "app-1", "token_use": "access", "scope": "api/read", "username": "alice", "jti": "j1", "version": 2, "auth_time": NOW - 20, "origin_jti": "o"}
COGNITO_UPDATED = COGNITO.replace("//", "//issuer-")
DESCOPE_MCP = "https://api.euc1.descope.com/v1/apps/agentic/P2abc/MS2abc"
KEYCLOAK = {"iss": "https://sso.example.com/realms/main", "sub": "s-1", "typ": "Bearer", "azp": "app-1", "jti": "j1", "sid": "x", "acr": "1", "scope": "read profile", "realm_access": {"roles": ["user"]}}
SUPABASE = {"iss": "https://abcdefgh.supabase.co/auth/v1", "sub": "s-1", "aud": "authenticated", "role": "authenticated", "client_id": "app-1", "session_id": "x", "aal": "aal1", "is_anonymous": False}

PROVIDERS = [
    provider("auth0", {"iss": "https://t.eu.auth0.com/", "aud": [API, "https://t.eu.auth0.com/userinfo"], "sub": "auth0|1", "client_id": "app-1", "jti": "j1", "scope": "read openid", "permissions": ["read"]},
             {"iss": "https://t.eu.auth0.com/", "aud": "app-1", "sub": "auth0|1"}, parameters="domain=t.eu.auth0.com", header=AT, id_header=JWT, identity_error=AUD, scopes="read", other={"aud": "https://other.example.com/"}, strange=AUD),
    provider("auth0-classic", {"iss": "https://t.eu.auth0.com/", "aud": [API, "https://t.eu.auth0.com/userinfo"], "sub": "auth0|1", "azp": "app-1", "scope": "read openid"},
             {"iss": "https://t.eu.auth0.com/", "aud": "app-1", "azp": "app-1", "sub": "auth0|1"}, parameters="domain=t.eu.auth0.com", identity_error=AUD, scopes="read", other={"aud": "https://other.example.com/"}, strange=AUD),
    provider("authentik", {"iss": "https://auth.example.com/application/o/mcp/", "aud": "app-1", "azp": "app-1", "uid": "u-1", "sub": "s-1", "jti": "j1", "scope": "read openid", "auth_time": NOW - 20, "acr": "goauthentik.io/providers/oauth2/default"},
             {"iss": "https://auth.example.com/application/o/mcp/", "aud": "app-1", "sub": "s-1"}, parameters="issuer=https://auth.example.com/application/o/mcp/", audience="app-1", other={"aud": "app-2", "azp": "app-2"}, strange=AUD),
    provider("better-auth", {"iss": "https://app.example.com/api/auth", "aud": API, "azp": "app-1", "sub": "s-1", "scope": "read", "sid": "x"},
             {"iss": "https://app.example.com/api/auth", "aud": "app-1", "sub": "s-1"}, parameters="issuer=https://app.example.com/api/auth", header=AT, id_header=JWT, alg="EdDSA", identity_error=AUD, other={"aud": "https://other.example.com"}, strange=AUD),
    provider("clerk", {"iss": "https://clerk.example.com", "sub": "user_1", "client_id": "app-1", "jti": "j1", "scope": "profile email", "nbf": NOW - 10},
             {"iss": "https://clerk.example.com", "aud": "app-1", "sub": "user_1"}, parameters="domain=clerk.example.com", audience="", clients="client_id app-1 app-2", header=AT, id_header=JWT, identity_error="claim_missing", scopes="profile", other={"client_id": "app-3"}, strange=CLIENT),
    provider("cloudflare-access", {"iss": "https://team.cloudflareaccess.com", "aud": ["f00d"], "email": "a@example.com", "type": "app", "identity_nonce": "x", "sub": "s-1", "country": "DE", "nbf": NOW - 10},
             {"iss": "https://team.cloudflareaccess.com", "aud": ["f00d"], "type": "org", "sub": "s-1"}, parameters="team=team", audience="f00d", header=BARE, other={"aud": ["beef"]}, strange=AUD),
    provider("cognito", COGNITO_TOKEN, {"iss": COGNITO, "aud": "app-1", "token_use": "id", "sub": "s-1", "cognito:username": "alice"}, parameters="region=eu-west-1 user_pool=eu-west-1_Example", audience="", clients="client_id app-1", header=BARE, identity_error="claim_missing", scopes="api/read", other={"client_id": "app-2"}, strange=CLIENT),
    provider("cognito-updated", COGNITO_TOKEN | {"iss": COGNITO_UPDATED}, {"iss": COGNITO_UPDATED, "aud": "app-1", "token_use": "id", "sub": "s-1", "cognito:username": "alice"}, parameters="region=eu-west-1 user_pool=eu-west-1_Example", audience="", clients="client_id app-1", header=BARE, identity_error="claim_missing", scopes="api/read", other={"iss": COGNITO_UPDATED.replace("Example", "Other")}, strange=ISS),
    provider("descope", {"iss": "https://api.descope.com/P2abc", "aud": ["P2abc", API], "sub": "U1", "azp": "app-1", "scope": "read"},
             {"iss": "https://api.descope.com/P2abc", "aud": ["P2abc"], "azp": "app-1", "sub": "U1"}, parameters="host=api.descope.com project=P2abc", identity_error=AUD, scopes="read", other={"iss": "https://api.descope.com/P9xyz"}, strange=ISS),
    provider("descope-mcp", {"iss": DESCOPE_MCP, "aud": ["app-1", "P2abc", API], "sub": "U1", "azp": "app-1", "scope": "read"},
             {"iss": DESCOPE_MCP, "aud": ["app-1", "P2abc"], "azp": "app-1", "sub": "U1"}, parameters="host=api.euc1.descope.com project=P2abc mcp_server=MS2abc", identity_error=AUD, scopes="read", other={"iss": DESCOPE_MCP.replace("MS2", "MS9")}, strange=ISS),
    provider("duende", {"iss": "https://ids.example.com", "aud": "mcp", "sub": "1", "client_id": "app-1", "jti": "j1", "scope": ["openid", "read"], "nbf": NOW - 10, "idp": "local", "amr": ["pwd"], "auth_time": NOW - 20},
             {"iss": "https://ids.example.com", "aud": "app-1", "sub": "1"}, parameters="issuer=https://ids.example.com", audience="mcp", header=AT, id_header=JWT, identity_error=AUD, scopes="read", other={"aud": "billing"}, strange=AUD),
    provider("entra", ENTRA_TOKEN, ENTRA_ID, parameters=f"tenant={GUID}", audience=GUID, scopes="", other={"iss": ENTRA.replace(GUID, OTHER_GUID), "tid": OTHER_GUID}, strange=ISS, key={"alg": None, "issuer": ENTRA}),
    provider("entra-tenants", ENTRA_TOKEN, ENTRA_ID, tenants=f"{GUID} {THIRD_GUID}", audience=GUID, scopes="read", other={"iss": ENTRA.replace(GUID, OTHER_GUID), "tid": OTHER_GUID}, strange=ISS, key={"alg": None, "issuer": ENTRA.replace(GUID, "{tenantid}")}),
    provider("entra-v1", {"aud": "api://mcp", "iss": ENTRA_V1, "tid": GUID, "ver": "1.0", "appid": "app-1", "appidacr": "1", "sub": "s-1", "scp": "read", "nbf": NOW - 10},
             {"aud": "api://mcp", "iss": ENTRA_V1, "tid": GUID, "ver": "1.0", "sub": "s-1"}, parameters=f"tenant={GUID}", audience="api://mcp", other={"aud": "api://other"}, strange=AUD),
    provider("fusionauth", {"iss": "https://fa.example.com", "aud": GUID, "sub": "s-1", "jti": "j1", "applicationId": GUID, "scope": "openid read", "gty": ["authorization_code"], "auth_time": NOW - 20},
             {"iss": "https://fa.example.com", "aud": GUID, "sub": "s-1", "jti": "j2", "gty": ["authorization_code"], "scope": "openid read"}, parameters="issuer=https://fa.example.com", audience=GUID, scopes="read", other={"aud": OTHER_GUID}, strange=AUD),
    provider("github-actions", {"iss": "https://token.actions.githubusercontent.com", "aud": API, "sub": "repo:acme/app:ref:refs/heads/main", "repository": "acme/app", "repository_owner": "acme", "repository_owner_id": "1", "jti": "j1", "nbf": NOW - 10},
             {"iss": "https://token.actions.githubusercontent.com", "aud": API, "sub": "x", "repository_owner": "acm"}, audience=API, clients="repository_owner acme", identity_error=CLIENT, other={"repository_owner": "mallory", "repository": "mallory/app"}, strange=CLIENT),
    provider("gitlab", {"iss": "https://gitlab.com", "aud": API, "sub": "project_path:acme/app:ref_type:branch:ref:main", "namespace_path": "acme", "project_path": "acme/app", "jti": "j1", "nbf": NOW - 10},
             {"iss": "https://gitlab.com", "aud": API, "sub": "1"}, parameters="issuer=https://gitlab.com", clients="namespace_path acme", identity_error="claim_missing", other={"namespace_path": "mallory", "project_path": "mallory/app"}, strange=CLIENT),
    provider("hydra", {"iss": "https://hydra.example.com/", "aud": [API], "sub": "s-1", "client_id": "app-1", "scp": ["read", "offline"], "ext": {}, "jti": "j1", "nbf": NOW - 10},
             {"iss": "https://hydra.example.com/", "aud": ["app-1"], "sub": "s-1"}, parameters="issuer=https://hydra.example.com/", identity_error=AUD, scopes="read", other={"aud": []}, strange=AUD),
    provider("keycloak", KEYCLOAK | {"aud": [API, "account"]}, {"iss": KEYCLOAK["iss"], "aud": "app-1", "azp": "app-1", "typ": "ID", "sub": "s-1"}, parameters="server=https://sso.example.com realm=main", identity_error=AUD, scopes="read", other={"aud": "account"}, strange=AUD),
    provider("kubernetes", {"iss": "https://kubernetes.default.svc.cluster.local", "aud": [API], "sub": "system:serviceaccount:default:agent", "jti": "j1", "kubernetes.io": {"namespace": "default", "serviceaccount": {"name": "agent"}}, "nbf": NOW - 10},
             {"iss": "https://kubernetes.default.svc.cluster.local", "aud": [API], "sub": "x"}, parameters="issuer=https://kubernetes.default.svc.cluster.local", header=BARE, other={"aud": ["https://kubernetes.default.svc"]}, strange=AUD),
    provider("logto", {"iss": "https://t.logto.app/oidc", "aud": API, "sub": "s-1", "client_id": "app-1", "jti": "j1", "scope": "read"},
             {"iss": "https://t.logto.app/oidc", "aud": "app-1", "sub": "s-1"}, parameters="domain=t.logto.app", header=AT, id_header=JWT, alg="ES384", identity_error=AUD, scopes="read", other={"aud": "https://other.example.com"}, strange=AUD),
    provider("okta", {"iss": "https://d.okta.com/oauth2/default", "aud": "api://default", "sub": "a@example.com", "ver": 1, "jti": "AT.1", "cid": "app-1", "uid": "00u1", "scp": ["openid", "read"], "auth_time": NOW - 20},
             {"iss": "https://d.okta.com/oauth2/default", "aud": "app-1", "sub": "00u1", "ver": 1, "jti": "ID.1"}, parameters="domain=d.okta.com authorization_server=default", audience="api://default", header=BARE, identity_error=AUD, scopes="read", other={"iss": "https://d.okta.com/oauth2/other"}, strange=ISS),
    provider("ping", {"iss": "https://auth.pingone.eu/e-1/as", "aud": [API], "sub": "s-1", "client_id": "app-1", "jti": "j1", "scope": "read", "env": "e-1"},
             {"iss": "https://auth.pingone.eu/e-1/as", "aud": "app-1", "client_id": "app-1", "sub": "s-1"}, parameters="region=eu environment=e-1", header=BARE, identity_error=AUD, scopes="read", other={"aud": ["https://api.pingone.eu"]}, strange=AUD),
    provider("rauthy", {"iss": "https://rauthy.example.com/auth/v1", "aud": "mcp", "azp": "app-1", "typ": "Bearer", "sub": "s-1", "scope": "openid read", "nbf": NOW - 10},
             {"iss": "https://rauthy.example.com/auth/v1", "aud": "mcp", "azp": "mcp", "typ": "Id", "sub": "s-1"}, parameters="issuer=https://rauthy.example.com/auth/v1", audience="mcp", alg="EdDSA", other={"aud": "other"}, strange=AUD),
    provider("scalekit", {"iss": "https://acme.scalekit.dev", "aud": ["res_123"], "sub": "s-1", "client_id": "app-1", "jti": "j1", "scope": "read", "nbf": NOW - 10},
             {"iss": "https://acme.scalekit.dev", "aud": ["app-1"], "client_id": "app-1", "sub": "s-1"}, parameters="environment=acme.scalekit.dev resource_id=res_123", audience="res_123", identity_error=AUD, scopes="read", other={"aud": ["res_456"]}, strange=AUD),
    provider("spring", {"iss": "https://as.example.com", "aud": "app-1", "sub": "alice", "jti": "j1", "scope": ["openid", "read"], "nbf": NOW - 10},
             {"iss": "https://as.example.com", "aud": "app-1", "azp": "app-1", "sub": "alice", "sid": "x"}, parameters="issuer=https://as.example.com", audience="app-1", header=BARE, other={"aud": "app-2"}, strange=AUD),
    provider("stytch", {"iss": "https://login.example.com", "aud": ["project-live-1"], "sub": "user-1", "client_id": "app-1", "jti": "j1", "scope": "openid read", "nbf": NOW - 10},
             {"iss": "https://login.example.com", "aud": ["project-live-1"], "sub": "user-1", "https://stytch.com/session": {"id": "x"}}, parameters="domain=login.example.com", audience="project-live-1", other={"aud": ["project-live-2"]}, strange=AUD),
    provider("supabase", SUPABASE, {"iss": SUPABASE["iss"], "aud": "app-1", "client_id": "app-1", "sub": "s-1"}, parameters="project=abcdefgh", audience="authenticated", clients="client_id app-1", alg="ES256", identity_error=AUD, other={"client_id": "app-2"}, strange=CLIENT),
    provider("uaa", {"iss": "https://uaa.example.com/oauth/token", "aud": ["mcp", "app-1"], "sub": "s-1", "client_id": "app-1", "cid": "app-1", "azp": "app-1", "grant_type": "authorization_code", "jti": "j1", "rev_sig": "a", "scope": ["openid", "mcp.read"], "zid": "uaa"},
             {"iss": "https://uaa.example.com/oauth/token", "aud": ["mcp", "app-1"], "azp": "app-1", "client_id": "app-1", "cid": "app-1", "grant_type": "authorization_code", "jti": "j2", "sub": "s-1", "scope": ["openid"], "email_verified": True}, parameters="issuer=https://uaa.example.com/oauth/token", audience="mcp", scopes="mcp.read", other={"aud": []}, strange=AUD),
    provider("workos", {"iss": "https://acme.authkit.app", "aud": API, "sub": "user_1", "client_id": "app-1", "jti": "j1", "scope": "read openid", "sid": "x"},
             {"iss": "https://acme.authkit.app", "aud": "app-1", "client_id": "app-1", "sub": "user_1"}, parameters="domain=acme.authkit.app", header=BARE, identity_error=AUD, scopes="read", other={"aud": "client_other"}, strange=AUD),
    provider("zitadel", {"iss": "https://acme.zitadel.cloud", "aud": ["app-1", "app-2", "project-1"], "sub": "s-1", "jti": "V1_1", "nbf": NOW - 10, "urn:zitadel:iam:org:project:roles": {"admin": {"o": "x"}}},
             {"iss": "https://acme.zitadel.cloud", "aud": ["app-1", "app-2", "project-1"], "azp": "app-1", "client_id": "app-1", "sub": "s-1", "amr": ["pwd"]}, parameters="domain=acme.zitadel.cloud", audience="project-1", other={"aud": ["app-9", "project-9"]}, strange=AUD),
]
