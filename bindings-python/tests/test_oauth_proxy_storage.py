"""What the proxy remembers: through restarts, changes of its secrets and keys, and in each kind of store."""

import asyncio
import hashlib
import os
import re
import sqlite3
import stat
import time
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fastmcp
import httpx
import jwt
import pytest
from fastmcp import FastMCP
from key_value.aio.stores.filetree import FileTreeStore
from key_value.aio.stores.memory import MemoryStore
from starlette.applications import Starlette
from starlette.routing import Mount

from doorward import DoorwardError, refresh_token_family
from doorward.oauth_proxy.keys import ProxyKeys, secrets_of
from doorward.sealing_keys import add_sealing_key, read_sealing_keys
from doorward.store import Store, StoreError, StoreUnavailable, open_store
from doorward.store.async_key_value import FromAsyncKeyValue
from doorward.store.sealed_store import SealedStore
from doorward.testing.person import Person
from doorward.testing.sign_in import served
from proxy_world import Agent, World


async def again(world: World, **changes: Any) -> Any:
    """Serve the proxy after a restart, with other arguments."""
    world.options |= changes
    _, server = world.make()
    return served(server.http_app(path="/mcp", stateless_http=True))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(fastmcp.settings, "home", tmp_path)
    return tmp_path / "doorward"


async def test_without_arguments_all_of_it_is_in_a_sealed_file_of_its_own(home: Path) -> None:
    world = World(None, storage_keys=None)
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        async with await again(world, upstream_client_secret="rotated") as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 200, "rotating that logs nobody out"
            assert (await Agent(base).refresh(tokens["refresh_token"], client_id=agent.client_id)).status_code == 200
    kept = sorted(os.listdir(home))
    assert [name.rpartition(".")[2] for name in kept if not name.endswith(("-wal", "-shm"))] == ["db", "keys"]
    assert all(stat.S_IMODE(os.stat(home / name).st_mode) & 0o077 == 0 for name in kept)
    [database] = [home / name for name in kept if name.endswith(".db")]
    said = "".join(map(str, sqlite3.connect(database).execute("SELECT * FROM entry").fetchall()))
    for secret in (agent.client_id, *world.upstream.access_tokens, *world.upstream.refresh_tokens, "localhost"):
        assert secret not in said
    other = World(None, storage_keys=None)
    async with other.served():
        await Agent(other.base).tokens()
    assert len([name for name in os.listdir(home) if name.endswith(".db")]) == 2, "another server has its own"


async def test_the_keys_of_the_store_rotate_and_log_nobody_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, url = tmp_path / "keys", f"sqlite:{tmp_path}/proxy.db"
    add_sealing_key(file)
    world = World(url, storage_keys=str(file))
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        add_sealing_key(file)
        sealed = SealedStore(open_store(url), read_sealing_keys(file))
        assert await sealed.rekey() >= 3
        file.write_text("\n".join(file.read_text().splitlines()[:1]))
        async with await again(world) as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 200
        add_sealing_key(tmp_path / "others")
        with pytest.raises(RuntimeError, match="has not begun"):
            async with await again(world, storage_keys=str(tmp_path / "others")):
                pass
        # Mounted in another app, it is asked to begin by the server alone.
        _, server = world.make()
        async with served(Starlette(routes=[Mount("/", server.http_app(path="/mcp", stateless_http=True))])) as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 503
            assert (await Person().http.get(agent.authorize_url().replace(world.base, base))).status_code == 503
        [said] = [record.message for record in caplog.records if "lifespan" in record.message]
        assert "lifespan=auth.lifespan" in said, "once"
        caplog.clear()
        proxy, _ = world.make()
        inner = FastMCP[Any]("fitness", auth=proxy, lifespan=proxy.lifespan).http_app(path="/mcp")
        with pytest.raises(StoreError):
            async with inner.lifespan(Starlette(routes=[Mount("/", inner)])):
                pass


