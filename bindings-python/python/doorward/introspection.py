"""Introspection of opaque tokens over httpx (RFC 7662).

The core decides who asks, and for how long an answer counts (`Introspector`); here are the network, the clock and the
waiting.
"""

import asyncio
import hashlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

try:
    import httpx
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.introspection: pip install 'doorward[jwks]'") from error

from doorward import arguments
from doorward._core import (
    DoorwardError,
    Introspector,
    PendingIntrospection,
    Policy,
    Principal,
    TokenCheck,
    is_unavailable,
)
from doorward.check import IssuerError
from doorward.event_loops import begun, settled
from doorward.http_client import http_client
from doorward.introspection_refusal import IntrospectionRefusal, logged_members
from doorward.jwks import Verifier
from doorward.log_value import place_of
from doorward.transport import read, trust

if TYPE_CHECKING:
    import httpx2

    from doorward._core import _Authentication, _Tokens

__all__ = ["Introspection", "IntrospectionVerifier"]

logger = logging.getLogger("doorward")


_WHOLE = arguments.maybe(arguments.whole)
_TEXT = arguments.maybe(arguments.text)
_ARGUMENTS: dict[str, arguments.Kind] = {
    **dict.fromkeys(("endpoint", "client_id", "client_secret", "bearer", "authentication", "tokens"), _TEXT),
    "vendor": arguments.maybe(
        arguments.one_of(*(name for name in TokenCheck.names() if TokenCheck(name).issuer is not None))
    ),
    "token_type_optional": arguments.flag,
    **dict.fromkeys(("lifetime_without_exp", "active_lifetime", "refused_lifetime"), _WHOLE),
    "pause": _WHOLE,
    **dict.fromkeys(("timeout", "max_pending"), arguments.maybe(arguments.more_than_none)),
}


class Introspection:
    """The endpoint that knows opaque tokens, for `introspection=` of a server."""

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        vendor: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        bearer: str | None = None,
        authentication: "_Authentication | None" = None,
        tokens: "_Tokens | None" = None,
        lifetime_without_exp: int | None = None,
        token_type_optional: bool = False,
        active_lifetime: int | None = None,
        refused_lifetime: int | None = None,
        timeout: int | None = None,
        pause: int | None = None,
        max_pending: int | None = None,
        client: "httpx.AsyncClient | httpx2.AsyncClient | None" = None,
    ) -> None:
        """Create an introspection for an endpoint of RFC 7662, which authorization servers name in their metadata as
        `introspection_endpoint`; or, in its place, for a vendor's own check: see `doorward.TokenCheck`.

        client_id, client_secret: by what the endpoint knows this server, or bearer: a token of its own in their place.
        authentication: `client_secret_post` where the endpoint knows no basic authentication. tokens: `opaque`, unless
        JWTs are taken too: `both` verifies these by their signatures, `all` asks about all. lifetime_without_exp: for
        how many seconds a token without `exp` counts as not expired; otherwise it is refused. token_type_optional: for
        endpoints that do not say `token_type`. active_lifetime: for how many seconds a token is not asked about again,
        and so goes on after it was revoked; 0 to ask at each request. refused_lifetime: likewise, of a token that was
        refused. timeout: seconds to wait for an answer. pause: seconds for which an endpoint that failed is left alone.
        max_pending: how many answers are waited for at once. client: what sends the requests, and keeps connections
        open; otherwise that of the server, or one for each request.
        """
        arguments.check(locals(), _ARGUMENTS)
        if (endpoint is None) == (vendor is None):
            raise TypeError("Introspection() needs endpoint or vendor")
        if bearer is not None and (client_id is not None or client_secret is not None):
            raise ValueError("bearer: replaces client_id and client_secret")
        if (client_id is None) != (client_secret is None):
            missing = "client_secret" if client_secret is None else "client_id"
            raise ValueError(f"{missing}: is missing beside the other")
        check = None if vendor is None else TokenCheck(vendor)
        if check is not None and check.needs_client != (client_id is not None):
            raise ValueError(f"client_id, client_secret: {vendor} {'needs them' if check.needs_client else 'has none'}")
        if check is not None and check.needs_lifetime and lifetime_without_exp is None:
            raise ValueError(f"lifetime_without_exp: tokens of {vendor} may live for ever; say for how long one counts")
        self.endpoint, self.vendor = endpoint, vendor
        self.issuer = None if check is None else check.issuer
        """The issuer of a vendor's tokens."""
        self.client_id = client_id if check is not None and check.needs_client else None
        """The client to whom a vendor's tokens must have been issued, if it knows those of no other."""
        self.client = http_client("client", client)
        self.takes_jwts = tokens == "both"
        """Whether JWTs are verified by their signatures."""
        self._options: dict[str, Any] = dict(
            check=vendor,
            endpoint=endpoint,
            authentication=authentication,
            client_id=client_id,
            secret=bearer if client_secret is None else client_secret,
            tokens=tokens,
            lifetime_without_exp=lifetime_without_exp,
            token_type_optional=token_type_optional,
            active_lifetime=active_lifetime,
            refused_lifetime=refused_lifetime,
            timeout=timeout,
            pause=pause,
            max_pending=max_pending,
        )

    def introspector(self, policy: Policy) -> Introspector:
        """Return what verifies tokens by it and a policy; raises `DoorwardError` or `ValueError` for what is wrong."""
        try:
            return Introspector(policy, **self._options)
        except DoorwardError as error:
            if error.name == "client_authentication_invalid":
                error.args = (
                    f"authentication, client_id, client_secret, bearer: {error}; must be client_secret_basic,"
                    " client_secret_post, bearer or none, and what it takes",
                )
            raise

    def __repr__(self) -> str:
        """Return a text without secrets."""
        return f"Introspection({self.vendor if self.endpoint is None else place_of(self.endpoint)!r})"


