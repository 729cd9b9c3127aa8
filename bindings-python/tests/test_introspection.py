"""Opaque tokens: what a server answers, who asks, and what an author is told."""

import asyncio
import logging
import threading
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP
from fastmcp.server.auth import require_scopes

from doorward import DoorwardError, Policy, TokenCheck
from doorward.check import IssuerError
from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.introspection import Introspection, IntrospectionVerifier
from doorward.jwt_verifier import unavailable
from doorward.mcp import DoorwardVerifier
from doorward.testing import Issuer, connect

pytest_plugins = "doorward.testing"
RESOURCE = "https://mcp.test/mcp"
NOW = 4_000_000_000


class World:
    """An issuer, and a server that asks it."""

    def __init__(self, **options: Any) -> None:
        self.now = NOW
        self.issuer = Issuer(clock=lambda: self.now)
        apart = {
            name: options.pop(name) for name in ("scopes", "scope_source", "leeway", "on_refusal") if name in options
        }
        self.auth = RemoteOAuth(
            issuer=self.issuer.url,
            resource=RESOURCE,
            client=self.issuer.client,
            introspection=self.issuer.introspection(**options),
            clock=lambda: self.now,
            **apart,
        )

    @property
    def asked(self) -> int:
        return self.issuer.fetches.count(self.issuer.introspection_endpoint)

    async def refused(self, token: str) -> str:
        with pytest.raises(DoorwardError) as refusal:
            await self.auth.authenticate(token)
        return refusal.value.name


async def test_a_client_with_an_opaque_token() -> None:
    world = World(scopes="notes:read")
    server = FastMCP("notes", auth=world.auth)

    @server.tool
    def whoami() -> str:
        principal = get_principal()
        return f"{principal.subject} {principal.claim('department')}" if principal else "nobody"

    token = world.issuer.opaque_token(RESOURCE, "notes:read", sub="bob", department="law")
    async with connect(server, token) as client:
        assert (await client.call_tool("whoami")).data == "bob law"
    assert world.asked == 1, "an answer counts for its time"


async def test_the_access_token_is_filled() -> None:
    world = World()
    token = world.issuer.opaque_token(RESOURCE, "a b", department=["law"])
    made = await world.auth.authenticate(token)
    assert (made.token, made.client_id, made.subject, made.scopes) == (token, "client", "alice", ["a", "b"])
    assert (made.expires_at, made.resource, made.claims["department"]) == (NOW + 600, RESOURCE, ["law"])
    assert token not in repr(made)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"aud": "https://other.test/mcp"}, "audience_mismatch"),
        ({"aud": None}, "claim_missing"),
        ({"iss": "https://other.test"}, "issuer_mismatch"),
        ({"exp": None}, "claim_missing"),
        ({"nbf": NOW + 600}, "token_not_yet_valid"),
        ({"scope": "other"}, "insufficient_scope"),
        ({"cnf": {"jkt": "x"}}, "token_sender_constrained"),
        ({"token_type": None}, "token_type_refused"),
        ({"active": False}, "token_inactive"),
        ({"active": "true"}, "introspection_malformed"),
    ],
)
async def test_what_is_said_is_checked_against_the_policy(claims: dict[str, Any], name: str) -> None:
    world = World(scopes="a")
    token = world.issuer.opaque_token(RESOURCE, "a", **claims)
    assert await world.refused(token) == name
    assert await world.refused(token) == name
    assert world.asked == 1, "a refusal counts for seconds"


