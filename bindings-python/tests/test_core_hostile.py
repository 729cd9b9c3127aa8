"""The compiled module given what it does not ask for: nothing secret is told, nothing is mistaken for another thing."""

import base64
import copy
import hashlib
import hmac
import json
import pickle
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import doorward
from conftest import another_thread

ISSUER, AUDIENCE, NOW = "https://id.example", "https://api.example/mcp", 1_700_000_000
SECRET = b"k" * 32
SECRETS = doorward.SharedSecrets.single(SECRET, "HS256")
KEYS = doorward.KeySet.parse('{"keys": []}')


def encode(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def token(payload: str | None = None, **claims: Any) -> str:
    good = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60}
    text = json.dumps(good | claims) if payload is None else payload
    signed = encode(b'{"alg":"HS256","typ":"at+jwt"}') + b"." + encode(text.encode())
    return (signed + b"." + encode(hmac.digest(SECRET, signed, hashlib.sha256))).decode()


def policy(**options: Any) -> doorward.Policy:
    return doorward.Policy.mcp(ISSUER, AUDIENCE, algorithms=["HS256"], **options)


def authenticated(**claims: Any) -> doorward.Principal:
    return doorward.authenticate(token(**claims), SECRETS, policy(), NOW)


def key_source() -> doorward.KeySource:
    return doorward.KeySource("", jwks_uri="https://id.example/keys")


# Each function and each place of a text, a secret or a token.
CALLS: dict[str, Callable[[Any], object]] = {
    "authenticate": lambda it: doorward.authenticate(it, SECRETS, policy(), NOW),
    "authenticate keys": lambda it: doorward.authenticate("a.b.c", it, policy(), NOW),
    "authenticate policy": lambda it: doorward.authenticate("a.b.c", SECRETS, it, NOW),
    "authenticate now": lambda it: doorward.authenticate("a.b.c", SECRETS, policy(), it),
    "Authenticator": lambda it: doorward.Authenticator(it),
    "Authenticator.set_keys": lambda it: doorward.Authenticator(policy()).set_keys(it, SECRETS),
    "Authenticator.set_keys keys": lambda it: doorward.Authenticator(policy()).set_keys(ISSUER, it),
    "Authenticator.authenticate": lambda it: doorward.Authenticator(policy()).authenticate(it, NOW),
    "Authenticator.authenticate now": lambda it: doorward.Authenticator(policy()).authenticate("a.b.c", it),
    "KeySet.parse": lambda it: doorward.KeySet.parse(it),
    "KeySet.parse algorithms": lambda it: doorward.KeySet.parse("{}", it),
    "SharedSecrets.single": lambda it: doorward.SharedSecrets.single(it, "HS512"),
    "SharedSecrets.single algorithm": lambda it: doorward.SharedSecrets.single(SECRET, it),
    "SharedSecrets.parse": lambda it: doorward.SharedSecrets.parse(it, ["HS256"]),
    "Policy.mcp": lambda it: doorward.Policy.mcp("", it),
    "Policy.mcp scopes": lambda it: policy(required_scopes=it, leeway=10**6),
    "Policy.mcp hierarchy": lambda it: policy(scope_hierarchy=it, leeway=10**6),
    "Policy.mcp claims": lambda it: policy(required_claims=it, leeway=10**6),
    "Policy.mcp relax": lambda it: policy(relax=it, leeway=10**6),
    "Principal.require": lambda it: authenticated().require(it),
    "KeySource": lambda it: doorward.KeySource(it),
    "KeySource jwks_uri": lambda it: doorward.KeySource("", jwks_uri=it),
    "KeySource.token_received attempt": lambda it: key_source().token_received(it, 0),
    "KeySource.token_rejected": lambda it: key_source().token_rejected(doorward.Attempt(), it, True, 0),
    "KeySource.token_rejected now": lambda it: key_source().token_rejected(doorward.Attempt(), 201, True, it),
    "KeySource.waited": lambda it: key_source().waited(doorward.Attempt(), it),
    "KeySource.response status": lambda it: key_source().response(0, it, [], b"", 0),
    "KeySource.response request": lambda it: key_source().response(it, 404, [], b"", 0),
    "KeySource.no_response request": lambda it: key_source().no_response(it, 0),
    "KeySource.no_response": lambda it: key_source().no_response(0, it),
    "KeySource.response headers": lambda it: key_source().response(0, 404, it, b"", 0),
    "KeySource.response header": lambda it: key_source().response(0, 404, [(it, it)], b"", 0),
    "KeySource.response body": lambda it: key_source().response(0, 404, [], it, 0),
    "KeySource.finish": lambda it: key_source().finish(0, True, it),
    "KeySource.finish request": lambda it: key_source().finish(it, True, 0),
    "bearer_token": lambda it: doorward.bearer_token([it, it]),
    "bearer_token values": lambda it: doorward.bearer_token(it),
    "challenge": lambda it: doorward.challenge(realm='"', error_description=it),
    "protected_resource_metadata": lambda it: doorward.protected_resource_metadata(it, [it]),
    "protected_resource_metadata_url": lambda it: doorward.protected_resource_metadata_url(it),
    "check_protected_resource_metadata": lambda it: doorward.check_protected_resource_metadata(AUDIENCE, it),
    "authorization_server_metadata_urls": lambda it: doorward.authorization_server_metadata_urls(it),
    "issuer_jwks_uri": lambda it: doorward.issuer_jwks_uri(ISSUER, it),
    "CodeVerifier": lambda it: doorward.CodeVerifier(it),
    "CodeVerifier.from_random": lambda it: doorward.CodeVerifier.from_random(it),
    "CodeChallenge": lambda it: doorward.CodeChallenge(it),
    "CodeChallenge.of": lambda it: doorward.CodeChallenge.of(it),
    "pkce_authorization_request": lambda it: doorward.pkce_authorization_request(it, "S256"),
    "pkce_token_request": lambda it: doorward.pkce_token_request(it, it),
    "pkce_token_request verifier": lambda it: doorward.pkce_token_request(None, it),
    "Peppers": lambda it: doorward.Peppers(it),
    "Peppers secret": lambda it: doorward.Peppers((1, it)),
    "Peppers previous": lambda it: doorward.Peppers((1, SECRET), it),
    "ApiKey.mint": lambda it: doorward.ApiKey.mint("sk", it),
    "ApiKey.mint prefix": lambda it: doorward.ApiKey.mint(it, SECRET),
    "ApiKey.parse": lambda it: doorward.ApiKey.parse(it),
    "ApiKey.check": lambda it: doorward.ApiKey.mint("sk", SECRET).check(it, doorward.Peppers((1, SECRET))),
}
HOSTILE: list[Any] = [
    "Marker",
    "Marker\udc80",
    "\ud800.Marker.x",
    b"Marker\xff",
    bytearray(b"Marker"),
    memoryview(b"Marker"),
    ["Marker\udc80"],
    ("Marker", "Marker "),
    {"Marker": "Marker\udc80"},
    [["Marker"]],
    None,
    -1,
    2**70,
    1.5,
    object(),
]


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("name", CALLS)
def test_y02_no_exception_carries_what_was_handed_over(name: str) -> None:
    for hostile in HOSTILE:
        with pytest.raises((doorward.DoorwardError, TypeError, ValueError, OverflowError)) as caught:
            CALLS[name](hostile)
        for error in causes(caught.value):
            assert not isinstance(error, UnicodeError), "it holds the whole text"
            assert "Marker" not in f"{error} {error!r} {error.args!r} {vars(error)!r}", (name, hostile)


