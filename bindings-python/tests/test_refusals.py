"""What an operator reads of requests that are refused."""

import base64
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from test_fastmcp import NOW, RESOURCE, World

from doorward import DoorwardError, KeySet, Policy, authenticate, bearer_token
from doorward.fastmcp import RemoteOAuth
from doorward.refusals import Refusals
from doorward.testing import Issuer as Known
from issuer import Issuer

Lines = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """What was logged since."""

    def take() -> list[tuple[str, str]]:
        taken = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "doorward"]
        caplog.clear()
        return taken

    with caplog.at_level(logging.INFO, "doorward"):
        yield take


async def test_what_was_expected_and_what_was_found(lines: Lines) -> None:
    world = World()
    issuer = world.issuer
    expected = f"expected iss={issuer.issuer} aud={RESOURCE}; path=/mcp client=127.0.0.1"
    found = f"found iss={issuer.issuer} aud=https://other.example typ=at+jwt alg=ES256 kid={issuer.key_id}"
    await world.post(world.token(aud="https://other.example"))
    assert lines() == [("WARNING", f"refused: audience_mismatch; {found}; {expected}")]
    await world.post(issuer.sign({"iss": "https://evil.example/\n", "aud": ["a\u202e", "b", 3, "c", "d"]}, typ="JWT"))
    found = (
        r'found iss="https://evil.example/\n" aud="[a\u{202e}, b, int, c, ...]" typ=JWT alg=ES256 kid=' + issuer.key_id
    )
    assert lines() == [("WARNING", f"refused: issuer_mismatch; {found}; {expected}")]
    await world.post(issuer.sign({"iss": f'x" aud={RESOURCE}', "aud": f"y; expected aud={RESOURCE}"}, typ="at+jwt"))
    [(_, line)] = lines()
    assert rf'found iss="x\" aud={RESOURCE}" aud="y; expected aud={RESOURCE}" typ' in line, "no value reads as a name"
    await world.post("x")
    found = "found iss=none aud=none typ=none alg=none kid=none"
    assert lines() == [("WARNING", f"refused: token_malformed; {found}; {expected}")]
    await world.post(None)
    assert lines() == [("INFO", "refused: credentials_missing; path=/mcp client=127.0.0.1")]


@pytest.mark.parametrize(
    ("setting", "claims", "found", "expected"),
    [
        (
            {"issuer_template": ("https://id.example/{tid}", "tid", ["t1"])},
            {},
            "claims.tid=none",
            "issuer_template=tid",
        ),
        (
            {"issuer_template": ("https://id.example/{tid}", "tid", ["t1"])},
            {"tid": 1},
            "claims.tid=int",
            "issuer_template=tid",
        ),
        (
            {"scope_source": "realm_access.roles"},
            {"realm_access": {"roles": 3}},
            "claims.realm_access.roles=int",
            "scope_source=realm_access.roles",
        ),
        (
            {"required_claims": ["email", "org"]},
            {"org": "acme"},
            "claims.email=none claims.org=str",
            "required_claims=email and org",
        ),
        ({"required_claims": ["a.b"]}, {"a": {"b": 1}}, "claims.a.b=none", "required_claims=a.b"),
    ],
)
def test_a_claim_that_a_setting_names_is_reported_by_its_own_name(
    lines: Lines, setting: Mapping[str, Any], claims: Mapping[str, Any], found: str, expected: str
) -> None:
    issuer = Known("https://id.example/t1")
    scopes = ["a"] if "scope_source" in setting else []
    policy = Policy.mcp(issuer.url, RESOURCE, required_scopes=scopes, **setting)
    token = issuer.token(RESOURCE, **claims)
    with pytest.raises(DoorwardError) as raised:
        authenticate(token, KeySet.parse(json.dumps(issuer.jwks())), policy, int(time.time()))
    Refusals(policy).log(raised.value, token)
    [(_, line)] = lines()
    assert found in line and expected in line, line


async def test_nothing_of_a_token_but_names_is_shown_and_nothing_breaks_it(lines: Lines) -> None:
    issuer = Issuer("http://127.0.0.1:8", [], clock=lambda: NOW)
    refusals = Refusals(Policy.mcp(issuer.issuer, RESOURCE))
    with pytest.raises(DoorwardError) as raised:
        bearer_token([b"Bearer"])
    odd = [
        '{"iss":"\\ud800"}',
        '{"iss":' + "[" * 9000 + "]" * 9000 + "}",
        '{"aud":{"a":1}}',
        "[]",
        '{"iss":"' + "x" * 9000 + '"}',
    ]
    for payload in odd:
        token = issuer.sign(payload, kid="\ud800" if payload == "[]" else "k")
        refusals.log(raised.value, token)
        ((_, line),) = lines()
        assert token.rsplit(".", 1)[1] not in line and len(line) < 700 and line.isprintable()
    for token in (".", "..", "\xff.\xff", "a.b.c.d", "=", "e30.e30.e30"):
        refusals.log(raised.value, token)
        assert len(lines()) == 1