async def test_signing_keys_rotate_and_are_published_before_they_sign() -> None:
    store = open_store("memory:")
    world = World(store)
    async with world.served(), httpx.AsyncClient(base_url=world.base) as http:

        async def published() -> set[str]:
            return {key["kid"] for key in (await http.get("/.well-known/jwks.json")).json()["keys"]}

        agent, begun = Agent(world.base), int(world.clock())
        first = await published()
        async with await again(world) as second:
            for hours, number in ((0, 1), (82 * 24, 1), (84 * 24, 2), (90 * 24 - 1, 2), (90 * 24, 2), (90 * 24 + 3, 1)):
                world.clock.ahead = begun + hours * 3600 - time.time() + 60
                await agent.register()
                token = (await agent.tokens())["access_token"]
                keys = await published()
                assert len(keys) == number and (first <= keys) == (hours < 90 * 24 + 3), hours
                signed = {jwt.get_unverified_header(token)["kid"]}
                assert signed <= keys and (signed == first) == (hours < 90 * 24), hours
                for base in (world.base, second):
                    assert (await agent.call(token, base)).status_code == 200, "it has read the newer ones"


async def test_what_another_process_has_made_with_newer_keys_is_known() -> None:
    """Codes, access tokens that are given back, pages of consent."""
    world = World(open_store("memory:"), revocation_delay=0)
    other, server = world.make()
    async with world.served(), served(server.http_app(path="/mcp", stateless_http=True)) as second:
        agent = Agent(world.base)
        await agent.tokens()

        async def renewed() -> None:
            """Both know the former keys, and only the first one the newer."""
            other._keys._loaded_at = float("-inf"), 0.0
            await other._keys.ready()
            monotonic, clock = other._keys._loaded_at
            other._keys._loaded_at = monotonic - 2, clock - 2
            assert await world.proxy._store.take("oauth_keys", "keys")
            world.proxy._keys._loaded_at = float("-inf"), 0.0
            await world.proxy._keys.ready()

        await renewed()
        tokens = (await agent.elsewhere(second).redeem(await agent.code())).json()
        await renewed()
        token = (await agent.refresh(tokens["refresh_token"])).json()["access_token"]
        assert (await agent.elsewhere(second).revoke(token)).status_code == 200
        assert (await agent.call(token)).status_code == 401
        await renewed()
        person = Person()
        page = await person.http.get(agent.authorize_url())
        form = dict(re.findall(r'name="(csrf)" value="([^"]+)"', page.text)) | {"decision": "deny"}
        answer = await person.http.post(f"{second}/consent", data=form, headers={"origin": "null"})
        assert answer.status_code == 200 and "access_denied" in answer.text


async def test_a_scope_that_the_operator_takes_away_is_granted_no_more() -> None:
    world = World(open_store("memory:"))
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        async with await again(world, valid_scopes=["workouts.read"]) as base:
            given = (await Agent(base).refresh(tokens["refresh_token"], client_id=agent.client_id)).json()
            assert given["scope"] == "workouts.read"


async def test_keys_may_be_made_of_a_secret() -> None:
    world = World(open_store("memory:"), jwt_signing_key=b"s" * 32)
    secret = "a secret that is a text of some length"
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        assert not await world.proxy._store.list("oauth_keys")
        async with await again(world) as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 200
        async with await again(world, jwt_signing_key=secret) as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 401
        # One after the other: what was signed with the former is good, on nodes that know both.
        async with await again(world, jwt_signing_key=[secret, b"s" * 32]) as base:
            assert (await agent.call(tokens["access_token"], base)).status_code == 200
            second = (await Agent(base).refresh(tokens["refresh_token"], client_id=agent.client_id)).json()
        assert header(second["access_token"]) != header(tokens["access_token"])
        for keys, status in (([b"s" * 32, secret], 200), (secret, 200), (b"s" * 32, 401)):
            async with await again(world, jwt_signing_key=keys) as base:
                assert (await agent.call(second["access_token"], base)).status_code == status
    for key in (secret, b"s" * 32):
        assert secrets_of(key, "https://a.example") != secrets_of(key, "https://b.example"), "guessed for one server"


def header(token: str) -> str:
    kid: str = jwt.get_unverified_header(token)["kid"]
    return kid


