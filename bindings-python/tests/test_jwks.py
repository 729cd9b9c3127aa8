"""The key source against servers that behave badly."""

import asyncio
import datetime
import gzip
import json
import logging
import pickle
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from doorward import Attempt, DoorwardError, KeySet, KeySource
from doorward.fastmcp import RemoteOAuth
from doorward.jwks import JwksSource, KeysUnavailable, Verifier, _Transport, _trust
from doorward.mcp import DoorwardVerifier
from run import listen, serve
from test_core import AUDIENCE, DOCUMENT, KEY, NOW, policy, token
from test_core import ISSUER as TOKEN_ISSUER

ISSUER = "https://id.example/t"


def source(handler: httpx.MockTransport, jwks_uri: str | None = "https://id.example/jwks") -> JwksSource:
    """By a clock that stands: how long a cool-down has left does not depend on how fast the machine is."""
    return JwksSource(
        ISSUER, jwks_uri=jwks_uri, client=httpx.AsyncClient(transport=handler), clock=lambda: 1_700_000_000.0
    )


async def fetched(source: JwksSource) -> None:
    """The fetch that is under way has come to its end."""
    assert source._fetching is not None
    await source._fetching


async def test_discovery_asks_in_order_and_compares_the_issuer() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/t/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": "https://id.example/keys"})
        return httpx.Response(200, text=DOCUMENT) if request.url.path == "/keys" else httpx.Response(404)

    assert len(await source(httpx.MockTransport(handler), None).keys()) == 1
    assert asked == [
        "/.well-known/oauth-authorization-server/t",
        "/.well-known/openid-configuration/t",
        "/t/.well-known/openid-configuration",
        "/keys",
    ]
    lying = httpx.MockTransport(
        lambda _: httpx.Response(200, json={"issuer": ISSUER + "/", "jwks_uri": "https://id.example/keys"})
    )
    with pytest.raises(KeysUnavailable):
        await source(lying, None).keys()


def test_exceptions_are_the_same_once_pickled() -> None:
    with pytest.raises(DoorwardError) as caught:
        KeySet.parse("{}")
    for error in (KeysUnavailable(7), caught.value):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - its own
            assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("status", [204, 302, 307, 400, 401, 403, 404, 405, 410, 500, 502, 503])
async def test_discovery_goes_on_where_there_is_nothing(status: int) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/t/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": "https://id.example/keys"})
        return (
            httpx.Response(200, text=DOCUMENT)
            if request.url.path == "/keys"
            else httpx.Response(status, headers={"location": "https://id.example/login"})
        )

    assert len(await source(httpx.MockTransport(handler), None).keys()) == 1


@pytest.mark.parametrize("why", [httpx.ConnectError("refused"), httpx.ReadTimeout(""), ssl.SSLError("no TLS"), None])
async def test_discovery_goes_on_where_nobody_answers(why: Exception | None) -> None:
    asked: list[str] = []

    async def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        match request.url.path:
            case "/.well-known/openid-configuration/t":
                return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": "https://id.example/keys"})
            case "/keys":
                return httpx.Response(200, text=DOCUMENT)
        if why is None:
            await asyncio.Event().wait()
        raise why or AssertionError

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    assert len(await JwksSource(ISSUER, client=client).keys()) == 1
    assert asked[1:] == ["/.well-known/openid-configuration/t", "/keys"]


@pytest.mark.parametrize("page", [b"<!doctype html><title>Welcome</title>", b"<p>\xe4</p>", b"", b'"Not found"', b"[]"])
async def test_discovery_goes_on_where_a_server_has_a_page_for_everything(page: bytes) -> None:
    answers: dict[str, httpx.Response] = {}

    def handler(request: httpx.Request) -> httpx.Response:
        return answers.get(request.url.path) or httpx.Response(200, content=page)

    with pytest.raises(KeysUnavailable):
        await source(httpx.MockTransport(handler), None).keys()
    found = {"issuer": ISSUER, "jwks_uri": "https://id.example/keys"}
    answers["/keys"] = httpx.Response(200, text=DOCUMENT)
    answers["/t/.well-known/openid-configuration"] = httpx.Response(200, json=found)
    assert len(await source(httpx.MockTransport(handler), None).keys()) == 1
    answers["/.well-known/oauth-authorization-server/t"] = httpx.Response(200, json={"issuer": ISSUER})
    assert len(await source(httpx.MockTransport(handler), None).keys()) == 1, "jwks_uri is optional"
    for hostile in (json.dumps(found | {"issuer": "https://evil.example"}), '{"error":"not found"}', '{"a":1,"a":1}'):
        answers["/.well-known/oauth-authorization-server/t"] = httpx.Response(200, text=hostile)
        assert len(await source(httpx.MockTransport(handler), None).keys()) == 1, "of the next"
        everywhere = httpx.Response(200, text=hostile)
        with pytest.raises(KeysUnavailable):
            await source(httpx.MockTransport(lambda _, all=everywhere: all), None).keys()


