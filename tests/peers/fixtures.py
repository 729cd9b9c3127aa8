"""Throw-away keys, tokens and key sets, the same for every peer: `fixtures.py DIRECTORY`.

`cases.tsv` lists what is measured: name of the case, name of the key, `alg`.
"""

import base64
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

# An access token as MCP servers meet it.
CLAIMS = {
    "iss": "https://auth.example.com/",
    "sub": "user_01HZX4T9Q2W8E6R5Y3U7",
    "aud": "https://mcp.example.com/server",
    "exp": 4102444800,
    "iat": 1760000000,
    "nbf": 1760000000,
    "jti": "3f8b2c1e-7d4a-4e9b-a6c5-0d1e2f3a4b5c",
    "scope": "mcp:tools mcp:resources mcp:prompts profile",
    "client_id": "mcp-client-7f3a9b2c",
}
CASES = [
    ("rs256", "rsa2048", "RS256"),
    ("rs256_4096", "rsa4096", "RS256"),
    ("es256", "p256", "ES256"),
    ("es384", "p384", "ES384"),
    ("eddsa", "ed25519", "EdDSA"),
    ("hs256", "hs", "HS256"),
]
LENGTHS = [512, 1024, 2048, 4096, 8192, 16384]
KEY_SETS = [1, 10, 100, 1000]


def ed25519(name: str) -> OKPKey:
    return OKPKey.generate_key("Ed25519", named(name, "EdDSA"))


def named(name: str, alg: str) -> dict[str, str]:
    return {"kid": f"{name}-2026-10-key-01", "alg": alg}


def token(key: Key, claims: dict, typ: str = "at+jwt") -> str:
    alg = key.as_dict()["alg"]
    return jwt.encode({"alg": alg, "typ": typ, "kid": key.kid}, claims, key, algorithms=[alg])


def padded(length: int, key: Key) -> str:
    """A token of about this many bytes; what makes it long is a list of groups."""
    groups: list[str] = []
    while len(made := token(key, CLAIMS | {"groups": groups})) + 40 <= length:
        groups.append(f"group-{len(groups):04}-of-the-staff")
    return made


def public(key: Key) -> dict:
    return key.as_dict(private=isinstance(key, OctKey))


def raw(key: Key) -> bytes:
    """PKCS#1 for RSA, a point for the others."""
    material = key.public_key
    if isinstance(material, rsa.RSAPublicKey):
        return material.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, OKPKey):
        return material.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return material.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def main(directory: Path) -> None:
    def write(name: str, content: str | bytes) -> None:
        (directory / name).write_bytes(content.encode() if isinstance(content, str) else content)

    directory.mkdir(parents=True, exist_ok=True)
    secret = bytes(range(1, 33))
    keys: dict[str, Key] = {
        "rsa2048": RSAKey.generate_key(2048, named("rsa2048", "RS256")),
        "rsa4096": RSAKey.generate_key(4096, named("rsa4096", "RS256")),
        "p256": ECKey.generate_key("P-256", named("p256", "ES256")),
        "p384": ECKey.generate_key("P-384", named("p384", "ES384")),
        "ed25519": ed25519("ed25519"),
        "hs": OctKey.import_key(secret, named("hs", "HS256")),
    }
    write("hs.key", secret)
    for name, key in keys.items():
        write(f"{name}.jwk.json", json.dumps(public(key)))
        write(f"{name}.jwks.json", json.dumps({"keys": [public(key)]}))
        if name != "hs":
            write(f"{name}.pem", key.as_pem(private=False))
            write(f"{name}.raw", raw(key))

    cases = list(CASES)
    for case, name, _ in CASES:
        made = token(keys[name], CLAIMS)
        write(f"{case}.jwt", made)
        write(f"{case}.sig", base64.urlsafe_b64decode(made.split(".")[2] + "=="))
        # libjwt 1.x refuses any `typ` but this one.
        write(f"{case}.typ-jwt.jwt", token(keys[name], CLAIMS, typ="JWT"))
    for length in LENGTHS:
        cases.append((f"length_{length}", "hs", "HS256"))
        write(f"length_{length}.jwt", padded(length, keys["hs"]))
    for count in KEY_SETS:
        cases.append((f"keys_{count}", "ed25519", "EdDSA"))
        others = [ed25519(f"other-{place}") for place in range(count - 1)]
        write(f"keys_{count}.jwks.json", json.dumps({"keys": [public(key) for key in [*others, keys["ed25519"]]]}))
        write(f"keys_{count}.jwt", (directory / "eddsa.jwt").read_bytes())
    write("cases.tsv", "".join("\t".join(case) + "\n" for case in cases))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
