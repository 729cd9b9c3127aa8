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

from doorward.store.contract import Entry, Store, StoreError, StoreUnavailable

__all__ = ["Entry", "Store", "StoreError", "StoreUnavailable", "open_store"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


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
            raise StoreError("sqlite: must be followed by a file; memory: is a store in memory, for tests")
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
