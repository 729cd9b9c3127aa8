"""Limits for many clients in bounded memory."""

import random
from itertools import pairwise

from doorward import RateLimit
from doorward.limiter import KeyLimits, Limiter


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        return self.now


def test_each_client_has_a_limit_of_its_own() -> None:
    clock = Clock()
    limiter = Limiter(RateLimit(10, 60_000, 3), clock=clock)
    assert [limiter.take("a").allowed for _ in range(4)] == [True, True, True, False]
    assert limiter.take("b").allowed and limiter.take("\ud800").allowed
    decision = limiter.take("a")
    assert (decision.retry_after, decision.remaining) == (6000, 0)
    clock.now += 5999
    assert not limiter.peek("a").allowed
    clock.now += 1
    assert limiter.peek("a").allowed and limiter.peek("a").allowed, "to look uses nothing"
    assert limiter.take("a").allowed and not limiter.take("a").allowed


def test_l02_no_flood_resets_who_is_busy() -> None:
    clock = Clock()
    limiter = Limiter(RateLimit(1, 3_600_000, 5), 4096, clock=clock)
    while limiter.take("busy").allowed:
        pass
    allowed = 0
    for number in range(100_000):
        allowed += limiter.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}").allowed
        if number % 1000 == 0:
            assert not limiter.take("busy").allowed
    assert not limiter.take("busy").allowed
    assert allowed > 4096, "strangers are served"


def test_nobody_gets_more_than_with_a_table_of_his_own() -> None:
    """Whoever is replaced and comes back finds at least what was counted: against an exact count, for all clients."""
    chooser, clock = random.Random(7), Clock()  # noqa: S311
    limit = RateLimit(5, 10_000, 4)
    limiter, exact = Limiter(limit, 64, clock=clock), Limiter(limit, 1 << 16, clock=clock)
    refused = 0
    for _ in range(30_000):
        clock.now += chooser.randrange(3)
        name = f"client {chooser.randrange(12) if chooser.random() < 0.5 else chooser.randrange(2000)}"
        if limiter.peek(name).allowed:
            assert limiter.take(name).allowed
            assert exact.take(name).allowed, name
        else:
            refused += 1
    assert 0 < refused < 30_000


def test_a_table_that_is_large_enough_is_exact() -> None:
    clock, limit = Clock(), RateLimit(60, 60_000, 2)
    limiter = Limiter(limit, 1 << 14, clock=clock)
    times = []
    for _ in range(100):
        decision = limiter.take("a")
        if decision.allowed:
            times.append(clock.now)
        clock.now += 250
    assert all(later - earlier >= 1000 for earlier, later in pairwise(times[2:]))
    assert len(times) == 26


def test_keys_have_limits_of_their_own_in_memory_that_does_not_grow() -> None:
    now, limits = 0, KeyLimits(lambda: now)
    limits.MOST = 100
    assert [limits.take("a", (1, 1000, 2)).allowed for _ in range(3)] == [True, True, False]
    for number in range(1000):
        assert limits.take(f"{number}", (100 + number, 60_000, 10)).allowed, "many limits"
        assert not limits.take("a", (1, 1000, 2)).allowed, "who comes often is not forgotten"
    assert len(limits._used) == 100
    now += 1000
    assert [limits.take("a", (1, 1000, 2)).allowed for _ in range(2)] == [True, False]
