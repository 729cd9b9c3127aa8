"""What the log says of requests that are refused."""

import base64
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from doorward._core import DoorwardError, Policy, printable
from doorward.decisions import Decisions

__all__ = ["Refusals", "unverified"]

logger = logging.getLogger("doorward")


class Refusals:
    """Logs why requests are rejected: the check that failed, what was expected, and what the token contains. A record's
    attribute `doorward` is a dict of these; the hook is called with it for each rejected request.

    The token's contents are unverified, and truncated to a line. Only a limited number is logged each minute, followed
    by the number of the others.
    """

    MOST = 20
    """Lines in a minute; what comes after is counted."""

    MINUTE = 60

    def __init__(self, policy: Policy, hook: Callable[[Mapping[str, Any]], None] | None = None) -> None:
        """Create it from the policy that the tokens did not satisfy."""
        self._policy = policy
        self.hook = hook
        self._lock = threading.Lock()
        self._begin, self._lines = float("-inf"), 0
        self._more: Counter[str] = Counter()

    def log(
        self, error: DoorwardError, token: str = "", scope: Mapping[str, Any] | None = None, *, ours: bool = True
    ) -> None:
        """Log a refusal of a request to `scope`; where another provider may know better, `ours` is false."""
        policy = self._policy
        if ours:
            Decisions.of(scope).refused = error.name
        parts = {
            "error": error.name,
            "number": error.number,
            "status": error.status,
            "details": error.details,
            "issuer": policy.issuer,
            "issuers": policy.issuers,
            "audience": policy.audience,
            "path": scope and scope["path"],
            "client": scope and (scope.get("client") or ("",))[0],
        }
        if self.hook is not None:
            try:
                self.hook(parts)
            except Exception:
                logger.exception("the hook for refusals failed")
        # A request without credentials is how every client begins.
        expected = error.name == "credentials_missing" or not ours
        level = logging.INFO if expected else logging.WARNING
        if not logger.isEnabledFor(level) or not self._may_log(error.name):
            return
        line = [str(error)]
        if token:
            line += [
                f"found {_says(token)}",
                f"expected iss={' or '.join(policy.issuers)} aud={' or '.join(policy.audience)}",
            ]
        if scope:
            line.append(f"path={_text(scope['path'])} client={parts['client']}")
        logger.log(level, "refused: %s", "; ".join(line), extra={"doorward": parts})

    def _may_log(self, name: str) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._begin >= self.MINUTE:
                more, self._more = self._more, Counter()
                self._begin, self._lines = now, 0
                if more:
                    counts = ", ".join(f"{name} {count}" for name, count in more.most_common())
                    logger.warning("refused besides, in the minute before: %s", counts)
            self._lines += 1
            if self._lines > self.MOST:
                self._more[name] += 1
            return self._lines <= self.MOST


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a token's header and payload say, as far as they can be read: it explains a refusal, and no more."""
    header, claims = (_part(part) for part in (*token.split(".")[:2], "", "")[:2])
    return header, claims


def _says(token: str) -> str:
    """Return what an operator compares with the settings: names, which are no secrets."""
    header, claims = unverified(token)
    said = {"iss": claims.get("iss"), "aud": claims.get("aud")}
    said |= {name: header.get(name) for name in ("typ", "alg", "kid")}
    return " ".join(f"{name}={_shown(value)}" for name, value in said.items())


def _part(text: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _shown(value: Any) -> str:
    if not isinstance(value, list):
        return _one(value)
    return f"[{', '.join(map(_one, value[:4]))}{', ...' if len(value) > 4 else ''}]"


def _one(value: Any) -> str:
    return _text(value) if isinstance(value, str) else "none" if value is None else type(value).__name__


def _text(text: str) -> str:
    # A lone surrogate is no text for core.
    return printable(text.encode(errors="replace").decode())
