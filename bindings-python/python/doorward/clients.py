"""Whom a request comes from, as limits count it."""

import logging
from typing import Literal

from starlette.types import Scope

from doorward import arguments
from doorward._core import client_address, client_key

__all__ = ["Clients", "ForwardedBy"]

logger = logging.getLogger("doorward")

ForwardedBy = Literal["x-forwarded-for", "forwarded"]


class Clients:
    """Says whose address a request comes from, through so many proxies of one's own."""

    def __init__(self, trusted_hops: int, forwarded_by: ForwardedBy) -> None:
        """Create it from the number of proxies, each of which adds to the header."""
        arguments.check({"trusted_hops": trusted_hops, "forwarded_by": forwarded_by}, arguments.FORWARDED)
        self._trusted_hops, self._forwarded_by, self._warned = trusted_hops, forwarded_by, False

    def key(self, scope: Scope) -> str | None:
        """Return the address, or the network of one customer in IPv6; `None` if it is not known."""
        peer = (scope.get("client") or (None,))[0]
        values = [value for name, value in scope["headers"] if name.lower() == self._forwarded_by.encode()]
        if values and not self._trusted_hops and not self._warned:
            self._warned = True
            told = "%s is sent, and trusted_hops is 0: behind a proxy all clients count as one"
            logger.warning(told, self._forwarded_by)
        address = client_address(peer, values, trusted_hops=self._trusted_hops, by=self._forwarded_by)
        return address and client_key(address)
