"""A certified identity provider (oidc-provider under Node), a FastMCP server, a FastMCP client: end to end."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import httpx2
import pytest
from fastmcp import Client, FastMCP
from fastmcp.server.dependencies import get_access_token
from mcp.client.auth import AuthorizationCodeResult

from conftest import ROOT
from doorward.check import IssuerError
from doorward.fastmcp import RemoteOAuth
from doorward.introspection import Introspection
from doorward.jwks import JwksSource
from ports import reserved
from run import HeadlessOAuth, listen, serve

SCOPES = ["notes:read", "notes:write"]


class BrowserOAuth(HeadlessOAuth):
    """Follows the provider's redirects with its cookies, as a browser would, up to the client's own address."""

    async def redirect_handler(self, authorization_url: str) -> None:
        async with httpx.AsyncClient(timeout=600) as http:
            url = httpx.URL(authorization_url)
            for _ in range(12):
                answer = await http.get(url)
                url = url.join(answer.headers["location"])
                if "code" in url.params or "error" in url.params:
                    break
        self._answer = dict(url.params)

    async def callback_handler(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self._answer["code"], state=self._answer.get("state"), iss=self._answer.get("iss")
        )


@asynccontextmanager
async def provider(resource: str, alg: str, port: int = 0) -> AsyncIterator[str]:
    node = shutil.which("node")
    assert node, "node is missing: the identity provider of these tests runs under it"
    environment = os.environ | {"RESOURCE": resource, "ALG": alg, "PORT": str(port)}
    process = await asyncio.create_subprocess_exec(
        node,
        "idp.mjs",
        cwd=ROOT / "tests/idp",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout
    try:
        while True:
            line = await asyncio.wait_for(process.stdout.readline(), 120)
            assert line, "the identity provider did not start"
            if line.startswith(b"{"):
                break
        yield json.loads(line)["issuer"]
    finally:
        # One that is gone already has said why, or the test does.
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def server(auth: RemoteOAuth) -> FastMCP:
    mcp = FastMCP("notes", auth=auth)

    @mcp.tool
    def whoami() -> str:
        token = get_access_token()
        return token.subject or "" if token else "nobody"

    return mcp


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
async def test_a_client_discovers_registers_authorizes_and_calls(alg: str) -> None:
    listener, url = listen()
    resource = f"{url}/mcp"
    async with provider(resource, alg) as issuer:
        auth = RemoteOAuth(issuer=issuer, resource=resource, scopes=SCOPES)
        async with (
            serve(server(auth).http_app(path="/mcp"), listener),
            Client(resource, auth=BrowserOAuth(scopes=SCOPES)) as client,
        ):
            assert (await client.call_tool("whoami")).data == "alice"


async def token(resource: str) -> str:
    """An access token as a client gets it, without a server in between."""
    oauth = BrowserOAuth(mcp_url=resource, scopes=SCOPES)
    async with httpx2.AsyncClient(auth=oauth, timeout=600) as http:
        answer = await http.post(resource, json={})
        return str(answer.request.headers["authorization"]).removeprefix("Bearer ")


async def test_opaque_tokens_of_a_real_provider() -> None:
    listener, url = listen()
    resource = f"{url}/mcp"
    async with provider(resource, "opaque") as issuer, httpx.AsyncClient(timeout=600) as http:
        metadata = (await http.get(f"{issuer}/.well-known/openid-configuration")).json()
        known: Any = {"client_id": "server", "client_secret": "its secret"}
        introspection = Introspection(metadata["introspection_endpoint"], active_lifetime=0, **known)
        auth = RemoteOAuth(issuer=issuer, resource=resource, scopes=SCOPES, introspection=introspection)
        await auth.check()
        async with serve(server(auth).http_app(path="/mcp"), listener):
            async with Client(resource, auth=BrowserOAuth(scopes=SCOPES)) as client:
                assert (await client.call_tool("whoami")).data == "alice"
            opaque = await token(resource)
            assert "." not in opaque
            made = await auth.authenticate(opaque)
            assert (made.subject, made.scopes) == ("alice", SCOPES)
            assert made.claims["iss"] == issuer
            basic = httpx.BasicAuth("server", "its secret")
            answer = await http.post(metadata["revocation_endpoint"], data={"token": opaque}, auth=basic)
            assert answer.status_code == 200
            assert await auth.verify_token(opaque) is None, "revoked"
        other = Introspection(metadata["introspection_endpoint"], client_id="server", client_secret="another")
        other_auth = RemoteOAuth(issuer=issuer, resource=resource, introspection=other)
        with pytest.raises(IssuerError, match="introspection_refused status=401"):
            await other_auth.check()


async def test_keys_rotate_and_the_provider_goes_and_comes_back() -> None:
    listener, url = listen()
    resource, now = f"{url}/mcp", [0.0]
    # Nobody answers there while the provider is down.
    held, port = reserved()
    with held:
        await go_and_come_back(listener, resource, now, port)


async def go_and_come_back(listener: socket.socket, resource: str, now: list[float], port: int) -> None:
    async with httpx.AsyncClient(timeout=600) as http:

        async def status(bearer: str) -> int:
            headers = {"authorization": f"Bearer {bearer}", "accept": "application/json, text/event-stream"}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
            answer = await http.post(resource, json=body, headers=headers)
            assert "re-register" not in answer.text
            return answer.status_code

        async with provider(resource, "RS256", port) as issuer:
            # The source's own clock stands but for `now`: cool-downs neither need waiting nor end by themselves.
            keys = JwksSource(issuer, clock=lambda: 1_700_000_000 + now[0])
            auth = RemoteOAuth(issuer=issuer, resource=resource, scopes=SCOPES, source=keys)
            stack = serve(server(auth).http_app(path="/mcp", stateless_http=True, json_response=True), listener)
            await stack.__aenter__()
            try:
                first = await token(resource)
                assert await status(first) == 200
                now[0] += 60
                await http.post(f"{issuer}/control/rotate")
                second = await token(resource)
                assert second != first
                assert await status(second) == 200, "the new key was fetched in mid-flight"
                assert await status(first) == 503, "its key is not there, though there may be newer ones"
                now[0] += 31
                assert await status(first) == 401, "the old key is gone"
            except BaseException:
                await stack.__aexit__(None, None, None)
                raise
        try:
            # The provider is down: its fresh keys go on, and afterwards nothing can be said.
            assert await status(second) == 200
            now[0] += 7200
            assert await status(second) == 503
            async with provider(resource, "RS256", port):
                now[0] += 31
                third = await token(resource)
                assert await status(third) == 200
        finally:
            await stack.__aexit__(None, None, None)
