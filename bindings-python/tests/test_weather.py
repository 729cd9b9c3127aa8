"""The example `weather`, as its README runs it: a shell, a server that is a process, and FastMCP's client."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastmcp import Client
from fastmcp.client.auth import BearerAuth
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.exceptions import ToolError

from conftest import ROOT
from doorward import ApiKey
from ports import reserved

WEATHER = ROOT / "bindings-python/examples/weather"


class Shop:
    """The folder of somebody who follows the README."""

    def __init__(self, folder: Path) -> None:
        self.held, port = reserved()
        self.base, self.folder = f"http://127.0.0.1:{port}", folder
        self.environment = os.environ | {
            "PORT": str(port),
            "DOORWARD_STORE": "sqlite:keys.db",
            "DOORWARD_PEPPERS": "peppers",
        }

    def run(self, line: str) -> str:
        command = [sys.executable, "-m", *line.split()]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)  # noqa: S603
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    @asynccontextmanager
    async def server(self, **environment: str) -> AsyncIterator[Path]:
        command = [sys.executable, str(WEATHER / "weather.py")]
        log = self.folder / "log"
        with log.open("w") as file:
            process = subprocess.Popen(  # noqa: ASYNC220, S603
                command, cwd=self.folder, env=self.environment | environment, stdout=file, stderr=file
            )
        try:
            async with httpx.AsyncClient() as http:
                while True:
                    assert process.poll() is None, log.read_text()
                    try:
                        await http.get(f"{self.base}/mcp")
                        break
                    except httpx.ConnectError:
                        await anyio.sleep(0.05)
            yield log
        finally:
            process.terminate()
            process.wait(60)


async def test_the_readme_of_the_weather_works(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    lines = re.findall(r"^doorward (keys .*)$", (WEATHER / "README.md").read_text(), re.M)
    assert len(lines) == 2
    shop.run(f"doorward {lines[0]}")
    key = shop.run(f"doorward {lines[1]}")
    other = shop.run(f"doorward {lines[1]} --scope history")
    seen: list[Any] = []
    async with shop.server() as log:
        async with Client(StreamableHttpTransport(f"{shop.base}/mcp", headers={"X-API-Key": key})) as client:
            assert [tool.name for tool in await client.list_tools()] == ["forecast"]
            seen += [found := (await client.call_tool("forecast", {"city": "Tokyo"})).data]
            assert found == ["sun, 17 C", "sun, 18 C", "cloud, 15 C"]
            with pytest.raises(ToolError, match="no such city") as caught:
                await client.call_tool("forecast", {"city": "Atlantis"})
            seen.append(caught.value)
        async with Client(f"{shop.base}/mcp", auth=BearerAuth(other)) as client:
            assert (await client.call_tool("history", {"city": "Nairobi"})).data == [25, 26, 26, 27, 25]
        async with httpx.AsyncClient(base_url=shop.base) as http:

            async def call(key: str, tool: str) -> httpx.Response:
                params = {"name": tool, "arguments": {"city": "Tokyo"}}
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
                return await http.post("/mcp", json=body, headers={"authorization": f"Bearer {key}"})

            poor = await call(key, "history")
            assert poor.status_code == 403 and 'scope="read history"' in poor.headers["www-authenticate"]
            wrong = await call(ApiKey.mint("weather", b"w" * 32).reveal(), "forecast")
            assert wrong.status_code == 401
            # The command is another process, and the server is told within five seconds; more is the machine's.
            shop.run(f"doorward keys revoke {ApiKey.parse(other).id}")
            with anyio.fail_after(5 + 25):
                while (refused := await call(other, "forecast")).status_code != 401:  # noqa: ASYNC110
                    await anyio.sleep(0.2)
            seen += [each.text for each in (poor, wrong, refused)]
            while (over := await call(key, "history")).status_code == 403:
                pass
            assert over.status_code == 429 and int(over.headers["retry-after"]) > 0
        logged = log.read_text()
        assert "upstream-5f2d" not in repr(seen) + logged and key not in logged and other not in logged


async def test_the_key_of_the_service_is_not_shown_when_it_is_wrong(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.run("doorward keys pepper peppers")
    key = shop.run("doorward keys create --scope read")
    async with shop.server(WEATHER_KEY="upstream-old") as log:
        async with Client(f"{shop.base}/mcp", auth=BearerAuth(key)) as client:
            with pytest.raises(ToolError, match="does not answer") as caught:
                await client.call_tool("forecast", {"city": "Tokyo"})
        assert "upstream-old" not in str(caught.value) + log.read_text()
