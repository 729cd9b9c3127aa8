"""The contract of `doorward.store`, which every store keeps."""

import asyncio
import multiprocessing
import os
import secrets
import sqlite3
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import databases
from conftest import SHARED_STORES
from doorward import SealingKeys
from doorward.event_loops import Opened
from doorward.store import Entry, Store, StoreError, StoreUnavailable, open_store
from doorward.store.sealed_store import SealedStore
from doorward.store.sqlite import SqliteStore

NAMES = ["memory", *SHARED_STORES, "sealed"]


@pytest_asyncio.fixture(params=NAMES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    name = request.param
    if name == "memory":
        url = "memory:"
    elif name in ("sqlite", "sealed"):
        url = f"sqlite:{tmp_path}/store.db"
    else:
        url = request.getfixturevalue(f"{name}_url")
    store = open_store(url)
    yield SealedStore(store, SealingKeys((1, bytes(32)))) if name == "sealed" else store
    await store.close()


@pytest.fixture
def kind() -> str:
    """A kind that nobody else uses."""
    return "k" + secrets.token_hex(8).translate({ord(d): chr(ord("p") + int(d)) for d in "0123456789"})


async def test_what_is_put_is_there(store: Store, kind: str) -> None:
    value = bytes(range(256)) * 9
    assert await store.get(kind, "a") is None
    assert await store.put_if_absent(kind, "a", value)
    entry = await store.get(kind, "a")
    assert entry is not None and (entry.value, entry.expires_at) == (value, None)
    assert not await store.put_if_absent(kind, "a", b"other")
    assert await store.get(kind, "a") == entry
    assert await store.get(kind + "x", "a") is None and await store.get(kind, "A") is None
    assert await store.put_if_absent(kind, "\u00e4 {}:%_'\n" + "x" * 500, b"")
    odd = await store.get(kind, "\u00e4 {}:%_'\n" + "x" * 500)
    assert odd is not None and odd.value == b""


async def test_a_version_is_swapped_once(store: Store, kind: str) -> None:
    assert not await store.compare_and_swap(kind, "a", 1, b"never put")
    await store.put_if_absent(kind, "a", b"one", 4_000_000_000)
    first = await store.get(kind, "a")
    assert first is not None and first.expires_at == 4_000_000_000
    assert await store.compare_and_swap(kind, "a", first.version, b"two")
    assert not await store.compare_and_swap(kind, "a", first.version, b"three")
    second = await store.get(kind, "a")
    assert second is not None and (second.value, second.expires_at) == (b"two", None)
    assert second.version != first.version


async def test_a_version_does_not_come_back(store: Store, kind: str) -> None:
    seen = set()
    for _ in range(8):
        assert await store.put_if_absent(kind, "a", b"same")
        taken = await store.take(kind, "a")
        assert taken is not None and taken.value == b"same"
        seen.add(taken.version)
        assert not await store.compare_and_swap(kind, "a", taken.version, b"back")
    assert len(seen) == 8 and await store.take(kind, "a") is None


async def test_what_has_expired_is_absent(store: Store, kind: str) -> None:
    # Longer, where a machine is too slow to look before they have expired.
    for seconds in (3, 30, 300):
        soon = int(time.time()) + seconds
        put = [await store.put_if_absent(kind, key, b"old", soon) for key in "abcd"]
        before, listed = await store.get(kind, "a"), await store.list(kind)
        if time.time() < soon:
            break
    assert before is not None and before.expires_at == soon
    assert all(put) and [key for key, _ in listed] == list("abcd")
    assert await store.put_if_absent(kind, "e", b"stays")
    await asyncio.sleep(soon + 0.05 - time.time())
    assert await store.get(kind, "a") is None
    assert await store.list(kind) == [("e", await store.get(kind, "e"))]
    assert not await store.compare_and_swap(kind, "a", before.version, b"again")
    assert await store.take(kind, "b") is None
    assert await store.put_if_absent(kind, "c", b"new")
    found = await store.get(kind, "c")
    assert found is not None and (found.value, found.expires_at) == (b"new", None)
    assert not await store.put_if_absent(kind, "c", b"newer")


async def test_expired_entries_go(store: Store, kind: str) -> None:
    await store.purge()
    now = int(time.time())
    for number in range(40):
        await store.put_if_absent(kind, f"{number}", b"", now + 1)
    await asyncio.sleep(now + 2.1 - time.time())
    assert await store.list(kind) == []
    # Each write takes some along.
    for number in range(4):
        await store.put_if_absent(kind, f"new {number}", b"")
    assert await store.purge() == 0


async def test_purging_removes_all_at_once(store: Store, kind: str) -> None:
    await store.purge()
    # Longer, where a machine is too slow to write all before the first has expired, which later writes take along.
    for seconds in (3, 30, 300):
        ends = int(time.time()) + seconds
        for number in range(40):
            await store.put_if_absent(kind, f"{number}", b"", ends)
        if await store.put_if_absent(kind, "stays", b"") and time.time() < ends:
            break
        await store.take(kind, "stays")
        await store.purge()
    await asyncio.sleep(ends + 1.1 - time.time())
    assert await store.purge() == 40
    assert [key for key, _ in await store.list(kind)] == ["stays"]


async def test_lists_are_read_in_pages_and_in_order(store: Store, kind: str) -> None:
    keys = [f"{number:03}" for number in range(25)] + ["Z", "a", "\u00e4", "\U0001f511", "\uffee"]
    for key in sorted(keys, key=lambda key: hash((key, 7))):
        await store.put_if_absent(kind, key, key.encode())
    read: list[tuple[str, Entry]] = []
    while page := await store.list(kind, read[-1][0] if read else "", 7):
        read += page
    assert [key for key, _ in read] == sorted(keys, key=str.encode)
    assert all(entry.value == key.encode() for key, entry in read)
    assert await store.list(kind, "\U0001f511") == [] and len(await store.list(kind, limit=1)) == 1


async def test_the_kinds_of_what_is_there_are_known(store: Store, kind: str) -> None:
    kinds = [kind, kind + "_b", kind + "_a"]
    for each in kinds:
        await store.put_if_absent(each, "x", b"")
        await store.put_if_absent(each, "y", b"", 4_000_000_000)
    assert [each for each in await store.kinds() if each.startswith(kind)] == sorted(kinds)
    for key in "xy":
        await store.take(kinds[2], key)
    assert kinds[2] not in await store.kinds() and kinds[1] in await store.kinds()


async def test_of_eight_exactly_one_succeeds(store: Store, kind: str) -> None:
    for key in map(str, range(12)):
        puts = [store.put_if_absent(kind, key, bytes([number])) for number in range(8)]
        assert sum(await asyncio.gather(*puts)) == 1
        entry = await store.get(kind, key)
        assert entry is not None
        swaps = [store.compare_and_swap(kind, key, entry.version, bytes([number])) for number in range(8)]
        assert sum(await asyncio.gather(*swaps)) == 1
        taken = await asyncio.gather(*(store.take(kind, key) for _ in range(8)))
        assert sum(entry is not None for entry in taken) == 1


async def test_a_store_that_was_closed_is_used_again(store: Store, kind: str) -> None:
    await store.put_if_absent(kind, "a", b"1")
    await store.close()
    entry = await store.get(kind, "a")
    assert entry is not None and "b'1'" not in repr(entry)


def _count(url: str, kind: str, times: int) -> None:
    async def work() -> None:
        store = open_store(url)
        await store.put_if_absent(kind, "count", b"0")
        for _ in range(times):
            while True:
                entry = await store.get(kind, "count")
                assert entry is not None
                if await store.compare_and_swap(kind, "count", entry.version, b"%d" % (int(entry.value) + 1)):
                    break
        await store.close()

    asyncio.run(work())


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_processes_that_write_at_once_lose_nothing(store_url: str, kind: str) -> None:
    # They make the tables at once, too.
    context: Any = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count, args=(store_url, kind, 100)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 120)
        assert process.exitcode == 0
    store = open_store(store_url)
    entry = await store.get(kind, "count")
    await store.close()
    assert entry is not None and entry.value == b"200"


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_one_store_serves_loop_after_loop(store_url: str, kind: str) -> None:
    store = open_store(store_url)

    async def step() -> Entry | None:
        await store.put_if_absent(kind, "a", b"1")
        return await store.get(kind, "a")

    for _ in range(2):
        assert (await asyncio.to_thread(asyncio.run, step())) is not None
    assert await store.get(kind, "a") is not None
    await store.close()


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:9/none", "redis://127.0.0.1:9/0", "sqlite:/proc/none/x.db"])
async def test_one_that_does_not_answer_says_so(url: str) -> None:
    store = open_store(url)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            await store.get("k", "a")
    await store.close()


