"""A store in memory, for tests: nothing of it outlives the process, and no other process sees it."""

import heapq
import time
from collections.abc import Callable

from doorward.store.contract import Entry
from doorward.store.version import new_version

__all__ = ["MemoryStore"]


class MemoryStore:
    """A store in memory, for one process and for tests."""

    SWEEP = 16
    """The maximum number of expired entries that one write removes."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Create an empty store with a clock of seconds since 1970."""
        self._clock = clock
        self._entries: dict[tuple[str, str], Entry] = {}
        self._expiries: list[tuple[int, str, str]] = []

    def _has_expired(self, entry: Entry) -> bool:
        return entry.expires_at is not None and entry.expires_at <= int(self._clock())

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none, or it has expired."""
        entry = self._entries.get((kind, key))
        return None if entry is None or self._has_expired(entry) else entry

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""
        if await self.get(kind, key) is not None:
            return False
        self._put(kind, key, value, expires_at)
        return True

    def _put(self, kind: str, key: str, value: bytes, expires_at: int | None) -> None:
        self._entries[kind, key] = Entry(bytes(value), new_version(), expires_at)
        if expires_at is not None:
            heapq.heappush(self._expiries, (expires_at, kind, key))
        for _ in range(self.SWEEP):
            if not self._expiries or self._expiries[0][0] > int(self._clock()):
                break
            _, *place = heapq.heappop(self._expiries)
            entry = self._entries.get((place[0], place[1]))
            if entry is not None and self._has_expired(entry):
                del self._entries[place[0], place[1]]

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""
        entry = await self.get(kind, key)
        if entry is None or entry.version != version:
            return False
        self._put(kind, key, value, expires_at)
        return True

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or it has expired."""
        entry = await self.get(kind, key)
        self._entries.pop((kind, key), None)
        return entry

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        """Return the first entries whose keys are after this one."""
        found = [
            (key, entry)
            for (own, key), entry in self._entries.items()
            if own == kind and key.encode() > after.encode() and not self._has_expired(entry)
        ]
        return sorted(found, key=lambda item: item[0].encode())[:limit]

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which there are entries."""
        return tuple(sorted({kind for kind, _ in self._entries}))

    async def purge(self) -> int:
        """Remove all expired entries, and return how many there were."""
        expired = [place for place, entry in self._entries.items() if self._has_expired(entry)]
        for place in expired:
            del self._entries[place]
        return len(expired)

    async def close(self) -> None:
        """Close nothing: the entries stay as long as the store."""
