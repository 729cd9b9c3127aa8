"""What can go wrong while a user signs in: with the client's request, the person, the browser, the upstream."""

import asyncio
import logging
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
import uvicorn
from fastmcp.server.auth import AccessToken, TokenVerifier
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from doorward.store.memory import MemoryStore
from doorward.testing.person import Person
from doorward.testing.sign_in import served
from proxy_world import CLIENT, Agent, World

GARBAGE: dict[str, tuple[Any, str]] = {
    "down": (lambda _: Response(None, 502), "temporarily_unavailable"),
    "limited": (lambda _: Response(None, 429), "temporarily_unavailable"),
    "a page": (lambda _: PlainTextResponse("<html>"), "server_error"),
    "no JSON": (lambda _: PlainTextResponse("{", media_type="application/json"), "server_error"),
    "a list": (lambda _: JSONResponse([]), "server_error"),
    "no token": (lambda _: JSONResponse({"token_type": "bearer"}), "server_error"),
    "an error sent as 200": (lambda _: JSONResponse({"error": "bad_verification_code"}), "server_error"),
    "48 MB": (lambda _: StreamingResponse(_many(), media_type="application/json"), "server_error"),
    "it does not know us": (lambda _: JSONResponse({"error": "invalid_client"}, 401), "server_error"),
    "a redirect": (lambda _: Response(None, 302, {"location": "http://127.0.0.1:1/"}), "server_error"),
    "a dropped connection": (lambda _: _dropped(), "temporarily_unavailable"),
}


SENT: list[int] = []


def _many() -> Iterator[bytes]:
    for _ in range(750):
        SENT.append(65536)
        yield b"x" * 65536


def _dropped() -> Response:
    async def parts() -> Any:
        yield b"{"
        raise OSError

    return StreamingResponse(parts(), headers={"content-length": "1000"}, media_type="application/json")


@pytest.mark.parametrize("name", GARBAGE)
async def test_whatever_the_upstream_answers_the_client_is_told(name: str) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register()
        world.upstream.wrong, error = GARBAGE[name]
        SENT.clear()
        answer = await Person().visit(agent.authorize_url(), CLIENT)
        assert answer == {"error": error, "state": "theirs", "iss": world.base}
        assert sum(SENT) < 24_000_000, "what is in the network's buffers, and no more"
        world.upstream.wrong = None
        assert (await agent.redeem(await agent.code())).status_code == 200, "and the next one signs in"


async def test_an_upstream_that_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.oauth_proxy.upstream.Upstream.TIMEOUT", 0.3)

    async def slow(_: Any) -> Response:
        async def drips() -> Any:
            for _ in range(100):
                yield b" "
                await asyncio.sleep(0.05)

        return StreamingResponse(drips(), media_type="application/json")

    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register()
        world.upstream.wrong = slow
        answer = await Person().visit(agent.authorize_url(), CLIENT)
        assert answer["error"] == "temporarily_unavailable"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("access_denied", "access_denied"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("server_error", "server_error"),
        ("invalid_scope", "server_error"),
    ],
)
async def test_what_the_upstream_refuses_the_client_is_told(said: str, error: str) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register()
        world.upstream.denies = said
        assert (await Person().visit(agent.authorize_url(), CLIENT))["error"] == error
        assert not world.upstream.asked


async def test_a_person_denies() -> None:
    async with World().served() as world:
        agent, person = Agent(world.base), Person(approves=False)
        await agent.register()
        answer = await person.visit(agent.authorize_url(), CLIENT)
        assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "theirs", world.base)
        assert not world.upstream.authorized, "nothing went upstream"


async def test_iss_of_the_upstream_is_checked_where_it_has_one() -> None:
    issuer = "https://fit.example"
    async with World(upstream_issuer=issuer, upstream_sends_iss=True).served() as world:
        agent = Agent(world.base)
        await agent.register()
        assert (await Person().visit(agent.authorize_url(), CLIENT))["error"] == "server_error", "it is missing"
        world.upstream.more = {"iss": "https://evil.example"}
        assert (await Person().visit(agent.authorize_url(), CLIENT))["error"] == "server_error", "mix-up"
        assert not world.upstream.asked, "the code of another is not sent to this upstream"
        world.upstream.more = {"iss": issuer}
        assert (await agent.redeem(await agent.code())).status_code == 200


