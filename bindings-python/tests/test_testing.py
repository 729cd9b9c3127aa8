"""What authors test their servers with."""

import inspect
import re
from pathlib import Path
from typing import Any, get_args

import jwt
import pytest
from fastmcp import FastMCP
from mcp.shared.exceptions import MCPError

from doorward import DoorwardError, Policy, Provider
from doorward.check import IssuerError
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.mcp import DoorwardVerifier
from doorward.testing import Form, Issuer, connect

pytest_plugins = "doorward.testing"
RESOURCE = "https://mcp.test/mcp"


def server(issuer: Issuer, **options: Any) -> FastMCP[Any]:
    auth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, scopes="notes:read", client=issuer.client, **options)
    server = FastMCP("notes", auth=auth)

    @server.tool
    def whoami() -> str:
        principal = get_principal()
        return f"{principal.subject}" if principal else "nobody"

    return server


async def test_a_client_of_a_protected_server(issuer: Issuer) -> None:
    async with connect(server(issuer), issuer.token(RESOURCE, "notes:read", sub="bob")) as client:
        assert (await client.call_tool("whoami")).data == "bob"
    for token in (None, issuer.token(RESOURCE), issuer.token("https://other.test/mcp", "notes:read")):
        with pytest.raises(MCPError):
            async with connect(server(issuer), token):
                pass
    assert issuer.fetches[-1] == issuer.jwks_uri


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
async def test_rotation_and_outage(algorithm: Any) -> None:
    now = 4_000_000_000
    issuer = Issuer("https://issuer.test/tenant", algorithm=algorithm, clock=lambda: now)
    auth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, client=issuer.client, clock=lambda: now)
    await auth.check()
    old = issuer.token(RESOURCE)
    assert await auth.verify_token(old) is not None
    issuer.rotate(keep=1)
    now += 60
    assert await auth.verify_token(issuer.token(RESOURCE)) is not None
    assert await auth.verify_token(old) is not None, "still published"
    issuer.rotate()
    now += 60
    assert await auth.verify_token(issuer.token(RESOURCE)) is not None
    with pytest.raises(DoorwardError):
        await auth.authenticate(old)
    issuer.down = True
    issuer.rotate()
    now += 60
    with pytest.raises(DoorwardError, match="keys_unavailable"):
        await auth.authenticate(issuer.token(RESOURCE))
    with pytest.raises(IssuerError, match="cannot be reached, ConnectError the issuer is down"):
        await auth.check()


async def test_each_form_is_accepted_where_it_is_named_and_nowhere_else(issuer: Issuer) -> None:
    relax: dict[str, Any] = {"relax": ["typ_jwt_or_absent"]}
    binding = {"audience": None, "client_binding": ("client_id", ["client"])}
    accepts: dict[Form, dict[str, Any]] = {
        "rfc9068": {},
        "typ_jwt": relax,
        "scope_list": relax | {"scope_source": "scope_list"},
        "scp_list": relax | {"scope_source": "scp"},
        "scp_text": {"relax": ["typ_jwt_or_absent", "scp_text"], "scope_source": "scp"},
        "no_audience": relax | binding,
    }
    assert {*accepts, "id_token"} == set(get_args(Form))
    for form, options in accepts.items():
        settings = {"audience": RESOURCE, "required_scopes": "a"} | options
        verifier = DoorwardVerifier(Policy.mcp(issuer.url, **settings), client=issuer.client)
        assert await verifier.verify_token(issuer.token(RESOURCE, "a", form=form)) is not None, form
        assert await verifier.verify_token(issuer.token(RESOURCE, "a", form="id_token")) is None
        strict = DoorwardVerifier(Policy.mcp(issuer.url, RESOURCE, required_scopes="a"), client=issuer.client)
        known = await strict.verify_token(issuer.token(RESOURCE, "a", form=form))
        assert (known is not None) == (form == "rfc9068")


def chosen(name: str) -> dict[str, Any]:
    tenant = "11111111-2222-3333-4444-555555555555"
    values = {"issuer": "https://id.test/x", "server": "https://id.test", "tenant": tenant}
    return {each: values.get(each, "x-1") for each in Provider(name).parameters}


def auth_of(name: str, issuer: Issuer, **options: Any) -> RemoteOAuth:
    provider = Provider(name)
    settings: dict[str, Any] = {"parameters": chosen(name), "scopes": "read"}
    if provider.binding in ("client", "both", "fixed"):
        settings["clients"] = ["client"]
    if provider.binding == "named":
        settings["audience"] = RESOURCE
    if provider.tenant_claim is not None:
        settings["tenants"] = [issuer.tenant]
    settings |= {"resource": RESOURCE, "client": issuer.client, "clock": issuer.clock} | options
    return RemoteOAuth(provider=name, **settings)


NEED_SCOPES = {"auth0-classic", "descope", "descope-mcp", "fusionauth", "ping", "scalekit", "uaa"}


