"""The access token of a caller that was authenticated by a proxy, and the upstream's token that belongs to it."""

import hashlib

from fastmcp.server.dependencies import get_access_token

from doorward.jwt_verifier import QuietAccessToken

__all__ = ["ProxyAccessToken", "get_upstream_token"]


class ProxyAccessToken(QuietAccessToken):
    """FastMCP's access token, with the grant that it is of."""

    __slots__ = ("grant",)  # the verifier that accepted it, and the family

    @staticmethod
    def text(token: str) -> str:
        """Return a placeholder for a token's text, for whoever takes that for the upstream's: no token, and different
        for each."""
        return f"await-get_upstream_token()-{hashlib.sha256(token.encode()).hexdigest()}"


async def get_upstream_token(refused: str | None = None) -> str:
    """Return the caller's access token of the upstream, in a tool: always fresh, since it is refreshed before it
    expires.

    A tool whose token the upstream does not take (401) asks again with that as `refused`, and gets another one; where
    there is none, the user has to sign in again, and the client gets 401 at its next request. Raises
    `DoorwardError` if so, or if the upstream does not respond; `LookupError` where no caller was authenticated by an
    `OAuthProxy`, or where the caller's token is a copy, such as that of a task in the background."""
    token = get_access_token()
    verifier, family = getattr(token, "grant", None) or (None, b"")
    if not isinstance(token, ProxyAccessToken) or verifier is None:
        raise LookupError("no caller was authenticated by an OAuthProxy in this request")
    found: str = await verifier.upstream_token(family, refused)
    return found
