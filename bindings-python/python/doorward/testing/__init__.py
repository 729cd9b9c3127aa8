"""An issuer in the process, to test a protected server without a network.

```python
from fastmcp import FastMCP

from doorward.fastmcp import RemoteOAuth
from doorward.testing import connect

pytest_plugins = "doorward.testing"  # or in conftest.py


async def test_notes(issuer):  # with pytest-asyncio, and asyncio_mode = "auto"
    auth = RemoteOAuth(issuer=issuer.url, resource="https://mcp.test/mcp", scopes="notes:read", client=issuer.client)
    server = FastMCP("notes", auth=auth)
    async with connect(server, issuer.token("https://mcp.test/mcp", "notes:read")) as client:
        await client.list_tools()
```

`Issuer(provider="entra", parameters={"tenant": "..."})` issues what that provider does. `doorward.testing.sign_in` has
an authorization server on a port of this machine, and FastMCP's client, which signs in there without a browser;
`doorward.testing.upstream` is a service with an OAuth of its own, for an `OAuthProxy` before it, at which a `Person` of
`doorward.testing.person` signs in. docs/testing.md shows each.
"""

try:
    import pytest

    from doorward.testing.issuer import Form, Issuer, connect
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.testing: pip install 'doorward[testing]'") from error

__all__ = ["Form", "Issuer", "connect"]


@pytest.fixture
def issuer() -> Issuer:
    """An issuer at https://issuer.test."""
    return Issuer()
