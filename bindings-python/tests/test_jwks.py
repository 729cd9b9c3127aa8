"""The key source against servers that behave badly."""

import asyncio
import gzip
import json
import pickle
import ssl
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from doorward import Attempt, DoorwardError, KeySet, KeySource
from doorward.jwks import JwksSource, KeysUnavailable
from run import listen, serve
from test_core import DOCUMENT

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
        f"the keys of {ISSUER} were not found (response_status status=503): "
        "https://id.example/.well-known/oauth-authorization-server/t answered 503; "
        "https://id.example/.well-known/openid-configuration/t answered 404; "
        "https://id.example/t/.well-known/openid-configuration answered 404"
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, html="<p>Log in</p>"), "answered 200, which is no JSON"),
        (httpx.Response(302, headers={"location": "/login"}), "answered 302, a redirect, which is not followed"),
        (httpx.Response(404), "answered 404"),
    ],
)
async def test_a_url_that_is_no_issuers_is_said_to_be_none(
    answer: httpx.Response, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeysUnavailable):
        await source(httpx.MockTransport(lambda _: answer), None).keys()
    [line] = [record.getMessage() for record in caplog.records if record.name == "doorward"]
    assert line.count(said) == 3 and line.endswith(": is that the issuer's URL? Or else give jwks_uri"), line


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
    assert "(response_missing): https://id.example/jwks cannot be reached, TimeoutError" in caplog.text


async def test_an_issuer_that_is_spelt_otherwise_is_reported_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"issuer": ISSUER + "/", "jwks_uri": "https://id.example/jwks"})

    with pytest.raises(KeysUnavailable):
        await source(httpx.MockTransport(handler), None).keys()
    assert f"the issuer is {ISSUER} here, and {ISSUER}/ in its metadata: write it as the metadata does" in caplog.text


def test_mistakes_of_a_source_are_reported_at_once() -> None:
    for name in ("max_stale", "cooldown"):
        with pytest.raises(ValueError, match=f"{name}: -1 is less than 0"):
            JwksSource(ISSUER, **{name: -1})  # type: ignore[arg-type]
    with pytest.raises(DoorwardError, match="relaxation_unknown known=typ_jwt_or_absent"):
        JwksSource(ISSUER, relax=["lax"])  # type: ignore[list-item]
    for algorithms, message in (
        (["RS257"], "algorithms: algorithm_unknown"),
        (["RS256", "HS256"], "algorithms: algorithms_mixed"),
        ([], "algorithms: algorithms_empty"),
        (["HS256"], "algorithms: HS256 is for shared secrets"),
    ):
        with pytest.raises((DoorwardError, ValueError), match=message):
            JwksSource(ISSUER, algorithms=algorithms)
