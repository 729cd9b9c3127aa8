"""API keys: `weather`, the command that makes keys, and a client that has one."""

import asyncio
import os
import sys
import tempfile

import httpx
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from doorward import ApiKey
from run import Table, example, listen, serve

WHEN = "your callers are programs, or have no account anywhere: you give each of them a key"


async def main() -> int:
    """Show the way, and return how much was wrong."""
    listener, base = listen()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"DOORWARD_STORE": f"sqlite:{folder}/keys.db", "DOORWARD_PEPPERS": f"{folder}/peppers"}

        async def doorward(*arguments: str) -> str:
            print(f"$ doorward {' '.join(arguments)}")
            command = (sys.executable, "-m", "doorward", *arguments)
            process = await asyncio.create_subprocess_exec(
                *command, env=os.environ | settings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
            )
            printed, _ = await process.communicate()
            if process.returncode:
                raise SystemExit(f"doorward failed with {process.returncode}")
            return printed.decode().strip()

        await doorward("keys", "pepper", settings["DOORWARD_PEPPERS"])
        make = "keys", "create", "--scope", "read", "--prefix", "weather", "--owner"
        ada, eve, new = [await doorward(*make, owner) for owner in ("ada", "eve", "bob")]
        await doorward("keys", "revoke", ApiKey.parse(eve).id)
        print(f"  {ada[:27]}...\n")
        weather = example("weather", PORT=base.rpartition(":")[2], **settings)
        async with serve(weather.app, listener):
            wrong = await _show(base, ada, eve, new)
        await weather.keys.close()
    return wrong


async def _show(base: str, ada: str, eve: str, new: str) -> int:
    async with Client(StreamableHttpTransport(f"{base}/mcp", headers={"X-API-Key": ada})) as client:
        tokyo = (await client.call_tool("forecast", {"city": "Tokyo"})).data
    print(f"ada, by a key in a header of its own, is told:  {tokyo}\n")
    table = Table()
    table.wrong += not tokyo
    async with httpx.AsyncClient(timeout=600, headers={"accept": "application/json, text/event-stream"}) as http:

        async def post(tool: str = "forecast", query: str = "", **headers: str) -> httpx.Response:
            params = {"name": tool, "arguments": {"city": "Tokyo"}}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await http.post(f"{base}/mcp{query}", json=body, headers=sent)

        async def ask(name: str, status: int, **request: str) -> None:
            answer = await post(**request)
            received = answer.headers.get("www-authenticate", "").partition(", error_description")[0]
            table.row(name, answer, status, received=received or f"retry-after: {answer.headers.get('retry-after')}")

        unknown = ApiKey.mint("weather", bytes(32)).reveal()
        await ask("no key", 401)
        await ask("a key that was revoked", 401, x_api_key=eve)
        await ask("a key that was never made", 401, x_api_key=unknown)
        await ask("one digit changed", 401, x_api_key=ada[:-1] + ("0" if ada[-1] != "0" else "1"))
        await ask("half a key", 401, x_api_key=ada[:50])
        await ask("a key in the query", 401, query=f"?api_key={ada}")
        await ask("two keys", 400, x_api_key=ada, authorization=f"Bearer {ada}")
        await ask("a good key, without the scope of a tool", 403, tool="history", x_api_key=ada)
        for _ in range(40):
            # One attempt is given back every six seconds.
            last = await post(x_api_key=unknown)
            if int(last.headers.get("retry-after", 0)) > 3:
                break
        last = await post(x_api_key=new)
        received = f"retry-after: {last.headers.get('retry-after')}"
        table.row("whoever tried too often, with a new key", last, 429, received=received)
    return table.wrong
