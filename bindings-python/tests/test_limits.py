"""Limits in front of servers: whom they count, what they answer, and what they let pass."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import websockets
from fastmcp import Client, FastMCP
from fastmcp.client.auth import BearerAuth
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from conftest import ROOT
from doorward import ApiKey, DoorwardError, Peppers, body
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth
from doorward.limits import Limit, RateLimits
from doorward.scraping import Scraping
from doorward.store.memory import MemoryStore
from run import listen, serve

BODY: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.fixture(autouse=True)
def clock_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What limits go by: nothing of them is given back while a slow machine asks."""
    monkeypatch.setattr("doorward.limiter.time", SimpleNamespace(monotonic_ns=lambda: 10**15))


def call(name: str, id: int = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": {}}}


class App:
    """Counts what comes through, and keeps the last body."""

    def __init__(self, *limits: Limit, **options: Any) -> None:
        self.served, self.body = 0, b""
        self.limits = RateLimits(self, limits, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.served += 1
        self.body = b""
        while True:
            message = await receive()
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": [(b"ratelimit", b'"own";r=1')]})
        await send({"type": "http.response.body", "body": b""})

    async def ask(self, peer: str | None = "192.0.2.1", content: bytes = b"", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.limits, client=(peer, 1) if peer else None)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://mcp.example") as http:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await http.post("/mcp", content=content, headers=sent)


async def test_who_asks_too_often_is_told_when_to_come_again() -> None:
    app = App(Limit("address", 60, 3600, 2))
    first = await app.ask()
    assert first.status_code == 200 and first.headers["ratelimit-policy"] == '"address";q=60;w=3600'
    assert first.headers.get_list("ratelimit") == ['"own";r=1', '"address";r=1;t=60'], "beside what the app says"
    await app.ask()
    over = await app.ask()
    assert (over.status_code, app.served) == (429, 2) and over.headers["retry-after"] == "60"
    assert over.headers["content-type"] == "application/problem+json" and over.headers["cache-control"] == "no-store"
    assert over.headers["ratelimit"] == '"address";r=0;t=120'
    problem = over.json()
    assert problem["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert (problem["status"], problem["violated-policies"]) == (429, ["address"])
    assert problem["error"] == "too_many_requests", "what core says to every client that has to wait"
    assert (await app.ask("192.0.2.2")).status_code == 200


async def test_l03_l04_whom_an_address_is_of() -> None:
    app = App(Limit("address", 1, 60))
    assert [(await app.ask(f"2001:db8::{n}")).status_code for n in range(2)] == [200, 429]
    assert [(await app.ask(peer)).status_code for peer in ("192.0.2.1", "::ffff:192.0.2.1")] == [200, 429]
    assert (await app.ask("192.0.2.1", x_forwarded_for="192.0.2.7")).status_code == 429, "anybody may have written that"
    assert [(await app.ask(None)).status_code for _ in range(2)] == [200, 429], "who is not known is one"
    behind = App(Limit("address", 1, 60), trusted_hops=1, forwarded_by="forwarded")
    assert (await behind.ask(forwarded="for=192.0.2.7")).status_code == 200
    assert (await behind.ask(forwarded="for=1.1.1.1, for=192.0.2.7")).status_code == 429
    assert (await behind.ask(forwarded="for=192.0.2.8")).status_code == 200


async def test_an_address_that_the_server_took_from_a_header_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Limit("address", 9, 60))
    for peer in ("192.0.2.7", "192.0.2.8"):
        await app.ask(peer, x_forwarded_for=f"203.0.113.1, {peer}")
    assert caplog.text.count("proxy_headers=False") == 1 and "it is not read" not in caplog.text
    await app.ask(x_forwarded_for="203.0.113.1")
    assert caplog.text.count("it is not read") == 1
    trusting = App(Limit("address", 9, 60), trusted_hops=1)
    await trusting.ask("192.0.2.7", x_forwarded_for="192.0.2.7")
    assert caplog.text.count("proxy_headers=False") == 1


async def test_credentials_are_counted_whatever_they_are() -> None:
    app = App(Limit("credential", 2, 60))
    peers = [f"192.0.2.{number}" for number in range(3)]
    assert [(await app.ask(peer, authorization="Bearer a")).status_code for peer in peers] == [200, 200, 429]
    assert [(await app.ask(peer, x_api_key="b")).status_code for peer in peers] == [200, 200, 429]
    assert (await app.ask(authorization="Bearer c")).status_code == 200
    assert [(await app.ask()).status_code for _ in range(3)] == [200] * 3
    for spelling in ("bearer a", "BEARER a", "bEARER   a", "Bearer a  ", "a"):
        assert (await app.ask(authorization=spelling)).status_code == 429, spelling
    assert (await app.ask(x_api_key=" a ")).status_code == 429, "one key, however it is sent"
    assert (await app.ask(authorization="", x_api_key="")).status_code == 200


async def test_what_calls_itself_by_one_name_is_counted_together() -> None:
    app = App(Limit("user_agent", 2, 60))
    asked = [await app.ask(f"192.0.2.{number}", user_agent="scraper/1") for number in range(3)]
    assert [answer.status_code for answer in asked] == [200, 200, 429]
    assert (await app.ask("192.0.2.0", user_agent="scraper/2")).status_code == 200


async def test_a_tool_has_a_limit_of_its_own() -> None:
    app = App(Limit("tool", 2, 60, tool="search"))
    search, other = (json.dumps(call(name)).encode() for name in ("search", "other"))
    assert [(await app.ask(content=search)).status_code for _ in range(3)] == [200, 200, 429]
    assert app.body == search, "the server reads it once more"
    assert [(await app.ask(content=other)).status_code for _ in range(9)] == [200] * 9
    assert (await app.ask("192.0.2.2", search)).status_code == 200
    assert "ratelimit-policy" not in (await app.ask(content=other)).headers
    over = await app.ask(content=search)
    assert over.json()["violated-policies"] == ["tool search"]
    each = App(Limit("tool", 1, 60))
    assert [(await each.ask(content=body)).status_code for body in (search, other, search, other)] == [
        200,
        200,
        429,
        429,
    ]


async def test_calls_in_one_request_count_as_many() -> None:
    app = App(Limit("tool", 3, 60, tool="search"))
    both = json.dumps([call("search", 1), call("search", 2), call("other", 3)]).encode()
    assert [(await app.ask(content=both)).status_code for _ in range(2)] == [200, 429]
    one = json.dumps(call("search")).encode()
    assert [(await app.ask(content=one)).status_code for _ in range(2)] == [200, 429], "what was refused used nothing"


async def test_messages_of_one_body_count_as_many_for_every_limit() -> None:
    app = App(Limit("address", 5, 60), Limit("user_agent", 9, 60), Limit("credential", 9, 60))
    three = json.dumps([call("search", id) for id in range(3)]).encode()
    first = await app.ask(content=three, authorization="Bearer a")
    assert '"address";r=2;' in first.headers.get_list("ratelimit")[1]
    assert [(await app.ask(content=body)).status_code for body in (three, b"{}", b"{}")] == [429, 200, 429], (
        "it was read"
    )


async def test_what_can_never_be_let_in_is_not_told_to_come_again() -> None:
    app = App(Limit("address", 9, 60), Limit("tool", 9, 60, 2))
    three = await app.ask(content=json.dumps([call("search")] * 3).encode())
    assert (three.status_code, three.json()["violated-policies"]) == (413, ["tool"])
    assert three.headers["cache-control"] == "no-store" and "retry-after" not in three.headers
    assert (three.json()["error"], three.json()["status"]) == ("content_too_large", 413)
    assert "retry-after" not in three.headers and three.headers["content-type"] == "application/problem+json"
    assert (await app.ask(content=json.dumps([call("search")] * 2).encode())).status_code == 200, "it used nothing"
    statuses = [(await app.ask(content=json.dumps([{}] * 10).encode())).status_code for _ in range(7)]
    assert statuses == [413] * 6 + [429], "but counts as one for who sends it"
    for quota, seconds, burst in ((1, 60, 0), (0, 60, 1), (0, 60, None), (1, 0, 1)):
        with pytest.raises(DoorwardError, match=r"^limit: rate_limit_invalid"):
            Limit("address", quota, seconds, burst)


@pytest.mark.parametrize("per", ["address", "tool"])
async def test_only_so_many_messages_of_a_body_are_looked_at(per: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    app, objects = App(Limit(per, 1000, 60)), 0
    unique = body._Objects.unique

    def counted(self: Any, members: Any) -> Any:
        nonlocal objects
        objects += 1
        return unique(self, members)

    monkeypatch.setattr(body._Objects, "unique", counted)
    for number, status in ((32, 200), (33, 413), (9999, 413)):
        objects = 0
        content = json.dumps([{"method": "ping"}] * number).encode()
        assert (await app.ask(content=content)).status_code == status
        assert objects == min(number, 33)
    objects = 0
    many = b'{"a":[' + b"{}," * 99_999 + b"{}]}"
    assert (await app.ask(content=many)).status_code == 200 and objects == 8193
    objects = 0
    for content, status in ((b'{"a":[{},' + b"1," * 100_000 + b"1]}", 200), (b"[{}" + b",{}" * 100_001 + b"]", 413)):
        assert (await App(Limit(per, 1000, 60)).ask(content=content)).status_code == status and objects == 0


async def test_when_a_body_of_several_may_come_again_is_said_of_all_of_it() -> None:
    app = App(Limit("address", 10, 100), Limit("tool", 10, 100))
    four = json.dumps([call("search", id) for id in range(4)]).encode()
    statuses = [(await app.ask(content=four)) for _ in range(3)]
    assert [answer.status_code for answer in statuses] == [200, 200, 429]
    # One of the two that were left was used; three more take thirty seconds.
    assert statuses[-1].json()["violated-policies"] == ["address", "tool"]
    assert statuses[-1].headers["retry-after"] == "30"


async def test_l05_bodies_that_do_not_end_are_counted_and_have_so_much_memory_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(body, "TOGETHER", 1 << 20)
    app, held = App(Limit("address", 20, 3600), Limit("tool", 9, 3600)), list[asyncio.Task[None]]()

    async def hold(peer: str, *parts: int) -> int:
        """Send so much of a body, and no more of it; return the status if there is one."""
        statuses: list[int] = []
        waits = asyncio.Event()
        came = iter(parts)

        async def receive() -> Message:
            if (length := next(came, None)) is not None:
                return {"type": "http.request", "body": bytes(length), "more_body": True}
            waits.set()
            await asyncio.Event().wait()
            return {}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": [], "client": (peer, 1)}
        held.append(asyncio.create_task(app.limits(scope, receive, send)))
        await asyncio.wait([held[-1], waiting := asyncio.create_task(waits.wait())], return_when="FIRST_COMPLETED")
        waiting.cancel()
        return statuses[0] if statuses else 0

    statuses = [await hold("192.0.2.1", 1000) for _ in range(100)]
    assert statuses == [0] * 20 + [429] * 80
    statuses = [await hold(f"198.51.100.{number}", 60_000, 60_000) for number in range(100)]
    assert statuses == [0] * 8 + [503] * 92 and app.served == 0
    search = json.dumps(call("search")).encode()
    assert (await app.ask("203.0.113.1", search)).status_code == 200, "a short one is read all the same"
    for task in held:
        task.cancel()
    await asyncio.wait(held)
    monkeypatch.setattr(body, "WITHIN", 0.05)
    assert body._together._length == 0
    await hold("192.0.2.9", 60_000, 60_000)
    await asyncio.wait([held[-1]])
    assert body._together._length == 0, "it has taken too long"


async def test_a_body_is_read_once_for_all_that_look_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, real = 0, body._messages

    def counted(content: bytes | None) -> Any:
        nonlocal reads
        reads += 1
        return real(content)

    monkeypatch.setattr(body, "_messages", counted)
    app = App(Limit("address", 9, 60), Limit("tool", 9, 60))
    app.limits = RateLimits(Scraping(app.limits), [Limit("tool", 9, 60)])
    assert (await app.ask(content=json.dumps(call("search")).encode())).status_code == 200 and reads == 1


def test_an_array_is_read_as_json_reads_it() -> None:
    texts = [
        *(
            "[]",
            "[ ]",
            "[{}]",
            "[{},{}]",
            "[{},]",
            "[,]",
            "[{} {}]",
            "[{}] x",
            "[{}]]",
            "{} {}",
            "",
            "[",
            "[{}",
            "[{},",
        ),
        *(
            '[{"a":1,"a":2}]',
            "[1]",
            "1",
            "\ufeff[{}]",
            "[[{}]]",
            ' [ {"a":[1,2]} ,\t{} ]\r\n',
            "[{}" + ",{}" * 31 + "]",
        ),
    ]
    for text in texts:
        try:
            value = json.loads(text, object_pairs_hook=body._Objects().unique)
        except ValueError:
            value = []
        several = value if isinstance(value, list) else [value]
        expected = several if all(isinstance(each, dict) for each in several) else []
        assert body.messages(text.encode()) == expected, text
    assert body.messages(b"[{}" + b",{}" * 32 + b"]") == [] and not body.is_discovery(
        json.dumps([{"method": "ping"}] * 33).encode()
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"search"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"other","name":"search"}}',
        b'\xef\xbb\xbf{"method":"tools/call","params":{"name":"search"}}',
        b'{"method":"tools/call","params":{"name":"search"}} ' + b" " * (4 << 20),
    ],
)
async def test_what_may_be_a_call_of_a_tool_counts_as_one(body: bytes) -> None:
    app = App(Limit("tool", 1, 60, tool="search"))
    assert [(await app.ask(content=body)).status_code for _ in range(2)] == [200, 429]


