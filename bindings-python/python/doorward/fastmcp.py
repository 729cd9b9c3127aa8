"""A FastMCP server behind an OAuth issuer: `FastMCP(auth=RemoteOAuth(issuer=..., resource=..., scopes=[...]))`."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastmcp.server.auth import AccessToken, TokenVerifier
from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.authentication import AuthCredentials
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

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


class RemoteOAuth(TokenVerifier):
    """Lets in callers with an access token of `issuer` that is meant for `resource` and has the `scopes`.

    Must be the outermost provider to answer with its own statuses; inside `MultiAuth` it still lets nobody else in.
    """

    def __init__(
        self,
        *,
        issuer: str,
        resource: str,
        scopes: Sequence[str] = (),
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
        parts = urlsplit(resource)
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(scopes))
        self.policy = Policy.mcp(
            issuer,
            resource,
            algorithms=algorithms,
            leeway=leeway,
            required_scopes=list(scopes),
            scope_hierarchy=scope_hierarchy,
            relax=list(relax),
        )
        self._metadata_url = protected_resource_metadata_url(resource)
        self._metadata = protected_resource_metadata(
            resource, [issuer], scopes_supported=list(scopes), resource_name=resource_name
        )
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
        return AccessToken(**access_token_fields(token, principal, self.policy))

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
        elif error.status in (401, 403):
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
        paths = dict.fromkeys([urlsplit(self._metadata_url).path, root])
        return [Route(path, self._serve_metadata, methods=["GET"]) for path in paths]

    async def _serve_metadata(self, _: Request) -> Response:
        headers = {"cache-control": "public, max-age=3600", "access-control-allow-origin": "*"}
        return Response(self._metadata, 200, headers, "application/json")

    def guards(self, path: str) -> bool:
        """Whether this is the path of the MCP endpoint."""
        return self._mcp_path is not None and path.rstrip("/") == self._mcp_path.rstrip("/")


class _Gate:
    """Judges each request once. At the MCP endpoint it answers refusals itself; elsewhere it only says who calls,
    and FastMCP's own check refuses whoever is not known."""

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
                if self._provider.guards(scope["path"].removeprefix(scope.get("root_path", ""))):
                    log_refusal(error, self._provider.policy)
                    await self._provider.refusal(error)(scope, receive, send)
                    return
        await self._app(scope, receive, send)
