"""A plugin of pytest: FastMCP's own tests of its `OAuthProxy` run with ours in its place.

What is a matter of setting up is set up: consent is asked for, keys are as long as they must be, and what is stored is
in memory. FastMCP's methods are requests to our endpoints (`calls.py`). What still fails is listed in
`expected_proxy.txt`.
"""

import sys
from types import SimpleNamespace
from typing import Any

import fastmcp.server.auth.oauth_proxy as package
import fastmcp.server.auth.oauth_proxy.proxy as theirs
import httpx

import doorward.oauth_proxy.proxy as ours
from calls import Calls, Documents, Upstream
from doorward.fastmcp import OAuthProxy
from expected import expect


class Moved(OAuthProxy):
    """Ours, as somebody sets it up who moves over."""

    def __init__(self, **options: Any) -> None:
        """Create it from FastMCP's arguments."""
        key = options.pop("jwt_signing_key", None)
        if key is not None:
            options["jwt_signing_key"] = (key if isinstance(key, bytes) else key.encode()).ljust(32, b"-")
        if options.get("require_authorization_consent") != "remember":
            options.pop("require_authorization_consent", None)
        storage = options.get("client_storage")
        options["client_storage"] = storage or "memory:"
        self.upstream = Upstream(self)
        super().__init__(**options, http_client=httpx.AsyncClient(transport=self.upstream))
        # Documents of clients come from where FastMCP's tests have them.
        documents = Documents()
        self._cimd_manager = SimpleNamespace(_fetcher=documents)
        self._registry._http = httpx.AsyncClient(transport=documents)
        self.prepare(storage or self)

    def __init_subclass__(cls, **options: Any) -> None:
        """Let a class of a test's be made that extends it by what is never called: its tests are the ones that fail."""


# Ours refuses to be extended by methods that it never calls, as a class and once more as one of it is made.
ours.refuse_overrides = lambda *_: None
for name, method in vars(Calls).items():
    if not name.startswith("__"):
        setattr(Moved, name, method)

ORIGINAL = theirs.OAuthProxy
theirs.OAuthProxy = package.OAuthProxy = Moved
for name, module in list(sys.modules.items()):
    if name.startswith("fastmcp.") and getattr(module, "OAuthProxy", None) is ORIGINAL:
        module.OAuthProxy = Moved


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Expect the listed tests to fail, and fail if they do not."""
    expect(items, "expected_proxy.txt")
