"""FastMCP's own client signs in at providers that are not as the MCP specification wants them, over loopback HTTP."""

import asyncio
import socket
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastmcp import Client, FastMCP
from fastmcp.client.auth import BearerAuth
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server.auth import require_scopes

from doorward import CodeChallenge, CodeVerifier
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.testing import Issuer
from doorward.testing.sign_in import AuthorizationServer, Headless, client, served

TENANT, API = "11111111-2222-3333-4444-555555555555", "00000000-aaaa-bbbb-cccc-dddddddddddd"
CALLBACK = 45679
BODY = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}


class World:
    """A provider and a server behind Doorward, each on a port of its own."""

    def __init__(self, provider: str, parameters: dict[str, str], **options: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.resource = f"http://127.0.0.1:{self.socket.getsockname()[1]}/mcp"
        prefix = options.pop("scope_prefix", "").replace("RESOURCE", self.resource)
        self.provider = AuthorizationServer(
            Issuer(provider=provider, parameters=parameters),
            audience=options["audience"],
            scopes=["notes.read", "notes.write"],
            scope_prefix=prefix,
            registration=options.pop("registration"),
        )
        self.places: dict[str, str] = {}
        self.auth = RemoteOAuth(
            provider=provider,
            parameters=parameters,
            resource=self.resource,
            scopes="notes.read",
            scope_prefix=prefix or None,
            client=client(self.places),
            **options,
        )
        self.server = FastMCP("notes", auth=self.auth)
        self.server.tool(whoami)
        self.server.tool(write, auth=require_scopes("notes.write"))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        app = self.server.http_app(path="/mcp")
        async with served(self.provider.app()) as place, served(app, self.socket):
            self.places[self.provider.issuer.url] = place
            yield

    @asynccontextmanager
    async def signed_in(self, **options: Any) -> AsyncIterator[Client[Any]]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            oauth = Headless(self.places, callback_port=CALLBACK, **options)
            transport = StreamableHttpTransport(self.resource, auth=oauth, httpx_client_factory=oauth.factory)
        async with Client(transport) as caller:
            yield caller

    async def refused(self, token: str) -> bool:
        async with httpx.AsyncClient() as http:
            answer = await http.post(self.resource, json=BODY, headers=ACCEPT | {"authorization": f"Bearer {token}"})
        return answer.status_code == 401


def whoami() -> str:
    principal = get_principal()
    return (
        f"{principal.subject} by way of {principal.client_id}: {' '.join(principal.scopes)}" if principal else "nobody"
    )


def write() -> str:
    return "written"


def entra(scope_prefix: str = f"api://{API}/") -> World:
    return World("entra", {"tenant": TENANT}, audience=API, scope_prefix=scope_prefix, registration=False)


def scalekit() -> World:
    parameters = {"environment": "notes.scalekit.example", "resource_id": "res_123"}
    return World("scalekit", parameters, audience="res_123", registration=True)


async def test_a_client_signs_in_at_entra() -> None:
    world = entra()
    client_id = world.provider.register([f"http://localhost:{CALLBACK}/callback"])
    async with world.served():
        async with world.signed_in(client_id=client_id, sends_resource=False) as caller:
            assert (await caller.call_tool("whoami")).data == f"alice by way of {client_id}: notes.read"
            assert (await caller.call_tool("write")).data == "written", "asked for when it was needed"
            assert (await caller.call_tool("whoami")).data.endswith(": notes.read notes.write")
    asked = [grant["scope"].split() for grant in world.provider.granted]
    assert asked == [[f"api://{API}/notes.read"], [f"api://{API}/notes.{each}" for each in ("read", "write")]]
    assert "code_challenge_methods_supported" not in world.provider.metadata()
    assert all("alg" not in key and key["issuer"] for key in world.provider.issuer.jwks()["keys"])


async def test_entra_takes_a_resource_only_where_its_scopes_begin_with_it() -> None:
    world = entra()
    client_id = world.provider.register([f"http://localhost:{CALLBACK}/callback"])
    async with world.served():
        with pytest.raises(Exception, match="invalid_target AADSTS9010010"):
            async with world.signed_in(client_id=client_id):
                pass
    world = entra("RESOURCE/")
    client_id = world.provider.register([f"http://localhost:{CALLBACK}/callback"])
    async with world.served(), world.signed_in(client_id=client_id) as caller:
        assert (await caller.call_tool("whoami")).data == f"alice by way of {client_id}: notes.read"
    assert world.provider.granted[0]["resource"] == world.resource


async def test_entra_s_other_tokens_are_refused() -> None:
    world = entra()
    issuer = world.provider.issuer
    async with world.served():
        assert not await world.refused(issuer.token(API, "notes.read"))
        assert not await world.refused(issuer.token(API, "notes.read notes.write", scp="notes.read"))
        other = f"https://login.microsoftonline.com/{API}/v2.0"
        for token in (
            issuer.token(API, "notes.read", iss=other, tid=API),
            issuer.token("another-api", "notes.read"),
            issuer.token(world.resource, "notes.read"),
            issuer.token(API, form="id_token"),
            issuer.token(API, "notes.read", ver="1.0"),
            Issuer(provider="entra", parameters={"tenant": API}).token(API, "notes.read"),
        ):
            assert await world.refused(token)


async def test_a_client_registers_and_signs_in_at_scalekit() -> None:
    world = scalekit()
    issuer = world.provider.issuer
    assert (issuer.url, issuer.token_issuer) == (
        "https://notes.scalekit.example/resources/res_123",
        "https://notes.scalekit.example",
    )
    async with world.served():
        async with world.signed_in() as caller:
            answer = (await caller.call_tool("whoami")).data
            (client_id,) = world.provider.clients
            assert answer == f"alice by way of {client_id}: notes.read"
            assert (await caller.call_tool("write")).data == "written"
        assert len(world.provider.granted) == 2 and world.provider.granted[0]["resource"] == world.resource
        for token in (
            issuer.token("res_456", "notes.read"),
            issuer.token("res_123", "notes.read", iss=issuer.url.replace("res_123", "res_456")),
            issuer.token("res_123", "notes.read", form="id_token"),
            Issuer(provider="scalekit", parameters={"environment": "x.example", "resource_id": "res_123"}).token(
                "res_123", "notes.read"
            ),
        ):
            assert await world.refused(token)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scope": "notes.admin"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"redirect_uri": "https://evil.example"}, 400),
        ({"client_id": "nobody"}, 400),
    ],
)
async def test_the_provider_is_strict_itself(changes: dict[str, Any], said: Any) -> None:
    world = scalekit()
    client_id = world.provider.register(["http://localhost/callback"])
    good = {"client_id": client_id, "redirect_uri": "http://localhost/callback", "response_type": "code"}
    good |= {
        "scope": "notes.read",
        "code_challenge": str(CodeChallenge.of(CodeVerifier("x" * 43))),
        "code_challenge_method": "S256",
    }
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(world.provider.app()), base_url="https://notes.scalekit.example"
    ) as http:
        asked = {name: value for name, value in (good | changes).items() if value is not None}
        answer = await http.get("/authorize", params=asked)
        assert answer.status_code == said if isinstance(said, int) else f"error={said}" in answer.headers["location"]
        answer = await http.get("/authorize", params=good)
        code = httpx.URL(answer.headers["location"]).params["code"]
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": "y" * 43} | good
        for _ in range(2):
            assert (await http.post("/token", data=form)).json() == {"error": "invalid_grant"}
    world.socket.close()


async def test_a_token_of_a_sign_in_is_one_server_s() -> None:
    one, other = entra(), scalekit()
    async with one.served(), other.served():
        for world, strange in ((one, other), (other, one)):
            token = world.provider.issuer.token(API if world is one else "res_123", "notes.read")
            assert not await world.refused(token) and await strange.refused(token)
            async with Client(world.resource, auth=BearerAuth(token)) as caller:
                assert (await asyncio.wait_for(caller.call_tool("whoami"), 120)).data.startswith("alice")
