"""What a sealed store adds to the contract of `doorward.store`, and what the file of its keys does."""

import asyncio
import multiprocessing
import secrets
import stat
from pathlib import Path
from typing import Any

import pytest

from conftest import SHARED_STORES
from doorward import SealingKeys
from doorward.sealing_keys import add_sealing_key, read_sealing_keys
from doorward.store import Entry, Store, StoreError, StoreUnavailable, open_store
from doorward.store.memory import MemoryStore
from doorward.store.sealed_store import SealedStore

OLD, NEW = (1, b"1" * 32), (2, b"2" * 32)


async def raw(store: Store) -> dict[tuple[str, str], Entry]:
    return {(kind, key): entry for kind in await store.kinds() for key, entry in await store.list(kind, limit=10_000)}


async def test_nothing_of_an_entry_can_be_read() -> None:
    inner = MemoryStore()
    sealed = SealedStore(inner, SealingKeys(OLD))
    await sealed.put_if_absent("grant", "ada@example.com", b"upstream-token")
    entry = await sealed.get("grant", "ada@example.com")
    assert entry is not None
    assert await sealed.compare_and_swap("grant", "ada@example.com", entry.version, b"upstream-token", 4_000_000_000)
    for place, stored in (await raw(inner)).items():
        text = f"{place} {stored.value!r}"
        assert "ada@" not in text and "upstream" not in text and "dXBzdHJlYW0" not in text
    # The same value and key are another text in another store, and at another time.
    other = MemoryStore()
    await SealedStore(other, SealingKeys(OLD)).put_if_absent("grant", "ada@example.com", b"upstream-token")
    assert not {key for _, key in await raw(other) if len(key) == 64} & {key for _, key in await raw(inner)}


async def test_an_entry_counts_in_its_own_place_alone() -> None:
    inner, other = MemoryStore(), MemoryStore()
    sealed = SealedStore(inner, SealingKeys(OLD))
    for key in "ab":
        await sealed.put_if_absent("grant", key, key.encode(), 4_000_000_000)
    await sealed.put_if_absent("code", "a", b"code", 4_000_000_000)
    places = await raw(inner)
    grant_a, grant_b = sorted(key for kind, key in places if kind == "sealed_grant")
    [code] = [key for kind, key in places if kind == "sealed_code"]
    value, expires_at = places["sealed_grant", grant_a].value, 4_000_000_000

    async def put(store: Store, kind: str, key: str, value: bytes, expires_at: int | None) -> None:
        await store.take(kind, key)
        await store.put_if_absent(kind, key, value, expires_at)

    moves = (("sealed_grant", grant_b, value, expires_at), ("sealed_code", code, value, expires_at))
    longer = ("sealed_grant", grant_a, value, expires_at + 1), ("sealed_grant", grant_a, value, None)
    changed = ("sealed_grant", grant_a, value[:-1] + bytes([value[-1] ^ 1]), expires_at)
    for kind, key, moved, until in (*moves, *longer, changed, ("sealed_grant", grant_a, b"", expires_at)):
        before = places[kind, key]
        await put(inner, kind, key, moved, until)
        with pytest.raises(StoreError, match="was changed"):
            [item async for item in sealed.entries(kind.removeprefix("sealed_"))]
        with pytest.raises(StoreError, match="was changed"):
            for name in "ab":
                await sealed.get(kind.removeprefix("sealed_"), name)
        await put(inner, kind, key, before.value, before.expires_at)
    assert len(await sealed.list("grant")) == 2
    # A whole other store, with the same keys.
    stranger = SealedStore(other, SealingKeys(OLD))
    await stranger.put_if_absent("grant", "a", b"a", expires_at)
    [(place, entry)] = [item for item in (await raw(other)).items() if item[0][0] == "sealed_grant"]
    await put(inner, "sealed_grant", place[1], entry.value, expires_at)
    with pytest.raises(StoreError, match="was changed"):
        await sealed.list("grant")


async def test_a_long_value_is_whole_or_nothing() -> None:
    inner = MemoryStore()
    sealed = SealedStore(inner, SealingKeys(OLD))
    for length in (0, 3071, 3072, 3073, 6144, 100_000):
        value = secrets.token_bytes(length)
        assert await sealed.put_if_absent("grant", f"{length}", value)
        found = await sealed.get("grant", f"{length}")
        assert found is not None and found.value == value
    [(_, place)] = [item for item in (await raw(inner)).items() if len(item[1].value) > 100_000]
    [key] = [key for (_, key), entry in (await raw(inner)).items() if entry is place]
    parts = place.value.split(b".")
    longest = max(range(len(parts)), key=lambda each: len(parts[each]))
    wrong = [
        parts[:-1],
        parts[1:],
        [*parts, parts[-1]],
        [parts[1], parts[0], *parts[2:]],
        [parts[longest]] * len(parts),
    ]
    for changed in wrong:
        await inner.take("sealed_grant", key)
        await inner.put_if_absent("sealed_grant", key, b".".join(changed))
        with pytest.raises(StoreError, match="was changed"):
            await sealed.get("grant", "100000")


async def test_no_part_of_a_long_value_goes_with_those_of_another_version() -> None:
    inner = MemoryStore()
    sealed = SealedStore(inner, SealingKeys(OLD))
    await sealed.put_if_absent("grant", "a", b"1" * 7000)
    entry = await sealed.get("grant", "a")
    [((_, key), before)] = [item for item in (await raw(inner)).items() if item[0][0] == "sealed_grant"]
    assert entry is not None and await sealed.compare_and_swap("grant", "a", entry.version, b"2" * 7000)
    after = await inner.take("sealed_grant", key)
    assert after is not None
    old, new = before.value.split(b"."), after.value.split(b".")
    for spliced in ([old[0], *new[1:]], [*new[:2], old[2]]):
        await inner.put_if_absent("sealed_grant", key, b".".join(spliced))
        with pytest.raises(StoreError, match="was changed"):
            await sealed.get("grant", "a")
        await inner.take("sealed_grant", key)


