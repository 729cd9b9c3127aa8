"""A FastMCP server behind API keys: import it from `doorward.fastmcp`."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastmcp.server.auth import AccessToken, TokenVerifier
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Scope

from doorward import arguments
from doorward._core import DoorwardError, unverified_api_key_id
from doorward.api_key_authenticator import (
    ARGUMENTS,
    FAILURES,
    ApiKeyAuthenticator,
    ApiKeyMiddleware,
    ApiKeyRefusals,
    policy_of_keys,
)
from doorward.api_keys import ApiKeys
from doorward.clients import ForwardedBy
from doorward.component_scopes import ComponentScopes
from doorward.jwt_verifier import QuietAccessToken, current_scope, unavailable
from doorward.middleware import withhold
from doorward.subclasses import NOT_HERE, refuse_overrides
from doorward.upstream_keys import UpstreamKeys

if TYPE_CHECKING:
    from doorward.fastmcp import RemoteOAuth

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
        oauth: "RemoteOAuth | None" = None,
        header: str | None = None,
        trusted_hops: int = 0,
        forwarded_by: ForwardedBy = "x-forwarded-for",
        failures: tuple[int, int, int] = FAILURES,
        shared: str | None = None,
        on_refusal: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Create a provider for the keys of one resource, the public URL of the server, whose callers need the scopes.

        oauth: what verifies tokens beside the keys; it says resource and scopes then. A credential is a key by its
        form, one of another service by the header that it comes in, and is never tried as both. header: one that may
        have the key in the place of `Authorization`, such as `X-API-Key`. trusted_hops: how many proxies of one's own
        are in front of the server, each of which adds to `forwarded_by`. failures: how many attempts of an address may
        fail, in how many milliseconds, and how many at once. shared: the URL of a Redis or Valkey in which several
        processes count the limits of keys together, as `doorward.limits.RateLimits` does. on_refusal: is called with
        the parts of each refusal.
        """
        arguments.check(locals(), ARGUMENTS)
        refuse_overrides(type(self), ApiKeyAuth, ("verify_token",), NOT_HERE)
        if oauth is not None and not hasattr(oauth, "_server"):
            raise TypeError(
                f"oauth: a doorward.fastmcp.RemoteOAuth is asked for, not {type(oauth).__name__};"
                " beside an OAuthProxy, serve the keys' tools as a server of their own"
            )
        if oauth is not None and (resource is not None or scopes is not None):
            raise ValueError("resource, scopes: oauth says these; leave them out")
        if oauth is None and resource is None:
            raise TypeError("ApiKeyAuth() needs resource or oauth")
        self._resource = oauth._server.resources[0] if oauth is not None else resource or ""
        self._oauth, self._any_text = oauth, isinstance(keys, UpstreamKeys)
        self.policy = oauth.policy if oauth is not None else policy_of_keys(self._resource, scopes)
        parts = urlsplit(self._resource)
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(self.policy.required_scopes))
        self._authenticator = ApiKeyAuthenticator(
            keys,
            QuietAccessToken,
            resource=self._resource,
            policy=self.policy,
            header=header,
            trusted_hops=trusted_hops,
            forwarded_by=forwarded_by,
            failures=failures,
            shared=shared,
            oauth=None if oauth is None else oauth._server.authenticate,
        )
        hook = on_refusal or (None if oauth is None else oauth._server.refusals.hook)
        expected = self.policy if oauth is None else oauth._server.refusals.expected
        self._refusals = ApiKeyRefusals(expected, self._authenticator.is_key, hook)

    @property
    def scopes_supported(self) -> list[str]:
        """Return the scopes that the metadata lists."""
        return list(self.policy.advertised_scopes)

    def get_challenge_scopes(self, required_scopes: list[str] | None = None) -> list[str]:
        """Return the scopes that a client is told that it needs."""
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
            if error.status == 503:
                raise unavailable(str(error)) from None
            return None
        if access_token is not None:
            withhold(scope, self._authenticator.header)
        return access_token

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
        """Note where the server is."""
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
