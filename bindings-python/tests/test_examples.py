"""The examples `bookmarks` and `tracker`, each a process, with FastMCP's client; and the demonstration of every way."""

import importlib
import os
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

import run as demo
from conftest import ROOT
from doorward.sealing_keys import add_sealing_key
from doorward.testing.person import Person, SignedInBy
from doorward.testing.upstream import running
from issuer import Issuer
from ports import reserved
from run import HeadlessOAuth, listen, serve

EXAMPLES = ROOT / "bindings-python/examples"
SCOPES = ["bookmarks:read", "bookmarks:write"]
ACCEPT = {"accept": "application/json, text/event-stream"}


@asynccontextmanager
async def started(name: str, folder: Path, **environment: str) -> AsyncIterator[str]:
    """An example, as `python EXAMPLE.py` runs it; its base URL."""
    held, port = reserved()
    base = f"http://127.0.0.1:{port}"
    environment = {"PORT": str(port)} | {n: v.replace("BASE", base) for n, v in environment.items()}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(  # noqa: ASYNC220, S603
            [sys.executable, EXAMPLES / name / f"{name}.py"],
            cwd=folder,
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
    try:
        async with httpx.AsyncClient() as http:
            while True:
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    await http.get(f"{base}/")
                    break
                except httpx.ConnectError:
                    await anyio.sleep(0.05)
        yield base
    finally:
        process.terminate()
        process.wait(60)
        held.close()


async def test_bookmarks_are_kept_apart_by_issuer_and_subject(tmp_path: Path) -> None:
    issuer_socket, issuer_url = listen()
    issuer = Issuer(issuer_url, SCOPES)
    page = {"url": "https://example.com/", "title": "An Example"}
    settings = {"ISSUER": issuer.issuer, "RESOURCE": "BASE/mcp"}
    async with serve(issuer.app(), issuer_socket):
        async with started("bookmarks", tmp_path, **settings) as base:

            def token(subject: str | None, scope: str = " ".join(SCOPES)) -> BearerAuth:
                claims = issuer.claims(sub=subject, aud=f"{base}/mcp", client_id="c", scope=scope)
                return BearerAuth(issuer.sign(claims))

            async with Client(f"{base}/mcp", auth=HeadlessOAuth(scopes=SCOPES)) as alice:
                assert (await alice.call_tool("add", page)).data == "kept"
                await alice.call_tool("add", {"url": "https://example.com/%", "title": "Another"})
                assert len((await alice.call_tool("bookmarks")).data) == 2
                for text, count in (("an example", 1), ("%", 1), ("_", 0), ("'", 0)):
                    found = await alice.call_tool("bookmarks", {"containing": text})
                    assert len(found.data) == count, text
                with pytest.raises(ToolError, match="address"):
                    await alice.call_tool("add", {"url": "javascript:alert(1)", "title": ""})
            async with Client(f"{base}/mcp", auth=token("bob")) as bob:
                assert (await bob.call_tool("bookmarks")).data == []
                assert (await bob.call_tool("remove", {"url": page["url"]})).data == "there was none"
                await bob.call_tool("add", page | {"title": "Bob's"})
            async with Client(f"{base}/mcp", auth=token("alice", "bookmarks:read")) as reader:
                assert [tool.name for tool in await reader.list_tools()] == ["bookmarks"]
                assert len((await reader.call_tool("bookmarks")).data) == 2
            async with Client(f"{base}/mcp", auth=token(None)) as nobody:
                with pytest.raises(ToolError, match="nobody's"):
                    await nobody.call_tool("bookmarks")
            async with httpx.AsyncClient(headers=ACCEPT) as http:
                params = {"name": "add", "arguments": page}
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
                bearer = f"Bearer {token('alice', 'bookmarks:read').token.get_secret_value()}"
                poor = await http.post(f"{base}/mcp", json=body, headers={"authorization": bearer})
                assert poor.status_code == 403 and f'scope="{" ".join(SCOPES)}"' in poor.headers["www-authenticate"]
        # The same subject at another issuer is somebody else; and what was kept is still there.
        other_socket, other_url = listen()
        other = Issuer(other_url, SCOPES)
        settings["ISSUER"] = other.issuer
        async with serve(other.app(), other_socket), started("bookmarks", tmp_path, **settings) as base:
            async with Client(f"{base}/mcp", auth=HeadlessOAuth(scopes=SCOPES)) as alice:
                assert (await alice.call_tool("bookmarks")).data == []
        settings["ISSUER"] = issuer.issuer
        async with started("bookmarks", tmp_path, **settings) as base:
            async with Client(f"{base}/mcp", auth=HeadlessOAuth(scopes=SCOPES)) as alice:
                assert len((await alice.call_tool("bookmarks")).data) == 2


async def test_the_tracker_works_the_same_place_out_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLES / "tracker"))
    tracker = importlib.import_module("tracker")
    worked_out: list[tuple[Any, ...]] = []
    jday = tracker.jday

    def counted(*given: Any) -> Any:
        worked_out.append(given)
        return jday(*given)

    monkeypatch.setattr(tracker, "jday", counted)
    listener, base = listen()
    asked = {"satellite": "ISS", "at": "2019-12-09T20:42:00Z"}
    async with serve(tracker.app, listener):
        async with Client(f"{base}/mcp") as one, Client(f"{base}/mcp") as other:
            found = (await one.call_tool("position", asked)).data
            for caller in (one, other):
                assert (await caller.call_tool("position", asked)).data == found
            assert len(worked_out) == 1, "nobody is known, and all are told the same"
            await other.call_tool("position", asked | {"at": "2019-12-09T20:43:00Z"})
            assert len(worked_out) == 2


