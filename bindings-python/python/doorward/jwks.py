"""An issuer's keys, fetched over httpx when the core says so.

The core decides when (`Refresh`) and what is a key (`KeySet.parse`); here are the network, the clock and the waiting.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx

from doorward._core import (
    ERRORS,
    MAX_KEY_SET_LENGTH,
    Authenticator,
    DoorwardError,
    KeySet,
    Policy,
    Principal,
    Refresh,
    authorization_server_metadata_urls,
    check_issuer_metadata,
    is_https_or_loopback,
    printable,
    token_key_id,
)

__all__ = ["JwksSource", "KeysUnavailable", "Verifier"]

logger = logging.getLogger("doorward")


class KeysUnavailable(DoorwardError):
    """The issuer's keys cannot be had now: answer 503, and nothing that tells a client to start over."""

    def __init__(self, retry_after: int) -> None:
        """Take the seconds until it is worth asking again."""
        super().__init__(f"keys_unavailable retry_after={retry_after}")
        self.name = "keys_unavailable"
        self.number, self.status, self.oauth_error = ERRORS[self.name]
        self.details = {"retry_after": retry_after}
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type, tuple[int]]:
        """Make it anew of what it was made of, not of its text."""
        return type(self), (self.retry_after,)


class _FetchFailed(Exception):
    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class JwksSource:
    """The keys of one issuer. One instance belongs to one event loop.

    `jwks_uri` is read out of the issuer's metadata (RFC 8414, OpenID Connect Discovery) where it is not given. URLs
    are https, or http on loopback; redirects are not followed; a response is read up to its budget and no further.
    """

    def __init__(
        self,
        issuer: str,
        *,
        jwks_uri: str | None = None,
        algorithms: Sequence[str] | None = None,
        max_stale: int = 0,
        cooldown: int = 30,
        client: httpx.AsyncClient | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take times in seconds; `max_stale` lets keys outlive their freshness while the provider is down."""
        if jwks_uri is not None and not is_https_or_loopback(jwks_uri):
            raise ValueError("jwks_uri: https is asked for, or http on loopback")
        if jwks_uri is None:
            authorization_server_metadata_urls(issuer)  # refuses an issuer that cannot be looked up
        self._issuer = issuer
        self._jwks_uri = jwks_uri
        self._discovered: str | None = None
        self._algorithms = algorithms
        self._timeout = 10
        self._refresh = Refresh(max_stale=max_stale, cooldown=cooldown, fetch_timeout=self._timeout + 1)
        self._client = client
        self._clock = clock
        self._keys: KeySet | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def keys(self) -> KeySet:
        """The keys to judge with; raises `KeysUnavailable`."""
        decision, retry_after = self._refresh.needed(self._now())
        if decision in ("fetch", "wait"):
            await self._join(begin=decision == "fetch")
            decision, retry_after = self._refresh.needed(self._now())
        if decision == "use_and_fetch":
            self._begin()
        if decision in ("use", "use_and_fetch") and self._keys is not None:
            return self._keys
        raise KeysUnavailable(max(retry_after, 1))

    async def keys_after_miss(self, key_id: str | None) -> KeySet | None:
        """Newer keys for a token that none fitted, or `None` where the verdict stands; raises `KeysUnavailable` where
        the provider could not be asked."""
        before = self._keys
        # The second time tells how long to wait, where no keys came.
        for _ in range(2):
            decision, retry_after = self._refresh.key_not_found(key_id, self._now())
            if decision == "refuse":
                return None
            if decision == "unavailable":
                break
            await self._join(begin=decision == "fetch")
            if self._keys is not before:
                return self._keys
        raise KeysUnavailable(max(retry_after, 1))

    def _now(self) -> int:
        return max(int(self._clock()), 0)

    def _begin(self) -> None:
        self._fetching = asyncio.ensure_future(self._fetch())

    async def _join(self, *, begin: bool) -> None:
        if begin:
            self._begin()
        if self._fetching is not None:
            # One request that is cancelled must not take the fetch of all others with it.
            await asyncio.shield(self._fetching)

    async def _fetch(self) -> None:
        try:
            # The whole fetch, however slowly it drips; httpx's own timeouts are for each read.
            document, headers = await asyncio.wait_for(self._fetch_keys(), self._timeout)
            keys = KeySet.parse(document, self._algorithms)
        except Exception as error:
            # Whatever went wrong, the keys at hand stay, and the next fetch waits for the cool-down.
            retry_after = error.retry_after if isinstance(error, _FetchFailed) else None
            self._refresh.failed(self._now(), retry_after)
            # The keys may have moved.
            self._discovered = None
            why = f"{type(error).__name__} {printable(str(error))}"
            logger.warning("keys of %s were not fetched: %s", self._issuer, why)
            return
        except BaseException:
            self._refresh.failed(self._now())
            raise
        for index, name in keys.skipped:
            logger.info("key %d of %s is not used: %s", index, self._issuer, name)
        self._keys = keys
        age = headers.get("age", "0")
        self._refresh.fetched(
            self._now(),
            headers.get("cache-control"),
            int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0,
        )

    async def _fetch_keys(self) -> tuple[bytes, httpx.Headers]:
        if self._client is not None:
            return await self._fetch_with(self._client)
        async with httpx.AsyncClient(timeout=self._timeout, trust_env=False) as client:
            return await self._fetch_with(client)

    async def _fetch_with(self, client: httpx.AsyncClient) -> tuple[bytes, httpx.Headers]:
        uri = self._jwks_uri or self._discovered or await self._discover(client)
        found = await self._get(client, uri)
        if found is None:
            raise _FetchFailed("no key set at jwks_uri")
        if self._jwks_uri is None:
            self._discovered = uri
        return found

    async def _discover(self, client: httpx.AsyncClient) -> str:
        for url in authorization_server_metadata_urls(self._issuer):
            found = await self._get(client, url)
            try:
                if found is not None:
                    return check_issuer_metadata(self._issuer, found[0])
            except DoorwardError as error:
                if error.name != "metadata_missing":
                    raise
        raise _FetchFailed("no metadata")

    async def _get(self, client: httpx.AsyncClient, url: str) -> tuple[bytes, httpx.Headers] | None:
        """A document, or `None` where there is none at this URL."""
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        async with client.stream("GET", url, headers=headers, follow_redirects=False) as response:
            # Providers say 400, 401, 403 or 405 too where they have no such document, or point at a page to log in.
            if 300 <= response.status_code < 500 and response.status_code != 429:
                return None
            if response.status_code != 200 or response.headers.get("content-encoding", "identity") != "identity":
                after = response.headers.get("retry-after", "")
                seconds = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else None
                raise _FetchFailed(f"status {response.status_code} from {urlsplit(url).netloc}", seconds)
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_KEY_SET_LENGTH:
                    raise _FetchFailed("the response is over its budget")
            return bytes(body), response.headers


class Verifier:
    """Judges tokens of one issuer: keys from a source, a policy, a clock. Remembers tokens while the keys stay."""

    def __init__(self, policy: Policy, source: JwksSource, *, clock: Callable[[], float] = time.time) -> None:
        """Take the clock in seconds since 1970."""
        self.policy = policy
        self._source = source
        self._clock = clock
        self._authenticator = Authenticator(policy)
        self._keys: KeySet | None = None

    async def authenticate(self, token: str) -> Principal:
        """Who is calling; raises `DoorwardError`, and of it `KeysUnavailable` where nothing can be said now."""
        try:
            return self._judge(token, await self._source.keys())
        except DoorwardError as error:
            if error.name != "key_not_found":
                raise
            newer = await self._source.keys_after_miss(token_key_id(token))
            if newer is None:
                raise
        return self._judge(token, newer)

    def _judge(self, token: str, keys: KeySet) -> Principal:
        if keys is not self._keys:
            self._authenticator.set_keys(self.policy.issuer, keys)
            self._keys = keys
        # Read here, since fetching keys takes time in which a token may expire.
        return self._authenticator.authenticate(token, max(int(self._clock()), 0))