async def at_the_upstream(world: World, agent: Agent, person: Person) -> tuple[str, dict[str, str]]:
    """Go as far as the upstream; return the callback's URL, and what it would be called with."""
    if not agent.client_id:
        await agent.register()
    sent = await person.visit(agent.authorize_url(), f"{world.there}/authorize")
    code = "made-up"
    world.upstream.codes[code] = sent
    return sent["redirect_uri"], {"state": sent["state"], "code": code}


async def test_a_callback_counts_once_and_only_in_the_browser_that_began_it() -> None:
    # RFC 9700 section 4.7.1; MCP Security Best Practices, "OAuth State Parameter Validation".
    async with World().served() as world:
        agent, person, other = Agent(world.base), Person(), Person()
        callback, query = await at_the_upstream(world, agent, person)
        for elsewhere in (query, {"state": query["state"], "error": "access_denied"}):
            answer = await other.http.get(callback, params=elsewhere)
            assert answer.status_code == 400 and "another browser" in answer.text
        for wrong in ({}, query | {"state": "x" * 43}, {"code": "made-up"}, [*query.items(), ("state", "x")]):
            answer = await person.http.get(f"{callback}?{urlencode(wrong)}")
            assert answer.status_code == 400
        answers = await asyncio.gather(*(person.http.get(callback, params=query) for _ in range(8)))
        assert sorted(answer.status_code for answer in answers) == [302] + [400] * 7
        assert len(world.upstream.asked) == 1
        [good] = [answer for answer in answers if answer.status_code == 302]
        code = parse_qs(urlsplit(good.headers["location"]).query)["code"][0]
        assert (await agent.redeem(code)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_no_access_log_has_the_code_of_a_callback_that_is_nearly_one(method: str) -> None:
    """By a redirect to the path that was meant, or since nothing is there."""
    world, seen = World(), []
    app = world.server.http_app(path="/mcp", stateless_http=True)

    async def logged(scope: Any, receive: Any, send: Any) -> None:
        await app(scope, receive, send)
        # What the web server logs it knows from here.
        seen.append(scope.get("query_string"))

    async with served(logged, world.listener) as base, httpx.AsyncClient(trust_env=False) as http:
        for path in ("/auth/callback", "/auth/callback/", "//auth/callback", "/auth//callback", "/Auth/Callback"):
            answer = await http.request(method, f"{base}{path}?code=c0de&state=s")
            assert "c0de" not in str(answer.headers) + answer.text
            assert answer.status_code == (404 if path != "/auth/callback" else 400 if method == "GET" else 405)
        await http.get(f"{base}/.well-known/jwks.json?other=1")
    assert [each for each in seen if each] == [b"other=1"]


async def test_a_callback_that_is_late_is_none() -> None:
    world = World("memory:")
    async with world.served():
        agent, person = Agent(world.base), Person()
        callback, query = await at_the_upstream(world, agent, person)
        world.proxy._store._store._clock = world.clock  # type: ignore[attr-defined]
        world.clock.ahead += 601
        assert (await person.http.get(callback, params=query)).status_code == 400


async def test_l01_a_sign_in_that_a_clock_ahead_began_is_over_once_it_is_set_back() -> None:
    async with World("memory:").served() as world:
        for set_back, status in ((130, 400), (110, 302)):
            callback, query = await at_the_upstream(world, Agent(world.base), person := Person())
            world.clock.ahead -= set_back
            answer = await person.http.get(callback, params=query)
            assert (answer.status_code, "location" in answer.headers) == (status, status == 302)


async def test_p09_over_https_a_browser_s_cookies_are_this_host_s_alone() -> None:
    base = "https://proxy.example.com"
    app = World(base_url=base, require_authorization_consent="remember").server.http_app(
        path="/mcp", stateless_http=True
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as http,
    ):
        agent = Agent(base, http)
        agent.redirect_uri = "https://client.example/callback"
        await agent.register()
        # Another host of the site may set this one, and nobody is known by it.
        page = await http.get(agent.authorize_url(), headers={"cookie": f"doorward-browser={'a' * 43}"})
        csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert csrf is not None
        agreed = await http.post("/consent", data={"csrf": csrf[1], "decision": "approve", "remember": "yes"})
        for answer in (page, agreed):
            cookies = answer.headers.get_list("set-cookie")
            assert len(cookies) == 2
            for cookie in cookies:
                assert cookie.startswith("__Host-doorward-")
                attributes = {each.split("=")[0].lower(): each for each in cookie.split("; ")[1:]}
                assert {"secure", "httponly"} <= attributes.keys() and "domain" not in attributes
                assert attributes["path"] == "Path=/" and attributes["samesite"] == "SameSite=lax"


async def test_p09_nothing_is_stored_or_sent_before_a_person_agrees_and_nothing_seen_then_is_the_state() -> None:
    # MCP Security Best Practices, "Confused Deputy Problem": what the page shows, its proof, that no frame has it, its
    # cookie, and that the state is drawn after consent.
    async with World().served() as world:
        agent, person = Agent(world.base), Person()
        await agent.register()
        page = await person.http.get(agent.authorize_url())
        assert page.status_code == 200 and not await world.proxy._store.list("oauth_sign_in")
        assert "workouts.read" in page.text and "Agent" in page.text and "localhost" in page.text
        assert (
            page.headers["cache-control"] == "no-store"
            and "frame-ancestors 'none'" in page.headers["content-security-policy"]
        )
        cookie = page.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie
        csrf = re.search(r'name="csrf" value="([^"]*)"', page.text)
        assert csrf is not None
        callback = f"{world.base}/auth/callback"
        answer = await person.http.get(callback, params={"state": csrf[1], "code": "c"})
        assert answer.status_code == 400
        form = {"csrf": csrf[1], "decision": "approve"}
        other = Person()
        await other.http.get(agent.authorize_url())
        for refused in (
            await other.http.post(f"{world.base}/consent", data=form),
            await person.http.post(f"{world.base}/consent", data=form | {"csrf": csrf[1][:-2]}),
            await person.http.post(f"{world.base}/consent", data={"decision": "approve"}),
            await person.http.post(f"{world.base}/consent", content=b"x" * 20_000),
            await person.http.post(f"{world.base}/consent", data=form | {"decision": ["deny", "approve"]}),
            await person.http.post(f"{world.base}/consent", data=form | {"x": ["1", "2"]}),
        ):
            assert refused.status_code == 400 and "location" not in refused.headers
        for elsewhere in ("https://evil.example", "", f"{world.base} https://evil.example"):
            refused = await person.http.post(f"{world.base}/consent", data=form, headers={"origin": elsewhere})
            assert refused.status_code == 403 and "location" not in refused.headers
            assert "sent by another page" in refused.text
        assert not await world.proxy._store.list("oauth_sign_in")
        world.clock.ahead += 601
        assert (await person.http.post(f"{world.base}/consent", data=form)).status_code == 400


async def test_a_consent_is_remembered_only_if_asked_and_for_exactly_what_was_seen() -> None:
    # MCP Security Best Practices, "Confused Deputy Problem": a registry for each user of the clients approved.
    async with World(require_authorization_consent="remember").served() as world:
        agent, person = Agent(world.base), Person()
        agent.redirect_uri = "https://agent.example/callback"
        await agent.register(redirect_uris=[agent.redirect_uri, "https://agent.example/other"])

        async def asks(**changes: Any) -> bool:
            headers = changes.pop("headers", {})
            return (await person.http.get(agent.authorize_url(**changes), headers=headers)).status_code == 200

        await agent.code(person)
        assert await asks(), "it was not to be remembered"
        person.remember = True
        await agent.code(person)
        assert not await asks()
        assert not await asks(scope="workouts.write workouts.read"), "in whatever order"
        assert await asks(headers={"sec-fetch-site": "cross-site"}), "sent here by a page of somebody"
        assert await asks(scope="workouts.read"), "it was for other scopes"
        assert await asks(redirect_uri="https://agent.example/other"), "at another address"
        assert (await Person().http.get(agent.authorize_url())).status_code == 200, "another browser"
        other = Agent(world.base)
        other.redirect_uri = agent.redirect_uri
        await other.register(client_name="Other")
        assert (await person.http.get(other.authorize_url())).status_code == 200, "another client"
        assert (await agent.redeem(await agent.code(person))).status_code == 200
        world.clock.ahead += 91 * 86_400
        await agent.register(redirect_uris=[agent.redirect_uri, "https://agent.example/other"])
        assert await asks(), "not for ever"


async def test_a_consent_is_remembered_only_where_the_operator_says_so() -> None:
    async with World().served() as world:
        agent, person = Agent(world.base), Person(remember=True)
        agent.redirect_uri = "https://agent.example/callback"
        await agent.register()
        for _ in range(2):
            page = await person.http.get(agent.authorize_url())
            assert page.status_code == 200 and 'name="remember"' not in page.text
            await agent.code(person)


async def test_nobody_is_offered_to_be_remembered_where_it_would_not_count() -> None:
    # A web application sends the user here from its own site, as anybody's page can.
    async with World(require_authorization_consent="remember").served() as world:
        agent, person = Agent(world.base), Person()
        agent.redirect_uri = "https://agent.example/callback"
        await agent.register()
        for site, offered in (("none", True), ("cross-site", False), ("same-site", False)):
            page = await person.http.get(agent.authorize_url(), headers={"sec-fetch-site": site})
            assert page.status_code == 200 and ('name="remember"' in page.text) == offered, site


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"upstream_scopes": ["offline"]},
        {"extra_authorize_params": {"audience": "more"}},
        {"upstream_client_id": "another"},
        {"upstream_token_endpoint": "https://up.example/token"},
    ],
)
async def test_a_remembered_consent_is_to_all_that_the_page_listed(change: dict[str, Any]) -> None:
    options = {"require_authorization_consent": "remember", "jwt_signing_key": "k" * 32}
    async with World(**options).served() as world:
        agent, person = Agent(world.base), Person(remember=True)
        agent.redirect_uri = "https://agent.example/callback"
        await agent.register()
        await agent.code(person)
        world.options |= change
        _, server = world.make()
        async with served(server.http_app(path="/mcp")) as base:
            there = agent.elsewhere(base)
            await there.register(redirect_uris=[agent.redirect_uri])
            assert there.client_id == agent.client_id
            url = agent.authorize_url().replace(world.base, base, 1)
            assert (await person.http.get(url)).status_code == (302 if not change else 200)


