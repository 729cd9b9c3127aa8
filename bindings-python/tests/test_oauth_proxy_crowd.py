"""Two hundred clients at once on two processes of a proxy: each gets its own, and nothing grows but what is stored.

For two minutes, with figures: `make crowd`.
"""

import asyncio
import json
import os
import random
import re
import statistics
import time
from collections import Counter
from pathlib import Path

import httpx

from doorward.store import open_store
from doorward.testing.person import Person
from doorward.testing.sign_in import served
from proxy_process import Node, node
from proxy_world import TRUST, Agent, World

CLIENTS = 200
SECONDS = int(os.environ.get("CROWD_SECONDS", "10"))


class Crowd:
    """What its members have seen."""

    def __init__(self, world: World, nodes: tuple[Node, Node]) -> None:
        self.world, self.nodes = world, nodes
        self.until = time.monotonic() + SECONDS
        self.owners: dict[str, str] = {}
        """Whose token of the upstream that is, by its hash."""
        self.taken: dict[str, list[float]] = {}
        self.statuses: Counter[tuple[str, int]] = Counter()

    async def member(self, number: int) -> None:
        """Sign in, call, refresh and sign out, again and again, from an address of its own."""
        chance = random.Random(number)  # noqa: S311 (whom it asks, and when)
        address = f"127.0.{number // 250 + 1}.{number % 250 + 1}"
        # A server may close what is kept while a request is on its way.
        limits = httpx.Limits(max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=TRUST, local_address=address, limits=limits)
        http = httpx.AsyncClient(transport=transport, timeout=60, event_hooks={"response": [self.note]})
        http.base_url = httpx.URL(self.world.base)
        agent = Agent(self.world.base, http)
        await asyncio.sleep(chance.random() * SECONDS / 5)
        assert (await agent.register(client_name=f"Member {number}")).status_code == 201
        # Once at least, however long it took until here.
        while True:
            browser = httpx.AsyncClient(transport=transport, timeout=60, headers={"sec-fetch-site": "none"})
            tokens, who = await agent.tokens(Person(client=browser)), ""
            for _ in range(8):
                http.base_url = httpx.URL(chance.choice(self.nodes).base)
                said = (await self.call(agent, tokens["access_token"], "whoami"))[0]
                assert who in ("", said), "another one's grant"
                who = said
                [token] = await self.call(agent, tokens["access_token"], "upstream_token")
                assert self.owners.setdefault(token, who) == who, "another one's token"
                await asyncio.sleep(chance.random() * 4)
                if time.monotonic() > self.until:
                    return
                http.base_url = httpx.URL(chance.choice(self.nodes).base)
                answer = await agent.refresh(tokens["refresh_token"])
                assert answer.status_code == 200, answer.text
                tokens = answer.json()
            assert (await agent.revoke(tokens["refresh_token"])).status_code == 200
            assert (await agent.call(tokens["access_token"], str(http.base_url).rstrip("/"))).status_code == 401
            if time.monotonic() > self.until:
                return

    async def call(self, agent: Agent, token: str, tool: str) -> list[str]:
        """Call a tool, and return what it says: a grant, or the hash of a token."""
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
        fields = {"accept": "application/json, text/event-stream", "authorization": f"Bearer {token}"}
        answer = await agent.http.post("/mcp", json=body, headers=fields)
        assert answer.status_code == 200, answer.text
        [result] = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
        text: str = json.loads(result)["result"]["content"][0]["text"]
        return re.findall(r"grant-[0-9a-f]{12}|[0-9a-f]{64}", text)

    async def note(self, answer: httpx.Response) -> None:
        await answer.aread()
        path = answer.url.path
        self.taken.setdefault(path, []).append(answer.elapsed.total_seconds())
        self.statuses[path, answer.status_code] += 1

    def memory(self) -> list[float]:
        """MiB of each process."""
        pages = [int(Path(f"/proc/{each.pid}/statm").read_text().split()[1]) for each in self.nodes]
        return [each * os.sysconf("SC_PAGE_SIZE") / 2**20 for each in pages]

    async def watch(self) -> list[list[float]]:
        """Return the memory after two fifths of the time, when all have signed in, and in the end."""
        samples = []
        for part in (0.4, 0.6):
            await asyncio.sleep(SECONDS * part)
            samples.append(self.memory())
        return samples


async def test_two_hundred_clients_get_each_its_own(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path}/store.db"
    world = World(url)
    world.upstream.lifetime = max(8, SECONDS // 3)  # so that it is refreshed meanwhile
    async with served(world.upstream.app(), world.upstream_listener):
        async with node(world, world.listener) as one, node(world) as two:
            crowd = Crowd(world, (one, two))
            watching = asyncio.create_task(crowd.watch())
            await asyncio.gather(*(crowd.member(each) for each in range(CLIENTS)))
            before, after = await watching
    refused = {each: count for each, count in crowd.statuses.items() if each[1] not in (200, 201, 302, 401)}
    assert not refused
    assert sum(count for (_, status), count in crowd.statuses.items() if status == 401) <= sum(
        count for (path, _), count in crowd.statuses.items() if path == "/revoke"
    )
    assert len(set(crowd.owners.values())) >= CLIENTS
    asked = Counter(each["grant_type"] for each in world.upstream.asked)
    if SECONDS >= 60:
        assert all(end < begin * 1.1 for begin, end in zip(before, after, strict=True)), (before, after)
    store = open_store(url)
    kinds = {kind: len(await store.list(kind, limit=100_000)) for kind in await store.kinds()}
    await store.close()
    count = sum(crowd.statuses.values())
    print(f"\n{CLIENTS} clients, {SECONDS} s: {count} requests, {count / SECONDS:.0f} a second; upstream {dict(asked)}")
    for path, taken in sorted(crowd.taken.items()):
        shares = statistics.quantiles(taken, n=100) if len(taken) > 1 else taken * 99
        print(f"{path}: {len(taken)}, median {shares[49] * 1000:.0f} ms, 99 % {shares[98] * 1000:.0f} ms")
    print(
        f"memory, MiB: {before} then {after}; entries {kinds}; {(tmp_path / 'store.db').stat().st_size / 2**20:.1f} MiB"
    )
