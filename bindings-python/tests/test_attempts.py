"""Attempts that may fail: who waits for whom, and who is refused."""

import asyncio
import threading

from doorward import DoorwardError, RateLimit
from doorward.attempts import Attempts


def attempts(burst: int = 2) -> Attempts:
    return Attempts(RateLimit(1, 3_600_000, burst))


async def settle() -> None:
    for _ in range(9):
        await asyncio.sleep(0)


async def test_they_begin_in_their_order_and_none_is_refused_that_does_not_fail() -> None:
    made, begun = attempts(), []

    async def one(number: int) -> None:
        await made.begin("a")
        begun.append(number)

    tasks = [asyncio.create_task(one(number)) for number in range(9)]
    await settle()
    assert begun == [0, 1]
    for count in range(3, 10):
        made.end("a")
        late = asyncio.create_task(one(count + 6)) if count < 5 else None
        tasks += [late] if late else []
        await settle()
        assert begun == list(range(count))
    for _ in range(4):
        made.end("a")
        await settle()
    await asyncio.gather(*tasks)
    assert begun == list(range(11)) and not made._under_way and not made._waiting


async def test_those_that_wait_are_refused_once_too_many_have_failed() -> None:
    made = attempts()
    await made.begin("a")
    await made.begin("a")
    await made.begin("b")
    waiting = [asyncio.create_task(made.begin("a")) for _ in range(5)]
    await settle()
    for _ in range(2):
        made.failed.take("a")
        made.end("a")
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, DoorwardError) and outcome.name == "rate_limited"
        assert 3000 < int(outcome.details["retry_after"]) <= 3600
    made.end("b")
    assert not made._under_way and not made._waiting


async def test_one_that_is_cancelled_leaves_its_place_to_the_next() -> None:
    made = attempts(1)
    await made.begin("a")
    first, second, third = (asyncio.create_task(made.begin("a")) for _ in range(3))
    await settle()
    first.cancel()
    await settle()
    made.end("a")
    second.cancel()  # it has its place, and does not know it yet
    await third
    made.end("a")
    assert first.cancelled() and second.cancelled() and not made._under_way and not made._waiting


async def test_only_so_many_wait_and_only_so_long() -> None:
    made = attempts(1)
    made.WAITING, made.PATIENCE = 2, 0.05
    await made.begin("a")
    waiting = [asyncio.create_task(made.begin("a")) for _ in range(3)]
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, DoorwardError) and (outcome.name, outcome.status) == ("rate_limited", 429)
    made.end("a")
    assert not made._under_way and not made._waiting


async def test_several_event_loops_share_them() -> None:
    made, most, under_way, lock = attempts(3), 0, 0, threading.Lock()

    async def one() -> None:
        nonlocal most, under_way
        await made.begin("a")
        with lock:
            under_way += 1
            most = max(most, under_way)
        await asyncio.sleep(0.001)
        with lock:
            under_way -= 1
        made.end("a")

    async def many() -> None:
        await asyncio.gather(*(one() for _ in range(50)))

    threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join, 60)
    assert most == 3 and not made._under_way and not made._waiting


async def test_an_event_loop_that_is_closed_holds_nobody_up() -> None:
    made = attempts(1)
    await made.begin("a")
    loop = asyncio.new_event_loop()
    lost = loop.create_task(made.begin("a"))
    await asyncio.to_thread(loop.run_until_complete, asyncio.sleep(0.01))
    waiting = asyncio.create_task(made.begin("a"))
    await settle()
    setattr(lost, "_log_destroy_pending", False)  # noqa: B010
    loop.close()
    made.end("a")
    await waiting
    made.end("a")
    assert not made._under_way and not made._waiting
