"""A provider by its name: what its tokens look like is the profile's, and what is wrong is told at once."""

import json
from typing import Any

import pytest
from fastmcp import FastMCP
from mcp.shared.exceptions import MCPError

from doorward import DoorwardError, Policy, Provider
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.testing import Issuer, connect

RESOURCE = "https://mcp.test/mcp"
TENANT = "11111111-2222-3333-4444-555555555555"
KEYCLOAK = {"server": "https://sso.test", "realm": "main"}
PING = {"region": "eu", "environment": "e"}
ENTRA = f"https://login.microsoftonline.com/{TENANT}/v2.0"


def whoami(auth: RemoteOAuth) -> FastMCP[Any]:
    server = FastMCP("notes", auth=auth)

    @server.tool
    def whoami() -> str:
        principal = get_principal()
        return f"{principal.client_id} {principal.scopes}" if principal else "nobody"

    return server


async def test_entra_s_tokens_get_in_by_its_name() -> None:
    issuer = Issuer(provider="entra", parameters={"tenant": TENANT})
    auth = RemoteOAuth(
        provider="entra",
        parameters={"tenant": TENANT},
        resource=RESOURCE,
        audience="api-id",
        scopes="notes.read",
        scope_prefix="api://api-id/",
        client=issuer.client,
    )
    document = json.loads(auth._server.metadata.document({"type": "http", "headers": []}))
    assert document["authorization_servers"] == [ENTRA] and document["scopes_supported"] == ["api://api-id/notes.read"]
    async with connect(whoami(auth), issuer.token("api-id", "notes.read", azp="app-1")) as client:
        assert (await client.call_tool("whoami")).data == "app-1 ['notes.read']"
    identity = issuer.token("api-id", form="id_token", tid=TENANT, ver="2.0", roles=["admin"])
    other = issuer.token("api-id", "notes.read", iss="https://login.microsoftonline.com/other/v2.0")
    for token in (identity, other, issuer.token("api-id", "notes.read", azp=None)):
        with pytest.raises(MCPError):
            async with connect(whoami(auth), token):
                pass


async def test_clients_stand_in_for_an_audience() -> None:
    parameters = {"region": "eu-west-1", "user_pool": "eu-west-1_Example"}
    issuer = Issuer(provider="cognito", parameters=parameters)
    auth = RemoteOAuth(
        provider="cognito", parameters=parameters, resource=RESOURCE, clients=["client"], client=issuer.client
    )
    good = issuer.token(RESOURCE, aud=None)
    assert (await auth.authenticate(good)).client_id == "client"
    for claims, name in (
        ({"token_use": "id"}, "token_kind_refused"),
        ({"client_id": "x"}, "client_mismatch"),
    ):
        said: dict[str, Any] = {"aud": None, **claims}
        with pytest.raises(DoorwardError) as refusal:
            await auth.authenticate(issuer.token(RESOURCE, **said))
        assert refusal.value.name == name
    by_audience = RemoteOAuth(provider="cognito", parameters=parameters, resource=RESOURCE, client=issuer.client)
    assert await by_audience.authenticate(issuer.token(RESOURCE))
    with pytest.raises(DoorwardError):
        await by_audience.authenticate(good)


