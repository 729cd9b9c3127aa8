"""Times and limits as they are typed."""

import re
from datetime import datetime, timezone

from doorward._core import DoorwardError, RateLimit
from doorward.cli.problem import Problem

__all__ = ["limit", "moment", "seconds", "shown"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = 36_525 * _UNITS["d"]


def seconds(text: str) -> int:
    """Return the seconds of `90d`, `12h`, `30m`, `45s` or `2w`."""
    found = re.fullmatch(r"([0-9]{1,9})([smhdw])", text)
    if found is None:
        raise Problem(f"{text!r} is no duration; write 45s, 30m, 12h, 90d or 2w")
    length = int(found[1]) * _UNITS[found[2]]
    if length > _LONGEST:
        raise Problem(f"{text!r} is longer than a hundred years")
    return length


def moment(text: str, now: int) -> int | None:
    """Return the time of a date (`2030-12-31`, midnight UTC if it has no zone), or so long after now; `None` for
    `never`."""
    if text == "never":
        return None
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return now + seconds(text)
    return max(0, int((at if at.tzinfo else at.replace(tzinfo=timezone.utc)).timestamp()))


def limit(text: str) -> tuple[int, int, int]:
    """Return quota, window in milliseconds and burst of `100/1m`, or `100/1m:20` for at most 20 at once."""
    found = re.fullmatch(r"([0-9]{1,9})/([^:]+)(?::([0-9]{1,9}))?", text)
    if found is None:
        raise Problem(f"{text!r} is no limit; write 100/1m, or 100/1m:20 for at most 20 at once")
    quota, window = int(found[1]), seconds(found[2]) * 1000
    burst = int(found[3]) if found[3] else quota
    try:
        RateLimit(quota, window, burst)
    except DoorwardError:
        raise Problem(f"{text!r} is no limit; write 100/1m, or 100/1m:20 for at most 20 at once") from None
    return quota, window, burst


def shown(at: int | None) -> str:
    """Return a time for people; one that is no date, as it is stored."""
    try:
        return "" if at is None else datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(at)
