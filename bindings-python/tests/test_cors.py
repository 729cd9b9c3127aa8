"""CORS as pages need it, and no more of it."""

import httpx
import pytest
from fastmcp import FastMCP
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from doorward import Peppers, error_response
from doorward.api_keys import ApiKeys
from doorward.cors import Cors
from doorward.errors import error_of
from doorward.fastmcp import ApiKeyAuth
from doorward.limits import Limit, RateLimits
from doorward.metrics import Metrics
from doorward.store.memory import MemoryStore

OURS, OTHER = {"origin": "https://app.example.com"}, {"origin": "https://evil.example.com"}


async def ask(app: ASGIApp, method: str = "POST", path: str = "/mcp", **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com") as http:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await http.request(method, path, headers=sent)


def guarded() -> FastMCP:
    return FastMCP("test", auth=ApiKeyAuth(ApiKeys(MemoryStore(), Peppers((1, b"p" * 32))), resource="https://h/mcp"))


async def test_refusals_of_limits_and_of_authentication_are_read_by_our_pages_alone() -> None:
    app = Cors(RateLimits(guarded().http_app(), [Limit("address", 2, 3600)]), [OURS["origin"]], headers=["X-API-Key"])
    for status in (401, 401, 429):
        answer = await ask(app, **OURS)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == OURS["origin"]
        seen = set(answer.headers["access-control-expose-headers"].split(", "))
        assert {"www-authenticate", "retry-after", "mcp-session-id", "ratelimit", "ratelimit-policy"} <= seen
        assert "access-control-allow-credentials" not in answer.headers
    assert "access-control-allow-origin" not in (await ask(app, **OTHER)).headers


async def test_a_preflight_is_answered_without_credentials_and_uses_up_nothing() -> None:
    app = Cors(RateLimits(guarded().http_app(), [Limit("address", 1, 3600)]), [OURS["origin"]], headers=["X-API-Key"])
    asks = {"access_control_request_method": "POST", "access_control_request_headers": "x-api-key,mcp-session-id"}
    for _ in range(3):
        assert (await ask(app, "OPTIONS", **OURS, **asks)).status_code == 200
    assert (await ask(app, "OPTIONS", **OTHER, **asks)).status_code == 400
    for wrong in ({"access_control_request_method": "PUT"}, {"access_control_request_headers": "cookie2"}):
        assert (await ask(app, "OPTIONS", **OURS, **(asks | wrong))).status_code == 400
    assert (await ask(app, **OURS)).status_code == 401


async def test_a_page_may_send_the_arguments_that_a_tool_has_mirrored() -> None:
    app = Cors(guarded().http_app(), [OURS["origin"]])

    async def preflight(headers: str, **page: str) -> tuple[int, set[str]]:
        asks = {"access_control_request_method": "POST", "access_control_request_headers": headers}
        answer = await ask(app, "OPTIONS", **(page or OURS), **asks)
        return answer.status_code, {name.lower() for name in answer.headers["access-control-allow-headers"].split(", ")}

    plain = (await preflight("authorization"))[1]
    assert await preflight("mcp-param-city") == (200, plain | {"mcp-param-city"})
    both = await preflight("authorization, Mcp-Param-City,mcp-param-x_y, mcp-param-city")
    assert both == (200, plain | {"mcp-param-city", "mcp-param-x_y"})
    for wrong in (
        "mcp-param-",
        "mcp-param-a b",
        "mcp-params-x",
        "x-mcp-param-city",
        "mcp-param-(",
        "mcp-param-city, z",
    ):
        status, allowed = await preflight(wrong)
        assert status == 400 and "z" not in allowed, wrong
    assert (await preflight("mcp-param-city", **OTHER))[0] == 400


async def test_a_page_that_is_not_let_in_is_answered_as_core_says() -> None:
    app = Cors(guarded().http_app(), [OURS["origin"]])
    answer = await ask(app, **OTHER)
    status, headers, body = error_response(error_of("origin_refused").number, resource_metadata=None)
    assert (answer.status_code, answer.text) == (status, body) and headers.items() <= dict(answer.headers).items()
    assert "www-authenticate" not in answer.headers, "no credentials would let it in"
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com") as http:
        twice = await http.post("/mcp", headers=[("origin", OURS["origin"]), ("origin", OTHER["origin"])])
    assert twice.status_code == 403, "one of several origins decides nothing (RFC 6454 section 7.3)"
    assert (await ask(app, origin="null")).status_code == 403


async def test_what_is_refused_of_pages_is_counted_as_that() -> None:
    registry = CollectorRegistry()
    app = Metrics(Cors(guarded().http_app(), [OURS["origin"]]), registry=registry)
    assert (await ask(app, **OTHER)).status_code == 403
    own = {"origin": "https://mcp.example.com"}
    assert (await ask(app, **own)).status_code == 403, "Host says so of a page that rebinds its name, too"
    asks = {"access_control_request_method": "POST", "access_control_request_headers": "x-api-key"}
    assert (await ask(app, "OPTIONS", **OURS, **asks)).status_code == 400
    assert (await ask(app, "OPTIONS", **OURS, access_control_request_method="POST")).status_code == 200
    text = generate_latest(registry).decode()
    for line in (
        'doorward_requests_total{decision="refused",reason="origin_refused",status="4xx"} 2.0',
        'doorward_requests_total{decision="refused",reason="preflight_refused",status="4xx"} 1.0',
        'doorward_requests_total{decision="accepted",reason="",status="2xx"} 1.0',
    ):
        assert line in text, text


async def test_as_one_of_fastmcp_s_own_it_answers_before_authentication() -> None:
    app = guarded().http_app(middleware=[Middleware(Cors, origins=[OURS["origin"]])])
    asks = {"access_control_request_method": "POST", "access_control_request_headers": "authorization"}
    assert (await ask(app, "OPTIONS", **OURS, **asks)).status_code == 200
    refused = await ask(app, **OURS)
    assert refused.status_code == 401 and refused.headers["access-control-allow-origin"] == OURS["origin"]


def test_what_is_no_origin_is_reported_at_once() -> None:
    app = guarded().http_app()
    for wrong in (
        *("https://a.example/", "https://a.example/x", "a.example", "null", "", "https://*.example/", "https://"),
        *("https://App.example.com", "HTTPS://a.example", "https://*.example.com", "https://a.example:443"),
        *("http://a.example:80", "https://u@h", "https://u:p@h", "https://a b", "https://a.example:99999"),
        *("https://a.example:0443", "https://a.example:", "https://:8443", "https://a..example", "https://-a.example"),
        *("https://b\u00fccher.example", "https://127.1", "https://1", "https://256.0.0.1", "https://0x7f.0x1"),
        *(
            "https://[::1",
            "https://[0::1]",
            "https://::1",
            "https://[::1%25eth0]",
            "https://[1.2.3.4]",
            "https://a.example\n",
            "ftp://a.example",
        ),
    ):
        with pytest.raises(ValueError, match=r"^origins: .* is no origin"):
            Cors(app, [OURS["origin"], wrong])
    for good in (
        *("https://a.example", "http://localhost:3000", "https://a.example:8443", "http://127.0.0.1:5173", "http://h"),
        *("http://[::1]:5173", "https://xn--bcher-kva.example", "https://a_b.example", "https://a.example.", "*"),
        *("https://1.2.example", "https://a.example:80", "https://a-b.example:65535"),
    ):
        Cors(app, [good])
    with pytest.raises(ValueError, match="a list"):
        Cors(app, "*")


async def test_a_foreign_form_reaches_the_proxy_s_own_endpoints_alone() -> None:
    async def answer(request: Request) -> Response:
        return Response(request.method)

    paths = ("/token", "/revoke", "/authorize", "/consent", "/auth/token")
    routes = [Route(path, answer, methods=["GET", "POST", "DELETE"]) for path in (*paths, "/mcp", "/upload")]
    routes.append(Route("/.well-known/x", answer, methods=["GET", "POST"]))
    app, form = Cors(Starlette(routes=routes), [OURS["origin"]]), "application/x-www-form-urlencoded"
    for path in paths:
        for good in (form, f"{form};charset=UTF-8", form.upper()):
            assert (await ask(app, "POST", path, content_type=good, **OTHER)).status_code == 200
        for wrong in (f"{form}, application/json", f"{form}x", f"{form}/json", "application/json", ""):
            assert (await ask(app, "POST", path, content_type=wrong, **OTHER)).status_code == 403
        for method in ("GET", "DELETE"):
            assert (await ask(app, method, path, content_type=form, **OTHER)).status_code == 403
    for path in ("/mcp", "/upload"):
        assert (await ask(app, "POST", path, content_type=form, **OTHER)).status_code == 403
        assert (await ask(app, "POST", path, content_type=form, **OURS)).status_code == 200
        assert (await ask(app, "POST", path, content_type=form)).status_code == 200, "no page asks"
    assert (await ask(app, "GET", "/.well-known/x", **OTHER)).status_code == 200
    assert (await ask(app, "POST", "/.well-known/x", **OTHER)).status_code == 403
