"""The compiled module: errors, redaction, threads, API keys, PKCE."""

import copy
import dataclasses
import importlib
import json
import os
import pickle
import pkgutil
import re
import threading
import traceback
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import doorward
from conftest import ROOT, another_thread

ISSUER, AUDIENCE = "https://id.example", "https://api.example/mcp"
KEY = rsa.generate_private_key(65537, 2048)
DOCUMENT = json.dumps(
    {
        "keys": [
            json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "r1", "use": "sig"},
            {"kty": "x"},
        ]
    }
)
NOW = 1_700_000_000


def test_whatever_is_exported_is_documented() -> None:
    for name in doorward.__all__:
        thing = getattr(doorward, name)
        if callable(thing):
            assert thing.__doc__, name
        for member, value in vars(thing).items() if isinstance(thing, type) else ():
            assert member.startswith("_") or not hasattr(value, "__doc__") or value.__doc__, f"{name}.{member}"


def test_no_module_has_the_name_of_what_is_exported() -> None:
    # Once it is imported, it would be found in the place of that.
    found = list(pkgutil.walk_packages(doorward.__path__, "doorward."))
    packages = ["doorward", *(module.name for module in found if module.ispkg)]
    assert "doorward.api_keys" in packages
    for name in packages:
        package = importlib.import_module(name)
        modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
        assert not modules & set(getattr(package, "__all__", ())), name


def token(**changes: Any) -> str:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 60, "scope": "admin"} | changes
    return jwt.encode(claims, KEY, "RS256", {"typ": "at+jwt", "kid": "r1"})


def policy(**options: Any) -> doorward.Policy:
    return doorward.Policy.mcp(ISSUER, AUDIENCE, **options)


def test_a_principal_has_its_claims() -> None:
    rules = policy(required_scopes="read", scope_hierarchy={"admin": ["write"], "write": "read"})
    principal = doorward.authenticate(token(custom={"a": [1]}), doorward.KeySet.parse(DOCUMENT), rules, NOW)
    assert (principal.subject, principal.issuer, principal.audience) == ("alice", ISSUER, [AUDIENCE])
    assert (principal.scopes, principal.expires_at) == (["admin"], NOW + 60)
    assert principal.claims["custom"] == principal.claim("custom") == {"a": [1]}
    assert principal.claim("none") is None
    principal.require(["read", "write"])
    with pytest.raises(doorward.DoorwardError, match="insufficient_scope"):
        principal.require("delete")
    assert rules.missing_scopes(["write"], "read admin") == ["admin"]


def test_what_lacks_a_scope_is_told_all_to_ask_for() -> None:
    rules = policy(required_scopes="read", scope_prefix="api://x/", advertised_scopes="api://x/share mail")
    assert rules.step_up_scopes("openid share", ["write"]) == ["api://x/share", "api://x/read", "api://x/write"]
    assert rules.step_up_scopes(["read", "mail"], "read", "list") == ["api://x/mail", "api://x/read"]
    with pytest.raises(doorward.DoorwardError, match="scope_invalid"):
        rules.step_up_scopes("read", ["a b"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"audiences": "a"}, "a policy takes no argument 'audiences'"),
        ({"leeway": "a"}, "argument 'leeway': "),
        ({"relax": 7}, "argument 'relax': "),
        ({"scope_prefix": 7}, "argument 'scope_prefix': expected str, not int"),
        ({"client_binding": "azp"}, "argument 'client_binding': "),
        ({"clients": ["a"]}, "a policy takes no argument 'clients'"),
    ],
)
def test_arguments_of_a_policy_that_are_wrong_are_reported_by_name(options: dict[str, Any], says: str) -> None:
    for make in (doorward.Policy.mcp, doorward.Policy.rfc9068):
        with pytest.raises(TypeError, match=says):
            make(ISSUER, AUDIENCE, **options)
    options = {name: value for name, value in options.items() if name != "clients"} | {"client_claim": "azp"}
    with pytest.raises(TypeError):
        doorward.Policy.of_provider("github-actions", None, AUDIENCE, **options)


