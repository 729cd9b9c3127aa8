"""A weather server that callers come to with keys of its own; README.md says how to run it."""

import hmac
import json
import os
from pathlib import Path

import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes

from doorward.api_keys import ApiKeys
from doorward.fastmcp import ApiKeyAuth
from doorward.limits import Limit, RateLimits
from doorward.peppers import read_peppers
from doorward.store import open_store

PORT = int(os.environ.get("PORT", "8000"))


class Service:
    """Stands in for the weather service on the internet, which knows this server by one key of its own."""

    KEY = "upstream-5f2d"

    def get(self, key: str, city: str) -> dict[str, list[str] | list[int]]:
        """Return what is known of a city."""
        if not hmac.compare_digest(key, self.KEY):
            raise PermissionError(f"401 for ?appid={key}")
        known: dict[str, dict[str, list[str] | list[int]]] = json.loads(
            Path(__file__).with_name("weather.json").read_text()
        )
        return known[city.lower()]


def ask(city: str) -> dict[str, list[str] | list[int]]:
    """Ask the service with the server's key, which no caller ever sees, in an error either."""
    try:
        return Service().get(os.environ.get("WEATHER_KEY", Service.KEY), city)
    except KeyError:
        raise ToolError("no such city") from None
    except Exception:
        raise ToolError("the weather service does not answer") from None


keys = ApiKeys(
    open_store(os.environ.get("DOORWARD_STORE", "sqlite:keys.db")),
    read_peppers(os.environ.get("DOORWARD_PEPPERS", "peppers")),
    prefix="weather",
)
auth = ApiKeyAuth(keys, resource=f"http://127.0.0.1:{PORT}/mcp", scopes=["read"], header="X-API-Key")
mcp = FastMCP("weather", auth=auth)


@mcp.tool
def forecast(city: str) -> list[str]:
    """Say what the weather will be in the next three days."""
    return [str(day) for day in ask(city)["forecast"]]


@mcp.tool(auth=require_scopes("history"))
def history(city: str) -> list[int]:
    """Say how warm it was in the last five days."""
    return [int(day) for day in ask(city)["history"]]


app = RateLimits(mcp.http_app(), [Limit("address", 120, 60, burst=60), Limit("tool", 5, 60, tool="history")])

if __name__ == "__main__":
    uvicorn.run(app, port=PORT, proxy_headers=False, log_level="warning")
