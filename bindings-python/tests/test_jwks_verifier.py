"""A verifier and its keys: which verdicts are final, and what a flood causes."""

import asyncio
import json
import logging
from typing import Any

import httpx
import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from test_jwks import fetched

from doorward import DoorwardError
from doorward.fastmcp import RemoteOAuth
from doorward.jwks import JwksSource, Verifier
from doorward.mcp import DoorwardVerifier
from run import listen, serve
from test_core import AUDIENCE, DOCUMENT, KEY, NOW, policy, token
from test_core import ISSUER as TOKEN_ISSUER


def signed(key_id: str, **claims: Any) -> str:
    """A token of the issuer of these tests' key, under any key id."""
    good = {"iss": TOKEN_ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 9999} | claims
    return jwt.encode(good, KEY, "RS256", {"typ": "at+jwt", "kid": key_id})


def key_set(*key_ids: str) -> str:
    key = json.loads(DOCUMENT)["keys"][0]
    return json.dumps({"keys": [key | {"kid": key_id} for key_id in key_ids]})


async def outcome(verifier: Verifier, token: str) -> tuple[int, int]:
    """The status that a token gets, and when to come again."""
    try:
        await verifier.authenticate(token)
    except DoorwardError as error:
        return error.status, int(error.details.get("retry_after", 0))
    return 200, 0


class World:
    """A provider that gives what it is told, and a verifier that trusts it, by a clock that stands."""

    def __init__(self, document: str = DOCUMENT, **options: Any) -> None:
        self.now, self.document, self.fetches = float(NOW), document, 0
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        self.answer.set()
        self.source = JwksSource(
            TOKEN_ISSUER,
            jwks_uri="https://id.example/jwks",
            client=httpx.AsyncClient(transport=httpx.MockTransport(self.fetch)),
            clock=lambda: self.now,
        )
        self.verifier = Verifier(policy(**options), self.source, clock=lambda: self.now)

    async def fetch(self, _: httpx.Request) -> httpx.Response:
        self.fetches += 1
        self.asked.set()
        await self.answer.wait()
        return httpx.Response(200, text=self.document, headers={"cache-control": "max-age=600"})

    async def outcome(self, token: str) -> tuple[int, int]:
        return await outcome(self.verifier, token)


async def test_a_token_that_expires_while_keys_are_fetched_is_expired() -> None:
    world = World(key_set("other"))
    assert await world.outcome(signed("r1")) == (401, 0)
    world.document, world.now = DOCUMENT, NOW + 31.0
    world.answer.clear()
    world.asked.clear()
    waiting = asyncio.create_task(world.verifier.authenticate(signed("r1", exp=NOW + 60)))
    await world.asked.wait()
    world.now += 100
    world.answer.set()
    with pytest.raises(DoorwardError, match=f"token_expired expires_at={NOW + 60} now={NOW + 131}"):
        await waiting


async def test_k11_an_unknown_key_is_refused_once_a_fetch_for_it_has_not_brought_it() -> None:
    world = World()
    assert await world.outcome(token()) == (200, 0)
    world.now += 5
    assert await world.outcome(signed("new")) == (503, 25), "there may be newer keys"
    world.now += 25
    assert await world.outcome(signed("new")) == (401, 0), "there were none"
    assert await world.outcome(signed("new")) == (503, 30), "there may be newer keys again"
    world.document, world.now = key_set("r1", "new"), world.now + 30
    assert await world.outcome(signed("new")) == (200, 0), "not held against the key id"
    assert world.fetches == 3


async def test_k11_nobody_waits_in_a_flood_of_key_ids_but_the_first() -> None:
    world = World()
    assert await world.outcome(token()) == (200, 0)
    world.now += 31
    world.answer.clear()
    flood = [asyncio.create_task(world.outcome(signed(f"random-{index}"))) for index in range(300)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in flood] == [False] + [True] * 299
    assert {task.result() for task in flood[1:]} == {(503, 1)}
    assert await world.outcome(token()) == (200, 0), "its key is at hand"
    world.answer.set()
    assert await flood[0] == (401, 0)
    assert world.fetches == 2


