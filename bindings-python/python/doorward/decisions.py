"""What was decided about a request, for whoever counts it."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Decisions"]

_NAME = "doorward.decisions"


@dataclass(slots=True)
class Decisions:
    """Notes that doorward's middleware leaves in the scope of a request, if somebody in front of it asked for them."""

    refused: str = ""
    """The name of the error; beside these `preflight_refused` of pages that may not ask."""
    limited: list[str] = field(default_factory=list)
    """The names of the limits that it is over."""
    signals: list[str] = field(default_factory=list)
    """The signals of an unusual client that were found."""

    @classmethod
    def begin(cls, scope: MutableMapping[str, Any]) -> "Decisions":
        """Return those of a request, which begin with it."""
        made: Decisions = scope.setdefault(_NAME, cls())
        return made

    @staticmethod
    def of(scope: Mapping[str, Any] | None) -> "Decisions":
        """Return those of a request; some that nobody reads, if nobody asked."""
        found = None if scope is None else scope.get(_NAME)
        return found if isinstance(found, Decisions) else Decisions()
