"""An OAuth proxy: `fitness`, a service with its own OAuth in a process of its own, and a client that signs in."""

import asyncio
import re
import tempfile
from typing import Any
from urllib.parse import urlencode

import httpx
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from doorward import CodeChallenge, CodeVerifier
from doorward.sealing_keys import add_sealing_key
from doorward.testing.person import Person, SignedInBy
from doorward.testing.upstream import Running, running
from run import Table, example, listen, serve

WHEN = "your callers have accounts at a service with an OAuth of its own, where clients cannot register"
CALLBACK = "http://localhost:45680/callback"
VERIFIER = CodeVerifier("v" * 43)


class Attacker:
    """A client that registers as anybody may, and has the person's browser at hand."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.seen: list[str] = []
        hooks = {"response": [self._see]}
        self.http = httpx.AsyncClient(base_url=base, timeout=600, trust_env=False, event_hooks=hooks)
        self.client_id = ""

    async def _see(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.seen.append(f"{answer.headers} {answer.text}")

    async def register(self) -> None:
        """Register."""
        document = {"redirect_uris": [CALLBACK], "client_name": "Handy", "token_endpoint_auth_method": "none"}
        document["grant_types"] = ["authorization_code", "refresh_token"]
        self.client_id = (await self.http.post("/register", json=document)).json()["client_id"]

    def authorize_url(self, **changes: str) -> str:
        """Return where the person is sent."""
        asked = {
            **{"response_type": "code", "client_id": self.client_id, "redirect_uri": CALLBACK, "state": "s"},
            **{"code_challenge": str(CodeChallenge.of(VERIFIER)), "code_challenge_method": "S256"},
            **{"resource": f"{self.base}/mcp", "scope": "read:workouts"},
        }
        return f"{self.base}/authorize?{urlencode(asked | changes)}"

    async def code(self) -> str:
        """Have somebody sign in who says yes to everything."""
        return (await Person().visit(self.authorize_url(), CALLBACK))["code"]

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Redeem a code."""
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER.reveal()}
        return await self._token(form | {"redirect_uri": CALLBACK} | changes)

    async def refresh(self, token: str) -> httpx.Response:
        """Use a refresh token."""
        return await self._token({"grant_type": "refresh_token", "refresh_token": token})

    async def revoke(self, token: str) -> httpx.Response:
        """Give a token back."""
        return await self.http.post("/revoke", data={"token": token, "client_id": self.client_id})

    async def _token(self, form: dict[str, str]) -> httpx.Response:
        return await self.http.post("/token", data=form | {"client_id": self.client_id})

    async def call(self, token: str) -> httpx.Response:
        """Begin to talk to the server."""
        about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "handy", "version": "1"}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
        headers = {"authorization": f"Bearer {token}", "accept": "application/json, text/event-stream"}
        return await self.http.post("/mcp", json=body, headers=headers)


async def main() -> int:
    """Show the way, and return how much was wrong."""
    listener, base = listen()
    with tempfile.TemporaryDirectory() as folder:
        add_sealing_key(f"{folder}/keys")
        async with running(lifetime=1) as upstream:
            settings = {
                **{"SERVICE": upstream.url, "CLIENT_ID": upstream.client_id, "CLIENT_SECRET": upstream.client_secret},
                **{"DOORWARD_STORE": f"sqlite:{folder}/store.db", "DOORWARD_STORE_KEYS": f"{folder}/keys"},
            }
            fitness = example("fitness", PORT=base.rpartition(":")[2], **settings)
            async with serve(fitness.app, listener):
                return await _show(base, upstream)


async def _show(base: str, upstream: Running) -> int:
    person = Person()
    oauth = SignedInBy(person, callback_port=45680)
    async with Client(StreamableHttpTransport(f"{base}/mcp", auth=oauth)) as client:
        found = (await client.call_tool("workouts", {"sport": "run"})).data
    print("a client that has the server's URL alone registers, and sends its user to:")
    for page in person.seen:
        print(f"  {page.request.method:5}{str(page.request.url).partition('?')[0]}")
    print(f"whose workouts it is told then:  {found}\n")
    table = Table()
    table.wrong += not found
    eve = Attacker(base)
    await eve.register()

    def received(answer: httpx.Response) -> str:
        if answer.headers.get("content-type", "").startswith("text/html"):
            return "a page: " + answer.text.partition("<h1>")[2].partition("</h1>")[0]
        challenge = str(answer.headers.get("www-authenticate", "")).partition(", error_description")[0]
        return challenge or answer.text.partition(',"error_description')[0].split("\n")[0]

    def row(name: str, answer: httpx.Response, status: int) -> None:
        table.row(name, answer, status, received=received(answer), logged=status != 200)

    await _at_the_server(eve, upstream, row)
    await _at_the_pages(eve, row)
    await _at_the_token_endpoint(eve, table, row)
    await _when_the_service_is_odd(eve, upstream, table, row)
    state = await upstream.state()
    sent = repr(state["seen"])
    seen = repr([eve.seen, [page.text for page in person.seen]])
    leaks = [token for token in state["issued"] if token in seen]
    # A token of ours has two parts that begin so; one alone stands in random text, too, once in twenty runs.
    has_ours = re.search(r"eyJ[\w-]+\.eyJ", sent) is not None
    print(f"\n{len(state['seen'])} requests came to the service: ours in none of them: {not has_ours}")
    print(f"{len(state['issued'])} codes and tokens of the service; clients have seen none: {not leaks}")
    return table.wrong + has_ours + len(leaks)


