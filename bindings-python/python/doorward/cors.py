"""CORS for clients on web pages, by Starlette's middleware, with what MCP needs and no more.

app = Cors(RateLimits(mcp.http_app(), limits), ["https://app.example.com"])
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

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

    What a page of another origin sends is refused with 403 before it reaches the server, as MCP's transport wants
    against DNS rebinding. Metadata is everybody's, and forms are of the OAuth proxy's own pages, which check theirs.

    Credentials of the browser's own (cookies) are never sent: tokens and keys are headers, which a page has or has not.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], *, headers: Sequence[str] = ()) -> None:
        """Create the middleware for an app. `origins` are such as `https://app.example.com`; `["*"]` is every page, for
        a server that is open to everybody. `headers` may be sent besides, such as `X-API-Key`. Raises `ValueError` for
        what is no origin, which no browser would ever send."""
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http" and scope["method"] != "OPTIONS" and self._is_foreign(Headers(scope=scope), scope):
            await Response(None, 403)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _is_foreign(self, headers: Headers, scope: Scope) -> bool:
        origin = headers.get("origin")
        if origin is None or self.is_allowed_origin(origin) or "/.well-known/" in scope["path"]:
            return False
        return not headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
