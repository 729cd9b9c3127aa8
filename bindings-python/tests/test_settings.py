"""How a server is set up, with FastMCP and the SDK alike; mistakes are told at once, and by name."""

import asyncio
import base64
import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from test_fastmcp import METADATA, NOW, RESOURCE, World

from doorward import DoorwardError, Policy
from doorward.check import IssuerError
from doorward.fastmcp import JWTVerifier, RemoteOAuth, get_principal
from doorward.introspection import Introspection
from doorward.jwks import JwksSource
from doorward.mcp import DoorwardVerifier, protect
from doorward.testing import Issuer, connect
from issuer import METADATA as WELL_KNOWN

GOOD: dict[str, Any] = {"issuer": "https://id.example", "resource": "https://h.example/mcp"}
TENANT = "11111111-2222-3333-4444-555555555555"
BODY = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"issuer": 7}, TypeError, "issuer: expected a str, got int"),
        ({"issuer": "http://id.example"}, DoorwardError, "issuer"),
        ({"resource": "http://h.example/mcp"}, DoorwardError, "resource: uri"),
        ({"resource": "h.example"}, DoorwardError, "resource: uri"),
        ({"resource": ["https://h.example/a", "https://h.example/b"]}, ValueError, "resource: several"),
        ({"jwks_uri": "http://id.example/keys"}, DoorwardError, "jwks_uri: uri"),
        ({"scopes": "a,b"}, ValueError, "scopes: 'a,b' has a comma"),
        ({"scopes": 7}, TypeError, "scopes: expected a str or a list of str, got int"),
        ({"algorithms": ["HS256"]}, ValueError, "algorithms: HS256 is for shared secrets"),
        ({"relax": ["all"]}, DoorwardError, "relaxation_unknown known=typ_jwt_or_absent"),
        ({"preset": "strict"}, ValueError, "preset: must be one of mcp, rfc9068"),
        ({"clock": 7}, TypeError, "clock: expected a callable, got int"),
        (
            {"client": httpx.Client()},
            TypeError,
            "client: expected an httpx.AsyncClient, or one of httpx2, got httpx.Client",
        ),
        ({"source": "https://id.example"}, TypeError, "source: expected a JwksSource, got str"),
        (
            {"source": JwksSource("https://id.example"), "jwks_uri": "https://x/", "max_stale": 0},
            ValueError,
            "jwks_uri, max",
        ),
        ({"source": JwksSource("https://other.example")}, ValueError, "source: its keys are those of https://other"),
        ({"resource_documentation": "nowhere"}, DoorwardError, "resource_documentation: uri"),
    ],
)
def test_mistakes(options: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        RemoteOAuth(**(GOOD | options))
    with pytest.raises(kind, match=says):
        assert DoorwardVerifier(**(GOOD | options)).server.metadata
    if set(options) & {"clock", "client", "source", "jwks_uri"}:
        with pytest.raises(kind, match=says):
            DoorwardVerifier(Policy.mcp(GOOD["issuer"], GOOD["resource"]), **options)


def test_an_algorithm_has_two_names_and_a_source_knows_both() -> None:
    for ours, others in (("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")):
        source = JwksSource(GOOD["issuer"], algorithms=[ours])
        assert DoorwardVerifier(**GOOD, source=source, algorithms=[others]).policy.algorithms == ("Ed25519",)


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"scope": "a"}, TypeError, r"RemoteOAuth\(\) takes no argument 'scope'"),
        ({"issuer": None}, TypeError, r"RemoteOAuth\(\) needs issuer or provider"),
        ({"resource": None}, ValueError, "resource: there is none"),
        ({"tenants": ["x"]}, ValueError, "tenants: only with provider"),
        ({"leeway": "x"}, TypeError, "leeway: expected an int"),
    ],
)
def test_more_mistakes(options: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind, match=says):
        RemoteOAuth(**(GOOD | options))
    with pytest.raises(kind, match=says.replace("RemoteOAuth", "DoorwardVerifier")):
        DoorwardVerifier(**(GOOD | options))