async def test_who_can_sign_is_no_more_than_what_is_stored() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        tokens = await agent.tokens(scope="workouts.read")
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})

        async def status(**changes: str) -> int:
            token = world.proxy._keys.ring.sign_access_token(
                issuer=world.base,
                resource=world.resource,
                subject=changes.get("subject", claims["sub"]),
                client_id=claims["client_id"],
                scope=changes.get("scope", "workouts.read"),
                jwt_id=claims["jti"],
                now=int(world.clock()),
                lifetime=600,
            )
            return (await agent.call(token)).status_code

        assert await status() == 200
        assert await status(subject="mallory") == await status(scope="workouts.read workouts.write") == 401


async def test_clocks_that_are_wrong_end_no_key_that_is_in_use() -> None:
    store = open_store("memory:")
    world = World(store)
    async with world.served():
        agent = Agent(world.base)
        token = (await agent.tokens())["access_token"]
        for days in (365, 366, 800):
            ahead = ProxyKeys(world.proxy._store, lambda days=days: time.time() + days * 86_400)  # type: ignore[misc]
            await ahead.ready()
        keys = ProxyKeys(world.proxy._store, world.clock)
        await keys.ready()
        assert header(token) in keys.ring.published(int(world.clock()))
        async with await again(world) as base:
            assert (await agent.call(token, base)).status_code == 200
        # Keys go on without a gap, whatever day the others begin.
        later = ProxyKeys(world.proxy._store, lambda: time.time() + 100 * 86_400)
        await later.ready()
        assert "kid" in later.ring.published(int(time.time()) + 100 * 86_400)
        # Set back, what was read just now is not good for days.
        now = [1_000_000.0]
        keys = ProxyKeys(world.proxy._store, lambda: now[0])
        await keys.ready()
        assert keys.is_ready()
        now[0] -= 86_400
        assert not keys.is_ready()


async def test_the_keys_that_seal_rotate_too_and_both_are_renewed_at_once_if_need_be(tmp_path: Path) -> None:
    file, url = tmp_path / "keys", f"sqlite:{tmp_path}/proxy.db"
    add_sealing_key(file)
    world = World(url, storage_keys=str(file))
    async with world.served():
        agent = Agent(world.base)
        await agent.tokens()
        proxy = world.proxy

        def sealed() -> str:
            return proxy._keys.sealing.seal(
                b"x", purpose="p", principal="", request=b"", expires_at=2**33, random=bytes(32)
            )

        def opens(text: str) -> bool:
            with suppress(DoorwardError):
                opened = proxy._keys.sealing.open(
                    text, purpose="p", principal="", request=b"", max_lifetime=1, now=2**33 - 1
                )
                return opened == b"x"
            return False

        first = sealed()
        for days, same in ((85, True), (91, False), (179, False)):
            world.clock.ahead = days * 86_400
            await proxy._keys.ready()
            assert opens(first) and (sealed()[:6] == first[:6]) is same, days
        world.clock.ahead = 0
        tokens = await agent.tokens()
        assert (await agent.call(tokens["access_token"])).status_code == 200
        kept = SealedStore(open_store(url), read_sealing_keys(file))
        [(key, _)] = await kept.list("oauth_keys")
        await kept.take("oauth_keys", key)  # as `doorward store renew` does
        world.clock.ahead = 301
        assert (await agent.call(tokens["access_token"])).status_code == 401
        again_ = await agent.refresh(tokens["refresh_token"])
        assert again_.status_code == 200, "its user is not asked"
        assert (await agent.call(again_.json()["access_token"])).status_code == 200
        assert not opens(first)


def keys_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*.keys"))


