"""A FastMCP server behind an OAuth issuer: `FastMCP(auth=RemoteOAuth(issuer=..., resource=..., scopes=[...]))`."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fastmcp.server.auth import AccessToken, TokenVerifier
from mcp.server.auth.routes import cors_middleware
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from doorward._core import Policy, protected_resource_metadata, protected_resource_metadata_url
from doorward.jwks import JwksSource, Verifier
from doorward.jwt_verifier import JWTVerifier, QuietAccessToken, verified
from doorward.middleware import AccessTokens, BearerAuthMiddleware
from doorward.refusals import Refusals

if TYPE_CHECKING:
    from doorward._core import _Relaxation

__all__ = ["JWTVerifier", "RemoteOAuth"]


class _WellKnownRoute(Route):
    """A route that costs others next to nothing: FastMCP puts those of a provider before its own."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if "/.well-known/" in scope["path"] else (Match.NONE, {})


class RemoteOAuth(TokenVerifier):
    """Authenticates callers with an access token from `issuer` for `resource` that has the `scopes`.

    Must be the outermost provider to respond with its own statuses; inside `MultiAuth` it is no less strict.
    """

    def __init__(
        self,
        *,
        issuer: str,
        resource: str,
        scopes: str | Sequence[str] = (),
        scope_source: str | None = None,
        scope_prefix: str | None = None,
        advertised_scopes: str | Sequence[str] | None = None,
        challenge_scopes: str | Sequence[str] | None = None,
        scope_hierarchy: Mapping[str, str | Sequence[str]] | None = None,
        algorithms: Sequence[str] | None = None,
        leeway: int | None = None,
        relax: "Sequence[_Relaxation]" = (),
        jwks_uri: str | None = None,
        max_stale: int | None = None,
        resource_name: str | None = None,
        source: JwksSource | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create it for an issuer's tokens for one resource.

        issuer: the issuer's URL, as tokens have it in `iss`. resource: the public URL of the server, path included, as
        tokens have it in `aud`. scopes: those that every request needs. jwks_uri: the URL of the issuer's keys; found
        through the issuer's metadata if omitted. max_stale: seconds for which keys may be used past their lifetime if
        they cannot be fetched. resource_name: a name for people, in the metadata. source: keys that are shared with
        others, or fetched by a client of your own; `jwks_uri` and `max_stale` are then its own. clock: seconds since
        1970. All others are as in `Policy.mcp`. Raises `DoorwardError` for a wrong value.
        """
        self.policy = Policy.mcp(
            issuer,
            resource,
            algorithms=algorithms,
            leeway=leeway,
            required_scopes=scopes,
            scope_source=scope_source,
            scope_prefix=scope_prefix,
            advertised_scopes=advertised_scopes,
            challenge_scopes=challenge_scopes,
            scope_hierarchy=scope_hierarchy,
            relax=relax,
        )
        self._metadata_url = protected_resource_metadata_url(resource)
        self._metadata = protected_resource_metadata(
            resource, [issuer], scopes_supported=self.policy.advertised_scopes, resource_name=resource_name
        )
        parts = urlsplit(resource)
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(self.policy.required_scopes))
        self._refusals = Refusals(self.policy)
        self._access_tokens = AccessTokens(QuietAccessToken, self.policy)
        self._verifier = Verifier(
            self.policy,
            source
            or JwksSource(
                issuer,
                jwks_uri=jwks_uri,
                algorithms=self.policy.algorithms,
                relax=relax,
                max_stale=max_stale,
                clock=clock,
            ),
            clock=clock,
        )

    async def authenticate(self, token: str, may_wait: Callable[[], bool] = lambda: True) -> AccessToken:
        """Verify a token, as `Verifier.authenticate` does; raises `DoorwardError`."""
        principal = await self._verifier.authenticate(token, may_wait=may_wait)
        return self._access_tokens.of(token, principal)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a token for a wrapping provider; returns `None` if it is refused, missing scopes included.

        Raises FastMCP's `TokenVerificationError` if the token cannot be verified now.
        """
        return await verified(self.authenticate, token, [self.policy.issuer], self._refusals)

    def get_middleware(self) -> list[Middleware]:
        """Return `BearerAuthMiddleware`, in the place of FastMCP's own."""
        return [
            Middleware(
                BearerAuthMiddleware,
                policy=self.policy,
                authenticate=self.authenticate,
                resource_metadata=self._metadata_url,
                refusals=self._refusals,
            )
        ]

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return routes for the metadata, at the path form and the root form of its URL (RFC 9728 section 3.1)."""
        self.set_mcp_path(mcp_path)
        root = "/.well-known/oauth-protected-resource"
        # Routes match the path with its escapes undone.
        paths = dict.fromkeys([unquote(urlsplit(self._metadata_url).path), root])
        # Clients in a browser send a header of MCP's own, for which the browser asks first.
        methods = ["GET", "OPTIONS"]
        return [
            _WellKnownRoute(path, cors_middleware(self._serve_metadata, methods), methods=methods) for path in paths
        ]

    async def _serve_metadata(self, _: Request) -> Response:
        return Response(self._metadata, 200, {"cache-control": "public, max-age=3600"}, "application/json")
