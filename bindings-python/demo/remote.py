"""Remote OAuth: `bookmarks` behind an OAuth issuer of its own, and a client that signs in."""

import base64
import hmac
import json
import tempfile
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastmcp import Client
from fastmcp.client.auth import BearerAuth

from issuer import Issuer
from run import HeadlessOAuth, Table, example, listen, serve

WHEN = "your users have accounts at an OAuth issuer that registers clients (Keycloak, Auth0, Entra, ...)"
SCOPES = ["bookmarks:read", "bookmarks:write"]


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def hostile(issuer: Issuer, resource: str, scopes: list[str]) -> list[tuple[str, int, dict[str, str]]]:
    """What a request claims, the status it must get, and its headers; the first of the scopes is needed."""
    now = int(issuer.clock())

    def good(**changes: Any) -> dict[str, Any]:
        return issuer.claims(**({"aud": resource, "client_id": "c1", "scope": " ".join(scopes)} | changes))

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
        ("good, but lacks a scope", 403, issuer.sign(good(scope=scopes[1]))),
    ]
    requests = [
        ("no credentials", 401, {}),
        ("another scheme (Basic)", 401, {"authorization": "Basic YTpi"}),
        ("two tokens in one header", 400, {"authorization": f"Bearer {genuine}, Bearer {genuine}"}),
    ]
    return requests + [(name, status, {"authorization": f"Bearer {token}"}) for name, status, token in tokens]


async def main() -> int:
    """Show the way, and return how much was wrong."""
    issuer_socket, issuer_url = listen()
    server_socket, server_url = listen()
    issuer, resource = Issuer(issuer_url, SCOPES), f"{server_url}/mcp"
    with tempfile.TemporaryDirectory() as folder:
        bookmarks = example("bookmarks", ISSUER=issuer.issuer, RESOURCE=resource, BOOKMARKS=f"{folder}/bookmarks.db")
        async with serve(issuer.app(), issuer_socket), serve(bookmarks.app, server_socket):
            wrong = await _show(issuer, resource)
        bookmarks.database.close()
    return wrong


async def _show(issuer: Issuer, resource: str) -> int:
    print(f"issuer    {issuer.issuer}\nresource  {resource}\n")
    kept = [{"url": "https://example.com/", "title": "An example"}]
    async with Client(resource, auth=HeadlessOAuth(scopes=SCOPES)) as alice:
        await alice.call_tool("add", kept[0])
        hers = (await alice.call_tool("bookmarks")).data
    print(f"alice discovered, registered, signed in with PKCE, and has kept:  {hers}")
    token = issuer.sign(issuer.claims(sub="bob", aud=resource, client_id="c1", scope=" ".join(SCOPES)))
    async with Client(resource, auth=BearerAuth(token)) as bob:
        his = (await bob.call_tool("bookmarks")).data
    print(f"bob, of the same issuer, sees:                                   {his}\n")
    table = Table()
    table.wrong += (hers, his) != (kept, [])
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(timeout=600) as http:
        for name, status, headers in hostile(issuer, resource, SCOPES):
            answer = await http.post(resource, json=body, headers=accept | headers)
            challenge = answer.headers.get("www-authenticate", "").partition(", error_description")[0]
            table.row(name, answer, status, received=challenge.partition(", resource_metadata")[0])
        query = await http.post(f"{resource}?access_token={issuer.sign(issuer.claims(aud=resource))}", json=body)
        table.row("a token in the query", query, 401)
    return table.wrong
