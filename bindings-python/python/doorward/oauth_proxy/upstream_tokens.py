"""The upstream's tokens, kept fresh: by one process at a time, since many an upstream uses a refresh token up."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace

from doorward._core import DoorwardError
from doorward.errors import error_of
from doorward.event_loops import begun, result_of
from doorward.oauth_proxy.endpoints import Endpoints
from doorward.oauth_proxy.grant import Grant, UpstreamToken
from doorward.oauth_proxy.grants import Grants, name_of
from doorward.oauth_proxy.identity import Identify
from doorward.oauth_proxy.site import Site
from doorward.oauth_proxy.upstream import Upstream, UpstreamError
from doorward.store import StoreUnavailable

__all__ = ["UpstreamTokens"]


class UpstreamTokens:
    """Refreshes the upstream's token of a grant before it expires. Who does so has a lease in the grant, for a little
    longer than an answer may take; others wait for what comes of it, of whatever process they are."""

    LEASE = 55
    """Seconds; more than `Upstream.TIMEOUT`, what the store may take before and after it, and what the clocks of two
    processes may differ."""

    DEADLINE = 25.0
    """Seconds for all of it, whoever is waited for: less than clients wait for a tool that has something to do, too,
    and enough for an upstream and a verifier that are slow both."""

    KEEP = 30.0
    """Seconds for which storing a token of the upstream is retried."""

    WAIT = 12.0
    """Seconds that anybody waits, for another process or for a verifier."""

    PAUSE = 2.0
    """Seconds for which an upstream that does not answer is not asked again, nor for a grant for which it answers
    something that is no answer."""

    VERIFY = 300
    """Seconds after which it is asked again whom the upstream's token is about."""

    UNVERIFIED = 3600
    """Seconds for which what was said then counts while nobody answers; and for which a verifier that knows the token
    no more may be one that could not ask."""

    def __init__(
        self,
        site: Site,
        grants: Grants,
        upstream: Upstream,
        endpoints: Endpoints,
        clock: Callable[[], float],
        identify: Identify | None,
        is_sure: bool | None = None,
    ) -> None:
        """Create them for the grants of a proxy, and what says whom a token is about, if anything does; `is_sure`:
        whether it was asked if it says that a token is not a good one, if that is known."""
        self._site, self._grants, self._upstream, self._endpoints, self._clock = (
            site,
            grants,
            upstream,
            endpoints,
            clock,
        )
        self._identify, self._is_sure = identify, is_sure
        self._tasks: dict[tuple[asyncio.AbstractEventLoop, str, bytes], asyncio.Task[Grant]] = {}
        self._away_until: float | None = None
        # Grants that are not refreshed just now, those whose verifier raised just now, and those whose token it said
        # last that it does not know.
        self._failed, self._unanswered, self._unknown = (_Pauses() for _ in range(3))

    def is_due(self, grant: Grant) -> bool:
        """Return whether the upstream is to be asked, for another token or about the one that there is."""
        now = int(self._clock())
        return grant.upstream is not None and (grant.upstream.is_stale(now) or not self._is_verified(grant, now))

    def _is_verified(self, grant: Grant, now: int) -> bool:
        return self._identify is None or (not grant.is_renewed and 0 <= now - grant.verified_at < self.VERIFY)

    async def may_go_on(self, family: bytes) -> bool:
        """Return whether a sign-in that counts no more just now is not revoked, and was verified not long ago: many a
        verifier says that it does not know a token where it could not ask. Raises `StoreError`."""
        found = await self._grants.read(family)
        if found is None or found[1].upstream is None or not self._counts(found[1], int(self._clock())):
            return False
        return not (self._is_sure and _is_last(found[1]))

    def _refusal(self, grant: Grant, now: int) -> DoorwardError:
        """Return the error for a token that its verifier does not know. A client that learns that the sign-in has ended
        asks its user to sign in, who cannot while that verifier, or the upstream, does not answer."""
        if self._counts(grant, now) and (self._is_sure is False or not _is_last(grant)):
            return error_of("upstream_unavailable")
        return error_of("sign_in_ended")

    def _counts(self, grant: Grant, now: int) -> bool:
        return 0 <= now - grant.verified_at < self.UNVERIFIED

    async def end(self) -> None:
        """Wait for what is under way in this event loop, which ends next, no longer than anybody may: of an upstream
        that uses a refresh token up, the token that it issued would be lost with it."""
        loop = asyncio.get_running_loop()
        running = [task for (theirs, what, _), task in list(self._tasks.items()) if (theirs, what) == (loop, "refresh")]
        if running:
            await asyncio.wait(running, timeout=self.DEADLINE)

    async def fresh(self, family: bytes) -> Grant:
        """Return a grant whose upstream token is fresh, and still that of its user. Raises `sign_in_ended` if it was
        revoked, or the upstream wants the user to sign in again, and `upstream_unavailable` if the upstream does not
        answer; `StoreError`."""
        grant = self._grants.at_hand(family)
        if grant is not None and grant.upstream is not None and not self.is_due(grant):
            return grant
        try:
            return await self._in_time(self._current(family))
        except asyncio.CancelledError:
            # By a server that ends: it would answer 500, and what is under way goes on.
            raise error_of("upstream_unavailable") from None

    async def _current(self, family: bytes) -> Grant:
        grant = await self._grants.current(family)
        if grant is not None and grant.upstream is not None and not self.is_due(grant):
            return grant
        return await self._fresh(family, grant)

    async def _in_time(self, work: Awaitable[Grant]) -> Grant:
        """Wait for a grant no longer than anybody may; what is under way goes on."""
        try:
            return await asyncio.wait_for(work, self.DEADLINE)
        except asyncio.TimeoutError:  # another one than the built-in until Python 3.11
            raise error_of("upstream_unavailable") from None

    async def usable(self, family: bytes, refused: str | None) -> Grant:
        """Return a grant as `fresh` does, and as it is in the store now: where a refresh ends the former token, that is
        of no use any more. It has another token than the upstream has `refused`, if so."""
        return await self._in_time(self._usable(family, refused))

    async def _usable(self, family: bytes, refused: str | None) -> Grant:
        found = await self._grants.read(family)
        grant = None if found is None else found[1]
        if refused is not None and _live(grant).access_token == refused:
            grant = await self._outdated(family, refused, ended=True)
        return await self._fresh(family, grant)

    async def _outdated(self, family: bytes, refused: str, ended: bool = False) -> Grant | None:
        """Note that a token is to be refreshed before its time, and that it has `ended`, if that is known."""
        now = int(self._clock())

        def outdated(grant: Grant) -> Grant:
            if grant.upstream is None or grant.upstream.access_token != refused:
                return grant
            ends = now if ended else grant.upstream.expires_at
            return replace(grant, upstream=replace(grant.upstream, refresh_at=now, expires_at=ends))

        return await self._grants.change(family, outdated)

    async def _fresh(self, family: bytes, grant: Grant | None) -> Grant:
        grant = await self._refreshed(family, grant)
        if not self._is_verified(grant, int(self._clock())):
            grant = await self._once("verify", family, self._verify)
        return grant

    async def _refreshed(self, family: bytes, grant: Grant | None) -> Grant:
        upstream = _live(grant)
        assert grant is not None  # noqa: S101 (it is live)
        if not upstream.is_stale(int(self._clock())):
            return grant
        try:
            return await self._once("refresh", family, self._refresh)
        except UpstreamError as error:
            # It is revoked by now.
            if error.kind == "invalid_grant":
                raise error_of("sign_in_ended") from None
            if upstream.has_expired(int(self._clock())):
                raise error_of("upstream_unavailable") from None
            return grant

    async def _once(self, what: str, family: bytes, work: Callable[[bytes], Coroutine[None, None, Grant]]) -> Grant:
        key = asyncio.get_running_loop(), what, family
        task = self._tasks.get(key)
        if task is None:
            self._tasks[key] = task = begun(work(family))
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return await result_of(task)

    async def _verify(self, family: bytes) -> Grant:
        assert self._identify is not None  # noqa: S101 (else there is nothing to verify)
        found = await self._grants.read(family)
        grant = None if found is None else found[1]
        upstream, now = _live(grant), int(self._clock())
        assert grant is not None  # noqa: S101 (it is live)
        if self._is_verified(grant, now):
            return grant
        parts = {"client": grant.client_id, "grant": name_of(family)}
        if self._unknown.is_on(family):
            raise self._refusal(grant, now)
        try:
            if self._unanswered.is_on(family):
                raise UpstreamError("unavailable", "it could not be asked just now")
            identity = await asyncio.wait_for(self._identify(upstream.access_token), self.WAIT)
        except Exception as error:  # whatever a verifier raises
            if not self._unanswered.is_on(family):
                self._endpoints.log("upstream_verify", type(error).__name__, **parts)
                self._unanswered.begin(family, self.PAUSE)
            # What it said last counts, not only what it said well.
            if family in self._unknown:
                raise self._refusal(grant, now) from None
            if self._counts(grant, now):
                return grant
            raise error_of("upstream_unavailable") from None
        if identity is None:
            self._endpoints.log("upstream_verify", "the upstream's token is refused", **parts)
            # One that was verified before may have been revoked alone; a new one is requested once.
            if upstream.refresh_token is not None and not grant.is_renewed:
                grant = await self._refreshed(family, await self._outdated(family, upstream.access_token))
                if _live(grant).access_token != upstream.access_token:
                    return await self._verify(family)
            # Many a verifier says so where it could not ask, too: nothing is revoked, and nothing ends before its time.
            self._unknown.begin(family, self.PAUSE)
            raise self._refusal(grant, now)
        if identity.of(name_of(family)) != grant.subject:
            before = await self._grants.revoke(family, "upstream_subject")
            self._endpoints.log("revoked", "upstream_subject", **parts)
            if before is not None and before.upstream is not None:
                await self._upstream.revoke(before.upstream)
            raise error_of("sign_in_ended")

        def verified(grant: Grant) -> Grant:
            if grant.upstream is None or grant.upstream.access_token != upstream.access_token:
                return grant
            return replace(grant, verified_at=now, is_renewed=False, claims=identity.claims)

        self._unknown.end(family)
        changed = await self._grants.change(family, verified)
        _live(changed)
        assert changed is not None  # noqa: S101 (it is live)
        return changed

    def _begin(self, family: bytes) -> bool:
        """Raise `UpstreamError` if the upstream is not to be asked now. Once it is again, one alone goes first: return
        whether that is this one."""
        now = time.monotonic()
        if self._failed.is_on(family):
            raise UpstreamError("other", "it did not respond just now")
        if self._away_until is None:
            return False
        if now < self._away_until:
            raise UpstreamError("unavailable", "it did not answer just now")
        self._away_until = now + self.PAUSE
        return True

    async def _refresh(self, family: bytes) -> Grant:
        first = self._begin(family)
        mine = secrets.token_hex(8)
        until = time.monotonic() + self.WAIT
        while True:
            found = await self._grants.read(family)
            grant = None if found is None else found[1]
            upstream, now = _live(grant), int(self._clock())
            assert found is not None and grant is not None  # noqa: S101 (it is live)
            if not upstream.is_stale(now):
                return grant
            if upstream.refresh_token is None:
                if not upstream.has_expired(now):
                    return grant
                await self._grants.revoke(family, "upstream_expired")
                self._endpoints.log("revoked", "upstream_expired", client=grant.client_id, grant=name_of(family))
                raise UpstreamError("invalid_grant", "its token has expired, and there is none to refresh it with")
            # One that ends much later than a lease can is of a clock that was set back; two clocks differ a little.
            if grant.lease is None or not now < grant.lease[1] <= now + 2 * self.LEASE:
                if await self._grants.swap(family, found[0], replace(grant, lease=(mine, now + self.LEASE))):
                    return await self._ask(family, grant, upstream.refresh_token, mine, first)
            if time.monotonic() > until:
                raise UpstreamError("unavailable", "another process has not refreshed it")
            await asyncio.sleep(0.05)

    async def _ask(self, family: bytes, grant: Grant, used: str, mine: str, first: bool) -> Grant:
        parts = {"client": grant.client_id, "grant": name_of(family)}
        try:
            received, granted = await self._upstream.refresh(used)
        except UpstreamError as error:
            self._endpoints.log("upstream_refresh", str(error), **parts)
            self._away_until = time.monotonic() + self.PAUSE if error.kind == "unavailable" else None
            if error.kind == "invalid_grant":
                # Who has lost the lease has asked with a token that another one has used up, and has a newer one for.
                found = await self._grants.read(family)
                upstream = None if found is None else found[1].upstream
                if upstream is not None and upstream.refresh_token != used:
                    return await self._refresh(family)
                await self._grants.revoke(family, "upstream_refused")
            else:
                # Another one goes first the next time: it may be this one's token alone that is not answered.
                self._failed.begin(family, 2 * self.PAUSE if first else self.PAUSE)
                await self._grants.change(family, lambda now: _without(now, mine))
            raise
        self._away_until = None

        def refreshed(now: Grant) -> Grant:
            # Whoever came in between, since this took longer than the lease, has a newer one.
            if now.upstream is None or now.upstream.refresh_token != used:
                return _without(now, mine)
            # What is new is verified before it counts, but what was said of the former one does while nobody answers.
            # It may grant less by now (RFC 6749 section 6), and then no client's token says more.
            scope = " ".join(self._site.granted(now.scope.split(), granted))
            return replace(_without(now, mine), upstream=received, scope=scope, is_renewed=True)

        until = time.monotonic() + self.KEEP
        while True:
            try:
                changed = await self._grants.change(family, refreshed)
                break
            except StoreUnavailable:
                # The upstream may have used the former token up: this is the only one.
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)
        if changed is None or changed.upstream is None:
            await self._upstream.revoke(received)
            raise UpstreamError("invalid_grant", "it was revoked meanwhile")
        self._endpoints.log("upstream_refresh", **parts)
        return changed


