"""What FastMCP's adapter and the SDK's share: a server's policy, keys, metadata and answers."""

import functools
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar
from urllib.parse import unquote, urlsplit

from mcp.server.auth.provider import AccessToken
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from doorward import arguments
from doorward._core import (
    ASYMMETRIC,
    Authenticator,
    DoorwardError,
    Policy,
    Provider,
    named_policy,
    printable,
    uses_shared_secrets,
)
from doorward.access_tokens import AccessTokens, Kept
from doorward.arguments import named, wrong
from doorward.check import check
from doorward.http_client import http_client
from doorward.introspection import Introspection, IntrospectionVerifier
from doorward.jwks import JwksSource, Verifier
from doorward.middleware import BearerAuthMiddleware
from doorward.policies import policy_of, policy_of_provider
from doorward.protected_resources import ProtectedResources
from doorward.refusals import Expected, Refusals

if TYPE_CHECKING:
    import httpx
    import httpx2

    from doorward._core import _ClientClaim, _Relaxation

__all__ = ["Options", "ResourceServer"]

logger = logging.getLogger("doorward")

_Token = TypeVar("_Token", bound=AccessToken)


class Options(TypedDict, total=False):
    """The arguments of `RemoteOAuth` and `DoorwardVerifier`; all are keywords.

    Beside these, `source`: keys that are shared with others, in place of the arguments that are about fetching.

    Args:
        issuer: the authorization server's URL, as tokens have it in `iss` if neither `issuers` nor `issuer_template`
            says otherwise.
        provider: in the place of `issuer`, the name of an identity provider's profile, such as `entra`; see
            `doorward.Provider`.
        parameters: of the profile, such as `{"tenant": "..."}`.
        tenants: the tenants whose tokens are accepted, where a profile has several.
        clients: the clients to one of which a token must have been issued, where a profile requires that.
        resource: the public URL of the server, path included, as tokens have it in `aud` if `audience` does not say
            otherwise; several for a server with several public host names.
        audience: as in `Policy.mcp`; may be empty beside a `client_binding`.
        issuers: several issuers of one key set, which `jwks_uri` or `source` names.
        issuer_template: as in `Policy.mcp`.
        more_issuers: others whose tokens are accepted as well, each with keys of its own: for each, a dict of the
            arguments that are about an issuer and its tokens. What is about fetching, and `leeway`, is as above where
            it is not in the dict, and scopes are those of the server.
        client_binding: as in `Policy.mcp`.
        client_claim: as in `Policy.mcp`.
        scopes: those that every request needs.
        preset: the policy's, `mcp` or `rfc9068`.
        scope_source: as in `Policy.mcp`.
        scope_prefix: as in `Policy.mcp`.
        advertised_scopes: as in `Policy.mcp`.
        challenge_scopes: as in `Policy.mcp`.
        scope_hierarchy: as in `Policy.mcp`.
        algorithms: as in `Policy.mcp`.
        leeway: as in `Policy.mcp`.
        relax: as in `Policy.mcp`.
        jwks_uri: the URL of the issuer's keys; found through the issuer's metadata if omitted.
        max_stale: seconds for which keys may be used past their lifetime if they cannot be fetched.
        cooldown: seconds between two fetches.
        client: what fetches the keys.
        introspection: the endpoint that knows opaque tokens; a vendor's replaces `issuer` too.
        resource_name: for people, in the metadata.
        resource_documentation: a URL for people, in the metadata.
        root_metadata: whether the metadata is also where clients look that know no path.
        anonymous_discovery: whether `initialize`, `server/discover`, `ping`, `tools/list` and notifications need no
            token, so that clients see which tools there are before their users sign in; all else does, and tools that
            need scopes are not listed.
        insecure_http_for_development: whether issuer and resource may be http beyond loopback, as between containers on
            one machine: an attacker on the network can read tokens and substitute keys, so it is not for anything else.
        header: a header that may have the token in the place of `Authorization`, by itself.
        on_refusal: is called with the parts of each refusal, a dict as in `doorward.refusals.Refusals`.
        clock: seconds since 1970.
    """

    issuer: str | None
    provider: str | None
    parameters: Mapping[str, str] | None
    tenants: Sequence[str] | None
    clients: Sequence[str] | None
    resource: str | Sequence[str] | None
    audience: str | Sequence[str] | None
    issuers: Sequence[str] | None
    issuer_template: tuple[str, str, Sequence[str]] | None
    more_issuers: Sequence[Mapping[str, Any]] | None
    client_binding: "tuple[_ClientClaim, Sequence[str]] | None"
    client_claim: "_ClientClaim | None"
    scopes: str | Sequence[str] | None
    preset: Literal["mcp", "rfc9068"] | None
    scope_source: str | None
    scope_prefix: str | None
    advertised_scopes: str | Sequence[str] | None
    challenge_scopes: str | Sequence[str] | None
    scope_hierarchy: Mapping[str, str | Sequence[str]] | None
    algorithms: Sequence[str] | None
    leeway: int | None
    relax: "Sequence[_Relaxation] | None"
    jwks_uri: str | None
    max_stale: int | None
    cooldown: int | None
    client: "httpx.AsyncClient | httpx2.AsyncClient | None"
    introspection: Introspection | None
    resource_name: str | None
    resource_documentation: str | None
    root_metadata: bool
    anonymous_discovery: bool
    insecure_http_for_development: bool
    header: str | None
    on_refusal: Callable[[Mapping[str, Any]], None] | None
    clock: Callable[[], float]


