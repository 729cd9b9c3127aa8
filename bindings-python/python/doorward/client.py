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
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

try:
    import httpx
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.client: pip install 'doorward[jwks]'") from error

from doorward._core import Client, DoorwardError, printable
from doorward.http_client import http_client
from doorward.transport import Transport, read

if TYPE_CHECKING:
    import httpx2

    from doorward.store import Store

    _Auth = httpx.Auth
else:
    try:
        import httpx2

        class _Auth(httpx.Auth, httpx2.Auth):
            """Authentication for the clients of both libraries."""
    except ModuleNotFoundError:
        _Auth = httpx.Auth

__all__ = ["Browser", "HeadlessBrowser", "OAuth", "UserBrowser"]

logger = logging.getLogger("doorward.client")

_KIND = "client"
_PAGE = b"""<!doctype html><meta charset=utf-8><title>Signed in</title>\
<p>You may close this page, and go back to where you came from."""


class Browser(Protocol):
    """Opens the authorization page for the user, and receives the response."""

    redirect_uri: str
    """The redirect URI, to which the browser is sent back."""

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
        client = self._client
        if client is None:
            # On a thread, since it reads the machine's certificates.
            client = await asyncio.to_thread(httpx.AsyncClient, trust_env=False, timeout=60)
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


@dataclass(eq=False)
class _Turn:
    """Somebody drives the core: after which answer, if after one, and what it failed with."""

    answer: tuple[str | None, int, tuple[str, ...]] | None
    failure: Exception | None = None


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
        its own certificates and proxies then apply, and no address is checked: where it connects to what the server's
        metadata names, which may be within your network, is up to its transport. Without it, each address is checked,
        and is the one that is connected to. clock: seconds since 1970. options: those of `doorward.Client`, such as
        client_name, client_document, issuer, client_id, client_secret, scope, client_credentials. Raises
        `DoorwardError` for what is wrong with them. Several that share a store share one
        grant.
        """
        self._browser = browser
        if browser is None and not options.get("client_credentials"):
            self._browser = UserBrowser()
        redirect_uri = None if self._browser is None else self._browser.redirect_uri
        self._client = Client(resource, redirect_uri, **options)
        self._resource, self._store, self._sign, self._clock = resource, store, sign, clock
        self._http = http_client("client", client)
        # The record that the store has, as far as is known, its token and its version.
        self._stored = ""
        self._token: str | None = None
        self._version: int | None = None
        # Who drives the core, and whether that waits for a person; `_moved` is set when either changes.
        self._turn: _Turn | None = None
        self._asking, self._moved = False, asyncio.Event()

    @property
    def core(self) -> Client:
        """Return the state machine: it has the issuer, the scopes, and why an authorization server refused."""
        return self._client

    async def token(self) -> str:
        """Return a token for the server; the user has to sign in if there is none. Raises `DoorwardError`."""

        async def drive() -> None:
            await self._begin()
            if self._client.access_token is None:
                await self._go(lambda: self._client.request_token(self._now()))

        await self._drive(drive, self._has_token)
        return self._client.access_token or ""

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Send a request with a token, if it is for the server, and once more if that led to another token."""
        if not self._client.covers(str(request.url)):
            yield request
            return
        # It may be sent again.
        await request.aread()
        while True:
            await self._drive(self._begin, self._has_token)
            token = self._client.access_token
            if token is not None:
                request.headers["authorization"] = f"Bearer {token}"
            response = yield request
            if not self._client.covers(str(response.url)):
                # Of another server, which the request was redirected to.
                return
            answer = (token, response.status_code, tuple(response.headers.get_list("www-authenticate")))
            goes_on = partial(self._go, partial(self._answered, answer))
            if not await self._drive(goes_on, partial(self._was_served, *answer[:2]), answer):
                return
            if self._client.access_token == token:
                return

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Refuse: tokens are waited for with asyncio."""
        raise RuntimeError("doorward.client.OAuth: for an AsyncClient")

    def _now(self) -> int:
        return max(int(self._clock()), 0)

    def _answered(self, answer: tuple[str | None, int, tuple[str, ...]]) -> str:
        token, status, challenges = answer
        return self._client.answered(token, status, list(challenges), self._now())

    async def _drive(
        self,
        drive: Callable[[], Awaitable[None]],
        goes_on: Callable[[], bool],
        answer: tuple[str | None, int, tuple[str, ...]] | None = None,
    ) -> bool:
        """Wait until nobody drives the core, then do, and return True. While a person is asked, which takes minutes,
        return False if it goes on without. Raises what those failed with that were waited for, who had the same answer,
        or without whom there is no token: the person has been asked for all of them."""
        while (turn := self._turn) is not None:
            if self._asking and goes_on():
                return False
            await self._moved.wait()
            if turn.failure is not None and (turn.answer == answer or (answer is None and not self._has_token())):
                raise turn.failure
        self._turn = turn = _Turn(answer)
        try:
            await drive()
        except Exception as error:
            turn.failure = error
            raise
        finally:
            self._turn = None
            self._wake()
        return True

    def _wake(self) -> None:
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
        if self._version is None:
            await self._load()
        await self._go(lambda: self._client.step(self._now()))

    async def _load(self) -> bool:
        """Take what is stored, and return whether it was another's: a program that shares the store, or an object of
        this one, may have renewed the token, and a refresh token is good once."""
        entry = None if self._store is None else await self._store.get(_KIND, self._resource)
        if entry is None or entry.version == self._version:
            return False
        self._version, self._stored = entry.version, entry.value.decode(errors="replace")
        self._client.reset()
        try:
            self._client.restore(entry.value)
        except DoorwardError as error:
            # Of another version, or of something else: what is stored next takes its place.
            logger.warning(
                "what is stored for %s is left out, and the client begins anew: %s",
                printable(self._resource),
                error.name,
            )
        self._token = self._client.access_token
        return True

    async def _save(self) -> bool:
        """Store the record if it has changed; if another has stored something meanwhile, take that instead, and return
        False. Not in the place of a token that was renewed: who renewed the same one at once, and was refused since a
        refresh token is good once, has stored none."""
        record = self._client.record()
        if self._store is None or record == self._stored:
            return True
        value = record.encode()
        if self._version is None:
            saved = await self._store.put_if_absent(_KIND, self._resource, value)
        else:
            saved = await self._store.compare_and_swap(_KIND, self._resource, self._version, value)
        entry = await self._store.get(_KIND, self._resource)
        if entry is None:
            # It has been removed, which says nothing against what is to be stored.
            self._version = None
            return saved or await self._save()
        if saved and entry.value == value:
            self._version, self._stored, self._token = entry.version, record, self._client.access_token
            return True
        renewed, before = self._client.access_token, self._token
        if not await self._load():
            return True
        if None not in (renewed, before) and renewed != before and self._token in (None, before):
            self._client.reset()
            self._client.restore(value)
            await self._save()
        return False

    async def _go(self, begin: Callable[[], str]) -> None:
        """Do what the core decides until there is a token, or none is needed."""
        try:
            step = begin()
            if step != "ready" and await self._load():
                step = begin()
            while True:
                # Before anything is sent: which server has what was given must be known to whoever goes on later.
                if not await self._save():
                    step = begin()
                elif step == "ready":
                    return
                elif step == "request":
                    step = await self._send()
                elif step == "sign":
                    if self._sign is None:
                        raise TypeError("sign: private_key_jwt needs it")
                    step = self._client.signed(self._sign(self._client.client_id or "", self._client.issuer or ""))
                elif await self._load():
                    # Nobody is asked for what another has got meanwhile.
                    step = begin()
                else:
                    step = await self._authorize()
        except BaseException:
            # Nobody goes on with it: the next request begins anew.
            self._client.reset()
            raise

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
        self._wake()
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

    def __repr__(self) -> str:
        """Return a text without secrets."""
        return f"OAuth({self._resource!r})"
