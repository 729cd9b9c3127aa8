"""The ten lines: a FastMCP server that lets in callers with a token of one issuer."""

from fastmcp import FastMCP
from fastmcp.server.dependencies import get_access_token

from doorward.fastmcp import RemoteOAuth

auth = RemoteOAuth(issuer="https://id.example.com", resource="https://mcp.example.com/mcp", scopes=["notes:read"])
mcp = FastMCP("notes", auth=auth)


@mcp.tool
def whoami() -> str:
    """Say who is calling."""
    token = get_access_token()
    return token.subject or token.client_id if token else "nobody"


if __name__ == "__main__":
    mcp.run(transport="http", port=8000, uvicorn_config={"proxy_headers": False})
