"""The project's own vectors (`tests/vectors/README.md`): the same verdict and error name as in Rust."""

from typing import Any

import pytest

import doorward
from conftest import ROOT


def cases() -> list[dict[str, str]]:
    blocks = (ROOT / "tests/vectors/tokens.txt").read_text("utf-8").split("\n\n")
    return [
        {
            name: value.removeprefix(" ")
            for name, _, value in (line.partition(" =") for line in block.split("\n") if line and line[0] != "#")
        }
        for block in blocks
        if not block.startswith("#")
    ]


def judge(case: dict[str, str]) -> str:
    algorithms = case.get("algorithms", "").split()
    secret = bool(algorithms) and all(name.startswith("HS") for name in algorithms)
    lines = [line.split(" ") for line in case.get("hierarchy", "").split(";") if line]
    relax: Any = case.get("relax", "").split()
    preset = {"mcp": doorward.Policy.mcp, "rfc9068": doorward.Policy.rfc9068}[case.get("preset", "mcp")]
    token = bytes.fromhex(case["token_hex"]) if "token_hex" in case else case["token"]
    try:
        keys: doorward.KeySet | doorward.SharedSecrets
        if secret:
            keys = doorward.SharedSecrets.parse(case["keys"], algorithms)
        else:
            keys = doorward.KeySet.parse(case["keys"], algorithms)
        policy = preset(
            case["issuer"],
            case.get("audience", "").split(),
            algorithms=algorithms,
            leeway=int(case.get("leeway", "60")),
            required_scopes=case.get("scopes", ""),
            scope_hierarchy={broader: implied for broader, *implied in lines},
            required_claims=case.get("required_claims", "").split(),
            relax=relax,
        )
        doorward.authenticate(token, keys, policy, int(case.get("now", "1700000000")))
    except doorward.DoorwardError as error:
        return error.name
    return "-"


def test_there_are_many() -> None:
    assert len(cases()) >= 270


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_verdict_and_error(case: dict[str, str]) -> None:
    assert judge(case) == case["error"], case["rule"]
