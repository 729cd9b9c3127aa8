"""`doorward keys`: the API keys of a server."""

import getpass
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from doorward._core import ApiKey, DoorwardError, Peppers, protected_resource_metadata_url
from doorward.api_keys import ApiKeys
from doorward.api_keys.stored_key import StoredKey
from doorward.cli.problem import EXIT_CODES, Problem, say
from doorward.cli.store_url import StoreUrl, store_of
from doorward.cli.times import limit as limit_of
from doorward.cli.times import moment, seconds, shown
from doorward.log_value import cleaned
from doorward.peppers import add_pepper, read_peppers

__all__ = ["keys"]

NOTICE = 7 * 86_400
"""Seconds before its end in which a key is shown as expiring."""

keys = App(
    name="keys",
    help="""Create, list, show, rotate, revoke and check the API keys of a server.

    Begin with `doorward keys pepper peppers`, once; then

        export DOORWARD_STORE=sqlite:keys.db DOORWARD_PEPPERS=peppers
        doorward keys create --owner ada --scope read --expires 90d

    prints a new key, this once. Keys are never given as arguments, which other users of the machine can see.""",
    help_epilogue=EXIT_CODES,
)

_Id = Annotated[str, Parameter(help="The key's id: the 16 digits in its middle, as `list` shows them.")]
_Scopes = Annotated[
    list[str] | None, Parameter(name="--scope", negative="", help="One scope; may be given several times.")
]
_Resource = Annotated[str | None, Parameter(help="The URL of the one server that it is for; all of them if left out.")]


@Parameter(name="*")
@dataclass
class Where:
    """The options of every command that opens the store of the keys."""

    store: StoreUrl = None
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False

    @asynccontextmanager
    async def open(
        self, peppers: Peppers | None = None, prefix: str = "mcp", new: bool = False
    ) -> AsyncIterator[ApiKeys]:
        """Open the store, which may be `new`, for as long as a command takes."""
        store = store_of(self.store, "the keys are", new)
        try:
            # To list and revoke keys needs no pepper, and nothing is made or checked with this one.
            yield ApiKeys(store, peppers or Peppers((0, bytes(32))), prefix=prefix, revocation_delay=0)
        finally:
            await store.close()


_Peppers = Annotated[
    Path | None, Parameter(help="The file of the server's peppers; the environment's DOORWARD_PEPPERS if left out.")
]


def _peppers(path: Path | None) -> Peppers:
    chosen = path or os.environ.get("DOORWARD_PEPPERS")
    if not chosen:
        raise Problem(
            "say where the server's peppers are: --peppers FILE, or DOORWARD_PEPPERS in the environment; "
            "`doorward keys pepper FILE` makes them"
        )
    try:
        return read_peppers(chosen)
    except OSError as error:
        raise Problem(f"{chosen}: {error.strerror}; `doorward keys pepper FILE` makes one") from None
    except ValueError as error:
        raise Problem(str(error)) from None
    except DoorwardError as error:
        raise Problem(f"{chosen}: {error}") from None


def _id(text: str) -> str:
    try:
        key = ApiKey.parse(text)
    except DoorwardError:
        return text
    raise Problem(
        f"that is a key, not its id, and other users may have seen it now: revoke it, `doorward keys revoke {key.id}`"
    )


@keys.command
def pepper(
    file: Annotated[Path, Parameter(help="The file, for its owner only.")],
    *,
    second: Annotated[
        bool, Parameter(negative="", help="It is to be known, and not yet used: for a file that several servers have.")
    ] = False,
) -> None:
    """Write a new pepper: the secret of the server with which it hashes keys. In a file that is there already it is the
    current one from now on, and what was hashed with the older ones still counts."""
    try:
        version = add_pepper(file, second)
    except (OSError, ValueError) as error:
        raise Problem(str(error)) from None
    say(f"{file}: pepper {version}; keep it apart from the store, and a copy: without it no key works")


