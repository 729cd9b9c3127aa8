"""The API's own OAuth, of which the proxy is one client."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx

from doorward._core import (
    CLIENT_DOCUMENT_HEADERS,
    MAX_TOKEN_RESPONSE_LENGTH,
    CodeChallenge,
    CodeVerifier,
    DoorwardError,
    OutgoingAuthentication,
    TokenAnswer,
    grant_failure,
    is_own_upstream_parameter,
    is_public_name,
    is_revoked,
    is_upstream_endpoint,
    kept_refresh_token,
    token_lifetime,
)
from doorward.oauth_proxy.endpoints import log_text
from doorward.oauth_proxy.grant import UpstreamToken
from doorward.transport import Transport, read, trust

__all__ = ["Upstream", "UpstreamError"]

logger = logging.getLogger("doorward")

_NOWHERE = "https://doorward.invalid"
"""An origin that has no host within the network."""


class UpstreamError(Exception):
    """The upstream issued no token, or did not respond."""

    def __init__(self, kind: Literal["invalid_grant", "unavailable", "other"], why: str) -> None:
        """As of `grant_failure`. `invalid_grant`: the user has to sign in again; `unavailable`: it does not answer;
        `other`: its response cannot be read, or it does not know the proxy, which must not cost
        anybody a sign-in."""
        # Whoever reads it in a log must not take the kind for what the service wrote.
        super().__init__(f"{why} ({kind})")
        self.kind = kind


class Upstream:
    """Sends users to the upstream, and fetches tokens from there."""

    BODY = MAX_TOKEN_RESPONSE_LENGTH
    """Bytes of an answer that are read."""

    TIMEOUT = 10.0
    """Seconds after which a request to the upstream times out."""

    def __init__(
        self,
        *,
        authorization_endpoint: str,
        token_endpoint: str,
        revocation_endpoint: str | None,
        client_id: str,
        client_secret: str | None,
        auth_method: str | None,
        redirect_uri: str,
        pkce: bool,
        authorize_params: Mapping[str, str] | None,
        token_params: Mapping[str, str] | None,
        scopes: Sequence[str],
        scope_separator: str,
        granted: Callable[[str], Sequence[str]],
        lifetime: int | None,
        threshold: int,
        client: httpx.AsyncClient | None,
        clock: Callable[[], float],
    ) -> None:
        """Create the upstream. lifetime: seconds that a token counts for whose lifetime the upstream does not say.
        threshold: seconds before its end at which it is refreshed, at least. granted: reads the scopes of its answers.
        client: what sends the requests, if not an own one."""
        endpoints = {
            "authorization": authorization_endpoint,
            "token": token_endpoint,
            "revocation": revocation_endpoint,
        }
        for name, url in endpoints.items():
            if url is not None and not is_upstream_endpoint(url):
                raise ValueError(
                    f"upstream_{name}_endpoint: must be https, or http on loopback, without user information, a"
                    " fragment, or a parameter that is the proxy's to say"
                )
        try:
            self._authentication = OutgoingAuthentication(client_id, client_secret, method=auth_method)
        except DoorwardError as error:
            methods = ", ".join(OutgoingAuthentication.METHODS)
            said = f"must be one of {methods}, and have the secret that it sends, and no other"
            raise ValueError(f"token_endpoint_auth_method, upstream_client_secret: {error}; {said}") from None
        for argument, params in (("extra_authorize_params", authorize_params), ("extra_token_params", token_params)):
            if reserved := {name for name in params or () if is_own_upstream_parameter(name)}:
                instead = "; there is upstream_scopes, and forward_resource" if reserved & {"scope", "resource"} else ""
                raise ValueError(f"{argument}: {', '.join(sorted(reserved))} is the proxy's to say{instead}")
        self.host = urlsplit(authorization_endpoint).hostname or ""
        """The host at which users sign in."""
        self.revokes = revocation_endpoint is not None
        self._authorization, self._token, self._revocation = authorization_endpoint, token_endpoint, revocation_endpoint
        self._id, self._redirect_uri = client_id, redirect_uri
        self.pkce, self._scopes, self._separator = pkce, scopes, scope_separator
        self._authorize_params, self._token_params = dict(authorize_params or {}), dict(token_params or {})
        self._lifetime, self._threshold, self._granted = lifetime, threshold, granted
        self._client, self._clock = client, clock

    def asks_besides(self, scopes: Sequence[str]) -> list[str]:
        """Return what is requested at the upstream besides the client's scopes, for the consent page."""
        more = [scope for scope in dict.fromkeys(self._scopes) if scope not in scopes]
        return [*more, *(f"{name}={value}" for name, value in self._authorize_params.items())]

    def authorization_url(
        self, state: str, verifier: CodeVerifier | None, scopes: Sequence[str], resource: str | None
    ) -> str:
        """Return the URL of the authorization request, to which the browser is redirected."""
        scopes = list(dict.fromkeys([*scopes, *self._scopes]))
        parameters = {
            **({"scope": self._separator.join(scopes)} if scopes else {}),
            **self._authorize_params,
            "response_type": "code",
            "client_id": self._id,
            "redirect_uri": self._redirect_uri,
            "state": state,
        }
        if verifier is not None:
            parameters |= {"code_challenge": str(CodeChallenge.of(verifier)), "code_challenge_method": "S256"}
        if resource is not None:
            parameters["resource"] = resource
        parts = urlsplit(self._authorization)
        query = "&".join(filter(None, (parts.query, urlencode(parameters))))
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))

    async def exchange(self, code: str, verifier: CodeVerifier | None) -> tuple[UpstreamToken, str | None]:
        """Return the token issued for a code, and the scopes in the response; raises `UpstreamError`."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        if verifier is not None:
            form["code_verifier"] = verifier.reveal()
        answer = await self._ask(form)
        return self._received(answer, None), self._scopes_of(answer)

    async def refresh(self, token: str) -> tuple[UpstreamToken, str | None]:
        """Return the token issued for a refresh token, which the upstream may rotate, and the scopes in the response;
        raises `UpstreamError`."""
        answer = await self._ask({"grant_type": "refresh_token", "refresh_token": token})
        return self._received(answer, token), self._scopes_of(answer)

    async def revoke(self, token: UpstreamToken) -> None:
        """Revoke a token (RFC 7009); a failure is logged, not raised."""
        if self._revocation is None:
            return
        hint = "access_token" if token.refresh_token is None else "refresh_token"
        form = {"token": token.refresh_token or token.access_token, "token_type_hint": hint}
        try:
            status, _ = await self._post(self._revocation, form)
        except UpstreamError as error:
            logger.warning("oauth: the upstream's token was not revoked: %s", error)
        else:
            if not is_revoked(status):
                logger.warning("oauth: the upstream's token was not revoked: status %d", status)

    def _received(self, answer: TokenAnswer, before: str | None) -> UpstreamToken:
        assert answer.access_token is not None  # noqa: S101 (else it is an error)
        refresh_token = kept_refresh_token(answer.refresh_token, sent=before)
        renewable = refresh_token is not None
        kept = token_lifetime(answer.expires_in, otherwise=self._lifetime, renewable=renewable, early=self._threshold)
        now = int(self._clock())
        ends_at, renew_at = (None, None) if kept is None else (now + seconds for seconds in kept)
        return UpstreamToken(answer.access_token, refresh_token, ends_at, renew_at, now)

    def _scopes_of(self, answer: TokenAnswer) -> str | None:
        return None if answer.scope is None else " ".join(self._granted(answer.scope))

    async def _ask(self, form: dict[str, str]) -> TokenAnswer:
        status, body = await self._post(self._token, self._token_params | form)
        try:
            answer = TokenAnswer.parse(status, body)
        except DoorwardError as error:
            raise UpstreamError(grant_failure(status), f"status {status}, {error.name}") from None
        if answer.access_token is None:
            raise UpstreamError(grant_failure(status, answer.error), f"status {status}, {log_text(answer.error or '')}")
        return answer

    async def _post(self, url: str, form: dict[str, str]) -> tuple[int, bytes]:
        # What is asked for is JSON, as it is of a client's document.
        fields = dict(CLIENT_DOCUMENT_HEADERS) | {"content-type": "application/x-www-form-urlencoded"}
        if (header := self._authentication.reveal_header()) is not None:
            fields["authorization"] = header
        content = "&".join(filter(None, (urlencode(form), self._authentication.reveal_form())))
        timeout = {"connect": self.TIMEOUT}
        request = httpx.Request("POST", url, headers=fields, content=content.encode(), extensions={"timeout": timeout})
        try:
            status, body = await asyncio.wait_for(self._send(request), self.TIMEOUT)
        except Exception as error:  # whatever a transport raises; its text may have what was sent
            raise UpstreamError("unavailable", type(error).__name__) from None
        return status, body

    async def _send(self, request: httpx.Request) -> tuple[int, bytes]:
        def limit(_: int) -> int:
            return self.BODY + 1

        if self._client is not None:
            status, _, body = await read(self._client, request, limit)
            return status, body
        verify = await asyncio.to_thread(trust)
        # A public name that leads to one's own network does so by somebody else's word, and would be sent the secret.
        transport = (
            Transport(_NOWHERE)
            if is_public_name(request.url.host)
            else httpx.AsyncHTTPTransport(verify=verify, trust_env=False)
        )
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            status, _, body = await read(client, request, limit)
        return status, body
