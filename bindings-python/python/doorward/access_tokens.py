"""The access tokens of the SDK and of FastMCP, made of verified callers."""

import hashlib
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from mcp.server.auth.provider import AccessToken
from pydantic import TypeAdapter

from doorward._core import Policy, Principal

__all__ = ["AccessTokens", "CopiedSlots", "Kept"]

_Token = TypeVar("_Token", bound=AccessToken)


Kept = tuple[Principal, _Token, dict[str, Any]]
"""A caller, the access token that was made of it, and those of its claims that are not copied with the others."""


class CopiedSlots:
    """Goes before a model among the bases of a class with slots: a copy has them too, such as the one that FastMCP's
    `MultiAuth` makes of a caller. What they hold is shared, since it does not change."""

    __slots__ = ()

    def __copy__(self) -> Any:
        """Copy the model and its slots."""
        return self._into(super().__copy__())  # type: ignore[misc]

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Any:
        """Copy what is in the model too, and its slots."""
        return self._into(super().__deepcopy__(memo))  # type: ignore[misc]

    def _into(self, made: Any) -> Any:
        for cls in type(self).__mro__:
            for name in vars(cls).get("__slots__", ()) if issubclass(cls, CopiedSlots) else ():
                if hasattr(self, name):
                    object.__setattr__(made, name, object.__getattribute__(self, name))
        return made


class AccessTokens(Generic[_Token]):
    """Creates the access tokens of the SDK or of FastMCP from verified callers.

    What it makes of a caller is kept, and copied for each request that has the same token: it must be verified at each
    request nonetheless. Each request gets objects of its own, which it may change.
    """

    MOST = 1 << 20
    """The length of all tokens together whose callers are kept; what Python makes of them may take 30 times as much."""

    def __init__(self, cls: type[_Token], policy: Policy) -> None:
        """Create access tokens of a class, with a slot `principal`, and the policy that they satisfy."""
        self._cls = cls
        self._valid: Callable[[dict[str, Any]], _Token] = TypeAdapter(cls).validator.validate_python
        self._policy = policy
        self._lock = threading.Lock()
        self.known: dict[bytes, Kept[_Token]] = {}
        """What is kept, by the credentials as most clients write them, to be looked up before they are read."""
        self._length = 0

    def kept(self, token: str) -> "Kept[_Token] | None":
        """Return the entry of a caller whose token was verified before: `Verifier` says whether it is so now."""
        return self.known.get(_credentials(token))

    def of(self, token: str, principal: Principal, *, remember: bool = True) -> _Token:
        """Return the access token of a caller who was verified just now; `remember` it if its text determines it."""
        return self.copy(self._read(token, principal, remember))

    def copy(self, kept: "Kept[_Token]") -> _Token:
        """Return the access token of a caller who was found to be one just now."""
        principal, access_token, nested = kept
        fields = access_token.__dict__.copy()
        fields["scopes"], claims = fields["scopes"].copy(), fields["claims"].copy()
        fields["claims"] = claims | _copied(nested) if nested else claims
        # As pydantic copies a model, without a look at each field.
        made = self._cls.__new__(self._cls)
        _set(made, "__dict__", fields)
        _set(made, "__pydantic_fields_set__", access_token.__pydantic_fields_set__.copy())
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        _set(made, "principal", principal)
        return made

    def _read(self, token: str, principal: Principal, remember: bool) -> "Kept[_Token]":
        made = self._valid(_fields(token, principal, self._policy))
        claims: dict[str, Any] = made.__dict__["claims"]
        known = principal, made, {name: each for name, each in claims.items() if isinstance(each, (dict, list))}
        if not remember:
            return known
        # Several event loops may be at it, each in a thread of its own.
        with self._lock:
            credentials = _credentials(token)
            if credentials not in self.known:
                self._length += len(credentials)
            self.known[credentials] = known
            while self._length > self.MOST:
                oldest = next(iter(self.known))
                del self.known[oldest]
                self._length -= len(oldest)
        return known


_set = object.__setattr__


def _credentials(token: str) -> bytes:
    return b"Bearer " + token.encode()


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _fields(token: str, principal: Principal, policy: Policy) -> dict[str, Any]:
    """Return the fields of the SDK's and FastMCP's access tokens.

    Scopes that the policy's hierarchy implies are listed beside those granted, since the frameworks compare text.
    """
    claims = principal.claims
    granted = principal.scopes
    return {
        "token": token,
        "client_id": _client_id(token, principal, claims.get("azp")),
        "scopes": granted + policy.implied_scopes(granted),
        "expires_at": principal.expires_at,
        "resource": principal.matched_audience,
        "subject": principal.subject,
        "claims": claims,
    }


def _client_id(token: str, principal: Principal, authorized_party: object) -> str:
    """The frameworks bind sessions and state to client, issuer and subject. A token that names neither client nor
    subject is a caller of its own, else all of these would share what is kept for one."""
    fallback = authorized_party if isinstance(authorized_party, str) else None
    named = principal.client_id or fallback or principal.subject
    return named or f"token-{hashlib.sha256(token.encode()).hexdigest()}"
