"""A fitness service on a port of this machine, with an API and an OAuth of its own, to test a proxy before it.

```sh
python -m doorward.testing.upstream --port 9100
```

```python
async with running(rotate=False) as upstream:  # a process of its own
    auth = OAuthProxy(upstream_authorization_endpoint=f"{upstream.url}/oauth/authorize", ...)
    await upstream.be("token", "slow")
    await upstream.be("api", "down")
```

Whoever comes is signed in as Ada, by a cookie. `be` changes at any time how an endpoint (`authorize`, `token`,
`revoke` or `api`) behaves:

- `ok`;
- `slow`: answers after `SLOW` seconds;
- `down`: 503;
- `garbage`: 200, and no JSON;
- `error_200`: 200 and an error, as some services report one;
- `huge`: 48 MB;
- `drop`: a connection that ends in the middle of an answer;
- `deny`: the user says no, or a grant is not valid any more.
"""

import argparse
import asyncio
import base64
import binascii
import hmac
import json
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, unquote_plus, urlencode

import httpx

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
    from starlette.routing import Route
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.testing.upstream: pip install 'doorward[fastmcp,testing]'") from error

from doorward._core import CodeChallenge, DoorwardError, pkce_token_request

__all__ = ["Mode", "Running", "Upstream", "running"]

Where = Literal["authorize", "token", "revoke", "api"]
Mode = Literal["ok", "slow", "down", "garbage", "error_200", "huge", "drop", "deny"]

SLOW = 30
HUGE = 48 << 20
WORKOUTS = [
    {"id": 1, "day": "2026-11-23", "sport": "run", "minutes": 42},
    {"id": 2, "day": "2026-11-25", "sport": "swim", "minutes": 30},
    {"id": 3, "day": "2026-11-26", "sport": "run", "minutes": 55},
]


@dataclass(eq=False)
class Grant:
    """What a user has granted, and the tokens that are good for it now."""

    user: str
    scope: str
    access: str = ""
    expires_at: float = 0
    refresh: str = ""


@dataclass
class Upstream:
    """An OAuth service with one client and no registration."""

    client_id: str = "fitness-proxy"
    client_secret: str = "s3cret-of-the-proxy"  # noqa: S105 (of nothing)
    redirect_uris: list[str] = field(default_factory=list)
    """Those that are registered; any if none is."""
    rotate: bool = True
    """Whether a refresh token is good once: who uses one twice loses the grant."""
    pkce: Literal["optional", "required", "ignored"] = "optional"
    separator: str = " "
    """Between scopes, where clients ask and where tokens say them."""
    lifetime: int = 3600
    """The lifetime of access tokens, in seconds."""
    issuer: str | None = None
    """What responses have as `iss`."""

    def __post_init__(self) -> None:
        """Begin with nothing granted."""
        self.modes: dict[str, Mode] = {}
        self.seen: list[dict[str, Any]] = []
        self.issued: list[str] = []
        self._codes: dict[str, tuple[dict[str, str], str]] = {}
        self._grants: list[Grant] = []
        self._spent: dict[str, Grant] = {}

    def app(self) -> Starlette:
        """Return the ASGI application that serves the endpoints."""

        def route(where: str, path: str, work: Any, *methods: str) -> Route:
            async def answer(request: Request) -> Response:
                body = (await request.body()).decode("latin-1")
                headers = {name: value for name, value in request.headers.items() if name != "host"}
                seen = {"where": where, "query": request.url.query, "headers": headers, "body": body}
                self.seen = [*self.seen[-999:], seen]
                mode = self.modes.get(where, "ok")
                return await _misbehave(mode) or await work(request, mode == "deny")

            return Route(path, answer, methods=list(methods))

        return Starlette(
            routes=[
                route("authorize", "/oauth/authorize", self._authorize, "GET"),
                route("token", "/oauth/token", self._token, "POST"),
                route("revoke", "/oauth/revoke", self._revoke, "POST"),
                route("api", "/v1/workouts", self._workouts, "GET"),
                route("api", "/v1/me", self._me, "GET"),
                Route("/control", self._control, methods=["GET", "POST"]),
            ]
        )

    async def _control(self, request: Request) -> Response:
        if request.method == "POST":
            self.modes |= await request.json()
        return JSONResponse({"modes": self.modes, "seen": self.seen, "issued": self.issued})

    def _new(self, what: str) -> str:
        self.issued.append(f"up-{what}-{secrets.token_urlsafe(24)}")
        return self.issued[-1]

    async def _authorize(self, request: Request, denied: bool) -> Response:
        asked = dict(request.query_params)
        uri = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client_id or (self.redirect_uris and uri not in self.redirect_uris):
            return PlainTextResponse("no such client", 400)
        user = request.cookies.get("user")
        if user is None:
            signed_in = RedirectResponse(str(request.url), 302)
            signed_in.set_cookie("user", "ada", httponly=True)
            return signed_in
        answer = {name: value for name, value in {"state": asked.get("state"), "iss": self.issuer}.items() if value}
        if denied:
            answer |= {"error": "access_denied", "error_description": "Ada said no"}
        elif asked.get("response_type") != "code":
            answer["error"] = "unsupported_response_type"
        elif self.pkce == "required" and "code_challenge" not in asked:
            answer["error"] = "invalid_request"
        else:
            answer["code"] = self._new("code")
            self._codes[answer["code"]] = asked, user
        return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}", 302)

    async def _token(self, request: Request, denied: bool) -> Response:
        form = await _form(request)
        if not self._authenticates(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        grant = None if denied else self._redeem(form) if "code" in form else self._use(form.get("refresh_token", ""))
        if grant is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        grant.access, grant.expires_at = self._new("access"), time.time() + self.lifetime
        answer: dict[str, Any] = {"access_token": grant.access, "token_type": "bearer", "expires_in": self.lifetime}
        if self.rotate or not grant.refresh:
            grant.refresh = self._new("refresh")
        if self.rotate or "code" in form:
            answer["refresh_token"] = grant.refresh
        return JSONResponse(answer | {"scope": grant.scope}, headers={"cache-control": "no-store"})

    def _authenticates(self, request: Request, form: dict[str, str]) -> bool:
        given = f"{form.get('client_id')}:{form.get('client_secret')}"
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = unquote_plus(base64.b64decode(value).decode())
            except (binascii.Error, UnicodeDecodeError):
                return False
        return hmac.compare_digest(given.encode(), f"{self.client_id}:{self.client_secret}".encode())

    def _redeem(self, form: dict[str, str]) -> Grant | None:
        asked, user = self._codes.pop(form["code"], ({}, ""))
        if not asked or form.get("redirect_uri") != asked.get("redirect_uri"):
            return None
        if self.pkce != "ignored" and (challenge := asked.get("code_challenge")):
            try:
                pkce_token_request(CodeChallenge(challenge), form.get("code_verifier"))
            except DoorwardError:
                return None
        self._grants.append(Grant(user, asked.get("scope", "")))
        return self._grants[-1]

    def _use(self, refresh: str) -> Grant | None:
        grant = next((one for one in self._grants if refresh and one.refresh == refresh), None)
        if grant is not None and self.rotate:
            self._spent[refresh] = grant
        elif refresh in self._spent and self._spent[refresh] in self._grants:
            self._grants.remove(self._spent[refresh])
        return grant

    async def _revoke(self, request: Request, denied: bool) -> Response:
        form = await _form(request)
        if denied or not self._authenticates(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        token = form.get("token", "")
        self._grants = [one for one in self._grants if token not in (one.access, one.refresh)]
        return Response()

    def _caller(self, request: Request) -> Grant | None:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        now = time.time()
        return next((one for one in self._grants if token and one.access == token and one.expires_at > now), None)

    async def _workouts(self, request: Request, denied: bool) -> Response:
        grant = self._caller(request)
        if grant is None or denied:
            return JSONResponse({"error": "invalid_token"}, 401)
        if "read:workouts" not in grant.scope.split(self.separator):
            return JSONResponse({"error": "insufficient_scope"}, 403)
        return JSONResponse({"user": grant.user, "workouts": WORKOUTS})

    async def _me(self, request: Request, denied: bool) -> Response:
        grant = self._caller(request)
        if grant is None or denied:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"id": grant.user, "scope": grant.scope})


