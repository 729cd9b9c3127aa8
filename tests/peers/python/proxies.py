"""The CPU that an OAuth proxy adds to a request of a live FastMCP server, in one process: FastMCP's and ours, each with
a user who has signed in, a store in memory, and an upstream whose token is fresh."""

import asyncio
import contextlib
import json
import logging
import secrets
import time

from fastmcp.server.auth.oauth_proxy import OAuthProxy as Theirs
from fastmcp.server.auth.oauth_proxy.models import JTIMapping, UpstreamTokenSet
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from key_value.aio.stores.memory import MemoryStore
from live import SAMPLES_IN_MEMORY, in_memory, measure, server

from doorward.fastmcp import OAuthProxy
from doorward.oauth_proxy.grant import Grant, UpstreamToken

logging.disable()
HOUR = 3600
SETTINGS = {
    "upstream_authorization_endpoint": "https://fit.example/authorize",
    "upstream_token_endpoint": "https://fit.example/token",
    "upstream_client_id": "proxy",
    "upstream_client_secret": secrets.token_hex(16),
    "base_url": "https://mcp.example",
    "valid_scopes": ["read"],
}


async def ours():
    """A server behind our proxy, and a token for it."""
    proxy, now, family = OAuthProxy(**SETTINGS, client_storage="memory:"), int(time.time()), secrets.token_bytes(16)
    app = server(proxy)
    await proxy._keys.ready()
    grant = Grant(
        client_id="client",
        subject="alice",
        scope="read",
        code_hash="",
        code=b"-",
        upstream=UpstreamToken("upstream", "refresh", now + HOUR, now + HOUR - 60),
        ends_at=now + 24 * HOUR,
        kept_until=now + 24 * HOUR,
        claims={"sub": "alice", "email": "alice@example.com"},
    )
    await proxy._verifier._grants.put(family, grant)
    return app, json.loads(proxy._tokens._response(family, grant, "read", None, now))["access_token"]


async def theirs():
    """A server behind FastMCP's proxy, which looks the upstream's token up by a table: the least that it may cost."""
    verifier = StaticTokenVerifier({"upstream": {"client_id": "proxy", "sub": "alice", "scopes": ["read"]}})
    proxy, now = Theirs(**SETTINGS, client_storage=MemoryStore(), token_verifier=verifier), time.time()
    app = server(proxy)
    tokens = UpstreamTokenSet(
        upstream_token_id="upstream",
        access_token="upstream",
        refresh_token="refresh",
        refresh_token_expires_at=now + 24 * HOUR,
        expires_at=now + HOUR,
        token_type="Bearer",
        scope="read",
        client_id="client",
        created_at=now,
        raw_token_data={},
    )
    await proxy._upstream_token_store.put(key="upstream", value=tokens)
    mapping = JTIMapping(jti="jti", upstream_token_id="upstream", created_at=now)
    await proxy._jti_mapping_store.put(key="jti", value=mapping)
    token = proxy.jwt_issuer.issue_access_token(client_id="client", scopes=["read"], jti="jti", expires_in=HOUR)
    return app, token


async def main() -> None:
    """Measure both, beside a server without authentication."""
    who = {
        "no auth": (server(None), ""),
        "doorward OAuthProxy": await ours(),
        "FastMCP OAuthProxy": await theirs(),
    }
    async with contextlib.AsyncExitStack() as stack:
        requests = {}
        for name, (app, token) in who.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            requests[name] = in_memory(app, token), time.thread_time_ns
        await measure("live/proxy", requests, SAMPLES_IN_MEMORY)


if __name__ == "__main__":
    asyncio.run(main())
