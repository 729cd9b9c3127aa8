"""The pages of the OAuth proxy, as text and in a real browser."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from fastmcp import FastMCP
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from browser import Browser, chromium
from doorward import CodeChallenge, CodeVerifier
from doorward.errors import error_of
from doorward.fastmcp import OAuthProxy
from doorward.oauth_proxy.endpoints import Endpoints
from doorward.oauth_proxy.pages import consent, onward, problem
from doorward.testing.sign_in import served
from doorward.testing.upstream import running

ASKED: dict[str, Any] = {
    "client_name": "Claude",
    "client_host": "claude.ai",
    "loopback": False,
    "may_remember": True,
    "redirect_uri": "https://claude.ai/api/mcp/auth_callback",
    "scopes": ["read:workouts", "read:sleep"],
    "besides": ["offline"],
    "upstream": "WHOOP",
    "action": "/consent",
    "csrf": "c5rf",
}
LOCAL: dict[str, Any] = ASKED | {
    "client_name": "MCP Inspector",
    "client_host": "127.0.0.1:6274",
    "loopback": True,
    "may_remember": False,
    "redirect_uri": "http://127.0.0.1:6274/oauth/callback",
}
HOSTILE: dict[str, Any] = ASKED | {
    "client_name": "W" * 5000,
    "client_host": "accounts.google.com." + "a" * 63 + "." + "b" * 63 + ".evil.example",
    "redirect_uri": "https://evil.example/" + "x" * 9000,
    "scopes": ["s" * 300, *(f"scope:{number}" for number in range(30))],
}
MARKUP = "<script>alert(1)</script><b>\"'&"


def text(response: Response) -> str:
    return bytes(response.body).decode()


def responses() -> list[Response]:
    there = problem(400, MARKUP, MARKUP, MARKUP), onward(f"https://up.example/?a=1&b={MARKUP}", MARKUP)
    marked: dict[str, Any] = {name: MARKUP if isinstance(value, str) else value for name, value in ASKED.items()}
    return [consent(**(marked | {"scopes": [MARKUP], "besides": [MARKUP]})), *there]


def test_no_page_is_framed_stored_or_runs_anything() -> None:
    for response in responses():
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        assert "unsafe" not in policy and "script-src" not in policy and "form-action 'self'" in policy
        assert response.headers["x-frame-options"] == "DENY" and response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "<script" not in text(response) and "<b>" not in text(response)
        assert text(response).count("alert(1)") == text(response).count("&lt;script&gt;alert(1)&lt;/script&gt;") > 0


def test_names_are_one_clean_line() -> None:
    def named(name: str) -> str:
        found = re.search(r"<h1>Let (.*?) use", text(consent(**ASKED | {"client_name": name})), re.DOTALL)
        assert found
        return unescape(found[1].removeprefix("<bdi>").removesuffix("</bdi>"))

    assert named('Bob\'s "best" \\ app') == 'Bob\'s "best" \\ app'
    assert named("\u202eevil\u202c\u2066\u200f \u200b\ufeff\x00\x1b[31m\u2028app") == "evil [31m app"
    assert named(" a\n\tb\r\n ") == "a b"
    assert (
        named("\u0939\u093f\u0928\u094d\u0926\u0940 \u05e2\u05d1\u05e8\u05d9\u05ea")
        == "\u0939\u093f\u0928\u094d\u0926\u0940 \u05e2\u05d1\u05e8\u05d9\u05ea"
    )
    assert named("x" * 81) == "x" * 80 + "…" and named("x" * 80) == "x" * 80
    fillers = "\u3164", "\u2800 \u2800", "\u115f\u1160", "\uffa0", "\u17b4\u17b5", "\u034f", "\U0001d159"
    for blank in ("", "\u202e\u200b ", *fillers, "\ufe00\ufe0f", "\u0308"):
        assert named(blank) == "an application without a name", ascii(blank)
    assert named("Bot \u3164\u2764\ufe0f") == "Bot \u2764\ufe0f"


def test_of_a_host_the_end_is_shown_and_of_an_address_the_beginning() -> None:
    page = text(
        consent(
            **ASKED | {"client_host": "good.example." * 500 + "evil.example", "redirect_uri": "https://a/" + "y" * 5000}
        )
    )
    assert ".evil.example</p>" in page and "https://a/y" in page and "y" * 300 not in page
    assert "that.is\u202e" not in text(consent(**ASKED | {"client_host": "that.is\u202e"}))


def test_only_a_loopback_is_warned_of() -> None:
    assert 'class="warning"' in text(consent(**LOCAL)) and 'class="warning"' not in text(consent(**ASKED))


def test_a_problem_has_its_status_and_its_reference() -> None:
    response = problem(502, "WHOOP does not answer", "Try again in a moment.", "r-5f2d")
    assert response.status_code == 502 and "r-5f2d</code>" in text(response)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@asynccontextmanager
async def site() -> AsyncIterator[tuple[str, str, list[dict[str, str]]]]:
    """Two sites, ours and an upstream's, and what was posted to ours."""
    posted: list[dict[str, str]] = []
    listener = socket.create_server(("127.0.0.1", 0))
    ours = f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def post(request: Request) -> Response:
        posted.append({name: str(value) for name, value in (await request.form()).items()})
        return onward(f"{there}/authorize?a=1&b=%22", "WHOOP")

    async def authorize(request: Request) -> Response:
        return RedirectResponse(f"{ours}/callback?{request.url.query}", 302)

    async def frame(_: Request) -> Response:
        return HTMLResponse(f"<!doctype html><title>x</title><iframe src='{ours}/page/asked'></iframe>")

    async def done(_: Request) -> Response:
        return PlainTextResponse("done")

    async def page(request: Request) -> Response:
        return PAGES[request.path_params["name"]]

    upstream = Starlette(routes=[Route("/authorize", authorize), Route("/frame", frame)])
    routes = [Route("/page/{name}", page), Route("/consent", post, methods=["POST"]), Route("/callback", done)]
    async with served(upstream) as there, served(Starlette(routes=routes), listener):
        yield ours, there, posted


