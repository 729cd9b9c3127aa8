"""The demonstration, the ten lines, and what a FastMCP server answers when things go wrong."""

import asyncio
import json
import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any, ClassVar

import httpx
import pytest
import websockets
from fastmcp import Client, FastMCP
from fastmcp.client.auth import BearerAuth
from fastmcp.server.auth import MultiAuth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from conftest import ROOT
from doorward import DoorwardError
from doorward.access_tokens import AccessTokens
from doorward.fastmcp import RemoteOAuth
from doorward.jwks import JwksSource
from doorward.mcp import DoorwardVerifier
from issuer import Issuer
from run import listen, serve

RESOURCE = "http://127.0.0.1:9/mcp"
# No clock of a machine says so: whatever reads one decides otherwise.
NOW = 4_000_000_000
METADATA = "http://127.0.0.1:9/.well-known/oauth-protected-resource/mcp"


class World:
    """An issuer behind a transport that counts, fails when told, and a server that trusts it."""

    def __init__(self, **options: Any) -> None:
        self.issuer = Issuer("http://127.0.0.1:8", ["a", "b", "root"], clock=lambda: self.now)
        self.down = False
        self.fetches = 0
        self.now = NOW
        self.app = httpx.ASGITransport(self.issuer.app())
        self.source = JwksSource(
            self.issuer.issuer,
            client=httpx.AsyncClient(transport=httpx.MockTransport(self.fetch)),
            clock=lambda: self.now,
            max_stale=options.pop("max_stale", 0),
        )
        self.auth = RemoteOAuth(
            issuer=self.issuer.issuer,
            resource=RESOURCE,
            source=self.source,
            clock=lambda: self.now,
            **({"scopes": ["a", "b"]} | options),
        )

    async def fetch(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("down")
        self.fetches += request.url.path == "/jwks.json"
        response = await self.app.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())

    def token(self, **changes: Any) -> str:
        claims = {"aud": RESOURCE, "client_id": "c", "scope": "a b"}
        return self.issuer.sign(self.issuer.claims(**(claims | changes)))

    async def post(self, token: str | None, auth: Any = None, **headers: str) -> httpx.Response:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return await self.send("POST", "/mcp", headers, auth)

    async def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        auth: Any = None,
        content: bytes | None = None,
        **options: Any,
    ) -> httpx.Response:
        if "transport" not in options:
            options = {"path": "/mcp", "stateless_http": True, "json_response": True} | options
        app = FastMCP("test", auth=auth or self.auth).http_app(**options)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode()
        sent = {"accept": "application/json, text/event-stream", "content-type": "application/json"} | headers
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http,
        ):
            return await http.request(method, path, content=body if content is None else content, headers=sent)


def test_the_ten_lines_run() -> None:
    example = ROOT / "bindings-python/examples/server.py"
    assert isinstance(runpy.run_path(str(example))["mcp"], FastMCP)
    lines = example.read_text().split('"""\n\n', 1)[1]
    for readme in ("README.md", "bindings-python/README.md"):
        assert f"```python\n{lines}```" in (ROOT / readme).read_text()


async def test_who_is_right_gets_in() -> None:
    assert (await World().post(World().token())).status_code == 401, "another world's keys"
    world = World()
    assert (await world.post(world.token())).status_code == 200


async def test_a_broader_scope_is_enough() -> None:
    world = World(scope_hierarchy={"root": "a b"})
    assert (await world.post(world.token(scope="root"))).status_code == 200
    world = World(scope_hierarchy={"root": "a b", "b": "c"})
    token = await world.auth.authenticate(world.token(scope="root x"))
    assert token.scopes == ["root", "x", "a", "b", "c"], "a tool may ask for what the server does not"


async def test_missing_scopes_get_403_and_the_whole_challenge() -> None:
    world = World()
    answer = await world.post(world.token(scope="a"))
    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_scope"')
    assert 'scope="a b"' in challenge and f'resource_metadata="{METADATA}"' in challenge
    assert answer.json()["error"] == "insufficient_scope"


async def test_no_credentials_get_no_error_code() -> None:
    answer = await World().post(None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == f'Bearer scope="a b", resource_metadata="{METADATA}"'


async def test_a_malformed_request_gets_400_and_a_challenge() -> None:
    world = World()
    for header in ("Bearer", "Bearer a b", f"Bearer {world.token()}, Bearer {world.token()}"):
        answer = await world.send("POST", "/mcp", {"authorization": header})
        assert answer.status_code == 400
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_request"')


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "HEAD", "PATCH"])
@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
async def test_without_credentials_no_method_tells_anything(method: str, path: str) -> None:
    for stateless in (True, False):
        assert (await World().send(method, path, {}, stateless_http=stateless)).status_code == 401


