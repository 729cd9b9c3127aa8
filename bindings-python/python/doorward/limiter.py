"""Limits for many clients, by core's rule, in memory that does not grow: `doorward.Limiter`, with a clock and a key."""

import secrets
import threading
import time
from collections.abc import Callable

from doorward import _core
from doorward._core import RateLimit, RateLimitDecision

__all__ = ["KeyLimits", "Limiter"]


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


class Limiter:
    """What clients have used of a limit. Each process counts for itself."""

    def __init__(self, limit: RateLimit, places: int = 1 << 16, *, clock: Callable[[], int] = _milliseconds) -> None:
        """Create a limiter with so many places (rounded up to eight), and a monotonic clock of milliseconds."""
        self._table, self._clock = _core.Limiter(limit, places, secrets.token_bytes(32)), clock

    def take(self, name: str, cost: int = 1) -> RateLimitDecision:
        """Decide whether a request is within the limit of a client, and count it if so."""
        return self._table.take(name.encode(errors="surrogatepass"), cost, self._clock())

    def peek(self, name: str, cost: int = 1) -> RateLimitDecision:
        """Decide as `take` does, and count nothing."""
        return self._table.peek(name.encode(errors="surrogatepass"), cost, self._clock())


class KeyLimits:
    """What keys have used of limits of their own, of which there may be as many as keys."""

    MOST = 1 << 16
    """Keys that are remembered, in a quarter of a kilobyte each; whoever came longest ago is forgotten first."""

    def __init__(self, clock: Callable[[], int] = _milliseconds) -> None:
        """Create the limits with a monotonic clock of milliseconds."""
        self._clock, self._lock = clock, threading.Lock()
        self._used: dict[str, tuple[int, int]] = {}

    def take(self, id: str, limit: tuple[int, int, int]) -> RateLimitDecision:
        """Decide whether a request is within the limit of a key, and count it if so."""
        rate = RateLimit(*limit)
        with self._lock:
            decision, self._used[id] = rate.take(self._used.pop(id, None), 1, self._clock())
            while len(self._used) > self.MOST:
                del self._used[next(iter(self._used))]
        return decision