async def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs((await request.body()).decode("latin-1")).items()}


async def _misbehave(mode: Mode) -> Response | None:
    if mode == "slow":
        await asyncio.sleep(SLOW)
    elif mode == "down":
        return PlainTextResponse("down for maintenance", 503)
    elif mode == "garbage":
        return PlainTextResponse("<html>\0\xff{]", media_type="application/json")
    elif mode == "error_200":
        return JSONResponse({"error": "bad_verification_code", "error_description": "as some services report it"})
    elif mode == "huge":

        async def fill() -> AsyncIterator[bytes]:
            for _ in range(HUGE >> 16):
                yield b" " * (1 << 16)
                # So that a client which hangs up is noticed.
                await asyncio.sleep(0.001)

        return StreamingResponse(fill(), media_type="application/json", headers={"content-length": f"{HUGE}"})
    elif mode == "drop":

        async def stop() -> AsyncIterator[bytes]:
            yield b'{"access_'

        return StreamingResponse(stop(), media_type="application/json", headers={"content-length": "999"})
    return None


class Running:
    """The service as another process."""

    def __init__(self, url: str, process: asyncio.subprocess.Process) -> None:
        """Create the process from the URL that it has printed."""
        self.url, self.process = url, process
        self.client_id, self.client_secret = Upstream.client_id, Upstream.client_secret

    async def be(self, where: Where, mode: Mode) -> None:
        """Set how an endpoint behaves from now on."""
        async with httpx.AsyncClient(trust_env=False) as http:
            (await http.post(f"{self.url}/control", json={where: mode})).raise_for_status()

    async def state(self) -> dict[str, Any]:
        """Return what it has `seen` of requests, and every code and token that it has `issued`."""
        async with httpx.AsyncClient(trust_env=False) as http:
            found: dict[str, Any] = (await http.get(f"{self.url}/control")).json()
        return found


@asynccontextmanager
async def running(port: int = 0, **options: Any) -> AsyncIterator[Running]:
    """Start the service as a process, with the fields of `Upstream` as `options`."""
    command = [sys.executable, "-m", __name__, "--port", f"{port}", "--options", json.dumps(options)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 (it is a pipe)
    try:
        url = (await process.stdout.readline()).decode().strip()
        if not url:
            raise RuntimeError(f"the upstream does not start: {await process.wait()}")
        yield Running(url, process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m doorward.testing.upstream", description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="a free one if left out")
    parser.add_argument("--options", type=json.loads, default={}, help='as in {"rotate": false, "separator": ","}')
    arguments = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", arguments.port))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(url, flush=True)
    config = uvicorn.Config(
        Upstream(**arguments.options).app(), log_level="critical", access_log=False, timeout_keep_alive=600
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
