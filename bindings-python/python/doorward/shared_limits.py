"""Limits that several processes and machines count together, in Redis or Valkey: `pip install 'doorward[redis]'`."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError, ResponseError
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.shared_limits: pip install 'doorward[redis]'") from error

from doorward import arguments
from doorward._core import RateLimitDecision
from doorward.redis_url import redis_url

__all__ = ["Charge", "SharedLimits"]

logger = logging.getLogger("doorward")

EXACT = 1 << 53
"""Numbers of Lua are exact below this."""

# Core's `RateLimit::take`, for one request that counts for several limits: it uses something of each, or of none.
# KEYS: a client under a limit each. ARGV: whether to count, the time in milliseconds (the server's if empty), then for
# each key quota, window, capacity and cost. What is stored is what is used, and when; it goes a second after nothing is
# used any more.
_SCRIPT = """
local function ceil(a, b) return (a + (b - a % b) % b) / b end
local clock = tonumber(ARGV[2])
if not clock then
  local time = redis.call('TIME')
  clock = time[1] * 1000 + math.floor(time[2] / 1000)
end
local all, states, answer = true, {}, {}
for i, key in ipairs(KEYS) do
  local quota, window, capacity, cost = unpack(ARGV, 4 * i - 1, 4 * i + 2)
  quota, window, capacity, cost = tonumber(quota), tonumber(window), tonumber(capacity), cost * window
  local used, last = string.match(redis.call('GET', key) or '0 0', '^(%d+) (%d+)$')
  used, last = tonumber(used), tonumber(last)
  local now = clock
  if last - now <= ceil(capacity, quota) then now = math.max(now, last) end
  used = math.max(0, math.min(used, capacity) - math.max(0, now - last) * quota)
  local never = cost > capacity
  local missing = math.max(0, cost - (capacity - used))
  local allowed = not never and missing == 0
  all = all and allowed
  states[i] = {used, now, allowed and cost or 0, quota}
  local after = allowed and used + cost or used
  local room = capacity - after
  answer[4 * i - 3] = allowed and 1 or 0
  answer[4 * i - 2] = math.min((room - room % window) / window, 4294967295)
  answer[4 * i - 1] = never and -1 or ceil(missing, quota)
  answer[4 * i] = ceil(after, quota)
end
if ARGV[1] == '1' then
  for i, key in ipairs(KEYS) do
    local used, now, cost, quota = unpack(states[i])
    if all then used = used + cost end
    redis.call('SET', key, string.format('%.0f %.0f', used, now), 'PX', string.format('%.0f', ceil(used, quota) + 1000))
  end
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a request uses of a limit (quota, window in milliseconds, burst): as whose, and how much."""

    limit: tuple[int, int, int]
    name: str = field(repr=False)
    """Whom the limit counts: it may be a credential."""
    cost: int = 1


class SharedLimits:
    """Asks one script on the server, which decides as core does, by the server's clock.

    While the server does not respond, `decide` returns nothing, and its caller applies limits of its own; the server is
    tried again after `PAUSE` seconds. Clients are known to it by a hash. All is on one node of a cluster.
    """

    PAUSE = 1.0
    TIMEOUT = 0.25
    """Seconds after which a request to the server times out."""

    CONNECTIONS = 32

    def __init__(self, url: str) -> None:
        """Create shared limits for a URL as redis-py has it, or `valkey://`. Raises `ValueError` for any other."""
        self._url = arguments.named("shared", redis_url, url, BlockingConnectionPool)
        # A client is of one event loop; several threads may have one each.
        self._clients: dict[asyncio.AbstractEventLoop, Redis] = {}
        self._away_until = float("-inf")

    @staticmethod
    def counts(limit: tuple[int, int, int]) -> bool:
        """Return whether a limit is small enough to be counted there exactly."""
        quota, window, burst = limit
        return burst * window + quota < EXACT

    async def decide(
        self, charges: Sequence[Charge], *, count: bool, now: int | None = None
    ) -> list[RateLimitDecision] | None:
        """Decide about one request that counts for these limits, and count it, for all of them or none; `None` while
        the server does not answer. `now` is for tests."""
        if time.monotonic() < self._away_until:
            return None
        numbers = [number for each in charges for number in (*_capacity(each.limit), each.cost)]
        try:
            found: list[int] = await self._client().register_script(_SCRIPT)(
                keys=list(map(_key, charges)), args=[int(count), "" if now is None else now, *numbers]
            )
        except (RedisError, OSError, UnicodeError, asyncio.TimeoutError) as error:
            if self._away_until == float("-inf"):
                # Out of memory, read-only, a command that is not allowed: there it can be mended, and not on the way.
                did = "refuses" if isinstance(error, ResponseError) else "does not answer"
                logger.warning("limits are counted here alone: redis %s (%s)", did, type(error).__name__)
            self._away_until = time.monotonic() + self.PAUSE
            return None
        if self._away_until > float("-inf"):
            self._away_until = float("-inf")
            logger.warning("limits are counted together again")
        return [
            RateLimitDecision(bool(allowed), remaining, None if retry_after < 0 else retry_after, reset_after)
            for allowed, remaining, retry_after, reset_after in zip(*[iter(found)] * 4, strict=True)
        ]

    def _client(self) -> Redis:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            for closed in [each for each in list(self._clients) if each.is_closed()]:
                self._clients.pop(closed, None)
            # A request that is sent twice would be counted twice.
            options: dict[str, Any] = {
                "max_connections": self.CONNECTIONS,
                "timeout": self.TIMEOUT,
                "socket_timeout": self.TIMEOUT,
                "socket_connect_timeout": self.TIMEOUT,
                "retry": Retry(NoBackoff(), 0),
            }
            self._clients[loop] = client = Redis.from_pool(BlockingConnectionPool.from_url(self._url, **options))
        return client

    async def close(self) -> None:
        """Close the connections of this event loop; a later call opens new ones."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


def _capacity(limit: tuple[int, int, int]) -> tuple[int, int, int]:
    quota, window, burst = limit
    return quota, window, burst * window


def _key(charge: Charge) -> str:
    name = f"{' '.join(map(str, charge.limit))} {charge.name}".encode(errors="surrogatepass")
    return f"doorward:{{limits}}:{hashlib.blake2b(name, digest_size=16).hexdigest()}"
