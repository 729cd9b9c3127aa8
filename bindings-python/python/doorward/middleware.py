"""The ASGI middleware before an MCP server: verifies each request once, and responds to those it rejects."""

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, UnauthenticatedUser
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from doorward._core import DoorwardError, Policy, bearer_credential, check_bearer_query, error_response
from doorward.body import is_discovery, messages, read
from doorward.cors import Cors
from doorward.errors import error_of, retry_after
from doorward.guards import CALLER, PassThrough, WithoutCredentials, asks, guards_of, is_guarded, pass_through_of
from doorward.refusals import Refusals
from doorward.store import StoreError

__all__ = ["BearerAuthMiddleware", "requestable_scopes"]


def _response(error: DoorwardError, scopes: Sequence[str], resource_metadata: str | None) -> Response:
    """Return the response to a rejected request (RFC 6750 section 3, RFC 9728 section 5.1)."""
    status, headers, body = error_response(
        error.number,
        resource_metadata=resource_metadata,
        scopes=scopes,
        retry_after=retry_after(error),
    )
    return Response(body, status, headers, "application/json")


class Components(Protocol):
    """What a server does for those who call it, each of which may need scopes of its own."""

    def may_be_needed(self) -> bool:
        """Return whether one may need a scope, as quickly as that can be said."""

    async def declared(self) -> set[str]:
        """Return every scope that some component requires."""

    async def shortfall(self, message: Mapping[str, Any], token: Any) -> set[str]:
        """Return the scopes that a token lacks for what a message asks for."""