@pytest.mark.parametrize("kind", ["sqlite", "files"])
@pytest.mark.parametrize("secret", ["a secret that is a text of some length", None])
async def test_a_store_that_is_kept_outlives_fastmcp_s_folder(
    kind: str, secret: str | None, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    """As where a container is made anew, and only what was mounted stays."""
    kept = tmp_path / "kept"
    kept.mkdir()
    store: Any = f"sqlite:{kept}/proxy.db" if kind == "sqlite" else FileTreeStore(data_directory=kept)
    world = World(store, storage_keys=None, jwt_signing_key=secret)
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        monkeypatch.setattr(fastmcp.settings, "home", tmp_path / "fresh")
        if kind == "sqlite" or secret:
            assert not keys_in(home)
            async with await again(world) as base:
                assert (await agent.elsewhere(base).refresh(tokens["refresh_token"])).status_code == 200
            if secret:
                assert not keys_in(tmp_path), "they are made of the secret"
        # Others than those that it is sealed with are known to be so before anybody comes.
        for keys in keys_in(kept):
            os.unlink(keys)
        with pytest.raises(RuntimeError, match="has not begun"):
            async with await again(world, jwt_signing_key=secret and secret[::-1]):
                pass
        assert "sealed with another key than those given" in capfd.readouterr().err


@pytest.mark.parametrize("secret", ["a secret that is a text of some length", None])
async def test_what_is_sealed_with_the_keys_of_fastmcp_s_folder_goes_on(
    secret: str | None, home: Path, tmp_path: Path
) -> None:
    """Where they all were once, whatever else was given."""
    os.mkdir(home)
    add_sealing_key(home / "once.keys")
    world = World(f"sqlite:{tmp_path}/proxy.db", storage_keys=str(home / "once.keys"))
    name = f"oauth-proxy-{hashlib.sha256(world.base.encode()).hexdigest()[:16]}.keys"
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        os.rename(home / "once.keys", home / name)
        async with await again(world, storage_keys=None, jwt_signing_key=secret) as base:
            assert (await agent.elsewhere(base).refresh(tokens["refresh_token"])).status_code == 200
    assert keys_in(tmp_path) == [home / name]


@pytest.mark.parametrize("url", ["postgresql://db.example/x", "redis://db.example"])
def test_a_store_of_several_machines_has_keys_that_they_all_have(url: str, home: Path) -> None:
    with pytest.raises(StoreError, match="storage_keys"):
        World(url, storage_keys=None)
    assert not home.exists()


async def test_a_store_of_several_machines_is_sealed_with_what_tokens_are_signed_with_if_nothing_else_is_named(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    theirs, secrets = MemoryStore(), [letter * 32 for letter in "ab"]
    monkeypatch.setattr("doorward.store.async_key_value.LOCAL", ())
    world = World(theirs, storage_keys=None, jwt_signing_key=secrets[0])
    async with world.served():
        agent = Agent(world.base)
        tokens = await agent.tokens()
        async with await again(world, jwt_signing_key=secrets[::-1]) as base:
            assert (await agent.elsewhere(base).refresh(tokens["refresh_token"])).status_code == 200
        with pytest.raises(RuntimeError, match="has not begun"):
            async with await again(world, jwt_signing_key=secrets[1]):
                pass
    assert not os.path.exists(home)  # noqa: ASYNC240
    with pytest.raises(ValueError, match=r"openssl rand -hex 32.*or leave it out"):
        World(theirs, jwt_signing_key="short")


@pytest.mark.parametrize("kind", ["memory", "files"])
async def test_fastmcp_s_own_stores_do(kind: str, tmp_path: Path) -> None:
    theirs = MemoryStore() if kind == "memory" else FileTreeStore(data_directory=tmp_path)
    async with World(theirs).served() as world:
        agent = Agent(world.base)
        code = await agent.code()
        tokens = (await agent.redeem(code)).json()
        tokens = (await agent.refresh(tokens["refresh_token"])).json()
        assert (await agent.call(tokens["access_token"])).status_code == 200
        assert (await agent.redeem(code)).status_code == 400
        assert (await agent.call(tokens["access_token"])).status_code == 401


async def test_a_grant_whose_claim_is_lost_ends_and_is_in_nobody_s_way(monkeypatch: pytest.MonkeyPatch) -> None:
    # It stands until the claims are gone, and goes on by more than the timeout then, each time that it is looked at.
    memory, times, goes = MemoryStore(), count(3600, 3600), False
    monkeypatch.setattr(
        "doorward.store.async_key_value.time", SimpleNamespace(monotonic=lambda: next(times) if goes else 0)
    )
    async with World(FromAsyncKeyValue(memory, timeout=3600)).served() as world:
        agent = Agent(world.base)
        one, other = [await agent.tokens() for _ in range(2)]
        # As after steps that were killed in their midst: the claims are gone.
        delete = memory.delete

        async def lost(key: str, *, collection: str | None = None) -> bool:
            return collection != "doorward_sealed_oauth_grant_claims" and await delete(key, collection=collection)

        monkeypatch.setattr(memory, "delete", lost)
        goes = True
        assert (await agent.revoke(one["refresh_token"])).status_code == 200
        assert (await agent.call(one["access_token"])).status_code == 401
        assert (await agent.refresh(other["refresh_token"])).json()["error"] == "invalid_grant"


async def test_what_a_refresh_gave_meanwhile_is_given_back_too() -> None:
    async with World().served() as world:
        agent = Agent(world.base)
        tokens, before = await agent.tokens(), world.upstream.refresh_tokens.copy()
        family, grants = refresh_token_family(tokens["refresh_token"]), world.proxy._verifier._grants
        found = await grants.read(family)
        assert found is not None and found[1].upstream is not None
        # Between the look at the grant, and its end.
        newer = replace(found[1], upstream=replace(found[1].upstream, refresh_token="newer"))
        assert await grants.swap(family, found[0], newer)
        await world.proxy._tokens._revoke(family, found[1], "client")
        assert world.upstream.revoked == ["newer"] and not before & set(world.upstream.revoked)


async def test_who_is_cancelled_while_it_is_written_leaves_nothing_old_in_memory() -> None:
    async with World(revocation_delay=60).served() as world:
        agent = Agent(world.base)
        tokens = await agent.tokens()
        family, grants = refresh_token_family(tokens["refresh_token"]), world.proxy._verifier._grants
        store, going, written = world.proxy._store._store, asyncio.Event(), asyncio.Event()  # type: ignore[attr-defined]
        swap = store.compare_and_swap

        async def slow(*given: Any) -> bool:
            async def write() -> bool:
                await written.wait()
                swapped: bool = await swap(*given)
                return swapped

            going.set()
            # As a thread of its own does it, whoever waits for it.
            return await asyncio.shield(asyncio.ensure_future(write()))

        store.compare_and_swap = slow
        task = asyncio.create_task(grants.revoke(family, "client"))
        await going.wait()
        task.cancel()
        assert (await agent.call(tokens["access_token"])).status_code == 200, "read, and kept, before it is written"
        written.set()
        await asyncio.gather(*grants._writing)
        assert (await agent.call(tokens["access_token"])).status_code == 401


class Broken:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any) -> Any:
            raise StoreUnavailable("away")

        return fail


async def test_a_store_that_is_away_is_503_and_never_500(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(revocation_delay=0).served() as world:
        agent = Agent(world.base)
        tokens, code = await agent.tokens(), await agent.code()
        kept: Store = world.proxy._store
        broken: Any = Broken()
        for part in (world.proxy._registry, world.proxy._keys, world.proxy._sign_in, world.proxy._verifier._grants):
            monkeypatch.setattr(part, "_store", broken)
        for answer in (
            await agent.call(tokens["access_token"]),
            await agent.redeem(code),
            await agent.refresh(tokens["refresh_token"]),
            await agent.revoke(tokens["access_token"]),
            await agent.register(client_name="Other"),
            await Person().http.get(agent.authorize_url()),
            await Person().http.get(f"{world.base}/auth/callback?state=x&code=x"),
        ):
            assert answer.status_code == 503 and "retry-after" in answer.headers, answer.url
        for part in (world.proxy._registry, world.proxy._keys, world.proxy._sign_in, world.proxy._verifier._grants):
            monkeypatch.setattr(part, "_store", kept)
        assert (await agent.call(tokens["access_token"])).status_code == 200
    with pytest.raises(TypeError, match="client_storage"):
        World(object())