def test_a_policy_says_all_that_it_says() -> None:
    policy = Policy.mcp("https://id.example", "api")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"issuer": "https://x.example"}, "issuer: the policy says that"),
        ({"provider": "entra", "scopes": "a"}, "provider, scopes: the policy says that"),
    ]
    for options, says in cases:
        with pytest.raises(ValueError, match=says):
            DoorwardVerifier(policy, **options)
    with pytest.raises(DoorwardError, match="resource: uri_invalid"):
        assert DoorwardVerifier(policy).auth_settings()
    apart = DoorwardVerifier(policy, resource="https://h.example/mcp")
    assert str(apart.auth_settings().resource_server_url) == "https://h.example/mcp"
    with pytest.raises(TypeError, match="needs issuer or provider"):
        DoorwardVerifier()


async def test_the_sdk_knows_providers_by_their_names() -> None:
    issuer = Issuer(provider="entra", parameters={"tenant": TENANT})
    verifier = DoorwardVerifier(
        provider="entra",
        parameters={"tenant": TENANT},
        resource=RESOURCE,
        audience="api",
        scopes="notes.read",
        scope_prefix="api://api/",
        client=issuer.client,
    )
    server = MCPServer("test", auth=verifier.auth_settings(), token_verifier=verifier)
    app = protect(server.streamable_http_app(stateless_http=True, json_response=True))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=ACCEPT) as http,
    ):
        assert (await http.get(METADATA)).json()["scopes_supported"] == ["api://api/notes.read"]
        for token, status in (
            (issuer.token("api", "notes.read"), 200),
            (issuer.token("api", "notes.write"), 403),
            (issuer.token(RESOURCE, "notes.read"), 401),
            (issuer.token("api", form="id_token"), 401),
        ):
            answer = await http.post(RESOURCE, json=BODY, headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == status, answer.text
    access = DoorwardVerifier(provider="cloudflare-access", parameters={"team": "t"}, resource=RESOURCE, audience="f")
    assert access.server.header == "Cf-Access-Jwt-Assertion"


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("doorward.fastmcp", "fastmcp", "fastmcp"),
        # FastMCP and the SDK bring httpx2, and not httpx.
        ("doorward.fastmcp", "httpx", "fastmcp"),
        ("doorward.mcp", "mcp", "mcp"),
        ("doorward.mcp", "httpx", "mcp"),
        ("doorward.jwks", "httpx", "jwks"),
        ("doorward.limits", "mcp", "mcp"),
        ("doorward.limits", "starlette", "mcp"),
        ("doorward.cors", "starlette", "mcp"),
        ("doorward.scraping", "starlette", "mcp"),
        ("doorward.metrics", "prometheus_client", "metrics"),
        ("doorward.metrics", "starlette", "metrics"),
        ("doorward.telemetry", "opentelemetry", "telemetry"),
        ("doorward.telemetry", "starlette", "telemetry"),
        ("doorward.shared_limits", "redis", "redis"),
        ("doorward.testing.sign_in", "fastmcp", "fastmcp,testing"),
        ("doorward.testing.upstream", "uvicorn", "fastmcp,testing"),
    ],
)
def test_a_missing_extra_names_what_brings_it(module: str, missing: str, extra: str) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; import {module}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)  # noqa: S603
    assert f"pip install 'doorward[{extra}]'" in done.stderr


async def test_connecting_without_fastmcp_names_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastmcp", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'doorward\[fastmcp,testing\]'"):
        async with connect(None):  # type: ignore[arg-type]
            pass


def test_a_resource_elsewhere_than_the_server_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    for resource, path, reported in (
        ("https://h.example/mcp", "/mcp", False),
        ("https://h.example/a/mcp", "/mcp", False),
        ("https://h.example/a/mcp/", "/mcp/", False),
        ("https://h.example/mcp/", "/mcp", True),
        ("https://h.example/mcp", "/mcp/", True),
        ("https://h.example", "/", False),
        ("https://h.example/mcpx", "/mcp", True),
        ("https://h.example", "/mcp", True),
        ("https://h.example/xmcp", "/mcp", True),
        ("https://h.example/m%C3%A9", "/m\u00e9", False),
    ):
        caplog.clear()
        FastMCP("test", auth=RemoteOAuth(issuer="https://id.example", resource=resource)).http_app(path=path)
        assert (f"tokens must be for {resource}, and the server is at {path}:" in caplog.text) == reported, resource
        caplog.clear()
        verifier = DoorwardVerifier(Policy.mcp("https://id.example", resource))
        if path != "/" and resource != "https://h.example":
            app = MCPServer("test", auth=verifier.auth_settings(), token_verifier=verifier)
            protect(app.streamable_http_app(streamable_http_path=path))
            assert (f"tokens must be for {resource}, and the server is at {path}:" in caplog.text) == reported, resource