async def test_those_who_wait_for_a_file_that_is_locked_wait_together(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(str(path), timeout=5)
    assert await store.put_if_absent("k", "a", b"1")
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        writes = [store.put_if_absent("k", str(number), b"1") for number in range(8)]
        found = await asyncio.gather(*writes, return_exceptions=True)
        assert all(isinstance(each, StoreUnavailable) for each in found)
        assert time.monotonic() - begun < 35, "one after the other they would have waited for 40 seconds"
        connection.execute("ROLLBACK")
    connection.close()
    assert await store.put_if_absent("k", "b", b"1")
    assert [key for key, _ in await store.list("k")] == ["a", "b"], "what was late is not written later"
    await store.close()


async def test_the_file_is_for_its_owner_and_its_tables_only_go_forward(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    before = os.umask(0)
    try:
        store = SqliteStore(str(path))
        await store.put_if_absent("k", "a", b"1")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(each.stat().st_mode) for each in os.scandir(tmp_path)} == {0o600}
    await store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="of version 99"):
        await SqliteStore(str(path)).get("k", "a")


async def test_valkey_is_asked_as_redis_is(redis_url: str) -> None:
    valkey, redis = open_store(redis_url.replace("redis://", "valkey://")), open_store(redis_url)
    assert await valkey.put_if_absent("valkey", "a", b"one")
    entry = await redis.get("valkey", "a")
    assert entry is not None and entry.value == b"one"
    for store in (valkey, redis):
        await store.close()


