"""What each endpoint of a proxy does beside its work: limits, the log, answers to what is refused."""

import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from doorward._core import (
    DoorwardError,
    RateLimit,
    check_client_document_url,
    check_content_type,
    page_error_response,
    token_error_response,
)
from doorward.arguments import named
from doorward.client_addresses import ClientAddress, ForwardedBy
from doorward.decisions import Decisions
from doorward.errors import error_of, retry_after
from doorward.limiter import Limiter
from doorward.log_value import cleaned, quoted
from doorward.oauth_proxy.pages import problem
from doorward.store import StoreError

__all__ = ["LIMITS", "Endpoints", "error_for", "log_text"]

logger = logging.getLogger("doorward")


class Quota(NamedTuple):
    """How many requests are allowed in so many milliseconds, and how many of them at once."""

    requests: int
    milliseconds: int
    burst: int


Limits = Mapping[str, tuple[int, int, int]]

LIMITS: Limits = {
    # Registrations of an address.
    "register": Quota(10, 60_000, 30),
    # Clients that are new, from an address.
    "new": Quota(50, 3_600_000, 30),
    # Clients that are new, from all addresses together.
    "clients": Quota(1200, 3_600_000, 1200),
    # Authorization requests of an address.
    "authorize": Quota(120, 60_000, 240),
    # Authorization requests of all users of a client: as many addresses as `authorize` goes into it use it up.
    "authorize_client": Quota(6000, 60_000, 12_000),
    # Forms of an address that are no consent.
    "consent": Quota(120, 60_000, 240),
    # Callbacks of an address.
    "callback": Quota(120, 60_000, 240),
    # Answers to one page of consent, as by who clicks twice.
    "answers": Quota(3, 600_000, 3),
    # Token and revocation requests of an address.
    "token": Quota(300, 60_000, 600),
    # Requests of a client that has authenticated.
    "client": Quota(3000, 60_000, 6000),
    # Refreshes of a grant.
    "grant": Quota(30, 60_000, 60),
}
"""The limits of the endpoints, which the argument `limits` of a proxy may replace by name."""

_TITLES = {429: "Too many attempts", 500: "Something is wrong here", 503: "Not available now"}
_TEXT = "The request of the application is not one that can be answered."
_TEXTS_OF = {
    500: "That is a fault of this server, and not of the application. Tell whoever runs it.",
    503: "Something that this needs does not answer. Try again in a minute.",
}
_TEXTS = {
    "client_unknown": "The application is not known here, or no more. Start again from the application: it registers"
    " itself anew.",
    "redirect_uri_mismatch": "The application wants to be answered at an address that it is not registered with.",
    "state_mismatch": "This sign-in has ended, was begun in another browser, or was used already. Start again from the"
    " application.",
    "state_invalid": "This page does not belong to this browser, or is out of date. Start again from the application.",
    "state_expired": "This page is out of date. Start again from the application.",
    "origin_refused": "This was sent by another page, and not by the one of this server. Start again from the"
    " application.",
    "rate_limited": "Wait a minute, and start again from the application.",
}


_OWN_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_CODE = re.compile(r"[a-z][a-z_.: -]{0,63}", re.ASCII)


def log_text(error: str) -> str:
    """Return an error that others name, as the log may have it: a text of lower-case words, or else a hash of it, since
    it may be anything that they were sent."""
    return error if not error or _CODE.fullmatch(error) else _hashed(error)


def error_for(error: Exception) -> DoorwardError:
    """Return the error of core that answers a request that failed for this."""
    return error if isinstance(error, DoorwardError) else error_of("storage_unavailable")


