"""Creates the errors of core by their names, and reads what their responses need."""

from doorward._core import ERRORS, DoorwardError

__all__ = ["error_of", "retry_after"]


def error_of(name: str, **details: int | str) -> DoorwardError:
    """Return an error of core by its name."""
    error = DoorwardError(" ".join([name, *(f"{detail}={value}" for detail, value in details.items())]))
    error.name, error.details = name, details
    error.number, error.status, error.oauth_error = ERRORS[name]
    return error


def retry_after(error: DoorwardError) -> int:
    """Return the seconds after which to retry, of an error that says them; 0 of any other."""
    return int(error.details.get("retry_after", 0))
