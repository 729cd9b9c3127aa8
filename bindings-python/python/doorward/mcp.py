"""A server of the MCP SDK alone.

verifier = DoorwardVerifier(Policy.mcp(issuer, resource, required_scopes="notes:read"))
server = MCPServer("notes", auth=verifier.auth_settings(), token_verifier=verifier)
app = protect(server.streamable_http_app())
"""

from urllib.parse import urlsplit

try:
    import httpx  # noqa: F401 (the SDK brings httpx2 alone)
    from mcp.server.auth.middleware.auth_context import get_access_token
    from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.mcp: pip install 'doorward[mcp]'") from error
from starlette.applications import Starlette
from starlette.routing import Route

from doorward._core import Principal
from doorward.api_keys.verifier import ApiKeyVerifier
from doorward.doorward_verifier import DoorwardVerifier
from doorward.overrides import NOT_HERE, refuse_overrides
from doorward.resource_server import Options

__all__ = ["ApiKeyVerifier", "DoorwardVerifier", "Options", "get_principal", "protect"]


def protect(app: Starlette) -> Starlette:
    """Replace the SDK's authentication by `BearerAuthMiddleware`, in an app of `streamable_http_app()` or
    `sse_app()` whose `token_verifier` is a `DoorwardVerifier` or an `ApiKeyVerifier`; return that app.

    Raises `ValueError` if there is none, if the app serves requests already, or if it publishes no metadata of the
    first resource, and `TypeError` if the verifier is of a class that overrides `verify_token`.
    """
    if app.middleware_stack is not None:
        raise ValueError("protect: the app serves already")
    for index, middleware in enumerate(app.user_middleware):
        verifier = getattr(middleware.kwargs.get("backend"), "token_verifier", None)
        if isinstance(verifier, (ApiKeyVerifier, DoorwardVerifier)):
            base = ApiKeyVerifier if isinstance(verifier, ApiKeyVerifier) else DoorwardVerifier
            refuse_overrides(type(verifier), base, ("verify_token",), NOT_HERE)
            guard = verifier.middleware() if isinstance(verifier, ApiKeyVerifier) else verifier.server.middleware()
            app.user_middleware[index] = guard
            oauth = verifier.oauth if isinstance(verifier, ApiKeyVerifier) else verifier
            if oauth is None:
                return app
            server = oauth.server
            url = server.metadata.first_url
            path = urlsplit(url).path
            if all(getattr(route, "path", None) != path for route in app.routes):
                raise ValueError(f"protect: the app publishes nothing at {url}; give it the verifier's auth_settings()")
            for route in app.routes:
                if isinstance(route, Route) and isinstance(route.app, RequireAuthMiddleware):
                    server.served_at(route.path)
            # In the place of the SDK's own.
            app.router.routes[:] = [
                server.route(),
                *(route for route in app.routes if getattr(route, "path", None) != path),
            ]
            return app
    raise ValueError("protect: the app has no DoorwardVerifier or ApiKeyVerifier as its token_verifier")


def get_principal() -> Principal | None:
    """Return the caller, in a tool: the verified claims. `None` where nobody is authenticated."""
    return getattr(get_access_token(), "principal", None)
