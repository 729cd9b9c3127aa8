"""client.py URL: signs in at a server of the conformance suite, lists its tools and calls the first."""

import asyncio
import json
import os
import secrets
import sys
import time
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from fastmcp import Client

from doorward import client_assertion
from doorward.client import HeadlessBrowser, OAuth

SCENARIO = os.environ["MCP_CONFORMANCE_SCENARIO"]
CONTEXT = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
VERSION = os.environ.get("MCP_CONFORMANCE_PROTOCOL_VERSION", "2025-11-25")
DOCUMENT = "https://conformance-test.local/client-metadata.json"


def sign(client_id: str, issuer: str) -> str:
    key: Any = load_pem_private_key(CONTEXT["private_key_pem"].encode(), None)
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    fresh = {"jwt_id": secrets.token_hex(16), "now": int(time.time()), "lifetime": 60}
    return client_assertion("ES256", secret, client_id=client_id, audience=issuer, **fresh)


def options() -> dict[str, Any]:
    names = ("client_id", "client_secret", "issuer")
    # The suite gives secrets without the issuer that they are for.
    known: dict[str, Any] = {"trusts_first_issuer": True} | {name: CONTEXT[name] for name in names if name in CONTEXT}
    if SCENARIO == "auth/client-credentials-jwt":
        return known | {"client_credentials": True, "auth_method": "private_key_jwt", "sign": sign}
    if SCENARIO == "auth/client-credentials-basic":
        return known | {"client_credentials": True}
    return known | {"browser": HeadlessBrowser(), "client_document": DOCUMENT, "client_name": "conformance"}


async def main() -> None:
    url = sys.argv[-1]
    mode: Any = "legacy" if VERSION < "2026" else VERSION
    async with Client(url, auth=OAuth(url, **options()), mode=mode) as client:
        tools = await client.list_tools()
        await client.call_tool(tools[0].name, {})


asyncio.run(main())
