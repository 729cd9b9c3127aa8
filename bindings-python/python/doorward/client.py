"""Tokens for an MCP server: the client's side of OAuth, over httpx.

```python
from fastmcp import Client

from doorward.client import OAuth

url = "https://mcp.example.com/mcp"
async with Client(url, auth=OAuth(url, client_name="notes")) as client:
    await client.list_tools()
```

The user signs in with a browser when the server asks for it. `OAuth` is an `httpx.Auth`, and one of httpx2 for
FastMCP's client and the MCP SDK's. The core decides what to send and what each answer means (`doorward.Client`); here
are the network, the browser, the clock and what is stored.
"""

import asyncio
import logging
import secrets
import socket
import time
import webbrowser
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

try:
    import httpx
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.client: pip install 'doorward[jwks]'") from error

from doorward._core import Client, DoorwardError, printable
from doorward.http_client import http_client
from doorward.jwks import Transport, read

if TYPE_CHECKING:
    import httpx2

    from doorward.store import Store

    _Auth = httpx.Auth
else:
    try:
        import httpx2

        class _Auth(httpx.Auth, httpx2.Auth):
            """What both take."""
    except ModuleNotFoundError:
        _Auth = httpx.Auth

__all__ = ["Browser", "HeadlessBrowser", "OAuth", "UserBrowser"]

logger = logging.getLogger("doorward.client")

_KIND = "client"
_PAGE = b"""<!doctype html><meta charset=utf-8><title>Signed in</title>\
<p>You may close this page, and go back to where you came from."""


class Browser(Protocol):
    """What shows the user a page."""

    redirect_uri: str
    """Where it is sent back to."""

    def visit(self, url: str) -> AsyncGenerator[str, None]:
        """Open a URL, and yield the query of each request that comes to the redirect URI."""


class UserBrowser:
    """The user's own browser, and a listener on this machine that it is sent back to (RFC 8252 section 7.3)."""

    def __init__(
        self, port: int = 0, *, patience: float = 300, open_url: Callable[[str], Any] = webbrowser.open
    ) -> None:
        """Create a browser. port: that of the redirect URI, or any free one; with the same one each time, what is
        stored of a registration stays good. patience: the seconds that the user has. open_url: what opens a page."""
        if port == 0:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
        self.redirect_uri = f"http://127.0.0.1:{port}/callback"
        self._port, self._patience, self._open = port, patience, open_url

    async def visit(self, url: str) -> AsyncGenerator[str, None]:
        """Open a URL, and yield what comes back; raises `TimeoutError`, and `OSError` if another listens there."""
        came: asyncio.Queue[str] = asyncio.Queue()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                # Whole, or the answer is lost with what was not read.
                sent = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
                line = sent.partition(b"\r\n")[0].decode("latin-1").split(" ")
                if len(line) == 3 and line[0] == "GET" and line[1].startswith("/callback?"):
                    status, body = "200 OK", _PAGE
                    came.put_nowait(line[1].partition("?")[2])
                else:
                    status, body = "404 Not Found", b""
                head = f"HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\n"
                # The page's address has the code.
                head += "referrer-policy: no-referrer\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError, OSError):
                pass
            finally:
                writer.close()

        until = time.monotonic() + self._patience
        server = await asyncio.start_server(answer, "127.0.0.1", self._port)
        try:
            await asyncio.to_thread(self._open, url)
            while True:
                yield await asyncio.wait_for(came.get(), max(until - time.monotonic(), 0))
        finally:
            server.close()


