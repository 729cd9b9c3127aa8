"""The file of a server's peppers: a line for each, the current one first, `VERSION:64 HEXADECIMAL DIGITS`."""

import os
import secrets
from pathlib import Path

from doorward._core import Peppers

__all__ = ["add_pepper", "read_peppers"]


def read_peppers(path: str | Path) -> Peppers:
    """Return the peppers of a file. Raises `OSError`, or `ValueError` with the number of a line, not its text."""
    found = _lines(Path(path))
    if not found:
        raise ValueError(f"{path}: no pepper in it")
    return Peppers(found[0], found[1:])


def add_pepper(path: str | Path) -> int:
    """Write a new pepper to the top of a file, which is made if there is none and is for its owner only; return its
    version. Those that were there are kept, and stored hashes made with the new one as keys are used."""
    path = Path(path)
    found = _lines(path) if path.exists() else []
    version = max((version for version, _ in found), default=0) + 1
    lines = [(version, secrets.token_bytes(32)), *found]
    # As a whole or not at all: without its peppers no key works.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.writelines(f"{version}:{secret.hex()}\n" for version, secret in lines)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return version


def _lines(path: Path) -> list[tuple[int, bytes]]:
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        version, _, digits = line.strip().partition(":")
        try:
            found.append((int(version), bytes.fromhex(digits)))
        except ValueError:
            raise ValueError(f"{path}: line {number} is no VERSION:DIGITS") from None
    return found
