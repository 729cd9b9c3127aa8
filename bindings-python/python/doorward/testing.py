"""An issuer in the process, to test a protected server without a network.

```python
pytest_plugins = "doorward.testing"  # in conftest.py


async def test_notes(issuer):
    auth = RemoteOAuth(issuer=issuer.url, resource="https://mcp.test/mcp", scopes="notes:read", client=issuer.client)
    server = FastMCP("notes", auth=auth)
    async with connect(server, issuer.token("https://mcp.test/mcp", "notes:read")) as client:
        await client.list_tools()
```
"""

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

try:
    import httpx
    import jwt
    import pytest
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.testing: pip install 'doorward[testing]'") from error

from doorward._core import authorization_server_metadata_urls

if TYPE_CHECKING:
    import fastmcp

__all__ = ["Form", "Issuer", "connect"]

Form = Literal["rfc9068", "typ_jwt", "scope_list", "scp_list", "scp_text", "no_audience", "id_token"]
"""How a token says what it says: as RFC 9068 wants, or as some issuers do."""

_ALGORITHMS: dict[str, tuple[Callable[[], Any], Any]] = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), jwt.algorithms.ECAlgorithm),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), jwt.algorithms.RSAAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, jwt.algorithms.OKPAlgorithm),
}


class Issuer:
    """Signs tokens, and publishes its keys to whoever asks by its `client`."""

    def __init__(
        self,
        url: str = "https://issuer.test",
        *,
        algorithm: Literal["ES256", "RS256", "EdDSA"] = "ES256",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create it with one key."""
        self.url = url
        self.jwks_uri = f"{url.rstrip('/')}/jwks"
        self.algorithm = algorithm
        self.clock = clock
        self.down = False
        """Whether it cannot be reached."""
        self.fetches: list[str] = []
        """The URLs that were asked for."""
        self._keys: list[tuple[str, Any]] = []
        self.rotate()
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        """For `client=` of what fetches keys."""

    def rotate(self, keep: int = 0) -> None:
        """Sign with a new key from now on, and publish so many of the old ones beside it."""
        new = f"key-{uuid.uuid4().hex[:8]}", _ALGORITHMS[self.algorithm][0]()
        self._keys = [new, *self._keys[:keep]]

    @property
    def key(self) -> Any:
        """Return the private key that signs, of `cryptography`."""
        return self._keys[0][1]

    @property
    def key_id(self) -> str:
        """Return its name."""
        return self._keys[0][0]

    def metadata(self) -> dict[str, Any]:
        """Return the metadata document (RFC 8414)."""
        return {"issuer": self.url, "jwks_uri": self.jwks_uri, "response_types_supported": ["code"]}

    def jwks(self) -> dict[str, Any]:
        """Return the key set."""
        _, algorithm = _ALGORITHMS[self.algorithm]
        each = {"alg": self.algorithm, "use": "sig"}
        return {
            "keys": [json.loads(algorithm.to_jwk(key.public_key())) | each | {"kid": kid} for kid, key in self._keys]
        }

    def _answer(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.fetches.append(url)
        if self.down:
            raise httpx.ConnectError("the issuer is down")
        if url == self.jwks_uri:
            return httpx.Response(200, json=self.jwks())
        known = url in authorization_server_metadata_urls(self.url)
        return httpx.Response(200, json=self.metadata()) if known else httpx.Response(404)

    def token(
        self,
        audience: str | list[str],
        scopes: str = "",
        *,
        form: Form = "rfc9068",
        expires_in: int = 600,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a token for an audience with these scopes, or one that is wrong in what `claims` and `header` say.

        A value of `None` leaves a claim out.
        """
        now = int(self.clock())
        said: dict[str, Any] = {
            "iss": self.url,
            "aud": audience,
            "sub": "alice",
            "client_id": "client",
            "iat": now,
            "exp": now + expires_in,
            "jti": uuid.uuid4().hex,
            "scope": scopes,
        }
        forms: dict[Form, dict[str, Any]] = {
            "rfc9068": {},
            "typ_jwt": {},
            "scope_list": {"scope": scopes.split()},
            "scp_list": {"scope": None, "scp": scopes.split()},
            "scp_text": {"scope": None, "scp": scopes},
            "no_audience": {"aud": None},
            "id_token": {"scope": None, "client_id": None, "aud": "client", "nonce": "n", "auth_time": now},
        }
        typ = "at+jwt" if form == "rfc9068" else "JWT"
        return self.sign(said | forms[form] | claims, {"typ": typ} | (header or {}))

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None, *, key: Any = None) -> str:
        """Return these claims, signed; those that are `None` are left out."""
        payload = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
        headers = {"kid": self.key_id} | (header or {})
        return jwt.PyJWS().encode(payload, key or self.key, algorithm=self.algorithm, headers=headers)


@asynccontextmanager
async def connect(
    server: "fastmcp.FastMCP[Any]", token: str | None = None, url: str = "https://mcp.test/mcp"
) -> "AsyncIterator[fastmcp.Client[Any]]":
    """Yield a client of a FastMCP server that sends this token, by HTTP without a network."""
    import httpx2
    from fastmcp import Client
    from fastmcp.client.transports import StreamableHttpTransport

    app = server.http_app(path=httpx2.URL(url).path, stateless_http=True, json_response=True)

    def http(*_: Any, **options: Any) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), **options)

    factory: Any = http
    transport = StreamableHttpTransport(url, auth=token, httpx_client_factory=factory)
    failure: Exception | None = None
    async with app.router.lifespan_context(app):
        try:
            async with Client(transport) as client:
                yield client
        except Exception as error:
            # The server's task group would make a group of it.
            failure = error
    if failure is not None:
        raise failure


@pytest.fixture
def issuer() -> Issuer:
    """An issuer at https://issuer.test."""
    return Issuer()
