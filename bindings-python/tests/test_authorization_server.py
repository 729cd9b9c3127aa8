"""An authorization server of core's functions: FastMCP's client signs in there, and whoever should not gets nothing."""

import asyncio
import base64
import json
import secrets
import socket
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from fastmcp import Client, FastMCP

from authorization_server import AuthorizationServer
from doorward import CodeChallenge, CodeVerifier
from doorward.client import HeadlessBrowser, OAuth
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.store import open_store
from doorward.store.memory import MemoryStore
from doorward.testing.sign_in import Headless, served

ISSUER, RESOURCE, CALLBACK = "https://id.test", "https://mcp.test/mcp", "http://127.0.0.1/cb"
SCOPES = ["notes:read", "notes:write"]
DOCUMENT = "https://client.example/app.json"


def documents() -> httpx.AsyncClient:
    """A network with the document of one client."""
    document = {
        "client_id": DOCUMENT,
        "client_name": "app",
        "redirect_uris": ["http://localhost:45678/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=document) if str(request.url) == DOCUMENT else httpx.Response(404)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize("by", ["registration", "document"])
@pytest.mark.parametrize("ours", [True, False])
async def test_clients_sign_in_and_refresh(by: str, ours: bool) -> None:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    issuer, resource = (f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets)
    resource += "/mcp"
    # The client takes its token for expired before the server does.
    server = AuthorizationServer(issuer, resource, SCOPES, MemoryStore(), documents=documents(), access_lifetime=1)
    mcp = FastMCP("notes", auth=RemoteOAuth(issuer=issuer, resource=resource, scopes=SCOPES))

    @mcp.tool
    def whoami() -> str:
        principal = get_principal()
        return f"{principal.subject} by {principal.client_id}" if principal else "nobody"

    callback = "http://localhost:45678/callback"
    auth: Any
    if ours:
        document: dict[str, Any] = {"client_document": DOCUMENT} if by == "document" else {}
        auth = OAuth(resource, browser=HeadlessBrowser(callback), **document)
    else:
        options: dict[str, Any] = {"client_metadata_url": DOCUMENT, "callback_port": 45678} if by == "document" else {}
        auth = Headless(**options)
    async with served(server.app(), sockets[0]), served(mcp.http_app(path="/mcp"), sockets[1]):
        async with Client(resource, auth=auth) as client:
            said = (await client.call_tool("whoami")).data
            # FastMCP's client goes by the time: it renews a token that was good for a second.
            until = time.monotonic() + 60
            while "refresh_token" not in server.granted and time.monotonic() < until:
                assert (await client.call_tool("whoami")).data == said
    assert said.startswith("alice by ") and (DOCUMENT in said) == (by == "document")
    assert server.granted[0] == "authorization_code" and "refresh_token" in server.granted[1:]


class Caller:
    """A client that does one step at a time, and may do it wrong."""

    def __init__(self, server: AuthorizationServer) -> None:
        transport = httpx.ASGITransport(server.app())
        self.http = httpx.AsyncClient(transport=transport, base_url=ISSUER)
        self.verifier = CodeVerifier.from_random(secrets.token_bytes(32))
        self.client_id, self.secret = "", ""

    async def register(self, **metadata: Any) -> dict[str, Any]:
        public = {
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        }
        answer = await self.http.post("/register", json=public | metadata)
        assert answer.headers["cache-control"] == "no-store"
        said: dict[str, Any] = answer.json()
        assert answer.status_code == (400 if "error" in said else 201)
        self.client_id, self.secret = said.get("client_id", ""), said.get("client_secret", "")
        return said

    async def authorize(self, **changes: Any) -> httpx.Response:
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": "http://127.0.0.1:51234/cb",
            "state": "s1",
            "code_challenge": str(CodeChallenge.of(self.verifier)),
            "code_challenge_method": "S256",
            "resource": RESOURCE,
        } | changes
        asked = {name: value for name, value in asked.items() if value is not None}
        return await self.http.get("/authorize", params=asked)

    async def redirected(self, **changes: Any) -> dict[str, str]:
        """What the browser was sent back with."""
        answer = await self.authorize(**changes)
        assert answer.status_code == 302, answer.text
        place = urlsplit(answer.headers["location"])
        assert (place.scheme, place.netloc, place.path) == ("http", "127.0.0.1:51234", "/cb")
        return {name: value for name, [value] in parse_qs(place.query).items()}

    async def token(self, headers: dict[str, str] | None = None, **form: Any) -> dict[str, Any]:
        form = {"client_id": self.client_id} | form
        content = urlencode({name: value for name, value in form.items() if value is not None})
        content_type = {"content-type": "application/x-www-form-urlencoded"}
        answer = await self.http.post("/token", content=content, headers=content_type | (headers or {}))
        assert answer.headers["cache-control"] == "no-store"
        said: dict[str, Any] = answer.json()
        assert (answer.status_code == 200) == ("access_token" in said)
        return said

    async def redeem(self, code: str, **changes: Any) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": self.verifier.reveal()}
        return await self.token(**(form | {"redirect_uri": "http://127.0.0.1:51234/cb"} | changes))

    async def refresh(self, token: str, **changes: Any) -> dict[str, Any]:
        return await self.token(**({"grant_type": "refresh_token", "refresh_token": token} | changes))


def server(**options: Any) -> AuthorizationServer:
    return AuthorizationServer(ISSUER, RESOURCE, SCOPES, options.pop("store", None) or MemoryStore(), **options)


def family(answer: dict[str, Any]) -> str:
    """What an access token was granted by."""
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["iss"], claims["sub"]) == (RESOURCE, ISSUER, "alice")
    named: str = claims["jti"].split(".")[0]
    return named


