"""A server of the MCP SDK alone, over loopback: its own client gets in, wrong callers do not."""

import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
import pytest
import websockets
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyHttpUrl, AnyUrl
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conftest import ROOT
from doorward import Policy
from doorward.jwks import JwksSource
from doorward.mcp import DoorwardVerifier, protect
from doorward.middleware import BearerAuthMiddleware
from issuer import Issuer
from remote import hostile
from run import listen, serve

SCOPES = ["notes:read", "notes:write"]
BODY = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}


class Headless(OAuthClientProvider):
    """The SDK's own client, with a request in place of the browser."""

    def __init__(self, resource: str) -> None:
        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl("http://127.0.0.1:1/callback")],
            scope=" ".join(SCOPES),
            token_endpoint_auth_method="client_secret_post",
        )
        super().__init__(resource, metadata, self, self.redirect, self.callback)
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def redirect(self, url: str) -> None:
        async with httpx.AsyncClient() as http:
            location = (await http.get(url)).headers["location"]
        self.answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def callback(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self.answer["code"], state=self.answer.get("state"), iss=self.answer.get("iss")
        )

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class World:
    """An issuer that listens, and a server of the SDK that trusts it."""

    def __init__(self, **policy: Any) -> None:
        self.issuer_socket, issuer = listen()
        self.socket, self.url = listen()
        self.resource = f"{self.url}/mcp"
        self.metadata = f"{self.url}/.well-known/oauth-protected-resource/mcp"
        # No clock of a machine says so: whatever reads one decides otherwise.
        self.now = 4_000_000_000
        self.issuer = Issuer(issuer, SCOPES, clock=lambda: self.now)
        self.verified = 0
        self.verifier = DoorwardVerifier(
            Policy.mcp(self.issuer.issuer, self.resource, **({"required_scopes": SCOPES} | policy)),
            JwksSource(self.issuer.issuer, clock=lambda: self.now),
            clock=self.clock,
        )
        self.server = MCPServer("notes", auth=self.verifier.auth_settings(), token_verifier=self.verifier)
        self.server.tool()(whoami)
        self.server.custom_route("/health", methods=["GET"])(health)

    def clock(self) -> float:
        """Read once for each token that is verified."""
        self.verified += 1
        return self.now

    def app(self) -> Starlette:
        return protect(self.server.streamable_http_app(json_response=True, stateless_http=True))

    def token(self, **changes: Any) -> str:
        claims = {"aud": self.resource, "client_id": "c1", "scope": " ".join(SCOPES)}
        return self.issuer.sign(self.issuer.claims(**(claims | changes)))

    @asynccontextmanager
    async def served(self, app: Starlette | None = None) -> AsyncIterator[httpx.AsyncClient]:
        async with (
            serve(self.issuer.app(), self.issuer_socket),
            serve(app or self.app(), self.socket),
            httpx.AsyncClient(base_url=self.url, headers=ACCEPT) as http,
        ):
            yield http

    @asynccontextmanager
    async def without_issuer(self) -> AsyncIterator[httpx.AsyncClient]:
        self.issuer_socket.close()
        async with serve(self.app(), self.socket), httpx.AsyncClient(base_url=self.url, headers=ACCEPT) as http:
            yield http

    async def post(self, http: httpx.AsyncClient, token: str, path: str = "/mcp", **headers: str) -> httpx.Response:
        return await http.post(path, json=BODY, headers={"authorization": f"Bearer {token}"} | headers)


def whoami() -> str:
    """Say who is calling."""
    token = get_access_token()
    return f"{token.subject} for {token.resource}" if token else "nobody"


async def health(request: Request) -> Response:
    return PlainTextResponse("known" if request.user.is_authenticated else "unknown")


async def test_the_clients_of_the_sdk_get_in() -> None:
    world = World()
    app = protect(world.server.streamable_http_app())
    async with world.served(app), httpx2.AsyncClient(auth=Headless(world.resource)) as http:
        async with Client(streamable_http_client(world.resource, http_client=http)) as client:
            answer = await client.call_tool("whoami")
            assert answer.structured_content == {"result": f"alice for {world.resource}"}