async def test_k09_keys_that_moved_are_found_again_and_the_old_ones_stay_till_then() -> None:
    place, now, failing = ["/old"], [1000.0], False

    def handler(request: httpx.Request) -> httpx.Response:
        if failing:
            return httpx.Response(404)
        if request.url.path == "/.well-known/oauth-authorization-server/t":
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"https://id.example{place[0]}"})
        if request.url.path == place[0]:
            return httpx.Response(200, text=DOCUMENT, headers={"cache-control": "max-age=100"})
        return httpx.Response(404)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    keys = JwksSource(ISSUER, client=client, clock=lambda: now[0])
    first = await keys.keys()
    place[0] = "/new"
    now[0] += 81
    assert await keys.keys() is first, "early"
    await fetched(keys)
    second = await keys.keys()
    assert second is not first, "from the new place"
    assert len(second) == 1
    place[0] = "/newer"
    failing = True
    now[0] += 81
    assert await keys.keys() is second, "early"
    await fetched(keys)
    now[0] += 10
    assert await keys.keys() is second, "the fetch failed, the keys are fresh"
    now[0] += 30
    failing = False
    assert await keys.keys() not in (first, second)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(200, text="{"),
        httpx.Response(200, text='{"keys":{}}'),
        httpx.Response(200, text='{"keys":[]}'),
        httpx.Response(200, text='{"keys":[{"kty":"x"}]}'),
        httpx.Response(200, content=b" " * (1024 * 1024 + 1)),
        httpx.Response(200, content=gzip.compress(DOCUMENT.encode()), headers={"content-encoding": "gzip"}),
        httpx.Response(200, html=DOCUMENT),
        httpx.Response(500),
        httpx.Response(404),
    ],
)
async def test_what_is_no_key_set_gives_no_keys(answer: httpx.Response) -> None:
    with pytest.raises(KeysUnavailable) as caught:
        await source(httpx.MockTransport(lambda _: answer)).keys()
    assert isinstance(caught.value, DoorwardError)
    assert (caught.value.status, caught.value.oauth_error, caught.value.retry_after) == (503, None, 30)


async def test_what_went_wrong_is_logged_with_the_place(caplog: pytest.LogCaptureFixture) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503 if request.url.path.endswith("server/t") else 404, headers={"retry-after": "77"})

    with pytest.raises(KeysUnavailable) as caught:
        await source(httpx.MockTransport(handler), None).keys()
    assert caught.value.retry_after == 77
    assert [record.getMessage() for record in caplog.records if record.name == "doorward"] == [
        f"keys of {ISSUER} were not fetched from https://id.example/.well-known/oauth-authorization-server/t: "
        "DoorwardError response_status status=503"
    ]


async def test_servers_that_ask_what_is_accepted_are_told_both_media_types() -> None:
    asked: list[httpx.Headers] = []

    async def jwks(request: Request) -> Response:
        asked.append(httpx.Headers(request.headers.raw))
        if "application/jwk-set+json" not in request.headers["accept"]:
            return Response(status_code=406)
        return Response(DOCUMENT, media_type="application/jwk-set+json")

    listener, url = listen()
    async with serve(Starlette(routes=[Route("/jwks", jwks)]), listener):
        assert len(await JwksSource(ISSUER, jwks_uri=f"{url}/jwks").keys()) == 1
    assert asked[0]["accept-encoding"] == "identity"
    assert "cookie" not in asked[0]


