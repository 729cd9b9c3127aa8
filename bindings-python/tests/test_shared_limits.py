"""Limits that several nodes count together, on a real server: the same decisions as core's, and what happens when the
server is away."""

import asyncio
import logging
import random
import time
import traceback
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP
from starlette.types import Receive, Scope, Send
from test_vectors import cases

import databases
from doorward import DoorwardError, Peppers, RateLimit, RateLimitDecision
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth
from doorward.limits import Limit, RateLimits
from doorward.shared_limits import _SCRIPT, EXACT, Charge, SharedLimits, _key
from doorward.store.memory import MemoryStore
from run import listen, serve


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy is not a server that is away."""
    monkeypatch.setattr(SharedLimits, "TIMEOUT", 10)


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test says what time it is, what is stored does not go by the server's clock meanwhile."""
    second = "ceil(used, quota) + 1000)"
    assert second in _SCRIPT
    monkeypatch.setattr("doorward.shared_limits._SCRIPT", _SCRIPT.replace(second, "ceil(used, quota) + 3600000)"))


@pytest.fixture
async def shared(redis_url: str) -> AsyncIterator[SharedLimits]:
    limits = SharedLimits(redis_url)
    yield limits
    await limits.close()


def shown(decision: RateLimitDecision) -> str:
    """As a vector shows a decision."""
    try:
        decision.check()
        said = "allow"
    except DoorwardError as error:
        said = error.name
    after = "never" if decision.retry_after is None else decision.retry_after
    return f"{said} {decision.remaining} {after} {decision.reset_after}"


@pytest.mark.usefixtures("lasting")
async def test_the_script_decides_as_core_s_vectors_say(shared: SharedLimits) -> None:
    run = left_out = 0
    for case in cases("answers.txt"):
        if case["op"] != "rate_limit" or "result" not in case:
            continue
        limit = int(case["quota"]), int(case["window"]), int(case["burst"])
        requests = [tuple(map(int, request.split())) for request in case["requests"].split(";")]
        if max(limit[1] * limit[2] + limit[0], *(now for now, _ in requests)) >= EXACT:
            left_out += 1
            assert shared.counts(limit) == (limit[1] * limit[2] + limit[0] < EXACT)
            continue
        said: list[str] = []
        for now, cost in requests:
            decided = await shared.decide([Charge(limit, case["id"], cost)], count=True, now=now)
            assert decided is not None
            said += map(shown, decided)
        assert ";".join(said) == case["result"], case["id"]
        run += 1
    assert run >= 10 and left_out == 4


