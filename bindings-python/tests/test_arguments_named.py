"""What is wrong about any argument is told by its name, and without its value."""

import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

from doorward import Peppers, Policy
from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth, JWTVerifier, OAuthProxy, Options, RemoteOAuth
from doorward.introspection import Introspection
from doorward.jwks import JwksSource
from doorward.limits import Limit, RateLimits
from doorward.mcp import ApiKeyVerifier, DoorwardVerifier
from doorward.store.memory import MemoryStore
from doorward.testing import Issuer
from doorward.testing.sign_in import AuthorizationServer
from doorward.upstream_keys import UpstreamKeys

ISSUER, RESOURCE = "https://id.example", "https://h.example/mcp"


class Secret:
    """What no argument may be, and no error may show."""

    def __repr__(self) -> str:
        return "hush"


async def nobody(_: str) -> None:
    """Know no key."""


SERVER = {"issuer": ISSUER, "resource": RESOURCE}
PROFILE = {"provider": "auth0", "parameters": {"domain": "t.auth0.com"}, "resource": RESOURCE}
PROXY = {
    "upstream_client_id": "x",
    "upstream": "github",
    "upstream_client_secret": "s",
    "base_url": "https://h.example",
    "client_storage": "memory:",
}
MADE: list[tuple[Callable[..., object], dict[str, Any]]] = [
    (RemoteOAuth, SERVER),
    (RemoteOAuth, PROFILE),
    (DoorwardVerifier, SERVER),
    (DoorwardVerifier, PROFILE),
    (JWTVerifier, {"issuer": ISSUER, "audience": "a", "jwks_uri": f"{ISSUER}/keys"}),
    (OAuthProxy, PROXY),
    (ApiKeyAuth, {"keys": UpstreamKeys(nobody), "resource": RESOURCE}),
    (ApiKeyVerifier, {"keys": UpstreamKeys(nobody), "resource": RESOURCE}),
    (Introspection, {"endpoint": f"{ISSUER}/introspect", "client_id": "c", "client_secret": "s"}),
    (JwksSource, {"issuer": ISSUER}),
    (Issuer, {"provider": "auth0", "parameters": {"domain": "t.auth0.com"}}),
    (AuthorizationServer, {"issuer": Issuer()}),
    (Policy.mcp, {"issuer": ISSUER, "audience": "a"}),
    (Policy.rfc9068, {"issuer": ISSUER, "audience": "a"}),
    (Policy.of_provider, {"name": "auth0", "parameters": {"domain": "t.auth0.com"}, "audience": "a"}),
    (UpstreamKeys, {"check": nobody}),
    (ApiKeys, {"store": MemoryStore(), "peppers": Peppers((1, b"p" * 32))}),
    (Limit, {"per": "address", "quota": 1, "seconds": 1}),
    (RateLimits, {"app": Issuer, "limits": [Limit("address", 1, 1)]}),
]


def names_of(make: Callable[..., object]) -> list[str]:
    """Return the names of all arguments, those of `Options` included."""
    names: list[str] = []
    for name, argument in inspect.signature(make).parameters.items():
        names += Options.__annotations__ if argument.kind is argument.VAR_KEYWORD else [name]
    return names


CASES = [
    pytest.param(make, given, name, value, id=f"{make.__qualname__}-{name}-{type(value).__name__}")
    for make, given in MADE
    for name in names_of(make)
    for value in (Secret(), [Secret()], {"x": Secret()}, (Secret(), [Secret()]))
]
COUNTS = [
    pytest.param(make, given, name, id=f"{make.__qualname__}-{name}")
    for make, given in MADE
    for name in names_of(make)
    if name in {"leeway", "max_stale", "cooldown", "quota", "burst", "seconds", "timeout", "pause", "trusted_hops"}
    or name.endswith(("_seconds", "_lifetime", "_exp", "_pending", "_interval", "_delay"))
]


@pytest.mark.parametrize(("make", "given", "name", "wrong"), CASES)
def test_a_wrong_type_is_reported_by_the_name_of_the_argument(
    make: Any, given: dict[str, Any], name: str, wrong: Any
) -> None:
    make(**given)
    with pytest.raises((TypeError, ValueError)) as raised:
        make(**(given | {name: wrong}))
    assert re.match(rf"(argument ')?{name}\b", str(raised.value)), str(raised.value)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(("make", "given", "name"), COUNTS)
def test_a_number_out_of_range_is_reported_by_the_name_of_the_argument(
    make: Any, given: dict[str, Any], name: str
) -> None:
    for wrong in (-1, float("nan"), 2**70):
        with pytest.raises((TypeError, ValueError)) as raised:
            make(**(given | {name: wrong}))
        assert re.match(rf"(argument ')?{name}\b", str(raised.value)), str(raised.value)
