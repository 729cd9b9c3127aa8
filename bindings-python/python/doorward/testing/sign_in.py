"""An authorization server on a port of this machine, and FastMCP's client, which signs in there without a browser.

```python
issuer = Issuer(provider="entra", parameters={"tenant": "..."})
server = AuthorizationServer(issuer, audience="api", scope_prefix="api://x/")
client_id = server.register(["http://localhost:3000/callback"])
async with served(server.app()) as place:
    places = {server.issuer.url: place}  # what asks for the one gets the other
    auth = RemoteOAuth(provider="entra", ..., client=client(places))
    ...
    oauth = Headless(places, client_id=client_id, callback_port=3000)
    transport = StreamableHttpTransport(url, auth=oauth, httpx_client_factory=oauth.factory)
    async with Client(transport) as caller: ...
```
"""

import asyncio
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

try:
    import httpx2
    import uvicorn
    from fastmcp.client.auth import OAuth
    from mcp.client.auth import AuthorizationCodeResult
except ImportError as error:
    raise ModuleNotFoundError("doorward.testing.sign_in: pip install 'doorward[fastmcp,testing]'") from error
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from doorward import arguments
from doorward._core import CodeChallenge, DoorwardError, pkce_authorization_request, pkce_token_request
from doorward.testing.issuer import Issuer

__all__ = ["AuthorizationServer", "Headless", "client", "served"]


_ARGUMENTS: dict[str, arguments.Kind] = {
    "issuer": arguments.instance("an Issuer", Issuer),
    "scopes": arguments.texts,
    "audience": arguments.maybe(arguments.text),
    "scope_prefix": arguments.text,
    "registration": arguments.flag,
}


class AuthorizationServer:
    """Signs every user in at once, and issues its issuer's tokens for codes (RFC 6749, with PKCE): as the issuer's
    provider does, if it is one, and else as the MCP specification wants."""

    def __init__(
        self,
        issuer: Issuer,
        *,
        scopes: Iterable[str] = (),
        audience: str | None = None,
        scope_prefix: str = "",
        registration: bool = True,
    ) -> None:
        """Create an authorization server for an issuer.

        scopes: those that may be granted, as tokens say them; all if none is named. audience: what tokens are for, if
        not the resource that the client asks for. scope_prefix: what precedes a scope where clients ask for it.
        registration: whether clients may register themselves (RFC 7591).
        """
        arguments.check(locals(), _ARGUMENTS)
        self.issuer = issuer
        self.clients: dict[str, list[str]] = {}
        """The redirect URIs of each client."""
        self.granted: list[dict[str, str]] = []
        """What each token was parameters for with."""
        self._scopes, self._audience, self._prefix = set(scopes), audience, scope_prefix
        self._registration = registration
        self._codes: dict[str, dict[str, str]] = {}
        parts = urlsplit(issuer.url)
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def register(self, redirect_uris: Iterable[str]) -> str:
        """Register a client beforehand, and return its identifier."""
        name = f"client-{secrets.token_hex(8)}"
        self.clients[name] = list(redirect_uris)
        return name

    def metadata(self) -> dict[str, Any]:
        """Return its metadata (RFC 8414)."""
        provider = self.issuer.provider
        more: dict[str, Any] = {
            "authorization_endpoint": f"{self._origin}/authorize",
            "token_endpoint": f"{self._origin}/token",
            "grant_types_supported": ["authorization_code"],
            "token_endpoint_auth_methods_supported": ["none"],
        }
        if provider is None or not provider.s256_not_advertised:
            more["code_challenge_methods_supported"] = ["S256"]
        if self._registration:
            more["registration_endpoint"] = f"{self._origin}/register"
        return self.issuer.metadata() | more

    def app(self) -> Starlette:
        """Return the server, which answers at the paths of the issuer's own URLs."""
        places = {urlsplit(url).path: self._get_metadata for url in self.issuer.metadata_urls()}
        places[urlsplit(self.issuer.jwks_uri).path] = self._get_keys
        routes = [Route(path, endpoint) for path, endpoint in places.items()]
        routes += [Route("/authorize", self._authorize), Route("/token", self._token, methods=["POST"])]
        if self._registration:
            routes.append(Route("/register", self._register, methods=["POST"]))
        return Starlette(routes=routes)

    async def _get_metadata(self, _: Request) -> Response:
        return JSONResponse(self.metadata())

    async def _get_keys(self, _: Request) -> Response:
        return JSONResponse(self.issuer.jwks())

    async def _register(self, request: Request) -> Response:
        metadata = await request.json()
        name = self.register(metadata["redirect_uris"])
        return JSONResponse(metadata | {"client_id": name, "token_endpoint_auth_method": "none"}, 201)

    async def _authorize(self, request: Request) -> Response:
        parameters = dict(request.query_params)
        redirect_uri = parameters.get("redirect_uri", "")
        if redirect_uri not in self.clients.get(parameters.get("client_id", ""), ()):
            return JSONResponse({"error": "invalid_request"}, 400)
        answer = {"state": parameters.get("state", ""), "iss": self.issuer.url}
        refused = self._refuses(parameters)
        if refused is None:
            code = secrets.token_urlsafe(16)
            self._codes[code] = parameters
            answer["code"] = code
        else:
            answer |= refused
        return RedirectResponse(f"{redirect_uri}?{urlencode(answer)}", 302)

    def _refuses(self, parameters: Mapping[str, str]) -> dict[str, str] | None:
        try:
            pkce_authorization_request(parameters.get("code_challenge"), parameters.get("code_challenge_method"))
        except DoorwardError:
            return {"error": "invalid_request"}
        if parameters.get("response_type") != "code":
            return {"error": "unsupported_response_type"}
        scopes = parameters.get("scope", "").split()
        if any(not scope.startswith(self._prefix) for scope in scopes):
            return {"error": "invalid_scope"}
        if self._scopes and not self._scopes.issuperset(self._token_scopes(parameters).split()):
            return {"error": "invalid_scope"}
        provider, resource = self.issuer.provider, parameters.get("resource")
        if provider is not None and provider.name.startswith("entra") and resource is not None:
            # Entra knows the resource by its scopes, and nothing else.
            if f"{resource}/" != self._prefix:
                return {"error": "invalid_target", "error_description": "AADSTS9010010"}
        return None

    def _token_scopes(self, parameters: Mapping[str, str]) -> str:
        """Return the scopes as a token contains them, without the prefix."""
        return " ".join(scope.removeprefix(self._prefix) for scope in parameters.get("scope", "").split())

    async def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        parameters = self._codes.pop(form.get("code", ""), None)
        bound = ("client_id", "redirect_uri")
        if parameters is None or any(form.get(name) != parameters.get(name) for name in bound):
            return JSONResponse({"error": "invalid_grant"}, 400)
        try:
            pkce_token_request(CodeChallenge(parameters["code_challenge"]), form.get("code_verifier"))
        except DoorwardError:
            return JSONResponse({"error": "invalid_grant"}, 400)
        self.granted.append(parameters)
        provider, scopes = self.issuer.provider, self._token_scopes(parameters)
        who: dict[str, Any] = {provider.client_claim if provider else "client_id": parameters["client_id"]}
        audience = self._audience or parameters.get("resource") or parameters["client_id"]
        token = self.issuer.token(audience, scopes, **who)
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": parameters.get("scope", ""),
        }
        return JSONResponse(answer, headers={"cache-control": "no-store"})


