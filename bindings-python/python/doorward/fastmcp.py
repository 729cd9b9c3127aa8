"""A FastMCP server behind an OAuth issuer: `FastMCP(auth=RemoteOAuth(issuer=..., resource=..., scopes=[...]))`."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fastmcp.server.auth import AccessToken, TokenVerifier
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.routes import cors_middleware
from pydantic import Field
from starlette.authentication import AuthCredentials
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward._core import (
    DoorwardError,
    Policy,
    bearer_token,
    challenge,
    protected_resource_metadata,
    protected_resource_metadata_url,
)
from doorward.jwks import JwksSource, Verifier
from doorward.mcp import access_token_fields, log_refusal

if TYPE_CHECKING:
    from doorward._core import _Relaxation

__all__ = ["RemoteOAuth"]

# What a client may be told besides the code: nothing that depends on the token.
_DESCRIPTIONS = {
    "invalid_request": "The request is malformed",
    "invalid_token": "The access token is not valid for this resource",
    "insufficient_scope": "The access token does not have the scopes that this needs",
}


class _AccessToken(AccessToken):
    token: str = Field(repr=False)


class RemoteOAuth(TokenVerifier):
    """Lets in callers with an access token of `issuer` that is meant for `resource` and has the `scopes`.

    Must be the outermost provider to answer with its own statuses; inside `MultiAuth` it still lets nobody else in.
    """

    def __init__(
        self,
        *,
        issuer: str,
        resource: str,
        scopes: str | Sequence[str] = (),
        scope_hierarchy: Mapping[str, str | Sequence[str]] | None = None,
        algorithms: Sequence[str] | None = None,
        leeway: int = 60,
        relax: "Sequence[_Relaxation]" = (),
        jwks_uri: str | None = None,
        max_stale: int = 0,
        resource_name: str | None = None,
        source: JwksSource | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the resource's public URL, path and all; times are in seconds."""
        self.policy = Policy.mcp(
            issuer,
            resource,
            algorithms=algorithms,
            leeway=leeway,
            required_scopes=scopes,
            scope_hierarchy=scope_hierarchy,
            relax=relax,
        )
        self._metadata_url = protected_resource_metadata_url(resource)
        self._metadata = protected_resource_metadata(
            resource, [issuer], scopes_supported=self.policy.required_scopes, resource_name=resource_name
        )
        parts = urlsplit(resource)
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(self.policy.required_scopes))
        self._verifier = Verifier(
            self.policy,
            source
            or JwksSource(
                issuer, jwks_uri=jwks_uri, algorithms=self.policy.algorithms, max_stale=max_stale, clock=clock
            ),
            clock=clock,
        )

    async def authenticate(self, token: str) -> AccessToken:
        """Judge a token; raises `DoorwardError`."""
        principal = await self._verifier.authenticate(token)
        return _AccessToken(**access_token_fields(token, principal, self.policy))

    async def verify_token(self, token: str) -> AccessToken | None:
        """Judge a token for whoever wraps this provider: `None` on any refusal, missing scopes among them."""
        try:
            return await self.authenticate(token)
        except DoorwardError as error:
            log_refusal(error, self.policy)
            return None

    def refusal(self, error: DoorwardError) -> Response:
        """The answer to a request that is refused (RFC 6750 section 3, RFC 9728 section 5.1)."""
        body = {"error": error.oauth_error or "unauthorized"}
        headers = {"cache-control": "no-store"}
        if error.status == 503:
            body = {"error": "temporarily_unavailable"}
            headers["retry-after"] = str(error.details.get("retry_after", 1))
        elif error.status in (400, 401, 403):
            headers["www-authenticate"] = challenge(
                error=error.oauth_error,
                error_description=_DESCRIPTIONS.get(error.oauth_error or ""),
                scope=list(self.policy.required_scopes) or None,
                resource_metadata=self._metadata_url,
            )
        if error.oauth_error:
            body["error_description"] = _DESCRIPTIONS.get(error.oauth_error, "")
        return Response(json.dumps(body), error.status, headers, "application/json")

    def get_middleware(self) -> list[Middleware]:
        """The gate, and FastMCP's own way of telling tools who is calling."""
        return [Middleware(_Gate, provider=self), Middleware(AuthContextMiddleware)]

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """The metadata document, at the path form and the root form of its URL (RFC 9728 section 3.1)."""
        self.set_mcp_path(mcp_path)
        root = "/.well-known/oauth-protected-resource"
        # Routes match the path with its escapes undone.
        paths = dict.fromkeys([unquote(urlsplit(self._metadata_url).path), root])
        # Clients in a browser send a header of MCP's own, for which the browser asks first.
        methods = ["GET", "OPTIONS"]
        return [Route(path, cors_middleware(self._serve_metadata, methods), methods=methods) for path in paths]

    async def _serve_metadata(self, _: Request) -> Response:
        return Response(self._metadata, 200, {"cache-control": "public, max-age=3600"}, "application/json")

    def guards(self, path: str) -> bool:
        """Whether this is the path of the MCP endpoint."""
        return self._mcp_path is not None and path.rstrip("/") == self._mcp_path.rstrip("/")


class _Gate:
    """Judges each request once and says who calls. FastMCP's own check refuses whoever is not known, and its answer is
    replaced by one that says why. A server's CORS middleware stands further in, so it must be reached: a preflight
    carries no credentials, and a refusal without its headers is one that a browser keeps to itself."""

    def __init__(self, app: ASGIApp, provider: RemoteOAuth) -> None:
        self._app = app
        self._provider = provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            values = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
            try:
                user = AuthenticatedUser(await self._provider.authenticate(bearer_token(values)))
                scope["user"], scope["auth"] = user, AuthCredentials(user.scopes)
            except DoorwardError as error:
                scope.pop("user", None)
                send = self._refuse(error, scope, send)
        await self._app(scope, receive, send)

    def _refuse(self, error: DoorwardError, scope: Scope, send: Send) -> Send:
        refused = False

        async def answer(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and self._is_refusal(scope, message):
                refused = True
                log_refusal(error, self._provider.policy)
                refusal = self._provider.refusal(error)
                kept = [(name, value) for name, value in message["headers"] if name.lower().startswith(_KEPT)]
                await send({**message, "status": refusal.status_code, "headers": refusal.raw_headers + kept})
                await send({"type": "http.response.body", "body": refusal.body})
            elif not refused:
                await send(message)

        return answer

    def _is_refusal(self, scope: Scope, message: Message) -> bool:
        """At the MCP endpoint all is refused but a preflight; elsewhere what FastMCP refused."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._provider.guards(path) and scope["method"] != "OPTIONS":
            return True
        challenges = [value for name, value in message["headers"] if name.lower() == b"www-authenticate"]
        return message["status"] == 401 and any(value.startswith(b"Bearer") for value in challenges)


_KEPT = (b"access-control-", b"vary")
