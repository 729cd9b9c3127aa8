"""Overrides that are never called: a check in one would have no effect, and accept those whom it was to refuse."""

from collections.abc import Iterable
from inspect import getattr_static

__all__ = ["NOT_HERE", "refuse_overrides"]

NOT_HERE = "requests are verified by middleware; check the caller in the tool, by get_principal(), or in middleware"
"""What to do where a provider's own methods are for those alone that wrap it."""


def refuse_overrides(cls: type, base: type, names: Iterable[str], instead: str) -> None:
    """Raise `TypeError` if a class overrides what is never called of its `base`; `instead` says what to do."""
    for name in names:
        if getattr_static(cls, name) is not getattr_static(base, name):
            raise TypeError(f"{cls.__name__}.{name}: is never called; {instead}")
