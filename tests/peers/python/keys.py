"""API keys and limits: what they cost with many keys and clients, and whether time tells what is wrong with a key.

Prints a Markdown table with the targets, as `report.py` does. Memory is what the limiter holds, and the process beside.
"""

import asyncio
import logging
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from doorward import ApiKey, ApiKeyRecord, Peppers, RateLimit
from doorward.api_keys import ApiKeys
from doorward.api_keys.keys import KIND
from doorward.api_keys.stored_key import StoredKey
from doorward.fastmcp import ApiKeyAuth
from doorward.limiter import Limiter
from doorward.store import Store, open_store

PEPPERS = Peppers((1, b"p" * 32))
RESOURCE = "https://mcp.example.com/mcp"
NOW = int(time.time())
CLIENTS = 5_000_000


def line(what: str, figure: str, target: str = "", met: bool | None = None) -> None:
    print(f"| {what} | {figure} | {target} | {'' if met is None else 'PASS' if met else 'MISS'} |", flush=True)


def stored(key: ApiKey, **record: object) -> bytes:
    made = ApiKeyRecord(key.hash(PEPPERS), scopes=["read"], **record)  # type: ignore[arg-type]
    return StoredKey(key.id, key.prefix, made, "ada", "", NOW).to_bytes()


async def fill(store: Store, count: int) -> list[str]:
    """Put so many keys into a store, and return them; in one transaction, since this is no test of writing."""
    keys = [ApiKey.mint("mcp", random.randbytes(32)) for _ in range(count)]  # noqa: S311
    assert await store.get(KIND, "") is None  # which creates the tables
    await store.close()
    import sqlite3

    with sqlite3.connect(store.path) as connection:
        rows = ((KIND, key.id, number, None, stored(key)) for number, key in enumerate(keys))
        connection.executemany("INSERT INTO entry (kind, key, version, expires_at, value) VALUES (?, ?, ?, ?, ?)", rows)
    connection.close()
    return [key.reveal() for key in keys]


async def wall(ask: Callable[[str], Awaitable[object]], texts: list[str]) -> float:
    """Median microseconds of one check."""
    taken = []
    for text in texts:
        began = time.perf_counter_ns()
        await ask(text)
        taken.append(time.perf_counter_ns() - began)
    return statistics.median(taken) / 1000


async def lookups(folder: Path) -> None:
    medians: dict[int, list[float]] = {10: [], 100_000: []}
    sets = []
    for count in medians:
        store = open_store(f"sqlite:{folder}/{count}.db")
        keys = ApiKeys(store, PEPPERS, revocation_delay=0)
        sets.append((count, keys, await fill(store, count)))
        await keys.authenticate(sets[-1][2][0], resource=RESOURCE)
    for _ in range(9):
        for count, keys, texts in sets:
            some = random.choices(texts, k=500)  # noqa: S311

            async def ask(text: str, keys: ApiKeys = keys) -> object:
                return await keys.authenticate(text, resource=RESOURCE)

            medians[count].append(await wall(ask, some))
    few, many = (statistics.median(taken) for taken in medians.values())
    line("a check in SQLite, 10 keys, without a cache", f"{few:.0f} us", "< 200 us", few < 200)
    line("the same, 100 000 keys", f"{many:.0f} us", "< 200 us", many < 200)
    line("the same, against 10 keys", f"{many / few:.2f}", "< 1.20", many / few < 1.2)
    count, _, texts = sets[1]
    keys = ApiKeys(open_store(f"sqlite:{folder}/{count}.db"), PEPPERS, revocation_delay=3600)
    keys.FLUSH = 3600
    for text in texts[:100]:
        await keys.authenticate(text, resource=RESOURCE)
    taken = []
    for _ in range(30):
        began = time.thread_time_ns()
        for text in texts[:100]:
            await keys.authenticate(text, resource=RESOURCE)
        taken.append((time.thread_time_ns() - began) / 100_000)
    cached = statistics.median(taken)
    line("a check that is cached", f"{cached:.2f} us", "< 3 us", cached < 3)
    for _, keys, _ in sets:
        await keys._store.close()


def decisions() -> None:
    key, peppers = ApiKey.mint("mcp", b"k" * 32), PEPPERS
    text = key.reveal()
    record, limit, state = ApiKeyRecord(key.hash(peppers), scopes=["read"]), RateLimit(100, 60_000, 20), (0, 0)
    runs: list[tuple[str, Callable[[], object], float | None]] = [
        ("parsing a key, from Python", lambda: ApiKey.parse(text), None),
        ("deciding about it, from Python", lambda: key.authenticate(record, peppers, resource=RESOURCE, now=NOW), 1),
        ("deciding about a limit, from Python", lambda: limit.take(state, 1, 1_000_000), None),
    ]
    for what, run, target in runs:
        taken = []
        for _ in range(30):
            began = time.thread_time_ns()
            for _ in range(1000):
                run()
            taken.append(time.thread_time_ns() - began)
        median = statistics.median(taken) / 1_000_000
        line(what, f"{median:.2f} us", *(("", None) if target is None else (f"< {target} us", median < target)))


