"""The client's side: against servers of other makes, on ports of this machine and without a network."""

import asyncio
import json
import warnings
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from fastmcp import Client, FastMCP
from fastmcp.server.auth import require_scopes
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.settings import ClientRegistrationOptions
from test_idp import provider

import doorward
from doorward.client import HeadlessBrowser, OAuth, UserBrowser
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.store.memory import MemoryStore
from doorward.testing import Issuer
from doorward.testing.sign_in import AuthorizationServer, served
from run import listen, serve

RESOURCE, ISSUER = "https://mcp.test/mcp", "https://as.test"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "registration_endpoint": f"{ISSUER}/register",
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "private_key_jwt"],
    "authorization_response_iss_parameter_supported": True,
}


class Servers:
    """A resource and its authorization server, without a network. They count what they are asked for."""

    def __init__(self, **metadata: Any) -> None:
        self.metadata = METADATA | metadata
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.lifetime = 3600
        self.challenge = ""
        self.granted: str | None = None
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        self.asked.append(f"{request.method} {url.copy_with(query=None)}")
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        match url.host, url.path:
            case "mcp.test", "/.well-known/oauth-protected-resource/mcp":
                return httpx.Response(200, json={"resource": RESOURCE, "authorization_servers": [ISSUER]})
            case "mcp.test", "/mcp":
                token = request.headers.get("authorization", "")
                if self.challenge:
                    return httpx.Response(403, headers={"www-authenticate": self.challenge})
                good = token == f"Bearer at{len(self.forms)}"
                return httpx.Response(200 if good else 401, headers={} if good else {"www-authenticate": "Bearer"})
            case "as.test", "/.well-known/oauth-authorization-server":
                return httpx.Response(200, json=self.metadata)
            case "as.test", "/register":
                return httpx.Response(201, json=json.loads(request.content) | {"client_id": "registered"})
            case "as.test", "/authorize":
                query: dict[str, str] = {"code": "c", "state": url.params["state"], "iss": ISSUER}
                location = f"{url.params['redirect_uri']}?{httpx.QueryParams(query)}"
                return httpx.Response(302, headers={"location": location})
            case "as.test", "/token":
                self.forms.append(form)
                number = len(self.forms)
                tokens = {"access_token": f"at{number}", "refresh_token": f"rt{number}", "token_type": "Bearer"}
                scope = {} if self.granted is None else {"scope": self.granted}
                return httpx.Response(200, json=tokens | scope | {"expires_in": self.lifetime})
            case _:
                return httpx.Response(404)

    def oauth(self, **options: Any) -> OAuth:
        return OAuth(RESOURCE, browser=HeadlessBrowser(client=self.client), client=self.client, **options)

    def caller(self, oauth: OAuth) -> httpx.AsyncClient:
        return httpx.AsyncClient(auth=oauth, transport=httpx.MockTransport(self.answer))


