"""Where fetches of keys connect to: addresses, names and certificates."""

import asyncio
import datetime
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from test_jwks import ISSUER

from doorward import Policy
from doorward.introspection import Introspection, IntrospectionVerifier
from doorward.jwks import JwksSource, KeysUnavailable
from doorward.transport import Transport, trust
from run import listen, serve
from test_core import DOCUMENT


async def test_certificates_are_read_once_and_not_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    readers: list[int] = []
    create = ssl.create_default_context

    def watched(*arguments: Any, **options: Any) -> ssl.SSLContext:
        readers.append(threading.get_ident())
        return create(*arguments, **options)

    async def jwks(_: Request) -> Response:
        return PlainTextResponse(DOCUMENT)

    trust.cache_clear()
    monkeypatch.setattr(ssl, "create_default_context", watched)
    listener, url = listen()
    async with serve(Starlette(routes=[Route("/jwks", jwks)]), listener):
        for _ in range(3):
            assert len(await JwksSource(ISSUER, jwks_uri=f"{url}/jwks").keys()) == 1
    assert len(readers) == 1 and readers[0] != threading.get_ident()


class KeptOpen(BaseHTTPRequestHandler):
    """Keys, and what is said of tokens, over connections that are kept open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(DOCUMENT.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(b'{"active":false}')

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_client_that_was_given_serves_several_event_loops(library: Any) -> None:
    """Its open connections are of the loop that opened them, which is another one's thread's or closed: that must not
    look like an outage of the issuer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), KeptOpen)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    client = library.AsyncClient()
    asked = Introspection(f"{url}/ask", client_id="c", client_secret="s", client=client)
    verifier = IntrospectionVerifier(Policy.mcp(ISSUER, "https://mcp.example"), asked)

    async def use() -> None:
        for _ in range(2):
            assert len(await JwksSource(ISSUER, jwks_uri=f"{url}/jwks", client=client).keys()) == 1
        await asyncio.gather(*(verifier.check() for _ in range(3)))

    for _ in range(3):
        asyncio.run(use())

    async def several() -> None:
        await use()
        await asyncio.gather(*(asyncio.to_thread(asyncio.run, use()) for _ in range(3)))
        await use()

    asyncio.run(asyncio.wait_for(several(), 120))
    server.shutdown()
    server.server_close()


SENDS = httpx.AsyncHTTPTransport.handle_async_request


class Network:
    """Names and their addresses; each request that is sent: its address, Host field and certificate's name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]], down: str = "") -> None:
        self.sent: list[tuple[str, str, str | None]] = []

        async def getaddrinfo(host: str, _: object, *, type: int) -> list[Any]:
            return [(socket.AF_INET, type, 6, "", (address, 0)) for address in names[host]]

        async def handle(_: object, request: httpx.Request) -> httpx.Response:
            self.sent.append((request.url.host, request.headers["host"], request.extensions.get("sni_hostname")))
            if request.url.host == down:
                raise httpx.ConnectTimeout("down")
            if request.url.path == "/keys":
                return httpx.Response(200, text=DOCUMENT)
            return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": self.jwks_uri})

        self.jwks_uri = "https://keys.example/keys"
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["169.254.169.254"], ["8.8.8.8", "10.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], []],
)
async def test_u05_a_name_elsewhere_leads_to_no_address_within(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, addresses: list[str]
) -> None:
    network = Network(monkeypatch, {"keys.example": addresses})
    with pytest.raises(KeysUnavailable):
        await JwksSource(ISSUER).keys()
    assert {host for _, host, _ in network.sent} == {"id.example"}
    assert not addresses or f"keys.example is at {addresses[-1]}" in caplog.text


async def test_a_name_elsewhere_is_connected_to_by_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(monkeypatch, {"keys.example": ["2606:4700::1111", "8.8.8.8"]}, down="2606:4700::1111")
    assert len(await JwksSource(ISSUER).keys()) == 1
    assert network.sent == [
        ("id.example", "id.example", None),
        ("2606:4700::1111", "keys.example", "keys.example"),
        ("8.8.8.8", "keys.example", "keys.example"),
    ]


async def test_the_issuer_and_the_operator_may_stand_within(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, {})
    network.jwks_uri = "https://id.example:8443/keys"
    assert len(await JwksSource(ISSUER).keys()) == 1
    assert len(await JwksSource(ISSUER, jwks_uri="https://keys.example/keys").keys()) == 1
    assert [host for host, _, _ in network.sent] == ["id.example", "id.example", "keys.example"]


def certificate(folder: Path, name: str) -> Path:
    """A certificate of this name, signed by itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    built = x509.CertificateBuilder(subject, subject, key.public_key(), 1, start, start.replace(year=2120))
    own = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(key, SHA256())
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (path := folder / f"{name}.pem").write_bytes(own.public_bytes(Encoding.PEM) + plain)
    return path


@pytest.mark.parametrize("name", ["keys.example", "other.example"])
async def test_the_certificate_is_that_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Over real TLS, at an address that this test alone takes for one on the internet."""
    listener, _ = listen()
    port, hosts = listener.getsockname()[1], list[str]()

    async def keys(request: Request) -> Response:
        hosts.append(request.headers["host"])
        return PlainTextResponse(DOCUMENT)

    own = certificate(tmp_path, name)
    app = Starlette(routes=[Route("/keys", keys)])
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", ssl_certfile=own, ssl_keyfile=own, timeout_keep_alive=600)
    )
    network = Network(monkeypatch, {"keys.example": ["127.0.0.1"]})
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", SENDS)
    monkeypatch.setattr("doorward.transport.may_connect", lambda _, url, address: address == "127.0.0.1")
    monkeypatch.setattr("doorward.transport.trust", lambda: ssl.create_default_context(cafile=own))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"https://keys.example:{port}/keys"
    async with httpx.AsyncClient(transport=Transport(ISSUER)) as client:
        request = client.build_request("GET", url)
        if name == "keys.example":
            assert (await client.send(request)).text == DOCUMENT
            assert hosts == [f"keys.example:{port}"]
        else:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.send(request)
            assert not hosts
    assert not network.sent
    server.should_exit = True
    await task