async def test_newer_tables_of_servers_are_left_alone(postgresql_url: str, redis_url: str) -> None:
    import asyncpg
    import redis.asyncio

    await open_store(postgresql_url).purge()
    connection = await asyncpg.connect(postgresql_url)
    await connection.execute("INSERT INTO doorward_schema VALUES (99)")
    try:
        with pytest.raises(StoreError, match="of version 99"):
            await open_store(postgresql_url).get("k", "a")
    finally:
        await connection.execute("DELETE FROM doorward_schema WHERE version = 99")
        await connection.close()
    client = redis.asyncio.Redis.from_url(redis_url)
    await client.set("doorward:version", 99)
    try:
        with pytest.raises(StoreError, match="of version 99"):
            await open_store(redis_url).get("k", "a")
    finally:
        await client.set("doorward:version", 1)
        await client.aclose()


async def test_a_server_is_connected_to_once_by_many_that_begin_at_once(redis_url: str) -> None:
    from doorward.store.redis import RedisStore

    store = RedisStore(redis_url)
    clients = await asyncio.gather(*(store._clients.get() for _ in range(8)))
    assert len({id(client) for client in clients}) == 1
    await store.close()
    away = RedisStore("redis://127.0.0.1:1")
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await away.get("k", "a")
    assert len(away._clients) == 1


async def test_a_role_that_may_not_make_tables_uses_those_that_are_there(postgresql_url: str) -> None:
    import asyncpg

    await open_store(postgresql_url).purge()
    name = f"r{secrets.token_hex(4)}"
    connection = await asyncpg.connect(postgresql_url)
    try:
        await connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        await connection.execute(f"CREATE ROLE {name} LOGIN")
        await connection.execute(f"GRANT SELECT ON doorward_schema TO {name}")
        await connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON doorward_entry TO {name}")
        store = open_store(postgresql_url.replace("doorward@", f"{name}@"))
        assert await store.put_if_absent("role", name, b"1") and await store.take("role", name) is not None
        await store.close()
    finally:
        await connection.execute(f"DROP OWNED BY {name}; DROP ROLE {name}")
        await connection.close()


@pytest.mark.parametrize("url", ["sqlite::memory:", "sqlite://:memory:"])
def test_a_file_in_memory_is_refused_by_the_name_of_the_store_that_is_meant(url: str) -> None:
    with pytest.raises(StoreError, match="memory: is a store"):
        open_store(url)


async def test_a_pooler_that_hands_out_connections_by_transaction_is_told_of_in_the_url(postgresql_url: str) -> None:
    url = f"{postgresql_url}{'&' if '?' in postgresql_url else '?'}statement_cache_size=0"
    store = open_store(url)
    kind = "k" + secrets.token_hex(4).translate(str.maketrans("0123456789", "pqrstuvwxy"))
    assert await store.put_if_absent(kind, "a", b"1")
    async with store._connection() as connection:  # type: ignore[attr-defined]
        assert not await connection.fetch("SELECT name FROM pg_prepared_statements WHERE name != ''")
    await store.close()
    with pytest.raises(StoreError, match="statement_cache_size"):
        open_store(f"{url}0")


