"""The CPU that authentication adds to a request of a live FastMCP server, in one process and over loopback HTTP.

Each sample stands between two without authentication; what is reported is what it takes above their mean. Where a
process has its code and data in memory decides some microseconds of that, so several processes take turns in memory.
"""

import asyncio
import contextlib
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import uvicorn
from fastmcp import FastMCP

from bench import ROUNDS, Case, cases, report
from peers import jwt_verifier, remote_oauth

logging.disable()
BATCH = 4  # requests a sample: short, so that its neighbours meet the same noise
SAMPLES = 6  # a round, over loopback HTTP
PROCESSES = 4  # that measure in memory, one after the other
SAMPLES_IN_MEMORY = 8  # a round: a difference of some microseconds between requests of a millisecond takes many
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "nothing", "arguments": {}}}
BODY = json.dumps(CALL).encode()
Request = Callable[[], Awaitable[None]]


def server(auth: object):
    mcp = FastMCP("live", auth=auth)

    @mcp.tool
    async def nothing() -> str:
        return "done"

    return mcp.http_app(path="/server", stateless_http=True, json_response=True)


def headers(token: str) -> dict[str, str]:
    return {
        "host": "127.0.0.1",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "authorization": f"Bearer {token}",
    }


def in_memory(app, token: str) -> Request:
    """A request without sockets: server and client are this thread."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/server",
        "raw_path": b"/server",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers(token).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def request() -> None:
        sent, status = False, 0
        never = asyncio.get_running_loop().create_future()

        async def receive() -> dict:
            nonlocal sent
            if sent:
                return await never
            sent = True
            return {"type": "http.request", "body": BODY, "more_body": False}

        async def send(message: dict) -> None:
            nonlocal status
            status = message.get("status", status)

        await app(dict(scope), receive, send)
        assert status == 200, status

    return request


async def sample(request: Request, clock: Callable[[], float]) -> float:
    """Nanoseconds of the server's CPU for one request."""
    await request()  # brings its code and data back into the caches
    start = clock()
    for _ in range(BATCH):
        await request()
    return (clock() - start) / BATCH


async def measure(group: str, requests: dict[str, tuple[Request, Callable[[], float]]], samples_a_round: int) -> None:
    """Time the requests; the first is the one without authentication."""
    (nobody, none), *rows = requests.items()
    samples: dict[str, list[float]] = {who: [] for who in requests}
    for _ in range(ROUNDS * samples_a_round):
        before = await sample(*none)
        for who, row in rows:
            taken = await sample(*row)
            after = await sample(*none)
            samples[who].append(taken - (before + after) / 2)
            samples[nobody].append(before)
            before = after
    for who, taken in samples.items():
        report(group, who, taken)


def providers(case: Case) -> dict[str, object]:
    return {"no auth": None, "doorward RemoteOAuth": remote_oauth(case), "FastMCP JWTVerifier": jwt_verifier(case)}


async def memory(case: Case) -> None:
    async with contextlib.AsyncExitStack() as stack:
        requests = {}
        for who, auth in providers(case).items():
            app = server(auth)
            await stack.enter_async_context(app.router.lifespan_context(app))
            requests[who] = in_memory(app, case.token), time.thread_time_ns
        await measure(f"live/{case.name}", requests, SAMPLES_IN_MEMORY)


@contextlib.asynccontextmanager
async def serving(app) -> AsyncIterator[tuple[str, Callable[[], float]]]:
    """A server in a thread of its own: its URL, and the clock of that thread's CPU."""
    listener = socket.create_server(("127.0.0.1", 0))
    runner = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=runner.run, kwargs={"sockets": [listener]})
    thread.start()
    while not runner.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/server", lambda: time.clock_gettime_ns(clock)
    finally:
        runner.should_exit = True
        thread.join()


async def loopback(case: Case) -> None:
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(headers=headers(case.token), trust_env=False))
        requests = {}
        for who, auth in providers(case).items():
            url, clock = await stack.enter_async_context(serving(server(auth)))

            async def request(url: str = url) -> None:
                (await client.post(url, content=BODY)).raise_for_status()

            requests[who] = request, clock
        await measure(f"http/{case.name}", requests, SAMPLES)


def main() -> None:
    measured = [case for case in cases() if case.name in ("rs256", "es256")]
    if sys.argv[1:] == ["memory"]:
        for case in measured:
            asyncio.run(memory(case))
        return
    for _ in range(PROCESSES):
        subprocess.run([sys.executable, *sys.orig_argv[1:], "memory"], check=True)
    for case in measured:
        asyncio.run(loopback(case))


if __name__ == "__main__":
    main()
