"""A server of the MCP SDK alone.

verifier = DoorwardVerifier(Policy.mcp(issuer, resource, required_scopes="notes:read"))
server = MCPServer("notes", auth=verifier.auth_settings(), token_verifier=verifier)
app = protect(server.streamable_http_app())
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

try:
    from mcp.server.auth.middleware.auth_context import get_access_token
    from mcp.server.auth.provider import AccessToken
    from mcp.server.auth.settings import AuthSettings
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.mcp: pip install 'doorward[mcp]'") from error
from pydantic import Field
from starlette.applications import Starlette
from starlette.middleware import Middleware

from doorward._core import DoorwardError, Policy, Principal, protected_resource_metadata_url
from doorward.check import check
from doorward.jwks import JwksSource, Verifier
from doorward.middleware import AccessTokens, BearerAuthMiddleware
from doorward.refusals import Refusals
from doorward.settings import Resources, source_of

if TYPE_CHECKING:
    import httpx

__all__ = ["DoorwardVerifier", "get_principal", "protect"]


class _AccessToken(AccessToken):
    __slots__ = ("principal",)
    token: str = Field(repr=False)


class DoorwardVerifier:
    """For `mcp.server` as `token_verifier=`: audience bound to `resource`, keys found through the issuer's metadata.

    By itself it can only say yes or no: the SDK answers 401 to a token that lacks a scope, and 500 where keys cannot be
    had. `protect` makes these 403 and 503.
    """

    def __init__(
        self,
        policy: Policy,
        source: JwksSource | None = None,
        *,
        jwks_uri: str | None = None,
        max_stale: int | None = None,
        cooldown: int | None = None,
        client: "httpx.AsyncClient | None" = None,
        resource_name: str | None = None,
        resource_documentation: str | None = None,
        root_metadata: bool = True,
        header: str | None = None,
        on_refusal: Callable[[Mapping[str, Any]], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create it from a policy, and a source of keys unless they are found through the issuer's metadata.

        The audiences of the policy are the server's resources. All others are as in `doorward.fastmcp.RemoteOAuth`;
        what is about metadata and answers counts in an app that `protect` has.
        """
        self.policy = policy
        self.source = source_of(
            policy, source, clock, jwks_uri=jwks_uri, max_stale=max_stale, cooldown=cooldown, client=client
        )
        self.refusals = Refusals(policy, on_refusal)
        self.header, self.root_metadata = header, root_metadata
        self._about = {
            "scopes_supported": policy.advertised_scopes,
            "resource_name": resource_name,
            "resource_documentation": resource_documentation,
        }
        self._access_tokens = AccessTokens(_AccessToken, policy)
        self.verifier = Verifier(policy, self.source, clock=clock)

    def resources(self) -> Resources:
        """Return the resources and their metadata; raises `DoorwardError` if an audience is no URL of one."""
        return Resources([_resource(self.policy), *self.policy.audience[1:]], [self.policy.issuer], **self._about)

    async def check(self) -> None:
        """Fetch the issuer's keys; raises `doorward.check.IssuerError`, which says why that does not work, and what to
        change."""
        await check(self.source)

    def auth_settings(self) -> AuthSettings:
        """Return the value for `auth=`: issuer, resource and scopes of the policy; the resource is its first audience.

        Raises `ValueError` if the SDK would publish a URL in another spelling than tokens must have.
        """
        issuer, resource = self.policy.issuer, _resource(self.policy)
        settings = AuthSettings.model_validate(
            {
                "issuer_url": issuer,
                "resource_server_url": resource,
                "required_scopes": list(self.policy.required_scopes) or None,
                "validate_token_resource": False,  # any audience of the policy is allowed, and was checked
            }
        )
        for ours, theirs in ((issuer, settings.issuer_url), (resource, settings.resource_server_url)):
            if ours != str(theirs):
                raise ValueError(f"{ours} would be published as {theirs}")
        return settings

    async def authenticate(self, token: str, may_wait: Callable[[], bool] = lambda: True) -> AccessToken:
        """Verify a token, as `Verifier.authenticate` does; raises `DoorwardError`."""
        principal = await self.verifier.authenticate(token, may_wait=may_wait)
        return self._access_tokens.of(token, principal)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a token for the SDK; returns `None` on any failure, missing scopes included.

        Raises `KeysUnavailable` if the token cannot be verified now.
        """
        try:
            return await self.authenticate(token)
        except DoorwardError as error:
            self.refusals.log(error, token)
            if error.status == 503:
                raise
            return None


def _resource(policy: Policy) -> str:
    if not policy.audience:
        raise ValueError("policy: without an audience nothing says what the resource is")
    return policy.audience[0]


def protect(app: Starlette) -> Starlette:
    """Replace the SDK's authentication by `BearerAuthMiddleware`, in an app of `streamable_http_app()` or
    `sse_app()` whose `token_verifier` is a `DoorwardVerifier`; return that app.

    Raises `ValueError` if there is none, if the app serves requests already, if it publishes no metadata of the
    policy's first audience, or if the policy has none.
    """
    if app.middleware_stack is not None:
        raise ValueError("protect: the app serves already")
    for index, middleware in enumerate(app.user_middleware):
        verifier = getattr(middleware.kwargs.get("backend"), "token_verifier", None)
        if isinstance(verifier, DoorwardVerifier):
            url = protected_resource_metadata_url(_resource(verifier.policy))
            path = urlsplit(url).path
            if all(getattr(route, "path", None) != path for route in app.routes):
                raise ValueError(f"protect: the app publishes nothing at {url}; give it the verifier's auth_settings()")
            resources = verifier.resources()
            # In the place of the SDK's own.
            app.router.routes[:] = [
                *resources.routes(verifier.root_metadata),
                *(route for route in app.routes if getattr(route, "path", None) != path),
            ]
            app.user_middleware[index] = Middleware(
                BearerAuthMiddleware,
                policy=verifier.policy,
                authenticate=verifier.authenticate,
                resource_metadata=resources.metadata_url,
                refusals=verifier.refusals,
                header=verifier.header,
            )
            return app
    raise ValueError("protect: the app has no DoorwardVerifier as its token_verifier")


def get_principal() -> Principal | None:
    """Return who calls, in a tool: the claims as they were verified. `None` where nobody is authenticated."""
    return getattr(get_access_token(), "principal", None)