def test_scopes_become_one_text() -> None:
    assert doorward.join_scopes("read write") == doorward.join_scopes(["read", "write"]) == "read write"
    assert doorward.join_scopes("") == doorward.join_scopes([]) == ""
    for wrong in ("a  b", " a", 'a"', ["a b"], [""], ["a"] * 257, " ".join(["a"] * 257)):
        with pytest.raises(doorward.DoorwardError, match="scope_invalid"):
            doorward.join_scopes(wrong)


def test_errors_are_those_of_core() -> None:
    source = (ROOT / "core/src/error.rs").read_text()
    table = {
        name: int(number)
        for number, name in re.findall(r"^    (\d{3,4}) \w+ (?:\{[^}]*\} )?= \"(\w+)\", \w+;", source, re.MULTILINE)
    }
    assert {name: row[0] for name, row in doorward.ERRORS.items()} == table
    with pytest.raises(doorward.DoorwardError) as caught:
        doorward.authenticate(token(exp=NOW - 100), doorward.KeySet.parse(DOCUMENT), policy(), NOW)
    error = caught.value
    assert (error.name, error.number, error.status, error.oauth_error) == ("token_expired", 303, 401, "invalid_token")
    assert error.details == {"expires_at": NOW - 100, "now": NOW}


def test_skipped_keys_are_reported_and_families_kept_apart() -> None:
    keys = doorward.KeySet.parse(DOCUMENT)
    assert (len(keys), keys.skipped) == (1, [(1, "key_type_unknown")])
    secrets = doorward.SharedSecrets.single(b"s" * 32, "HS256")
    for call in (
        lambda: policy(algorithms=["RS256", "HS256"]),
        lambda: doorward.KeySet.parse(DOCUMENT, ["HS256"]),
        lambda: doorward.authenticate(token(), secrets, policy(), NOW),
        lambda: doorward.authenticate(token(), keys, policy(algorithms=["HS256"]), NOW),
        lambda: doorward.Authenticator(policy(), policy(algorithms=["HS256"])),
        lambda: doorward.Authenticator(policy()).set_keys(ISSUER, secrets),
        lambda: doorward.Authenticator(policy(algorithms=["HS256"])).set_keys(ISSUER, keys),
    ):
        with pytest.raises(doorward.DoorwardError, match="algorithms_mixed"):
            call()


def authenticator(*policies: doorward.Policy, **limits: int) -> doorward.Authenticator:
    """One whose first issuer has the keys of this file, the others none."""
    made = doorward.Authenticator(*policies, **limits)
    made.set_keys(policies[0].issuer, doorward.KeySet.parse(DOCUMENT))
    return made


def test_several_issuers_each_with_its_own_keys() -> None:
    both = authenticator(policy(), doorward.Policy.mcp("https://other.example", AUDIENCE))
    assert both.authenticate(token(), NOW).subject == "alice"
    with pytest.raises(doorward.DoorwardError, match="keys_unavailable retry_after=1") as caught:
        both.authenticate(token(iss="https://other.example"), NOW)
    assert (caught.value.status, caught.value.oauth_error) == (503, None)
    with pytest.raises(doorward.DoorwardError, match="issuer_unknown"):
        both.authenticate(token(iss="https://evil.example"), NOW)
    with pytest.raises(doorward.DoorwardError, match="issuer_unknown"):
        both.set_keys("https://evil.example", doorward.KeySet.parse(DOCUMENT))
    other_audience = doorward.Policy.mcp(ISSUER, "https://other.example/mcp")
    for policies in ((), (policy(), policy()), (policy(), other_audience)):
        with pytest.raises(doorward.DoorwardError, match="issuer_invalid"):
            doorward.Authenticator(*policies)


