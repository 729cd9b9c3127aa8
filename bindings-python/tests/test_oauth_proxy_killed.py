"""A process of the proxy is killed at each step of its store, in each request of a sign-in: nothing is granted twice,
what a client was told holds, and nobody is locked out for good."""

import itertools
import random
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import httpx
import pytest

from conftest import SHARED_STORES
from doorward.oauth_proxy.endpoints import LIMITS
from doorward.oauth_proxy.upstream_tokens import UpstreamTokens
from doorward.testing.person import Person
from proxy_process import LEASE, WRITES, Fuse, Node, node
from proxy_world import TRUST, Agent, World

Moment = Literal["before", "amid", "after"]
MOMENTS: dict[str, tuple[Moment, ...]] = {
    "sqlite": ("before", "amid", "after"),
    "postgresql": ("after", "amid"),
    "redis": ("after", "amid"),
    # Each step of a store of ours is several of these.
    "files": ("before",),
}
"""When, at each of a request's steps. What a step before another one leaves is much the same wherever it is kept."""

MANY = (1_000_000, 60_000, 1_000_000)
KILLED = 50
"""Moments in each kind of store."""


class Trial:
    """One request of a process that is killed, and then the same one of a process that is not."""

    def __init__(self, world: World, agent: Agent, victim: Agent, node: Node, fuse: Fuse) -> None:
        self.world, self.agent, self.victim, self.node, self.fuse = world, agent, victim, node, fuse
        self.answered = False
        """Whether the process had answered before it was killed."""
        self.tokens: set[str] = set()
        """What the upstream had given before."""

    @property
    def is_lost(self) -> bool:
        """Whether the upstream, which tells a new token once, has told it to the one that was killed then; or that one
        left an entry claimed, in a store that has no other way."""
        upstream = self.world.upstream
        # Where nobody else was given one since: what the one that was killed has sent may still be under way then.
        issued = upstream.rotates and len(upstream.access_tokens) == len(self.tokens) + 1
        return not self.answered and (issued or "files:" in self.world.options["client_storage"])

    async def ask(self, request: Awaitable[httpx.Response]) -> httpx.Response | None:
        try:
            answer = await request
            await answer.aread()
        except httpx.TransportError:
            # Whose lease it was is over.
            self.world.clock.ahead += 2 * LEASE
            return None
        self.answered = True
        return answer

    async def stale(self) -> dict[str, Any]:
        """Sign in, and let the upstream's token be one that is to be refreshed."""
        tokens = await self.agent.tokens()
        self.world.clock.ahead += 0.8 * self.world.upstream.lifetime
        self.tokens = set(self.world.upstream.access_tokens)
        self.node.start(self.fuse)
        return tokens

    async def is_good(self, tokens: dict[str, Any], agent: Agent | None = None) -> None:
        agent = agent or self.agent
        assert (await agent.call(tokens["access_token"])).status_code == 200, self.fuse
        assert (await agent.refresh(tokens["refresh_token"])).status_code == 200, self.fuse

    async def is_revoked(self, tokens: dict[str, Any]) -> None:
        assert (await self.agent.call(tokens["access_token"])).status_code == 401, self.fuse
        assert (await self.agent.refresh(tokens["refresh_token"])).status_code == 400, self.fuse