async def test_a_client_of_the_user_s_own_lends_neither_cookies_nor_credentials() -> None:
    asked: list[httpx.Headers] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers)
        return httpx.Response(200, text=DOCUMENT)

    client = httpx.AsyncClient(
        transport=httpx.MockTransport(handler),
        cookies={"session": "1"},
        auth=("user", "password"),
        headers={"authorization": "Bearer own", "x-key": "1", "user-agent": "own"},
        params={"key": "1"},
    )
    assert len(await JwksSource(ISSUER, jwks_uri="https://id.example/jwks", client=client).keys()) == 1
    assert dict(asked[0]) == {"host": "id.example", "user-agent": "own"} | dict(KeySource.HEADERS)


async def test_of_a_body_no_more_is_read_than_may_be_used() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 65536

    with pytest.raises(KeysUnavailable):
        await source(httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))).keys()
    assert sent == 17
    with pytest.raises(KeysUnavailable):
        await source(httpx.MockTransport(lambda _: httpx.Response(404, content=endless()))).keys()
    assert sent == 17, "nothing of what no document is"


async def test_many_wait_for_one_fetch_and_one_who_leaves_does_not_end_it() -> None:
    fetches, asked, answer = 0, asyncio.Event(), asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        nonlocal fetches
        fetches += 1
        asked.set()
        await answer.wait()
        return httpx.Response(200, text=DOCUMENT)

    keys = source(httpx.MockTransport(slow))
    first = asyncio.create_task(keys.keys())
    await asked.wait()
    others = [asyncio.create_task(keys.keys()) for _ in range(50)]
    await asyncio.sleep(0)
    first.cancel()
    answer.set()
    assert {len(found) for found in await asyncio.gather(*others)} == {1}
    assert fetches == 1


async def test_a_fetch_that_is_lost_is_given_up_and_answers_no_other_request() -> None:
    now, fetches = [1_700_000_000.0], 0
    asked, answers = [[asyncio.Event(), asyncio.Event()] for _ in range(2)]

    async def handler(_: httpx.Request) -> httpx.Response:
        nonlocal fetches
        asked[fetches].set()
        fetches += 1
        await answers[fetches - 1].wait()
        return httpx.Response(200, text=DOCUMENT)

    keys = JwksSource(
        ISSUER,
        jwks_uri="https://id.example/jwks",
        client=httpx.AsyncClient(transport=httpx.MockTransport(handler)),
        clock=lambda: now[0],
    )
    first = asyncio.create_task(keys.keys())
    await asked[0].wait()
    now[0] += 60
    second = asyncio.create_task(keys.keys())
    await asked[1].wait()
    with pytest.raises(KeysUnavailable) as caught:
        await first
    assert caught.value.retry_after == 1
    assert keys._source.token_received(Attempt(), int(now[0])) == ("wait", 0), "what was given up ends nothing"
    answers[1].set()
    assert len(await second) == 1


def test_only_https_or_loopback() -> None:
    for bad in ("http://id.example", "ftp://id.example", "file:///etc/passwd"):
        with pytest.raises(DoorwardError):
            JwksSource(bad)
        with pytest.raises(DoorwardError, match="uri_invalid"):
            JwksSource(ISSUER, jwks_uri=bad)
    assert json.loads(DOCUMENT)["keys"]


async def test_a_provider_that_drips_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    keys = source(httpx.MockTransport(lambda _: httpx.Response(200, content=drip())))
    keys._source = KeySource(ISSUER, jwks_uri="https://id.example/jwks", fetch_timeout=1)
    with pytest.raises(KeysUnavailable):
        await keys.keys()
    assert "DoorwardError response_missing, TimeoutError" in caplog.text


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
    assert "were not fetched" in caplog.text
    if "oct" in useless:
        assert "key 0 of https://id.example is not used: key_symmetric" in caplog.text
    if "keys" in useless:
        assert "DoorwardError key_set_empty" in caplog.text
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


