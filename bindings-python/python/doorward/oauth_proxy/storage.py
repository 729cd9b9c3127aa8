"""The proxy's storage: sealed, under keys that are independent of the upstream's secret."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import fastmcp

from doorward._core import SealingKeys
from doorward.arguments import wrong
from doorward.sealing_keys import add_sealing_key, read_sealing_keys
from doorward.store import Entry, Store, StoreError, open_store
from doorward.store.memory import MemoryStore
from doorward.store.sealed_store import SealedStore
from doorward.store.sqlite import SqliteStore

__all__ = ["OwnPlaces", "storage_of"]

_VERBS = ("get", "put_if_absent", "compare_and_swap", "take", "list")


class OwnPlaces:
    """The entries of one proxy in a store that others use too: the grants of another proxy, for another upstream or
    under another name, are not visible."""

    def __init__(self, store: Store, *owner: str) -> None:
        """Create the storage over a store, and for what the proxy is: its issuer, its upstream, its client there."""
        self._store = store
        self.settles: float = getattr(store, "settles", 0.0)
        self._owner = hashlib.sha256("\0".join(owner).encode()).hexdigest()[:16]

    def _of(self, key: str) -> str:
        return f"{self._owner}.{key}"

    async def get(self, kind: str, key: str) -> Entry | None:
        return await self._store.get(kind, self._of(key))

    async def put_if_absent(self, kind: str, key: str, value: bytes, expires_at: int | None = None) -> bool:
        return await self._store.put_if_absent(kind, self._of(key), value, expires_at)

    async def compare_and_swap(
        self, kind: str, key: str, version: int, value: bytes, expires_at: int | None = None
    ) -> bool:
        return await self._store.compare_and_swap(kind, self._of(key), version, value, expires_at)

    async def take(self, kind: str, key: str) -> Entry | None:
        return await self._store.take(kind, self._of(key))

    async def list(self, kind: str, after: str = "", limit: int = 100) -> "list[tuple[str, Entry]]":
        found = await self._store.list(kind, self._of(after), limit)
        own = self._of("")
        return [(key.removeprefix(own), entry) for key, entry in found if key.startswith(own)]

    async def kinds(self) -> tuple[str, ...]:
        """As `Store.kinds`, of all that are in the store."""
        return await self._store.kinds()

    async def purge(self) -> int:
        """As `Store.purge`, of all that is in the store."""
        return await self._store.purge()

    async def close(self) -> None:
        await self._store.close()


def storage_of(
    storage: Any, keys: SealingKeys | str | Path | None, issuer: str, made_of: Sequence[bytes] = ()
) -> Store:
    """Return the store that was given, or that of a URL, or a file of SQLite for this issuer alone; sealed, unless it
    is one in memory, or sealed already. The keys, where none are given, are made of secrets that all processes have; if
    there are none, they are in a file beside that of SQLite, or in FastMCP's folder for another store of one
    machine."""
    folder = Path(fastmcp.settings.home) / "doorward"
    name = f"oauth-proxy-{hashlib.sha256(issuer.encode()).hexdigest()[:16]}"
    if storage is None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        storage = f"sqlite:{folder / name}.db"
    if isinstance(storage, str):
        try:
            storage = open_store(storage)
        except StoreError as error:
            raise StoreError(f"client_storage: {error}") from None
    if isinstance(storage, type):
        raise TypeError(f"client_storage: expected a store, got the class {storage.__name__} itself")
    if not all(hasattr(storage, verb) for verb in _VERBS):
        if not all(hasattr(storage, verb) for verb in ("get", "put", "delete")):
            raise wrong("client_storage", "a store of doorward.store", storage)
        from doorward.store.async_key_value import FromAsyncKeyValue

        storage = FromAsyncKeyValue(storage)
    store: Store = storage
    if isinstance(store, (MemoryStore, SealedStore)):
        return store
    if keys is not None:
        return SealedStore(store, keys if isinstance(keys, SealingKeys) else _read(keys))
    if isinstance(store, SqliteStore):
        place, is_there = store.path.with_name(f"{store.path.name}.keys"), store.path.exists()
    elif getattr(store, "is_local", False):
        place, is_there = folder / f"{name}.keys", True
    elif made_of:
        return SealedStore(store, _made(made_of))
    else:
        # A file on this machine would be another one on the next.
        raise StoreError(
            "storage_keys: are required with a store of several machines; `doorward store key FILE`, or jwt_signing_key"
        )
    # FastMCP's folder had all of them once, whether or not it outlives the store: those go on with what is there.
    known = [path for path in dict.fromkeys((place, folder / f"{name}.keys")) if path.exists()]
    if not made_of and place not in known and not (known and is_there):
        if place.parent == folder:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(place)
        known.insert(0, place)
    return SealedStore(store, *([_made(made_of)] if made_of else []), *map(read_sealing_keys, known))


def _made(secrets: Sequence[bytes]) -> SealingKeys:
    made = [hmac.digest(secret, b"store", "sha256") for secret in secrets]
    current, *others = [(int.from_bytes(hashlib.sha256(key).digest()[:4], "big"), key) for key in made]
    return SealingKeys(current, others)


def _read(path: str | Path) -> SealingKeys:
    if not Path(path).exists():
        raise StoreError(f"storage_keys: there is no {path}; `doorward store key {path}` makes it")
    return read_sealing_keys(path)


def _make(path: Path) -> None:
    # Several processes may begin at once: the first one's file is that of all.
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        add_sealing_key(made)
        with suppress(FileExistsError):
            os.link(made, path)
    except OSError as error:
        raise StoreError(f"storage_keys: {path} cannot be made: {error.strerror}") from None
    finally:
        made.unlink(missing_ok=True)
