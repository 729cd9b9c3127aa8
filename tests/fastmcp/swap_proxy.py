"""A plugin of pytest: FastMCP's own tests of its `OAuthProxy` run with ours in its place.

What is a matter of setting up is set up: consent is asked for, keys are as long as they must be, and what is stored is
in memory. What still fails is listed in `expected_proxy.txt`: nearly all of these tests call methods of FastMCP's
class, or look at what it keeps for itself; ours has the endpoints, and nothing behind them to be called.
"""

import sys
from typing import Any

import fastmcp.server.auth.oauth_proxy as package
import fastmcp.server.auth.oauth_proxy.proxy as theirs

from doorward.fastmcp import OAuthProxy
from expected import expect


class Moved(OAuthProxy):
    """Ours, as somebody sets it up who moves over."""

    def __init__(self, **options: Any) -> None:
        """Create it from FastMCP's arguments."""
        key = options.pop("jwt_signing_key", None)
        if key is not None:
            options["jwt_signing_key"] = (key if isinstance(key, bytes) else key.encode()).ljust(32, b"-")
        options.pop("require_authorization_consent", None)
        options["client_storage"] = options.get("client_storage") or "memory:"
        super().__init__(**options)


ORIGINAL = theirs.OAuthProxy
theirs.OAuthProxy = package.OAuthProxy = Moved
for name, module in list(sys.modules.items()):
    if name.startswith("fastmcp.") and getattr(module, "OAuthProxy", None) is ORIGINAL:
        module.OAuthProxy = Moved


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Expect the listed tests to fail, and fail if they do not."""
    expect(items, "expected_proxy.txt")
