"""What an MCP request asks for: its body, read before the server reads it."""

import json
from typing import Any

from starlette.types import Message, Receive

__all__ = ["LIMIT", "is_discovery", "messages", "read"]

LIMIT = 4 * 1024 * 1024
"""Bytes of a body that is looked at; the SDK rejects longer ones."""

_DISCOVERY = {"initialize", "server/discover", "ping", "tools/list"}


async def read(receive: Receive) -> tuple[bytes | None, Receive]:
    """Return the body of a request, `None` if it is too long or did not come whole, and what gives it once more."""
    came: list[Message] = []
    length = 0
    while True:
        message = await receive()
        came.append(message)
        length += len(message.get("body", b""))
        if message["type"] != "http.request" or length > LIMIT:
            whole = False
            break
        if not message.get("more_body", False):
            whole = True
            break
    body = b"".join(message.get("body", b"") for message in came) if whole else None
    again = iter(came)

    async def once_more() -> Message:
        return next(again, None) or await receive()

    return body, once_more


def messages(body: bytes | None) -> list[dict[str, Any]]:
    """Return the messages of JSON-RPC in a body; none if it is anything that readers might read differently."""
    try:
        value = json.loads((body or b"").decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return []
    several = value if isinstance(value, list) else [value]
    return several if all(isinstance(message, dict) for message in several) else []


def _unique(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) < len(members):
        raise ValueError("a name twice")
    return made


def is_discovery(body: bytes | None) -> bool:
    """Return whether all that a body asks for is what a server is and which tools it has."""
    asked = messages(body)
    return bool(asked) and all(map(_is_discovery, asked))


def _is_discovery(message: dict[str, Any]) -> bool:
    method = message.get("method")
    if not isinstance(method, str):
        return False
    return method in _DISCOVERY or (method.startswith("notifications/") and "id" not in message)
