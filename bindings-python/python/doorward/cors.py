"""CORS for clients on web pages, by Starlette's middleware, with what MCP needs and no more.

app = Cors(RateLimits(mcp.http_app(), limits), ["https://app.example.com"])
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

__all__ = ["Cors"]

SENT = (
    "authorization",
    "content-type",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
)
"""The headers that a page may send."""
SEEN = ("mcp-protocol-version", "mcp-session-id", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate")
"""The headers of an answer that a page may see: without them it would lose its session, and learn neither where to sign
in nor when to come again."""


class Cors(CORSMiddleware):
    """Lets pages of these origins, and no others, read what the server answers. In front of all else, so that refusals
    are read too; as one of FastMCP's `middleware=`, refusals of authentication are.

    Credentials of the browser's own (cookies) are never sent: tokens and keys are headers, which a page has or has not.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], *, headers: Sequence[str] = ()) -> None:
        """Create it for an app. `origins` are such as `https://app.example.com`; `["*"]` is every page, for a server
        that is open to everybody. `headers` may be sent besides, such as `X-API-Key`. Raises `ValueError` for what is
        no origin, which no browser would ever send."""
        if isinstance(origins, str):
            raise ValueError(f"origins: a list, [{origins!r}]")
        for origin in origins:
            parts = urlsplit(origin)
            if origin != "*" and (
                parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}"
            ):
                raise ValueError(f"{origin}: no origin, which is scheme://host or scheme://host:port")
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=[*SENT, *headers],
            expose_headers=SEEN,
        )
