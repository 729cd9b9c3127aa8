"""CORS for clients on web pages, by Starlette's middleware, with what MCP needs and no more.

app = Cors(RateLimits(mcp.http_app(), limits), ["https://app.example.com"])
"""

import re
from collections.abc import Sequence

try:
    from starlette.datastructures import Headers, MutableHeaders
    from starlette.middleware.cors import CORSMiddleware
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.cors: pip install 'doorward[mcp]'") from error

from doorward._core import DoorwardError, check_origin, error_response, is_serialized_origin
from doorward.decisions import Decisions
from doorward.oauth_proxy.paths import FORMS

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
_PARAM = re.compile(r"mcp-param-[!#$%&'*+.^_`|~0-9a-z-]+")
"""Headers that it may send, too: arguments that a tool has mirrored (MCP 2026-07-28, transports: `x-mcp-header`)."""
SEEN = ("mcp-protocol-version", "mcp-session-id", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate")
"""The headers of an answer that a page may see: without them it would lose its session, and learn neither where to sign
in nor when to come again."""


class Cors(CORSMiddleware):
    """Lets pages of these origins, and no others, read what the server answers. In front of all else, so that refusals
    are read too; as one of FastMCP's `middleware=`, refusals of authentication are.

    What a page of another origin sends is refused with 403 before it reaches the server, as MCP's transport wants
    against DNS rebinding: one of the server's own origin too, unless it is listed, since a page that rebinds its name
    has `Host` say the same. Metadata is everybody's, and forms to the OAuth proxy's own endpoints are theirs to check.

    Credentials of the browser's own (cookies) are never sent: tokens and keys are headers, which a page has or has not.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str], *, headers: Sequence[str] = ()) -> None:
        """Create the middleware for an app. `origins` are such as `https://app.example.com`; `["*"]` is every page, for
        a server that is open to everybody. `headers` may be sent besides, such as `X-API-Key`. Raises `ValueError` for
        what is no origin, which no browser would ever send."""
        if isinstance(origins, str):
            raise ValueError(f"origins: a list, [{origins!r}]")
        for origin in origins:
            if origin != "*" and not (isinstance(origin, str) and is_serialized_origin(origin)):
                raise ValueError(
                    f"origins: {origin!r} is no origin that a browser sends: scheme://host or scheme://host:port, in"
                    " lower case, with no port that is the scheme's own"
                )
        self._origins = list(origins)
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=[*SENT, *headers],
            expose_headers=SEEN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight request, and add the header fields of CORS to the response of another."""
        answer, headers = None, Headers(scope=scope) if scope["type"] == "http" else Headers()
        if scope.get("method") == "OPTIONS":
            if "origin" in headers and "access-control-request-method" in headers:
                answer = self.preflight_response(headers)
                if answer.status_code != 200:
                    Decisions.of(scope).refused = "preflight_refused"
        elif scope["type"] == "http":
            answer = self._refusal(headers, scope)
        await (answer or super().__call__)(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer what a page may send, with what it asked for of a family that no list has."""
        asked = request_headers.get("access-control-request-headers")
        names = [name.strip().lower() for name in (asked or "").split(",")]
        params = [name for name in names if _PARAM.fullmatch(name)]
        if not params:
            return super().preflight_response(request_headers)
        # What is left of the question is for the list.
        rest = ", ".join(name for name in names if name not in params)
        plain = MutableHeaders(raw=list(request_headers.raw))
        del plain["access-control-request-headers"]
        if rest:
            plain["access-control-request-headers"] = rest
        answer = super().preflight_response(plain)
        allowed = answer.headers["access-control-allow-headers"]
        answer.headers["access-control-allow-headers"] = ", ".join([allowed, *dict.fromkeys(params)])
        return answer

    def _refusal(self, headers: Headers, scope: Scope) -> Response | None:
        """Return the answer to what a page of another origin sends."""
        try:
            check_origin(headers.getlist("origin"), self._origins)
        except DoorwardError as error:
            if _is_everybodys(headers, scope):
                return None
            Decisions.of(scope).refused = error.name
            status, fields, body = error_response(error.number, resource_metadata=None)
            return Response(body, status, fields, "application/json")
        return None


def _is_everybodys(headers: Headers, scope: Scope) -> bool:
    """Return whether metadata is asked for, or a form is sent to what checks it by itself."""
    if scope["method"] in ("GET", "HEAD"):
        return "/.well-known/" in scope["path"]
    types = [each.partition(";")[0].strip().lower() for each in headers.getlist("content-type")]
    is_form = scope["method"] == "POST" and types == ["application/x-www-form-urlencoded"]
    return is_form and scope["path"].endswith(FORMS)
