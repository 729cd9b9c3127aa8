"""A server of the MCP SDK behind an OAuth issuer: import it from `doorward.mcp`."""

from typing import TYPE_CHECKING

from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from pydantic import Field

from doorward._core import DoorwardError, Policy, is_unavailable
from doorward.access_tokens import CopiedSlots
from doorward.jwks import JwksSource
from doorward.resource_server import Options, ResourceServer

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["DoorwardVerifier"]


class _AccessToken(CopiedSlots, AccessToken):
    __slots__ = ("principal",)
    token: str = Field(repr=False)


class DoorwardVerifier:
    """For `mcp.server` as `token_verifier=`: audience bound to `resource`, keys found through the issuer's metadata.

    By itself it can only accept or reject: the SDK answers 401 to a token that lacks a scope, and 500 if keys are
    unavailable. `protect` makes these 403 and 503.
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
            if is_unavailable(error.number):
                raise
            return None
