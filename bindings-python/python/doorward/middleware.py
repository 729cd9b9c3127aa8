"""The ASGI middleware before an MCP server: verifies each request once, and responds to those it rejects."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, UnauthenticatedUser
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from doorward._core import DoorwardError, Policy, Principal, bearer_token, error_response
from doorward.refusals import Refusals

__all__ = ["AccessTokens", "BearerAuthMiddleware", "access_token_fields", "refusal"]

_Token = TypeVar("_Token", bound=AccessToken)


class AccessTokens(Generic[_Token]):
    """Creates the access tokens of the SDK or of FastMCP from verified callers.

    The claims of a token are decoded once and then copied, since its text determines them: it must be verified at each
    request nonetheless. Each request gets objects of its own, which it may change.
    """

    MOST = 1 << 20
    """The length of all tokens together whose claims are kept; what Python makes of them may take 30 times as much."""

    def __init__(self, cls: type[_Token], policy: Policy) -> None:
        """Create it from the class of the access tokens, with a slot `principal`, and the policy that they satisfy."""
        self._make: Callable[[dict[str, Any]], _Token] = TypeAdapter(cls).validator.validate_python
        self._policy = policy
        self._known: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self._length = 0

    def of(self, token: str, principal: Principal) -> _Token:
        """Return the access token of a caller who was verified just now."""
        known = self._known.get(token) or self._read(token, principal)
        fields, nested = known
        # Dictionaries and lists of the outer level are copied where the access token is made.
        made = self._make({**fields, "claims": fields["claims"] | _copied(nested)} if nested else fields)
        object.__setattr__(made, "principal", principal)
        return made

    def _read(self, token: str, principal: Principal) -> tuple[dict[str, Any], dict[str, Any]]:
        fields = access_token_fields(token, principal, self._policy)
        nested = {name: value for name, value in fields["claims"].items() if isinstance(value, (dict, list))}
        known = fields, nested
        if self._known.setdefault(token, known) is known:
            self._length += len(token)
            while self._length > self.MOST:
                oldest = next(iter(self._known))
                del self._known[oldest]
                self._length -= len(oldest)
        return known


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def access_token_fields(token: str, principal: Principal, policy: Policy) -> dict[str, Any]:
    """Return the fields of the SDK's and FastMCP's access tokens.

    Scopes that the policy's hierarchy implies are listed beside those granted, since the frameworks compare text.
    """
    claims = principal.claims
    granted, resource = principal.scopes, next(iter(policy.audience), None)
    if len(policy.audience) > 1:
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


def refusal(error: DoorwardError, scopes: Sequence[str], resource_metadata: str) -> Response:
    """Return the response to a rejected request (RFC 6750 section 3, RFC 9728 section 5.1)."""
    status, headers, body = error_response(
        error.number,
        resource_metadata=resource_metadata,
        scopes=scopes,
        retry_after=int(error.details.get("retry_after", 0)),
    )
    return Response(body, status, headers, "application/json")


class BearerAuthMiddleware:
    """Authenticates requests in place of the SDK's authentication middleware, and responds to those it rejects: nothing
    behind it runs for them.

    Protects the paths whose routes require authentication; all paths, if no route does or if it is not among the app's
    own middleware. On other paths every request passes, with its user if its token is valid. Put CORS middleware that
    is not Starlette's in front.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: Policy,
        authenticate: Callable[[str, Callable[[], bool]], Awaitable[AccessToken]],
        resource_metadata: str | Callable[[Scope], str],
        refusals: Refusals | None = None,
        challenge_scopes: Sequence[str] | None = None,
        header: str | None = None,
    ) -> None:
        """Create it from the policy, its verifier, the URL of the metadata (or what tells it for a request), where
        refusals are logged, the scopes to ask for if these are not the policy's, and a header that may have the token
        in the place of `Authorization`.

        `authenticate` gets the token, and a function that it asks before it waits for something: only requests to what
        is guarded wait.
        """
        self._app = app
        self._policy = policy
        self._authenticate = authenticate
        self._resource_metadata = resource_metadata if callable(resource_metadata) else lambda _: resource_metadata
        self._scopes = policy.challenge_scopes if challenge_scopes is None else challenge_scopes
        self._header = header and header.lower().encode()
        self._refusals = refusals or Refusals(policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        values = [value for name, value in scope["headers"] if len(name) == 13 and name.lower() == b"authorization"]
        if self._header and (other := [v for name, v in scope["headers"] if name.lower() == self._header]):
            others = [b"Bearer " + value for value in other]
            values += others
            # What is behind looks there.
            scope = {**scope, "headers": [*scope["headers"], *((b"authorization", value) for value in others)]}
        token = ""
        try:
            token = bearer_token(values)
            user = AuthenticatedUser(await self._authenticate(token, lambda: self._guards(scope)))
        except DoorwardError as error:
            if self._guards(scope):
                await self._refusal(error, token, scope)(scope, receive, send)
                return
            scope["user"], scope["auth"] = UnauthenticatedUser(), AuthCredentials()
            await self._app(scope, receive, send)
            return
        scope["user"], scope["auth"] = user, AuthCredentials(user.scopes)
        # For `get_access_token()`, as the SDK's AuthContextMiddleware does.
        before = auth_context_var.set(user)
        try:
            await self._app(scope, receive, send)
        finally:
            auth_context_var.reset(before)

    def _stands_in(self, scope: Scope) -> tuple[Sequence[BaseRoute], Sequence[Middleware]]:
        """Return the routes of the app whose middleware this is, and the middleware after it."""
        app = scope.get("app")
        if isinstance(app, Starlette):
            for index, (cls, _, kwargs) in enumerate(app.user_middleware, 1):
                if cls is type(self) and kwargs.get("policy") is self._policy:
                    return app.routes, app.user_middleware[index:]
        return (), ()

    def _guards(self, scope: Scope) -> bool:
        return _guards(self._stands_in(scope)[0], scope)

    def _refusal(self, error: DoorwardError, token: str, scope: Scope) -> ASGIApp:
        async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
            self._refusals.log(error, token, scope)
            if scope["type"] == "websocket":
                await WebSocketClose(1008)(scope, receive, send)
            else:
                await refusal(error, self._scopes, self._resource_metadata(scope))(scope, receive, send)

        # The app's CORS middleware does not run, but one like it: a preflight carries no credentials, and a refusal
        # without its headers is one that a browser keeps to itself. A subclass may be anything, and does not run.
        answer: ASGIApp = refuse
        _, behind = self._stands_in(scope)
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