class Endpoints:
    """What the endpoints share: requests are counted, decisions logged, refusals answered."""

    BODY = 64 * 1024
    """Bytes of a body that are read."""

    def __init__(self, limits: Limits | None, trusted_hops: int, forwarded_by: ForwardedBy) -> None:
        """Create them from limits in the place of `LIMITS`, and the proxies that are one's own."""
        if unknown := set(limits or {}) - set(LIMITS):
            raise ValueError(f"limits: {', '.join(sorted(unknown))}: there are {', '.join(LIMITS)}")
        self._client_address = ClientAddress(trusted_hops, forwarded_by)
        self._limiters = {
            name: Limiter(named(f"limits: {name}", RateLimit, *limit))
            for name, limit in {**LIMITS, **(limits or {})}.items()
        }

    def count(self, endpoint: str, request: Request) -> None:
        """Count a request by its address; raises `rate_limited`."""
        self._limiters[endpoint].take(self._client_address.key(request.scope) or "").check()

    def count_authorization(self, client_id: str) -> None:
        """Count a request that a browser brings from a client, once it is one that there is; raises `rate_limited`."""
        self._limiters["authorize_client"].take(client_id).check()

    def count_client(self, client_id: str) -> None:
        """Count a request by its client, once it is known that it is that client's; raises `rate_limited`."""
        self._limiters["client"].take(client_id).check()

    def count_grant(self, grant: str) -> None:
        """Count a refresh by its grant, once a token of it was shown, from whatever address; raises `rate_limited`."""
        self._limiters["grant"].take(grant).check()

    def count_answer(self, page: str) -> None:
        """Count an answer to a page of consent, each of which is stored; raises `rate_limited`."""
        self._limiters["answers"].take(page).check()

    def count_new_client(self, request: Request) -> None:
        """Count a client that is about to be stored; raises `rate_limited`."""
        # First by its address, so that what is refused there takes nothing from others.
        self.count("new", request)
        self._limiters["clients"].take("").check()

    async def body(self, request: Request, limit: int = BODY) -> bytes:
        """Return the body of a request; raises `parameter_malformed` if it is too long or does not come whole."""
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    break
        except ClientDisconnect:
            raise error_of("parameter_malformed") from None
        if len(body) > limit:
            raise error_of("parameter_malformed")
        return bytes(body)

    async def sent(self, request: Request, endpoint: Literal["token", "registration", "revocation"]) -> bytes:
        """Return the body of a request to an endpoint; raises what it has for another media type too."""
        check_content_type(endpoint, ", ".join(request.headers.getlist("content-type")))
        return await self.body(request)

    def log(self, event: str, error: Exception | str | None = None, **parts: Any) -> str:
        """Log a decision in a line, and return its reference. Nothing that is secret is a part."""
        reference = secrets.token_hex(4)
        named = {name: _client(value) if name == "client" else value for name, value in parts.items() if value}
        outcome = "refused" if error else "done"
        known = {"event": event, "outcome": outcome, "reference": reference, **named}
        if error:
            known["error"] = error.name if isinstance(error, DoorwardError) else str(error)
        line = " ".join(f"{name}={quoted(cleaned(value))}" for name, value in known.items())
        level = logging.ERROR if isinstance(error, StoreError) else logging.WARNING if error else logging.INFO
        logger.log(level, "oauth: %s", line, extra={"doorward": known})
        return reference

    def page(
        self, request: Request, event: str, error: Exception, back: tuple[str, str] | None = None, **parts: Any
    ) -> Response:
        """Return the page that says to a person what was refused, with the way back if there is one: its URL, and what
        is there."""
        known = error_for(error)
        Decisions.of(request.scope).refused = known.name
        reference = self.log(event, error, **parts)
        status, headers = page_error_response(known.number, retry_after=retry_after(known))
        title, text = _TITLES.get(status, "That did not work"), _TEXTS.get(known.name, _TEXTS_OF.get(status, _TEXT))
        answer = problem(status, title, text, reference, back)
        answer.headers.update(headers)
        return answer

    def refuse(self, request: Request, event: str, error: Exception, **parts: Any) -> Response:
        """Return the response to a client's request that failed (RFC 6749 section 5.2)."""
        known = error_for(error)
        Decisions.of(request.scope).refused = known.name
        self.log(event, error, **parts)
        status, headers, body = token_error_response(known.number, retry_after=retry_after(known))
        return Response(body, status, headers, "application/json")


def _client(id: str) -> str:
    """Return what is said to be the identifier of a client, as the log may have it: whoever sends a request may have
    put a token there."""
    if _OWN_ID.fullmatch(id):
        return id
    try:
        check_client_document_url(id)
    except DoorwardError:
        return _hashed(id)
    return id


def _hashed(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:12]}"
