"""A store in a file of SQLite: no server, for any number of processes of one machine."""

import asyncio
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from doorward.store.contract import Entry, StoreError, StoreUnavailable
from doorward.store.version import new_version

__all__ = ["SqliteStore"]

_T = TypeVar("_T")

_creating = threading.Lock()

MIGRATIONS = [
    """
    CREATE TABLE entry (
      kind TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, expires_at INTEGER, value BLOB NOT NULL,
      PRIMARY KEY (kind, key)
    ) WITHOUT ROWID;
    CREATE INDEX entry_expires_at ON entry (expires_at) WHERE expires_at IS NOT NULL;
    """,
]
"""Forward only: a step is never changed, and none is undone."""

_PUT = """
INSERT INTO entry (kind, key, version, value, expires_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (kind, key) DO UPDATE
SET version = excluded.version, value = excluded.value, expires_at = excluded.expires_at
WHERE entry.expires_at <= ? RETURNING 1"""
_SWAP = """
UPDATE entry SET version = ?, value = ?, expires_at = ?
WHERE kind = ? AND key = ? AND version = ? AND (expires_at IS NULL OR expires_at > ?) RETURNING 1"""
_TAKE = "DELETE FROM entry WHERE kind = ? AND key = ? RETURNING value, version, expires_at"
_GET = """
SELECT value, version, expires_at FROM entry
WHERE kind = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)"""
_LIST = """
SELECT key, value, version, expires_at FROM entry
WHERE kind = ? AND key > ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY key LIMIT ?"""
_SWEEP = """
DELETE FROM entry WHERE (kind, key) IN (SELECT kind, key FROM entry WHERE expires_at <= ? LIMIT ?)"""


class SqliteStore:
    """Entries in one table. One thread writes and one reads, each with a connection of its own, so that neither the
    event loop nor a reader waits for the disk of a writer. The file is for its owner only."""

    SWEEP = 16
    """The maximum number of expired entries that one write removes."""

    def __init__(self, path: str, *, clock: Callable[[], float] = time.time, timeout: float = 5) -> None:
        """Create an SQLite store for a file, which is made at first use; `timeout` is in seconds, for another process's
        write, and for what waits its turn here meanwhile."""
        self.path, self._clock = Path(path), clock
        self._writer, self._reader = (_Worker(self._connect, timeout) for _ in range(2))

    def _connect(self, timeout: float) -> sqlite3.Connection:
        # Files beside it, such as the log, get the same permissions. One that is there is not opened here: to close it
        # would drop every lock that this process has on it.
        with _creating, suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            self.path, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=16
        )
        try:
            self._wal(connection, timeout)
            connection.execute("PRAGMA synchronous = FULL")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _wal(self, connection: sqlite3.Connection, timeout: float) -> None:
        # Whoever comes second while a new file is turned to WAL is refused at once, whatever the timeout.
        until = time.monotonic() + timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.01)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        def version() -> int:
            [found] = connection.execute("PRAGMA user_version").fetchone()
            return int(found)

        if version() < len(MIGRATIONS):
            connection.execute("BEGIN IMMEDIATE")
            try:
                # Another process may have been quicker.
                for number in range(version(), len(MIGRATIONS)):
                    for statement in filter(str.strip, MIGRATIONS[number].split(";")):
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {number + 1}")
                connection.execute("COMMIT")
            except BaseException:
                # SQLite itself may have rolled back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        if version() > len(MIGRATIONS):
            raise StoreError(
                f"{self.path}: of version {version()}, and this is doorward of {len(MIGRATIONS)}: upgrade it"
            )

    def _now(self) -> int:
        return int(self._clock())

    async def _read(self, statement: str, *values: Any) -> list[Any]:
        return await self._reader.run(lambda connection: connection.execute(statement, values).fetchall())

    async def _write(self, statement: str, *values: Any) -> list[Any]:
        def work(connection: sqlite3.Connection) -> list[Any]:
            connection.execute("BEGIN IMMEDIATE")
            try:
                rows = connection.execute(statement, values).fetchall()
                connection.execute(_SWEEP, (self._now(), self.SWEEP))
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return rows

        return await self._writer.run(work)

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none, or it has expired."""
        rows = await self._read(_GET, kind, key, self._now())
        return Entry(*rows[0]) if rows else None

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""
        return bool(await self._write(_PUT, kind, key, new_version(), value, expires_at, self._now()))

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""
        return bool(await self._write(_SWAP, new_version(), value, expires_at, kind, key, version, self._now()))

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or it has expired."""
        now = self._now()
        taken = [Entry(*row) for row in await self._write(_TAKE, kind, key)]
        return next((entry for entry in taken if entry.expires_at is None or entry.expires_at > now), None)

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        """Return the first entries whose keys are after this one."""
        rows = await self._read(_LIST, kind, after, self._now(), limit)
        return [(key, Entry(*rest)) for key, *rest in rows]

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which there are entries."""
        return tuple(row[0] for row in await self._read("SELECT DISTINCT kind FROM entry ORDER BY kind"))

    async def purge(self) -> int:
        """Remove all expired entries, and return how many there were."""
        statement = "DELETE FROM entry WHERE expires_at <= ? RETURNING 1"
        return len(await self._write(statement, self._now()))

    async def close(self) -> None:
        """Close the file; a later call opens it again."""
        await self._reader.close()
        await self._writer.close()


class _Worker:
    """A thread with a connection, both there while they are needed; event loops of several threads may share it."""

    def __init__(self, connect: Callable[[float], sqlite3.Connection], timeout: float) -> None:
        self._connect, self._timeout = connect, timeout
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._thread: _Thread | None = None

    def _look(self) -> None:
        if self._process != os.getpid():
            # No thread goes along into a fork, and the connection is the other process's.
            self._begin()

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        self._look()
        with self._lock:
            if self._thread is None:
                self._thread = _Thread(self._connect, self._timeout)
            done = self._thread.submit(work)
        return await asyncio.wrap_future(done)

    async def close(self) -> None:
        self._look()
        with self._lock:
            thread, self._thread = self._thread, None
            closed = None if thread is None else thread.close()
        if closed is not None:
            await asyncio.wrap_future(closed)


class _Thread:
    STEP = 100
    """Milliseconds to which SQLite's timeout for a lock is rounded."""

    def __init__(self, connect: Callable[[float], sqlite3.Connection], timeout: float) -> None:
        self._connect, self._timeout = connect, timeout
        self._executor = ThreadPoolExecutor(1, "doorward-sqlite")
        self._connection: sqlite3.Connection | None = None
        self._waits = -1

    def submit(self, work: Callable[[sqlite3.Connection], _T]) -> "Future[_T]":
        # From here on: whoever waits behind others that wait for a lock waits as long as they do, and no longer.
        until = time.monotonic() + self._timeout

        def left() -> float:
            seconds = until - time.monotonic()
            if seconds <= 0:
                raise StoreUnavailable("sqlite: others were first for too long")
            return seconds

        def step() -> _T:
            try:
                if self._connection is None:
                    self._connection, self._waits = self._connect(left()), -1
                waits = math.ceil(left() * 1000 / self.STEP) * self.STEP
                if waits != self._waits:
                    self._connection.execute(f"PRAGMA busy_timeout = {waits}")
                    self._waits = waits
                return work(self._connection)
            except (sqlite3.Error, OSError) as error:
                raise StoreUnavailable(f"sqlite: {error}") from None

        return self._executor.submit(step)

    def close(self) -> "Future[None]":
        def step() -> None:
            if self._connection is not None:
                self._connection.close()

        closed = self._executor.submit(step)
        self._executor.shutdown(wait=False)
        return closed
