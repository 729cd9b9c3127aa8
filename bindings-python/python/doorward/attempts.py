"""Attempts that may fail: of each client only so many."""

import asyncio
import threading
from collections import Counter, deque

from doorward._core import RateLimit
from doorward.errors import error_of
from doorward.limiter import Limiter

__all__ = ["Attempts"]


class _Turn:
    """One who waits for the outcome of others."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.decided: asyncio.Future[None] = self._loop.create_future()
        self.begins: bool | None = None

    def decide(self, begins: bool) -> bool:
        """Set whether the attempt begins; returns false if nobody waits for that."""
        self.begins = begins
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # its event loop is closed
            return False
        return True

    def _wake(self) -> None:
        if not self.decided.done():
            self.decided.set_result(None)


class Attempts:
    """Attempts that each count against a limit if they fail. No more are under way at once than may fail: the others
    wait for the outcome of those, in the order in which they came, and are refused once too many have failed. So those
    that succeed are never refused, however many come at once. Event loops of several threads may share it."""

    WAITING = 1024
    """The maximum number of attempts of one client that wait."""

    PATIENCE = 10.0
    """Seconds after which an attempt that waits is refused."""

    def __init__(self, limit: RateLimit) -> None:
        """Create attempts for a limit of those that fail."""
        self.failed = Limiter(limit)
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Turn]] = {}

    async def begin(self, name: str) -> None:
        """Begin an attempt of a client, which `end` ends. Raises `rate_limited`, as where too many
        wait, or the others take too long."""
        with self._lock:
            self.failed.peek(name).check()
            queue = self._waiting.get(name)
            if queue is None and self._has_room(name):
                self._under_way[name] += 1
                return
            if queue is not None and len(queue) >= self.WAITING:
                raise error_of("rate_limited")
            turn = _Turn()
            self._waiting.setdefault(name, deque()).append(turn)
        try:
            await asyncio.wait([turn.decided], timeout=self.PATIENCE)
        except BaseException:
            if self._leave(name, turn):
                self.end(name)
            raise
        begins = self._leave(name, turn)
        if begins is None:
            raise error_of("rate_limited")
        if not begins:
            self.failed.peek(name).check()
            raise error_of("rate_limited")  # it has just become one that may fail

    def end(self, name: str) -> None:
        """End an attempt, which counts if `failed` has taken it before."""
        with self._lock:
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]
            waiting = self._waiting.get(name)
            while waiting and ((refused := not self.failed.peek(name).allowed) or self._has_room(name)):
                if waiting.popleft().decide(not refused) and not refused:
                    self._under_way[name] += 1
            if waiting is not None and not waiting:
                del self._waiting[name]

    def _has_room(self, name: str) -> bool:
        return self.failed.peek(name, 1 + self._under_way[name]).allowed

    def _leave(self, name: str, turn: _Turn) -> bool | None:
        """Return whether an attempt has begun; `None` if it waits no more."""
        with self._lock:
            if turn.begins is None:
                queue = self._waiting[name]
                queue.remove(turn)
                if not queue:
                    del self._waiting[name]
            return turn.begins