async def test_a_code_is_good_once_and_a_replay_revokes_what_it_gave() -> None:
    own = server()
    caller, other = Caller(own), Caller(own)
    registered = await caller.register(client_name="app")
    assert await caller.register(client_name="app") == registered, "one client"
    await other.register(client_name="other")
    answer = await caller.redirected()
    assert (answer["state"], answer["iss"]) == ("s1", ISSUER)
    for wrong in (
        {"code_verifier": "x" * 43},
        {"code_verifier": None},
        {"redirect_uri": "http://127.0.0.1:51235/cb"},
        {"client_id": other.client_id},
        {"code": "x" * 43},
    ):
        assert (await caller.redeem(**({"code": answer["code"]} | wrong)))["error"] == "invalid_grant"
    wrong_resource = await caller.redeem(answer["code"], resource="https://other.test/mcp")
    assert wrong_resource["error"] == "invalid_target"
    tokens = await caller.redeem(answer["code"], resource="https://MCP.test/mcp")
    assert (tokens["scope"], tokens["expires_in"]) == ("notes:read notes:write", 600)
    assert not await own.is_revoked(family(tokens))
    assert (await caller.redeem(answer["code"]))["error"] == "invalid_grant"
    assert await own.is_revoked(family(tokens))
    assert (await caller.refresh(tokens["refresh_token"]))["error"] == "invalid_grant"


async def test_refresh_tokens_rotate_and_a_replay_revokes_the_family() -> None:
    now = [time.time()]
    own = server(clock=lambda: now[0])
    caller, other = Caller(own), Caller(own)
    await caller.register()
    await other.register(client_name="other")
    first = await caller.redeem((await caller.redirected(scope="notes:read"))["code"])
    assert first["scope"] == "notes:read"
    grown = await caller.refresh(first["refresh_token"], scope="notes:read notes:write")
    assert grown["error"] == "invalid_scope"
    assert (await other.refresh(first["refresh_token"]))["error"] == "invalid_grant"
    second = await caller.refresh(first["refresh_token"])
    again = await caller.refresh(first["refresh_token"])
    assert again["refresh_token"] == second["refresh_token"], "of a response that was lost"
    now[0] += 3000
    third = await caller.refresh(second["refresh_token"])
    assert family(third) == family(first)
    [(_, kept)] = await own.store.list("family")
    assert kept.expires_at == int(now[0]) + 3600, "as long as the record"
    now[0] += 21
    assert (await caller.refresh(second["refresh_token"]))["error"] == "invalid_grant"
    assert await own.is_revoked(family(first))
    assert (await caller.refresh(third["refresh_token"]))["error"] == "invalid_grant"


