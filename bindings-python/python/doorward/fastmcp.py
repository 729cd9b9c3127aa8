"""A FastMCP server behind an OAuth issuer: `FastMCP(auth=RemoteOAuth(issuer=..., resource=..., scopes=[...]))`."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

try:
    from fastmcp.server.auth import AccessToken, TokenVerifier
    from fastmcp.server.dependencies import get_access_token
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.fastmcp: pip install 'doorward[fastmcp]'") from error
from starlette.middleware import Middleware
from starlette.routing import Route

from doorward._core import Principal, Provider, printable
from doorward.check import check
from doorward.jwks import JwksSource, Verifier
from doorward.jwt_verifier import JWTVerifier, QuietAccessToken, verified
from doorward.middleware import AccessTokens, BearerAuthMiddleware
from doorward.refusals import Refusals
from doorward.settings import Resources, policy_of, policy_of_provider, source_of

if TYPE_CHECKING:
    import httpx

    from doorward._core import _ClientClaim, _Relaxation

__all__ = ["JWTVerifier", "RemoteOAuth", "get_principal"]

logger = logging.getLogger("doorward")


class RemoteOAuth(TokenVerifier):
    """Authenticates callers with an access token from `issuer` for `resource` that has the `scopes`.

    Must be the outermost provider to respond with its own statuses; inside `MultiAuth` it is no less strict.
    """

    def __init__(
        self,
        *,
        issuer: str | None = None,
        provider: str | None = None,
        parameters: Mapping[str, str] | None = None,
        tenants: Sequence[str] | None = None,
        clients: Sequence[str] | None = None,
        resource: str | Sequence[str],
        audience: str | Sequence[str] | None = None,
        issuers: Sequence[str] | None = None,
        issuer_template: tuple[str, str, Sequence[str]] | None = None,
        client_binding: "tuple[_ClientClaim, Sequence[str]] | None" = None,
        client_claim: "_ClientClaim | None" = None,
        scopes: str | Sequence[str] = (),
        preset: Literal["mcp", "rfc9068"] = "mcp",
        scope_source: str | None = None,
        scope_prefix: str | None = None,
        advertised_scopes: str | Sequence[str] | None = None,
        challenge_scopes: str | Sequence[str] | None = None,
        scope_hierarchy: Mapping[str, str | Sequence[str]] | None = None,
        algorithms: Sequence[str] | None = None,
        leeway: int | None = None,
        relax: "Sequence[_Relaxation]" = (),
        jwks_uri: str | None = None,
        max_stale: int | None = None,
        cooldown: int | None = None,
        client: "httpx.AsyncClient | None" = None,
        source: JwksSource | None = None,
        resource_name: str | None = None,
        resource_documentation: str | None = None,
        root_metadata: bool = True,
        header: str | None = None,
        on_refusal: Callable[[Mapping[str, Any]], None] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create it for an issuer's tokens for one resource.

        issuer: the authorization server's URL, as tokens have it in `iss` if neither `issuers` nor `issuer_template`
        says otherwise; or, in its place, provider: the name of an identity provider's profile, such as `entra`, with
        its parameters, such as `{"tenant": "..."}`, the tenants whose tokens count where there are several, and the
        clients, to one of which a token must have been issued; see `doorward.Provider`. resource: the public URL of the
        server, path included, as tokens have it in `aud` if
        `audience` does not say otherwise, which may be empty beside a `client_binding`; several for a server with
        several public host names. scopes: those that every request needs. preset: the policy's, `mcp` or `rfc9068`.
        jwks_uri: the URL of the issuer's keys; found through the issuer's metadata if omitted. max_stale: seconds for
        which keys may be used past their lifetime if they cannot be fetched. cooldown: seconds between two fetches.
        client: what fetches them. source: keys that are shared with others, in place of the last four. resource_name,
        resource_documentation: for people, in the metadata. root_metadata: whether the metadata is also where clients
        look that know no path. header: a header that may have the token in the place of `Authorization`, by itself.
        on_refusal: is called with the parts of each refusal. clock: seconds since 1970. All others are as in
        `Policy.mcp`. Raises `DoorwardError`, `ValueError` or `TypeError` for what is wrong.
        """
        self._urls = [resource] if isinstance(resource, str) else list(resource)
        options: dict[str, Any] = dict(
            algorithms=algorithms,
            leeway=leeway,
            required_scopes=scopes,
            scope_source=scope_source,
            scope_prefix=scope_prefix,
            advertised_scopes=advertised_scopes,
            challenge_scopes=challenge_scopes,
            scope_hierarchy=scope_hierarchy,
            relax=relax,
        )
        apart = {
            "issuers": issuers,
            "issuer_template": issuer_template,
            "client_binding": client_binding,
            "client_claim": client_claim,
        }
        of_provider = {"parameters": parameters, "tenants": tenants, "clients": clients}
        if provider is not None:
            apart |= {"issuer": issuer, "preset": None if preset == "mcp" else preset}
            if needless := [name for name, value in apart.items() if value is not None]:
                raise ValueError(f"{', '.join(needless)}: the provider's profile says that; leave it out")
            self.policy, place = policy_of_provider(
                provider, parameters, self._urls, audience, clients=clients, tenants=tenants, **options
            )
            jwks_uri = place if jwks_uri is None and source is None else jwks_uri
            header = Provider(provider).header if header is None else header
        elif issuer is None:
            raise TypeError("RemoteOAuth() needs issuer or provider")
        elif needless := [name for name, value in of_provider.items() if value is not None]:
            raise ValueError(f"{', '.join(needless)}: only with provider")
        else:
            self.policy = policy_of(preset, issuer, self._urls, audience, **apart, **options)
        self._about = {"resource_name": resource_name, "resource_documentation": resource_documentation}
        self._root_metadata, self._header = root_metadata, header
        parts = urlsplit(self._urls[0])
        super().__init__(base_url=f"{parts.scheme}://{parts.netloc}", required_scopes=list(self.policy.required_scopes))
        self._publish()
        self.source = source_of(
            self.policy, source, clock, jwks_uri=jwks_uri, max_stale=max_stale, cooldown=cooldown, client=client
        )
        self._refusals = Refusals(self.policy, on_refusal)
        self._access_tokens = AccessTokens(QuietAccessToken, self.policy)
        self._verifier = Verifier(self.policy, self.source, clock=clock)

    def _publish(self) -> Resources:
        options = {"scopes_supported": self.scopes_supported} | self._about
        self._resources = Resources(self._urls, [self.policy.issuer], **options)
        return self._resources

    async def check(self) -> None:
        """Fetch the issuer's keys; raises `doorward.check.IssuerError`, which says why that does not work, and what to
        change."""
        await check(self.source)

    @property
    def scopes_supported(self) -> list[str]:
        """Return the scopes that the metadata lists."""
        return list(self.policy.advertised_scopes)

    def get_challenge_scopes(self, required_scopes: list[str] | None = None) -> list[str]:
        """Return the scopes that a client is told to ask for."""
        return list(self.policy.challenge_scopes) if required_scopes is None else required_scopes

    async def authenticate(self, token: str, may_wait: Callable[[], bool] = lambda: True) -> AccessToken:
        """Verify a token, as `Verifier.authenticate` does; raises `DoorwardError`."""
        principal = await self._verifier.authenticate(token, may_wait=may_wait)
        return self._access_tokens.of(token, principal)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a token for a wrapping provider; returns `None` if it is refused, missing scopes included.

        Raises FastMCP's `TokenVerificationError` if the token cannot be verified now.
        """
        return await verified(self.authenticate, token, self.policy, self._refusals)

    def get_middleware(self) -> list[Middleware]:
        """Return `BearerAuthMiddleware`, in the place of FastMCP's own."""
        return [
            Middleware(
                BearerAuthMiddleware,
                policy=self.policy,
                authenticate=self.authenticate,
                resource_metadata=self._resources.metadata_url,
                refusals=self._refusals,
                challenge_scopes=self.get_challenge_scopes(),
                header=self._header,
            )
        ]

    def set_mcp_path(self, mcp_path: str | None) -> None:
        """Note where the server is, and log if that is not where the resource is."""
        super().set_mcp_path(mcp_path)
        for resource in self._urls:
            if mcp_path and not f"{urlsplit(resource).path.rstrip('/')}/".endswith(f"{mcp_path.rstrip('/')}/"):
                logger.warning(
                    "tokens must be for %s, and the server is at %s: right only behind a proxy that changes the path",
                    resource,
                    printable(mcp_path),
                )

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return routes for the metadata, at the path form and the root form of its URL (RFC 9728 section 3.1)."""
        self.set_mcp_path(mcp_path)
        return self._publish().routes(self._root_metadata)


def get_principal() -> Principal | None:
    """Return who calls, in a tool: the claims as they were verified. `None` where nobody is authenticated, or another
    provider has done it."""
    return getattr(get_access_token(), "principal", None)
