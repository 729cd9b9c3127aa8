"""Values in a line of the log, which may be anybody's texts, and how often one comes."""

import re
import time
from typing import Any
from urllib.parse import urlsplit

from doorward._core import printable

__all__ = ["OnceAMinute", "cleaned", "place_of", "quoted"]

_PLAIN = re.compile(r"[A-Za-z0-9_.:/+@~-]+", re.ASCII)


def cleaned(value: Any) -> str:
    """Return a value without what is not to be printed, and cut."""
    # A lone surrogate is no text for core.
    return printable(str(value).encode(errors="replace").decode())


def quoted(text: str) -> str:
    """Return what was cleaned with quotes around it unless it is a word, so that no value reads as another one's name:
    those of its own are escaped."""
    return text if _PLAIN.fullmatch(text) else f'"{text}"'


def place_of(url: str) -> str:
    """Return where a URL leads, and what is asked for there: its query may be a secret, and so may be who asks."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "a URL that cannot be read"
    return cleaned(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}")


class OnceAMinute:
    """Says whether a line may be logged that would come with each request, of which anybody can send any number."""

    MINUTE = 60

    def __init__(self) -> None:
        """Create it for lines of several kinds, each of which may come once."""
        self._last: dict[str, float] = {}

    def __call__(self, kind: str) -> bool:
        """Return whether a line of this kind may come now, and note that it does."""
        now = time.monotonic()
        may = now - self._last.get(kind, float("-inf")) >= self.MINUTE
        if may:
            self._last[kind] = now
        return may
