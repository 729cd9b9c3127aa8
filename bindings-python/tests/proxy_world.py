"""An API with its own OAuth, a server that proxies it, and clients of it: what tests of the proxy use."""

import base64
import hashlib
import multiprocessing
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from fastmcp import Client, FastMCP
from fastmcp.client.transports import StreamableHttpTransport
from key_value.aio.stores.filetree import (
    FileTreeStore,
    FileTreeV1CollectionSanitizationStrategy,
    FileTreeV1KeySanitizationStrategy,
)
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from doorward import CodeChallenge, CodeVerifier, SealingKeys
from doorward.fastmcp import OAuthProxy, get_principal, get_upstream_token
from doorward.store import open_store
from doorward.store.async_key_value import FromAsyncKeyValue
from doorward.testing.person import Person, SignedInBy
from doorward.testing.sign_in import served

CLIENT = "http://localhost:45680/callback"
VERIFIER = "v" * 43
TRUST = httpx.create_ssl_context(trust_env=False)
"""Which takes a while to make."""
# Seconds after which something hangs, on however busy a machine.
PATIENCE = 60
FILES_TIMEOUT = float(PATIENCE)


def challenge_of(verifier: str) -> str:
    return str(CodeChallenge.of(CodeVerifier(verifier)))


class Upstream:
    """Signs everybody in as alice, and gives opaque tokens; or goes wrong."""

    def __init__(self, *, rotates: bool = True, lifetime: int = 3600) -> None:
        self.rotates, self.lifetime = rotates, lifetime
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        self.access_tokens: set[str] = set()
        self.asked: list[dict[str, str]] = []
        """What came to the token endpoint."""
        self.authorized: list[dict[str, str]] = []
        self.revoked: list[str] = []
        self.wrong: Any = None
        """What the token endpoint answers in place of tokens."""
        self.denies: str | None = None
        self.more: dict[str, str] = {}
        """What else the authorization response has."""
        self.says: dict[str, str] = {}
        """What else comes with tokens."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/revoke", self._revoke, methods=["POST"]),
            ]
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        self.authorized.append(asked)
        answer = {"state": asked["state"], **self.more}
        if self.denies:
            answer["error"] = self.denies
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer["code"] = code
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(form)
        if self.wrong is not None:
            made = self.wrong(form) if callable(self.wrong) else self.wrong
            answer: Response = await made if hasattr(made, "__await__") else made
            return answer
        scheme, _, pair = request.headers.get("authorization", "").partition(" ")
        if scheme != "Basic" or base64.b64decode(pair) != b"proxy:secret":
            return JSONResponse({"error": "invalid_client"}, 401)
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
                return JSONResponse({"error": "invalid_grant"}, 400)
            if asked.get("code_challenge") and asked["code_challenge"] != challenge_of(form["code_verifier"]):
                return JSONResponse({"error": "invalid_grant"}, 400)
            refresh = f"up-refresh-{secrets.token_urlsafe(16)}"
            self.refresh_tokens.add(refresh)
        else:
            refresh = form["refresh_token"]
            if refresh not in self.refresh_tokens:
                return JSONResponse({"error": "invalid_grant"}, 400)
            if self.rotates:
                self.refresh_tokens.discard(refresh)
                refresh = f"up-refresh-{secrets.token_urlsafe(16)}"
                self.refresh_tokens.add(refresh)
        token = f"up-access-{secrets.token_urlsafe(16)}"
        self.access_tokens.add(token)
        given = {"access_token": token, "token_type": "bearer", "expires_in": self.lifetime, "refresh_token": refresh}
        return JSONResponse(given | self.says)

    async def _revoke(self, request: Request) -> Response:
        self.revoked.append(dict(parse_qsl((await request.body()).decode()))["token"])
        return Response(None, 200)


class World:
    """An upstream and a proxy, each on a port of its own."""

    def __init__(self, store: Any = "memory:", **options: Any) -> None:
        self.upstream = Upstream()
        self.clock = Clock()
        self.listener, self.upstream_listener = (socket.create_server(("127.0.0.1", 0)) for _ in range(2))
        self.base, self.there = (
            f"http://127.0.0.1:{each.getsockname()[1]}" for each in (self.listener, self.upstream_listener)
        )
        self.options: dict[str, Any] = {
            "valid_scopes": ["workouts.read", "workouts.write"],
            "upstream_revocation_endpoint": f"{self.there}/revoke",
            "upstream_name": "Fit",
            "clock": self.clock,
            "storage_keys": SealingKeys((1, b"k" * 32)),
            "upstream_authorization_endpoint": f"{self.there}/authorize",
            "upstream_token_endpoint": f"{self.there}/token",
            "upstream_client_id": "proxy",
            "upstream_client_secret": "secret",
            "base_url": self.base,
            "client_storage": store,
            **options,
        }
        self.proxy, self.server = self.make()
        self.resource = f"{self.base}/mcp"

    def make(self) -> tuple[OAuthProxy, FastMCP[Any]]:
        """Return a proxy, as another process would have it."""
        proxy = OAuthProxy(**{**self.options, "client_storage": storage(self.options["client_storage"])})
        return proxy, proxied(proxy)

    @asynccontextmanager
    async def served(self) -> AsyncIterator["World"]:
        app = self.server.http_app(path="/mcp", stateless_http=True)
        async with served(self.upstream.app(), self.upstream_listener), served(app, self.listener):
            yield self

    @asynccontextmanager
    async def signed_in(self, person: Person | None = None) -> AsyncIterator[Client[Any]]:
        oauth = SignedInBy(person or Person(), callback_port=45680)
        async with Client(StreamableHttpTransport(self.resource, auth=oauth)) as caller:
            yield caller


class Clock:
    """The time, which a test may set, also in other processes."""

    def __init__(self) -> None:
        self._ahead: Any = multiprocessing.get_context("forkserver").RawValue("d", 0.0)

    @property
    def ahead(self) -> float:
        """Seconds."""
        ahead: float = self._ahead.value
        return ahead

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        self._ahead.value = seconds

    def __call__(self) -> float:
        return time.time() + self.ahead


def storage(store: Any) -> Any:
    """Return a store that was given, or that of a URL: `files:FOLDER` is FastMCP's own."""
    if not isinstance(store, str):
        return store
    if not store.startswith("files:"):
        return open_store(store)
    folder = Path(store.removeprefix("files:"))
    folder.mkdir(exist_ok=True)
    files = FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(folder),
    )
    return FromAsyncKeyValue(files, timeout=FILES_TIMEOUT)


