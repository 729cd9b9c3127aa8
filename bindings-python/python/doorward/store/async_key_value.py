"""A store over FastMCP's: whatever py-key-value has as `AsyncKeyValue`.

Such a store has no step that compares, but of several who delete an entry only one gets that result. Hence each version
of an entry has a claim beside it, and whoever deletes that may replace or take the entry. What differs from the
contract of `doorward.store`:

- Of several that put the same absent key at once, several may get the result that they did; the last one's value stays.
  Keys that are drawn at random are put by nobody else.
- Whoever is killed between a claim and the step that it is for, or whose step fails, leaves an entry that can be read,
  and neither swapped nor taken. Who has seen that for `timeout` seconds removes it: it is lost. (To give the claim back
  would be no better: a step that was given up may still arrive, and bring back what others have replaced since.)
- Who is that slow, and still there, writes nothing, or undoes what it wrote, and fails. Only a writer that is
  stopped for longer than `timeout` within the one `put`, after it looked and before it arrives, brings back what others
  have removed meanwhile, until that `put` returns; for good only if it is killed before that.
- Nothing is listed, and what has expired is removed as that store does it: the `cull` of a store that has one is
  called in the course of writes.
- What a verb said has happened has happened as far as that store writes it to its disk.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, SupportsFloat, TypeVar

from doorward.event_loops import begun
from doorward.store.contract import Entry, StoreError, StoreUnavailable
from doorward.store.version import new_version

__all__ = ["AsyncKeyValue", "FromAsyncKeyValue"]

_T = TypeVar("_T")

CLAIMING = ("disk", "filetree", "memory", "mongodb", "postgresql", "redis", "valkey")
"""Stores of py-key-value whose `delete` returns true to only one of several callers, and where what was put is there at
once: not so DynamoDB, as it is read there."""

LOCAL = ("disk", "filetree", "memory")
"""Those of one machine."""

TRANSPARENT = (
    *("compression", "encryption", "logging", "prefix_collections", "prefix_keys", "single_collection"),
    *("statistics", "timeout"),
)
"""Its wrappers that hand each call on to one store, and remember nothing."""


class AsyncKeyValue(Protocol):
    """The methods that such a store must have."""

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        """Return a value; `None` if there is none."""

    async def put(
        self, key: str, value: dict[str, Any], *, collection: str | None = None, ttl: SupportsFloat | None = None
    ) -> None:
        """Store a value, for `ttl` seconds if that is set."""

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        """Remove a value, and return whether there was one."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """That a version of an entry is this writer's to replace."""

    version: int
    until: float

    def has_ended(self) -> bool:
        return time.monotonic() >= self.until


