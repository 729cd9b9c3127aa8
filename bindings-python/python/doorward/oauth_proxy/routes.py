"""The routes of a proxy, and the metadata that names them."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from mcp.server.auth.routes import cors_middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from doorward._core import (
    ASYMMETRIC,
    METADATA_CACHE_CONTROL,
    authorization_server_metadata,
    authorization_server_metadata_urls,
)
from doorward.oauth_proxy.paths import PATHS
from doorward.oauth_proxy.registry import METHODS
from doorward.oauth_proxy.sign_in import SignIn
from doorward.oauth_proxy.site import Site
from doorward.oauth_proxy.tokens import TokenEndpoint
from doorward.oauth_proxy.verifier import ProxyVerifier

__all__ = ["KEYS", "Near", "callback_path", "metadata", "routes"]

_PATH = re.compile(r"/|(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+/?", re.ASCII)
KEYS = "/.well-known/jwks.json"


def callback_path(path: str | None) -> str:
    """Return the path to which the upstream sends browsers back; raises `ValueError` for one that is not its own."""
    path = path or "/auth/callback"
    path = path if path.startswith("/") else f"/{path}"
    if not _PATH.fullmatch(path) or path.startswith("/.well-known/") or path in PATHS.values():
        raise ValueError(
            f"redirect_path: must be a path of its own, without a query, a fragment or escapes, not {path!r}"
        )
    return path


def metadata(site: Site, scopes: Sequence[str], *, client_documents: bool, service_documentation: str | None) -> str:
    """Return the metadata of the authorization server (RFC 8414); raises `DoorwardError`."""
    return authorization_server_metadata(
        site.issuer,
        authorization_endpoint=site.url(PATHS["authorize"]),
        token_endpoint=site.url(PATHS["token"]),
        auth_methods=METHODS,
        registration_endpoint=site.url(PATHS["register"]),
        revocation_endpoint=site.url(PATHS["revoke"]),
        jwks_uri=site.url(KEYS),
        scopes_supported=scopes or None,
        assertion_algorithms=list(ASYMMETRIC),
        client_documents=client_documents,
        service_documentation=service_documentation,
    )


def routes(
    site: Site, document: str, resource: Route, verifier: ProxyVerifier, sign_in: SignIn, tokens: TokenEndpoint
) -> list[Route]:
    """Return the routes of the authorization server, with its metadata, and that of the resource's."""

    async def published(_: Request) -> Response:
        return Response(document, 200, {"cache-control": METADATA_CACHE_CONTROL}, "application/json")

    well_known = unquote(urlsplit(authorization_server_metadata_urls(site.issuer)[0]).path)
    return [
        resource,
        _shared(well_known, published, "GET"),
        _shared(KEYS, verifier.keys, "GET"),
        _shared(PATHS["register"], tokens.register, "POST"),
        _shared(PATHS["token"], tokens.token, "POST"),
        _shared(PATHS["revoke"], tokens.revoke, "POST"),
        _page(PATHS["authorize"], sign_in.authorize, {"GET"}),
        Route(PATHS["consent"], sign_in.consent, methods=["POST"]),
        # It refuses other methods itself: whatever comes there has the upstream's code in its query.
        _page(site.callback_path, sign_in.callback, None),
        Near(site.callback_path),
    ]


def _shared(path: str, endpoint: Any, method: str) -> Route:
    # Clients in a browser have an origin of their own.
    methods = [method, "OPTIONS"]
    return Route(path, cors_middleware(endpoint, methods), methods=methods)


def _page(path: str, endpoint: Any, methods: set[str] | None) -> Route:
    # What looks at a link before a person follows it must not use it up: Starlette would take HEAD as GET.
    route = Route(path, endpoint, methods=["GET"])
    route.methods = methods
    return route


class Near(Route):
    """What is nearly the path of the callback, as a URI that was registered a little wrong: it comes with a code as
    well, which no access log gets by a redirect to the path that was meant, or by an answer that there is nothing."""

    def __init__(self, path: str) -> None:
        super().__init__(path, _nothing)
        self.methods = None

    def is_near(self, path: str) -> bool:
        """Return whether a path is this one, but for slashes and case."""
        return _squeezed(path) == _squeezed(self.path)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match paths that differ from this one only by slashes or case."""
        if scope["type"] != "http" or not self.is_near(scope["path"].removeprefix(scope.get("root_path", ""))):
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self.endpoint, "path_params": {}}


def _squeezed(path: str) -> list[str]:
    return [part for part in path.casefold().split("/") if part]


async def _nothing(request: Request) -> Response:
    request.scope["query_string"] = b""
    return Response(None, 404)
