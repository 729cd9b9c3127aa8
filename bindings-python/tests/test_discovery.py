"""Asking without a token what a server is and which tools it has: only where that was said, and nothing else."""

import json
from typing import Any

import httpx
import pytest
from fastmcp import Client, FastMCP
from fastmcp.client.auth import BearerAuth
from fastmcp.server.auth import require_scopes
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send
from test_fastmcp import METADATA, NOW, RESOURCE, World, healthz
from test_settings import ACCEPT, Make, both

from doorward.body import LIMIT
from doorward.fastmcp import RemoteOAuth
from run import listen, serve

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}


def message(method: str, id: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params} | ({} if id is None else {"id": id})


async def send(app: Starlette, body: Any, method: str = "POST", path: str = RESOURCE, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = ACCEPT | {"content-type": "application/json"} | headers
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http,
    ):
        return await http.request(method, path, content=content, headers=sent)


def app(make: Make, **options: Any) -> Starlette:
    world = World()
    options = {"anonymous_discovery": True} | options
    return make(world.issuer.issuer, RESOURCE, source=world.source, clock=lambda: NOW, **options)


OPEN: list[Any] = [
    message("initialize", **HELLO),
    message("ping"),
    message("tools/list"),
    message("notifications/initialized", None),
    message("server/discover"),
]
CLOSED: list[Any] = [
    message("tools/call", name="open", arguments={}),
    message("resources/list"),
    message("resources/read", uri="data://x"),
    message("prompts/list"),
    message("completion/complete"),
    message("notifications/initialized"),  # with an id it is none
    message("TOOLS/LIST"),
    message("tools/list "),
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    message("ping") | {"params": 5, "result": {"action": "accept"}},  # a response, to the SDK
    message("ping") | {"error": {"code": 1, "message": "x"}},
    [],
    [[]],
    [message("ping"), message("tools/call", name="open")],
    7,
    None,
    b"",
    b"{",
    b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"open"}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping","params":{"name":"open"}}',
    json.dumps(message("ping")).encode("utf-16"),
    b"\xef\xbb\xbf" + json.dumps(message("ping")).encode(),
    b"[" * 100_000,
    json.dumps(message("ping", text="x" * LIMIT)).encode(),
]


@both
async def test_only_what_is_discovery_is_open(make: Make) -> None:
    for body in OPEN:
        answer = await send(app(make), body)
        assert answer.status_code in (200, 202), (body, answer.text)
        assert (await send(app(make, anonymous_discovery=False), body)).status_code == 401, body
    for body in CLOSED:
        answer = await send(app(make), body)
        assert answer.status_code == 401, body
        assert f'resource_metadata="{METADATA}"' in answer.headers["www-authenticate"]


@both
async def test_only_a_post_without_any_credentials_is_open(make: Make) -> None:
    for method in ("GET", "DELETE", "PUT", "HEAD", "OPTIONS"):
        assert (await send(app(make), OPEN[0], method)).status_code == 401, method
    for header, status in (("Bearer x", 401), ("Bearer", 400), ("Basic YTpi", 401), ("", 401)):
        assert (await send(app(make), OPEN[2], authorization=header)).status_code == status, header
    assert (await send(app(make, header="x-token"), OPEN[2], **{"x-token": "x"})).status_code == 401


def server(auth: Any) -> FastMCP[Any]:
    server = FastMCP("test", auth=auth)
    server.tool(lambda: "x", name="open")
    server.tool(lambda: "x", name="closed", auth=require_scopes("a"))
    return server


async def test_nobody_is_nobody() -> None:
    auth = World(anonymous_discovery=True).auth
    cors = Middleware(CORSMiddleware, allow_origins=["*"])
    made = server(auth).http_app(path="/mcp", stateless_http=True, json_response=True, middleware=[cors])
    answer = await send(made, message("tools/list"), origin="https://x.example")
    assert [tool["name"] for tool in answer.json()["result"]["tools"]] == ["open"], "who has no scope sees no more"
    assert answer.headers["access-control-allow-origin"] == "*", "what is between runs"
    made.routes.append(Route("/healthz", healthz))
    assert (await send(made, b"", "GET", "http://127.0.0.1:9/healthz")).text == "ok"
    assert (await send(made, message("tools/call", name="open"))).status_code == 401, "let in once is not let in again"