async def test_a_token_counts_in_the_header_alone() -> None:
    # OAuth 2.1 section 5.1; the second of its two ways, a form, is no request of MCP. Two at once: RFC 6750 section 2.
    world = World()
    good = f"access_token={world.token()}"
    for header, status in ((None, 401), ("Bearer x.y.z", 400), (f"Bearer {world.token()}", 400)):
        fields = {} if header is None else {"authorization": header}
        for method in ("GET", "POST", "DELETE"):
            answer = await world.send(method, f"/mcp?{good}", fields)
            assert answer.status_code == status, (method, header)
            assert ('error="invalid_request"' in answer.headers.get("www-authenticate", "")) == (status == 400)
    assert (await world.post(world.token())).status_code == 200
    beside = {"authorization": f"Bearer {world.token()}"}
    assert (await world.send("POST", "/mcp?session=1&token=x", beside)).status_code == 200
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await world.send("POST", "/mcp", form, content=good.encode())).status_code == 401
    both = form | {"authorization": "Bearer x.y.z"}
    assert (await world.send("POST", "/mcp", both, content=good.encode())).status_code == 401


class Seen:
    """Middleware, behind ours, that remembers what came through."""

    paths: ClassVar[list[str]] = []

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            self.paths.append(scope["path"])
        await self.app(scope, receive, send)


async def test_nothing_of_the_server_runs_for_who_is_refused() -> None:
    Seen.paths.clear()
    world = World()
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
    behind = [Middleware(Seen), cors, Middleware(Seen)]
    bad: list[dict[str, str]] = [{}, {"authorization": "Bearer"}, {"authorization": "Basic YTpi"}]
    bad += [{"authorization": f"Bearer {token}"} for token in ("x", world.token(exp=1), world.token(scope="a"))]
    paths = {"http": ["/mcp", "/mcp/"], "sse": ["/sse", "/sse/", "/messages", "/messages/", "/messages/?session_id=x"]}
    for transport, each in paths.items():
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT"):
            for path, headers in product(each, bad):
                options: dict[str, Any] = {"transport": transport} if transport == "sse" else {}
                answer = await world.send(method, path, headers, middleware=behind, **options)
                assert answer.status_code in (400, 401, 403), (method, path, headers)
    world.down = True
    world.now += 9999
    assert (await world.send("POST", "/mcp", {"authorization": f"Bearer {world.token()}"})).status_code == 503
    assert Seen.paths == []
    await world.send("GET", "/.well-known/oauth-protected-resource/mcp", {}, middleware=behind)
    assert Seen.paths, "what is open is not guarded"


async def test_websockets_are_refused_before_they_are_accepted() -> None:
    world = World()
    transports: dict[Any, list[str]] = {"http": ["/mcp", "/mcp/"], "sse": ["/sse", "/messages/", "/messages/x"]}
    for transport, paths in transports.items():
        app = FastMCP("test", auth=world.auth).http_app(path=paths[0], transport=transport)
        app.routes.append(WebSocketRoute(paths[0], greet))
        app.routes.append(WebSocketRoute("/open", greet))
        listener, url = listen()
        url = url.replace("http", "ws", 1)
        async with serve(app, listener):
            for path, token in product(paths, ("", "x", world.token(exp=1), world.token(scope="a"))):
                headers = {"authorization": f"Bearer {token}"} if token else {}
                with pytest.raises(websockets.InvalidStatus) as refused:
                    await websockets.connect(f"{url}{path}", additional_headers=headers, proxy=None, open_timeout=600)
                assert refused.value.response.status_code == 403
            for path, headers in ((paths[0], {"authorization": f"Bearer {world.token()}"}), ("/open", {})):
                async with websockets.connect(
                    f"{url}{path}", additional_headers=headers, proxy=None, open_timeout=None
                ) as known:
                    assert await known.recv() == ("alice" if headers else "nobody")


async def greet(websocket: WebSocket) -> None:
    await websocket.accept()
    user = websocket.user
    await websocket.send_text(user.access_token.subject if user.is_authenticated else "nobody")
    await websocket.close()


