"""What is stored of one sign-in, with all its tokens, in one entry of the store."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, field
from typing import Any

from doorward._core import MAX_CLOCK_SKEW

__all__ = ["Grant", "UpstreamToken"]


@dataclass(frozen=True, slots=True)
class UpstreamToken:
    """The tokens of the upstream, which no client ever sees."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int | None
    """`None` if the upstream does not say."""
    refresh_at: int | None
    """When it becomes due for a refresh; `None` if it cannot be refreshed."""
    since: int = 0
    """When it was received, in seconds since 1970."""

    def is_stale(self, now: int) -> bool:
        """Return whether it is to be refreshed: in time, or since it came by a clock that has been set back."""
        return self.refresh_at is not None and (self.refresh_at <= now or self.since > now + MAX_CLOCK_SKEW)

    def has_expired(self, now: int) -> bool:
        """Return whether the access token has expired."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Grant:
    """What a user granted to a client: the code, the refresh tokens and the upstream's token, in one entry, so that
    each step is one compare-and-swap: tokens are issued for a code once, and revoking ends all of them."""

    client_id: str
    subject: str
    scope: str
    code_hash: str = field(repr=False)
    code: bytes = field(repr=False)
    """The record of the authorization code, as core stores it."""
    upstream: UpstreamToken | None
    """The upstream's token; `None` once the grant is revoked."""
    ends_at: int
    """When all of it ends, however often it is refreshed."""
    kept_until: int
    """When the store deletes the entry."""
    refresh: bytes | None = field(default=None, repr=False)
    """The record of the refresh tokens, as core stores it."""
    claims: dict[str, Any] = field(default_factory=dict, repr=False)
    """What the upstream's token says of the user."""
    verified_at: int = 0
    """When a token of the upstream was last found to be the user's."""
    is_renewed: bool = False
    """Whether the one that there is has come since."""
    lease: tuple[str, int] | None = None
    """Who refreshes the upstream's token just now, and until when others leave that to it."""
    revoked: str | None = None
    """Why the grant was revoked; `None` while it is valid."""

    def to_bytes(self) -> bytes:
        """Return the bytes to store, which `of_bytes` reads."""
        values = asdict(self)
        for name in ("code", "refresh"):
            values[name] = values[name] and b64encode(values[name]).decode()
        return json.dumps(values, separators=(",", ":")).encode()

    @classmethod
    def of_bytes(cls, value: bytes) -> "Grant":
        """Return what was stored. Raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        values = json.loads(value)
        for name in ("code", "refresh"):
            values[name] = values[name] and b64decode(values[name], validate=True)
        if values["upstream"] is not None:
            values["upstream"] = UpstreamToken(**values["upstream"])
        values["lease"] = values["lease"] and tuple(values["lease"])
        return cls(**values)
