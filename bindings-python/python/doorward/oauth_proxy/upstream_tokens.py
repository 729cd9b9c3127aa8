"""The upstream's tokens, kept fresh: by one process at a time, since many an upstream uses a refresh token up."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from doorward.errors import error_of
from doorward.oauth_proxy.desk import Desk
from doorward.oauth_proxy.grant import Grant, UpstreamToken
from doorward.oauth_proxy.grants import Grants, name_of
from doorward.oauth_proxy.upstream import Upstream, UpstreamError
from doorward.store import StoreUnavailable

__all__ = ["UpstreamTokens"]


class UpstreamTokens:
    """Refreshes the upstream's token of a grant before it expires. Who does so has a lease in the grant, for a little
    longer than an answer may take; others wait for what comes of it, of whatever process they are."""

    LEASE = 40
    """Seconds; more than `Upstream.TIMEOUT` and what the store may take before and after it."""

    KEEP = 30.0
    """Seconds for which a store is asked again to take what the upstream gave."""

    WAIT = 12.0
    """Seconds that anybody waits."""

    PAUSE = 2.0
    """Seconds for which an upstream that does not answer is not asked again."""

    def __init__(self, grants: Grants, upstream: Upstream, desk: Desk, clock: Callable[[], float]) -> None:
        """Create it for the grants of a proxy."""
        self._grants, self._upstream, self._desk, self._clock = grants, upstream, desk, clock
        self._tasks: dict[tuple[asyncio.AbstractEventLoop, bytes], asyncio.Task[Grant]] = {}
        self._away_until = float("-inf")

    async def fresh(self, family: bytes) -> Grant:
        """Return a grant whose upstream token is fresh. Raises `sign_in_ended` if it was revoked, or the upstream
        wants the user to sign in again, and `upstream_unavailable` if the upstream does not answer; `StoreError`."""
        grant = await self._grants.current(family)
        upstream = _live(grant)
        now = int(self._clock())
        if not upstream.is_stale(now):
            assert grant is not None  # noqa: S101 (it is live)
            return grant
        try:
            return await self._refreshed(family)
        except UpstreamError as error:
            # Refused: it is revoked by now.
            if error.kind == "refused":
                raise error_of("sign_in_ended") from None
            if upstream.has_expired(int(self._clock())):
                raise error_of("upstream_unavailable", retry_after=5) from None
            assert grant is not None  # noqa: S101
            return grant

    async def _refreshed(self, family: bytes) -> Grant:
        if time.monotonic() < self._away_until:
            raise UpstreamError("unavailable", "it did not answer just now")
        key = asyncio.get_running_loop(), family
        task = self._tasks.get(key)
        if task is None:
            # A request that is cancelled must not take the answer of all others with it.
            self._tasks[key] = task = asyncio.ensure_future(self._refresh(family))
            task.add_done_callback(lambda done: self._end(key, done))
        return await asyncio.shield(task)

    def _end(self, key: tuple[asyncio.AbstractEventLoop, bytes], task: "asyncio.Task[Grant]") -> None:
        self._tasks.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever asked may be gone

    async def _refresh(self, family: bytes) -> Grant:
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
                raise UpstreamError("refused", "its token has expired, and there is none to refresh it with")
            # One that ends much later than a lease can is of a clock that was set back; two clocks differ a little.
            if grant.lease is None or not now < grant.lease[1] <= now + 2 * self.LEASE:
                if await self._grants.swap(family, found[0], replace(grant, lease=(mine, now + self.LEASE))):
                    return await self._ask(family, grant, upstream.refresh_token, mine)
            if time.monotonic() > until:
                raise UpstreamError("unavailable", "another process has not refreshed it")
            await asyncio.sleep(0.05)

    async def _ask(self, family: bytes, grant: Grant, used: str, mine: str) -> Grant:
        said = {"client": grant.client_id, "grant": name_of(family)}
        try:
            received = await self._upstream.refresh(used)
        except UpstreamError as error:
            self._desk.log("upstream_refresh", str(error), **said)
            if error.kind == "refused":
                # Who has lost the lease has asked with a token that another one has used up, and has a newer one for.
                found = await self._grants.read(family)
                upstream = None if found is None else found[1].upstream
                if upstream is not None and upstream.refresh_token != used:
                    return await self._refresh(family)
                await self._grants.revoke(family, "upstream_refused")
            else:
                self._away_until = time.monotonic() + self.PAUSE
                await self._grants.change(family, lambda now: _without(now, mine))
            raise

        def refreshed(now: Grant) -> Grant:
            # Whoever came in between, since this took longer than the lease, has a newer one.
            if now.upstream is None or now.upstream.refresh_token != used:
                return _without(now, mine)
            return replace(_without(now, mine), upstream=received)

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
            raise UpstreamError("refused", "it was revoked meanwhile")
        self._desk.log("upstream_refresh", **said)
        return changed


def _without(grant: Grant, lease: str) -> Grant:
    return replace(grant, lease=None) if grant.lease is not None and grant.lease[0] == lease else grant


def _live(grant: Grant | None) -> UpstreamToken:
    """Return the upstream's token of a grant; raises `sign_in_ended` if it counts no more."""
    if grant is None or grant.upstream is None:
        raise error_of("sign_in_ended")
    return grant.upstream
