"""Keys that are fetched, rotated, and not to be had, behind a FastMCP server."""

from typing import Any

import pytest
from test_fastmcp import RESOURCE, World

from doorward import DoorwardError, Policy
from doorward.mcp import DoorwardVerifier
from issuer import Issuer


async def test_without_keys_503_and_nothing_about_starting_over() -> None:
    world = World()
    world.down = True
    answer = await world.post(world.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "www-authenticate" not in answer.headers
    world.down = False
    world.now += 31
    assert (await world.post(world.token())).status_code == 200


async def test_fresh_keys_outlive_their_provider_and_stale_ones_if_allowed() -> None:
    for max_stale, late in ((0, 503), (600, 200)):
        world = World(max_stale=max_stale)
        assert (await world.post(world.token())).status_code == 200
        world.down = True
        world.now += 3500
        assert (await world.post(world.token())).status_code == 200
        world.now += 200
        assert (await world.post(world.token())).status_code == late
        world.now += 600
        assert (await world.post(world.token())).status_code == 503


async def test_200_random_key_ids_cause_one_fetch_and_a_rotation_is_found() -> None:
    world = World()
    assert (await world.post(world.token())).status_code == 200
    assert world.fetches == 1
    world.now += 60
    claims = world.issuer.claims(aud=RESOURCE, scope="a b")
    for index in range(200):
        with pytest.raises(DoorwardError):
            await world.auth.authenticate(world.issuer.sign(claims, kid=f"random-{index}"))
    assert world.fetches == 2
    world.issuer.key_id = "rotated"
    world.now += 31
    assert (await world.post(world.token())).status_code == 200
    assert world.fetches == 3


async def test_tokens_of_another_issuer_fetch_nothing_and_are_refused() -> None:
    world = World()
    assert (await world.post(world.token())).status_code == 200
    world.now += 60
    other = Issuer("http://127.0.0.1:7", ["a", "b"], clock=lambda: world.now)
    for issuer in (None, "http://127.0.0.1:7/", ["http://127.0.0.1:8/"]):
        token = other.sign(other.claims(iss=issuer, aud=RESOURCE, scope="a b"), kid="theirs")
        assert (await world.post(token)).status_code == 401
    assert world.fetches == 1


async def test_new_keys_are_fetched_for_every_issuer_that_the_policy_accepts() -> None:
    world = World()
    ours = world.issuer.issuer
    policies = [
        Policy.mcp(ours, RESOURCE, issuers=[ours, "https://b.example"]),
        Policy.mcp(ours, RESOURCE, issuer_template=("https://{tid}.example", "tid", ["b"])),
    ]
    for policy in policies:
        verifier = DoorwardVerifier(policy, world.source, clock=lambda: world.now)
        for key_id in ("1", "2"):
            world.issuer.key_id += key_id
            world.now += 60
            token = world.token(iss="https://b.example", tid="b")
            assert (await verifier.authenticate(token)).subject == "alice"


@pytest.mark.parametrize(
    "options",
    [
        {"issuers": ["https://one.example", "https://two.example"]},
        {"issuer_template": ("https://{t}.example", "t", ["two"])},
    ],
)
async def test_keys_are_fetched_for_each_issuer_whose_tokens_count(
    options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    world = World(**options)
    assert (await world.post(world.token(iss="https://two.example", t="two"))).status_code == 200
    world.issuer.key_id = "rotated"
    world.now += 60
    own = world.token()
    assert (await world.post(own)).status_code == 401 and world.fetches == 1, "the server's own name does not count"
    assert await world.auth.verify_token(own) is None
    assert (await world.post(world.token(iss="https://two.example", t="two"))).status_code == 200
    assert world.fetches == 2
    assert await world.auth.verify_token(own) is None
    assert await world.auth.verify_token(world.token(iss="https://two.example", t="two", exp=1)) is None
    levels = [(record.levelname, record.doorward["error"]) for record in caplog.records if hasattr(record, "doorward")]
    assert ("WARNING", "token_expired") in levels and "expected iss=" in caplog.text


async def test_a_client_stands_for_an_audience_that_the_issuer_does_not_write() -> None:
    world = World(audience=[], client_binding=("client_id", ["c"]))
    for changes, status in (
        ({"aud": "another"}, 200),
        ({"client_id": "d"}, 401),
        ({"client_id": "d", "aud": "c"}, 401),
    ):
        assert (await world.post(world.token(**changes))).status_code == status
    both = World(client_binding=("client_id", ["c"]))
    for changes, status in (({}, 200), ({"aud": "another"}, 401), ({"client_id": "d"}, 401)):
        assert (await both.post(both.token(**changes))).status_code == status
    apart = World(audience="api")
    assert (await apart.post(apart.token(aud="api"))).status_code == 200
    assert (await apart.post(apart.token())).status_code == 401
    with pytest.raises(DoorwardError, match="audience_invalid"):
        World(audience=[])


async def test_a_rotation_while_the_provider_is_down_tells_nobody_to_start_over() -> None:
    world = World()
    old = world.token()
    assert (await world.post(old)).status_code == 200
    world.now += 60
    world.down = True
    world.issuer.key_id = "rotated"
    for token, seconds in ((world.token(), "30"), (world.token(jti="other"), "25")):
        answer = await world.post(token)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)
        assert "www-authenticate" not in answer.headers
        assert (await world.post(old)).status_code == 200, "its key is at hand and fresh"
        world.now += 5
    world.down = False
    world.now += 21
    assert (await world.post(world.token())).status_code == 200, "not held against the key id"
    stranger = world.issuer.sign({"iss": world.issuer.issuer}, kid="random")
    assert (await world.post(stranger)).status_code == 503, "there may be newer keys yet"
    world.now += 31
    assert (await world.post(stranger)).status_code == 401, "there are none"
    assert world.fetches == 3
