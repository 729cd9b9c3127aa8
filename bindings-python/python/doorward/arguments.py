"""What arguments must be; mistakes are told at once, and by the name of the argument."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["flag", "header", "not_negative", "one_of", "scopes", "texts"]


def flag(name: str, value: Any) -> bool:
    """Return a switch: whatever else it may be is on, `"no"` as well."""
    if not isinstance(value, bool):
        raise TypeError(f"{name}: True or False is asked for, not {type(value).__name__}")
    return value


def one_of(name: str, value: Any, known: Iterable[str]) -> None:
    """Refuse what is none of the known words."""
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: one of {', '.join(known)}")


def texts(name: str, value: Any, *, one: bool = False) -> None:
    """Refuse what is no list of texts; `one` may stand for it by itself, if so said."""
    if isinstance(value, str) and one:
        return
    wanted = "a str is asked for, or a list of them" if one else "a list of str is asked for"
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise TypeError(f"{name}: {wanted}, not {type(value).__name__}")
    if isinstance(value, (list, tuple)):
        for each in value:
            if not isinstance(each, str):
                raise TypeError(f"{name}: {wanted}, not one of {type(each).__name__}")


def scopes(name: str, value: Any) -> None:
    """Refuse scopes with a comma between them."""
    for scope in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(scope, str) and "," in scope:
            raise ValueError(f"{name}: {scope!r} has a comma; put spaces between them, or give a list")


def not_negative(name: str, value: Any) -> None:
    """Refuse a number below 0."""
    if isinstance(value, (int, float)) and value < 0:
        raise ValueError(f"{name}: {value} is less than 0")


def header(value: Any) -> None:
    """Refuse what is no name of a header that may stand beside `Authorization`."""
    if not isinstance(value, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value):
        raise ValueError(f"header: the name of a header is asked for, not {value!r}")
    if value.lower() == "authorization":
        raise ValueError("header: Authorization is looked at in any case; leave it out")