class BearerAuthMiddleware:
    """Authenticates requests in place of the SDK's authentication middleware, and responds to those it rejects: nothing
    behind it runs for them.

    Protects the paths whose routes require authentication; all paths, if no route does or if it is not among the app's
    own middleware. On other paths every request passes, with its user if its token is valid. Put CORS middleware that
    is not Starlette's in front.

    What is protected does not get the header that the token came in, nor the one that may have it: FastMCP sends the
    headers of a request on to the servers and APIs behind it.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: Policy,
        authenticate: Callable[[str, Callable[[], bool]], Awaitable[AccessToken]],
        resource_metadata: str | Callable[[Scope], str] | None,
        cached: Callable[[bytes], AccessToken | None] = lambda _: None,
        refusals: Refusals | None = None,
        challenge_scopes: Callable[[list[str] | None], Sequence[str]] | None = None,
        header: str | None = None,
        any_text: bool = False,
        components: Callable[[Scope], Components | None] = lambda _: None,
        anonymous_discovery: bool = False,
        guards: Sequence[type[RequireAuthMiddleware]] = (RequireAuthMiddleware,),
        begin: Callable[[Scope], Awaitable[None]] | None = None,
        end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Create the middleware.

        Args:
            app: what it is before.
            policy: what tokens must satisfy.
            authenticate: returns the access token of a token, or raises `DoorwardError`. It is passed a function to
                call before it waits for something: only requests to what is guarded wait.
            resource_metadata: the URL of the metadata, or what returns it for a request; `None` where there is none.
            cached: is called before `authenticate`, with the credentials as they are written. Returns the access token
                of credentials that were verified before, or `None` to have them authenticated.
            refusals: where refusals are logged.
            challenge_scopes: returns the scopes of the challenge, of those that a call needs or `None`; the policy's
                if omitted.
            header: a header that may have the token in the place of `Authorization`.
            any_text: whether any text may come in that header.
            components: returns the components of a server whose calls may need scopes of their own.
            anonymous_discovery: whether it may be asked without a token what the server is and which tools it has.
            guards: the classes that guard routes by what is checked here already.
            begin: is called with the scope before the app begins, which it does not if that raises `StoreError` or
                `DoorwardError`.
            end: is called when the app has ended.
        """
        self._app = app
        self._policy = policy
        self._authenticate, self._cached = authenticate, cached
        self._resource_metadata = resource_metadata if callable(resource_metadata) else lambda _: resource_metadata
        self._ask = challenge_scopes or (lambda asked: policy.challenge_scopes if asked is None else asked)
        self._header, self._any_text = header.lower().encode() if header else None, any_text
        self._refusals = refusals or Refusals(policy)
        self._components = components
        # Of the app that was looked at last.
        self._seen: object = None
        self._its_components: Components | None = None
        self._behind: ASGIApp = WithoutCredentials(app, self._header)
        self._anonymous_discovery = anonymous_discovery
        self._guard_types = tuple(guards)
        self._begin, self._end = begin, end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, and pass it on or refuse it."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        values = [value for name, value in scope["headers"] if len(name) == 13 and name.lower() == b"authorization"]
        own = [value for name, value in scope["headers"] if name.lower() == self._header] if self._header else []
        written = values
        if own:
            as_bearer = [b"Bearer " + value for value in own]
            written = values + as_bearer
            # The guards of routes look there for whether there are credentials.
            scope["headers"] = [*scope["headers"], *((b"authorization", value) for value in as_bearer)]
        # Whoever is turned away asks for the metadata next, which lists what they need.
        if scope.get("app") is not self._seen:
            self._look(scope)
        components, token = self._its_components, ""
        try:
            if written and (query := scope.get("query_string")):
                check_bearer_query(query)
            # A text that is no token is a key, whatever token it may look like.
            access_token = self._cached(written[0]) if len(written) == 1 and not (own and self._any_text) else None
            if access_token is None:
                token = bearer_credential(values, own, any_text=self._any_text)
                access_token = await self._authenticate(token, lambda: self._guards(scope))
            user = AuthenticatedUser(access_token)
        except DoorwardError as error:
            if self._guards(scope):
                if (
                    not self._anonymous_discovery
                    or written
                    or not (guard := pass_through_of(self._routes_and_middleware(scope)[0], scope))
                ):
                    await self._refusal(error, token, scope)(scope, receive, send)
                    return
                body, receive, _ = await read(receive)
                if not is_discovery(body):
                    await self._refusal(error, token, scope)(scope, receive, send)
                    return
                guard.let_in(scope)
            scope["user"], scope["auth"] = UnauthenticatedUser(), AuthCredentials()
            await self._app(scope, receive, send)
            return
        scope["user"], scope["auth"] = user, AuthCredentials(user.scopes)
        scope[CALLER] = user
        # For `get_access_token()`, as the SDK's AuthContextMiddleware does.
        before = auth_context_var.set(user)
        try:
            if (
                components is not None
                and scope.get("method") == "POST"
                and components.may_be_needed()
                and self._guards(scope)
            ):
                body, receive, _ = await read(receive)
                lacking = await self._lacking(components, body, user.access_token)
                if lacking is not None:
                    missing, asked = lacking
                    token = bearer_credential(values, own, any_text=self._any_text)
                    await self._refusal(missing, token, scope, asked)(scope, receive, send)
                    return
            await self._behind(scope, receive, send)
        finally:
            auth_context_var.reset(before)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if self._begin is not None:
                await self._begin(scope)
        except (StoreError, DoorwardError) as error:
            await receive()
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        end = self._end

        async def send_ended(message: Message) -> None:
            nonlocal end
            # Once a server learns that the app has shut down it stops the event loop, with whatever is in progress.
            if end is not None and message["type"].startswith("lifespan.shutdown."):
                ending, end = end, None
                try:
                    await ending()
                finally:
                    await send(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, send_ended)
        finally:
            if end is not None:
                await end()

    def _look(self, scope: Scope) -> None:
        """Look at the app that a request is to, once: what it has, and where what it guards begins."""
        self._seen, self._its_components = scope.get("app"), self._components(scope)
        routes = self._routes_and_middleware(scope)[0]
        self._let_callers_through(routes)
        if any(map(asks, routes)):
            self._behind = self._app
        else:
            self._behind = WithoutCredentials(self._app, self._header)
        for guard in guards_of(routes):
            if not isinstance(guard.app, WithoutCredentials):
                guard.app = WithoutCredentials(guard.app, self._header)

    def _let_callers_through(self, routes: Sequence[BaseRoute]) -> None:
        """Let callers through at once where a guard would check no more than was checked here."""
        for route in routes:
            guarded = getattr(route, "app", None)
            if not isinstance(route, Route) or not isinstance(guarded, RequireAuthMiddleware):
                continue
            if type(guarded) in self._guard_types and set(guarded.required_scopes) <= set(self._policy.required_scopes):
                route.app = PassThrough(guarded, lets_callers_in=True)

    async def _lacking(
        self, components: Components, body: bytes | None, token: AccessToken
    ) -> tuple[DoorwardError, list[str]] | None:
        """Return the error for calls that lack a scope, and all scopes to ask for."""
        missing: set[str] = set()
        for message in messages(body):
            missing |= await components.shortfall(message, token)
        if not missing:
            return None
        granted = getattr(token, "principal", token).scopes  # without those that are implied
        try:
            asked = self._policy.step_up_scopes(
                granted, sorted(missing), requestable_scopes(self._policy, await components.declared())
            )
        except DoorwardError:
            return None  # no scope that a client could ask for
        return error_of("insufficient_scope", missing=" ".join(sorted(missing))), asked

    def _routes_and_middleware(self, scope: Scope) -> tuple[Sequence[BaseRoute], Sequence[Middleware]]:
        """Return the routes of the app whose middleware this is, and the middleware after it."""
        app = scope.get("app")
        if isinstance(app, Starlette):
            for index, (cls, _, kwargs) in enumerate(app.user_middleware, 1):
                if cls is type(self) and kwargs.get("policy") is self._policy:
                    return app.routes, app.user_middleware[index:]
        return (), ()

    def _guards(self, scope: Scope) -> bool:
        return is_guarded(self._routes_and_middleware(scope)[0], scope)

    def _refusal(self, error: DoorwardError, token: str, scope: Scope, asked: list[str] | None = None) -> ASGIApp:
        async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
            self._refusals.log(error, token, scope)
            if scope["type"] == "websocket":
                await WebSocketClose(1008)(scope, receive, send)
            else:
                await _response(error, self._ask(asked), self._resource_metadata(scope))(scope, receive, send)

        # The app's CORS middleware does not run, but one like it: a preflight carries no credentials, and a refusal
        # without its headers is one that a browser keeps to itself. A subclass may be anything, and does not run.
        answer: ASGIApp = refuse
        _, behind = self._routes_and_middleware(scope)
        for cls, args, kwargs in reversed(behind):
            if cls is CORSMiddleware or cls is Cors:
                answer = cls(answer, *args, **kwargs)
        return answer


def requestable_scopes(policy: Policy, scopes: Iterable[str]) -> list[str]:
    """Return those of these scopes that a client can request."""
    good = []
    for scope in sorted(scopes):
        with contextlib.suppress(DoorwardError):
            policy.requested_scopes([scope])
            good.append(scope)
    return good
