"""The demonstration, the ten lines, and what a FastMCP server answers when things go wrong."""

import json
import runpy
import time
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP
from fastmcp.server.auth import MultiAuth

import run as demo
from conftest import ROOT
from doorward.fastmcp import RemoteOAuth
from doorward.jwks import JwksSource
from doorward.mcp import DoorwardVerifier
from issuer import Issuer

RESOURCE = "http://127.0.0.1:9/mcp"
METADATA = "http://127.0.0.1:9/.well-known/oauth-protected-resource/mcp"


class World:
    """An issuer behind a transport that counts, fails when told, and a server that trusts it."""

    def __init__(self, **options: Any) -> None:
        self.issuer = Issuer("http://127.0.0.1:8", ["a", "b", "root"])
        self.down = False
        self.fetches = 0
        self.now = time.time()
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
        claims = {"aud": RESOURCE, "client_id": "c", "scope": "a b", "iat": int(self.now), "exp": int(self.now) + 600}
        return self.issuer.sign(self.issuer.claims(**(claims | changes)))

    async def post(self, token: str | None, auth: Any = None, **headers: str) -> httpx.Response:
        app = FastMCP("test", auth=auth or self.auth).http_app(path="/mcp", stateless_http=True, json_response=True)
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        sent = {"accept": "application/json, text/event-stream", "content-type": "application/json"} | headers
        if token is not None:
            sent["authorization"] = f"Bearer {token}"
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:9") as http,
        ):
            return await http.post("/mcp", json=body, headers=sent)


async def test_the_demonstration_lets_nobody_wrong_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert await demo.main() == 0
    assert "All as it should be." in capsys.readouterr().out


def test_the_ten_lines_run() -> None:
    example = ROOT / "bindings-python/examples/server.py"
    assert isinstance(runpy.run_path(str(example))["mcp"], FastMCP)
    lines = example.read_text().split('"""\n\n', 1)[1]
    assert f"```python\n{lines}```" in (ROOT / "README.md").read_text()


async def test_who_is_right_gets_in() -> None:
    assert (await World().post(World().token())).status_code == 401, "another world's keys"
    world = World()
    assert (await world.post(world.token())).status_code == 200


async def test_a_broader_scope_is_enough() -> None:
    world = World(scope_hierarchy={"root": "a b"})
    assert (await world.post(world.token(scope="root"))).status_code == 200


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


async def test_without_keys_503_and_nothing_about_starting_over() -> None:
    world = World()
    world.down = True
    answer = await world.post(world.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "www-authenticate" not in answer.headers
    world.down = False
    world.now += 31
    assert (await world.post(world.token())).status_code == 200


async def test_fresh_keys_outlive_their_provider_and_stale_ones_if_allowed() -> None:
    for max_stale, late in ((0, 503), (600, 200)):
        world = World(max_stale=max_stale)
        assert (await world.post(world.token())).status_code == 200
        world.down = True
        world.now += 3500
        assert (await world.post(world.token())).status_code == 200
        world.now += 200
        assert (await world.post(world.token())).status_code == late
        world.now += 600
        assert (await world.post(world.token())).status_code == 503


async def test_200_random_key_ids_cause_one_fetch_and_a_rotation_is_found() -> None:
    world = World()
    assert (await world.post(world.token())).status_code == 200
    assert world.fetches == 1
    world.now += 60
    claims = world.issuer.claims(aud=RESOURCE, scope="a b")
    for index in range(200):
        assert await world.auth.verify_token(world.issuer.sign(claims, kid=f"random-{index}")) is None
    assert world.fetches == 2
    world.issuer.key_id = "rotated"
    world.now += 31
    assert (await world.post(world.token())).status_code == 200
    assert world.fetches == 3


async def test_inside_multi_auth_a_missing_scope_lets_nobody_in() -> None:
    world = World()
    for token, status in ((world.token(), 200), (world.token(scope="a"), 401), (world.token(exp=1), 401)):
        assert (await world.post(token, auth=MultiAuth(verifiers=[world.auth]))).status_code == status


async def test_the_verifier_of_the_mcp_sdk() -> None:
    world = World()
    verifier = DoorwardVerifier(world.auth.policy, world.source, clock=lambda: world.now)
    token = await verifier.verify_token(world.token())
    assert token is not None
    assert (token.subject, token.client_id, token.resource, token.scopes) == ("alice", "c", RESOURCE, ["a", "b"])
    assert await verifier.verify_token(world.token(scope="a")) is None
