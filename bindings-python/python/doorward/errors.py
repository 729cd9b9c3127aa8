"""Creates the errors of core by their names."""

from doorward._core import ERRORS, DoorwardError

__all__ = ["error_of"]


def error_of(name: str, **details: int | str) -> DoorwardError:
    """Return an error of core by its name."""
    error = DoorwardError(" ".join([name, *(f"{detail}={value}" for detail, value in details.items())]))
    error.name, error.details = name, details
    error.number, error.status, error.oauth_error = ERRORS[name]
    return error
