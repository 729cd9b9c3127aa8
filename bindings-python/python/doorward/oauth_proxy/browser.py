"""What a browser keeps for the proxy: who it is, and which clients its user need not be asked about again."""

import hashlib
import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

from doorward._core import DoorwardError, hash_opaque, mint_opaque
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

    def __init__(self, request: Request, site: Site) -> None:
        """Create it from a request."""
        self._request, self._site = request, site
        self._prefix = "__Host-doorward" if site.is_https else "doorward"
        found = request.cookies.get(f"{self._prefix}-browser", "")
        self._is_known = _OPAQUE.fullmatch(found) is not None
        self._id = found if self._is_known else mint_opaque(secrets.token_bytes(32))

    @property
    def hash(self) -> str:
        """Return what is stored of it."""
        return hash_opaque(self._id)

    def introduce(self, response: Response) -> Response:
        """Let it know who it is."""
        if not self._is_known:
            self._set(response, "browser", self._id, None)
        return response

    def is_own_navigation(self) -> bool:
        """Return whether the user came here by a program or by typing, and not from another site."""
        return self._request.headers.get("sec-fetch-site") in ("none", "same-origin")

    def remembers(self, keys: ProxyKeys, client_id: str, redirect_uri: str, scopes: str, now: int) -> bool:
        """Return whether its user has said not to be asked about this client, at this redirect URI, for these
        scopes."""
        name, request = _of(client_id, redirect_uri, scopes)
        sealed = self._request.cookies.get(f"{self._prefix}-{name}")
        if sealed is None or not self._is_known:
            return False
        try:
            keys.sealing.open(sealed, purpose=REMEMBERED, principal=self.hash, request=request, now=now)
        except DoorwardError:
            return False
        return True

    def remember(
        self, response: Response, keys: ProxyKeys, client_id: str, redirect_uri: str, scopes: str, now: int
    ) -> None:
        """Note that its user need not be asked again."""
        name, request = _of(client_id, redirect_uri, scopes)
        random = secrets.token_bytes(32)
        until = now + self.KEEPS
        sealed = keys.sealing.seal(
            b"", purpose=REMEMBERED, principal=self.hash, request=request, expires_at=until, random=random
        )
        self._set(response, name, sealed, self.KEEPS)
        # It is bound to who the browser is, which is to last as long.
        self._set(response, "browser", self._id, self.KEEPS)

    def _set(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        response.set_cookie(
            f"{self._prefix}-{name}", value, max_age, secure=self._site.is_https, httponly=True, samesite="lax"
        )


def _of(client_id: str, redirect_uri: str, scopes: str) -> tuple[str, bytes]:
    bound = "\0".join((client_id, redirect_uri, scopes)).encode()
    return hashlib.sha256(bound).hexdigest()[:16], bound
