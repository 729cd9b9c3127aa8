"""Seeds for the fuzz targets, made of the vectors: `fuzz/corpus/TARGET/`, and the keys of the token target."""

import hashlib
import json
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
THIRD_PARTY = FUZZ.parent / "tests/third_party"


def seed(target: str, data: bytes) -> None:
    folder = FUZZ / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


keys: dict[str, dict[str, str]] = {}
for case in json.loads((THIRD_PARTY / "attack-sample/tokens.json").read_text())["cases"]:
    if token := case.get("token"):
        seed("token", b"\0\0" + token.encode())
        for part in token.split("."):
            seed("base64url", part.encode())
    if jwks := case.get("jwks"):
        seed("key_set", json.dumps(jwks).encode())
        if case["class"] == "baseline":
            for key in jwks["keys"]:
                if key.get("kty") in ("RSA", "EC", "OKP") and "d" not in key:
                    keys.setdefault(json.dumps([key.get("kid"), key.get("kty"), key.get("crv"), key.get("alg")]), key)
for case in json.loads((THIRD_PARTY / "attack-sample/ops.json").read_text())["cases"]:
    for value in (case.get("input"), case.get("url"), case.get("uri"), case.get("requested")):
        if isinstance(value, str):
            seed("uri", value.encode())
    for value in case.get("values", []):
        seed("header", value.encode())
    if params := case.get("params"):
        seed("header", "\n".join(f"{name}\n{value}" for name, value in params.items()).encode())
for path in (THIRD_PARTY / "jsontestsuite/test_parsing").iterdir():
    if path.stat().st_size < 20_000:
        seed("json", path.read_bytes())
seed("api_key", b"sk_live")
seed("api_key", b"dw1$1$" + b"0" * 64)
(FUZZ / "keys.json").write_text(json.dumps({"keys": list(keys.values())}))
