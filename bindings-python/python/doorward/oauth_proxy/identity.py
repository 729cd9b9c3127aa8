"""Whom a token of the upstream is about, by what an operator's verifier says of it."""

import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastmcp.server.auth import TokenVerifier

__all__ = ["Identify", "Identity", "identity_of", "is_sure"]

_PROVIDERS = "fastmcp.server.auth.providers."


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the upstream's token is about."""

    subject: str
    claims: dict[str, Any]

    def of(self, family: str) -> str:
        """Return the subject of a grant, which is a caller of its own where the upstream names nobody."""
        return self.subject or f"grant-{family}"


Identify = Callable[[str], Awaitable[Identity | None]]
"""What says whom a token is about: `None` if it is not a good one."""


async def identity_of(token: str, verifier: TokenVerifier | None) -> Identity | None:
    """Return whom a token of the upstream is about; `None` if it is not a good one."""
    if verifier is None:
        return Identity("", {})
    verified = await verifier.verify_token(token)
    if verified is None:
        return None
    claims = dict(getattr(verified, "claims", None) or {})
    subject = getattr(verified, "subject", None) or claims.get("sub")
    # As they are stored.
    claims = json.loads(json.dumps(claims, default=str))
    try:
        str(subject).encode()
    except UnicodeEncodeError:
        # Nobody has a name of half a character, and no token can say so.
        return None
    return Identity("" if subject is None else str(subject), claims)


def is_sure(verifier: object) -> bool | None:
    """Return whether `None` from a verifier means that the upstream refused the token: the verifier raises, as
    FastMCP's contract is since 4.2, where it could not ask. Of those that come with FastMCP not all do; of others that
    is not known."""
    classes = type(verifier).__mro__
    # FastMCP's for JWTs asks by the other.
    asks = next((cls.__module__ for cls in classes if {"verify_token", "load_access_token"} & vars(cls).keys()), "")
    if asks.startswith("doorward."):
        return True
    if asks.startswith(_PROVIDERS) and hasattr(sys.modules.get(asks), "TokenVerificationError"):
        return True
    return False if any(cls.__module__.startswith(_PROVIDERS) for cls in classes) else None