async def test_many_requests_sign_in_once() -> None:
    servers = Servers()
    async with servers.caller(servers.oauth(client_name="notes")) as http:
        answers = await asyncio.gather(*(http.post(RESOURCE, content=b"x") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert servers.asked.count(f"POST {ISSUER}/register") == servers.asked.count(f"POST {ISSUER}/token") == 1
    assert servers.forms[0]["resource"] == RESOURCE and servers.forms[0]["client_id"] == "registered"


async def test_a_token_is_renewed_before_it_expires_and_outlives_the_process() -> None:
    servers, store, now = Servers(), MemoryStore(), [1_700_000_000.0]
    oauth = servers.oauth(store=store, clock=lambda: now[0])
    assert await oauth.token() == "at1"
    now[0] += 3541
    assert await oauth.token() == "at2"
    assert [form["grant_type"] for form in servers.forms] == ["authorization_code", "refresh_token"]
    later = servers.oauth(store=store, clock=lambda: now[0])
    assert await later.token() == "at2" and len(servers.forms) == 2
    now[0] += 4000
    assert await later.token() == "at3"
    assert servers.asked.count(f"POST {ISSUER}/register") == 1 and servers.forms[2]["refresh_token"] == "rt2"
    assert "at3" not in repr(later) and "at3" not in repr(later.core)


async def test_what_is_stored_and_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    for record in (
        b"{",
        b"\xff",
        json.dumps({"resource": RESOURCE, "issuer": "as", "client_id": "c", "from": "given"}).encode(),
    ):
        servers, store = Servers(), MemoryStore()
        await store.put_if_absent("client", RESOURCE, record)
        assert await servers.oauth(store=store).token() == "at1"
        assert "client_record_malformed" in caplog.text
        caplog.clear()
        # What is stored since is good.
        assert await servers.oauth(store=store).token() == "at1"
        assert not caplog.text


class Person(HeadlessBrowser):
    """Signs in when told to."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(client=client)
        self.asked, self.agrees = asyncio.Event(), asyncio.Event()

    async def visit(self, url: str) -> AsyncGenerator[str, None]:
        self.asked.set()
        await self.agrees.wait()
        async with aclosing(super().visit(url)) as queries:
            async for query in queries:
                yield query


async def test_who_has_a_token_does_not_wait_for_a_person_who_is_asked_for_more() -> None:
    servers = Servers()
    person = Person(servers.client)
    oauth = OAuth(RESOURCE, browser=person, client=servers.client)
    person.agrees.set()
    assert await oauth.token() == "at1"
    person.asked.clear()
    person.agrees.clear()
    async with servers.caller(oauth) as http:
        servers.challenge = 'Bearer error="insufficient_scope", scope="more"'
        asks, waits = (asyncio.create_task(http.get(RESOURCE)) for _ in range(2))
        await asyncio.wait_for(person.asked.wait(), 60)
        servers.challenge = ""
        assert (await asyncio.wait_for(http.get(RESOURCE), 60)).status_code == 200
        assert await asyncio.wait_for(oauth.token(), 60) == "at1"
        assert not asks.done() and not waits.done()
        person.agrees.set()
        assert [(await it).status_code for it in (asks, waits)] == [200, 200]
    assert await oauth.token() == "at2"


async def test_a_token_of_a_second_is_sent_and_its_user_asked_once() -> None:
    servers, now = Servers(), [1_700_000_000.0]

    def clock() -> float:
        now[0] += 1
        return now[0]

    class NoRefresh(Servers):
        def answer(self, request: httpx.Request) -> httpx.Response:
            answer = super().answer(request)
            if request.url.path != "/token":
                return answer
            return httpx.Response(200, json=answer.json() | {"refresh_token": None})

    servers = NoRefresh()
    servers.lifetime = 1
    async with servers.caller(servers.oauth(clock=clock)) as http:
        assert (await http.post(RESOURCE, content=b"x")).status_code == 200
    assert servers.asked.count(f"GET {ISSUER}/authorize") == 1


class Rotating(Servers):
    """Refresh tokens are good once, and whoever sends one again ends all of them (OAuth 2.1 section 4.3.1)."""

    def __init__(self) -> None:
        super().__init__()
        self.used: set[str] = set()
        self.revoked = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        form = dict(httpx.QueryParams(request.content.decode())) if request.url.path == "/token" else {}
        if refresh_token := form.get("refresh_token"):
            self.revoked |= refresh_token in self.used
            self.used.add(refresh_token)
            if self.revoked:
                return httpx.Response(400, json={"error": "invalid_grant"})
        return super().answer(request)


async def test_who_share_a_store_renew_their_token_once() -> None:
    servers, store, now = Rotating(), MemoryStore(), [1_700_000_000.0]
    several = [servers.oauth(store=store, clock=lambda: now[0]) for _ in range(3)]
    assert [await oauth.token() for oauth in several] == ["at1"] * 3
    for number in (2, 3):
        now[0] += 3550
        assert [await oauth.token() for oauth in several] == [f"at{number}"] * 3
        several.reverse()
    assert not servers.revoked and servers.asked.count(f"GET {ISSUER}/authorize") == 1


class Racing(Servers):
    """A server that takes a refresh token once, and answers who is first last."""

    def __init__(self) -> None:
        super().__init__()
        self.first_comes, self.answers_first = asyncio.Event(), asyncio.Event()
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self.slowly))

    async def slowly(self, request: httpx.Request) -> httpx.Response:
        is_refresh = b"grant_type=refresh_token" in request.content
        is_first = is_refresh and all("refresh_token" not in form for form in self.forms)
        if is_refresh and not is_first:
            return httpx.Response(400, json={"error": "invalid_grant"})
        answer = self.answer(request)
        if is_first:
            self.first_comes.set()
            await self.answers_first.wait()
        return answer


async def test_of_two_that_renew_at_once_neither_forgets_what_one_got() -> None:
    servers, store, now = Racing(), MemoryStore(), [1_700_000_000.0]
    first = servers.oauth(store=store, clock=lambda: now[0])
    person = Person(servers.client)
    second = OAuth(RESOURCE, browser=person, client=servers.client, store=store, clock=lambda: now[0])
    assert await first.token() == await second.token() == "at1"
    now[0] += 4000
    renews = asyncio.create_task(first.token())
    await asyncio.wait_for(servers.first_comes.wait(), 60)
    # Refused, which it stores before its user is asked; the other's answer comes after that.
    asks = asyncio.create_task(second.token())
    await asyncio.wait_for(person.asked.wait(), 60)
    servers.answers_first.set()
    assert await renews == "at2" and servers.asked.count(f"GET {ISSUER}/authorize") == 1
    later = servers.oauth(store=store, clock=lambda: now[0])
    assert await later.token() == "at2"
    # Nor does it matter what the one that was refused gets in the end.
    person.agrees.set()
    assert await asks == "at2" == await first.token()


async def test_what_another_has_stored_meanwhile_is_taken_and_not_overwritten() -> None:
    servers, store = Rotating(), MemoryStore()
    person = Person(servers.client)
    first = OAuth(RESOURCE, browser=person, client=servers.client, store=store)
    signs_in = asyncio.create_task(first.token())
    await asyncio.wait_for(person.asked.wait(), 60)
    # Another program gets there sooner.
    assert await servers.oauth(store=store).token() == "at1"
    person.agrees.set()
    assert await signs_in == "at1"
    assert await servers.oauth(store=store).token() == "at1"
    # What has been removed is put there again.
    await store.take("client", RESOURCE)
    first.core.reset()
    now = [2_000_000_000.0]
    first._clock = lambda: now[0]
    assert await first.token() == "at3"
    assert await servers.oauth(store=store, clock=lambda: now[0]).token() == "at3"


class Refusing(HeadlessBrowser):
    """A person who says no."""

    windows = 0

    async def visit(self, url: str) -> AsyncGenerator[str, None]:
        self.windows += 1
        await asyncio.sleep(0)
        yield f"error=access_denied&iss={ISSUER}&state={httpx.URL(url).params['state']}"


async def test_who_waits_for_a_person_who_says_no_asks_no_more() -> None:
    servers, browser = Servers(), Refusing()
    oauth = OAuth(RESOURCE, browser=browser, client=servers.client, store=MemoryStore())
    async with servers.caller(oauth) as http:
        for windows in (1, 2):
            requests = (http.post(RESOURCE, content=b"x") for _ in range(6))
            answers = await asyncio.gather(*requests, oauth.token(), return_exceptions=True)
            assert [getattr(answer, "name", answer) for answer in answers] == ["access_denied"] * 7
            assert browser.windows == windows


async def test_a_person_who_says_no_to_more_ends_no_request_that_needs_none() -> None:
    servers, asked = Servers(), asyncio.Event()

    class RefusingMore(Refusing):
        async def visit(self, url: str) -> AsyncGenerator[str, None]:
            asked.set()
            await says_no.wait()
            async with aclosing(super().visit(url)) as queries:
                async for query in queries:
                    yield query

    says_no = asyncio.Event()
    oauth = servers.oauth()
    assert await oauth.token() == "at1"
    oauth._browser = browser = RefusingMore()
    async with servers.caller(oauth) as http:
        servers.challenge = 'Bearer error="insufficient_scope", scope="more"'
        asks, waits = (asyncio.create_task(http.get(RESOURCE)) for _ in range(2))
        await asyncio.wait_for(asked.wait(), 60)
        servers.challenge = "Bearer"
        forbidden = asyncio.create_task(http.get(RESOURCE))
        await asyncio.sleep(0.01)
        servers.challenge = ""
        assert (await http.get(RESOURCE)).status_code == 200
        says_no.set()
        for it in (asks, waits):
            with pytest.raises(doorward.DoorwardError, match="access_denied"):
                await it
        assert (await forbidden).status_code == 403 and browser.windows == 1
        assert (await http.get(RESOURCE)).status_code == 200


async def test_c12_no_other_server_gets_the_token() -> None:
    servers = Servers()
    oauth = servers.oauth()
    await oauth.token()
    async with servers.caller(oauth) as http:
        for url in ("https://other.test/mcp", "http://mcp.test/mcp", "https://mcp.test:444/mcp"):
            assert "authorization" not in (await http.get(url)).request.headers
        assert (await http.get("https://mcp.test/mcp")).request.headers["authorization"] == "Bearer at1"


async def test_c12_no_other_server_s_answer_counts() -> None:
    servers = Servers()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "evil.test":
            asked.append(request.headers.get("authorization"))
            challenge = 'Bearer resource_metadata="https://evil.test/m"'
            return httpx.Response(401, headers={"www-authenticate": challenge})
        if request.url.path == "/mcp/moved":
            return httpx.Response(307, headers={"location": "https://evil.test/mcp"})
        return servers.answer(request)

    asked: list[str | None] = []
    oauth = servers.oauth()
    async with httpx.AsyncClient(auth=oauth, transport=httpx.MockTransport(answer), follow_redirects=True) as http:
        for token in (None, "at1"):
            before = len(servers.asked)
            assert (await http.get(f"{RESOURCE}/moved")).status_code == 401
            assert (oauth.core.access_token, len(servers.asked)) == (token, before)
            assert (await http.get(RESOURCE)).status_code == 200
    assert asked == [None, None] and oauth.core.access_token == "at1"


async def test_p10_what_one_server_was_sent_goes_to_no_other_whatever_became_of_it() -> None:
    store, options = MemoryStore(), {"client_id": "app", "client_secret": "s3cret", "trusts_first_issuer": True}

    class Moving(Servers):
        """Servers of which the resource's goes by this name."""

        def __init__(self, host: str) -> None:
            super().__init__()
            self.host = host

        def answer(self, request: httpx.Request) -> httpx.Response:
            if request.url.host == self.host:
                request.url = request.url.copy_with(host="as.test")
            answer = super().answer(request)
            if request.url.path == "/token":
                return httpx.Response(400, json={"error": "invalid_request"})
            here = answer.text.replace("as.test", self.host)
            headers = {
                name: value for name, value in answer.headers.items() if name in ("location", "www-authenticate")
            }
            headers = {name: value.replace("as.test", self.host) for name, value in headers.items()}
            return httpx.Response(answer.status_code, text=here, headers=headers)

    first, second = Moving("a.test"), Moving("b.test")
    for servers, client_id in ((first, "app"), (second, "registered"), (first, "app")):
        with pytest.raises(doorward.DoorwardError, match="token_request_refused"):
            await servers.oauth(store=store, **options).token()
        assert servers.forms[-1]["client_id"] == client_id


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"issuer": "https://other.test"}, "metadata_issuer_mismatch"),
        ({"code_challenge_methods_supported": ["plain"]}, "code_challenge_method_unsupported"),
        ({"token_endpoint": "https://169.254.169.254/token"}, "endpoint_refused"),
        ({"registration_endpoint": None}, "client_unregistered"),
        ({"registration_endpoint": f"{ISSUER}/nothing"}, "registration_refused"),
        ({"token_endpoint": f"{ISSUER}/nothing"}, "response_status"),
    ],
)
async def test_it_gives_up_with_a_reason_and_begins_anew(metadata: dict[str, Any], error: str) -> None:
    servers = Servers(**metadata)
    async with servers.caller(servers.oauth()) as http:
        for _ in range(2):
            with pytest.raises(doorward.DoorwardError) as refusal:
                await http.get(RESOURCE)
            assert refusal.value.name == error
        servers.metadata = METADATA
        assert (await http.get(RESOURCE)).status_code == 200