_OF_ISSUER = ("issuer", "issuers", "issuer_template", "client_binding", "client_claim", "preset")
_OF_PROVIDER = ("parameters", "tenants", "clients")
_OF_POLICY = (
    *("provider", "audience", "scopes", "scope_source", "scope_prefix", "advertised_scopes", "challenge_scopes"),
    *("scope_hierarchy", "algorithms", "leeway", "relax"),
)
_OF_SOURCE = ("jwks_uri", "max_stale", "cooldown", "client")
_OF_METADATA = ("resource_name", "resource_documentation")
_FLAGS = {"root_metadata": True, "anonymous_discovery": False, "insecure_http_for_development": False}
_OTHERS = (*_FLAGS, "introspection", "resource", "header", "on_refusal", "clock", "more_issuers")
# What each of `more_issuers` may say, and what it need not.
_OF_EACH = (
    *_OF_ISSUER,
    *_OF_PROVIDER,
    *_OF_SOURCE,
    "provider",
    "audience",
    "scope_source",
    "algorithms",
    "leeway",
    "relax",
)
_SHARED = ("scopes", "scope_hierarchy", "leeway", "max_stale", "cooldown", "client")


def _only(options: Mapping[str, Any], names: Sequence[str], why: str) -> None:
    if needless := [name for name in names if name in options]:
        raise ValueError(f"{', '.join(needless)}: {why}")


_KINDS: dict[str, arguments.Kind] = {
    **dict.fromkeys(("issuer", "client_claim", "scope_source", "scope_prefix", "jwks_uri"), arguments.text),
    **dict.fromkeys(_OF_METADATA, arguments.text),
    **dict.fromkeys(("tenants", "clients", "issuers", "algorithms", "relax"), arguments.texts),
    **dict.fromkeys(("resource", "audience"), arguments.any_of),
    **dict.fromkeys(("scopes", "advertised_scopes", "challenge_scopes"), arguments.scopes),
    **dict.fromkeys(("leeway", "max_stale", "cooldown"), arguments.whole),
    **dict.fromkeys(("on_refusal", "clock"), arguments.function),
    **dict.fromkeys(_FLAGS, arguments.flag),
    "provider": arguments.text,
    "parameters": arguments.table("a dict of str to str", arguments.text),
    "issuer_template": arguments.row(
        "a template, its claim and a list of values", arguments.text, arguments.text, arguments.texts
    ),
    "client_binding": arguments.row("a claim and a list of clients", arguments.text, arguments.texts),
    "scope_hierarchy": arguments.hierarchy,
    "preset": arguments.one_of("mcp", "rfc9068"),
    "introspection": arguments.instance("an Introspection", Introspection),
    "header": arguments.header,
    "more_issuers": arguments.sequence("a list of dicts", arguments.instance("a dict", Mapping)),
}


