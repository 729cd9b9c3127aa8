"""An issuer's keys, fetched over httpx when the core says so.

The core decides when and from where (`KeySource`) and what is a key (`KeySet.parse`); here are the network, the clock
and the waiting.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

try:
    import httpx
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.jwks: pip install 'doorward[jwks]'") from error

from doorward import arguments
from doorward._core import (
    ASYMMETRIC,
    RELAXATIONS,
    Attempt,
    Authenticator,
    DoorwardError,
    KeySet,
    KeySource,
    Policy,
    Principal,
    algorithm_names,
    printable,
    relaxation_is_of_key_sets,
    uses_shared_secrets,
)
from doorward.event_loops import settled
from doorward.http_client import http_client
from doorward.log_value import place_of
from doorward.transport import Transport, read, trust

if TYPE_CHECKING:
    import httpx2

    from doorward._core import _Relaxation

__all__ = ["JwksSource", "KeysUnavailable", "Verifier", "check_published"]

logger = logging.getLogger("doorward")


class KeysUnavailable(DoorwardError):
    """The issuer's keys are unavailable: answer 503, not an error that makes a client start over."""

    def __init__(self, retry_after: int) -> None:
        """Store the seconds after which to retry."""
        made = KeySource.unavailable(retry_after)
        super().__init__(*made.args)
        vars(self).update(vars(made))
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type, tuple[int]]:
        """Recreate it from its arguments, not from its text."""
        return type(self), (self.retry_after,)