async def test_what_one_answer_ends_ends_no_other_request() -> None:
    servers = Servers()
    async with servers.caller(servers.oauth()) as http:
        for challenge in ('Bearer error="insufficient_scope", scope="admin"', "Bearer error"):
            servers.challenge = ""
            assert (await http.get(RESOURCE)).status_code == 200
            servers.challenge = challenge
            try:
                assert (await http.get(RESOURCE)).status_code == 403
            except doorward.DoorwardError as error:
                assert error.name == "insufficient_scope"
            servers.challenge = ""
            assert (await http.get(RESOURCE)).status_code == 200


@pytest.mark.parametrize("granted", [None, "read"])
async def test_a_request_that_is_always_refused_asks_its_user_no_more_beside_others_that_are_served(
    granted: str | None,
) -> None:
    servers = Servers()
    servers.granted = granted
    async with servers.caller(servers.oauth()) as http:
        assert (await http.get(RESOURCE)).status_code == 200
        for _ in range(6):
            servers.challenge = 'Bearer error="insufficient_scope", scope="admin"'
            with pytest.raises(doorward.DoorwardError, match="insufficient_scope"):
                await http.get(RESOURCE)
            servers.challenge = ""
            assert (await http.get(RESOURCE)).status_code == 200
    # Once to sign in; then once, or as often as the authorization server says that it grants less.
    assert servers.asked.count(f"GET {ISSUER}/authorize") == (2 if granted is None else 4)


