"""Resources and tasks that belong to one event loop, where several threads may have one each."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

__all__ = ["Opened", "begun", "result_of", "settled"]

_T = TypeVar("_T")


class Opened(Generic[_T]):
    """A resource that is opened once in each event loop, and again where opening it failed."""

    def __init__(self, open: Callable[[], Coroutine[Any, Any, _T]]) -> None:
        """Create it with the function that opens the resource."""
        self._open = open
        self._openings: dict[asyncio.AbstractEventLoop, asyncio.Task[_T]] = {}

    async def get(self) -> _T:
        """Return what this event loop has; raises what opening it raised."""
        loop = asyncio.get_running_loop()
        opening = self._openings.get(loop)
        if opening is None or (opening.done() and (opening.cancelled() or opening.exception() is not None)):
            for closed in [each for each in list(self._openings) if each.is_closed()]:
                self._openings.pop(closed, None)
            self._openings[loop] = opening = begun(self._open())
        return await result_of(opening)

    async def take(self) -> _T | None:
        """Return what this event loop had, which is to be closed."""
        opening = self._openings.pop(asyncio.get_running_loop(), None)
        try:
            return None if opening is None else await opening
        except Exception:  # there is nothing to close
            return None

    def __len__(self) -> int:
        return len(self._openings)


def begun(work: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
    """Begin what several may wait for. What it raises is for them alone: where all have gone, asyncio would log it,
    with whatever secret it shows."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda task: task.cancelled() or task.exception())
    return task


async def result_of(task: "asyncio.Task[_T]") -> _T:
    """Return what was begun, or raise it; it goes on if the waiting is cancelled, since others wait for it, too."""
    # Not `asyncio.shield`, by which Python 3.14 logs what is raised after that. What is done costs no turn of the loop.
    if not task.done():
        await asyncio.wait([task])
    return task.result()


async def settled(task: "asyncio.Task[Any]") -> None:
    """Wait until a task is done, or lost with its event loop, which may be another thread's. It goes on if the waiting
    is cancelled: others wait for it, too."""
    if (loop := task.get_loop()) is asyncio.get_running_loop():
        await asyncio.wait([task])
    while not task.done() and not loop.is_closed():  # noqa: ASYNC110 (another event loop's)
        await asyncio.sleep(0.01)
