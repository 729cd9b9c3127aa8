"""The client that sends requests: one of httpx, or of httpx2, which FastMCP's and the MCP SDK's are."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import httpx

if TYPE_CHECKING:
    import httpx2

__all__ = ["http_client", "in_its_loop"]

_T = TypeVar("_T")


def http_client(name: str, client: Any) -> httpx.AsyncClient | None:
    """Return the client that was given as an argument, as one of httpx; raises `TypeError` if it is none."""
    if client is None or isinstance(client, httpx.AsyncClient):
        return client
    try:
        import httpx2
    except ModuleNotFoundError:
        pass
    else:
        if isinstance(client, httpx2.AsyncClient):
            return _Wrapped(client)
    kind = f"{type(client).__module__.partition('.')[0]}.{type(client).__name__}"
    raise TypeError(f"{name}: expected an httpx.AsyncClient, or one of httpx2, got {kind.removeprefix('builtins.')}")


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: "httpx2.Response") -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # A transport without a network has it whole already.
        if self._response.is_stream_consumed:
            yield self._response.content
            return
        async for chunk in self._response.aiter_raw():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class _Through(httpx.AsyncBaseTransport):
    """A transport that sends requests with a client of httpx2."""

    def __init__(self, client: "httpx2.AsyncClient") -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        import httpx2

        content = await request.aread()
        theirs = httpx2.Request(request.method, str(request.url), headers=request.headers.raw, content=content)
        response = await self._client.send(theirs, stream=True, auth=None, follow_redirects=False)
        return httpx.Response(response.status_code, headers=response.headers.raw, stream=_Body(response))


class _Wrapped(httpx.AsyncClient):
    def __init__(self, client: "httpx2.AsyncClient") -> None:
        super().__init__(transport=_Through(client), headers={"user-agent": client.headers.get("user-agent", "")})
        self.theirs = client


class _Home:
    """The event loop whose a client's connections are, and whether another one's may be left."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.moved = loop, False


_homes: WeakKeyDictionary[Any, _Home] = WeakKeyDictionary()
_lock = threading.Lock()
_TRIES = 100
"""As many connections as httpx keeps open; each that is left of a closed event loop fails once."""


async def in_its_loop(client: httpx.AsyncClient, send: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Do what sends by a client, in the event loop whose its open connections are, which may be another thread's. Where
    that has been closed, its connections are of no use, and others are opened in this one."""
    here, key = asyncio.get_running_loop(), client.theirs if isinstance(client, _Wrapped) else client
    with _lock:
        home = _homes.setdefault(key, _Home(here))
        elsewhere = home.loop if home.loop is not here and home.loop.is_running() else None
        if elsewhere is None and home.loop is not here:
            home.loop, home.moved = here, True
    if elsewhere is not None:
        sending = send()
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sending, elsewhere))
        except RuntimeError:
            if not elsewhere.is_closed():
                raise
            sending.close()
            return await in_its_loop(client, send)
    for _ in range(_TRIES if home.moved else 0):
        try:
            return await send()
        except RuntimeError:
            continue
    return await send()