@pytest.mark.usefixtures("lasting")
async def test_the_script_decides_as_core_does_at_random(shared: SharedLimits) -> None:
    chooser, run = random.Random(14), 0  # noqa: S311
    for number in range(40):
        burst = chooser.choice([1, 2, 7, 100])
        window = chooser.choice([1, 7, 1000, 60_000, 86_400_000, (EXACT - (1 << 33)) // burst])
        limit = chooser.choice([1, 3, 7, 100, 2**32 - 1]), window, burst
        rate, state, now = RateLimit(*limit), None, chooser.choice([0, 1_700_000_000_000])
        name = f"random {number} {time.time_ns()}"
        for _ in range(20):
            now = max(
                0, now + chooser.choice([0, 1, 500, window // 3, window, 10 * window, -1, -window // 2, -9 * window])
            )
            now = min(now, EXACT - 1)
            cost = chooser.choice([0, 1, 1, 1, 2, 5, 2**32 - 1])
            expected, next_state = rate.take(state, cost, now)
            looked = await shared.decide([Charge(limit, name, cost)], count=False, now=now)
            decided = await shared.decide([Charge(limit, name, cost)], count=True, now=now)
            assert looked is not None and decided is not None
            assert shown(looked[0]) == shown(decided[0]) == shown(expected), (limit, cost, now)
            state, run = next_state, run + 1
    assert run == 800


async def test_a_request_uses_all_of_its_limits_or_none(shared: SharedLimits) -> None:
    few, many = Charge((2, 60_000, 2), f"few {time.time_ns()}"), Charge((9, 60_000, 9), f"many {time.time_ns()}")

    async def ask(*charges: Charge) -> list[bool]:
        decided = await shared.decide(charges, count=True, now=1_700_000_000_000)
        assert decided is not None
        return [decision.allowed for decision in decided]

    assert [await ask(few, many) for _ in range(4)] == [[True, True]] * 2 + [[False, True]] * 2
    assert [await ask(many) for _ in range(8)] == [[True]] * 7 + [[False]]


async def test_valkey_counts_as_redis_does(redis_url: str, shared: SharedLimits) -> None:
    charges, valkey = (
        [Charge((2, 60_000, 2), f"valkey {time.time_ns()}")],
        SharedLimits(redis_url.replace("redis:", "valkey:")),
    )
    allowed = []
    for counting in (shared, valkey, shared):
        decided = await counting.decide(charges, count=True, now=1_700_000_000_000)
        assert decided is not None
        allowed += [decision.allowed for decision in decided]
    assert allowed == [True, True, False]
    await valkey.close()


async def test_what_is_stored_names_nobody_and_goes_by_itself(redis_url: str, shared: SharedLimits) -> None:
    charge = Charge((1, 3_600_000, 1), "192.0.2.99 Bearer secret")
    await shared.decide([charge], count=True)
    client = shared._client()
    stored = [key async for key in client.scan_iter("doorward:{limits}:*")]
    assert _key(charge).encode() in stored and "secret" not in repr(charge)
    assert not any(b"192.0.2.99" in key or b"secret" in key for key in stored)
    # A second after nothing is used any more, by Redis's clock.
    assert 3_000_000 < await client.pttl(_key(charge)) <= 3_601_000


class Node:
    """An app behind limits, of several that count together."""

    def __init__(self, url: str, *limits: Limit, **options: Any) -> None:
        self.limits = RateLimits(self, limits, shared=url, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, peer: str, content: bytes = b'{"method":"ping"}') -> httpx.Response:
        transport = httpx.ASGITransport(self.limits, client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://mcp.example") as http:
            return await http.post("/mcp", content=content)


async def test_nodes_count_together(redis_url: str) -> None:
    limits = Limit("address", 5, 3600), Limit("tool", 2, 3600, tool="search")
    nodes = [Node(redis_url, *limits) for _ in range(3)]
    peer, other = f"192.0.2.{random.randrange(100)}", "198.51.100.1"  # noqa: S311
    answers = [await nodes[number % 3].ask(peer) for number in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert [answer.headers["ratelimit"].split(";")[1] for answer in answers[:5]] == ["r=4", "r=3", "r=2", "r=1", "r=0"]
    assert 700 < int(answers[-1].headers["retry-after"]) <= 720
    search = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search"}}'
    assert [(await node.ask(other, search)).status_code for node in nodes] == [200, 200, 429]
    assert (await nodes[0].ask(other)).status_code == 200
    some = await asyncio.gather(*(node.ask("198.51.100.2") for node in nodes * 10))
    assert sorted(answer.status_code for answer in some) == [200] * 5 + [429] * 25
    for node in nodes:
        assert node.limits._shared is not None
        await node.limits._shared.close()


async def test_services_of_different_names_count_apart(redis_url: str) -> None:
    limit = Limit("address", 2, 3600)
    search, notes, again = (Node(redis_url, limit, name=name) for name in ("search", "notes", "search"))
    peer = f"2001:db8:{random.randrange(1 << 16):x}::1"  # noqa: S311
    assert [(await node.ask(peer)).status_code for node in (search, again, search)] == [200, 200, 429]
    assert [(await notes.ask(peer)).status_code for _ in range(3)] == [200, 200, 429]
    for node in (search, notes, again):
        assert node.limits._shared is not None
        await node.limits._shared.close()


async def test_a_server_that_refuses_is_not_reported_as_one_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    with databases.redis() as server:
        shared = SharedLimits(server.url)
        await shared._client().config_set("maxmemory", 1)
        assert await shared.decide([Charge((1, 3_600_000, 1), "a")], count=True) is None
        assert "counted here alone: redis refuses (OutOfMemoryError)" in caplog.text
        await shared.close()


async def test_while_the_server_is_away_each_node_goes_by_its_own_count(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedLimits, "PAUSE", 0.05)
    caplog.set_level(logging.WARNING, "doorward")
    with databases.redis() as server:
        limit = Limit("address", 3, 3600)
        one, two = Node(server.url, limit), Node(server.url, limit)
        strict = Node(server.url, limit, when_away="refuse")
        assert [(await one.ask("a::1")).status_code for _ in range(2)] == [200, 200]
        assert (await strict.ask("a::9")).status_code == 200
        server.kill()
        statuses = [(await one.ask("a::1")).status_code for _ in range(3)]
        assert statuses == [200, 429, 429], "it goes on from what it counted itself"
        assert [(await two.ask("a::1")).status_code for _ in range(4)] == [200] * 3 + [429], "it has counted nothing"
        refused = await strict.ask("b::1")
        assert refused.status_code == 429 and refused.headers["retry-after"] == "1"
        assert refused.json()["violated-policies"] == ["address"]
        assert "ratelimit" not in refused.headers, "nobody knows what is left"
        assert caplog.text.count("limits are counted here alone") == 3
        server.start()
        until = time.monotonic() + 60
        while "together again" not in caplog.text and time.monotonic() < until:
            await two.ask("c::1")
            await asyncio.sleep(0.05)
        assert "limits are counted together again" in caplog.text
        for node in (one, two, strict):
            assert node.limits._shared is not None
            await node.limits._shared.close()


async def test_a_server_that_hangs_is_one_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SharedLimits, "TIMEOUT", 0.2)
    monkeypatch.setattr(SharedLimits, "PAUSE", 3600)
    asked = 0

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()

    listener = await asyncio.start_server(never, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    node = Node(f"redis://127.0.0.1:{port}/0", Limit("address", 3, 3600))
    assert [(await node.ask("192.0.2.1")).status_code for _ in range(5)] == [200] * 3 + [429] * 2
    assert asked == 1, "only the first waits for it"
    listener.close()


async def test_connections_end_with_the_server(redis_url: str) -> None:
    listener, base = listen()
    limits = RateLimits(FastMCP("test").http_app(), [Limit("address", 3, 3600)], shared=redis_url)
    assert limits._shared is not None
    async with serve(limits, listener), httpx.AsyncClient() as http:
        await http.get(f"{base}/")
        assert limits._shared._clients
    assert not limits._shared._clients
    auth = ApiKeyAuth(ApiKeys(MemoryStore(), Peppers((1, b"p" * 32))), resource="https://h/mcp", shared=redis_url)
    shared = auth._authenticator._shared
    assert shared is not None
    listener, base = listen()
    async with serve(FastMCP("test", auth=auth).http_app(), listener), httpx.AsyncClient() as http:
        key = (await auth._authenticator._keys.create(limit=(9, 60_000, 9)))[0].reveal()  # type: ignore[union-attr]
        await http.post(f"{base}/mcp", headers={"authorization": f"Bearer {key}"})
        assert shared._clients
    assert not shared._clients


def test_a_limit_that_cannot_be_shared_is_reported_at_once() -> None:
    for url in ("http://127.0.0.1:1/0", "127.0.0.1", ""):
        with pytest.raises(ValueError, match="no URL of a Redis"):
            Node(url, Limit("address", 1, 60))
    for url in ("redis://:hunter2/x@127.0.0.1:6379/0", "valkey://127.0.0.1/0?hunter2=1"):
        with pytest.raises(ValueError, match="no URL of a Redis") as raised:
            ApiKeyAuth(ApiKeys(MemoryStore(), Peppers((1, b"p" * 32))), resource="https://h/mcp", shared=url)
        assert "hunter2" not in "".join(traceback.format_exception(raised.value))
    for option in ("timeout=20", "max_connections=8"):
        assert SharedLimits(f"redis://127.0.0.1/0?{option}")
    with pytest.raises(ValueError, match="53 bits"):
        Node("redis://127.0.0.1:1/0", Limit("address", 1, 4 * 10**9, burst=10**6))


async def test_nodes_count_the_limit_of_a_key_together(redis_url: str) -> None:
    keys = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32)))
    resource = "https://mcp.example.com/mcp"
    nodes = [ApiKeyAuth(keys, resource=resource, shared=redis_url) for _ in range(2)]
    key, other = [(await keys.create(limit=limit))[0].reveal() for limit in ((1, 3_600_000, 3), (1, 1 << 60, 3))]
    assert [await nodes[n % 2].verify_token(key) is not None for n in range(5)] == [True] * 3 + [False] * 2
    # One that cannot be counted there is counted here.
    assert [await nodes[0].verify_token(other) is not None for _ in range(4)] == [True] * 3 + [False]
    for node in nodes:
        assert node._authenticator._shared is not None
        await node._authenticator._shared.close()
        assert (await keys.show(key.split("_")[1])).limit == (1, 3_600_000, 3)