async def test_wrong_callers_stay_out_and_are_told_why() -> None:
    world = World()
    everything = f'scope="{" ".join(SCOPES)}", resource_metadata="{world.metadata}"'
    async with world.served() as http:
        for name, status, headers in hostile(world.issuer, world.resource, SCOPES):
            answer = await http.post("/mcp", json=BODY, headers=headers)
            assert answer.status_code == status, name
            assert answer.headers["cache-control"] == "no-store"
            challenge = answer.headers.get("www-authenticate", "")
            if status == 503:
                assert (challenge, answer.headers["retry-after"]) == ("", "30"), name
                continue
            assert challenge.startswith("Bearer ") and challenge.endswith(everything), name
            code = {400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope"}[status]
            if headers.get("authorization", "").startswith("Bearer"):
                assert challenge.startswith(f'Bearer error="{code}"') and answer.json()["error"] == code, name
            else:
                assert challenge == f"Bearer {everything}", name
        for method in ("GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"):
            assert (await http.request(method, "/mcp")).status_code == 401, method
        metadata = (await http.get(world.metadata)).json()
    assert (metadata["resource"], metadata["scopes_supported"]) == (world.resource, SCOPES)
    assert metadata["authorization_servers"] == [world.issuer.issuer]


async def test_each_request_is_verified_once_with_the_leeway_of_the_policy() -> None:
    world = World(leeway=60, scope_hierarchy={"notes:admin": SCOPES})
    async with world.served() as http:
        late = world.token(exp=world.now - 30)
        for count, token in enumerate((late, world.token(scope="notes:admin")), 1):
            assert (await world.post(http, token)).status_code == 200
            assert world.verified == count
        assert (await world.post(http, world.token(scope="notes:read"))).status_code == 403
        assert world.verified == 3


async def test_without_keys_503_and_nothing_about_starting_over() -> None:
    world = World()
    async with world.without_issuer() as http:
        answer = await world.post(http, world.token())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert answer.json()["error"] == "temporarily_unavailable"
        assert "www-authenticate" not in answer.headers
        assert (await http.post("/mcp", json=BODY)).status_code == 401, "no keys are needed to see no credentials"


async def test_what_is_open_stays_open() -> None:
    world = World()
    async with world.served() as http:
        good = world.token()
        headers = {"authorization": f"Bearer {good}"}
        assert (await http.get("/health", headers=headers)).text == "unknown", "it does not wait for keys"
        assert (await world.post(http, good)).status_code == 200
        for token, text in (("x", "unknown"), (good, "known")):
            answer = await http.get("/health", headers={"authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.text) == (200, text)


@pytest.mark.parametrize("outermost", [True, False])
async def test_a_browser_may_ask_first_and_see_why_it_was_refused(outermost: bool) -> None:
    world = World()
    app = world.app()
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_headers=["authorization"], allow_methods=["*"])
    if not outermost:
        app.user_middleware.append(app.user_middleware.pop(0))
    origin = {"origin": "https://inspector.example"}
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with world.served(app) as http:
        assert (await http.options("/mcp", headers=origin | asks)).status_code == 200
        # That the origin is refused afterwards is the SDK's protection of servers on this machine.
        answer = await world.post(http, world.token(scope="notes:read"), **origin)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (403, "*")
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_the_messages_of_sse_are_guarded_too() -> None:
    world = World()
    async with world.served(protect(world.server.sse_app())) as http:
        for path in ("/messages/?session_id=00000000000000000000000000000000", "/sse"):
            method = "POST" if path.startswith("/messages") else "GET"
            for token, status in (("x", 401), (world.token(scope="notes:read"), 403)):
                refused = await http.request(method, path, json=BODY, headers={"authorization": f"Bearer {token}"})
                assert refused.status_code == status
                assert f'resource_metadata="{world.metadata}"' in refused.headers["www-authenticate"]
        answer = await world.post(http, world.token(), "/messages/?session_id=00000000000000000000000000000000")
        assert answer.status_code == 404, "let in, to a session that is not there"


@pytest.mark.parametrize(("transport", "paths"), [("http", "/mcp /mcp/"), ("sse", "/sse /sse/ /messages /messages/x")])
async def test_nothing_of_the_server_runs_for_who_is_refused(transport: str, paths: str) -> None:
    world = World()
    app = protect(world.server.streamable_http_app() if transport == "http" else world.server.sse_app())
    seen: list[str] = []

    class Seen:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["type"])
            await self.app(scope, receive, send)

    app.user_middleware.append(Middleware(Seen))
    async with world.served(app) as http:
        seen.clear()
        for path in paths.split():
            for token in ("x", world.token(scope="notes:read")):
                headers = {"authorization": f"Bearer {token}"}
                for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT"):
                    answer = await http.request(method, path, headers=headers)
                    assert answer.status_code == (401 if token == "x" else 403), method
                with pytest.raises(websockets.InvalidStatus):
                    url = world.url.replace("http", "ws", 1)
                    await websockets.connect(f"{url}{path}", additional_headers=headers, proxy=None, open_timeout=600)
        assert seen == []
        assert (await http.get("/health")).text == "unknown"
        assert seen == ["http"]


async def test_without_the_middleware_the_verifier_lets_nobody_wrong_in(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    async with world.served(world.server.streamable_http_app(json_response=True, stateless_http=True)) as http:
        assert (await world.post(http, world.token())).status_code == 200
        for token in (world.token(scope="notes:read"), world.token(aud="https://other.example/mcp"), "x"):
            with caplog.at_level(logging.WARNING, "doorward"):
                assert (await world.post(http, token)).status_code == 401
        assert [record.doorward["error"] for record in caplog.records if hasattr(record, "doorward")] == [
            "insufficient_scope",
            "audience_mismatch",
            "token_malformed",
        ]


def test_the_lines_of_the_readme_run() -> None:
    begin = "from mcp.server.mcpserver import MCPServer\n"
    lines = begin + (ROOT / "README.md").read_text().split(begin, 1)[1].split("```", 1)[0]
    names: dict[str, Any] = {}
    exec(lines, names)  # noqa: S102
    assert names["app"].user_middleware[0].cls is BearerAuthMiddleware


def test_the_middleware_is_put_nowhere_else() -> None:
    world = World()
    with pytest.raises(ValueError, match="no DoorwardVerifier"):
        protect(MCPServer("open").streamable_http_app())
    with pytest.raises(ValueError, match="no DoorwardVerifier"):
        protect(world.app())
    app = world.server.streamable_http_app()
    app.middleware_stack = app.build_middleware_stack()
    with pytest.raises(ValueError, match="serves already"):
        protect(app)
    other = AuthSettings(
        issuer_url=AnyHttpUrl(world.issuer.issuer),
        resource_server_url=AnyHttpUrl(f"{world.url}/other"),
        validate_token_resource=False,
    )
    with pytest.raises(ValueError, match="publishes nothing at http"):
        protect(MCPServer("x", auth=other, token_verifier=world.verifier).streamable_http_app())


def test_settings_are_the_policy_to_the_letter() -> None:
    def settings(issuer: str, resource: str, **policy: Any) -> AuthSettings:
        return DoorwardVerifier(Policy.mcp(issuer, resource, **policy)).auth_settings()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for issuer, resource in (("https://id.example", "https://h/mcp"), ("https://id.example/", "https://h:8443/")):
            found = settings(issuer, resource)
            assert (str(found.issuer_url), str(found.resource_server_url)) == (issuer, resource)
            assert found.required_scopes is None
    assert settings("https://i.example", "https://h", required_scopes="a b").required_scopes == ["a", "b"]
    for issuer, resource in (("https://ID.example", "https://h"), ("https://id.example", "https://h:443/mcp")):
        with pytest.raises(ValueError, match="would be published as"):
            settings(issuer, resource)


async def test_who_is_not_named_shares_nothing_with_others() -> None:
    world = World()
    async with world.served():
        alone = [world.token(sub=None, client_id=None), world.token(sub=None, client_id=None, jti="other")]
        first, again, second = [await world.verifier.authenticate(token) for token in (alone[0], *alone)]
        assert first.client_id == again.client_id != second.client_id
        assert first.client_id.startswith("token-") and first.subject is None
        for claims, client_id in (
            ({"client_id": "c", "azp": "z"}, "c"),
            ({"client_id": None, "azp": "z"}, "z"),
            ({"client_id": None}, "alice"),
            ({"client_id": None, "azp": ["z"]}, "alice"),
        ):
            assert (await world.verifier.authenticate(world.token(**claims))).client_id == client_id