def test_text_that_is_no_unicode_is_refused_by_name() -> None:
    challenge = doorward.CodeChallenge("A" * 43)
    calls: dict[str, tuple[Callable[[str], Any], str, int]] = {
        "api key": (doorward.ApiKey.parse, "api_key_malformed", 401),
        "stored hash": (CALLS["ApiKey.check"], "api_key_hash_malformed", 500),
        "key set": (doorward.KeySet.parse, "key_set_malformed", 503),
        "verifier": (doorward.CodeVerifier, "code_verifier_malformed", 400),
        "sent verifier": (lambda it: doorward.pkce_token_request(challenge, it), "code_verifier_malformed", 400),
        "method": (
            lambda it: doorward.pkce_authorization_request(str(challenge), it),
            "code_challenge_method_refused",
            400,
        ),
        "challenge": (lambda it: doorward.pkce_authorization_request(it, "S256"), "code_challenge_malformed", 400),
        "header": (lambda it: doorward.bearer_token([f"Bearer {it}"]), "authorization_malformed", 400),
        "token": (lambda it: doorward.authenticate(it, SECRETS, policy(), NOW), "token_malformed", 401),
        "document": (lambda it: doorward.issuer_jwks_uri(ISSUER, it), "metadata_missing", 500),
        "issuer": (lambda it: doorward.Policy.mcp(it, AUDIENCE), "text_invalid", 500),
        "scopes": (lambda it: policy(required_scopes=it), "text_invalid", 500),
    }
    for what, (call, name, status) in calls.items():
        with pytest.raises(doorward.DoorwardError) as caught:
            call("\ud800")
        assert (caught.value.name, caught.value.status) == (name, status), what
    assert policy().claimed_scopes('{"scope":"a"}') == ["a"]
    assert policy().claimed_scopes('{"scope":"a","sub":"\ud800"}') is None
    source = doorward.KeySource("", jwks_uri="https://id.example/keys", default_lifetime=600)
    source.token_received(doorward.Attempt(), NOW)
    request, _, _ = source.request()
    headers = [("cache-control", "max-age=90, \udcff")]
    assert source.response(request, 200, headers, b"{}", NOW), "a header need not be text"
    source.finish(request, True, NOW)
    assert [source.token_received(doorward.Attempt(), NOW + seconds)[0] for seconds in (71, 72)] == [
        "use",
        "use_and_fetch",
    ]