async def test_what_nobody_reads_for_sure_is_one_call_more_and_not_as_many_again() -> None:
    app = App(Limit("tool", 3, 3600))
    twice = b'{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/call","params":{"name":"search"}}'
    search = json.dumps(call("search")).encode()
    assert [(await app.ask(content=search)).status_code for _ in range(4)] == [200] * 3 + [429]
    assert [(await app.ask(content=twice)).status_code for _ in range(4)] == [200] + [429] * 3
    # What is behind it may unpack a body.
    packed = [await app.ask("192.0.2.2", content=b"x", content_encoding="gzip") for _ in range(4)]
    assert [answer.status_code for answer in packed] == [200] + [429] * 3
    for form in (b"grant_type=authorization_code&code=x", b"", b"[]", b"null"):
        assert [(await app.ask(content=form)).status_code for _ in range(9)] == [200] * 9, "no call at all"


async def test_a_name_that_is_escaped_is_the_same_name() -> None:
    app = App(Limit("tool", 1, 60, tool="search"))
    bodies = [
        json.dumps(call("search")).encode(),
        json.dumps(call("search")).replace("search", "\\u0073earch").encode(),
    ]
    assert [(await app.ask(content=body)).status_code for body in bodies] == [200, 429]


async def test_of_several_limits_each_holds_and_a_body_that_was_read_counts_as_one() -> None:
    app = App(Limit("address", 4, 60, name="all"), Limit("tool", 1, 60, tool="search", name="rare"))
    search = json.dumps(call("search")).encode()
    first = await app.ask(content=search)
    assert first.headers["ratelimit-policy"] == '"all";q=4;w=60, "rare";q=1;w=60'
    again = await app.ask(content=search)
    assert again.status_code == 429 and again.json()["violated-policies"] == ["rare"]
    other = json.dumps(BODY).encode()
    assert [(await app.ask(content=other)).status_code for _ in range(3)] == [200, 200, 429]
    assert (await app.ask(content=search)).json()["violated-policies"] == ["all"], "a body that need not be read is not"


