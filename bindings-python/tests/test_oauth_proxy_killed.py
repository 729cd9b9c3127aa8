"""A process of the proxy is killed between any two steps: nothing is granted twice, what a client was told holds."""

import asyncio
import multiprocessing
import random
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from conftest import SHARED_STORES
from doorward import SealingKeys
from doorward.fastmcp import OAuthProxy
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from proxy_world import Agent, World, proxied

ROUNDS = {"sqlite": 26, "postgresql": 12, "redis": 12}


def serve(listener: socket.socket, ready: Any, options: dict[str, Any]) -> None:
    """Serve a proxy until killed."""
    UpstreamTokens.LEASE = 1
    keys = SealingKeys((1, b"k" * 32))
    app = proxied(OAuthProxy(storage_keys=keys, **options)).http_app(path="/mcp", stateless_http=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))

    async def run() -> None:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0.005)
        ready.set()
        await task

    asyncio.run(run())


@asynccontextmanager
async def process(world: World) -> AsyncIterator[tuple[str, Any]]:
    context: Any = multiprocessing.get_context("forkserver")
    # By their own names those are found that are installed, wherever the tests are.
    loaded = ["doorward.fastmcp", "doorward.store.postgresql", "doorward.store.redis", "pytest", "uvicorn", __name__]
    context.set_forkserver_preload(loaded)
    options = {name: value for name, value in world.options.items() if name not in ("clock", "storage_keys")}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready = context.Event()
        running = context.Process(target=serve, args=(listener, ready, options), daemon=True)
        running.start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        assert await asyncio.to_thread(ready.wait, 60)
        yield base, running
    finally:
        running.kill()
        await asyncio.to_thread(running.join)


async def until_killed(agent: Agent, code: str, told: list[dict[str, Any]]) -> None:
    """Redeem a code, refresh, and call, over and over; note each answer."""
    while True:
        answer = await (agent.refresh(told[-1]["refresh_token"]) if told else agent.redeem(code))
        assert answer.status_code == 200, answer.text
        told.append(answer.json())
        assert (await agent.call(told[-1]["access_token"])).status_code == 200


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_nothing_is_granted_twice_and_nothing_that_was_promised_is_lost(
    store_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpstreamTokens, "LEASE", 1)
    seed = secrets.randbits(32)
    chance = random.Random(seed)  # noqa: S311 (times)
    world = World(store_url, revocation_delay=0)
    # It uses no refresh token up, since what it tells a process that is killed nobody else is told.
    world.upstream.rotates, world.upstream.lifetime = False, 1
    before = after = 0
    async with world.served():
        agent = Agent(world.base)
        await agent.register()
        for _ in range(ROUNDS[request.node.callspec.params["store_url"]]):
            code, told = await agent.code(), list[dict[str, Any]]()
            async with process(world) as (base, running):
                elsewhere = Agent(base)
                elsewhere.client_id = agent.client_id
                work = asyncio.create_task(until_killed(elsewhere, code, told))
                await asyncio.sleep(chance.random() ** 3 * 0.4)
                running.kill()
                with pytest.raises(httpx.TransportError):
                    await work
            if told:
                after += 1
                # The last one, or the one before whose answer was lost: there is one successor.
                answers = [await agent.refresh(told[-1]["refresh_token"]) for _ in range(2)]
                assert [answer.status_code for answer in answers] == [200, 200], (seed, [a.text for a in answers])
                [successor] = {answer.json()["refresh_token"] for answer in answers}
                assert (await agent.call(answers[0].json()["access_token"])).status_code == 200
                assert (await agent.refresh(successor)).status_code == 200
                assert (await agent.redeem(code)).status_code == 400, seed
                assert (await agent.refresh(successor)).status_code == 400, "the code came again"
            else:
                before += 1
                first, second = await agent.redeem(code), await agent.redeem(code)
                assert first.status_code in (200, 400) and second.status_code == 400, seed
                if first.status_code == 200:
                    assert (await agent.call(first.json()["access_token"])).status_code == 401
    assert before and after, f"killed too early or too late each time: {seed}"
