"""`JWTVerifier` in the place of FastMCP's: alone, inside of every wrapper, and where it is stricter."""

import copy
import logging
import ssl
import threading
from typing import Any

import httpx
import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, AuthProvider, MultiAuth, OAuthProxy, RemoteAuthProvider, ssrf
from fastmcp.server.auth.providers import jwt as theirs
from fastmcp.server.auth.providers.descope import DescopeProvider
from fastmcp.server.auth.providers.keycloak import KeycloakAuthProvider
from fastmcp.server.auth.providers.scalekit import ScalekitProvider
from fastmcp.server.auth.providers.supabase import SupabaseProvider
from fastmcp.server.auth.providers.workos import AuthKitProvider
from pydantic import AnyHttpUrl

from doorward.fastmcp import JWTVerifier, RemoteOAuth, get_principal
from doorward.jwks import JwksSource
from doorward.jwt_verifier import unavailable
from issuer import Issuer

BASE = "http://127.0.0.1:9"
RESOURCE = f"{BASE}/mcp"
NOW = 4_000_000_000
Key = Any


class World:
    """An issuer, and whether it can be reached."""

    def __init__(self) -> None:
        self.issuer = Issuer("http://127.0.0.1:8", ["a"], clock=lambda: NOW)
        self.down = False
        app = httpx.ASGITransport(self.issuer.app())

        async def fetch(request: httpx2.Request) -> httpx2.Response:
            if self.down:
                raise httpx2.ConnectError("down")
            answer = await app.handle_async_request(httpx.Request("GET", str(request.url)))
            return httpx2.Response(answer.status_code, headers=answer.headers.raw, content=await answer.aread())

        self.http = httpx2.AsyncClient(transport=httpx2.MockTransport(fetch))

    def verifier(self, **options: Any) -> JWTVerifier:
        settings: dict[str, Any] = {
            "issuer": self.issuer.issuer,
            "audience": RESOURCE,
            "algorithm": "ES256",
            "clock": lambda: NOW,
        }
        if "public_key" not in options:
            settings |= {"jwks_uri": f"{self.issuer.issuer}jwks.json", "http_client": self.http}
        return JWTVerifier(**(settings | options))

    def token(self, key: Key = None, algorithm: str = "ES256", header: Any = (), **changes: Any) -> str:
        claims = self.issuer.claims(**({"aud": RESOURCE, "client_id": "c", "scope": "a b"} | changes))
        return self.issuer.sign(claims, key=key, algorithm=algorithm, **dict(header))


def pem(key: Key) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_key().public_bytes(serialization.Encoding.PEM, form).decode())


