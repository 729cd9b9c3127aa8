"""What a store over FastMCP's `AsyncKeyValue` can promise of the contract of `doorward.store`."""

import asyncio
import hashlib
import multiprocessing
import secrets
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from key_value.aio.stores.filetree import FileTreeStore
from key_value.aio.stores.memory import MemoryStore
from key_value.aio.stores.null import NullStore
from key_value.aio.stores.simple import SimpleStore
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper
from key_value.aio.wrappers.passthrough_cache import PassthroughCacheWrapper
from key_value.aio.wrappers.prefix_keys import PrefixKeysWrapper

from doorward import SealingKeys
from doorward.store import Store, StoreError, StoreUnavailable
from doorward.store.async_key_value import FromAsyncKeyValue
from doorward.store.sealed_store import SealedStore

Make = Callable[..., Store]
PATIENCE = 60
"""Seconds after which something hangs, on however busy a machine."""


@pytest.fixture(params=["memory", "files", "wrapped", "sealed"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    memory = MemoryStore()

    def made(**options: Any) -> Store:
        options = {"timeout": PATIENCE} | options
        if request.param == "memory":
            return FromAsyncKeyValue(memory, **options)
        files = FileTreeStore(data_directory=tmp_path)
        if request.param == "files":
            return FromAsyncKeyValue(files, **options)
        if request.param == "sealed":
            return SealedStore(FromAsyncKeyValue(files, **options), SealingKeys((1, bytes(32))))
        wrapped = FernetEncryptionWrapper(PrefixKeysWrapper(memory, prefix="p"), fernet=Fernet(Fernet.generate_key()))
        return FromAsyncKeyValue(wrapped, **options)

    return made


async def test_what_another_process_draws_a_little_later_counts_for_all() -> None:
    theirs, keys = MemoryStore(), SealingKeys((1, bytes(32)))
    first, other = SealedStore(FromAsyncKeyValue(theirs), keys), FromAsyncKeyValue(MemoryStore())
    await asyncio.gather(first.put_if_absent("grant", "a", b"1"), SealedStore(other, keys).get("grant", "a"))
    # It had read that there is none as well, and is slower.
    drawn = await other.get("sealing", "index")
    assert drawn is not None
    await FromAsyncKeyValue(theirs)._write("sealing", hashlib.sha256(b"index").hexdigest(), drawn.value, None)
    await first.put_if_absent("grant", "b", b"2")
    second = await SealedStore(FromAsyncKeyValue(theirs), keys).get("grant", "b")
    assert second is not None and second.value == b"2"


async def test_what_is_put_is_there_and_is_swapped_once(make: Make) -> None:
    store, value = make(), bytes(range(256)) * 9
    key = "\u00e4 {}:%_'\n/../" + "x" * 490
    assert await store.get("k", key) is None and await store.take("k", key) is None
    assert await store.put_if_absent("k", key, value, 4_000_000_000)
    assert not await store.put_if_absent("k", key, b"other")
    first = await store.get("k", key)
    assert first is not None and (first.value, first.expires_at) == (value, 4_000_000_000)
    assert await store.get("k_b", key) is None and await store.get("k", key[1:]) is None
    assert not await store.compare_and_swap("k", key, first.version + 1, b"wrong")
    assert await store.compare_and_swap("k", key, first.version, b"two")
    assert not await store.compare_and_swap("k", key, first.version, b"three")
    second = await store.get("k", key)
    assert second is not None and (second.value, second.expires_at) == (b"two", None)
    taken = await store.take("k", key)
    assert taken == second and await store.take("k", key) is None and await store.get("k", key) is None
    assert not await store.compare_and_swap("k", key, second.version, b"back")
    assert await store.put_if_absent("k", key, b"new")
    assert not await store.compare_and_swap("k", key, second.version, b"back")


async def test_what_has_expired_is_absent(make: Make) -> None:
    now = int(time.time())
    store = make(clock=lambda: now)
    for key in "abcd":
        assert await store.put_if_absent("k", key, b"old", now + 3600)
    before = await store.get("k", "a")
    assert before is not None
    now += 3600
    assert await store.get("k", "a") is None and await store.take("k", "b") is None
    assert not await store.compare_and_swap("k", "a", before.version, b"again")
    assert await store.put_if_absent("k", "c", b"new")
    found = await store.get("k", "c")
    assert found is not None and (found.value, found.expires_at) == (b"new", None)
    assert await store.purge() == 0


async def test_of_eight_exactly_one_swaps_and_one_takes(make: Make) -> None:
    store = make()
    for key in map(str, range(12)):
        assert await store.put_if_absent("k", key, b"0")
        entry = await store.get("k", key)
        assert entry is not None
        swaps = [store.compare_and_swap("k", key, entry.version, bytes([number])) for number in range(8)]
        assert sum(await asyncio.gather(*swaps)) == 1
        taken = await asyncio.gather(*(store.take("k", key) for _ in range(8)))
        assert sum(entry is not None for entry in taken) == 1


async def test_who_takes_waits_for_who_swaps(make: Make) -> None:
    """Else a grant that is revoked while it is refreshed would live on."""
    store = make()
    for _ in range(30):
        key = secrets.token_hex(4)
        await store.put_if_absent("k", key, b"old")
        entry = await store.get("k", key)
        assert entry is not None
        swapped, taken = await asyncio.gather(
            store.compare_and_swap("k", key, entry.version, b"new"), store.take("k", key)
        )
        assert taken is not None and taken.value == (b"new" if swapped else b"old")
        assert await store.get("k", key) is None


async def test_who_was_killed_after_a_claim_leaves_nothing_that_is_given_twice(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It stands until a test says so, and goes on by more than the timeout then, each time that it is looked at.
    times, goes = count(3600, 3600), False
    monkeypatch.setattr(
        "doorward.store.async_key_value.time", SimpleNamespace(monotonic=lambda: next(times) if goes else 0)
    )
    store = make(timeout=3600)
    await store.put_if_absent("k", "a", b"1")
    entry = await store.get("k", "a")
    assert entry is not None
    inner: Any = store._store if isinstance(store, SealedStore) else store
    place = await store._hash("k", "a") if isinstance(store, SealedStore) else "a"
    kind = "sealed_k" if isinstance(store, SealedStore) else "k"
    _, hashed = await inner._read(kind, place)
    assert await inner._claim(kind, hashed, entry.version)
    assert await store.get("k", "a") is not None
    assert not await store.compare_and_swap("k", "a", entry.version, b"2")
    assert not await store.put_if_absent("k", "a", b"3")
    goes = True
    assert not await store.compare_and_swap("k", "a", entry.version, b"2")
    assert await store.get("k", "a") is None, "lost, and not in the way for ever"
    assert await store.put_if_absent("k", "a", b"3")
    entry = await store.get("k", "a")
    assert entry is not None and await inner._claim(kind, hashed, entry.version)
    assert await store.take("k", "a") is None and await store.get("k", "a") is None


@pytest.mark.parametrize("step", ["get", "put", "delete"])
async def test_one_that_hangs_is_given_up(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = MemoryStore()
    store = FromAsyncKeyValue(inner, timeout=PATIENCE)
    await store.put_if_absent("k", "a", b"1")
    entry = await store.get("k", "a")
    assert entry is not None
    store._timeout = 0.1

    async def hangs(*_: Any, **__: Any) -> None:
        await asyncio.sleep(2 * PATIENCE)

    monkeypatch.setattr(inner, step, hangs)
    verbs: dict[str, Callable[[], Any]] = {
        "get": lambda: store.get("k", "a"),
        "put": lambda: store.put_if_absent("k", "b", b"1"),
        "delete": lambda: store.compare_and_swap("k", "a", entry.version, b"2"),
    }
    with pytest.raises(StoreUnavailable):
        await asyncio.wait_for(verbs[step](), PATIENCE)


async def test_what_was_given_up_and_arrives_later_brings_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    inner, arrive = MemoryStore(), asyncio.Event()
    store, other = FromAsyncKeyValue(inner, timeout=PATIENCE), FromAsyncKeyValue(inner, timeout=PATIENCE)
    await store.put_if_absent("k", "a", b"granted")
    entry = await store.get("k", "a")
    assert entry is not None
    store._timeout = other._timeout = 0.1
    put = inner.put

    async def late(*args: Any, **options: Any) -> None:
        if options["collection"] == "doorward_k":
            await arrive.wait()
        await put(*args, **options)

    monkeypatch.setattr(inner, "put", late)
    with pytest.raises(StoreUnavailable, match="too long"):
        await asyncio.wait_for(store.compare_and_swap("k", "a", entry.version, b"refreshed"), PATIENCE)
    monkeypatch.setattr(inner, "put", put)
    assert await other.take("k", "a") is None, "what a revocation does"
    arrive.set()
    await asyncio.gather(*store._replacing, return_exceptions=True)
    assert await other.get("k", "a") is None


@pytest.mark.parametrize("step", ["put of the claim", "put of the entry"])
async def test_who_was_stopped_for_too_long_brings_nothing_back(step: str) -> None:
    inner, stopped, goes_on = MemoryStore(), asyncio.Event(), asyncio.Event()
    slow, other = (FromAsyncKeyValue(inner, timeout=PATIENCE) for _ in range(2))
    await slow.put_if_absent("k", "a", b"granted")
    entry = await slow.get("k", "a")
    assert entry is not None
    slow._timeout = other._timeout = 0.2
    collection = "doorward_k_claims" if step == "put of the claim" else "doorward_k"

    class Stopped:
        """The store, as a process sees it that is stopped before this step."""

        async def put(self, *args: Any, **options: Any) -> None:
            if options["collection"] == collection:
                stopped.set()
                await goes_on.wait()
            await inner.put(*args, **options)

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    slow._store = Stopped()
    swap = asyncio.create_task(slow.compare_and_swap("k", "a", entry.version, b"refreshed"))
    await asyncio.wait([swap, waiting := asyncio.ensure_future(stopped.wait())], return_when="FIRST_COMPLETED")
    waiting.cancel()
    # What a revocation does.
    while (found := await other.get("k", "a")) is not None:
        assert not await other.compare_and_swap("k", "a", found.version, b"revoked")
        await asyncio.sleep(0.02)
    goes_on.set()
    with pytest.raises(StoreUnavailable, match="too long"):
        await swap
    await asyncio.gather(*slow._replacing, return_exceptions=True)
    assert await other.get("k", "a") is None


@pytest.mark.parametrize("wrapped", [False, True])
async def test_files_that_have_expired_go_in_the_course_of_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapped: bool
) -> None:
    monkeypatch.setattr(FromAsyncKeyValue, "CULL", 0.0)
    monkeypatch.setattr(FromAsyncKeyValue, "SHARE", 0)
    files: Any = FileTreeStore(data_directory=tmp_path)
    store = FromAsyncKeyValue(PrefixKeysWrapper(files, prefix="p") if wrapped else files)
    store._cull_after = 0.0
    for number in range(20):
        await store.put_if_absent("k", f"short{number}", b"1", int(time.time()) + 2)
    await store.put_if_absent("k", "long", b"1", int(time.time()) + 600)
    until = time.monotonic() + 120
    while len(list((tmp_path / "doorward_k").iterdir())) > 2:
        await asyncio.sleep(0.5)
        await store.take("k", "another")
        await store.put_if_absent("k", "another", b"1", int(time.time()) + 600)
        assert time.monotonic() < until
    assert await store.get("k", "long") is not None


def _count(folder: str, times: int) -> None:
    async def work() -> None:
        store = FromAsyncKeyValue(FileTreeStore(data_directory=folder), timeout=PATIENCE)
        for _ in range(times):
            while True:
                entry = await store.get("k", "count")
                assert entry is not None
                if await store.compare_and_swap("k", "count", entry.version, b"%d" % (int(entry.value) + 1)):
                    break

    asyncio.run(work())


async def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    store = FromAsyncKeyValue(FileTreeStore(data_directory=tmp_path))
    await store.put_if_absent("k", "count", b"0")
    context: Any = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count, args=(str(tmp_path), 25)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 120)
        assert process.exitcode == 0
    entry = await store.get("k", "count")
    assert entry is not None and entry.value == b"50"


@pytest.mark.parametrize("store", [NullStore(), SimpleStore(), PassthroughCacheWrapper(MemoryStore(), MemoryStore())])
def test_a_store_where_to_delete_is_no_claim_is_refused(store: Any) -> None:
    with pytest.raises(StoreError, match=f"{type(store).__name__}: not known to return true"):
        FromAsyncKeyValue(store)


async def test_one_that_does_not_answer_says_so_and_one_of_another_form_too() -> None:
    inner = MemoryStore()
    store = FromAsyncKeyValue(inner)
    await store.put_if_absent("k", "a", b"1")
    _, place = await store._read("k", "a")
    await inner.put(place, {"other": 1}, collection="doorward_k")
    with pytest.raises(StoreError, match="another form"):
        await store.get("k", "a")
    for step in (store.list("k"), store.kinds()):
        with pytest.raises(StoreError, match="lists nothing"):
            await step

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a secret: s3cret")

    inner.get = broken
    with pytest.raises(StoreUnavailable) as caught:
        await store.get("k", "a")
    assert "s3cret" not in str(caught.value)
