"""A FastMCP server behind an OAuth issuer: import it from `doorward.fastmcp`."""

import logging
import time
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from fastmcp.server.auth.middleware import RequireAuthMiddleware
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Scope

from doorward._core import DoorwardError, printable
from doorward.arguments import named
from doorward.component_scopes import ComponentScopes
from doorward.guards import withhold
from doorward.jwks import JwksSource
from doorward.jwt_verifier import QuietAccessToken, verified
from doorward.middleware import requestable_scopes
from doorward.overrides import NOT_HERE, refuse_overrides
from doorward.resource_server import Options, ResourceServer

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["RemoteOAuth"]

logger = logging.getLogger("doorward")


class RemoteOAuth(TokenVerifier):
    """Authenticates callers with an access token from `issuer` for `resource` that has the `scopes`.

    Must be the outermost provider to respond with its own statuses; inside `MultiAuth` it is no less strict.
    """

    def __init__(self, *, source: JwksSource | None = None, **options: "Unpack[Options]") -> None:
        """Create an auth provider for an issuer's tokens for one resource, by the arguments that `Options` lists: at
        least `resource`, and `issuer` or `provider`. Raises `DoorwardError`, `ValueError` or `TypeError` for what is
        wrong.
        """
        refuse_overrides(type(self), RemoteOAuth, ("authenticate", "verify_token"), NOT_HERE)
        self._server = server = ResourceServer(QuietAccessToken, type(self).__name__, None, source, options)
        self.policy, self.source, self.resources = server.policy, server.source, server.resources
        parts = urlsplit(server.resources[0])
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(self.policy.required_scopes))
        server.metadata.publish(self.scopes_supported)
        self._served: weakref.WeakSet[FastMCP[Any]] = weakref.WeakSet()
        self._published = float("-inf")
        # MultiAuth distinguishes sources of tokens, and their callers, by the names of their classes.
        whose: list[str] = []
        for policy, clients, _ in server.refusals.expected:
            whose += [*policy.issuers, *policy.audience, *(clients or ("", ()))[1]]
        name = f"{type(self).__qualname__}({', '.join(whose)})"
        self.__class__ = type(type(self).__name__, (type(self),), {"__module__": self.__module__, "__qualname__": name})

    async def check(self) -> None:
        """Fetch the keys of each issuer; raises `doorward.check.IssuerError`, which says why one does not work, and
        what to change."""
        await self._server.check()

    @property
    def scopes_supported(self) -> list[str]:
        """Return the scopes that the metadata lists."""
        return list(self.policy.advertised_scopes)

    def get_challenge_scopes(self, required_scopes: list[str] | None = None) -> list[str]:
        """Return the scopes of the challenge."""
        return list(self.policy.challenge_scopes) if required_scopes is None else required_scopes

    async def authenticate(self, token: str) -> AccessToken:
        """Verify a token, as `Verifier.authenticate` does; raises `DoorwardError`."""
        return await self._server.authenticate(token)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a token for a wrapping provider; returns `None` if it is refused, missing scopes included.

        Raises FastMCP's `TokenVerificationError` if the token cannot be verified now.
        """
        return await verified(self.authenticate, token, self._server.refusals, withhold)

    def _trusts(self, token: str) -> bool:
        return self._server.may_accept(token)

    def get_middleware(self) -> list[Middleware]:
        """Return `BearerAuthMiddleware`, in the place of FastMCP's own."""
        options: dict[str, Any] = {"challenge_scopes": self.get_challenge_scopes, "components": self._components}
        options["guards"], options["begin"] = (RequireAuthMiddleware,), self._begin
        return [self._server.middleware(**options)]

    def _components(self, scope: Scope) -> ComponentScopes | None:
        server = getattr(getattr(scope.get("app"), "state", None), "fastmcp_server", None)
        if server is None:
            return None
        if server not in self._served:
            self._served.add(server)
            self._published = float("-inf")
        return ComponentScopes(server)

    async def _publish(self, request: Request) -> None:
        """Publish what components need, too: looked up once a minute, however many ask."""
        self._components(request.scope)
        now = time.monotonic()
        if now < self._published + 60:
            return
        if self._published > 0:
            # Others get what was known; the first ones wait.
            self._published = now
        try:
            scopes = await self._scopes(list(map(ComponentScopes, self._served)))
        except DoorwardError as error:
            # They have become too many since the server began: what is known stays.
            logger.warning("the metadata is without the scopes of tools: %s", error)
        else:
            self._server.metadata.publish(scopes)
        self._published = now

    async def _begin(self, scope: Scope) -> None:
        """Raise `DoorwardError` if components need more scopes than the metadata can list. What servers behind this one
        need is looked up once a client asks: they may be this one, or not be there yet."""
        components = self._components(scope)
        if components is not None and components.are_own():
            await self._scopes([components])

    async def _scopes(self, served: Sequence[ComponentScopes]) -> list[str]:
        """Return the scopes for the metadata; raises `DoorwardError` if they are too many."""
        declared: set[str] = set()
        for components in served:
            try:
                declared |= await components.declared()
            except Exception as error:  # of a server behind it, perhaps, whose URL may have a secret
                logger.warning("the scopes of tools are not known: %s", type(error).__name__)
        needed = requestable_scopes(self.policy, declared)
        if len(needed) < len(declared):
            logger.warning("no scopes: %s", ", ".join(map(printable, declared - set(needed))))
        # First what a subclass may say there.
        return list(
            dict.fromkeys([*self.scopes_supported, *named("require_scopes", self.policy.scopes_for_metadata, needed)])
        )

    def set_mcp_path(self, mcp_path: str | None) -> None:
        """Note the path of the server, and log if it is not the path of the resource."""
        super().set_mcp_path(mcp_path)
        if mcp_path:
            self._server.served_at(mcp_path)

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return the route of the metadata, at the path form and the root form of its URL (RFC 9728 section 3.1)."""
        self.set_mcp_path(mcp_path)
        self._server.metadata.publish(self.scopes_supported)
        return [self._server.route(self._publish)]