def test_a_limit_that_is_none_is_reported_at_once() -> None:
    with pytest.raises(DoorwardError):
        App(Limit("address", 1, 1, name='"'))
    with pytest.raises(ValueError, match="tool"):
        App(Limit("address", 1, 1, tool="x"))


def search() -> str:
    return "found"


@asynccontextmanager
async def server(behind: bool, *limits: Limit) -> AsyncIterator[tuple[str, ApiKeys]]:
    listener, base = listen()
    keys = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32)))
    mcp = FastMCP("test", auth=ApiKeyAuth(keys, resource=f"{base}/mcp"))
    mcp.tool(search)
    if behind:
        app: Any = mcp.http_app(middleware=[Middleware(RateLimits, limits=limits)])
    else:
        app = RateLimits(mcp.http_app(), limits)
    async with serve(app, listener):
        yield base, keys


async def test_in_front_of_fastmcp_wrong_keys_are_limited_before_they_are_looked_at() -> None:
    async with server(False, Limit("address", 20, 3600), Limit("tool", 1, 60, tool="search")) as (base, keys):
        key, _ = await keys.create()
        async with Client(f"{base}/mcp", auth=BearerAuth(key.reveal())) as client:
            assert (await client.call_tool("search")).data == "found"
            with pytest.raises(Exception):  # noqa: B017 (the client's own, for 429)
                await client.call_tool("search")
        async with httpx.AsyncClient(base_url=base) as http:
            statuses = [(await http.post("/mcp", json=BODY)).status_code for _ in range(25)]
    assert statuses[0] == 401 and statuses[-1] == 429