@both
async def test_what_else_the_server_guards_stays_closed(make: Make) -> None:
    async def admin(scope: Scope, receive: Receive, send: Send) -> None:
        await Response("in")(scope, receive, send)

    guarded = RequireAuthMiddleware(admin, [])
    for path, route in (
        ("/admin", Route("/admin", endpoint=guarded)),
        ("/within/x", Mount("/within", app=guarded)),
        ("/deep/admin", Mount("/deep", routes=[Route("/admin", endpoint=guarded)])),
    ):
        made = app(make)
        made.routes.append(route)
        answer = await send(made, OPEN[1], path=f"http://127.0.0.1:9{path}")
        assert (answer.status_code, answer.text != "in") == (401, True), path
        assert METADATA in answer.headers["www-authenticate"]


@pytest.mark.parametrize("stateless", [True, False])
async def test_a_client_looks_first_and_signs_in_later(stateless: bool) -> None:
    world = World()
    listener, url = listen()
    auth = RemoteOAuth(
        issuer=world.issuer.issuer,
        resource=f"{url}/mcp",
        source=world.source,
        clock=lambda: world.now,
        anonymous_discovery=True,
    )
    made = server(auth).http_app(path="/mcp", stateless_http=stateless)
    async with serve(made, listener), httpx.AsyncClient(headers=ACCEPT) as http:
        hello = await http.post(f"{url}/mcp", json=OPEN[0])
        session = {"mcp-session-id": hello.headers["mcp-session-id"]} if not stateless else {}
        version = {"mcp-protocol-version": "2025-11-25"}
        assert (await http.post(f"{url}/mcp", json=OPEN[3], headers=session | version)).status_code == 202
        listed = await http.post(f"{url}/mcp", json=OPEN[2], headers=session | version)
        assert '"open"' in listed.text and '"closed"' not in listed.text
        call = message("tools/call", name="open", arguments={})
        assert (await http.post(f"{url}/mcp", json=call, headers=session | version)).status_code == 401
        token = world.token(aud=f"{url}/mcp", scope="a")
        async with Client(f"{url}/mcp", auth=BearerAuth(token)) as client:
            assert {tool.name for tool in await client.list_tools()} == {"open", "closed"}
            assert (await client.call_tool("closed")).content[0].text == "x"
        if not stateless:
            theirs = await http.post(
                f"{url}/mcp", json=call, headers=session | version | {"authorization": f"Bearer {token}"}
            )
            assert theirs.status_code in (403, 404), "a session of nobody is nobody else's"
            answer = await http.post(f"{url}/mcp", json=OPEN[2], headers=session | version)
            assert answer.status_code == 200


async def test_a_session_is_no_authentication() -> None:
    """MCP security best practices, "Session Hijacking": each request is verified, and a session is its user's alone."""
    world = World()
    listener, url = listen()
    auth = RemoteOAuth(issuer=world.issuer.issuer, resource=f"{url}/mcp", source=world.source, clock=lambda: world.now)

    def of(subject: str) -> dict[str, str]:
        return {"authorization": f"Bearer {world.token(aud=f'{url}/mcp', sub=subject)}"}

    call = message("tools/call", name="open", arguments={})
    async with serve(server(auth).http_app(path="/mcp"), listener), httpx.AsyncClient(headers=ACCEPT) as http:
        hello = await http.post(f"{url}/mcp", json=OPEN[0], headers=of("alice"))
        session = {"mcp-session-id": hello.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
        for who, status in (({}, 401), (of("mallory"), 404), (of("alice"), 200)):
            answer = await http.post(f"{url}/mcp", json=call, headers=session | who)
            assert answer.status_code == status
        for method, status in (("GET", 401), ("DELETE", 401)):
            assert (await http.request(method, f"{url}/mcp", headers=session)).status_code == status


async def test_an_origin_that_may_not_come_in_is_403_before_anything_is_said_of_tokens() -> None:
    """MCP transports, "Security Warning": FastMCP's check of `Origin` is in front of the door."""
    world = World()
    listener, url = listen()
    auth = RemoteOAuth(issuer=world.issuer.issuer, resource=f"{url}/mcp", source=world.source, clock=lambda: world.now)
    good = {"authorization": f"Bearer {world.token(aud=f'{url}/mcp')}"}
    app = server(auth).http_app(path="/mcp", host_origin_protection=True)
    async with serve(app, listener), httpx.AsyncClient(headers=ACCEPT) as http:
        for origin, credentials, status in (
            ({"origin": "https://evil.example"}, good, 403),
            ({"origin": "https://evil.example"}, {}, 403),
            ({"origin": "null"}, good, 403),
            ({"origin": url}, good, 200),
            ({}, good, 200),
            ({"origin": url}, {}, 401),
        ):
            answer = await http.post(f"{url}/mcp", json=OPEN[0], headers=origin | credentials)
            assert answer.status_code == status, origin
            assert ("www-authenticate" in answer.headers) == (status == 401)
