"""Detection of scraping: reports it, and does nothing about it.

app = Scraping(mcp.http_app(), report=lambda signal, client, seen: ...)
"""

import hashlib
import json
import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

try:
    from starlette.types import ASGIApp, Receive, Scope, Send
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.scraping: pip install 'doorward[mcp]'") from error

from doorward._core import MAX_MCP_MESSAGES
from doorward.body import may_be_a_message, parsed, read
from doorward.client_addresses import ClientAddress, ForwardedBy
from doorward.decisions import Decisions
from doorward.log_value import OnceAMinute

__all__ = ["Scraping"]

logger = logging.getLogger("doorward")


class Scraping:
    """ASGI middleware that looks at calls of tools, by the client's address, and reports each once in a window:

    - `many_arguments`: as many calls that differ as `ARGUMENTS`;
    - `many_tools`: calls of as many tools as `TOOLS`;
    - `regular_intervals`: as many calls as `CALLS`, with pauses that differ by less than a tenth.

    An agent that works hard looks alike, so this is for somebody to look at. It is logged, counted by
    `doorward.metrics`, and passed to `report`: the signal, the client and how many there were.
    """

    WINDOW = 600
    """Seconds after which a client's calls are counted anew."""
    ARGUMENTS, TOOLS, CALLS = 200, 12, 30
    MOST = 4096
    """Clients that are remembered, in up to two kilobytes each; whoever called longest ago is forgotten first."""

    def __init__(
        self,
        app: ASGIApp,
        report: Callable[[str, str, int], None] | None = None,
        *,
        trusted_hops: int = 0,
        forwarded_by: ForwardedBy = "x-forwarded-for",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Create the middleware for an app; the arguments are those of `doorward.limits.RateLimits`."""
        self._app, self._report, self._clock = app, report, clock
        self._client_address = ClientAddress(trusted_hops, forwarded_by)
        self._lock, self._may_log = threading.Lock(), OnceAMinute()
        self._seen: dict[str, _Seen] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look for calls that scrape in a request, and pass it on."""
        if scope["type"] == "http" and scope["method"] == "POST":
            body, receive, _ = await read(receive)
            found = parsed(scope, body)[:MAX_MCP_MESSAGES]
            calls = [message for message in found if message.get("method") == "tools/call"]
            if not found and may_be_a_message(scope, body):
                # What it asks for nobody knows, and no client hides by it.
                calls = [{"params": hashlib.blake2b(body or b"").hexdigest()}]
            if calls:
                self._look(scope, calls)
        await self._app(scope, receive, send)

    def _look(self, scope: Scope, calls: list[dict[str, Any]]) -> None:
        client, now = self._client_address.key(scope) or "", self._clock()
        with self._lock:
            seen = self._seen.pop(client, None)
            if seen is None or now >= seen.began + self.WINDOW:
                seen = _Seen(now)
            self._seen[client] = seen
            while len(self._seen) > self.MOST:
                del self._seen[next(iter(self._seen))]
            for call in calls:
                seen.note(call.get("params"), now)
            signals = [(signal, count) for signal, count in self._odd(seen) if signal not in seen.reported]
            seen.reported.update(signal for signal, _ in signals)
        for signal, count in signals:
            Decisions.of(scope).signals.append(signal)
            logger.warning("looks odd: %s (%d) of client %s; nothing is done about it", signal, count, client)
            if self._report is not None:
                try:
                    self._report(signal, client, count)
                except Exception:
                    if self._may_log("report"):
                        logger.exception("the report of what looks odd failed")

    def _odd(self, seen: "_Seen") -> "Iterator[tuple[str, int]]":
        if (count := seen.arguments()) >= self.ARGUMENTS:
            yield "many_arguments", count
        if len(seen.tools) >= self.TOOLS:
            yield "many_tools", len(seen.tools)
        if seen.calls >= self.CALLS and seen.regular():
            yield "regular_intervals", seen.calls


class _Seen:
    """What a client called, in a size that does not grow: which arguments by a bit of many each, how often by the mean
    of the pauses and how far they are from it (Welford)."""

    __slots__ = ("began", "bits", "calls", "distance", "last", "mean", "reported", "tools")
    BITS = 1024

    def __init__(self, now: float) -> None:
        self.began, self.last = now, now
        self.calls, self.bits, self.mean, self.distance = 0, 0, 0.0, 0.0
        self.tools: set[int] = set()
        self.reported: set[str] = set()

    def note(self, params: object, now: float) -> None:
        name = params.get("name") if isinstance(params, dict) else None
        self.bits |= 1 << _digest(params) % self.BITS
        if len(self.tools) < Scraping.TOOLS:
            self.tools.add(_digest(name))
        if self.calls:
            pause = now - self.last - self.mean
            self.mean += pause / self.calls
            self.distance += pause * (now - self.last - self.mean)
        self.calls, self.last = self.calls + 1, now

    def arguments(self) -> int:
        """Estimate how many calls differed, by how many bits are still 0 (linear counting)."""
        return round(self.BITS * math.log(self.BITS / max(1, self.BITS - self.bits.bit_count())))

    def regular(self) -> bool:
        return math.sqrt(self.distance / (self.calls - 1)) < self.mean / 10


def _digest(value: object) -> int:
    text = json.dumps(value, sort_keys=True).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