async def test_behind_authentication_each_subject_is_counted() -> None:
    async with server(True, Limit("subject", 3, 60)) as (base, keys):
        headers = {"accept": "application/json, text/event-stream"}
        async with httpx.AsyncClient(base_url=base, headers=headers) as http:

            async def ask(key: str) -> int:
                return (await http.post("/mcp", json=BODY, headers={"authorization": f"Bearer {key}"})).status_code

            ada, bob = [(await keys.create(owner=owner))[0].reveal() for owner in ("ada", "bob")]
            answers = [await ask(ada) for _ in range(5)]
            assert 429 not in answers[:3] and answers[3:] == [429, 429]
            assert await ask(bob) != 429
            assert await ask("wrong") == 401


async def test_l06_a_key_and_what_it_is_rotated_into_are_one_subject() -> None:
    async with server(True, Limit("subject", 3, 60)) as (base, keys):
        headers = {"accept": "application/json, text/event-stream"}
        async with httpx.AsyncClient(base_url=base, headers=headers) as http:

            async def ask(key: ApiKey) -> int:
                bearer = {"authorization": f"Bearer {key.reveal()}"}
                return (await http.post("/mcp", json=BODY, headers=bearer)).status_code

            for owner in ("ada", ""):
                first, _ = await keys.create(owner=owner)
                second, stored = await keys.rotate(first.id)
                third, last = await keys.rotate(stored.id)
                assert last.line == first.id and (await keys.show(last.id)).subject == (owner or first.id)
                answers = [await ask(key) for key in (first, second, third) * 2]
                assert 429 not in answers[:3] and answers[3:] == [429] * 3
            another, _ = await keys.create()
            assert await ask(another) != 429


