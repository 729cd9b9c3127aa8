"""A user signs in: the client's request, the consent, the upstream, and the way back with a code."""

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from doorward._core import (
    MAX_CLOCK_SKEW,
    MAX_STATE_LENGTH,
    AuthorizationRedirect,
    AuthorizationRequest,
    AuthorizationResponse,
    CodeChallenge,
    CodeRecord,
    CodeVerifier,
    DoorwardError,
    ReceivedAuthorizationRequest,
    authorization_failure,
    authorization_response_scope,
    authorization_response_state,
    check_form_origin,
    form_field,
    hash_opaque_token,
    match_redirect_uri,
    may_redirect_without_consent,
    mint_opaque_token,
    redirect_uri_destination,
    redirect_uri_is_on_device,
)
from doorward.decisions import Decisions
from doorward.errors import error_of
from doorward.oauth_proxy.browser import Browser
from doorward.oauth_proxy.endpoints import Endpoints, error_for, log_text
from doorward.oauth_proxy.grant import Grant, UpstreamToken
from doorward.oauth_proxy.grants import Grants, name_of
from doorward.oauth_proxy.identity import Identify
from doorward.oauth_proxy.keys import ProxyKeys, is_sealed_otherwise
from doorward.oauth_proxy.pages import consent, onward
from doorward.oauth_proxy.registry import Client, Registry
from doorward.oauth_proxy.site import Site
from doorward.oauth_proxy.tokens import GrantIds
from doorward.oauth_proxy.upstream import Upstream, UpstreamError
from doorward.oauth_proxy.verifier import ProxyVerifier
from doorward.store import Store, StoreError

__all__ = ["SignIn"]

KIND = "oauth_sign_in"
CONSENT = "consent"


@dataclass(frozen=True, slots=True)
class _CheckedRequest:
    """A client's authorization request, once it has been checked."""

    client_id: str
    redirect_uri: str
    state: str | None = field(repr=False)
    scope: str
    challenge: CodeChallenge

    def to_bytes(self) -> bytes:
        values = (self.client_id, self.redirect_uri, self.state, self.scope, str(self.challenge))
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def of_bytes(cls, value: bytes) -> "_CheckedRequest":
        client_id, redirect_uri, state, scope, challenge = json.loads(value)
        return cls(client_id, redirect_uri, state, scope, CodeChallenge(challenge))

    @property
    def redirect(self) -> AuthorizationRedirect:
        return AuthorizationRedirect(self.redirect_uri, self.state)

    @property
    def host(self) -> str:
        """Where the client is answered, for people: the host, or the scheme of a program, whatever is behind that."""
        return redirect_uri_destination(self.redirect_uri)

    @property
    def is_loopback(self) -> bool:
        """Whether a program on the person's own device is answered, whichever it is."""
        return redirect_uri_is_on_device(self.redirect_uri)


