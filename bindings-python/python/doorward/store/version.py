"""How entries of all stores are versioned."""

import secrets

__all__ = ["new_version"]


def new_version() -> int:
    """Return a version that no entry has had: random, so that no counter need outlive the entry."""
    return secrets.randbits(63)
