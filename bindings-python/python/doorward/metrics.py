"""Counters for Prometheus: `pip install 'doorward[metrics]'`.

app = Metrics(RateLimits(mcp.http_app(), limits))
prometheus_client.start_http_server(9100, addr="127.0.0.1")  # or its `make_asgi_app()`
"""

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
    from starlette.types import ASGIApp
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.metrics: pip install 'doorward[metrics]'") from error

from doorward.decisions import Decisions
from doorward.request_counter import RequestCounter

__all__ = ["Metrics"]


class Metrics(RequestCounter):
    """ASGI middleware in front of all else, which counts what became of requests.

    `doorward_requests_total` by `decision` (`accepted`, `refused`), `reason` (the name of the error, empty if there is
    none) and `status` (`2xx`); `doorward_limited_total` by `policy`, the name of the limit; `doorward_signals_total` by
    `signal`; `doorward_request_seconds`, until an answer began. No label is of a caller: no token, key, subject, tool
    or address, so that there are only so many series, whoever asks.
    """

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry = REGISTRY) -> None:
        """Create the metrics for an app; a registry has one of these."""
        super().__init__(app)
        self._requests = Counter(
            "doorward_requests",
            "Requests, and what became of them.",
            ["decision", "reason", "status"],
            registry=registry,
        )
        self._limited = Counter("doorward_limited", "Requests over a limit.", ["policy"], registry=registry)
        self._signals = Counter("doorward_signals", "What looked odd.", ["signal"], registry=registry)
        self._seconds = Histogram("doorward_request_seconds", "Until an answer began.", registry=registry)

    def _began(self, seconds: float) -> None:
        self._seconds.observe(seconds)

    def _ended(self, decision: str, reason: str, status: str, decisions: Decisions) -> None:
        self._requests.labels(decision, reason, status).inc()
        for policy in decisions.limited:
            self._limited.labels(policy).inc()
        for signal in decisions.signals:
            self._signals.labels(signal).inc()
