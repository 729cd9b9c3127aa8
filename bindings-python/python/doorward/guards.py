"""What guards an endpoint of an app, the SDK's `RequireAuthMiddleware`: where one is, who passes it unasked, and what
is withheld from what is behind it."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any

from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = [
    "CALLER",
    "PassThrough",
    "WithoutCredentials",
    "asks",
    "guards_of",
    "is_guarded",
    "pass_through_of",
    "withhold",
]

CALLER = "doorward.caller"
"""Where the scope of a request has the user whom the middleware has authenticated."""
_ACCEPTED = "doorward.accepted"


class WithoutCredentials:
    """What is behind a guard, without what it was shown."""

    def __init__(self, app: ASGIApp, header: bytes | None) -> None:
        self._app, self._header = app, header
        self.session_manager = getattr(app, "session_manager", None)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        _strip(scope, self._header)
        return self._app(scope, receive, send)


def _strip(scope: Scope, header: bytes | None) -> None:
    # In place, since a request that was made of the scope before is what `get_http_headers()` may look at.
    withheld = b"authorization", header
    scope["headers"] = [field for field in scope["headers"] if field[0].lower() not in withheld]


class _WithoutAccepted:
    """What is behind a guard of FastMCP's, without what one of ours has accepted: what another provider accepts is
    FastMCP's to send on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.session_manager = getattr(app, "session_manager", None)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if _ACCEPTED in scope:
            _strip(scope, scope[_ACCEPTED])
        return self._app(scope, receive, send)


def withhold(scope: Scope | None, header: str | None = None) -> None:
    """Withhold the credentials of a request from what is behind the guards of its app, where a provider is within
    another one, and FastMCP's middleware verifies: its guards look for the header after that."""
    if scope is None:
        return
    scope[_ACCEPTED] = header.lower().encode() if header else None
    for guard in guards_of(getattr(scope.get("app"), "routes", ())):
        if not isinstance(guard.app, _WithoutAccepted):
            guard.app = _WithoutAccepted(guard.app)


class PassThrough(RequireAuthMiddleware):
    """Wraps a guarded endpoint, and lets through who was checked already; at MCP's, who may come without a token
    too."""

    def __init__(self, guarded: RequireAuthMiddleware, lets_callers_in: bool = False) -> None:
        self.guarded = guarded
        self._key = f"doorward.let_in.{id(self)}"
        self._lets_callers_in = lets_callers_in

    def let_in(self, scope: Scope) -> None:
        """Accept this request without credentials."""
        scope[self._key] = True

    # No coroutine of its own, which each step of the request would pass through.
    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        # Whoever changes the user on the way has the guard's answer.
        caller = scope.get(CALLER)
        let_in = (self._lets_callers_in and caller is not None and scope.get("user") is caller) or self._key in scope
        app: Callable[..., Coroutine[Any, Any, None]] = self.guarded.app if let_in else self.guarded
        return app(scope, receive, send)


def pass_through_of(routes: Sequence[BaseRoute], scope: Scope) -> PassThrough | None:
    """Return what lets through to the endpoint that serves a POST, if that is MCP's (Streamable HTTP): whatever else a
    server guards has none."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    for route in routes:
        match, _ = route.matches(scope)
        if match is not Match.FULL:
            continue
        pass_through = getattr(route, "app", None)
        guarded = pass_through.guarded if isinstance(pass_through, PassThrough) else pass_through
        manager = getattr(getattr(guarded, "app", None), "session_manager", None)
        if (
            isinstance(route, Route)
            and isinstance(guarded, RequireAuthMiddleware)
            and isinstance(manager, StreamableHTTPSessionManager)
        ):
            if not isinstance(pass_through, PassThrough):
                route.app = pass_through = PassThrough(guarded)
            return pass_through
        return None
    return None


def is_guarded(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    """Return whether a path is guarded, whatever the method, and for websockets too."""
    if not any(map(asks, routes)):
        return True
    path: str = scope["path"]
    # The router redirects from one to the other.
    paths = path, path.rstrip("/") if path.endswith("/") else f"{path}/"
    asked = {"method": "GET", **scope}
    kinds = "http", "websocket"
    return any(_serves_who_asks(routes, {**asked, "type": kind, "path": each}) for kind in kinds for each in paths)


def asks(route: BaseRoute) -> bool:
    return _asks_itself(route) or any(map(asks, _within(route)))


def _asks_itself(route: BaseRoute) -> bool:
    return any(isinstance(getattr(route, name, None), RequireAuthMiddleware) for name in ("endpoint", "app"))


def guards_of(routes: Sequence[BaseRoute]) -> Iterable[RequireAuthMiddleware]:
    for route in routes:
        for name in ("endpoint", "app"):
            guard = getattr(route, name, None)
            guard = guard.guarded if isinstance(guard, PassThrough) else guard
            if isinstance(guard, RequireAuthMiddleware):
                yield guard
        yield from guards_of(_within(route))


def _within(route: BaseRoute) -> Sequence[BaseRoute]:
    """Return the routes of a mount; none of an app with middleware of its own."""
    return () if isinstance(getattr(route, "app", None), Starlette) else getattr(route, "routes", ())


def _serves_who_asks(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    """Match like the router: the first full match, or else a route of another method."""
    for route in routes:
        match, child = route.matches(scope)
        if match is not Match.NONE and (_asks_itself(route) or _serves_who_asks(_within(route), {**scope, **child})):
            return True
        if match is Match.FULL:
            return False
    return False
