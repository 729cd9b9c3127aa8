"""The gate before an MCP server: judges each request once, and answers those that it refuses."""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.authentication import AuthCredentials, UnauthenticatedUser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward._core import DoorwardError, Policy, Principal, bearer_token, challenge

__all__ = ["Gate", "access_token_fields", "log_refusal", "refusal"]

logger = logging.getLogger("doorward")

# What a client may be told besides the code: nothing that depends on the token.
_DESCRIPTIONS = {
    "invalid_request": "The request is malformed",
    "invalid_token": "The access token is not valid for this resource",
    "insufficient_scope": "The access token does not have the scopes that this needs",
}


def access_token_fields(token: str, principal: Principal, policy: Policy) -> dict[str, Any]:
    """What the SDK's and FastMCP's access tokens hold.

    Scopes that the policy's hierarchy implies are listed beside those granted, since the frameworks compare text.
    """
    claims = principal.claims
    granted, (resource, *others) = principal.scopes, policy.audience
    if others:
        named = principal.audience
        resource = next((ours for ours in policy.audience if ours in named), resource)
    return {
        "token": token,
        "client_id": _client_id(token, principal, claims.get("azp")),
        "scopes": granted + policy.implied_scopes(granted),
        "expires_at": principal.expires_at,
        "resource": resource,
        "subject": principal.subject,
        "claims": claims,
    }


def _client_id(token: str, principal: Principal, authorized_party: object) -> str:
    """The frameworks bind sessions and state to client, issuer and subject. A token that names neither client nor
    subject is a caller of its own, else all of these would share what is kept for one."""
    fallback = authorized_party if isinstance(authorized_party, str) else None
    named = principal.client_id or fallback or principal.subject
    return named or f"token-{hashlib.sha256(token.encode()).hexdigest()}"


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


def refusal(error: DoorwardError, policy: Policy, resource_metadata: str) -> Response:
    """The answer to a request that is refused (RFC 6750 section 3, RFC 9728 section 5.1)."""
    body = {"error": error.oauth_error or "unauthorized"}
    headers = {"cache-control": "no-store"}
    if error.status == 503:
        body = {"error": "temporarily_unavailable"}
        headers["retry-after"] = str(error.details.get("retry_after", 1))
    elif error.status in (400, 401, 403):
        headers["www-authenticate"] = challenge(
            error=error.oauth_error,
            error_description=_DESCRIPTIONS.get(error.oauth_error or ""),
            scope=list(policy.required_scopes) or None,
            resource_metadata=resource_metadata,
        )
    if error.oauth_error:
        body["error_description"] = _DESCRIPTIONS.get(error.oauth_error, "")
    return Response(json.dumps(body), error.status, headers, "application/json")


class Gate:
    """Says who calls, in the place of the SDK's authentication. The server's own check refuses whoever is not known,
    and its answer is replaced by one that says why. A server's CORS middleware may stand further in, so it must be
    reached: a preflight carries no credentials, and a refusal without its headers is one that a browser keeps to
    itself."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        policy: Policy,
        authenticate: Callable[[str], Awaitable[AccessToken]],
        resource_metadata: str,
        guards: Callable[[str], bool] = lambda path: False,
    ) -> None:
        """Take the policy, what judges a token by it, the URL of the metadata, and which paths are the endpoint's
        whatever the server makes of a method there."""
        self._app = app
        self._policy = policy
        self._authenticate = authenticate
        self._resource_metadata = resource_metadata
        self._guards = guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] in ("http", "websocket"):
            values = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
            try:
                user = AuthenticatedUser(await self._authenticate(bearer_token(values)))
                scope["user"], scope["auth"] = user, AuthCredentials(user.scopes)
            except DoorwardError as error:
                scope["user"], scope["auth"] = UnauthenticatedUser(), AuthCredentials()
                if scope["type"] == "http":
                    send = self._refuse(error, scope, send)
        await self._app(scope, receive, send)

    def _refuse(self, error: DoorwardError, scope: Scope, send: Send) -> Send:
        refused = False

        async def answer(message: Message) -> None:
            nonlocal refused
            if refused:
                return
            if message["type"] != "http.response.start" or not self._is_refusal(scope, message):
                await send(message)
                return
            refused = True
            log_refusal(error, self._policy)
            response = refusal(error, self._policy, self._resource_metadata)
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower().startswith(_KEPT)]
            headers = response.raw_headers + kept
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": response.body})

        return answer

    def _is_refusal(self, scope: Scope, message: Message) -> bool:
        """At the endpoint all is refused but a preflight; elsewhere what the server refused."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._guards(path) and scope["method"] != "OPTIONS":
            return True
        challenges = [value for name, value in message.get("headers", ()) if name.lower() == b"www-authenticate"]
        return message["status"] == 401 and any(value.startswith(b"Bearer") for value in challenges)


_KEPT = (b"access-control-", b"vary")
