"""The tables of docs/errors.md, out of core's: run it to write them; what is in the last column stays."""

import re
from pathlib import Path

from doorward import ERRORS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "errors.md"
ROW = re.compile(r"^\| (\d+) \| `(\w+)` \| .* \| (.*?) \|\n", re.M)


def texts() -> dict[str, str]:
    """Return what core says of each error, by name, in the order of its table."""
    found: dict[str, str] = {}
    said: list[str] = []
    for line in (ROOT / "core" / "src" / "error.rs").read_text().splitlines():
        if line.startswith("    /// "):
            said.append(line.removeprefix("    /// "))
        elif name := re.search(r'= "(\w+)", \w+;', line):
            found[name[1]] = " ".join(said)
            said = []
    return found


def page() -> str:
    """Return the page as it ought to be: after each heading with numbers, the errors in between."""
    text = PAGE.read_text()
    change = {name: cell for _, name, cell in ROW.findall(text)}
    rows: dict[int, list[str]] = {}
    for name, meaning in texts().items():
        number, status, _ = ERRORS[name]
        cell = meaning.replace("|", "\\|")
        rows.setdefault(number // 100, []).append(
            f"| {number} | `{name}` | {status} | {cell} | {change.get(name, '')} |\n"
        )

    def table(heading: re.Match[str]) -> str:
        return heading[1] + "".join("".join(rows.pop(int(group), [])) for group in heading[2].split(", "))

    text = re.sub(r"(^## [^\n]*? \(([\d, ]+)\)\n.*?\|---\|[^\n]*\n)", table, ROW.sub("", text), flags=re.M | re.S)
    assert not rows, f"no heading for {sorted(rows)}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page())
