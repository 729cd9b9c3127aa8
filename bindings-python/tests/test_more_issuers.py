"""A server that trusts several issuers, each by keys of its own."""

import logging
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP

from doorward import DoorwardError, Peppers, Policy, bearer_token
from doorward._core import named_policy
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth, RemoteOAuth
from doorward.introspection import Introspection
from doorward.mcp import ApiKeyVerifier, DoorwardVerifier
from doorward.refusals import Expected, Refusals
from doorward.store.memory import MemoryStore
from doorward.testing import Issuer

RESOURCE = "https://mcp.example.com/mcp"
NOW = 4_000_000_000
BODY = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


class World:
    """Two issuers, and what trusts both."""

    def __init__(self, **options: Any) -> None:
        self.now = NOW
        self.ours = Issuer("https://ours.example", clock=lambda: self.now)
        self.theirs = Issuer("https://theirs.example", clock=lambda: self.now)
        more = {"issuer": self.theirs.url, "client": self.theirs.client} | options.pop("more", {})
        settings: dict[str, Any] = {
            "issuer": self.ours.url,
            "client": self.ours.client,
            "resource": RESOURCE,
            "scopes": "read",
            "more_issuers": [more],
            "clock": lambda: self.now,
        }
        self.options = settings | options
        self.auth = RemoteOAuth(**self.options)

    async def error(self, token: str) -> str:
        try:
            await self.auth.authenticate(token)
        except DoorwardError as error:
            return error.name
        return "-"

    async def status(self, token: str) -> httpx.Response:
        app = FastMCP("notes", auth=self.auth).http_app(stateless_http=True, json_response=True)
        async with app.lifespan(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com") as client:
                accept = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {token}"}
                return await client.post("/mcp", json=BODY, headers=accept)


async def test_each_issuer_s_tokens_get_in_by_its_own_keys() -> None:
    world = World()
    for issuer, other in ((world.ours, world.theirs), (world.theirs, world.ours)):
        token = issuer.token(RESOURCE, "read")
        for _ in range(2):
            known = await world.auth.authenticate(token)
            assert known.claims["iss"] == issuer.url and known.resource == RESOURCE and known.scopes == ["read"]
        assert await world.error(issuer.token(RESOURCE, "read", iss=other.url)) != "-", "another's key"
        assert await world.error(issuer.token("https://other.example", "read")) == "audience_mismatch"
        assert await world.error(issuer.token(RESOURCE, "other")) == "insufficient_scope"
    both = DoorwardVerifier(**world.options)
    assert await both.verify_token(world.theirs.token(RESOURCE, "read")) is not None
    await world.auth.check()
    await both.check()


async def test_a_strange_token_costs_no_issuer_a_fetch() -> None:
    world = World()
    strange = Issuer("https://strange.example", clock=lambda: world.now)
    assert await world.error(strange.token(RESOURCE, "read")) == "issuer_unknown"
    assert await world.error("a.b.c") not in ("-", "keys_unavailable")
    assert not world.ours.fetches and not world.theirs.fetches


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Among how many policies a token's was looked for, each time."""
    looks: list[int] = []

    def counted(token: str, policies: Sequence[Policy]) -> int | None:
        looks.append(len(policies))
        return named_policy(token, policies)

    for module in ("refusals", "resource_server"):
        monkeypatch.setattr(f"doorward.{module}.named_policy", counted)
    return looks


async def test_a_token_is_read_no_oftener_where_there_are_more_issuers(looks: list[int]) -> None:
    world = World()
    others = [{"issuer": f"https://{number}.example", "client": world.theirs.client} for number in range(7)]
    tokens = [world.theirs.token(RESOURCE, "read", iss=f"https://{name}.example") for name in ("theirs", "strange")]
    for more in ([], others):
        auth = RemoteOAuth(**world.options | {"more_issuers": [*more, *world.options["more_issuers"]]})
        assert [await auth.verify_token(token) is None for token in tokens] == [False, True]
        # For whose it is, once each; for the log, of the one that is refused.
        assert looks == [2 + len(more)] * 3
        looks.clear()


def test_a_refusal_that_nobody_reads_costs_no_look_at_the_token(
    looks: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    policies = [Policy.mcp(f"https://{number}.example", RESOURCE) for number in range(8)]
    token = Issuer("https://7.example", clock=lambda: NOW).token(RESOURCE, "read")
    with pytest.raises(DoorwardError) as raised:
        bearer_token([b"Bearer"])
    refusals = Refusals(list(map(Expected, policies)))
    with caplog.at_level(logging.WARNING, "doorward"):
        refusals.log(raised.value, token, ours=False)
        assert not looks, "its level is not logged"
        for _ in range(10 * Refusals.MOST):
            refusals.log(raised.value, token)
        assert looks == [8] * Refusals.MOST and len(caplog.records) == Refusals.MOST
    reported: list[Any] = []
    Refusals(list(map(Expected, policies)), reported.append).log(raised.value, token, ours=None)
    assert looks == [8] * (Refusals.MOST + 1)
    assert [(each["issuer"], each["issuers"]) for each in reported] == [("https://7.example", ("https://7.example",))]


def test_the_policy_that_a_token_names_is_one_of_any_number() -> None:
    policies = [Policy.mcp(f"https://{number}.example", RESOURCE) for number in range(3)]
    for number in range(4):
        token = Issuer(f"https://{number}.example", clock=lambda: NOW).token(RESOURCE, "read")
        assert named_policy(token, policies) == (number if number < 3 else None)
        assert named_policy(token, policies[:1]) == (0 if number == 0 else None)
        assert named_policy(token, []) is None
    for wrong in ("", "a.b.c", "x" * 100_000):
        assert named_policy(wrong, policies) is None and named_policy(wrong, policies[:1]) is None


async def test_an_outage_is_one_issuer_s_own() -> None:
    world = World()
    world.theirs.down = True
    token = world.theirs.token(RESOURCE, "read")
    assert await world.error(token) == "keys_unavailable"
    response = await world.status(token)
    assert response.status_code == 503 and "retry-after" in response.headers
    assert await world.error(world.ours.token(RESOURCE, "read")) == "-"
    assert (await world.status(world.ours.token(RESOURCE, "read"))).status_code == 200
    fetches = len(world.theirs.fetches)
    assert await world.error(token) == "keys_unavailable"
    assert len(world.theirs.fetches) == fetches, "its cool-down"
    world.theirs.down = False
    world.now += 60
    assert await world.error(world.theirs.token(RESOURCE, "read")) == "-"
    world.theirs.rotate()
    world.now += 60
    before = len(world.ours.fetches)
    assert await world.error(world.theirs.token(RESOURCE, "read")) == "-"
    assert len(world.ours.fetches) == before


async def test_metadata_names_every_issuer() -> None:
    world = World()
    app = FastMCP("notes", auth=world.auth).http_app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://mcp.example.com") as client:
        document = (await client.get("/.well-known/oauth-protected-resource/mcp")).json()
    assert document["authorization_servers"] == [world.ours.url, world.theirs.url]


async def test_a_profile_is_one_issuer_s_own() -> None:
    parameters = {"server": "https://sso.example.com", "realm": "main"}
    keycloak = Issuer(provider="keycloak", parameters=parameters, clock=lambda: NOW)
    more = {"issuer": None, "provider": "keycloak", "parameters": parameters, "client": keycloak.client}
    world = World(more=more)
    assert await world.error(keycloak.token(RESOURCE, "read")) == "-"
    assert await world.error(keycloak.token(RESOURCE, "read", form="id_token")) != "-"
    # What is relaxed for one is not for the other.
    assert await world.error(world.ours.token(RESOURCE, "read", header={"typ": "JWT"})) == "typ_refused"


async def test_the_log_compares_a_token_with_its_own_issuer(caplog: pytest.LogCaptureFixture) -> None:
    refusals: list[Any] = []
    world = World(more={"audience": "api-2"}, on_refusal=refusals.append)
    assert await world.auth.verify_token(world.theirs.token(RESOURCE, "read")) is None
    assert refusals[-1]["expected"]["aud"] == "api-2" and refusals[-1]["issuer"] == world.theirs.url
    caplog.clear()
    with caplog.at_level(logging.INFO, "doorward"):
        assert await world.auth.verify_token(Issuer("https://strange.example").token(RESOURCE, "read")) is None
    assert refusals[-1]["expected"]["iss"] == f"{world.ours.url} or {world.theirs.url}"
    assert not [record for record in caplog.records if record.levelno > logging.INFO], "another's token, maybe"


async def test_beside_keys_it_is_the_token_s_own_issuer_too() -> None:
    refusals: list[Any] = []
    world = World(more={"audience": "api-2"}, on_refusal=refusals.append)
    keys, token = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32))), world.theirs.token("other", "read")
    for auth in (ApiKeyAuth(keys, oauth=world.auth), ApiKeyVerifier(keys, oauth=DoorwardVerifier(**world.options))):
        assert await auth.verify_token(token) is None
        assert refusals.pop()["expected"]["aud"] == "api-2"


