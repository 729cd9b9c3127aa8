"""Where a proxy keeps what it must remember."""

import hashlib
from pathlib import Path
from typing import Any

from doorward.store import Store, StoreError, open_store

__all__ = ["storage_of"]

_VERBS = ("get", "put_if_absent", "compare_and_swap", "take", "list")


def storage_of(storage: Any, issuer: str) -> Store:
    """Return the store that was given, that of a URL, or the default one: a file of SQLite, for this issuer alone."""
    if storage is None:
        import fastmcp

        folder = Path(fastmcp.settings.home) / "doorward"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(issuer.encode()).hexdigest()[:16]
        return open_store(f"sqlite:{folder / f'oauth-proxy-{name}.db'}")
    if isinstance(storage, str):
        return open_store(storage)
    if all(hasattr(storage, verb) for verb in _VERBS):
        store: Store = storage
        return store
    raise StoreError(f"client_storage: a store of doorward.store is asked for, not {type(storage).__name__}")