PAGES = {
    "asked": consent(**ASKED),
    "local": consent(**LOCAL),
    "hostile": consent(**HOSTILE),
    "problem": problem(400, "That sign-in is over", "Begin again in the application that sent you here.", "r-5f2d81c0"),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 740)])
async def test_pages_are_accessible_and_fit(
    browser: Browser, tmp_path: Path, width: int, height: int, scheme: str
) -> None:
    browser.look(width, height, scheme)
    async with site() as (ours, _, _):
        for name in PAGES:
            browser.open(f"{ours}/page/{name}")
            bad, good = browser.violations()
            assert not bad, name
            assert {"color-contrast", "document-title", "html-has-lang", "meta-viewport"} <= set(good)
            assert browser.evaluate("document.documentElement.scrollWidth") == width, name
            smallest = "Math.min(...[...document.querySelectorAll('button, label')].map(one => one.offsetHeight), 99)"
            assert browser.evaluate(smallest) >= 44
            back = browser.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
            assert (back == "rgb(255, 255, 255)") == (scheme == "light")
            path = tmp_path / f"{name}-{width}-{scheme}.png"
            size = browser.screenshot(path)
            assert size[0] == width and size[1] >= (height if name != "hostile" else 900)
            assert path.stat().st_size > 8000, "something is on it"


async def test_the_form_goes_to_this_server_and_on_from_there(browser: Browser) -> None:
    browser.look(1280, 900, "light")
    async with site() as (ours, _, posted):
        browser.open(f"{ours}/page/asked")
        browser.click("button[value=approve]")
        assert browser.wait_for(f"{ours}/callback").endswith("?a=1&b=%22")
        browser.open(f"{ours}/page/asked")
        browser.click("input[name=remember]")
        browser.click("button[value=deny]")
        browser.wait_for(f"{ours}/callback")
        browser.open(f"{ours}/page/asked")
        browser.press("input[name=remember]", "\ue007")
        browser.wait_for(f"{ours}/callback")
    assert posted == [
        {"csrf": "c5rf", "decision": "approve"},
        {"csrf": "c5rf", "remember": "yes", "decision": "deny"},
        {"csrf": "c5rf", "decision": "deny"},
    ], "the return key allows nothing"


async def test_no_other_page_frames_it(browser: Browser) -> None:
    async with site() as (_, there, _):
        browser.open(f"{there}/frame")
        browser.frame()
        assert "WHOOP" not in browser.html
        browser.open("about:blank")


async def test_a_person_signs_in_through_a_proxy_with_a_real_browser(browser: Browser) -> None:
    """Consent, the service's sign-in and its redirects, cookies included; denied, and asked each time, since a program
    on the person's own device is answered."""
    browser.look(360, 740, "dark")
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def back(request: Request) -> Response:
        return PlainTextResponse("back at the client")

    async with running() as upstream, served(Starlette(routes=[Route("/callback", back)])) as there:
        proxy = OAuthProxy(
            upstream_authorization_endpoint=f"{upstream.url}/oauth/authorize",
            upstream_token_endpoint=f"{upstream.url}/oauth/token",
            upstream_client_id=upstream.client_id,
            upstream_client_secret=upstream.client_secret,
            upstream_name="Fit",
            valid_scopes=["read:workouts"],
            base_url=base,
            client_storage="memory:",
        )
        app = FastMCP("fitness", auth=proxy).http_app(path="/mcp")
        async with served(app, listener), httpx.AsyncClient(base_url=base, trust_env=False) as http:
            document = {"redirect_uris": [f"{there}/callback"], "token_endpoint_auth_method": "none"}
            client_id = (await http.post("/register", json=document | {"client_name": "Real"})).json()["client_id"]
            asked = {"response_type": "code", "client_id": client_id, "redirect_uri": f"{there}/callback"}
            asked |= {
                "code_challenge": str(CodeChallenge.of(CodeVerifier("v" * 43))),
                "code_challenge_method": "S256",
                "resource": f"{base}/mcp",
            }

            async def sign_in(state: str, *clicks: str) -> dict[str, list[str]]:
                await asyncio.to_thread(browser.open, f"{base}/authorize?{urlencode(asked | {'state': state})}")
                if clicks:
                    assert not browser.violations()[0]
                for click in clicks:
                    await asyncio.to_thread(browser.click, click)
                url = await asyncio.to_thread(browser.wait_for, f"{there}/callback")
                answer = parse_qs(urlsplit(url).query)
                assert answer["state"] == [state] and answer["iss"] == [base]
                return answer

            assert (await sign_in("1", "button[value=deny]"))["error"] == ["access_denied"]
            assert "code" in await sign_in("2", "button[value=approve]")
            assert "code" in await sign_in("3", "button[value=approve]")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("parameter_malformed", 400),
        ("client_authentication_failed", 400),
        ("rate_limited", 429),
        ("sealing_key_missing", 500),
        ("grant_record_malformed", 500),
        ("storage_unavailable", 503),
    ],
)
def test_a_page_blames_nobody_else_for_a_fault_of_the_server(name: str, status: int) -> None:
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    answer = Endpoints(None, 0, "x-forwarded-for").page(request, "callback", error_of(name))
    assert answer.status_code == status and "www-authenticate" not in answer.headers
    body = bytes(answer.body)
    assert (b"fault of this server" in body) == (status == 500)
    assert (b"The request of the application is not one" in body) == (status == 400)
