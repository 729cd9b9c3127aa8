"""FastMCP's methods of its `OAuthProxy`, each of them as requests to the endpoints of ours.

FastMCP's tests call these methods, name clients and tokens themselves, and lay into stores what its class would have
stored. Here a client that is named registers, a token that is named is one that a sign-in gave, and what lies in a
store is what a client, a browser or a tool is told.
"""

import hashlib
import json
import re
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from html import unescape
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import fastmcp.server.auth.oauth_proxy.proxy as theirs
import httpx
import httpx2
from fastmcp.server.auth import AccessToken
from fastmcp.server.auth.auth import TokenVerificationError
from fastmcp.server.auth.oauth_proxy.models import InvalidRedirectUriError
from mcp.server.auth.provider import AuthorizeError, RegistrationError, TokenError
from mcp.shared.auth import OAuthToken
from pydantic import AnyUrl
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward._core import Authenticator, CodeChallenge, CodeVerifier, KeySet, Policy
from doorward.fastmcp import OAuthProxy
from doorward.oauth_proxy.endpoints import _TEXTS

THEIR_CLIENT = theirs.AsyncOAuth2Client
VERIFIER, WRONG = "v" * 43, "w" * 43
NOWHERE = "https://nowhere.invalid/"
REGISTERED: dict[int, tuple[object, dict[str, Any]]] = {}
"""What each store's clients were told when they registered, by the names that the tests have for them."""


class Refused(Exception):
    """What an endpoint says in the place of what was asked for."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error, description)
        self.error, self.description = error, description


@dataclass
class Begun:
    """A sign-in of which the browser is at the upstream."""

    browser: httpx.AsyncClient
    client_id: str
    redirect_uri: str
    upstream: dict[str, str]
    """What the upstream is asked."""


class Upstream(httpx.AsyncBaseTransport):
    """The upstream as a test has made it: by what it puts in the place of FastMCP's client, by its mock of httpx2, or
    by a server."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy
        self.token_response: dict[str, Any] | None = None
        """What it gives for a code."""
        self.asked: dict[str, str] = {}
        """What it was asked last."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked = form = dict(parse_qsl((await request.aread()).decode()))
        kind = form.pop("grant_type", None)
        if kind == "authorization_code" and self.token_response is not None:
            return httpx.Response(200, json=self.token_response)
        client = self._proxy._create_upstream_oauth_client(request)
        if client is None or kind is None:
            async with httpx2.AsyncClient() as http:
                # FastMCP sends no hint of what is given back, which it may.
                fields = {name: request.headers[name] for name in ("authorization",) if name in request.headers}
                sent = {name: value for name, value in form.items() if name != "token_type_hint"}
                sent |= {} if kind is None else {"grant_type": kind}
                answer = await http.send(httpx2.Request("POST", str(request.url), headers=fields, data=sent))
            return httpx.Response(answer.status_code, content=answer.content)
        for name in ("client_id", "client_secret"):
            form.pop(name, None)
        ask = client.fetch_token if kind == "authorization_code" else client.refresh_token
        try:
            return httpx.Response(200, json=await ask(url=str(request.url), **form))
        except theirs.OAuthError as error:
            return httpx.Response(400, json={"error": error.error})
        finally:
            await client.aclose()


class Known:
    """A verifier of tokens for the time of a sign-in: FastMCP asks its verifier at requests alone, so that those of its
    tests know nobody yet."""

    def __init__(self, verifier: Any) -> None:
        self._verifier = verifier

    async def verify_token(self, token: str) -> AccessToken:
        """Say whom a token is about: nobody in particular, unless the test's own verifier knows."""
        said = self._verifier.verify_token(token)
        return (await said if hasattr(said, "__await__") else said) or AccessToken(token=token, client_id="", scopes=[])


class Client:
    """A client that is registered, as the registration's answer has it."""

    def __init__(self, proxy: Any, client_id: str, document: dict[str, Any]) -> None:
        self._proxy, self._document = proxy, document
        self.client_id = client_id
        self.client_secret = document.get("client_secret")
        self.redirect_uris = [AnyUrl(uri) for uri in document.get("redirect_uris", ())]

    def __getattr__(self, name: str) -> Any:
        try:
            return self._document[name]
        except KeyError:
            raise AttributeError(name) from None

    def validate_redirect_uri(self, uri: AnyUrl | None) -> AnyUrl:
        """Ask to be answered there."""
        there = uri if uri is not None else self.redirect_uris[0]
        with TestClient(self._proxy.endpoints(), base_url=self._proxy.base) as browser:
            query = self._proxy.request_of(self.client_id, str(there), None)
            answer = browser.get("/authorize", params=query, follow_redirects=False)
        if answer.status_code == 400:
            raise InvalidRedirectUriError(f"{there}: refused")
        return there