async def test_certificates_are_read_once_and_not_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[int] = []
    create = ssl.create_default_context

    def watched(*arguments: Any, **options: Any) -> ssl.SSLContext:
        readers.append(threading.get_ident())
        return create(*arguments, **options)

    async def jwks(_: Request) -> Response:
        return PlainTextResponse(DOCUMENT)

    _trust.cache_clear()
    monkeypatch.setattr(ssl, "create_default_context", watched)
    listener, url = listen()
    async with serve(Starlette(routes=[Route("/jwks", jwks)]), listener):
        for _ in range(3):
            assert len(await JwksSource(ISSUER, jwks_uri=f"{url}/jwks").keys()) == 1
    assert len(readers) == 1 and readers[0] != threading.get_ident()


SENDS = httpx.AsyncHTTPTransport.handle_async_request


class Network:
    """Names and their addresses; each request that is sent: its address, Host field and certificate's name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]], down: str = "") -> None:
        self.sent: list[tuple[str, str, str | None]] = []

        async def getaddrinfo(host: str, _: object, *, type: int) -> list[Any]:
            return [(socket.AF_INET, type, 6, "", (address, 0)) for address in names[host]]

        async def handle(_: object, request: httpx.Request) -> httpx.Response:
            self.sent.append((request.url.host, request.headers["host"], request.extensions.get("sni_hostname")))
            if request.url.host == down:
                raise httpx.ConnectTimeout("down")
            if request.url.path == "/keys":
                return httpx.Response(200, text=DOCUMENT)
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": self.jwks_uri})

        self.jwks_uri = "https://keys.example/keys"
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["8.8.8.8", "10.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], []],
)
async def test_u05_a_name_elsewhere_leads_to_no_address_within(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, addresses: list[str]
) -> None:
    network = Network(monkeypatch, {"keys.example": addresses})
    with pytest.raises(KeysUnavailable):
        await JwksSource(ISSUER).keys()
    assert {host for _, host, _ in network.sent} == {"id.example"}
    assert not addresses or f"keys.example is at {addresses[-1]}" in caplog.text


async def test_a_name_elsewhere_is_connected_to_by_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(monkeypatch, {"keys.example": ["2606:4700::1111", "8.8.8.8"]}, down="2606:4700::1111")
    assert len(await JwksSource(ISSUER).keys()) == 1
    assert network.sent == [
        ("id.example", "id.example", None),
        ("2606:4700::1111", "keys.example", "keys.example"),
        ("8.8.8.8", "keys.example", "keys.example"),
    ]


async def test_the_issuer_and_the_operator_may_stand_within(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, {})
    network.jwks_uri = "https://id.example:8443/keys"
    assert len(await JwksSource(ISSUER).keys()) == 1
    assert len(await JwksSource(ISSUER, jwks_uri="https://keys.example/keys").keys()) == 1
    assert [host for host, _, _ in network.sent] == ["id.example", "id.example", "keys.example"]


def certificate(folder: Path, name: str) -> Path:
    """A certificate of this name, signed by itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), 1, start, start.replace(year=2120))
    own = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, SHA256())
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (path := folder / f"{name}.pem").write_bytes(own.public_bytes(Encoding.PEM) + plain)
    return path


@pytest.mark.parametrize("name", ["keys.example", "other.example"])
async def test_the_certificate_is_that_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Over real TLS, at an address that this test alone takes for one on the internet."""
    listener, _ = listen()
    port, hosts = listener.getsockname()[1], list[str]()

    async def keys(request: Request) -> Response:
        hosts.append(request.headers["host"])
        return PlainTextResponse(DOCUMENT)

    own = certificate(tmp_path, name)
    app = Starlette(routes=[Route("/keys", keys)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ssl_certfile=own, ssl_keyfile=own))
    network = Network(monkeypatch, {"keys.example": ["127.0.0.1"]})
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", SENDS)
    monkeypatch.setattr("doorward.jwks.may_connect", lambda _, url, address: address == "127.0.0.1")
    monkeypatch.setattr("doorward.jwks._trust", lambda: ssl.create_default_context(cafile=own))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"https://keys.example:{port}/keys"
    async with httpx.AsyncClient(transport=_Transport(ISSUER)) as client:
        request = client.build_request("GET", url)
        if name == "keys.example":
            assert (await client.send(request)).text == DOCUMENT
            assert hosts == [f"keys.example:{port}"]
        else:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.send(request)
            assert not hosts
    assert not network.sent
    server.should_exit = True
    await task
