"""FastMCP's `JWTVerifier`, strict: import it from `doorward.fastmcp`."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import fastmcp.server.auth
import httpx
from fastmcp.server.auth import AccessToken, MultiAuth, RemoteAuthProvider
from fastmcp.server.auth.providers import jwt
from fastmcp.server.auth.ssrf import ssrf_safe_fetch
from fastmcp.server.dependencies import get_http_request
from joserfc import jwk
from joserfc.errors import JoseError
from pydantic import AnyHttpUrl, Field, TypeAdapter, ValidationError
from starlette.types import Scope

from doorward import arguments
from doorward._core import (
    ASYMMETRIC,
    MAX_KEY_SET_LENGTH,
    SYMMETRIC,
    Authenticator,
    DoorwardError,
    KeySet,
    Policy,
    Principal,
    SharedSecrets,
    is_unavailable,
    uses_shared_secrets,
)
from doorward.access_tokens import AccessTokens, CopiedSlots
from doorward.http_client import http_client as client_of
from doorward.jwks import JwksSource, Verifier
from doorward.overrides import refuse_overrides
from doorward.refusals import Refusals

if TYPE_CHECKING:
    import httpx2

    from doorward._core import _Relaxation

__all__ = ["JWTVerifier", "current_scope", "unavailable", "verified"]

# FastMCP 4.1 has none, and answers alike to whatever is raised.
unavailable: type[Exception] = getattr(fastmcp.server.auth, "TokenVerificationError", RuntimeError)


class QuietAccessToken(CopiedSlots, AccessToken):
    """FastMCP's access token, whose text does not show, with the principal."""

    __slots__ = ("principal",)
    token: str = Field(repr=False)


async def verified(
    authenticate: Callable[[str], Any],
    token: str,
    refusals: Refusals,
    accepted: Callable[[Scope | None], None] = lambda _: None,
) -> AccessToken | None:
    """Verify a token for FastMCP: `None` if it is refused, FastMCP's `TokenVerificationError` if it cannot be verified.
    `accepted` is called with each request whose token is valid.

    Several providers may be asked for one token, so that of another issuer is no reason to warn where one of them may
    know it.
    """
    try:
        access_token: AccessToken = await authenticate(token)
    except DoorwardError as error:
        scope = current_scope()
        refusals.log(error, token, scope, ours=True if scope and _is_nobodys(token, scope) else None)
        if is_unavailable(error.number):
            raise unavailable(str(error)) from None
        return None
    accepted(current_scope())
    return access_token


def current_scope() -> Scope | None:
    """Return the request that FastMCP serves now, if it serves one."""
    try:
        return get_http_request().scope
    except RuntimeError:
        return None


def _is_nobodys(token: str, scope: Scope) -> bool:
    """Return whether no provider of a request's server may accept a token, by the issuer that it names."""
    server = getattr(getattr(scope.get("app"), "state", None), "fastmcp_server", None)
    return server is not None and not any(_may_accept(provider, token) for provider in _asked(server.auth))


def _asked(provider: Any) -> Iterator[Any]:
    """Return the providers that are asked one after another; none if one alone is."""
    for source in provider._sources if isinstance(provider, MultiAuth) else ():
        within = source.token_verifier if isinstance(source, RemoteAuthProvider) else source
        yield from _asked(within) if isinstance(within, MultiAuth) else (within,)


def _may_accept(provider: Any, token: str) -> bool:
    trusts = getattr(provider, "_trusts", None)
    return trusts is None or trusts(token)


