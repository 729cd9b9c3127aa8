"""The verifier of the access tokens that a proxy issues."""

from collections.abc import Callable
from copy import deepcopy

from mcp.server.auth.provider import AccessToken
from starlette.requests import Request
from starlette.responses import Response

from doorward._core import (
    METADATA_CACHE_CONTROL,
    Authenticator,
    DoorwardError,
    Policy,
    Principal,
    token_error_response,
    wants_newer_keys,
)
from doorward.access_tokens import AccessTokens
from doorward.errors import error_of
from doorward.oauth_proxy.access_token import ProxyAccessToken
from doorward.oauth_proxy.grant import Grant
from doorward.oauth_proxy.grants import Grants
from doorward.oauth_proxy.keys import ProxyKeys
from doorward.oauth_proxy.site import Site
from doorward.oauth_proxy.tokens import GrantIds
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from doorward.store import StoreError

__all__ = ["ProxyVerifier"]


class _Found:
    """The result for a token: its grant, the token to use in its place, and the caller that it names."""

    __slots__ = ("compared", "family", "principal", "text")

    def __init__(self, family: bytes, text: str, principal: Principal) -> None:
        self.family, self.text, self.principal = family, text, principal
        self.compared: tuple[str, str, str] | None = None

    def compare(self, grant: Grant) -> None:
        """Raise `sign_in_ended` if it says more than is granted: a key that signs is no grant."""
        stored = grant.client_id, grant.subject, grant.scope
        if self.compared == stored:
            return
        said, scopes = self.principal, set(grant.scope.split())
        if (said.client_id, said.subject) != stored[:2] or not scopes.issuperset(said.scopes):
            raise error_of("sign_in_ended")
        self.compared = stored


class ProxyVerifier:
    """Verifies access tokens: their signature and claims by core, then that their grant has not been revoked, and that
    the upstream's token is fresh, so that an upstream that wants the user to sign in again is known of before a tool is
    called."""

    def __init__(
        self,
        site: Site,
        keys: ProxyKeys,
        ids: GrantIds,
        grants: Grants,
        upstream_tokens: UpstreamTokens,
        clock: Callable[[], float],
    ) -> None:
        """Create a verifier from a proxy's parts."""
        self._site, self._keys, self._ids, self._grants, self._upstream_tokens = (
            site,
            keys,
            ids,
            grants,
            upstream_tokens,
        )
        self._clock = clock
        self._serving: object = None
        self.policy: Policy
        self.settle()

    def settle(self) -> None:
        """Take what the site is by now: what tokens are for is known once the server is mounted."""
        site = self._site
        self.policy = Policy.mcp(
            site.issuer,
            site.resource or site.base_url,
            algorithms=["ES256"],
            required_scopes=list(site.required_scopes),
            advertised_scopes=list(site.scopes) or None,
        )
        self._authenticator, self._serving = Authenticator(self.policy), None
        # Whatever scopes a token lacks for a request, it can be revoked.
        anyone = Policy.mcp(site.issuer, site.resource or site.base_url, algorithms=["ES256"])
        self._of_any_scope = Authenticator(anyone)
        self._access_tokens = AccessTokens(ProxyAccessToken, self.policy)
        self._found: dict[str, _Found] = {}

    async def authenticate(self, token: str, may_wait: Callable[[], bool] = lambda: True) -> AccessToken:
        """Return the caller; raises `DoorwardError` if the token is not valid here."""
        try:
            if not self._keys.is_ready():
                await self._keys.ready()
            kept = self._access_tokens.kept(token)
            now = max(int(self._clock()), 0)
            if kept is not None and self._is_serving() and self._authenticator.is_still_valid(kept[0], now):
                access_token = self._access_tokens.copy(kept)
            else:
                access_token = self._access_tokens.of(token, await self._verified(token, now, may_wait))
            found = self._found.get(token)
            if found is None:
                principal = object.__getattribute__(access_token, "principal")
                found = _Found(await self._family(principal), ProxyAccessToken.text(token), principal)
                if len(self._found) > 1 << 14:
                    self._found.clear()
                self._found[token] = found
            access_token.__dict__["token"] = found.text
            grant = await self._upstream_tokens.fresh(found.family)
            found.compare(grant)
        except StoreError:
            raise error_of("storage_unavailable") from None
        if grant.claims:
            # What the upstream says of the user, beside what the proxy says of the token.
            claims = {**deepcopy(grant.claims), **access_token.claims}
            access_token.claims.update(claims)
        object.__setattr__(access_token, "grant", (self, found.family))
        return access_token

    def _is_serving(self) -> bool:
        return self._serving is self._keys.verifying

    def _served(self) -> Authenticator:
        if not self._is_serving():
            self._serving = self._keys.verifying
            self._authenticator.set_keys(self._site.issuer, self._keys.verifying)
            self._of_any_scope.set_keys(self._site.issuer, self._keys.verifying)
        return self._authenticator

    async def _verified(self, token: str, now: int, may_wait: Callable[[], bool]) -> Principal:
        def wanting(error: DoorwardError) -> bool:
            return wants_newer_keys(error.number) and self.policy.claims_issuer(token) and may_wait()

        return await self._keys.read(lambda: self._served().authenticate(token, now), wanting)

    async def _family(self, principal: Principal) -> bytes:
        id, client_id = principal.claims.get("jti"), principal.client_id
        try:
            return await self._ids.family(id if isinstance(id, str) else "", client_id or "")
        except DoorwardError:
            # Signed by this proxy, and sealed by none: its keys were taken elsewhere.
            raise error_of("sign_in_ended") from None

    async def family_of(self, token: str) -> tuple[str, bytes]:
        """Return whose an access token is, and of which grant; raises `DoorwardError` and `StoreError`."""

        def verified() -> Principal:
            self._served()
            return self._of_any_scope.authenticate(token, max(int(self._clock()), 0))

        principal = await self._keys.read(verified, lambda error: wants_newer_keys(error.number))
        return principal.client_id or "", await self._family(principal)

    async def upstream_token(self, family: bytes, refused: str | None) -> str:
        """Return the upstream's token of a grant, fresh, and another one than the upstream has `refused`; raises
        `DoorwardError`."""
        try:
            grant = await self._upstream_tokens.usable(family, refused)
        except StoreError:
            raise error_of("storage_unavailable") from None
        assert grant.upstream is not None  # noqa: S101 (else it is not fresh)
        return grant.upstream.access_token

    async def keys(self, request: Request) -> Response:
        """Publish the keys (RFC 7517)."""
        try:
            await self._keys.ready()
        except StoreError:
            status, headers, _ = token_error_response(error_of("storage_unavailable").number)
            return Response(None, status, headers)
        document = self._keys.ring.published(max(int(self._clock()), 0))
        return Response(document, 200, {"cache-control": METADATA_CACHE_CONTROL}, "application/jwk-set+json")