async def test_http_for_development_with_the_sdk() -> None:
    resource = "http://notes:8000/mcp"
    verifier = DoorwardVerifier(issuer="http://id:9", resource=resource, insecure_http_for_development=True)
    server = MCPServer("test", auth=verifier.auth_settings(), token_verifier=verifier)
    app = protect(server.streamable_http_app())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notes:8000") as http:
        assert (await http.get("/.well-known/oauth-protected-resource/mcp")).json()["resource"] == resource


SCOPES: dict[str, Any] = {"advertised_scopes": ["a", "b"], "challenge_scopes": ["api://x/a"]}


def fastmcp(issuer: str, resources: Any, **options: Any) -> Starlette:
    auth = RemoteOAuth(issuer=issuer, resource=resources, scopes="a", **SCOPES, **options)
    return FastMCP("test", auth=auth).http_app(path="/mcp", stateless_http=True, json_response=True)


def sdk_of_options(issuer: str, resources: Any, **options: Any) -> Starlette:
    verifier = DoorwardVerifier(issuer=issuer, resource=resources, scopes="a", **SCOPES, **options)
    server = MCPServer("test", auth=verifier.auth_settings(), token_verifier=verifier)
    return protect(server.streamable_http_app(stateless_http=True, json_response=True))


def sdk(issuer: str, resources: Any, **options: Any) -> Starlette:
    verifier = DoorwardVerifier(Policy.mcp(issuer, resources, required_scopes="a", **SCOPES), **options)
    server = MCPServer("test", auth=verifier.auth_settings(), token_verifier=verifier)
    return protect(server.streamable_http_app(stateless_http=True, json_response=True))


Make = Callable[..., Starlette]
both = pytest.mark.parametrize("make", [fastmcp, sdk, sdk_of_options])


class Request:
    """Requests to an app by one of its names."""

    def __init__(self, make: Make, resources: Any, **options: Any) -> None:
        world = self.world = World()
        source = world.source
        self.app = make(world.issuer.issuer, resources, source=source, clock=lambda: NOW, **options)

    async def __call__(self, method: str, url: str, **headers: str) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as http,
        ):
            return await http.request(method, url, headers=ACCEPT | headers, json=BODY if method == "POST" else None)


@both
async def test_several_public_names(make: Make) -> None:
    names = ["http://127.0.0.1:9/mcp", "http://localhost:9/mcp"]
    for name in names:
        request = Request(make, names)
        answer = await request("POST", name)
        metadata = name.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
        assert answer.status_code == 401 and f'resource_metadata="{metadata}"' in answer.headers["www-authenticate"]
        for url in (metadata, metadata.removesuffix("/mcp")):
            assert (await Request(make, names)("GET", url)).json()["resource"] == name
        token = request.world.token(aud=name)
        assert (await Request(make, names)("POST", names[0], authorization=f"Bearer {token}")).status_code == 401
        fresh = Request(make, names)
        token = fresh.world.token(aud=name)
        assert (await fresh("POST", names[0], authorization=f"Bearer {token}")).status_code == 200


@both
@pytest.mark.parametrize("host", ["b.test", "B.Test", "b.test:443", "B.TEST:443"])
async def test_the_spelling_of_a_public_name_does_not_matter(make: Make, host: str) -> None:
    names = ["https://a.test/mcp", "https://b.test/mcp"]
    answer = await Request(make, names)("GET", METADATA.removesuffix("/mcp"), host=host)
    assert answer.json()["resource"] == names[1]
    names[1] = "https://B.test:443/mcp"
    answer = await Request(make, names)("GET", METADATA.removesuffix("/mcp"), host=host)
    assert answer.json()["resource"] == names[1]
    for other in ("b.test:80", "b.test:8443", "b.test.", "x.b.test", ""):
        answer = await Request(make, names)("GET", METADATA.removesuffix("/mcp"), host=other)
        assert answer.json()["resource"] == names[0]