async def test_proxies_of_one_host_each_have_their_own_remembered_consents() -> None:
    options = {"require_authorization_consent": "remember"}
    async with World(**options).served() as world, World(**options).served() as another:
        person = Person(remember=True)
        for each in (world, another):
            agent = Agent(each.base)
            agent.redirect_uri = "https://agent.example/callback"
            await agent.code(person)
        # By the host alone, whatever the port is: these are one to a browser.
        for each in (world, another):
            agent = Agent(each.base)
            agent.redirect_uri = "https://agent.example/callback"
            await agent.register()
            assert (await person.http.get(agent.authorize_url())).status_code == 302


@pytest.mark.parametrize("uri", [CLIENT, "com.evil.app://claude.ai/callback"])
async def test_no_consent_to_a_program_is_remembered_nor_is_it_shown_as_a_host(uri: str) -> None:
    # MCP authorization specification, "Localhost Redirect URI Risks": the host is shown, a program is warned of.
    async with World(require_authorization_consent="remember").served() as world:
        agent, person = Agent(world.base), Person()
        agent.redirect_uri, person.remember = uri, True
        await agent.register()
        for _ in range(2):
            page = await person.http.get(agent.authorize_url())
            assert page.status_code == 200 and 'name="remember"' not in page.text and "warning" in page.text
            assert '<p class="host">claude.ai' not in page.text
            await agent.code(person)


