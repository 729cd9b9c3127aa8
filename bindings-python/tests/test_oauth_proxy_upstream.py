"""The upstream's tokens: fresh for tools, refreshed once whoever asks, and what comes of an upstream that refuses."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from conftest import SHARED_STORES
from doorward.oauth_proxy.grant import Grant
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from doorward.testing.sign_in import served
from proxy_world import Agent, World

stores = pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)


def grants(world: World) -> list[str]:
    return [each["grant_type"] for each in world.upstream.asked]


async def test_a_tool_gets_a_fresh_token() -> None:
    async with World(revocation_delay=0).served() as world:
        world.upstream.lifetime = 1000
        async with world.signed_in() as caller:
            first = (await caller.call_tool("upstream_token")).data
            assert (await caller.call_tool("upstream_token")).data == first
            world.clock.ahead += 880
            assert (await caller.call_tool("upstream_token")).data == first
            world.clock.ahead += 70
            second = (await caller.call_tool("upstream_token")).data
            assert second != first and grants(world) == ["authorization_code", "refresh_token"]
            assert second in {hashlib.sha256(each.encode()).hexdigest() for each in world.upstream.access_tokens}


@stores
@pytest.mark.parametrize("apart", [0, 5, -5])
async def test_many_requests_in_two_processes_refresh_it_once(store_url: str, apart: int) -> None:
    world = World(store_url)
    world.upstream.lifetime = 100
    # The clocks of two hosts differ.
    world.options["clock"] = lambda: world.clock() + apart
    _, server = world.make()
    async with world.served(), served(server.http_app(path="/mcp", stateless_http=True)) as second:
        agent = Agent(world.base)
        token = (await agent.tokens())["access_token"]
        world.clock.ahead += 90
        answers = await asyncio.gather(*(agent.call(token, (world.base, second)[each % 2]) for each in range(16)))
        assert {answer.status_code for answer in answers} == {200}
        assert grants(world) == ["authorization_code", "refresh_token"]


@pytest.mark.parametrize("said", [{"error": "invalid_grant"}, {"errors": [{"resource": "RefreshToken"}]}])
async def test_an_upstream_that_refuses_makes_the_user_sign_in_again(said: dict[str, Any]) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        one, other = await agent.tokens(), await agent.tokens()
        world.upstream.wrong = lambda _: JSONResponse(said, 400)
        world.clock.ahead += 90
        answer = await agent.call(one["access_token"])
        assert answer.status_code == 401 and "sign in again" in answer.headers["www-authenticate"]
        for refresh_token in (one["refresh_token"], other["refresh_token"]):
            answer = await agent.refresh(refresh_token)
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert (await agent.call(other["access_token"])).status_code == 401


def down(_: Any) -> Response:
    return Response(None, 503)


def forgets_us(_: Any) -> Response:
    return JSONResponse({"error": "invalid_client"}, 401)


def forgets_us_in_its_own_words(_: Any) -> Response:
    return JSONResponse({"message": "Authorization Error", "errors": [{"resource": "Application"}]}, 401)


def is_not_there(_: Any) -> Response:
    return JSONResponse({"status": 404, "error": "Not Found"}, 404)


@pytest.mark.parametrize("wrong", [down, forgets_us, forgets_us_in_its_own_words, is_not_there])
async def test_an_outage_of_the_upstream_uses_nothing_up(wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.oauth_proxy.upstream_tokens.UpstreamTokens.PAUSE", 0.2)
    async with World().served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        tokens = await agent.tokens()
        world.upstream.wrong = wrong
        world.clock.ahead += 80
        assert (await agent.call(tokens["access_token"])).status_code == 200, "it is to be refreshed, and still good"
        asked = len(world.upstream.asked)
        await asyncio.gather(*(agent.call(tokens["access_token"]) for _ in range(8)))
        assert len(world.upstream.asked) - asked <= 1, "who does not answer is left alone for a while"
        world.clock.ahead += 21
        answer = await agent.call(tokens["access_token"])
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
        answer = await agent.refresh(tokens["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        world.upstream.wrong = None
        await asyncio.sleep(0.25)
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 200
        assert (await agent.call(tokens["access_token"])).status_code == 200


async def test_what_an_upstream_without_refresh_tokens_gave_ends_with_its_token() -> None:
    def once(form: dict[str, str]) -> Response:
        return JSONResponse({"access_token": "up", "token_type": "Bearer", "expires_in": 1200})

    async with World().served() as world:
        world.upstream.wrong = once
        agent = Agent(world.base)
        tokens = await agent.tokens()
        assert tokens["expires_in"] <= 1200
        world.clock.ahead += 1000
        tokens = (await agent.refresh(tokens["refresh_token"])).json()
        assert tokens["expires_in"] <= 200
        world.clock.ahead += 201
        assert (await agent.call(tokens["access_token"])).status_code == 401
        answer = await agent.refresh(tokens["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("said", [{}, {"expires_in": 0}, {"expires_in": 10**15}])
async def test_lifetimes_are_capped_whatever_the_upstream_says(said: dict[str, int]) -> None:
    def wrong(form: dict[str, str]) -> Response:
        return JSONResponse({"access_token": "up", "token_type": "Bearer", **said})

    async with World(
        fastmcp_access_token_expiry_seconds=10**9, fallback_refresh_token_expiry_seconds=10**9
    ).served() as world:
        world.upstream.wrong = wrong
        agent = Agent(world.base)
        tokens = await agent.tokens()
        assert tokens["expires_in"] == 3600
        refresh_token = tokens["refresh_token"]
        for _ in range(9):
            world.clock.ahead += 9.9 * 86_400
            refresh_token = (await agent.refresh(refresh_token)).json()["refresh_token"]
        world.clock.ahead += 86_400
        assert (await agent.refresh(refresh_token)).json()["error"] == "invalid_grant", "90 days, however it is used"


def upstream_of(grant: bytes) -> str:
    upstream = Grant.of_bytes(grant).upstream
    return upstream.access_token if upstream else ""


@stores
async def test_a_process_that_dies_with_the_lease_is_waited_for_no_longer_than_that(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpstreamTokens, "LEASE", 1)
    world = World(store_url, revocation_delay=0)
    world.upstream.lifetime = 100
    async with world.served():
        agent = Agent(world.base)
        token = (await agent.tokens())["access_token"]
        world.clock.ahead += 90
        kept = await world.proxy._store.list("oauth_grant", limit=1000)
        [(family, entry)] = [each for each in kept if upstream_of(each[1].value) in world.upstream.access_tokens]
        grant = replace(Grant.of_bytes(entry.value), lease=("dead", int(world.clock()) + 1))
        assert await world.proxy._store.compare_and_swap(
            "oauth_grant", family, entry.version, grant.to_bytes(), entry.expires_at
        )
        assert (await agent.call(token)).status_code == 200
        assert grants(world) == ["authorization_code", "refresh_token"]