class Agent:
    """A client that is made by hand, so that it can be wrong."""

    def __init__(self, base: str, http: httpx.AsyncClient | None = None) -> None:
        self.base = base
        self.http = http or httpx.AsyncClient(base_url=base, trust_env=False, verify=TRUST, timeout=PATIENCE)
        self.redirect_uri = CLIENT
        self.client_id = ""
        self.secret: str | None = None

    def elsewhere(self, base: str) -> "Agent":
        """Return the same client, which asks another process."""
        other = Agent(base)
        other.client_id, other.secret = self.client_id, self.secret
        return other

    async def register(self, **more: Any) -> httpx.Response:
        document = {
            "redirect_uris": [self.redirect_uri],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "client_name": "Agent",
        }
        answer = await self.http.post("/register", json=document | more)
        if answer.status_code == 201:
            self.client_id, self.secret = answer.json()["client_id"], answer.json().get("client_secret")
        return answer

    def authorize_url(self, **changes: Any) -> str:
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "theirs",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            "resource": f"{self.base}/mcp",
        }
        asked |= changes
        return f"{self.base}/authorize?{urlencode({name: value for name, value in asked.items() if value is not None})}"

    async def code(self, person: Person | None = None, **changes: Any) -> str:
        if not self.client_id:
            await self.register()
        if person is None:
            fields = {"sec-fetch-site": "none"}
            http = httpx.AsyncClient(trust_env=False, verify=TRUST, headers=fields, timeout=PATIENCE)
            person = Person(client=http)
        answer = await person.visit(self.authorize_url(**changes), self.redirect_uri)
        assert answer["iss"] == self.base and answer["state"] == "theirs"
        return answer["code"]

    async def redeem(self, code: str, **changes: Any) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": VERIFIER,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
        }
        return await self.http.post("/token", data=form | changes)

    async def refresh(self, token: str, **changes: Any) -> httpx.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": self.client_id}
        return await self.http.post("/token", data=form | changes)

    async def revoke(self, token: str, **changes: Any) -> httpx.Response:
        return await self.http.post("/revoke", data={"token": token, "client_id": self.client_id} | changes)

    async def tokens(self, person: Person | None = None, **changes: Any) -> dict[str, Any]:
        answer = await self.redeem(await self.code(person, **changes))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def call(self, token: str, base: str | None = None) -> httpx.Response:
        """Ask the server for its tools."""
        return await self._ask(token, "tools/list", {}, base)

    async def tool(self, token: str, name: str) -> httpx.Response:
        """Call a tool."""
        return await self._ask(token, "tools/call", {"name": name, "arguments": {}}, None)

    async def _ask(self, token: str, method: str, params: dict[str, Any], base: str | None) -> httpx.Response:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        fields = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {token}"}
        return await self.http.post(f"{base or self.base}/mcp", json=body, headers=fields)


def proxied(proxy: OAuthProxy) -> FastMCP[Any]:
    """Return a server behind a proxy."""
    server: FastMCP[Any] = FastMCP("fitness", auth=proxy)
    server.tool(whoami)
    server.tool(upstream_token)
    return server


def whoami() -> str:
    principal = get_principal()
    return f"{principal.subject} {' '.join(principal.scopes)}" if principal else "nobody"


async def upstream_token() -> str:
    return hashlib.sha256((await get_upstream_token()).encode()).hexdigest()