async def _at_the_server(eve: Attacker, upstream: Running, row: Any) -> None:
    issued = (await upstream.state())["issued"]
    access = next(token for token in issued if "access" in token)
    row("no token", await eve.http.post("/mcp", json={}), 401)
    row("a token of the service itself", await eve.call(access), 401)
    tokens = (await eve.redeem(await eve.code())).json()
    row("a refresh token in the place of a token", await eve.call(tokens["refresh_token"]), 401)
    row("a token with one character changed", await eve.call(tokens["access_token"][:-9] + "AAAAAAAAA"), 401)
    await eve.revoke(tokens["refresh_token"])
    row("a token whose sign-in was given back", await eve.call(tokens["access_token"]), 401)


async def _at_the_pages(eve: Attacker, row: Any) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=600) as stranger:
        evil = eve.authorize_url(redirect_uri="https://evil.example/")
        row("another redirect URI", await stranger.get(evil), 400)
        row("no such client", await stranger.get(eve.authorize_url(client_id="nobody")), 400)
        person = Person()
        until = "/auth/callback"
        await person.visit(eve.authorize_url(), CALLBACK)
        callback = next(str(page.request.url) for page in person.seen if until in str(page.request.url))
        row("a callback that has been used", await person.http.get(callback), 400)
        row("a callback in another browser", await stranger.get(callback), 400)
        row("a callback with a state of one's own", await stranger.get(f"{eve.base}{until}?code=c&state=mine"), 400)
        page = await person.http.get(eve.authorize_url(state="t"))
        form = {"csrf": "guessed", "decision": "approve"}
        action = page.text.partition('action="')[2].partition('"')[0]
        row("consent that another page gives", await stranger.post(action, data=form), 400)


async def _at_the_token_endpoint(eve: Attacker, table: Table, row: Any) -> None:
    row("a code without its verifier", await eve.redeem(await eve.code(), code_verifier="w" * 43), 400)
    code = await eve.code()
    answers = await asyncio.gather(*(eve.redeem(code) for _ in range(8)))
    good = [answer for answer in answers if answer.status_code == 200]
    worst = next(answer for answer in answers if answer.status_code != 200)
    row(f"eight with one code: {len(good)} got tokens, 7 did not", worst, 400)
    table.wrong += len(good) != 1
    row("and whoever got them", await eve.call(good[0].json()["access_token"]), 401)
    first = (await eve.redeem(await eve.code())).json()
    answers = await asyncio.gather(*(eve.refresh(first["refresh_token"]) for _ in range(8)))
    successors = {answer.json()["refresh_token"] for answer in answers if answer.status_code == 200}
    table.wrong += len(successors) != 1
    print(f"eight with one refresh token: {len(successors)} successor")
    second = (await eve.refresh(successors.pop())).json()
    row("a refresh token of before", await eve.refresh(first["refresh_token"]), 400)
    row("and the newest one, then", await eve.refresh(second["refresh_token"]), 400)


async def _when_the_service_is_odd(eve: Attacker, upstream: Running, table: Table, row: Any) -> None:
    tokens = (await eve.redeem(await eve.code())).json()
    # The service's own token lasts a second, and is refreshed before each call.
    await asyncio.sleep(1.1)
    await upstream.be("token", "down")
    row("a good token, and the service is down", away := await eve.call(tokens["access_token"]), 503)
    await upstream.be("token", "ok")
    await asyncio.sleep(int(away.headers["retry-after"]) + 0.1)
    row("the same, when it is up again", await eve.call(tokens["access_token"]), 200)
    await asyncio.sleep(1.1)
    await upstream.be("token", "deny")
    row("the service has ended the grant", await eve.call(tokens["access_token"]), 401)
    row("and a refresh token, then", await eve.refresh(tokens["refresh_token"]), 400)
    await upstream.be("token", "ok")
    for mode, error in (
        ("deny", "access_denied"),
        ("down", "temporarily_unavailable"),
        ("garbage", "server_error"),
        ("error_200", "server_error"),
        ("huge", "server_error"),
        ("drop", "temporarily_unavailable"),
    ):
        where = "authorize" if mode == "deny" else "token"
        await upstream.be(where, mode)  # type: ignore[arg-type]
        answer = await Person().visit(eve.authorize_url(), CALLBACK)
        await upstream.be(where, "ok")  # type: ignore[arg-type]
        table.wrong += answer.get("error") != error or "code" in answer
        print(f"the service, at sign-in: {mode:16} the client is told {answer.get('error')}")