async def test_the_tracker_is_open_and_bounded(tmp_path: Path) -> None:
    async with started("tracker", tmp_path) as base:
        async with Client(f"{base}/mcp") as client:
            known = (await client.call_tool("satellites")).data
            assert known == {"ISS": "2019-12-09T16:38:29Z", "VANGUARD 1": "2000-06-27T18:50:19Z"}
            # The vector of sgp4's documentation, made into a place by Skyfield.
            found = (await client.call_tool("position", {"satellite": "ISS", "at": "2019-12-09T20:42:09.072Z"})).data
            near = {"latitude": -24.66, "longitude": 160.34, "height_km": 420.179}
            assert all(abs(found[name] - value) < 0.05 for name, value in near.items()), found
            for wrong in (
                {"satellite": "Moon", "at": "2019-12-09"},
                {"satellite": "ISS", "at": "2026-01-01T00:00:00Z"},
            ):
                with pytest.raises(ToolError):
                    await client.call_tool("position", wrong)

        def call(minute: int) -> dict[str, Any]:
            params = {"name": "position", "arguments": {"satellite": "ISS", "at": f"2019-12-09T20:{minute:02}:00Z"}}
            return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}

        async with httpx.AsyncClient(base_url=base, headers=ACCEPT | {"origin": "https://page.example"}) as http:
            answers = [await http.post("/mcp", json=call(minute)) for minute in range(12)]
        statuses = [answer.status_code for answer in answers]
        assert statuses[0] == 200 and statuses[-1] == 429 and 200 not in statuses[statuses.index(429) :]
        assert answers[-1].json()["violated-policies"] == ["tool position"] and answers[-1].headers["retry-after"]
        for answer in answers:
            assert answer.headers["access-control-allow-origin"] == "*"
            seen = answer.headers["access-control-expose-headers"]
            assert {"ratelimit", "retry-after", "mcp-session-id"} <= set(seen.split(", "))
        elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
        async with httpx.AsyncClient(base_url=base, headers=ACCEPT, transport=elsewhere) as http:
            assert (await http.post("/mcp", json=call(0))).status_code == 200
        assert (await _preflight(base)).headers["access-control-allow-origin"] == "*"


async def _preflight(base: str) -> httpx.Response:
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "mcp-session-id"}
    async with httpx.AsyncClient() as http:
        return await http.options(f"{base}/mcp", headers={"origin": "https://page.example"} | asks)


def test_an_example_fits_on_two_screens() -> None:
    for path in EXAMPLES.glob("*/*.py"):
        assert len(path.read_text().splitlines()) <= 80, path
        assert len((path.parent / "README.md").read_text().splitlines()) <= 30, path


@pytest.mark.parametrize("way", demo.WAYS)
async def test_the_demonstration_lets_nobody_wrong_in(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await demo.main(way) == 0, capsys.readouterr().out
    assert "All as it should be." in capsys.readouterr().out


async def test_fitness_is_reached_through_the_service_s_own_oauth(tmp_path: Path) -> None:
    add_sealing_key(tmp_path / "fitness.keys")
    async with running() as service:
        settings = {"SERVICE": service.url, "CLIENT_ID": service.client_id, "CLIENT_SECRET": service.client_secret}
        async with started("fitness", tmp_path, **settings) as base:
            oauth = SignedInBy(Person(), callback_port=45681)
            async with Client(StreamableHttpTransport(f"{base}/mcp", auth=oauth)) as client:
                found = (await client.call_tool("workouts", {"sport": "swim"})).data
                assert [each["minutes"] for each in found] == [30]
                await service.be("api", "down")
                with pytest.raises(ToolError, match="does not answer"):
                    await client.call_tool("workouts", {})
        logged = (tmp_path / "log").read_text()
        assert not [token for token in (await service.state())["issued"] if token in logged]
