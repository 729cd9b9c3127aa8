"""The command `doorward store`, about what a server has stored."""

import json
import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from doorward._core import DoorwardError, SealingKeys
from doorward.cli.problem import EXIT_CODES, Problem, say
from doorward.cli.store_url import StoreUrl, store_of
from doorward.sealing_keys import add_sealing_key, read_sealing_keys
from doorward.store.sealed_store import SealedStore

__all__ = ["store"]

store = App(
    name="store",
    help="""Bring a store up to date, look at it, clean it, and seal it with another key.

    An OAuth proxy seals what it stores. To change the key, on one machine:

        doorward store key proxy.keys                                      # then restart the server
        doorward store rekey --store sqlite:proxy.db --keys proxy.keys     # then remove the old line, and restart

    docs/proxy.md says how several machines do so.""",
    help_epilogue=EXIT_CODES,
)

_Keys = Annotated[
    Path | None,
    Parameter(help="The file of the keys with which it is sealed; the environment's DOORWARD_STORE_KEYS if left out."),
]
_Json = Annotated[bool, Parameter(negative="", help="Print JSON.")]


def _keys(path: Path | None) -> SealingKeys | None:
    chosen = path or os.environ.get("DOORWARD_STORE_KEYS")
    if not chosen:
        return None
    try:
        return read_sealing_keys(chosen)
    except OSError as error:
        raise Problem(f"{chosen}: {error.strerror}; `doorward store key FILE` makes one") from None
    except (ValueError, DoorwardError) as error:
        raise Problem(str(error)) from None


def _print(found: dict[str, object], as_json: bool) -> None:
    print(json.dumps(found, indent=2) if as_json else "\n".join(f"{name}: {value}" for name, value in found.items()))


@store.command
def key(
    file: Annotated[Path, Parameter(help="The file, for its owner only.")],
    *,
    second: Annotated[
        bool, Parameter(negative="", help="It is to be known, and not yet used: for a file that several machines have.")
    ] = False,
) -> None:
    """Write a new key. In a file that is there already it is the current one from now on, and the older ones open what
    was sealed with them."""
    try:
        version = add_sealing_key(file, second)
    except (OSError, ValueError) as error:
        raise Problem(str(error)) from None
    say(f"{file}: key {version}; keep it apart from the store, and a copy: without it everybody has to sign in again")


@store.command
async def migrate(*, store: StoreUrl = None) -> None:
    """Make the tables, or bring them up to date; servers do so too, when they begin. It only goes forward."""
    opened = store_of(store, "it is", new=True)
    try:
        await opened.kinds()
    finally:
        await opened.close()
    say("up to date")


@store.command
async def check(*, store: StoreUrl = None, keys: _Keys = None, json: _Json = False) -> None:
    """Count the entries of each kind. With the keys, each entry that is sealed must open."""
    opened, ring = store_of(store, "it is"), _keys(keys)
    sealed = None if ring is None else SealedStore(opened, ring)
    found: dict[str, object] = {}
    try:
        if sealed is not None:
            await sealed.require()
        for kind in await (sealed or opened).kinds():
            if sealed is not None:
                found[kind] = sum([1 async for _ in sealed.entries(kind)])
                continue
            count, after = 0, ""
            while page := await opened.list(kind, after):
                count, after = count + len(page), page[-1][0]
            found[kind] = count
    finally:
        await opened.close()
    _print(found, json)


@store.command
async def purge(*, store: StoreUrl = None, json: _Json = False) -> None:
    """Remove what has expired, all of it now; servers remove some of it with each write."""
    opened = store_of(store, "it is")
    try:
        count = await opened.purge()
    finally:
        await opened.close()
    _print({"removed": count}, json)


@store.command
async def rekey(*, store: StoreUrl = None, keys: _Keys = None, json: _Json = False) -> None:
    """Seal everything anew with the current key, the first one of the file. Servers may run meanwhile, if they have it
    already. May be interrupted, and done again."""
    opened, ring = store_of(store, "it is"), _keys(keys)
    if ring is None:
        raise Problem("say with which keys it is sealed: --keys FILE, or DOORWARD_STORE_KEYS in the environment")
    sealed = SealedStore(opened, ring)
    try:
        await sealed.require()
        count = await sealed.rekey()
    finally:
        await opened.close()
    _print({"sealed anew": count}, json)


@store.command
async def renew(*, store: StoreUrl = None, keys: _Keys = None, json: _Json = False) -> None:
    """Let OAuth proxies make new keys to sign and seal with, at once: for when the old ones may be known to others.
    Within five minutes access tokens, pages and remembered consents are good no more; refresh tokens are, so that
    clients go on without their users."""
    opened, ring = store_of(store, "it is"), _keys(keys)
    if ring is None:
        raise Problem("say with which keys it is sealed: --keys FILE, or DOORWARD_STORE_KEYS in the environment")
    sealed, count = SealedStore(opened, ring), 0
    try:
        await sealed.require()
        for key, _ in await sealed.list("oauth_keys", limit=10_000):
            count += await sealed.take("oauth_keys", key) is not None
    finally:
        await opened.close()
    _print({"to be made anew": count}, json)
