"""API keys in a store: created, let in, rotated and revoked."""

import asyncio
import logging
import os
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from doorward import arguments
from doorward._core import (
    ApiKey,
    ApiKeyRecord,
    DoorwardError,
    Peppers,
    join_scopes,
    protected_resource_metadata_url,
)
from doorward.api_keys.stored_key import StoredKey
from doorward.errors import error_of
from doorward.store import Entry, Store, StoreError, StoreUnavailable

__all__ = ["ApiKeys", "whole_milliseconds_since"]

logger = logging.getLogger("doorward")

KIND = "api_key"


_ARGUMENTS: dict[str, arguments.Kind] = {
    "store": arguments.verbs("a store of doorward.store", "get", "put_if_absent", "compare_and_swap", "take", "list"),
    "peppers": arguments.instance("Peppers", Peppers),
    "prefix": arguments.text,
    "revocation_delay": arguments.number,
    "clock": arguments.function,
}
_OF_KEY: dict[str, arguments.Kind] = {
    "owner": arguments.text,
    "note": arguments.text,
    "scopes": arguments.scopes,
    "resource": arguments.maybe(arguments.text),
    "not_before": arguments.time,
    "expires_at": arguments.maybe(arguments.time),
    "limit": arguments.maybe(arguments.limit),
}


