"""The token endpoint and the revocation endpoint of a proxy."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from doorward._core import (
    MAX_LEEWAY,
    ClientAuthentication,
    CodeRecord,
    DoorwardError,
    RefreshRecord,
    RevocationRequest,
    TokenRequest,
    check_grant_type,
    endpoint_response,
    is_replay,
    matches_opaque_token,
    refresh_token_family,
    token_response,
)
from doorward.errors import error_of
from doorward.oauth_proxy.endpoints import Endpoints
from doorward.oauth_proxy.grant import Grant
from doorward.oauth_proxy.grants import Grants, name_of
from doorward.oauth_proxy.keys import ProxyKeys, is_sealed_otherwise
from doorward.oauth_proxy.registry import Client, Registry
from doorward.oauth_proxy.site import Site
from doorward.oauth_proxy.upstream import Upstream
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from doorward.store import StoreError

__all__ = ["GrantIds", "TokenEndpoint"]


class GrantIds:
    """Texts by which the proxy itself, and nobody else, finds the grant of a client: codes, which lie in histories and
    logs, and the identifiers (`jti`) of access tokens."""

    def __init__(
        self,
        purpose: Literal["code", "access token"],
        longest: int,
        keys: ProxyKeys,
        clock: Callable[[], float],
    ) -> None:
        """Create the ids for the keys of a proxy, of what is never good for more seconds than these, whatever the
        settings are."""
        self._purpose, self._keys, self._clock = purpose, keys, clock
        # Whether a token has expired is its own to say, within a policy's leeway.
        self._max_lifetime = longest + MAX_LEEWAY

    def make(self, family: bytes, client_id: str, until: int) -> str:
        """Return a new one, of what is good until then."""
        random = secrets.token_bytes(32)
        until += MAX_LEEWAY
        return self._keys.sealing.seal(
            family, purpose=self._purpose, principal=client_id, request=b"", expires_at=until, random=random
        )

    async def family(self, id: str, client_id: str) -> bytes:
        """Return the grant of one; raises `state_invalid` or `state_expired`, and `StoreError`."""
        now = int(self._clock())

        def opened() -> bytes:
            return self._keys.sealing.open(
                id, purpose=self._purpose, principal=client_id, request=b"", max_lifetime=self._max_lifetime, now=now
            )

        return await self._keys.read(opened, is_sealed_otherwise)


class TokenEndpoint:
    """Issues tokens for a code once, and for refresh tokens, each of which has one successor."""

    def __init__(
        self,
        site: Site,
        keys: ProxyKeys,
        codes: GrantIds,
        ids: GrantIds,
        endpoints: Endpoints,
        registry: Registry,
        grants: Grants,
        upstream: Upstream,
        upstream_tokens: UpstreamTokens,
        *,
        family_of: Callable[[str], Awaitable[tuple[str, bytes]]],
        clock: Callable[[], float],
    ) -> None:
        """Create the endpoint from a proxy's parts; `family_of` says whose an access token is, and of which grant."""
        self._site, self._keys, self._codes, self._ids, self._endpoints, self._registry = (
            site,
            keys,
            codes,
            ids,
            endpoints,
            registry,
        )
        self._grants, self._upstream, self._upstream_tokens = grants, upstream, upstream_tokens
        self._family_of, self._clock = family_of, clock

    def _now(self) -> int:
        return int(self._clock())

    async def register(self, request: Request) -> Response:
        """Respond to a registration request (RFC 7591 section 3)."""
        try:
            self._endpoints.count("register", request)
            body = await self._endpoints.sent(request, "registration")
            id, response = await self._registry.register(body, lambda: self._endpoints.count_new_client(request))
        except (DoorwardError, StoreError) as error:
            return self._endpoints.refuse(request, "register", error)
        self._endpoints.log("register", client=id)
        return Response(response, *endpoint_response("registration"), "application/json")

    async def token(self, request: Request) -> Response:
        """Respond to a token request (RFC 6749 sections 4.1.3 and 6)."""
        client_id, event = "", "token"
        try:
            self._endpoints.count("token", request)
            body = await self._endpoints.sent(request, "token")
            token_request = TokenRequest.parse(request.headers.getlist("authorization"), body)
            client_id, event = token_request.client_id, token_request.grant_type
            await self._keys.ready()
            client = await self._authenticated(token_request)
            check_grant_type(token_request.grant_type, client.metadata.grant_types)
            if token_request.code is not None:
                family, response = await self._redeem(token_request, token_request.code, client)
            elif token_request.refresh_token is not None:
                family, response = await self._refresh(token_request, token_request.refresh_token)
            else:
                raise error_of("client_unauthorized")
        except (DoorwardError, StoreError) as error:
            return self._endpoints.refuse(request, event, error, client=client_id)
        self._endpoints.log(event, client=client_id, grant=name_of(family))
        return Response(response, *endpoint_response("token"), "application/json")

    async def _authenticated(self, authentication: ClientAuthentication) -> Client:
        client = await self._registry.authenticate(authentication, [self._site.issuer, self._site.url("/token")])
        # Anybody can say that it is a public client: such are counted by their addresses alone.
        if not client.metadata.is_public:
            self._endpoints.count_client(client.id)
        return client

    async def _redeem(self, token_request: TokenRequest, code: str, client: Client) -> tuple[bytes, str]:
        try:
            family = await self._codes.family(code, token_request.client_id)
        except DoorwardError:
            raise error_of("code_unknown") from None
        refreshes = "refresh_token" in client.metadata.grant_types
        patience = self._grants.patience(family)
        while True:
            found = await self._grants.read(family)
            if found is None or not matches_opaque_token(found[1].code_hash, code):
                raise error_of("code_unknown")
            entry, grant = found
            if grant.revoked is not None:
                raise error_of("grant_revoked")
            now = self._now()
            try:
                redeemed = CodeRecord.from_bytes(grant.code).redeem(
                    client_id=token_request.client_id,
                    redirect_uri=token_request.redirect_uri,
                    code_verifier=token_request.code_verifier,
                    resource=token_request.resource,
                    now=now,
                )
            except DoorwardError as error:
                if is_replay(error.number):
                    await self._revoke(family, grant, error.name)
                raise
            refresh_token, record = None, None
            if refreshes:
                begun, refresh_token = RefreshRecord.begin(
                    family=family,
                    client_id=token_request.client_id,
                    lifetimes=self._lifetimes(grant, now),
                    random=secrets.token_bytes(32),
                    now=now,
                    resource=self._site.resource,
                )
                record = begun.to_bytes()
            kept_until = self._kept_until(grant, now, refreshes)
            given = replace(grant, code=redeemed.to_bytes(), refresh=record, kept_until=kept_until)
            # Before: once the code is used up, nothing may fail any more.
            await self._registry.note_use(client)
            if await self._grants.swap(family, entry, given):
                return family, self._response(family, given, given.scope, refresh_token, now)
            await patience.wait()

    async def _refresh(self, token_request: TokenRequest, refresh_token: str) -> tuple[bytes, str]:
        family = refresh_token_family(refresh_token)
        counted = upstream_refreshed = False
        patience = self._grants.patience(family)
        while True:
            found = await self._grants.read(family)
            if found is None:
                raise error_of("refresh_token_unknown")
            entry, grant = found
            if grant.revoked is not None:
                raise error_of("grant_revoked")
            now = self._now()
            try:
                record, successor, scope = self._rotated(grant, token_request, refresh_token, now)
            except DoorwardError as error:
                if is_replay(error.number):
                    await self._revoke(family, grant, error.name)
                raise
            if not counted:
                # A client without a secret is none that could be counted, and a token in its grace is good again.
                counted = True
                self._endpoints.count_grant(name_of(family))
            if self._upstream_tokens.is_due(grant) and not upstream_refreshed:
                # An access token for an upstream that refuses, or does not answer, is none, and nothing is used up.
                upstream_refreshed = True
                try:
                    await self._upstream_tokens.fresh(family)
                except DoorwardError as error:
                    if error.name != "sign_in_ended":
                        raise
                    if await self._upstream_tokens.may_go_on(family):
                        raise error_of("upstream_unavailable") from None
                    raise error_of("grant_revoked") from None
                continue
            if record is not None:
                rotated = replace(grant, refresh=record.to_bytes(), kept_until=self._kept_until(grant, now))
                if not await self._grants.swap(family, entry, rotated):
                    await patience.wait()
                    continue
            return family, self._response(family, grant, scope, successor, now)

    def _rotated(
        self, grant: Grant, token_request: TokenRequest, refresh_token: str, now: int
    ) -> tuple[RefreshRecord | None, str, str]:
        if grant.refresh is None:
            raise error_of("refresh_token_unknown")
        # What the operator has taken away since is granted no more.
        granted = " ".join(scope for scope in grant.scope.split() if scope in self._site.scopes)
        return RefreshRecord.from_bytes(grant.refresh).rotate(
            refresh_token,
            client_id=token_request.client_id,
            granted=granted,
            scope=token_request.scope,
            resource=token_request.resource,
            lifetimes=self._lifetimes(grant, now),
            random=secrets.token_bytes(32),
            now=now,
        )

    async def revoke(self, request: Request) -> Response:
        """Revoke a token and its whole grant (RFC 7009). The response for an unknown token, or another client's, is the
        same as for one that was revoked."""
        client_id = ""
        try:
            self._endpoints.count("token", request)
            body = await self._endpoints.sent(request, "revocation")
            revocation = RevocationRequest.parse(request.headers.getlist("authorization"), body)
            client_id = revocation.client_id
            await self._keys.ready()
            await self._authenticated(revocation)
            family = await self._owned(revocation.client_id, revocation.token)
            if family is not None:
                found = await self._grants.read(family)
                if found is not None and found[1].revoked is None:
                    await self._revoke(family, found[1], "client")
        except (DoorwardError, StoreError) as error:
            return self._endpoints.refuse(request, "revoke", error, client=client_id)
        self._endpoints.log("revoke", client=client_id, grant=family and name_of(family))
        return Response(None, *endpoint_response("revocation"))

    async def _owned(self, client_id: str, token: str) -> bytes | None:
        """Return the grant of a client's own token, refresh token or access token."""
        try:
            family = refresh_token_family(token)
        except DoorwardError:
            try:
                owner, family = await self._family_of(token)
            except DoorwardError:
                return None
            return family if owner == client_id else None
        found = await self._grants.read(family)
        if found is None or found[1].revoked is not None or found[1].refresh is None:
            return None
        own = RefreshRecord.from_bytes(found[1].refresh).belongs_to(token, client_id=client_id)
        return family if own else None

    async def _revoke(self, family: bytes, grant: Grant, why: str) -> None:
        before = await self._grants.revoke(family, why)
        self._endpoints.log("revoked", why, client=grant.client_id, grant=name_of(family))
        # What it has by now, whoever has refreshed it meanwhile.
        if before is not None and before.upstream is not None:
            await self._upstream.revoke(before.upstream)

    def _lifetimes(self, grant: Grant, now: int) -> tuple[int, int, int]:
        family, idle, grace = self._site.lifetimes
        return max(min(family, grant.ends_at - now), 1), idle, grace

    def _kept_until(self, grant: Grant, now: int, refreshes: bool = True) -> int:
        # A code or token that is used again must be recognized as long as its tokens are valid.
        last = min(now + self._site.idle_lifetime, grant.ends_at) if refreshes else now
        return max(last, now) + self._site.access_lifetime + 600

    def _response(self, family: bytes, grant: Grant, scope: str, refresh_token: str | None, now: int) -> str:
        lifetime = max(min(self._site.access_lifetime, grant.ends_at - now), 1)
        token = self._keys.ring.sign_access_token(
            issuer=self._site.issuer,
            resource=self._site.resource,
            subject=grant.subject,
            client_id=grant.client_id,
            scope=scope,
            jwt_id=self._ids.make(family, grant.client_id, now + lifetime),
            now=now,
            lifetime=lifetime,
        )
        return token_response(token, expires_in=lifetime, refresh_token=refresh_token, scope=scope)
