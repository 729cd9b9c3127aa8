"""run.py NODE: the official conformance suite, and the MCP Inspector, against what is ours. Prints each count."""

import asyncio
import os
import re
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).resolve().parent
for folder in ("demo", "tests"):
    sys.path.insert(0, str(HERE.parents[1] / "bindings-python" / folder))

import httpx
from fastmcp import FastMCP

from authorization_server import AuthorizationServer
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.store.memory import MemoryStore
from doorward.testing.person import Person
from proxy_world import World
from run import listen, serve

NODE = sys.argv[1]
SUITE = HERE / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
INSPECTOR = HERE / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
CLIENT = f"{sys.executable} {HERE / 'client.py'}"
SCOPES = ["notes:read", "notes:write"]
# Of a whole scenario, on however busy a machine.
PATIENCE = "240000"
PASSED = re.compile(r"Passed: (\d+)/(\d+), 0 failed, 0 warnings")

Visit = Callable[[httpx.AsyncClient, str], Awaitable[str]]


async def node(*arguments: str | Path, **environment: str) -> tuple[int, str]:
    """What a program under Node says."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        "--no-deprecation",
        *arguments,
        env=os.environ | environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode(errors="replace")


def counted(name: str, passed: list[bool], expected: int) -> bool:
    print(f"{name}: {sum(passed)}/{expected}", flush=True)
    return len(passed) == expected and all(passed)


async def clients(version: str, expected: int, scenarios: list[str]) -> bool:
    """Scenarios of one revision, two at once: more starve each other."""
    turn = asyncio.Semaphore(2)

    async def one(scenario: str, folder: str) -> bool:
        async with turn:
            options = ["--command", CLIENT, "--scenario", scenario, "--timeout", PATIENCE, "--output-dir", folder]
            if version:
                options += ["--spec-version", version]
            status, said = await node(SUITE, "client", *options)
        passed = status == 0 and PASSED.search(said) is not None
        if not passed:
            print(f"{scenario}: failed with {status}\n{said}", flush=True)
        return passed

    with tempfile.TemporaryDirectory() as folder:
        passed = await asyncio.gather(*(one(scenario, folder) for scenario in scenarios))
    return counted(f"client, {version or 'extensions'}", list(passed), expected)


async def required(version: str) -> list[str]:
    """The scenarios of authorization that a revision requires of a client."""
    _, said = await node(SUITE, "list", "--client", "--requirements", version)
    return re.findall(r"^  - (auth/\S+)$", said, re.MULTILINE)


async def leads_to(http: httpx.AsyncClient, url: str) -> str:
    """Go where a browser would, and return where it is sent."""
    return str((await http.get(url)).headers["location"])


async def agrees(_: httpx.AsyncClient, url: str) -> str:
    """Go there as a person would who is asked first."""
    person = Person()
    await person.visit(url, parse_qs(urlsplit(url).query)["redirect_uri"][0])
    return str(person.seen[-1].headers["location"])


async def arrive(http: httpx.AsyncClient, url: str) -> None:
    """Go to where the suite says that it is, before it listens there itself."""
    for _ in range(600):
        try:
            await http.get(url)
            return
        except httpx.ConnectError:
            await asyncio.sleep(0.1)


async def authorization(name: str, issuer: str, resource: str, visit: Visit) -> bool:
    """What the suite wants of an authorization server, with requests in place of its user's browser."""
    # Bound, and not listening: nobody else is given the port, and who is told of it may reuse the address.
    with socket.socket() as held, tempfile.TemporaryDirectory() as folder:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        async with httpx.AsyncClient(timeout=120) as http:
            client = {"redirect_uris": ["http://127.0.0.1/callback"], "token_endpoint_auth_method": "none"}
            client_id = (await http.post(f"{issuer}/register", json=client)).json()["client_id"]
            options = ["--url", issuer, "--client-id", client_id, "-p", str(held.getsockname()[1])]
            process = await asyncio.create_subprocess_exec(
                NODE,
                SUITE,
                "authorization",
                *options,
                "--resource",
                resource,
                "--output-dir",
                folder,
                stdout=asyncio.subprocess.PIPE,
            )
            assert process.stdout is not None
            said = ""
            while line := (await process.stdout.readline()).decode():
                said += line
                if line.startswith(f"{issuer}/authorize?"):
                    await arrive(http, await visit(http, line.strip()))
    passed = re.findall(r"^\S (\S+): [1-9]\d* passed, 0 failed$", said, re.MULTILINE)
    if await process.wait() != 0 or len(passed) != 2:
        print(said, flush=True)
    return counted(name, [True] * len(passed), 2)


async def inspect(name: str, resource: str, browser: str, says: str) -> bool:
    """The Inspector's command line signs in, and calls a tool, by both eras of the protocol."""
    passed = []
    for era in ("legacy", "modern"):
        with tempfile.TemporaryDirectory() as folder:
            options = ["--transport", "http", "--protocol-era", era, "--method", "tools/call", "--tool-name", "whoami"]
            environment = {
                "BROWSER": str(HERE / browser),
                "MCP_AUTO_OPEN_ENABLED": "true",
                "MCP_STORAGE_DIR": folder,
                "HOME": folder,
                # Where a person's browser finds what it is made of.
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            }
            status, said = await node(INSPECTOR, "--cli", resource, *options, "--format", "json", **environment)
        passed.append(status == 0 and says in said)
        if not passed[-1]:
            print(f"Inspector, {era}: ended with {status}\n{said}", flush=True)
    return counted(name, passed, 2)


async def main() -> int:
    issuer_socket, issuer = listen()
    resource_socket, base = listen()
    documents = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(404)))
    server = AuthorizationServer(issuer, f"{base}/mcp", SCOPES, MemoryStore(), documents=documents)
    mcp = FastMCP("notes", auth=RemoteOAuth(issuer=issuer, resource=server.resource, scopes=SCOPES))

    @mcp.tool
    def whoami() -> str:
        principal = get_principal()
        return principal.subject or "" if principal else "nobody"

    async with serve(server.app(), issuer_socket), serve(mcp.http_app(path="/mcp"), resource_socket):
        good = [
            await authorization("authorization server", issuer, server.resource, leads_to),
            await inspect("Inspector", server.resource, "browser", "alice"),
        ]
    async with World().served() as world:
        good.append(await authorization("OAuthProxy", world.base, world.resource, agrees))
        good.append(await inspect("Inspector, OAuthProxy", world.resource, "person", "workouts.read"))
    for version, expected in (("2026-07-28", 25), ("2025-11-25", 14)):
        good.append(await clients(version, expected, await required(version)))
    good.append(await clients("", 2, ["auth/client-credentials-jwt", "auth/client-credentials-basic"]))
    return not all(good)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
