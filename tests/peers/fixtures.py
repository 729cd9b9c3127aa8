"""Throw-away keys, tokens and key sets, the same for every peer: `fixtures.py DIRECTORY`.

`cases.tsv` lists what is measured: name of the case, name of the key, `alg`.
"""

import base64
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ISSUER = "https://auth.example.com/"
AUDIENCE = "https://mcp.example.com/server"
# An access token as MCP servers meet it: 9 claims, header with `typ` and `kid`.
CLAIMS = {
    "iss": ISSUER,
    "sub": "user_01HZX4T9Q2W8E6R5Y3U7",
    "aud": AUDIENCE,
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


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(value: object) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())


def key_id(name: str) -> str:
    return f"{name}-2026-10-key-01"


def sign(alg: str, key, message: bytes) -> bytes:
    if alg == "HS256":
        code = hmac.HMAC(key, hashes.SHA256())
        code.update(message)
        return code.finalize()
    if alg == "RS256":
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    if alg == "EdDSA":
        return key.sign(message)
    size, digest = (32, hashes.SHA256()) if alg == "ES256" else (48, hashes.SHA384())
    return b"".join(
        number.to_bytes(size, "big") for number in decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
    )


def token(alg: str, key, name: str, claims: dict, typ: str = "at+jwt") -> str:
    signed = compact({"alg": alg, "typ": typ, "kid": key_id(name)}) + "." + compact(claims)
    return signed + "." + b64(sign(alg, key, signed.encode()))


def jwk(name: str, key) -> dict:
    if isinstance(key, bytes):
        members = {"kty": "oct", "k": b64(key), "alg": "HS256"}
    elif isinstance(key, rsa.RSAPrivateKey):
        modulus = key.public_key().public_numbers().n
        members = {"kty": "RSA", "n": b64(modulus.to_bytes(key.key_size // 8, "big")), "e": "AQAB", "alg": "RS256"}
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        members = {"kty": "OKP", "crv": "Ed25519", "x": b64(raw(key)), "alg": "EdDSA"}
    else:
        point, alg = raw(key)[1:], {"p256": "ES256", "p384": "ES384"}[name]
        half = len(point) // 2
        members = {"kty": "EC", "crv": "P-" + name[1:], "x": b64(point[:half]), "y": b64(point[half:]), "alg": alg}
    return members | {"kid": key_id(name)}


def raw(key) -> bytes:
    form = serialization
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.public_key().public_bytes(form.Encoding.Raw, form.PublicFormat.Raw)
    return key.public_key().public_bytes(form.Encoding.X962, form.PublicFormat.UncompressedPoint)


def padded(length: int, key: bytes) -> str:
    """An HS256 token of about this many bytes; what makes it long is a list of groups."""
    groups: list[str] = []
    while True:
        made = token("HS256", key, "hs", CLAIMS | {"groups": groups})
        if len(made) + 40 > length:
            return made
        groups.append(f"group-{len(groups):04}-of-the-staff")


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    keys = {
        "rsa2048": rsa.generate_private_key(65537, 2048),
        "rsa4096": rsa.generate_private_key(65537, 4096),
        "p256": ec.generate_private_key(ec.SECP256R1()),
        "p384": ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate(),
        "hs": bytes(range(1, 33)),
    }
    for name, key in keys.items():
        (directory / f"{name}.jwk.json").write_text(json.dumps(jwk(name, key)))
        (directory / f"{name}.jwks.json").write_text(json.dumps({"keys": [jwk(name, key)]}))
        if isinstance(key, bytes):
            (directory / f"{name}.key").write_bytes(key)
            continue
        public = key.public_key()
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        (directory / f"{name}.pem").write_bytes(public.public_bytes(serialization.Encoding.PEM, spki))
        if isinstance(key, rsa.RSAPrivateKey):
            pkcs1 = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
            (directory / f"{name}.raw").write_bytes(pkcs1)
        else:
            (directory / f"{name}.raw").write_bytes(raw(key))

    cases = list(CASES)
    for case, name, alg in CASES:
        made = token(alg, keys[name], name, CLAIMS)
        (directory / f"{case}.jwt").write_text(made)
        (directory / f"{case}.sig").write_bytes(base64.urlsafe_b64decode(made.split(".")[2] + "=="))
        # libjwt 1.x refuses any `typ` but this one.
        (directory / f"{case}.typ-jwt.jwt").write_text(token(alg, keys[name], name, CLAIMS, typ="JWT"))
    for length in LENGTHS:
        cases.append((f"length_{length}", "hs", "HS256"))
        (directory / f"length_{length}.jwt").write_text(padded(length, keys["hs"]))
    for count in KEY_SETS:
        cases.append((f"keys_{count}", "ed25519", "EdDSA"))
        others = [(f"other-{n}", ed25519.Ed25519PrivateKey.generate()) for n in range(count - 1)]
        document = {"keys": [jwk(name, key) for name, key in [*others, ("ed25519", keys["ed25519"])]]}
        (directory / f"keys_{count}.jwks.json").write_text(json.dumps(document))
        (directory / f"keys_{count}.jwt").write_text((directory / "eddsa.jwt").read_text())
    (directory / "cases.tsv").write_text("".join("\t".join(case) + "\n" for case in cases))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
