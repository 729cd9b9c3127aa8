"""FastMCP and SDK servers behind API keys: real clients, and what others are answered."""

import asyncio
import base64
import functools
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastmcp import Client, FastMCP
from fastmcp.client.auth import BearerAuth
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server.auth import MultiAuth, require_scopes
from fastmcp.server.dependencies import get_access_token
from mcp import Client as SdkClient
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from conftest import ROOT
from doorward import ApiKey, Peppers
from doorward.api_keys import ApiKeys
from doorward.api_keys.authenticator import ApiKeyAuthenticator
from doorward.cors import Cors
from doorward.errors import error_of
from doorward.fastmcp import ApiKeyAuth, OAuthProxy, RemoteOAuth
from doorward.mcp import ApiKeyVerifier, DoorwardVerifier, protect
from doorward.peppers import add_pepper
from doorward.resource_server import ResourceServer
from doorward.store import StoreUnavailable
from doorward.store.memory import MemoryStore
from doorward.testing import Issuer
from doorward.upstream_keys import UpstreamKey, UpstreamKeys
from run import listen, serve

RESOURCE = "https://mcp.example.com/mcp"
BODY = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}
INVALID = 'Bearer realm="mcp", error="invalid_token", '


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here waits for who tries too often."""
    monkeypatch.setattr(ApiKeyAuthenticator, "PAUSE", 0.001)


class World:
    """A server behind keys in memory."""

    def __init__(self, **options: Any) -> None:
        self.store = MemoryStore()
        self.keys = ApiKeys(self.store, Peppers((1, b"p" * 32)), revocation_delay=options.pop("revocation_delay", 0))
        self.auth = self.provider(**({"resource": RESOURCE} | options))
        self.server = FastMCP("test", auth=self.auth)
        self.server.tool(whoami)
        self.server.tool(write, auth=require_scopes("write"))

    def provider(self, **options: Any) -> ApiKeyAuth:
        return ApiKeyAuth(self.keys, **options)

    async def key(self, **options: Any) -> str:
        key, _ = await self.keys.create(**({"owner": "ada", "scopes": ["read"]} | options))
        return key.reveal()

    @asynccontextmanager
    async def http(self, peer: str = "192.0.2.1", auth: Any = None, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        if auth is not None:
            self.server.auth = auth
        app = self.server.http_app(path="/mcp", stateless_http=True, json_response=True, **options)
        transport = httpx.ASGITransport(app, client=(peer, 1))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com", headers=ACCEPT) as http,
        ):
            yield http

    async def post(
        self, key: str | None = None, peer: str = "192.0.2.1", auth: Any = None, **headers: str
    ) -> httpx.Response:
        if key is not None:
            headers["authorization"] = f"Bearer {key}"
        async with self.http(peer, auth) as http:
            return await http.post("/mcp", json=BODY, headers={n.replace("_", "-"): v for n, v in headers.items()})


async def whoami() -> dict[str, Any]:
    token = get_access_token()
    assert token is not None
    return {
        name: getattr(token, name) for name in ("client_id", "subject", "scopes", "resource", "expires_at", "claims")
    }


async def write() -> str:
    return "written"


def unknown(number: int = 0) -> str:
    return ApiKey.mint("mcp", number.to_bytes(32, "big")).reveal()


async def test_a_tool_that_comes_later_has_its_scopes_asked_for() -> None:
    world = World()
    world.server = FastMCP("test", auth=world.auth)
    headers = {"authorization": f"Bearer {await world.key()}"}
    call = BODY | {"method": "tools/call", "params": {"name": "write", "arguments": {}}}
    async with world.http() as http:
        assert (await http.post("/mcp", json=BODY, headers=headers)).status_code == 200
        world.server.tool(write, auth=require_scopes("write"))
        answer = await http.post("/mcp", json=call, headers=headers)
    assert answer.status_code == 403 and answer.headers["www-authenticate"].endswith(', scope="write"')


async def test_a_fastmcp_client_comes_in_by_its_key_over_the_network() -> None:
    listener, base = listen()
    world = World(resource=f"{base}/mcp", scopes=["read"], header="X-API-Key")
    text = await world.key(resource=f"{base}/mcp", expires_at=4_000_000_000)
    id = ApiKey.parse(text).id
    async with serve(world.server.http_app(path="/mcp"), listener):
        for transport in (
            StreamableHttpTransport(f"{base}/mcp", auth=BearerAuth(text)),
            StreamableHttpTransport(f"{base}/mcp", headers={"X-API-Key": text}),
        ):
            async with Client(transport) as client:
                assert [tool.name for tool in await client.list_tools()] == ["whoami"]
                who = (await client.call_tool("whoami")).data
        assert who == {
            "client_id": id,
            "subject": "ada",
            "scopes": ["read"],
            "resource": f"{base}/mcp",
            "expires_at": 4_000_000_000,
            "claims": {"iss": f"{base}/mcp", "sub": "ada", "client_id": id, "scope": "read"},
        }
        await world.keys.revoke(id)
        with pytest.raises(Exception, match="error"):
            async with Client(f"{base}/mcp", auth=BearerAuth(text)) as client:
                await client.ping()


async def test_a_client_of_the_sdk_comes_in_too() -> None:
    listener, base = listen()
    keys = World().keys
    slow = (1, 3_600_000, 20)
    verifier = ApiKeyVerifier(keys, resource=f"{base}/mcp", scopes="read", header="X-API-Key", failures=slow)
    server = MCPServer("notes", auth=verifier.auth_settings(), token_verifier=verifier)
    good, _ = await keys.create(owner="ada", scopes="read")
    poor, _ = await keys.create(owner="ada")
    app = protect(server.streamable_http_app())
    async with serve(app, listener), httpx.AsyncClient(base_url=base, headers=ACCEPT) as http:
        for headers in ({"authorization": f"Bearer {good.reveal()}"}, {"x-api-key": good.reveal()}):
            sdk = httpx2.AsyncClient(headers=headers)
            async with SdkClient(streamable_http_client(f"{base}/mcp", http_client=sdk)) as client:
                assert (await client.list_tools()).tools == []
        found = await http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {poor.reveal()}"})
        assert found.status_code == 403 and found.headers["www-authenticate"].endswith(', scope="read"')
        for number in range(20):
            wrong = await http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {unknown(number)}"})
            assert wrong.status_code == 401 and wrong.headers["www-authenticate"].startswith(INVALID)
        new, _ = await keys.create(owner="bob", scopes="read")
        late = await http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {new.reveal()}"})
        assert late.status_code == 429 and int(late.headers["retry-after"]) > 0
        assert (await http.get("/.well-known/oauth-protected-resource/mcp")).status_code == 404
    assert await verifier.verify_token(unknown()) is None
    token = await verifier.verify_token(good.reveal())
    assert token is not None and good.reveal() not in repr(token)


async def test_q02_whatever_is_wrong_the_answer_is_the_same(caplog: pytest.LogCaptureFixture) -> None:
    world = World(failures=(1000, 1000, 1000))
    revoked, other = await world.key(), await world.key(resource="https://other.example/mcp")
    expired, early = await world.key(expires_at=1), await world.key(not_before=4_000_000_000)
    await world.keys.revoke(ApiKey.parse(revoked).id)
    good = await world.key()
    typo = good[:-1] + ("0" if good[-1] != "0" else "1")
    caplog.set_level(logging.INFO, "doorward")
    answers = [await world.post(key) for key in (unknown(), revoked, expired, early, other, typo, "opaque", "a.b.c")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({(tuple(answer.headers.items()), answer.content) for answer in answers}) == 1
    assert answers[0].headers["www-authenticate"].startswith(INVALID)
    assert (await world.post()).headers["www-authenticate"] == 'Bearer realm="mcp"', "who has none may be anybody"
    logged = caplog.text
    for name in (
        "unknown",
        "revoked",
        "expired",
        "not_yet_valid",
        "resource_mismatch",
        "checksum_invalid",
        "malformed",
    ):
        assert f"api_key_{name}" in logged
    assert f"key={ApiKey.parse(revoked).id}" in logged
    for key in (unknown(), revoked, expired, early, other, typo, good):
        assert key not in logged and key[-72:] not in logged
    assert (await world.post(good)).status_code == 200


async def test_q02_a_refusal_logs_as_much_whatever_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(failures=(1000, 1000, 1000))
    revoked, expired, waits = await world.key(), await world.key(expires_at=1), 0
    await world.keys.revoke(ApiKey.parse(revoked).id)
    logged: list[str] = []
    for level in ("info", "warning", "log"):
        monkeypatch.setattr(logging.getLogger("doorward"), level, lambda *args, **_: logged.append(str(args)))

    async def waited(began: float) -> None:
        nonlocal waits
        waits += 1
        logged.append("waited")

    monkeypatch.setattr("doorward.api_keys.authenticator.whole_milliseconds_since", waited)
    for flood, lines in ((False, 1), (True, 0)):
        for number in range(30 * flood):
            assert (await world.post(unknown(number))).status_code == 401
        for key in (unknown(99), revoked, expired):
            logged.clear()
            assert (await world.post(key)).status_code == 401
            assert len(logged) == lines + 1 and logged[-1] == "waited", "the wait is the last thing"
    assert waits == 36
    world = World(scopes=["read"])
    assert (await world.post(await world.key(scopes=[]))).status_code == 403 and waits == 37, "whatever the status"


async def test_q02_no_answer_of_the_app_itself_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    world, waits = World(), 0

    async def waited(began: float) -> None:
        nonlocal waits
        waits += 1

    monkeypatch.setattr("doorward.api_keys.authenticator.whole_milliseconds_since", waited)

    @world.server.custom_route("/own", ["GET"])
    async def own(_: Request) -> Response:
        return Response("not yours", 401)

    async with world.http() as http:
        assert (await http.get("/own")).text == "not yours" and waits == 0
        key = {"authorization": f"Bearer {unknown()}"}
        assert (await http.post("/mcp", json=BODY, headers=key)).status_code == 401 and waits == 1


async def test_q02_what_has_no_key_is_answered_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    world, waits, page = World(), 0, "https://app.example.com"

    async def waited(began: float) -> None:
        nonlocal waits
        waits += 1

    monkeypatch.setattr("doorward.api_keys.authenticator.whole_milliseconds_since", waited)
    key = {"authorization": f"Bearer {unknown()}"}
    preflight = {"origin": page, "access-control-request-method": "POST"}
    async with world.http(middleware=[Middleware(Cors, origins=[page])]) as http:
        assert (await http.options("/mcp", headers=preflight)).status_code == 200 and waits == 0
        assert (await http.post("/mcp", json=BODY)).status_code == 401 and waits == 0
        assert (await http.post("/mcp", json=BODY, headers=key)).status_code == 401 and waits == 1
        assert (await http.options("/mcp", headers=preflight | key)).status_code == 200 and waits == 2, "no browser's"


async def test_q04_keys_are_read_where_they_belong_alone() -> None:
    world = World(header="X-API-Key")
    text = await world.key()
    assert (await world.post(x_api_key=text)).status_code == 200
    assert (await world.post(text, x_api_key=text)).status_code == 400, "two are one too many"
    assert (await World().post(x_api_key=text)).status_code == 401, "unless asked for"
    assert (await world.post(x_other=text)).status_code == 401
    async with world.http() as http:
        for query in ("access_token", "api_key", "key", "x-api-key"):
            assert (await http.post(f"/mcp?{query}={text}", json=BODY)).status_code == 401
        assert (await http.post("/mcp", json=BODY, headers={"authorization": f"Basic {text}"})).status_code == 401


async def test_scopes_are_asked_for_by_403() -> None:
    world = World(scopes=["read"])
    poor, good, better = await world.key(scopes=[]), await world.key(), await world.key(scopes=["read", "write"])
    found = await world.post(poor)
    assert found.status_code == 403
    challenge = found.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="mcp", error="insufficient_scope", ') and challenge.endswith(
        ', scope="read"'
    )
    call = BODY | {"method": "tools/call", "params": {"name": "write", "arguments": {}}}
    async with world.http() as http:
        for key, status in ((good, 403), (better, 200)):
            answer = await http.post("/mcp", json=call, headers={"authorization": f"Bearer {key}"})
            assert answer.status_code == status
            if status == 403:
                assert 'scope="read write"' in answer.headers["www-authenticate"]
            else:
                assert "written" in answer.text


async def test_attempts_that_fail_are_limited_before_anything_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(failures=(1, 3_600_000, 5))
    good = await world.key()
    asked = 0
    authenticate = world.keys.authenticate

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return await authenticate(*args, **options)

    monkeypatch.setattr(world.keys, "authenticate", counted)
    for _ in range(50):
        assert (await world.post(good)).status_code == 200, "what succeeds is not counted"
    asked = 0
    answers = [await world.post(unknown(number)) for number in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 7 and asked == 5
    refused = answers[-1]
    assert 0 < int(refused.headers["retry-after"]) <= 3600 and "www-authenticate" not in refused.headers
    assert (await world.post(await world.key())).status_code == 429, "nothing is hashed to see whose it is"
    assert (await world.post(good, peer="192.0.2.2")).status_code == 200
    assert (await world.post(unknown(), peer="2001:db8::1")).status_code == 401
    for number in range(4):
        assert (await world.post(unknown(number), peer=f"2001:db8::{number}")).status_code == 401
    assert (await world.post(good, peer="2001:db8::ffff")).status_code == 429, "L03: a customer's network is one client"


async def test_who_tries_too_often_waits_for_the_answer_and_only_so_many_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses, over, real = 0, asyncio.Event(), asyncio.sleep

    async def sleep(seconds: float) -> None:
        nonlocal pauses
        if seconds == ApiKeyAuthenticator.PAUSE:
            pauses += 1
            await over.wait()
        else:
            await real(seconds)

    monkeypatch.setattr(ApiKeyAuthenticator, "PAUSE", 12345.0)
    monkeypatch.setattr(ApiKeyAuthenticator, "WAITING", 4)
    monkeypatch.setattr("doorward.api_keys.authenticator.asyncio.sleep", sleep)
    world = World(failures=(1, 3_600_000, 1))
    good = await world.key()
    answered = 0
    async with world.http() as http:

        async def ask(number: int) -> None:
            nonlocal answered
            answer = await http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {unknown(number)}"})
            assert answer.status_code == 429
            answered += 1

        async def all_but_those_who_wait() -> None:
            while (answered, pauses) != (6, 4):
                await real(0.01)

        wrong = {"authorization": f"Bearer {unknown()}"}
        assert (await http.post("/mcp", json=BODY, headers=wrong)).status_code == 401
        asked = asyncio.gather(*map(ask, range(10)))
        await asyncio.wait_for(all_but_those_who_wait(), 60)
        assert (await world.post(good, peer="192.0.2.2")).status_code == 200
        assert answered == 6, "they still wait, and others are served"
        over.set()
        await asked
    assert (answered, pauses) == (10, 4)
    assert world.auth._authenticator._waiting == 0


async def test_many_attempts_at_once_are_no_more_than_the_limit() -> None:
    world = World(failures=(1, 3_600_000, 5))
    get, under_way, most, full = world.store.get, 0, 0, asyncio.Event()

    async def slow(kind: str, key: str) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 5:
            full.set()
        await full.wait()
        for _ in range(40):  # more could begin meanwhile
            await asyncio.sleep(0)
        under_way -= 1
        return await get(kind, key)

    setattr(world.store, "get", slow)  # noqa: B010
    async with world.http() as http:
        headers = [{"authorization": f"Bearer {unknown(number)}"} for number in range(40)]
        answers = await asyncio.gather(*(http.post("/mcp", json=BODY, headers=each) for each in headers))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 35 and most == 5
    assert not world.auth._authenticator._by_address._under_way, "nothing is left of those"


@pytest.mark.parametrize("several", [True, False], ids=["keys", "one-key"])
async def test_good_keys_are_not_refused_however_many_come_at_once(several: bool) -> None:
    world = World(failures=(1, 3_600_000, 5))
    keys = [await world.key() for _ in range(60 if several else 1)] * (1 if several else 60)
    async with world.http() as http:

        async def statuses() -> list[int]:
            asked = (http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {key}"}) for key in keys)
            return [answer.status_code for answer in await asyncio.gather(*asked)]

        assert await statuses() == [200] * 60
        for number in range(4):
            wrong = {"authorization": f"Bearer {unknown(number)}"}
            assert (await http.post("/mcp", json=BODY, headers=wrong)).status_code == 401
        assert await statuses() == [200] * 60, "of which one might still have failed"


async def test_keys_of_another_service_are_not_refused_however_many_come_at_once() -> None:
    async def check(key: str) -> UpstreamKey | None:
        await asyncio.sleep(0.02)
        return UpstreamKey(key) if key.startswith("good") else None

    world, auth = World(), ApiKeyAuth(UpstreamKeys(check), resource=RESOURCE, failures=(1, 3_600_000, 5))
    async with world.http(auth=auth) as http:

        async def statuses(kind: str) -> list[int]:
            sent = ({"authorization": f"Bearer {kind}{number}"} for number in range(30))
            answers = await asyncio.gather(*(http.post("/mcp", json=BODY, headers=each) for each in sent))
            return [answer.status_code for answer in answers]

        assert await statuses("good") == [200] * 30
        assert sorted(await statuses("bad")) == [401] * 5 + [429] * 25


@pytest.mark.parametrize("name", ["token_expired", "key_not_found", "issuer_mismatch", "api_key_expired"])
async def test_whatever_a_check_refuses_keys_with_is_a_failed_attempt(name: str) -> None:
    async def check(key: str) -> UpstreamKey | None:
        raise error_of(name)

    world, auth = World(), ApiKeyAuth(UpstreamKeys(check), resource=RESOURCE, failures=(1, 3_600_000, 5))
    async with world.http(auth=auth) as http:
        sent = ({"authorization": f"Bearer {number}"} for number in range(7))
        statuses = [(await http.post("/mcp", json=BODY, headers=each)).status_code for each in sent]
    assert statuses == [401] * 5 + [429] * 2


async def test_who_came_in_before_waits_for_nobody_else() -> None:
    asked, over, world = 0, asyncio.Event(), World(failures=(1, 3_600_000, 5))
    key, get = await world.key(), world.store.get

    async def slow(kind: str, id: str) -> Any:
        nonlocal asked
        if id != ApiKey.parse(key).id:
            asked += 1
            await over.wait()
        return await get(kind, id)

    async with world.http() as http:

        async def ask(key: str) -> int:
            return (await http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {key}"})).status_code

        assert await ask(key) == 200
        setattr(world.store, "get", slow)  # noqa: B010
        others = asyncio.gather(*(ask(unknown(number)) for number in range(9)))
        while asked < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        assert await asyncio.gather(*(ask(key) for _ in range(20))) == [200] * 20 and asked == 5
        over.set()
        assert sorted(await others) == [401] * 5 + [429] * 4


async def test_who_came_in_before_is_not_locked_out_by_others_at_its_address() -> None:
    world = World(failures=(1, 3_600_000, 5))
    good, new = await world.key(), await world.key()
    typo = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert (await world.post(good)).status_code == 200
    statuses = [(await world.post(unknown(number))).status_code for number in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    assert (await world.post(good)).status_code == 200
    assert (await world.post(new)).status_code == 429, "one that never came in from there may be a guess"
    assert (await world.post(new, peer="192.0.2.2")).status_code == 200
    # Under its own id, from its own address, no more may fail than elsewhere.
    assert [(await world.post(typo)).status_code for _ in range(7)] == [401] * 5 + [429] * 2
    assert (await world.post(good)).status_code == 429
    assert (await world.post(good, peer="192.0.2.2")).status_code == 200


async def test_l02_who_has_one_key_does_not_push_out_those_that_came_in(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(failures=(1, 3_600_000, 5))
    monkeypatch.setattr(ApiKeyAuthenticator, "CAME_IN", 2)
    good, busy = await world.key(), await world.key()
    assert (await world.post(good)).status_code == 200
    for number in range(20):
        assert (await world.post(busy, peer=f"198.51.100.{number}")).status_code == 200
    assert [(await world.post(unknown(number))).status_code for number in range(6)][-1] == 429
    assert (await world.post(good)).status_code == 200
    kept = world.auth._authenticator._came_in
    assert len(kept) == 2 and max(map(len, kept.values())) == ApiKeyAuthenticator.PLACES


async def test_a_key_of_another_service_that_is_known_waits_for_no_wrong_one() -> None:
    over, asked, now = asyncio.Event(), 0, 1000.0

    async def check(key: str) -> UpstreamKey | None:
        nonlocal asked
        if key.startswith("good"):
            return UpstreamKey(key)
        asked += 1
        await over.wait()
        return None

    keys = UpstreamKeys(check, clock=lambda: now)
    world, auth = World(), ApiKeyAuth(keys, resource=RESOURCE, failures=(1, 3_600_000, 5))
    async with world.http(auth=auth) as http:

        async def status(key: str) -> int:
            answer = http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {key}"})
            return (await asyncio.wait_for(answer, 60)).status_code

        assert await status("good") == 200
        wrong = asyncio.gather(*(status(f"bad{number}") for number in range(9)))
        while asked < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        assert await status("good") == 200
        now += 61
        assert await status("good") == 200, "it came in from there, and is asked for again"
        over.set()
        assert sorted(await wrong) == [401] * 5 + [429] * 4
        assert await status("good") == 200
        now += 61
        assert await status("good") == 200 and await status("good2") == 429


async def test_wrong_keys_under_an_id_do_not_lock_its_owner_out() -> None:
    world = World(failures=(1, 3_600_000, 5))
    good = await world.key()
    typo = good[:-1] + ("0" if good[-1] != "0" else "1")
    for number in range(5):
        assert (await world.post(typo, peer=f"198.51.100.{number}")).status_code == 401
    for number in range(5):
        assert (await world.post(typo, peer=f"198.51.100.{number}")).status_code == 429, "for the key"
    assert (await world.post(good)).status_code == 200


@pytest.mark.parametrize("with_lifespan", [False, True])
async def test_when_a_server_ends_that_is_mounted_its_use_of_keys_is_written_if_it_says_so(with_lifespan: bool) -> None:
    world = World(scopes=["read"])
    key, stored = await world.keys.create(owner="ada", scopes=["read"])
    world.server = FastMCP("test", auth=world.auth, lifespan=world.auth.lifespan if with_lifespan else None)
    # Whoever mounts an app runs its lifespan, and not its middleware.
    assert (await world.post(key.reveal())).status_code == 200
    assert ((await world.keys.show(stored.id)).last_used is not None) == with_lifespan


async def test_wrong_keys_under_an_id_from_everywhere_are_limited_and_their_owner_is_not() -> None:
    world = World(failures=(1, 3_600_000, 2))
    good = await world.key()
    typo = good[:-1] + ("0" if good[-1] != "0" else "1")
    assert (await world.post(good)).status_code == 200
    statuses = [(await world.post(typo, peer=f"198.51.100.{number}")).status_code for number in range(24)]
    assert statuses == [401] * 20 + [429] * 4
    assert (await world.post(good)).status_code == 200, "it has come in from there"


async def test_who_has_no_address_is_one_client_and_nobody_else() -> None:
    world = World(failures=(1, 3_600_000, 5))
    good, other = await world.key(), await world.key()
    app = world.server.http_app(path="/mcp", stateless_http=True, json_response=True)

    async def nowhere(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"client": None}, receive, send)

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(nowhere), base_url="https://mcp.example.com") as http,
    ):

        async def status(key: str) -> int:
            headers = ACCEPT | {"authorization": f"Bearer {key}"}
            return (await http.post("/mcp", json=BODY, headers=headers)).status_code

        assert await status(good) == 200
        assert [await status(unknown(number)) for number in range(7)] == [401] * 5 + [429] * 2
        assert await status(good) == 200, "it has come in before"
        assert await status(other) == 429
    assert (await world.post(other)).status_code == 200, "those that have one are others"


async def test_l04_the_address_is_the_one_that_trusted_proxies_say(caplog: pytest.LogCaptureFixture) -> None:
    world = World(failures=(1, 3_600_000, 1), trusted_hops=1)
    assert (await world.post(unknown(), x_forwarded_for="203.0.113.1")).status_code == 401
    spoofed = {"x_forwarded_for": "203.0.113.9, 203.0.113.1"}
    assert (await world.post(unknown(), **spoofed)).status_code == 429
    assert (await world.post(unknown(), x_forwarded_for="203.0.113.2")).status_code == 401
    assert "trusted_hops" not in caplog.text
    alone = World(failures=(1, 3_600_000, 1))
    assert (await alone.post(unknown(), x_forwarded_for="203.0.113.1")).status_code == 401
    assert (await alone.post(unknown(), x_forwarded_for="203.0.113.2")).status_code == 429
    assert caplog.text.count("trusted_hops is 0") == 1


async def test_a_key_has_a_limit_of_its_own() -> None:
    world = World()
    slow, quick = await world.key(limit=(1, 60_000, 3)), await world.key(limit=(1000, 1000, 1000))
    statuses = [(await world.post(slow)).status_code for _ in range(5)]
    assert statuses == [200] * 3 + [429] * 2
    assert int((await world.post(slow)).headers["retry-after"]) > 30
    assert (await world.post(quick)).status_code == 200, "and it is no failed attempt"


async def test_l06_a_key_and_what_it_is_rotated_into_have_one_limit() -> None:
    world = World()
    old = await world.key(limit=(1, 60_000, 3))
    new, stored = await world.keys.rotate(ApiKey.parse(old).id)
    last, _ = await world.keys.rotate(stored.id)
    keys = [old, new.reveal(), last.reveal()] * 2
    assert [(await world.post(key)).status_code for key in keys] == [200] * 3 + [429] * 3


async def test_a_store_that_is_away_is_503(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    text = await world.key()

    async def away(*args: Any) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(world.store, "get", away)
    for _ in range(30):
        found = await world.post(text)
        assert found.status_code == 503 and int(found.headers["retry-after"]) > 0
    assert caplog.text.count("keys cannot be looked up: away") == 1 and text not in caplog.text
    assert "refused: storage_unavailable" in caplog.text
    monkeypatch.undo()
    assert (await world.post(text)).status_code == 200, "and is nobody's failure"


async def test_keys_and_tokens_on_one_server_are_told_apart_by_their_form(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name, of in (("key", ApiKeys), ("token", ResourceServer)):

        def seen(*args: Any, name: str = name, before: Any = of.authenticate, **options: Any) -> Any:
            asked.append(name)
            return before(*args, **options)

        monkeypatch.setattr(of, "authenticate", seen)
    issuer = Issuer()
    oauth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, scopes="read", client=issuer.client)
    world = World(resource=None, oauth=oauth)
    key, token = await world.key(), issuer.token(RESOURCE, "read")
    for credential in (key, token):
        assert (await world.post(credential)).status_code == 200
    assert asked == ["key", "token"]
    metadata = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
    for credential, by in (
        (unknown(), "key"),
        (token[:-2], "token"),
        (key[:-1], "token"),
        (issuer.token(RESOURCE, ""), "token"),
    ):
        asked.clear()
        found = await world.post(credential)
        assert found.status_code in (401, 403) and asked == [by]
        assert f'resource_metadata="{metadata}"' in found.headers["www-authenticate"]
    async with world.http() as http:
        assert (await http.get(metadata)).json()["authorization_servers"] == [issuer.url]
    assert (await world.post(await world.key(scopes=[]))).status_code == 403


async def test_keys_and_tokens_are_told_apart_behind_the_sdk_too() -> None:
    issuer, base = Issuer(), "http://127.0.0.1:8000"
    resource = f"{base}/mcp"
    oauth = DoorwardVerifier(issuer=issuer.url, resource=resource, scopes="read", client=issuer.client)
    world = World()
    keys = world.keys
    verifier = ApiKeyVerifier(keys, oauth=oauth, header="X-API-Key")
    server = MCPServer("notes", auth=verifier.auth_settings(), token_verifier=verifier)
    key, token = (await keys.create(owner="ada", scopes="read"))[0].reveal(), issuer.token(resource, "read")
    app = protect(server.streamable_http_app(stateless_http=True, json_response=True))
    transport = httpx.ASGITransport(app)
    metadata = f"{base}/.well-known/oauth-protected-resource/mcp"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=base, headers=ACCEPT) as http,
    ):

        async def post(**headers: str) -> httpx.Response:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await http.post("/mcp", json=BODY, headers=sent)

        for good in ({"authorization": f"Bearer {key}"}, {"authorization": f"Bearer {token}"}, {"x_api_key": key}):
            assert (await post(**good)).status_code == 200
        for wrong, status in ((unknown(), 401), (token[:-2], 401), (issuer.token(resource, ""), 403)):
            found = await post(authorization=f"Bearer {wrong}")
            assert found.status_code == status
            assert f'resource_metadata="{metadata}"' in found.headers["www-authenticate"]
        assert (await http.get(metadata)).json()["authorization_servers"] == [issuer.url]
    for credential in (key, token):
        assert await verifier.verify_token(credential) is not None
    with pytest.raises(ValueError, match="oauth says these"):
        ApiKeyVerifier(keys, resource=RESOURCE, oauth=oauth)
    with pytest.raises(TypeError, match="needs resource or oauth"):
        ApiKeyVerifier(keys)


async def test_within_multi_auth_it_is_no_less_strict() -> None:
    world = World(scopes=["read"], failures=(1, 3_600_000, 5))
    good, poor = await world.key(), await world.key(scopes=[])
    auth = MultiAuth(verifiers=[world.auth])
    assert (await world.post(good, auth=auth)).status_code == 200
    for wrong in (poor, unknown(), "opaque", ""):
        assert (await world.post(wrong, auth=auth)).status_code in (400, 401)
    for _ in range(9):
        await world.post(unknown(), auth=auth)
    assert (await world.post(await world.key(), auth=auth)).status_code == 401, "by the address that FastMCP knows"
    assert (await world.post(good, peer="192.0.2.9", auth=auth)).status_code == 200


class Weather:
    """A service with keys of its own."""

    def __init__(self) -> None:
        self.calls, self.down = 0, False

    async def check(self, key: str) -> UpstreamKey | None:
        self.calls += 1
        await asyncio.sleep(0.01)
        if self.down:
            raise ConnectionError(f"cannot ask about {key}")
        return UpstreamKey("user-7", ("read",)) if key == "weather-0123456789" else None


async def test_keys_of_another_service_are_checked_by_it_and_kept_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    weather, world, now = Weather(), World(), 1000.0
    keys = UpstreamKeys(weather.check, seconds=60, clock=lambda: now)
    auth = ApiKeyAuth(keys, resource=RESOURCE, scopes="read", header="X-API-Key")
    world.server.auth = auth
    text = "weather-0123456789"

    @world.server.tool
    def key() -> bool:
        """Whether a tool has the caller's key, to send it on."""
        token = get_access_token()
        return token is not None and token.token == text and text not in repr(token)

    async with world.http() as http:
        both = [http.post("/mcp", json=BODY, headers={"x-api-key": text}) for _ in range(8)]
        assert {answer.status_code for answer in await asyncio.gather(*both)} == {200} and weather.calls == 1
        call = BODY | {"method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
        who = (await http.post("/mcp", json=call, headers={"authorization": f"Bearer {text}"})).json()
        assert who["result"]["structuredContent"]["subject"] == "user-7" and weather.calls == 1
        assert text.encode() not in repr(keys._accepted).encode(), "as a keyed hash"
        call["params"] = {"name": "key", "arguments": {}}
        found = (await http.post("/mcp", json=call, headers={"x-api-key": text})).json()
        assert found["result"]["structuredContent"] == {"result": True}
        for _ in range(3):
            assert (await http.post("/mcp", json=BODY, headers={"x-api-key": "wrong"})).status_code == 401
        assert weather.calls == 2
        weather.down = True
        assert (await http.post("/mcp", json=BODY, headers={"x-api-key": text})).status_code == 200
        now += 59
        assert (await http.post("/mcp", json=BODY, headers={"x-api-key": text})).status_code == 200
        now += 1
        for _ in range(3):
            assert (await http.post("/mcp", json=BODY, headers={"x-api-key": text})).status_code == 503
        assert caplog.text.count("keys cannot be checked: ConnectionError") == 1 and text not in caplog.text
        weather.down = False
        assert (await http.post("/mcp", json=BODY, headers={"x-api-key": text})).status_code == 200
    assert weather.calls == 6 and not keys._asked


@pytest.mark.parametrize("answer", [True, False, "bob", 0, {"subject": "bob"}, UpstreamKey])
async def test_what_is_no_answer_of_a_check_lets_nobody_in(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def check(key: str) -> Any:
        return answer

    class Late:
        def __call__(self, key: str) -> Any:
            return answer

    late: Any = Late()
    for keys, wanted in (UpstreamKeys(check), "UpstreamKey or None"), (UpstreamKeys(late), "something to await"):
        caplog.clear()
        auth = ApiKeyAuth(keys, resource=RESOURCE)
        for _ in range(2):
            assert (await World().post("secret", auth=auth)).status_code == 503
        reason = f"keys cannot be checked: check: {wanted} is to be returned, not {type(answer).__name__}"
        assert reason in caplog.text and "secret" not in caplog.text and "bob" not in caplog.text
        assert not keys._accepted and not keys._refused


def test_a_check_that_is_not_async_is_reported_at_once() -> None:
    async def check(key: str, more: int = 0) -> UpstreamKey | None:
        return None

    class Service:
        def check(self, key: str) -> UpstreamKey | None:
            return None

        async def __call__(self, key: str) -> UpstreamKey | None:
            return None

    wrong: list[Any] = [Service().check, lambda key: check(key), functools.partial(Service().check), str.strip, len]
    for each in wrong:
        with pytest.raises(TypeError, match=r"^check: must be an async function$"):
            UpstreamKeys(each)
    for good in (check, functools.partial(check, more=1), Service()):
        UpstreamKeys(good)


@pytest.mark.parametrize("scopes", [("read write", "x"), ("x", ""), (" ",), ("x\t",), ("é",)])
def test_what_is_no_scope_is_none_of_a_key_of_another_service(scopes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^scopes: scope_invalid$"):
        UpstreamKey("user-7", scopes)
    for wrong in ({"subject": 7}, {"scopes": "read"}):
        with pytest.raises(TypeError, match=f"^{next(iter(wrong))}: "):
            UpstreamKey(**({"subject": "user-7"} | wrong))


async def test_keys_of_another_service_are_bounded_in_memory_and_time() -> None:
    weather = Weather()
    keys = UpstreamKeys(weather.check)
    keys.MOST = 10
    assert await keys.find("weather-0123456789")
    for number in range(30):
        assert await keys.find(f"{number}") is None
    assert len(keys._refused) == 10 and len(keys._accepted) == 1

    async def never(key: str) -> UpstreamKey | None:
        await asyncio.sleep(3600)
        return None

    lost: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: lost.append(context))
    weather.down = True
    gone = asyncio.create_task(keys.find("weather-secret"))
    await asyncio.sleep(0)
    gone.cancel()
    while keys._asked:  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0)
    gc.collect()
    assert not lost, "nobody waits for the error, and its text is told to nobody"
    late = UpstreamKeys(never, timeout=0.01)
    with pytest.raises(asyncio.TimeoutError):
        await late.find("x")
    assert not late._asked and not late._refused


async def test_y02_what_another_service_s_check_raises_once_all_callers_have_gone_is_not_logged() -> None:
    weather, logged, loop = Weather(), list[object](), asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: logged.append(context))
    weather.down = True
    keys = UpstreamKeys(weather.check)

    async def come_and_go() -> None:
        callers = [asyncio.ensure_future(keys.find("weather-0123456789")) for _ in range(2)]
        await asyncio.sleep(0)
        for caller in callers:
            caller.cancel()
        await asyncio.wait(callers)
        assert all(caller.cancelled() for caller in callers)

    await come_and_go()
    while keys._asked:  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0)
    gc.collect()
    assert weather.calls == 1 and not logged


