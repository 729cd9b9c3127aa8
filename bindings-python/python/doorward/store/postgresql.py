"""A store in PostgreSQL, for several machines: `pip install 'doorward[postgresql]'`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

try:
    import asyncpg
except ModuleNotFoundError as error:
    from doorward.store.contract import StoreError

    raise StoreError("postgresql: pip install 'doorward[postgresql]'") from error

from doorward.arguments import ESCAPES
from doorward.event_loops import Opened
from doorward.store.contract import Entry, StoreError, StoreUnavailable
from doorward.store.version import new_version

__all__ = ["PostgresqlStore"]

MIGRATIONS = [
    """
    CREATE TABLE doorward_entry (
      kind text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL, expires_at bigint,
      value bytea NOT NULL, PRIMARY KEY (kind, key)
    );
    CREATE INDEX doorward_entry_expires_at ON doorward_entry (expires_at) WHERE expires_at IS NOT NULL;
    """,
]
"""Forward only: a step is never changed, and none is undone."""

CACHE = "statement_cache_size"
_BROKEN = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, asyncio.TimeoutError)
_NO_URL = f"postgresql: no URL, as postgresql://USER:PASSWORD@HOST:PORT/DATABASE is; {ESCAPES}"
_LOCK = 0x646F6F7277617264
_NOW = "floor(extract(epoch FROM clock_timestamp()))::bigint"
_LIVE = f"(expires_at IS NULL OR expires_at > {_NOW})"
_PUT = f"""
INSERT INTO doorward_entry AS own (kind, key, version, value, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind, key) DO UPDATE
SET version = excluded.version, value = excluded.value, expires_at = excluded.expires_at
WHERE own.expires_at <= {_NOW} RETURNING 1"""  # noqa: S608 (constants)
_SWAP = f"""
UPDATE doorward_entry SET version = $4, value = $5, expires_at = $6
WHERE kind = $1 AND key = $2 AND version = $3 AND {_LIVE} RETURNING 1"""  # noqa: S608
_TAKE = f"DELETE FROM doorward_entry WHERE kind = $1 AND key = $2 RETURNING value, version, expires_at, {_LIVE} AS live"  # noqa: S608
_GET = f"SELECT value, version, expires_at FROM doorward_entry WHERE kind = $1 AND key = $2 AND {_LIVE}"  # noqa: S608
_LIST = f"""
SELECT key, value, version, expires_at FROM doorward_entry
WHERE kind = $1 AND key > $2 AND {_LIVE} ORDER BY key LIMIT $3"""  # noqa: S608
_SWEEP = f"""
DELETE FROM doorward_entry WHERE (kind, key) IN
(SELECT kind, key FROM doorward_entry WHERE expires_at <= {_NOW} LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING 1"""  # noqa: S608


class PostgresqlStore:
    """Entries in one table, `doorward_entry`, by the server's clock."""

    SWEEP = 16
    """The maximum number of expired entries that one write removes."""

    def __init__(self, url: str, *, timeout: float = 5, connections: int = 10) -> None:
        """Create a PostgreSQL store for a URL as libpq has it; a password may be in `PGPASSWORD` or `~/.pgpass` as
        well. `timeout` is in seconds, for each step. With `statement_cache_size=0` in the URL's query nothing is
        prepared, for a pooler that hands out connections by transaction. Raises `StoreError`."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise StoreError(_NO_URL) from None
        options = parse_qsl(parts.query, keep_blank_values=True)
        own = [value for name, value in options if name == CACHE]
        if own not in ([], ["0"]):
            raise StoreError(f"postgresql: {CACHE} is 0, or left out")
        self._options = {CACHE: 0} if own else {}
        if own:
            others = urlencode([(name, value) for name, value in options if name != CACHE])
            url = parts._replace(query=others).geturl()
        self._url, self._timeout, self._connections = url, timeout, connections
        # A pool is of one event loop.
        self._pools = Opened(self._open)

    async def _open(self) -> Any:
        try:
            return await self._connected()
        except ValueError as error:  # of what asyncpg makes of the URL's parts, which may be those of a password
            # A certificate that is refused, or a setting, is a ValueError as well.
            if isinstance(error, (OSError, asyncpg.InterfaceError)):
                raise
            raise StoreError(_NO_URL) from None

    async def _connected(self) -> Any:
        pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._connections,
            timeout=self._timeout,
            command_timeout=self._timeout,
            **self._options,
        )
        try:
            async with pool.acquire(timeout=self._timeout) as connection, connection.transaction():
                await _migrate(connection)
        except BaseException:
            pool.terminate()
            raise
        return pool

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        try:
            async with (await self._pools.get()).acquire(timeout=self._timeout) as connection:
                try:
                    yield connection
                except _BROKEN:
                    connection.terminate()  # whatever state it is in
                    raise
        except (asyncpg.PostgresError, *_BROKEN) as error:
            raise StoreUnavailable(f"postgresql: {type(error).__name__}") from None

    async def _read(self, statement: str, *values: Any) -> Any:
        async with self._connection() as connection:
            return await connection.fetch(statement, *values)

    async def _write(self, statement: str, *values: Any) -> Any:
        async with self._connection() as connection, connection.transaction():
            rows = await connection.fetch(statement, *values)
            await connection.fetch(_SWEEP, self.SWEEP)
            return rows

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none, or it has expired."""
        rows = await self._read(_GET, kind, key)
        return Entry(*rows[0]) if rows else None

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""
        return bool(await self._write(_PUT, kind, key, new_version(), value, expires_at))

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""
        return bool(await self._write(_SWAP, kind, key, version, new_version(), value, expires_at))

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or it has expired."""
        rows = await self._write(_TAKE, kind, key)
        return next((Entry(row[0], row[1], row[2]) for row in rows if row[3]), None)

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        """Return the first entries whose keys are after this one."""
        return [(row[0], Entry(row[1], row[2], row[3])) for row in await self._read(_LIST, kind, after, limit)]

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which there are entries."""
        return tuple(row[0] for row in await self._read("SELECT DISTINCT kind FROM doorward_entry ORDER BY kind"))

    async def purge(self) -> int:
        """Remove all expired entries, and return how many there were."""
        return len(await self._write(_SWEEP, 2**31 - 1))

    async def close(self) -> None:
        """Close the connections of this event loop; a later call opens new ones."""
        if (pool := await self._pools.take()) is not None:
            with suppress(Exception):
                await pool.close()


async def _migrate(connection: Any) -> None:
    async def version_of() -> int:
        return await connection.fetchval("SELECT max(version) FROM doorward_schema") or 0

    version = 0
    # A role may use tables that it may not make.
    if await connection.fetchval("SELECT to_regclass('doorward_schema')") is not None:
        version = await version_of()
    if version < len(MIGRATIONS):
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute("CREATE TABLE IF NOT EXISTS doorward_schema (version integer NOT NULL)")
        version = await version_of()
    for number in range(version, len(MIGRATIONS)):
        await connection.execute(MIGRATIONS[number])
        await connection.execute("INSERT INTO doorward_schema VALUES ($1)", number + 1)
    if version > len(MIGRATIONS):
        raise StoreError(f"postgresql: of version {version}, and this is doorward of {len(MIGRATIONS)}: upgrade it")