class SignIn:
    """The endpoints that a browser comes to. Nothing is stored before a person has agreed, and nothing goes
    upstream."""

    PAGE = 600
    """Seconds for which a page of consent may be answered."""

    UPSTREAM = 600
    """Seconds in which the upstream must have sent the user back."""

    VERIFIER = 12.0
    """Seconds in which a verifier must say whom the upstream's token is about."""

    SUBJECT = 1000
    """Bytes of the name of whom a token is about, of which OpenID Connect has 255: nobody takes a token that is too
    long."""

    UNUSED = 300
    """Seconds for which a grant is kept whose code nobody has presented."""

    def __init__(
        self,
        site: Site,
        store: Store,
        keys: ProxyKeys,
        codes: GrantIds,
        endpoints: Endpoints,
        registry: Registry,
        grants: Grants,
        upstream: Upstream,
        verifier: ProxyVerifier,
        *,
        identify: Identify,
        is_sure: bool | None,
        upstream_name: str,
        upstream_issuer: str | None,
        upstream_sends_iss: bool,
        forward_resource: bool,
        remembered_for: tuple[str, ...] | None,
        granted_in_callback: Callable[[str], Sequence[str]] | None,
        clock: Callable[[], float],
    ) -> None:
        """Create the sign-in from a proxy's parts, and what says whom a token of the upstream is about, with whether it
        was asked if it says of nobody, where that is known; remembered_for:
        which proxy and upstream a consent is remembered for, if it may be; granted_in_callback: reads the scopes of its
        responses, of an upstream that has them there."""
        self._site, self._store, self._keys, self._codes, self._endpoints = site, store, keys, codes, endpoints
        self._registry, self._grants, self._upstream, self._identify = registry, grants, upstream, identify
        self._verifier, self._is_sure = verifier, is_sure
        self._name, self._issuer, self._sends_iss = upstream_name, upstream_issuer, upstream_sends_iss
        self._forward_resource, self._remembered_for = forward_resource, remembered_for
        self._granted_in_callback, self._clock = granted_in_callback, clock

    def _now(self) -> int:
        return int(self._clock())

    async def authorize(self, request: Request) -> Response:
        """Ask the person, or send the browser upstream if that is not to be asked again."""
        client_id = ""
        try:
            self._endpoints.count("authorize", request)
            received = ReceivedAuthorizationRequest.parse(request.scope["query_string"])
            client_id = received.client_id
            await self._keys.ready()
            client = await self._registry.find(client_id)
            # After its address, which alone can use up little of it.
            self._endpoints.count_authorization(client_id)
            redirect = received.check(client.redirect_uris, loopback_any_port=True)
        except (DoorwardError, StoreError) as error:
            return self._endpoints.page(request, "authorize", error, client=client_id)
        try:
            checked = self._checked(redirect.request(), client)
            browser = Browser(request, self._site)
            # Where it would not count there is no box to tick: the next time is likely as this one.
            bound = self._remembered(checked) if browser.is_own_navigation() else None
            if bound is not None and browser.remembers(self._keys, bound, self._now()):
                url = await self._go(checked, browser)
                self._endpoints.log("authorize", client=client_id, consent="remembered")
                return _found(url)
            answer = self._page(checked, client, browser, bound is not None)
        except (DoorwardError, StoreError) as error:
            if not may_redirect_without_consent(redirect.redirect_uri):
                back = self._error_url(redirect, error), redirect_uri_destination(redirect.redirect_uri)
                return self._endpoints.page(request, "authorize", error, back, client=client_id)
            return self._back(request, redirect, "authorize", error, client=client_id)
        self._endpoints.log("authorize", client=client_id, redirects_to=checked.host)
        return browser.introduce(answer)

    def _checked(self, request: AuthorizationRequest, client: Client) -> _CheckedRequest:
        scope = self._site.grantable(client.metadata.grant_types, request.scope, request.resource)
        checked = _CheckedRequest(client.id, request.redirect_uri, request.state, scope, request.code_challenge)
        if len(checked.to_bytes()) > MAX_STATE_LENGTH:
            raise error_of("parameter_malformed")
        return checked

    def _remembered(self, checked: _CheckedRequest) -> list[str] | None:
        """Return what a consent to this is bound to, all that the page lists; `None` if none is remembered."""
        # Any program on a device can be answered there, and open a browser (RFC 8252 section 8.6): asked each time.
        if self._remembered_for is None or checked.is_loopback:
            return None
        scopes = checked.scope.split()
        listed = " ".join(sorted(scopes)), *self._upstream.asks_besides(scopes)
        return [*self._remembered_for, checked.client_id, checked.redirect_uri, *listed]

    def _page(self, checked: _CheckedRequest, client: Client, browser: Browser, may_remember: bool) -> Response:
        # The page has the request itself, sealed for this browser: it proves that the form is ours, too.
        sealed = self._keys.sealing.seal(
            checked.to_bytes(),
            purpose=CONSENT,
            principal=browser.hash,
            request=b"",
            expires_at=self._now() + self.PAGE,
            random=secrets.token_bytes(32),
        )
        return consent(
            client_name=client.name,
            client_host=checked.host,
            loopback=checked.is_loopback,
            may_remember=may_remember,
            redirect_uri=checked.redirect_uri,
            scopes=checked.scope.split(),
            besides=self._upstream.asks_besides(checked.scope.split()),
            upstream=self._name,
            action=self._site.url("/consent"),
            csrf=sealed,
        )

    async def consent(self, request: Request) -> Response:
        """Handle the form of the consent page: redirect to the upstream, or back to the client."""
        browser = Browser(request, self._site)
        try:
            check_form_origin(request.headers.getlist("origin"), self._site.url("/consent"))
            form = await self._endpoints.body(request, 16 * 1024)
            sealed = form_field(form, "csrf") or ""
            approved, remember = (form_field(form, "decision") == "approve"), (form_field(form, "remember") == "yes")
            await self._keys.ready()
            now = self._now()

            def opened() -> bytes:
                return browser.open(self._keys, sealed, CONSENT, self.PAGE, now)

            checked = _CheckedRequest.of_bytes(await self._keys.read(opened, is_sealed_otherwise))
        except (DoorwardError, StoreError) as error:
            return self._endpoints.page(request, "consent", self._counted("consent", request, error))
        try:
            self._endpoints.count_answer(sealed)
            # What the operator has changed since the page was made counts.
            client = await self._registry.find(checked.client_id)
            match_redirect_uri(checked.redirect_uri, client.redirect_uris, loopback_any_port=True)
        except (DoorwardError, StoreError) as error:
            return self._endpoints.page(request, "consent", error, client=checked.client_id)
        try:
            if not approved:
                raise error_of("access_denied")
            self._site.grantable(client.metadata.grant_types, checked.scope, None)
            answer = onward(await self._go(checked, browser), self._name)
        except (DoorwardError, StoreError) as error:
            Decisions.of(request.scope).refused = _error_for_client(error).name
            self._endpoints.log("consent", error, client=checked.client_id)
            return onward(self._error_url(checked.redirect, error), checked.host)
        bound = self._remembered(checked) if remember else None
        if bound is not None:
            browser.remember(answer, self._keys, bound, now)
        kept = "once" if bound is None else "remembered"
        self._endpoints.log("consent", client=checked.client_id, redirects_to=checked.host, consent=kept)
        return answer

    def _counted(self, endpoint: str, request: Request, error: Exception) -> Exception:
        """Count a request that failed, and return what it is answered with."""
        try:
            self._endpoints.count(endpoint, request)
        except DoorwardError as limited:
            return limited
        return error

    async def _go(self, checked: _CheckedRequest, browser: Browser) -> str:
        """Note that the user was sent upstream, and return the URL. What is its `state` has been nowhere before."""
        state = mint_opaque_token(secrets.token_bytes(32))
        verifier = CodeVerifier.from_random(secrets.token_bytes(32)) if self._upstream.pkce else None
        now = self._now()
        value = json.dumps([checked.to_bytes().decode(), verifier and verifier.reveal(), browser.hash, now]).encode()
        if not await self._store.put_if_absent(KIND, hash_opaque_token(state), value, now + self.UPSTREAM):
            raise StoreError("a new state is another's")  # 256 bits that are the same
        resource = self._site.resource if self._forward_resource else None
        return self._upstream.authorization_url(state, verifier, checked.scope.split(), resource)

    async def callback(self, request: Request) -> Response:
        """Handle the upstream's authorization response, and redirect to the client with a code."""
        query: bytes = request.scope["query_string"]
        # It has the upstream's code, which is nothing for the web server's access log.
        request.scope["query_string"] = b""
        if request.method != "GET":
            return Response(None, 405, {"allow": "GET"})
        browser = Browser(request, self._site)
        try:
            self._endpoints.count("callback", request)
            await self._keys.ready()
            checked, verifier, state = await self._begun(query, browser)
        except (DoorwardError, StoreError) as error:
            return self._endpoints.page(request, "callback", error)
        family = secrets.token_bytes(16)
        parts = {"client": checked.client_id, "grant": name_of(family)}
        token: UpstreamToken | None = None
        try:
            code = self._read(query, state)
            checked = self._narrowed(query, checked)
            token, granted = await self._upstream.exchange(code, verifier)
            text = await self._grant(family, checked, token, granted)
        except (DoorwardError, StoreError, UpstreamError) as error:
            if token is not None:
                await self._upstream.revoke(token)
            return self._back(request, checked.redirect, "callback", error, **parts)
        self._endpoints.log("callback", **parts)
        return _found(checked.redirect.code(self._site.issuer, text))

    async def _begun(self, query: bytes, browser: Browser) -> tuple[_CheckedRequest, CodeVerifier | None, str]:
        """Return what a callback belongs to, which it ends; raises `state_mismatch` for one in another browser, or a
        second one."""
        state = authorization_response_state(query)
        name = hash_opaque_token(state)
        entry = await self._store.get(KIND, name)
        if entry is None:
            raise error_of("state_mismatch")
        kept, verifier, whose, since = json.loads(entry.value)
        # Looked at first: nobody ends the sign-in of another browser.
        if not browser.is_one_of(whose) or await self._store.take(KIND, name) is None:
            raise error_of("state_mismatch")
        if since > self._now() + MAX_CLOCK_SKEW:
            raise error_of("state_mismatch")  # the clock was ahead: nobody knows for how long it has been stored
        return _CheckedRequest.of_bytes(kept.encode()), CodeVerifier(verifier) if verifier else None, state

    def _read(self, query: bytes, state: str) -> str:
        """Return the upstream's code; raises what is wrong with the response, or what it says."""
        try:
            # Where nobody has said which issuer that is, there is one upstream alone, with a callback of its own.
            answer = AuthorizationResponse.parse(query, issuer=self._issuer, iss_supported=self._sends_iss, state=state)
        except DoorwardError as error:
            raise UpstreamError("other", error.name) from None
        if answer.code is not None:
            return answer.code
        code = answer.error or ""
        failure = authorization_failure(code)
        if failure == "denied":
            raise error_of("access_denied")
        raise UpstreamError(failure, log_text(code))

    def _narrowed(self, query: bytes, checked: _CheckedRequest) -> _CheckedRequest:
        """Return what was asked without what the user has not granted, where the callback says that. One that does not
        say it grants nothing. Raises `access_denied`."""
        if self._granted_in_callback is None:
            return checked
        granted = set(self._granted_in_callback(authorization_response_scope(query) or ""))
        scopes = [scope for scope in checked.scope.split() if scope in granted]
        # Before the code is redeemed: what would be left is no use.
        self._check_scopes(scopes)
        return replace(checked, scope=" ".join(scopes))

    def _check_scopes(self, scopes: Sequence[str]) -> None:
        """Refuse a grant whose tokens every request would be refused with (RFC 6750 section 3.1)."""
        if self._verifier.policy.missing_scopes(scopes, self._site.required_scopes):
            raise error_of("access_denied")

    async def _grant(self, family: bytes, checked: _CheckedRequest, token: UpstreamToken, granted: str | None) -> str:
        """Store what is granted, and return the code."""
        try:
            identity = await asyncio.wait_for(self._identify(token.access_token), self.VERIFIER)
        except Exception as error:  # whatever a verifier raises
            raise UpstreamError("unavailable", f"its token cannot be verified: {type(error).__name__}") from None
        if identity is None:
            # Nobody has denied anything: it is the upstream's token, of a second ago.
            kind: Literal["unavailable", "other"] = "unavailable" if self._is_sure is False else "other"
            raise UpstreamError(kind, "its token is refused by the verifier")
        if len(identity.subject.encode()) > self.SUBJECT:
            raise UpstreamError("other", "whom its token is about has too long a name")
        now = self._now()
        scopes = self._site.granted(checked.scope.split(), granted)
        self._check_scopes(scopes)
        record = CodeRecord.issue(
            client_id=checked.client_id,
            redirect_uri=checked.redirect_uri,
            code_challenge=checked.challenge,
            family=family,
            now=now,
            resource=self._site.resource,
        )
        ends_at = now + self._site.family_lifetime
        if token.refresh_token is None and token.expires_at is not None:
            ends_at = min(ends_at, token.expires_at)
        # As long as its tokens are valid, so that a replay is recognized.
        text = self._codes.make(family, checked.client_id, ends_at + self._site.access_lifetime)
        grant = Grant(
            client_id=checked.client_id,
            subject=identity.of(name_of(family)),
            scope=" ".join(scopes),
            code_hash=hash_opaque_token(text),
            code=record.to_bytes(),
            upstream=token,
            ends_at=ends_at,
            kept_until=now + self.UNUSED,
            claims=identity.claims,
            verified_at=now,
        )
        await self._grants.put(family, grant)
        return text

    def _error_url(self, redirect: AuthorizationRedirect, error: Exception) -> str:
        return redirect.error(self._site.issuer, _error_for_client(error).number)

    def _back(
        self, request: Request, redirect: AuthorizationRedirect, event: str, error: Exception, **parts: Any
    ) -> Response:
        """Log an error and redirect to the client with it."""
        Decisions.of(request.scope).refused = _error_for_client(error).name
        self._endpoints.log(event, str(error) if isinstance(error, UpstreamError) else error, **parts)
        return _found(self._error_url(redirect, error))


def _error_for_client(error: Exception) -> DoorwardError:
    """Return the error of core that is sent to the client."""
    if isinstance(error, UpstreamError):
        return error_of("upstream_unavailable" if error.kind == "unavailable" else "token_response_malformed")
    return error_for(error)


def _found(url: str) -> Response:
    headers = {"location": url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(None, 302, headers)
