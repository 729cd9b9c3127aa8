"""The protected resources that a server is (RFC 9728), one for each of its public names, and their metadata."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from mcp.server.auth.routes import cors_middleware
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Scope

from doorward._core import (
    METADATA_CACHE_CONTROL,
    ROOT_METADATA_PATH,
    is_at_host,
    protected_resource_metadata,
    protected_resource_metadata_url,
)
from doorward.arguments import named

__all__ = ["ProtectedResources"]


class ProtectedResources:
    """The protected resources that a server is, one for each of its public names, and their metadata."""

    def __init__(
        self,
        resources: Sequence[str],
        issuers: Sequence[str],
        scopes: Sequence[str],
        *,
        insecure_http_for_development: bool = False,
        **options: Any,
    ) -> None:
        """Create resources from URLs, and from what `protected_resource_metadata` takes."""
        if not resources:
            raise ValueError("resource: there is none, and the policy has no audience that would say it")
        http: dict[str, Any] = {"insecure_http_for_development": insecure_http_for_development}
        options |= http
        self._urls = {named("resource", protected_resource_metadata_url, each, **http): each for each in resources}
        self.first, self.first_url = resources[0], next(iter(self._urls))
        own = [self._at(urlsplit(url).netloc) for url in self._urls]
        if own != list(self._urls) or len(own) < len(resources):
            raise ValueError("resource: several are for several public host names; one of each")
        self._issuers, self._options = issuers, options
        for name, value in options.items():
            named(name, protected_resource_metadata, self.first, issuers, scopes_supported=[], **http | {name: value})
        self.publish(scopes)

    def publish(self, scopes: Sequence[str]) -> None:
        """Say that clients may ask for these scopes."""
        self.scopes = scopes
        self._documents = {
            url: named(
                "metadata",
                protected_resource_metadata,
                resource,
                self._issuers,
                scopes_supported=scopes,
                **self._options,
            )
            for url, resource in self._urls.items()
        }

    def metadata_url(self, scope: Scope) -> str:
        """Return the URL of the metadata, for the name by which a request came."""
        return self._at(Headers(scope=scope).get("host", ""))

    def _at(self, host: str) -> str:
        return next((url for url in self._urls if is_at_host(url, host)), self.first_url)

    def document(self, scope: Scope) -> str:
        """Return the metadata, for the name by which a request came."""
        return self._documents[self.metadata_url(scope)]

    def route(self, root: bool, before: Callable[[Request], Awaitable[None]] | None = None) -> Route:
        """Return the route of the metadata: at the path form of its URL, and also at its root form. `before` each
        answer, scopes may be published."""

        async def serve(request: Request) -> Response:
            if before is not None:
                await before(request)
            headers = {"cache-control": METADATA_CACHE_CONTROL}
            return Response(self.document(request.scope), 200, headers, "application/json")

        # Routes match the path with its escapes undone.
        paths = dict.fromkeys(unquote(urlsplit(url).path) for url in self._urls)
        if root:
            paths[ROOT_METADATA_PATH] = None
        # Clients in a browser send a header of MCP's own, for which the browser asks first.
        methods = ["GET", "OPTIONS"]
        return _WellKnownRoute(list(paths), cors_middleware(serve, methods), methods)


class _WellKnownRoute(Route):
    """A route at several paths that costs other requests next to nothing: those of a provider are put before the
    server's own."""

    def __init__(self, paths: Sequence[str], endpoint: ASGIApp, methods: Sequence[str]) -> None:
        super().__init__(paths[0], endpoint, methods=methods)
        self._others = [Route(path, endpoint, methods=methods) for path in paths[1:]]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if "/.well-known/" not in scope["path"]:
            return Match.NONE, {}
        found = super().matches(scope)
        for other in self._others:
            if found[0] is Match.NONE:
                found = other.matches(scope)
        return found
