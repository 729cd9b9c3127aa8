"""The address that a request comes from, as limits count it."""

import logging
from typing import Literal

from starlette.types import Scope

from doorward import arguments
from doorward._core import client_address, client_key

__all__ = ["ClientAddress", "ForwardedBy"]

logger = logging.getLogger("doorward")

ForwardedBy = Literal["x-forwarded-for", "forwarded"]

_UNREAD = "%s is sent, and trusted_hops is 0: it is not read, and clients have the address that the server says"
_REWRITTEN = (
    "%s is sent, trusted_hops is 0, and the client's address is one that it names: the server seems to have taken it"
    " from there, where anybody may write what they like; switch that off (uvicorn: proxy_headers=False), and say"
    " trusted_hops"
)


class ClientAddress:
    """The address of the client of a request, through so many proxies of one's own."""

    def __init__(self, trusted_hops: int, forwarded_by: ForwardedBy) -> None:
        """Create it from the number of proxies, each of which adds to the header."""
        arguments.check({"trusted_hops": trusted_hops, "forwarded_by": forwarded_by}, arguments.FORWARDED)
        self._trusted_hops, self._forwarded_by = trusted_hops, forwarded_by
        self._unlogged = {_UNREAD, _REWRITTEN}

    def key(self, scope: Scope) -> str | None:
        """Return the address, or the network of one customer in IPv6; `None` if it is not known."""
        peer = (scope.get("client") or (None,))[0]
        values = [value for name, value in scope["headers"] if name.lower() == self._forwarded_by.encode()]
        if values and not self._trusted_hops and self._unlogged:
            self._warn(peer, values)
        address = client_address(peer, values, trusted_hops=self._trusted_hops, by=self._forwarded_by)
        return address and client_key(address)

    def _warn(self, peer: str | None, values: list[bytes]) -> None:
        named = {part.strip() for value in values for part in value.decode("latin-1").split(",")}
        warning = _REWRITTEN if peer in named else _UNREAD
        if warning in self._unlogged:
            self._unlogged.discard(warning)
            logger.warning(warning, self._forwarded_by)
