"""Where a server keeps what must outlive a request: SQLite, PostgreSQL, Redis or Valkey, or memory for tests.

An entry is bytes under a kind and a key, with a version and perhaps a time at which it expires. The contract, by which
every store is tested:

- Each verb is one step, whoever else uses the store, in whatever process: a step is before or after another one, never
  within. `list` and `kinds` alone are not: what is there all the while is listed once, what comes or goes meanwhile may
  be missed.
- Of several that put an absent key, swap one version or take one entry at once, exactly one succeeds.
- A version is never seen again once it was replaced, also if the entry was taken and put anew.
- An entry that has expired is absent, from that second on, and is removed by itself in the course of later writes.
- What a verb said has happened has happened, also if the process or the machine stops right after. (Redis and Valkey:
  as far as the server's `appendfsync` says so, and only with `maxmemory-policy noeviction`.)
- A verb that raises `StoreUnavailable` may have happened, or not. Nothing is tried twice.
"""

import re
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Entry", "Store", "StoreError", "StoreUnavailable", "open_store"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


class StoreError(Exception):
    """The store cannot be used as it is: an unknown URL, a driver that is not installed, tables of a newer version."""


class StoreUnavailable(StoreError):
    """The store does not answer, or is locked or full. Whether the verb happened is not known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is stored."""

    value: bytes
    version: int
    expires_at: int | None
    """Seconds since 1970 by the store's clock; `None` for never."""

    def __repr__(self) -> str:
        """Show no value: it may be a secret."""
        return f"Entry({len(self.value)} bytes, version={self.version}, expires_at={self.expires_at})"


class Store(Protocol):
    """What every store does; `doorward.store` says what can be relied on. A kind is lower-case letters and `_`, a key
    any text of at most 512 characters without NUL."""

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none."""

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was."""

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Store an entry in the place of the one with this version, and return whether it was."""

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or somebody else has taken it."""

    async def list(self, kind: str, after: str = "", limit: int = 100) -> list[tuple[str, Entry]]:
        """Return the first entries whose keys are after this one, in the order of their UTF-8 bytes; fewer than `limit`
        only if these are the last."""

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which there are entries, in order; perhaps also such whose entries have all expired."""

    async def purge(self) -> int:
        """Remove what has expired, all of it now, and return how many entries that were."""

    async def close(self) -> None:
        """Let go of connections, files and threads; a store may be used again."""


def open_store(url: str) -> Store:
    """Return the store of a URL: `sqlite:keys.db` (a path, absolute or not), `memory:`, `postgresql://`, `redis://`,
    `rediss://`, `valkey://` or `valkeys://`. Nothing is connected yet; tables are made, and brought up to date, at
    first use. Raises `StoreError`."""
    scheme, colon, rest = url.partition(":")
    if scheme == "memory":
        from doorward.store.memory import MemoryStore

        return MemoryStore()
    if scheme == "sqlite":
        from doorward.store.sqlite import SqliteStore

        path = rest.removeprefix("//")
        if not path:
            raise StoreError("sqlite: a path is missing, as in sqlite:keys.db")
        if path == ":memory:":
            raise StoreError("sqlite: a file is asked for; memory: is a store in memory, for tests")
        return SqliteStore(path)
    if scheme in ("postgresql", "postgres"):
        from doorward.store.postgresql import PostgresqlStore

        return PostgresqlStore(url)
    if scheme in ("redis", "rediss", "valkey", "valkeys"):
        from doorward.store.redis import RedisStore

        return RedisStore(url)
    known = "sqlite:, memory:, postgresql://, redis://, valkey://"
    # Nothing else is shown of it: it may be part of a password.
    shown = scheme if colon and _SCHEME.fullmatch(scheme) else "no scheme"
    raise StoreError(f"{shown}: no store; {known} are")
