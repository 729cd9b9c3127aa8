"""An issuer in the process: keys, metadata and tokens."""

import base64
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from doorward import arguments
from doorward._core import Provider, authorization_server_metadata_urls

if TYPE_CHECKING:
    import fastmcp

    from doorward.introspection import Introspection

__all__ = ["Form", "Issuer", "connect"]

Form = Literal["rfc9068", "typ_jwt", "scope_list", "scp_list", "scp_text", "no_audience", "id_token"]
"""How a token says what it says: as RFC 9068 wants, or as some issuers do."""

# "server" and "its secret", as in a form, in base64.
_CREDENTIALS = "Basic c2VydmVyOml0cytzZWNyZXQ="

_WITHOUT_TYP = {"cognito", "kubernetes", "okta", "spring"}
"""Providers whose access tokens have no `typ`."""

_ENTRA = "https://login.microsoftonline.com/{tenantid}/v2.0"
"""What Entra calls itself where tokens of several tenants are meant."""

_ALGORITHMS: dict[str, tuple[Callable[[], Any], Any]] = {
    "ES256": (lambda: ec.generate_private_key(ec.SECP256R1()), jwt.algorithms.ECAlgorithm),
    "ES384": (lambda: ec.generate_private_key(ec.SECP384R1()), jwt.algorithms.ECAlgorithm),
    "RS256": (lambda: rsa.generate_private_key(65537, 2048), jwt.algorithms.RSAAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate, jwt.algorithms.OKPAlgorithm),
}


_ARGUMENTS: dict[str, arguments.Kind] = {
    "url": arguments.text,
    "provider": arguments.maybe(arguments.text),
    "parameters": arguments.maybe(arguments.table("a dict of str to str", arguments.text)),
    "tenant": arguments.text,
    "algorithm": arguments.maybe(arguments.one_of(*_ALGORITHMS)),
    "clock": arguments.function,
}


