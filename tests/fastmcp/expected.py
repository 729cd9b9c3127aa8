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
    """Expect the tests that a file lists to fail, and fail if they do not, or if there is none of that name."""
    listed = dict(_listed(name))
    config = items[0].config
    if not config.option.keyword and not any("::" in each for each in config.args):
        # Of the files that are run; of the others whether there is such a file.
        files, there = {item.nodeid.partition("::")[0] for item in items}, {item.nodeid for item in items}
        for each in listed:
            file = each.partition("::")[0]
            if each not in there and (file in files or not (config.rootpath / file).exists()):
                raise pytest.UsageError(f"{name}: there is no {each}")
    for item in items:
        if reason := listed.get(item.nodeid):
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
