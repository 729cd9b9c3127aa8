"""The stand-in for a service with an OAuth of its own does what such services do, and misbehaves as it is told to."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from doorward import CodeChallenge, CodeVerifier, DoorwardError, OutgoingAuthentication
from doorward import Upstream as Service
from doorward.fastmcp import OAuthProxy
from doorward.testing.upstream import HUGE, Running, running

CALLBACK = "https://proxy.test/callback"
SECRET = {"client_id": "fitness-proxy", "client_secret": "s3cret-of-the-proxy"}


async def sign_in(http: httpx.AsyncClient, **more: str) -> dict[str, str]:
    http.cookies.clear()
    asked = {"response_type": "code", "client_id": "fitness-proxy", "redirect_uri": CALLBACK, "state": "s1"}
    answer = await http.get("/oauth/authorize", params=asked | {"scope": "read:workouts offline"} | more)
    assert answer.status_code == 302 and answer.headers["location"].startswith(str(http.base_url))
    answer = await http.get(answer.headers["location"])
    assert answer.headers["location"].startswith(CALLBACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def redeem(http: httpx.AsyncClient, code: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK} | SECRET | more
    return await http.post("/oauth/token", data=form)


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/oauth/token", data={"grant_type": "refresh_token", "refresh_token": token} | SECRET)


def client(upstream: Running) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=upstream.url, trust_env=False, timeout=60)


async def workouts(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.get("/v1/workouts", headers={"authorization": f"Bearer {token}"})


async def test_it_signs_in_and_rotates_and_revokes() -> None:
    async with running(issuer="https://fit.test") as upstream, client(upstream) as http:
        answer = await sign_in(http)
        assert answer["state"] == "s1" and answer["iss"] == "https://fit.test"
        first = (await redeem(http, answer["code"])).json()
        assert first["expires_in"] == 3600 and first["scope"] == "read:workouts offline"
        assert (await redeem(http, answer["code"])).json() == {"error": "invalid_grant"}
        found = await workouts(http, first["access_token"])
        assert found.json()["user"] == "ada" and len(found.json()["workouts"]) == 3
        assert (await workouts(http, "wrong")).status_code == 401
        second = (await refresh(http, first["refresh_token"])).json()
        assert second["refresh_token"] != first["refresh_token"]
        assert (await workouts(http, first["access_token"])).status_code == 401
        third = (await refresh(http, second["refresh_token"])).json()
        assert (await refresh(http, second["refresh_token"])).status_code == 400
        assert (await workouts(http, third["access_token"])).status_code == 401, "a replay ends the grant"
        fourth = (await redeem(http, (await sign_in(http))["code"])).json()
        assert (await http.post("/oauth/revoke", data={"token": fourth["refresh_token"]})).status_code == 401
        assert (await http.post("/oauth/revoke", data={"token": fourth["refresh_token"]} | SECRET)).status_code == 200
        assert (await refresh(http, fourth["refresh_token"])).status_code == 400
        state = await upstream.state()
        assert fourth["access_token"] in state["issued"] and len(state["seen"]) > 10
        assert state["seen"][0]["where"] == "authorize" and "state=s1" in state["seen"][0]["query"]


async def test_without_rotation_a_refresh_token_stays() -> None:
    async with running(rotate=False, separator=",", lifetime=60) as upstream, client(upstream) as http:
        tokens = (await redeem(http, (await sign_in(http, scope="read:workouts,offline"))["code"])).json()
        assert tokens["scope"] == "read:workouts,offline" and tokens["expires_in"] == 60
        for _ in range(2):
            again = (await refresh(http, tokens["refresh_token"])).json()
            assert "refresh_token" not in again
        assert (await workouts(http, again["access_token"])).status_code == 200


@pytest.mark.parametrize("pkce", ["optional", "required", "ignored"])
async def test_pkce_is_as_it_is_told(pkce: str) -> None:
    verifier = CodeVerifier.from_random(bytes(32))
    challenge = {"code_challenge": str(CodeChallenge.of(verifier)), "code_challenge_method": "S256"}
    async with running(pkce=pkce) as upstream, client(upstream) as http:
        code = (await sign_in(http, **challenge))["code"]
        assert (await redeem(http, code, code_verifier=verifier.reveal())).status_code == 200
        code = (await sign_in(http, **challenge))["code"]
        assert (await redeem(http, code)).status_code == (200 if pkce == "ignored" else 400)
        without = await sign_in(http)
        assert ("code" in without) == (pkce != "required")


async def test_it_misbehaves_as_it_is_told_to() -> None:
    async with running() as upstream, client(upstream) as http:
        tokens = (await redeem(http, (await sign_in(http))["code"])).json()
        access = tokens["access_token"]
        await upstream.be("api", "down")
        assert (await workouts(http, access)).status_code == 503
        await upstream.be("api", "error_200")
        answer = await workouts(http, access)
        assert answer.status_code == 200 and answer.json()["error"] == "bad_verification_code"
        await upstream.be("api", "garbage")
        garbage = await workouts(http, access)
        with pytest.raises(json.JSONDecodeError):
            garbage.json()
        await upstream.be("api", "drop")
        with pytest.raises(httpx.RemoteProtocolError):
            await workouts(http, access)
        await upstream.be("api", "huge")
        async with http.stream("GET", "/v1/workouts") as huge:
            assert int(huge.headers["content-length"]) == HUGE
            assert sum([len(part) async for part in huge.aiter_raw()]) == HUGE
        await upstream.be("api", "slow")
        with pytest.raises(httpx.ReadTimeout):
            await http.get("/v1/workouts", timeout=0.3)
        await upstream.be("api", "ok")
        assert (await workouts(http, access)).status_code == 200
        await upstream.be("token", "deny")
        assert (await refresh(http, tokens["refresh_token"])).json() == {"error": "invalid_grant"}
        await upstream.be("authorize", "deny")
        denied: dict[str, Any] = await sign_in(http)
        assert denied["error"] == "access_denied" and "code" not in denied
        assert (await http.get("/oauth/authorize?client_id=other")).status_code == 400


PARAMETERS: dict[str, dict[str, str]] = {
    "auth0": {"domain": "t.eu.auth0.com"},
    "cognito": {"domain": "a.auth.eu-west-1.amazoncognito.com", "region": "eu-west-1", "user_pool": "eu-west-1_A"},
    "entra": {"tenant": "t"},
    "keycloak": {"server": "https://id.example.com", "realm": "r"},
    "okta": {"domain": "d.okta.com", "authorization_server": "default"},
}


@pytest.mark.parametrize("name", Service.names())
async def test_a_proxy_asks_each_service_as_its_profile_says(name: str) -> None:
    service = Service(name)
    proxy = OAuthProxy(
        upstream=name,
        upstream_parameters=PARAMETERS.get(name),
        upstream_client_id="c1",
        upstream_client_secret="s3cret",
        valid_scopes=["a", "b"],
        base_url="https://mcp.test",
        client_storage="memory:",
        extra_authorize_params={"audience": "x"},
    )
    there = service.endpoints(PARAMETERS.get(name))
    url = proxy._upstream.authorization_url("state", None, ["a", "b"], None)
    assert url.startswith(f"{there['authorization_endpoint']}?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    scopes = ["a", "b", *([service.offline_scope] if service.offline_scope else [])]
    assert asked.pop("scope") == service.scope_separator.join(scopes)
    own = {"response_type": "code", "client_id": "c1", "redirect_uri": "https://mcp.test/auth/callback"}
    assert asked == own | {"state": "state", "audience": "x"} | service.authorize_parameters
    sent = OutgoingAuthentication("c1", "s3cret", method=service.auth_method).reveal_form()
    assert proxy._upstream._authentication.reveal_form() == sent
    assert proxy._upstream.revokes == bool(there["revocation_endpoint"])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, "upstream: a service's name"),
        ({"upstream_parameters": {"tenant": "t"}}, "upstream_parameters"),
        ({"upstream": "myspace"}, "upstream: must be one of .* whoop"),
        ({"upstream": "entra"}, "parameter"),
    ],
)
def test_a_service_that_is_not_known_is_refused(options: dict[str, Any], error: str) -> None:
    with pytest.raises((ValueError, DoorwardError), match=error):
        OAuthProxy(upstream_client_id="c1", base_url="https://mcp.test", client_storage="memory:", **options)


@pytest.mark.parametrize("name", Service.names())
def test_a_service_without_public_clients_needs_the_secret(name: str) -> None:
    options: dict[str, Any] = {
        "upstream": name,
        "upstream_parameters": PARAMETERS.get(name),
        "upstream_client_id": "c1",
        "base_url": "https://mcp.test",
        "client_storage": "memory:",
    }
    assert Service(name).needs_secret == (name in ("github", "strava", "whoop"))
    if Service(name).needs_secret:
        with pytest.raises(ValueError, match=f"^upstream_client_secret: {name} has no clients without one"):
            OAuthProxy(**options)
    else:
        OAuthProxy(**options)
