"""A store within another one, whose entries cannot be read, changed or moved without the server's keys.

```python
store = SealedStore(open_store("sqlite:proxy.db"), read_sealing_keys("store-keys"))
```

Values are sealed (XChaCha20-Poly1305) for their kind, their key, their expiry and this store: what was written
elsewhere in it, or in another one, does not open. Keys are kept as hashes, whose secret is drawn once for a store and
lies in it, sealed. Whoever can write to the store can still put an older value back in its own place, or take entries
away.
"""

import asyncio
import heapq
import hmac
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from doorward._core import DoorwardError, SealingKeys
from doorward.store.contract import Entry, Store, StoreError

__all__ = ["SealedStore"]

_PURPOSE = "doorward.store"
_PREFIX = "sealed_"
_PLACE = "sealing", "index"
_INDEX = "index", b""
_NEVER = 253_402_300_799
"""When what is sealed expires by itself. The entry's own expiry, which is the store's to keep, it is bound to: hence it
is opened as in the second before."""

_MARK = 16
_PART = 3072
"""Bytes that are sealed at once: a longer value is several parts, each of which knows its number and theirs."""


class SealedStore:
    """The same verbs, by the same contract. To list a kind reads all of it."""

    def __init__(self, store: Store, keys: SealingKeys, *others: SealingKeys) -> None:
        """Create a sealed store within a store, which may have other entries beside. All who use it need the key that
        it is sealed with; the first verb raises `StoreError` if that is not among these. What is sealed with `others`
        goes on with these."""
        self._store, self._keys, self._all = store, keys, (keys, *others)
        self.settles: float = getattr(store, "settles", 0.0)
        """Seconds for which two who put the same absent key may each see their own."""
        self._index: bytes | None = None
        self._unsettled_until = float("-inf")

    def _seal(self, value: bytes, kind: str, place: bytes) -> bytes:
        parts = [value[begin : begin + _PART] for begin in range(0, len(value), _PART)] or [b""]
        if len(parts) > 1:
            # No part goes with those of another value, or of an older one.
            mark = secrets.token_bytes(_MARK)
            parts = [mark + part for part in parts]
        try:
            sealed = [
                self._keys.seal(
                    part,
                    purpose=_PURPOSE,
                    principal=kind,
                    request=_of(place, index, len(parts)),
                    expires_at=_NEVER,
                    random=secrets.token_bytes(32),
                )
                for index, part in enumerate(parts)
            ]
        except DoorwardError as error:
            raise StoreError(f"sealed: {error}") from None
        return ".".join(sealed).encode()

    def _open(self, value: bytes, kind: str, place: bytes) -> bytes:
        sealed = value.decode("latin-1").split(".")
        try:
            parts = [
                self._keys.open(
                    part,
                    purpose=_PURPOSE,
                    principal=kind,
                    request=_of(place, index, len(sealed)),
                    max_lifetime=1,
                    now=_NEVER - 1,
                )
                for index, part in enumerate(sealed)
            ]
        except DoorwardError:
            parts = []
        if not parts or (len(parts) > 1 and len({part[:_MARK] for part in parts}) > 1):
            raise StoreError(f"sealed: an entry of {kind} was sealed with another key, or was changed")
        return parts[0] if len(parts) == 1 else b"".join(part[_MARK:] for part in parts)

    async def _secret(self) -> bytes:
        if self._index is None or time.monotonic() < self._unsettled_until:
            found = await self._store.get(*_PLACE)
            if found is None:
                drawn = self._index or secrets.token_bytes(32)
                await self._store.put_if_absent(*_PLACE, self._seal(drawn, *_INDEX))
                if self.settles:
                    # Where several may put at once, all of them take the last one, which may come a little later.
                    self._unsettled_until = time.monotonic() + self.settles
                    await asyncio.sleep(1)
                found = await self._store.get(*_PLACE)
            if found is None:
                raise StoreError("sealed: what was put is gone")
            self._index = self._opened_by_one(found.value)
        return self._index

    def _opened_by_one(self, index: bytes) -> bytes:
        for keys in self._all:
            self._keys = keys
            with suppress(StoreError):
                return self._open(index, *_INDEX)
        self._keys = self._all[0]
        raise StoreError(
            "sealed: this store was sealed with another key than those given; bring that back, or begin with an empty"
            " store, where nobody has signed in yet"
        )

    async def require(self) -> None:
        """Raise `StoreError` unless something is sealed here, with a key that is among these. Makes nothing."""
        if await self._store.get(*_PLACE) is None:
            raise StoreError("sealed: nothing is sealed here")
        await self._secret()

    async def _hash(self, kind: str, key: str) -> str:
        return hmac.digest(await self._secret(), f"{kind}\0{key}".encode(), "sha256").hex()

    def _place(self, hashed: str, expires_at: int | None) -> bytes:
        assert self._index is not None  # noqa: S101 (each verb begins with it)
        # The hash alone could be brought along from another store.
        return self._index + f"{hashed} {expires_at}".encode()

    def _sealed(self, kind: str, key: str, hashed: str, value: bytes, expires_at: int | None) -> bytes:
        name = key.encode()
        return self._seal(len(name).to_bytes(4, "big") + name + value, kind, self._place(hashed, expires_at))

    def _opened(self, kind: str, hashed: str, entry: Entry) -> tuple[str, Entry]:
        opened = self._open(entry.value, kind, self._place(hashed, entry.expires_at))
        end = 4 + int.from_bytes(opened[:4], "big")
        return opened[4:end].decode(), Entry(opened[end:], entry.version, entry.expires_at)

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none, or it has expired."""
        hashed = await self._hash(kind, key)
        entry = await self._store.get(_PREFIX + kind, hashed)
        return None if entry is None else self._opened(kind, hashed, entry)[1]

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""
        hashed = await self._hash(kind, key)
        sealed = self._sealed(kind, key, hashed, value, expires_at)
        return await self._store.put_if_absent(_PREFIX + kind, hashed, sealed, expires_at)

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""
        hashed = await self._hash(kind, key)
        sealed = self._sealed(kind, key, hashed, value, expires_at)
        return await self._store.compare_and_swap(_PREFIX + kind, hashed, version, sealed, expires_at)

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or it has expired."""
        hashed = await self._hash(kind, key)
        entry = await self._store.take(_PREFIX + kind, hashed)
        return None if entry is None else self._opened(kind, hashed, entry)[1]

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        """Return the first entries whose keys are after this one."""
        found = [item async for item in self.entries(kind) if item[0].encode() > after.encode()]
        return heapq.nsmallest(limit, found, key=lambda item: item[0].encode())

    async def entries(self, kind: str) -> AsyncIterator[tuple[str, Entry]]:
        """Yield all entries of a kind, in no order. Raises `StoreError` at one that does not open."""
        async for hashed, entry in self._hashed(kind):
            yield self._opened(kind, hashed, entry)

    async def _hashed(self, kind: str) -> AsyncIterator[tuple[str, Entry]]:
        await self._secret()
        after = ""
        while page := await self._store.list(_PREFIX + kind, after):
            for hashed, entry in page:
                yield hashed, entry
            after = page[-1][0]

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds that are sealed here, in order."""
        return tuple(kind.removeprefix(_PREFIX) for kind in await self._store.kinds() if kind.startswith(_PREFIX))

    async def rekey(self) -> int:
        """Seal everything anew with the current key, and return how many entries that were. Others may use the store
        meanwhile; once those with another current key are gone, no older key is needed. May be interrupted, and done
        again."""
        count = 0
        for kind in await self.kinds():
            async for hashed, found in self._hashed(kind):
                entry: Entry | None = found
                while entry is not None:
                    key, opened = self._opened(kind, hashed, entry)
                    sealed = self._sealed(kind, key, hashed, opened.value, entry.expires_at)
                    place = _PREFIX + kind, hashed
                    if await self._store.compare_and_swap(*place, entry.version, sealed, entry.expires_at):
                        count += 1
                        break
                    entry = await self._store.get(*place)
        # Last, since it shows whether the keys are the store's.
        index = await self._secret()
        while (head := await self._store.get(*_PLACE)) is not None:
            if await self._store.compare_and_swap(*_PLACE, head.version, self._seal(index, *_INDEX)):
                break
        return count

    async def purge(self) -> int:
        """Remove all expired entries, and return how many there were."""
        return await self._store.purge()

    async def close(self) -> None:
        """Close the store within, which may be used again."""
        await self._store.close()


def _of(place: bytes, index: int, parts: int) -> bytes:
    return place + f" {index}/{parts}".encode()