async def test_of_eight_at_once_one_has_the_tokens(tmp_path: Path) -> None:
    own = server(store=open_store(f"sqlite:{tmp_path}/store.db"))
    caller = Caller(own)
    await caller.register()
    code = (await caller.redirected())["code"]
    answers = await asyncio.gather(*(caller.redeem(code) for _ in range(8)))
    given = [answer for answer in answers if "access_token" in answer]
    assert len(given) <= 1
    for tokens in given:
        assert await own.is_revoked(family(tokens))
        assert (await caller.refresh(tokens["refresh_token"]))["error"] == "invalid_grant"
    tokens = await caller.redeem((await caller.redirected())["code"])
    rotated = await asyncio.gather(*(caller.refresh(tokens["refresh_token"]) for _ in range(8)))
    assert len({answer["refresh_token"] for answer in rotated}) == 1, "one successor, within the grace"
    await own.store.close()


async def test_what_cannot_be_told_to_the_client_is_told_to_the_user() -> None:
    caller = Caller(server())
    await caller.register()
    wrongs: list[dict[str, Any]] = [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": "https://evil.test/cb"},
        {"redirect_uri": "http://127.0.0.1:51234/cb/"},
        {"redirect_uri": "http://localhost:51234/cb"},
        {"client_id": "https://client.example/app.json"},
    ]
    for wrong in wrongs:
        answer = await caller.authorize(**wrong)
        assert (answer.status_code, "location" in answer.headers) == (400, False), wrong
    refused: dict[str, dict[str, Any]] = {
        "invalid_request": {"code_challenge": None},
        "unsupported_response_type": {"response_type": "token"},
        "invalid_scope": {"scope": "notes:read root"},
        "invalid_target": {"resource": "https://other.test/mcp"},
    }
    for error, changes in refused.items():
        parameters = await caller.redirected(**changes)
        assert (parameters["error"], parameters["iss"], parameters["state"], "code" in parameters) == (
            error,
            ISSUER,
            "s1",
            False,
        )
    plain = await caller.redirected(code_challenge_method=None)
    assert plain["error"] == "invalid_request"
    assert "state" not in await caller.redirected(state=None)


async def test_a_client_authenticates_as_it_is_registered() -> None:
    caller = Caller(server())
    await caller.register(token_endpoint_auth_method="client_secret_basic")
    pair = base64.b64encode(f"{caller.client_id}:{caller.secret}".encode()).decode()
    basic = {"authorization": f"Basic {pair}"}
    answer = await caller.redirected()
    for wrong in (
        {},
        {"client_secret": caller.secret},
        {"headers": {"authorization": "Basic eDp5"}, "client_id": None},
    ):
        assert (await caller.redeem(answer["code"], **wrong))["error"] == "invalid_client"
    assert "access_token" in await caller.redeem(answer["code"], headers=basic, client_id=None)

    key = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) | {"kid": "k", "use": "sig", "alg": "ES256"}
    await caller.register(
        token_endpoint_auth_method="private_key_jwt", jwks={"keys": [jwk]}, grant_types=["client_credentials"]
    )
    claims = {"iss": caller.client_id, "sub": caller.client_id, "aud": ISSUER, "jti": "1", "exp": time.time() + 60}
    assertion: dict[str, Any] = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims, key, "ES256", {"kid": "k"}),
    }
    given = await caller.token(**assertion)
    assert "refresh_token" not in given and given["scope"] == "notes:read notes:write"
    assert (await caller.token(**assertion))["error"] == "invalid_client", "an assertion is good once"
    assert (await caller.token(grant_type="client_credentials"))["error"] == "unauthorized_client"
    await caller.register()
    assert (await caller.token(grant_type="client_credentials"))["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": ["https://evil.test\\@app.test/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
    ],
)
async def test_what_may_not_be_registered_is_not(metadata: dict[str, Any], error: str) -> None:
    assert (await Caller(server()).register(**metadata))["error"] == error