async def test_nothing_is_fetched_from_inside_the_network() -> None:
    """The server's metadata names an authorization server whose name resolves to an address of this machine."""
    oauth = OAuth(RESOURCE, browser=HeadlessBrowser(), client_id="app")
    oauth.core.request_token(1)
    document = json.dumps({"resource": RESOURCE, "authorization_servers": ["https://inside.test"]})
    oauth.core.response(200, [], document, 1)
    loop: Any = asyncio.get_running_loop()
    resolved = []

    async def inside(host: str, *_: Any, **__: Any) -> list[Any]:
        resolved.append(host)
        return [(2, 1, 6, "", ("10.0.0.1", 0))]

    with pytest.MonkeyPatch.context() as patch, pytest.raises(doorward.DoorwardError) as refusal:
        patch.setattr(loop, "getaddrinfo", inside)
        await oauth._go(lambda: "request")
    assert refusal.value.name == "response_missing" and set(resolved) == {"inside.test"}


async def test_a_client_signs_for_itself() -> None:
    servers, key = Servers(), b"\7" * 32
    ring = doorward.KeyRing([("ES256", key, 0, None)])
    keys = doorward.KeySet.parse(ring.published(0))

    def sign(client_id: str, issuer: str) -> str:
        named: dict[str, Any] = {
            "client_id": client_id,
            "audience": issuer,
            "jwt_id": "j",
            "now": 1_700_000_000,
            "lifetime": 60,
        }
        return doorward.client_assertion("ES256", key, **named)

    oauth = OAuth(
        RESOURCE,
        client_id="app",
        issuer=ISSUER,
        auth_method="private_key_jwt",
        client_credentials=True,
        sign=sign,
        scope="read",
        client=servers.client,
    )
    assert await oauth.token() == "at1"
    (form,) = servers.forms
    assert (form["grant_type"], form["scope"], form["resource"]) == ("client_credentials", "read", RESOURCE)
    asked = doorward.TokenRequest.parse([], str(httpx.QueryParams(form)))
    assert asked.check_assertion(keys, [ISSUER], 1_700_000_000) == ("j", 1_700_000_120)