@asynccontextmanager
async def served(app: ASGIApp, listener: socket.socket | None = None) -> AsyncIterator[str]:
    """Serve an app by a thread of its own, and yield its URL: on a socket that listens, or on a free port."""
    listener = listener or socket.create_server(("127.0.0.1", 0))
    # In place of five seconds, after which a busy machine's next request meets a connection that is being closed.
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", timeout_keep_alive=600))

    def run() -> None:
        # It ends its process where the app does not begin, once it has logged why.
        with suppress(SystemExit):
            server.run(sockets=[listener])

    thread = threading.Thread(target=run)
    thread.start()
    try:
        while not server.started and thread.is_alive():  # noqa: ASYNC110 (another thread's)
            await asyncio.sleep(0.01)
        if not server.started:
            listener.close()
            raise RuntimeError("the app has not begun; the log of uvicorn says why")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join)


def _elsewhere(places: Mapping[str, str], url: Any) -> Any:
    """Return where a URL is served in fact, by the place of its origin; the `Host` field stays."""
    for named, place in places.items():
        origin, there = urlsplit(named), urlsplit(place)
        if (url.scheme, url.netloc.decode()) == (origin.scheme, origin.netloc):
            return url.copy_with(scheme=there.scheme, host=there.hostname, port=there.port)
    return url


class _Transport(httpx.AsyncHTTPTransport):
    def __init__(self, places: Mapping[str, str]) -> None:
        super().__init__()
        self._places = places

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = _elsewhere(self._places, request.url)
        return await super().handle_async_request(request)


class _Transport2(httpx2.AsyncHTTPTransport):
    def __init__(self, places: Mapping[str, str]) -> None:
        super().__init__()
        self._places = places

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        request.url = _elsewhere(self._places, url)
        try:
            return await super().handle_async_request(request)
        finally:
            request.url = url


def client(places: Mapping[str, str]) -> httpx.AsyncClient:
    """Return a client for `client=` of what fetches keys: a server is where `places` says, by its URL."""
    return httpx.AsyncClient(transport=_Transport(places), trust_env=False)


class Headless(OAuth):
    """FastMCP's client of an authorization server, with a request in place of the browser."""

    def __init__(self, places: Mapping[str, str] | None = None, *, sends_resource: bool = True, **options: Any) -> None:
        """Create a client as FastMCP's, for servers that are where `places` says. sends_resource: whether it names the
        resource (RFC 8707), which some providers refuse."""
        self._places, self._sends_resource = places or {}, sends_resource
        super().__init__(**{"httpx_client_factory": self.factory} | options)

    def factory(self, *_: Any, **options: Any) -> httpx2.AsyncClient:
        """Return the HTTP client; for the transport too, which sends what a sign-in needs."""
        options = {name: value for name, value in options.items() if name != "transport" and value is not None}
        return httpx2.AsyncClient(transport=_Transport2(self._places), trust_env=False, **options)

    def _bind(self, mcp_url: str) -> None:
        super()._bind(mcp_url)
        if not self._sends_resource:
            self.context.should_include_resource_param = lambda *_: False  # type: ignore[method-assign]

    async def redirect_handler(self, authorization_url: str) -> None:
        """Ask as the user's browser would."""
        async with client(self._places) as http:
            answer = await http.get(authorization_url)
        location = answer.headers.get("location", "")
        self._answer = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        if "error" in self._answer or not location:
            said = self._answer.get("error_description", "")
            raise RuntimeError(f"not signed in: {self._answer.get('error', answer.status_code)} {said}".strip())

    async def callback_handler(self) -> AuthorizationCodeResult:
        """Return what the browser was sent back with."""
        return AuthorizationCodeResult(
            code=self._answer["code"], state=self._answer.get("state"), iss=self._answer.get("iss")
        )
