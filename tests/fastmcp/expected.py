"""Tests of FastMCP's that fail here, and why: listed in a file, below a line for each reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def _listed(name: str) -> Iterator[tuple[str, str]]:
    reason = ""
    for line in (Path(__file__).parent / name).read_text().splitlines():
        if line.startswith("# "):
            reason = line.removeprefix("# ")
        elif line:
            yield line, reason


def expect(items: list[Any], name: str) -> None:
    """Expect the tests that a file lists to fail, and fail if they do not."""
    listed = dict(_listed(name))
    for item in items:
        if reason := listed.get(item.nodeid):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
