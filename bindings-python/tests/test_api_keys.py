"""API keys in stores: their whole life, in one process and in several, and in one that is killed."""

import asyncio
import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conftest import SHARED_STORES
from doorward import ApiKey, DoorwardError, Peppers
from doorward.api_keys import ApiKeys
from doorward.api_keys import keys as module_of_keys
from doorward.peppers import add_pepper, read_peppers
from doorward.store import Entry, StoreUnavailable, open_store
from doorward.store.memory import MemoryStore

PEPPERS = Peppers((1, b"p" * 32))
RESOURCE = "https://mcp.example.com/mcp"
NOW = 2_000_000_000


def by(clock: Callable[[], float]) -> SimpleNamespace:
    """The module of time, but for the clock by which a store is left alone."""
    return SimpleNamespace(**vars(time) | {"monotonic": clock})


class World:
    """Keys in memory, with a clock."""

    def __init__(self, **options: Any) -> None:
        self.now = float(NOW)
        self.store = MemoryStore(lambda: self.now)
        self.keys = self.others(**options)

    def others(self, **options: Any) -> ApiKeys:
        """The keys as another process has them."""
        return ApiKeys(self.store, options.pop("peppers", PEPPERS), clock=lambda: self.now, **options)


async def refused(keys: ApiKeys, text: str, **options: Any) -> str:
    with pytest.raises(DoorwardError) as caught:
        await keys.authenticate(text, **({"resource": RESOURCE} | options))
    assert text not in str(caught.value)
    return caught.value.name


async def test_a_key_is_shown_once_and_lets_its_owner_in() -> None:
    world = World()
    key, stored = await world.keys.create(
        owner="ada", note="laptop", scopes=["read", "write"], resource=RESOURCE, limit=(5, 1000, 5)
    )
    text = key.reveal()
    found = await world.others().authenticate(text, resource=RESOURCE, required_scopes="read")
    assert (found.id, found.owner, found.note, found.created_at) == (key.id, "ada", "laptop", NOW)
    assert (found.record.scopes, found.record.resource, found.limit) == (["read", "write"], RESOURCE, (5, 1000, 5))
    assert [each.id async for each in world.keys.list()] == [key.id]
    shown = json.dumps(stored.public(NOW)) + repr(stored) + repr(await world.store.get("api_key", key.id))
    [(_, entry)] = await world.store.list("api_key")
    assert text[-72:-8] not in shown + entry.value.decode() and stored.record.hash not in shown


async def test_q02_whatever_is_wrong_only_the_log_says_what() -> None:
    world = World()
    key, _ = await world.keys.create(scopes=["read"], resource=RESOURCE, not_before=NOW, expires_at=NOW + 100)
    text = key.reveal()
    unknown = ApiKey.mint("mcp", b"u" * 32).reveal()
    assert await refused(world.keys, unknown) == await refused(world.keys, unknown) == "api_key_unknown"
    assert await refused(world.keys, text[:-1]) == "api_key_malformed"
    assert await refused(world.keys, text, resource=RESOURCE + "/") == "api_key_resource_mismatch"
    assert await refused(world.keys, text, required_scopes=["admin"]) == "insufficient_scope"
    world.now = NOW - 1
    assert await refused(world.keys, text) == "api_key_not_yet_valid"
    world.now = NOW + 100
    assert await refused(world.keys, text) == "api_key_expired"
    world.now = NOW
    await world.keys.revoke(key.id)
    assert await refused(world.keys, text) == "api_key_revoked"
    # A record that is of another key: the hash decides.
    other, _ = await world.keys.create()
    [entry] = [entry for id, entry in await world.store.list("api_key") if id == other.id]
    absent = ApiKey.mint("mcp", b"v" * 32)
    await world.store.put_if_absent("api_key", absent.id, entry.value)
    assert await refused(world.keys, absent.reveal()) == "api_key_mismatch"


async def test_q02_a_refusal_takes_whole_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(revocation_delay=0)
    get = world.store.get
    for looking, least in ((0, 1), (0.0032, 4), (0.0001, 1)):

        async def slow(kind: str, id: str, looking: float = looking) -> Entry | None:
            time.sleep(looking)  # noqa: ASYNC251
            return await get(kind, id)

        monkeypatch.setattr(world.store, "get", slow)
        for text in (ApiKey.mint("mcp", b"u" * 32).reveal(), "mcp_no.key"):
            began = time.perf_counter()
            assert await refused(world.keys, text) in ("api_key_unknown", "api_key_malformed")
            asked = looking > 0 and "no.key" not in text
            assert time.perf_counter() - began >= (least if asked else 1) / 1000