@pytest.mark.parametrize(
    "uri", ["https://localhost:8443/cb", "https://a.localhost/cb", "https://127.0.0.2/cb", "https://[::1]/cb"]
)
async def test_nor_is_one_to_a_program_behind_https(uri: str) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        agent.redirect_uri = uri
        await agent.register()
        page = await agent.http.get(agent.authorize_url())
        assert 'class="warning"' in page.text and 'name="remember"' not in page.text


async def test_what_looks_at_a_link_uses_no_sign_in_up() -> None:
    async with World().served() as world:
        agent, person = Agent(world.base), Person()
        await agent.register()
        callback, query = await at_the_upstream(world, agent, person)
        for url, params in ((callback, query), (agent.authorize_url(), None)):
            answer = await person.http.head(url, params=params)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
        assert (await person.http.get(callback, params=query)).status_code == 302


async def test_tabs_that_are_opened_at_once_all_sign_in() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register()
        async with httpx.AsyncClient(trust_env=False) as browser:
            pages = []
            for _ in range(3):
                async with httpx.AsyncClient(trust_env=False) as tab:
                    pages.append(await tab.get(agent.authorize_url()))
                    browser.cookies.update(tab.cookies)
            for page in pages:
                found = re.search(r'name="csrf" value="([^"]*)"', page.text)
                assert found is not None
                form = {"csrf": found[1], "decision": "approve"}
                answer = await browser.post(f"{world.base}/consent", data=form)
                onward = re.search(r'url=([^"]*)"', answer.text)
                assert answer.status_code == 200 and onward is not None
                back = await browser.get(unescape(onward[1]), follow_redirects=False)
                back = await browser.get(back.headers["location"], follow_redirects=False)
                assert back.headers["location"].startswith(f"{CLIENT}?code=")
        # Nobody else's browser is one of these.
        stranger = await httpx.AsyncClient(trust_env=False).post(f"{world.base}/consent", data=form)
        assert stranger.status_code == 400


