"""A token verifier for the MCP SDK."""

import logging
import time
from collections.abc import Callable
from typing import Any

from mcp.server.auth.provider import AccessToken
from pydantic import Field

from doorward._core import DoorwardError, Policy, Principal
from doorward.jwks import JwksSource, Verifier

__all__ = ["DoorwardVerifier", "access_token_fields", "log_refusal"]

logger = logging.getLogger("doorward")


class _AccessToken(AccessToken):
    token: str = Field(repr=False)


def access_token_fields(token: str, principal: Principal, policy: Policy) -> dict[str, Any]:
    """What the SDK's and FastMCP's access tokens hold.

    Scopes that the policy's hierarchy implies are listed beside those granted, since the frameworks compare text.
    """
    claims = principal.claims
    authorized_party = claims.get("azp")
    fallback = authorized_party if isinstance(authorized_party, str) else principal.subject
    granted, (resource, *others) = principal.scopes, policy.audience
    if others:
        named = principal.audience
        resource = next((ours for ours in policy.audience if ours in named), resource)
    return {
        "token": token,
        "client_id": principal.client_id or fallback or "unknown",
        "scopes": granted + policy.implied_scopes(granted),
        "expires_at": principal.expires_at,
        "resource": resource,
        "subject": principal.subject,
        "claims": claims,
    }


def log_refusal(error: DoorwardError, policy: Policy) -> None:
    """Tell the operator which check failed; the record's `doorward` holds it in parts."""
    reason = {
        "error": error.name,
        "number": error.number,
        "status": error.status,
        "details": error.details,
        "issuer": policy.issuer,
        "audience": policy.audience,
    }
    # A request without credentials is how every client begins.
    level = logging.INFO if error.name == "credentials_missing" else logging.WARNING
    logger.log(level, "refused: %s", error, extra={"doorward": reason})


class DoorwardVerifier:
    """For `mcp.server` as `token_verifier=`: audience bound to `resource`, keys found by the issuer's metadata.

    Gives `None` for every token that is refused, and raises `KeysUnavailable` when nothing can be said.
    """

    def __init__(
        self,
        policy: Policy,
        source: JwksSource | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take a policy, and a source of keys where they are not found by the issuer's metadata."""
        self.policy = policy
        self.verifier = Verifier(policy, source or JwksSource(policy.issuer, algorithms=policy.algorithms), clock=clock)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Judge a token."""
        try:
            principal = await self.verifier.authenticate(token)
        except DoorwardError as error:
            log_refusal(error, self.policy)
            if error.status == 503:
                raise
            return None
        return _AccessToken(**access_token_fields(token, principal, self.policy))
