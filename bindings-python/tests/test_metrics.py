"""Counters, and what they do not say; and signals, which nothing is done about."""

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from prometheus_client import CollectorRegistry, generate_latest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from doorward import ApiKey, Peppers
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth
from doorward.limits import Limit, RateLimits
from doorward.metrics import Metrics
from doorward.scraping import Scraping
from doorward.store.memory import MemoryStore
from doorward.telemetry import Telemetry
from doorward.testing.person import Person
from doorward.testing.sign_in import served
from proxy_world import Agent, World

ACCEPT = {"accept": "application/json, text/event-stream"}
PEER = "192.0.2.77"


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}


async def post(app: ASGIApp, body: Any, peer: str = PEER, **headers: str) -> int:
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com", headers=ACCEPT) as http:
        sent = {"content-type": "application/json", **headers}
        return (
            await http.post("/mcp", content=body if isinstance(body, bytes) else json.dumps(body), headers=sent)
        ).status_code


async def ask(counted: Callable[[ASGIApp], ASGIApp]) -> list[str]:
    """Send requests that are accepted and refused, and return what nothing may name."""
    keys = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32)))
    server = FastMCP("test", auth=ApiKeyAuth(keys, resource="https://mcp.example.com/mcp", scopes="read"))
    server.tool(whoami)
    app = server.http_app(stateless_http=True, json_response=True)
    front = counted(RateLimits(Scraping(app), [Limit("address", 7, 3600)]))
    good, poor = [(await keys.create(owner="ada", scopes=scopes))[0].reveal() for scopes in (["read"], [])]
    unknown = ApiKey.mint("mcp", b"u" * 32).reveal()
    async with app.router.lifespan_context(app):
        statuses = [
            await post(front, call("whoami"), **({"authorization": f"Bearer {key}"} if key else {}))
            for key in (good, good, poor, unknown, unknown, good[:-1], None, good)
        ]
    assert statuses == [200, 200, 403, 401, 401, 401, 401, 429]
    return [good, unknown, ApiKey.parse(good).id, PEER, "ada", "whoami"]


async def test_decisions_are_counted_by_reason_and_name_nobody() -> None:
    registry = CollectorRegistry()
    secrets = await ask(lambda app: Metrics(app, registry=registry))
    text = generate_latest(registry).decode()
    for line in (
        'doorward_requests_total{decision="accepted",reason="",status="2xx"} 2.0',
        'doorward_requests_total{decision="refused",reason="insufficient_scope",status="4xx"} 1.0',
        'doorward_requests_total{decision="refused",reason="api_key_unknown",status="4xx"} 2.0',
        'doorward_requests_total{decision="refused",reason="credentials_missing",status="4xx"} 1.0',
        'doorward_requests_total{decision="refused",reason="rate_limited",status="4xx"} 1.0',
        'doorward_limited_total{policy="address"} 1.0',
        "doorward_request_seconds_count 8.0",
    ):
        assert line in text, text
    for secret in secrets:
        assert secret not in text


async def test_more_messages_than_are_ever_let_in_are_no_rate() -> None:
    registry = CollectorRegistry()
    limited = RateLimits(FastMCP("test").http_app(), [Limit("address", 7, 3600)])
    assert await post(Metrics(limited, registry=registry), [call("whoami")] * 8) == 413
    text = generate_latest(registry).decode()
    assert 'doorward_requests_total{decision="refused",reason="too_many_messages",status="4xx"} 1.0' in text
    assert 'doorward_limited_total{policy="address"} 1.0' in text


async def test_they_are_counted_for_opentelemetry_alike_and_beside() -> None:
    reader, registry = InMemoryMetricReader(), CollectorRegistry()
    provider = MeterProvider([reader])
    secrets = await ask(lambda app: Telemetry(Metrics(app, registry=registry), meter_provider=provider))
    data = reader.get_metrics_data()
    assert data is not None
    [scope] = data.resource_metrics[0].scope_metrics
    points = {metric.name: list(metric.data.data_points) for metric in scope.metrics}
    counted = {
        (name, *(point.attributes or {}).values()): point.value
        for name, found in points.items()
        for point in found
        if isinstance(point, NumberDataPoint)
    }
    assert counted == {
        ("doorward.requests", "accepted", "", "2xx"): 2,
        ("doorward.requests", "refused", "insufficient_scope", "4xx"): 1,
        ("doorward.requests", "refused", "api_key_unknown", "4xx"): 2,
        ("doorward.requests", "refused", "api_key_malformed", "4xx"): 1,
        ("doorward.requests", "refused", "credentials_missing", "4xx"): 1,
        ("doorward.requests", "refused", "rate_limited", "4xx"): 1,
        ("doorward.limited", "address"): 1,
    }
    [seconds] = points["doorward.request.duration"]
    assert isinstance(seconds, HistogramDataPoint) and seconds.count == 8
    text = data.to_json()
    for secret in secrets:
        assert secret not in text
    requests = generate_latest(registry).decode()
    assert 'reason="insufficient_scope",status="4xx"} 1.0' in requests, "both at once"


