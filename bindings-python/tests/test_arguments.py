"""Mistakes in arguments are told at once, and by name."""

import logging
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


async def nobody(_: str) -> None:
    """Know no key."""


def remote(**options: Any) -> object:
    return RemoteOAuth(**({"issuer": ISSUER, "resource": RESOURCE} | options))


def sdk(**options: Any) -> object:
    return DoorwardVerifier(**({"issuer": ISSUER, "resource": RESOURCE} | options))


def jwt(**options: Any) -> object:
    return JWTVerifier(**({"issuer": ISSUER, "audience": "a", "jwks_uri": f"{ISSUER}/keys"} | options))


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
    with pytest.raises(TypeError, match=rf"^{name}: True or False is asked for, not "):
        make(**{name: value})


def test_a_limit_that_would_limit_nothing_is_none() -> None:
    for per in ("ip", "adress", None):
        with pytest.raises(ValueError, match=r"per: one of address, user_agent, credential, subject, tool"):
            Limit(per, 1, 60)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"when_away: one of local, refuse"):
        App(Limit("address", 1, 60), when_away="refused")


async def test_subjects_that_nobody_knows_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
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


def test_a_vendor_says_whose_its_tokens_are() -> None:
    google = Introspection(vendor="google")
    with pytest.raises(ValueError, match=r"^issuer: google says that"):
        remote(audience="c", introspection=google)
    with pytest.raises(ValueError, match=r"^provider: "):
        remote(issuer=None, provider="entra", parameters={"tenant": "t"}, audience="c", introspection=google)
    with pytest.raises(ValueError, match=r"introspection: tokens of google are those of https://accounts.google.com"):
        DoorwardVerifier(Policy.mcp(ISSUER, RESOURCE), introspection=google)
    remote(issuer=None, audience="c", introspection=google)


def test_the_profile_of_a_provider_judges_no_answers() -> None:
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
            with pytest.raises(TypeError, match=rf"^{name}: an httpx.AsyncClient is asked for, or one of httpx2, not "):
                make(**{name: wrong})


@pytest.mark.parametrize(
    ("make", "wrong", "kind", "says"),
    [
        (remote, {"clients": "abc"}, TypeError, "clients: a list of str is asked for, not str"),
        (remote, {"tenants": "abc"}, TypeError, "tenants: a list of str is asked for, not str"),
        (sdk, {"algorithms": "RS256"}, TypeError, "algorithms: a list of str is asked for, not str"),
        (remote, {"relax": "scp_text"}, TypeError, "relax: a list of str is asked for, not str"),
        (remote, {"algorithms": ["RS257"]}, ValueError, "algorithms: RS257 is none of RS256"),
        (remote, {"resource": 5}, TypeError, "resource: a str is asked for, or a list of them, not int"),
        (remote, {"audience": 5}, TypeError, "audience: a str is asked for, or a list of them, not int"),
        (remote, {"audience": [5]}, TypeError, "audience: a str is asked for, or a list of them, not one of int"),
        (remote, {"resource": AnyHttpUrl(RESOURCE)}, TypeError, "resource: a str is asked for, or a list of them, not"),
        (remote, {"provider": 5}, TypeError, "provider: expected str, not int"),
        (remote, {"scopes": ["a,b"]}, ValueError, "scopes: 'a,b' has a comma"),
        (remote, {"advertised_scopes": "a,b"}, ValueError, "advertised_scopes: 'a,b' has a comma"),
        (remote, {"challenge_scopes": ["a,b"]}, ValueError, "challenge_scopes: 'a,b' has a comma"),
        (jwt, {"required_scopes": ["a,b"]}, ValueError, "required_scopes: 'a,b' has a comma"),
        (remote, {"leeway": -1}, ValueError, "leeway: -1 is less than 0"),
        (remote, {"cooldown": -1}, ValueError, "cooldown: -1 is less than 0"),
        (sdk, {"max_stale": -1}, ValueError, "max_stale: -1 is less than 0"),
        (remote, {"header": 5}, ValueError, "header: the name of a header is asked for, not 5"),
        (remote, {"header": "X Bad:"}, ValueError, "header: the name of a header is asked for, not 'X Bad:'"),
        (sdk, {"header": "authorization"}, ValueError, "header: Authorization is looked at in any case"),
        (remote, {"client_claim": "cid", "client_binding": ("azp", ["a"])}, ValueError, "client_claim: client_binding"),
        (
            remote,
            {"source": JwksSource(ISSUER, algorithms=["RS256"]), "algorithms": ["RS256", "ES256"]},
            ValueError,
            "source: it has no keys for ES256",
        ),
        (lambda **options: Limit("address", **options), {"quota": -1, "seconds": 1}, ValueError, "quota: -1 is less"),
        (lambda **options: App(Limit("address", 1, 1), **options), {"trusted_hops": -1}, ValueError, "trusted_hops: "),
        (lambda keys: ApiKeyAuth(keys, resource=RESOURCE), {"keys": "sqlite:keys.db"}, TypeError, "keys: ApiKeys or"),
        (
            lambda **options: ApiKeyAuth(UpstreamKeys(nobody), **options),
            {"resource": "http://h.example/mcp"},
            DoorwardError,
            "resource: uri_invalid",
        ),
        (proxy, {"upstream": "nobody"}, ValueError, "upstream: one of "),
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
