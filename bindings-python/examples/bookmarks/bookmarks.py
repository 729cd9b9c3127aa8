"""Bookmarks of people who sign in at an OAuth issuer; README.md says how to run it."""

import os
import sqlite3

import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import require_scopes

from doorward.fastmcp import RemoteOAuth, get_principal
from doorward.limits import Limit, RateLimits

PORT = int(os.environ.get("PORT", "8000"))
MOST = 1000

auth = RemoteOAuth(
    issuer=os.environ["ISSUER"],
    resource=os.environ.get("RESOURCE", f"http://127.0.0.1:{PORT}/mcp"),
    scopes=["bookmarks:read"],
)
mcp = FastMCP("bookmarks", auth=auth)

database = sqlite3.connect(os.environ.get("BOOKMARKS", "bookmarks.db"), isolation_level=None)
database.execute(
    "CREATE TABLE IF NOT EXISTS bookmark"
    " (issuer TEXT, subject TEXT, url TEXT, title TEXT, PRIMARY KEY (issuer, subject, url))"
)


def owner() -> tuple[str, str]:
    """Say whose bookmarks these are: a subject is one person for its issuer alone."""
    principal = get_principal()
    if principal is None or principal.subject is None:
        raise ToolError("this token is nobody's")
    return principal.issuer, principal.subject


@mcp.tool(annotations={"readOnlyHint": True})
async def bookmarks(containing: str = "") -> list[dict[str, str]]:
    """List your bookmarks, or those whose title or address contains a text."""
    found = database.execute(
        "SELECT url, title FROM bookmark WHERE issuer = ? AND subject = ?"
        " AND instr(lower(title || ' ' || url), lower(?)) ORDER BY title, url",
        (*owner(), containing),
    )
    return [{"url": url, "title": title} for url, title in found]


@mcp.tool(auth=require_scopes("bookmarks:write"))
async def add(url: str, title: str) -> str:
    """Keep a bookmark, in the place of one with the same address."""
    if not url.startswith(("https://", "http://")) or max(len(url), len(title)) > 2000:
        raise ToolError("an address on the web, and no text over 2000 characters")
    [count] = database.execute("SELECT count(*) FROM bookmark WHERE issuer = ? AND subject = ?", owner()).fetchone()
    if count >= MOST:
        raise ToolError(f"{MOST} bookmarks are enough: remove some")
    database.execute("INSERT OR REPLACE INTO bookmark VALUES (?, ?, ?, ?)", (*owner(), url, title))
    return "kept"


@mcp.tool(auth=require_scopes("bookmarks:write"))
async def remove(url: str) -> str:
    """Remove a bookmark."""
    gone = database.execute("DELETE FROM bookmark WHERE issuer = ? AND subject = ? AND url = ?", (*owner(), url))
    return "removed" if gone.rowcount else "there was none"


app = RateLimits(mcp.http_app(), [Limit("address", 120, 60, burst=60)])

if __name__ == "__main__":
    uvicorn.run(app, port=PORT, proxy_headers=False, log_level="warning")