class ApiKeys:
    """Creates keys, lets them in, and takes them back; core decides about each.

    What is kept of a key in memory counts for `revocation_delay` seconds: a key that another process revokes or rotates
    is refused here after that at the latest, one that this object revokes at once. With 0, each request asks the store.
    """

    MOST = 16_384
    """Keys that are kept in memory; as many ids that are no key's."""

    KEPT = 90 * 86_400
    """Seconds for which an ended key is still listed; then it is deleted, and unknown."""

    FLUSH: float = 60
    """Seconds between two writes of when keys were last used."""

    PAUSE = 1.0
    """Seconds for which nobody is sent to a store that let somebody wait for as long and then did not answer; then one
    is, at a time, until it does."""

    ATTEMPTS = 64
    """How often a change is tried while others change the same key."""

    def __init__(
        self,
        store: Store,
        peppers: Peppers,
        *,
        prefix: str = "mcp",
        revocation_delay: float = 5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create the keys over a store; `prefix` is that of new keys, best one that is the service's alone, since
        secret scanners look for it. Raises `DoorwardError` for a prefix that is none."""
        arguments.check(locals(), _ARGUMENTS)
        self._store, self._peppers, self._prefix, self._clock = store, peppers, prefix, clock
        self._delay = revocation_delay
        # Event loops of several threads may share it.
        self._lock = threading.Lock()
        # Apart, so that no flood of unknown keys takes the place of good ones.
        self._found: dict[str, tuple[float, StoredKey | None]] = {}
        self._absent: dict[str, tuple[float, StoredKey | None]] = {}
        nobody = arguments.named("prefix", ApiKey.mint, prefix, bytes(32))
        never = ApiKeyRecord(nobody.hash(peppers), scopes=["read"], expires_at=1)
        self._nobody = StoredKey("", prefix, never, "nobody", "", 0).to_bytes()
        self._changes = 0
        self._away, self._trying = float("-inf"), False
        self._used: dict[str, int] = {}
        self._rehashed: dict[str, str] = {}
        self._flushed = time.monotonic()
        self._flushing: asyncio.Task[None] | None = None

    def _now(self) -> int:
        return int(self._clock())

    async def create(
        self,
        *,
        owner: str = "",
        note: str = "",
        scopes: str | Sequence[str] = (),
        resource: str | None = None,
        not_before: int = 0,
        expires_at: int | None = None,
        limit: tuple[int, int, int] | None = None,
    ) -> tuple[ApiKey, StoredKey]:
        """Return a new key, to be shown to its owner now and never again, and what is stored of it.

        It is for one resource, or all of the server's. `limit` is a quota, its window in milliseconds, and how much of
        it may be used at once. Raises `TypeError`, `ValueError` or `DoorwardError` for what these cannot be.
        """
        arguments.check(locals(), _OF_KEY)
        if scopes:
            arguments.named("scopes", join_scopes, scopes)
        if resource is not None:
            # As that of the servers is, which it must be equal to.
            arguments.named("resource", protected_resource_metadata_url, resource)
        key = ApiKey.mint(self._prefix, secrets.token_bytes(32))
        record = ApiKeyRecord(
            key.hash(self._peppers), scopes=scopes, resource=resource, not_before=not_before, expires_at=expires_at
        )
        stored = StoredKey(key.id, key.prefix, record, owner, note, self._now(), limit=limit)
        await self._put(stored)
        return key, stored

    async def show(self, id: str) -> StoredKey:
        """Return a key by its id; raises `api_key_unknown`."""
        entry = await self._store.get(KIND, id)
        if entry is None:
            raise error_of("api_key_unknown")
        return _read(id, entry.value)

    async def list(self) -> AsyncIterator[StoredKey]:
        """Return all keys, in the order of their ids."""
        after = ""
        while page := await self._store.list(KIND, after, 500):
            for after, entry in page:
                yield _read(after, entry.value)

    async def revoke(self, id: str) -> StoredKey:
        """Revoke a key for good; raises `api_key_unknown`."""
        return await self._change(id, lambda key: replace(key, record=key.record.revoke()))

    async def expire(self, id: str, at: int | None) -> StoredKey:
        """Let a key expire at another time, `None` for never; raises `api_key_unknown`, and `api_key_revoked` or
        `api_key_expired` for one that is. Raises `TypeError` or `ValueError` for what is no time."""
        arguments.maybe(arguments.time)("at", at)
        return await self._change(id, lambda key: replace(key, record=key.record.expire(at, self._now())))

    async def rotate(self, id: str, overlap: int = 86_400) -> tuple[ApiKey, StoredKey]:
        """Return a new key in the place of another, which is valid for `overlap` more seconds. The new one has its
        owner, scopes, resource, limit, first moment and, counted from now or from that, lifetime. Raises as `expire`
        does, and `api_key_overlap_too_long` for one of more than 90 days, before anything is stored.

        If this is interrupted, the old key still is what it was, or is in its overlap: rotate it again.
        """
        arguments.whole("overlap", overlap)
        old, now = await self.show(id), self._now()
        # Decided by core before there is a successor, and again by what the key is as it is changed.
        old.record.rotate(overlap, now)
        key = ApiKey.mint(old.prefix, secrets.token_bytes(32))
        record = old.record.successor(key.hash(self._peppers), created_at=old.created_at, now=now)
        line = old.line or id
        new = StoredKey(key.id, key.prefix, record, old.owner, old.note, now, replaces=id, line=line, limit=old.limit)
        # First, so that there is no moment without a key.
        await self._put(new)

        def rotated(key: StoredKey) -> StoredKey:
            return replace(key, record=key.record.rotate(overlap, self._now()), replaced_by=new.id)

        try:
            await self._change(id, rotated)
        except DoorwardError:
            # Revoked meanwhile: then nothing takes its place.
            await self._store.take(KIND, new.id)
            raise
        return key, new

    async def authenticate(
        self, text: str, *, resource: str, required_scopes: str | Sequence[str] | None = None
    ) -> StoredKey:
        """Return whose key a caller sent. Raises `DoorwardError` as `ApiKey.authenticate` does: the response to all of
        them is the same but for `insufficient_scope`, and takes a whole number of milliseconds, so that time tells no
        more than the response. Raises `StoreUnavailable` if the store cannot be asked."""
        began = time.perf_counter()
        try:
            return await self._authenticate(text, resource, required_scopes)
        except DoorwardError:
            await whole_milliseconds_since(began)
            raise

    async def _authenticate(self, text: str, resource: str, required_scopes: str | Sequence[str] | None) -> StoredKey:
        key = ApiKey.parse(text)
        id = key.id
        known = self._found.get(id) or self._absent.get(id)
        stored = known[1] if known is not None and time.monotonic() < known[0] else await self._lookup(id)
        now = int(self._clock())
        record = None if stored is None else stored.record
        match = key.authenticate(record, self._peppers, resource=resource, now=now, required_scopes=required_scopes)
        assert stored is not None  # noqa: S101 (core has refused)
        if match.rehash or self._used.get(id) != now:
            self._note_use(id, now, key.hash(self._peppers) if match.rehash else None)
        return stored

    async def _lookup(self, id: str) -> StoredKey | None:
        before, changes = time.monotonic(), self._changes
        entry = await self._entry(id)
        # Whether there is one or not, the same work is done.
        read = _read(id, self._nobody if entry is None else entry.value)
        stored = None if entry is None else read
        # Something of this process has changed since it was read: it may be what was read.
        with self._lock:
            if changes == self._changes and self._delay > 0:
                kept = self._absent if stored is None else self._found
                kept.pop(id, None)
                kept[id] = before + self._delay, stored
                while len(kept) > self.MOST:
                    del kept[next(iter(kept))]
        return stored

    async def _entry(self, id: str) -> Entry | None:
        began, was_away = time.monotonic(), self._away > float("-inf")
        if was_away and (self._trying or began < self._away):
            raise StoreUnavailable("it has just let others wait, and did not answer")
        self._trying = was_away
        try:
            entry = await self._store.get(KIND, id)
        except StoreUnavailable:
            # One that says so at once holds nobody up.
            if time.monotonic() - began >= self.PAUSE:
                self._away = time.monotonic() + self.PAUSE
            raise
        finally:
            if was_away:
                self._trying = False
        self._away = float("-inf")
        return entry

    def _forget(self, id: str) -> None:
        with self._lock:
            self._changes += 1
            self._found.pop(id, None)
            self._absent.pop(id, None)

    async def _put(self, stored: StoredKey) -> None:
        if not await self._store.put_if_absent(KIND, stored.id, stored.to_bytes(), self._kept_until(stored)):
            raise StoreError("the id of a new key is another's")  # 64 bits that are the same
        self._forget(stored.id)

    async def _change(self, id: str, change: Callable[[StoredKey], StoredKey]) -> StoredKey:
        for _ in range(self.ATTEMPTS):
            entry = await self._store.get(KIND, id)
            if entry is None:
                raise error_of("api_key_unknown")
            changed = change(_read(id, entry.value))
            until = self._kept_until(changed)
            try:
                swapped = await self._store.compare_and_swap(KIND, id, entry.version, changed.to_bytes(), until)
            finally:
                self._forget(id)
            if swapped:
                return changed
        raise StoreUnavailable(f"others change key {id} all the time")

    def _kept_until(self, stored: StoredKey) -> int | None:
        end = self._now() if stored.record.revoked else stored.ends_at
        return None if end is None else max(end, self._now()) + self.KEPT

    def _note_use(self, id: str, now: int, hash: str | None) -> None:
        with self._lock:
            first = not self._used
            if id in self._used or len(self._used) < self.MOST:
                self._used[id] = now
                if hash is not None:
                    self._rehashed[id] = hash
        left = self._flushed + self.FLUSH - time.monotonic()
        if left <= 0 or len(self._used) >= self.MOST:
            self._begin_flush()
        elif first:
            # Whether anybody comes until then or not.
            asyncio.get_running_loop().call_later(left, self._begin_flush)

    def _begin_flush(self) -> None:
        if self._used and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.get_running_loop().create_task(self.flush())

    async def flush(self) -> None:
        """Write when keys were last used, and hashes with the current pepper; done by itself once a minute."""
        self._flushed = time.monotonic()
        with self._lock:
            used, self._used = self._used, {}
            rehashed, self._rehashed = self._rehashed, {}
        for id, at in used.items():

            def noted(key: StoredKey, at: int = at, hash: str | None = rehashed.get(id)) -> StoredKey:
                # One ahead of now was written by a clock that has been set back.
                before = key.last_used or 0
                last_used = max(at, before if before <= self._clock() else 0)
                record = key.record if hash is None else key.record.with_hash(hash)
                return replace(key, last_used=last_used, record=record)

            try:
                await self._change(id, noted)
            except DoorwardError:
                continue  # it is gone
            except StoreError as error:
                logger.warning("when keys were last used is not written: %s", error)
                return

    async def close(self) -> None:
        """Write what is left to write; the store is the caller's to close."""
        if self._flushing is not None and self._flushing.get_loop() is asyncio.get_running_loop():
            await asyncio.wait([self._flushing])
        await self.flush()


async def whole_milliseconds_since(began: float) -> None:
    """Wait until a whole number of milliseconds has passed."""
    # In a thread, since an event loop's own timers are as late as its work was long, to the microsecond.
    until = began + (int((time.perf_counter() - began) * 1000) + 1) / 1000
    await asyncio.get_running_loop().run_in_executor(_waiting, _wait, until)


def _wait(until: float) -> None:
    time.sleep(max(0, until - time.perf_counter()))


def _begin_waiting() -> None:
    # Once more in a fork, into which no thread goes along.
    global _waiting
    _waiting = ThreadPoolExecutor(4, "doorward-refusals")


_waiting: ThreadPoolExecutor
_begin_waiting()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_waiting)


def _read(id: str, value: bytes) -> StoredKey:
    try:
        return StoredKey.of_bytes(id, value)
    except (ValueError, KeyError, TypeError, DoorwardError):
        raise StoreError(f"the record of key {id} cannot be read") from None