@pytest.mark.parametrize("name", Provider.names())
async def test_tokens_and_keys_of_every_provider(name: str) -> None:
    now = 4_000_000_000
    issuer = Issuer(provider=name, parameters=chosen(name), clock=lambda: now)
    auth = auth_of(name, issuer)
    known = await auth.verify_token(issuer.token(RESOURCE, "read write"))
    assert known is not None and known.scopes[:2] == ["read", "write"] and known.subject == "alice"
    assert await auth.verify_token(issuer.token(RESOURCE, "other")) is None
    unscoped = auth if name in NEED_SCOPES else auth_of(name, issuer, scopes=[])
    said = jwt.decode(issuer.token(RESOURCE), options={"verify_signature": False})
    source = Provider(name).scope_source.removesuffix("_list")
    assert not said.get(source) and not said.get("scope"), "no scope was asked for"
    if name not in NEED_SCOPES:
        known = await unscoped.verify_token(issuer.token(RESOURCE))
        assert known is not None and known.scopes in ([], ["role"]), "without scopes"
    # Of the client, audience and tenant that count, so that what refuses it is what tells ID tokens.
    who = Provider(name).client_claim, Provider(name).tenant_claim, "aud"
    alike: dict[str, Any] = {each: said.get(each) for each in who if each}
    if name == "github-actions":
        alike = {}  # A workflow has one kind of token, of which the owner is all.
    with pytest.raises(DoorwardError) as refusal:
        await unscoped.authenticate(issuer.token(RESOURCE, "read", form="id_token", **alike))
    assert refusal.value.name in (
        *("token_kind_refused", "typ_refused", "insufficient_scope"),
        *(("claim_missing",) if name == "github-actions" else ()),
    ), "an ID token"
    now += 60
    strange = Issuer(provider=name, parameters=chosen(name), clock=lambda: now)
    assert await unscoped.verify_token(strange.token(RESOURCE, "read")) is None, "another's key"
    client: dict[str, Any] = {Provider(name).client_claim: "another"}
    bound = Provider(name).binding in ("client", "both", "fixed")
    assert (await unscoped.verify_token(issuer.token(RESOURCE, "read", **client)) is None) == bound
    if not bound:
        assert await unscoped.verify_token(issuer.token("https://other.test/mcp", "read")) is None
    issuer.rotate()
    now += 60
    assert await auth.verify_token(issuer.token(RESOURCE, "read")) is not None
    issuer.down = True
    issuer.rotate()
    now += 60
    with pytest.raises(DoorwardError, match="keys_unavailable"):
        await auth.authenticate(issuer.token(RESOURCE, "read"))


def test_a_provider_s_tokens_have_the_typ_that_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "providers.md").read_text()
    recipes = {name: text for name, text in re.findall(r"^## `(.*?)`$(.*?)(?=^## |\Z)", page, re.M | re.S)}
    without = [name for name, text in recipes.items() if re.search(r"there is (no|neither) `typ`", text)]
    assert "cognito" in without
    for name in Provider.names():
        issuer = Issuer(provider=name, parameters=chosen(name))
        typ = jwt.get_unverified_header(issuer.token(RESOURCE, "read")).get("typ")
        assert (typ is None) == (name in without), name
        if "it writes `typ: JWT`" in recipes[name]:
            assert typ == "JWT", name


@pytest.mark.parametrize("provider", [None, "cognito"])
def test_an_id_token_is_for_the_audience_that_is_named(provider: str | None) -> None:
    issuer = Issuer(provider=provider, parameters=chosen(provider) if provider else None)
    for form in ("id_token", "rfc9068"):
        payload = jwt.decode(issuer.token(RESOURCE, form=form), options={"verify_signature": False})
        assert payload["aud"] == RESOURCE, form


def test_help_says_what_an_issuer_s_url_and_client_are_for() -> None:
    for name in ("url", "client", "key", "key_id"):
        assert inspect.getdoc(getattr(Issuer, name)), name


def test_what_no_provider_is_is_reported() -> None:
    with pytest.raises(ValueError, match=r"^provider: must be one of "):
        Issuer(provider="nobody")
    with pytest.raises(ValueError, match=r"^parameters: entra needs tenant"):
        Issuer(provider="entra")


async def test_tokens_that_are_wrong_in_one_thing(issuer: Issuer) -> None:
    auth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, client=issuer.client)
    for token, says in (
        (issuer.token(RESOURCE, expires_in=-100), "token_expired"),
        (issuer.token(RESOURCE, exp=None), "claim_missing"),
        (issuer.token(RESOURCE, header={"typ": "JWT"}), "typ_refused"),
        (issuer.sign({"iss": issuer.url}, key=Issuer().key), "signature_invalid"),
    ):
        with pytest.raises(DoorwardError, match=says):
            await auth.authenticate(token)
