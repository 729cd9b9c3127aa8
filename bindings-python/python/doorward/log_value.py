"""Values in a line of the log, which may be anybody's texts."""

import re
from typing import Any

from doorward._core import printable

__all__ = ["cleaned", "quoted"]

_PLAIN = re.compile(r"[A-Za-z0-9_.:/+@~-]+", re.ASCII)


def cleaned(value: Any) -> str:
    """Return a value without what is not to be printed, and cut."""
    # A lone surrogate is no text for core.
    return printable(str(value).encode(errors="replace").decode())


def quoted(text: str) -> str:
    """Return what was cleaned with quotes around it unless it is a word, so that no value reads as another one's name:
    those of its own are escaped."""
    return text if _PLAIN.fullmatch(text) else f'"{text}"'
