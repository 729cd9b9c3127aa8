"""A refusal of a token by what its authorization server says of it (RFC 7662)."""

import json
from collections.abc import Mapping
from typing import Any

from doorward._core import CLIENT_CLAIMS, DoorwardError

__all__ = ["IntrospectionRefusal", "logged_members"]

_LOGGED = ("iss", "aud", *CLIENT_CLAIMS, "token_type")


class IntrospectionRefusal(DoorwardError):
    """An error of core, with the introspection response that it is about."""

    response: Mapping[str, Any]
    """The members of the response that are logged with a refusal; none where it is not kept."""

    @classmethod
    def of(cls, error: DoorwardError, response: Mapping[str, Any]) -> "IntrospectionRefusal":
        """Return an error as one about this response."""
        made = cls(*error.args)
        vars(made).update(vars(error), response=response)
        return made


def logged_members(response: bytes) -> dict[str, Any]:
    """Return the members of an introspection response that are logged; others of a vendor's may repeat the token."""
    try:
        members: Any = json.loads(response)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(members, dict):
        return {}
    return {name: members[name] for name in _LOGGED if name in members}