async def test_the_log_says_what_was_said_of_a_token(caplog: pytest.LogCaptureFixture) -> None:
    refusals: list[Any] = []
    world = World(scopes="a", on_refusal=refusals.append)
    cases: list[tuple[dict[str, Any], dict[str, str], dict[str, str]]] = [
        ({"aud": "https://other.test"}, {"aud": "https://other.test", "client_id": "client"}, {"aud": RESOURCE}),
        ({"scope": "b"}, {"scope": "b"}, {"scope": "a"}),
        ({"token_type": "refresh_token"}, {"token_type": "refresh_token"}, {"token_type": "Bearer"}),
    ]
    for claims, found, expected in cases:
        token = world.issuer.opaque_token(RESOURCE, "a", **claims)
        assert await world.auth.verify_token(token) is None
        assert found.items() <= refusals[-1]["found"].items() and expected.items() <= refusals[-1]["expected"].items()
        assert "typ" not in refusals[-1]["found"] and token not in str(refusals[-1])
        # The answer is known now, and explains the refusal as it did.
        asked = world.asked
        assert await world.auth.verify_token(token) is None and world.asked == asked
        assert refusals[-1] == refusals[-2]
    token = world.issuer.opaque_token(RESOURCE, "a")
    world.issuer.revoke(token)
    for _ in range(2):
        assert await world.auth.verify_token(token) is None
        assert (refusals[-1]["error"], refusals[-1]["found"]) == ("token_inactive", {})
    assert token not in caplog.text


async def test_what_is_kept_for_the_log_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IntrospectionVerifier, "MAX_KEPT", 3)
    world = World()
    for length in (1, 1, 1, 1, IntrospectionVerifier.MAX_KEPT_LENGTH):
        token = world.issuer.opaque_token("x" * length)
        for _ in range(2):
            assert await world.refused(token) == "audience_mismatch"
    asker = world.auth._server._introspection
    assert asker is not None and [len(kept.get("aud", "")) for kept in asker._kept.values()] == [1, 1, 0]


async def test_revocation_is_seen_when_the_answer_is_over() -> None:
    world = World(active_lifetime=20)
    token = world.issuer.opaque_token(RESOURCE)
    await world.auth.authenticate(token)
    world.issuer.revoke(token)
    world.now += 19
    await world.auth.authenticate(token)
    world.now += 1
    assert await world.refused(token) == "token_inactive"
    assert world.asked == 2


async def test_the_log_says_the_scopes_that_the_policy_read() -> None:
    refusals: list[Any] = []
    world = World(scopes="a b", scope_source="permissions", on_refusal=refusals.append)
    token = world.issuer.opaque_token(RESOURCE, "a b", permissions=["a", "c"])
    for _ in range(2):
        assert await world.auth.verify_token(token) is None
        assert (refusals[-1]["found"]["scope"], refusals[-1]["missing"]) == ("a c", ["b"])


async def test_what_is_said_of_a_token_may_change() -> None:
    world = World(active_lifetime=0)
    token = world.issuer.opaque_token(RESOURCE, "a", department="law")
    assert (await world.auth.authenticate(token)).claims["department"] == "law"
    world.issuer._opaque[token] |= {"department": "art", "scope": "b"}
    made = await world.auth.authenticate(token)
    assert (made.claims["department"], made.scopes) == ("art", ["b"])


async def test_tokens_are_told_apart_by_their_form() -> None:
    for tokens, jwt, opaque in [(None, "token_form_refused", 1), ("both", None, 1), ("all", "token_inactive", 1)]:
        world = World(tokens=tokens)
        assert await world.auth.verify_token(world.issuer.opaque_token(RESOURCE)) is not None
        assert world.asked == opaque
        token = world.issuer.token(RESOURCE)
        if jwt is None:
            assert await world.auth.verify_token(token) is not None
            assert world.asked == opaque, "verified by its signature alone"
            assert await world.refused(world.issuer.token(RESOURCE, header={"typ": "JWT"})) == "typ_refused"
            assert world.asked == opaque, "never tried one way and then the other"
        else:
            assert await world.refused(token) == jwt
            assert world.issuer.jwks_uri not in world.issuer.fetches