class _Report:
    """What went wrong in one fetch, for the log."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.skipped: list[str] = []
        self.hint = ""
        self.issuers: list[str] = []


def _issuer(body: bytes) -> str | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    issuer = document.get("issuer") if isinstance(document, dict) else None
    return issuer.encode(errors="replace").decode() if isinstance(issuer, str) else None


def check_published(name: str, algorithms: Sequence[str]) -> None:
    """Raise `ValueError` or `DoorwardError` if an issuer publishes no keys for these algorithms, which an argument of
    this name holds."""
    if arguments.named(name, uses_shared_secrets, algorithms):
        raise ValueError(f"{name}: {', '.join(algorithms)} is for shared secrets, and an issuer publishes none")


_OF_SOURCE: dict[str, arguments.Kind] = {
    "issuer": arguments.text,
    "jwks_uri": arguments.maybe(arguments.text),
    "algorithms": arguments.maybe(arguments.texts),
    "relax": arguments.texts,
    "max_stale": arguments.maybe(arguments.whole),
    "cooldown": arguments.maybe(arguments.whole),
    "insecure_http_for_development": arguments.flag,
    "clock": arguments.function,
}


class JwksSource:
    """The keys of one issuer, for any number of apps, event loops and threads.

    `jwks_uri` is read out of the issuer's metadata (RFC 8414, OpenID Connect Discovery) where it is not given. URLs
    are https, or http on loopback; redirects are not followed. Where the metadata leads to another host, its addresses
    must all be on the internet; a `client` of the caller's connects as it likes.
    """

    ALGORITHMS = "algorithms"
    """The argument by which the algorithms were given."""

    def __init__(
        self,
        issuer: str,
        *,
        jwks_uri: str | None = None,
        algorithms: Sequence[str] | None = None,
        relax: "Sequence[_Relaxation]" = (),
        max_stale: int | None = None,
        cooldown: int | None = None,
        client: "httpx.AsyncClient | httpx2.AsyncClient | None" = None,
        insecure_http_for_development: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create a source; nothing is fetched before the first token.

        issuer: the issuer's URL. jwks_uri: the URL of its keys, if not from its metadata. algorithms: what keys are
        prepared for; all with public keys if omitted. max_stale: seconds for which keys may be used past their lifetime
        while they cannot be fetched. cooldown: the least seconds between two fetches. client: what sends the requests;
        its own certificates and proxies then apply. insecure_http_for_development: whether URLs may be http beyond
        loopback, where an attacker on the network can substitute keys. clock: seconds since 1970. Raises
        `DoorwardError` or `ValueError` for what is wrong.
        """
        arguments.check(locals(), _OF_SOURCE)
        # Unknown names are rejected now, not when keys are fetched.
        if algorithms is not None:
            check_published(self.ALGORITHMS, algorithms)
        relax = tuple(relax)
        for each in relax:
            arguments.named("relax", relaxation_is_of_key_sets, each)
        self._issuer = issuer
        self._jwks_uri = jwks_uri
        self._algorithms = None if algorithms is None else algorithm_names(algorithms)
        self._relax = relax
        self._insecure_http = insecure_http_for_development
        place = "issuer" if jwks_uri is None else "jwks_uri"
        options: dict[str, Any] = {"jwks_uri": jwks_uri, "max_stale": max_stale, "cooldown": cooldown}
        options["insecure_http_for_development"] = insecure_http_for_development
        self._source = arguments.named(place, KeySource, issuer, **options)
        self._client = http_client("client", client)
        self._clock = clock
        self._keys: KeySet | None = None
        self._served: list[Authenticator] = []
        self._serves: set[str] | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._report = _Report()

    @property
    def issuer(self) -> str:
        """Return the issuer identifier that the keys are for."""
        return self._issuer

    def fresh(self) -> "JwksSource":
        """Return one that fetches as this one does, and has fetched nothing and serves nobody."""
        return JwksSource(
            self._issuer,
            jwks_uri=self._jwks_uri,
            algorithms=self._algorithms,
            relax=self._relax,
            client=self._client,
            insecure_http_for_development=self._insecure_http,
        )

    async def fetch(self) -> KeySet:
        """Fetch the keys as for a first token, and return them: of a fresh source, which serves nobody that would wait.
        Raises why there are none; see `why`."""
        self._source.token_received(Attempt(), self._now())
        return await self._fetch_keys()

    def serve(self, authenticator: Authenticator, policy: Policy) -> None:
        """Set the keys of a policy's authenticator, now and whenever there are newer ones. Raises `ValueError` if they
        are not prepared for all of its algorithms, or not read as it relaxes that.

        All of one source have a policy of the same algorithms: keys that one can use and another cannot would leave the
        other's old keys in use for as long as fetches go well.
        """
        algorithms = set(policy.algorithms)
        if self._algorithms is not None and (more := algorithms - set(self._algorithms)):
            raise ValueError(f"source: it has no keys for {', '.join(sorted(more))}; give both the same algorithms")
        of_keys = filter(relaxation_is_of_key_sets, policy.relaxations)
        if lacking := [name for name in of_keys if name not in self._relax]:
            raise ValueError(f"source: its keys are read without {', '.join(lacking)}; give it relax={lacking}")
        if self._serves is not None and self._serves != algorithms:
            raise ValueError("source: a policy with other algorithms needs a source of its own")
        if self._keys is not None:
            authenticator.set_keys(self._issuer, self._keys)
        self._served.append(authenticator)
        self._serves = algorithms

    async def keys(self) -> KeySet:
        """Return the keys to verify with; raises `KeysUnavailable`."""
        await self.ready()
        if self._keys is None:
            raise KeysUnavailable(0)
        return self._keys

    async def ready(self) -> None:
        """Wait until there are usable keys; raises `KeysUnavailable` if none can be fetched."""
        attempt = Attempt()
        await self._obey(attempt, self._source.token_received(attempt, self._now()))

    async def _obey(
        self, attempt: Attempt, decision: tuple[str, int], may_wait: Callable[[], bool] = lambda: True
    ) -> bool:
        """Do what the core decides: return whether to verify the token now, or else it is rejected."""
        action, retry_after = decision
        if action in ("fetch", "use_and_fetch"):
            self._begin()
        if action in ("fetch", "wait"):
            if may_wait() and (fetching := self._fetching) is not None:
                await settled(fetching)
            action, retry_after = self._source.waited(attempt, self._now())
        if action == "unavailable":
            raise KeysUnavailable(retry_after)
        return action != "reject"

    def _now(self) -> int:
        return max(int(self._clock()), 0)

    def _begin(self) -> None:
        if self._fetching is not None:
            # Done, or lost to the core, as where the clock was set or its event loop ended.
            loop = self._fetching.get_loop()
            if loop is asyncio.get_running_loop():
                self._fetching.cancel()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(self._fetching.cancel)
        request, _, _ = self._source.request()
        self._fetching = asyncio.ensure_future(self._fetch(request))

    async def _fetch(self, first: int) -> None:
        fetched = False
        try:
            self._keys = await self._fetch_keys()
            fetched = True
        except Exception as error:
            # Whatever went wrong, the keys at hand stay, and the next fetch waits for the cool-down.
            logger.warning("%s", self.why(error))
        finally:
            self._source.finish(first, fetched, self._now())

    def why(self, error: Exception) -> str:
        """Return why the last fetch brought no keys, and what to change."""
        issuer, report = printable(self._issuer), self._report
        name = error.name if isinstance(error, DoorwardError) else ""
        if name == "key_set_empty":
            return f"the keys of {issuer} are of no use: {', '.join(report.skipped) or 'none is listed'}{report.hint}"
        if name == "metadata_issuer_mismatch" and report.issuers:
            return (
                f"the issuer is {issuer} here, and {report.issuers[0]} in its metadata: write it as the metadata does"
            )
        if name == "endpoint_refused":
            return (
                f"the metadata of {issuer} names keys within the network, where no document may lead:"
                f" give jwks_uri: {'; '.join(report.answers)}"
            )
        reason = str(error) if name else f"{type(error).__name__} {printable(str(error))}"
        change = ": is that the issuer's URL? Or else give jwks_uri" if name == "metadata_missing" else ""
        return f"the keys of {issuer} were not found ({reason}): {'; '.join(report.answers)}{change}"

    async def _fetch_keys(self) -> KeySet:
        self._report = _Report()
        if self._client is not None:
            return await self._fetch_with(self._client)
        certificates = await asyncio.to_thread(trust)
        # What the operator names may be anywhere.
        transport = (
            Transport(self._issuer)
            if self._jwks_uri is None
            else httpx.AsyncHTTPTransport(verify=certificates, trust_env=False)
        )
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            return await self._fetch_with(client)

    async def _fetch_with(self, client: httpx.AsyncClient) -> KeySet:
        while True:
            request, url, _ = self._source.request()
            try:
                status, headers, body = await self._get(client, url)
            except Exception:  # whatever a transport raises
                self._source.no_response(request, self._now())
                continue
            if self._source.response(request, status, headers, body, self._now()):
                return self._usable(body)

    async def _get(self, client: httpx.AsyncClient, url: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        _, _, timeout = self._source.request()
        # Not of the client's own making: its cookies, credentials and header fields are for others.
        agent = [("user-agent", value) for value in client.headers.get_list("user-agent")]
        request = httpx.Request(
            "GET", url, headers=[*KeySource.HEADERS, *agent], extensions={"timeout": {"connect": timeout}}
        )
        report, shown = self._report, place_of(url)
        try:
            # The whole response, however slowly it drips; httpx's own timeouts are for each read.
            reading = read(client, request, self._source.body_limit)
            status, headers, body = await asyncio.wait_for(reading, timeout)
        except Exception as error:
            # A transport of the caller's may say whatever it was given.
            query, said = url.partition("?")[2], printable(str(error))
            reason = "" if query and query in str(error) else f" {said}"
            report.answers.append(f"{shown} cannot be reached, {type(error).__name__}{reason}")
            raise
        report.answers.append(f"{shown} answered {status}{_but(status, body)}")
        if (issuer := _issuer(body)) is not None and issuer != self._issuer:
            report.issuers.append(printable(issuer))
        return status, headers, body

    def _usable(self, document: bytes) -> KeySet:
        """Parse and distribute a document's keys; raises if there are none, or none that is usable."""
        keys = KeySet.parse(document, self._algorithms, self._relax)
        self._report.skipped = [f"key {index}: {name}" for index, name in keys.skipped[:8]]
        for index, name in keys.skipped:
            logger.info("key %d of %s is not used: %s", index, self._issuer, name)
        try:
            keys.check()
        except DoorwardError:
            self._report.hint = self._hint(document)
            raise
        for authenticator in self._served:
            authenticator.set_keys(self._issuer, keys)
        return keys

    def _hint(self, document: bytes) -> str:
        """Return what would make use of a document's keys."""

        def usable(algorithms: Sequence[str] | None, relax: "Sequence[_Relaxation]") -> bool:
            with contextlib.suppress(DoorwardError):  # there is none, or they are too many for more algorithms
                KeySet.parse(document, algorithms, [*self._relax, *relax]).check()
                return True
            return False

        of_keys: list[list[_Relaxation]] = [[], *([each] for each in filter(relaxation_is_of_key_sets, RELAXATIONS))]
        for relax in of_keys:
            given = f"; give relax={relax}" if relax else ""
            if usable(self._algorithms, relax):
                return given
            if found := [each for each in ASYMMETRIC if usable([each], relax)]:
                which = f"{found}" if len(found) == 1 else "[...] with those that it signs by"
                return f"{given}; they are for {', '.join(found)}: give {self.ALGORITHMS}={which}"
        return ""


def _but(status: int, body: bytes) -> str:
    """Return what is wrong with a response, for people, as far as it is to be seen at once."""
    if 300 <= status < 400:
        return ", a redirect, which is not followed"
    return ", which is no JSON" if status == 200 and not body.lstrip().startswith(b"{") else ""


class Verifier:
    """Verifies tokens of one issuer: keys from a source, a policy, a clock. Caches tokens until the keys change."""

    def __init__(
        self,
        policy: Policy,
        source: JwksSource,
        *,
        clock: Callable[[], float] = time.time,
        authenticator: Authenticator | None = None,
    ) -> None:
        """Create a verifier from a policy, a source of its issuer's keys, the clock in seconds since 1970, and what
        several share that are about an issuer each, made of the policies of all."""
        if source.issuer != policy.issuer:
            # The keys of one issuer never serve another (RFC 8725 section 3.8).
            raise ValueError(f"source: its keys are those of {source.issuer}, the policy trusts {policy.issuer}")
        self.policy, self.source = policy, source
        self._clock = clock
        self._authenticator = authenticator or Authenticator(policy)
        source.serve(self._authenticator, policy)

    async def authenticate(self, token: str, *, may_wait: Callable[[], bool] = lambda: True) -> Principal:
        """Return the caller; raises `DoorwardError`, or `KeysUnavailable` if the token cannot be verified now.

        `may_wait` is asked before keys are waited for; where it says no, they are unavailable.
        """
        attempt, source = Attempt(), self.source
        decision = source._source.token_received(attempt, source._now())
        if decision[0] != "use":
            await source._obey(attempt, decision, may_wait)
        while True:
            try:
                return self._verify(token)
            except DoorwardError as error:
                refusal = error
            ours = self.policy.claims_issuer(token)
            decision = source._source.token_rejected(attempt, refusal.number, ours, source._now())
            if not await source._obey(attempt, decision, may_wait):
                raise refusal

    def is_still_valid(self, known: Principal) -> bool:
        """Return whether who came with a token before is a caller still, and no keys are due to be fetched."""
        source = self.source
        now = there = max(int(source._clock()), 0)
        if self._clock is not source._clock:
            there = max(int(self._clock()), 0)
        return source._source.is_still_valid(self._authenticator, known, now, there)

    def _verify(self, token: str) -> Principal:
        # Read here, since fetching keys takes time in which a token may expire.
        return self._authenticator.authenticate(token, max(int(self._clock()), 0))
