"""Keys of another service, which callers send and that service knows.

async def check(key: str) -> UpstreamKey | None:
    response = await client.get("https://api.example.com/me", headers={"x-api-key": key})
    return UpstreamKey(str(response.json()["id"]), scopes=("read",)) if response.is_success else None

auth = ApiKeyAuth(UpstreamKeys(check), resource="https://mcp.example.com/mcp", header="X-API-Key")
"""

import asyncio
import functools
import hashlib
import inspect
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from doorward import arguments
from doorward._core import DoorwardError, join_scopes
from doorward.event_loops import begun, result_of

__all__ = ["UpstreamKey", "UpstreamKeys", "WrongAnswer"]


@dataclass(frozen=True, slots=True)
class UpstreamKey:
    """Who a key is of, as the other service says."""

    subject: str
    """Who calls: of one subject, the sessions are one's own."""
    scopes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no caller, and what is no scope: with a space in it, it would become two."""
        arguments.text("subject", self.subject)
        if isinstance(self.scopes, str):
            raise arguments.wrong("scopes", "a list of str", self.scopes)
        try:
            for scope in self.scopes:
                join_scopes([scope])
        except DoorwardError as error:
            # Not what a request is refused for: it is the fault of who says so.
            raise ValueError(f"scopes: {error}") from None


class WrongAnswer(TypeError):
    """A check returned a value that is not a verdict: its author's mistake; the message has the value's type, which is
    no secret."""


def _asynchronous(name: str, value: Any) -> None:
    """Refuse a function that is not `async`; what else can be called may return something to await, or not."""
    arguments.function(name, value)
    function = inspect.unwrap(value.func if isinstance(value, functools.partial) else value)
    if inspect.isroutine(function) and not inspect.iscoroutinefunction(function):
        raise TypeError(f"{name}: must be an async function")


_ARGUMENTS: dict[str, arguments.Kind] = {
    "check": _asynchronous,
    "seconds": arguments.number,
    "timeout": arguments.number,
    "clock": arguments.function,
}


class UpstreamKeys:
    """Asks a function whose key it is, and keeps the answer for a while by a keyed hash, never the key.

    A key that the other service revokes is accepted for `seconds` more at most; one that it refused is refused for as
    long. Callers who send one key at once wait for one answer. The function has `timeout` seconds; what it raises, or
    that it is late, is no answer: callers get 503, and nothing is kept.
    """

    MOST = 16_384
    """Answers that are kept for keys that are accepted; as many for others."""

    def __init__(
        self,
        check: Callable[[str], Awaitable[UpstreamKey | None]],
        *,
        seconds: float = 60,
        timeout: float = 10,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the keys from a function that returns `None` for a key that the service does not know."""
        arguments.check(locals(), _ARGUMENTS)
        self._check, self._seconds, self._timeout, self._clock = check, seconds, timeout, clock
        self._key = secrets.token_bytes(32)
        # Apart, so that no flood of wrong keys takes the place of good ones.
        self._accepted: dict[bytes, tuple[float, UpstreamKey | None]] = {}
        self._refused: dict[bytes, tuple[float, UpstreamKey | None]] = {}
        # Event loops of several threads may share it, but no task.
        self._lock = threading.Lock()
        self._asked: dict[tuple[int, bytes], asyncio.Task[UpstreamKey | None]] = {}

    def known(self, text: str) -> UpstreamKey | None:
        """Return whose key it is, if that is known without asking."""
        known = self._accepted.get(self._hash(text))
        return known[1] if known is not None and self._clock() < known[0] else None

    def name(self, text: str) -> str:
        """Return what a key may be remembered by in this process."""
        return self._hash(text).hex()

    def _hash(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(errors="surrogatepass"), key=self._key, digest_size=32).digest()

    async def find(self, text: str) -> UpstreamKey | None:
        """Return whose key it is; `None` for nobody's. Raises what the function raises."""
        hashed = self._hash(text)
        known = self._accepted.get(hashed) or self._refused.get(hashed)
        if known is not None and self._clock() < known[0]:
            return known[1]
        loop = asyncio.get_running_loop()
        asked = self._asked.get((id(loop), hashed))
        if asked is None or asked.get_loop() is not loop:
            asked = self._asked[id(loop), hashed] = begun(self._ask(text, hashed))
        return await result_of(asked)

    async def _ask(self, text: str, hashed: bytes) -> UpstreamKey | None:
        try:
            until = self._clock() + self._seconds
            asked = self._check(text)
            if not inspect.isawaitable(asked):
                raise _wrong("something to await", asked)
            found = await asyncio.wait_for(asked, self._timeout)
            # Before it is kept: whatever is true to Python would be a key that is accepted.
            if found is not None and not isinstance(found, UpstreamKey):
                raise _wrong("UpstreamKey or None", found)
            with self._lock:
                self._refused.pop(hashed, None)
                self._accepted.pop(hashed, None)
                kept = self._accepted if found is not None else self._refused
                kept[hashed] = until, found
                while len(kept) > self.MOST:
                    del kept[next(iter(kept))]
            return found
        finally:
            self._asked.pop((id(asyncio.get_running_loop()), hashed), None)


def _wrong(wanted: str, value: object) -> WrongAnswer:
    return WrongAnswer(f"check: {wanted} is to be returned, not {type(value).__name__}")