async def test_l06_a_subject_is_one_by_whichever_client_it_comes() -> None:
    limited = RateLimits(answering, [Limit("subject", 2, 3600)])

    async def status(client: str, subject: str | None, issuer: str = "https://id.example.com") -> int:
        token = AccessToken(token="t", client_id=client, scopes=[], subject=subject, claims={"iss": issuer})
        scope = {"type": "http", "method": "GET", "path": "/mcp", "headers": [], "user": AuthenticatedUser(token)}
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await limited(scope, nothing, send)
        return int(sent[0]["status"])

    # Who may register clients (RFC 7591) has no more for it.
    assert [await status(f"client-{number}", "ada") for number in range(4)] == [200, 200, 429, 429]
    assert await status("client-0", "bob") == 200
    assert await status("client-0", "ada", "https://other.example.com") == 200
    # A client that calls for nobody is a caller itself.
    assert [await status("client-0", None) for _ in range(3)] == [200, 200, 429]
    assert await status("client-1", None) == 200
    assert await status("ada", None) == 200


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def test_limits_that_would_be_reported_as_one_are_refused() -> None:
    twice = Limit("address", 20, 1), Limit("address", 1000, 3600)
    for limits in (twice, (Limit("tool", 5, 60), Limit("address", 1, 1, name="tool"))):
        with pytest.raises(ValueError, match=r"^limits: 2 have the name '(address|tool)', .* name="):
            App(*limits)
    App(twice[0], Limit("address", 1000, 3600, name="hourly"))


async def test_a_websocket_over_the_limit_is_not_opened() -> None:
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    listener, base = listen()
    app = RateLimits(Starlette(routes=[WebSocketRoute("/ws", echo)]), [Limit("address", 1, 60)])
    async with serve(app, listener):
        url = base.replace("http", "ws") + "/ws"
        async with websockets.connect(url):
            pass
        with pytest.raises(websockets.InvalidStatus):
            async with websockets.connect(url):
                pass


async def test_the_lines_of_the_readme_run() -> None:
    begin = "from doorward.cors import Cors\nfrom doorward.limits import Limit, RateLimits\n\napp"
    mcp = FastMCP("test")
    mcp.tool(search)
    names: dict[str, Any] = {"mcp": mcp}
    exec(begin + (ROOT / "README.md").read_text().split(begin, 1)[1].split("```", 1)[0], names)  # noqa: S102
    listener, base = listen()
    async with serve(names["app"], listener), Client(f"{base}/mcp") as client:
        for _ in range(5):
            await client.call_tool("search")
        with pytest.raises(Exception):  # noqa: B017 (the client's own, for 429)
            await client.call_tool("search")