async def test_the_log_says_which_check_failed_and_which_setting_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    world = World(scopes="a")
    server = FastMCP("notes", auth=world.auth)
    server.tool(lambda: "written", name="write", auth=require_scopes("w"))
    with caplog.at_level(logging.INFO, "doorward"):
        with pytest.raises(Exception, match="error response"):
            async with connect(server, world.issuer.opaque_token(RESOURCE, "a b")) as client:
                await client.call_tool("write")
        found = f'found iss={world.issuer.url} aud={RESOURCE} client_id=client token_type=Bearer scope="a b"'
        assert f"{found}; expected scope=a w; missing w; path=/mcp" in caplog.text
        for answer, says in (
            ({"token_type": None}, "token_type=none; expected token_type=Bearer, or token_type_optional=True"),
            ({"token_type": "mac"}, "token_type=mac; expected token_type=Bearer"),
        ):
            caplog.clear()
            assert await world.auth.verify_token(world.issuer.opaque_token(RESOURCE, "a", **answer)) is None
            assert caplog.records[0].getMessage().endswith(says)
        caplog.clear()
        assert await world.auth.verify_token(world.issuer.token(RESOURCE, "a")) is None
        assert caplog.records[0].getMessage().endswith('; expected form=opaque, or tokens="both"')


async def test_of_those_who_have_the_same_token_one_asks() -> None:
    world = World(active_lifetime=0)
    token = world.issuer.opaque_token(RESOURCE)
    made = await asyncio.gather(*(world.auth.authenticate(token) for _ in range(20)))
    assert len(made) == 20
    assert world.asked == 1
    refused = await asyncio.gather(*(world.auth.verify_token("made-up") for _ in range(20)))
    assert refused == [None] * 20
    assert world.asked == 2


def slow(issuer: Issuer, begun: threading.Event, go: threading.Event) -> httpx.AsyncClient:
    async def answer(request: httpx.Request) -> httpx.Response:
        begun.set()
        while not go.is_set():  # noqa: ASYNC110 (another thread's)
            await asyncio.sleep(0.001)
        return issuer._answer(request)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


def verifier(issuer: Issuer, client: httpx.AsyncClient, **options: Any) -> IntrospectionVerifier:
    introspection = Introspection(
        issuer.introspection_endpoint, client_id="server", client_secret="its secret", client=client, **options
    )
    return IntrospectionVerifier(Policy.mcp(issuer.url, RESOURCE), introspection)


async def test_without_keys_no_jwt_is_taken() -> None:
    issuer = Issuer()
    ours = verifier(issuer, httpx.AsyncClient(transport=httpx.MockTransport(issuer._answer)), tokens="both")
    assert (await ours.authenticate(issuer.opaque_token(RESOURCE))).subject == "alice"
    with pytest.raises(DoorwardError, match="token_form_refused"):
        await ours.authenticate(issuer.token(RESOURCE))
    assert issuer.fetches == [issuer.introspection_endpoint]


async def test_one_request_that_is_cancelled_does_not_take_the_answer_of_the_others_with_it() -> None:
    issuer, begun, go = Issuer(), threading.Event(), threading.Event()
    ours = verifier(issuer, slow(issuer, begun, go))
    token = issuer.opaque_token(RESOURCE)
    first, second = (asyncio.ensure_future(ours.authenticate(token)) for _ in range(2))
    while not begun.is_set():  # noqa: ASYNC110 (another thread's)
        await asyncio.sleep(0.001)
    first.cancel()
    go.set()
    assert (await second).subject == "alice"
    assert issuer.fetches.count(issuer.introspection_endpoint) == 1


def test_event_loops_share_an_answer() -> None:
    issuer, begun, go = Issuer(), threading.Event(), threading.Event()
    ours = verifier(issuer, slow(issuer, begun, go))
    token, found = issuer.opaque_token(RESOURCE), []

    def run() -> None:
        found.append(asyncio.run(ours.authenticate(token)).subject)

    threads = [threading.Thread(target=run) for _ in range(4)]
    threads[0].start()
    assert begun.wait(60)
    for thread in threads[1:]:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(60)
    assert found == ["alice"] * 4
    assert issuer.fetches.count(issuer.introspection_endpoint) == 1


def test_an_event_loop_that_ends_leaves_the_token_to_others() -> None:
    issuer, begun, go = Issuer(), threading.Event(), threading.Event()
    ours = verifier(issuer, slow(issuer, begun, go))
    token = issuer.opaque_token(RESOURCE)

    async def leave() -> None:
        asking = asyncio.ensure_future(ours.authenticate(token))
        while not begun.is_set():  # noqa: ASYNC110 (another thread's)
            await asyncio.sleep(0.001)
        asking.cancel()

    asyncio.run(leave())
    go.set()
    assert asyncio.run(ours.authenticate(token)).subject == "alice"


