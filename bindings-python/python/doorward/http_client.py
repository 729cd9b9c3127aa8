"""The client that sends requests: one of httpx, or of httpx2, which FastMCP's and the MCP SDK's are."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    import httpx2

__all__ = ["http_client"]


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
            agent = {"user-agent": client.headers.get("user-agent", "")}
            return httpx.AsyncClient(transport=_Through(client), headers=agent)
    kind = f"{type(client).__module__.partition('.')[0]}.{type(client).__name__}"
    raise TypeError(
        f"{name}: an httpx.AsyncClient is asked for, or one of httpx2, not {kind.removeprefix('builtins.')}"
    )


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
    """Another library's client."""

    def __init__(self, client: "httpx2.AsyncClient") -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        import httpx2

        content = await request.aread()
        theirs = httpx2.Request(request.method, str(request.url), headers=request.headers.raw, content=content)
        response = await self._client.send(theirs, stream=True, auth=None, follow_redirects=False)
        return httpx.Response(response.status_code, headers=response.headers.raw, stream=_Body(response))
