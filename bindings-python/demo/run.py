"""A FastMCP server behind Doorward: the right caller gets in, every wrong one is turned away.

Everything is real and on this machine: an OAuth issuer, a FastMCP server, a FastMCP client that discovers, registers,
authorizes with PKCE and calls a tool. Exits with 1 if a wrong caller gets in or the right one does not.
"""

import asyncio
import base64
import contextlib
import hmac
import json
import logging
import socket
import sys
import warnings
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastmcp import Client, FastMCP
from fastmcp.client.auth import OAuth
from fastmcp.server.dependencies import get_access_token
from mcp.client.auth import AuthorizationCodeResult
from starlette.types import ASGIApp

from doorward.fastmcp import RemoteOAuth
from issuer import Issuer

SCOPES = ["notes:read", "notes:write"]


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket that listens already."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def listen() -> tuple[socket.socket, str]:
    """A socket on a free port of this machine, and its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


class HeadlessOAuth(OAuth):
    """FastMCP's own client, with a request in place of the browser."""

    async def redirect_handler(self, authorization_url: str) -> None:
        async with httpx.AsyncClient(timeout=600) as client:
            location = (await client.get(authorization_url)).headers["location"]
        self._answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def callback_handler(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self._answer["code"], state=self._answer.get("state"), iss=self._answer.get("iss")
        )


class Reasons(logging.Handler):
    """Keeps the last reason that the operator's log was told."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        reason = getattr(record, "doorward", None)
        if reason is not None:
            details = " ".join(f"{name}={value}" for name, value in reason["details"].items())
            self.last = f"{reason['error']} {details}".strip()


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hostile(issuer: Issuer, resource: str) -> list[tuple[str, int, dict[str, str]]]:
    """What a request claims, the status it must get, and its headers."""
    now = int(issuer.clock())

    def good(**changes: Any) -> dict[str, Any]:
        return issuer.claims(**({"aud": resource, "client_id": "c1", "scope": " ".join(SCOPES)} | changes))

    text = json.dumps(good())

    def unsigned(alg: str) -> str:
        header = {"alg": alg, "typ": "at+jwt", "kid": issuer.key_id}
        return f"{b64(json.dumps(header).encode())}.{b64(text.encode())}"

    der = issuer.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    code = hmac.digest(der, unsigned("HS256").encode(), "sha256")
    other_key = ec.generate_private_key(ec.SECP256R1())
    genuine = issuer.sign(good())
    tokens = [
        ("not a token at all", 401, "garbage"),
        ("unsigned: alg none", 401, unsigned("none") + "."),
        ("HMAC keyed with the public key", 401, f"{unsigned('HS256')}.{b64(code)}"),
        ("another key under our key id", 401, issuer.sign(good(), key=other_key)),
        # The keys at hand are young: there may be newer ones, which are not fetched that often.
        ("unknown key id", 503, issuer.sign(good(), kid="nobody")),
        (
            "one character of the signature changed",
            401,
            genuine[:-10] + ("A" if genuine[-10] != "A" else "B") + genuine[-9:],
        ),
        ("expired an hour ago", 401, issuer.sign(good(exp=now - 3600))),
        ("without an expiry", 401, issuer.sign(good(exp=None))),
        ("valid from tomorrow on", 401, issuer.sign(good(nbf=now + 86400))),
        ("for another server", 401, issuer.sign(good(aud="https://other.example/mcp"))),
        ("of another issuer", 401, issuer.sign(good(iss="https://evil.example/"))),
        ("an ID token (typ JWT)", 401, issuer.sign(good(), typ="JWT")),
        ("unknown critical extension", 401, issuer.sign(good(), crit=["x"], x=True)),
        ("expiry written twice", 401, issuer.sign(text[:-1] + f', "exp": {now + 9999}}}')),
        ("bound to a key (DPoP), sent as bearer", 401, issuer.sign(good(cnf={"jkt": "x"}))),
        ("good, but lacks a scope", 403, issuer.sign(good(scope="notes:read"))),
    ]
    requests = [
        ("no credentials", 401, {}),
        ("another scheme (Basic)", 401, {"authorization": "Basic YTpi"}),
        ("two tokens in one header", 400, {"authorization": f"Bearer {genuine}, Bearer {genuine}"}),
    ]
    return requests + [(name, status, {"authorization": f"Bearer {token}"}) for name, status, token in tokens]


async def main() -> int:
    """Run the demonstration."""
    issuer_socket, issuer_url = listen()
    server_socket, server_url = listen()
    issuer, resource = Issuer(issuer_url, SCOPES), f"{server_url}/mcp"
    mcp = FastMCP("demo", auth=RemoteOAuth(issuer=issuer.issuer, resource=resource, scopes=SCOPES))

    @mcp.tool
    def whoami() -> str:
        """Say who is calling."""
        token = get_access_token()
        return f"{token.subject} by way of {token.client_id}" if token else "nobody"

    reasons = Reasons()
    operator = logging.getLogger("doorward")
    operator.addHandler(reasons)
    operator.setLevel(logging.INFO)
    operator.propagate = False
    # FastMCP's own line about a refusal says less than ours.
    logging.getLogger("fastmcp").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message="Using in-memory token storage")
    wrong = 0
    app = mcp.http_app(path="/mcp")
    async with serve(issuer.app(), issuer_socket), serve(app, server_socket):
        print(f"\nissuer    {issuer.issuer}\nresource  {resource}\n")
        oauth = HeadlessOAuth(scopes=SCOPES)
        async with Client(resource, auth=oauth) as client:
            answer = (await client.call_tool("whoami")).data
            print(f"The right caller: discovered, registered, authorized with PKCE, and is told:\n  {answer}\n")
            wrong += not answer.startswith("alice")
        print(f"{'A wrong caller':42} {'status':6}  {'reason in the log':34} challenge")
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        async with httpx.AsyncClient(timeout=600) as http:
            for name, expected, headers in hostile(issuer, resource):
                reasons.last = ""
                accept = {"accept": "application/json, text/event-stream"}
                response = await http.post(resource, json=body, headers=accept | headers)
                good = response.status_code == expected and reasons.last
                wrong += not good
                shown = response.headers.get("www-authenticate", "-").replace(server_url, "")
                print(f"{name:42} {response.status_code:6}  {reasons.last:34} {shown}{'' if good else '   <-- WRONG'}")
            query = await http.post(f"{resource}?access_token={issuer.sign(issuer.claims(aud=resource))}", json=body)
            wrong += query.status_code != 401
            print(f"{'a token in the query':42} {query.status_code:6}  {reasons.last:34}")
    print(f"\n{'All as it should be.' if not wrong else f'{wrong} WRONG'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
