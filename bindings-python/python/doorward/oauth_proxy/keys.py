"""The keys of a proxy: those that sign its access tokens, and those that seal what browsers and clients keep for it."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from doorward._core import DoorwardError, KeyRing, KeySet, SealingKeys, wants_newer_sealing_keys
from doorward.event_loops import begun, result_of
from doorward.store import Store, StoreError, StoreUnavailable

__all__ = ["ProxyKeys", "is_sealed_otherwise", "secrets_of"]

ALGORITHM = "ES256"

_T = TypeVar("_T")


class ProxyKeys:
    """Made once, kept in the store for all processes, and used for so long; or made of secrets of the operator's.

    A key is in the store, and published, a week before it signs or seals."""

    PLACE = "oauth_keys", "keys"
    """Their kind and key in the store."""

    SIGNS = 90 * 86_400
    """Seconds for which a key signs, and another one seals."""

    AHEAD = 7 * 86_400
    """Seconds for which it is published before that."""

    KEPT = 3
    """Keys of each sort that are kept: by number, since a clock that is wrong must not end those that are in use."""

    RELOAD = 300
    """Seconds after which the store is asked for newer ones."""

    def __init__(self, store: Store, clock: Callable[[], float], made_of: Sequence[bytes] = ()) -> None:
        """Create the keys from a store, or from secrets, the first of which is used and the others are still good: then
        these are all that is needed."""
        self._store, self._clock, self._secrets = store, clock, made_of
        # By the time since the process began, and by the clock, which may have been set.
        self._loaded_at = (float("-inf"), 0.0)
        self._unsettled_until = float("-inf")
        self._text, self._published = "", ""
        self._loading: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}
        self.ring: KeyRing
        self.sealing: SealingKeys
        self.verifying: KeySet
        """The public keys that verify tokens of its own."""

    def is_ready(self) -> bool:
        """Return whether the keys are at hand, and new enough."""
        return self._is_younger(self.RELOAD if time.monotonic() >= self._unsettled_until else 1)

    def _is_younger(self, seconds: float) -> bool:
        monotonic, clock = self._loaded_at
        return time.monotonic() < monotonic + seconds and abs(self._clock() - clock) < seconds

    async def ready(self, newer: bool = False) -> None:
        """Have the keys at hand; `newer` where one is missing. Raises `StoreError`."""
        if self.is_ready() and not (newer and not self._is_younger(1)):
            return
        loop = asyncio.get_running_loop()
        task = self._loading.get(loop)
        if task is None or task.done():
            for closed in [each for each in list(self._loading) if each.is_closed()]:
                self._loading.pop(closed, None)
            self._loading[loop] = task = begun(self._load())
        try:
            await result_of(task)
        except StoreUnavailable:
            # What is at hand goes on.
            if not self._text or newer:
                raise

    async def read(self, work: Callable[[], _T], wanting: Callable[[DoorwardError], bool]) -> _T:
        """Return what is read with the keys; once more with those that another process may have made since, if an
        error is one for `wanting` a key. Raises `DoorwardError` and `StoreError`."""
        try:
            return work()
        except DoorwardError as error:
            if not wanting(error):
                raise
        await self.ready(newer=True)
        return work()

    async def _load(self) -> None:
        now = int(self._clock())
        if self._secrets:
            # The first one has begun last.
            keys = [
                [[hmac.new(secret, label, "sha256").hexdigest(), begin, None] for label in (b"sign", b"seal")]
                for begin, secret in enumerate(reversed(self._secrets))
            ]
            signing, sealing = zip(*keys, strict=True)
            self._take(json.dumps({"signing": signing, "sealing": sealing}), now)
            return
        for attempt in range(16):
            # Others are quicker: let them end.
            await asyncio.sleep(min(attempt, 10) * secrets.randbelow(100) / 1000)
            entry = await self._store.get(*self.PLACE)
            text = "" if entry is None else entry.value.decode()
            wanted = _renewed(text, now)
            if entry is not None and wanted == text:
                self._take(text, now)
                return
            if entry is None:
                await self._store.put_if_absent(*self.PLACE, wanted.encode())
                settles: float = getattr(self._store, "settles", 0.0)
                if settles:
                    # Where several may put at once, all of them take the last one's.
                    self._unsettled_until = time.monotonic() + settles
                    await asyncio.sleep(1)
            else:
                await self._store.compare_and_swap(*self.PLACE, entry.version, wanted.encode())
        raise StoreUnavailable("others change the keys all the time")

    def _take(self, text: str, now: int) -> None:
        try:
            record = json.loads(text)
            if text != self._text:
                ring = [(ALGORITHM, bytes.fromhex(secret), *times) for secret, *times in record["signing"]]
                self.ring = KeyRing(ring)
            begun = [bytes.fromhex(secret) for secret, begin, _ in record["sealing"] if begin <= now]
            known = [bytes.fromhex(secret) for secret, _, _ in record["sealing"]]
            current = begun[-1] if begun else known[0]
            others = [(_version(secret), secret) for secret in known if secret != current]
            self.sealing = SealingKeys((_version(current), current), others)
        except (ValueError, KeyError, TypeError, IndexError, DoorwardError):
            raise StoreError("the keys of the proxy cannot be read") from None
        # By the time alone, too.
        published = self.ring.published(now)
        if published != self._published:
            self._published, self.verifying = published, KeySet.parse(published, [ALGORITHM])
        self._text = text
        self._loaded_at = time.monotonic(), self._clock()


def is_sealed_otherwise(error: DoorwardError) -> bool:
    """Return whether what was sealed may have been so with another key."""
    return wants_newer_sealing_keys(error.number)


def _version(secret: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"version" + secret).digest()[:4], "big")


def _renewed(text: str, now: int) -> str:
    """Return the keys that there should be now."""
    record: dict[str, Any] = json.loads(text) if text else {"signing": [], "sealing": []}
    for keys in record.values():
        last = keys[-1][2] if keys else 0
        if last < now + ProxyKeys.AHEAD:
            keys.append([secrets.token_hex(32), last, max(last, now) + ProxyKeys.SIGNS])
            del keys[: -ProxyKeys.KEPT]
    return json.dumps(record)


def secrets_of(keys: str | bytes | Sequence[str | bytes] | None, issuer: str) -> list[bytes]:
    """Return the secrets that keys are derived from."""
    made_of = []
    for key in [keys] if isinstance(keys, (str, bytes)) else keys or ():
        if len(key) < 32:
            raise ValueError(
                "jwt_signing_key: shorter than 32 characters, and may be guessed; `openssl rand -hex 32` makes another"
                " one, or leave it out: then keys are made, and kept in the store"
            )
        # Published keys show who has guessed a text: with work, and for this server alone.
        salt = f"doorward oauth proxy\0{issuer}".encode()
        key = key.encode() if isinstance(key, str) else key
        made_of.append(hashlib.pbkdf2_hmac("sha256", key, salt, 1_000_000))
    return made_of
