"""Where satellites are: open to everybody, and bounded; README.md says how to run it."""

import math
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import uvicorn
from fastmcp import FastMCP
from fastmcp.exceptions import ToolError
from sgp4.api import SGP4_ERRORS, Satrec, jday
from sgp4.conveniences import sat_epoch_datetime
from sgp4.propagation import gstime

from doorward.caching import ReadOnlyCache
from doorward.cors import Cors
from doorward.limits import Limit, RateLimits
from doorward.scraping import Scraping

PORT = int(os.environ.get("PORT", "8000"))
SPAN = timedelta(days=14)
RADIUS, FLATTENING = 6378.137, 1 / 298.257223563  # of the Earth, in km (WGS 84)

lines = Path(__file__).with_name("elements.txt").read_text().splitlines()
SATELLITES = {
    name.strip(): Satrec.twoline2rv(one, two)
    for name, one, two in zip(lines[::3], lines[1::3], lines[2::3], strict=True)
}

mcp = FastMCP("tracker")
mcp.add_middleware(ReadOnlyCache(seconds=3600))


@mcp.tool(annotations={"readOnlyHint": True})
async def satellites() -> dict[str, str]:
    """List the satellites, each with the time of its orbital elements."""
    return {name: f"{sat_epoch_datetime(satellite):%Y-%m-%dT%H:%M:%SZ}" for name, satellite in SATELLITES.items()}


@mcp.tool(annotations={"readOnlyHint": True})
async def position(satellite: str, at: datetime) -> dict[str, float]:
    """Say over which place a satellite is, and how high, at a time within 14 days of its orbital elements."""
    known, at = SATELLITES.get(satellite), at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    if known is None:
        raise ToolError(f"no such satellite; there are {', '.join(SATELLITES)}")
    if abs(at - sat_epoch_datetime(known)) > SPAN:
        raise ToolError("too far from the time of the elements to say")
    at = at.astimezone(timezone.utc)
    day, part = jday(at.year, at.month, at.day, at.hour, at.minute, at.second + at.microsecond / 1e6)
    error, (x, y, z), _ = known.sgp4(day, part)
    if error:
        raise ToolError(SGP4_ERRORS[error])
    # From the frame of the elements (TEME) to the turning Earth, and from there to its ellipsoid.
    longitude = (math.degrees(math.atan2(y, x) - gstime(day + part)) + 540) % 360 - 180
    flat, squared = math.hypot(x, y), FLATTENING * (2 - FLATTENING)
    latitude, curve = math.atan2(z, flat), 0.0
    for _ in range(5):
        curve = RADIUS / math.sqrt(1 - squared * math.sin(latitude) ** 2)
        latitude = math.atan2(z + curve * squared * math.sin(latitude), flat)
    found = {"latitude": math.degrees(latitude), "longitude": longitude, "height_km": flat / math.cos(latitude) - curve}
    return {name: round(value, 3) for name, value in found.items()}


limits = [
    Limit("address", 60, 60, burst=30),
    Limit("user_agent", 1200, 60, burst=600),
    Limit("tool", 20, 60, burst=10, tool="position"),
]
app = Cors(RateLimits(Scraping(mcp.http_app(stateless_http=True)), limits), origins=["*"])

if __name__ == "__main__":
    uvicorn.run(app, port=PORT, proxy_headers=False, log_level="warning")
