"""The file of the keys with which a store is sealed, as `doorward.secret_file` has it."""

from pathlib import Path

from doorward._core import SealingKeys
from doorward.secret_file import add_secret, read_secrets

__all__ = ["add_sealing_key", "read_sealing_keys"]


def read_sealing_keys(path: str | Path) -> SealingKeys:
    """Return the keys of a file. Raises `OSError`, or `ValueError` with the number of a line, not its text."""
    found = read_secrets(path)
    if not found or any(len(secret) != 32 for _, secret in found):
        raise ValueError(f"{path}: " + ("a key in it is not 64 digits long" if found else "no key in it"))
    return SealingKeys(found[0], found[1:])


def add_sealing_key(path: str | Path, second: bool = False) -> int:
    """Write a new key to the top of a file, which is made if there is none and is for its owner only; return its
    version. What is written from then on is sealed with it, and those that were there open what was written before. As
    the `second` one it only opens, so that all machines can know it before one of them seals with it."""
    return add_secret(path, second)