def test_a_process_that_was_forked_has_a_thread_of_its_own(tmp_path: Path) -> None:
    script = f"""
import asyncio, os
from doorward.store import open_store
store = open_store("sqlite:{tmp_path}/store.db")
async def put(key):
    return await asyncio.wait_for(store.put_if_absent("k", key, b"1"), 60)
assert asyncio.run(put("a"))
child = os.fork()
if child == 0:
    asyncio.run(asyncio.wait_for(store.close(), 60))
    os._exit(0 if asyncio.run(put("b")) and not asyncio.run(put("a")) else 1)
assert os.waitpid(child, 0)[1] == 0
assert not asyncio.run(put("b")) and asyncio.run(put("c"))
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0  # noqa: S603


@pytest.mark.parametrize("url", ["", "keys.db", "sqlite:", "mysql://x", "http://x", "//[x:y", "[x:y"])
def test_a_url_of_no_store_is_refused(url: str) -> None:
    with pytest.raises(StoreError) as raised:
        open_store(url)
    assert "[x" not in str(raised.value)


async def test_a_certificate_that_is_refused_is_no_fault_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncpg

    # All of these are ValueErrors.
    for error, expected in (
        (ssl.SSLCertVerificationError("of 127.0.0.1"), StoreUnavailable),
        (asyncpg.ClientConfigurationError("sslrootcert"), StoreUnavailable),
        (ValueError("hunter2"), StoreError),
    ):

        async def fails(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr(asyncpg, "create_pool", fails)
        with pytest.raises(StoreError) as raised:
            await open_store("postgresql://u@127.0.0.1:9/db").get("k", "a")
        assert type(raised.value) is expected and "hunter2" not in str(raised.value)
        assert ("no URL" in str(raised.value)) == (expected is StoreError)
        assert ("%5B %5D %25" in str(raised.value)) == (expected is StoreError)


async def test_what_is_open_is_there_without_a_turn_of_the_event_loop() -> None:
    async def open() -> int:
        return 1

    opened = Opened(open)
    assert await opened.get() == 1
    with pytest.raises(StopIteration):
        opened.get().send(None)


def test_the_wait_of_a_pool_in_a_url_of_redis_is_for_limits_alone() -> None:
    with pytest.raises(StoreError, match="%5B %5D %25"):
        open_store("redis://127.0.0.1:9/0?timeout=20")


async def test_opening_a_file_leaves_the_locks_of_this_process_alone(tmp_path: Path) -> None:
    """POSIX drops all of a process's locks on a file when any descriptor of it is closed."""
    path = tmp_path / "store.db"
    own = sqlite3.connect(path, isolation_level=None)
    own.execute("CREATE TABLE something (x)")
    own.execute("BEGIN EXCLUSIVE")
    store = SqliteStore(str(path), timeout=2)
    with pytest.raises(StoreUnavailable, match="locked"):
        await store.get("k", "a")
    other = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
    asked = await asyncio.create_subprocess_exec(sys.executable, "-c", other, path, stderr=asyncio.subprocess.PIPE)
    _, said = await asked.communicate()
    assert b"database is locked" in said
    own.execute("COMMIT")
    own.close()
    await store.close()
    store = SqliteStore(str(path), timeout=60)
    assert await store.get("k", "a") is None
    await store.close()


def _begin(url: str, barrier: Any) -> None:
    async def both() -> None:
        store = open_store(url)
        await asyncio.gather(store.put_if_absent("k", "a", b"1"), store.get("k", "a"))
        await store.close()

    barrier.wait()
    asyncio.run(both())


def test_many_that_make_a_new_file_at_once_all_use_it(tmp_path: Path) -> None:
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    for number in range(8):
        barrier = context.Barrier(4)
        processes = [context.Process(target=_begin, args=(f"sqlite:{tmp_path}/{number}", barrier)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
            assert process.exitcode == 0


@pytest.mark.parametrize("database", [databases.postgresql, databases.redis])
async def test_a_server_that_was_killed_is_used_again_and_has_kept_what_was_said(
    database: Callable[[], AbstractContextManager[databases.Server]],
) -> None:
    with database() as server:
        store = open_store(server.url)
        await asyncio.gather(*(store.put_if_absent("k", f"{number}", b"1") for number in range(20)))
        server.kill()
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await store.get("k", "0")
            with pytest.raises(StoreUnavailable):
                await store.put_if_absent("k", "new", b"1")
        await asyncio.to_thread(server.start)
        assert len(await store.list("k")) == 20, "at once: no connection of before is in the way"
        assert await store.put_if_absent("k", "new", b"1")
        await store.close()


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_who_goes_away_in_the_middle_is_in_nobodys_way(store_url: str, kind: str) -> None:
    store = open_store(store_url)
    await store.put_if_absent(kind, "a", b"1")
    for wait in range(40):
        steps = [store.put_if_absent(kind, f"{wait}", b"1"), store.get(kind, "a"), store.take(kind, f"{wait}")]
        tasks = [asyncio.create_task(step) for step in steps]
        await asyncio.sleep(wait / 10_000)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    found = await asyncio.gather(*(store.get(kind, "a") for _ in range(20)))
    assert all(entry is not None and entry.value == b"1" for entry in found)
    await store.close()
