"""Calls that need scopes of their own: what a client is told, so that it can ask for them."""

import json
from typing import Any

import fastmcp
import httpx
import pytest
from fastmcp import FastMCP
from fastmcp.exceptions import AuthorizationError
from fastmcp.server.auth import AuthContext, require_scopes, restrict_tag
from fastmcp.server.middleware import AuthMiddleware
from test_fastmcp import RESOURCE, World

from doorward.body import LIMIT

Answer = httpx.Response
PATH = "/.well-known/oauth-protected-resource/mcp"


def tenant(context: AuthContext) -> bool:
    return context.token is not None and context.token.claims.get("tenant") == "t"


def closed(_: AuthContext) -> bool:
    raise AuthorizationError("closed")


def server(auth: Any) -> FastMCP[Any]:
    server = FastMCP("notes", auth=auth)
    server.tool(lambda: "read", name="read")
    server.tool(lambda: "written", name="write", auth=require_scopes("notes:write"))
    server.tool(lambda: "deleted", name="delete", auth=[require_scopes("notes:write"), require_scopes("notes:delete")])
    server.tool(lambda: "tenant", name="tenant", auth=[tenant, require_scopes("notes:write")])
    server.tool(lambda: "closed", name="closed", auth=[closed, require_scopes("notes:write")])
    server.tool(lambda: "tagged", name="tagged", tags={"admin"}, auth=restrict_tag("admin", scopes=["notes:admin"]))
    server.tool(lambda: "1", name="versions", version="1")
    server.tool(lambda: "2", name="versions", version="2", auth=require_scopes("notes:write"))
    server.resource("data://list", name="list", auth=require_scopes("notes:list"))(lambda: "listed")
    server.resource("data://one/{name}", name="one", auth=require_scopes("notes:list"))(lambda name: name)
    server.prompt(lambda: "prompt", name="prompt", auth=require_scopes("notes:prompt"))
    return server


def call(name: str, method: str = "tools/call", **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": name, "arguments": {}} | params}


async def post(
    server: FastMCP[Any], token: str | None, body: Any, *, method: str = "POST", at: str = "/mcp", **options: Any
) -> Answer:
    chosen: dict[str, Any] = {"path": "/mcp", "stateless_http": True, "json_response": True} | options
    app = server.http_app(**chosen)
    headers = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    content = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http,
    ):
        return await http.request(method, at, content=content, headers=headers)


def challenged(answer: Answer) -> str:
    challenge = answer.headers["www-authenticate"]
    assert answer.status_code == 403 and challenge.startswith('Bearer error="insufficient_scope"'), challenge
    assert answer.headers["cache-control"] == "no-store" and f"127.0.0.1:9{PATH}" in challenge
    return str(challenge.split('scope="')[1].split('"')[0])


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/mcp", {}),
        ("/mcp", {"json_response": False}),
        ("/mcp", {"stateless_http": False}),
        (
            "/messages/?session_id=x",
            {"transport": "sse", "path": "/sse", "stateless_http": None, "json_response": None},
        ),
    ],
)
async def test_a_call_that_lacks_scopes_is_told_all_that_it_needs(path: str, options: dict[str, Any]) -> None:
    world = World(scopes="notes:read")
    for name, granted, asked in (
        ("write", "openid notes:read", "notes:read notes:write"),
        ("delete", "notes:read", "notes:read notes:delete notes:write"),
        ("delete", "notes:list notes:read notes:write", "notes:list notes:read notes:write notes:delete"),
        ("tagged", "notes:read", "notes:read notes:admin"),
    ):
        answer = await post(server(world.auth), world.token(scope=granted), call(name), at=path, **options)
        assert sorted(challenged(answer).split()) == sorted(asked.split()), name


async def test_who_has_the_scopes_gets_in() -> None:
    world = World(scopes="notes:read", scope_hierarchy={"notes:admin": "notes:write notes:read"})
    for name, granted, said in (
        ("write", "notes:read notes:write", "written"),
        ("write", "notes:admin", "written"),
        ("read", "notes:read", "read"),
        ("versions", "notes:read notes:write", "2"),
    ):
        answer = await post(server(world.auth), world.token(scope=granted), call(name))
        assert answer.status_code == 200 and answer.json()["result"]["content"][0]["text"] == said, (name, granted)


async def test_what_fastmcp_serves_is_never_refused() -> None:
    world = World(scopes=[])
    answer = await post(server(world.auth), world.token(scope="notes:read"), call("versions"))
    if fastmcp.__version__ < "4.2":
        assert challenged(answer) == "notes:write", "the newest version is the only one"
    else:
        assert answer.json()["result"]["content"][0]["text"] == "1", "an older version, which needs no scope"


async def test_resources_and_prompts_need_scopes_too() -> None:
    world = World(scopes=[])
    token = world.token(scope="x")
    for body, needs in (
        (call("", "resources/read", uri="data://list"), "notes:list"),
        (call("", "resources/read", uri="data://one/a"), "notes:list"),
        (call("prompt", "prompts/get"), "notes:prompt"),
    ):
        assert challenged(await post(server(world.auth), token, body)) == needs
        answer = await post(server(world.auth), world.token(scope=needs), body)
        assert answer.status_code == 200 and "result" in answer.json()


