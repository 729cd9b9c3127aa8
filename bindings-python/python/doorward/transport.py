"""How what core asks for is sent over httpx: where to, by whose certificates, and how much of the answer is read."""

import asyncio
import functools
import socket
import ssl
from collections.abc import AsyncIterator, Callable

import httpx

from doorward._core import may_connect
from doorward.http_client import in_its_loop

__all__ = ["Transport", "read", "trust"]


@functools.cache
def trust() -> ssl.SSLContext:
    """Return the certificates of httpx. Loading them takes too long for an event loop."""
    return httpx.create_ssl_context(trust_env=False)


class Transport(httpx.AsyncHTTPTransport):
    """Connects to no address that metadata may not lead to: a host elsewhere is resolved here, once, and is connected
    to by its address."""

    def __init__(self, issuer: str) -> None:
        super().__init__(verify=trust(), trust_env=False)
        self._issuer = issuer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request to the first address that answers; raises `httpx.ConnectError` if one is refused."""
        url = str(request.url)
        if may_connect(self._issuer, url, "::1"):
            # Any address is as good.
            return await super().handle_async_request(request)
        host = request.url.raw_host.decode("ascii")
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        for address in addresses:
            if not may_connect(self._issuer, url, address):
                raise httpx.ConnectError(f"{host} is at {address}, where no document may lead to")
        failure: Exception = httpx.ConnectError(f"{host} has no address")
        time_of_each = request.extensions["timeout"]["connect"] / max(len(addresses), 1)
        # The certificate is the name's, and so is the Host field, which the request has already.
        request.extensions |= {"sni_hostname": host, "timeout": {"connect": time_of_each}}
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            try:
                return await super().handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def read(
    client: httpx.AsyncClient, request: httpx.Request, body_limit: Callable[[int], int]
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Send a request, with nothing of the client's own; return status, header fields, and as much of the body as is
    wanted with that status."""
    return await in_its_loop(client, lambda: _read(client, request, body_limit))


async def _read(
    client: httpx.AsyncClient, request: httpx.Request, body_limit: Callable[[int], int]
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    response = await client.send(request, stream=True, auth=None, follow_redirects=False)
    try:
        limit, body = body_limit(response.status_code), bytearray()
        # Raw: what is unpacked may be a thousand times as long. A transport without a network has it whole already.
        chunks = _once(response.content) if response.is_stream_consumed else response.aiter_raw()
        while len(body) < limit and (chunk := await anext(chunks, None)) is not None:
            body += chunk
        return response.status_code, response.headers.raw, bytes(body[:limit])
    finally:
        await response.aclose()
