"""The clients of a proxy: those that register, and those that are the URL of a document."""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from doorward._core import (
    MAX_CLIENT_DOCUMENT_LENGTH,
    ClientMetadata,
    DoorwardError,
    KeySet,
    TokenRequest,
    check_client_document_url,
    check_redirect_uri,
    hash_opaque,
    match_redirect_uri,
    mint_opaque,
)
from doorward.errors import error_of
from doorward.jwks import Transport, read, trust
from doorward.store import Store, StoreError

__all__ = ["METHODS", "Client", "Registry"]

KIND, ASSERTION = "oauth_client", "oauth_assertion"
METHODS = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
"""How clients may authenticate, preferred first."""
_DOCUMENT_METHODS = ["none", "private_key_jwt"]


@dataclass(frozen=True, slots=True)
class Client:
    """A client, by what it says of itself."""

    id: str
    metadata: ClientMetadata
    secret_hash: str | None = None

    @property
    def name(self) -> str:
        """What it calls itself, or where its document is."""
        return self.metadata.text("client_name") or (self.id if ":" in self.id else "")


class Registry:
    """Registers clients, finds them, and lets those go by themselves that nobody signs in with."""

    UNUSED = 86_400
    """Seconds for which a client is kept that has never signed anybody in."""

    USED = 400 * 86_400
    """Seconds for which one is kept after a sign-in."""

    DOCUMENT = 900
    """Seconds for which a document is not fetched again."""

    DOCUMENTS = 1024
    """How many of them are kept."""

    FETCHES = 16
    """How many are fetched at once."""

    TIMEOUT = 5.0

    def __init__(
        self,
        store: Store,
        issuer: str,
        *,
        allowed: list[str] | None,
        documents: bool,
        clock: Callable[[], float],
    ) -> None:
        """Create it for a store. allowed: the redirect URIs that there may be, if not any. documents: whether a client
        may be the URL of its document, which is fetched by a client of its own: it connects to no address within the
        network, and has no certificate to show."""
        for uri in allowed or ():
            check_redirect_uri(uri)
        self._store, self._issuer, self._allowed, self._clock = store, issuer, allowed, clock
        self._documents = documents
        self._http: httpx.AsyncClient | None = None  # of tests
        self._kept: dict[str, tuple[float, Client]] = {}
        self._fetching = 0

    async def register(self, document: bytes) -> tuple[str, str]:
        """Register a client, and return its identifier and the response to it. One that does so again as a client
        without a secret is the same client."""
        metadata = ClientMetadata.parse(document, auth_methods=METHODS)
        self._check(metadata)
        now = int(self._clock())
        id, secret, hash = hashlib.sha256(b"doorward client" + metadata.digest).hexdigest()[:32], None, None
        if metadata.needs_secret:
            id, secret = secrets.token_hex(16), mint_opaque(secrets.token_bytes(32))
            hash = hash_opaque(secret)
        stored = metadata.response(id, now)
        value = json.dumps({"document": stored, "secret_hash": hash, "used": False}).encode()
        if not await self._store.put_if_absent(KIND, id, value, now + self.UNUSED):
            # It is kept for as long as if it had just come.
            stored = await self._keep(id, False) or stored
        return id, metadata.response(id, now, secret) if secret else stored

    async def note_use(self, client: Client) -> None:
        """Keep a client that somebody has signed in with."""
        if ":" not in client.id:
            await self._keep(client.id, True)

    async def _keep(self, id: str, used: bool) -> str | None:
        now = int(self._clock())
        for _ in range(8):
            entry = await self._store.get(KIND, id)
            if entry is None:
                return None
            record = json.loads(entry.value)
            document: str = record["document"]
            until = now + (self.USED if used or record["used"] else self.UNUSED)
            # Not at each use: once a day is enough, for one that is kept for a year.
            if record["used"] >= used and (entry.expires_at or 0) + (self.UNUSED if record["used"] else 60) >= until:
                return document
            record["used"] = record["used"] or used
            if await self._store.compare_and_swap(KIND, id, entry.version, json.dumps(record).encode(), until):
                return document
        return None

    async def find(self, id: str) -> Client:
        """Return a client; raises `client_unknown`, or what is wrong with its document."""
        if ":" in id:
            if not self._documents:
                raise error_of("client_unknown")
            return await self._of_document(id)
        if len(id) > 64:
            raise error_of("client_unknown")
        entry = await self._store.get(KIND, id)
        if entry is None:
            raise error_of("client_unknown")
        try:
            record = json.loads(entry.value)
            return Client(id, ClientMetadata.stored(record["document"]), record["secret_hash"])
        except (ValueError, KeyError, TypeError, DoorwardError):
            raise StoreError("the record of a client cannot be read") from None

    async def authenticate(self, request: TokenRequest, audiences: list[str]) -> Client:
        """Return the client that sends a token request; raises `client_unknown` or `client_authentication_failed`."""
        client = await self.find(request.client_id)
        metadata = client.metadata
        if metadata.auth_method != "private_key_jwt":
            request.check_client(metadata.auth_method, client.secret_hash)
            return client
        if metadata.jwks is None:
            raise error_of("client_authentication_failed")
        now = int(self._clock())
        id, expires_at = request.check_assertion(KeySet.parse(metadata.jwks), audiences, now)
        name = hashlib.sha256(f"{client.id}\0{id}".encode()).hexdigest()
        if not await self._store.put_if_absent(ASSERTION, name, b"", expires_at + 60):
            raise error_of("client_authentication_failed")
        return client

    def _check(self, metadata: ClientMetadata) -> None:
        """Refuse redirect URIs that the operator does not allow."""
        if self._allowed is None:
            return
        for uri in metadata.redirect_uris:
            try:
                match_redirect_uri(uri, self._allowed, loopback_any_port=True)
            except DoorwardError:
                raise error_of("client_redirect_uri_invalid") from None

    async def _of_document(self, url: str) -> Client:
        kept = self._kept.get(url)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        check_client_document_url(url)
        if self._fetching >= self.FETCHES:
            raise error_of("rate_limited", retry_after=1)
        self._fetching += 1
        try:
            kind, document = await asyncio.wait_for(self._fetch(url), self.TIMEOUT)
        except DoorwardError:
            raise
        except Exception:  # whatever names, addresses and redirects of strangers make a transport raise
            raise error_of("upstream_unavailable", retry_after=5) from None
        finally:
            self._fetching -= 1
        metadata = ClientMetadata.from_document(url, kind, document, auth_methods=_DOCUMENT_METHODS)
        self._check(metadata)
        client = Client(url, metadata)
        self._kept.pop(url, None)
        self._kept[url] = time.monotonic() + self.DOCUMENT, client
        while len(self._kept) > self.DOCUMENTS:
            del self._kept[next(iter(self._kept))]
        return client

    async def _fetch(self, url: str) -> tuple[bytes, bytes]:
        fields = {"accept": "application/json", "accept-encoding": "identity"}
        timeout = {"connect": self.TIMEOUT}
        request = httpx.Request("GET", url, headers=fields, extensions={"timeout": timeout})

        def limit(status: int) -> int:
            return MAX_CLIENT_DOCUMENT_LENGTH + 1 if status == 200 else 0

        if self._http is not None:
            answer = await read(self._http, request, limit)
        else:
            await asyncio.to_thread(trust)
            async with httpx.AsyncClient(transport=Transport(self._issuer), trust_env=False) as http:
                answer = await read(http, request, limit)
        status, headers, body = answer
        if status != 200:
            raise error_of("client_unknown")
        kinds = [value for name, value in headers if name.lower() == b"content-type"]
        return (kinds[0] if len(kinds) == 1 else b""), body
