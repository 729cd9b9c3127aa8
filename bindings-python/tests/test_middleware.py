"""The middleware before applications of all kinds: nothing of them runs for what is refused."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import websockets
from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from starlette.applications import Starlette
from starlette.authentication import UnauthenticatedUser
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward import Policy, bearer_token
from doorward.middleware import BearerAuthMiddleware
from run import listen, serve

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "X"]
ORIGIN = [(b"origin", b"https://inspector.example")]
PREFLIGHT = [
    *ORIGIN,
    (b"access-control-request-method", b"POST"),
    (b"access-control-request-headers", b"authorization"),
]
CLOSED = [{"type": "websocket.close", "code": 1008, "reason": ""}]


async def authenticate(token: str, may_wait: Callable[[], bool]) -> AccessToken:
    if token != "good":
        bearer_token([])
    return AccessToken(token=token, client_id="c", scopes=["a"])


def arguments() -> dict[str, Any]:
    return {
        "policy": Policy.mcp("https://id.example", "https://h/mcp"),
        "authenticate": authenticate,
        "resource_metadata": "https://h/.well-known/oauth-protected-resource/mcp",
    }


class App:
    """An application that remembers who called, and says what it is told to."""

    def __init__(self, *messages: Message) -> None:
        self.messages = messages
        self.callers: list[bool] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.callers.append(scope["user"].is_authenticated)
        for message in self.messages:
            await send(message)


HELLO = (
    {"type": "http.response.start", "status": 200, "headers": []},
    {"type": "http.response.body", "body": b"hello", "more_body": True},
    {"type": "http.response.body", "body": b"!"},
)


async def request(app: ASGIApp, token: str = "", headers: Any = (), **scope: Any) -> list[Message]:
    """What comes out of an application; its body may not be read."""

    async def receive() -> Message:
        raise AssertionError

    came: list[Message] = []

    async def send(message: Message) -> None:
        came.append(message)

    headers = [*headers, *([(b"authorization", b"Bearer " + token.encode())] if token else [])]
    await app({"type": "http", "method": "POST", "path": "/mcp", "headers": headers} | scope, receive, send)
    return came


@pytest.mark.parametrize("token", ["", "bad"])
async def test_what_is_refused_is_answered_once_and_reaches_nobody(token: str) -> None:
    app = App(*HELLO)
    middleware = BearerAuthMiddleware(app, **arguments())
    for method in METHODS:
        for path, headers in (("/mcp", []), ("/", ORIGIN), ("", PREFLIGHT), ("/else/where", [])):
            start, body = await request(middleware, token, headers, method=method, path=path)
            assert (start["status"], body["type"]) == (401, "http.response.body")
            assert dict(start["headers"])[b"www-authenticate"].startswith(b"Bearer ")
            assert not body.get("more_body")
    for path in ("/mcp", "/else/where"):
        connect = {"type": "websocket", "path": path, "headers": []}
        assert await request(middleware, token, **connect) == CLOSED
    assert app.callers == []


async def test_who_is_known_passes_as_it_is() -> None:
    app = App(*HELLO)
    middleware = BearerAuthMiddleware(app, **arguments())
    assert await request(middleware, "good") == list(HELLO)
    assert await request(middleware, headers=[(b"Authorization", b"Bearer good")]) == list(HELLO), "names in any case"
    accept = App({"type": "websocket.accept"})
    assert await request(BearerAuthMiddleware(accept, **arguments()), "good", type="websocket") == [
        {"type": "websocket.accept"}
    ]
    challenge = App({"type": "http.response.start", "status": 401, "headers": [(b"www-authenticate", b"Bearer")]})
    assert await request(BearerAuthMiddleware(challenge, **arguments()), "good") == list(challenge.messages), (
        "theirs to refuse"
    )
    assert app.callers == [True, True] and accept.callers == challenge.callers == [True]


async def test_what_authenticating_raises_reaches_nobody_either() -> None:
    async def broken(token: str, may_wait: Callable[[], bool]) -> AccessToken:
        raise ZeroDivisionError

    app = App(*HELLO)
    with pytest.raises(ZeroDivisionError):
        await request(BearerAuthMiddleware(app, **(arguments() | {"authenticate": broken})), "good")
    assert app.callers == []


def asking(app: ASGIApp) -> RequireAuthMiddleware:
    return RequireAuthMiddleware(app, [])


def protected(app: App, routes: list[BaseRoute], *behind: Middleware, before: tuple[Middleware, ...] = ()) -> Starlette:
    return Starlette(routes=routes, middleware=[*before, Middleware(BearerAuthMiddleware, **arguments()), *behind])


ALLOWS: dict[str, Any] = {"allow_methods": ["*"], "allow_headers": ["authorization"]}


def everything(app: App) -> list[BaseRoute]:
    guarded = asking(app)
    own = protected(app, [Route("/mcp", guarded), Route("/open", app)])
    return [
        Route("/mcp", guarded, methods=["POST"]),
        Route("/slash/", guarded),
        Route("/open", app),
        Route("/{name}/first", app),
        Route("/a/first", guarded),
        Route("/wrapped", app, middleware=[Middleware(RequireAuthMiddleware, required_scopes=[])]),
        Mount("/messages/", guarded),
        Mount(
            "/in", routes=[Route("/mcp", guarded), Route("/open", app), Mount("/in", Router([Route("/x", guarded)]))]
        ),
        Mount("/own", own),
        Host("guarded.example", Router([Route("/host", guarded)])),
        WebSocketRoute("/open-socket", app),
        WebSocketRoute("/mcp", app),
    ]


GUARDED = [
    "/mcp",
    "/mcp/",
    "/mcp//",
    "/slash",
    "/slash/",
    "/wrapped",
    "/messages",
    "/messages/x/y",
    "/in/mcp",
    "/in/mcp/",
]
GUARDED += ["/in/in/x", "/own/mcp", "/own/mcp/"]
OPEN = ["/open", "/in/open", "/own/open", "/a/first"]
NOBODYS = ["/", "/mcpx", "/Mcp", "/in/else", "/open-socket", "/host"]


async def test_guarded_is_what_asks_for_authentication() -> None:
    for root_path in ("", "/api"):
        app = App(*HELLO)
        server = protected(app, everything(app))
        for path in GUARDED:
            where = {"path": f"{root_path}{path}", "root_path": root_path}
            for method in METHODS:
                assert (await request(server, method=method, **where))[0]["status"] == 401, (method, path)
            assert await request(server, type="websocket", **where) == CLOSED, path
        assert (await request(server, path="/host", headers=[(b"host", b"guarded.example")]))[0]["status"] == 401
        assert app.callers == []
        for path in OPEN:
            assert await request(server, path=f"{root_path}{path}", root_path=root_path) == list(HELLO), path
        for path in NOBODYS:
            where = {"path": f"{root_path}{path}", "root_path": root_path}
            assert (await request(server, headers=[(b"host", b"h")], **where))[0]["status"] == 404, path
        await request(server, path="/open-socket", type="websocket")
        assert app.callers == [False] * (len(OPEN) + 1)


async def test_websockets_whose_own_route_asks_are_guarded() -> None:
    app = App(*HELLO)
    server = protected(app, [Route("/mcp", asking(app)), WebSocketRoute("/socket", asking(app))])
    assert await request(server, type="websocket", path="/socket") == CLOSED
    assert app.callers == []


async def test_without_a_route_that_asks_or_outside_of_the_app_all_is_guarded() -> None:
    app = App(*HELLO)
    for server in (
        protected(app, [Route("/open", app)]),
        protected(app, []),
        Starlette(routes=[Mount("/x", BearerAuthMiddleware(app, **arguments())), Route("/mcp", asking(app))]),
        BearerAuthMiddleware(Starlette(routes=[Route("/x/open", app)]), **arguments()),
        protected(app, [Mount("/x", BearerAuthMiddleware(app, **arguments())), Route("/mcp", asking(app))]),
    ):
        assert (await request(server, path="/x/open"))[0]["status"] == 401
        assert app.callers == []


async def test_cors_headers_are_those_of_the_middleware_behind_which_does_not_run() -> None:
    class Seen:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["path"])
            await self.app(scope, receive, send)

    seen: list[str] = []
    app = App(*HELLO)
    any_origin = Middleware(CORSMiddleware, allow_origins=["*"], **ALLOWS)
    this_origin = Middleware(
        CORSMiddleware, allow_origins=["https://inspector.example"], allow_credentials=True, **ALLOWS
    )
    for cors, origin in ((any_origin, b"*"), (this_origin, b"https://inspector.example")):
        routes: list[BaseRoute] = [Route("/mcp", asking(app))]
        for server in (
            protected(app, routes, Middleware(Seen), cors),
            protected(app, routes, cors, Middleware(Seen)),
            protected(app, routes, Middleware(Seen), before=(cors,)),
        ):
            answer = (await request(server, method="OPTIONS", headers=PREFLIGHT))[0]
            assert (answer["status"], dict(answer["headers"])[b"access-control-allow-origin"]) == (200, origin)
            for token in ("", "bad"):
                answer = (await request(server, token, ORIGIN))[0]
                headers = [value for name, value in answer["headers"] if name == b"access-control-allow-origin"]
                assert (answer["status"], headers) == (401, [origin])
                assert any(name == b"www-authenticate" for name, _ in answer["headers"])
            assert (await request(server, method="OPTIONS"))[0]["status"] == 401, "no browser asks like that"
    assert not seen and not app.callers

    class Hostile(CORSMiddleware):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["path"])
            await app(scope, receive, send)

    hostile = protected(app, [Route("/mcp", asking(app))], Middleware(Hostile, allow_origins=["*"], **ALLOWS))
    for method, headers in (("GET", ORIGIN), ("OPTIONS", PREFLIGHT)):
        assert (await request(hostile, "bad", headers, method=method))[0]["status"] == 401
    assert not seen and not app.callers, "a subclass may be anything"
    refused = protected(app, [], Middleware(CORSMiddleware, allow_origins=["https://h"], **ALLOWS))
    start = (await request(refused, headers=ORIGIN))[0]
    assert all(name != b"access-control-allow-origin" for name, _ in start["headers"]), "another origin than theirs"
    plain = protected(app, [Route("/mcp", asking(app))])
    assert (await request(plain, method="OPTIONS", headers=PREFLIGHT))[0]["status"] == 401, "nobody answers preflights"


async def test_real_websockets_and_bodies_and_a_lifespan() -> None:
    states: list[str] = []

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        states.append("up")
        yield
        states.append("down")

    app = App({"type": "websocket.accept"}, {"type": "websocket.send", "text": "hello"}, {"type": "websocket.close"})
    routes: list[BaseRoute] = [WebSocketRoute("/mcp", app), Route("/mcp", asking(app)), WebSocketRoute("/open", app)]
    server = Starlette(routes=routes, middleware=[Middleware(BearerAuthMiddleware, **arguments())], lifespan=lifespan)
    listener, url = listen()
    socket = url.replace("http", "ws", 1)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 65536

    async with serve(server, listener):
        assert states == ["up"]
        for headers in ({}, {"authorization": "Bearer bad"}):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(f"{socket}/mcp", additional_headers=headers, proxy=None, open_timeout=600)
            assert refused.value.response.status_code == 403, "what a server makes of 1008 before the handshake"
        async with httpx.AsyncClient(trust_env=False, timeout=600) as http:
            assert (await http.post(f"{url}/mcp", content=body())).status_code == 401
            assert (await http.head(f"{url}/mcp")).status_code == 401
        assert app.callers == []
        for path, headers in (("/mcp", {"authorization": "Bearer good"}), ("/open", {})):
            async with websockets.connect(
                f"{socket}{path}", additional_headers=headers, proxy=None, open_timeout=None
            ) as known:
                assert await known.recv() == "hello"
    assert (states, app.callers) == (["up", "down"], [True, False])


class Expels:
    """Middleware of somebody's own, which has reasons to know a caller no more."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"] = UnauthenticatedUser()
        await self._app(scope, receive, send)


class Strict(RequireAuthMiddleware):
    """A guard of somebody's own, which lets nobody in."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._send_auth_error(send, 403, "insufficient_scope", "")


@pytest.mark.parametrize(
    ("guard", "behind", "status"),
    [
        (lambda app: RequireAuthMiddleware(app, []), (), 200),
        (lambda app: RequireAuthMiddleware(app, ["a"]), (), 200),
        (lambda app: RequireAuthMiddleware(app, ["b"]), (), 403),
        (lambda app: RequireAuthMiddleware(app, []), (Middleware(Expels),), 401),
        (lambda app: Strict(app, []), (), 403),
    ],
)
async def test_a_guard_is_passed_by_only_if_it_would_check_no_more(
    guard: Callable[[ASGIApp], ASGIApp], behind: tuple[Middleware, ...], status: int
) -> None:
    app = App(*HELLO)
    server = protected(app, [Route("/mcp", guard(app))], *behind)
    for _ in range(2):
        start, *_ = await request(server, "good")
        assert start["status"] == status
    assert len(app.callers) == 2 * (status == 200)
