"""The keys of a proxy: those that sign its access tokens, and the one that seals what browsers keep for it."""

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable
from typing import Any

from doorward._core import DoorwardError, KeyRing, KeySet, SealingKeys
from doorward.store import Store, StoreError, StoreUnavailable

__all__ = ["ProxyKeys"]

KIND, NAME = "oauth_keys", "keys"
ALGORITHM = "ES256"


class ProxyKeys:
    """Made once, kept in the store for all processes, and signed with for so long; or made of a secret of the
    operator's.

    A key is in the store, and published, a week before it signs."""

    SIGNS = 90 * 86_400
    """Seconds for which a key signs."""

    AHEAD = 7 * 86_400
    """Seconds for which it is published before that."""

    AFTER = 2 * 3600
    """Seconds for which it is kept after that: for longer than what it has signed is good."""

    RELOAD = 300
    """Seconds after which the store is asked for newer ones."""

    def __init__(self, store: Store, clock: Callable[[], float], secret: bytes | None = None) -> None:
        """Create it for a store, or for a secret, which then is all that is needed."""
        self._store, self._clock, self._secret = store, clock, secret
        self._loaded_at = float("-inf")
        self._text = ""
        self._loading: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}
        self.ring: KeyRing
        self.sealing: SealingKeys
        self.verifying: KeySet
        """The public halves."""

    def is_ready(self) -> bool:
        """Return whether the keys are at hand, and new enough."""
        return self._clock() < self._loaded_at + self.RELOAD

    async def ready(self, newer: bool = False) -> None:
        """Have the keys at hand; `newer` where one is missing. Raises `StoreError`."""
        if self.is_ready() and not (newer and self._clock() > self._loaded_at + 1):
            return
        loop = asyncio.get_running_loop()
        task = self._loading.get(loop)
        if task is None or task.done():
            for closed in [each for each in list(self._loading) if each.is_closed()]:
                self._loading.pop(closed, None)
            self._loading[loop] = task = loop.create_task(self._load())
        try:
            await asyncio.shield(task)
        except StoreUnavailable:
            # What is at hand goes on.
            if not self._text or newer:
                raise

    async def _load(self) -> None:
        now = int(self._clock())
        if self._secret is not None:
            parts = [hmac.new(self._secret, label, "sha256").hexdigest() for label in (b"sign", b"seal")]
            self._take(json.dumps({"signing": [[parts[0], 0, None]], "sealing": parts[1]}), now)
            return
        for _ in range(64):
            entry = await self._store.get(KIND, NAME)
            text = "" if entry is None else entry.value.decode()
            wanted = _renewed(text, now)
            if entry is not None and wanted == text:
                self._take(text, now)
                return
            if entry is None:
                await self._store.put_if_absent(KIND, NAME, wanted.encode())
                # Where several may put at once, all of them take the last one's.
                await asyncio.sleep(0.1)
            else:
                await self._store.compare_and_swap(KIND, NAME, entry.version, wanted.encode())
        raise StoreUnavailable("others change the keys all the time")

    def _take(self, text: str, now: int) -> None:
        if text != self._text:
            try:
                record = json.loads(text)
                ring = [(ALGORITHM, bytes.fromhex(secret), *times) for secret, *times in record["signing"]]
                self.ring = KeyRing(ring)
                self.sealing = SealingKeys((1, bytes.fromhex(record["sealing"])))
            except (ValueError, KeyError, TypeError, DoorwardError):
                raise StoreError("the keys of the proxy cannot be read") from None
            self.verifying = KeySet.parse(self.ring.published(now), [ALGORITHM])
            self._text = text
        self._loaded_at = self._clock()


def _renewed(text: str, now: int) -> str:
    """Return the keys that there should be now."""
    record: dict[str, Any] = json.loads(text) if text else {"signing": [], "sealing": secrets.token_hex(32)}
    signing = [each for each in record["signing"] if each[2] + ProxyKeys.AFTER > now]
    last = max((each[2] for each in signing), default=0)
    if last < now + ProxyKeys.AHEAD:
        begin = max(last, now)
        signing.append([secrets.token_hex(32), begin if last else 0, begin + ProxyKeys.SIGNS])
    return json.dumps({"signing": signing, "sealing": record["sealing"]})
