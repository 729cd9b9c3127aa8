"""Open to everybody: `tracker`, bounded by how much one client may ask."""

import httpx
from fastmcp import Client

from run import Table, example, listen, serve

WHEN = "nothing there is anybody's: everybody may come in, and no one may ask too much"


async def main() -> int:
    """Show the way, and return how much was wrong."""
    listener, base = listen()
    tracker = example("tracker", PORT=base.rpartition(":")[2])
    async with serve(tracker.app, listener):
        return await _show(base)


async def _show(base: str) -> int:
    where = {"satellite": "ISS", "at": "2019-12-09T20:42:09Z"}
    async with Client(f"{base}/mcp") as client:
        found = (await client.call_tool("position", where)).data
        again = (await client.call_tool("position", where)).data
    print(f"Anybody is told:  {found}\n")
    table = Table()
    table.wrong += found != again or not found
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "position", "arguments": where}}

    def left(answer: httpx.Response) -> str:
        return f"ratelimit: {answer.headers['ratelimit']}; retry-after: {answer.headers.get('retry-after', '-')}"

    headers = {"accept": "application/json, text/event-stream"}
    async with httpx.AsyncClient(timeout=600, headers=headers) as http:
        number = 0
        while number < 12:
            number += 1
            answer = await http.post(f"{base}/mcp", json=body)
            if answer.status_code == 429:
                break
        table.row(f"its position no. {number} at once", answer, 429, received=left(answer), logged=False)
        page = {"origin": "https://page.example", "access-control-request-method": "POST"}
        preflight = await http.options(
            f"{base}/mcp", headers=page | {"access-control-request-headers": "mcp-session-id"}
        )
        received = f"allowed for {preflight.headers.get('access-control-allow-origin')}"
        table.row("a web page asks whether it may ask", preflight, 200, received=received, logged=False)
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
    async with httpx.AsyncClient(timeout=600, headers=headers, transport=elsewhere) as http:
        answer = await http.post(f"{base}/mcp", json=body)
        table.row("somebody else, meanwhile", answer, 200, received=left(answer), logged=False)
    return table.wrong
