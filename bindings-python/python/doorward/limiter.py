"""Limits for many clients, by core's rule, in memory that does not grow."""

import hashlib
import secrets
import threading
import time
from array import array
from collections.abc import Callable

from doorward._core import RateLimit, RateLimitDecision

__all__ = ["Limiter"]


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


class Limiter:
    """What clients have used of a limit: 24 bytes for each place, however many clients there are.

    A client has one of eight places by a keyed hash of its name. Where all are others', it takes over the place of who
    used least, and with it what was used there. So nobody's use is ever forgotten: who was replaced and comes back
    finds at least as much counted as there was. What a flood of clients can do, once it is larger than the table, is to
    use up some of the limit of new ones. Each process counts for itself.
    """

    WAYS = 8
    BYTES = 24
    """Of a place."""

    def __init__(self, limit: RateLimit, places: int = 1 << 16, *, clock: Callable[[], int] = _milliseconds) -> None:
        """Create it with so many places (rounded up to eight), and a monotonic clock of milliseconds."""
        self._limit, self._clock = limit, clock
        self._sets = max(1, -(-places // self.WAYS))
        # Whose it is, what is used, when that was so.
        self._table = array("Q", bytes(self.BYTES * self.WAYS * self._sets))
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()

    def take(self, name: str, cost: int = 1) -> RateLimitDecision:
        """Decide whether a request is within the limit of a client, and count it if so."""
        whose, now = self._hash(name), self._clock()
        with self._lock:
            place, state = self._find(whose, now)
            decision, (used, last) = self._limit.take(state, cost, now)
            if decision.allowed:
                self._table[place], self._table[place + 1], self._table[place + 2] = whose, used, last
        return decision

    def peek(self, name: str, cost: int = 1) -> RateLimitDecision:
        """Decide as `take` does, and count nothing."""
        whose, now = self._hash(name), self._clock()
        with self._lock:
            return self._limit.take(self._find(whose, now)[1], cost, now)[0]

    def _hash(self, name: str) -> int:
        digest = hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "little") or 1  # 0 is nobody

    def _find(self, whose: int, now: int) -> tuple[int, tuple[int, int] | None]:
        """Return the client's place and what it has used, or the place that it would get."""
        table = self._table
        begin = whose % self._sets * self.WAYS * 3
        places = range(begin, begin + self.WAYS * 3, 3)
        for place in places:
            if table[place] == whose:
                return place, (table[place + 1], table[place + 2])
        least: tuple[int, int, int] | None = None
        for place in places:
            if not table[place]:
                return place, None
            used, last = self._limit.take((table[place + 1], table[place + 2]), 0, now)[1]
            if least is None or used < least[0]:
                least = used, last, place
        assert least is not None  # noqa: S101 (there are places)
        return least[2], least[:2]