def test_refusals_end_in_a_process_forked_while_others_wait() -> None:
    world = World()
    assert asyncio.run(refused(world.keys, "mcp_no.key")) == "api_key_malformed"
    until = time.monotonic() + 30
    while not module_of_keys._waiting._idle_semaphore._value:
        assert time.monotonic() < until, "the thread is idle, and would be counted on"
        time.sleep(0.001)
    child = os.fork()
    if child == 0:
        os._exit(0 if asyncio.run(refused(world.keys, "mcp_no.key")) == "api_key_malformed" else 1)
    until = time.monotonic() + 30
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail("it waits for a thread that no fork has")
        time.sleep(0.01)
    assert done[1] == 0


async def test_a_key_that_is_revoked_is_refused_at_once_here_and_within_the_bound_elsewhere() -> None:
    world = World(revocation_delay=0.4)
    elsewhere, asking = world.others(revocation_delay=0.4), world.others(revocation_delay=0)
    key, _ = await world.keys.create()
    text = key.reveal()
    for keys in (world.keys, elsewhere, asking):
        await keys.authenticate(text, resource=RESOURCE)
    began = time.monotonic()
    await world.keys.revoke(key.id)
    assert await refused(world.keys, text) == await refused(asking, text) == "api_key_revoked"
    try:
        while True:
            asked = time.monotonic()
            await elsewhere.authenticate(text, resource=RESOURCE)
            assert asked < began + 0.4, "the bound"
            await asyncio.sleep(0.01)
    except DoorwardError as error:
        assert error.name == "api_key_revoked"
    # The other way round: a key that was unknown is known within the bound.
    late = ApiKey.mint("mcp", b"l" * 32)
    assert await refused(elsewhere, late.reveal()) == "api_key_unknown"
    fresh, _ = await world.keys.create()
    await elsewhere.authenticate(fresh.reveal(), resource=RESOURCE)


async def test_what_was_read_before_a_revocation_is_not_kept_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(revocation_delay=60)
    key, _ = await world.keys.create()
    read, go_on = asyncio.Event(), asyncio.Event()
    get = world.store.get

    async def slow(kind: str, id: str) -> Entry | None:
        entry = await get(kind, id)
        read.set()
        await go_on.wait()
        return entry

    monkeypatch.setattr(world.store, "get", slow)
    early = asyncio.create_task(world.keys.authenticate(key.reveal(), resource=RESOURCE))
    await read.wait()
    monkeypatch.setattr(world.store, "get", get)
    await world.keys.revoke(key.id)
    go_on.set()
    await early
    assert await refused(world.keys, key.reveal()) == "api_key_revoked"


async def test_a_rotated_key_overlaps_with_the_one_in_its_place() -> None:
    world = World()
    old, _ = await world.keys.create(owner="ada", scopes=["read"], expires_at=NOW + 1000, limit=(1, 1, 1))
    world.now += 500
    new, stored = await world.keys.rotate(old.id, overlap=60)
    assert (stored.owner, stored.record.scopes, stored.limit, stored.replaces) == ("ada", ["read"], (1, 1, 1), old.id)
    assert stored.record.expires_at == NOW + 1500, "as long as the old one was for"
    for key in (old, new):
        await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    shown = await world.keys.show(old.id)
    assert (shown.status(NOW + 500), shown.replaced_by, shown.ends_at) == ("rotated", new.id, NOW + 560)
    world.now += 60
    assert await refused(world.keys, old.reveal()) == "api_key_expired"
    await world.keys.authenticate(new.reveal(), resource=RESOURCE)
    for change in (world.keys.rotate(old.id), world.keys.expire(old.id, None)):
        with pytest.raises(DoorwardError, match="api_key_expired"):
            await change
    assert len([key async for key in world.keys.list()]) == 2


async def test_an_overlap_that_is_too_long_has_no_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    key, _ = await world.keys.create()

    async def put(*_: Any) -> bool:
        raise AssertionError("nothing is stored")

    monkeypatch.setattr(world.store, "put_if_absent", put)
    with pytest.raises(DoorwardError, match=r"^api_key_overlap_too_long "):
        await world.keys.rotate(key.id, overlap=90 * 86_400 + 1)
    monkeypatch.undo()
    await world.keys.rotate(key.id, overlap=90 * 86_400)


