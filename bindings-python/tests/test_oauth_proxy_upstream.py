"""The upstream's tokens: fresh for tools, refreshed once whoever asks, and what comes of an upstream that refuses."""

import asyncio
import hashlib
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from fastmcp.server.auth.providers.github import GitHubTokenVerifier
from fastmcp.server.auth.providers.google import GoogleTokenVerifier
from fastmcp.server.auth.providers.jwt import JWTVerifier as FastMCPs
from fastmcp.server.dependencies import get_access_token
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount

from conftest import SHARED_STORES
from doorward import DoorwardError
from doorward.fastmcp import JWTVerifier, RemoteOAuth, get_upstream_token
from doorward.jwt_verifier import unavailable
from doorward.oauth_proxy.grant import Grant
from doorward.oauth_proxy.identity import is_sure
from doorward.oauth_proxy.upstream import UpstreamError
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens, _Pauses
from doorward.testing.person import Person
from doorward.testing.sign_in import served
from proxy_world import PATIENCE, Agent, World

RAISES = unavailable is not RuntimeError
"""Whether FastMCP has a contract for verifiers that cannot ask, since 4.2."""
stores = pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)


class Pauses:
    """The clock by which the upstream and its verifier are left alone: a pause is over when a test says so."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def over(self) -> None:
        self._ahead += 2 * UpstreamTokens.PAUSE


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    pauses = Pauses()
    monkeypatch.setattr("doorward.oauth_proxy.upstream_tokens.time", pauses)
    monkeypatch.setattr(UpstreamTokens, "PAUSE", 3600)
    return pauses


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


async def test_l01_a_token_that_came_by_a_clock_that_was_ahead_is_refreshed_once_it_is_set_back() -> None:
    async with World(revocation_delay=0).served() as world:
        agent = Agent(world.base)
        tokens, asked = await agent.tokens(), ["authorization_code"]
        for ahead, more in ((86_400, 1), (86_400, 0), (0, 1), (0, 0)):
            world.clock.ahead = ahead
            tokens = (await agent.refresh(tokens["refresh_token"])).json()
            assert (await agent.call(tokens["access_token"])).status_code == 200
            asked += ["refresh_token"] * more
            assert grants(world) == asked, ahead


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


@pytest.mark.parametrize(
    "said",
    [
        {"error": "invalid_grant"},
        {"error": "interaction_required"},
        {"errors": [{"resource": "RefreshToken", "code": "invalid"}]},
    ],
)
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


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("workouts.read", "workouts.read"),
        ("workouts.read,profile", "workouts.read"),
        ("other names", "workouts.read workouts.write"),
        ("workouts.read workouts.write more", "workouts.read workouts.write"),
    ],
)
async def test_what_an_upstream_grants_no_more_when_it_is_refreshed_no_token_says(said: str, left: str) -> None:
    async with World(revocation_delay=0).served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        tokens = await agent.tokens()
        assert tokens["scope"] == "workouts.read workouts.write"
        world.upstream.says = {"scope": said}
        world.clock.ahead += 90
        narrowed = left != tokens["scope"]
        assert (await agent.call(tokens["access_token"])).status_code == (401 if narrowed else 200)
        answer = await agent.refresh(tokens["refresh_token"])
        assert answer.json()["scope"] == left
        assert (await agent.call(answer.json()["access_token"])).status_code == 200
        # It stays so, whatever the upstream says later.
        world.upstream.says = {"scope": "workouts.read workouts.write"}
        world.clock.ahead += 90
        assert (await agent.call(answer.json()["access_token"])).status_code == 200
        again = (await agent.refresh(answer.json()["refresh_token"])).json()
        assert again["scope"] == left and len(grants(world)) == 3
        if narrowed:
            answer = await agent.refresh(again["refresh_token"], scope=tokens["scope"])
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_an_upstream_that_leaves_less_than_is_needed_has_the_client_ask_for_that() -> None:
    async with World(revocation_delay=0, required_scopes=["workouts.write"]).served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        tokens = await agent.tokens()
        world.upstream.says = {"scope": "workouts.read"}
        world.clock.ahead += 90
        token = (await agent.refresh(tokens["refresh_token"])).json()["access_token"]
        answer = await agent.call(token)
        assert answer.status_code == 403 and "workouts.write" in answer.headers["www-authenticate"]


def down(_: Any) -> Response:
    return Response(None, 503)


def forgets_us(_: Any) -> Response:
    return JSONResponse({"error": "invalid_client"}, 401)


def forgets_us_in_its_own_words(_: Any) -> Response:
    return JSONResponse({"message": "Authorization Error", "errors": [{"resource": "Application"}]}, 401)


def knows_us_no_more_and_says_400(_: Any) -> Response:
    return JSONResponse({"message": "Bad Request", "errors": [{"resource": "Application", "code": "invalid"}]}, 400)


def a_page_says_400(_: Any) -> Response:
    return Response("<html>The firewall says no.</html>", 400)


def comes_too_early(_: Any) -> Response:
    return JSONResponse({"error": "invalid_grant"}, 425)


def is_not_there(_: Any) -> Response:
    return JSONResponse({"status": 404, "error": "Not Found"}, 404)


@pytest.mark.parametrize(
    "wrong",
    [
        *(down, forgets_us, forgets_us_in_its_own_words, is_not_there),
        *(knows_us_no_more_and_says_400, a_page_says_400, comes_too_early),
    ],
)
async def test_an_outage_of_the_upstream_uses_nothing_up(wrong: Any, pauses: Pauses) -> None:
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
        pauses.over()
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


class Verifier(TokenVerifier):
    """Knows the upstream's tokens, as an introspection there would."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.subject, self.role = 0, "alice", "staff"
        self.good: Any = lambda _: True

    async def verify_token(self, token: str) -> AccessToken | None:
        self.asked += 1
        if not self.good(token):
            return None
        claims = {"sub": self.subject, "role": self.role}
        return AccessToken(token=token, client_id="proxy", scopes=[], subject=self.subject, claims=claims)