class Store:
    """What is laid there is found there."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy
        self.laid: dict[str, Any] = {}

    async def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Lay something there."""
        self.laid[key] = value

    async def get(self, key: str) -> Any:
        """Return what lies there."""
        return self.laid.get(key)


class Transactions(Store):
    """Sign-ins that have begun."""

    async def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Begin one."""
        proxy = self._proxy
        if value.client_id not in proxy.registered:
            await proxy.register_for(value.client_id, value.client_redirect_uri)
        self.laid[key] = await proxy.begin(value.client_id, value.client_redirect_uri, value.scopes, value.client_state)

    async def get(self, key: str) -> Any:
        """End one, and return what became of what the client asked."""
        begun, params = self.laid[key]
        proxy = self._proxy
        with proxy.signing_in({"access_token": "upstream", "token_type": "Bearer", "expires_in": 3600}):
            answer = await proxy.come_back(begun)
        bound = await proxy.redeem(begun, answer["code"], WRONG)
        given = await proxy.redeem(begun, answer["code"], VERIFIER)
        assert bound == {"error": "invalid_grant"} | bound
        claims = proxy.jwt_issuer.verify_token(given["access_token"])
        return SimpleNamespace(
            txn_id=key,
            client_id=proxy.name_of(claims["client_id"]),
            client_state=answer["state"],
            scopes=claims["scope"].split(),
            code_challenge=params.code_challenge,  # what stands in its place has to be met
            proxy_code_verifier=proxy.upstream.asked.get("code_verifier"),
        )


class UpstreamTokens(Store):
    """What the upstream gave."""

    async def put(self, key: str, value: Any, ttl: float | None = None) -> None:
        """Change what it gave, or lay there what it is to give once somebody signs in."""
        if key in self._proxy.families:
            await self._proxy.change_upstream(self._proxy.families[key], expires_at=int(value.expires_at))
        else:
            self.laid[key] = value

    async def get(self, key: str) -> Any:
        """Return it."""
        if key not in self._proxy.families:
            return self.laid.get(key)
        grant = (await self._proxy._tokens._grants.read(self._proxy.families[key]))[1]
        return None if grant.upstream is None else SimpleNamespace(**asdict(grant.upstream))


class Ids(Store):
    """The sign-in of an access token, by its `jti`."""

    async def get(self, key: str) -> Any:
        """Return where the upstream's token of it is."""
        return SimpleNamespace(upstream_token_id=key) if key in self._proxy.families else self.laid.get(key)


class RefreshTokens(Store):
    """Refresh tokens, by their hashes."""

    async def get(self, key: str) -> Any:
        """Return what one gives."""
        for name in list(self._proxy.named):
            if hashlib.sha256(name.encode()).hexdigest() == key:
                client_id = self._proxy.named[name]["client_id"]
                given = await self._proxy.refresh(client_id, await self._proxy.real(name))
                return None if "error" in given else given
        return None