def _check(options: Mapping[str, Any]) -> None:
    arguments.check(options, _KINDS)
    if "client" in options:
        http_client("client", options["client"])
    if "client_claim" in options and "client_binding" in options:
        raise ValueError("client_claim: client_binding says that; leave it out")
    for name in options.get("algorithms", ()):
        try:
            uses_shared_secrets([name])
        except DoorwardError:
            raise ValueError(f"algorithms: {name} is none of {', '.join(ASYMMETRIC)}") from None


def _each(who: str, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the arguments of each of `more_issuers`, with those of the server that hold for all."""
    made = []
    for place, each in enumerate(options.get("more_issuers", ())):
        if unknown := [name for name in each if name not in _OF_EACH]:
            raise TypeError(
                f"more_issuers[{place}]: {', '.join(map(repr, unknown))} is the server's, or unknown; {who}() has it"
            )
        own = {name: value for name, value in each.items() if value is not None}
        named(f"more_issuers[{place}]", _check, own)
        made.append({name: options[name] for name in _SHARED if name in options} | own)
    return made


def _issuer_of(name: str, parameters: Mapping[str, str] | None) -> str:
    """Return a provider's issuer, or the name of the argument if its parameters do not say."""
    try:
        return Provider(name).issuer(parameters)
    except DoorwardError:
        return "https://..."


def _expected(policy: Policy, options: Mapping[str, Any]) -> Expected:
    profile = Provider(options["provider"]) if "provider" in options else None
    clients = options.get("client_binding")
    if profile is not None and "clients" in options:
        clients = profile.client_claim, options["clients"]
    return Expected(policy, clients, () if profile is None else profile.kind)


class ResourceServer(Generic[_Token]):
    """A server that callers need a token for: what it accepts, by which keys, and what it says of itself."""

    def __init__(
        self,
        cls: type[_Token],
        who: str,
        policy: Policy | None,
        source: JwksSource | None,
        options: Mapping[str, Any],
    ) -> None:
        """Create a resource server from the class of the access tokens, the name of what is created for an error, and a
        policy or the arguments that make one. Raises `DoorwardError`, `ValueError` or `TypeError` for what is wrong."""
        if policy is not None and not isinstance(policy, Policy):
            raise wrong("policy", "a Policy", policy)
        known = (*_OF_ISSUER, *_OF_PROVIDER, *_OF_POLICY, *_OF_SOURCE, *_OF_METADATA, *_OTHERS)
        if unknown := [name for name in options if name not in known]:
            raise TypeError(f"{who}() takes no argument {', '.join(map(repr, unknown))}")
        options = {name: value for name, value in options.items() if value is not None}
        _check(options)
        resource = options.get("resource", policy.audience if policy is not None else ())
        self.resources = [resource] if isinstance(resource, str) else list(resource)
        self.header: str | None = options.get("header")
        introspection = options.get("introspection")
        flags = {name: options.get(name, default) for name, default in _FLAGS.items()}
        http: dict[str, Any] = {"insecure_http_for_development": flags["insecure_http_for_development"]}
        self._http = http
        if http["insecure_http_for_development"]:
            logger.warning("http beyond loopback is allowed: for development, since all on the way can read tokens")
        place = None
        if policy is not None:
            why = "the policy says that; leave it out"
            _only(options, (*_OF_ISSUER, *_OF_PROVIDER, *_OF_POLICY, "more_issuers"), why)
        else:
            policy, place = self._policy(who, options, source)
            self.header = options.get("header", self._header_of(options))
        self.policy = policy
        if introspection is not None and introspection.issuer not in (None, policy.issuer):
            raise ValueError(f"introspection: tokens of {introspection.vendor} are those of {introspection.issuer}")
        _, clients = options.get("client_binding", ("", ()))
        if introspection is not None and introspection.client_id and clients and introspection.client_id not in clients:
            raise ValueError(
                f"client_binding: {introspection.vendor} knows the tokens of the client that asks alone, which is"
                f" {introspection.client_id!r}"
            )
        clock = options.get("clock", time.time)
        self.source = self._source(policy, options, source, place, clock)
        expected, sources = [_expected(policy, options)], [self.source]
        for index, of_issuer in enumerate(_each(who, options)):
            which = f"more_issuers[{index}]"
            another, place = named(which, self._policy, who, of_issuer, None)
            if (header := self._header_of(of_issuer)) is not None and header != self.header:
                raise ValueError(f"{which}: {of_issuer['provider']} has its tokens in {header}; name it as header")
            expected.append(_expected(another, of_issuer))
            sources.append(named(which, self._source, another, of_issuer, None, place, clock))
        self._about: dict[str, Any] = {name: options.get(name) for name in _OF_METADATA}
        self._root_metadata = flags["root_metadata"]
        self._anonymous_discovery = flags["anonymous_discovery"]
        self.refusals = Refusals(expected, options.get("on_refusal"))
        policies = self.refusals.policies
        try:
            self._authenticator = Authenticator(*policies)
        except DoorwardError as error:
            raise ValueError("more_issuers: one issuer's tokens are accepted twice; name each once") from error
        self._verifiers = [
            Verifier(each, source, clock=clock, authenticator=self._authenticator)
            for each, source in zip(policies, sources, strict=True)
        ]
        self.verifier, self._clock = self._verifiers[0], clock
        self._access_tokens = [AccessTokens(cls, each) for each in policies]
        # Of those of the first issuer, an introspection endpoint may know better.
        first = 0 if introspection is None else 1
        self._those_that_keep = tuple(zip(self._verifiers, self._access_tokens, strict=True))[first:]
        self._introspection: IntrospectionVerifier | None = None
        if introspection is not None:
            others = dict(keys=self.verifier, client=options.get("client"), clock=clock)
            make = IntrospectionVerifier
            self._introspection = named("introspection", make, policy, introspection, **others)

    def _policy(self, who: str, options: Mapping[str, Any], source: JwksSource | None) -> tuple[Policy, str | None]:
        policy = {name: options[name] for name in _OF_POLICY if name in options}
        audience, name = policy.pop("audience", None), policy.pop("provider", None)
        introspection: Introspection | None = options.get("introspection")
        if name is None:
            if introspection is not None and introspection.vendor is not None:
                if audience is None and "client_binding" not in options:
                    raise ValueError(
                        f"audience, client_binding: {introspection.vendor} says to which client a token was"
                        " issued, and no resource; name the client"
                    )
                why = f"{introspection.vendor} says that; leave it out"
                _only(options, ("issuer", "issuers", "issuer_template"), why)
                options = {**options, "issuer": introspection.issuer}
                audience = () if audience is None else audience
            if "issuer" not in options:
                raise TypeError(f"{who}() needs issuer or provider")
            _only(options, _OF_PROVIDER, "only with provider")
            if len(options.get("issuers", ())) > 1 and "jwks_uri" not in options and source is None:
                if introspection is None or introspection.takes_jwts:
                    raise ValueError(
                        "issuers: those of one key set alone, which jwks_uri or source names;"
                        " name issuers with keys of their own in more_issuers"
                    )
            apart = {each: options[each] for each in _OF_ISSUER if each in options}
            preset, issuer = apart.pop("preset", "mcp"), apart.pop("issuer")
            return policy_of(preset, issuer, self.resources, audience, **apart, **policy, **self._http), None
        _only(options, _OF_ISSUER, "the provider's profile says that; leave it out")
        parameters = options.get("parameters")
        if introspection is not None:
            raise ValueError(
                f"provider: a profile is of JWTs, and what an introspection endpoint says has the names of RFC 7662;"
                f" with introspection, write issuer={_issuer_of(name, parameters)!r} in its place, and audience or"
                ' client_binding=("client_id", [...]) if tokens are not for the resource'
            )
        others = {each: options[each] for each in ("tenants", "clients") if each in options}
        return policy_of_provider(name, parameters, self.resources, audience, **others, **policy, **self._http)

    def _source(
        self,
        policy: Policy,
        options: Mapping[str, Any],
        source: JwksSource | None,
        place: str | None,
        clock: Callable[[], float],
    ) -> JwksSource:
        of_source = {name: options[name] for name in _OF_SOURCE if name in options}
        if source is None:
            if place is not None:
                of_source.setdefault("jwks_uri", place)
            algorithms, relax = policy.algorithms, policy.relaxations
            of_source |= self._http
            return JwksSource(policy.issuer, algorithms=algorithms, relax=relax, clock=clock, **of_source)
        if not isinstance(source, JwksSource):
            raise wrong("source", "a JwksSource", source)
        if of_source:
            raise ValueError(f"source: it has its own {', '.join(of_source)}; give these to it, or leave it out")
        return source

    @staticmethod
    def _header_of(options: Mapping[str, Any]) -> str | None:
        return Provider(options["provider"]).header if "provider" in options else None

    @functools.cached_property
    def metadata(self) -> ProtectedResources:
        """The resources and their metadata; raises an error if one is no URL, or there are none."""
        return ProtectedResources(
            self.resources,
            [each.policy.issuer for each in self.refusals.expected],
            self.policy.advertised_scopes,
            **self._about,
            **self._http,
        )

    def route(self, before: Callable[[Request], Awaitable[None]] | None = None) -> Route:
        """Return the route of the metadata, at the path form and the root form of its URL (RFC 9728 section 3.1)."""
        return self.metadata.route(self._root_metadata, before)

    def served_at(self, path: str) -> None:
        """Log if the server is elsewhere than a resource is."""
        for resource in self.resources:
            # A server at / may be mounted anywhere. Routes match the path with its escapes undone.
            if path != "/" and not unquote(urlsplit(resource).path).endswith(path):
                logger.warning(
                    "tokens must be for %s, and the server is at %s: right only behind a proxy that changes the path",
                    resource,
                    printable(path),
                )

    def middleware(self, **options: Any) -> Middleware:
        """Return what guards the server."""
        return Middleware(
            BearerAuthMiddleware,
            policy=self.policy,
            authenticate=self.authenticate,
            cached=self.cached,
            resource_metadata=self.metadata.metadata_url,
            refusals=self.refusals,
            header=self.header,
            anonymous_discovery=self._anonymous_discovery,
            **options,
        )

    def cached(self, credentials: bytes) -> _Token | None:
        """Return the access token for credentials that were verified before and are still valid; `None` if they must
        be verified by `authenticate`."""
        for verifier, access_tokens in self._those_that_keep:
            if (kept := access_tokens.known.get(credentials)) is not None:
                return access_tokens.copy(kept) if verifier.is_still_valid(kept[0]) else None
        return None

    async def authenticate(self, token: str, may_wait: Callable[[], bool] = lambda: True) -> _Token:
        """Verify a token, as `Verifier.authenticate` does; raises `DoorwardError`."""
        index, kept = self._whose(token)
        verifier, access_tokens = self._verifiers[index], self._access_tokens[index]
        # Not every caller has asked `cached` before: FastMCP and the SDK verify without our middleware, too.
        if kept is not None and verifier.is_still_valid(kept[0]):
            return access_tokens.copy(kept)
        if self._introspection is None or index > 0:
            return access_tokens.of(token, await verifier.authenticate(token, may_wait=may_wait))
        principal = await self._introspection.authenticate(token, may_wait=may_wait)
        # What is said of a token may change, where its text does not say it all.
        return access_tokens.of(token, principal, remember=not self._introspection.asks(token))

    def _whose(self, token: str) -> tuple[int, "Kept[_Token] | None"]:
        """Return the index of the issuer in the unverified token, and the entry of the verified caller, if it came
        before; raises `DoorwardError` if it is none's."""
        for index, access_tokens in enumerate(self._access_tokens):
            if (kept := access_tokens.kept(token)) is not None:
                return index, kept
        if len(self._verifiers) > 1:
            if (named := named_policy(token, self.refusals.policies)) is not None:
                return named, None
            if self._introspection is None or not self._introspection.asks(token):
                # It is refused whatever keys there are: no issuer's may be waited for.
                self._authenticator.authenticate(token, max(int(self._clock()), 0))
        return 0, None

    def may_accept(self, token: str) -> bool:
        """Return whether a token may be one of those that are accepted here: by the issuer that it names, or by its
        form, where the authorization server is asked about such."""
        try:
            return self.refusals.trusts(token) or (self._introspection is not None and self._introspection.asks(token))
        except DoorwardError:
            return False

    async def check(self) -> None:
        """Fetch the keys of each issuer, and ask about a token that is none, if tokens are asked about; raises
        `doorward.check.IssuerError`, which says why that does not work, and what to change."""
        for index, verifier in enumerate(self._verifiers):
            if index > 0 or self._introspection is None or self._introspection.takes_jwts:
                await check(verifier.source)
        if self._introspection is not None:
            await self._introspection.check()