async def nothing(*_: Any) -> Any:
    """What is behind the door, and a body: neither is asked for."""
    raise AssertionError


async def times(folder: Path) -> None:
    """Whether a key that is wrong, unknown, expired or revoked can be told by the time that its refusal takes, as a
    client has it: each pair is compared by Welch's t, of samples without their slowest tenth, in which interrupts
    are."""
    store = open_store(f"sqlite:{folder}/times.db")
    keys = ApiKeys(store, PEPPERS, revocation_delay=0)
    kinds: dict[str, list[str]] = {"wrong": [], "unknown": [], "expired": [], "revoked": []}
    for _ in range(200):
        for kind, texts in kinds.items():
            key = ApiKey.mint("mcp", random.randbytes(32))  # noqa: S311
            other = ApiKey.mint("mcp", random.randbytes(32))  # noqa: S311
            record: dict[str, object] = {"expired": {"expires_at": 1}, "revoked": {"revoked": True}}.get(kind, {})  # type: ignore[assignment]
            if kind != "unknown":
                await store.put_if_absent(KIND, key.id, stored(other if kind == "wrong" else key, **record))
            texts.append(key.reveal())
    [guard] = ApiKeyAuth(keys, resource=RESOURCE, failures=(4_000_000, 1000, 4_000_000)).get_middleware()
    app = guard.cls(nothing, *guard.args, **guard.kwargs)
    samples: dict[str, list[int]] = {kind: [] for kind in kinds}
    for _ in range(8000):
        for kind in random.sample(list(kinds), len(kinds)):
            text = random.choice(kinds[kind])  # noqa: S311
            sent = {"type": "http", "method": "POST", "path": "/mcp", "client": ("192.0.2.1", 1)}
            scope = sent | {"headers": [(b"authorization", f"Bearer {text}".encode())]}
            began = time.perf_counter_ns()

            async def send(message: Any, kind: str = kind, began: int = began) -> None:
                if message["type"] == "http.response.start":
                    samples[kind].append(time.perf_counter_ns() - began)
                    assert message["status"] == 401

            await app(scope, nothing, send)
    good = {kind: sorted(taken)[: len(taken) * 9 // 10] for kind, taken in samples.items()}
    means = {kind: statistics.fmean(taken) for kind, taken in good.items()}
    spread = (max(means.values()) - min(means.values())) / 1000
    shown = ", ".join(f"{kind} {mean / 1000:.1f}" for kind, mean in means.items())
    line("a refusal, without a cache, in us", shown)
    worst = max(_t(good[one], good[two]) for one, two in _pairs(list(good)))
    line("how far these are apart", f"{spread:.2f} us, t = {worst:.1f}", "t < 4.5", worst < 4.5)
    await store.close()


def _pairs(names: list[str]) -> Iterator[tuple[str, str]]:
    return ((one, two) for number, one in enumerate(names) for two in names[number + 1 :])


def _t(one: list[int], two: list[int]) -> float:
    spread = statistics.variance(one) / len(one) + statistics.variance(two) / len(two)
    return abs(statistics.fmean(one) - statistics.fmean(two)) / spread**0.5


def flood() -> None:
    """Five million addresses against a busy client, which must never get anything back before its time."""
    now = 1_000_000
    limit = RateLimit(1, 3_600_000, 5)
    empty = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limiter = Limiter(limit, clock=lambda: now)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while limiter.take("busy").allowed:
        pass
    resets, began = 0, time.thread_time_ns()
    for number in range(CLIENTS):
        limiter.take(f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")
        if number % 500 == 0:
            resets += limiter.peek("busy").allowed
    each = (time.thread_time_ns() - began) / CLIENTS / 1000
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    line(f"{CLIENTS:,} addresses: each", f"{each:.2f} us")
    line(
        "their memory, above what one takes", f"{max(0, grown) / CLIENTS:.2f} bytes each", "< 64", grown / CLIENTS < 64
    )
    line("what one takes", f"{(before - empty) / 2**10:.1f} MiB")
    line("resets of a busy client", f"{resets}", "0", resets == 0)


async def main() -> None:
    print("\n### API keys and limits, from Python\n\n| | | target | |\n|---|---:|---:|---|")
    # Lines are made, and go nowhere.
    logging.getLogger("doorward").addHandler(logging.NullHandler())
    logging.getLogger("doorward").propagate = False
    flood()  # first, while the process is small
    with tempfile.TemporaryDirectory() as folder:
        await lookups(Path(folder))
        decisions()
        await times(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
