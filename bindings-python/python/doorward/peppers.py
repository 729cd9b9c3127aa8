"""The file of a server's peppers, as `doorward.secret_file` has it."""

from pathlib import Path

from doorward._core import Peppers
from doorward.secret_file import add_secret, read_secrets

__all__ = ["add_pepper", "read_peppers"]


def read_peppers(path: str | Path) -> Peppers:
    """Return the peppers of a file. Raises `OSError`, or `ValueError` with the number of a line, not its text."""
    found = read_secrets(path)
    if not found:
        raise ValueError(f"{path}: no pepper in it")
    return Peppers(found[0], found[1:])


def add_pepper(path: str | Path, second: bool = False) -> int:
    """Write a new pepper to the top of a file, or below the first one, which goes on; the file is made if there is none
    and is for its owner only. Return its version. Those that were there are kept, and stored hashes are made with the
    first one as keys are used."""
    return add_secret(path, second)