def test_a_remembered_token_is_checked_again_and_goes_with_its_key() -> None:
    for limits in ({}, {"cache_entries": 0}, {"cache_bytes": 0}):
        one, good = authenticator(policy(), **limits), token()
        for now, error in ((NOW, None), (NOW, None), (NOW + 120, "token_expired"), (NOW, None)):
            if error is None:
                assert one.authenticate(good, now).subject == "alice"
            else:
                with pytest.raises(doorward.DoorwardError, match=error):
                    one.authenticate(good, now)
        for useless in ('{"keys":[]}', '{"keys":[{"kty":"x"}]}'):
            with pytest.raises(doorward.DoorwardError, match="key_set_empty"):
                one.set_keys(ISSUER, doorward.KeySet.parse(useless))
            assert one.authenticate(good, NOW).subject == "alice"
        one.set_keys(ISSUER, doorward.KeySet.parse(DOCUMENT.replace('"r1"', '"r2"')))
        with pytest.raises(doorward.DoorwardError, match="key_not_found"):
            one.authenticate(good, NOW)


def test_y02_y03_nothing_secret_is_shown_or_pickled() -> None:
    secret, good = b"marker-secret-of-32-bytes-length!", token(jti="marker")
    key = doorward.ApiKey.mint("sk_live", os.urandom(32))
    things = [
        doorward.SharedSecrets.single(secret, "HS256"),
        doorward.KeySet.parse(DOCUMENT),
        doorward.Peppers((1, secret)),
        doorward.CodeVerifier("marker" * 8),
        key,
        doorward.authenticate(good, doorward.KeySet.parse(DOCUMENT), policy(), NOW),
        authenticator(policy()),
    ]
    for thing in things:
        shown = repr(thing) + str(thing)
        assert "marker" not in shown and key.reveal()[-72:] not in shown and good not in shown
        for spread in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="cannot be pickled"):
                spread(thing)
    bad = good[:-8] + "AAAAAAAA"
    try:
        doorward.authenticate(bad, doorward.KeySet.parse(DOCUMENT), policy(), NOW)
    except doorward.DoorwardError as error:
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(vars(error))
        assert error.name == "signature_invalid" and bad not in shown and bad[-40:] not in shown


def test_y02_no_record_shows_a_field_that_is_secret() -> None:
    secret = re.compile(r"(.*_)?(token|secret|code|hash|state|refresh)")
    seen, shown = set(), set()
    for module in pkgutil.walk_packages(doorward.__path__, "doorward."):
        if module.name == "doorward.__main__" or module.name.startswith("doorward.testing"):
            continue
        for one in vars(importlib.import_module(module.name)).values():
            for field in dataclasses.fields(one) if isinstance(one, type) and dataclasses.is_dataclass(one) else ():
                says = field.type not in (bool, "bool")
                if says and one.__module__.startswith("doorward") and secret.fullmatch(field.name):
                    seen.add(field.name)
                    shown |= {f"{one.__qualname__}.{field.name}"} if field.repr else set()
    assert {"access_token", "refresh_token", "code_hash"} <= seen and not shown


def test_a_principal_is_shown_in_python_and_in_one_line() -> None:
    def shown(**claims: object) -> str:
        return repr(doorward.authenticate(token(**claims), doorward.KeySet.parse(DOCUMENT), policy(), NOW))

    assert shown(sub="a\0b\n\u202e'") == rf"Principal(issuer='{ISSUER}', subject='a\0b\n\u{{202e}}\'', client_id=None)"


def test_many_threads_share_one_authenticator() -> None:
    one, good, bad = authenticator(policy()), token(), token(exp=1)
    outcomes: list[bool] = []

    def work() -> None:
        for _ in range(200):
            outcomes.append(one.authenticate(good, NOW).subject == "alice")
            with pytest.raises(doorward.DoorwardError, match="token_expired"):
                one.authenticate(bad, NOW)
            one.set_keys(ISSUER, doorward.KeySet.parse(DOCUMENT))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [True] * 1600


def test_y01_the_interpreter_is_let_go_while_keys_are_prepared() -> None:
    jwk = json.loads(DOCUMENT)["keys"][0]
    large = json.dumps({"keys": [jwk] * 1000})
    with another_thread() as ran_during:
        assert any(ran_during(lambda: doorward.KeySet.parse(large, ["RS256"])) for _ in range(1000))


