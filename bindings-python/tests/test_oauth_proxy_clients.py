"""Clients of the proxy: how they find it, register, are known by a document, authenticate, and are limited."""

import asyncio
import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastmcp.server.auth import MultiAuth, require_scopes
from fastmcp.server.auth.providers.github import GitHubTokenVerifier

from doorward import DoorwardError, Peppers, RateLimit
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth, OAuthProxy, RemoteOAuth
from doorward.limiter import Limiter
from doorward.oauth_proxy.endpoints import LIMITS
from doorward.store.memory import MemoryStore
from doorward.testing import Issuer
from doorward.testing.person import Person
from proxy_world import CLIENT, VERIFIER, Agent, World, proxied

_T = TypeVar("_T")


async def test_a_client_finds_all_that_it_needs() -> None:
    async with World().served() as world, httpx.AsyncClient(base_url=world.base) as http:
        answer = await http.post("/mcp", json={})
        url = f"{world.base}/.well-known/oauth-protected-resource/mcp"
        assert answer.status_code == 401 and f'resource_metadata="{url}"' in answer.headers["www-authenticate"]
        resource = (await http.get(url)).json()
        assert (resource["resource"], resource["authorization_servers"]) == (world.resource, [world.base])
        server = (
            await http.get("/.well-known/oauth-authorization-server", headers={"origin": "https://a.example"})
        ).json()
        assert server["issuer"] == world.base
        for name in ("authorization", "token", "registration", "revocation"):
            assert server[f"{name}_endpoint"].startswith(world.base)
        assert server["code_challenge_methods_supported"] == ["S256"]
        assert server["authorization_response_iss_parameter_supported"] is True
        assert server["client_id_metadata_document_supported"] is True
        assert server["scopes_supported"] == ["workouts.read", "workouts.write"]
        [key] = (await http.get(server["jwks_uri"])).json()["keys"]
        agent = Agent(world.base)
        token = (await agent.tokens())["access_token"]
        header = jwt.get_unverified_header(token)
        assert (header["typ"], header["alg"], header["kid"]) == ("at+jwt", "ES256", key["kid"])
        claims = jwt.decode(token, jwt.PyJWK(key).key, ["ES256"], audience=world.resource, issuer=world.base)
        assert claims["exp"] - claims["iat"] == 3600 and claims["client_id"] == agent.client_id
        preflight = {"origin": "https://a.example", "access-control-request-method": "POST"}
        assert (await http.options("/token", headers=preflight)).headers["access-control-allow-origin"] == "*"


async def test_identical_registrations_are_one_and_those_that_nobody_uses_go() -> None:
    async with World().served() as world:
        world.proxy._store._store._clock = world.clock  # type: ignore[attr-defined]
        agent = Agent(world.base)
        answers = [(await agent.register()).json() for _ in range(5)]
        assert {answer["client_id"] for answer in answers} == {agent.client_id} and "client_secret" not in answers[0]
        assert len(await world.proxy._store.list("oauth_client")) == 1
        world.clock.ahead += 80_000
        await agent.register()
        world.clock.ahead += 80_000
        assert (await Person().http.get(agent.authorize_url())).status_code == 200, "it came again"
        world.clock.ahead += 86_401
        assert (await Person().http.get(agent.authorize_url())).status_code == 400
        assert not await world.proxy._store.list("oauth_client")
        await agent.register()
        tokens = await agent.tokens()
        world.clock.ahead += 20 * 86_400
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 200, "somebody has signed in with it"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": ["http://evil.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://evil.example\\.app.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
        ({"client_name": "x" * 20_000}, "invalid_client_metadata"),
    ],
)
async def test_a_registration_that_is_wrong_is_refused(changes: dict[str, Any], error: str) -> None:
    async with World().served() as world:
        answer = await Agent(world.base).register(**changes)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert not await world.proxy._store.list("oauth_client")