class Issuer:
    """What signs tokens."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy

    def issue_access_token(self, **said: Any) -> str:
        """Name an access token."""
        return self._name("access_token", said)

    def issue_refresh_token(self, **said: Any) -> str:
        """Name a refresh token."""
        return self._name("refresh_token", said)

    def _name(self, kind: str, said: dict[str, Any]) -> str:
        name = f"{kind}-of-a-test-{len(self._proxy.named)}"
        self._proxy.named[name] = said | {"kind": kind}
        return name

    def verify_token(self, token: str, expected_token_use: str = "access") -> dict[str, Any]:
        """Return the claims of an access token, which the published keys verify."""
        assert expected_token_use == "access", "a refresh token says nothing"
        with TestClient(self._proxy.endpoints(), base_url=self._proxy.base) as http:
            keys = KeySet.parse(http.get("/.well-known/jwks.json").content)
        site = self._proxy._site
        authenticator = Authenticator(Policy.mcp(site.issuer, site.resource, algorithms=["ES256"]))
        authenticator.set_keys(site.issuer, keys)
        return dict(authenticator.authenticate(token, int(time.time())).claims)


class Translated:
    """An endpoint that is asked in the names that a test has for clients, tokens and sign-ins."""

    def __init__(self, app: ASGIApp, proxy: Any, path: str) -> None:
        self._app, self._proxy, self._path = app, proxy, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        proxy = self._proxy
        body, more = b"", scope["method"] == "POST"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        query, body = await proxy.translated(scope["query_string"]), await proxy.translated(body)
        scope = {**scope, "query_string": query}
        for name, begun in proxy._transaction_store.laid.items():
            if f"state={begun[0].upstream['state']}".encode() in query and name:
                cookies = "; ".join(f"{each.name}={each.value}" for each in begun[0].browser.cookies.jar)
                scope["headers"] = [*scope["headers"], (b"cookie", cookies.encode())]
        sent = bytearray()

        async def receive_all() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send_on(message: Message) -> None:
            sent.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, receive_all, send_on)
        if self._path == "/register" and sent.startswith(b'{"client_id'):
            document = json.loads(sent)
            proxy.registered[document["client_id"]] = document


def _handed_on(answer: httpx.Response, text: str, status: int | None = None) -> Response:
    response = Response(text, status or answer.status_code)
    for name, value in answer.headers.multi_items():
        if name not in ("content-length", "location"):
            response.headers.append(name, value)
    return response


class Documents(httpx.AsyncBaseTransport):
    """The documents of clients: as a test has FastMCP's class fetch them, or by its mock of httpx2."""

    def __init__(self) -> None:
        self.fetch: Any = None
        """What a test has put in the place of FastMCP's."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.fetch is not None:
            document = await self.fetch(str(request.url))
            return httpx.Response(200, json=document.model_dump(mode="json", exclude_none=True))
        async with httpx2.AsyncClient() as http:
            answer = await http.get(str(request.url), headers=dict(request.headers))
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


class Calls:
    """FastMCP's methods."""

    def prepare(self: Any, storage: object) -> None:
        """Begin with nobody, but for the clients of a store that there was before."""
        base = urlsplit(self._site.url("/"))
        self.base = f"{base.scheme}://{base.netloc}"
        self.registered: dict[str, dict[str, Any]] = REGISTERED.setdefault(id(storage), (storage, {}))[1]
        self.named: dict[str, dict[str, Any]] = {}
        self.given: dict[str, dict[str, str]] = {}
        self.families: dict[str, bytes] = {}
        self._code_store, self._jti_mapping_store = Store(self), Ids(self)
        self._transaction_store, self._upstream_token_store = Transactions(self), UpstreamTokens(self)
        self._refresh_token_store = RefreshTokens(self)
        self.jwt_issuer = Issuer(self)

    def endpoints(self: Any) -> Starlette:
        """Return what a client asks."""
        return Starlette(routes=OAuthProxy.get_routes(self, self._mcp_path))

    def get_routes(self: Any, mcp_path: str | None = None) -> list[Any]:
        """Return the endpoints for what a test asks itself."""
        routes = OAuthProxy.get_routes(self, mcp_path)
        for route in routes:
            route.app = Translated(route.app, self, route.path)
        pages = Route("/consent", self.consent_page), Route("/consent", self.consent_answer, methods=["POST"])
        return [*pages, *routes]

    async def asked_at(self: Any, path: str, request: Request, **sent: Any) -> httpx.Response:
        """Ask our endpoint what a test's browser asks FastMCP's."""
        names = ("cookie", "origin", "sec-fetch-site")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        async with self._http() as http:
            answer = await http.request("GET" if "params" in sent else "POST", path, headers=headers, **sent)
        return answer

    async def consent_page(self: Any, request: Request) -> Response:
        """Show our page of consent, which is that of what a client asked, with the field that FastMCP's tests read."""
        begun, params = self._transaction_store.laid[request.query_params["txn_id"]]
        asked = self.request_of(
            begun.client_id, begun.redirect_uri, params.scopes, state=params.state, resource=params.resource
        )
        answer = await self.asked_at("/authorize", request, params=asked)
        return _handed_on(answer, answer.text.replace('name="csrf"', 'name="csrf_token"'))

    async def consent_answer(self: Any, request: Request) -> Response:
        """Take the answer of a person: from then on this browser, and no other, has begun the sign-in."""
        form = await request.form()
        sent = {"csrf": form.get("csrf_token", ""), "decision": form["action"]}
        answer = await self.asked_at("/consent", request, data=sent)
        onward = re.search(r'content="0;url=([^"]*)"', answer.text)
        if onward is None:
            return _handed_on(answer, answer.text)
        there, name = unescape(onward[1]), str(form["txn_id"])
        if sent["decision"] == "approve":
            begun, params = self._transaction_store.laid[name]
            upstream = dict(parse_qsl(urlsplit(there).query))
            self._transaction_store.laid[name] = replace(begun, browser=self._http(), upstream=upstream), params
            there = there.replace(f"state={upstream['state']}", f"state={name}")
        response = _handed_on(answer, "", 302)
        response.headers["location"] = there
        return response

    async def translated(self: Any, text: bytes) -> bytes:
        """Put what there is in the place of the names that a test has."""
        for name in list(self.named):
            if name.encode() in text:
                text = text.replace(name.encode(), (await self.real(name)).encode())
        for name, begun in self._transaction_store.laid.items():
            text = text.replace(f"state={name}".encode(), f"state={begun[0].upstream['state']}".encode())
        for name, document in self.registered.items():
            text = re.sub(
                f"client_id={re.escape(name)}(?=&|$)".encode(), f"client_id={document['client_id']}".encode(), text
            )
        return text

    def name_of(self: Any, client_id: str) -> str:
        """Return the name that a test has for a client."""
        return next(name for name, document in self.registered.items() if document["client_id"] == client_id)

    def _http(self: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.endpoints()), base_url=self.base)

    async def register(self: Any, document: dict[str, Any], name: str) -> None:
        """Register a client, whose secret FastMCP does not look at."""
        document = {**document, "token_endpoint_auth_method": "none"}
        async with self._http() as http:
            answer = await http.post("/register", json=document)
        if answer.status_code != 201:
            said = answer.json()
            raise RegistrationError(said["error"], f"{said['error']}: {said.get('error_description')}")
        self.registered[name] = answer.json()

    async def register_client(self: Any, client: Any) -> None:
        """Register a client that has named itself."""
        said = client.model_dump(mode="json", exclude_none=True)
        for name in ("client_id", "client_secret"):
            said.pop(name, None)
        # Those that say the same of themselves are one here.
        await self.register({"client_name": client.client_id, **said}, client.client_id)

    async def register_for(self: Any, name: str, redirect_uri: str) -> None:
        """Register a client of which nothing else is known."""
        grants = ["authorization_code", "refresh_token"]
        await self.register({"client_name": name, "redirect_uris": [redirect_uri], "grant_types": grants}, name)

    async def get_client(self: Any, client_id: str) -> Client | None:
        """Return a client that may ask, if there is one: it is told where it may be answered."""
        async with self._http() as http:
            answer = await http.get("/authorize", params=self.request_of(client_id, NOWHERE, None))
        known = unescape(answer.text).find(_TEXTS["redirect_uri_mismatch"]) >= 0
        return Client(self, client_id, self.registered.get(client_id, {})) if known else None

    def request_of(
        self: Any, client_id: str, redirect_uri: str, scopes: list[str] | None, **more: Any
    ) -> dict[str, str]:
        """Return what a client sends a browser to `/authorize` with."""
        asked = {
            "response_type": "code",
            "client_id": self.registered.get(client_id, {}).get("client_id", client_id),
            "redirect_uri": redirect_uri,
            "code_challenge": str(CodeChallenge.of(CodeVerifier(VERIFIER))),
            "code_challenge_method": "S256",
            "scope": None if scopes is None else " ".join(scopes),
            **more,
        }
        return {name: str(value) for name, value in asked.items() if value is not None}

    async def begin(
        self: Any, client_id: str, redirect_uri: str, scopes: list[str] | None, state: str | None, resource: Any = None
    ) -> tuple[Begun, Any]:
        """Send a browser to sign in, whose user agrees."""
        browser = self._http()
        asked = self.request_of(client_id, redirect_uri, scopes, state=state, resource=resource)
        answer = await browser.get("/authorize", params=asked)
        csrf = re.search(r'name="csrf" value="([^"]*)"', answer.text)
        if csrf is None:
            said = dict(parse_qsl(urlsplit(answer.headers.get("location", "")).query))
            raise Refused(said.get("error", "page"), said.get("error_description"))
        answer = await browser.post("/consent", data={"csrf": unescape(csrf[1]), "decision": "approve"})
        onward = re.search(r'content="0;url=([^"]*)"', answer.text)
        assert onward is not None
        upstream = dict(parse_qsl(urlsplit(unescape(onward[1])).query))
        return Begun(browser, client_id, redirect_uri, upstream), None

    async def come_back(self: Any, begun: Begun) -> dict[str, str]:
        """Have the upstream send the browser back, and return what the client is told."""
        query = {"code": "code-of-the-upstream", "state": begun.upstream["state"]}
        answer = await begun.browser.get(self._site.callback_path, params=query)
        said = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        if "error" in said:
            raise Refused(said["error"], said.get("error_description"))
        return said

    def signing_in(self: Any, token_response: dict[str, Any]) -> ExitStack:
        """Have the upstream give that for a code, of whomever; FastMCP looks at no scopes yet."""
        stack = ExitStack()
        stack.enter_context(patch.object(self.upstream, "token_response", token_response))
        stack.enter_context(patch.object(self._site, "required_scopes", []))
        if self._token_verifier is not None:
            stack.enter_context(patch.object(self, "_token_verifier", Known(self._token_verifier)))
        return stack

    async def ask(self: Any, form: dict[str, str]) -> dict[str, Any]:
        """Ask the token endpoint."""
        async with self._http() as http:
            said: dict[str, Any] = (await http.post("/token", data=form)).json()
        return said

    async def redeem(self: Any, begun: Begun, code: str, verifier: str) -> dict[str, Any]:
        """Present a code."""
        asked = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        client_id = self.registered[begun.client_id]["client_id"]
        return await self.ask(asked | {"client_id": client_id, "redirect_uri": begun.redirect_uri})

    async def refresh(self: Any, client_id: str, token: str, scopes: list[str] | None = None) -> dict[str, Any]:
        """Present a refresh token."""
        asked = {"grant_type": "refresh_token", "refresh_token": token}
        if scopes:
            asked["scope"] = " ".join(scopes)
        return await self.ask(asked | {"client_id": self.registered[client_id]["client_id"]})

    async def sign_in(
        self: Any, client_id: str, redirect_uri: str, scopes: list[str], token_response: dict[str, Any]
    ) -> dict[str, str]:
        """Sign a user in, and return the tokens."""
        begun, _ = await self.begin(client_id, redirect_uri, scopes, None)
        with self.signing_in(token_response):
            answer = await self.come_back(begun)
        given: dict[str, str] = await self.redeem(begun, answer["code"], VERIFIER)
        if "error" in given:
            raise Refused(given["error"], given.get("error_description"))
        claims = self.jwt_issuer.verify_token(given["access_token"])
        _, self.families[claims["jti"]] = await self._verifier.family_of(given["access_token"])
        if "refresh_token" in given:
            self.named[given["refresh_token"]] = {"client_id": client_id, "kind": "refresh_token"}
            self.given[given["refresh_token"]] = given
        return given

    async def change_upstream(self: Any, family: bytes, **changes: Any) -> None:
        """Change the upstream's token of a grant, as time would."""
        if "expires_at" in changes:
            changes["refresh_at"] = changes["expires_at"] - self._upstream._threshold
        await self._tokens._grants.change(
            family, lambda grant: replace(grant, upstream=replace(grant.upstream, **changes))
        )

    async def real(self: Any, name: str) -> str:
        """Return the token that a test has named, whose user signs in now if it has said what the upstream gives."""
        said = self.named.get(name, {})
        if name in self.given or "jti" not in said:
            return self.given[name].get(said.get("kind"), name) if name in self.given else name
        place = self._jti_mapping_store.laid.get(said["jti"])
        laid = None if place is None else self._upstream_token_store.laid.get(place.upstream_token_id)
        if laid is None or said.get("expires_in", 1) <= 0:
            return name
        token_response = {"access_token": laid.access_token, "token_type": "Bearer", "expires_in": 3600}
        if laid.refresh_token:
            token_response["refresh_token"] = laid.refresh_token
        client_id, uri = said["client_id"], "http://localhost:12345/callback"
        if client_id not in self.registered:
            await self.register_for(client_id, uri)
        uri = self.registered[client_id]["redirect_uris"][0]
        # One that lacks what the server needs would be none.
        scopes = list(dict.fromkeys([*said["scopes"], *self.required_scopes]))
        given = await self.sign_in(client_id, uri, scopes, token_response)
        _, family = await self._verifier.family_of(given["access_token"])
        self.families[place.upstream_token_id] = family
        await self.change_upstream(family, expires_at=int(laid.expires_at))
        self.given[name] = given
        return given.get(said["kind"], name)

    async def authorize(self: Any, client: Any, params: Any) -> str:
        """Ask for a sign-in, and return where the user is asked; `txn_id` is how the upstream knows it."""
        scopes, resource = params.scopes, params.resource
        try:
            begun, _ = await self.begin(client.client_id, str(params.redirect_uri), scopes, params.state, resource)
        except Refused as said:
            raise AuthorizeError(said.error, said.description) from None
        self._transaction_store.laid[begun.upstream["state"]] = begun, params
        return f"{self._site.url('/consent')}?txn_id={begun.upstream['state']}"

    async def exchange_authorization_code(self: Any, client: Any, authorization_code: Any) -> OAuthToken:
        """Sign in a user of whom the upstream gives what the code stands for, and present the code that comes of it."""
        laid = self._code_store.laid[authorization_code.code]
        try:
            given = await self.sign_in(client.client_id, laid.redirect_uri, laid.scopes, laid.idp_tokens)
        except Refused as said:
            raise TokenError(said.error, said.description) from None
        return OAuthToken.model_validate(given)

    async def exchange_refresh_token(self: Any, client: Any, refresh_token: Any, scopes: list[str]) -> OAuthToken:
        """Present a refresh token. FastMCP asks the upstream each time, ours when it is time: it is time."""
        token = await self.real(refresh_token.token)
        claims = self.jwt_issuer.verify_token(self.given[refresh_token.token]["access_token"])
        await self.change_upstream(self.families[claims["jti"]], expires_at=0)
        with patch.object(self, "_token_verifier", Known(self._token_verifier)):
            given = await self.refresh(client.client_id, token, scopes)
        if "error" in given:
            raise TokenError(given["error"], given.get("error_description"))
        return OAuthToken.model_validate(given)

    async def verify_token(self: Any, token: str) -> Any:
        """Return who comes with a token, whose `token` is what a tool gets for the upstream."""
        try:
            found = await OAuthProxy.verify_token(self, await self.real(token))
        except TokenVerificationError:  # nobody is let in
            return None
        if found is None:
            return None
        verifier, family = found.grant
        said = {name: getattr(found, name) for name in ("client_id", "subject", "scopes", "claims", "expires_at")}
        return SimpleNamespace(**said, token=await verifier.upstream_token(family, None))

    load_access_token = verify_token

    async def revoke_token(self: Any, token: Any) -> None:
        """Give a token back."""
        if token.client_id not in self.registered:
            await self.register_for(token.client_id, "http://localhost:12345/callback")
        client_id = self.registered[token.client_id]["client_id"]
        async with self._http() as http:
            answer = await http.post("/revoke", data={"token": await self.real(token.token), "client_id": client_id})
        assert answer.status_code == 200

    async def _handle_idp_callback(self: Any, request: Any) -> Response:
        begun = self._transaction_store.laid.get(request.query_params["state"])
        browser = self._http() if begun is None else begun[0].browser
        state = "unknown" if begun is None else begun[0].upstream["state"]
        with ExitStack() as stack:
            stack.enter_context(patch.object(self._site, "required_scopes", []))
            stack.enter_context(patch.object(self, "_token_verifier", Known(self._token_verifier)))
            answer = await browser.get(self._site.callback_path, params={**request.query_params, "state": state})
        kind = HTMLResponse if answer.headers.get("content-type", "").startswith("text/html") else Response
        return kind(answer.content, answer.status_code, dict(answer.headers))

    def _create_upstream_oauth_client(self: Any, request: httpx.Request) -> Any:
        """Return what a test has put in the place of FastMCP's client, created with what is sent to the upstream."""
        if theirs.AsyncOAuth2Client is THEIR_CLIENT:
            return None
        form = dict(parse_qsl(request.content.decode()))
        assert "client_secret" in form or "authorization" in request.headers
        method = "client_secret_post" if "client_secret" in form else "client_secret_basic"
        client_id = form.get("client_id")
        secret = form.get("client_secret")
        return theirs.AsyncOAuth2Client(
            client_id=client_id, client_secret=secret, token_endpoint_auth_method=method, timeout=30.0
        )