def test_pkce_is_that_of_rfc_7636() -> None:
    verifier = doorward.CodeVerifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    challenge = doorward.CodeChallenge.of(verifier)
    assert str(challenge) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert doorward.pkce_authorization_request(str(challenge), "S256") == challenge
    assert {doorward.CodeChallenge(str(challenge)), challenge} == {challenge}
    doorward.pkce_token_request(challenge, verifier.reveal())
    challenge.check(verifier)
    another = doorward.CodeVerifier.from_random(os.urandom(32))
    assert doorward.CodeChallenge.of(another) != challenge and len(another.reveal()) == 43
    bad: list[tuple[str, Callable[[], object]]] = [
        ("code_challenge_method_refused", lambda: doorward.pkce_authorization_request(str(challenge), None)),
        ("code_challenge_missing", lambda: doorward.pkce_authorization_request(None, "S256")),
        ("code_verifier_mismatch", lambda: challenge.check(another)),
        ("code_verifier_malformed", lambda: doorward.CodeVerifier("a" * 42)),
        ("code_challenge_malformed", lambda: doorward.CodeChallenge(another.reveal() + "=")),
        ("code_verifier_mismatch", lambda: doorward.pkce_token_request(challenge, "a" * 43)),
        ("code_verifier_missing", lambda: doorward.pkce_token_request(challenge, None)),
        ("code_verifier_unexpected", lambda: doorward.pkce_token_request(None, verifier.reveal())),
        ("code_challenge_missing", lambda: doorward.pkce_token_request(None, None)),
    ]
    for name, call in bad:
        with pytest.raises(doorward.DoorwardError, match=name):
            call()


def test_a_verifier_is_no_challenge_and_is_not_shown() -> None:
    verifier = doorward.CodeVerifier("v" * 43)
    challenge = doorward.CodeChallenge.of(verifier)
    assert "vvv" not in f"{verifier} {verifier!r} {vars(type(verifier))}" and repr(challenge).count(str(challenge)) == 1
    swapped: list[Callable[[], object]] = [
        lambda: doorward.CodeChallenge.of(challenge),  # type: ignore[arg-type]
        lambda: doorward.CodeChallenge.of("v" * 43),  # type: ignore[arg-type]
        lambda: challenge.check(challenge),  # type: ignore[arg-type]
        lambda: doorward.pkce_token_request(verifier, str(challenge)),  # type: ignore[arg-type]
        lambda: doorward.pkce_token_request(challenge, challenge),  # type: ignore[arg-type]
    ]
    for call in swapped:
        with pytest.raises(TypeError):
            call()


def test_api_keys_are_minted_hashed_and_checked() -> None:
    old, new = (1, os.urandom(32)), (2, os.urandom(32))
    key = doorward.ApiKey.mint("sk_live", os.urandom(32))
    again = doorward.ApiKey.parse(key.reveal())
    assert (again.id, again.prefix) == (key.id, "sk_live")
    stored = key.hash(doorward.Peppers(old))
    for peppers, rehash in ((doorward.Peppers(old), False), (doorward.Peppers(new, [old]), True)):
        match = again.check(stored, peppers)
        assert match and isinstance(match, doorward.Match) and match.rehash is rehash
        assert repr(match) == f"Match(rehash={rehash})"
    with pytest.raises(doorward.DoorwardError, match="api_key_mismatch"):
        again.check(None, doorward.Peppers(new))
    with pytest.raises(doorward.DoorwardError, match="api_key_checksum_invalid"):
        doorward.ApiKey.parse(key.reveal()[:-1] + ("0" if key.reveal()[-1] != "0" else "1"))


def test_documents_and_challenges() -> None:
    document = doorward.protected_resource_metadata(AUDIENCE, [ISSUER], scopes_supported=["a", "b"])
    assert json.loads(document)["scopes_supported"] == ["a", "b"]
    doorward.check_protected_resource_metadata(AUDIENCE, document)
    with pytest.raises(doorward.DoorwardError, match="resource_mismatch"):
        doorward.check_protected_resource_metadata(AUDIENCE + "/", document)
    with pytest.raises(doorward.DoorwardError, match="challenge_value_invalid"):
        doorward.challenge(error_description="x\r\nSet-Cookie: a=b")
    with pytest.raises(doorward.DoorwardError, match="credentials_repeated"):
        doorward.bearer_token(["Bearer a", "Bearer b"])


