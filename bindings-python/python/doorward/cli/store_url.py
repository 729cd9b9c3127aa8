"""Where a command finds a store."""

import os
from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from cyclopts import Parameter

from doorward.cli.problem import Problem
from doorward.store import Store, open_store

__all__ = ["StoreUrl", "store_of"]

StoreUrl = Annotated[
    str | None,
    Parameter(
        help="`sqlite:FILE`, `postgresql://`, `redis://` or `valkey://`; the environment's DOORWARD_STORE if left "
        "out, which may have a password."
    ),
]


def store_of(url: str | None, what: str, new: bool = False) -> Store:
    """Return the store that an argument or the environment names; whether it may be a file that is `new`."""
    chosen = url or os.environ.get("DOORWARD_STORE")
    if not chosen:
        raise Problem(f"say where {what}: --store sqlite:FILE, or DOORWARD_STORE in the environment")
    with suppress(ValueError):  # no URL, which is said where it is opened
        parts = urlsplit(url or "")
        if parts.password or any("pass" in name.lower() for name, _ in parse_qsl(parts.query)):
            raise Problem("a password in --store is seen by other users: put the URL into DOORWARD_STORE")
    store = open_store(chosen)
    path = getattr(store, "path", None)
    try:
        there = new or path is None or path.exists()
    except OSError as error:  # a folder that is another's, a name that is too long
        raise Problem(f"{path}: {error.strerror}", 5) from None
    if not there:
        # A path that is mistyped is no empty store.
        raise Problem(f"{path}: there is no such file; `doorward store migrate` makes one", 5)
    return store
