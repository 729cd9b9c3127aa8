"""What becomes of requests, for whatever counts it."""

import time
from abc import ABC, abstractmethod

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward.decisions import Decisions

__all__ = ["RequestCounter"]


class RequestCounter(ABC):
    """ASGI middleware in front of all else, which counts the outcome of each request. None of its counters is of
    a caller: no token, key, subject, tool or address, so that there are only so many series, whoever asks."""

    def __init__(self, app: ASGIApp) -> None:
        """Create the counters for an app."""
        self._app = app

    @abstractmethod
    def _began(self, seconds: float) -> None:
        """Note how long it took until an answer began."""

    @abstractmethod
    def _ended(self, decision: str, reason: str, status: str, decisions: Decisions) -> None:
        """Count a request: `accepted` or `refused`, the name of the error or nothing, `2xx`; and what else is known."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        decisions, began, status = Decisions.begin(scope), time.perf_counter(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._began(time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, seen)
        finally:
            reason = decisions.refused
            self._ended("refused" if reason else "accepted", reason, f"{status // 100}xx", decisions)