async def test_opaque_tokens_are_the_first_issuer_s() -> None:
    issuer = Issuer("https://ours.example", clock=lambda: NOW)
    introspection = Introspection(
        issuer.introspection_endpoint, client_id="c", client_secret="s" * 32, client=issuer.client, tokens="all"
    )
    world = World(introspection=introspection)
    assert await world.error(world.theirs.token(RESOURCE, "read")) == "-"
    assert issuer.introspection_endpoint not in issuer.fetches, "a token of another is not shown to it"


def test_mistakes_are_reported_by_name() -> None:
    for more, error in [
        ({"scopes": "x"}, "^more_issuers.0.: 'scopes' is the server's"),
        ({"issuer": "https://ours.example"}, "more_issuers: one issuer's tokens are accepted twice"),
        ({"issuer": None}, "needs issuer or provider"),
        (
            {"issuer": None, "provider": "cloudflare-access", "parameters": {"team": "t"}, "audience": "a"},
            "in Cf-Access",
        ),
        ({"leeway": -1}, "leeway: -1 is less than 0"),
        ({"relax": "typ_unchecked"}, "relax: expected a list of str"),
    ]:
        with pytest.raises((TypeError, ValueError), match=error):
            World(more=more)
    for wrong in ({"issuer": "https://x.example"}, ["https://x.example"], "https://x.example"):
        with pytest.raises(TypeError, match="more_issuers: expected a list of dicts"):
            World(more_issuers=wrong)
    with pytest.raises(ValueError, match="more_issuers: the policy says that"):
        DoorwardVerifier(Policy.mcp("https://ours.example", RESOURCE), more_issuers=[{"issuer": "https://x.example"}])
