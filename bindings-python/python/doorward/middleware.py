"""The ASGI middleware before an MCP server: verifies each request once, and responds to those it rejects."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, UnauthenticatedUser
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from doorward._core import DoorwardError, Policy, Principal, bearer_token, error_response

__all__ = ["BearerAuthMiddleware", "access_token_fields", "log_refusal", "refusal"]

logger = logging.getLogger("doorward")


def access_token_fields(token: str, principal: Principal, policy: Policy) -> dict[str, Any]:
    """Return the fields of the SDK's and FastMCP's access tokens.

    Scopes that the policy's hierarchy implies are listed beside those granted, since the frameworks compare text.
    """
    claims = principal.claims
    granted, (resource, *others) = principal.scopes, policy.audience
    if others:
        named = principal.audience
        resource = next((ours for ours in policy.audience if ours in named), resource)
    return {
        "token": token,
        "client_id": _client_id(token, principal, claims.get("azp")),
        "scopes": granted + policy.implied_scopes(granted),
        "expires_at": principal.expires_at,
        "resource": resource,
        "subject": principal.subject,
        "claims": claims,
    }


def _client_id(token: str, principal: Principal, authorized_party: object) -> str:
    """The frameworks bind sessions and state to client, issuer and subject. A token that names neither client nor
    subject is a caller of its own, else all of these would share what is kept for one."""
    fallback = authorized_party if isinstance(authorized_party, str) else None
    named = principal.client_id or fallback or principal.subject
    return named or f"token-{hashlib.sha256(token.encode()).hexdigest()}"


def log_refusal(error: DoorwardError, policy: Policy) -> None:
    """Log which check failed; the record's `doorward` contains it in parts."""
    reason = {
        "error": error.name,
        "number": error.number,
        "status": error.status,
        "details": error.details,
        "issuer": policy.issuer,
        "audience": policy.audience,
    }
    # A request without credentials is how every client begins.
    level = logging.INFO if error.name == "credentials_missing" else logging.WARNING
    logger.log(level, "refused: %s", error, extra={"doorward": reason})


def refusal(error: DoorwardError, policy: Policy, resource_metadata: str) -> Response:
    """Return the response to a rejected request (RFC 6750 section 3, RFC 9728 section 5.1)."""
    status, headers, body = error_response(
        error.number,
        resource_metadata=resource_metadata,
        scopes=policy.required_scopes,
        retry_after=int(error.details.get("retry_after", 0)),
    )
    return Response(body, status, headers, "application/json")


class BearerAuthMiddleware:
    """Says who calls, in the place of the SDK's authentication, and turns away by itself whoever may not call: nothing
    behind it runs for a request that is refused.

    Guarded are the paths whose routes ask for authentication; every path, where no route asks or the middleware is not
    among the app's own middleware. Elsewhere all pass, and are known where their token is good. CORS middleware that is
    not Starlette's belongs in front.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: Policy,
        authenticate: Callable[[str], Awaitable[AccessToken]],
        resource_metadata: str,
    ) -> None:
        """Create it from the policy, its verifier, and the URL of the metadata."""
        self._app = app
        self._policy = policy
        self._authenticate = authenticate
        self._resource_metadata = resource_metadata

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "lifespan":
            values = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
            try:
                user = AuthenticatedUser(await self._authenticate(bearer_token(values)))
                scope["user"], scope["auth"] = user, AuthCredentials(user.scopes)
            except DoorwardError as error:
                routes, behind = self._stands_in(scope)
                if _guards(routes, scope):
                    await self._refusal(error, behind)(scope, receive, send)
                    return
                scope["user"], scope["auth"] = UnauthenticatedUser(), AuthCredentials()
        await self._app(scope, receive, send)

    def _stands_in(self, scope: Scope) -> tuple[Sequence[BaseRoute], Sequence[Middleware]]:
        """Return the routes of the app whose middleware this is, and the middleware after it."""
        app = scope.get("app")
        if isinstance(app, Starlette):
            for index, (cls, _, kwargs) in enumerate(app.user_middleware, 1):
                if cls is type(self) and kwargs.get("policy") is self._policy:
                    return app.routes, app.user_middleware[index:]
        return (), ()

    def _refusal(self, error: DoorwardError, behind: Sequence[Middleware]) -> ASGIApp:
        async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
            log_refusal(error, self._policy)
            if scope["type"] == "websocket":
                await WebSocketClose(1008)(scope, receive, send)
            else:
                await refusal(error, self._policy, self._resource_metadata)(scope, receive, send)

        # The app's CORS middleware does not run, but one like it: a preflight carries no credentials, and a refusal
        # without its headers is one that a browser keeps to itself. A subclass may be anything, and does not run.
        answer: ASGIApp = refuse
        for cls, args, kwargs in reversed(behind):
            if cls is CORSMiddleware:
                answer = CORSMiddleware(answer, *args, **kwargs)
        return answer


def _guards(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    """Return whether a path is guarded, whatever the method, and for websockets too."""
    if not any(map(_asks, routes)):
        return True
    path: str = scope["path"]
    # The router redirects from one to the other.
    paths = path, path.rstrip("/") if path.endswith("/") else f"{path}/"
    asked = {"method": "GET", **scope}
    kinds = "http", "websocket"
    return any(_serves_who_asks(routes, {**asked, "type": kind, "path": each}) for kind in kinds for each in paths)


def _asks(route: BaseRoute) -> bool:
    return _asks_itself(route) or any(map(_asks, _within(route)))


def _asks_itself(route: BaseRoute) -> bool:
    return any(isinstance(getattr(route, name, None), RequireAuthMiddleware) for name in ("endpoint", "app"))


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
