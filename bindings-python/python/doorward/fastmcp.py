"""A FastMCP server behind an OAuth issuer: `FastMCP(auth=RemoteOAuth(issuer=..., resource=..., scopes=[...]))`."""

try:
    import httpx  # noqa: F401 (FastMCP brings httpx2 alone)
    from fastmcp.server.auth.middleware import RequireAuthMiddleware  # noqa: F401 (older ones have none)
    from fastmcp.server.dependencies import get_access_token
except ImportError as error:
    raise ModuleNotFoundError("doorward.fastmcp: pip install 'doorward[fastmcp]'") from error

from doorward._core import Principal
from doorward.api_keys.auth import ApiKeyAuth
from doorward.jwt_verifier import JWTVerifier
from doorward.oauth_proxy.access_token import get_upstream_token
from doorward.oauth_proxy.proxy import OAuthProxy
from doorward.remote_oauth import RemoteOAuth
from doorward.resource_server import Options

__all__ = [
    "ApiKeyAuth",
    "JWTVerifier",
    "OAuthProxy",
    "Options",
    "RemoteOAuth",
    "get_principal",
    "get_upstream_token",
]


def get_principal() -> Principal | None:
    """Return the caller, in a tool: the verified claims. `None` where nobody is authenticated, or another provider has
    done it."""
    return getattr(get_access_token(), "principal", None)