class HeadlessBrowser:
    """A request in place of a browser, for tests: follows redirects, with cookies, up to the redirect URI."""

    def __init__(
        self, redirect_uri: str = "http://127.0.0.1:3000/callback", *, client: httpx.AsyncClient | None = None
    ) -> None:
        """Create a headless browser. client: what sends the requests."""
        self.redirect_uri, self._client = redirect_uri, client

    async def visit(self, url: str) -> AsyncGenerator[str, None]:
        """Yield the query once; raises `RuntimeError` if it is sent nowhere."""
        client = self._client or httpx.AsyncClient(trust_env=False, timeout=60)
        try:
            for _ in range(20):
                answer = await client.get(url, follow_redirects=False)
                if "location" not in answer.headers:
                    raise RuntimeError(f"not signed in: {answer.status_code} without a redirect")
                url = str(answer.url.join(answer.headers["location"]))
                if url.startswith(f"{self.redirect_uri}?"):
                    yield urlsplit(url).query
                    return
            raise RuntimeError("not signed in: too many redirects")
        finally:
            if self._client is None:
                await client.aclose()


class OAuth(_Auth):
    """Gets tokens for one MCP server, renews them, and asks for more where a request needs it. For one event loop."""

    requires_request_body = True

    def __init__(
        self,
        resource: str,
        *,
        browser: Browser | None = None,
        store: "Store | None" = None,
        sign: Callable[[str, str], str] | None = None,
        client: "httpx.AsyncClient | httpx2.AsyncClient | None" = None,
        clock: Callable[[], float] = time.time,
        **options: Any,
    ) -> None:
        """Create the authentication for the URL of a server; nothing is sent before the first request.

        browser: what the user signs in with, `UserBrowser()` if none is named. store: keeps the registration, the
        tokens, which are secrets, and which server has what was given; what has changed is written before each request
        that leads to a token. sign: makes an assertion of the client's identifier and the issuer it is for
        (`private_key_jwt`), as `doorward.client_assertion` does. client: what sends the requests that lead to a token;
        its own certificates and proxies then apply. clock: seconds since 1970. options: those of `doorward.Client`,
        such as client_name, client_document, client_id, client_secret, scope, client_credentials. Raises
        `DoorwardError` for what is wrong with them.
        """
        self._browser = browser
        if browser is None and not options.get("client_credentials"):
            self._browser = UserBrowser()
        redirect_uri = None if self._browser is None else self._browser.redirect_uri
        self._client = Client(resource, redirect_uri, **options)
        self._resource, self._store, self._sign, self._clock = resource, store, sign, clock
        self._http = http_client("client", client)
        self._loaded, self._stored = store is None, ""
        # Whether somebody drives the core, and whether that waits for a person; `_moved` is set when either changes.
        self._busy, self._asking, self._moved = False, False, asyncio.Event()

    @property
    def core(self) -> Client:
        """Return the state machine: it has the issuer, the scopes, and why an authorization server refused."""
        return self._client

    async def token(self) -> str:
        """Return a token for the server; the user has to sign in if there is none. Raises `DoorwardError`."""
        if await self._turn(self._has_token):
            try:
                await self._begin()
                if self._client.access_token is None:
                    await self._go(lambda: self._client.answered(None, 401, [], self._now()))
            finally:
                self._end_turn()
        return self._client.access_token or ""

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Send a request with a token, if it is for the server, and once more if that led to another token."""
        if not self._client.covers(str(request.url)):
            yield request
            return
        # It may be sent again.
        await request.aread()
        while True:
            if await self._turn(self._has_token):
                try:
                    await self._begin()
                finally:
                    self._end_turn()
            token = self._client.access_token
            if token is not None:
                request.headers["authorization"] = f"Bearer {token}"
            response = yield request
            if not self._client.covers(str(response.url)):
                # Of another server, which the request was redirected to.
                return
            challenges = response.headers.get_list("www-authenticate")
            if not await self._turn(partial(self._was_served, token, response.status_code)):
                return
            try:
                await self._go(partial(self._client.answered, token, response.status_code, challenges, self._now()))
            finally:
                self._end_turn()
            if self._client.access_token == token:
                return

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Refuse: tokens are waited for with asyncio."""
        raise RuntimeError("doorward.client.OAuth: for an AsyncClient")

    def _now(self) -> int:
        return max(int(self._clock()), 0)

    async def _turn(self, goes_on: Callable[[], bool]) -> bool:
        """Wait until nobody drives the core, and return True: the caller does, until `_end_turn`. While a person is
        asked, which takes minutes, return False if it goes on without."""
        while self._busy:
            if self._asking and goes_on():
                return False
            await self._moved.wait()
        self._busy = True
        return True

    def _end_turn(self) -> None:
        self._busy = False
        self._tell()

    def _tell(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    def _has_token(self) -> bool:
        return self._client.access_token is not None

    def _was_served(self, token: str | None, status: int) -> bool:
        try:
            self._client.answered(token, status, [], self._now())
        except DoorwardError:
            return False
        return True

    async def _begin(self) -> None:
        """Go on from what is stored, and renew a token that is about to expire."""
        if not self._loaded and self._store is not None:
            entry = await self._store.get(_KIND, self._resource)
            if entry is not None:
                try:
                    self._client.restore(entry.value)
                except DoorwardError as error:
                    # Of another version, or of something else: what is stored next takes its place.
                    logger.warning(
                        "what is stored for %s is left out, and the client begins anew: %s",
                        printable(self._resource),
                        error.name,
                    )
            self._loaded = True
        await self._go(lambda: self._client.step(self._now()))

    async def _go(self, begin: Callable[[], str]) -> None:
        """Do what the core decides until there is a token, or none is needed."""
        try:
            step = begin()
            while step != "ready":
                # Before anything is sent: which server has what was given must be known to whoever goes on later.
                await self._save()
                if step == "request":
                    step = await self._send()
                elif step == "sign":
                    if self._sign is None:
                        raise TypeError("sign: private_key_jwt needs it")
                    step = self._client.signed(self._sign(self._client.client_id or "", self._client.issuer or ""))
                else:
                    step = await self._authorize()
        except BaseException:
            # Nobody goes on with it: the next request begins anew.
            self._client.reset()
            raise
        await self._save()

    async def _send(self) -> str:
        method, url, fields, body, named_by = self._client.request()
        timeout = self._client.TIMEOUT
        request = httpx.Request(
            method, url, headers=fields, content=body.encode(), extensions={"timeout": {"connect": timeout}}
        )
        try:
            # The whole response, however slowly it drips; httpx's own timeouts are for each read.
            status, headers, answer = await asyncio.wait_for(self._answer(request, named_by), timeout)
        except Exception:  # whatever a transport raises
            return self._client.no_response(self._now())
        return self._client.response(status, headers, answer, self._now())

    async def _answer(self, request: httpx.Request, named_by: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        if self._http is not None:
            return await read(self._http, request, lambda _: self._client.BODY_LIMIT)
        transport = await asyncio.to_thread(Transport, named_by)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            return await read(client, request, lambda _: self._client.BODY_LIMIT)

    async def _authorize(self) -> str:
        if self._browser is None:
            raise TypeError("browser: the user has to sign in")
        url = self._client.authorize(secrets.token_bytes(64))
        self._asking = True
        self._tell()
        try:
            async with aclosing(self._browser.visit(url)) as queries:
                async for query in queries:
                    self._asking = False
                    try:
                        return self._client.redirected(query)
                    except DoorwardError:
                        # Of somebody else, if the wait goes on.
                        if self._client.step(self._now()) != "redirect":
                            raise
                    self._asking = True
        finally:
            self._asking = False
        raise RuntimeError("browser: it was not sent back")

    async def _save(self) -> None:
        record = self._client.record()
        if self._store is None or record == self._stored:
            return
        while True:
            entry = await self._store.get(_KIND, self._resource)
            if entry is None:
                saved = await self._store.put_if_absent(_KIND, self._resource, record.encode())
            else:
                saved = await self._store.compare_and_swap(_KIND, self._resource, entry.version, record.encode())
            if saved:
                self._stored = record
                return

    def __repr__(self) -> str:
        """Show what is no secret."""
        return f"OAuth({self._resource!r})"