class IntrospectionVerifier:
    """Verifies opaque tokens by introspection, and JWTs by keys, if both are accepted.

    For any number of event loops and threads: of those who have the same token, one asks.
    """

    TRIES = 50
    """How many times to look for who asks in another thread."""

    MAX_KEPT = 1024
    """The number of refused tokens whose introspection responses are kept for the log."""

    MAX_KEPT_LENGTH = 2048
    """The maximum length of such a response as JSON."""

    def __init__(
        self,
        policy: Policy,
        introspection: Introspection,
        *,
        keys: Verifier | None = None,
        client: "httpx.AsyncClient | httpx2.AsyncClient | None" = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create a verifier from a policy, the endpoint, what verifies JWTs if they are taken too, what sends the
        requests if `introspection` does not say, and the clock in seconds since 1970."""
        self.policy = policy
        self._introspection = introspection
        self._introspector = introspection.introspector(policy)
        self.takes_jwts = introspection.takes_jwts
        # The answers of vendors' own checks are of other forms.
        self._says_scopes = introspection.vendor is None
        self._keys = keys
        self._client = introspection.client or http_client("client", client)
        self._clock = clock
        self._asking: dict[bytes, asyncio.Task[Principal]] = {}
        # Responses about refused tokens by the token's digest, to log them when the token is refused again.
        self._kept: dict[bytes, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def asks(self, token: str) -> bool:
        """Return whether the authorization server is asked about a token of this form; raises `DoorwardError` if such a
        token is not taken."""
        return self._introspector.verification(token, has_keys=self._keys is not None) == "endpoint"

    async def authenticate(self, token: str, *, may_wait: Callable[[], bool] = lambda: True) -> Principal:
        """Return the caller; raises `DoorwardError`, whose status is 503 if the token cannot be verified now.

        `may_wait` is asked before an answer is waited for; where it says no, none is to be had.
        """
        if not self.asks(token) and self._keys is not None:
            return await self._keys.authenticate(token, may_wait=may_wait)
        for _ in range(self.TRIES):
            try:
                _, found = self._introspector.lookup(token, self._now())
            except DoorwardError as error:
                digest = hashlib.sha256(token.encode(errors="surrogatepass")).digest()
                raise IntrospectionRefusal.of(error, self._kept.get(digest, {})) from error
            if isinstance(found, Principal):
                return found
            if not may_wait():
                if isinstance(found, PendingIntrospection):
                    self._introspector.cancel(found)
                raise Introspector.no_answer_yet()
            if isinstance(found, PendingIntrospection):
                self._begin(found, token)
                found = found.digest
            task = self._asking.get(found)
            if task is not None:
                break
            # Another thread is about to begin, or has just ended.
            await asyncio.sleep(0.01)
        if task is not None:
            await settled(task)
        if task is None or not task.done() or task.cancelled():
            raise Introspector.no_answer_yet()
        return task.result()

    def _now(self) -> int:
        return max(int(self._clock()), 0)

    def _begin(self, pending: PendingIntrospection, token: str) -> None:
        self._asking[pending.digest] = asking = begun(self._ask(pending, token))

        def end(task: asyncio.Task[Principal]) -> None:
            if self._asking.get(pending.digest) is task:
                del self._asking[pending.digest]

        asking.add_done_callback(end)

    async def _ask(self, pending: PendingIntrospection, token: str) -> Principal:
        try:
            method, url, fields, body, timeout = self._introspector.request(token)
            try:
                # The whole response, however slowly it drips; httpx's own timeouts are for each read.
                request = httpx.Request(
                    method, url, headers=fields, content=body, extensions={"timeout": {"connect": timeout}}
                )
                status, headers, answer = await asyncio.wait_for(self._send(request), timeout)
            except Exception as error:  # whatever a transport raises
                # Its text may have what was sent.
                logger.warning("%s did not answer about a token: %s", place_of(url), type(error).__name__)
                self._introspector.no_response(pending, self._now())
                raise
            try:
                return self._introspector.response(pending, status, headers, answer, self._now())
            except DoorwardError as error:
                # For the log: what an operator compares with the settings.
                members = logged_members(answer)
                if error.name == "insufficient_scope" and self._says_scopes:
                    members["scopes"] = self.policy.claimed_scopes(answer.decode(errors="replace"))
                if not is_unavailable(error.number):
                    self._keep(pending.digest, members)
                raise IntrospectionRefusal.of(error, members) from error
        except asyncio.CancelledError:
            self._introspector.cancel(pending)
            raise

    def _keep(self, digest: bytes, members: dict[str, Any]) -> None:
        with self._lock:
            # An attacker chooses how many such tokens there are, and may choose what their responses contain.
            self._kept[digest] = members if len(json.dumps(members)) <= self.MAX_KEPT_LENGTH else {}
            while len(self._kept) > self.MAX_KEPT:
                del self._kept[next(iter(self._kept))]

    async def _send(self, request: httpx.Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        if self._client is not None:
            return await read(self._client, request, self._introspector.body_limit)
        # What the operator names may be anywhere.
        transport = httpx.AsyncHTTPTransport(verify=await asyncio.to_thread(trust), trust_env=False)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            return await read(client, request, self._introspector.body_limit)

    async def check(self) -> None:
        """Ask about a token that was just made up, whatever was asked before; raises `IssuerError`, which says what to
        change, unless the endpoint says that it is none."""
        fresh = IntrospectionVerifier(self.policy, self._introspection, client=self._client, clock=self._clock)
        try:
            await fresh.authenticate(secrets.token_urlsafe())
        except DoorwardError as error:
            if is_unavailable(error.number):
                raise IssuerError(f"{self._introspection!r} does not work: {_why(error)}") from error


def _why(error: DoorwardError) -> str:
    cause = error.__context__
    if cause is not None and not isinstance(cause, DoorwardError):
        return f"it cannot be reached, {type(cause).__name__}"
    if error.name == "introspection_refused":
        return (
            f"{error}: it does not know this server by these credentials: client_id and client_secret, or bearer in"
            ' their place; some ask for authentication="client_secret_post"'
        )
    return f"{error}: is this its introspection_endpoint?"
