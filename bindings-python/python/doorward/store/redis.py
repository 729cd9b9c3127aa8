"""A store in Redis or Valkey, for several machines: `pip install 'doorward[redis]'`."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

try:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
except ModuleNotFoundError as error:
    from doorward.store.contract import StoreError

    raise StoreError("redis: pip install 'doorward[redis]'") from error

from doorward.event_loops import Opened
from doorward.redis_url import redis_url
from doorward.store.contract import Entry, StoreError, StoreUnavailable
from doorward.store.version import new_version

__all__ = ["RedisStore"]

_T = TypeVar("_T")

VERSION = 1
"""The version of the layout of the keys, which is stored in `doorward:version`."""

# KEYS: the entry, the keys of its kind in their order, the same by when they expire. Redis lets an entry go by itself,
# and a later write takes it out of the other two.
_WRITE = """
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'value', ARGV[3], 'version', ARGV[2], 'expires_at', ARGV[4])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[3], ARGV[1])
else
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
  redis.call('EXPIREAT', KEYS[1], ARGV[4])
end
"""
_SWEEP = """
local gone = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. redis.call('TIME')[1], 'LIMIT', 0, {most})
for _, key in ipairs(gone) do
  redis.call('ZREM', KEYS[2], key)
  redis.call('ZREM', KEYS[3], key)
end
return {answer}
"""
_SWEPT = _SWEEP.format(most=16, answer=1)
_PUT = f"if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end {_WRITE} {_SWEPT}"
_SWAP = f"if redis.call('HGET', KEYS[1], 'version') ~= ARGV[5] then return 0 end {_WRITE} {_SWEPT}"
_TAKE = """
local entry = redis.call('HMGET', KEYS[1], 'value', 'version', 'expires_at')
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return entry
"""
_PURGE = _SWEEP.format(most=1000, answer="#gone")


class RedisStore:
    """Entries as hashes `doorward:{kind}:entry:key`, by the server's clock; those of one kind are on one node of a
    cluster."""

    def __init__(self, url: str, *, timeout: float = 5) -> None:
        """Create a Redis store for a URL as redis-py has it; `timeout` is in seconds, for each step. Raises
        `StoreError`."""
        try:
            self._url, self._timeout = redis_url(url), timeout
        except ValueError as error:
            raise StoreError(f"redis: {error}") from None
        # A client is of one event loop.
        self._clients = Opened(self._open)

    async def _open(self) -> Redis:
        # A script that was sent twice would find its own work, and say that somebody else did it.
        once = Retry(NoBackoff(), 0)
        timeout = self._timeout
        client = Redis.from_url(self._url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=once)
        try:
            await _answer(client.set("doorward:version", VERSION, nx=True))
            version = int(await _answer(client.get("doorward:version")) or 0)
            if version > VERSION:
                raise StoreError(f"redis: of version {version}, and this is doorward of {VERSION}: upgrade it")
        except BaseException:
            await client.aclose()
            raise
        return client

    async def _run(self, script: str, kind: str, key: str, *values: str | int | bytes) -> Any:
        client = await self._clients.get()
        places = f"doorward:{{{kind}}}:entry:{key}", f"doorward:{{{kind}}}:keys", f"doorward:{{{kind}}}:expiries"
        return await _answer(client.register_script(script)(keys=places, args=[key, *values]))

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none, or it has expired."""
        client = await self._clients.get()
        place = f"doorward:{{{kind}}}:entry:{key}"
        found: Any = client.hmget(place, ["value", "version", "expires_at"])
        return _entry(await _answer(found))

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""
        return bool(await self._run(_PUT, kind, key, new_version(), value, _number(expires_at)))

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""
        return bool(await self._run(_SWAP, kind, key, new_version(), value, _number(expires_at), version))

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or it has expired."""
        return _entry(await self._run(_TAKE, kind, key))

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        """Return the first entries whose keys are after this one."""
        client = await self._clients.get()
        found: list[tuple[str, Entry]] = []
        while limit > len(found):
            begin = b"(" + after.encode() if after else b"-"
            page: Any = client.zrangebylex(f"doorward:{{{kind}}}:keys", begin, b"+", 0, limit - len(found))
            keys = [key.decode() for key in await _answer(page)]
            if not keys:
                break
            async with client.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.hmget(f"doorward:{{{kind}}}:entry:{key}", ["value", "version", "expires_at"])
                rows = await _answer(pipeline.execute())
            entries = ((key, _entry(row)) for key, row in zip(keys, rows, strict=True))
            found += [(key, entry) for key, entry in entries if entry is not None]
            after = keys[-1]
        return found

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which there are entries."""
        return await self._kinds("keys")

    async def _kinds(self, which: str) -> tuple[str, ...]:
        async def scan() -> set[str]:
            found = client.scan_iter(f"doorward:{{*}}:{which}")
            return {place.decode().partition("{")[2].partition("}")[0] async for place in found}

        client = await self._clients.get()
        return tuple(sorted(await _answer(scan())))

    async def purge(self) -> int:
        """Remove what has expired: here, what is left of it, since Redis itself removes the rest."""
        count = 0
        for kind in await self._kinds("expiries"):
            while gone := int(await self._run(_PURGE, kind, "")):
                count += gone
        return count

    async def close(self) -> None:
        """Close the connections of this event loop; a later call opens new ones."""
        if (client := await self._clients.take()) is not None:
            with suppress(Exception):
                await client.aclose()


async def _answer(awaitable: Awaitable[_T]) -> _T:
    try:
        return await awaitable
    except (RedisError, OSError, UnicodeError, asyncio.TimeoutError) as error:
        raise StoreUnavailable(f"redis: {type(error).__name__}") from None


def _number(expires_at: int | None) -> int | str:
    return "" if expires_at is None else expires_at


def _entry(row: Any) -> Entry | None:
    value, version, expires_at = row
    return None if version is None else Entry(value, int(version), int(expires_at) if expires_at else None)
