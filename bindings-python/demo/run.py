"""The ways in, each a server that runs here, the right caller who is let in, and wrong ones who are turned away.

`make demo` goes through all of them, `make demo WAY=key` through one. Everything is real and on this machine. Exits
with 1 if a wrong caller gets in or the right one does not.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import os
import socket
import sys
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from fastmcp.client.auth import OAuth
from mcp.client.auth import AuthorizationCodeResult
from starlette.types import ASGIApp

from doorward.refusals import Refusals

WAYS = ("remote", "proxy", "key", "open")
"""A module for each, which says in `WHEN` when to choose it, and in `main` returns how much was wrong."""

EXAMPLES = Path(__file__).parents[1] / "examples"


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a socket that listens already."""
    server = uvicorn.Server(
        uvicorn.Config(app, proxy_headers=False, log_level="error", lifespan="on", timeout_keep_alive=600)
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await task


def listen() -> tuple[socket.socket, str]:
    """A socket on a free port of this machine, and its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def example(name: str, **environment: str) -> ModuleType:
    """Load an example as it stands, set up by its environment."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / name / f"{name}.py")
    assert spec is not None and spec.loader is not None  # noqa: S101 (it is a file)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        spec.loader.exec_module(module)
    finally:
        os.environ.clear()
        os.environ.update(before)
    return module


class HeadlessOAuth(OAuth):
    """FastMCP's own client, with a request in place of the browser."""

    async def redirect_handler(self, authorization_url: str) -> None:
        async with httpx.AsyncClient(timeout=600) as client:
            location = (await client.get(authorization_url)).headers["location"]
        self._answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    async def callback_handler(self) -> AuthorizationCodeResult:
        return AuthorizationCodeResult(
            code=self._answer["code"], state=self._answer.get("state"), iss=self._answer.get("iss")
        )


class Reasons(logging.Handler):
    """Keeps the last reason that the operator's log was told."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        reason = getattr(record, "doorward", None)
        if reason is not None and "error" in reason:
            details = " ".join(f"{name}={value}" for name, value in reason.get("details", {}).items())
            self.last = f"{reason['error']} {details}".strip()


class Table:
    """Prints what requests are answered, and counts what is wrong."""

    def __init__(self) -> None:
        self.wrong = 0
        self._reasons = Reasons()
        logging.getLogger("doorward").handlers = [self._reasons]
        print(f"{'A caller':42} {'status':6}  {'reason in the log':42} receives")

    def row(self, name: str, answer: httpx.Response, expected: int, *, received: str = "", logged: bool = True) -> None:
        """Print a row; wrong unless the status is this one, and the operator's log says why if it is to."""
        reason, self._reasons.last = self._reasons.last, ""
        good = answer.status_code == expected and bool(reason) == logged
        self.wrong += not good
        print(f"{name:42} {answer.status_code:6}  {reason or '-':42} {received or '-'}{'' if good else '   <-- WRONG'}")


@contextlib.contextmanager
def the_operator_reads_everything() -> Iterator[None]:
    """Keep the log for the tables, and all of it: else it tells of twenty refusals a minute, and counts the others."""
    operator, fastmcp = logging.getLogger("doorward"), logging.getLogger("fastmcp")
    before = operator.handlers, operator.level, operator.propagate, fastmcp.level, Refusals.MOST
    operator.setLevel(logging.INFO)
    operator.propagate, operator.handlers, Refusals.MOST = False, [logging.NullHandler()], 1000
    # Its lines about refusals say less than ours.
    fastmcp.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Using in-memory token storage")
            yield
    finally:
        operator.handlers, level, operator.propagate, fastmcp_level, Refusals.MOST = before
        operator.setLevel(level)
        fastmcp.setLevel(fastmcp_level)


async def main(*ways: str) -> int:
    """Run the demonstrations of these ways; of all, if none is named."""
    wrong = 0
    modules = [(way, importlib.import_module(way)) for way in ways or WAYS]
    with the_operator_reads_everything():
        for way, module in modules:
            print(f"\n== {way}: {module.WHEN}\n")
            wrong += await module.main()
    print("\nWhich way?")
    for way, module in modules:
        print(f"  {way:8}{module.WHEN}")
    print("  docs/which-way.md says more.")
    print(f"\n{'All as it should be.' if not wrong else f'{wrong} WRONG'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - set(WAYS):
        sys.exit(f"no way: {', '.join(sorted(unknown))}; there are {', '.join(WAYS)}")
    sys.exit(asyncio.run(main(*sys.argv[1:])))