class _Pauses:
    """Grants for which something is not done again just now."""

    MOST = 4096
    """The maximum number of grants that are remembered."""

    def __init__(self) -> None:
        self._until: dict[bytes, float] = {}

    def begin(self, family: bytes, seconds: float) -> None:
        self._until.pop(family, None)
        self._until[family] = time.monotonic() + seconds
        while len(self._until) > self.MOST:
            self._until.pop(next(iter(self._until), b""), None)

    def end(self, family: bytes) -> None:
        self._until.pop(family, None)

    def is_on(self, family: bytes) -> bool:
        return time.monotonic() < self._until.get(family, 0.0)

    def __contains__(self, family: bytes) -> bool:
        return family in self._until


def _is_last(grant: Grant) -> bool:
    """Return whether the upstream's token cannot be renewed."""
    return grant.upstream is not None and (grant.upstream.refresh_token is None or grant.is_renewed)


def _without(grant: Grant, lease: str) -> Grant:
    return replace(grant, lease=None) if grant.lease is not None and grant.lease[0] == lease else grant


def _live(grant: Grant | None) -> UpstreamToken:
    """Return the upstream's token of a grant; raises `sign_in_ended` if it counts no more."""
    if grant is None or grant.upstream is None:
        raise error_of("sign_in_ended")
    return grant.upstream
