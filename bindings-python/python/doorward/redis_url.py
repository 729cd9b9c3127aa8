"""The URL of a Redis or Valkey."""

from typing import Any

from redis.asyncio import ConnectionPool

__all__ = ["redis_url"]


def redis_url(url: str) -> str:
    """Return a URL as redis-py has it, which may say `valkey://`. Raises `ValueError` for what is none, without a word
    of it: it may have a password."""
    if url.startswith("valkey"):
        url = url.replace("valkey", "redis", 1)
    try:
        pool: Any = ConnectionPool.from_url(url)
        pool.make_connection()
    except Exception:  # whatever redis-py makes of its parts
        raise ValueError(
            "no URL of a Redis or Valkey, as redis://:PASSWORD@HOST:PORT/0 is; / ? # @ : of a password are %2F %3F %23"
            " %40 %3A"
        ) from None
    return url