def test_a_profile_says_where_keys_and_tokens_are() -> None:
    access = Provider("cloudflare-access")
    assert access.header == "Cf-Access-Jwt-Assertion"
    assert access.jwks_uri({"team": "t"}) == "https://t.cloudflareaccess.com/cdn-cgi/access/certs"
    auth = RemoteOAuth(provider="cloudflare-access", parameters={"team": "t"}, resource=RESOURCE, audience="f00d")
    assert auth._server.header == access.header
    assert Provider("cognito").jwks_uri({"region": "r", "user_pool": "p"}) is None
    entra = Provider("entra-tenants")
    assert (entra.tenant_claim, entra.client_claim, entra.scope_source) == ("tid", "azp", "scp")
    assert entra.token_issuers() == ["https://login.microsoftonline.com/{tid}/v2.0"]
    assert entra.issuer() == "https://login.microsoftonline.com/organizations/v2.0"
    assert entra.kind[:3] == (("has_one_of", "scp", "roles"), ("has", "azp"), ("is", "ver", "2.0"))
    scalekit = {"environment": "e.example", "resource_id": "r"}
    assert Provider("scalekit").token_issuers(scalekit) == [
        "https://e.example",
        "https://e.example/resources/r",
    ]
    assert Provider("logto").token_issuers({"domain": "d.example"}) == ["https://d.example/oidc"]
    assert Provider("supabase").audience == "authenticated" and Provider("logto").audience is None
    assert Provider("logto").algorithms == ("ES384", "RS256")
    with pytest.raises(DoorwardError, match="provider_parameter_invalid"):
        Provider("scalekit").issuer({"environment": "../x", "resource_id": "r"})
    assert sorted(Provider.names()) == Provider.names()
    for name in Provider.names():
        assert Provider(name).sources and Provider(name).note and repr(Provider(name)) == f'Provider("{name}")'


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"provider": "nobody"}, "provider: must be one of auth0, auth0-classic, "),
        ({"provider": "entra"}, "parameters: entra needs tenant"),
        ({"provider": "entra", "parameters": {"domain": "x"}}, "parameters: entra needs tenant"),
        ({"provider": "spring", "issuer": "https://a.test"}, "issuer: the provider's profile says that; leave it out"),
        ({"issuer": "https://a.test", "clients": ["a"]}, "clients: only with provider"),
        (
            {"provider": "auth0", "parameters": {"domain": "https://x.test"}},
            "parameters: .* parameter=domain wanted=let",
        ),
        ({"provider": "auth0", "parameters": {"domain": "x.test/"}}, "parameters: .* parameter=domain wanted=letters"),
        (
            {"provider": "entra", "parameters": {"tenant": "common"}},
            "parameters: .* parameter=tenant wanted=the tenant's identifier, a UUID in lower case",
        ),
        (
            {"provider": "entra", "parameters": {"tenant": "contoso.onmicrosoft.com"}},
            "parameters: .* parameter=tenant ",
        ),
        (
            {"provider": "entra-tenants", "audience": "a", "tenants": [TENANT, f"{TENANT} "]},
            "tenants: .* parameter=tenants wanted=the tenant's identifier, a UUID in lower case",
        ),
        ({"provider": "entra-tenants", "audience": "a", "tenants": [""]}, "tenants: .* wanted=the tenant's identifier"),
        ({"provider": "entra-tenants", "audience": "a", "tenants": [TENANT] * 65}, "tenants: issuer_invalid"),
        ({"provider": "keycloak", "parameters": KEYCLOAK | {"realm": "My Realm"}}, "parameter=realm wanted=letters, "),
        ({"provider": "keycloak", "parameters": KEYCLOAK | {"server": "https://a.test/"}}, "server wanted=.* slash at"),
        ({"provider": "keycloak", "parameters": KEYCLOAK, "clients": []}, "clients: clients_invalid; expected"),
        ({"provider": "keycloak", "parameters": KEYCLOAK, "audience": []}, "audience: audience_invalid"),
        ({"provider": "keycloak", "parameters": KEYCLOAK, "tenants": ["a"]}, "tenants: .* wanted=none"),
        ({"provider": "keycloak", "parameters": KEYCLOAK, "tenants": [""]}, "tenants: .* wanted=none"),
        (
            {"provider": "supabase", "parameters": {"project": "p"}, "clients": ["c"], "audience": "x"},
            "audience: audience_invalid; expected the one that all its tokens have",
        ),
        (
            {"provider": "ping", "parameters": PING, "scopes": "admin", "scope_source": "roles"},
            "scope_source: scope_source_invalid; expected the profile's own",
        ),
        ({"provider": "ping", "parameters": PING}, "scopes: provider_needs_scope; expected one other than"),
    ],
)
def test_what_is_wrong_is_reported_by_name(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises((DoorwardError, ValueError), match=reason):
        RemoteOAuth(resource=RESOURCE, **settings)


@pytest.mark.parametrize(
    ("arguments", "options", "name"),
    [
        (("entra", {"tenant": "../x"}, "a"), {}, "provider_parameter_invalid"),
        (("clerk", {"domain": "c.test"}, "a"), {}, "clients_invalid"),
        (("clerk", {"domain": "c.test"}), {"resource": "https://mcp.test/mcp"}, "clients_invalid"),
        (("spring", {"issuer": "https://a.test"}), {"clients": ["a"]}, "audience_invalid"),
        (("fusionauth", {"issuer": "https://a.test"}, "a"), {}, "provider_needs_scope"),
        (("uaa", {"issuer": "https://a.test"}, "a"), {"required_scopes": "openid"}, "provider_needs_scope"),
        (("entra", {"tenant": "Common"}, "a"), {}, "provider_parameter_invalid"),
        (("spring", {"issuer": "https://a.test"}), {"resource": "https://mcp.test/mcp"}, "audience_invalid"),
        (("entra-tenants", {}, "a"), {}, "provider_parameter_invalid"),
        (("keycloak", KEYCLOAK, "a"), {"clients": []}, "clients_invalid"),
        (("keycloak", KEYCLOAK, []), {"resource": RESOURCE}, "audience_invalid"),
        (("keycloak", KEYCLOAK, []), {"clients": ["c"]}, "audience_invalid"),
        (("keycloak", KEYCLOAK | {"server": "https://sso.test/"}, "a"), {}, "provider_parameter_invalid"),
        (("ping", PING, "a"), {"required_scopes": "x", "scope_source": "roles"}, "scope_source_invalid"),
        (("github-actions", {}, "a"), {}, "clients_invalid"),
    ],
)
def test_what_a_provider_needs_is_demanded(arguments: Any, options: Any, name: str) -> None:
    with pytest.raises(DoorwardError) as refusal:
        Policy.of_provider(*arguments, **options)
    assert refusal.value.name == name