async def status(auth: AuthProvider, token: str) -> int:
    app = FastMCP("test", auth=auth).http_app(path="/mcp", stateless_http=True, json_response=True)
    headers = {"authorization": f"Bearer {token}", "accept": "application/json, text/event-stream"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        return (await http.post("/mcp", json=body, headers=headers)).status_code


async def test_it_is_fastmcps_with_its_attributes() -> None:
    world = World()
    verifier = world.verifier(required_scopes=["a"], base_url=BASE)
    assert isinstance(verifier, theirs.JWTVerifier)
    token = await verifier.verify_token(world.token())
    assert token is not None and (token.client_id, token.subject, token.scopes) == ("c", "alice", ["a", "b"])
    assert (verifier.issuer, verifier.audience, verifier.algorithm) == (world.issuer.issuer, RESOURCE, "ES256")
    assert (str(verifier.base_url), verifier.required_scopes, verifier.ssrf_safe) == (f"{BASE}/", ["a"], False)
    assert await verifier.verify_token(world.token(scope="b")) is None


async def test_attributes_that_are_set_late_count() -> None:
    world = World()
    verifier = world.verifier()
    assert await verifier.verify_token(world.token()) is not None
    verifier.audience = "https://other.example/mcp"
    assert await verifier.verify_token(world.token()) is None
    verifier.audience = ["https://other.example/mcp", RESOURCE]
    verifier.issuer = ["https://other.example", world.issuer.issuer]
    assert await verifier.verify_token(world.token()) is not None
    verifier.public_key = pem(ec.generate_private_key(ec.SECP256R1()))
    assert await verifier.verify_token(world.token()) is None
    verifier.public_key = pem(world.issuer.key)
    assert await verifier.verify_token(world.token()) is not None
    verifier.issuer = None
    with pytest.raises(ValueError, match="issuer: tokens of any issuer"):
        await verifier.verify_token(world.token())


def others(world: World) -> list[tuple[str, Key, str]]:
    return [
        ("RS256", rsa.generate_private_key(65537, 2048), "RS256"),
        ("PS384", rsa.generate_private_key(65537, 2048), "PS384"),
        ("ES384", ec.generate_private_key(ec.SECP384R1()), "ES384"),
        ("EdDSA", ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ]


async def test_public_keys_in_pem_and_several_algorithms() -> None:
    world = World()
    for algorithm, key, signed in others(world):
        for names in (algorithm, [algorithm, "ES512"]):
            verifier = world.verifier(public_key=pem(key), algorithm=names)
            assert await verifier.verify_token(world.token(key, signed)) is not None, algorithm
            assert await verifier.verify_token(world.token()) is None
    key = rsa.generate_private_key(65537, 2048)
    verifier = world.verifier(public_key=pem(key).encode(), algorithm=["RS256", "PS256"])
    for algorithm in ("RS256", "PS256", "RS512"):
        assert (await verifier.verify_token(world.token(key, algorithm)) is None) == (algorithm == "RS512")
    verifier = world.verifier(algorithm=["RS256", "ES256"])
    assert await verifier.verify_token(world.token()) is not None


async def test_a_key_that_was_given_has_the_name_that_good_tokens_give_it() -> None:
    world = World()
    verifier = world.verifier(public_key=pem(world.issuer.key))
    for header in ({"kid": "a"}, {"kid": "b"}, {"kid": "a"}):
        assert await verifier.verify_token(world.token(header=header)) is not None
        known = verifier._configured()._authenticator
        stranger = ec.generate_private_key(ec.SECP256R1())
        for odd in ({"kid": "x"}, {"kid": "x" * 5000}):
            assert await verifier.verify_token(world.token(stranger, header=odd)) is None
        assert verifier._configured()._authenticator is known


@pytest.mark.parametrize("algorithms", [["RS256", "ES256"], ["ES256", "RS256"]])
async def test_a_key_is_for_any_of_the_algorithms(algorithms: list[str]) -> None:
    world = World()
    verifier = world.verifier(public_key=pem(world.issuer.key), algorithm=algorithms)
    assert await verifier.verify_token(world.token()) is not None


async def test_a_shared_secret() -> None:
    world, secret = World(), b"s" * 32
    for given in (secret, secret.decode()):
        verifier = world.verifier(public_key=given, algorithm="HS256")
        assert await verifier.verify_token(world.token(secret, "HS256")) is not None
        assert await verifier.verify_token(world.token(b"t" * 32, "HS256")) is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"issuer": None}, "issuer: tokens of any issuer"),
        ({"audience": []}, "audience: tokens of any audience"),
        ({"public_key": "abc"}, "public_key: not a key for ES256"),
        ({"public_key": pem(rsa.generate_private_key(65537, 2048))}, "public_key: not a key for ES256"),
        ({"public_key": pem(rsa.generate_private_key(65537, 1024)), "algorithm": "RS256"}, "public_key: "),  # noqa: S505
        ({"public_key": "x" * 31, "algorithm": "HS256"}, "secret"),
        ({"public_key": "x" * 64, "algorithm": ["HS256", "HS512"]}, "algorithm: a shared secret"),
        (
            {"public_key": pem(ed448.Ed448PrivateKey.generate()), "algorithm": "Ed448"},
            "Unsupported algorithm: Ed448; there are",
        ),
        ({"jwks_uri": "http://id.example/jwks.json"}, "uri_"),
        ({"relax": ["everything"]}, "relaxation_unknown known=typ_jwt_or_absent"),
        ({"leeway": -1}, "leeway: -1 is less than 0"),
        ({"max_stale": -1}, "max_stale: -1 is less than 0"),
    ],
)
def test_mistakes_are_reported_at_once(options: dict[str, Any], says: str) -> None:
    with pytest.raises(Exception, match=says):
        World().verifier(**options)


async def test_an_issuer_that_differs_by_its_slash_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    caplog.set_level(logging.INFO, "doorward")
    for issuer, level in ((world.issuer.issuer.rstrip("/"), "WARNING"), ("https://other.example", "INFO")):
        caplog.clear()
        assert await world.verifier().verify_token(world.token(iss=issuer)) is None
        assert [record.levelname for record in caplog.records if record.name == "doorward"] == [level]
        assert f"found iss={issuer} " in caplog.text


@pytest.mark.parametrize("name", ["_validate_issuer", "_extract_scopes", "_get_verification_key", "_fetch_jwks"])
def test_a_check_that_would_never_be_asked_for_is_reported(name: str) -> None:
    """FastMCP has one override these; a stricter one that nobody calls lets in whom it was to keep out."""
    stricter = type("Stricter", (JWTVerifier,), {name: lambda *_: None})
    with pytest.raises(TypeError, match=rf"^Stricter\.{name}: is never called; override load_access_token"):
        stricter(jwks_uri=f"{BASE}/jwks", issuer=BASE, audience=RESOURCE)