async def test_what_a_proxy_refuses_is_counted_by_reason() -> None:
    registry, world = CollectorRegistry(), World()
    front = Metrics(world.server.http_app(path="/mcp", stateless_http=True), registry=registry)
    async with served(world.upstream.app(), world.upstream_listener), served(front, world.listener):
        agent = Agent(world.base)
        tokens = await agent.tokens()
        assert (await agent.redeem("unknown")).status_code == 400
        assert (await agent.revoke(tokens["refresh_token"], client_id="nobody")).status_code == 401
        assert (await agent.http.post("/register", json={})).status_code == 400
        for path in ("/authorize?client_id=nobody", "/auth/callback"):
            assert (await agent.http.get(path)).status_code == 400
        assert (await agent.http.post("/consent")).status_code == 400
        with pytest.raises(KeyError):  # the client is told an error
            await agent.code(Person(approves=False))
        world.upstream.wrong = lambda _: Response(None, 503)
        with pytest.raises(KeyError):
            await agent.code()
    counted = {
        sample.labels["reason"]: sample.value
        for metric in registry.collect()
        for sample in metric.samples
        if sample.name == "doorward_requests_total" and sample.labels["decision"] == "refused"
    }
    assert counted == {
        "code_unknown": 1,
        "client_unknown": 2,
        "client_redirect_uri_invalid": 1,
        "state_mismatch": 1,
        "state_invalid": 1,
        "access_denied": 1,
        "upstream_unavailable": 1,
    }
    text = generate_latest(registry).decode()
    for secret in (agent.client_id, tokens["access_token"], tokens["refresh_token"], "nobody", "127.0.0.1"):
        assert secret not in text


async def whoami() -> str:
    return "somebody"


class Watched:
    """An app behind `Scraping`, with a clock."""

    def __init__(self) -> None:
        self.now, self.reported = 0.0, list[tuple[str, str, int]]()
        self.app = Scraping(self, lambda *what: self.reported.append(what), clock=lambda: self.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def call(self, body: Any, peer: str = PEER, pause: float = 1.0) -> None:
        self.now += pause
        assert await post(self.app, body, peer) == 200, "nothing is done about it"

    @property
    def signals(self) -> list[str]:
        return [signal for signal, _, _ in self.reported]


def pauses() -> Any:
    """Pauses as people have them."""
    while True:
        yield from (0.4, 2.5, 1.1, 0.2, 3.0)


async def test_many_arguments_are_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    watched, pause = Watched(), pauses()
    caplog.set_level(logging.WARNING, "doorward")
    for _ in range(300):
        await watched.call(call("search", q="always the same"), pause=next(pause))
    assert watched.reported == []
    for number in range(300):
        await watched.call(call("search", q=number), "192.0.2.2", pause=next(pause))
    [(signal, client, count)] = watched.reported
    assert (signal, client) == ("many_arguments", "192.0.2.2") and 180 <= count <= 220
    assert caplog.text.count("many_arguments") == 1 and "nothing is done" in caplog.text
    watched.now += Scraping.WINDOW
    for number in range(250):
        await watched.call(call("search", q=-number), "192.0.2.2", pause=next(pause))
    assert watched.signals == ["many_arguments"] * 2, "again in another window"


async def test_many_tools_and_regular_pauses_are_reported() -> None:
    watched, pause = Watched(), pauses()
    for number in range(20):
        await watched.call(call(f"tool {number}"), pause=next(pause))
    assert watched.reported == [("many_tools", PEER, 12)]
    for number in range(40):
        await watched.call(call("search"), "192.0.2.3", pause=1 + (number % 3) * 0.01)
    assert watched.reported[1:] == [("regular_intervals", "192.0.2.3", 30)]


async def test_a_member_that_is_there_twice_hides_nobody() -> None:
    watched, pause = Watched(), pauses()
    for number in range(250):
        body = json.dumps(call("search", q=number)).replace('{"', '{"id": 1, "id": 2, "', 1)
        await watched.call(body.encode(), pause=next(pause))
    for _ in range(40):
        await watched.call(b"grant_type=refresh_token", "192.0.2.2")
    assert watched.signals == ["many_arguments"]


async def test_what_is_no_call_is_not_looked_at_and_hostile_bodies_break_nothing() -> None:
    watched = Watched()
    for body in (
        [],
        {},
        [1],
        "x",
        {"method": "tools/call"},
        {"method": "tools/call", "params": ["name"]},
        call("\ud800"),
    ):
        await watched.call(body)
    for _ in range(50):
        await watched.call({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert watched.reported == []


async def test_the_clients_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scraping, "MOST", 10)
    watched = Watched()
    for number in range(50):
        await watched.call(call("search"), f"192.0.2.{number}")
    assert len(watched.app._seen) == 10


async def test_a_report_that_fails_fails_alone(caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched()

    def fail(signal: str, client: str, seen: int) -> None:
        raise ValueError(signal)

    watched.app._report = fail
    for peer in (PEER, "192.0.2.2"):
        for number in range(12):
            await watched.call(call(f"tool {number}"), peer)
    assert caplog.text.count("report of what looks odd failed") == 1
