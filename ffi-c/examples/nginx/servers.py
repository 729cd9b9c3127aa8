"""What stands around nginx: the issuer's application, and an MCP server that believes what nginx tells it."""

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

from fastmcp import Client, FastMCP
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server.dependencies import get_http_request
from process import HERE, NGINX

sys.path.insert(0, str(HERE.parents[2] / "bindings-python" / "demo"))

from run import serve

RESOURCE = f"{NGINX}/mcp"


class KeyEndpoint:
    """The issuer's application, which counts how often its keys are asked for and may keep those who ask waiting."""

    def __init__(self, app: Any) -> None:
        self.app, self.asked, self.open = app, 0, asyncio.Event()
        self.open.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/jwks.json":
            self.asked += 1
            await self.open.wait()
        await self.app(scope, receive, send)

    def answer(self) -> None:
        """Answers those who wait, and nobody who comes later."""
        self.open.set()
        self.open.clear()


@contextlib.asynccontextmanager
async def served(app: Any, url: str) -> AsyncIterator[None]:
    """An application at a fixed port."""
    listener = socket.create_server(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    async with serve(app, listener):
        yield
    listener.close()


def mcp_server() -> FastMCP:
    """An MCP server that believes what nginx tells it."""
    mcp = FastMCP("notes")

    @mcp.tool
    def whoami() -> dict[str, str | None]:
        """Say who is calling."""
        names = ("x-subject", "x-client", "x-scope", "x-tenant", "x-evil", "authorization")
        headers = get_http_request().headers
        return {name: headers.get(name) for name in names}

    return mcp


async def whoami(by: Any) -> dict[str, str | None]:
    """What the tool answers to a caller, given a token, an OAuth client or a transport."""
    async with Client(by) if isinstance(by, StreamableHttpTransport) else Client(RESOURCE, auth=by) as client:
        return json.loads((await client.call_tool("whoami")).content[0].text)