async def test_the_user_s_browser_comes_back() -> None:
    servers = Servers()
    opened: list[str] = []
    loop = asyncio.get_running_loop()

    async def browse(url: str) -> None:
        asked = httpx.URL(url).params
        async with httpx.AsyncClient(trust_env=False) as http:
            elsewhere = asked["redirect_uri"].replace("/callback", "/favicon.ico")
            assert (await http.get(elsewhere)).status_code == 404
            strange = await http.get(asked["redirect_uri"], params={"code": "evil", "state": "evil"})
            assert strange.headers["referrer-policy"] == "no-referrer"
            good = {"code": "c", "state": asked["state"], "iss": ISSUER}
            assert (await http.get(asked["redirect_uri"], params=good)).status_code == 200

    def open_url(url: str) -> None:
        opened.append(url)
        asyncio.run_coroutine_threadsafe(browse(url), loop)

    browser = UserBrowser(open_url=open_url)
    oauth = OAuth(RESOURCE, browser=browser, client=servers.client)
    assert await oauth.token() == "at1"
    assert len(opened) == 1 and servers.forms[0]["code"] == "c"
    assert servers.forms[0]["redirect_uri"] == browser.redirect_uri
    patient = OAuth(RESOURCE, browser=UserBrowser(patience=0.05, open_url=lambda _: None), client=servers.client)
    with pytest.raises(asyncio.TimeoutError):
        await patient.token()