async def test_beside_oauth_keys_of_another_service_come_in_their_header() -> None:
    issuer, weather = Issuer(), Weather()
    oauth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, scopes="read", client=issuer.client)
    with pytest.raises(ValueError, match="header"):
        ApiKeyAuth(UpstreamKeys(weather.check), oauth=oauth)
    auth = ApiKeyAuth(UpstreamKeys(weather.check), oauth=oauth, header="X-API-Key")
    world = World()
    assert (await world.post(x_api_key="weather-0123456789", auth=auth)).status_code == 200
    assert weather.calls == 1
    assert (await world.post("weather-0123456789", auth=auth)).status_code == 401 and weather.calls == 1
    assert (await world.post(issuer.token(RESOURCE, "read"), auth=auth)).status_code == 200 and weather.calls == 1


@pytest.mark.parametrize(
    "text", ["12|abcdef", "user:pass", "a!b", "a=b", "=", '{"a": 1}', "Bearer x", "plain-1", "x" * 4000]
)
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside-oauth"])
async def test_q04_a_key_of_another_service_is_any_text_in_its_header(text: str, beside: bool) -> None:
    came: list[str] = []

    async def check(key: str) -> UpstreamKey | None:
        came.append(key)
        return UpstreamKey("user-7", ("read",)) if key == text else None

    issuer = Issuer()
    oauth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, scopes="read", client=issuer.client)
    options: dict[str, Any] = {"oauth": oauth} if beside else {"resource": RESOURCE, "scopes": "read"}
    world, auth = World(), ApiKeyAuth(UpstreamKeys(check), header="X-API-Key", **options)

    @world.server.tool
    def key() -> str:
        token = get_access_token()
        return "" if token is None else token.token

    async with world.http(auth=auth) as http:

        async def ask(*keys: str | bytes, **more: str) -> httpx.Response:
            body = BODY | {"method": "tools/call", "params": {"name": "key", "arguments": {}}}
            headers = [("x-api-key", each) for each in keys] + list(more.items())
            return await http.post("/mcp", json=body, headers=headers)  # type: ignore[arg-type]

        for _ in range(2):
            assert (await ask(text)).json()["result"]["structuredContent"] == {"result": text}
        assert came == [text]
        for refused in (text + "x", "wrong|"):
            assert (await ask(refused)).status_code == 401
        assert came[1:] == [text + "x", "wrong|"]
        encoded = base64.urlsafe_b64encode(text.encode()).decode()
        for odd in ("",), (b"\xff",), (text, text):
            assert (await ask(*odd)).status_code == 400
        assert (await ask(text, authorization=f"Bearer {encoded}")).status_code == 400
        # In Authorization it is a token of RFC 6750, section 2.1, and is read as that alone.
        assert (await ask(authorization=f"Bearer {encoded}")).status_code == 401
        assert len(came) == (3 if beside else 4)