async def test_a_key_that_is_revoked_while_it_is_rotated_has_no_successor(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    key, _ = await world.keys.create()
    put = world.store.put_if_absent

    async def meanwhile(*args: Any) -> bool:
        done = await put(*args)
        await world.others().revoke(key.id)
        return done

    monkeypatch.setattr(world.store, "put_if_absent", meanwhile)
    with pytest.raises(DoorwardError, match="api_key_revoked"):
        await world.keys.rotate(key.id)
    assert [(each.id, each.record.revoked) async for each in world.keys.list()] == [(key.id, True)]


async def test_nothing_makes_a_revoked_key_valid_again() -> None:
    world = World()
    key, _ = await world.keys.create()
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    await world.others().revoke(key.id)
    for change in (world.keys.rotate(key.id), world.keys.expire(key.id, None)):
        with pytest.raises(DoorwardError, match="api_key_revoked"):
            await change
    await world.keys.flush()
    assert (await world.keys.show(key.id)).record.revoked, "when it was used is written, and that alone"
    for change in (world.keys.revoke("0" * 16), world.keys.show("0" * 16)):
        with pytest.raises(DoorwardError, match="api_key_unknown"):
            await change


async def test_when_a_key_was_used_is_written_once_for_many_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    key, _ = await world.keys.create()
    swaps, swap = 0, world.store.compare_and_swap

    async def counted(*args: Any) -> bool:
        nonlocal swaps
        swaps += 1
        return await swap(*args)

    monkeypatch.setattr(world.store, "compare_and_swap", counted)
    for _ in range(80):
        world.now += 0.125
        await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    assert (await world.keys.show(key.id)).last_used is None and swaps == 0
    world.keys.FLUSH = 0
    world.now += 1
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    assert world.keys._flushing is not None
    await world.keys._flushing
    assert ((await world.keys.show(key.id)).last_used, swaps) == (NOW + 11, 1)
    world.now += 5
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    await world.keys.close()
    assert (await world.keys.show(key.id)).last_used == NOW + 16
    # The clock was ahead, and is set back.
    world.now -= 10
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    await world.keys.close()
    assert (await world.keys.show(key.id)).last_used == NOW + 6


async def test_a_store_that_is_away_loses_no_key_its_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(revocation_delay=0)
    key, _ = await world.keys.create()

    async def away(*args: Any) -> Any:
        raise StoreUnavailable("away")

    get = world.store.get
    monkeypatch.setattr(world.store, "get", away)
    with pytest.raises(StoreUnavailable):
        await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    await world.keys.flush()
    monkeypatch.setattr(world.store, "get", get)
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    monkeypatch.setattr(world.store, "get", away)
    await world.keys.close()


async def test_peppers_are_changed_without_a_new_key(tmp_path: Path) -> None:
    path = tmp_path / "peppers"
    assert add_pepper(path) == 1
    world = World(peppers=read_peppers(path))
    key, stored = await world.keys.create(scopes=["read"], resource=RESOURCE, expires_at=NOW + 60)
    assert add_pepper(path) == 2 and path.stat().st_mode & 0o777 == 0o600
    rotated = world.others(peppers=read_peppers(path))
    await rotated.authenticate(key.reveal(), resource=RESOURCE)
    await rotated.close()
    record = (await world.keys.show(key.id)).record
    hash = record.hash
    assert (record.scopes, record.resource, record.expires_at) == (["read"], RESOURCE, NOW + 60)
    assert stored.record.hash.startswith("dw1$1$") and hash.startswith("dw1$2$")
    await rotated.authenticate(key.reveal(), resource=RESOURCE)
    # A server that does not know the new one yet fails, and does not take the key for a wrong one.
    assert await refused(world.keys, key.reveal()) == "pepper_unknown"
    await world.keys.revoke(key.id)
    assert await refused(world.others(), key.reveal()) == "api_key_revoked", "one that is over needs no pepper"
    world = World(peppers=read_peppers(path))
    key, stored = await world.keys.create()
    assert (stored.record.pepper, stored.public(NOW)["pepper"]) == (2, 2)
    path.write_text("\n".join(path.read_text().splitlines()[:1]) + "\n# nothing else\n")
    await world.others(peppers=read_peppers(path)).authenticate(key.reveal(), resource=RESOURCE)
    for text in ("", "# none", "1:xyz", "one:" + "00" * 32, "1:00"):
        path.write_text(text)
        with pytest.raises((ValueError, DoorwardError)):
            read_peppers(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=f"^{path}: line 1 is no VERSION:DIGITS$"):
        read_peppers(path)


async def test_servers_that_come_one_after_the_other_know_a_new_pepper_before_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "peppers"
    add_pepper(path)
    old = World(peppers=read_peppers(path))
    key, _ = await old.keys.create()
    assert add_pepper(path, second=True) == 2
    knowing = old.others(peppers=read_peppers(path))
    for keys in (knowing, old.keys):
        await keys.authenticate(key.reveal(), resource=RESOURCE)
        await keys.close()
    first, second, *_ = path.read_text().splitlines()
    path.write_text(f"{second}\n{first}\n")
    using = old.others(peppers=read_peppers(path))
    await using.authenticate(key.reveal(), resource=RESOURCE)
    await using.close()
    assert (await old.keys.show(key.id)).record.pepper == 2
    # A server that has the file as it was in between.
    path.write_text(f"{first}\n{second}\n")
    await old.others(peppers=read_peppers(path)).authenticate(key.reveal(), resource=RESOURCE)


async def test_a_rotated_key_that_is_not_valid_yet_begins_no_sooner() -> None:
    world = World()
    old, _ = await world.keys.create(not_before=NOW + 1000, expires_at=NOW + 1500)
    new, stored = await world.keys.rotate(old.id)
    assert (stored.record.not_before, stored.record.expires_at) == (NOW + 1000, NOW + 1500)
    assert await refused(world.keys, new.reveal()) == "api_key_not_yet_valid"
    world.now += 1000
    await world.keys.authenticate(new.reveal(), resource=RESOURCE)


async def test_when_a_key_was_used_is_written_where_nobody_comes_any_more() -> None:
    world = World()
    key, _ = await world.keys.create()
    world.keys.FLUSH = 0.2
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    for _ in range(6000):
        if (await world.keys.show(key.id)).last_used == NOW:
            break
        await asyncio.sleep(0.01)
    assert (await world.keys.show(key.id)).last_used == NOW


async def test_the_memory_that_keys_take_is_bounded() -> None:
    world = World()
    world.keys.MOST = 10
    good, _ = await world.keys.create()
    await world.keys.authenticate(good.reveal(), resource=RESOURCE)
    for number in range(30):
        await refused(world.keys, ApiKey.mint("mcp", bytes([number]) * 32).reveal())
    assert len(world.keys._absent) == 10 and list(world.keys._found) == [good.id], "no flood takes a good one's place"
    for _ in range(30):
        key, _ = await world.keys.create()
        await world.keys.authenticate(key.reveal(), resource=RESOURCE)
        assert len(world.keys._found) <= 10 and len(world.keys._used) <= 10


async def test_keys_go_some_time_after_their_end() -> None:
    world = World()
    expiring, _ = await world.keys.create(expires_at=NOW + 100)
    revoked, _ = await world.keys.create()
    await world.keys.revoke(revoked.id)
    lasting, _ = await world.keys.create()
    world.now = NOW + 100 + ApiKeys.KEPT - 1
    assert {key.id async for key in world.keys.list()} == {expiring.id, lasting.id}
    world.now += 1
    assert await world.store.purge() == 2
    assert (
        await refused(world.keys, expiring.reveal()) == await refused(world.keys, revoked.reveal()) == "api_key_unknown"
    )


async def test_what_cannot_be_is_refused_when_a_key_is_made() -> None:
    world = World()
    for wrong in ({"scopes": ['"']}, {"scopes": "a  b\n"}, {"limit": (0, 1, 1)}):
        with pytest.raises(DoorwardError):
            await world.keys.create(**wrong)
    with pytest.raises(DoorwardError, match="api_key_prefix_invalid"):
        World(prefix="Not")
    assert [key async for key in world.keys.list()] == []


# Several processes, and those that are killed.


async def _each_step(url: str, report: str, seed: int) -> None:
    """Create, rotate and revoke keys, and write down before and after each step what was promised."""
    chooser = random.Random(seed)  # noqa: S311
    keys = ApiKeys(open_store(url), PEPPERS, revocation_delay=0)
    ours: list[ApiKey] = []
    with open(report, "a") as file:  # noqa: ASYNC230

        def say(*words: str) -> None:
            file.write(" ".join(words) + "\n")
            file.flush()

        while True:
            step = chooser.choice(["create", "create", "rotate", "revoke"])
            if step == "create" or not ours:
                key, _ = await keys.create(owner=str(seed))
                say("shown", key.reveal())
                ours.append(key)
                continue
            key = ours.pop(chooser.randrange(len(ours)))
            if step == "rotate":
                say("rotating", key.reveal())
                new, _ = await keys.rotate(key.id, overlap=0)
                say("gone", key.reveal())
                say("shown", new.reveal())
                ours.append(new)
            else:
                say("revoking", key.reveal())
                await keys.revoke(key.id)
                say("gone", key.reveal())


UNANSWERED = 3
"""With which a process ends whose store did not answer in time, as on a machine that is busy: its step may have
happened, or not, as that of one that is killed."""


def _until_killed(url: str, report: str, seed: int) -> None:
    try:
        asyncio.run(_each_step(url, report, seed))
    except StoreUnavailable:
        os._exit(UNANSWERED)


KILLS = 50


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_two_processes_that_are_killed_lose_no_key_and_leave_none(
    store_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """At random moments: what was shown works, what was said to be gone does not, and what was under way is either."""
    context: Any = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "doorward.store.postgresql", "doorward.store.redis"])
    chooser = random.Random(11)  # noqa: S311
    lives: list[tuple[Any, str]] = []

    def live(number: int) -> tuple[Any, str]:
        report = f"{tmp_path}/{number}"
        process = context.Process(target=_until_killed, args=(store_url, report, number))
        process.start()
        return process, report

    lives = [live(0), live(1)]
    reports = [report for _, report in lives]
    for number in range(2, KILLS + 2):
        process, report = lives.pop(0)
        while process.is_alive() and (not os.path.exists(report) or os.path.getsize(report) < 300):  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.01)
        assert process.exitcode in (None, UNANSWERED)
        await asyncio.sleep(chooser.random() * 0.05)
        process.kill()
        process.join()
        lives.append(live(number))
        reports.append(lives[-1][1])
    for process, _ in lives:
        process.kill()
        process.join()
    keys = ApiKeys(open_store(store_url), PEPPERS, revocation_delay=0)
    good = gone = 0
    shown: set[str] = set()
    for report in reports:
        if not os.path.exists(report):  # noqa: ASYNC240
            continue
        states: dict[str, str] = {}
        for line in Path(report).read_text().splitlines():  # noqa: ASYNC240
            state, text = line.split(" ")
            states[text] = state
        shown |= {ApiKey.parse(text).id for text in states}
        for text, state in states.items():
            if state == "shown":
                await keys.authenticate(text, resource=RESOURCE)
                good += 1
            elif state == "gone":
                assert await refused(keys, text) in ("api_key_revoked", "api_key_expired")
                gone += 1
    assert good > KILLS and gone > KILLS
    # What works and was not shown is the last step of a process at most, and nobody has it.
    alive = [key async for key in keys.list() if key.status(int(time.time())) == "active" and key.owner]
    assert len([key for key in alive if key.id not in shown]) <= len(reports)
    await keys.close()


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_changes_of_one_key_at_once_are_all_made(store_url: str) -> None:
    some = [ApiKeys(open_store(store_url), PEPPERS, revocation_delay=0) for _ in range(2)]
    key, _ = await some[0].create(expires_at=4_100_000_000)
    for keys in some:
        await keys.authenticate(key.reveal(), resource=RESOURCE)
    await asyncio.gather(
        some[0].expire(key.id, 4_000_000_000), some[1].flush(), some[0].rotate(key.id, 3600), some[1].flush()
    )
    found = await some[1].show(key.id)
    assert found.record.expires_at == 4_000_000_000 and found.record.rotated_until and found.last_used
    await some[1].revoke(key.id)
    assert (await some[0].show(key.id)).record.revoked