async def test_k11_a_signature_that_does_not_hold_asks_for_newer_keys_once_in_a_cooldown() -> None:
    number = json.loads(DOCUMENT)["keys"][0]["n"]
    other = DOCUMENT.replace(number, number[:9] + ("A" if number[9] != "A" else "B") + number[10:])
    world = World(other)
    good, forged = token(), token()[:-9] + "AAAAAAAAA"
    assert await world.outcome(good) == (401, 0), "fetched for this very token"
    world.document, world.now = DOCUMENT, world.now + 29
    assert await world.outcome(good) == (401, 0), "not 503: a bad signature is the caller's fault"
    assert world.fetches == 1
    world.now += 1
    assert await world.outcome(good) == (200, 0), "a new key under the old key id"
    assert await world.outcome(forged) == (401, 0)
    assert world.fetches == 2
    world.now += 30
    world.answer.clear()
    flood = [asyncio.create_task(world.outcome(forged)) for _ in range(300)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [task.done() for task in flood] == [False] + [True] * 299
    assert {task.result() for task in flood[1:]} == {(401, 0)}
    world.document = "no key set"
    world.answer.set()
    assert await flood[0] == (401, 0), "also where none can be had"
    assert world.fetches == 3
    assert await world.outcome(good) == (200, 0), "the keys at hand stay"


async def test_k11_keys_that_rotate_every_five_seconds_refuse_no_good_token() -> None:
    """Published five seconds ahead, over a real connection, while strangers ask for keys that nobody has."""
    listener, url = listen()
    now, fetches = float(NOW), 0

    async def jwks(_: Request) -> Response:
        nonlocal fetches
        fetches += 1
        current = int(now) // 5
        return PlainTextResponse(key_set(*(str(current + step) for step in (-1, 0, 1))))

    source = JwksSource(TOKEN_ISSUER, jwks_uri=f"{url}/jwks", clock=lambda: now)
    verifier = Verifier(policy(), source, clock=lambda: now)
    good, strangers = [], []
    async with serve(Starlette(routes=[Route("/jwks", jwks)]), listener):
        for second in range(240):
            now = float(NOW + second)
            current = int(now) // 5
            kids = [f"random-{second}", str(current + 2), str(current), f"other-{second}"]
            answers = await asyncio.gather(*(outcome(verifier, signed(kid)) for kid in kids))
            good.append(answers.pop(2))
            strangers += answers
    assert {status for status, _ in good} == {200, 503}
    assert all(1 <= seconds <= 30 for status, seconds in good if status == 503)
    assert sum(status == 200 for status, _ in good) >= 8 * 5, "as long as each fetch knew them"
    assert {status for status, _ in strangers} == {401, 503}
    assert fetches == 8


@pytest.mark.parametrize("useless", ['{"keys":[]}', '{"keys":[{"kty":"x"}]}', "{", '{"keys":[{"kty":"oct","k":"AA"}]}'])
async def test_k09_a_set_without_usable_keys_replaces_none(useless: str, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    assert await world.outcome(token()) == (200, 0)
    world.document = useless
    world.now += 500
    with caplog.at_level(logging.INFO, "doorward"):
        assert await world.outcome(signed("r1")) == (200, 0), "early"
        await fetched(world.source)
    assert ("are of no use" if "keys" in useless else "were not found (key_set_malformed)") in caplog.text
    if "oct" in useless:
        assert "key 0 of https://id.example is not used: key_symmetric" in caplog.text
    assert await world.outcome(signed("r1")) == (200, 0), "the keys before stay"
    world.now += 29
    assert await world.outcome(signed("new")) == (503, 1), "nobody could say"
    world.now += 72
    assert await world.outcome(signed("r1")) == (503, 30), "but for their life only"


async def test_k09_keys_that_the_policy_cannot_use_are_none() -> None:
    world = World(algorithms=["ES256"])
    assert await world.outcome(token()) == (503, 30)
    at_hand = JwksSource(
        TOKEN_ISSUER,
        jwks_uri="https://id.example/jwks",
        client=httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=DOCUMENT))),
    )
    await at_hand.keys()
    with pytest.raises(DoorwardError, match="key_set_empty"):
        Verifier(policy(algorithms=["ES256"]), at_hand)


async def test_k09_keys_that_are_withdrawn_are_used_by_no_policy_for_longer_than_they_live() -> None:
    world = World()
    other = Verifier(policy(), world.source, clock=lambda: world.now)
    with pytest.raises(ValueError, match="a source of its own"):
        Verifier(policy(algorithms=["ES256"]), world.source)
    assert (await world.outcome(token()), await outcome(other, token())) == ((200, 0), (200, 0))
    world.document = key_set("new")
    world.now += 500
    good = signed("r1", exp=NOW + 10**6)
    assert await world.outcome(good) == (200, 0), "early"
    await fetched(world.source)
    for verifier in (world.verifier, other):
        assert (await outcome(verifier, good))[0] == 503
        assert await outcome(verifier, signed("new")) == (200, 0)


def test_keys_of_one_issuer_never_serve_another() -> None:
    evil = JwksSource("https://evil.example", jwks_uri="https://evil.example/jwks")
    rules = policy()
    for wrong in (
        lambda: Verifier(rules, evil),
        lambda: DoorwardVerifier(rules, evil),
        lambda: RemoteOAuth(issuer=rules.issuer, resource=AUDIENCE, source=evil),
    ):
        with pytest.raises(ValueError, match=r"https://evil\.example, the policy trusts https://id\.example"):
            wrong()