async def test_a_flood_is_summed_up(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("doorward.refusals.time.monotonic", lambda: now)
    reported: list[Mapping[str, Any]] = []
    policy = Policy.mcp("https://id.example", RESOURCE)
    refusals = Refusals(policy, reported.append)
    with pytest.raises(DoorwardError) as first:
        bearer_token([b"Bearer"])
    with pytest.raises(DoorwardError) as second:
        authenticate("x", __import__("doorward").KeySet.parse('{"keys":[]}'), policy, NOW)
    for index in range(1000):
        refusals.log((second if index % 4 else first).value, "x")
    assert len(lines()) == 2 * Refusals.MOST and len(reported) == 1000
    now += 60
    refusals.log(first.value)
    summary, again = lines()
    assert summary == (
        "WARNING",
        "refused besides, in the minute before: token_malformed 730, authorization_malformed 230",
    )
    assert again[1].startswith("refused: authorization_malformed")
    refusals.log(first.value)
    assert len(lines()) == 1


async def test_a_hook_that_fails_changes_nothing(lines: Lines) -> None:
    def hook(_: Mapping[str, Any]) -> None:
        raise ZeroDivisionError

    refusals = Refusals(Policy.mcp("https://id.example", RESOURCE), hook)
    with pytest.raises(DoorwardError) as raised:
        bearer_token([])
    refusals.log(raised.value)
    assert [level for level, _ in lines()] == ["ERROR", "INFO"]
    for _ in range(9):
        refusals.log(raised.value)
    assert [level for level, _ in lines()] == ["INFO"] * 9
    with pytest.raises(TypeError, match="on_refusal: expected a callable, got str"):
        RemoteOAuth(issuer="https://id.example", resource=RESOURCE, on_refusal="no")  # type: ignore[arg-type]


async def test_each_check_says_what_it_asks_for(lines: Lines) -> None:
    reported: list[Mapping[str, Any]] = []
    ours = Known()
    parameters = {"server": "https://id.test", "realm": "r"}
    keycloak = Known(provider="keycloak", parameters=parameters)
    apart: dict[str, Any] = {"provider": "keycloak", "parameters": parameters}
    hmac = base64.urlsafe_b64encode(b'{"typ":"at+jwt","alg":"HS256"}').decode().rstrip("=")
    client: dict[str, Any] = {"client_binding": ("azp", ["app-1", "app-2"])}
    elsewhere: dict[str, Any] = {"scopes": "a b", "scope_source": "r.roles"}
    cases: list[tuple[Known, dict[str, Any], str, str, str]] = [
        (ours, client, ours.token(RESOURCE, azp="\n9"), 'azp="\\n9"', "azp=app-1 or app-2"),
        (ours, {"scopes": "a b"}, ours.token(RESOURCE, "a c"), 'scope="a c"', "scope=a b; missing b"),
        (ours, {}, f"{hmac}.{ours.token(RESOURCE).partition('.')[2]}", "alg=HS256", "alg=RS256 or "),
        (
            keycloak,
            apart,
            keycloak.token(RESOURCE, typ="ID", nonce="n"),
            "claims.typ=ID",
            "kind=is typ Bearer",
        ),
        (ours, elsewhere, ours.token(RESOURCE, "a b", r={"roles": ["c", "a"]}), 'scope="c a"', "scope=a b; missing b"),
        (ours, elsewhere, ours.token(RESOURCE, "a b"), 'scope=""', "scope=a b; missing a b"),
    ]
    for issuer, options, token, found, expected in cases:
        auth = RemoteOAuth(
            **({"issuer": issuer.url} | options if "provider" not in options else options),
            resource=RESOURCE,
            client=issuer.client,
            on_refusal=reported.append,
        )
        assert await auth.verify_token(token) is None
        line = lines()[-1][1]
        assert found in line.split("; ")[1] and f"expected {expected}" in line, line
    assert reported[1]["missing"] == ["b"] and reported[1]["found"]["scope"] == "a c" and reported[0]["expected"]["azp"]


@pytest.mark.parametrize(
    ("typ", "relaxation"),
    [
        ("JWT", "typ_jwt_or_absent"),
        ("application/jwt", "typ_jwt_or_absent"),
        (None, "typ_jwt_or_absent"),
        ("x", "typ_unchecked"),
    ],
)
async def test_a_type_that_is_refused_is_logged_with_what_relaxes_that(
    lines: Lines, typ: str | None, relaxation: str
) -> None:
    issuer = Known()
    auth = RemoteOAuth(issuer=issuer.url, resource=RESOURCE, client=issuer.client)
    assert await auth.verify_token(issuer.token(RESOURCE, header={"typ": typ})) is None
    line = lines()[-1][1]
    assert line.startswith(f"refused: typ_refused relaxation={relaxation}; found ") and f" typ={typ or 'none'} " in line