@keys.command
async def create(
    *,
    owner: Annotated[str, Parameter(help="Who it is for; tools see it as the caller's subject.")] = "",
    note: Annotated[str, Parameter(help="What it is for.")] = "",
    scope: _Scopes = None,
    resource: _Resource = None,
    expires: Annotated[str, Parameter(help="`90d`, `12h`, a date such as `2030-12-31`, or `never`.")] = "never",
    starts: Annotated[str | None, Parameter(help="When it becomes valid, as `--expires`; at once if left out.")] = None,
    limit: Annotated[str | None, Parameter(help="`100/1m`, or `100/1m:20` for at most 20 at once.")] = None,
    prefix: Annotated[str, Parameter(help="What keys begin with, best the service's name.")] = "mcp",
    peppers: _Peppers = None,
    where: Where | None = None,
) -> None:
    """Print a new key, which is never seen again."""
    where, now = where or Where(), int(time.time())
    _check_scopes(scope)
    begin = None if starts is None else moment(starts, now)
    if starts is not None and begin is None:
        raise Problem("--starts: a key that never starts is none; say when, or leave it out")
    bound = None if limit is None else limit_of(limit)
    at = moment(expires, now)
    if at is not None and at <= max(begin or 0, now):
        raise Problem(f"--expires: at {expires!r} the key would be over before it is valid")
    try:
        async with where.open(_peppers(peppers), prefix, new=True) as opened:
            key, stored = await opened.create(
                owner=owner,
                note=note,
                scopes=scope or (),
                resource=resource,
                not_before=begin or 0,
                expires_at=at,
                limit=bound,
            )
    except DoorwardError as error:
        raise Problem(str(error)) from None
    _print_key(key, stored, where.json)


@keys.command(name="list")
async def list_(
    *,
    owner: Annotated[str | None, Parameter(help="Only keys of this owner.")] = None,
    status: Annotated[
        Literal["not_yet_valid", "active", "expiring", "rotated", "expired", "revoked"] | None,
        Parameter(help="Only keys that are this."),
    ] = None,
    where: Where | None = None,
) -> None:
    """List the keys, never their secrets."""
    where, now = where or Where(), int(time.time())
    async with where.open() as opened:
        found = [
            key
            async for key in opened.list()
            if (owner is None or key.owner == owner) and (status is None or key.status(now, NOTICE) == status)
        ]
    if where.json:
        print(json.dumps([key.public(now, NOTICE) for key in found], indent=2))
        return
    table = Table("id", "status", "owner", "scopes", "ends", "last used", "pepper", "note", box=None, pad_edge=False)
    for key in found:
        texts = (
            *(key.id, key.status(now, NOTICE), cleaned(key.owner), " ".join(key.record.scopes)),
            *(shown(key.ends_at), shown(key.last_used), str(key.record.pepper), cleaned(key.note)),
        )
        table.add_row(*map(Text, texts))
    _console().print(table)


@keys.command
async def show(id: _Id, *, where: Where | None = None) -> None:
    """Show a key by its id, never its secret."""
    where = where or Where()
    async with where.open() as opened:
        found = await opened.show(_id(id))
    _print(found, where.json)


@keys.command
async def rotate(
    id: _Id,
    *,
    overlap: Annotated[str, Parameter(help="How long the old key is still valid, 90 days at most.")] = "1d",
    peppers: _Peppers = None,
    where: Where | None = None,
) -> None:
    """Print a new key in the place of another one, with the same scopes, limits and lifetime."""
    where = where or Where()
    async with where.open(_peppers(peppers)) as opened:
        try:
            key, stored = await opened.rotate(_id(id), seconds(overlap))
        except DoorwardError as error:
            if error.name != "api_key_overlap_too_long":
                raise
            raise Problem(f"--overlap: {error}") from None
    _print_key(key, stored, where.json)


