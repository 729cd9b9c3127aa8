"""What a browser keeps for the proxy: who it is, and which clients its user need not be asked about again."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from doorward._core import DoorwardError, hash_opaque_token, is_own_navigation, mint_opaque_token
from doorward.oauth_proxy.keys import ProxyKeys
from doorward.oauth_proxy.site import Site

__all__ = ["Browser"]

_OPAQUE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
REMEMBERED = "remembered"


class Browser:
    """The browser that sends a request, known by a cookie that only this host can set (`__Host-`), and that no script
    reads. Over http, which is for loopback alone, browsers take no such cookie, and it has another name."""

    KEEPS = 90 * 86_400
    """Seconds for which a consent is remembered."""

    SIGN_IN = 1200
    """Seconds that a sign-in may take, from the first page on."""

    TABS = 8
    """The maximum number of tabs whose identifiers are read."""

    def __init__(self, request: Request, site: Site) -> None:
        """Create the browser that sent a request, from its cookies."""
        self._request, self._site = request, site
        self._prefix = "__Host-doorward" if site.is_https else "doorward"
        # Of tabs that are opened at once, before there is any cookie, each is sent another identifier, and the last one
        # replaces the others: hence each is in a cookie of its own as well.
        own, tab = f"{self._prefix}-browser", f"{self._prefix}-tab-"
        tabs = [value for name, value in request.cookies.items() if name.startswith(tab)]
        found = [request.cookies.get(own, ""), *tabs[-self.TABS :]]
        self._ids = list(dict.fromkeys(id for id in found if _OPAQUE.fullmatch(id)))
        self._is_known = bool(self._ids)
        if not self._is_known:
            self._ids = [mint_opaque_token(secrets.token_bytes(32))]

    @property
    def hash(self) -> str:
        """Return the hash of the browser's identifier, which is what is stored."""
        return hash_opaque_token(self._ids[0])

    def is_one_of(self, hash: str) -> bool:
        """Return whether this is the hash of one of the browser's identifiers."""
        return any([hmac.compare_digest(hash, hash_opaque_token(id)) for id in self._ids])

    def open(self, keys: ProxyKeys, sealed: str, purpose: str, max_lifetime: int, now: int) -> bytes:
        """Return what was sealed for this browser; raises `state_invalid` or `state_expired`."""

        def opened(id: str) -> bytes:
            return keys.sealing.open(
                sealed,
                purpose=purpose,
                principal=hash_opaque_token(id),
                request=b"",
                max_lifetime=max_lifetime,
                now=now,
            )

        for id in self._ids[1:]:
            with suppress(DoorwardError):
                return opened(id)
        return opened(self._ids[0])

    def introduce(self, response: Response) -> Response:
        """Set the identifier's cookies in a response, if the browser has none yet."""
        if not self._is_known:
            self._set(response, "browser", self._ids[0], None)
            self._set(response, f"tab-{secrets.token_hex(4)}", self._ids[0], self.SIGN_IN)
        return response

    def is_own_navigation(self) -> bool:
        """Return whether the user came here by a program or by typing, and not from another site."""
        return is_own_navigation(self._request.headers.getlist("sec-fetch-site"))

    def remembers(self, keys: ProxyKeys, what: Sequence[str], now: int) -> bool:
        """Return whether the user has agreed to this before, and chose not to be asked again."""
        name, request = _of(what)
        sealed = self._request.cookies.get(f"{self._prefix}-{name}")
        if sealed is None or not self._is_known:
            return False
        try:
            keys.sealing.open(
                sealed, purpose=REMEMBERED, principal=self.hash, request=request, max_lifetime=self.KEEPS, now=now
            )
        except DoorwardError:
            return False
        return True

    def remember(self, response: Response, keys: ProxyKeys, what: Sequence[str], now: int) -> None:
        """Set a cookie that has the user's agreement, so that they are not asked again."""
        name, request = _of(what)
        random = secrets.token_bytes(32)
        until = now + self.KEEPS
        sealed = keys.sealing.seal(
            b"", purpose=REMEMBERED, principal=self.hash, request=request, expires_at=until, random=random
        )
        self._set(response, name, sealed, self.KEEPS)
        # It is bound to who the browser is, which is to last as long.
        self._set(response, "browser", self._ids[0], self.KEEPS)

    def _set(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        response.set_cookie(
            f"{self._prefix}-{name}", value, max_age, secure=self._site.is_https, httponly=True, samesite="lax"
        )


def _of(what: Sequence[str]) -> tuple[str, bytes]:
    bound = json.dumps(what).encode()
    return hashlib.sha256(bound).hexdigest()[:16], bound