@both
async def test_metadata_is_told_what_it_says_and_where(make: Make) -> None:
    options: dict[str, Any] = {
        "resource_name": "Notes",
        "resource_documentation": "https://h.example/docs",
        "root_metadata": False,
    }
    document = (await Request(make, RESOURCE, **options)("GET", METADATA)).json()
    assert (document["scopes_supported"], document["resource_name"]) == (["a", "b"], "Notes")
    assert document["resource_documentation"] == "https://h.example/docs"
    assert (await Request(make, RESOURCE, **options)("GET", METADATA.removesuffix("/mcp"))).status_code == 404
    assert (await Request(make, RESOURCE)("GET", METADATA.removesuffix("/mcp"))).json()["resource"] == RESOURCE
    challenge = (await Request(make, RESOURCE, **options)("POST", RESOURCE)).headers["www-authenticate"]
    assert 'scope="api://x/a"' in challenge


@both
async def test_fastmcp_and_the_sdk_answer_alike(make: Make) -> None:
    for method, url, status in (
        ("OPTIONS", METADATA, 200),
        ("OPTIONS", RESOURCE, 401),
        ("POST", f"{RESOURCE}/", 401),
        ("GET", METADATA, 200),
        ("DELETE", METADATA, 405),
    ):
        assert (await Request(make, RESOURCE)(method, url)).status_code == status, (method, url)
    asks = {"origin": "https://x.example", "access_control_request_method": "GET"}
    answer = await Request(make, RESOURCE)("OPTIONS", METADATA, **asks)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


@both
async def test_a_header_beside_authorization(make: Make) -> None:
    header = "Cf-Access-Jwt-Assertion"
    for headers, status in (
        ({"cf-access-jwt-assertion": "{}"}, 200),
        ({"authorization": "Bearer {}"}, 200),
        ({"authorization": "Bearer {}", "cf-access-jwt-assertion": "{}"}, 400),
        ({"cf-access-jwt-assertion": "x"}, 401),
        ({"cf-access-jwt-assertion": "Bearer {}"}, 400),
        ({"cf-access-jwt-assertion": ""}, 400),
        ({"x-other": "{}"}, 401),
    ):
        request = Request(make, RESOURCE, header=header)
        sent = {name: value.format(request.world.token()) for name, value in headers.items()}
        assert (await request("POST", RESOURCE, **sent)).status_code == status, headers
    request = Request(make, RESOURCE)
    assert (await request("POST", RESOURCE, cf_access_jwt_assertion=request.world.token())).status_code == 401


@both
async def test_a_hook_is_told_of_each_refusal(make: Make) -> None:
    refusals: list[Any] = []
    for token in ("x", "y"):
        await Request(make, RESOURCE, on_refusal=refusals.append)("POST", RESOURCE, authorization=f"Bearer {token}")
    assert [(each["error"], each["status"], each["path"]) for each in refusals] == [
        ("token_malformed", 401, "/mcp")
    ] * 2


@pytest.mark.parametrize("name", ["authenticate", "verify_token"])
def test_a_check_that_would_never_be_asked_for_is_reported(name: str) -> None:
    mine = type("Mine", (RemoteOAuth,), {name: lambda *_: None})
    with pytest.raises(TypeError, match=rf"^Mine\.{name}: is never called; requests are verified by middleware"):
        mine(issuer="https://id.example", resource=RESOURCE)


def test_protect_refuses_a_check_that_it_would_skip() -> None:
    class Mine(DoorwardVerifier):
        async def verify_token(self, token: str) -> None:
            return None

    verifier = Mine(issuer="https://id.example", resource=RESOURCE)
    server = MCPServer("test", auth=verifier.auth_settings(), token_verifier=verifier)
    with pytest.raises(TypeError, match=r"^Mine\.verify_token: is never called"):
        protect(server.streamable_http_app())


async def test_rfc_9068_can_be_chosen() -> None:
    world = World(preset="rfc9068")
    assert (await world.post(world.token())).status_code == 200
    assert (await world.post(world.token(jti=None))).status_code == 401


async def test_the_principal_in_tools() -> None:
    world = World()
    server = FastMCP("test", auth=world.auth)

    @server.tool
    def who() -> str:
        principal = get_principal()
        return f"{principal.subject} {principal.claim('deep')}" if principal else "nobody"

    app = server.http_app(path="/mcp", stateless_http=True, json_response=True)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "who", "arguments": {}}}
    headers = ACCEPT | {"authorization": f"Bearer {world.token(deep={'a': 1})}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http,
    ):
        assert "alice {'a': 1}" in (await http.post("/mcp", json=call, headers=headers)).text
    assert get_principal() is None