async def test_servers_under_prefixes_have_a_middleware_each() -> None:
    world = World()
    listener, url = listen()
    apps = {}
    for name in ("a", "b"):
        auth = RemoteOAuth(
            issuer=world.issuer.issuer, resource=f"{url}/{name}/mcp", source=world.source, clock=lambda: world.now
        )
        apps[name] = server = FastMCP(name, auth=auth).http_app(path="/mcp")
        server.routes.append(Route("/healthz", healthz))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with apps["a"].lifespan(apps["a"]), apps["b"].lifespan(apps["b"]):
            yield

    parent = Starlette(routes=[Mount(f"/{name}", app) for name, app in apps.items()], lifespan=lifespan)
    async with serve(parent, listener), httpx.AsyncClient(trust_env=False, timeout=600) as http:
        for name, other in (("a", "b"), ("b", "a")):
            good, wrong = (world.token(aud=f"{url}/{each}/mcp") for each in (name, other))
            async with Client(f"{url}/{name}/mcp", auth=BearerAuth(good)) as client:
                assert await client.list_tools() == []
            for headers in ({}, {"authorization": f"Bearer {wrong}"}):
                for method in ("GET", "POST", "DELETE", "OPTIONS"):
                    answer = await http.request(method, f"{url}/{name}/mcp", headers=headers)
                    assert answer.status_code == 401
                    metadata = f'resource_metadata="{url}/.well-known/oauth-protected-resource/{name}/mcp"'
                    assert answer.headers["www-authenticate"].endswith(metadata)
            assert (await http.get(f"{url}/{name}/healthz")).text == "ok"


async def healthz(_: Request) -> Response:
    return PlainTextResponse("ok")


async def test_a_browser_may_ask_first_and_see_why_it_was_refused() -> None:
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["authorization"])
    origin = {"origin": "https://inspector.example"}
    preflight = origin | {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    world = World()
    answer = await world.send("OPTIONS", "/mcp", preflight, middleware=[cors])
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    for token, status in ((world.token(scope="a"), 403), ("x", 401)):
        refused = origin | {"authorization": f"Bearer {token}"}
        answer = await world.send("POST", "/mcp", refused, middleware=[cors])
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, "*")
        assert f'resource_metadata="{METADATA}"' in answer.headers["www-authenticate"]
    assert (await world.send("OPTIONS", "/mcp", preflight)).status_code == 401, "nobody answers preflights"
    preflight["access-control-request-method"] = "GET"
    preflight["access-control-request-headers"] = "mcp-protocol-version"
    answer = await world.send("OPTIONS", "/.well-known/oauth-protected-resource/mcp", preflight)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


