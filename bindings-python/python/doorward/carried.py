"""Preserves slot attributes when pydantic copies a model."""

from typing import Any

__all__ = ["Carried"]


class Carried:
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
            for name in vars(cls).get("__slots__", ()) if issubclass(cls, Carried) else ():
                if hasattr(self, name):
                    object.__setattr__(made, name, object.__getattribute__(self, name))
        return made
