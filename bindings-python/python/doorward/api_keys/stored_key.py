"""What is stored of an API key, beside what core decides by."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from doorward._core import ApiKeyRecord

__all__ = ["StoredKey"]

Status = Literal["not_yet_valid", "active", "expiring", "rotated", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of a caller; never its secret."""

    id: str
    prefix: str
    record: ApiKeyRecord
    """The hash, the scopes, the resource and the times: what core decides by."""
    owner: str
    note: str
    created_at: int
    last_used: int | None = None
    """To about a minute, since many uses are written at once."""
    replaces: str | None = None
    """The id of the key in whose place this one is."""
    line: str | None = None
    """The id of the first of the keys that were rotated into this one."""
    replaced_by: str | None = None
    limit: tuple[int, int, int] | None = None
    """Its quota for each window of milliseconds, and how much of it may be used at once."""

    @property
    def subject(self) -> str:
        """Who calls with it: its owner; a key without one is one caller with those that it was rotated into."""
        return self.owner or self.line or self.id

    def status(self, now: int, notice: int = 0) -> Status:
        """Return what the key is, by core's rule."""
        return self.record.status(now, notice)

    @property
    def ends_at(self) -> int | None:
        """From when on it is not valid any more, if it is not revoked before."""
        return self.record.ends_at

    def public(self, now: int, notice: int = 0) -> dict[str, Any]:
        """Return what may be shown to an operator, for JSON."""
        record = self.record
        return {
            "id": self.id,
            "prefix": self.prefix,
            "status": self.status(now, notice),
            "owner": self.owner,
            "note": self.note,
            "scopes": record.scopes,
            "resource": record.resource,
            "created_at": self.created_at,
            "not_before": record.not_before,
            "expires_at": record.expires_at,
            "rotated_until": record.rotated_until,
            "revoked": record.revoked,
            "pepper": record.pepper,
            "last_used": self.last_used,
            "replaces": self.replaces,
            "line": self.line,
            "replaced_by": self.replaced_by,
            "limit": self.limit,
        }

    def to_bytes(self) -> bytes:
        """Return it as it is stored."""
        shown = self.public(0) | {"hash": self.record.hash}
        del shown["id"], shown["status"], shown["pepper"]
        return json.dumps(shown, separators=(",", ":")).encode()

    @classmethod
    def of_bytes(cls, id: str, value: bytes) -> "StoredKey":
        """Return what was stored. Raises `ValueError` or `KeyError` for anything else."""
        of = json.loads(value)
        record = ApiKeyRecord(
            of["hash"],
            scopes=of["scopes"],
            resource=of["resource"],
            not_before=of["not_before"],
            expires_at=of["expires_at"],
            rotated_until=of["rotated_until"],
            revoked=of["revoked"],
        )
        names = ("prefix", "owner", "note", "created_at", "last_used", "replaces", "replaced_by")
        limit = of["limit"] and tuple(of["limit"])
        return cls(id, record=record, line=of.get("line"), limit=limit, **{name: of[name] for name in names})
