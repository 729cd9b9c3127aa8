"""Authentication by API key: what FastMCP's adapter and the SDK's share."""

import asyncio
import contextvars
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward import arguments
from doorward._core import (
    DoorwardError,
    Policy,
    RateLimit,
    RateLimitDecision,
    is_failed_attempt,
    unverified_api_key_id,
)
from doorward.api_keys.keys import ApiKeys, whole_milliseconds_since
from doorward.api_keys.stored_key import StoredKey
from doorward.attempts import Attempts
from doorward.client_addresses import ClientAddress, ForwardedBy
from doorward.errors import error_of
from doorward.limiter import KeyLimits
from doorward.log_value import OnceAMinute
from doorward.middleware import BearerAuthMiddleware
from doorward.refusals import Expected, Refusals
from doorward.store import StoreError
from doorward.upstream_keys import UpstreamKey, UpstreamKeys, WrongAnswer

if TYPE_CHECKING:
    from doorward.shared_limits import SharedLimits

__all__ = ["ARGUMENTS", "ApiKeyAuthenticator", "ApiKeyMiddleware", "ApiKeyRefusals"]

logger = logging.getLogger("doorward")

_Token = TypeVar("_Token", bound=AccessToken)
_Attempt = tuple[Attempts, str]

_request: contextvars.ContextVar[Scope | None] = contextvars.ContextVar("doorward_api_key_request", default=None)

_BEGAN = "doorward.began"
"""Where the scope of a request has the moment when it came."""

FAILURES = (10, 60_000, 20)
"""Attempts of an address, or for a key, that may fail: so many in a minute, and so many at once."""


ARGUMENTS: dict[str, arguments.Kind] = {
    "keys": arguments.instance("ApiKeys or UpstreamKeys", ApiKeys, UpstreamKeys),
    "resource": arguments.maybe(arguments.text),
    "scopes": arguments.maybe(arguments.scopes),
    "header": arguments.maybe(arguments.header),
    **arguments.FORWARDED,
    "failures": arguments.limit,
    "shared": arguments.maybe(arguments.text),
    "on_refusal": arguments.maybe(arguments.function),
}
"""What the arguments of a server behind keys are."""