async def test_what_is_called_may_be_overridden() -> None:
    class Stricter(JWTVerifier):
        async def load_access_token(self, token: str) -> AccessToken | None:
            found = await super().load_access_token(token)
            return found if found and found.claims.get("email_verified") else None

    world = World()
    verifier = Stricter(
        jwks_uri=f"{world.issuer.issuer}jwks.json",
        issuer=world.issuer.issuer,
        audience=RESOURCE,
        algorithm="ES256",
        http_client=world.http,
        clock=lambda: NOW,
    )
    assert await status(verifier, world.token()) == 401
    assert await status(verifier, world.token(email_verified=True)) == 200


def test_a_private_key_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.PKCS8
    text = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    with pytest.raises(ValueError, match="private key") as raised:
        World().verifier(public_key=text)
    assert "BEGIN" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "header", "restored"),
    [
        ({"exp": None}, {}, None),
        ({"cnf": {"jkt": "x"}}, {}, None),
        ({"iat": NOW + 9999}, {}, None),
        ({"exp": 1e30}, {}, None),
        ({}, {"typ": "JWT"}, {"relax": ["typ_jwt_or_absent"]}),
        ({}, {"typ": None}, {"relax": ["typ_jwt_or_absent"]}),
        ({}, {"typ": "logout+jwt"}, {"relax": ["typ_unchecked"]}),
        ({"scope": ["a"]}, {}, {"scope_source": "scope_list"}),
    ],
)
async def test_each_difference_and_what_restores_it(
    changes: dict[str, Any], header: dict[str, Any], restored: dict[str, Any] | None
) -> None:
    world = World()
    token = world.token(header=header, **changes)
    fastmcps = theirs.JWTVerifier(
        public_key=pem(world.issuer.key), issuer=world.issuer.issuer, audience=RESOURCE, algorithm="ES256"
    )
    assert await fastmcps.verify_token(token) is not None, "no difference"
    ours: dict[str, Any] = {"public_key": pem(world.issuer.key), "required_scopes": ["a"]}
    assert await world.verifier(**ours).verify_token(token) is None
    if restored:
        assert await world.verifier(**ours, **restored).verify_token(token) is not None


def wrappers(verifier: JWTVerifier, world: World) -> dict[str, AuthProvider]:
    servers = [AnyHttpUrl(world.issuer.issuer)]
    vendor: Any = {"base_url": BASE, "token_verifier": verifier}
    return {
        "remote": RemoteAuthProvider(verifier, servers, BASE),
        "multi": MultiAuth(verifiers=[verifier]),
        "keycloak": KeycloakAuthProvider(realm_url="https://k.example/realms/r", **vendor),
        "scalekit": ScalekitProvider(environment_url="https://s.example", resource_id="res_1", **vendor),
        "supabase": SupabaseProvider(project_url="https://p.supabase.co", **vendor),
        "authkit": AuthKitProvider(authkit_domain="https://a.authkit.app", **vendor),
        "descope": DescopeProvider(
            config_url="https://api.descope.com/v1/apps/agentic/P1/M1/.well-known/openid-configuration", **vendor
        ),
    }


async def test_inside_of_every_wrapper() -> None:
    world = World()
    for name in wrappers(world.verifier(), world):
        for token, expected in (
            (world.token(), 200),
            (world.token(aud="https://other.example/mcp"), 401),
            (world.token(header={"typ": "JWT"}), 401),
        ):
            # Each anew: a FastMCP app is for one lifespan.
            assert await status(wrappers(world.verifier(), world)[name], token) == expected, name


async def test_an_outage_is_none_of_the_tokens_fault() -> None:
    for name in wrappers(World().verifier(), World()):
        world = World()
        world.down = True
        wrapper = wrappers(world.verifier(), world)[name]
        if name == "multi" and unavailable is RuntimeError:
            continue  # FastMCP 4.1 hides what its sources raise.
        with pytest.raises(unavailable, match="keys_unavailable"):
            await wrapper.verify_token(world.token())


async def test_what_a_proxy_got_upstream_is_verified() -> None:
    world = World()
    proxy = OAuthProxy(
        upstream_authorization_endpoint=f"{world.issuer.issuer}authorize",
        upstream_token_endpoint=f"{world.issuer.issuer}token",
        upstream_client_id="c",
        upstream_client_secret="secret",
        token_verifier=world.verifier(),
        base_url=BASE,
    )
    assert await status(proxy, world.token()) == 401, "not a token of the proxy"
    validator = proxy._token_validator
    assert await validator.verify_token(world.token()) is not None
    assert await validator.verify_token(world.token(exp=NOW - 100)) is None


