"""A file of secrets with versions: a line for each, the current one first, `VERSION:64 HEXADECIMAL DIGITS`."""

import os
import secrets
from pathlib import Path

__all__ = ["add_secret", "read_secrets"]


def read_secrets(path: str | Path) -> list[tuple[int, bytes]]:
    """Return the secrets of a file, with their versions. Raises `OSError`, or `ValueError` with the number of a line,
    not its text."""
    found = []
    # What is no text is no secret either, and no error has it with it.
    for number, line in enumerate(Path(path).read_text("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        version, _, digits = line.strip().partition(":")
        try:
            found.append((int(version), bytes.fromhex(digits)))
        except ValueError:
            raise ValueError(f"{path}: line {number} is no VERSION:DIGITS") from None
    return found


def add_secret(path: str | Path, second: bool = False) -> int:
    """Write a new secret to the top of a file, or below the first one, which goes on; the file is made if there is none
    and is for its owner only. Return its version. Those that were there are kept."""
    path = Path(path)
    found = read_secrets(path) if path.exists() else []
    version = max((version for version, _ in found), default=0) + 1
    lines = list(found)
    lines.insert(1 if second else 0, (version, secrets.token_bytes(32)))
    # As a whole or not at all: what was made with the secrets is worth nothing without them.
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