@pytest.mark.parametrize("content_type", ["text/plain", "application/jsonp", ""])
async def test_a_request_in_another_media_type_is_refused(content_type: str) -> None:
    """RFC 7591 section 3.1, RFC 6749 appendix B: what a page of anybody's can send is none."""
    headers = {"content-type": content_type} if content_type else {}
    body = b'{"redirect_uris": ["https://app.example/cb"], "token_endpoint_auth_method": "none"}'
    form = b"grant_type=refresh_token&refresh_token=r&token=r&client_id=a"
    async with World().served() as world, httpx.AsyncClient(base_url=world.base) as http:
        for path, content, error in (
            ("/register", body, "invalid_client_metadata"),
            ("/token", form, "invalid_request"),
            ("/revoke", form, "invalid_request"),
        ):
            answer = await http.post(path, content=content, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (400, error), path
            assert answer.headers["cache-control"] == "no-store"
        assert not await world.proxy._store.list("oauth_client")
        answer = await http.post("/register", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")


async def test_redirect_uris_may_be_those_alone_that_the_operator_names() -> None:
    # RFC 9700 section 4.1.3: the whole text, no patterns.
    async with World(
        allowed_client_redirect_uris=["https://app.example/callback", "http://127.0.0.1/cb"]
    ).served() as world:
        agent = Agent(world.base)
        for uri, status in (
            ("https://app.example/callback", 201),
            ("http://127.0.0.1:7777/cb", 201),
            ("https://app.example/callback2", 400),
            ("https://evil.example/callback", 400),
            (CLIENT, 400),
        ):
            assert (await agent.register(redirect_uris=[uri])).status_code == status
    with pytest.raises(Exception, match="redirect_uri_refused"):
        World(allowed_client_redirect_uris=["https://*.example/*"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_client_with_a_secret_needs_it(method: str) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register(token_endpoint_auth_method=method)
        first = agent.client_id
        assert (await agent.register(token_endpoint_auth_method=method)).json()["client_id"] != first, (
            "each has its own"
        )
        code = await agent.code()
        secret = agent.secret
        assert secret is not None and secret not in str(await world.proxy._store.list("oauth_client"))
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": CLIENT}
        named = form | {"client_id": agent.client_id}
        for wrong in (named, named | {"client_secret": "wrong"}, named | {"client_secret": secret[:-1]}):
            answer = await agent.http.post("/token", data=wrong)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        if method == "client_secret_post":
            answer = await agent.http.post("/token", data=named | {"client_secret": secret})
        else:
            answer = await agent.http.post("/token", data=form, auth=(agent.client_id, secret))
        assert answer.status_code == 200
        refused = await agent.revoke(answer.json()["access_token"])
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_client_may_be_the_url_of_its_document(monkeypatch: pytest.MonkeyPatch) -> None:
    url, key = "https://app.example/client.json", ec.generate_private_key(ec.SECP256R1())
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    document: dict[str, Any] = {
        "client_id": url,
        "redirect_uris": [CLIENT],
        "client_name": "App",
        "token_endpoint_auth_method": "none",
    }
    document["grant_types"] = ["authorization_code", "refresh_token"]
    fetched: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        fetched.append(str(request.url))
        return httpx.Response(200, json=document) if str(request.url) == url else httpx.Response(404)

    async with World().served() as world:
        monkeypatch.setattr(world.proxy._registry, "_http", httpx.AsyncClient(transport=httpx.MockTransport(serve)))
        agent = Agent(world.base)
        agent.client_id = url
        page = await Person().http.get(agent.authorize_url())
        assert "App" in page.text
        tokens = await agent.tokens()
        assert (await agent.call(tokens["access_token"])).status_code == 200
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 200
        assert fetched == [url], "once"
        assert not await world.proxy._store.list("oauth_client"), "nothing is stored of it"
        bad: list[dict[str, Any]] = [
            {"client_id": "https://other.example/c"},
            {"client_secret": "x"},
            {"redirect_uris": []},
        ]
        for wrong in bad:
            world.proxy._registry._kept.clear()
            document, kept = document | wrong, document
            assert (await Person().http.get(agent.authorize_url())).status_code == 400
            document = kept
        agent.client_id = "https://app.example/other.json"
        assert (await Person().http.get(agent.authorize_url())).status_code == 400

        # By a key of its own, whose assertions are good once.
        document |= {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public]}}
        world.proxy._registry._kept.clear()
        agent.client_id = url
        claims = {"iss": url, "sub": url, "aud": world.base, "jti": "1", "exp": int(world.clock()) + 60}
        proof = {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": jwt.encode(claims, key, "ES256"),
        }
        code = await agent.code()
        assert (await agent.redeem(code)).status_code == 401
        answer = await agent.redeem(code, **proof)
        assert answer.status_code == 200
        assert (await agent.refresh(answer.json()["refresh_token"], **proof)).status_code == 401, "it was used"


async def test_a_document_is_fetched_from_no_address_within_the_network() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        for url in (
            "https://localhost/c.json",
            "https://10.0.0.1/c.json",
            "https://[::1]/c.json",
            "https://app.example/",
        ):
            agent.client_id = url
            assert (await Person().http.get(agent.authorize_url())).status_code == 400
    off = World(enable_cimd=False)
    async with off.served():
        agent = Agent(off.base)
        agent.client_id = "https://app.example/client.json"
        assert (await Person().http.get(agent.authorize_url())).status_code == 400


async def test_a_thousand_registrations_are_limited_before_they_are_read() -> None:
    # Nothing of which comes back before the test has ended.
    limits = dict.fromkeys(("register", "authorize", "token"), (1, 3_600_000, 20))
    async with World(limits=limits).served() as world:
        agent = Agent(world.base)

        async def many(number: int) -> int:
            return (await agent.register(client_name=f"c{number}")).status_code

        statuses = [
            status
            for begin in range(0, 1000, 50)
            for status in await asyncio.gather(*map(many, range(begin, begin + 50)))
        ]
        assert statuses.count(201) == 20 and statuses.count(429) == 980
        answer = await agent.register()
        assert answer.status_code == 429 and int(answer.headers["retry-after"]) >= 1
        assert len(await world.proxy._store.list("oauth_client", limit=1000)) == 20
        answers = [await Person().http.get(agent.authorize_url()) for _ in range(30)]
        assert answers[-1].status_code == 429 and "retry-after" in answers[-1].headers
        answers = [await agent.redeem("x") for _ in range(30)]
        assert answers[0].json()["error"] == "invalid_grant" and answers[-1].status_code == 429


async def test_the_store_is_not_filled_by_strangers() -> None:
    limits = {"clients": (5, 3_600_000, 5)} | dict.fromkeys(("register", "new"), (1000, 1000, 1000))
    async with World(limits=limits).served() as world:
        agent = Agent(world.base)
        for long in ("x" * 4000, "\U0001f600" * 400):
            assert (await agent.register(contacts=[long])).json()["error"] == "invalid_client_metadata"
        answers = [await agent.register(client_name=f"c{number}") for number in range(8)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 3
        assert int(answers[-1].headers["retry-after"]) > 60, "of all addresses together"
        assert (await agent.register(client_name="c3")).status_code == 201, "it is there already"
        assert len(await world.proxy._store.list("oauth_client")) == 5


def test_a_few_addresses_keep_no_newcomer_out() -> None:
    def newcomers(addresses: int) -> tuple[int, int]:
        now = 0
        names = ("register", "new", "clients")
        limiters = {name: Limiter(RateLimit(*LIMITS[name]), clock=lambda: now) for name in names}
        let_in, came = 0, 0
        for now in range(0, 4 * 3_600_000, 20_000):
            for number in range(addresses):
                if all(limiters[each].take(f"{number}").allowed for each in ("register", "new")):
                    limiters["clients"].take("")
            if now > 2 * 3_600_000 and now % 600_000 == 0:
                came += 1
                let_in += limiters["clients"].take("").allowed
        return let_in, came

    assert newcomers(2) == newcomers(16) == (11, 11)
    assert newcomers(30)[0] < 11, "that many do"


async def test_an_address_registers_so_many_new_clients() -> None:
    async with World(limits={"new": (2, 3_600_000, 2)}).served() as world:
        agent = Agent(world.base)
        answers = [await agent.register(client_name=f"c{number}") for number in (0, 1, 2, 1, 0)]
        assert [answer.status_code for answer in answers] == [201, 201, 429, 201, 201]


async def test_nobody_shuts_another_client_out_nor_an_address_out_of_what_it_began() -> None:
    limits = {"client": (3, 60_000, 3), "authorize": (3, 60_000, 3), "consent": (3, 60_000, 3)}
    async with World(limits=limits).served() as world:
        agent = Agent(world.base)
        await agent.register(token_endpoint_auth_method="client_secret_post")
        code = await agent.code()
        for _ in range(5):
            assert (await agent.redeem("x", client_secret="wrong")).json()["error"] == "invalid_client"
        tokens = await agent.redeem(code, client_secret=agent.secret)
        assert tokens.status_code == 200, "who cannot authenticate does not count for it"
        answers = [await agent.redeem("x", client_secret=agent.secret) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [400, 400, 429]
        public = Agent(world.base)
        await public.register()
        assert {(await public.redeem("x")).status_code for _ in range(9)} == {400}
        # A page that is there is answered, whatever else comes from its address.
        person = Person()
        page = await person.http.get(agent.authorize_url())
        csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert csrf is not None
        for _ in range(5):
            refused = await Person().http.post(f"{world.base}/consent", data={"csrf": "x"})
            await Person().http.get(agent.authorize_url())
        assert refused.status_code == 429 and (await Person().http.get(agent.authorize_url())).status_code == 429
        form = {"csrf": csrf[1], "decision": "approve"}
        answers = [await person.http.post(f"{world.base}/consent", data=form) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200] * 3 + [429] * 2, "each is stored"


async def test_authorization_requests_of_a_client_are_counted_from_whatever_address_once_it_is_known() -> None:
    limits = {"authorize": (2, 60_000, 2), "authorize_client": (4, 60_000, 4)}
    async with World(limits=limits, trusted_hops=1).served() as world:
        agent, other = Agent(world.base), Agent(world.base)
        await agent.register()
        await other.register(client_name="Other")

        async def status(url: str, number: int) -> int:
            return (await Person().http.get(url, headers={"x-forwarded-for": f"203.0.113.{number}"})).status_code

        unknown = agent.authorize_url(client_id="0" * 32)
        assert [await status(unknown, number) for number in range(6)] == [400] * 6, "no client's"
        # What is over the limit of an address is none of the client's.
        assert [await status(agent.authorize_url(), 7) for _ in range(9)] == [200, 200, *[429] * 7]
        assert [await status(agent.authorize_url(), number) for number in (8, 9, 10)] == [200, 200, 429]
        answer = await Person().http.get(agent.authorize_url(), headers={"x-forwarded-for": "203.0.113.11"})
        assert "location" not in answer.headers and int(answer.headers["retry-after"]) >= 1
        assert await status(other.authorize_url(), 12) == 200


def test_few_addresses_shut_no_user_of_a_client_out_and_many_no_longer_than_they_last() -> None:
    def users(addresses: int, while_it_lasts: bool) -> tuple[int, int]:
        now = 0
        names = ("authorize", "authorize_client")
        own, all_ = (Limiter(RateLimit(*LIMITS[name]), clock=lambda: now) for name in names)
        let_in = came = 0
        for now in range(0, 600_000, 500):
            if now < 540_000:
                for number in range(addresses):
                    if own.take(f"{number}").allowed:
                        all_.take("client")
            if now >= (240_000 if while_it_lasts else 540_000) and now % 5000 == 0:
                came += 1
                let_in += own.take(f"user {now}").allowed and all_.take("client").allowed
        return let_in, came

    assert users(1, True) == users(49, True) == (72, 72)
    assert users(100, True)[0] < 72, "that many do"
    assert users(100, False) == (12, 12), "and not once they have ended"


async def test_refreshes_are_counted_by_their_grant_from_whatever_address() -> None:
    async with World(limits={"grant": (3, 60_000, 3)}, trusted_hops=1).served() as world:
        agent = Agent(world.base)
        tokens, others = [await agent.tokens() for _ in range(2)]

        async def status(token: str, number: int) -> int:
            form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": agent.client_id}
            fields = {"x-forwarded-for": f"203.0.113.{number}"}
            return (await agent.http.post("/token", data=form, headers=fields)).status_code

        assert [await status(tokens["refresh_token"], number) for number in range(5)] == [200, 200, 200, 429, 429]
        assert await status(others["refresh_token"], 6) == 200


async def test_callbacks_and_tokens_that_are_given_back_are_limited_too() -> None:
    async with World(limits={"callback": (2, 60_000, 2), "token": (2, 60_000, 2)}).served() as world:
        agent = Agent(world.base)
        await agent.register()
        answers = [await Person().http.get(f"{world.base}/auth/callback", params={"state": "x"}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [400, 400, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1
        answers = [await agent.revoke("x") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[-1].headers["retry-after"]) >= 1


async def test_documents_are_fetched_once_few_from_a_host_and_one_does_while_its_host_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, fetched = "https://app.example/client.json", Counter[str]()
    answers = asyncio.Event()
    status = 200

    async def serve(request: httpx.Request) -> httpx.Response:
        fetched[str(request.url)] += 1
        await answers.wait()
        document = {"client_id": str(request.url), "redirect_uris": [CLIENT], "token_endpoint_auth_method": "none"}
        document["grant_types"] = ["authorization_code", "refresh_token"]
        return httpx.Response(status, json=document)

    async with World().served() as world:
        registry = world.proxy._registry
        monkeypatch.setattr(registry, "_http", httpx.AsyncClient(transport=httpx.MockTransport(serve)))
        same = [asyncio.create_task(registry.find(url)) for _ in range(8)]
        slow = [asyncio.create_task(registry.find(f"https://slow.example/{number}")) for number in range(20)]
        while fetched.total() < 3 or not all(each.done() for each in slow[2:]):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        assert fetched == {url: 1, "https://slow.example/0": 1, "https://slow.example/1": 1}
        other = asyncio.create_task(registry.find("https://other.example/c.json"))
        answers.set()
        assert {(await task).id for task in same} == {url} and (await other).id == "https://other.example/c.json"
        assert sum(isinstance(each, Exception) for each in await asyncio.gather(*slow, return_exceptions=True)) == 18
        for number in range(60):
            await registry.find(f"https://slow.example/{number}")
        assert url in registry._kept and len(registry._kept) == 2 + registry.DOCUMENTS_OF_HOST

        agent = Agent(world.base)
        agent.client_id = url
        tokens = await agent.tokens()
        # Whoever has a domain has as many hosts as it likes.
        monkeypatch.setattr(registry, "DOCUMENTS", 40)
        for number in range(50):
            await registry.find(f"https://{number}.evil.example/c.json")
        assert url in registry._kept and len(registry._kept) <= 40 + 2
        status = 503
        registry._kept.update({each: (at, 0, client) for each, (at, _, client) in registry._kept.items()})
        assert (await Person().http.get(agent.authorize_url())).status_code == 503
        tokens = (await agent.refresh(tokens["refresh_token"])).json()
        assert (await agent.revoke(tokens["refresh_token"])).status_code == 200
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 400
        monkeypatch.setattr(registry, "STALE", 0)
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 503
        status = 404
        monkeypatch.setattr(registry, "STALE", 3600)
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 401, "its host has none any more"
        status = 503
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 503, "nor while it does not answer"


async def test_hosts_that_never_answer_leave_room_for_a_document_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    url, other = "https://app.example/client.json", "https://new.example/client.json"

    async def serve(request: httpx.Request) -> httpx.Response:
        if request.url.host.endswith("evil.example"):
            await asyncio.Event().wait()
        document = {"client_id": str(request.url), "redirect_uris": [CLIENT], "token_endpoint_auth_method": "none"}
        return httpx.Response(200, json=document, headers={"cache-control": "no-store"})

    registry = World().proxy._registry
    monkeypatch.setattr(registry, "_http", httpx.AsyncClient(transport=httpx.MockTransport(serve)))
    monkeypatch.setattr(registry, "TIMEOUT", 60)
    await registry.note_use(await registry.find(url))
    registry._kept.clear()
    hosts = [f"https://{number}.evil.example/c" for number in range(registry.FETCHES)]
    slow = [asyncio.create_task(registry.find(host)) for host in hosts]
    await asyncio.sleep(0)
    assert len(registry._fetching) == registry.FETCHES
    assert (await registry.find(url)).id == url
    with pytest.raises(DoorwardError, match="rate_limited"):
        await registry.find(other)
    monkeypatch.setattr(registry, "TIMEOUT", 0.01)
    for fetch in list(registry._fetching.values()):
        fetch.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    # A fetch ends by itself, and its place is free again.
    with pytest.raises(DoorwardError, match="upstream_unavailable"):
        await registry.find(hosts[0])
    monkeypatch.setattr(registry, "TIMEOUT", 60)
    assert (await registry.find(other)).id == other


async def test_a_document_of_the_proxy_s_own_host_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(base_url="https://mcp.example.com", issuer_url="https://id.example.com")

    def serve(request: httpx.Request) -> httpx.Response:
        raise AssertionError

    registry = world.proxy._registry
    monkeypatch.setattr(registry, "_http", httpx.AsyncClient(transport=httpx.MockTransport(serve)))
    for url in (
        "https://mcp.example.com:9200/x",
        "https://MCP.example.com/authorize?client_id=x",
        "https://id.example.com/c",
    ):
        with pytest.raises(DoorwardError, match="client_document_url_refused"):
            await registry.find(url)


async def test_a_list_of_redirect_uris_that_was_tightened_counts_for_clients_that_are_there() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register(redirect_uris=[CLIENT, "https://evil.example/callback"])
        tokens, person = await agent.tokens(), Person()
        page = await person.http.get(agent.authorize_url())
        csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert csrf is not None
        # As after a restart.
        world.proxy._registry._allowed = ["https://evil.example/callback"]
        assert (await Person().http.get(agent.authorize_url())).status_code == 400
        answer = await person.http.post(f"{world.base}/consent", data={"csrf": csrf[1], "decision": "approve"})
        assert answer.status_code == 400 and not world.upstream.authorized[1:]
        world.proxy._registry._allowed = ["https://good.example/callback"]
        assert (await Person().http.get(agent.authorize_url())).status_code == 400
        answer = await agent.refresh(tokens["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_keys_that_are_elsewhere_are_said_not_to_do_at_once() -> None:
    async with World().served() as world:
        answer = await Agent(world.base).register(
            token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example/jwks"
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("path", ["/mcp", "mcp/", "/MCP"])
def test_a_callback_where_the_server_is_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="redirect_path: /mcp is where the server is"):
        World(redirect_path=path).server.http_app(path="/mcp")


def test_methods_of_fastmcp_s_class_are_refused_where_nothing_would_call_them() -> None:
    async def register_client(self: Any, client_info: Any) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="Restricting: this OAuthProxy never calls FastMCP's register_client"):
        type("Restricting", (OAuthProxy,), {"register_client": register_client})
    type("Named", (OAuthProxy,), {"verify_token": OAuthProxy.verify_token, "own": register_client})
    mixin = type("Mixin", (), {"load_access_token": register_client})
    for bases in ((mixin, OAuthProxy), (OAuthProxy, mixin), (type("Further", (mixin,), {}), OAuthProxy)):
        with pytest.raises(TypeError, match="Restricting: this OAuthProxy never calls FastMCP's load_access_token"):
            type("Restricting", bases, {})

    class Mixin(Generic[_T]):
        own = register_client

    type("Named", (Mixin, OAuthProxy), {})


def test_a_token_check_that_nobody_would_ask_is_refused() -> None:
    """A list of who is to be kept out, say, as FastMCP's documentation has them: it would keep out nobody."""

    async def verify_token(self: Any, token: str) -> None:
        raise AssertionError

    mixin = type("Mixin", (), {"verify_token": verify_token})
    for cls in (
        type("Strict", (OAuthProxy,), {"verify_token": verify_token}),
        type("Strict", (mixin, OAuthProxy), {}),
    ):
        with pytest.raises(TypeError, match=r"^Strict\.verify_token: is never called; .* get_principal\(\)"):
            cls(**World().options)
    type("Named", (OAuthProxy,), {})(**World().options)


def test_a_proxy_is_one_server_s() -> None:
    """What tokens are for is one resource (RFC 8707 section 2): another server's would be taken for that of the
    first, whose own callers would be refused."""
    again: list[Callable[[World], Any]] = [
        lambda world: world.server.http_app(path="/other"),
        lambda world: proxied(world.proxy).http_app(path="/other"),
        lambda world: world.server.http_app(path="/other", transport="sse"),
        lambda world: world.proxy.get_well_known_routes("/other"),
        lambda world: world.proxy.set_mcp_path(None),
    ]
    for serve in again:
        world = World()
        world.server.http_app(path="/mcp")
        # The outer application of one that is mounted asks for the metadata, in whichever order.
        world.proxy.get_well_known_routes("/mcp")
        world.server.http_app(path="/mcp")
        with pytest.raises(
            ValueError, match=f"^one OAuthProxy is one server's, and it serves {world.resource} already"
        ):
            serve(world)
        assert world.proxy._site.resource == world.resource
        assert list(world.proxy._verifier.policy.audience) == [world.resource]


@pytest.mark.parametrize("keys", [False, True])
async def test_a_token_that_nobody_knows_is_a_warning_beside_a_proxy_too(
    keys: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Several providers are asked one after another, and none of them may know it, by the issuer that it names."""
    world, other, stranger = World(), Issuer(), Issuer("https://stranger.example.com")
    theirs = RemoteOAuth(
        issuer=other.url, resource=world.resource, client=other.client, insecure_http_for_development=True
    )
    beside: Any = theirs
    if keys:
        beside = ApiKeyAuth(ApiKeys(MemoryStore(), Peppers((1, b"p" * 32))), oauth=theirs)
    world.server.auth = MultiAuth(server=world.proxy, verifiers=[beside])
    async with world.served():
        agent = Agent(world.base)
        ours = (await agent.tokens())["access_token"]
        for token, level, status in (
            (ours, None, 200),
            (other.token(world.resource), "INFO", 200),
            (stranger.token(world.resource), "WARNING", 401),
            (f"{ours[:-4]}AAAA", "WARNING", 401),
        ):
            caplog.clear()
            with caplog.at_level(logging.INFO, "doorward"):
                assert (await agent.call(token)).status_code == status
            refusals = [record for record in caplog.records if record.message.startswith("refused: ")]
            assert ([record.levelname for record in refusals] + [None])[0] == level
            for record in refusals:
                said = record.doorward  # type: ignore[attr-defined]
                assert (said["path"], said["client"]) == ("/mcp", "127.0.0.1")


@pytest.mark.parametrize("valid", [["workouts.read", "workouts.write"], ["workouts.read"], None])
async def test_a_client_is_sent_for_no_scope_that_it_is_refused_then(
    valid: list[str] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """It would come back and be sent again: such a call is FastMCP's, which knows no such tool."""
    made = World(valid_scopes=valid)

    def write() -> str:
        return "written"

    made.server.tool(write, auth=require_scopes("workouts.write"))
    made.server.tool(write, name="both", auth=require_scopes("workouts.write", "never"))
    async with made.served() as world:
        agent = Agent(world.base)
        token = (await agent.tokens(scope="workouts.read" if valid else None))["access_token"]
        for name, grantable in (("write", valid is not None and "workouts.write" in valid), ("both", False)):
            for _ in range(2):
                answer = await agent.tool(token, name)
                if grantable:
                    asked = re.search(r'scope="(.*?)"', answer.headers["www-authenticate"])
                    assert answer.status_code == 403 and asked and asked[1] == "workouts.read workouts.write"
                    again = (await agent.tokens(scope=asked[1]))["access_token"]
                    assert '"written"' in (await agent.tool(again, name)).text
                else:
                    assert answer.status_code == 200 and "Unknown tool" in answer.text
        said = [record.message for record in caplog.records if "valid_scopes" in record.message]
        never = ["never"] if valid and "workouts.write" in valid else ["workouts.write", "never"]
        assert said == [f"tool scopes not in valid_scopes: {scope}" for scope in never]


def test_a_lifetime_that_is_not_taken_is_said(caplog: pytest.LogCaptureFixture) -> None:
    World(fastmcp_access_token_expiry_seconds=300, fallback_refresh_token_expiry_seconds=86_400)
    assert "300 is taken as the nearest of 900 to 3600" in caplog.text and "fallback" not in caplog.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"require_authorization_consent": False}, "require_authorization_consent"),
        ({"require_authorization_consent": "external"}, "require_authorization_consent"),
        ({"base_url": "http://mcp.example"}, "base_url"),
        ({"upstream_token_endpoint": "http://fit.example/token"}, "upstream_token_endpoint"),
        (
            {"upstream_client_secret": None, "token_endpoint_auth_method": "client_secret_post"},
            "upstream_client_secret",
        ),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "token_endpoint_auth_method"),
        ({"extra_authorize_params": {"state": "x"}}, "extra_authorize_params"),
        ({"extra_authorize_params": {"scope": "everything"}}, "upstream_scopes"),
        ({"extra_token_params": {"resource": "https://api.example.com"}}, "forward_resource"),
        ({"jwt_signing_key": "only 28 characters are there"}, "jwt_signing_key"),
        ({"jwt_signing_key": [b"s" * 32, "short"]}, "jwt_signing_key"),
        ({"jwt_signing_key": b"short"}, "jwt_signing_key"),
        ({"limits": {"tokens": (1, 1, 1)}}, "limits"),
        ({"client_storage": object()}, "client_storage"),
        ({"required_scopes": ["a"], "valid_scopes": ["b"]}, "valid_scopes"),
        ({"valid_scopes": ["a b"]}, "valid_scopes: .*'a b'"),
        ({"upstream_scopes": ["a b"]}, "upstream_scopes: .*'a b'"),
        ({"required_scopes": [""]}, "required_scopes: scope_invalid"),
        *(
            ({name: [f"s{number}" for number in range(257)]}, f"^{name}: scope_invalid")
            for name in ("required_scopes", "valid_scopes", "upstream_scopes")
        ),
        (
            {"allowed_client_redirect_uris": ["http://localhost:*"]},
            r"^allowed_client_redirect_uris: 'http://localhost:\*': .*patterns are not taken.*127.0.0.1.*any port",
        ),
        (
            {"allowed_client_redirect_uris": ["https://app.example/cb#at"]},
            "^allowed_client_redirect_uris: 'https://app.example/cb': redirect_uri_refused",
        ),
        ({"identity_assertion": object()}, "identity_assertion: .*whose token goes with it"),
        ({"consent_csp_policy": ""}, "consent_csp_policy: .*runs no script"),
        ({"token_verifier": GitHubTokenVerifier}, "^token_verifier: .*got the class GitHubTokenVerifier itself"),
        ({"client_storage": MemoryStore}, "^client_storage: .*got the class MemoryStore itself"),
        ({"client_storage": "proxy.db"}, "^client_storage: no scheme: no store; sqlite:, "),
        ({"extra_authorize_params": {"response_mode": "form_post"}}, "^extra_authorize_params: response_mode is"),
        ({"extra_authorize_params": {"request": "e30.e30."}}, "^extra_authorize_params: request is"),
        ({"upstream_client_secret": ""}, "^upstream_client_secret: is empty"),
        ({"upstream_client_id": ""}, "^upstream_client_id: is empty"),
        *(({"resource_base_url": url}, "^resource_base_url: ") for url in ("x", "http://x.example", "https://x/?y")),
        *(({"service_documentation_url": url}, "^service_documentation_url: ") for url in ("x", "javascript:1")),
        ({"base_url": "https://mcp.example/?x=y"}, "^base_url: "),
        ({"upstream": "github", "upstream_parameters": {"x": "y"}}, "^upstream_parameters: github needs none"),
        ({"upstream": "okta"}, "^upstream_parameters: okta needs .*domain"),
        ({"limits": {"register": (1, 1)}}, r"^limits: register: expected \(quota, milliseconds, burst\), got 2 items"),
        ({"limits": {"register": "no"}}, r"^limits: register: expected \(quota, milliseconds, burst\), got str"),
        *(
            ({"redirect_path": path}, "^redirect_path: ")
            for path in (
                *("/token", "consent", "/authorize", "/register", "/revoke", "/.well-known/callback", "/a/../token"),
                *("/cb?x=1", "/cb#f", "/cb/{x}", "//cb", "/a b", "/%61", "/cb\n"),
            )
        ),
    ],
)
def test_what_is_wrong_is_said_by_the_name_of_the_argument(wrong: dict[str, Any], said: str) -> None:
    good: dict[str, Any] = {
        "upstream_authorization_endpoint": "https://fit.example/authorize",
        "upstream_token_endpoint": "https://fit.example/token",
        "upstream_client_id": "proxy",
        "upstream_client_secret": "secret",
        "base_url": "https://mcp.example",
        "client_storage": "memory:",
    }
    OAuthProxy(**good)
    for path in ("/", "/cb", "cb", "/a/cb.2/"):
        OAuthProxy(**good, redirect_path=path)
    with pytest.raises(Exception, match=said):
        OAuthProxy(**good | wrong)
