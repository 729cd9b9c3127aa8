"""Seeds for the fuzz targets, made of the vectors: `fuzz/corpus/TARGET/`, and the keys of the token target."""

import hashlib
import json
from collections.abc import Iterator
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
        seed("sets", b"t" + token.encode())
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


def signatures() -> Iterator[dict[str, str]]:
    """Good signatures of Wycheproof: numbers of the key, message and signature, in hexadecimal."""
    files = {
        "RS256": "rsa_signature_2048_sha256", "RS384": "rsa_signature_2048_sha384", "RS512": "rsa_signature_3072_sha512",
        "PS256": "rsa_pss_2048_sha256_mgf1_32", "PS384": "rsa_pss_2048_sha384_mgf1_48",
        "PS512": "rsa_pss_4096_sha512_mgf1_64", "ES256": "ecdsa_secp256r1_sha256_p1363",
        "ES384": "ecdsa_secp384r1_sha384_p1363", "ES512": "ecdsa_secp521r1_sha512_p1363", "Ed25519": "ed25519",
    }  # fmt: skip
    for alg, file in files.items():
        count = 0
        for group in json.loads((THIRD_PARTY / f"wycheproof/{file}_test.json").read_text())["testGroups"]:
            key = group["publicKey"]
            if "modulus" in key:
                # DER integers have a zero byte before a set highest bit.
                first, second = key["modulus"].removeprefix("00"), key["publicExponent"]
            elif "uncompressed" in key:
                point = key["uncompressed"][2:]
                first, second = point[: len(point) // 2], point[len(point) // 2 :]
            else:
                first, second = key["pk"], ""
            for test in group["tests"]:
                if test["result"] == "valid" and count < 60:
                    count += 1
                    yield {
                        "alg": alg, "first": first, "second": second, "message": test["msg"], "signature": test["sig"],
                    }  # fmt: skip


good = list(signatures())
for index in range(len(good)):
    seed("sets", b"s" + index.to_bytes(2, "little"))
    for kind in range(0, 10, 3):
        seed("sets", b"s" + index.to_bytes(2, "little") + bytes([3, kind, 0, 0, 1]))
for key in range(7):
    for alg in range(6):
        seed("sets", b"e" + bytes([key, alg, 0]))
        seed("sets", b"e" + bytes([key, alg, 0, 0, 0, 1, 0, 1]))
(FUZZ / "signatures.json").write_text(json.dumps(good))
(FUZZ / "keys.json").write_text(json.dumps({"keys": list(keys.values())}))
