"""The URL of a Redis or Valkey."""

from typing import Any

from redis.asyncio import ConnectionPool

from doorward.arguments import ESCAPES

__all__ = ["redis_url"]


def redis_url(url: str, pool: type[ConnectionPool] = ConnectionPool) -> str:
    """Return a URL as redis-py has it, which may say `valkey://`, for a kind of pool. Raises `ValueError` for what is
    none, without a word of it: it may have a password."""
    if url.startswith("valkey"):
        url = url.replace("valkey", "redis", 1)
    try:
        # Which options a URL may have is for the pool to say.
        tried: Any = pool.from_url(url)
        tried.make_connection()
    except Exception:  # whatever redis-py makes of its parts
        raise ValueError(f"no URL of a Redis or Valkey, as redis://:PASSWORD@HOST:PORT/0 is; {ESCAPES}") from None
    return url
