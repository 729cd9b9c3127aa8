"""The Swift example server, tried with FastMCP's own client: the right caller gets in, every wrong one does not.

Everything is real and on this machine, as in `bindings-python/demo`, whose issuer and wrong callers these are.
"""

import asyncio
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from fastmcp import Client

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings-python/demo"))

from issuer import Issuer  # noqa: E402
from remote import hostile  # noqa: E402
from run import HeadlessOAuth, listen, serve  # noqa: E402

SCOPES = ["notes:read", "notes:write"]

# Seconds after which something hangs, on however busy a machine.
PATIENCE = 300


def reserved() -> tuple[socket.socket, str]:
    """A port of this machine that nobody else is given as long as the socket lives, and its base URL.

    Bound, and not listening: nobody answers there but a server that is told of the port and reuses the address.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held, f"http://127.0.0.1:{held.getsockname()[1]}"


async def answers(url: str) -> None:
    """Wait until the server answers."""
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if (await http.get(url)).status_code < 500:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise TimeoutError(url)


async def unavailable(program: list[str]) -> bool:
    """Where the issuer cannot be reached, a token gets 503, and is not told to start over."""
    (nobody, issuer_url), (held, server_url) = reserved(), reserved()
    issuer = Issuer(issuer_url, SCOPES)
    token = issuer.sign(issuer.claims(aud=f"{server_url}/mcp"))
    with subprocess.Popen([*program, server_url.rsplit(":", 1)[1], issuer.issuer], stderr=subprocess.DEVNULL) as server:  # noqa: ASYNC220
        try:
            await answers(f"{server_url}/.well-known/oauth-protected-resource/mcp")
            async with httpx.AsyncClient(timeout=PATIENCE) as http:
                response = await http.post(f"{server_url}/mcp", headers={"authorization": f"Bearer {token}"})
        finally:
            server.terminate()
            nobody.close()
            held.close()
    print(f"{'the issuer cannot be reached':42} {response.status_code} {dict(response.headers)}")
    return response.status_code == 503 and "retry-after" in response.headers


async def main(program: list[str]) -> int:
    """Run the server and its callers."""
    issuer_socket, issuer_url = listen()
    held, server_url = reserved()
    issuer, resource = Issuer(issuer_url, SCOPES), f"{server_url}/mcp"
    wrong = []
    async with serve(issuer.app(), issuer_socket):
        arguments = [*program, server_url.rsplit(":", 1)[1], issuer.issuer]
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as server:  # noqa: ASYNC220
            try:
                await answers(f"{server_url}/.well-known/oauth-protected-resource/mcp")
                async with Client(resource, auth=HeadlessOAuth(scopes=SCOPES)) as client:
                    answer = (await client.call_tool("whoami")).content[0].text
                    print(f"the right caller: {answer}")
                    if not answer.startswith("alice by way of "):
                        wrong.append(answer)
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
                async with httpx.AsyncClient(timeout=PATIENCE) as http:
                    for name, expected, headers in hostile(issuer, resource, SCOPES):
                        # Every request requires the first scope, and `forget` the other one too.
                        if name == "good, but lacks a scope":
                            body = body | {"method": "tools/call", "params": {"name": "forget", "arguments": {}}}
                        response = await http.post(resource, json=body, headers=headers)
                        challenge = response.headers.get("www-authenticate", "-")
                        challenged = f'resource_metadata="{server_url}/.well-known/' in challenge
                        good = response.status_code == expected and challenged == (expected in (400, 401, 403))
                        good = good and ("retry-after" in response.headers) == (expected == 503)
                        if expected == 403:
                            # What the token has comes first, so that the client does not lose it.
                            good = good and f'scope="{" ".join(reversed(SCOPES))}"' in challenge
                        print(f"{name:42} {response.status_code} {challenge}{'' if good else '   <-- WRONG'}")
                        wrong += [] if good else [name]
            finally:
                server.terminate()
                held.close()
                log = server.stderr.read() if server.stderr else ""
    print(log, file=sys.stderr)
    # Each refusal in the log by its name, and nothing of a token.
    if log.count("refused: ") < 19 or "eyJ" in log or "token_expired expires_at=" not in log:
        wrong.append("the log")
    if not await unavailable(program):
        wrong.append("503")
    print("All as it should be." if not wrong else f"WRONG: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
