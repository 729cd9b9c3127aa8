"""A small OAuth issuer for demonstrations and tests: FastMCP's in-memory authorization server, whose access tokens are
made into signed JWTs (RFC 9068) here. Registration, PKCE, codes and metadata are FastMCP's and the MCP SDK's."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from fastmcp.server.auth.providers.in_memory import InMemoryOAuthProvider
from mcp.server.auth.provider import AuthorizationCode, AuthorizationParams
from mcp.server.auth.settings import ClientRegistrationOptions
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

LIFETIME = 600


class Issuer(InMemoryOAuthProvider):
    """Issues ES256 access tokens for the resource that the client asked for."""

    def __init__(self, base_url: str, scopes: list[str], clock: Callable[[], float] = time.time) -> None:
        super().__init__(
            base_url=base_url,
            client_registration_options=ClientRegistrationOptions(
                enabled=True, valid_scopes=scopes, default_scopes=scopes
            ),
        )
        self.issuer = str(self.base_url)
        self.clock = clock
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.key_id = "demo-1"
        self.scopes = scopes
        self._resources: dict[str, str | None] = {}

    def app(self) -> Starlette:
        """The issuer as a web application."""
        return Starlette(routes=[Route(METADATA, self._metadata), Route("/jwks.json", self._jwks), *self.get_routes()])

    async def _metadata(self, _: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}authorize",
                "token_endpoint": f"{self.issuer}token",
                "registration_endpoint": f"{self.issuer}register",
                "jwks_uri": f"{self.issuer}jwks.json",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _jwks(self, _: Request) -> JSONResponse:
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [public | {"kid": self.key_id, "alg": "ES256", "use": "sig"}]})

    async def register_client(self, client_info: OAuthClientInformationFull) -> None:
        """Let every client ask for more scopes later."""
        client_info.scope = " ".join(self.scopes)
        await super().register_client(client_info)

    async def authorize(self, client: OAuthClientInformationFull, params: AuthorizationParams) -> str:
        """Approve at once, and remember which resource was asked for (RFC 8707)."""
        redirect = await super().authorize(client, params)
        code = parse_qs(urlsplit(redirect).query)["code"][0]
        self._resources[code] = params.resource
        return redirect

    async def exchange_authorization_code(
        self, client: OAuthClientInformationFull, authorization_code: AuthorizationCode
    ) -> OAuthToken:
        """Give a JWT in place of the opaque token."""
        token = await super().exchange_authorization_code(client, authorization_code)
        claims = self.claims(
            aud=self._resources.pop(authorization_code.code), client_id=client.client_id, scope=token.scope or ""
        )
        return token.model_copy(update={"access_token": self.sign(claims), "expires_in": LIFETIME})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good token, changed; a value of `None` leaves the claim out."""
        now = int(self.clock())
        claims = {"iss": self.issuer, "sub": "alice", "iat": now, "exp": now + LIFETIME, "jti": uuid.uuid4().hex}
        return {name: value for name, value in (claims | changes).items() if value is not None}

    def sign(self, claims: dict[str, Any] | str, *, key: Any = None, algorithm: str = "ES256", **header: Any) -> str:
        """Sign claims, or the very text given."""
        payload = claims if isinstance(claims, str) else json.dumps(claims)
        headers = {"typ": "at+jwt", "kid": self.key_id} | header
        return jwt.PyJWS().encode(payload.encode(), key or self.key, algorithm=algorithm, headers=headers)


METADATA = "/.well-known/oauth-authorization-server"
