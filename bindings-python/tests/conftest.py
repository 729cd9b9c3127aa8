"""What several tests use: the demo's issuer and servers, keys, tokens."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings-python" / "demo"))
sys.path.insert(0, str(ROOT / "bindings-python" / "tests"))

import databases  # noqa: E402 (where it is, stands above)


@contextmanager
def another_thread() -> Iterator[Callable[[Callable[[], object]], bool]]:
    """Whether another thread ran while some work was done. No thread is made to give way, so that it is only if the
    work lets go of the interpreter; a busy machine may not let the other one run each time."""
    steps, done = 0, threading.Event()

    def step() -> None:
        nonlocal steps
        while not done.is_set():
            steps += 1
            time.sleep(0)

    def ran_during(work: Callable[[], object]) -> bool:
        before = steps
        work()
        return steps > before

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=step)
    sys.setswitchinterval(3600)
    thread.start()
    try:
        yield ran_during
    finally:
        done.set()
        sys.setswitchinterval(interval)
        thread.join()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with databases.postgresql() as server:
        yield server.url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with databases.redis() as server:
        yield server.url


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that processes can share, for each of them; its kinds may be in use already."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/store.db"
    if request.param == "files":
        return f"files:{tmp_path}/store"
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


SHARED_STORES = ["sqlite", "postgresql", "redis"]
