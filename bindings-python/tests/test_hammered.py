"""A server that many clients hammer with wrong keys goes on serving the right ones."""

import asyncio
import contextlib
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastmcp import FastMCP

from doorward import Peppers
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth
from doorward.store import open_store
from hammer import BODY
from run import listen

PEPPERS = Peppers((1, b"p" * 32))
CLIENTS = 64


def _serve(url: str, port: int) -> None:
    resource = f"http://127.0.0.1:{port}/mcp"
    auth = ApiKeyAuth(ApiKeys(open_store(url), PEPPERS), resource=resource)
    server = FastMCP("test", auth=auth)
    server.tool(whoami)
    app = server.http_app(stateless_http=True, json_response=True)
    uvicorn.run(app, port=port, log_level="critical")


async def whoami() -> str:
    return "somebody"


@contextlib.contextmanager
def served(url: str, port: int) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, port), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


@contextlib.contextmanager
def hammered(port: int, addresses: int) -> Iterator[None]:
    script = Path(__file__).with_name("hammer.py")
    process = subprocess.Popen([sys.executable, script, str(port), str(CLIENTS), str(addresses)])  # noqa: S603
    try:
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


async def is_up(http: httpx.AsyncClient) -> None:
    while True:
        with contextlib.suppress(httpx.ConnectError):
            await http.get("/")
            return
        await asyncio.sleep(0.05)


async def rate(http: httpx.AsyncClient, seconds: float = 1.0) -> float:
    """How many requests of a right key are served in a second."""
    served, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        assert (await http.post("/mcp", content=BODY)).status_code == 200
        served += 1
    return served / (time.perf_counter() - began)


@pytest.mark.parametrize("addresses", [1, CLIENTS], ids=["one-address", "many-addresses"])
async def test_right_keys_are_served_while_64_clients_send_wrong_ones(addresses: int) -> None:
    listener, base = listen()
    listener.close()
    port = int(base.rpartition(":")[2])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:{folder}/keys.db"
        key, _ = await ApiKeys(store := open_store(url), PEPPERS).create(owner="ada")
        await store.close()
        headers = {
            "authorization": f"Bearer {key.reveal()}",
            "accept": "application/json, text/event-stream",
            "content-type": "application/json",
        }
        with served(url, port):
            async with httpx.AsyncClient(base_url=base, headers=headers, timeout=30) as http:
                await is_up(http)
                await rate(http, 0.5)
                ratios = []
                # A machine may be busy with other things at either time: one pair of three that shows it is enough.
                for _ in range(3):
                    alone = await rate(http)
                    with hammered(port, addresses):
                        # Until it runs, and each address has used up its attempts.
                        await asyncio.sleep(2)
                        ratios.append(await rate(http) / alone)
                    if ratios[-1] >= 0.5:
                        break
    assert max(ratios) >= 0.5, ratios
