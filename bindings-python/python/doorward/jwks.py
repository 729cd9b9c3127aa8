"""An issuer's keys, fetched over httpx when the core says so.

The core decides when (`Refresh`) and what is a key (`KeySet.parse`); here are the network, the clock and the waiting.
"""

import asyncio
import functools
import logging
import ssl
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


@functools.cache
def _trust() -> ssl.SSLContext:
    """The certificates of httpx. To read them takes too long for an event loop."""
    return httpx.create_ssl_context(trust_env=False)


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
        self._served: list[Authenticator] = []
        self._fetching: asyncio.Task[int] | None = None

    @property
    def issuer(self) -> str:
        """Whose keys these are."""
        return self._issuer

    def serve(self, authenticator: Authenticator) -> None:
        """Hand an authenticator the keys, now and whenever there are newer ones."""
        if self._keys is not None:
            authenticator.set_keys(self._issuer, self._keys)
        self._served.append(authenticator)

    async def keys(self) -> KeySet:
        """The keys to judge with; raises `KeysUnavailable`."""
        await self.ready()
        if self._keys is None:
            raise KeysUnavailable(1)
        return self._keys

    async def ready(self) -> bool:
        """Return once there are keys to judge with: whether they were fetched for this very call, so that a token that
        none of them fits is refused. Raises `KeysUnavailable`."""
        decision, retry_after = self._refresh.needed(self._now())
        if decision == "unavailable":
            raise KeysUnavailable(retry_after)
        if decision in ("fetch", "use_and_fetch"):
            self._fetching = asyncio.ensure_future(self._fetch())
        if decision in ("fetch", "wait"):
            await self._fetched()
        return decision == "fetch"

    async def key_not_found(self) -> None:
        """Return once there are newer keys for a token that none fitted, and whose verdict now stands.

        Raises `KeysUnavailable` where none came, and where others wait for them already: those who ask pile up nowhere.
        """
        decision, retry_after = self._refresh.key_not_found(self._now())
        if decision != "fetch":
            raise KeysUnavailable(retry_after)
        self._fetching = asyncio.ensure_future(self._fetch())
        await self._fetched()

    def _now(self) -> int:
        return max(int(self._clock()), 0)

    async def _fetched(self) -> None:
        # One request that is cancelled must not take the fetch of all others with it.
        retry_after = await asyncio.shield(self._fetching) if self._fetching is not None else 1
        if retry_after:
            raise KeysUnavailable(retry_after)

    async def _fetch(self) -> int:
        """Fetch keys: 0, or the seconds to tell whoever waited for them."""
        try:
            # The whole fetch, however slowly it drips; httpx's own timeouts are for each read.
            document, headers = await asyncio.wait_for(self._fetch_keys(), self._timeout)
            keys = KeySet.parse(document, self._algorithms)
            for index, name in keys.skipped:
                logger.info("key %d of %s is not used: %s", index, self._issuer, name)
            if len(keys) == 0:
                raise _FetchFailed("no key can be used")
            self._hand_out(keys)
        except Exception as error:
            # Whatever went wrong, the keys at hand stay, and the next fetch waits for the cool-down.
            _, retry_after = self._refresh.failed(
                self._now(), error.retry_after if isinstance(error, _FetchFailed) else None
            )
            # The keys may have moved.
            self._discovered = None
            why = f"{type(error).__name__} {printable(str(error))}"
            logger.warning("keys of %s were not fetched: %s", self._issuer, why)
            return retry_after
        except BaseException:
            self._refresh.failed(self._now())
            raise
        self._keys = keys
        age = headers.get("age", "0")
        self._refresh.fetched(
            self._now(),
            headers.get("cache-control"),
            int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0,
        )
        return 0

    def _hand_out(self, keys: KeySet) -> None:
        """Give keys to all that they serve; raises where that is nobody."""
        refused: list[DoorwardError] = []
        for authenticator in self._served:
            try:
                authenticator.set_keys(self._issuer, keys)
            except DoorwardError as error:
                # Its keys stay; the others' tokens are no affair of its policy.
                logger.warning("keys of %s do not serve a policy: %s", self._issuer, error)
                refused.append(error)
        if refused and len(refused) == len(self._served):
            raise refused[0]

    async def _fetch_keys(self) -> tuple[bytes, httpx.Headers]:
        if self._client is not None:
            return await self._fetch_with(self._client)
        trust = await asyncio.to_thread(_trust)
        async with httpx.AsyncClient(verify=trust, timeout=self._timeout, trust_env=False) as client:
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
        """Take a policy, a source of its issuer's keys, and the clock in seconds since 1970."""
        if source.issuer != policy.issuer:
            # The keys of one issuer never serve another (RFC 8725 section 3.8).
            raise ValueError(f"source: its keys are those of {source.issuer}, the policy trusts {policy.issuer}")
        self.policy = policy
        self._source = source
        self._clock = clock
        self._authenticator = Authenticator(policy)
        source.serve(self._authenticator)

    async def authenticate(self, token: str) -> Principal:
        """Who is calling; raises `DoorwardError`, and of it `KeysUnavailable` where nothing can be said now."""
        newest = await self._source.ready()
        try:
            return self._judge(token)
        except DoorwardError as error:
            if newest or error.name != "key_not_found":
                raise
        await self._source.key_not_found()
        return self._judge(token)

    def _judge(self, token: str) -> Principal:
        # Read here, since fetching keys takes time in which a token may expire.
        return self._authenticator.authenticate(token, max(int(self._clock()), 0))
