"""hostile.py VERDICTS FOLDER: the program prints what the sample expects, and survives files that are broken at
random."""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path


def run(program: str, path: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([program, str(path)], capture_output=True, timeout=120, check=False)


def main() -> None:
    program, folder = sys.argv[1], Path(sys.argv[2])
    files = [folder / "tokens.json", folder / "ops.json"]
    compared = 0
    for path in files:
        lines = [line.split("\t") for line in run(program, path).stdout.decode().splitlines()]
        cases = json.loads(path.read_text())["cases"]
        assert len(lines) == len(cases), (len(lines), len(cases))
        for (name, verdict, _, error), case in zip(lines, cases, strict=True):
            assert name == case["id"]
            if verdict == "unsupported":
                continue
            result = next(
                (case[key] for key in ("header", "output", "token") if "op" in case and key in case), "accept"
            )
            expected = "reject" if case.get("expect") == "reject" else result or "null"
            assert verdict == expected, (name, verdict, expected)
            assert (error == "-") == (verdict != "reject"), name
            compared += 1
    assert compared == 101, compared
    random.seed(1)
    texts = [path.read_bytes() for path in files]
    with tempfile.TemporaryDirectory() as scratch:
        broken = Path(scratch) / "cases.json"
        for _ in range(60):
            text = bytearray(random.choice(texts))
            for _ in range(random.choice([1, 3, 30])):
                at = random.randrange(len(text))
                match random.randrange(4):
                    case 0:
                        text[at] = random.randrange(256)
                    case 1:
                        del text[at : at + random.randrange(1, 200)]
                    case 2:
                        text[at:at] = bytes(random.choice(b'{}[]",:\\u0') for _ in range(random.randrange(1, 9)))
                    case _:
                        del text[len(text) - random.randrange(10) :]
            broken.write_bytes(text)
            outcome = run(program, broken)
            assert outcome.returncode in (0, 2), (outcome.returncode, outcome.stderr[-2000:])
    print(f"verdicts: {compared} as expected, 60 broken files survived")


main()
