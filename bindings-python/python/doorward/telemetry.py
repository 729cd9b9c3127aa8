"""Counters for OpenTelemetry, by its API, which FastMCP and the MCP SDK bring; an SDK of yours sends them somewhere.

app = Telemetry(RateLimits(mcp.http_app(), limits))
"""

try:
    from opentelemetry.metrics import MeterProvider, get_meter
    from starlette.types import ASGIApp
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.telemetry: pip install 'doorward[telemetry]'") from error

from doorward.decisions import Decisions
from doorward.request_counter import RequestCounter

__all__ = ["Telemetry"]


class Telemetry(RequestCounter):
    """ASGI middleware in front of all else, which counts what became of requests.

    `doorward.requests` by `decision` (`accepted`, `refused`), `reason` (the name of the error, empty if there is none)
    and `status` (`2xx`); `doorward.limited` by `policy`, the name of the limit; `doorward.signals` by `signal`;
    `doorward.request.duration`, in seconds until an answer began. No attribute is of a caller: no token, key, subject,
    tool or address, so that there are only so many series, whoever asks.
    """

    def __init__(self, app: ASGIApp, *, meter_provider: MeterProvider | None = None) -> None:
        """Create the middleware for an app, and for a provider in the place of the one that is set for the process."""
        super().__init__(app)
        meter = get_meter("doorward", meter_provider=meter_provider)
        self._requests = meter.create_counter("doorward.requests", "{request}", "Requests, and what became of them.")
        self._limited = meter.create_counter("doorward.limited", "{request}", "Requests over a limit.")
        self._signals = meter.create_counter("doorward.signals", "{signal}", "What looked odd.")
        self._seconds = meter.create_histogram("doorward.request.duration", "s", "Until an answer began.")

    def _began(self, seconds: float) -> None:
        self._seconds.record(seconds)

    def _ended(self, decision: str, reason: str, status: str, decisions: Decisions) -> None:
        self._requests.add(1, {"decision": decision, "reason": reason, "status": status})
        for policy in decisions.limited:
            self._limited.add(1, {"policy": policy})
        for signal in decisions.signals:
            self._signals.add(1, {"signal": signal})