class ApiKeyAuthenticator(Generic[_Token]):
    """Authenticates callers by their keys. Attempts that fail are limited before anything is hashed: by the client's
    address, where those without one are one client, and by the key's id: for addresses that have failed before, and ten
    times as many for all others. Where a key was accepted before, it is limited by what fails under its own id and from
    its own address alone, so that nobody locks it out who does not know both. However many good keys come at once, none
    is refused for that. Who is over a limit waits for the answer, so that clients which ask again as soon as they are
    answered leave the server to the others."""

    PAUSE = 1.0
    """Seconds for which such an answer waits."""

    WAITING = 1024
    """How many may wait; others are answered at once."""

    CAME_IN = 1 << 13
    """The maximum number of keys that are remembered as accepted."""

    PLACES = 16
    """Addresses from which each is known to have: whoever has one key does not push out others."""

    def __init__(
        self,
        keys: ApiKeys | UpstreamKeys,
        make: Callable[..., _Token],
        *,
        resource: str,
        policy: Policy,
        header: str | None,
        trusted_hops: int,
        forwarded_by: ForwardedBy,
        failures: tuple[int, int, int],
        shared: str | None,
        oauth: Callable[[str, Callable[[], bool]], Awaitable[_Token]] | None = None,
    ) -> None:
        """Create an authenticator from the keys, what makes access tokens, the policy that says the scopes, and what
        verifies a token that is no key."""
        if oauth is not None and isinstance(keys, UpstreamKeys) and header is None:
            raise ValueError("header: beside OAuth, keys of another service are recognized by their own header")
        self.header = header
        self._keys, self._make, self._oauth = keys, make, oauth
        self._resource, self._policy = resource, policy
        self._client_address = ClientAddress(trusted_hops, forwarded_by)
        quota, window, burst = failures
        limit, more = RateLimit(*failures), RateLimit(quota * 10, window, burst * 10)
        self._by_address, self._by_key, self._by_key_anywhere = Attempts(limit), Attempts(limit), Attempts(more)
        self._by_both = Attempts(limit)
        self._came_in: dict[str, dict[str | None, None]] = {}
        # Event loops of several threads may share it.
        self._lock = threading.Lock()
        self._limits = KeyLimits()
        self._shared: SharedLimits | None = None
        if shared is not None:
            from doorward import shared_limits

            self._shared = shared_limits.SharedLimits(shared)
        self._waiting, self._may_log = 0, OnceAMinute()

    def is_key(self, token: str, scope: Scope | None) -> bool:
        """Return whether a credential is an API key, by its form or the header that it came in."""
        if self._oauth is None:
            return True
        if isinstance(self._keys, UpstreamKeys):
            return scope is not None and self.header is not None and self.header in Headers(scope=scope)
        return unverified_api_key_id(token) is not None

    async def end(self) -> None:
        """Write what is left to write of keys that were used, and close connections."""
        try:
            if isinstance(self._keys, ApiKeys):
                await self._keys.close()
        finally:
            if self._shared is not None:
                await self._shared.close()

    def guarding(self, options: Mapping[str, Any], refusals: Refusals) -> dict[str, Any]:
        """Return the options of `ApiKeyMiddleware`: those of what verifies tokens beside the keys, with the keys'."""
        own: dict[str, Any] = {"authenticate": self.authenticate, "refusals": refusals, "end": self.end}
        own["any_text"] = isinstance(self._keys, UpstreamKeys)
        return {**options, "header": self.header or options.get("header"), **own}

    async def authenticate(self, token: str, may_wait: Callable[[], bool] = lambda: True) -> _Token:
        """Verify the credential of the request that is served; raises `DoorwardError`."""
        scope = _request.get()
        if not self.is_key(token, scope):
            assert self._oauth is not None  # noqa: S101 (else all are keys)
            return await self._oauth(token, may_wait)
        return await self.authenticate_key(token, scope)

    async def authenticate_key(self, text: str, scope: Scope | None) -> _Token:
        """Return the access token for an API key; raises `DoorwardError` if it is not valid."""
        # Of a call that is no request nobody knows where it comes from; all requests without an address are one client.
        address = None if scope is None else self._client_address.key(scope) or ""
        id = name = unverified_api_key_id(text)
        if isinstance(self._keys, UpstreamKeys):
            name = self._keys.name(text)  # another service's keys have no id
            if (known := self._keys.known(text)) is not None:
                # No attempt, since nobody is asked.
                self._note(name, address)
                return self._token(text, self._with_scopes(known))
        try:
            begun = await self._begin(address, id, name)
        except DoorwardError:
            await self._pause()
            raise
        try:
            found = await self._find(text)
        except DoorwardError as error:
            # A check of another service's keys may refuse one with any error of this status.
            if error.status == 401:
                if address is not None:
                    self._by_address.failed.take(address)
                if id:
                    self._by_key.failed.take(id)
                    self._by_key_anywhere.failed.take(id)
                for attempts, which in begun:
                    if attempts is self._by_both:
                        attempts.failed.take(which)
            raise error_of(error.name, **error.details, **({"key": id} if id else {})) from None
        finally:
            _end(begun)
        if name:
            self._note(name, address)
        return self._token(text, found)

    async def _begin(self, address: str | None, id: str | None, name: str | None) -> list[_Attempt]:
        """Begin an attempt; raises `rate_limited` if too many have failed."""
        begun: list[_Attempt] = []
        try:
            for attempts, which in self._attempts(address, id, name):
                await attempts.begin(which)
                begun.append((attempts, which))
        except BaseException:
            _end(begun)
            raise
        return begun

    def _note(self, name: str, address: str | None) -> None:
        if address in self._came_in.get(name, ()):
            return
        with self._lock:
            places = self._came_in.setdefault(name, {})
            places[address] = None
            if len(places) > self.PLACES:
                del places[next(iter(places))]
            if len(self._came_in) > self.CAME_IN:
                del self._came_in[next(iter(self._came_in))]

    def _attempts(self, address: str | None, id: str | None, name: str | None) -> Iterator[_Attempt]:
        """Return for what an attempt counts if it fails, and as whose."""
        came_in = address in self._came_in.get(name or "", ())
        if came_in and address:
            # It waits for nobody else, and is not refused for what others do there.
            yield self._by_both, f"{name} {address}"
            return
        # Who has no address is not locked out by others without one.
        if address is not None and not came_in:
            yield self._by_address, address
        if id:
            yield self._by_key_anywhere, id
            if not came_in and (address is None or self._by_address.failed.peek(address, 0).reset_after):
                yield self._by_key, id

    async def _pause(self) -> None:
        if self._waiting < self.WAITING:
            self._waiting += 1
            try:
                await asyncio.sleep(self.PAUSE)
            finally:
                self._waiting -= 1

    async def _find(self, text: str) -> StoredKey | UpstreamKey:
        try:
            if isinstance(self._keys, ApiKeys):
                found = await self._keys.authenticate(
                    text, resource=self._resource, required_scopes=self._policy.required_scopes
                )
                if found.limit is not None:
                    # With those that it was rotated from, of which one is valid for a while.
                    (await self._take(found.limit, found.line or found.id)).check()
                return found
            other = await self._keys.find(text)
        except DoorwardError:
            raise
        except StoreError as error:
            if self._may_log("store"):
                logger.error("keys cannot be looked up: %s", error)
            raise error_of("storage_unavailable") from None
        except WrongAnswer as error:
            if self._may_log("check"):
                logger.error("keys cannot be checked: %s", error)
        except Exception as error:  # whatever a check raises, whose text may have the key in it
            if self._may_log("check"):
                logger.error("keys cannot be checked: %s", type(error).__name__)
        else:
            if other is None:
                raise error_of("api_key_unknown")
            return self._with_scopes(other)
        raise error_of("check_unavailable")

    def _with_scopes(self, key: UpstreamKey) -> UpstreamKey:
        if missing := self._policy.missing_scopes(key.scopes, self._policy.required_scopes):
            raise error_of("insufficient_scope", missing=" ".join(missing))
        return key

    async def _take(self, limit: tuple[int, int, int], id: str) -> RateLimitDecision:
        if self._shared is not None and self._shared.counts(limit):
            from doorward.shared_limits import Charge

            together = await self._shared.decide([Charge(limit, f"key {id}")], count=True)
            if together is not None:
                if together[0].allowed:
                    self._limits.take(id, limit)
                return together[0]
        return self._limits.take(id, limit)

    def _token(self, text: str, found: StoredKey | UpstreamKey) -> _Token:
        if isinstance(found, StoredKey):
            subject, scopes, expires_at = found.subject, found.record.scopes, found.ends_at
            client_id = found.id
        else:
            subject, scopes, expires_at = found.subject, list(found.scopes), None
            client_id = found.subject
        claims = {"iss": self._resource, "sub": subject, "client_id": client_id, "scope": " ".join(scopes)}
        return self._make(
            token=text,
            client_id=client_id,
            scopes=scopes,
            expires_at=expires_at,
            resource=self._resource,
            subject=subject,
            claims=claims,
        )