async def test_tokens_of_another_source_are_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    world, other = World(), World()
    other.issuer.issuer = "http://127.0.0.1:7/"
    both = MultiAuth(verifiers={"a": world.verifier(), "b": other.verifier(jwks_uri="http://127.0.0.1:8/jwks.json")})
    with caplog.at_level(logging.DEBUG, "doorward"):
        assert await both.verify_token(other.token()) is not None
        assert [record.levelname for record in caplog.records] == ["INFO"]
        caplog.clear()
        assert await both.verify_token(world.token(exp=NOW - 100)) is None
        assert [(record.levelname, record.doorward["error"]) for record in caplog.records] == [  # type: ignore[attr-defined]
            ("WARNING", "token_expired"),
            ("INFO", "issuer_mismatch"),
        ]


@pytest.mark.parametrize("wrap", ["alone", "remote", "multi", "multi_unknown"])
async def test_a_token_that_nobody_knows_is_a_warning(wrap: str, caplog: pytest.LogCaptureFixture) -> None:
    """As FastMCP's own verifier warns of it: a wrong `issuer=` is the first mistake that is made."""
    world, stranger = World(), Issuer("http://127.0.0.1:6", ["a"], clock=lambda: NOW)
    verifier = world.verifier()
    servers = [AnyHttpUrl(world.issuer.issuer)]
    asked = {"third": theirs.StaticTokenVerifier({})} if wrap == "multi_unknown" else {"b": remote(world)}
    auth: AuthProvider = {
        "alone": verifier,
        "remote": RemoteAuthProvider(verifier, authorization_servers=servers, base_url=BASE),
    }.get(wrap) or MultiAuth(verifiers={"a": verifier, **asked})
    with caplog.at_level(logging.INFO, "doorward"):
        token = stranger.sign(stranger.claims(aud=RESOURCE, client_id="c"))
        assert await status(auth, token) == 401
    level = "INFO" if wrap == "multi_unknown" else "WARNING"
    refused = [record for record in caplog.records if record.name == "doorward"]
    assert len(refused) == (2 if wrap == "multi" else 1)
    for record in refused:
        said = record.doorward  # type: ignore[attr-defined]
        assert (record.levelname, said["error"], said["path"], said["client"]) == (
            level,
            "issuer_mismatch",
            "/mcp",
            "127.0.0.1",
        )


def remote(world: World, **options: Any) -> RemoteOAuth:
    at = f"{world.issuer.issuer}jwks.json"
    source = JwksSource(world.issuer.issuer, jwks_uri=at, client=world.http, clock=lambda: NOW)
    return RemoteOAuth(issuer=world.issuer.issuer, resource=RESOURCE, source=source, clock=lambda: NOW, **options)


@pytest.mark.parametrize("make", [remote, World.verifier])
async def test_the_principal_in_tools_behind_multi_auth(make: Any) -> None:
    world = World()
    server = FastMCP("test", auth=MultiAuth(verifiers=[make(world)]))

    @server.tool
    def who() -> str:
        principal = get_principal()
        return f"{principal.subject} {principal.client_id}" if principal else "nobody"

    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "who", "arguments": {}}}
    app = server.http_app(path="/mcp", stateless_http=True, json_response=True)
    headers = {"authorization": f"Bearer {world.token()}", "accept": "application/json, text/event-stream"}
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        assert "alice c" in (await http.post("/mcp", json=body, headers=headers)).text


async def test_copies_of_an_access_token_have_its_slots() -> None:
    world = World()
    token = await world.verifier().verify_token(world.token())
    assert token is not None
    for made in (copy.copy(token), copy.deepcopy(token), token.model_copy(deep=True)):
        assert made == token and getattr(made, "principal") is getattr(token, "principal")  # noqa: B009


async def test_a_fetch_from_a_stranger_loads_no_certificates_on_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    new, made = ssl.SSLContext.__new__, list[threading.Thread]()

    def noted(*arguments: Any, **options: Any) -> Any:
        made.append(threading.current_thread())
        return new(*arguments, **options)

    async def here(*_: object) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(ssl.SSLContext, "__new__", staticmethod(noted))
    monkeypatch.setattr(ssrf, "resolve_hostname", here)
    monkeypatch.setattr(ssrf, "is_ip_allowed", lambda _: True)
    world = World()
    verifier = world.verifier(jwks_uri="https://keys.example:9/", http_client=None, ssrf_safe=True)
    with pytest.raises(unavailable):
        await verifier.verify_token(world.token())
    assert made and threading.current_thread() not in made