def test_a_scope_with_a_space_is_not_two_scopes() -> None:
    rules = policy()
    assert rules.missing_scopes("read admin", "admin") == []
    assert rules.missing_scopes(["read", "admin"], "admin") == []
    assert rules.missing_scopes(["read admin"], "admin") == ["admin"]
    assert rules.missing_scopes({"admin"}, ["admin"]) == []


def test_a_hierarchy_is_what_it_says_and_no_more() -> None:
    for smuggled in ({"read\nguest": ["admin"]}, {"guest read": ["admin"]}, {"": ["admin"]}, {"guest": ["a\nb"]}):
        with pytest.raises(doorward.DoorwardError, match="scope_invalid"):
            policy(scope_hierarchy=smuggled)
    rules = policy(scope_hierarchy=types.MappingProxyType({"admin": ("read",), "guest": []}))
    assert (rules.missing_scopes("admin", "read"), rules.missing_scopes("guest", "read")) == ([], ["read"])


def test_claims_are_built_of_any_number() -> None:
    long = "9" * 5000
    numbers = f'"exp":{NOW + 60},"long":{long},"n":-12345678901234567890,"f":1e999'
    payload = f'{{"iss":"{ISSUER}","aud":"{AUDIENCE}",{numbers}}}'
    principal = doorward.authenticate(token(payload), SECRETS, policy(), NOW)
    assert principal.claims["n"] == principal.claim("n") == -12345678901234567890
    assert principal.claims["long"] == principal.claim("long") == principal.claims["f"] == float("inf")


def test_claims_are_fresh_each_time() -> None:
    principal = authenticated(roles=["user"])
    principal.claims["roles"].append("root")
    principal.audience.append("other")
    principal.scopes.append("admin")
    assert principal.claims["roles"] == ["user"]
    assert (principal.audience, principal.scopes) == ([AUDIENCE], [])


def test_nothing_is_made_by_hand_changed_or_derived() -> None:
    principal = authenticated(sub="alice")
    for kind in (doorward.Principal, doorward.KeySet, doorward.SharedSecrets, doorward.Policy, doorward.ApiKey):
        with pytest.raises(TypeError):
            kind()
        with pytest.raises(TypeError):
            object.__new__(kind)
        with pytest.raises(TypeError):
            type("Derived", (kind,), {})
    with pytest.raises(AttributeError):
        principal.subject = "root"  # type: ignore[misc]
    assert not hasattr(principal, "__dict__")
    with pytest.raises(TypeError):
        doorward.ERRORS["token_expired"] = (303, 200, None)  # type: ignore[index]


def test_y03_no_protocol_pickles_a_secret() -> None:
    secrets = (doorward.ApiKey.mint("sk", SECRET), doorward.CodeVerifier.from_random(SECRET))
    for thing in (SECRETS, KEYS, authenticated(), doorward.Peppers((1, SECRET)), *secrets):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError):
                pickle.dumps(thing, protocol)
        with pytest.raises(TypeError):
            copy.deepcopy([thing])


def test_a_secret_that_is_skipped_is_reported() -> None:
    short, good = ({"kty": "oct", "k": encode(b"s" * length).decode()} for length in (16, 32))
    secrets = doorward.SharedSecrets.parse(json.dumps({"keys": [short, good, {"kty": "RSA"}]}), ["HS256"])
    assert len(secrets) == 1
    assert secrets.skipped == [(0, "secret_too_short"), (2, "key_algorithm_refused")]


def test_keys_of_a_public_set_are_never_secrets() -> None:
    # The public set's text as the HMAC secret: the confusion of RFC 8725 section 2.1.
    with pytest.raises(doorward.DoorwardError, match="algorithms_mixed"):
        doorward.authenticate(token(), KEYS, policy(), NOW)
    with pytest.raises(doorward.DoorwardError, match="algorithm_refused"):
        doorward.authenticate(token(), KEYS, doorward.Policy.mcp(ISSUER, AUDIENCE), NOW)
    with pytest.raises(doorward.DoorwardError, match="algorithms_mixed"):
        doorward.Authenticator(policy()).set_keys(ISSUER, KEYS)


def test_y01_the_interpreter_is_let_go_for_public_keys_only() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    signed = jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60}, key, "ES256", {"typ": "at+jwt"})
    keys, rules = doorward.KeySet.parse(json.dumps({"keys": [jwk]})), doorward.Policy.mcp(ISSUER, AUDIENCE)
    shared, hmac_token = policy(), token()
    with another_thread() as ran_during:
        assert any(ran_during(lambda: doorward.authenticate(signed, keys, rules, NOW)) for _ in range(100_000))
        assert not any(ran_during(lambda: doorward.authenticate(hmac_token, SECRETS, shared, NOW)) for _ in range(200))


def test_a_fetch_is_decided_once_however_many_ask() -> None:
    source = key_source()
    decisions: list[str] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        decisions.extend(source.token_received(doorward.Attempt(), NOW)[0] for _ in range(500))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (decisions.count("fetch"), decisions.count("wait")) == (1, 3999)
