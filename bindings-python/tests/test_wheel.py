"""What the wheel brings along, and what it does not tell."""

import subprocess
from importlib.metadata import distribution

import doorward._core
from conftest import ROOT


def test_the_notices_of_what_is_linked_in_come_along() -> None:
    files = {path.name: path for path in distribution("doorward").files or () if path.parent.name == "licenses"}
    assert set(files) == {"LICENSE-APACHE", "LICENSE-MIT", "LICENSE-THIRD-PARTY"}
    text = files["LICENSE-THIRD-PARTY"].read_text()
    assert text == (ROOT / "bindings-python/LICENSE-THIRD-PARTY").read_text()
    for begin in ("aws-lc-sys ", "curve25519-dalek ", "subtle ", "pyo3 "):
        assert f"\n{begin}" in text


def test_no_path_of_the_machine_that_built_it_is_shown() -> None:
    subprocess.run([ROOT / "scripts/no-paths", doorward._core.__file__], check=True)  # noqa: S603
