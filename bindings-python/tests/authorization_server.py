"""An authorization server for tests, made of core's functions over a store. Its only user consents to everything."""

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from doorward import (
    ASYMMETRIC,
    AuthorizationRequest,
    ClientMetadata,
    CodeRecord,
    DoorwardError,
    KeyRing,
    KeySet,
    ReceivedAuthorizationRequest,
    RefreshRecord,
    TokenRequest,
    authorization_server_metadata,
    authorization_server_metadata_urls,
    check_client_document_url,
    check_content_type,
    check_grant_type,
    client_document_body_limit,
    grantable,
    hash_opaque_token,
    mint_opaque_token,
    refresh_token_family,
    token_error_response,
    token_response,
)
from doorward.errors import error_of
from doorward.store import Store
from doorward.transport import read

METHODS: Any = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
USER = "alice"
CODE_LIFETIME = 60


class AuthorizationServer:
    """Metadata, registration, client documents, codes, refresh tokens that rotate, access tokens of its own."""

    def __init__(
        self,
        issuer: str,
        resource: str,
        scopes: Sequence[str],
        store: Store,
        *,
        documents: httpx.AsyncClient | None = None,
        access_lifetime: int = 600,
        lifetimes: tuple[int, int, int] = (86400, 3600, 20),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create it for one resource. documents: what fetches the documents of clients; without it there are none.
        lifetimes: of refresh tokens, as core wants them."""
        self.issuer, self.resource, self.scopes, self.store = issuer, resource, list(scopes), store
        self.granted: list[str] = []
        """The grant type of each token that was given."""
        self._documents, self._access_lifetime, self._lifetimes = documents, access_lifetime, lifetimes
        self._clock = clock
        self._keys = KeyRing([("ES256", secrets.token_bytes(32), 0, None)])
        self._base = issuer.rstrip("/")

    def app(self) -> Starlette:
        """Return the server."""
        path = urlsplit(self._base).path
        places = [urlsplit(url).path for url in authorization_server_metadata_urls(self.issuer)]
        routes = [Route(place, self._get_metadata) for place in places]
        routes += [Route(f"{path}/jwks", self._get_keys), Route(f"{path}/authorize", self._authorize)]
        routes += [Route(f"{path}/register", self._register, methods=["POST"])]
        routes += [Route(f"{path}/token", self._token, methods=["POST"])]
        return Starlette(routes=routes)

    def _now(self) -> int:
        return int(self._clock())

    async def _get_metadata(self, _: Request) -> Response:
        document = authorization_server_metadata(
            self.issuer,
            authorization_endpoint=f"{self._base}/authorize",
            token_endpoint=f"{self._base}/token",
            registration_endpoint=f"{self._base}/register",
            jwks_uri=f"{self._base}/jwks",
            auth_methods=METHODS,
            assertion_algorithms=["ES256", "RS256"],
            scopes_supported=self.scopes,
            client_credentials=True,
            client_documents=self._documents is not None,
        )
        return Response(document, media_type="application/json")

    async def _get_keys(self, _: Request) -> Response:
        return Response(self._keys.published(self._now()), media_type="application/json")

    async def _register(self, request: Request) -> Response:
        try:
            _check_content_type("registration", request)
            client = ClientMetadata.parse(await request.body(), auth_methods=METHODS, client_credentials=True)
        except DoorwardError as refusal:
            return _refused(refusal)
        secret = mint_opaque_token(secrets.token_bytes(32)) if client.needs_secret else None
        # Identical registrations are one client. A secret is told once, so that whoever has one is another client.
        client_id = client.digest.hex() if secret is None else secrets.token_hex(16)
        stored: list[Any] = [client.response(client_id, self._now()), secret and hash_opaque_token(secret)]
        if not await self.store.put_if_absent("client", hash_opaque_token(client_id), json.dumps(stored).encode()):
            entry = await self.store.get("client", hash_opaque_token(client_id))
            stored = json.loads(entry.value) if entry else stored
        document = stored[0] if secret is None else client.response(client_id, self._now(), secret)
        return _json(document, 201)

    async def _client(self, client_id: str) -> tuple[ClientMetadata, str | None]:
        """Return a client, and what is stored of its secret."""
        if client_id.startswith("https://"):
            return await self._document(client_id), None
        entry = await self.store.get("client", hash_opaque_token(client_id))
        if entry is None:
            raise error_of("client_unknown")
        metadata, secret_hash = json.loads(entry.value)
        return ClientMetadata.stored(metadata), secret_hash

    async def _document(self, url: str) -> ClientMetadata:
        check_client_document_url(url)
        if self._documents is None:
            raise error_of("client_unknown")
        request = self._documents.build_request("GET", url, headers={"accept": "application/json"})
        try:
            status, fields, body = await read(self._documents, request, client_document_body_limit)
        except httpx.HTTPError:
            raise error_of("client_unknown") from None
        return ClientMetadata.from_document(url, status, fields, body, auth_methods=METHODS, now=self._now())[0]

    async def _authorize(self, request: Request) -> Response:
        try:
            received = ReceivedAuthorizationRequest.parse(request.scope["query_string"])
            client, _ = await self._client(received.client_id)
            redirect = received.check(client.redirect_uris, loopback_any_port=True)
        except DoorwardError as refusal:
            # Nobody is known whom a browser could be sent back to.
            return PlainTextResponse(refusal.name, 400)
        try:
            location = redirect.code(self.issuer, await self._issue(redirect.request(), client))
        except DoorwardError as refusal:
            location = redirect.error(self.issuer, refusal.number)
        return Response(status_code=302, headers={"location": location, "cache-control": "no-store"})

    def _grantable(self, grant_type: str, asked: AuthorizationRequest | TokenRequest, client: ClientMetadata) -> str:
        scope, _ = grantable(
            grant_type,
            scope=asked.scope,
            resource=asked.resource,
            grant_types=client.grant_types,
            scopes=self.scopes,
            resources=[self.resource],
        )
        return scope

    async def _issue(self, asked: AuthorizationRequest, client: ClientMetadata) -> str:
        scope = self._grantable("authorization_code", asked, client)
        code = mint_opaque_token(secrets.token_bytes(32))
        record = CodeRecord.issue(
            client_id=asked.client_id,
            redirect_uri=asked.redirect_uri,
            code_challenge=asked.code_challenge,
            resource=self.resource,
            family=secrets.token_bytes(16),
            now=self._now(),
        )
        # For as long as the tokens may live that it gives, so that a replay is known for what it is.
        expires_at = record.expires_at + self._lifetimes[0]
        await self.store.put_if_absent("code", hash_opaque_token(code), _packed(record, USER, scope), expires_at)
        return code

    async def _token(self, request: Request) -> Response:
        try:
            _check_content_type("token", request)
            asked = TokenRequest.parse(request.headers.getlist("authorization"), await request.body())
            client = await self._authenticated(asked)
            check_grant_type(asked.grant_type, client.grant_types)
            answer = await {
                "authorization_code": self._redeem,
                "refresh_token": self._rotate,
                "client_credentials": self._give,
            }[asked.grant_type](asked, client)
        except DoorwardError as refusal:
            return _refused(refusal)
        self.granted.append(asked.grant_type)
        return _json(answer, 200)

    async def _authenticated(self, asked: TokenRequest) -> ClientMetadata:
        client, secret_hash = await self._client(asked.client_id)
        if client.auth_method != "private_key_jwt":
            asked.check_client(client.auth_method, secret_hash)
            return client
        keys = KeySet.parse(client.jwks or "{}", ASYMMETRIC)
        jwt_id, until = asked.check_assertion(keys, [self.issuer, f"{self._base}/token"], self._now())
        used = hash_opaque_token(f"{asked.client_id} {jwt_id}")
        if not await self.store.put_if_absent("assertion", used, b"", until):
            raise error_of("client_authentication_failed")
        return client

    async def _redeem(self, asked: TokenRequest, client: ClientMetadata) -> str:
        key = hash_opaque_token(asked.code or "")
        while (entry := await self.store.get("code", key)) is not None:
            stored, subject, scope = _unpacked(entry.value)
            record = CodeRecord.from_bytes(stored)
            try:
                redeemed = record.redeem(
                    client_id=asked.client_id,
                    redirect_uri=asked.redirect_uri,
                    code_verifier=asked.code_verifier,
                    resource=asked.resource,
                    now=self._now(),
                )
            except DoorwardError as refusal:
                if refusal.name == "code_replayed":
                    await self._revoke(record.family)
                raise
            value = _packed(redeemed, subject, scope)
            if await self.store.compare_and_swap("code", key, entry.version, value, entry.expires_at):
                return await self._begin(record.family, client, asked.client_id, subject, scope)
        raise error_of("code_unknown")

    async def _begin(self, family: bytes, client: ClientMetadata, client_id: str, subject: str, scope: str) -> str:
        refresh_token = None
        if "refresh_token" in client.grant_types:
            record, refresh_token = RefreshRecord.begin(
                family=family,
                client_id=client_id,
                resource=self.resource,
                lifetimes=self._lifetimes,
                random=secrets.token_bytes(32),
                now=self._now(),
            )
            await self.store.put_if_absent("family", family.hex(), _packed(record, subject, scope), record.ends_at)
        # A replay may have come before the family was stored.
        if await self.is_revoked(_named(family)):
            raise error_of("grant_revoked")
        return self._answer(family, client_id, subject, scope, refresh_token)

    async def _rotate(self, asked: TokenRequest, _: ClientMetadata) -> str:
        token = asked.refresh_token or ""
        family = refresh_token_family(token)
        while (entry := await self.store.get("family", family.hex())) is not None:
            stored, subject, granted = _unpacked(entry.value)
            try:
                rotated, successor, scope = RefreshRecord.from_bytes(stored).rotate(
                    token,
                    client_id=asked.client_id,
                    granted=granted,
                    scope=asked.scope,
                    resource=asked.resource,
                    lifetimes=self._lifetimes,
                    random=secrets.token_bytes(32),
                    now=self._now(),
                )
            except DoorwardError as refusal:
                if refusal.name == "refresh_token_replayed":
                    await self._revoke(family)
                raise
            if rotated is None or await self.store.compare_and_swap(
                "family", family.hex(), entry.version, _packed(rotated, subject, granted), rotated.ends_at
            ):
                return self._answer(family, asked.client_id, subject, scope, successor)
        raise error_of("refresh_token_unknown")

    async def _give(self, asked: TokenRequest, client: ClientMetadata) -> str:
        scope = self._grantable(asked.grant_type, asked, client)
        return self._answer(secrets.token_bytes(16), asked.client_id, asked.client_id, scope, None)

    def _answer(self, family: bytes, client_id: str, subject: str, scope: str, refresh_token: str | None) -> str:
        access_token = self._keys.sign_access_token(
            issuer=self.issuer,
            resource=self.resource,
            subject=subject,
            client_id=client_id,
            scope=scope,
            # Names the family, by which access tokens are revoked too, but not so that it could be had revoked.
            jwt_id=f"{_named(family)}.{secrets.token_hex(8)}",
            now=self._now(),
            lifetime=self._access_lifetime,
        )
        return token_response(access_token, expires_in=self._access_lifetime, refresh_token=refresh_token, scope=scope)

    async def _revoke(self, family: bytes) -> None:
        """Revoke all that one code has given, and what it may give yet."""
        await self.store.put_if_absent("revoked", _named(family), b"", self._now() + CODE_LIFETIME + self._lifetimes[0])
        while (entry := await self.store.get("family", family.hex())) is not None:
            stored, subject, granted = _unpacked(entry.value)
            value = _packed(RefreshRecord.from_bytes(stored).revoke(), subject, granted)
            if await self.store.compare_and_swap("family", family.hex(), entry.version, value, entry.expires_at):
                return

    async def is_revoked(self, named: str) -> bool:
        """Return whether what one code has given was revoked."""
        return await self.store.get("revoked", named) is not None


def _named(family: bytes) -> str:
    """Return what names a family to others: who knows the family itself can have it revoked."""
    return hashlib.sha256(family).hexdigest()[:32]


def _packed(record: CodeRecord | RefreshRecord, subject: str, scope: str) -> bytes:
    """Return a record of core, with what was granted beside it."""
    return json.dumps([record.to_bytes().hex(), subject, scope]).encode()


def _unpacked(value: bytes) -> tuple[bytes, str, str]:
    record, subject, scope = json.loads(value)
    return bytes.fromhex(record), subject, scope


def _check_content_type(endpoint: Literal["token", "registration"], request: Request) -> None:
    check_content_type(endpoint, ", ".join(request.headers.getlist("content-type")))


def _json(body: str, status: int) -> Response:
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


def _refused(refusal: DoorwardError) -> Response:
    status, headers, body = token_error_response(refusal.number)
    return Response(body, status, headers, "application/json")
