"""The key source against servers that behave badly."""

import asyncio
import gzip
import json
import pickle

import httpx
import pytest

from doorward import DoorwardError, KeySet
from doorward.jwks import JwksSource, KeysUnavailable, Verifier
from test_core import DOCUMENT, NOW, policy, token
from test_core import ISSUER as TOKEN_ISSUER

ISSUER = "https://id.example/t"


def source(handler: httpx.MockTransport, jwks_uri: str | None = "https://id.example/jwks") -> JwksSource:
    return JwksSource(ISSUER, jwks_uri=jwks_uri, client=httpx.AsyncClient(transport=handler))


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
            again = pickle.loads(pickle.dumps(error, protocol))
            assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("status", [302, 307, 400, 401, 403, 404, 405, 410])
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
    for hostile in (json.dumps(found | {"issuer": "https://evil.example"}), '{"error":"not found"}', '{"a":1,"a":1}'):
        answers["/.well-known/oauth-authorization-server/t"] = httpx.Response(200, text=hostile)
        with pytest.raises(KeysUnavailable):
            await source(httpx.MockTransport(handler), None).keys()


async def test_k09_keys_that_moved_are_found_again_and_the_old_ones_stay_till_then() -> None:
    place, now = ["/old"], [1000.0]

    def handler(request: httpx.Request) -> httpx.Response:
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
    await asyncio.sleep(0.01)
    now[0] += 10
    assert await keys.keys() is first, "the fetch failed, the keys are fresh"
    now[0] += 30
    second = await keys.keys()
    assert second is not first
    assert len(second) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(200, text="{"),
        httpx.Response(200, text='{"keys":{}}'),
        httpx.Response(200, content=b" " * (1024 * 1024 + 1)),
        httpx.Response(200, content=gzip.compress(DOCUMENT.encode()), headers={"content-encoding": "gzip"}),
        httpx.Response(500),
        httpx.Response(404),
    ],
)
async def test_what_is_no_key_set_gives_no_keys(answer: httpx.Response) -> None:
    with pytest.raises(KeysUnavailable) as caught:
        await source(httpx.MockTransport(lambda _: answer)).keys()
    assert isinstance(caught.value, DoorwardError)
    assert (caught.value.status, caught.value.oauth_error, caught.value.retry_after) == (503, None, 30)


async def test_many_wait_for_one_fetch_and_one_who_leaves_does_not_end_it() -> None:
    fetches = 0

    async def slow(_: httpx.Request) -> httpx.Response:
        nonlocal fetches
        fetches += 1
        await asyncio.sleep(0.05)
        return httpx.Response(200, text=DOCUMENT)

    keys = source(httpx.MockTransport(slow))
    first = asyncio.create_task(keys.keys())
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(keys.keys()) for _ in range(50)]
    await asyncio.sleep(0.01)
    first.cancel()
    assert {len(found) for found in await asyncio.gather(*others)} == {1}
    assert fetches == 1


def test_only_https_or_loopback() -> None:
    for bad in ("http://id.example", "ftp://id.example", "file:///etc/passwd"):
        with pytest.raises(DoorwardError):
            JwksSource(bad)
        with pytest.raises(ValueError, match="jwks_uri"):
            JwksSource(ISSUER, jwks_uri=bad)
    assert json.loads(DOCUMENT)["keys"]


async def test_a_provider_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(60)
        return httpx.Response(200, text=DOCUMENT)

    keys = source(httpx.MockTransport(drip))
    monkeypatch.setattr(keys, "_timeout", 0.05)
    with pytest.raises(KeysUnavailable):
        await asyncio.wait_for(keys.keys(), 5)


async def test_a_token_that_expires_while_keys_are_fetched_is_expired() -> None:
    now, answers = [float(NOW)], ['{"keys":[]}', DOCUMENT]

    def slow(_: httpx.Request) -> httpx.Response:
        now[0] += 50
        return httpx.Response(200, text=answers.pop(0))

    client = httpx.AsyncClient(transport=httpx.MockTransport(slow))
    keys = JwksSource(TOKEN_ISSUER, jwks_uri="https://id.example/jwks", client=client, clock=lambda: now[0])
    with pytest.raises(DoorwardError, match="token_expired"):
        await Verifier(policy(leeway=0), keys, clock=lambda: now[0]).authenticate(token())
    assert not answers
