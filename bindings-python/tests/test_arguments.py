"""Mistakes in arguments are told at once, and by name."""

import logging
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest
from pydantic import AnyHttpUrl
from test_limits import App

from doorward import DoorwardError, Policy, Provider
from doorward.client import OAuth
from doorward.fastmcp import ApiKeyAuth, JWTVerifier, OAuthProxy, RemoteOAuth
from doorward.introspection import Introspection
from doorward.jwks import JwksSource
from doorward.limits import Limit
from doorward.mcp import DoorwardVerifier
from doorward.store import StoreError
from doorward.testing import Issuer
from doorward.upstream_keys import UpstreamKeys

ISSUER, RESOURCE = "https://id.example", "https://h.example/mcp"
PROXY: dict[str, Any] = {
    "upstream": "github",
    "upstream_client_id": "x",
    "base_url": "https://h.example",
    "client_storage": "memory:",
}


AUTH0 = {"issuer": None, "provider": "auth0", "parameters": {"domain": "t.auth0.com"}}


async def nobody(_: str) -> None:
    """Know no key."""


TAKEN = ("Host", "content-type", "Cookie", "Mcp-Session-Id", "Transfer-Encoding")


def remote(**options: Any) -> object:
    return RemoteOAuth(**({"issuer": ISSUER, "resource": RESOURCE} | options))


def sdk(**options: Any) -> object:
    return DoorwardVerifier(**({"issuer": ISSUER, "resource": RESOURCE} | options))


def jwt(**options: Any) -> object:
    return JWTVerifier(**({"issuer": ISSUER, "audience": "a", "jwks_uri": f"{ISSUER}/keys"} | options))


def policy(**options: Any) -> object:
    return Policy.mcp(**({"issuer": ISSUER, "audience": RESOURCE} | options))


def proxy(**options: Any) -> object:
    return OAuthProxy(**(PROXY | {"upstream_client_secret": "s"} | options))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (remote, "anonymous_discovery"),
        (remote, "root_metadata"),
        (remote, "insecure_http_for_development"),
        (sdk, "anonymous_discovery"),
        (jwt, "ssrf_safe"),
        (proxy, "forward_pkce"),
        (proxy, "forward_resource"),
        (proxy, "enable_cimd"),
        (proxy, "upstream_sends_iss"),
        (lambda **options: JwksSource(ISSUER, **options), "insecure_http_for_development"),
        (lambda **options: Introspection(ISSUER, **options), "token_type_optional"),
    ],
)
@pytest.mark.parametrize("value", ["no", 0])
def test_a_switch_is_on_or_off(make: Any, name: str, value: Any) -> None:
    make(**{name: False})
    with pytest.raises(TypeError, match=rf"^{name}: expected a bool, got "):
        make(**{name: value})


def test_a_limit_that_would_limit_nothing_is_none() -> None:
    for per in ("ip", "adress", None):
        with pytest.raises((TypeError, ValueError), match=r"per: (must be|expected) one of address, user_agent, "):
            Limit(per, 1, 60)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"when_away: must be one of local, refuse"):
        App(Limit("address", 1, 60), when_away="refused")


async def test_subjects_that_nobody_knows_are_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Limit("subject", 1, 60))
    with caplog.at_level(logging.WARNING, "doorward"):
        for _ in range(3):
            assert (await app.ask()).status_code == 200
    assert [record.getMessage()[:33] for record in caplog.records] == ["limits per subject limit nothing "]


def test_issuers_with_keys_of_their_own_are_named_apart() -> None:
    both = [ISSUER, "https://two.example"]
    for make in (remote, sdk):
        with pytest.raises(ValueError, match=r"name issuers with keys of their own in more_issuers"):
            make(issuers=both)
        make(issuers=both, jwks_uri="https://id.example/keys")
        make(issuers=both, source=JwksSource(ISSUER))
        make(issuers=both[1:])
        make(issuers=both, introspection=Introspection(ISSUER, bearer="b"))


def test_an_endpoint_that_could_answer_nobody_is_reported_at_once() -> None:
    with pytest.raises(DoorwardError, match=r"^introspection: authentication, client_id, .* must be "):
        remote(introspection=Introspection(ISSUER))
    for name in ("max_pending", "timeout"):
        with pytest.raises(ValueError, match=rf"^{name}: must be at least 1"):
            Introspection(ISSUER, bearer="b", **{name: 0})  # type: ignore[arg-type]
    basic: Any = "basic"
    with pytest.raises(DoorwardError, match=r"^introspection: authentication, client_id, .* must be "):
        remote(introspection=Introspection(ISSUER, client_id="c", client_secret="s", authentication=basic))
    github = Introspection(vendor="github", client_id="c", client_secret="s", lifetime_without_exp=60)
    with pytest.raises(ValueError, match=r"^client_binding: github knows the tokens of .* alone, which is 'c'"):
        remote(issuer=None, client_binding=("client_id", ["other"]), introspection=github)
    remote(issuer=None, client_binding=("client_id", ["c", "other"]), introspection=github)


