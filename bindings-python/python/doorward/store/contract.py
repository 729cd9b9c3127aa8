"""What every store does, raises and returns; `doorward.store` says what can be relied on."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Entry", "Store", "StoreError", "StoreUnavailable"]


class StoreError(Exception):
    """The store cannot be used as it is: an unknown URL, a driver that is not installed, tables of a newer version."""


class StoreUnavailable(StoreError):
    """The store does not answer, or is locked or full. Whether the operation took effect is not known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored value with its version and its expiry."""

    value: bytes
    version: int
    expires_at: int | None
    """Seconds since 1970 by the store's clock; `None` for never."""

    def __repr__(self) -> str:
        """Show no value: it may be a secret."""
        return f"Entry({len(self.value)} bytes, version={self.version}, expires_at={self.expires_at})"


class Store(Protocol):
    """What every store does. A kind is lower-case letters and `_`, a key any text of at most 512 characters without
    NUL."""

    async def get(self, kind: str, key: str) -> Entry | None:
        """Return an entry; `None` if there is none."""

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        """Store an entry unless there is one, and return whether it was stored."""

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        """Replace the entry of this version, and return whether it was replaced."""

    async def take(self, kind: str, key: str) -> Entry | None:
        """Remove an entry and return it; `None` if there is none, or it was taken by somebody else."""

    async def list(self, kind: str, after: str = "", limit: int = 100) -> list[tuple[str, Entry]]:
        """Return the first entries whose keys are after this one, in the order of their UTF-8 bytes; fewer than `limit`
        only if these are the last."""

    async def kinds(self) -> tuple[str, ...]:
        """Return the kinds of which there are entries, in order; perhaps also such whose entries have all expired."""

    async def purge(self) -> int:
        """Remove all expired entries, and return how many there were."""

    async def close(self) -> None:
        """Close connections and files, and end threads; a store may be used again afterwards."""
