"""Clients that others have made sign in through the proxy, at a certified provider as the upstream."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import httpx2
from mcp import Client as SdkClient
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl
from test_idp import provider

from doorward.fastmcp import JWTVerifier
from doorward.testing.person import Person
from proxy_world import CLIENT, Agent, World

API = "https://api.example/"
SCOPES = ["notes:read", "notes:write"]


class Memory(TokenStorage):
    """Of one client."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Sdk(OAuthClientProvider):
    """The SDK's client of an authorization server, with a person in place of the browser."""

    def __init__(self, resource: str) -> None:
        self.memory, self.answer = Memory(), dict[str, str]()
        metadata = OAuthClientMetadata(
            redirect_uris=[AnyUrl(CLIENT)],
            grant_types=["authorization_code", "refresh_token"],
            token_endpoint_auth_method="none",
            client_name="SDK",
        )
        super().__init__(resource, metadata, self.memory, self.go, self.came)

    async def go(self, url: str) -> None:
        self.answer = await Person().visit(url, parse_qs(urlsplit(url).query)["redirect_uri"][0])

    async def came(self) -> AuthorizationCodeResult:
        answer = self.answer
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))


async def test_the_sdk_s_client_signs_in_and_refreshes() -> None:
    async with World().served() as world:
        sdk = Sdk(world.resource)
        async with httpx2.AsyncClient(auth=sdk, trust_env=False) as http:
            async with SdkClient(streamable_http_client(world.resource, http_client=http)) as client:
                assert "workouts.read workouts.write" in str(await client.call_tool("whoami", {}))
                first = sdk.memory.tokens
                sdk.context.token_expiry_time = 1  # by its own clock
                assert "workouts.read workouts.write" in str(await client.call_tool("whoami", {}))
        assert first is not None and sdk.memory.tokens is not None
        assert sdk.memory.tokens.refresh_token != first.refresh_token


async def test_a_certified_provider_is_the_upstream(tmp_path: Path) -> None:
    async with provider(API, "RS256") as issuer, httpx.AsyncClient() as http:
        metadata = (await http.get(f"{issuer}/.well-known/openid-configuration")).json()
        options: dict[str, Any] = {
            "upstream_authorization_endpoint": metadata["authorization_endpoint"],
            "upstream_token_endpoint": metadata["token_endpoint"],
            "upstream_revocation_endpoint": metadata["revocation_endpoint"],
            "upstream_issuer": issuer,
            "upstream_sends_iss": metadata["authorization_response_iss_parameter_supported"],
            "token_verifier": JWTVerifier(jwks_uri=metadata["jwks_uri"], issuer=issuer, audience=API),
            "valid_scopes": SCOPES,
            "upstream_scopes": ["openid", "offline_access"],
            "extra_authorize_params": {"prompt": "consent"},
        }
        world = World(f"sqlite:{tmp_path}/proxy.db", **options)
        document = {
            "redirect_uris": [f"{world.base}/auth/callback"],
            "application_type": "native",
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "client_secret_basic",
        }
        known = (await http.post(metadata["registration_endpoint"], json=document)).json()
        world.options |= {"upstream_client_id": known["client_id"], "upstream_client_secret": known["client_secret"]}
        world.proxy, world.server = world.make()
        async with world.served():
            async with world.signed_in() as caller:
                assert (await caller.call_tool("whoami")).data == f"alice {' '.join(SCOPES)}"
                first = (await caller.call_tool("upstream_token")).data
            agent = Agent(world.base)
            tokens = await agent.tokens()
            # Its access tokens are good for an hour: refreshed shortly before.
            world.clock.ahead += 3600 - 30
            answer = await agent.refresh(tokens["refresh_token"])
            assert answer.status_code == 200
            assert (await agent.call(answer.json()["access_token"])).status_code == 200
            async with world.signed_in() as caller:
                assert (await caller.call_tool("upstream_token")).data != first
            assert (await agent.revoke(answer.json()["access_token"])).status_code == 200
            assert (await agent.call(answer.json()["access_token"])).status_code == 401