async def test_whom_no_token_can_name_nobody_signs_in_as(caplog: pytest.LogCaptureFixture) -> None:
    class Verifier(TokenVerifier):
        async def verify_token(self, token: str) -> AccessToken | None:
            return AccessToken(token=token, client_id="c", scopes=[], claims={"sub": "x" * length})

    async with World(token_verifier=Verifier()).served() as world:
        for length in (1000, 1001):
            agent = Agent(world.base)
            await agent.register()
            answer = await Person().visit(agent.authorize_url(), CLIENT)
            if length == 1000:
                tokens = (await agent.redeem(answer["code"])).json()
                assert (await agent.call(tokens["access_token"])).status_code == 200
    assert answer["error"] == "server_error" and "too long a name" in caplog.text


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        ("read,activity:read_all", "read activity:read_all"),
        ("read", None),
        ("", None),
        (None, None),
        ("activity:read_all", "activity:read_all"),
    ],
)
async def test_what_a_user_unticks_at_strava_is_not_granted(said: str | None, granted: str | None) -> None:
    scopes = ["read", "activity:read_all"]
    options = {"token_endpoint_auth_method": "client_secret_basic", "valid_scopes": scopes}
    async with World(upstream="strava", required_scopes=scopes[1:], **options).served() as world:
        agent = Agent(world.base)
        await agent.register()
        world.upstream.more = {} if said is None else {"scope": said}
        answer = await Person().visit(agent.authorize_url(), CLIENT)
        if granted is None:
            assert answer["error"] == "access_denied" and not world.upstream.asked
            return
        assert (await agent.redeem(answer["code"])).json()["scope"] == granted


async def test_only_where_the_profile_says_so_has_the_callback_scopes() -> None:
    async with World(required_scopes=["workouts.read"]).served() as world:
        world.upstream.more = {"scope": "other"}
        assert (await Agent(world.base).tokens())["scope"] == "workouts.read workouts.write"


async def test_google_calls_scopes_otherwise_than_they_are_asked_for() -> None:
    options = {"token_endpoint_auth_method": "client_secret_basic", "valid_scopes": ["openid", "email", "profile"]}
    async with World(upstream="google", required_scopes=["openid", "email"], **options).served() as world:
        scope = "https://www.googleapis.com/auth/userinfo.email openid"
        given = {"access_token": "x", "token_type": "Bearer", "expires_in": 3599, "refresh_token": "r", "scope": scope}
        world.upstream.wrong = lambda _: JSONResponse(given)
        agent = Agent(world.base)
        tokens = await agent.tokens()
        world.clock.ahead = 3560
        again = (await agent.refresh(tokens["refresh_token"])).json()
        assert tokens["scope"] == again["scope"] == "openid email" and len(world.upstream.asked) == 2


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        ("openid", ""),
        ("openid drive.read", "drive.read"),
        ("openid https://up.example/drive.read", ""),
        ("https://up.example/drive.read", "drive.read drive.write"),
        ("", "drive.read drive.write"),  # RFC 6749 section 3.3: no scope at all, as where it is left out
        (None, "drive.read drive.write"),
    ],
)
async def test_an_upstream_that_grants_only_what_is_asked_for_besides_grants_a_client_nothing(
    said: str | None, granted: str
) -> None:
    scopes = {"valid_scopes": ["drive.read", "drive.write"], "upstream_scopes": ["openid"]}
    async with World(**scopes).served() as world:
        world.upstream.says = {} if said is None else {"scope": said}
        assert (await Agent(world.base).tokens()).get("scope", "") == granted
    async with World(**scopes, required_scopes=["drive.read"]).served() as world:
        world.upstream.says = {} if said is None else {"scope": said}
        agent = Agent(world.base)
        await agent.register()
        answer = await Person().visit(agent.authorize_url(), CLIENT)
        assert answer.get("error") == (None if granted else "access_denied")