def test_a_vendor_says_whose_its_tokens_are() -> None:
    google = Introspection(vendor="google")
    with pytest.raises(ValueError, match=r"^issuer: google says that"):
        remote(audience="c", introspection=google)
    with pytest.raises(ValueError, match=r"^provider: "):
        remote(issuer=None, provider="entra", parameters={"tenant": "t"}, audience="c", introspection=google)
    with pytest.raises(ValueError, match=r"introspection: tokens of google are those of https://accounts.google.com"):
        DoorwardVerifier(Policy.mcp(ISSUER, RESOURCE), introspection=google)
    remote(issuer=None, audience="c", introspection=google)


def test_the_profile_of_a_provider_checks_no_answers() -> None:
    for name in Provider.names():
        provider = Provider(name)
        parameters = dict.fromkeys(provider.parameters, "https://id.example")
        asked = Introspection(ISSUER, bearer="b")
        with pytest.raises(ValueError, match=r"^provider: a profile is of JWTs.* write issuer=.https://"):
            remote(issuer=None, provider=name, parameters=parameters, audience="c", introspection=asked)


async def test_a_client_of_either_library() -> None:
    issuer = Issuer()
    token, opaque = issuer.token(RESOURCE), issuer.opaque_token(RESOURCE)
    known: dict[str, Any] = {
        "endpoint": issuer.introspection_endpoint,
        "client_id": "server",
        "client_secret": "its secret",
    }

    async def answer(request: httpx2.Request) -> httpx2.Response:
        asked = httpx.Request(request.method, str(request.url), headers=request.headers.raw, content=request.content)
        found = await issuer.client.send(asked)
        return httpx2.Response(found.status_code, headers=found.headers.raw, content=found.content)

    theirs = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    for client in (issuer.client, theirs):
        options: dict[str, Any] = {"issuer": issuer.url, "resource": RESOURCE}
        servers: list[tuple[Any, str]] = [
            (RemoteOAuth(client=client, **options), token),
            (DoorwardVerifier(client=client, **options), token),
            (RemoteOAuth(source=JwksSource(issuer.url, client=client), **options), token),
            (RemoteOAuth(introspection=Introspection(client=client, **known), **options), opaque),
            (RemoteOAuth(introspection=Introspection(**known), client=client, **options), opaque),
        ]
        verifier: Any = JWTVerifier(
            issuer=issuer.url, audience=RESOURCE, jwks_uri=issuer.jwks_uri, algorithm="ES256", http_client=client
        )
        for server, each in [*servers, (verifier, token)]:
            assert (await server.authenticate(each)).subject
    for wrong in (httpx.Client(), httpx2.Client(), 7):
        for make, name in (
            (remote, "client"),
            (sdk, "client"),
            (jwt, "http_client"),
            (proxy, "http_client"),
            (lambda **options: JwksSource(ISSUER, **options), "client"),
            (lambda **options: Introspection(ISSUER, **options), "client"),
            (lambda **options: OAuth(RESOURCE, **options), "client"),
        ):
            with pytest.raises(TypeError, match=rf"^{name}: expected an httpx.AsyncClient, or one of httpx2, got "):
                make(**{name: wrong})


@pytest.mark.parametrize("make", [remote, sdk, policy])
@pytest.mark.parametrize("name", ["Ed25519", "EdDSA"])
def test_an_algorithm_has_each_of_its_names(make: Callable[..., object], name: str) -> None:
    make(algorithms=[name])


