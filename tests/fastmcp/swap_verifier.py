"""A plugin of pytest: FastMCP's own tests run with our `JWTVerifier` in the place of FastMCP's.

What a deployment may relax is relaxed, so that what still fails is what cannot be. `expected.txt` lists it.
"""

import sys
from typing import Any

import fastmcp.server.auth.providers.jwt as theirs
import httpx2

import doorward.jwks
from doorward.fastmcp import JWTVerifier
from expected import expect


class Relaxed(JWTVerifier):
    """FastMCP's tests give their tokens no `typ`, and its providers name issuer and audience late, if at all: that none
    is named is told at the first token here."""

    def __init__(self, *, issuer: Any = None, audience: Any = None, **options: Any) -> None:
        """Create it like FastMCP's."""
        super().__init__(
            issuer=issuer or "late",
            audience=audience or "late",
            relax=["typ_unchecked"],
            **options,
        )
        self.issuer, self.audience = issuer, audience

    def _check_class(self) -> None:
        # Classes of FastMCP's providers override what is not called; their tests say what comes of that.
        pass


ORIGINAL = theirs.JWTVerifier
# Their tests answer the requests of httpx2.
doorward.jwks.httpx = httpx2
theirs.JWTVerifier = Relaxed
for name, module in list(sys.modules.items()):
    if name.startswith("fastmcp.") and getattr(module, "JWTVerifier", None) is ORIGINAL:
        module.JWTVerifier = Relaxed


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Expect the listed tests to fail, and fail if they do not."""
    expect(items, "expected.txt")
