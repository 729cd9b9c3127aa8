"""The grants of a proxy, in a store that other processes use too."""

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from doorward.event_loops import begun, result_of
from doorward.oauth_proxy.grant import Grant
from doorward.store import Entry, Store, StoreError, StoreUnavailable

__all__ = ["Grants", "Patience", "name_of"]

KIND = "oauth_grant"


def name_of(family: bytes) -> str:
    """Return by what the log names a grant: a family is a secret, since who knows it can have it revoked."""
    return hashlib.sha256(family).hexdigest()[:12]


class Patience:
    """Waits between steps at a grant, longer each time, and in all no longer than it may."""

    def __init__(self, family: bytes, seconds: float) -> None:
        """Create it for a grant, with the seconds to wait in total."""
        self._family, self._until, self._pause = family, time.monotonic() + seconds, 0.0

    async def wait(self) -> None:
        """Wait for others; raises `StoreUnavailable` if that has taken too long."""
        if time.monotonic() >= self._until:
            raise StoreUnavailable(f"others change grant {name_of(self._family)} all the time")
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause + 0.001, 0.1)


class Grants:
    """Finds grants, changes them, takes them back.

    What is kept of one in memory counts for `revocation_delay` seconds: one that another process revokes is refused
    here after that at the latest, one that this object revokes at once.
    """

    MOST = 4096
    """The maximum number of grants that are cached in memory."""

    WAIT = 8.0
    """Seconds for which a change is tried while others change the same grant: for longer than a store over FastMCP's
    waits for one of them that is gone."""

    REMEMBERED = 7200
    """Seconds for which it is known why a grant was revoked: for longer than any of its access tokens is good."""

    def __init__(self, store: Store, revocation_delay: float, clock: Callable[[], float]) -> None:
        """Create the grants over a store; the clock is in seconds since 1970."""
        self._store, self._delay, self._clock = store, revocation_delay, clock
        # Event loops of several threads may share it.
        self._lock = threading.Lock()
        self._found: dict[bytes, tuple[float, Grant | None]] = {}
        self._writing: set[asyncio.Task[bool]] = set()
        self._changes = 0

    async def put(self, family: bytes, grant: Grant) -> None:
        """Store a new grant; raises `StoreError` if its family exists."""
        if not await self._store.put_if_absent(KIND, family.hex(), grant.to_bytes(), grant.kept_until):
            raise StoreError("the family of a new grant is another's")  # 128 bits that are the same

    def at_hand(self, family: bytes) -> Grant | None:
        """Return one that is kept in memory just now; `None` also if it is not known whether there is one."""
        known = self._found.get(family)
        return None if known is None or time.monotonic() >= known[0] else known[1]

    async def current(self, family: bytes) -> Grant | None:
        """Return one, as it was at most `revocation_delay` seconds ago."""
        before = time.monotonic()
        known = self._found.get(family)
        if known is not None and before < known[0]:
            return known[1]
        changes = self._changes
        found = await self.read(family)
        grant = None if found is None else found[1]
        with self._lock:
            # Where something of this process has changed meanwhile, it may be what was read.
            if changes == self._changes and self._delay > 0:
                self._found.pop(family, None)
                self._found[family] = before + self._delay, grant
                while len(self._found) > self.MOST:
                    del self._found[next(iter(self._found))]
        return grant

    async def read(self, family: bytes) -> tuple[Entry, Grant] | None:
        """Return one as it is now, with its entry."""
        entry = await self._store.get(KIND, family.hex())
        if entry is None:
            return None
        try:
            return entry, Grant.of_bytes(entry.value)
        except (ValueError, KeyError, TypeError):
            raise StoreError(f"the record of grant {name_of(family)} cannot be read") from None

    async def swap(self, family: bytes, entry: Entry, grant: Grant) -> bool:
        """Put one in the place of exactly what was read, and return whether it was."""
        # Whoever is cancelled meanwhile, what is kept in memory is dropped after it is written, not before.
        task = begun(self._swap(family, entry, grant))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await result_of(task)

    async def _swap(self, family: bytes, entry: Entry, grant: Grant) -> bool:
        try:
            until = grant.kept_until
            return await self._store.compare_and_swap(KIND, family.hex(), entry.version, grant.to_bytes(), until)
        finally:
            with self._lock:
                self._changes += 1
                self._found.pop(family, None)

    async def change(self, family: bytes, change: Callable[[Grant], Grant]) -> Grant | None:
        """Change one, whoever else does, and return it; `None` if there is none."""
        patience = self.patience(family)
        while True:
            found = await self.read(family)
            if found is None:
                return None
            entry, grant = found
            changed = change(grant)
            if changed == grant or await self.swap(family, entry, changed):
                return changed
            await patience.wait()

    def patience(self, family: bytes) -> "Patience":
        """Return what waits between steps that others were quicker at."""
        return Patience(family, self.WAIT)

    async def revoke(self, family: bytes, why: str) -> Grant | None:
        """Take one back: its code, its refresh tokens, its access tokens, and the upstream's. Return what it was until
        then; `None` if it was none any more."""
        before: Grant | None = None

        def revoked(grant: Grant) -> Grant:
            nonlocal before
            if grant.revoked is not None:
                before = None
                return grant
            before, until = grant, int(self._clock()) + self.REMEMBERED
            return replace(grant, revoked=why, upstream=None, lease=None, claims={}, kept_until=until)

        await self.change(family, revoked)
        return before
