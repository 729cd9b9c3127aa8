"""Workouts from a service that has its own OAuth, where clients cannot register; README.md says how to run it."""

import os
from typing import Any

import httpx
import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import AccessToken, TokenVerifier

from doorward.fastmcp import OAuthProxy, get_upstream_token
from doorward.limits import Limit, RateLimits

PORT = int(os.environ.get("PORT", "8000"))
SERVICE = os.environ["SERVICE"]


async def ask(path: str, token: str) -> Any:
    """Ask the service with the user's token; no answer if that is not a good one. Raises if the service is away."""
    async with httpx.AsyncClient(base_url=SERVICE, timeout=10) as http:
        answer = await http.get(path, headers={"authorization": f"Bearer {token}"})
    if answer.status_code == 401:
        return None
    return answer.raise_for_status().json()


class Athletes(TokenVerifier):
    """Says who has signed in at the service."""

    async def verify_token(self, token: str) -> AccessToken | None:
        """Ask the service whose token this is."""
        athlete = await ask("/v1/me", token)
        if athlete is None:
            return None
        return AccessToken(token=token, client_id="fitness", scopes=[], subject=athlete["id"], claims={})


auth = OAuthProxy(
    upstream_authorization_endpoint=f"{SERVICE}/oauth/authorize",
    upstream_token_endpoint=f"{SERVICE}/oauth/token",
    upstream_revocation_endpoint=f"{SERVICE}/oauth/revoke",
    upstream_client_id=os.environ["CLIENT_ID"],
    upstream_client_secret=os.environ["CLIENT_SECRET"],
    upstream_name="Fit",
    token_verifier=Athletes(),
    base_url=os.environ.get("BASE", f"http://127.0.0.1:{PORT}"),
    required_scopes=["read:workouts"],
    client_storage=os.environ.get("DOORWARD_STORE", "sqlite:fitness.db"),
    storage_keys=os.environ.get("DOORWARD_STORE_KEYS", "fitness.keys"),
)
mcp = FastMCP("fitness", auth=auth)


@mcp.tool(annotations={"readOnlyHint": True})
async def workouts(sport: str = "") -> list[dict[str, Any]]:
    """List your workouts, or those of one sport."""
    try:
        token = await get_upstream_token()
        found = await ask("/v1/workouts", token)
        if found is None:
            # Taken back at the service: there is another one, or the user signs in again.
            found = await ask("/v1/workouts", await get_upstream_token(refused=token))
    except httpx.HTTPError:
        found = None
    if found is None:
        raise ToolError("the service does not answer")
    return [each for each in found["workouts"] if sport in ("", each["sport"])]


app = RateLimits(mcp.http_app(), [Limit("address", 600, 60, burst=300)])

if __name__ == "__main__":
    # The callback's query has the upstream's code.
    uvicorn.run(app, port=PORT, proxy_headers=False, log_level="warning", access_log=False)