@pytest.mark.parametrize("store_url", SHARED_STORES, indirect=True)
async def test_event_loops_of_several_threads_share_keys(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApiKeys, "MOST", 3)
    keys = ApiKeys(open_store(store_url), PEPPERS, revocation_delay=0.001)
    made = [(await keys.create(owner="ada"))[0] for _ in range(6)]

    async def ask() -> None:
        for number in range(60):
            await keys.authenticate(made[number % 6].reveal(), resource=RESOURCE)
            await refused(keys, ApiKey.mint("mcp", bytes([number]) * 32).reveal())
        await keys._store.close()

    await asyncio.gather(*(asyncio.to_thread(asyncio.run, ask()) for _ in range(3)), ask())
    await keys.close()
    assert (await keys.show(made[0].id)).last_used
    await keys._store.close()


async def test_what_a_key_cannot_have_is_reported_when_it_is_made() -> None:
    keys = World().keys
    wrong: dict[str, Any] = {"owner": 7, "note": b"x", "scopes": [7], "limit": (5, 60_000, "5")}
    for name, value in wrong.items():
        with pytest.raises(TypeError, match=f"^{name}: "):
            await keys.create(**{name: value})
    for limit in ((5, 60_000, 0), (0, 60_000, 5)):
        with pytest.raises(DoorwardError, match=r"^limit: rate_limit_invalid"):
            await keys.create(limit=limit)
    times: list[tuple[dict[str, Any], type[Exception]]] = [
        *(({name: value}, ValueError) for name in ("not_before", "expires_at") for value in (-1, 2**53 + 1, 2**70)),
        *(({name: value}, TypeError) for name in ("not_before", "expires_at") for value in ("1", 1.5, True)),
    ]
    for given, error in times:
        with pytest.raises(error, match=f"^{next(iter(given))}: "):
            await keys.create(**given)
    assert [key async for key in keys.list()] == []
    key, _ = await keys.create(expires_at=2**53)
    for at in (-1, 2**70, "soon"):
        with pytest.raises((TypeError, ValueError), match=r"^at: "):
            await keys.expire(key.id, at)  # type: ignore[arg-type]
    for overlap in (-1, 2**70, "1d"):
        with pytest.raises((TypeError, ValueError), match=r"^overlap: "):
            await keys.rotate(key.id, overlap)  # type: ignore[arg-type]