class _SsrfSafe(httpx.AsyncBaseTransport):
    """FastMCP's fetch for URLs of strangers: https, public addresses, pinned names."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # It loads certificates each time, which takes too long for an event loop.
        fetch = ssrf_safe_fetch(str(request.url), max_size=MAX_KEY_SET_LENGTH)
        return httpx.Response(200, content=await asyncio.to_thread(asyncio.run, fetch))


def _url(name: str, value: Any) -> None:
    try:
        _URL.validate_python(value)
    except ValidationError:
        raise ValueError(f"{name}: must be an https URL") from None


_URL = TypeAdapter(AnyHttpUrl)
_TEXT, _WHOLE = arguments.maybe(arguments.text), arguments.maybe(arguments.whole)
_ANY_OF = arguments.maybe(arguments.any_of)
_ARGUMENTS: dict[str, arguments.Kind] = {
    "public_key": arguments.maybe(arguments.instance("a str or bytes", str, bytes)),
    "jwks_uri": _TEXT,
    "issuer": _ANY_OF,
    "audience": _ANY_OF,
    "algorithm": _ANY_OF,
    "required_scopes": arguments.maybe(arguments.all_of(arguments.texts, arguments.scopes)),
    "base_url": arguments.maybe(arguments.all_of(arguments.instance("a str or AnyHttpUrl", str, AnyHttpUrl), _url)),
    "ssrf_safe": arguments.flag,
    "jwks_refresh_interval": arguments.number,
    "relax": arguments.texts,
    "scope_source": _TEXT,
    "leeway": _WHOLE,
    "max_stale": _WHOLE,
    "clock": arguments.function,
}


class JWTVerifier(jwt.JWTVerifier):
    """FastMCP's `JWTVerifier`, with tokens verified by doorward; other providers may wrap it.

    Takes FastMCP's arguments. `issuer` and `audience` are required, tokens must have `exp`, and be access tokens by
    their `typ`: the documentation lists all differences, and what restores the former behaviour.
    """

    def __init__(
        self,
        *,
        public_key: str | bytes | None = None,
        jwks_uri: str | None = None,
        issuer: str | list[str] | None = None,
        audience: str | list[str] | None = None,
        algorithm: str | Sequence[str] | None = None,
        required_scopes: list[str] | None = None,
        base_url: AnyHttpUrl | str | None = None,
        ssrf_safe: bool = False,
        http_client: "httpx2.AsyncClient | httpx.AsyncClient | None" = None,
        jwks_refresh_interval: float = 30.0,
        relax: "Sequence[_Relaxation]" = (),
        scope_source: str | None = None,
        leeway: int | None = None,
        max_stale: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create a verifier as FastMCP's, whose attributes it has too.

        `algorithm` may be a list. `relax`, `scope_source`, `leeway` (in seconds) and `max_stale` are those of
        `RemoteOAuth`. Raises `ValueError` or `DoorwardError` for what is wrong, and `TypeError` for a subclass that
        overrides the steps of FastMCP's verification, which are not taken here.
        """
        self._check_class()
        arguments.check(locals(), _ARGUMENTS)
        self._client = client_of("http_client", http_client)
        algorithms = ("RS256",) if algorithm is None else _several(algorithm)
        if not algorithms:
            raise ValueError("algorithm: the list is empty; leave it out for RS256")
        # RFC 8037 has another name for Ed25519.
        known = *ASYMMETRIC, "EdDSA", *SYMMETRIC
        if unknown := [each for each in algorithms if each not in known]:
            raise ValueError(f"algorithm: Unsupported algorithm: {', '.join(unknown)}; there are {', '.join(known)}")
        try:
            uses_shared_secrets(algorithms)
        except DoorwardError:
            raise ValueError(
                f"algorithm: {', '.join(algorithms)} are for shared secrets and for public keys; name one kind"
            ) from None
        super().__init__(
            public_key=public_key,
            jwks_uri=jwks_uri,
            issuer=issuer,
            audience=audience,
            algorithm=algorithms[0],
            required_scopes=required_scopes,
            base_url=base_url,
            ssrf_safe=ssrf_safe,
            http_client=http_client,  # type: ignore[arg-type]
            jwks_refresh_interval=jwks_refresh_interval,
        )
        self.algorithms = algorithms
        self._relax, self._scope_source, self._leeway, self._max_stale = relax, scope_source, leeway, max_stale
        self._clock = clock
        self._current: _Configured | None = None
        self._configured()

    def _check_class(self) -> None:
        own = [name for name in vars(jwt.JWTVerifier) if name.startswith("_") and not name.startswith("__")]
        steps = [name for name in own if callable(getattr(jwt.JWTVerifier, name))]
        instead = "override load_access_token or verify_token, and return None for what is refused"
        refuse_overrides(type(self), JWTVerifier, steps, instead)

    def _configured(self) -> "_Configured":
        """Return what verifies by the attributes as they are now: other providers set the audience late."""
        algorithms = self.algorithms if self.algorithm == self.algorithms[0] else (self.algorithm,)
        settings = (
            self.public_key,
            self.jwks_uri,
            _several(self.issuer),
            _several(self.audience),
            algorithms,
            tuple(self.required_scopes),
        )
        if self._current is None or self._current.settings != settings:
            self._current = _Configured(self, settings)
        return self._current

    async def authenticate(self, token: str) -> AccessToken:
        """Return the access token if it is valid; raises `DoorwardError` otherwise."""
        configured = self._configured()
        return configured.access_tokens.of(token, await configured.principal(token))

    def _trusts(self, token: str) -> bool:
        return self._configured().refusals.trusts(token)

    async def load_access_token(self, token: str) -> AccessToken | None:
        """Verify a token; returns `None` if it is refused. Raises FastMCP's `TokenVerificationError` where the keys
        cannot be had."""
        configured = self._configured()
        return await verified(self.authenticate, token, configured.refusals)