async def test_who_is_locked_out_upstream_is_out_here_in_minutes(pauses: Pauses) -> None:
    verifier = Verifier()
    async with World(token_verifier=verifier).served() as world:
        agent = Agent(world.base)
        tokens = await agent.tokens()
        for _ in range(3):
            assert (await agent.call(tokens["access_token"])).status_code == 200
        assert verifier.asked == 1, "at the sign-in"
        world.clock.ahead += 301
        answers = await asyncio.gather(*(agent.call(tokens["access_token"]) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200} and verifier.asked == 2
        verifier.good = lambda _: False
        assert (await agent.call(tokens["access_token"])).status_code == 200
        world.clock.ahead += 301
        answer = await agent.call(tokens["access_token"])
        assert answer.status_code == 401 and "sign in again" in answer.headers["www-authenticate"]
        assert grants(world) == ["authorization_code", "refresh_token"], "a new one is no better"
        asked = verifier.asked
        answer = await agent.refresh(tokens["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert verifier.asked == asked, "it is left alone for a while"
        assert grants(world) == ["authorization_code", "refresh_token"], "once"
        verifier.good = lambda _: True
        pauses.over()
        assert (await agent.call(tokens["access_token"])).status_code == 200, "it may not have been able to ask"
        # A token that was taken back alone is replaced.
        gone = set(world.upstream.access_tokens)
        verifier.good = lambda token: token not in gone
        world.clock.ahead += 301
        assert (await agent.call(tokens["access_token"])).status_code == 200
        assert grants(world)[2:] == ["refresh_token"]
        verifier.subject = "mallory"
        world.clock.ahead += 301
        assert (await agent.call(tokens["access_token"])).status_code == 401
        verifier.subject = "alice"
        assert (await agent.call(tokens["access_token"])).status_code == 401, "another user's: revoked"
        assert world.upstream.revoked, "and given back"


async def test_while_nobody_can_verify_what_was_known_counts_for_an_hour() -> None:
    verifier = Verifier()
    async with World(token_verifier=verifier).served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100_000
        token = (await agent.tokens())["access_token"]

        def fails(_: str) -> bool:
            raise OSError("away")

        verifier.good = fails
        world.clock.ahead += 1800
        for _ in range(5):
            assert (await agent.call(token)).status_code == 200
        assert verifier.asked == 2, "it is left alone for a while"
        world.clock.ahead += 1799
        verifier.good, verifier.role = (lambda _: True), "guest"
        world.proxy._verifier._upstream_tokens._unanswered = _Pauses()
        assert (await agent.call(token)).status_code == 200
        [(_, entry)] = await world.proxy._store.list("oauth_grant")
        assert Grant.of_bytes(entry.value).claims["role"] == "guest", "as it is now"
        verifier.good = fails
        world.clock.ahead += 3601
        assert (await agent.call(token)).status_code in (401, 503)


@pytest.mark.parametrize("wrong", [None, down])
async def test_a_verifier_that_knows_no_token_in_an_outage_ends_nobody_s_sign_in(wrong: Any, pauses: Pauses) -> None:
    verifier = Verifier()
    # To sign in again is no way out while the upstream does not answer.
    status = 401 if wrong is None else 503
    async with World(token_verifier=verifier, revocation_delay=0).served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100_000
        tokens = await agent.tokens()

        async def kept() -> Grant:
            [(_, entry)] = await world.proxy._store.list("oauth_grant")
            return Grant.of_bytes(entry.value)

        before = await kept()
        assert before.upstream is not None
        verifier.good, world.upstream.wrong = (lambda _: False), wrong
        for _ in range(3):
            world.clock.ahead += 400
            pauses.over()
            assert (await agent.call(tokens["access_token"])).status_code == status
            answer = await agent.refresh(tokens["refresh_token"])
            assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        grant = await kept()
        assert grant.upstream is not None and grant.verified_at == before.verified_at
        assert (grant.upstream.expires_at or 0) >= (before.upstream.expires_at or 0), "it ends no sooner than it did"
        assert len(grants(world)) <= 4, "a new one is asked for once, or while it is not given"

        def fails(_: str) -> bool:
            raise OSError("away")

        verifier.good = fails
        pauses.over()
        assert (await agent.call(tokens["access_token"])).status_code == status, "what it said last counts"
        verifier.good, world.upstream.wrong = (lambda _: True), None
        pauses.over()
        answer = await agent.refresh(tokens["refresh_token"])
        assert answer.status_code == 200 and (await agent.call(answer.json()["access_token"])).status_code == 200
        # For no longer than what a verifier said counts.
        verifier.good = lambda _: False
        world.clock.ahead += UpstreamTokens.UNVERIFIED
        answer = await agent.refresh(answer.json()["refresh_token"])
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("verifier", "sure"),
    [
        (GitHubTokenVerifier, RAISES),
        (type("Own", (GitHubTokenVerifier,), {}), RAISES),
        (type("Own", (GitHubTokenVerifier,), {"verify_token": None}), False),
        (JWTVerifier, True),
        (RemoteOAuth, True),
        (GoogleTokenVerifier, False),
        (FastMCPs, False),
        (Verifier, None),
    ],
)
def test_it_is_known_which_verifiers_were_told_what_they_say(verifier: Any, sure: bool | None) -> None:
    assert is_sure(object.__new__(verifier)) is sure


def of_a_service(request: httpx2.Request) -> httpx2.Response:
    """As GitHub and Google tell whom a token is about."""
    who = {"id": 7, "login": "alice", "sub": "7", "aud": "proxy", "scope": ""}
    return httpx2.Response(200, json=who, request=request)


def is_away(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("away", request=request)


def refuses(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(401, json={}, request=request)


@pytest.mark.parametrize("is_app", [False, True])
@pytest.mark.parametrize(
    ("verifier", "answer", "at_server", "at_token"),
    [
        *([(GitHubTokenVerifier, refuses, 401, 400), (GitHubTokenVerifier, is_away, 200, 200)] if RAISES else []),
        (GoogleTokenVerifier, refuses, 503, 503),
        (GoogleTokenVerifier, is_away, 503, 503),
    ],
)
async def test_a_client_signs_in_again_only_where_its_verifier_was_told_so(
    verifier: Any, answer: Any, at_server: int, at_token: int, is_app: bool
) -> None:
    """GitHub's says for sure that a token is none, Google's says so in an outage, too."""
    answers = of_a_service
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(lambda request: answers(request)))
    async with World(token_verifier=verifier(http_client=http)).served() as world:
        if not is_app:
            # No refresh token, and no end, as of an OAuth app of GitHub's.
            world.upstream.wrong = lambda _: JSONResponse({"access_token": "gho", "token_type": "bearer"})
        agent = Agent(world.base)
        tokens = await agent.tokens()
        world.clock.ahead, answers = 301, answer
        assert (await agent.call(tokens["access_token"])).status_code == at_server
        refreshed = await agent.refresh(tokens["refresh_token"])
        assert refreshed.status_code == at_token
        assert at_token != 400 or refreshed.json()["error"] == "invalid_grant"
        # For no longer than what was said before counts.
        world.clock.ahead = 301 + UpstreamTokens.UNVERIFIED
        if at_token == 503:
            assert (await agent.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
        redirected = await Person().visit(agent.authorize_url(), agent.redirect_uri)
        sure = verifier is GitHubTokenVerifier and answer is refuses
        assert redirected["error"] == ("server_error" if sure else "temporarily_unavailable"), "nobody has denied it"


async def test_a_token_that_was_refreshed_while_nobody_can_verify_counts_as_the_former_one_did() -> None:
    verifier = Verifier()
    async with World(token_verifier=verifier).served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        token = (await agent.tokens())["access_token"]

        def fails(_: str) -> bool:
            raise OSError("away")

        verifier.good = fails
        world.clock.ahead += 101
        assert (await agent.call(token)).status_code == 200
        assert grants(world) == ["authorization_code", "refresh_token"] and verifier.asked == 2


async def test_a_tool_whose_token_the_upstream_refuses_gets_another_one_or_the_client_signs_in_again() -> None:
    refused: list[str] = []

    async def refuse() -> str:
        token = await get_upstream_token()
        refused.append(token)
        return await get_upstream_token(refused=token)

    async with World().served() as world:
        world.server.tool(refuse)
        agent = Agent(world.base)
        tokens = await agent.tokens()
        answer = await agent.tool(tokens["access_token"], "refuse")
        assert answer.status_code == 200 and grants(world) == ["authorization_code", "refresh_token"]
        assert not any(token in answer.text for token in refused), "the old one"
        world.upstream.refresh_tokens.clear()
        assert "sign_in_ended" in (await agent.tool(tokens["access_token"], "refuse")).text
        answer = await agent.call(tokens["access_token"])
        assert answer.status_code == 401 and "sign in again" in answer.headers["www-authenticate"]

    def once(_: dict[str, str]) -> Response:
        return JSONResponse({"access_token": "up", "token_type": "Bearer"})

    async with World().served() as world:
        world.server.tool(refuse)
        world.upstream.wrong = once
        agent = Agent(world.base)
        tokens = await agent.tokens()
        assert "sign_in_ended" in (await agent.tool(tokens["access_token"], "refuse")).text
        assert (await agent.call(tokens["access_token"])).status_code == 401
        assert (await agent.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_tool_has_nothing_of_the_client_s_that_it_could_send_upstream(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[AccessToken] = []

    def look() -> str:
        found = get_access_token()
        assert found is not None
        seen.append(found)
        return found.token

    async def copied() -> str:
        found = get_access_token()
        assert found is not None
        # As a task in the background has it.
        snapshot = type(found).model_validate(found.model_dump())
        monkeypatch.setattr("doorward.oauth_proxy.access_token.get_access_token", lambda: snapshot)
        try:
            return await get_upstream_token()
        except LookupError:
            return "no caller"

    async with World().served() as world:
        world.server.tool(look)
        world.server.tool(copied)
        agent = Agent(world.base)
        first, second = [(await agent.tokens())["access_token"] for _ in range(2)]
        for token in (first, first, second):
            assert token not in (await agent.tool(token, "look")).text
        texts = [each.token for each in seen]
        assert texts[0] == texts[1] != texts[2], "what FastMCP keeps by it is one caller's"
        assert all(text.startswith("await-get_upstream_token()-") for text in texts)
        verified = await world.proxy.verify_token(first)
        assert verified is not None and verified.token == texts[0]
        assert "no caller" in (await agent.tool(first, "copied")).text


async def test_what_one_user_s_refresh_comes_to_keeps_nobody_else_s_from_being_tried() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        one, other = await agent.tokens(), await agent.tokens()
        world.clock.ahead += 101
        world.upstream.wrong = lambda _: JSONResponse({"error": "odd"}, 400)
        assert (await agent.call(one["access_token"])).status_code == 503
        asked = len(world.upstream.asked)
        assert (await agent.call(one["access_token"])).status_code == 503
        assert len(world.upstream.asked) == asked, "not again at once"
        world.upstream.wrong = None
        assert (await agent.call(other["access_token"])).status_code == 200


async def test_an_upstream_that_was_away_is_tried_by_one_alone(pauses: Pauses) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        world.upstream.lifetime = 100
        tokens = [(await agent.tokens())["access_token"] for _ in range(4)]
        world.clock.ahead += 80
        world.upstream.wrong = down
        rounds: list[int] = []
        for _ in range(3):
            asked = len(world.upstream.asked)
            answers = await asyncio.gather(*(agent.call(token) for token in tokens))
            assert {answer.status_code for answer in answers} == {200}
            pauses.over()
            rounds.append(len(world.upstream.asked) - asked)
        assert rounds[1:] == [1, 1], rounds


@pytest.mark.parametrize("url", ["https://up.example/t#f", "https://u:p@up.example/t", "http://up.example/t"])
@pytest.mark.parametrize("which", ["authorization", "token", "revocation"])
def test_an_endpoint_that_nobody_means_is_refused_at_once(url: str, which: str) -> None:
    with pytest.raises(ValueError, match=f"upstream_{which}_endpoint"):
        World(**{f"upstream_{which}_endpoint": url})


async def test_a_public_name_that_leads_into_one_s_own_network_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[str] = []

    async def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append("here")
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = socket.getaddrinfo

    def resolved(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        return found("127.0.0.1" if name in ("up.example", "up.internal") else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    for host, connects in (("up.example", 0), ("up.internal", 1), ("localhost", 1), ("127.0.0.1", 1)):
        came.clear()
        world = World(upstream_token_endpoint=f"https://{host}:{port}/token")
        with pytest.raises(UpstreamError, match="unavailable"):
            await world.proxy._upstream.refresh("a token")
        assert len(came) == connects, host
    server.close()


async def test_who_asks_for_a_token_waits_no_longer_than_for_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = False

    class Verifier(TokenVerifier):
        async def verify_token(self, token: str) -> AccessToken | None:
            if hangs:
                await asyncio.sleep(PATIENCE)
            return AccessToken(token=token, client_id="c", scopes=[], claims={"sub": "alice"})

    async def late(_: dict[str, str]) -> Response:
        await asyncio.sleep(1.5)
        return JSONResponse({"access_token": "new", "token_type": "bearer", "expires_in": 100, "refresh_token": "r"})

    async with World(token_verifier=Verifier()).served() as world:
        world.upstream.lifetime = 100
        agent = Agent(world.base)
        tokens = await agent.tokens()
        world.clock.ahead, world.upstream.wrong, hangs = 95, late, True
        monkeypatch.setattr(UpstreamTokens, "DEADLINE", 2.0)
        monkeypatch.setattr(UpstreamTokens, "WAIT", PATIENCE)
        begun = time.monotonic()
        family = await world.proxy._verifier.family_of(tokens["access_token"])
        with pytest.raises(DoorwardError, match="upstream_unavailable"):
            await world.proxy._verifier.upstream_token(family[1], None)
        assert time.monotonic() - begun < UpstreamTokens.WAIT / 2


@pytest.mark.parametrize(("way", "mounted"), [("call", False), ("token endpoint", False), ("token endpoint", True)])
async def test_a_server_that_ends_keeps_what_the_upstream_is_giving_just_now(
    way: str, mounted: bool, tmp_path: Path
) -> None:
    """And whoever waits for it is not told that something is broken."""
    begun, ended = threading.Event(), asyncio.Event()

    async def slow(_: dict[str, str]) -> Response:
        begun.set()
        await ended.wait()
        given = {"access_token": "new", "token_type": "bearer", "expires_in": 3600, "refresh_token": "next"}
        return JSONResponse(given)

    world = World(f"sqlite:{tmp_path}/proxy.db")
    world.upstream.lifetime = 100
    async with served(world.upstream.app(), world.upstream_listener):
        app: Any = world.server.http_app(path="/mcp", stateless_http=True)
        if mounted:
            within = FastMCP[Any]("fitness", auth=world.proxy, lifespan=world.proxy.lifespan)
            inner = within.http_app(path="/mcp", stateless_http=True)
            app = Starlette(routes=[Mount("/", inner)], lifespan=inner.lifespan)
        # As FastMCP runs it, which waits 2 seconds for requests.
        server = uvicorn.Server(
            uvicorn.Config(
                app, log_level="critical", lifespan="on", timeout_keep_alive=600, timeout_graceful_shutdown=1
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [world.listener]})
        thread.start()
        agent = Agent(world.base)
        tokens = await agent.tokens()
        world.clock.ahead, world.upstream.wrong = 95, slow
        calls = {"call": agent.call(tokens["access_token"]), "token endpoint": agent.refresh(tokens["refresh_token"])}
        asked = asyncio.create_task(calls.pop(way))
        for other in calls.values():
            other.close()
        while not begun.is_set():  # noqa: ASYNC110 (another thread's)
            await asyncio.sleep(0.01)
        server.should_exit = True  # as SIGTERM does
        assert (await asked).status_code == 503
        ended.set()
        await asyncio.to_thread(thread.join)
        _, again = world.make()
        async with served(again.http_app(path="/mcp", stateless_http=True)) as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 200
            assert grants(world) == ["authorization_code", "refresh_token"], "it has what was given"