async def test_proxies_that_share_a_store_honour_nothing_of_one_another() -> None:
    store = MemoryStore()
    async with World(store).served() as world, World(store).served() as another:
        agent, stranger = Agent(world.base), Agent(another.base)
        tokens = (await agent.redeem(await agent.code())).json()
        await stranger.register()
        assert stranger.client_id == agent.client_id
        code = await agent.code()
        for refused in (await stranger.refresh(tokens["refresh_token"]), await stranger.redeem(code)):
            assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        assert not another.upstream.access_tokens
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"state": "x" * 5000}, "invalid_request"),
    ],
)
async def test_a_request_that_is_wrong_is_answered_to_the_client(changes: dict[str, Any], error: str) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register()
        answer = await Person().http.get(agent.authorize_url(**changes))
        assert answer.status_code == 302 and answer.headers["location"].startswith(f"{CLIENT}?")
        parameters = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (parameters["error"], parameters["iss"]) == ([error], [world.base])


async def test_a_client_that_asks_for_something_wrong_sends_nobody_to_a_host() -> None:
    # RFC 9700 section 4.11.2: anybody can register a client, and sign in with it first.
    async with World().served() as world:
        agent, person = Agent(world.base), Person()
        agent.redirect_uri = "https://evil.example/phish"
        await agent.register()
        link = "https://evil.example/phish?error=invalid_scope"
        for _ in range(2):
            for whoever in (person, Person()):
                answer = await whoever.http.get(agent.authorize_url(scope="zzz"))
                assert answer.status_code == 400 and "location" not in answer.headers
                assert f'href="{link}' in answer.text and '<p class="host">evil.example</p>' in answer.text
            assert (await agent.redeem(await agent.code(person))).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "https://127.0.0.1/client.json"},
        {"client_id": "http://client.example/client.json"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://localhost:1/callback"},
        {"redirect_uri": CLIENT + "?x"},
    ],
)
async def test_a_request_of_who_is_not_known_is_redirected_nowhere(changes: dict[str, Any]) -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        await agent.register()
        answer = await Person().http.get(agent.authorize_url(**changes))
        assert answer.status_code == 400 and "location" not in answer.headers
        assert answer.headers["content-type"].startswith("text/html")


@asynccontextmanager
async def logged(world: World) -> AsyncIterator[str]:
    """Serve the proxy by a server that logs each request."""
    _, server = world.make()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(server.http_app(path="/mcp"), log_config=None, log_level="info", timeout_keep_alive=600)
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:  # noqa: ASYNC110 (it tells nobody)
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        running.should_exit = True
        await task