@pytest.mark.parametrize("resource", ["notaurl", "https://mcp.example.com/mcp ", "http://mcp.example.com/mcp", ""])
async def test_a_key_is_for_what_may_be_a_server_s_resource(resource: str) -> None:
    with pytest.raises(DoorwardError, match=r"^resource: uri_invalid "):
        await World().keys.create(resource=resource)


async def test_a_store_that_hangs_holds_up_one_request_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked, down, now = World(revocation_delay=0), 0, True, 1_000.0
    monkeypatch.setattr("doorward.api_keys.keys.time", by(lambda: now))
    key, _ = await world.keys.create()
    get = world.store.get

    async def hangs(kind: str, id: str) -> Entry | None:
        nonlocal asked, now
        asked += 1
        if down:
            now += 2 * ApiKeys.PAUSE
            await asyncio.sleep(0)
            raise StoreUnavailable("redis: TimeoutError")
        return await get(kind, id)

    monkeypatch.setattr(world.store, "get", hangs)

    async def ask() -> bool:
        try:
            await world.keys.authenticate(key.reveal(), resource=RESOURCE)
        except StoreUnavailable:
            return False
        return True

    assert not await ask() and asked == 1
    now += ApiKeys.PAUSE / 2
    assert [await ask() for _ in range(9)] == [False] * 9 and asked == 1
    now += ApiKeys.PAUSE
    assert await asyncio.gather(*(ask() for _ in range(9))) == [False] * 9 and asked == 2, "one tries again"
    down = False
    assert not await ask() and asked == 2
    now += ApiKeys.PAUSE
    assert await ask() and await asyncio.gather(*(ask() for _ in range(9))) == [True] * 9


async def test_a_store_that_says_so_at_once_is_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.api_keys.keys.time", by(lambda: 1_000.0))
    world, asked = World(revocation_delay=0), 0
    key, _ = await world.keys.create()
    get = world.store.get

    async def once(kind: str, id: str) -> Entry | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreUnavailable("redis: ConnectionError")
        return await get(kind, id)

    monkeypatch.setattr(world.store, "get", once)
    with pytest.raises(StoreUnavailable):
        await world.keys.authenticate(key.reveal(), resource=RESOURCE)
    await world.keys.authenticate(key.reveal(), resource=RESOURCE)
