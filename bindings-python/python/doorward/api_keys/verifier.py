"""A server of the MCP SDK behind API keys: import it from `doorward.mcp`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from pydantic import Field
from starlette.middleware import Middleware

from doorward import arguments
from doorward._core import DoorwardError, is_unavailable
from doorward.api_keys.authenticator import ARGUMENTS, FAILURES, ApiKeyMiddleware
from doorward.api_keys.keys import ApiKeys
from doorward.api_keys.server import ApiKeyServer
from doorward.client_addresses import ForwardedBy
from doorward.doorward_verifier import DoorwardVerifier
from doorward.upstream_keys import UpstreamKeys

__all__ = ["ApiKeyVerifier"]


class _AccessToken(AccessToken):
    token: str = Field(repr=False)


class ApiKeyVerifier:
    """For `mcp.server` as `token_verifier=`: callers authenticate by API keys, alone or beside OAuth.

    By itself it can only accept or reject, sees no client address and reads `Authorization` alone. `protect` makes its
    answers 403, 429 and 503, limits attempts by address, and looks at a header of its own.
    """

    def __init__(
        self,
        keys: ApiKeys | UpstreamKeys,
        *,
        resource: str | None = None,
        scopes: str | Sequence[str] | None = None,
        oauth: DoorwardVerifier | None = None,
        header: str | None = None,
        trusted_hops: int = 0,
        forwarded_by: ForwardedBy = "x-forwarded-for",
        failures: tuple[int, int, int] = FAILURES,
        shared: str | None = None,
        on_refusal: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Create a verifier for the keys of one resource; the arguments are those of `doorward.fastmcp.ApiKeyAuth`."""
        arguments.check(locals(), ARGUMENTS)
        if oauth is not None and not isinstance(oauth, DoorwardVerifier):
            raise arguments.wrong("oauth", "a doorward.mcp.DoorwardVerifier", oauth)
        self.oauth = oauth
        beside = None if oauth is None else oauth.server
        server: ApiKeyServer[_AccessToken] = ApiKeyServer(type(self).__name__, _AccessToken, beside, locals())
        self.resource, self.policy = server.resource, server.policy
        self._authenticator, self._refusals = server.authenticator, server.refusals

    def auth_settings(self) -> AuthSettings:
        """Return the value for `auth=`, which publishes no metadata of OAuth where there is none."""
        if self.oauth is not None:
            return self.oauth.auth_settings()
        return AuthSettings.model_validate(
            {
                "issuer_url": self.resource,
                "resource_server_url": None,
                "required_scopes": list(self.policy.required_scopes) or None,
            }
        )

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a credential for the SDK; returns `None` on any failure. Raises `DoorwardError` if it cannot be
        verified now."""
        try:
            if self.oauth is not None and not self._authenticator.is_key(token, None):
                return await self.oauth.authenticate(token)
            return await self._authenticator.authenticate_key(token, None)
        except DoorwardError as error:
            self._refusals.log(error, token)
            if is_unavailable(error.number):
                raise
            return None

    def middleware(self) -> Middleware:
        """Return what guards the server, which `protect` puts in the place of the SDK's own."""
        options: dict[str, Any] = {"policy": self.policy, "resource_metadata": None}
        if self.oauth is not None:
            options = self.oauth.server.middleware().kwargs
        return Middleware(ApiKeyMiddleware, **self._authenticator.guarding(options, self._refusals))