async def test_who_is_kept_out_by_something_else_is_not_sent_for_scopes() -> None:
    world = World(scopes=[])
    for name, token in (("tenant", world.token()), ("closed", world.token()), ("nothing", world.token())):
        answer = await post(server(world.auth), token, call(name))
        assert answer.status_code == 200 and "nknown tool" in answer.text, (name, answer.text)
    assert challenged(await post(server(world.auth), world.token(tenant="t"), call("tenant"))) == "notes:write"


async def test_scopes_of_the_whole_server_and_of_servers_within() -> None:
    world = World(scopes=[])
    whole = FastMCP("whole", auth=world.auth, middleware=[AuthMiddleware(auth=require_scopes("all"))])
    whole.tool(lambda: "x", name="any")
    whole.mount(server(None), namespace="within")
    assert challenged(await post(whole, world.token(scope="a"), call("any"))) == "all"
    answer = await post(whole, world.token(scope="a"), call("within_write"))
    assert sorted(challenged(answer).split()) == ["all", "notes:write"]
    answer = await post(whole, world.token(scope="all notes:write"), call("within_write"))
    assert answer.json()["result"]["content"][0]["text"] == "written"
    advertised = (await post(whole, None, None, method="GET", at=PATH)).json()["scopes_supported"]
    assert advertised == "all notes:admin notes:delete notes:list notes:prompt notes:write".split()


async def test_scopes_of_tools_are_advertised_as_clients_ask_for_them() -> None:
    world = World(scopes="notes:read", scope_prefix="api://x/")
    document = (await post(server(world.auth), None, None, method="GET", at=PATH)).json()
    names = "read admin delete list prompt write"
    assert document["scopes_supported"] == [f"api://x/notes:{name}" for name in names.split()]
    answer = await post(server(world.auth), world.token(scope="notes:read"), call("write"))
    assert challenged(answer) == "api://x/notes:read api://x/notes:write"
    exact = World(scopes="notes:read", advertised_scopes="notes:read mail")
    document = (await post(server(exact.auth), None, None, method="GET", at=PATH)).json()
    assert document["scopes_supported"] == ["notes:read", "mail"], "what the operator says is all"


async def test_what_is_no_scope_is_left_to_fastmcp(caplog: pytest.LogCaptureFixture) -> None:
    world = World(scopes=[])
    odd = FastMCP("odd", auth=world.auth)
    odd.tool(lambda: "x", name="odd", auth=require_scopes("two words"))
    answer = await post(odd, world.token(), call("odd"))
    assert answer.status_code == 200 and "nknown tool" in answer.text
    document = (await post(odd, None, None, method="GET", at=PATH)).json()
    assert "scopes_supported" not in document and "no scopes: two words" in caplog.text


async def test_more_scopes_than_metadata_lists_are_reported_as_the_server_begins(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(scopes="notes:read")
    app = server(world.auth).http_app(path="/mcp")
    many = app.state.fastmcp_server
    for number in range(256):
        many.tool(lambda: "x", name=f"tool{number}", auth=require_scopes(f"scope{number}"))
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        said.append(message)

    await app({"type": "lifespan", "asgi": {}}, receive, send)
    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert said[0]["message"].startswith("require_scopes: scope_invalid")
    # Components may change while it is served: no request fails for that.
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http:
        answer = await http.get(PATH)
    assert answer.json()["scopes_supported"] == ["notes:read"]
    assert "the metadata is without the scopes of tools: require_scopes: scope_invalid" in caplog.text


async def test_bodies_of_any_kind_pass_or_are_checked_by_all_that_they_ask() -> None:
    world = World(scopes=[])
    token = world.token(scope="x")
    batch = [call("read"), call("write"), call("tagged")]
    assert sorted(challenged(await post(server(world.auth), token, batch)).split()) == ["notes:admin", "notes:write"]
    for body in (b"", b"{", b"\xff", b"[]", b"7", b"[" * 5000, json.dumps(call("write")).encode("utf-16")):
        assert (await post(server(world.auth), token, body)).status_code < 403
    assert (await post(server(world.auth), token, b" " * (LIMIT + 1))).status_code == 413
    long = call("read", arguments={"text": "x" * 3_000_000})
    assert (await post(server(world.auth), token, long)).status_code == 200


async def test_the_log_names_what_was_missing(caplog: pytest.LogCaptureFixture) -> None:
    refusals: list[Any] = []
    world = World(scopes=[], on_refusal=refusals.append)
    await post(server(world.auth), world.token(), call("write"))
    assert "insufficient_scope missing=notes:write" in caplog.text
    assert [(each["error"], each["status"], each["details"]) for each in refusals] == [
        ("insufficient_scope", 403, {"missing": "notes:write"})
    ]
    assert RESOURCE in caplog.text