def whoami() -> str:
    principal = get_principal()
    return f"{principal.subject}: {' '.join(principal.scopes)}" if principal else "nobody"


def write() -> str:
    return "written"


@asynccontextmanager
async def calling(resource: str, **options: Any) -> AsyncIterator[Client[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        oauth: Any = OAuth(resource, browser=HeadlessBrowser(), **options)
        async with Client(resource, auth=oauth) as caller:
            yield caller


async def test_fastmcp_s_client_signs_in_with_it_and_asks_for_more() -> None:
    listener, url = listen()
    place, issuer_url = listen()
    authorization = AuthorizationServer(Issuer(issuer_url), scopes=["notes:read", "notes:write"])
    mcp = FastMCP("notes", auth=RemoteOAuth(issuer=issuer_url, resource=f"{url}/mcp", scopes="notes:read"))
    mcp.tool(whoami)
    mcp.tool(write, auth=require_scopes("notes:write"))
    async with served(authorization.app(), place), served(mcp.http_app(path="/mcp"), listener):
        async with calling(f"{url}/mcp", client_name="notes") as caller:
            assert (await caller.call_tool("whoami")).data.startswith("alice: notes:read")
            assert (await caller.call_tool("write")).data == "written"
            assert (await caller.call_tool("whoami")).data == "alice: notes:read notes:write"
    assert [grant["resource"] for grant in authorization.granted] == [f"{url}/mcp"] * len(authorization.granted)


async def test_fastmcp_s_own_provider() -> None:
    listener, url = listen()
    options = ClientRegistrationOptions(enabled=True, valid_scopes=["read"], default_scopes=["read"])
    mcp = FastMCP("notes", auth=InMemoryOAuthProvider(base_url=url, client_registration_options=options))
    mcp.tool(write)
    async with serve(mcp.http_app(path="/mcp"), listener):
        async with calling(f"{url}/mcp") as caller:
            assert (await caller.call_tool("write")).data == "written"


async def test_a_certified_provider() -> None:
    listener, url = listen()
    store = MemoryStore()
    async with provider(f"{url}/mcp", "ES256") as issuer:
        auth = RemoteOAuth(issuer=issuer, resource=f"{url}/mcp", scopes=["notes:read"])
        mcp = FastMCP("notes", auth=auth)
        mcp.tool(whoami)
        async with serve(mcp.http_app(path="/mcp"), listener):
            async with calling(f"{url}/mcp", store=store) as caller:
                assert (await caller.call_tool("whoami")).data.startswith("alice: notes:read")
            entry = await store.get("client", f"{url}/mcp")
            assert entry is not None
            record = json.loads(entry.value)
            assert record["issuer"] == issuer and record["refresh_token"], "offline_access was asked for"
            stale = record | {"expires_at": 1, "renew_at": 1}
            assert await store.compare_and_swap("client", f"{url}/mcp", entry.version, json.dumps(stale).encode())
            async with calling(f"{url}/mcp", store=store) as caller:
                assert (await caller.call_tool("whoami")).data.startswith("alice")
            entry = await store.get("client", f"{url}/mcp")
            assert entry is not None and json.loads(entry.value)["access_token"] != record["access_token"]