async def test_the_log_has_a_line_for_each_decision_and_no_secret(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    caplog.set_level(logging.INFO)
    async with World(f"sqlite:{tmp_path}/proxy.db").served() as world, logged(world) as base:
        agent, person = Agent(world.base), Person()
        code = await agent.code(person)
        tokens = (await agent.redeem(code)).json()
        tokens |= {"second": (await agent.refresh(tokens["refresh_token"])).json()["refresh_token"]}
        await agent.redeem(code)
        page = await person.http.get(f"{world.base}/authorize?client_id=nobody")
        callback, query = await at_the_upstream(world, agent, person)
        for method in ("HEAD", "POST", "PUT", "OPTIONS", "GET"):
            answer = await person.http.request(method, callback.replace(world.base, base), params=query)
            assert answer.status_code == (302 if method == "GET" else 405)
        reference = re.search(r'class="reference">([0-9a-f]+)<', page.text)
        secrets = [code, tokens["access_token"], tokens["refresh_token"], tokens["second"], "secret"]
        secrets += [*world.upstream.access_tokens, *world.upstream.refresh_tokens]
        secrets += [each["state"] for each in world.upstream.authorized]
        secrets += [each["code"] for each in world.upstream.asked]
    lines = [record.getMessage() for record in caplog.records if record.name == "doorward"]
    assert not [line for line in lines for secret in secrets if secret in line]
    events = [record.doorward["event"] for record in caplog.records if hasattr(record, "doorward")]
    expected = ["register", "authorize", "consent", "callback", "authorization_code", "refresh_token"]
    more = ["revoked", "authorization_code", "authorize", "authorize", "consent", "callback"]
    assert events == expected + more
    assert reference is not None and any(f"reference={reference[1]}" in line.replace('"', "") for line in lines)
    accesses = [line for line in capsys.readouterr().out.splitlines() if "/auth/callback" in line]
    methods = {line.partition('"')[2].partition(" ")[0] for line in accesses}
    assert methods == {"HEAD", "POST", "PUT", "OPTIONS", "GET"}
    assert not any("state" in line or "code=" in line for line in accesses)


async def test_what_strangers_send_forges_no_line_of_the_log_and_puts_no_token_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "doorward")
    async with World().served() as world:
        agent = Agent(world.base)
        tokens = await agent.tokens()
        forged = "nobody reference=deadbeef outcome=done"
        for sent in (tokens["refresh_token"], tokens["access_token"], forged, f'x" outcome=done y="{forged}'):
            asked = {"client_id": sent, "token": "x", "refresh_token": "x"}
            await agent.http.post("/token", data=asked | {"grant_type": "refresh_token"})
            await agent.http.post("/revoke", data=asked)
            await agent.http.get("/authorize", params={"client_id": sent})
        document = "https://app.example/outcome=done/reference=deadbeef/client.json"
        await agent.http.get("/authorize", params={"client_id": document})
        # What the upstream says may be what it was sent.
        world.upstream.wrong = lambda form: JSONResponse({"error": form["refresh_token"]}, 400)
        world.clock.ahead = 3590
        await agent.refresh(tokens["refresh_token"])
        sent_upstream = world.upstream.asked[-1]["refresh_token"]
        world.upstream.wrong, world.upstream.denies = None, 'x" outcome=done'
        assert "error" in await Person().visit(agent.authorize_url(), CLIENT)
    lines = [record.getMessage() for record in caplog.records if record.name == "doorward"]
    records = [str(record.__dict__.get("doorward")) for record in caplog.records]
    for secret in (tokens["refresh_token"], tokens["access_token"], sent_upstream):
        assert not [line for line in lines + records if secret in line]
    for line in lines:
        names = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |$)', line.removeprefix("oauth: "))
        assert " ".join(f"{name}={value}" for name, value in names) == line.removeprefix("oauth: ")
        assert len({name for name, _ in names}) == len(names) and ("reference", "deadbeef") not in names
    assert any(f'client="{document}"' in line for line in lines)


async def test_the_person_sees_what_the_proxy_asks_for_itself() -> None:
    more = {"upstream_scopes": ["offline", "workouts.read"], "extra_authorize_params": {"access_type": "offline"}}
    async with World(**more).served() as world:
        agent = Agent(world.base)
        await agent.register()
        page = (await agent.http.get(agent.authorize_url(scope="workouts.read"))).text
        here, _, besides = page.partition("This server asks there for itself")
        assert "<code>workouts.read</code>" in here and "<code>workouts.read</code>" not in besides
        assert "<code>offline</code>" in besides and "<code>access_type=offline</code>" in besides


async def test_pkce_is_left_out_where_the_upstream_does_not_know_it() -> None:
    async with World(
        forward_pkce=False, scope_separator=",", extra_authorize_params={"access_type": "offline"}
    ).served() as world:
        agent = Agent(world.base)
        assert (await agent.redeem(await agent.code())).status_code == 200
        [sent] = world.upstream.authorized
        assert "code_challenge" not in sent and "code_verifier" not in world.upstream.asked[0]
        assert (sent["scope"], sent["access_type"]) == ("workouts.read,workouts.write", "offline")
