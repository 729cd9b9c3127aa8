"""Answers that are kept: of tools that only read, for who asked, while they may ask."""

from typing import Any

import pytest
from fastmcp import Client, FastMCP
from fastmcp.client.auth import BearerAuth
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes
from fastmcp.server.dependencies import get_access_token
from fastmcp.utilities.versions import VersionSpec

from doorward import Peppers
from doorward.api_keys import ApiKeys
from doorward.caching import ReadOnlyCache
from doorward.fastmcp import ApiKeyAuth
from doorward.store.memory import MemoryStore
from run import listen, serve


class Tools:
    """Counts what is called."""

    def __init__(self, server: FastMCP) -> None:
        self.calls: list[str] = []
        reads: Any = {"annotations": {"readOnlyHint": True}}
        server.tool(self.read, **reads)
        server.tool(self.secret, auth=require_scopes("secret"), **reads)
        server.tool(self.fail, **reads)
        server.tool(self.write, annotations={"readOnlyHint": False})
        server.tool(self.silent)

    async def read(self, city: str) -> str:
        return self._note(f"read {city}")

    async def secret(self) -> str:
        return self._note("secret")

    async def fail(self) -> str:
        self._note("fail")
        raise ToolError("not now")

    async def write(self) -> str:
        return self._note("write")

    async def silent(self) -> str:
        return self._note("silent")

    def _note(self, what: str) -> str:
        token = get_access_token()
        self.calls.append(what)
        return f"{what} for {token.subject if token else 'anybody'}, {len(self.calls)}"


async def test_only_what_only_reads_is_kept_and_by_its_arguments() -> None:
    server = FastMCP("test")
    server.add_middleware(ReadOnlyCache())
    tools = Tools(server)
    async with Client(server) as client:
        for _ in range(3):
            for city in ("Tokyo", "Nairobi"):
                await client.call_tool("read", {"city": city})
            await client.call_tool("write")
            await client.call_tool("silent")
            for name in ("fail", "missing"):
                with pytest.raises(ToolError):
                    await client.call_tool(name)
    counts = {name: tools.calls.count(name) for name in set(tools.calls)}
    assert counts == {"read Tokyo": 1, "read Nairobi": 1, "write": 3, "silent": 3, "fail": 3}


async def test_a_version_of_a_tool_that_writes_is_called_each_time() -> None:
    server, calls = FastMCP("test"), list[str]()
    server.add_middleware(ReadOnlyCache())
    for version, reads in (("1.0", False), ("2.0", True)):

        async def tool(version: str = version) -> str:
            calls.append(version)
            return f"{version} {len(calls)}"

        server.tool(tool, name="tool", version=version, annotations={"readOnlyHint": reads})
    async with Client(server) as client:
        for asked in ("1.0", "2.0", None) * 2:
            await client.call_tool("tool", {}, version=asked)
        for _ in range(2):
            await server.call_tool("tool", {}, version=VersionSpec(lt="2.0"))
    # The newest is kept twice, by what asks for it.
    assert [calls.count(version) for version in ("1.0", "2.0")] == [4, 2]


def test_what_keeps_nothing_is_reported_at_once() -> None:
    for wrong in ({"seconds": 0}, {"seconds": -1}, {"seconds": "60"}, {"most": 0}, {"longest": True}):
        with pytest.raises((TypeError, ValueError), match=f"^{next(iter(wrong))}: "):
            ReadOnlyCache(**wrong)


async def test_what_is_kept_is_for_who_asked_while_its_key_is_good() -> None:
    listener, base = listen()
    keys = ApiKeys(MemoryStore(), Peppers((1, b"p" * 32)), revocation_delay=0)
    server = FastMCP("test", auth=ApiKeyAuth(keys, resource=f"{base}/mcp"))
    server.add_middleware(ReadOnlyCache())
    tools = Tools(server)
    ada, bob = [
        (await keys.create(owner=owner, scopes=[*more]))[0] for owner, more in (("ada", ["secret"]), ("bob", []))
    ]
    async with serve(server.http_app(stateless_http=True), listener):
        for _ in range(2):
            async with Client(f"{base}/mcp", auth=BearerAuth(ada.reveal())) as client:
                assert (await client.call_tool("read", {"city": "Tokyo"})).data == "read Tokyo for ada, 1"
                assert (await client.call_tool("secret")).data == "secret for ada, 2"
        async with Client(f"{base}/mcp", auth=BearerAuth(bob.reveal())) as client:
            assert (await client.call_tool("read", {"city": "Tokyo"})).data == "read Tokyo for bob, 3"
            with pytest.raises(Exception):  # noqa: B017 (the client's own, for 403)
                await client.call_tool("secret")
        assert tools.calls == ["read Tokyo", "secret", "read Tokyo"]
        await keys.revoke(ada.id)
        with pytest.raises(Exception):  # noqa: B017 (the client's own, for 401)
            async with Client(f"{base}/mcp", auth=BearerAuth(ada.reveal())) as client:
                await client.call_tool("read", {"city": "Tokyo"})


async def test_the_memory_that_it_takes_is_bounded() -> None:
    server = FastMCP("test")
    server.add_middleware(ReadOnlyCache(most=4, longest=2000))
    tools = Tools(server)

    async def long() -> str:
        tools.calls.append("long")
        return "x" * 5000

    server.tool(long, annotations={"readOnlyHint": True})
    async with Client(server) as client:
        for _ in range(2):
            for city in range(6):
                await client.call_tool("read", {"city": str(city)})
            await client.call_tool("long")
    assert tools.calls.count("read 0") == 2 and tools.calls.count("long") == 2