async def test_the_messages_of_sse_are_guarded_too() -> None:
    world = World()

    async def answer(token: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await world.send("POST", "/messages/?session_id=x", headers, transport="sse")

    for token, status, error in (("", 401, ""), ("x", 401, "invalid_token"), (world.token(scope="a"), 403, "scope")):
        refused = await answer(token)
        assert refused.status_code == status
        assert f'resource_metadata="{METADATA}"' in refused.headers["www-authenticate"]
        assert error in refused.headers["www-authenticate"]
    assert (await answer(world.token())).status_code == 400, "let in, to a session that is not there"
    world.now += 9999
    world.down = True
    assert (await answer(world.token())).status_code == 503


async def test_a_token_is_not_shown() -> None:
    world = World()
    token = world.token()
    verifier = DoorwardVerifier(world.auth.policy, world.source, clock=lambda: world.now)
    for known in (await world.auth.authenticate(token), await verifier.verify_token(token)):
        assert known is not None and known.token == token
        assert token not in repr(known) and token not in str(known)


async def test_what_a_request_does_to_its_caller_is_its_own() -> None:
    world = World()
    token = world.token(aud=[RESOURCE, "b"], deep={"list": [1, {"x": 2}]})
    first = await world.auth.authenticate(token)
    kept = first.model_copy(deep=True)
    first.claims["deep"]["list"][1]["x"] = first.claims["aud"][0] = "changed"
    first.claims.clear()
    first.scopes.clear()
    first.client_id = "another"
    for _ in range(3):
        again = await world.auth.authenticate(token)
        assert again == kept and again is not first
        again.claims["deep"]["list"].append(3)
    world.now += 9999
    with pytest.raises(DoorwardError, match="token_expired"):
        await world.auth.authenticate(token)


async def test_a_caller_who_is_known_is_one_for_as_long_as_keys_and_times_say() -> None:
    world = World()
    token = world.token(nbf=NOW - 10, iat=NOW - 20, exp=NOW + 900)
    first: Any = await world.auth.authenticate(token)
    again: Any = await world.auth.authenticate(token)
    assert again.principal is first.principal and again is not first, "made once"
    authenticator, principal = world.auth._server.verifier._authenticator, first.principal
    for second, holds in ((NOW + 959, True), (NOW + 960, False), (NOW - 70, True), (NOW - 71, False), (0, False)):
        assert authenticator.is_still_valid(principal, second) == holds, second
    assert not World().auth._server.verifier._authenticator.is_still_valid(principal, NOW), "another policy"
    world.issuer.key_id = "rotated"
    world.now += 60
    assert await world.auth.authenticate(world.token())
    with pytest.raises(DoorwardError, match="keys_unavailable"):
        await world.auth.authenticate(token)
    with pytest.raises(TypeError):
        authenticator.is_still_valid("alice", NOW)  # type: ignore[arg-type]


async def test_who_comes_again_is_let_in_only_while_keys_and_times_allow_it() -> None:
    world = World()
    token = world.token(exp=NOW + 100)
    server, credentials = world.auth._server, f"Bearer {token}".encode()
    assert server.cached(credentials) is None, "nobody came before"
    first: Any = await world.auth.authenticate(token)
    again: Any = server.cached(credentials)
    assert again == first and again is not first
    assert again.principal is first.principal and again.claims is not first.claims
    for other in (credentials.lower(), credentials + b" ", b"bearer" + credentials[6:], credentials[7:], b""):
        assert server.cached(other) is None, "credentials that are written otherwise are read first"
    for second, known in ((NOW + 159, True), (NOW + 160, False), (NOW - 71, False), (NOW + 1, True)):
        world.now = second
        assert (server.cached(credentials) is not None) == known, second
    world.issuer.key_id = "rotated"
    world.now += 60
    assert await world.auth.authenticate(world.token())
    assert server.cached(credentials) is None, "its key is gone"
    assert world.fetches == 2
    world.now += 9999
    assert server.cached(f"Bearer {world.token()}".encode()) is None
    assert world.fetches == 2, "who is asked again begins no fetch"


async def test_what_is_kept_of_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    tokens = [world.token(jti=f"{index}" * 20) for index in range(1000, 1020)]
    monkeypatch.setattr(AccessTokens, "MOST", 5 * len(f"Bearer {tokens[0]}"))
    for token in tokens + tokens[::-1]:
        assert (await world.auth.authenticate(token)).token == token
    kept = world.auth._server._access_tokens[0]
    assert [each.decode() for each in kept.known] == [f"Bearer {token}" for token in tokens[4::-1]]
    assert kept._length == sum(map(len, kept.known))


async def test_only_what_is_guarded_waits_for_keys() -> None:
    world = World()
    hangs = asyncio.Event()

    async def hang(_: httpx.Request) -> httpx.Response:
        await hangs.wait()
        raise httpx.ConnectError("down")

    client = httpx.AsyncClient(transport=httpx.MockTransport(hang))
    source = JwksSource(world.issuer.issuer, client=client, clock=lambda: world.now)
    auth = RemoteOAuth(issuer=world.issuer.issuer, resource=RESOURCE, source=source, clock=lambda: world.now)
    app = FastMCP("test", auth=auth).http_app(path="/mcp", stateless_http=True)
    app.routes.append(Route("/healthz", healthz))
    headers = {"authorization": f"Bearer {world.token()}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http:
        for _ in range(2):
            assert (await asyncio.wait_for(http.get("/healthz", headers=headers), 60)).text == "ok"
        waiting = asyncio.create_task(http.post("/mcp", headers=headers))
        assert await asyncio.wait([waiting], timeout=0.2) == (set(), {waiting})
        hangs.set()
        assert (await waiting).status_code == 503


async def test_scopes_that_clients_ask_for_by_another_name() -> None:
    world = World(scope_source="scp", scope_prefix="api://id/", relax=["scp_text"])
    for scp, status in (("b a", 200), ("a", 403), ("api://id/a api://id/b", 403)):
        assert (await world.post(world.token(scope="a b", scp=scp))).status_code == status
    asked = "api://id/a api://id/b"
    assert f'scope="{asked}"' in (await world.post(world.token(scp="a"))).headers["www-authenticate"]
    path = "/.well-known/oauth-protected-resource/mcp"
    assert (await world.send("GET", path, {})).json()["scopes_supported"] == asked.split()
    assert world.auth.required_scopes == ["a", "b"]


async def test_the_scopes_that_a_subclass_advertises_stay() -> None:
    class Own(RemoteOAuth):
        @property
        def scopes_supported(self) -> list[str]:
            return ["own", *super().scopes_supported]

    world = World()
    auth = Own(issuer=world.issuer.issuer, resource=RESOURCE, scopes="a", source=world.source)
    app = FastMCP("test", auth=auth).http_app(path="/mcp", stateless_http=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http:
        for _ in range(2):
            document = (await http.get("/.well-known/oauth-protected-resource/mcp")).json()
            assert document["scopes_supported"] == ["own", "a"]


async def test_scopes_that_are_advertised_asked_for_and_required_are_three() -> None:
    world = World(advertised_scopes="a b c", challenge_scopes=["a", "offline_access"])
    assert (await world.post(world.token())).status_code == 200
    assert 'scope="a offline_access"' in (await world.post(None)).headers["www-authenticate"]
    path = "/.well-known/oauth-protected-resource/mcp"
    assert (await world.send("GET", path, {})).json()["scopes_supported"] == ["a", "b", "c"]
    for wrong in ({"advertised_scopes": "a  b"}, {"challenge_scopes": ["a b"]}, {"scope_prefix": "a b"}):
        with pytest.raises(DoorwardError, match="scope_invalid"):
            World(**wrong)


def test_scopes_in_one_text() -> None:
    auth = RemoteOAuth(issuer="https://id.example", resource="https://h/mcp", scopes="a b")
    assert auth.required_scopes == ["a", "b"]


async def test_metadata_of_a_path_with_escapes() -> None:
    resource = "http://127.0.0.1:9/a%20b/mcp"
    auth = RemoteOAuth(issuer="https://id.example", resource=resource)
    answer = await World().send("GET", "/.well-known/oauth-protected-resource/a%20b/mcp", {}, auth)
    assert answer.json()["resource"] == resource


async def test_metadata_is_at_the_path_and_at_the_root() -> None:
    app = FastMCP("test", auth=World().auth).http_app(path="/mcp")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http:
        for path in ("/mcp", ""):
            answer = await http.get(f"/.well-known/oauth-protected-resource{path}")
            assert answer.headers["content-type"] == "application/json"
            assert json.loads(answer.text) == {
                "resource": RESOURCE,
                "authorization_servers": ["http://127.0.0.1:8/"],
                "scopes_supported": ["a", "b"],
                "bearer_methods_supported": ["header"],
            }


async def test_inside_multi_auth_a_missing_scope_lets_nobody_in() -> None:
    world = World()
    for token, status in ((world.token(), 200), (world.token(scope="a"), 401), (world.token(exp=1), 401)):
        assert (await world.post(token, auth=MultiAuth(verifiers=[world.auth]))).status_code == status


async def test_several_providers_inside_multi_auth_need_no_names() -> None:
    world = World()
    other = Issuer("http://127.0.0.1:7", ["a", "b"], clock=lambda: world.now)
    source = JwksSource(
        other.issuer, client=httpx.AsyncClient(transport=httpx.ASGITransport(other.app())), clock=lambda: world.now
    )
    theirs = RemoteOAuth(issuer=other.issuer, resource=RESOURCE, source=source, clock=lambda: world.now)
    both = MultiAuth(verifiers=[world.auth, theirs])
    callers = []
    for issuer in (world.issuer, other):
        token = issuer.sign(issuer.claims(aud=RESOURCE, client_id="c", scope="a b"))
        assert (await world.post(token, auth=both)).status_code == 200
        known = await both.verify_token(token)
        assert known is not None
        callers.append(known.client_id)
    assert len(set(callers)) == 2, "one client's name at two issuers is two clients"
    again = MultiAuth(verifiers=[World().auth])
    assert again._source_ids == both._source_ids[:1], "what is kept for a caller is found after a restart"
    assert (await world.post(other.sign(other.claims(aud="x")), auth=both)).status_code == 401
    with pytest.raises(ValueError, match="unique"):
        MultiAuth(verifiers=[world.auth, World().auth])
    assert isinstance(world.auth, RemoteOAuth) and type(world.auth).__name__ == "RemoteOAuth"


async def test_the_resource_of_a_token_is_that_of_which_it_is_as_core_finds_it() -> None:
    two = "https://two.example/"
    for audience, aud, resource in (
        ([RESOURCE, "https://two.example"], two, "https://two.example"),
        ([RESOURCE, two], ["https://TWO.example", "x"], two),
        ([RESOURCE, two], ["x", two, RESOURCE], two),
    ):
        world = World(audience=audience, relax=["audience_uri_equivalence"])
        token = await world.auth.verify_token(world.token(aud=aud))
        assert token is not None and token.resource == resource


async def test_the_verifier_of_the_mcp_sdk() -> None:
    world = World()
    verifier = DoorwardVerifier(world.auth.policy, world.source, clock=lambda: world.now)
    token = await verifier.verify_token(world.token())
    assert token is not None
    assert (token.subject, token.client_id, token.resource, token.scopes) == ("alice", "c", RESOURCE, ["a", "b"])
    assert await verifier.verify_token(world.token(scope="a")) is None
