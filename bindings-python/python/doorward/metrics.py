"""Counters for Prometheus: `pip install 'doorward[metrics]'`.

app = Metrics(RateLimits(mcp.http_app(), limits))
prometheus_client.start_http_server(9100, addr="127.0.0.1")  # or its `make_asgi_app()`
"""

import time

try:
    from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.metrics: pip install 'doorward[metrics]'") from error
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward.decisions import Decisions

__all__ = ["Metrics"]


class Metrics:
    """ASGI middleware in front of all else, which counts what became of requests.

    `doorward_requests_total` by `decision` (`accepted`, `refused`), `reason` (the name of the error, empty if there is
    none) and `status` (`2xx`); `doorward_limited_total` by `policy`, the name of the limit; `doorward_signals_total` by
    `signal`; `doorward_request_seconds`, until an answer began. No label is of a caller: no token, key, subject, tool
    or address, so that there are only so many series, whoever asks.
    """

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry = REGISTRY) -> None:
        """Create it for an app; a registry has one of these."""
        self._app = app
        self._requests = Counter(
            "doorward_requests",
            "Requests, and what became of them.",
            ["decision", "reason", "status"],
            registry=registry,
        )
        self._limited = Counter("doorward_limited", "Requests over a limit.", ["policy"], registry=registry)
        self._signals = Counter("doorward_signals", "What looked odd.", ["signal"], registry=registry)
        self._seconds = Histogram("doorward_request_seconds", "Until an answer began.", registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        decisions, began, status = Decisions.begin(scope), time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._seconds.observe(time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            reason = decisions.refused
            decision = "refused" if reason else "accepted"
            self._requests.labels(decision, reason, f"{status // 100}xx").inc()
            for policy in decisions.limited:
                self._limited.labels(policy).inc()
            for signal in decisions.signals:
                self._signals.labels(signal).inc()
