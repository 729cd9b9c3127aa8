"""What an MCP request asks for: its body, read before the server reads it."""

import asyncio
import json
import re
import threading
import time
from typing import Any

from starlette.types import Message, Receive, Scope

from doorward._core import MAX_MCP_MESSAGES, is_mcp_discovery_body

__all__ = ["LIMIT", "is_discovery", "may_be_a_message", "messages", "parsed", "read"]

LIMIT = 4 * 1024 * 1024
"""Bytes of a body that is looked at; the SDK rejects longer ones."""

TOGETHER = 64 * 1024 * 1024
"""Bytes that bodies of which more is to come have in memory together, those of up to `SHORT` bytes left out."""

SHORT = 64 * 1024
"""Bytes of a body that is read whatever others there are."""

WITHIN = 60.0
"""Seconds within which the rest of a longer body has to come, so that one that does not end makes room for others."""

VALUES = 100_000
"""Commas of a body that is looked at: a list of so many numbers is read in hundredths of a second."""


class _Together:
    """How much bodies of which more is to come have in memory: event loops of several threads have one number."""

    def __init__(self) -> None:
        self._lock, self._length = threading.Lock(), 0

    def add(self, length: int) -> bool:
        """Return whether there is room left."""
        with self._lock:
            self._length += length
            return self._length <= TOGETHER


_together = _Together()


async def read(receive: Receive) -> tuple[bytes | None, Receive, bool]:
    """Return the body of a request, `None` if it is too long or did not come whole; a `receive` that returns it once
    more; and whether it took room that others need: beside those that are read at once, or for too long."""
    came: list[Message] = []
    length = held = 0
    whole = full = False
    ends_at = 0.0
    try:
        while True:
            try:
                message = await (receive() if not held else asyncio.wait_for(receive(), ends_at - time.monotonic()))
            except asyncio.TimeoutError:  # another one than the built-in until Python 3.11
                full = True
                break
            came.append(message)
            length += len(message.get("body", b""))
            if message["type"] != "http.request" or length > LIMIT:
                break
            if not message.get("more_body", False):
                whole = True
                break
            if length > SHORT:
                ends_at = ends_at or time.monotonic() + WITHIN
                more, held = length - held, length
                if not _together.add(more):
                    full = True
                    break
    finally:
        _together.add(-held)
    body = b"".join(message.get("body", b"") for message in came) if whole else None
    if body is not None:
        # In one piece, so that who reads it next need not wait for room.
        came = [{"type": "http.request", "body": body, "more_body": False}]
    again = iter(came)

    async def once_more() -> Message:
        return next(again, None) or await receive()

    return body, once_more, full


def messages(body: bytes | None) -> list[dict[str, Any]]:
    """Return the messages of JSON-RPC in a body; none if it is anything that readers might read differently, or has
    more than `MAX_MCP_MESSAGES`."""
    found = _messages(body)
    return found if len(found) <= MAX_MCP_MESSAGES else []


def parsed(scope: Scope, body: bytes | None) -> list[dict[str, Any]]:
    """Return the messages of a request's body as `messages` does, but `MAX_MCP_MESSAGES` and one more if there are
    more: once for all that ask."""
    known: tuple[bytes | None, list[dict[str, Any]]] | None = scope.get(_NAME)
    if known is None or known[0] != body:
        known = scope[_NAME] = body, _messages(body)
    return known[1]


_NAME = "doorward.messages"
_SPACES = re.compile(r"[ \t\n\r]*")


def _messages(body: bytes | None) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder(object_pairs_hook=_Objects().unique)
    try:
        text = (body or b"").decode()
        at = _next(text, 0)
        if text.count(",") > VALUES:
            return [{}] * (MAX_MCP_MESSAGES + 1) if text[at : at + 1] == "[" else []
        several = _several(text, at + 1, decoder) if text[at : at + 1] == "[" else [decoder.decode(text)]
    except (ValueError, RecursionError):
        return []
    return several if all(isinstance(message, dict) for message in several) else []


def _several(text: str, at: int, decoder: json.JSONDecoder) -> list[Any]:
    """Return what is in an array, and look no further than `MAX_MCP_MESSAGES` and one more."""
    several: list[Any] = []
    at = _next(text, at)
    if text[at : at + 1] != "]":
        while True:
            value, at = decoder.raw_decode(text, at)
            several.append(value)
            if len(several) > MAX_MCP_MESSAGES:
                return several
            at = _next(text, at)
            if text[at : at + 1] == "]":
                break
            if text[at : at + 1] != ",":
                raise ValueError("no array")
            at = _next(text, at + 1)
    if _next(text, at + 1) != len(text):
        raise ValueError("more than an array")
    return several


def _next(text: str, at: int) -> int:
    """Return where the next character is that is no space."""
    found = _SPACES.match(text, at)
    return found.end() if found else at


class _Objects:
    """The objects of a body: none has a name twice, and there are so many that it is read in no time."""

    MOST = 8192

    def __init__(self) -> None:
        self._count = 0

    def unique(self, members: list[tuple[str, Any]]) -> dict[str, Any]:
        self._count += 1
        made = dict(members)
        if len(made) < len(members) or self._count > self.MOST:
            raise ValueError("a name twice, or too many objects")
        return made


def may_be_a_message(scope: Scope, body: bytes | None) -> bool:
    """Return whether a body without messages may have some to another reader, as one with a name twice does, or one
    that is compressed."""
    encoded = any(name.lower() == b"content-encoding" for name, _ in scope["headers"])
    return body is None or encoded or b"{" in body


def is_discovery(body: bytes | None) -> bool:
    """Return whether all that a body asks for is what a server is and which tools it has: in a text that the reader of
    Python, which servers behind use, does not reject, and to core."""
    return body is not None and bool(messages(body)) and is_mcp_discovery_body(body)