class Through(httpx.AsyncHTTPTransport):
    """Asks the process for one page, and somebody else for it again when that is gone."""

    def __init__(self, trial: Trial, path: str) -> None:
        super().__init__(verify=TRUST)
        self._trial, self._path = trial, path
        self.urls: list[httpx.URL] = []
        """Where it was, by which a person goes back there."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.path == self._path and not self.urls:
            self.urls.append(url)
            self._trial.node.start(self._trial.fuse)
            request.url = url.copy_with(port=httpx.URL(self._trial.node.base).port)
            answer = await self._trial.ask(super().handle_async_request(request))
            request.url = url
            if answer is not None:
                return answer
        return await super().handle_async_request(request)


async def register(trial: Trial) -> None:
    name = secrets.token_hex(8)
    trial.node.start(trial.fuse)
    answer = await trial.ask(Agent(trial.victim.base, trial.victim.http).register(client_name=name))
    again = Agent(trial.agent.base, trial.agent.http)
    assert (await again.register(client_name=name)).status_code == 201
    if answer is not None:
        assert (answer.status_code, answer.json()["client_id"]) == (201, again.client_id)
    await trial.is_good(await again.tokens(), again)


async def authorize(trial: Trial) -> None:
    await _sign_in(trial, "/authorize")


async def consent(trial: Trial) -> None:
    await _sign_in(trial, "/consent")


async def callback(trial: Trial) -> None:
    await _sign_in(trial, "/auth/callback")


async def _sign_in(trial: Trial, path: str) -> None:
    through = Through(trial, path)
    person = Person(client=httpx.AsyncClient(transport=through, headers={"sec-fetch-site": "none"}))
    try:
        answer = await trial.agent.redeem(await trial.agent.code(person))
    except RuntimeError as error:
        # The page says that this sign-in has ended.
        assert path == "/auth/callback" and not trial.answered and str(error).startswith("400"), trial.fuse
    else:
        assert answer.status_code == 200, trial.fuse
        await trial.is_good(answer.json())
    if path == "/auth/callback":
        assert (await person.http.get(through.urls[0])).status_code == 400, "a callback counts once"
        # From the beginning.
        await trial.is_good(await trial.agent.tokens(person))


async def redeem(trial: Trial) -> None:
    code = await trial.agent.code()
    trial.node.start(trial.fuse)
    answer = await trial.ask(trial.victim.redeem(code))
    if answer is not None:
        assert answer.status_code == 200
        await trial.is_good(answer.json())
    again = await trial.agent.redeem(code)
    if answer is None and again.status_code == 200:
        await trial.is_good(again.json())
        assert (await trial.agent.redeem(code)).status_code == 400, trial.fuse
        await trial.is_revoked(again.json())
    else:
        assert again.status_code == 400, trial.fuse
        if answer is not None:
            await trial.is_revoked(answer.json())


async def refresh(trial: Trial) -> None:
    tokens = await trial.stale()
    answer = await trial.ask(trial.victim.refresh(tokens["refresh_token"]))
    answers = [await trial.agent.refresh(tokens["refresh_token"]) for _ in range(2)]
    if answer is not None:
        answers.append(answer)
    if {answer.status_code for answer in answers} == {200}:
        assert len({answer.json()["refresh_token"] for answer in answers}) == 1, trial.fuse
        for answer in answers:
            await trial.is_good(answer.json())
        return
    assert trial.is_lost and {answer.status_code for answer in answers} == {400}, (
        trial.fuse,
        [each.text for each in answers],
    )
    await trial.is_good(await trial.agent.tokens())


async def call(trial: Trial) -> None:
    tokens = await trial.stale()
    answer = await trial.ask(trial.victim.call(tokens["access_token"]))
    assert answer is None or answer.status_code == 200
    again = await trial.agent.call(tokens["access_token"])
    if again.status_code == 200:
        assert (await trial.agent.refresh(tokens["refresh_token"])).status_code == 200, trial.fuse
        return
    assert trial.is_lost and again.status_code == 401, (trial.fuse, again.text)
    await trial.is_good(await trial.agent.tokens())


async def revoke(trial: Trial) -> None:
    tokens = await trial.agent.tokens()
    trial.node.start(trial.fuse)
    answer = await trial.ask(trial.victim.revoke(tokens["refresh_token"]))
    if answer is not None:
        assert answer.status_code == 200
        await trial.is_revoked(tokens)
    assert (await trial.agent.revoke(tokens["refresh_token"])).status_code == 200, trial.fuse
    await trial.is_revoked(tokens)


@pytest.mark.parametrize("store_url", [*SHARED_STORES, "files"], indirect=True)
async def test_nothing_is_granted_twice_and_nothing_that_was_promised_is_lost(
    store_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpstreamTokens, "LEASE", LEASE)
    monkeypatch.setattr("proxy_world.FILES_TIMEOUT", 2.0)
    seed = secrets.randbits(32)
    chance = random.Random(seed)  # noqa: S311 (times)
    world = World(store_url, revocation_delay=0, limits=dict.fromkeys(LIMITS, MANY))
    world.upstream.lifetime = 100
    killed: dict[str, int] = {}

    async def at_each_step(ask: Callable[[Trial], Awaitable[None]]) -> None:
        # To show the page, nothing is written.
        names = ("get",) if ask is authorize else WRITES
        moments = ("before",) if ask is authorize else MOMENTS[request.node.callspec.params["store_url"]]
        for number in itertools.count(1):
            for moment in moments:
                trial = Trial(world, agent, victim, nodes, Fuse(number, moment, chance.random() * 0.005, names))
                await ask(trial)
                if trial.answered and moment != "amid":
                    return  # there are no more
                killed[ask.__name__] = killed.get(ask.__name__, 0) + 1

    async with world.served(), node(world) as nodes:
        agent = Agent(world.base)
        await agent.register()
        victim = agent.elsewhere(nodes.base)
        for ask in (authorize, register, consent, callback, redeem, revoke, refresh, call):
            await at_each_step(ask)
        if store_url.startswith("sqlite:"):
            world.upstream.rotates = False
            await at_each_step(refresh)
        # Other random moments of the same steps, until there are as many as are promised.
        while sum(killed.values()) < KILLED:
            await at_each_step(chance.choice((consent, callback, redeem, revoke, refresh)))
    assert len(killed) == 8 and sum(killed.values()) >= KILLED, (seed, killed)