def test_claims_come_without_what_stands_around_them() -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 60, "n": [1]}
    payload = f" \n\t{json.dumps(claims).replace('[1]', '[ 1 ] ')}\r\n ".encode()
    signed = jwt.PyJWS().encode(payload, KEY, "RS256", {"typ": "at+jwt", "kid": "r1"})
    authenticator = doorward.Authenticator(policy())
    authenticator.set_keys(ISSUER, doorward.KeySet.parse(DOCUMENT))
    for _ in range(2):  # the second time it is remembered
        principal = authenticator.authenticate(signed, NOW)
        assert (principal.claims, principal.claim("n")) == (claims, [1])


def test_a_wrong_setting_is_reported_by_name_and_with_what_is_wanted() -> None:
    with pytest.raises(doorward.DoorwardError) as unknown:
        doorward.Policy.mcp("i", "a", relax=["everything"])  # type: ignore[list-item]
    assert str(unknown.value).startswith("relax: relaxation_unknown known=typ_jwt_or_absent typ_unchecked ")
    for call, says in (
        (lambda: doorward.protected_resource_metadata_url("mcp"), "resource wanted=https without a fragment"),
        (lambda: doorward.authorization_server_metadata_urls("https://h?a"), "issuer wanted=https without a query or"),
        (lambda: doorward.KeySource("", jwks_uri="http://h/k"), "jwks_uri wanted=https without a fragment"),
    ):
        with pytest.raises(doorward.DoorwardError) as invalid:
            call()
        assert str(invalid.value).startswith(f"uri_invalid argument={says}")
        assert invalid.value.details["argument"] == says.split()[0]


def test_q01_keys_are_found_by_the_pattern_and_other_text_is_not() -> None:
    pattern = re.compile(doorward.API_KEY_PATTERN)
    assert f"`{doorward.API_KEY_PATTERN}`" in (ROOT / "README.md").read_text("utf-8")
    for number, prefix in enumerate(("sk", "sk_live", "a_b_c_1", "x" * 24)):
        key = doorward.ApiKey.mint(prefix, bytes([number]) * 32).reveal()
        for before, behind in (
            ("", ""),
            ("key=", "&x=1"),
            ('{"key": "', '"}'),
            ("Bearer ", "\r\n"),
            ("https://h/", "/"),
        ):
            found = pattern.search(before + key + behind)
            assert found and found[0] == key
        assert not pattern.search(key[:-1]) and not pattern.search(key + "0") and not pattern.search(key.upper())


def test_secrets_of_another_length_are_told_apart() -> None:
    short, challenge = bytes(31), doorward.CodeChallenge("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    issue: dict[str, Any] = {
        "client_id": "a",
        "redirect_uri": "https://a.example/cb",
        "code_challenge": challenge,
        "lifetime": 60,
    }
    cases: list[tuple[Callable[[], object], str]] = [
        (lambda: doorward.KeyRing([("ES256", short, 0, None)]), "signing_key_invalid"),
        (lambda: doorward.SealingKeys((1, short)), "sealing_key_invalid"),
        (lambda: doorward.SealingKeys((1, bytes(32)), [(2, bytes(33))]), "sealing_key_invalid"),
        (lambda: doorward.SigningSecret(short), "secret_too_short needed=32 actual=31"),
        (lambda: doorward.SharedSecrets.single(short, "HS256"), "secret_too_short needed=32 actual=31"),
        (lambda: doorward.mint_opaque_token(short), "random_invalid needed=32 actual=31"),
        (lambda: doorward.CodeRecord.issue(family=bytes(17), now=0, **issue), "random_invalid needed=16 actual=17"),
    ]
    for make, name in cases:
        with pytest.raises(doorward.DoorwardError, match=f"^{name}"):
            make()