@keys.command
async def expire(
    id: _Id,
    at: Annotated[str, Parameter(help="`90d`, `12h`, a date such as `2030-12-31`, or `never`.")],
    *,
    where: Where | None = None,
) -> None:
    """Let a key expire at another time."""
    where = where or Where()
    async with where.open() as opened:
        found = await opened.expire(_id(id), moment(at, int(time.time())))
    _print(found, where.json)


@keys.command
async def revoke(id: _Id, *, where: Where | None = None) -> None:
    """Revoke a key for good. Servers that run refuse it within their `revocation_delay`."""
    where = where or Where()
    async with where.open() as opened:
        found = await opened.revoke(_id(id))
    _print(found, where.json)


@keys.command
async def check(
    *arguments: Annotated[str, Parameter(show=False)],
    file: Annotated[Path | None, Parameter(help="Read the key from a file.")] = None,
    resource: Annotated[str | None, Parameter(help="The server that it is to be for; its own if left out.")] = None,
    scope: _Scopes = None,
    peppers: _Peppers = None,
    where: Where | None = None,
) -> None:
    """Say whether a key is valid, and why not. It is read from standard input, which prompts for it, or from a file."""
    where = where or Where()
    _check_scopes(scope)
    if resource is not None:
        try:
            protected_resource_metadata_url(resource)
        except DoorwardError as error:
            raise Problem(f"--resource: {error}") from None
    if arguments:
        raise Problem("write the key to standard input or into a file: arguments are seen by other users")
    try:
        text = file.read_text() if file else getpass.getpass("key: ") if sys.stdin.isatty() else sys.stdin.read(4096)
    except OSError as error:
        raise Problem(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Problem("that is no text, and no key") from None
    async with where.open(_peppers(peppers)) as opened:
        try:
            text, asked = text.strip(), resource
            if resource is None:
                resource = (await opened.show(ApiKey.parse(text).id)).record.resource
            found = await opened.authenticate(text, resource=resource or "", required_scopes=scope or ())
        except DoorwardError as error:
            if where.json:
                print(json.dumps({"valid": False, "error": error.name}))
            raise Problem(str(error), 4) from None
    if asked is None and resource is not None:
        say(f"it is for {cleaned(resource)}; whether that is the server was not checked: --resource says which")
    if where.json:
        print(json.dumps({"valid": True} | found.public(int(time.time()), NOTICE), indent=2))
    else:
        _print(found, False)


def _check_scopes(scopes: list[str] | None) -> None:
    for scope in scopes or ():
        if not scope:
            raise Problem("--scope: an empty one is none; leave it out for a key without scopes")
        if " " in scope or "," in scope:
            raise Problem(f"--scope: {scope!r} is several; write --scope for each")


def _console() -> Console:
    # What is read by another program has no width.
    return Console(width=None if sys.stdout.isatty() else 10_000, highlight=False)


def _print_key(key: ApiKey, stored: StoredKey, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"key": key.reveal()} | stored.public(int(time.time()), NOTICE), indent=2))
        return
    print(key.reveal())
    say(f"that is key {stored.id}, and the only time that it is shown")


def _print(found: StoredKey, as_json: bool) -> None:
    public = found.public(int(time.time()), NOTICE)
    if as_json:
        print(json.dumps(public, indent=2))
        return
    times = {"created_at", "not_before", "expires_at", "rotated_until", "last_used"}
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in public.items():
        if value or name in ("id", "status"):
            text = shown(value) if name in times else _whole(_text(value))
            table.add_row(name.replace("_", " "), Text(text, overflow="fold"))
    _console().print(table)


def _whole(text: str) -> str:
    # In pieces that are not cut: what a key may do is shown to its end.
    return "".join(cleaned(text[at : at + 256]) for at in range(0, len(text), 256))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        quota, window, burst = value
        return f"{quota} in {window / 1000:g} s, {burst} at once"
    return " ".join(value) if isinstance(value, list) else str(value)
