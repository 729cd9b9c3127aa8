"""A FastMCP server behind API keys: import it from `doorward.fastmcp`."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from fastmcp.server.auth import AccessToken, TokenVerifier
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Scope

from doorward import arguments
from doorward._core import DoorwardError, is_unavailable, unverified_api_key_id
from doorward.api_keys.authenticator import ARGUMENTS, FAILURES, ApiKeyMiddleware
from doorward.api_keys.keys import ApiKeys
from doorward.api_keys.server import ApiKeyServer
from doorward.client_addresses import ForwardedBy
from doorward.component_scopes import ComponentScopes
from doorward.guards import withhold
from doorward.jwt_verifier import QuietAccessToken, current_scope, unavailable
from doorward.overrides import NOT_HERE, refuse_overrides
from doorward.remote_oauth import RemoteOAuth
from doorward.upstream_keys import UpstreamKeys

__all__ = ["ApiKeyAuth"]


class ApiKeyAuth(TokenVerifier):
    """Authenticates callers by API keys, alone or beside OAuth: `FastMCP(auth=ApiKeyAuth(keys, resource=...))`.

    A key comes as `Authorization: Bearer KEY` or, if so said, in a header of its own; never in a URL. Callers get 401,
    which does not say what is wrong with a key (the log does), 403 for scopes, 429 after too many attempts that failed
    or over the limit of a key, 503 while the store or the other service does not answer. Must be the outermost one.
    """

    def __init__(
        self,
        keys: ApiKeys | UpstreamKeys,
        *,
        resource: str | None = None,
        scopes: str | Sequence[str] | None = None,
        oauth: RemoteOAuth | None = None,
        header: str | None = None,
        trusted_hops: int = 0,
        forwarded_by: ForwardedBy = "x-forwarded-for",
        failures: tuple[int, int, int] = FAILURES,
        shared: str | None = None,
        on_refusal: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Create a provider for the keys of one resource, the public URL of the server, whose callers need the scopes.

        oauth: what verifies tokens beside the keys; it says resource and scopes then. A credential is a key by its
        form, one of another service by the header that it is sent in, and is never tried as both. header: one that may
        have the key in the place of `Authorization`, such as `X-API-Key`. trusted_hops: how many proxies of one's own
        are in front of the server, each of which adds to `forwarded_by`. failures: how many attempts of an address may
        fail, in how many milliseconds, and how many at once. shared: the URL of a Redis or Valkey in which several
        processes count the limits of keys together, as `doorward.limits.RateLimits` does. on_refusal: is called with
        the parts of each refusal.
        """
        arguments.check(locals(), ARGUMENTS)
        refuse_overrides(type(self), ApiKeyAuth, ("verify_token",), NOT_HERE)
        if oauth is not None and not isinstance(oauth, RemoteOAuth):
            advice = "beside an OAuthProxy, serve the keys' tools as a server of their own"
            raise TypeError(f"{arguments.wrong('oauth', 'a doorward.fastmcp.RemoteOAuth', oauth)}; {advice}")
        self._oauth, self._any_text = oauth, isinstance(keys, UpstreamKeys)
        beside = None if oauth is None else oauth._server
        server: ApiKeyServer[QuietAccessToken] = ApiKeyServer(type(self).__name__, QuietAccessToken, beside, locals())
        self.policy, self._authenticator, self._refusals = server.policy, server.authenticator, server.refusals
        parts = urlsplit(server.resource)
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(self.policy.required_scopes))

    @property
    def scopes_supported(self) -> list[str]:
        """Return the scopes that the metadata lists."""
        return list(self.policy.advertised_scopes)

    def get_challenge_scopes(self, required_scopes: list[str] | None = None) -> list[str]:
        """Return the scopes of the challenge."""
        return list(self.policy.challenge_scopes) if required_scopes is None else required_scopes

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a credential for a wrapping provider; returns `None` if it is refused, missing scopes and limits
        included. Raises FastMCP's `TokenVerificationError` if it cannot be verified now."""
        scope = current_scope()
        try:
            if self._oauth is not None and not self._authenticator.is_key(token, scope):
                access_token = await self._oauth.verify_token(token)
            else:
                access_token = await self._authenticator.authenticate_key(token, scope)
        except DoorwardError as error:
            self._refusals.log(error, token, scope, ours=False)
            if is_unavailable(error.number):
                raise unavailable(str(error)) from None
            return None
        if access_token is not None:
            withhold(scope, self._authenticator.header)
        return access_token

    @asynccontextmanager
    async def lifespan(self, _: object = None) -> AsyncIterator[dict[str, Any]]:
        """End with a server: `FastMCP(auth=auth, lifespan=auth.lifespan)`, where its app is mounted in another one, or
        this is within another provider: only an app that runs by itself notifies its middleware. What is left to write
        of keys that were used is written, and connections are closed."""
        try:
            yield {}
        finally:
            await self._authenticator.end()

    def _trusts(self, token: str) -> bool:
        # A key of another service may be any text.
        if self._any_text or unverified_api_key_id(token) is not None:
            return True
        return self._oauth is not None and self._oauth._trusts(token)

    def get_middleware(self) -> list[Middleware]:
        """Return `ApiKeyMiddleware`, in the place of FastMCP's own."""
        options: dict[str, Any] = {
            "policy": self.policy,
            "resource_metadata": None,
            "challenge_scopes": self.get_challenge_scopes,
            "components": _components,
        }
        if self._oauth is not None:
            [theirs] = self._oauth.get_middleware()
            options = theirs.kwargs
        return [Middleware(ApiKeyMiddleware, **self._authenticator.guarding(options, self._refusals))]

    def set_mcp_path(self, mcp_path: str | None) -> None:
        """Note the path of the server."""
        super().set_mcp_path(mcp_path)
        if self._oauth is not None:
            self._oauth.set_mcp_path(mcp_path)

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return the routes of OAuth's metadata, if there is OAuth."""
        self.set_mcp_path(mcp_path)
        return [] if self._oauth is None else self._oauth.get_routes(mcp_path)


def _components(scope: Scope) -> ComponentScopes | None:
    server = getattr(getattr(scope.get("app"), "state", None), "fastmcp_server", None)
    return None if server is None else ComponentScopes(server)
