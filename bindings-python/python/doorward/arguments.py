"""What arguments must be; mistakes are told at once, and by the name of the argument."""

from collections.abc import Iterable
from typing import Any

__all__ = ["flag", "one_of"]


def flag(name: str, value: Any) -> bool:
    """Return a switch: whatever else it may be is on, `"no"` as well."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: True or False is asked for, not {type(value).__name__}")
    return value


def one_of(name: str, value: Any, known: Iterable[str]) -> None:
    """Refuse what is none of the known words."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: one of {', '.join(known)}")
