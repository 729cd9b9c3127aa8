"""The clients of a proxy: those that register, and those that are the URL of a document."""

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from doorward._core import (
    CLIENT_DOCUMENT_HEADERS,
    ClientAuthentication,
    ClientMetadata,
    DoorwardError,
    KeySet,
    auth_methods,
    check_client_document_url,
    check_redirect_uri,
    client_document_body_limit,
    hash_opaque_token,
    is_client_document_url,
    keeps_client_document,
    match_redirect_uri,
    mint_opaque_token,
)
from doorward.errors import error_of
from doorward.event_loops import begun, result_of
from doorward.log_value import place_of
from doorward.store import Store, StoreError
from doorward.transport import Transport, read, trust

__all__ = ["METHODS", "Client", "Registry"]

KIND, ASSERTION = "oauth_client", "oauth_assertion"
METHODS = auth_methods()
"""How clients may authenticate, preferred first."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client, by what it says of itself."""

    id: str
    metadata: ClientMetadata
    redirect_uris: tuple[str, ...]
    """Those of its own that the operator allows."""
    secret_hash: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What it calls itself, or where its document is."""
        return self.metadata.text("client_name") or (self.id if is_client_document_url(self.id) else "")


class Registry:
    """Registers clients, finds them, and lets those go by themselves that nobody signs in with."""

    UNUSED = 86_400
    """Seconds for which a client is kept that has never signed anybody in."""

    USED = 400 * 86_400
    """Seconds for which one is kept after a sign-in."""

    LONGEST = 4096
    """The maximum length of a client's metadata, in characters."""

    DOCUMENTS = 1024
    """The maximum number of client documents that are kept."""

    DOCUMENTS_OF_HOST = 32
    """The maximum number of documents of one host."""

    STALE = 3600
    """Seconds for which one counts at the token endpoint while its host does not answer."""

    FETCHES = 16
    """How many are fetched at once that nobody has signed in with; and once more as many of all."""

    FETCHES_OF_HOST = 2
    """The maximum number of fetches from one host at once."""

    TIMEOUT = 5.0

    def __init__(
        self,
        store: Store,
        own: Sequence[str],
        *,
        allowed: list[str] | None,
        documents: bool,
        clock: Callable[[], float],
    ) -> None:
        """Create a registry over a store, and for the proxy's own URLs. allowed: the redirect URIs that there may be,
        if not any. documents: whether a client may be the URL of its document, which is fetched by a client of its own:
        it connects to no address within the network, and has no certificate to show."""
        for uri in allowed or ():
            try:
                check_redirect_uri(uri)
            except DoorwardError as error:
                pattern = (
                    "; patterns are not taken, since whatever is behind them gets codes: name each URI as it stands;"
                    " http on 127.0.0.1 and [::1] counts with any port, and localhost, a name, with the one that it has"
                )
                said = f"allowed_client_redirect_uris: {place_of(uri)!r}: {error}{pattern if '*' in uri else ''}"
                raise ValueError(said) from None
        self._store, self._own, self._allowed, self._clock = store, own, allowed, clock
        self._documents = documents
        self._http: httpx.AsyncClient | None = None  # of tests
        self._kept: dict[str, tuple[float, int, Client]] = {}
        # Documents of clients that somebody has signed in with here, not those of whoever has a domain with many hosts.
        self._used: dict[str, None] = {}
        self._fetching: dict[tuple[asyncio.AbstractEventLoop, str], asyncio.Task[Client]] = {}

    async def register(self, document: bytes, count_new: Callable[[], None]) -> tuple[str, str]:
        """Register a client, and return its identifier and the response to it. One that does so again as a client
        without a secret is the same client; one that is to be stored is counted first."""
        metadata = ClientMetadata.parse(document, auth_methods=METHODS)
        self._check(metadata)
        now = int(self._clock())
        id, secret, hash = hashlib.sha256(b"doorward client" + metadata.digest).hexdigest()[:32], None, None
        if metadata.needs_secret:
            id, secret = secrets.token_hex(16), mint_opaque_token(secrets.token_bytes(32))
            hash = hash_opaque_token(secret)
        stored = metadata.response(id, now)
        if len(json.dumps(stored)) > self.LONGEST:
            raise error_of("client_metadata_invalid")
        if secret or await self._store.get(KIND, id) is None:
            count_new()
        value = json.dumps({"document": stored, "secret_hash": hash, "used": False}).encode()
        if not await self._store.put_if_absent(KIND, id, value, now + self.UNUSED):
            # It is kept for as long as if it had just come.
            stored = await self._keep(id, False) or stored
        return id, metadata.response(id, now, secret) if secret else stored

    async def note_use(self, client: Client) -> None:
        """Keep a client that somebody has signed in with."""
        if not is_client_document_url(client.id):
            await self._keep(client.id, True)
            return
        self._used.pop(client.id, None)
        self._used[client.id] = None
        while len(self._used) > self.DOCUMENTS // 2:
            del self._used[next(iter(self._used))]

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

    async def find(self, id: str, stale: bool = False) -> Client:
        """Return a client; raises `client_unknown`, or what is wrong with its document, of which a `stale` one may
        do."""
        if is_client_document_url(id):
            if not self._documents:
                raise error_of("client_unknown")
            return await self._of_document(id, stale)
        if len(id) > 64:
            raise error_of("client_unknown")
        entry = await self._store.get(KIND, id)
        if entry is None:
            raise error_of("client_unknown")
        try:
            record = json.loads(entry.value)
            metadata = ClientMetadata.stored(record["document"])
            secret_hash = record["secret_hash"]
        except (ValueError, KeyError, TypeError, DoorwardError):
            raise StoreError("the record of a client cannot be read") from None
        return self._found(id, metadata, secret_hash)

    async def authenticate(self, request: ClientAuthentication, audiences: list[str]) -> Client:
        """Return the client that sends a request; raises `client_unknown` or `client_authentication_failed`."""
        client = await self.find(request.client_id, stale=True)
        metadata = client.metadata
        if not metadata.uses_assertion:
            request.check_client(metadata.auth_method, client.secret_hash)
            return client
        if metadata.jwks is None:
            raise error_of("client_authentication_failed")
        now = int(self._clock())
        id, until = request.check_assertion(KeySet.parse(metadata.jwks), audiences, now)
        name = hashlib.sha256(f"{client.id}\0{id}".encode()).hexdigest()
        if not await self._store.put_if_absent(ASSERTION, name, b"", until):
            raise error_of("client_authentication_failed")
        return client

    def _check(self, metadata: ClientMetadata) -> None:
        """Refuse redirect URIs that the operator does not allow, and keys that are elsewhere: they are not fetched."""
        if metadata.uses_assertion and metadata.jwks is None:
            raise error_of("client_metadata_invalid")
        if not all(map(self._allows, metadata.redirect_uris)):
            raise error_of("client_redirect_uri_invalid")

    def _allows(self, uri: str) -> bool:
        """Return whether the operator allows a redirect URI."""
        if self._allowed is None:
            return True
        try:
            match_redirect_uri(uri, self._allowed, loopback_any_port=True)
        except DoorwardError:
            return False
        return True

    def _found(self, id: str, metadata: ClientMetadata, secret_hash: str | None) -> Client:
        # What is allowed now counts, and not what was when it came.
        uris = tuple(filter(self._allows, metadata.redirect_uris))
        if not uris and metadata.redirect_uris:
            raise error_of("client_unknown")
        return Client(id, metadata, uris, secret_hash)

    async def _of_document(self, url: str, stale: bool) -> Client:
        fetched_at, seconds, kept = self._kept.get(url, (float("-inf"), 0, None))
        age = time.monotonic() - fetched_at
        if kept is not None and age < seconds:
            return kept
        task = self._fetching.get((asyncio.get_running_loop(), url))
        try:
            if task is None:
                task = self._begin_fetch(url)
            return await result_of(task)
        except DoorwardError as error:
            if stale and kept is not None and age < self.STALE and keeps_client_document(error.number):
                return kept
            raise

    def _begin_fetch(self, url: str) -> "asyncio.Task[Client]":
        check_client_document_url(url)
        host = _host(url)
        # The proxy's own host may be elsewhere within the network, and would ask itself.
        if host in map(_host, self._own):
            raise error_of("client_document_url_refused")
        for closed in [each for each in list(self._fetching) if each[0].is_closed()]:
            self._fetching.pop(closed, None)
        of_host = sum(_host(other) == host for _, other in self._fetching)
        # Strangers' hosts that answer nothing, however many, leave room for those that are in use.
        most = 2 * self.FETCHES if url in self._used else self.FETCHES
        if len(self._fetching) >= most or of_host >= self.FETCHES_OF_HOST:
            raise error_of("rate_limited")
        key = asyncio.get_running_loop(), url
        self._fetching[key] = task = begun(self._fetched(url))
        task.add_done_callback(lambda _: self._fetching.pop(key, None))
        return task

    async def _fetched(self, url: str) -> Client:
        try:
            status, headers, body = await asyncio.wait_for(self._fetch(url), self.TIMEOUT)
        except DoorwardError:
            raise
        except Exception:  # whatever names, addresses and redirects of strangers make a transport raise
            raise error_of("upstream_unavailable") from None
        now = int(self._clock())
        try:
            metadata, seconds = ClientMetadata.from_document(url, status, headers, body, auth_methods=METHODS, now=now)
        except DoorwardError as error:
            if keeps_client_document(error.number):
                raise error_of("upstream_unavailable") from None
            # It is none any more, also once its host does not answer.
            self._kept.pop(url, None)
            raise
        self._kept.pop(url, None)
        self._check(metadata)
        client = self._found(url, metadata, None)
        self._kept[url] = time.monotonic(), seconds, client
        # A host that has many pushes out its own ones.
        host = _host(url)
        of_host = [other for other in self._kept if _host(other) == host]
        if len(of_host) > self.DOCUMENTS_OF_HOST or len(self._kept) > self.DOCUMENTS:
            candidates = of_host if len(of_host) > self.DOCUMENTS_OF_HOST else list(self._kept)
            del self._kept[next((each for each in candidates if each not in self._used), candidates[0])]
        return client

    async def _fetch(self, url: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        timeout = {"connect": self.TIMEOUT}
        request = httpx.Request("GET", url, headers=CLIENT_DOCUMENT_HEADERS, extensions={"timeout": timeout})
        if self._http is not None:
            return await read(self._http, request, client_document_body_limit)
        await asyncio.to_thread(trust)
        async with httpx.AsyncClient(transport=Transport(self._own[0]), trust_env=False) as http:
            return await read(http, request, client_document_body_limit)


def _host(url: str) -> str | None:
    return urlsplit(url).hostname