async def test_a_store_of_other_keys_is_refused() -> None:
    inner = MemoryStore()
    await SealedStore(inner, SealingKeys(OLD)).put_if_absent("grant", "a", b"1")
    for keys in (SealingKeys(NEW), SealingKeys((1, b"3" * 32))):
        sealed = SealedStore(inner, keys)
        for step in (sealed.get("grant", "a"), sealed.put_if_absent("grant", "b", b""), sealed.take("grant", "a")):
            with pytest.raises(StoreError, match="this store was sealed with another key") as caught:
                await step
            assert not isinstance(caught.value, StoreUnavailable)
        with pytest.raises(StoreError, match="another key"):
            await sealed.rekey()
        with pytest.raises(StoreError, match="another key"):
            await sealed.list("grant")
    assert await SealedStore(inner, SealingKeys(OLD)).get("grant", "a") is not None


async def empty(store: Store) -> None:
    """A server is for several tests, each of which seals with keys of its own."""
    for kind in await store.kinds():
        while found := await store.list(kind, limit=1000):
            for key, _ in found:
                await store.take(kind, key)


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_keys_rotate_and_nothing_is_lost(store_url: str) -> None:
    inner = open_store(store_url)
    await empty(inner)
    before, both, after = SealingKeys(OLD), SealingKeys(NEW, [OLD]), SealingKeys(NEW)
    kinds = ["k" + "".join(secrets.choice("abcdef") for _ in range(16)) for _ in range(2)]
    first = SealedStore(inner, before)
    for kind, most in zip(kinds, (130, 50), strict=True):
        for number in range(most):
            await first.put_if_absent(kind, f"{number}", b"%d" % number, 4_000_000_000 + number)
    rotated = SealedStore(inner, both)
    entry = await rotated.get(kinds[0], "7")
    assert entry is not None and entry.value == b"7"

    async def write() -> None:
        for number in range(40):
            await rotated.put_if_absent(kinds[0], f"new {number}", b"")
            while (found := await rotated.get(kinds[0], "7")) is not None:
                if await rotated.compare_and_swap(kinds[0], "7", found.version, found.value + b"."):
                    break
            await rotated.take(kinds[1], f"{number}")

    count, _ = await asyncio.gather(rotated.rekey(), write())
    assert count >= 140
    done = SealedStore(inner, after)
    kept = {key: entry async for key, entry in done.entries(kinds[0])}
    assert len(kept) == 170 and kept["7"].value == b"7" + b"." * 40 and kept["9"].expires_at == 4_000_000_009
    assert len(await done.list(kinds[1], limit=1000)) == 10
    with pytest.raises(StoreError, match="another key"):
        await SealedStore(inner, before).get(kinds[0], "7")
    assert await done.rekey() >= 180
    await empty(inner)
    await inner.close()


async def test_a_rekeying_that_was_interrupted_goes_on() -> None:
    inner = MemoryStore()
    for number in range(20):
        await SealedStore(inner, SealingKeys(OLD)).put_if_absent("grant", f"{number}", b"")
    both = SealedStore(inner, SealingKeys(NEW, [OLD]))
    swap, steps = inner.compare_and_swap, iter(range(10))

    async def stop(*arguments: Any) -> bool:
        if next(steps, None) is None:
            raise StoreUnavailable("gone")
        return await swap(*arguments)

    inner.compare_and_swap = stop  # type: ignore[assignment, method-assign]
    with pytest.raises(StoreUnavailable):
        await both.rekey()
    inner.compare_and_swap = swap  # type: ignore[method-assign]
    assert len(await both.list("grant")) == 20
    assert await both.rekey() == 20
    assert len(await SealedStore(inner, SealingKeys(NEW)).list("grant")) == 20


def _begin(url: str, number: int, barrier: Any) -> None:
    async def work() -> None:
        sealed = SealedStore(open_store(url), SealingKeys(OLD))
        barrier.wait()
        await sealed.put_if_absent("grant", f"{number}", b"1")
        await sealed.close()

    asyncio.run(work())


async def test_processes_that_begin_a_store_at_once_have_one(tmp_path: Path) -> None:
    context: Any = multiprocessing.get_context("spawn")
    url, barrier = f"sqlite:{tmp_path}/store.db", context.Barrier(3)
    processes = [context.Process(target=_begin, args=(url, number, barrier)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 60)
        assert process.exitcode == 0
    sealed = SealedStore(open_store(url), SealingKeys(OLD))
    assert [key for key, _ in await sealed.list("grant")] == ["0", "1", "2"]
    await sealed.close()


def test_the_file_of_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    assert add_sealing_key(path) == 1 and stat.S_IMODE(path.stat().st_mode) == 0o600
    first = path.read_text()
    assert add_sealing_key(path) == 2 and path.read_text().endswith(first) and path.read_text().startswith("2:")
    place: dict[str, Any] = {"purpose": "p", "principal": "", "request": b""}
    sealed = read_sealing_keys(path).seal(b"x", **place, expires_at=9, random=bytes(32))
    assert read_sealing_keys(path).open(sealed, **place, max_lifetime=9, now=0) == b"x"
    for text, message in (("", "no key"), ("1:00", "64 digits"), ("1:x", "line 1"), ("# x\n\nnone", "line 3")):
        path.write_text(text)
        with pytest.raises(ValueError, match=message) as caught:
            read_sealing_keys(path)
        assert "00" not in str(caught.value).replace(str(path), "")