class _Source(JwksSource):
    ALGORITHMS = "algorithm"


class _Configured:
    """What a verifier's attributes amount to; made anew when one of them changes."""

    def __init__(self, verifier: JWTVerifier, settings: Any) -> None:
        public_key, jwks_uri, issuers, audience, algorithms, scopes = self.settings = settings
        for name, value in (("issuer", issuers), ("audience", audience)):
            if not value:
                raise ValueError(f"{name}: tokens of any {name} would be accepted; name the one that is meant")
        self.policy = Policy.mcp(
            issuers[0],
            audience,
            issuers=issuers if len(issuers) > 1 else None,
            algorithms=algorithms,
            leeway=verifier._leeway,
            required_scopes=scopes,
            scope_source=verifier._scope_source,
            # A key that was passed has no name, and a token may name one.
            relax=[*verifier._relax, "unnamed_key"] if public_key else verifier._relax,
        )
        self.refusals = Refusals(self.policy)
        self.access_tokens = AccessTokens(QuietAccessToken, self.policy)
        self._clock = verifier._clock
        self._verifier: Verifier | None = None
        if not public_key:  # which comes first where one was set later, as in FastMCP
            safe = httpx.AsyncClient(transport=_SsrfSafe()) if verifier.ssrf_safe else None
            source = _Source(
                issuers[0],
                jwks_uri=str(jwks_uri),
                algorithms=algorithms,
                relax=verifier._relax,
                max_stale=verifier._max_stale,
                cooldown=math.ceil(verifier._jwks_refresh_interval),
                client=safe or verifier._client,
                clock=verifier._clock,
            )
            self._verifier = Verifier(self.policy, source, clock=verifier._clock)
        else:
            self._authenticator = Authenticator(self.policy)
            self._authenticator.set_keys(self.policy.issuer, _keys(public_key, algorithms))

    async def principal(self, token: str) -> Principal:
        if self._verifier is not None:
            return await self._verifier.authenticate(token)
        return self._authenticator.authenticate(token, max(int(self._clock()), 0))


def _several(value: str | Sequence[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _keys(text: str | bytes, algorithms: Sequence[str]) -> KeySet | SharedSecrets:
    """Return a public key in PEM, or a shared secret; raises if it is no key for the algorithms."""
    if uses_shared_secrets(algorithms):
        if len(algorithms) > 1:
            raise ValueError("algorithm: a shared secret is for one")
        secret = text.encode() if isinstance(text, str) else text
        return arguments.named("public_key", SharedSecrets.single, secret, algorithms[0])
    for algorithm in algorithms:
        with suppress(ValueError, JoseError):
            key = jwk.import_key(text, jwt._key_type_for_algorithm(algorithm))
            break
    else:
        raise ValueError(f"public_key: not a key for {' or '.join(algorithms)} in PEM")
    if key.is_private:
        raise ValueError("public_key: this is the private key, which belongs to the issuer alone")
    keys = KeySet.parse(json.dumps({"keys": [key.as_dict(private=False)]}), algorithms)
    if not len(keys):
        raise ValueError(f"public_key: {keys.skipped[0][1]}")
    return keys