class FromAsyncKeyValue:
    """Entries in collections `doorward_KIND`, and their claims in `doorward_KIND_claims`."""

    STUCK = 1024
    """Entries that are known to be claimed."""

    CULL = 900.0
    """Seconds after which what has expired is removed again, at least: each entry is read for that."""

    SHARE = 20
    """Times as long as that took until it is done again."""

    def __init__(self, store: AsyncKeyValue, *, clock: Callable[[], float] = time.time, timeout: float = 5) -> None:
        """Create a store over another, which stays its owner's to close. `timeout` is in seconds, for each of its steps
        and for another process that is at the same entry. Raises `StoreError` for a store where to delete is no
        claim."""
        inner: Any = store
        while _is_of(inner, "wrappers", TRANSPARENT):
            inner = inner.key_value
        if not _is_of(inner, "stores", CLAIMING):
            raise StoreError(
                f"{type(inner).__name__}: not known to return true to only one of several who delete an entry; "
                f"stores of py-key-value that do: {', '.join(CLAIMING)}"
            )
        self._store, self._clock, self._timeout = store, clock, timeout
        self.settles = 30.0
        """Seconds for which two who put the same absent key may each see their own."""
        # By place: a version whose claim is gone, and since when.
        self._stuck: dict[tuple[str, str], tuple[int, float]] = {}
        self.is_local = _is_of(inner, "stores", LOCAL)
        # A wrapper hands no `cull` on.
        self._culls: Callable[[], Awaitable[None]] | None = getattr(inner, "cull", None)
        self._cull_after = time.monotonic()
        self._culling: asyncio.Task[None] | None = None
        self._replacing: set[asyncio.Task[None]] = set()

    async def _read(self, kind: str, key: str) -> tuple[Entry | None, str]:
        place = hashlib.sha256(key.encode()).hexdigest()
        found = await self._answer(self._store.get(place, collection=f"doorward_{kind}"))
        if found is None:
            return None, place
        try:
            value, version, expires_at = found["value"].encode("latin-1"), int(found["version"]), found["expires_at"]
        except (AttributeError, KeyError, TypeError, ValueError):
            raise StoreError(f"{kind}: an entry of another form") from None
        live = expires_at is None or expires_at > int(self._clock())
        return Entry(value, version, expires_at) if live else None, place

    async def _write(
        self, kind: str, place: str, value: bytes, expires_at: int | None, claim: "_Claim | None" = None
    ) -> None:
        version = str(new_version())
        left = None if expires_at is None else max(1, expires_at - self._clock())
        entry = {"value": value.decode("latin-1"), "version": version, "expires_at": expires_at}
        # Whoever sees the entry can claim it.
        await self._answer(self._store.put(f"{place}.{version}", {}, collection=f"doorward_{kind}_claims", ttl=left))
        if claim is not None:
            found = await self._answer(self._store.get(place, collection=f"doorward_{kind}"))
            # Others take a claim that lasts too long for that of one who is gone, and remove the entry.
            if found is None or found.get("version") != str(claim.version) or claim.has_ended():
                raise _too_long()
        # Not ended with the waiting: what has timed out may still arrive, and is undone then.
        task = begun(self._replace(kind, place, entry, left, claim))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)
        await asyncio.wait([task], timeout=self._timeout)
        if not task.done():
            raise _too_long()
        task.result()
        self._cull()

    async def _replace(
        self, kind: str, place: str, entry: dict[str, Any], left: float | None, claim: "_Claim | None"
    ) -> None:
        await self._answer(self._store.put(place, entry, collection=f"doorward_{kind}", ttl=left), bounded=False)
        if claim is not None and claim.has_ended():
            await self._answer(self._store.delete(place, collection=f"doorward_{kind}"), bounded=False)
            raise _too_long()

    def _cull(self) -> None:
        """Begin to remove what has expired, if it is time to."""
        now = time.monotonic()
        running = self._culling is not None and not self._culling.done() and not self._culling.get_loop().is_closed()
        if self._culls is not None and now >= self._cull_after and not running:
            self._cull_after = now + self.CULL
            self._culling = asyncio.ensure_future(self._culled(self._culls))

    async def _culled(self, cull: Callable[[], Awaitable[None]]) -> None:
        begun = time.monotonic()
        # What it cannot remove now it can later; to say so is that store's.
        with suppress(Exception):
            await cull()
        took = time.monotonic() - begun
        self._cull_after = begun + max(self.CULL, self.SHARE * took)

    async def _claim(self, kind: str, place: str, version: int) -> "_Claim | None":
        # Before anybody can see that it is gone.
        claim = _Claim(version, time.monotonic() + self._timeout)
        if await self._answer(self._store.delete(f"{place}.{version}", collection=f"doorward_{kind}_claims")):
            return claim
        seen, since = self._stuck.pop((kind, place), (0, 0.0))
        now = time.monotonic()
        if seen == version and now >= since + self._timeout:
            await self._answer(self._store.delete(place, collection=f"doorward_{kind}"))
            return None
        self._stuck[kind, place] = version, since if seen == version else now
        while len(self._stuck) > self.STUCK:
            del self._stuck[next(iter(self._stuck))]
        return None

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none, or it has expired."""
        return (await self._read(kind, key))[0]

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""
        entry, place = await self._read(kind, key)
        if entry is None:
            await self._write(kind, place, value, expires_at)
        return entry is None

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""
        entry, place = await self._read(kind, key)
        if entry is None or entry.version != version:
            return False
        claim = await self._claim(kind, place, version)
        if claim is not None:
            await self._write(kind, place, value, expires_at, claim)
        return claim is not None

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none. Waits for those who are replacing it."""
        while True:
            entry, place = await self._read(kind, key)
            if entry is None:
                return None
            if await self._claim(kind, place, entry.version):
                await self._answer(self._store.delete(place, collection=f"doorward_{kind}"))
                return entry
            await asyncio.sleep(0.01)

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        """Raise `StoreError`: such a store lists nothing."""
        raise StoreError("a store over AsyncKeyValue lists nothing")

    async def kinds(self) -> tuple[str, ...]:
        """Raise `StoreError`: such a store lists nothing."""
        raise StoreError("a store over AsyncKeyValue lists nothing")

    async def purge(self) -> int:
        """Let the store remove expired entries if it has a method for that, and return 0: the number is not known."""
        if self._culls is not None:
            # Each entry is read for that.
            await self._answer(self._culls(), bounded=False)
        return 0

    async def close(self) -> None:
        """Close nothing: the store belongs to its owner."""

    async def _answer(self, awaitable: Awaitable[_T], *, bounded: bool = True) -> _T:
        try:
            return await asyncio.wait_for(awaitable, self._timeout if bounded else None)
        except asyncio.TimeoutError:  # another one than the built-in until Python 3.11
            raise _too_long() from None
        except Exception as error:  # each driver has its own
            raise StoreUnavailable(f"AsyncKeyValue: {type(error).__name__}") from None


def _too_long() -> StoreUnavailable:
    return StoreUnavailable("AsyncKeyValue: this took too long, and is given up")


def _is_of(store: object, kind: str, names: tuple[str, ...]) -> bool:
    module = type(store).__module__.removeprefix(f"key_value.aio.{kind}.")
    return module.partition(".")[0] in names and module != type(store).__module__