@pytest.mark.parametrize(
    ("make", "wrong", "kind", "says"),
    [
        (remote, {"clients": "abc"}, TypeError, "clients: expected a list of str, got str"),
        (remote, {"tenants": "abc"}, TypeError, "tenants: expected a list of str, got str"),
        (sdk, {"algorithms": "RS256"}, TypeError, "algorithms: expected a list of str, got str"),
        (remote, {"relax": "scp_text"}, TypeError, "relax: expected a list of str, got str"),
        (remote, {"algorithms": ["RS257"]}, ValueError, "algorithms: RS257 is none of RS256"),
        (remote, {"resource": 5}, TypeError, "resource: expected a str or a list of str, got int"),
        (remote, {"audience": 5}, TypeError, "audience: expected a str or a list of str, got int"),
        (remote, {"audience": [5]}, TypeError, "audience: expected a str or a list of str, got int in it"),
        (
            remote,
            {"resource": AnyHttpUrl(RESOURCE)},
            TypeError,
            "resource: expected a str or a list of str, got",
        ),
        (remote, {"provider": 5}, TypeError, "provider: expected a str, got int"),
        (remote, {"cooldown": "x"}, TypeError, "cooldown: expected an int, got str"),
        (remote, {"leeway": "x"}, TypeError, "leeway: expected an int, got str"),
        (remote, {"leeway": 2**70}, ValueError, "leeway: 1180591620717411303424 is more than 4294967295"),
        (remote, {"leeway": 301}, DoorwardError, "leeway: leeway_too_large"),
        (remote, {"scopes": [1]}, TypeError, "scopes: expected a str or a list of str, got int in it"),
        (remote, {"scopes": 'a"'}, DoorwardError, "scopes: scope_invalid"),
        (remote, {"client_binding": "azp"}, TypeError, "client_binding: expected a claim and a list of clients, "),
        (
            remote,
            {"client_binding": ("azp", [])},
            DoorwardError,
            "client_binding: clients_invalid; expected a claim",
        ),
        (remote, {"client_binding": ("sub", ["c"])}, DoorwardError, "client_binding: client_claim_unknown"),
        (remote, {"client_claim": "sub"}, DoorwardError, "client_claim: client_claim_unknown"),
        (remote, {"scope_source": 5}, TypeError, "scope_source: expected a str, got int"),
        (remote, {"scope_source": "a.."}, DoorwardError, "scope_source: scope_source_invalid; expected"),
        (remote, {"audience": ()}, DoorwardError, "audience: audience_invalid; expected one at least"),
        (remote, {"relax": ["x"]}, DoorwardError, "relax: relaxation_unknown"),
        (remote, {"algorithms": []}, DoorwardError, "algorithms: algorithms_empty"),
        (remote, {"issuers": []}, DoorwardError, "issuers: issuer_invalid; expected one at least"),
        (remote, {"issuer_template": ("https://i/{t}", "t", [])}, DoorwardError, "issuer_template: issuer_invalid; "),
        (remote, {"issuer_template": ("https://*.i/{t}", "t", ["a"])}, DoorwardError, "issuer_template: issuer_inval"),
        (remote, {"issuer_template": ("https://i/{t}", "t", ["*"])}, DoorwardError, "issuer_template: issuer_invalid"),
        (remote, {"preset": 4}, TypeError, "preset: expected one of mcp, rfc9068, got int"),
        (remote, {"jwks_uri": "http://i/"}, DoorwardError, "jwks_uri: uri_invalid argument=jwks_uri"),
        (remote, {"more_issuers": [5]}, TypeError, "more_issuers: expected a list of dicts, got int in it"),
        (
            remote,
            {"more_issuers": [{"issuer": "https://two.example"}, {"issuer": "https://x.example", "leeway": "x"}]},
            TypeError,
            "more_issuers[1]: leeway: expected an int, got str",
        ),
        (
            remote,
            {"more_issuers": [{"provider": "auth0", "parameters": {}}]},
            ValueError,
            "more_issuers[0]: parameters: auth0 needs domain",
        ),
        (remote, AUTH0 | {"parameters": {"domain": 5}}, TypeError, "parameters: expected a dict of str to str, "),
        (remote, AUTH0 | {"parameters": {"domain": "a/b"}}, DoorwardError, "parameters: provider_parameter_invalid"),
        (remote, AUTH0 | {"provider": "auth1"}, ValueError, "provider: must be one of auth0, "),
        (Issuer, {"provider": "auth0"}, ValueError, "parameters: auth0 needs domain"),
        (Issuer, {"provider": "auth1"}, ValueError, "provider: must be one of auth0, "),
        (Issuer, {"parameters": {"domain": "x"}}, ValueError, "parameters: there is no provider"),
        (policy, {"leeway": -1}, ValueError, "argument 'leeway': must be an int of at least 0"),
        (policy, {"leeway": "x"}, TypeError, "argument 'leeway': "),
        (policy, {"required_scopes": 'a"'}, DoorwardError, "required_scopes: scope_invalid"),
        (policy, {"scope_prefix": " "}, DoorwardError, "scope_prefix: scope_invalid; expected"),
        (policy, {"scope_hierarchy": {"a b": ["c"]}}, DoorwardError, "scope_hierarchy: scope_invalid"),
        (policy, {"required_claims": [""]}, DoorwardError, "required_claims: required_claims_invalid; expected"),
        (policy, {"issuer": ""}, DoorwardError, "issuer: issuer_invalid; expected a text that is not empty"),
        (
            lambda **options: Policy.of_provider("cognito", **options),
            {},
            DoorwardError,
            "parameters: provider_parameter_",
        ),
        (
            Policy.of_provider,
            {"name": "auth1"},
            DoorwardError,
            "name: provider_unknown; expected the name of a profile",
        ),
        (
            Policy.of_provider,
            {"name": "clerk", "parameters": {"domain": "c.test"}, "clients": []},
            DoorwardError,
            "clients: clients_invalid; expected one at least",
        ),
        (
            lambda **options: ApiKeyAuth(UpstreamKeys(nobody), resource=RESOURCE, **options),
            {"scopes": 'a"'},
            DoorwardError,
            "scopes: scope_invalid",
        ),
        (remote, {"scopes": ["a,b"]}, ValueError, "scopes: 'a,b' has a comma"),
        (remote, {"advertised_scopes": "a,b"}, ValueError, "advertised_scopes: 'a,b' has a comma"),
        (remote, {"challenge_scopes": ["a,b"]}, ValueError, "challenge_scopes: 'a,b' has a comma"),
        (
            jwt,
            {"jwks_uri": None, "public_key": "hush", "algorithm": "HS256"},
            DoorwardError,
            "public_key: secret_too_short needed=32 actual=4",
        ),
        (jwt, {"jwks_uri": "http://h.example/keys"}, DoorwardError, "jwks_uri: uri_invalid argument=jwks_uri"),
        (jwt, {"required_scopes": ["a,b"]}, ValueError, "required_scopes: 'a,b' has a comma"),
        (remote, {"leeway": -1}, ValueError, "leeway: -1 is less than 0"),
        (remote, {"cooldown": -1}, ValueError, "cooldown: -1 is less than 0"),
        (sdk, {"max_stale": -1}, ValueError, "max_stale: -1 is less than 0"),
        (remote, {"header": 5}, TypeError, "header: expected a str, got int"),
        (
            remote,
            {"header": "X Bad:"},
            ValueError,
            "header: must be the name of a header of its own",
        ),
        (
            sdk,
            {"header": "authorization"},
            ValueError,
            "header: must be the name of a header of its own",
        ),
        *((remote, {"header": name}, ValueError, "header: must be the name of a header of its own") for name in TAKEN),
        (remote, {"scopes": {"a,b"}}, ValueError, "scopes: 'a,b' has a comma"),
        (remote, {"scopes": (each for each in ["a"])}, TypeError, "scopes: expected a str or a list of str"),
        (remote, {"scopes": ["a b"]}, DoorwardError, "scopes: scope_invalid; 'a b' has a space"),
        (remote, {"scope_hierarchy": {"a": "b,c"}}, ValueError, "scope_hierarchy: 'b,c' has a comma"),
        (remote, {"scope_hierarchy": {"a,b": "c"}}, ValueError, "scope_hierarchy: 'a,b' has a comma"),
        (jwt, {"algorithm": "XX"}, ValueError, "algorithm: Unsupported algorithm: XX; there are "),
        (jwt, {"algorithm": ["RS256", "XX"]}, ValueError, "algorithm: Unsupported algorithm: XX; there are "),
        (jwt, {"algorithm": []}, ValueError, "algorithm: the list is empty"),
        (jwt, {"algorithm": ["RS256", "HS256"]}, ValueError, "algorithm: RS256, HS256 are for shared secrets and"),
        (jwt, {"base_url": "foo"}, ValueError, "base_url: must be an https URL"),
        (remote, {"client_claim": "cid", "client_binding": ("azp", ["a"])}, ValueError, "client_claim: client_binding"),
        (
            remote,
            {"source": JwksSource(ISSUER, algorithms=["RS256"]), "algorithms": ["RS256", "ES256"]},
            ValueError,
            "source: it has no keys for ES256",
        ),
        (lambda **options: Limit("address", **options), {"quota": -1, "seconds": 1}, ValueError, "quota: -1 is less"),
        (lambda **options: App(Limit("address", 1, 1), **options), {"trusted_hops": -1}, ValueError, "trusted_hops: "),
        (
            lambda keys: ApiKeyAuth(keys, resource=RESOURCE),
            {"keys": "sqlite:keys.db"},
            TypeError,
            "keys: expected ApiKeys or",
        ),
        (
            lambda **options: ApiKeyAuth(UpstreamKeys(nobody), **options),
            {"resource": "http://h.example/mcp"},
            DoorwardError,
            "resource: uri_invalid",
        ),
        (proxy, {"upstream": "nobody"}, ValueError, "upstream: must be one of "),
        (proxy, {"required_scopes": "read"}, TypeError, "required_scopes: expected a list of str, got str"),
        (proxy, {"limits": {"token": (-1, 1, 1)}}, ValueError, "limits: token: -1 is less than 0"),
        (proxy, {"limits": {"token": (0, 0, 1)}}, DoorwardError, "limits: token: rate_limit_invalid"),
        (
            proxy,
            {"client_storage": "redis://127.0.0.1:1", "storage_keys": "/nowhere/keys"},
            StoreError,
            "storage_keys: there is no /nowhere/keys; `doorward store key /nowhere/keys` makes it",
        ),
    ],
)
def test_mistakes(make: Any, wrong: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as raised:
        make(**wrong)
    assert str(raised.value).startswith(says)