async def test_only_guarded_paths_wait_and_ask() -> None:
    issuer = Issuer()
    ours = verifier(issuer, issuer.client)
    token = issuer.opaque_token(RESOURCE)
    with pytest.raises(DoorwardError) as refusal:
        await ours.authenticate(token, may_wait=lambda: False)
    assert (refusal.value.name, refusal.value.status) == ("introspection_unavailable", 503)
    assert issuer.fetches == []
    await ours.authenticate(token)
    await ours.authenticate(token, may_wait=lambda: False)


async def test_an_outage_is_no_refusal(caplog: pytest.LogCaptureFixture) -> None:
    world = World(scopes="a")
    token, known = (world.issuer.opaque_token(RESOURCE, "a") for _ in range(2))
    await world.auth.authenticate(known)
    world.issuer.down = True
    with pytest.raises(unavailable, match="response_missing"):
        await world.auth.verify_token(token)
    assert await world.auth.verify_token(known) is not None
    assert await world.refused(world.issuer.opaque_token(RESOURCE, "a")) == "introspection_unavailable"
    assert world.asked == 2, "an endpoint that is down is left alone"
    world.issuer.down = False
    world.now += 60
    assert await world.auth.verify_token(token) is not None
    app = FastMCP("t", auth=world.auth).http_app(path="/mcp", stateless_http=True, json_response=True)
    world.issuer.introspection_status = 500
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://mcp.test") as http,
    ):
        headers = {"authorization": f"Bearer {world.issuer.opaque_token(RESOURCE, 'a')}"}
        answer = await http.post("/mcp", headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "www-authenticate" not in answer.headers
        answer = await http.post("/mcp", headers={"authorization": "Bearer made.up"})
        assert answer.status_code == 503, "the endpoint says nothing of it"
    text = caplog.text
    assert "response_status status=500" in text
    assert token not in text and "its secret" not in text and "its+secret" not in text


async def test_credentials_that_are_not_accepted_are_the_operators_mistake() -> None:
    world = World(client_secret="another")
    assert await world.refused(world.issuer.opaque_token(RESOURCE)) == "introspection_refused"
    for auth in (world.auth, World(client_secret="another").auth):
        # Also while the endpoint is left alone.
        with pytest.raises(IssuerError, match=r"introspection_refused status=401: .* client_id and client_secret"):
            await auth.check()
    await World().auth.check()
    await World(tokens="both").auth.check()


async def test_no_log_has_a_token_or_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World()
    token = world.issuer.opaque_token(RESOURCE)
    await world.auth.authenticate(token)
    assert await world.auth.verify_token("opaque-made-up") is None

    def fail(request: httpx.Request) -> httpx.Response:
        raise RuntimeError(f"{request.content!r} {request.headers!r}")

    other = verifier(world.issuer, httpx.AsyncClient(transport=httpx.MockTransport(fail)))
    with pytest.raises(DoorwardError) as refusal:
        await other.authenticate("opaque-other")
    assert refusal.value.name == "response_missing"
    shown = caplog.text + repr(world.issuer.introspection()) + repr(refusal.value)
    assert "did not answer about a token: RuntimeError" in shown
    for secret in (token, "opaque-made-up", "opaque-other", "its secret", "its+secret", "c2VydmVy"):
        assert secret not in shown, secret


async def test_the_sdk_alone() -> None:
    issuer = Issuer()
    policy = Policy.mcp(issuer.url, RESOURCE)
    ours = DoorwardVerifier(policy, introspection=issuer.introspection())
    made = await ours.authenticate(issuer.opaque_token(RESOURCE, "a"))
    assert (made.client_id, made.scopes) == ("client", ["a"])
    assert await ours.verify_token("made-up") is None


GITHUB = {
    "app": {"client_id": "Iv1.8a61f9b3a7aba766"},
    "token": "gho_1",
    "scopes": ["repo"],
    "expires_at": None,
    "user": {"login": "octocat", "id": 583231},
}


async def test_a_vendors_own_check() -> None:
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=GITHUB)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    ours = Introspection(
        vendor="github",
        client_id="Iv1.8a61f9b3a7aba766",
        client_secret="s",
        lifetime_without_exp=3600,
        client=client,
    )
    binding: Any = ("client_id", ["Iv1.8a61f9b3a7aba766"])
    auth = RemoteOAuth(resource=RESOURCE, client_binding=binding, introspection=ours, clock=lambda: NOW)
    made = await auth.authenticate("gho_1")
    assert (made.subject, made.client_id, made.scopes) == ("583231", "Iv1.8a61f9b3a7aba766", ["repo"])
    assert (made.expires_at, auth.policy.issuer) == (NOW + 3600, "https://github.com/login/oauth")
    assert "gho_1" not in str(made.claims), "GitHub's answer repeats it"
    assert (sent[0].method, str(sent[0].url)) == (
        "POST",
        "https://api.github.com/applications/Iv1.8a61f9b3a7aba766/token",
    )
    other: Any = ("client_id", ["another"])
    with pytest.raises(ValueError, match=r"^client_binding: github knows the tokens of the client that asks alone"):
        RemoteOAuth(resource=RESOURCE, client_binding=other, introspection=ours, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "needs endpoint or vendor"),
        ({"endpoint": "https://as.test/i", "vendor": "github"}, "needs endpoint or vendor"),
        ({"vendor": "facebook"}, "vendor: must be one of google, github, discord"),
        ({"vendor": "rfc7662"}, "vendor: must be one of google, github, discord"),
        ({"vendor": "github", "lifetime_without_exp": 1}, "client_id, client_secret: github needs them"),
        ({"vendor": "discord", "client_id": "a", "client_secret": "b"}, "discord has none"),
        ({"vendor": "github", "client_id": "a", "client_secret": "b"}, "lifetime_without_exp: tokens of github"),
        ({"endpoint": "https://as.test/i", "client_id": "a"}, "client_secret: is missing"),
        ({"endpoint": "https://as.test/i", "client_secret": "a"}, "client_id: is missing"),
        ({"endpoint": "https://as.test/i", "bearer": "a", "client_id": "b"}, "bearer: replaces client_id"),
        (
            {"endpoint": "https://as.test/i", "bearer": "a", "client": 7},
            "client: expected an httpx.AsyncClient, or one of httpx2, got int",
        ),
    ],
)
def test_mistakes_are_reported_by_name(options: dict[str, Any], text: str) -> None:
    with pytest.raises((ValueError, TypeError), match=text):
        Introspection(**options)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"endpoint": "https://as.test/i"}, r"introspection: .*bearer: client_authentication_invalid; must be"),
        (
            {"endpoint": "https://as.test/i", "bearer": "two words"},
            "introspection: .*bearer: client_authentication_invalid; must be",
        ),
        ({"endpoint": "http://as.test/i", "bearer": "a"}, "introspection: uri_invalid argument=introspection_endpoint"),
        ({"endpoint": "https://as.test/i", "bearer": "a", "tokens": "any"}, "tokens: must be one of opaque, both, all"),
    ],
)
def test_mistakes_that_core_reports(options: dict[str, Any], text: str) -> None:
    with pytest.raises((DoorwardError, ValueError), match=text):
        RemoteOAuth(issuer="https://as.test", resource=RESOURCE, introspection=Introspection(**options))


def test_a_vendor_needs_a_client() -> None:
    with pytest.raises(ValueError, match="audience, client_binding: discord says to which client"):
        RemoteOAuth(resource=RESOURCE, introspection=Introspection(vendor="discord"))
    with pytest.raises(TypeError, match="introspection: expected an Introspection, got str"):
        wrong: Any = "https://as.test/i"
        RemoteOAuth(issuer="https://as.test", resource=RESOURCE, introspection=wrong)
    assert all(TokenCheck(name).sources and TokenCheck(name).note for name in TokenCheck.names())
