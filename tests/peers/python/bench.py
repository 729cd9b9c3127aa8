"""What is measured, and interleaved timing: each round runs one short batch of every row."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ISSUER = "https://auth.example.com/"
AUDIENCE = "https://mcp.example.com/server"
FIXTURES = Path(os.environ["PEERS_FIXTURES"])
ROUNDS = int(os.environ.get("PEERS_ROUNDS", "9"))
BATCH_NS = int(os.environ.get("PEERS_BATCH_US", "2000")) * 1000

Run = Callable[[], object]


@dataclass
class Case:
    """A token and its key, as `fixtures.py` wrote them."""

    name: str
    key_name: str
    alg: str

    @property
    def token(self) -> str:
        return (FIXTURES / f"{self.name}.jwt").read_text()

    @property
    def has_key_set(self) -> bool:
        """Whether what is measured is a set of keys, which most peers do not have."""
        return self.name.startswith("keys_")

    def key(self, form: str) -> bytes:
        return (FIXTURES / f"{self.key_name}.{form}").read_bytes()

    def key_set(self) -> bytes:
        return (FIXTURES / f"{self.name}.jwks.json").read_bytes() if self.has_key_set else self.key("jwks.json")


def cases() -> list[Case]:
    return [Case(*line.split("\t")) for line in (FIXTURES / "cases.tsv").read_text().splitlines()]


def _time(run: Run, times: int) -> float:
    """Nanoseconds of this thread's CPU for each of `times` runs."""
    numbers = range(times)
    start = time.thread_time_ns()
    for _ in numbers:
        run()
    return (time.thread_time_ns() - start) / times


def measure(rows: list[tuple[str, str, Run]]) -> None:
    """Time rows of group, who and what to run; print one line for each."""
    batches, samples = [], [[] for _ in rows]
    for _, _, run in rows:
        _time(run, 10)
        batches.append(max(1, int(BATCH_NS / _time(run, 10))))
    for _ in range(ROUNDS):
        for (_, _, run), batch, taken in zip(rows, batches, samples, strict=True):
            run()  # brings its code and data back into the caches
            taken.append(_time(run, batch))
    for (group, who, _), taken in zip(rows, samples, strict=True):
        report(group, who, taken)


def report(group: str, who: str, samples: list[float]) -> None:
    print(group, who, " ".join(f"{sample:.1f}" for sample in samples), sep="\t", flush=True)