def _end(begun: list[_Attempt]) -> None:
    for attempts, which in begun:
        attempts.end(which)


class ApiKeyRefusals(Refusals):
    """Refusals of keys, of which the log says the id alone."""

    def __init__(
        self,
        expected: Policy | Sequence[Expected],
        is_key: Callable[[str, Any], bool],
        hook: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Create the log from the policies of tokens, and from what distinguishes API keys from tokens."""
        super().__init__(expected, hook)
        self._is_key = is_key

    def log(
        self, error: DoorwardError, token: str = "", scope: Mapping[str, Any] | None = None, *, ours: bool | None = True
    ) -> None:
        """Log a refusal, without the text of an API key."""
        super().log(error, "" if self._is_key(token, scope) else token, scope, ours=ours)

    def _kind(self, error: DoorwardError) -> str:
        # Callers must not be able to distinguish these: a log line more or less for one of them would show in its time.
        return "api_key" if is_failed_attempt(error.number) and error.name.startswith("api_key_") else error.name


class ApiKeyMiddleware(BearerAuthMiddleware):
    """`BearerAuthMiddleware`, with API keys, which may be sent in a header of their own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate a request by its key, and pass it on or refuse it."""
        before = _request.set(scope)
        scope[_BEGAN] = time.perf_counter()
        try:
            await super().__call__(scope, receive, send)
        finally:
            _request.reset(before)

    def _refusal(self, error: DoorwardError, token: str, scope: Scope, asked: list[str] | None = None) -> ASGIApp:
        refuse = super()._refusal(error, token, scope, asked)
        if not token:
            # No key was looked up: a preflight, which a browser sends without one, is answered at once.
            return refuse

        async def refuse_late(scope: Scope, receive: Receive, send: Send) -> None:
            waited = False

            async def send_late(message: Message) -> None:
                nonlocal waited
                # After the log and all else, so that a refusal takes as long whatever is wrong with a key.
                if not waited:
                    waited = True
                    await whole_milliseconds_since(scope[_BEGAN])
                await send(message)

            await refuse(scope, receive, send_late)

        return refuse_late
