"""What a caller shows at the door goes no further: FastMCP sends a request's headers on to what it stands before."""

import json
from typing import Any

import httpx
import httpx2
import pytest
from fastmcp import Client, FastMCP
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server import create_proxy
from fastmcp.server.auth import AuthProvider, MultiAuth, RemoteAuthProvider, TokenVerifier
from fastmcp.server.dependencies import get_access_token, get_http_headers
from pydantic import AnyHttpUrl
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from doorward import Peppers
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth, JWTVerifier, RemoteOAuth
from doorward.store.memory import MemoryStore
from doorward.testing import Issuer
from doorward.testing.sign_in import served
from proxy_world import Agent, World

RESOURCE = "https://mcp.example.com/mcp"
API = {
    "openapi": "3.1.0",
    "info": {"title": "API", "version": "1"},
    "paths": {"/things": {"get": {"operationId": "things", "responses": {"200": {"description": "They."}}}}},
}


async def test_nothing_that_a_caller_has_shown_is_sent_on() -> None:
    """To an MCP server, an API, a tool: by a key in either header, a token of an issuer; within another provider too,
    where FastMCP's own middleware verifies."""
    keys = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32)))
    key = (await keys.create(owner="ada", scopes=[]))[0].reveal()
    issuer = Issuer()
    token = issuer.token(RESOURCE)

    def oauth() -> RemoteOAuth:
        return RemoteOAuth(issuer=issuer.url, resource=RESOURCE, client=issuer.client)

    by_key, both = ApiKeyAuth(keys, resource=RESOURCE, header="X-Key"), ApiKeyAuth(keys, oauth=oauth(), header="X-Key")
    for auth, shown in (
        (by_key, {"authorization": f"Bearer {key}"}),
        (by_key, {"x-key": key}),
        (oauth(), {"authorization": f"Bearer {token}"}),
        (both, {"authorization": f"Bearer {token}"}),
        (both, {"x-key": key}),
    ):
        await sends_nothing_on(auth, shown)
        if "authorization" in shown:
            fields = shown if auth not in (by_key, both) else {**shown, "x-key": "not looked at there"}
            await sends_nothing_on(MultiAuth(server=auth), fields)
            inside: Any = MultiAuth(verifiers=[auth])
            await sends_nothing_on(remote(inside), fields)


def remote(verifier: Any) -> RemoteAuthProvider:
    servers = [AnyHttpUrl("https://id.example.com")]
    return RemoteAuthProvider(verifier, authorization_servers=servers, base_url="https://mcp.example.com")


async def test_what_another_provider_accepts_is_fastmcp_s_to_send_on() -> None:
    """Which its proxies do by themselves, and ask of their users nothing else."""
    ours, theirs = Issuer(), Issuer("https://other.example.com")
    auth = RemoteOAuth(issuer=ours.url, resource=RESOURCE, client=ours.client)
    verifier = JWTVerifier(
        jwks_uri=f"{theirs.url}/jwks",
        issuer=theirs.url,
        audience=RESOURCE,
        algorithm="ES256",
        http_client=theirs.client,
    )
    for provider in (MultiAuth(server=auth, verifiers=[verifier]), remote(MultiAuth(verifiers=[auth, verifier]))):
        for issuer, sent in ((theirs, True), (ours, False), (theirs, True)):
            seen = await sent_on(provider, {"authorization": f"Bearer {issuer.token(RESOURCE)}"})
            assert ["authorization" in headers for headers in seen] == [sent, sent, False]


async def sends_nothing_on(auth: AuthProvider, shown: dict[str, str]) -> None:
    seen = await sent_on(auth, shown)
    assert len(seen) == 3
    [credential, *_] = [value.removeprefix("Bearer ") for value in shown.values()]
    for headers in seen:
        assert headers["x-other"] == "kept"
        assert not {"authorization", "x-key"} & set(headers) and credential not in json.dumps(headers)


async def sent_on(auth: AuthProvider, shown: dict[str, str]) -> list[dict[str, str]]:
    """Return what a tool saw, an MCP server and an API."""
    seen: list[dict[str, str]] = []

    async def api(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(Request(scope).headers))
        await JSONResponse([])(scope, receive, send)

    inner: FastMCP[Any] = FastMCP("inner")

    @inner.tool
    def inside() -> dict[str, str]:
        seen.append(get_http_headers(include_all=True))
        return {}

    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(api), base_url="https://api.example.com")
    outer: FastMCP[Any] = FastMCP("outer", auth=auth)

    @outer.tool
    def here() -> str:
        seen.append(get_http_headers(include_all=True))
        caller = get_access_token()
        return caller.token if caller else ""

    @outer.custom_route("/open", methods=["GET"])
    async def opened(request: Request) -> Response:
        return JSONResponse(dict(request.headers))

    outer.mount(FastMCP.from_openapi(API, client=http), namespace="api")
    async with served(inner.http_app(path="/mcp")) as there:
        outer.mount(create_proxy(f"{there}/mcp"), namespace="inner")
        async with served(outer.http_app(path="/mcp")) as base:
            transport = StreamableHttpTransport(f"{base}/mcp", headers={**shown, "x-other": "kept"})
            async with Client(transport) as caller:
                [credential, *_] = [value.removeprefix("Bearer ") for value in shown.values()]
                assert (await caller.call_tool("here")).data == credential, "it is the access token's text nonetheless"
                await caller.call_tool("inner_inside")
                await caller.call_tool("api_things")
            async with httpx.AsyncClient(base_url=base, trust_env=False) as plain:
                assert (await plain.post("/mcp")).status_code == 401
                # What nobody guards has what was sent.
                fields = (await plain.get("/open", headers={"authorization": "Basic x"})).json()
                assert fields["authorization"] == "Basic x"
    return seen


@pytest.mark.parametrize("wrapped", [False, True])
async def test_nor_is_a_token_of_the_proxy_s(wrapped: bool) -> None:
    made = World()
    if wrapped:
        made.server.auth = MultiAuth(server=made.proxy)
    async with made.served() as world:
        seen: list[dict[str, str]] = []

        def here() -> None:
            seen.append(get_http_headers(include_all=True))

        world.server.tool(here)
        agent = Agent(world.base)
        token = (await agent.tokens())["access_token"]
        assert (await agent.tool(token, "here")).status_code == 200
        assert len(seen) == 1 and "authorization" not in seen[0] and token not in str(seen)


@pytest.mark.parametrize("scopes", [[], ["read"]])
async def test_a_guard_that_is_not_ours_still_sees_it(scopes: list[str]) -> None:
    """FastMCP's looks for a header before it asks who the caller is."""
    keys = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32)))
    key = (await keys.create(owner="ada", scopes=["read"]))[0].reveal()
    auth: TokenVerifier = ApiKeyAuth(keys, resource=RESOURCE)
    auth.required_scopes = scopes
    server: FastMCP[Any] = FastMCP("guarded", auth=auth)
    async with served(server.http_app(path="/mcp")) as base:
        async with Client(StreamableHttpTransport(f"{base}/mcp", headers={"authorization": f"Bearer {key}"})) as caller:
            assert await caller.list_tools() == []