def client(answers: dict[str, Any]) -> httpx.AsyncClient:
    def answer(request: httpx.Request) -> httpx.Response:
        found = answers.get(request.url.path, 404)
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found) if isinstance(found, int) else httpx.Response(200, json=found)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def test_check_says_what_to_change() -> None:
    issuer = "https://id.example"
    keys = Issuer().jwks()
    document = {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"}
    good = {WELL_KNOWN: document, "/jwks": keys}
    await RemoteOAuth(**GOOD, client=client(good)).check()
    useless = {"keys": [{"kty": "oct", "k": "AAAA"}]}
    for changes, says in (
        (
            {WELL_KNOWN: document | {"issuer": f"{issuer}/"}},
            f"is {issuer} here, and {issuer}/ in its metadata: write it",
        ),
        ({WELL_KNOWN: 404}, f"{WELL_KNOWN} answered 404"),
        ({WELL_KNOWN: httpx.ConnectError("no name")}, "cannot be reached, ConnectError no name"),
        ({"/jwks": useless}, "are of no use: key 0: key_"),
        ({"/jwks": {"keys": []}}, "are of no use: none is listed"),
        ({"/jwks": 500}, "/jwks answered 500"),
    ):
        with pytest.raises(IssuerError) as raised:
            await RemoteOAuth(**GOOD, client=client(good | changes)).check()
        assert says in str(raised.value)
        with pytest.raises(IssuerError):
            await DoorwardVerifier(Policy.mcp(issuer, "https://h/mcp"), client=client(good | changes)).check()


async def test_check_says_which_setting_would_make_use_of_the_keys() -> None:
    issuer = "https://id.example"
    rsa = Issuer(algorithm="RS256").jwks()["keys"][0]
    ec = Issuer(algorithm="ES256").jwks()["keys"][0]
    modulus = base64.urlsafe_b64decode(rsa["n"] + "==")
    odd = rsa | {"n": base64.urlsafe_b64encode(b"\0" + modulus).decode().rstrip("=")}
    for key, options, says in (
        (ec, {"algorithms": ["RS256"]}, "; they are for ES256: give algorithms=['ES256']"),
        (
            {name: value for name, value in rsa.items() if name != "alg"},
            {"algorithms": ["ES256"]},
            "RS512, PS256, PS384, PS512: give algorithms=[...] with those that it signs by",
        ),
        (odd, {}, "; give relax=['modulus_leading_zero']"),
        (
            odd,
            {"algorithms": ["ES256"]},
            "; give relax=['modulus_leading_zero']; they are for RS256: give algorithms=['RS256']",
        ),
        ({"kty": "oct", "k": "AAAA"}, {}, "key_symmetric"),
    ):
        answers = {WELL_KNOWN: {"issuer": issuer, "jwks_uri": f"{issuer}/jwks"}, "/jwks": {"keys": [key]}}
        settings: dict[str, Any] = {**GOOD, **options}
        auth = RemoteOAuth(**settings, client=client(answers))
        with pytest.raises(IssuerError) as raised:
            await auth.check()
        assert str(raised.value).endswith(says)


async def test_the_log_says_how_a_verifier_would_make_use_of_the_keys(caplog: pytest.LogCaptureFixture) -> None:
    answers = client({"/jwks": Issuer(algorithm="ES256").jwks()})
    verifier = JWTVerifier(jwks_uri=f"{GOOD['issuer']}/jwks", issuer="i", audience="a", http_client=answers)
    with caplog.at_level(logging.WARNING, "doorward"), pytest.raises(DoorwardError):
        await verifier.authenticate("a.b.c")
    assert "; they are for ES256: give algorithm=['ES256']" in caplog.text


def test_a_source_reads_keys_as_the_policy_does() -> None:
    issuer = "https://id.example/oauth/token"
    uaa: dict[str, Any] = {"provider": "uaa", "parameters": {"issuer": issuer}, "resource": RESOURCE, "scopes": "a"}
    with pytest.raises(ValueError, match=r"^source: its keys are read without modulus_leading_zero; give it relax="):
        RemoteOAuth(**uaa, source=JwksSource(issuer))
    RemoteOAuth(**uaa, source=JwksSource(issuer, relax=["modulus_leading_zero"]))


@pytest.mark.parametrize("kind", ["fastmcp", "sdk"])
async def test_http_beyond_loopback_is_for_development_and_said_so(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    names = {"issuer": "http://keycloak:8080/realms/main", "resource": "http://notes:8000/mcp"}
    issuer = Issuer(names["issuer"])
    make: Any = RemoteOAuth if kind == "fastmcp" else DoorwardVerifier
    for https in ({}, {"issuer": "https://id.example"}, {"resource": "https://h.example/mcp"}):
        with pytest.raises(DoorwardError, match="uri_invalid"):
            made = make(**(names | https), client=issuer.client)
            assert made.server.metadata
        with pytest.raises(DoorwardError, match="uri_invalid"):
            JwksSource(names["issuer"])
    assert "development" not in caplog.text
    allowed: dict[str, Any] = {"insecure_http_for_development": True}
    auth = make(**names, **allowed, client=issuer.client)
    assert "http beyond loopback is allowed: for development" in caplog.text
    assert await auth.verify_token(issuer.token(names["resource"])) is not None
    assert await auth.verify_token(issuer.token(names["resource"], iss="http://keycloak:8080/realms/other")) is None
    assert issuer.fetches[-1] == issuer.jwks_uri
    await auth.check()
    elsewhere = Issuer(names["issuer"])
    elsewhere.jwks_uri = "http://other:8080/jwks"
    with pytest.raises(IssuerError):
        await make(**names, **allowed, client=elsewhere.client).check()
    for bad in ({"issuer": "ftp://keycloak/x"}, {"issuer": "http://h/?x"}, {"jwks_uri": "ftp://h/keys"}):
        with pytest.raises(DoorwardError, match="uri_invalid"):
            make(**(names | bad), **allowed)


async def test_the_log_of_a_failed_fetch_names_host_status_and_reason(caplog: pytest.LogCaptureFixture) -> None:
    for status, says in ((503, "503"), (404, "404")):
        caplog.clear()
        auth = RemoteOAuth(**GOOD, jwks_uri="https://keys.example/jwks", client=client({"/jwks": status}))
        with caplog.at_level(logging.WARNING, "doorward"), pytest.raises(DoorwardError):
            await auth.authenticate("a.b.c")
        assert "https://keys.example/jwks" in caplog.text and says in caplog.text


@pytest.mark.parametrize("answer", [500, httpx.ConnectError("no way to https://keys.example/jwks?code=s3cret")])
async def test_a_url_may_have_a_secret_in_its_query(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    at = "https://keys.example/jwks?code=s3cret"
    auth = RemoteOAuth(**GOOD, jwks_uri=at, client=client({"/jwks": answer}))
    with caplog.at_level(logging.DEBUG, "doorward"), pytest.raises(DoorwardError):
        await auth.authenticate("a.b.c")
    with pytest.raises(IssuerError) as raised:
        await auth.check()
    asked = Introspection("https://keys.example/jwks?code=s3cret", client_id="c", client_secret="s")
    opaque = RemoteOAuth(**GOOD, introspection=asked, client=client({"/jwks": httpx.ConnectError(at)}))
    with caplog.at_level(logging.DEBUG, "doorward"), pytest.raises(IssuerError) as of_opaque:
        await opaque.check()
    said = caplog.text + str(raised.value) + str(of_opaque.value) + repr(asked)
    assert said.count("https://keys.example/jwks") == 5 and "s3cret" not in said and "code" not in said


def test_one_provider_in_several_event_loops_and_threads() -> None:
    world = World()
    for _ in range(3):
        assert asyncio.run(world.auth.verify_token(world.token())) is not None
        world.now += 5000
    slow = threading.Event()
    fetch = world.fetch

    async def wait(request: httpx.Request) -> httpx.Response:
        while not slow.is_set():  # noqa: ASYNC110 (of several event loops)
            await asyncio.sleep(0.01)
        return await fetch(request)

    world.source._client = httpx.AsyncClient(transport=httpx.MockTransport(wait))
    came: list[Any] = []
    threads = [
        threading.Thread(target=lambda: came.append(asyncio.run(world.auth.verify_token(world.token()))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    slow.set()
    for thread in threads:
        thread.join()
    assert len(came) == 3 and None not in came


async def test_one_provider_in_two_apps() -> None:
    world = World()
    apps = [FastMCP(name, auth=world.auth).http_app(path="/mcp", stateless_http=True) for name in "ab"]
    for app in apps:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http,
        ):
            good = ACCEPT | {"authorization": f"Bearer {world.token()}"}
            assert (await http.post("/mcp", json=BODY, headers=good)).status_code == 200
            assert (await http.post("/mcp", json=BODY, headers=ACCEPT)).status_code == 401
