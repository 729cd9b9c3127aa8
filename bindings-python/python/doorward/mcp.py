"""A server of the MCP SDK alone.

verifier = DoorwardVerifier(Policy.mcp(issuer, resource, required_scopes="notes:read"))
server = MCPServer("notes", auth=verifier.auth_settings(), token_verifier=verifier)
app = protect(server.streamable_http_app())
"""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

try:
    import httpx  # noqa: F401 (the SDK brings httpx2 alone)
    from mcp.server.auth.middleware.auth_context import get_access_token
    from mcp.server.auth.middleware.bearer_auth import RequireAuthMiddleware
    from mcp.server.auth.provider import AccessToken
    from mcp.server.auth.settings import AuthSettings
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.mcp: pip install 'doorward[mcp]'") from error
from pydantic import Field
from starlette.applications import Starlette
from starlette.routing import Route

from doorward._core import DoorwardError, Policy, Principal
from doorward.api_key_verifier import ApiKeyVerifier
from doorward.carried import Carried
from doorward.jwks import JwksSource
from doorward.resource_server import Options, ResourceServer
from doorward.subclasses import NOT_HERE, refuse_overrides

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ApiKeyVerifier", "DoorwardVerifier", "Options", "get_principal", "protect"]


class _AccessToken(Carried, AccessToken):
    __slots__ = ("principal",)
    token: str = Field(repr=False)


class DoorwardVerifier:
    """For `mcp.server` as `token_verifier=`: audience bound to `resource`, keys found through the issuer's metadata.

    By itself it can only say yes or no: the SDK answers 401 to a token that lacks a scope, and 500 where keys cannot be
    had. `protect` makes these 403 and 503.
    """

    def __init__(
        self, policy: Policy | None = None, source: JwksSource | None = None, **options: "Unpack[Options]"
    ) -> None:
        """Create a verifier from a policy, or by the arguments that make one, which `Options` lists.

        The audiences of the policy are the server's resources unless `resource` says which. What is about metadata and
        answers counts in an app that `protect` has.
        """
        self.server = ResourceServer(_AccessToken, type(self).__name__, policy, source, options)
        self.policy, self.source = self.server.policy, self.server.source

    async def check(self) -> None:
        """Fetch the keys of each issuer; raises `doorward.check.IssuerError`, which says why one does not work, and
        what to change."""
        await self.server.check()

    def auth_settings(self) -> AuthSettings:
        """Return the value for `auth=`: issuer, resource and scopes of the policy; the resource is the first.

        Raises `ValueError` if the SDK would publish a URL in another spelling than tokens must have.
        """
        issuer, resource = self.policy.issuer, self.server.metadata.first
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

    async def authenticate(self, token: str) -> AccessToken:
        """Verify a token, as `Verifier.authenticate` does; raises `DoorwardError`."""
        return await self.server.authenticate(token)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a token for the SDK; returns `None` on any failure, missing scopes included.

        Raises `KeysUnavailable` if the token cannot be verified now.
        """
        try:
            return await self.authenticate(token)
        except DoorwardError as error:
            self.server.refusals.log(error, token)
            if error.status == 503:
                raise
            return None


def protect(app: Starlette) -> Starlette:
    """Replace the SDK's authentication by `BearerAuthMiddleware`, in an app of `streamable_http_app()` or
    `sse_app()` whose `token_verifier` is a `DoorwardVerifier` or an `ApiKeyVerifier`; return that app.

    Raises `ValueError` if there is none, if the app serves requests already, or if it publishes no metadata of the
    first resource, and `TypeError` if the verifier is of a class that overrides `verify_token`.
    """
    if app.middleware_stack is not None:
        raise ValueError("protect: the app serves already")
    for index, middleware in enumerate(app.user_middleware):
        verifier = getattr(middleware.kwargs.get("backend"), "token_verifier", None)
        if isinstance(verifier, (ApiKeyVerifier, DoorwardVerifier)):
            base = ApiKeyVerifier if isinstance(verifier, ApiKeyVerifier) else DoorwardVerifier
            refuse_overrides(type(verifier), base, ("verify_token",), NOT_HERE)
            guard = verifier.middleware() if isinstance(verifier, ApiKeyVerifier) else verifier.server.middleware()
            app.user_middleware[index] = guard
            oauth = verifier.oauth if isinstance(verifier, ApiKeyVerifier) else verifier
            if oauth is None:
                return app
            server = oauth.server
            url = server.metadata.first_url
            path = urlsplit(url).path
            if all(getattr(route, "path", None) != path for route in app.routes):
                raise ValueError(f"protect: the app publishes nothing at {url}; give it the verifier's auth_settings()")
            for route in app.routes:
                if isinstance(route, Route) and isinstance(route.app, RequireAuthMiddleware):
                    server.served_at(route.path)
            # In the place of the SDK's own.
            app.router.routes[:] = [
                server.route(),
                *(route for route in app.routes if getattr(route, "path", None) != path),
            ]
            return app
    raise ValueError("protect: the app has no DoorwardVerifier or ApiKeyVerifier as its token_verifier")


def get_principal() -> Principal | None:
    """Return who calls, in a tool: the claims as they were verified. `None` where nobody is authenticated."""
    return getattr(get_access_token(), "principal", None)
