"""`OAuthProxy`: import it from `doorward.fastmcp`."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import httpx
from fastmcp.server.auth import AccessToken, AuthProvider, TokenVerifier
from pydantic import AnyHttpUrl
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Scope

from doorward._core import (
    MAX_ACCESS_TOKEN_LIFETIME,
    SealingKeys,
    authorization_server_metadata_urls,
    is_https_or_loopback,
    upstream_granted_of,
)
from doorward.arguments import named
from doorward.client_addresses import ForwardedBy
from doorward.component_scopes import ComponentScopes
from doorward.guards import withhold
from doorward.http_client import http_client as client_of
from doorward.jwt_verifier import verified
from doorward.middleware import BearerAuthMiddleware
from doorward.oauth_proxy.endpoints import Endpoints
from doorward.oauth_proxy.grantable_scopes import GrantableScopes
from doorward.oauth_proxy.grants import Grants
from doorward.oauth_proxy.identity import Identity, identity_of, is_sure
from doorward.oauth_proxy.keys import ProxyKeys, secrets_of
from doorward.oauth_proxy.options import GRACE, MAX_SIGN_IN, check, lifetimes
from doorward.oauth_proxy.profile import Profile
from doorward.oauth_proxy.registry import Registry
from doorward.oauth_proxy.routes import KEYS, Near, callback_path, metadata, routes
from doorward.oauth_proxy.sign_in import SignIn
from doorward.oauth_proxy.site import Site
from doorward.oauth_proxy.storage import OwnPlaces, storage_of
from doorward.oauth_proxy.tokens import GrantIds, TokenEndpoint
from doorward.oauth_proxy.upstream import Upstream
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from doorward.oauth_proxy.verifier import ProxyVerifier
from doorward.overrides import NOT_HERE, refuse_overrides
from doorward.protected_resources import ProtectedResources
from doorward.refusals import Refusals
from doorward.store import Store, StoreUnavailable

if TYPE_CHECKING:
    import httpx2
    from key_value.aio.protocols import AsyncKeyValue

__all__ = ["OAuthProxy"]

logger = logging.getLogger("doorward")


class OAuthProxy(AuthProvider):
    """Makes an MCP server of an API that has its own OAuth, where clients cannot register: they register here, their
    users sign in there, and each side keeps its tokens to itself. Any number of processes may serve it with one
    store."""

    def __init__(
        self,
        *,
        upstream_client_id: str,
        upstream: str | None = None,
        upstream_parameters: Mapping[str, str] | None = None,
        upstream_authorization_endpoint: str | None = None,
        upstream_token_endpoint: str | None = None,
        upstream_client_secret: str | None = None,
        upstream_revocation_endpoint: str | None = None,
        token_verifier: TokenVerifier | None = None,
        base_url: AnyHttpUrl | str,
        resource_base_url: AnyHttpUrl | str | None = None,
        redirect_path: str | None = None,
        issuer_url: AnyHttpUrl | str | None = None,
        service_documentation_url: AnyHttpUrl | str | None = None,
        allowed_client_redirect_uris: list[str] | None = None,
        valid_scopes: Sequence[str] | None = None,
        forward_pkce: bool = True,
        forward_resource: bool = False,
        token_endpoint_auth_method: str | None = None,
        extra_authorize_params: Mapping[str, str] | None = None,
        extra_token_params: Mapping[str, str] | None = None,
        client_storage: "Store | AsyncKeyValue | str | None" = None,
        storage_keys: SealingKeys | str | Path | None = None,
        jwt_signing_key: str | bytes | Sequence[str | bytes] | None = None,
        require_authorization_consent: Literal[True, "remember"] = True,
        consent_csp_policy: None = None,
        fallback_access_token_expiry_seconds: int | None = None,
        fallback_refresh_token_expiry_seconds: int | None = None,
        fastmcp_access_token_expiry_seconds: int | None = None,
        token_expiry_threshold_seconds: int = 0,
        enable_cimd: bool = True,
        identity_assertion: None = None,
        required_scopes: Sequence[str] | None = None,
        upstream_name: str | None = None,
        upstream_scopes: Sequence[str] = (),
        upstream_issuer: str | None = None,
        upstream_sends_iss: bool = False,
        scope_separator: str | None = None,
        refresh_grace_seconds: int = GRACE,
        revocation_delay: float = 5,
        limits: Mapping[str, tuple[int, int, int]] | None = None,
        trusted_hops: int = 0,
        forwarded_by: ForwardedBy = "x-forwarded-for",
        http_client: "httpx.AsyncClient | httpx2.AsyncClient | None" = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create a proxy with FastMCP's arguments; what is different about them, and what there is besides:

        upstream: a service's name, one of `doorward.Upstream.names()`, which says where it is and how it is asked, with
        the parameters of its endpoints; other arguments override or extend it. token_verifier:
        says whom a token of the upstream is about, when a user signs in and every five minutes from then on; without
        one, each sign-in is a caller of its own. base_url: https, or http on loopback. allowed_client_redirect_uris:
        without wildcards. forward_resource: whether the server's URL goes upstream as `resource`. client_storage: a
        store of `doorward.store` or its URL, or FastMCP's; a file of SQLite if there is none. storage_keys: those with
        which all of it is sealed, or their file; all processes need the same. If none is given, they are made of
        jwt_signing_key; without that, their file is made beside that of SQLite. jwt_signing_key: of what keys are made,
        if they are not to be made and kept: 32 characters at least; of several the first is used, and the others are
        still good.
        upstream_revocation_endpoint: "" for none, also where the service's profile has one.
        require_authorization_consent: consent is always asked for; with "remember" the person may say that it is to be
        remembered.
        consent_csp_policy, identity_assertion: not taken. fallback_refresh_token_expiry_seconds: for how long a sign-in
        lasts, 30 days if not given, 90 at most. fastmcp_access_token_expiry_seconds: 15 to 60 minutes, the latter if
        not given.

        required_scopes: those that each request needs, if not those of the verifier. upstream_name: for people.
        upstream_scopes: those that are asked for upstream beside the client's, such as `offline_access`.
        upstream_issuer: whose `iss` the upstream's responses must have, if they have one; upstream_sends_iss: whether
        they must have it. scope_separator: what the upstream wants between scopes. refresh_grace_seconds: for how long
        a refresh token returns the same successor again. revocation_delay: seconds after which a token is refused that
        another process has revoked. limits: of `doorward.oauth_proxy.endpoints.LIMITS`, those that are to be others.
        trusted_hops, forwarded_by: one's own proxies, as in `doorward.limits`. http_client: what asks the upstream.
        clock: seconds since 1970. Raises `ValueError`, `TypeError` or `DoorwardError` for what is wrong."""
        refuse_overrides(type(self), OAuthProxy, ("verify_token",), NOT_HERE)
        check(locals())
        known = Profile.of(upstream, upstream_parameters)
        authorization_endpoint = upstream_authorization_endpoint or known.authorization_endpoint
        token_endpoint = upstream_token_endpoint or known.token_endpoint
        if authorization_endpoint is None or token_endpoint is None:
            raise ValueError(
                "upstream: a service's name, or upstream_authorization_endpoint and upstream_token_endpoint"
            )
        if upstream_client_secret is None and known.needs_secret:
            raise ValueError(f"upstream_client_secret: {upstream} has no clients without one")
        if token_endpoint_auth_method is None and upstream_client_secret is not None:
            token_endpoint_auth_method = known.auth_method
        base = str(base_url).rstrip("/")
        if not is_https_or_loopback(base):
            raise ValueError("base_url: must be https, or http on loopback")
        callback = callback_path(redirect_path)
        required = list(
            required_scopes if required_scopes is not None else getattr(token_verifier, "required_scopes", ())
        )
        scopes = list(valid_scopes) if valid_scopes is not None else required
        if missing := set(required) - set(scopes):
            raise ValueError(f"valid_scopes: {', '.join(sorted(missing))} is required, and not among them")
        issuer = str(issuer_url).rstrip("/") if issuer_url is not None else base
        for name, url in (("base_url", base), ("issuer_url", issuer), ("resource_base_url", resource_base_url or base)):
            named(name, authorization_server_metadata_urls, str(url))
        super().__init__(base_url=base, required_scopes=required, resource_base_url=resource_base_url)
        if upstream_issuer is not None:
            named("upstream_issuer", authorization_server_metadata_urls, upstream_issuer)
        if upstream_sends_iss and upstream_issuer is None and known.issuer is None:
            raise ValueError("upstream_issuer: is required with upstream_sends_iss, since `iss` is compared with it")
        access_lifetime, sign_in_lifetime = lifetimes(
            fastmcp_access_token_expiry_seconds, fallback_refresh_token_expiry_seconds
        )
        self._site = site = Site(
            issuer=issuer,
            base_url=base,
            callback_path=callback,
            scopes=scopes,
            scopes_besides=(*known.scopes, *upstream_scopes),
            required_scopes=required,
            access_lifetime=access_lifetime,
            family_lifetime=sign_in_lifetime,
            # Who has a sign-in for so long, by FastMCP's argument, has it without using it, too.
            idle_lifetime=sign_in_lifetime,
            grace=refresh_grace_seconds,
        )
        # Too many scopes are rejected now, and not when somebody signs in.
        name = "required_scopes" if valid_scopes is None else "valid_scopes"
        named(name, upstream_granted_of, [], known=scopes, response="")
        named("upstream_scopes", site.granted, [], None)
        self._upstream = service = Upstream(
            authorization_endpoint=authorization_endpoint,
            token_endpoint=token_endpoint,
            # An empty one is none, also where the profile has one.
            revocation_endpoint=(
                known.revocation_endpoint
                if upstream_revocation_endpoint is None
                else upstream_revocation_endpoint or None
            ),
            client_id=upstream_client_id,
            client_secret=upstream_client_secret,
            auth_method=token_endpoint_auth_method,
            redirect_uri=site.url(site.callback_path),
            pkce=forward_pkce,
            authorize_params={**known.authorize_params, **(extra_authorize_params or {})},
            token_params=extra_token_params,
            scopes=site.scopes_besides,
            scope_separator=scope_separator or known.scope_separator,
            granted=known.granted,
            lifetime=fallback_access_token_expiry_seconds,
            threshold=token_expiry_threshold_seconds,
            client=client_of("http_client", http_client),
            clock=clock,
        )
        made_of = secrets_of(jwt_signing_key, issuer)
        # Nothing of another proxy's, or of another upstream's, is honoured here, whoever shares the store.
        own = issuer, token_endpoint, upstream_client_id
        self._store: Store = OwnPlaces(storage_of(client_storage, storage_keys, issuer, made_of), *own)
        self._keys = keys = ProxyKeys(self._store, clock, made_of)
        self._endpoints = endpoints = Endpoints(limits, trusted_hops, forwarded_by)
        self._registry = registry = Registry(
            self._store,
            [issuer, base, *([] if resource_base_url is None else [str(resource_base_url)])],
            allowed=allowed_client_redirect_uris,
            documents=enable_cimd,
            clock=clock,
        )
        grants = Grants(self._store, revocation_delay, clock)
        # The longest that there may be at all: before a restart, the lifetimes may have been longer ones.
        codes = GrantIds("code", MAX_SIGN_IN + MAX_ACCESS_TOKEN_LIFETIME, keys, clock)
        ids = GrantIds("access token", MAX_ACCESS_TOKEN_LIFETIME, keys, clock)
        verifies, sure = None if token_verifier is None else self._identify, is_sure(token_verifier)
        self._upstream_tokens = upstream_tokens = UpstreamTokens(
            site, grants, service, endpoints, clock, verifies, sure
        )
        self._verifier = verifier = ProxyVerifier(site, keys, ids, grants, upstream_tokens, clock)
        self._sign_in = SignIn(
            site,
            self._store,
            keys,
            codes,
            endpoints,
            registry,
            grants,
            service,
            verifier,
            identify=self._identify,
            is_sure=sure,
            upstream_name=upstream_name or known.name or service.host,
            upstream_issuer=upstream_issuer or known.issuer,
            upstream_sends_iss=upstream_sends_iss or known.sends_iss,
            forward_resource=forward_resource,
            remembered_for=own if require_authorization_consent == "remember" else None,
            granted_in_callback=known.granted if known.granted_in_callback else None,
            clock=clock,
        )
        self._tokens = TokenEndpoint(
            site,
            keys,
            codes,
            ids,
            endpoints,
            registry,
            grants,
            service,
            upstream_tokens,
            family_of=verifier.family_of,
            clock=clock,
        )
        self._token_verifier = token_verifier
        self._documentation: dict[str, Any] = {
            "client_documents": enable_cimd,
            "service_documentation": None if service_documentation_url is None else str(service_documentation_url),
        }
        if service_documentation_url is not None:
            named("service_documentation_url", metadata, site, scopes, **self._documentation)
        self._guard: Middleware | None = None
        self._routed, self._begun, self._reported = False, False, set[str]()
        self._refusals = Refusals(verifier.policy)

    def __init_subclass__(cls, **options: Any) -> None:
        """Refuse methods that FastMCP's class would call, and this one never does: they may be there to restrict."""
        super().__init_subclass__(**options)
        from fastmcp.server.auth.oauth_proxy import OAuthProxy as Theirs

        # Whatever class they are of, before this one or after it: none of them is called.
        own = {name for each in cls.__mro__ if each not in OAuthProxy.__mro__ for name in vars(each)}
        # Python itself writes some.
        own = {name for name in own if not name.startswith("__")}
        hooks = {name for name in own if hasattr(Theirs, name) and not hasattr(OAuthProxy, name)}
        if hooks:
            raise TypeError(f"{cls.__name__}: this OAuthProxy never calls FastMCP's {', '.join(sorted(hooks))}")

    async def _identify(self, token: str) -> Identity | None:
        return await identity_of(token, self._token_verifier)

    @property
    def scopes_supported(self) -> list[str]:
        """Return the scopes that the metadata lists."""
        return list(self._site.scopes)

    def get_challenge_scopes(self, required_scopes: list[str] | None = None) -> list[str]:
        """Return the scopes of the challenge."""
        return list(self._verifier.policy.challenge_scopes) if required_scopes is None else required_scopes

    async def verify_token(self, token: str) -> AccessToken | None:
        """Verify a token for a wrapping provider; returns `None` if it is refused. Raises FastMCP's
        `TokenVerificationError` if it cannot be verified now."""
        self._look()
        return await verified(self._verifier.authenticate, token, self._refusals, withhold)

    def _trusts(self, token: str) -> bool:
        return self._refusals.trusts(token)

    def set_mcp_path(self, mcp_path: str | None) -> None:
        """Note where the server is, and so what tokens are for; raises `ValueError` once it is served elsewhere."""
        if mcp_path and Near(self._site.callback_path).is_near(mcp_path):
            raise ValueError(f"redirect_path: {mcp_path} is where the server is")
        resource = str(self._get_resource_url(mcp_path)).rstrip("/")
        if self._routed:
            if resource != self._site.resource:
                # What serves the first would verify for the second, and the first's callers would be refused.
                raise ValueError(f"one OAuthProxy is one server's, and it serves {self._site.resource} already")
            return
        super().set_mcp_path(mcp_path)
        self._site.resource = resource
        self._verifier.settle()
        self._refusals = Refusals(self._verifier.policy)
        self._resources = ProtectedResources([self._site.resource], [self._site.issuer], self.scopes_supported)
        if self._guard is not None:
            self._guard.kwargs.update(self._guarding())

    def _guarding(self) -> dict[str, Any]:
        return {
            "policy": self._verifier.policy,
            "authenticate": self._verifier.authenticate,
            "resource_metadata": self._resources.metadata_url,
            "refusals": self._refusals,
            "challenge_scopes": self.get_challenge_scopes,
            "components": self._components,
            "begin": self._begin,
            "end": self._upstream_tokens.end,
        }

    def _components(self, scope: Scope) -> ComponentScopes | None:
        self._look()
        server = getattr(getattr(scope.get("app"), "state", None), "fastmcp_server", None)
        return None if server is None else GrantableScopes(server, self._site.scopes, self._reported)

    @asynccontextmanager
    async def lifespan(self, _: object = None) -> AsyncIterator[dict[str, Any]]:
        """Begin and end with a server: `FastMCP(auth=auth, lifespan=auth.lifespan)`, where its app is mounted in
        another one, or the proxy is within another provider: only an app that runs by itself notifies its middleware.

        Raises `StoreError` if what is stored is sealed with other keys. At the end, what the upstream was asked for is
        waited for, 25 seconds at most, and kept."""
        await self._begin()
        try:
            yield {}
        finally:
            await self._upstream_tokens.end()

    def _look(self) -> None:
        """Log once, at the first request, that nothing notifies the proxy when the server starts and ends."""
        if not self._begun:
            self._begun = True
            logger.warning(
                "OAuthProxy was not told that the server begins, nor will it be that it ends, and what the upstream"
                " gives just then is lost: FastMCP(auth=auth, lifespan=auth.lifespan)"
            )

    async def _begin(self, _: object = None) -> None:
        """Raise `StoreError` if what is stored is sealed with other keys; one that does not answer may do so later."""
        self._begun = True
        with suppress(StoreUnavailable):
            await self._store.get(*ProxyKeys.PLACE)

    def get_middleware(self) -> list[Middleware]:
        """Return `BearerAuthMiddleware`, in the place of FastMCP's own."""
        if not self._site.resource:
            self.set_mcp_path(None)
        # FastMCP asks for it before it says where the server is.
        self._guard = Middleware(BearerAuthMiddleware, **self._guarding())
        return [self._guard]

    def get_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return the routes of the authorization server, and those of the metadata."""
        self.set_mcp_path(mcp_path)
        self._routed = True
        return routes(
            self._site,
            named("metadata", metadata, self._site, self.scopes_supported, **self._documentation),
            self._resources.route(True),
            self._verifier,
            self._sign_in,
            self._tokens,
        )

    def get_well_known_routes(self, mcp_path: str | None = None) -> list[Route]:
        """Return the routes of the metadata, for the outer application where the server is mounted in one: clients look
        for them at the root of the origin (RFC 8414 section 3, RFC 9728 section 3.1). The keys are below `base_url`,
        where what is mounted has them, and at the root the outer application may have its own."""
        routes = super().get_well_known_routes(mcp_path)
        return [route for route in routes if route.path != KEYS or not urlsplit(self._site.base_url).path]
