"""A proxy that processes of its own serve, one after another, each of which may be killed at a step of its store."""

import asyncio
import gc
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import uvicorn

from doorward import SealingKeys
from doorward.fastmcp import OAuthProxy
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from doorward.transport import trust
from proxy_world import World, proxied, storage

WRITES = ("put_if_absent", "compare_and_swap", "take", "put", "delete")
"""What changes a store of ours, or one of py-key-value."""
LEASE = 1
"""Seconds for which one that is killed may refresh the upstream's token."""


@dataclass(frozen=True, slots=True)
class Fuse:
    """Kills its process (SIGKILL) at the step of its store with this number, among those with these names."""

    number: int
    moment: Literal["before", "amid", "after"]
    delay: float = 0
    """Seconds, from when such a step begins, after which it is amid."""
    names: tuple[str, ...] = WRITES

    def lay(self, store: Any) -> None:
        """Lay it at a store, or at what is under one of ours."""
        store, steps = getattr(store, "_store", store), 0

        def watched(verb: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def step(*args: Any, **kwargs: Any) -> Any:
                nonlocal steps
                # A claim of what is not there yet changes nothing.
                if not (verb.__name__ == "put" and kwargs["collection"].endswith("_claims")):
                    steps += 1
                if steps == self.number and self.moment == "before":
                    _end()
                if steps == self.number and self.moment == "amid":
                    threading.Timer(self.delay, _end).start()
                done = await verb(*args, **kwargs)
                if steps == self.number and self.moment == "after":
                    _end()
                return done

            return step

        for name in self.names:
            if (verb := getattr(store, name, None)) is not None:
                setattr(store, name, watched(verb))


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # it comes at once


class Node:
    """Where the proxy is served, and by which process just now."""

    def __init__(self, base: str, orders: Any) -> None:
        """Create it for what takes its orders."""
        self.base, self._orders, self.pid = base, orders, 0

    def start(self, fuse: Fuse | None = None) -> None:
        """Let a new process serve it; the former one is killed."""
        self._orders.send(fuse)
        self.pid = self._orders.recv()


@asynccontextmanager
async def node(world: World, listener: socket.socket | None = None) -> AsyncIterator[Node]:
    """Serve a proxy as in this world by processes of its own, on a socket that listens or a free port."""
    context: Any = multiprocessing.get_context("forkserver")
    # By their own names those are found that are installed, wherever the tests are.
    loaded = [
        "doorward.fastmcp",
        "doorward.store.postgresql",
        "doorward.store.redis",
        "pytest",
        "uvicorn",
        "anyio._backends._asyncio",
        __name__,
    ]
    context.set_forkserver_preload(loaded)
    # Those are the processes' own.
    options = {name: value for name, value in world.options.items() if name != "storage_keys"}
    with listener or socket.create_server(("127.0.0.1", 0)) as listener:
        orders, taken = context.Pipe()
        master = context.Process(target=_serve, args=(listener, taken, options), daemon=True)
        master.start()
        taken.close()
        made = Node(f"http://127.0.0.1:{listener.getsockname()[1]}", orders)
    try:
        made.start()
        yield made
    finally:
        orders.close()
        await asyncio.to_thread(master.join)


def _serve(listener: socket.socket, orders: Any, options: dict[str, Any]) -> None:
    """Start a process at each order, which serves until it is killed; the last one when there are no more."""
    store, keys = storage(options["client_storage"]), SealingKeys((1, b"k" * 32))
    proxy = OAuthProxy(**{**options, "client_storage": store, "storage_keys": keys})
    app = proxied(proxy).http_app(path="/mcp", stateless_http=True)
    config, running = uvicorn.Config(app, log_level="critical", timeout_keep_alive=600), 0
    # What takes a while, and is done by each process else.
    config.load()
    httpx.AsyncHTTPTransport(verify=trust())
    gc.freeze()
    while True:
        try:
            fuse = orders.recv()
        except EOFError:
            return
        finally:
            if running:
                os.kill(running, signal.SIGKILL)
                os.waitpid(running, 0)
        # Nothing is connected yet, and no thread has begun.
        running = os.fork()
        if not running:
            orders.close()
            if fuse is not None:
                UpstreamTokens.LEASE = LEASE
                fuse.lay(store)
            try:
                uvicorn.Server(config).run(sockets=[listener])
            finally:
                os._exit(1)
        orders.send(running)