class Issuer:
    """Signs tokens, and publishes its keys to whoever asks by its `client`."""

    def __init__(
        self,
        url: str = "https://issuer.test",
        *,
        provider: str | None = None,
        parameters: Mapping[str, str] | None = None,
        tenant: str = "11111111-2222-3333-4444-555555555555",
        algorithm: Literal["ES256", "ES384", "RS256", "EdDSA"] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create an issuer with one key; as a provider in place of an issuer at `url`, by its name and parameters, and
        of this tenant where there are several. Raises `TypeError` or `ValueError` for what is wrong."""
        arguments.check(locals(), _ARGUMENTS)
        if provider is None and parameters:
            raise ValueError("parameters: there is no provider that they are of")
        self.provider = None if provider is None else arguments.provider_of(provider, parameters)
        self._url = self.token_issuer = url
        place = None
        if self.provider is not None:
            self._url, place = self.provider.issuer(parameters), self.provider.jwks_uri(parameters)
            self.token_issuer = self.provider.token_issuers(parameters)[0]
            if self.provider.tenant_claim is not None:
                self.token_issuer = self.token_issuer.replace(f"{{{self.provider.tenant_claim}}}", tenant)
        self.tenant, self.tenant_claim = tenant, self.provider and self.provider.tenant_claim
        self.jwks_uri = place or f"{self.url.rstrip('/')}/jwks"
        signs = self.provider.algorithms[0] if self.provider else "ES256"
        # The one algorithm with two names (RFC 9864).
        self.algorithm = algorithm or ("EdDSA" if signs == "Ed25519" else signs)
        self.clock = clock
        self.down = False
        """Whether requests to the issuer fail, as if it were down."""
        self.fetches: list[str] = []
        """The URLs that were requested, in order."""
        self.introspection_endpoint = f"{url.rstrip('/')}/introspect"
        self.introspection_status = 200
        """What the endpoint answers with, to those whom it knows."""
        self._opaque: dict[str, dict[str, Any]] = {}
        self._keys: list[tuple[str, Any]] = []
        self.rotate()
        self._client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    @property
    def url(self) -> str:
        """Return its name, for `issuer=` of a server: `https://issuer.test`, or what the provider's parameters say."""
        return self._url

    @property
    def client(self) -> httpx.AsyncClient:
        """Return what answers as the issuer does, without a network: for `client=` of what fetches keys, or asks about
        tokens."""
        return self._client

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
        """Return the `kid` of the key that signs."""
        return self._keys[0][0]

    def metadata(self) -> dict[str, Any]:
        """Return the metadata document (RFC 8414)."""
        issuer = _ENTRA if self._is_entra and self.tenant_claim else self.url
        endpoints = {"jwks_uri": self.jwks_uri, "introspection_endpoint": self.introspection_endpoint}
        return {"issuer": issuer, **endpoints, "response_types_supported": ["code"]}

    def metadata_urls(self) -> list[str]:
        """Return the URLs of the issuer's metadata document, the preferred one first."""
        urls = authorization_server_metadata_urls(self.url, insecure_http_for_development=True)
        return urls[-1:] if self._is_entra else urls

    @property
    def _is_entra(self) -> bool:
        return self.provider is not None and self.provider.name.startswith("entra")

    def jwks(self) -> dict[str, Any]:
        """Return the key set, as the provider writes it."""
        return {"keys": [self._jwk(name, key.public_key()) for name, key in self._keys]}

    def _jwk(self, name: str, key: Any) -> dict[str, Any]:
        jwk: dict[str, Any] = json.loads(_ALGORITHMS[self.algorithm][1].to_jwk(key))
        jwk |= {"use": "sig", "kid": name, "alg": self.algorithm}
        if self._is_entra:
            del jwk["alg"]
            if self.token_issuer.endswith("/v2.0"):
                jwk["issuer"] = _ENTRA if self.tenant_claim else self.url
        if self.provider is not None and "modulus_leading_zero" in self.provider.relaxations:
            number = base64.urlsafe_b64decode(jwk["n"] + "==")
            jwk["n"] = base64.urlsafe_b64encode(b"\0" + number).rstrip(b"=").decode()
        return jwk

    def _answer(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.fetches.append(url)
        if self.down:
            raise httpx.ConnectError("the issuer is down")
        if url == self.introspection_endpoint:
            return self._introspect(request)
        if url == self.jwks_uri:
            return httpx.Response(200, json=self.jwks())
        return httpx.Response(200, json=self.metadata()) if url in self.metadata_urls() else httpx.Response(404)

    def _introspect(self, request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or request.headers.get("authorization") != _CREDENTIALS:
            return httpx.Response(401, json={"error": "invalid_client"})
        if self.introspection_status != 200:
            return httpx.Response(self.introspection_status)
        token = httpx.QueryParams(request.content.decode())["token"]
        said = self._opaque.get(token, {"active": False})
        is_over = said.get("exp", self.clock() + 1) <= self.clock()
        return httpx.Response(200, json={"active": False} if is_over else said)

    def introspection(self, **options: Any) -> "Introspection":
        """Return the settings by which a server introspects opaque tokens at this issuer; the options are those of
        `doorward.introspection.Introspection`."""
        from doorward.introspection import Introspection

        named = {"client_id": "server", "client_secret": "its secret"} | options
        return Introspection(self.introspection_endpoint, client=self.client, **named)

    def opaque_token(self, audience: str | list[str], scopes: str = "", *, expires_in: int = 600, **claims: Any) -> str:
        """Return an opaque token for an audience with these scopes, about which the issuer can be asked, and says
        otherwise what `claims` do; a value of `None` leaves one out."""
        now, token = int(self.clock()), f"opaque-{uuid.uuid4().hex}"
        said = {
            "active": True,
            "token_type": "Bearer",
            "iss": self.url,
            "aud": audience,
            "sub": "alice",
            "client_id": "client",
            "iat": now,
            "exp": now + expires_in,
            "scope": scopes,
        }
        self._opaque[token] = {name: value for name, value in (said | claims).items() if value is not None}
        return token

    def revoke(self, token: str) -> None:
        """Revoke an opaque token: it is not active any more."""
        del self._opaque[token]

    def token(
        self,
        audience: str | list[str],
        scopes: str = "",
        *,
        form: Form | None = None,
        expires_in: int = 600,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a token for an audience with these scopes, or one that is wrong in what `claims` and `header` say.

        It has the provider's form, or that of RFC 9068, if none is named. A value of `None` leaves a claim or a header
        parameter out. The subject is `alice`, the client `client`, unless `claims` say otherwise.
        """
        now = int(self.clock())
        said: dict[str, Any] = {
            "iss": self.token_issuer,
            "aud": audience,
            "sub": "alice",
            "client_id": "client",
            "iat": now,
            "exp": now + expires_in,
            "jti": uuid.uuid4().hex,
            "scope": scopes,
        }
        identity = {"scope": None, "client_id": None, "nonce": "n", "at_hash": "h", "c_hash": "h", "auth_time": now}
        forms: dict[Form, dict[str, Any]] = {
            "rfc9068": {},
            "typ_jwt": {},
            "scope_list": {"scope": scopes.split()},
            "scp_list": {"scope": None, "scp": scopes.split()},
            "scp_text": {"scope": None, "scp": scopes},
            "no_audience": {"aud": None},
            "id_token": identity,
        }
        typ: str | None = "at+jwt" if form in ("rfc9068", None) else "JWT"
        if form is None and self.provider is not None:
            said |= _of_provider(self.provider, scopes) | {"nbf": now}
            if self.tenant_claim is not None:
                said[self.tenant_claim] = self.tenant
            typ = "JWT" if "typ_jwt_or_absent" in self.provider.relaxations else typ
            typ = None if self.provider.name in _WITHOUT_TYP else typ
        return self.sign(said | forms[form or "rfc9068"] | claims, {"typ": typ} | (header or {}))

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None, *, key: Any = None) -> str:
        """Return these claims, signed; those that are `None` are left out, and header parameters too."""
        payload = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
        headers = {"kid": self.key_id} | (header or {})
        # Without `typ` at all, PyJWT writes its own.
        headers = {name: value for name, value in headers.items() if value is not None or name == "typ"}
        return jwt.PyJWS().encode(payload, key or self.key, algorithm=self.algorithm, headers=headers)


def _of_provider(provider: Provider, scopes: str) -> dict[str, Any]:
    """Return how a provider says what a token says: scopes, client, audience, and what only access tokens have."""
    said: dict[str, Any] = {"scope": None, "client_id": None, provider.client_claim: "client"}
    source = provider.scope_source
    if source == "scope" or (source == "scp" and "scp_text" in provider.relaxations):
        said[source] = scopes or None
    else:
        said[source.removesuffix("_list")] = scopes.split()
    if provider.binding == "client":
        said["aud"] = None
    elif provider.audience is not None:
        said["aud"] = provider.audience
    for rule, name, *others in provider.kind:
        if rule == "is":
            said[name] = others[0]
        elif rule == "has_one_of" and all(said.get(each) is None for each in (name, *others)):
            said[others[-1]] = ["role"]
        elif rule == "has" and name not in ("jti", "nbf"):
            # Those that demand the claim of the scopes have it without any, too.
            missing = "" if name == source else "x"
            said[name] = missing if said.get(name) is None else said[name]
    return said


@asynccontextmanager
async def connect(
    server: "fastmcp.FastMCP[Any]", token: str | None = None, url: str = "https://mcp.test/mcp"
) -> "AsyncIterator[fastmcp.Client[Any]]":
    """Yield a client of a FastMCP server that sends this token, by HTTP without a network."""
    try:
        import httpx2
        from fastmcp import Client
        from fastmcp.client.transports import StreamableHttpTransport
    except ImportError as error:
        raise ModuleNotFoundError("doorward.testing.connect: pip install 'doorward[fastmcp,testing]'") from error

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
