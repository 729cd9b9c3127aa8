"""The scopes that components of a server need, and that its proxy may grant."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastmcp import FastMCP

from doorward._core import printable
from doorward.component_scopes import ComponentScopes

__all__ = ["GrantableScopes"]

logger = logging.getLogger("doorward")


class GrantableScopes(ComponentScopes):
    """The scopes that components need, as far as the proxy grants them: who asks for another one is refused
    (`invalid_scope`, RFC 6749 section 4.1.2.1), and would come back. Who lacks one is left to FastMCP."""

    def __init__(self, server: FastMCP[Any], grantable: Sequence[str], reported: set[str]) -> None:
        """Create them for a server, from the scopes that may be granted and those of which the log has said that they
        may not."""
        super().__init__(server)
        self._grantable, self._reported = frozenset(grantable), reported

    async def declared(self) -> set[str]:
        """Return every scope that a component needs and that may be granted."""
        return await super().declared() & self._grantable

    async def shortfall(self, message: Mapping[str, Any], token: Any) -> set[str]:
        """Return the scopes that a token lacks for what a message asks for, if all may be granted."""
        missing = await super().shortfall(message, token)
        never = missing - self._grantable
        if new := never - self._reported:
            self._reported |= new
            logger.warning("tool scopes not in valid_scopes: %s", ", ".join(map(printable, sorted(new))))
        return set() if never else missing
