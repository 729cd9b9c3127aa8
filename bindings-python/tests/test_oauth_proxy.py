"""A user signs in through the proxy, and each side keeps its tokens to itself."""

import hashlib

import proxy_world
from doorward.testing.person import Person
from proxy_world import CLIENT, Agent, World


async def test_fastmcp_s_client_signs_in() -> None:
    async with World().served() as world:
        async with world.signed_in() as caller:
            answer = (await caller.call_tool("whoami")).data
            assert answer.startswith("grant-") and answer.endswith(" workouts.read workouts.write")
            digest = (await caller.call_tool("upstream_token")).data
        [token] = world.upstream.access_tokens
        assert digest == hashlib.sha256(token.encode()).hexdigest()
        [sent] = world.upstream.authorized
        assert sent["client_id"] == "proxy" and sent["redirect_uri"] == f"{world.base}/auth/callback"
        assert sent["code_challenge_method"] == "S256" and sent["scope"] == "workouts.read workouts.write"


async def test_p09_each_side_keeps_its_tokens_to_itself() -> None:
    # MCP Security Best Practices, "Token Passthrough"; RFC 8707 section 2.
    person = Person()
    async with World().served() as world:
        agent = Agent(world.base)
        code = await agent.code(person)
        tokens = (await agent.redeem(code)).json()
        ours = [code, tokens["access_token"], tokens["refresh_token"]]
        said = " ".join([*ours, *(answer.text for answer in person.seen)])
        assert not any(token in said for token in world.upstream.access_tokens | world.upstream.refresh_tokens)
        sent = str(world.upstream.authorized + world.upstream.asked)
        assert not any(each in sent for each in (*ours, agent.client_id, CLIENT, proxy_world.VERIFIER))
        assert (await agent.call(tokens["access_token"])).status_code == 200
        for theirs in world.upstream.access_tokens:
            assert (await agent.call(theirs)).status_code == 401