def test_mistakes_are_reported_at_once() -> None:
    world = World()
    with pytest.raises(TypeError, match="needs resource or oauth"):
        ApiKeyAuth(world.keys)
    proxy: Any = OAuthProxy(
        upstream="github",
        upstream_client_id="proxy",
        upstream_client_secret="secret",
        base_url="https://mcp.example.com",
        client_storage="memory:",
    )
    with pytest.raises(TypeError, match="got OAuthProxy; beside an OAuthProxy, serve the keys"):
        ApiKeyAuth(world.keys, oauth=proxy)
    issuer = Issuer()
    oauth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, scopes="read", client=issuer.client)
    with pytest.raises(ValueError, match="oauth says these"):
        ApiKeyAuth(world.keys, oauth=oauth, scopes="read")


async def test_the_lines_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    add_pepper("peppers")
    begin = "from fastmcp import FastMCP\n\nfrom doorward.api_keys"
    names: dict[str, Any] = {}
    exec(begin + (ROOT / "README.md").read_text().split(begin, 1)[1].split("```", 1)[0], names)  # noqa: S102
    world = World()
    world.server, world.keys = names["mcp"], names["keys"]
    assert (await world.post(x_api_key=await world.key())).status_code == 200
    await world.keys.close()
    await names["keys"]._store.close()


async def test_when_keys_were_used_is_written_when_the_server_ends() -> None:
    world = World()
    key, _ = await world.keys.create(scopes=["read"])
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    served = asyncio.Event()

    async def receive() -> dict[str, Any]:
        message = next(messages)
        if message["type"] == "lifespan.shutdown":
            await world.keys.authenticate(key.reveal(), resource=RESOURCE)
        return message

    async def send(message: Any) -> None:
        if message["type"] == "lifespan.shutdown.complete":
            served.set()

    await world.server.http_app(stateless_http=True)({"type": "lifespan", "asgi": {}}, receive, send)
    assert served.is_set() and (await world.keys.show(key.id)).last_used is not None
