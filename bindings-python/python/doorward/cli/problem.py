"""What goes wrong on a command line, and with which code the command exits."""

import sys

__all__ = ["EXIT_CODES", "Problem", "say"]

EXIT_CODES = """Exit codes: 0 done; 2 a wrong argument or setting; 3 no such key; 4 refused, such as a key that is not
valid or cannot be changed any more; 5 the store does not answer or cannot be used."""


class Problem(Exception):
    """An error that ends the command: its text, and the exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        """Create a problem from its text and the exit code."""
        super().__init__(text)
        self.code = code


def say(text: str) -> None:
    """Write a line that is not the result."""
    print(f"doorward: {text}", file=sys.stderr)
