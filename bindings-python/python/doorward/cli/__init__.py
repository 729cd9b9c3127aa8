"""The command `doorward`: `doorward --help`. Needs `pip install 'doorward[cli]'`; FastMCP brings what that is."""

import sys
from collections.abc import Sequence

try:
    from cyclopts import App, CycloptsError
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward: pip install 'doorward[cli]'") from error

from doorward._core import DoorwardError, __version__
from doorward.cli.keys import keys
from doorward.cli.problem import EXIT_CODES, Problem, say
from doorward.cli.store import store
from doorward.store import StoreError

__all__ = ["main"]

app = App(
    name="doorward",
    help="The doorkeeper for MCP servers.",
    help_epilogue=EXIT_CODES,
    version=__version__,
    result_action="return_value",
)
app.command(keys)
app.command(store)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command, and exit with its code."""
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(arguments, exit_on_error=False)
    except CycloptsError:
        return 2  # it has been said what is wrong
    except Problem as problem:
        say(str(problem))
        return problem.code
    except DoorwardError as error:
        say(str(error))
        return 3 if error.name == "api_key_unknown" else 4
    except StoreError as error:
        say(str(error))
        return 5
    except KeyboardInterrupt:
        return 130
    return 0
