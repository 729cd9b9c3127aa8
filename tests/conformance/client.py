"""client.py URL: signs in at a server of the conformance suite, lists its tools and calls the first."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings-python/demo"))

from fastmcp import Client
from fastmcp.client.auth import ClientCredentialsOAuthProvider, PrivateKeyJWTOAuthProvider, SignedJWTParameters

from run import HeadlessOAuth

SCENARIO = os.environ["MCP_CONFORMANCE_SCENARIO"]
CONTEXT = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
VERSION = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
DOCUMENT = "https://conformance-test.local/client-metadata.json"


def auth(url: str) -> Any:
    if SCENARIO == "auth/client-credentials-basic":
        return ClientCredentialsOAuthProvider(
            url, client_id=CONTEXT["client_id"], client_secret=CONTEXT["client_secret"]
        )
    if SCENARIO == "auth/client-credentials-jwt":
        client_id = CONTEXT["client_id"]
        signed = SignedJWTParameters(
            issuer=client_id,
            subject=client_id,
            signing_algorithm=CONTEXT.get("signing_algorithm", "ES256"),
            signing_key=CONTEXT["private_key_pem"],
        )
        return PrivateKeyJWTOAuthProvider(
            url, client_id=client_id, assertion_provider=signed.create_assertion_provider()
        )
    if "client_id" in CONTEXT:
        how = {"token_endpoint_auth_method": "client_secret_basic"}
        credentials = {name: CONTEXT[name] for name in ("client_id", "client_secret", "issuer")}
        return HeadlessOAuth(additional_client_metadata=how, **credentials)
    return HeadlessOAuth(client_metadata_url=DOCUMENT)


async def main() -> None:
    url = sys.argv[-1]
    mode: Any = "legacy" if VERSION < "2026" else VERSION
    async with Client(url, auth=auth(url), mode=mode) as client:
        tools = await client.list_tools()
        await client.call_tool(tools[0].name, {})


asyncio.run(main())
