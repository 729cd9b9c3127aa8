"""Codes and refresh tokens of the proxy: good once, one successor, and taken back as a whole."""

import asyncio
import socket
import time
from typing import Any

import httpx
import pytest

from conftest import SHARED_STORES
from doorward.fastmcp import OAuthProxy
from doorward.store import StoreUnavailable, open_store
from doorward.store.memory import MemoryStore
from doorward.testing.sign_in import served
from proxy_process import node
from proxy_world import PATIENCE, Agent, World

stores = pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("error", "")


async def test_a_code_is_good_once_and_takes_back_what_it_gave_when_it_comes_again() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        code = await agent.code()
        tokens = (await agent.redeem(code)).json()
        assert (await agent.call(tokens["access_token"])).status_code == 200
        assert said(await agent.redeem(code)) == (400, "invalid_grant")
        assert (await agent.call(tokens["access_token"])).status_code == 401
        assert said(await agent.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert set(world.upstream.revoked) == world.upstream.refresh_tokens, "given back upstream, too"


async def test_a_used_code_is_worth_nothing_to_others_and_says_nothing_of_its_grant() -> None:
    async with World().served() as world:
        agent, other = Agent(world.base), Agent(world.base)
        code = await agent.code()
        tokens = (await agent.redeem(code)).json()
        await other.register(client_name="Other")
        family = tokens["refresh_token"].partition(".")[0]
        assert family not in code
        assert said(await other.redeem(code)) == (400, "invalid_grant")
        assert said(await agent.redeem(code, code_verifier="w" * 43)) == (400, "invalid_grant")
        # As a refresh token, by the part of the code that was the family.
        guess = f"{code[:22]}.{'A' * 43}"
        assert said(await agent.refresh(guess)) == (400, "invalid_grant")
        assert (await agent.revoke(guess)).status_code == 200
        assert (await agent.call(tokens["access_token"])).status_code == 200
        second = (await agent.refresh(tokens["refresh_token"])).json()
        assert (await agent.revoke(f"{family}.{'A' * 42}")).status_code == 200, "no refresh token at all"
        assert (await other.revoke(second["refresh_token"])).status_code == 200
        assert (await agent.call(second["access_token"])).status_code == 200
        world.clock.ahead += 31
        assert (await agent.revoke(tokens["refresh_token"])).status_code == 200, "one that was used: a replay"
        assert (await agent.call(second["access_token"])).status_code == 401


async def test_a_code_is_for_its_client_its_redirect_uri_its_verifier_and_its_resource() -> None:
    async with World().served() as world:
        agent, other = Agent(world.base), Agent(world.base)
        code = await agent.code()
        await other.register(client_name="Other")
        assert other.client_id != agent.client_id
        for refused in (
            await other.redeem(code),
            await agent.redeem(code, redirect_uri="http://localhost:1/callback"),
            await agent.redeem(code, code_verifier="w" * 43),
            await agent.redeem(code[:-1] + ("A" if code[-1] != "A" else "B")),
            await agent.redeem("unknown"),
        ):
            assert said(refused) == (400, "invalid_grant")
        assert said(await agent.redeem(code, resource="https://other.example/mcp")) == (400, "invalid_target")
        assert (await agent.redeem(code)).status_code == 200, "none of these used it up"
        world.clock.ahead += 61
        assert said(await agent.redeem(await agent.code(), resource=world.resource))[0] == 200
        late = await agent.code()
        world.clock.ahead += 61
        assert said(await agent.redeem(late)) == (400, "invalid_grant")


async def test_refresh_tokens_rotate_with_a_grace_and_a_replay_ends_the_family() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        first = await agent.tokens()
        second = (await agent.refresh(first["refresh_token"])).json()
        assert second["refresh_token"] != first["refresh_token"]
        again = (await agent.refresh(first["refresh_token"])).json()
        assert again["refresh_token"] == second["refresh_token"], "a response that was lost is given again"
        assert len(world.upstream.asked) == 1, "the upstream's token is fresh: nobody asks it"
        less = (await agent.refresh(second["refresh_token"], scope="workouts.read")).json()
        assert less["scope"] == "workouts.read"
        assert said(await agent.refresh(less["refresh_token"], scope="admin")) == (400, "invalid_scope")
        world.clock.ahead += 31
        assert said(await agent.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert said(await agent.refresh(less["refresh_token"])) == (400, "invalid_grant")
        assert (await agent.call(less["access_token"])).status_code == 401


async def test_a_client_gives_back_its_own_tokens_and_nobody_else_s() -> None:
    # RFC 7009 section 2.2: 200 for what is unknown or another client's.
    async with World().served() as world:
        agent, other = Agent(world.base), Agent(world.base)
        tokens = await agent.tokens()
        await other.register(client_name="Other")
        for token in (tokens["access_token"], tokens["refresh_token"], "unknown", "a.b.c"):
            assert (await other.revoke(token)).status_code == 200
        assert said(await other.revoke("")) == (400, "invalid_request")
        assert (await agent.call(tokens["access_token"])).status_code == 200
        assert said(await agent.revoke(tokens["access_token"], client_id="nobody")) == (401, "invalid_client")
        assert said(await agent.http.post("/revoke", data={"client_id": agent.client_id})) == (400, "invalid_request")
        assert (await agent.revoke(tokens["access_token"])).status_code == 200
        assert (await agent.call(tokens["access_token"])).status_code == 401
        assert said(await agent.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        tokens = await agent.tokens()
        hint = {"token_type_hint": "access_token", "scope": "admin"}
        assert (await agent.revoke(tokens["refresh_token"], **hint)).status_code == 200
        assert (await agent.call(tokens["access_token"])).status_code == 401


async def test_a_refresh_token_that_is_good_no_more_is_given_back_all_the_same() -> None:
    # Core says that it has expired, since the clock was ahead; what it was granted with is good again later.
    async with World().served() as world:
        agent, other = Agent(world.base), Agent(world.base)
        await agent.register()
        await other.register(client_name="Other")
        world.clock.ahead = 86400
        tokens = await agent.tokens()
        world.clock.ahead = 0
        assert said(await agent.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
        assert (await other.revoke(tokens["refresh_token"])).status_code == 200
        assert not world.upstream.revoked, "another client's"
        assert (await agent.revoke(tokens["refresh_token"])).status_code == 200
        assert set(world.upstream.revoked) == world.upstream.refresh_tokens, "given back upstream, too"
        world.clock.ahead = 86400
        assert (await agent.call(tokens["access_token"])).status_code == 401
        assert said(await agent.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


async def test_what_was_given_before_the_lifetimes_were_shortened_is_known_for_what_it_is() -> None:
    world = World(MemoryStore(), fallback_refresh_token_expiry_seconds=90 * 86_400)
    async with world.served():
        agent, other = Agent(world.base), Agent(world.base)
        tokens, code = await agent.tokens(), await other.code()
        others = (await other.redeem(code)).json()
        world.options |= {
            "fastmcp_access_token_expiry_seconds": 900,
            "fallback_refresh_token_expiry_seconds": 86_400,
        }
        _, server = world.make()
        listener = socket.create_server(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with served(server.http_app(path="/mcp", stateless_http=True), listener):
            for token in (tokens["access_token"], others["access_token"]):
                assert (await agent.call(token, base)).status_code == 200
            # RFC 7009 section 2.1: the grant is revoked, and the upstream's token with it.
            assert (await agent.elsewhere(base).revoke(tokens["access_token"])).status_code == 200
            assert (await agent.call(tokens["access_token"], base)).status_code == 401
            assert len(world.upstream.revoked) == 1
            # RFC 6749 section 4.1.2: a code that comes again takes back what it gave.
            assert said(await other.elsewhere(base).redeem(code)) == (400, "invalid_grant")
            assert (await other.call(others["access_token"], base)).status_code == 401
            assert len(world.upstream.revoked) == 2


@pytest.mark.parametrize("token", ["refresh_token", "access_token"])
async def test_where_one_token_would_take_all_of_a_user_s_along_none_is_given_back(token: str) -> None:
    async with World(upstream_revocation_endpoint="").served() as world:
        agent, other = Agent(world.base), Agent(world.base)
        tokens, others = await agent.tokens(), await other.tokens()
        assert (await agent.revoke(tokens[token])).status_code == 200
        assert (await agent.call(tokens["access_token"])).status_code == 401
        assert not world.upstream.revoked and (await other.call(others["access_token"])).status_code == 200


def test_a_profile_s_revocation_endpoint_can_be_left_out() -> None:
    options: dict[str, Any] = {
        "upstream_client_id": "proxy",
        "upstream_client_secret": "secret",
        "base_url": "https://mcp.example",
        "client_storage": "memory:",
    }
    okta = options | {
        "upstream": "okta",
        "upstream_parameters": {"domain": "dev-1.okta.com", "authorization_server": "default"},
    }
    assert OAuthProxy(**okta)._upstream.revokes
    assert not OAuthProxy(**okta, upstream_revocation_endpoint="")._upstream.revokes
    # A token that is given back there ends all that the application has of the user.
    assert not OAuthProxy(**options, upstream="google")._upstream.revokes


class Failing(MemoryStore):
    """Does not answer once, when a client is changed."""

    def __init__(self) -> None:
        super().__init__()
        self._fails = True

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        if kind == "oauth_client" and self._fails:
            self._fails = False
            raise StoreUnavailable("away")
        return await super().compare_and_swap(kind, key, version, value, expires_at)


async def test_a_code_whose_client_gets_503_is_good_when_it_comes_again() -> None:
    async with World(Failing()).served() as world:
        agent = Agent(world.base)
        code = await agent.code()
        assert said(await agent.redeem(code)) == (503, "temporarily_unavailable")
        tokens = await agent.redeem(code)
        assert tokens.status_code == 200, tokens.text
        assert (await agent.call(tokens.json()["access_token"])).status_code == 200


async def two(world: World) -> Any:
    """Serve the proxy once more, as another process does: with its own memory, and the same store."""
    _, server = world.make()
    return served(server.http_app(path="/mcp", stateless_http=True))


@stores
async def test_what_one_process_revokes_others_refuse_within_the_stated_time(store_url: str) -> None:
    world = World(store_url, revocation_delay=0.3)
    async with world.served(), await two(world) as second:
        agent = Agent(world.base)
        tokens = await agent.tokens()
        assert (await agent.call(tokens["access_token"], second)).status_code == 200
        assert (await agent.revoke(tokens["access_token"])).status_code == 200
        assert (await agent.call(tokens["access_token"])).status_code == 401
        # The time is what is promised: whoever asks after it is refused, and whoever asks before it may be.
        revoked = asked = time.monotonic()
        while (await agent.call(tokens["access_token"], second)).status_code == 200:
            assert asked < revoked + 0.3
            asked = time.monotonic()


@pytest.mark.parametrize("store_url", [*SHARED_STORES, "files"], indirect=True)
async def test_one_code_with_eight_presenters_in_two_processes_gives_tokens_once(store_url: str) -> None:
    world = World(store_url, revocation_delay=0)
    async with world.served(), node(world) as one, node(world) as two:
        agent = Agent(world.base)
        code = await agent.code()
        presenters = agent.elsewhere(one.base), agent.elsewhere(two.base)
        answers = await asyncio.gather(*(presenters[each % 2].redeem(code) for each in range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
        [good] = [answer.json() for answer in answers if answer.status_code == 200]
        assert (await agent.call(good["access_token"])).status_code == 401, "the seven are a replay"
        assert said(await agent.refresh(good["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("store_url", [*SHARED_STORES, "files"], indirect=True)
@pytest.mark.parametrize("rotates", [True, False])
async def test_one_refresh_token_with_eight_presenters_has_one_successor(store_url: str, rotates: bool) -> None:
    world = World(store_url)
    world.upstream.rotates, world.upstream.lifetime = rotates, 40
    async with world.served(), node(world) as one, node(world) as two:
        agent = Agent(world.base)
        tokens = await agent.tokens()
        presenters = agent.elsewhere(one.base), agent.elsewhere(two.base)
        world.clock.ahead += 35  # the upstream's token is to be refreshed now
        token = tokens["refresh_token"]
        answers = await asyncio.gather(*(presenters[each % 2].refresh(token) for each in range(8)))
        assert {answer.status_code for answer in answers} == {200}
        [successor] = {answer.json()["refresh_token"] for answer in answers}
        assert [each["grant_type"] for each in world.upstream.asked] == ["authorization_code", "refresh_token"]
        for number, answer in enumerate(answers):
            token = answer.json()["access_token"]
            assert (await presenters[number % 2].call(token)).status_code == 200
        assert (await agent.refresh(successor)).status_code == 200


@pytest.mark.parametrize("store_url", [*SHARED_STORES, "files"], indirect=True)
async def test_processes_that_begin_at_once_have_the_same_keys(store_url: str) -> None:
    world = World(store_url, base_url="https://mcp.example.com")  # one that no other proxy has in that store
    async with node(world) as one, node(world) as two:
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            where = [f"{each.base}/.well-known/jwks.json" for each in (one, two)]
            answers = await asyncio.gather(*(http.get(url) for url in where * 2))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.text for answer in answers}) == 1


async def test_the_store_has_no_token_but_the_upstream_s() -> None:
    store = open_store("memory:")
    async with World(store).served() as world:
        agent = Agent(world.base)
        code = await agent.code()
        tokens = (await agent.redeem(code)).json()
        kinds = ("oauth_client", "oauth_sign_in", "oauth_grant", "oauth_keys")
        kept = [item for kind in kinds for item in await store.list(kind)]
        text = " ".join(key + entry.value.decode() for key, entry in kept)
        assert not any(each in text for each in (code, tokens["access_token"], tokens["refresh_token"]))
        assert [kind for kind in kinds if await store.list(kind)] == ["oauth_client", "oauth_grant", "oauth_keys"]
