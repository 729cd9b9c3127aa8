"""Mistakes in arguments are told at once, and by name."""

import logging
from typing import Any

import pytest
from test_limits import App

from doorward.fastmcp import JWTVerifier, OAuthProxy, RemoteOAuth
from doorward.introspection import Introspection
from doorward.jwks import JwksSource
from doorward.limits import Limit
from doorward.mcp import DoorwardVerifier

ISSUER, RESOURCE = "https://id.example", "https://h.example/mcp"
PROXY: dict[str, Any] = {
    "upstream": "github",
    "upstream_client_id": "x",
    "base_url": "https://h.example",
    "client_storage": "memory:",
}


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
    with pytest.raises(TypeError, match=f"^{name}: True or False is asked for, not "):
        make(**{name: value})


def test_a_limit_that_would_limit_nothing_is_none() -> None:
    for per in ("ip", "adress", None):
        with pytest.raises(ValueError, match="per: one of address, user_agent, credential, subject, tool"):
            Limit(per, 1, 60)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="when_away: one of local, refuse"):
        App(Limit("address", 1, 60), when_away="refused")


async def test_subjects_that_nobody_knows_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    app = App(Limit("subject", 1, 60))
    with caplog.at_level(logging.WARNING, "doorward"):
        for _ in range(3):
            assert (await app.ask()).status_code == 200
    assert [record.getMessage()[:33] for record in caplog.records] == ["limits per subject limit nothing "]
