"""Attack cases: the verdict that each asks for, and the same line as the Rust program."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import verdicts
from conftest import ROOT

SAMPLE = ROOT / "tests/third_party/attack-sample"


@pytest.mark.parametrize("name", ["tokens.json", "ops.json"])
def test_no_verdict_is_wrong(name: str) -> None:
    compared = 0
    for case in verdicts.read(str(SAMPLE / name)):
        _, verdict, _, error = verdicts.line(case).split("\t")
        if verdict == "unsupported":
            continue
        expected = case.get("expect", "accept")
        if expected == "accept" and "op" in case:
            expected = case.get("header", case.get("output", case.get("token", "accept"))) or "null"
        assert verdict == expected, (case["id"], error)
        compared += 1
    assert compared == (52 if name == "tokens.json" else 49)


def test_any_file_is_survived(tmp_path: Path) -> None:
    odd: list[object] = [
        {"id": "\ud800", "op": "parse_authorization", "values": ["Bearer \ud800"]},
        1,
        None,
        [],
        {},
        {"id": 5},
        {"id": "a\tb", "token": 7, "jwks": [], "policy": []},
        {"id": "x", "op": "pkce", "challenge": 1},
        {"id": "p", "token_parts": [["." * 1000, 10**30]]},
        {"id": "b", "token_b64": "/w==", "policy": {"algorithms": ["RS256", "x"]}},
        {"id": "q", "token_parts": [[1]]},
        {"id": "i", "op": "ip_key", "input": 1},
        {"id": "c", "op": "client_ip", "input": []},
        {"id": "f", "op": "client_ip", "input": {"forwarded": "for=1.1.1.1", "trusted_hops": 1}},
        {"id": "m", "op": "client_ip", "input": {"x_forwarded_for": ["1.1.1.1", 1], "trusted_hops": 1, "peer": 1}},
        {"id": "t", "op": "token_bucket"},
        {
            "id": "l",
            "op": "token_bucket",
            "input": {"burst": 10**30, "per_seconds": 1, "calls_at_cost": [[10**30, 10**30], [], 1]},
        },
        {"id": "w", "op": "build_www_authenticate", "params": {"x": 1}},
        {
            "id": "d",
            "jwks_parts": [["[", 100000]],
            "policy": {"algorithms": ["RS256"], "issuer": "a", "audience": "b", "leeway": 10**40},
        },
    ]
    path = tmp_path / "cases.json"
    path.write_text(
        '{"cases": [{"id": "deep", "jwks": ' + "[" * 5000 + "]" * 5000 + "}, " + json.dumps(odd)[1:-1] + "]}"
    )
    lines = [verdicts.line(case).split("\t") for case in verdicts.read(str(path))]
    assert len(lines) == len(odd) + 1
    rust = subprocess.run(  # noqa: S603
        ["cargo", "run", "--quiet", "--package", "doorward-tests", "--bin", "verdicts", "--", str(path)],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    others = [line.split("\t") for line in rust.stdout.splitlines()]
    assert [(a, b, d) for a, b, _, d in lines] == [(a, b, d) for a, b, _, d in others]
    assert sys.getrecursionlimit() <= 1000
