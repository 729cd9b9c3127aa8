"""Writes tokens.txt, and the case file of policies, the same at each run. Needs PyJWT with cryptography."""

import base64
import datetime
import hashlib
import hmac
import json
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, utils
from cryptography.x509.oid import NameOID
from providers import API, GUID, PROVIDERS

NOW = 1_700_000_000
ISSUER, AUDIENCE = "https://issuer.example/t1", "https://api.example.com/mcp"


def stored(name: str) -> Any:
    """A key of tests/keys: they are known to everybody and guard nothing."""
    pem = (Path(__file__).parent.parent / "keys" / f"{name}.pem").read_bytes()
    return serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)


RSA, RSA2, LONG, WEAK = stored("rsa"), stored("rsa-other"), stored("rsa-4096"), stored("rsa-1024")
EC, P384, ED = stored("p256"), stored("p384"), stored("ed25519")
SECRET = hashlib.sha512(b"not a secret").digest()
cases: list[dict[str, str]] = []


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(key: Any, **more: Any) -> dict[str, Any]:
    algorithm = {rsa.RSAPrivateKey: jwt.algorithms.RSAAlgorithm, ec.EllipticCurvePrivateKey: jwt.algorithms.ECAlgorithm}
    kind = next((made for base, made in algorithm.items() if isinstance(key, base)), jwt.algorithms.OKPAlgorithm)
    made = json.loads(kind.to_jwk(key.public_key()))
    made.pop("key_ops", None)
    return made | {"kid": "k1"} | more


def keys(*jwks: Any) -> str:
    return json.dumps({"keys": list(jwks)})


def claims(**changes: Any) -> dict[str, Any]:
    base = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "iat": NOW - 10, "exp": NOW + 600, "scope": "read write"}
    return {name: value for name, value in (base | {"client_id": "c1", "jti": "j1"} | changes).items() if value != "ABSENT"}


HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "k1"}


def sign(payload: Any = None, header: Any = None, key: Any = RSA, alg: str = "RS256", tamper: Callable[[bytes], bytes] = bytes) -> str:
    """Signs texts as they are; dictionaries as JSON."""
    def text(value: Any) -> bytes:
        return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else json.dumps(value).encode()
    head = HEADER | {"alg": alg} | header if isinstance(header, dict) else header if header is not None else HEADER | {"alg": alg}
    signed = f"{b64(text(head))}.{b64(text(claims() if payload is None else payload))}"
    return f"{signed}.{b64(tamper(signature(signed.encode(), key, alg)))}"


def signature(message: bytes, key: Any, alg: str) -> bytes:
    """As PyJWT signs, but without randomness: RFC 6979 for ECDSA, a salt of zeros for PSS (RFC 8017 section 9.1.1)."""
    if alg.startswith("ES"):
        hashed = {"ES256": hashes.SHA256(), "ES384": hashes.SHA384()}[alg]
        r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashed, deterministic_signing=True)))
        return b"".join(part.to_bytes(key.key_size // 8) for part in (r, s))
    if alg == "PS256":
        length, salt = key.key_size // 8, bytes(32)
        seed = hashlib.sha256(bytes(8) + hashlib.sha256(message).digest() + salt).digest()
        mask = b"".join(hashlib.sha256(seed + counter.to_bytes(4)).digest() for counter in range(length // 32 + 1))
        block = (b"\x01" + salt).rjust(length - 33, b"\0")
        encoded = bytes(a ^ b for a, b in zip(block, mask, strict=False)) + seed + b"\xbc"
        private = key.private_numbers()
        return pow(int.from_bytes(encoded) % 2 ** (key.key_size - 1), private.d, private.public_numbers.n).to_bytes(length)
    return bytes(jwt.get_algorithm_by_name(alg).sign(message, key))


def certificate(public: Any, patch: tuple[bytes, bytes] = (b"", b"")) -> str:
    """A certificate for this public key, as `x5c` has it; with other bytes in the place of some, once it is signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    day = datetime.datetime(2023, 11, 14)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(public)
    builder = builder.serial_number(1).not_valid_before(day).not_valid_after(day + datetime.timedelta(days=9999))
    made = builder.sign(RSA, hashes.SHA256())  # which nobody checks
    der = made.public_bytes(serialization.Encoding.DER)
    # The last place: what the signature is by names an algorithm too, and stands before.
    before, found, after = der.rpartition(patch[0]) if patch[0] else (der, b"", b"")
    assert found == patch[0]
    return base64.b64encode(before + patch[1] + after).decode()


def digest(token: str) -> str:
    payload = token.split(".")[1]
    return hashlib.sha256(base64.urlsafe_b64decode(payload + "==")).hexdigest()


def case(name: str, rule: str, error: str, token: str | bytes, document: str | None = None, **policy: str) -> None:
    made = {"id": name, "rule": rule}
    made |= {"token_hex": token.hex()} if isinstance(token, bytes) else {"token": token}
    if "principal" in policy:
        policy["principal"] += "|" + digest(str(token))
    made["keys"] = document or keys(jwk(RSA, use="sig"))
    made |= {"issuer": ISSUER, "audience": AUDIENCE, "algorithms": "RS256", "scopes": "read"} | policy
    cases.append(made | {"error": error})


def many(count: int) -> dict[str, Any]:
    """A header with so many members that have no rule."""
    return {"alg": "RS256", "typ": "at+jwt", "kid": "k1"} | {f"m{index}": 0 for index in range(count)}


def text(**changes: Any) -> str:
    return json.dumps(claims(**changes))


GOOD = sign()
HEAD, BODY, SIGNATURE = GOOD.split(".")

case("good", "RFC 9068 section 4", "-", GOOD)
case("rs256-4096", "RFC 7518 section 3.3", "-", sign(key=LONG), keys(jwk(LONG, use="sig")))
case("rs256-4096-flipped", "RFC 7518 section 3.3", "signature_invalid", sign(key=LONG, tamper=lambda s: s[:-1] + bytes([s[-1] ^ 1])), keys(jwk(LONG, use="sig")))
# Algorithms
for alg in ("none", "None", "none ", "none\0", "rs256", "RS256 ", "RS1", "HS256"):
    case(f"alg-{alg!r}", "A01 A02 RFC 8725 section 3.2", "algorithm_refused", f"{b64(json.dumps(HEADER | {'alg': alg}).encode())}.{BODY}.{SIGNATURE}")
for alg in (None, 1, ["RS256"], True, {}):
    case(f"alg-type-{json.dumps(alg)}", "A02 RFC 7515 section 4.1.1", "header_malformed", sign(header={"alg": alg}))
for name, alg, error in [("", "RS256", "-"), ("-none", "none", "algorithm_refused"), ("-longer", "RS2560", "algorithm_refused")]:
    escaped = "".join(f"\\u{ord(character):04x}" for character in alg)
    case(f"alg-escaped{name}", "A02 J03 RFC 8259 section 8.3", error, sign(header=json.dumps(HEADER | {"alg": "X"}).replace("X", escaped)))
case("alg-absent", "A02 RFC 7515 section 4.1.1", "header_malformed", sign(header='{"typ":"at+jwt"}'))
der = RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
signed = f"{b64(json.dumps(HEADER | {'alg': 'HS256'}).encode())}.{BODY}"
confused = f"{signed}.{b64(hmac.digest(der, signed.encode(), 'sha256'))}"
case("hs-with-public-key", "A03 RFC 8725 section 2.1", "algorithm_refused", confused)
case("hs-and-rs", "A03 RFC 8725 section 2.1", "algorithms_mixed", confused, algorithms="RS256 HS256")
case("algorithm-named-twice", "A04 RFC 8725 section 3.1", "-", GOOD, algorithms="RS256 RS256")
case("no-algorithms", "A04 RFC 8725 section 3.1", "algorithms_empty", GOOD, algorithms="")
case("key-of-another-alg", "A04 RFC 7517 section 4.4", "key_not_found", sign(alg="RS512"), keys(jwk(RSA, alg="RS256")), algorithms="RS256 RS512")
case("key-without-alg", "A04 RFC 7517 section 4.4", "-", sign(alg="RS512"), algorithms="RS256 RS512")
case("wrong-key", "A05 RFC 7515 section 5.2", "signature_invalid", sign(key=RSA2))
case("swapped-payload", "A05 RFC 7515 section 5.2", "signature_invalid", f"{HEAD}.{b64(text(sub='root').encode())}.{SIGNATURE}")
case("no-signature", "A05 RFC 7515 section 5.2", "signature_invalid", f"{HEAD}.{BODY}.")
# Signatures
es = {"document": keys(jwk(EC, alg="ES256")), "algorithms": "ES256"}
order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def high(signature: bytes) -> bytes:
    return signature[:32] + (order - int.from_bytes(signature[32:])).to_bytes(32)


case("es256", "RFC 7518 section 3.4", "-", sign(key=EC, alg="ES256"), **es)
for name, tamper in {
    "zero": lambda s: bytes(64), "r-zero": lambda s: bytes(32) + s[32:], "s-zero": lambda s: s[:32] + bytes(32),
    "r-order": lambda s: order.to_bytes(32) + s[32:], "s-order": lambda s: s[:32] + order.to_bytes(32), "ones": lambda s: b"\xff" * 64,
}.items():
    case(f"es256-{name}", "S01 CVE-2022-21449", "signature_invalid", sign(key=EC, alg="ES256", tamper=tamper), **es)
for name, tamper in {"63": lambda s: s[:63], "65": lambda s: s + b"\0", "padded": lambda s: b"\0" + s[:32] + b"\0" + s[32:], "empty": lambda s: b""}.items():
    case(f"es256-length-{name}", "S02 RFC 7518 section 3.4", "signature_invalid", sign(key=EC, alg="ES256", tamper=tamper), **es)
case("es256-high-s", "S03 issuers emit it", "-", sign(key=EC, alg="ES256", tamper=high), **es)
point = jwk(EC)
off = b64(bytes(31) + b"\x05")
case("ec-off-curve", "S04 RFC 7518 section 6.2.1", "keys_unavailable", sign(key=EC, alg="ES256"), keys(point | {"y": off}), algorithms="ES256")
case("ec-origin", "S04 RFC 7518 section 6.2.1", "keys_unavailable", sign(key=EC, alg="ES256"), keys(point | {"x": b64(bytes(32)), "y": b64(bytes(32))}), algorithms="ES256")
case("ec-short", "S04 RFC 7518 section 6.2.1.2", "keys_unavailable", sign(key=EC, alg="ES256"), keys(point | {"x": point["x"][:40]}), algorithms="ES256")
case("ec-other-curve", "S04 RFC 7518 section 6.2.1.1", "keys_unavailable", sign(key=EC, alg="ES256"), keys(point | {"crv": "P-384"}), algorithms="ES256 ES384")
case("es384-key-for-es256", "A04 RFC 7518 section 3.4", "key_not_found", sign(key=P384, alg="ES384", header={"alg": "ES256"}), keys(jwk(P384)), algorithms="ES256 ES384")
ed = {"document": keys(jwk(ED)), "algorithms": "EdDSA"}
ED_ORDER = 2**252 + 27742317777372353535851937790883648493
case("ed25519", "RFC 8037 section 3.1", "-", sign(key=ED, alg="EdDSA"), **ed)
case("ed25519-new-name", "RFC 9864 section 2.2", "-", sign(key=ED, alg="EdDSA", header={"alg": "Ed25519"}), **ed)
case("ed25519-s-plus-order", "S05 RFC 8032 section 5.1.7", "signature_invalid", sign(key=ED, alg="EdDSA", tamper=lambda s: s[:32] + (int.from_bytes(s[32:], "little") + ED_ORDER).to_bytes(32, "little")), **ed)
for length in (63, 65):
    case(f"ed25519-{length}-bytes", "S05 RFC 8032 section 5.1.7", "signature_invalid", sign(key=ED, alg="EdDSA", tamper=lambda s, length=length: (s + b"\0")[:length]), **ed)
case("ed25519-identity-key", "S05 small order", "keys_unavailable", sign(key=ED, alg="EdDSA"), keys(jwk(ED) | {"x": b64(b"\1" + bytes(31))}), algorithms="EdDSA")
case("x25519-key", "S05 RFC 8037 section 3.2", "keys_unavailable", sign(key=ED, alg="EdDSA"), keys(jwk(ED) | {"crv": "X25519"}), algorithms="EdDSA")
case("rsa-long-signature", "S06 RFC 8017 section 8.2.2", "signature_invalid", sign(tamper=lambda s: b"\0" + s))
case("rsa-short-signature", "S06 RFC 8017 section 8.2.2", "signature_invalid", sign(tamper=lambda s: s[1:]))
n = RSA.public_key().public_numbers().n
case("rsa-s-plus-n", "S06 RFC 8017 section 5.2.2", "signature_invalid", sign(tamper=lambda s: ((int.from_bytes(s) + n) % 2**2048).to_bytes(256)))
case("rsa-pss-as-pkcs1", "S06 RFC 8017", "signature_invalid", sign(alg="PS256", header={"alg": "RS256"}))
case("rsa-1024", "S07 RFC 7518 section 3.3", "keys_unavailable", sign(key=WEAK), keys(jwk(WEAK)))
for name, e in {"1": b"\1", "2": b"\2", "even": b"\1\0\0", "huge": b"\1" * 9, "zero": b"\0", "leading-zero": b"\0\1\0\1"}.items():
    case(f"rsa-e-{name}", "S07 B02 RFC 7518 section 6.3.1.2", "keys_unavailable", GOOD, keys(jwk(RSA) | {"e": b64(e)}))
case("rsa-n-leading-zero", "B02 RFC 7518 section 2", "keys_unavailable", GOOD, keys(jwk(RSA) | {"n": b64(b"\0" + n.to_bytes(256))}))
doubled = b"\0" + n.to_bytes(256)
for name, key, error in [
    ("", jwk(RSA) | {"n": b64(doubled)}, "-"), ("-none-there", jwk(RSA), "-"), ("-two", jwk(RSA) | {"n": b64(b"\0" + doubled)}, "keys_unavailable"), ("-alone", jwk(RSA) | {"n": b64(b"\0")}, "keys_unavailable"), ("-before-low-bit", jwk(RSA) | {"n": b64(b"\0\x7f" + n.to_bytes(256)[1:])}, "keys_unavailable"),
    ("-e", jwk(RSA) | {"e": b64(b"\0\1\0\1")}, "keys_unavailable"), ("-both", jwk(RSA) | {"n": b64(doubled), "e": b64(b"\0\1\0\1")}, "keys_unavailable"), ("-even", jwk(RSA) | {"n": b64(b"\0" + (n - 1).to_bytes(256))}, "keys_unavailable"), ("-short", jwk(WEAK) | {"n": b64(b"\0" + WEAK.public_key().public_numbers().n.to_bytes(128))}, "keys_unavailable"),
    ("-certificate", jwk(RSA, x5c=[certificate(RSA.public_key())]) | {"n": b64(doubled)}, "-"), ("-certificate-of-another", jwk(RSA, x5c=[certificate(RSA2.public_key())]) | {"n": b64(doubled)}, "keys_unavailable"),
]:
    case(f"rsa-n-leading-zero-relaxed{name}", "B02 RFC 7518 section 6.3.1.1", error, GOOD, keys(key), relax="modulus_leading_zero")
case("rsa-n-leading-zero-4096", "B02 RFC 7518 section 6.3.1.1", "-", sign(key=LONG), keys(jwk(LONG) | {"n": b64(b"\0" + LONG.public_key().public_numbers().n.to_bytes(512))}), relax="modulus_leading_zero")
case("rsa-n-leading-zero-both-ways", "B02 K04 RFC 7518 section 6.3.1.1", "-", GOOD, keys(jwk(RSA), jwk(RSA) | {"n": b64(doubled)}), relax="modulus_leading_zero")
case("rsa-n-leading-zero-other-relaxed", "B02 RFC 7518 section 6.3.1.1", "keys_unavailable", GOOD, keys(jwk(RSA) | {"n": b64(doubled)}), relax="cty_jwt scp_text")
case("ec-leading-zero-relaxed", "B02 RFC 7518 section 6.2.1.2", "keys_unavailable", sign(key=EC, alg="ES256"), keys(jwk(EC) | {"x": b64(b"\0" + base64.urlsafe_b64decode(jwk(EC)["x"] + "="))}), algorithms="ES256", relax="modulus_leading_zero")
case("rsa-n-even", "S07", "keys_unavailable", GOOD, keys(jwk(RSA) | {"n": b64((n - 1).to_bytes(256))}))
case("rsa-n-16384", "S07 K10", "keys_unavailable", GOOD, keys(jwk(RSA) | {"n": b64(b"\xff" * 2048)}))
case("rsa-n-not-base64url", "B02 RFC 7518 section 2", "keys_unavailable", GOOD, keys(jwk(RSA) | {"n": jwk(RSA)["n"] + "=="}))
oct_key = {"kty": "oct", "k": b64(SECRET), "kid": "k1"}
hs = {"document": keys(oct_key), "algorithms": "HS256"}
case("hs256", "RFC 7518 section 3.2", "-", sign(key=SECRET, alg="HS256"), **hs)
# What `access_token_shared` of answers.txt gives.
says = {"iss": "https://as.example", "sub": "alice", "aud": "https://mcp.example/mcp", "client_id": "app", "scope": "a b", "jti": "j1", "iat": NOW, "exp": NOW + 900}
minted = sign(json.dumps(says, separators=(",", ":")), '{"alg":"HS256","typ":"at+jwt","kid":"2026-1"}', SECRET[:32], "HS256")
ours = {"issuer": says["iss"], "audience": says["aud"], "scopes": "a", "preset": "rfc9068"}
shared = keys(oct_key | {"k": b64(SECRET[:32]), "kid": "2026-1"})
case("minted-hs256", "RFC 9068 section 4", "-", minted, shared, algorithms="HS256", **ours)
case("minted-hs256-other-secret", "RFC 7515 section 5.2", "signature_invalid", minted, keys(oct_key | {"k": b64(SECRET[32:]), "kid": "2026-1"}), algorithms="HS256", **ours)
case("minted-hs256-public-keys", "A04 RFC 8725 section 3.1", "algorithm_refused", minted, keys(jwk(RSA, kid="2026-1")), **ours)
for length in (0, 1, 16, 31):
    case(f"hs256-{length}-bytes", "S08 RFC 2104", "signature_invalid", sign(key=SECRET, alg="HS256", tamper=lambda s, length=length: s[:length]), **hs)
for length in (0, 6, 31):
    case(f"hs256-secret-{length}", "S09 RFC 7518 section 3.2", "keys_unavailable", sign(key=SECRET, alg="HS256"), keys(oct_key | {"k": b64(SECRET[:length])}), algorithms="HS256")
for name, more, algorithms, alg, error in [
    ("named", {"alg": "HS256"}, "HS256 HS384 HS512", "HS256", "-"), ("named-other", {"alg": "HS256"}, "HS256 HS512", "HS512", "key_not_found"),
    ("unnamed", {}, "HS256 HS512", "HS256", "keys_unavailable"), ("unnamed-turned", {}, "HS512 HS256", "HS512", "keys_unavailable"), ("unnamed-short", {"k": b64(SECRET[:32])}, "HS256 HS512", "HS256", "keys_unavailable"),
    ("unnamed-alone", {}, "HS512", "HS512", "-"),
]:
    key = base64.urlsafe_b64decode((oct_key | more)["k"] + "==")
    case(f"hs-{name}", "A04 RFC 8725 section 3.1", error, sign(key=key, alg=alg), keys(oct_key | more), algorithms=algorithms)
# Header
own = jwk(RSA2)
case("header-jwk", "H01 RFC 7515 section 10.1", "signature_invalid", sign(key=RSA2, header={"jwk": own}))
case("header-x5c", "H01 RFC 7515 section 4.1.6", "signature_invalid", sign(key=RSA2, header={"x5c": ["MA=="]}))
case("header-jku", "H02 RFC 8725 section 3.10", "signature_invalid", sign(key=RSA2, header={"jku": "https://attacker.example/", "x5u": "file:///x"}))
for name, crit in {"unknown": ["x"], "empty": [], "text": "x", "null": None, "exp": ["exp"], "b64": ["b64"]}.items():
    case(f"crit-{name}", "H03 RFC 7515 section 4.1.11", "header_refused", sign(header={"crit": crit, "x": 1}))
case("crit-escaped", "H03 J03 RFC 8259 section 8.3", "header_refused", sign(header=r'{"alg":"RS256","typ":"at+jwt","kid":"k1","cr\u0069t":["x"]}'))
for name, value in {"b64": False, "zip": "DEF", "enc": "A256GCM", "cty": "JWT"}.items():
    rule = {"b64": "H04 RFC 7797 section 7", "zip": "H05 RFC 8725 section 3.6", "enc": "H06 RFC 7516", "cty": "H08 RFC 7519 section 5.2"}[name]
    case(f"header-{name}", rule, "header_refused", sign(header={name: value}))
for name, value, error in [("", "JWT", "-"), ("-case", "jwt", "header_refused"), ("-media-type", "application/jwt", "header_refused"), ("-other", "example;part=\"1/2\"", "header_refused"), ("-empty", "", "header_refused"), ("-null", None, "header_refused"), ("-number", 1, "header_refused"), ("-list", ["JWT"], "header_refused")]:
    case(f"header-cty-relaxed{name}", "H08 RFC 7519 section 5.2", error, sign(header={"cty": value}), relax="cty_jwt")
case("header-cty-relaxed-escaped", "H08 J03 RFC 8259 section 8.3", "-", sign(header=json.dumps(HEADER | {"cty": "X"}).replace("X", r"J\u0057T")), relax="cty_jwt")
case("header-cty-escaped", "H08 J03 RFC 8259 section 8.3", "header_refused", sign(header=json.dumps(HEADER | {"cty": "X"}).replace("X", r"J\u0057T")))
case("header-cty-relaxed-nested", "H08 RFC 7519 section 5.2", "json_invalid", sign(payload=GOOD, header={"cty": "JWT"}), relax="cty_jwt")
case("header-cty-relaxed-forged", "H08 A05", "signature_invalid", sign(key=RSA2, header={"cty": "JWT"}), relax="cty_jwt")
UNNAMED = {name: value for name, value in jwk(RSA).items() if name != "kid"}
for name, key, error, header in [("", UNNAMED, "-", {"kid": "other"}), ("-no-kid", UNNAMED, "-", json.dumps({"alg": "RS256", "typ": "at+jwt"})), ("-named", jwk(RSA), "key_not_found", {"kid": "other"}), ("-forged", {name: value for name, value in jwk(RSA2).items() if name != "kid"}, "signature_invalid", {})]:
    case(f"unnamed-key{name}", "K03 RFC 7515 section 4.1.4", error, sign(header=header), keys(key), relax="unnamed_key")
case("unnamed-key-and-a-named-one", "K03 RFC 7515 section 4.1.4", "key_ambiguous", GOOD, keys(UNNAMED, jwk(RSA2) | {"kid": "k1"}), relax="unnamed_key")
case("unnamed-key-other-algorithm", "K03 A05", "key_not_found", GOOD, keys({name: value for name, value in jwk(EC).items() if name != "kid"}), algorithms="RS256 ES256", relax="unnamed_key")
case("unnamed-key-unrelaxed", "K03 RFC 7515 section 4.1.4", "key_not_found", GOOD, keys(UNNAMED))
case("header-cty-forged", "H08 A05", "header_refused", sign(key=RSA2, header={"cty": "JWT"}))
case("header-cty-relaxed-crit", "H08 H03", "header_refused", sign(header={"cty": "JWT", "crit": ["cty"]}), relax="cty_jwt")
case("header-cty-relaxed-twice", "H08 J02", "json_duplicate_member", sign(header=json.dumps(HEADER)[:-1] + ', "cty": "JWT", "cty": "JWT"}'), relax="cty_jwt")
for name, value in {"none": "NONE", "gzip": "GZIP", "case": "def", "empty": "", "null": None, "number": 1, "list": ["DEF"]}.items():
    case(f"header-zip-{name}", "H05 RFC 7515 section 4, RFC 7516 section 4.1.3", "-", sign(header={"zip": value}))
case("header-zip-escaped", "H05 J03 RFC 8259 section 8.3", "header_refused", sign(header=json.dumps(HEADER | {"zip": "X"}).replace("X", r"D\u0045F")))
block = text().encode()  # stored, with its length before it (RFC 1951 section 3.2.4)
case("header-zip-and-deflated", "H05 RFC 8725 section 3.6", "json_string_invalid", sign(payload=b"\1" + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little") + block, header={"zip": "def"}))
case("five-parts", "H06 RFC 7516 section 7.1", "token_malformed", f"{HEAD}.{BODY}.a.b.c")
case("json-serialization", "H07 RFC 7515 section 7.2", "token_malformed", json.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE}))
case("detached", "H08 RFC 7515 appendix F", "signature_invalid", f"{HEAD}..{SIGNATURE}")
case("empty-payload", "H08", "json_invalid", sign(payload=b""))
# Keys
for name, kid in {"path": "../../etc/passwd", "sql": "k1' OR 1=1--", "crlf": "k1\r\nX: y", "case": "K1", "prefix": "k", "empty": ""}.items():
    case(f"kid-{name}", "K01 K03 RFC 7515 section 4.1.4", "key_not_found", sign(header={"kid": kid}))
for name, kid in {"number": 1, "null": None, "list": ["k1"], "long": "k" * 1025}.items():
    case(f"kid-{name}", "K02 RFC 7515 section 4.1.4", "header_malformed", sign(header={"kid": kid}))
case("kid-long-but-allowed", "K02", "-", sign(header={"kid": "k" * 1024}), keys(jwk(RSA, kid="k" * 1024)))
case("kid-escaped", "K02 J03", "-", sign(header=r'{"alg":"RS256","typ":"at+jwt","kid":"\u006b1"}'), keys(jwk(RSA)).replace('"k1"', r'"k\u0031"'))
without = {name: value for name, value in HEADER.items() if name != "kid"}
case("no-kid-one-key", "K04", "-", sign(header=json.dumps(without)))
case("no-kid-two-keys", "K04", "key_ambiguous", sign(header=json.dumps(without)), keys(jwk(RSA), jwk(RSA2, kid="k2")))
case("no-kid-two-keys-one-fits", "K04", "-", sign(header=json.dumps(without)), keys(jwk(RSA), jwk(EC, kid="k2")), algorithms="RS256 ES256")
case("kid-of-no-key", "K03", "key_not_found", GOOD, keys({k: v for k, v in jwk(RSA).items() if k != "kid"}))
case("kid-twice", "K05", "key_ambiguous", GOOD, keys(jwk(RSA), jwk(RSA2)))
nameless = {name: value for name, value in jwk(RSA).items() if name != "kid"}
for name, listed, header, error in [
    ("kid-twice-same", [jwk(RSA), jwk(RSA)], HEADER, "-"), ("kid-twice-same-one-with-alg", [jwk(RSA), jwk(RSA, alg="RS256", use="sig")], HEADER, "-"), ("kid-five-times-same", [jwk(RSA)] * 5, HEADER, "-"),
    ("kid-twice-same-and-other", [jwk(RSA), jwk(RSA), jwk(RSA2)], HEADER, "key_ambiguous"), ("kid-twice-same-around-other", [jwk(RSA), jwk(RSA2), jwk(RSA)], HEADER, "key_ambiguous"),
    ("kid-twice-other-exponent", [jwk(RSA), jwk(RSA) | {"e": b64(b"\3")}], HEADER, "key_ambiguous"),
    ("no-kid-twice-same", [nameless, nameless], without, "-"), ("no-kid-same-under-two-kids", [jwk(RSA), jwk(RSA, kid="k2"), nameless], without, "-"), ("no-kid-twice-same-and-other", [nameless, nameless, jwk(RSA2)], without, "key_ambiguous"),
    ("kid-twice-same-without-kid", [nameless, nameless], HEADER, "key_not_found"),
]:
    case(name, "K04 K05 RFC 7517 section 4.5", error, sign(header=json.dumps(header)), keys(*listed), algorithms="RS256 RS512")
point, twisted = jwk(EC), jwk(ED)
opposite = point | {"y": b64((0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF - EC.public_key().public_numbers().y).to_bytes(32))}
bent = ED.public_key().public_bytes_raw()
for name, private, alg, listed, error in [
    ("es256", EC, "ES256", [point, point], "-"), ("es256-opposite", EC, "ES256", [point, opposite], "key_ambiguous"), ("es384", P384, "ES384", [jwk(P384), jwk(P384)], "-"),
    ("ed25519", ED, "EdDSA", [twisted, twisted], "-"), ("ed25519-opposite", ED, "EdDSA", [twisted, twisted | {"x": b64(bent[:-1] + bytes([bent[-1] ^ 0x80]))}], "key_ambiguous"),
    ("hs256", SECRET, "HS256", [oct_key, oct_key], "-"), ("hs256-other", SECRET, "HS256", [oct_key, oct_key | {"k": b64(SECRET[::-1])}], "key_ambiguous"), ("hs256-longer", SECRET, "HS256", [oct_key, oct_key | {"k": b64(SECRET + b"\0")}], "key_ambiguous"),
]:
    case(f"kid-twice-{name}", "K05 RFC 7517 section 4.5", error, sign(key=private, alg=alg), keys(*listed), algorithms=alg)
case("kid-twice-other-type", "K05", "-", GOOD, keys(jwk(EC), jwk(RSA)), algorithms="RS256 ES256")
for name, more, error in [
    ("use-enc", {"use": "enc"}, "keys_unavailable"), ("use-number", {"use": 1}, "keys_unavailable"), ("use-case", {"use": "SIG"}, "keys_unavailable"),
    ("key-ops-verify", {"key_ops": ["verify"]}, "-"), ("key-ops-sign", {"key_ops": ["sign"]}, "keys_unavailable"), ("key-ops-empty", {"key_ops": []}, "keys_unavailable"), ("key-ops-empty-use-sig", {"key_ops": [], "use": "sig"}, "-"), ("use-sig-key-ops-empty", {"use": "sig", "key_ops": []}, "-"), ("key-ops-empty-use-enc", {"key_ops": [], "use": "enc"}, "keys_unavailable"), ("key-ops-empty-use-null", {"key_ops": [], "use": None}, "keys_unavailable"), ("key-ops-null", {"key_ops": None}, "-"), ("key-ops-of-null", {"key_ops": [None], "use": "sig"}, "keys_unavailable"), ("key-ops-sign-use-sig", {"key_ops": ["sign"], "use": "sig"}, "keys_unavailable"), ("key-ops-object", {"key_ops": {}, "use": "sig"}, "keys_unavailable"),
    ("key-ops-text", {"key_ops": "verify"}, "keys_unavailable"), ("key-ops-twice", {"key_ops": ["verify", "verify"]}, "keys_unavailable"),
    ("use-null", {"use": None}, "-"), ("use-empty", {"use": ""}, "keys_unavailable"), ("use-list", {"use": []}, "keys_unavailable"),
    ("alg-null", {"alg": None}, "-"), ("alg-empty", {"alg": ""}, "keys_unavailable"), ("alg-list", {"alg": []}, "keys_unavailable"),
    ("kid-list", {"kid": []}, "keys_unavailable"), ("kid-number", {"kid": 1}, "keys_unavailable"), ("thumbprints-null", {"x5t": None, "x5t#S256": None, "x5u": None}, "-"),
    ("kty-null", {"kty": None}, "keys_unavailable"), ("kty-empty", {"kty": ""}, "keys_unavailable"), ("n-null", {"n": None}, "keys_unavailable"), ("n-empty", {"n": ""}, "keys_unavailable"), ("e-null", {"e": None}, "keys_unavailable"), ("e-empty", {"e": ""}, "keys_unavailable"),
    ("of-other-types-null", {"crv": None, "x": None, "y": None, "k": None}, "-"), ("of-other-types-empty", {"crv": "", "x": "", "y": "", "k": ""}, "-"), ("of-other-types-number", {"x": 1}, "keys_unavailable"),
    ("alg-other", {"alg": "RS384"}, "keys_unavailable"), ("alg-encryption", {"alg": "RSA-OAEP"}, "keys_unavailable"), ("alg-number", {"alg": 1}, "keys_unavailable"),
    ("x5c-other", {"x5c": [certificate(RSA2.public_key())]}, "keys_unavailable"), ("x5c-other-type", {"x5c": [certificate(EC.public_key())]}, "keys_unavailable"), ("x5c-same", {"x5c": [certificate(RSA.public_key())]}, "-"), ("x5c-empty", {"x5c": []}, "-"), ("x5c-null", {"x5c": None}, "-"), ("unknown-member", {"x": "y"}, "-"), ("50-members", {f"x{i}": 0 for i in range(50)}, "-"), ("100-members", {f"x{i}": 0 for i in range(100)}, "keys_unavailable"),
]:
    case(f"key-{name}", "K06 RFC 7517 section 4", error, GOOD, keys(jwk(RSA) | more))
case("key-kid-null", "RFC 7517 section 4.5", "-", sign(header=json.dumps(without)), keys(jwk(RSA, kid=None)))
case("key-kid-null-for-kid", "RFC 7517 section 4.5", "key_not_found", GOOD, keys(jwk(RSA, kid=None)))
for name, alg, error in [("", "RS256", "-"), ("-other", "RS384", "keys_unavailable"), ("-longer", "RS256" + "x" * 999, "keys_unavailable")]:
    case(f"key-alg-escaped{name}", "A04 J03 RFC 8259 section 8.3", error, GOOD, keys(jwk(RSA, alg="X")).replace('"X"', f'"{alg[:3]}\\u{ord(alg[3]):04x}{alg[4:]}"'))
case("key-alg-escaped-old-name", "A04 J03 RFC 8259 section 8.3, RFC 9864 section 2.2", "-", sign(key=ED, alg="EdDSA"), keys(jwk(ED, alg="EdDSA")).replace("EdDSA", r"\u0045dDSA"), algorithms="EdDSA")
private = ("d", "p", "q", "dp", "dq", "qi", "oth")
case("key-private-null", "K08 RFC 7518 section 6.3.2", "-", GOOD, keys(jwk(RSA) | dict.fromkeys(private)))
case("key-private-empty", "K08 RFC 7518 section 6.3.2", "-", GOOD, keys(jwk(RSA) | dict.fromkeys(private, "") | {"oth": []}))
for name, value in {**dict.fromkeys((*private, "k"), "AQAB"), "oth": [{"r": "Aw", "d": "AQ", "t": "AQ"}]}.items():
    case(f"key-private-{name}", "K08 RFC 7518 section 6.3.2", "keys_unavailable", GOOD, keys(jwk(RSA) | dict.fromkeys(private) | {name: value}))
for name, value in {"number": 0, "false": False, "object": {}, "list": [""], "space": " "}.items():
    case(f"key-private-{name}", "K08 RFC 7518 section 6.3.2", "keys_unavailable", GOOD, keys(jwk(RSA) | {"d": value}))
silent = {"alg": None, "use": None, "key_ops": None, "keyId": None, "x5c": None, "x5t": None, "x5u": None, "keySize": 2048, "hasPrivateKey": False, "cryptoProviderFactory": {"customCryptoProvider": None}}
case("key-with-all-members", "RFC 7517 section 4, members of a serializer", "-", GOOD, keys(silent | dict.fromkeys((*private, "k", "crv", "x", "y")) | jwk(RSA)))
case("key-with-all-members-ec", "RFC 7517 section 4, members of a serializer", "-", sign(key=EC, alg="ES256"), keys(silent | dict.fromkeys((*private, "k", "n", "e")) | jwk(EC, use="sig", key_ops=[], oth=[], x5c=[])), algorithms="ES256")
case("key-ec-without-curve", "RFC 7518 section 6.2.1.1", "keys_unavailable", sign(key=EC, alg="ES256"), keys(jwk(EC) | {"crv": None}), algorithms="ES256")
case("hs-with-all-members", "RFC 7517 section 4, members of a serializer", "-", sign(key=SECRET, alg="HS256"), keys(silent | dict.fromkeys((*private, "n", "e", "crv", "x", "y")) | oct_key), algorithms="HS256")
for kty in "RSA", "EC", "OKP", "Oct":
    case(f"hs-secret-of-{kty}", "A03 RFC 7518 section 6.1", "keys_unavailable", sign(key=SECRET, alg="HS256"), keys(oct_key | {"kty": kty}), algorithms="HS256")
case("hs-without-secret", "RFC 7518 section 6.4.1", "keys_unavailable", sign(key=SECRET, alg="HS256"), keys(oct_key | {"k": None}), algorithms="HS256")
for name, private, alg in [("ec", EC, "ES256"), ("ed25519", ED, "EdDSA")]:
    for word, holder, error in [("same", private, "-"), ("other", RSA, "keys_unavailable")]:
        case(f"x5c-{name}-{word}", "K06 RFC 7517 section 4.7", error, sign(key=private, alg=alg), keys(jwk(private, x5c=[certificate(holder.public_key())])), algorithms=alg)
numbers = RSA.public_key().public_numbers()
# Contents of the object identifiers: prime192v1 for P-256, X25519 for Ed25519, X9.42's own field type for the type of key.
for name, private, alg, made, error in [
    ("rsa-other-exponent", RSA, "RS256", certificate(rsa.RSAPublicNumbers(3, numbers.n).public_key()), "keys_unavailable"),
    ("rsa-exponent-with-more-behind", RSA, "RS256", certificate(rsa.RSAPublicNumbers(0x01000107, numbers.n).public_key()), "keys_unavailable"),
    ("rsa-pss", RSA, "RS256", certificate(RSA.public_key(), (bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d01010a"))), "-"),
    ("rsa-other-algorithm", RSA, "RS256", certificate(RSA.public_key(), (bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010107"))), "keys_unavailable"),
    ("ec-other-curve", EC, "ES256", certificate(EC.public_key(), (bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030101"))), "keys_unavailable"),
    ("ec-other-algorithm", EC, "ES256", certificate(EC.public_key(), (bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0101"))), "keys_unavailable"),
    ("ec-compressed", EC, "ES256", certificate(EC.public_key(), (b"\x03\x42\x00\x04", b"\x03\x42\x00\x02")), "keys_unavailable"),
    ("p384-same", P384, "ES384", certificate(P384.public_key()), "-"),
    ("p384-other-curve", P384, "ES384", certificate(P384.public_key(), (bytes.fromhex("2b81040022"), bytes.fromhex("2b81040023"))), "keys_unavailable"),
    ("ed25519-other-algorithm", ED, "EdDSA", certificate(ED.public_key(), (bytes.fromhex("2b6570"), bytes.fromhex("2b656e"))), "keys_unavailable"),
]:
    case(f"x5c-{name}", "K06 RFC 7517 section 4.7, RFC 5280 section 4.1.2.7", error, sign(key=private, alg=alg), keys(jwk(private, x5c=[made])), algorithms=alg)
own, other = certificate(RSA.public_key()), certificate(RSA2.public_key())
for name, x5c in {
    "pem": ["-----BEGIN CERTIFICATE-----\n" + other + "\n-----END CERTIFICATE-----"], "wrapped": ["\n".join(other[at:at + 64] for at in range(0, len(other), 64))], "escaped-wrap": [other[:64] + "\r\n" + other[64:]],
    "cut": [other[:80]], "not-base64": ["!!!"], "not-der": [base64.b64encode(b"not DER").decode()], "der-of-something": [base64.b64encode(bytes.fromhex("3003020101")).decode()], "empty-text": [""], "of-null": [None], "of-number": [1], "text": own, "object": {"0": own}, "number": 1,
}.items():
    case(f"x5c-unreadable-{name}", "K06 RFC 7517 section 4.7, RFC 4648 section 4", "-", GOOD, keys(jwk(RSA, x5c=x5c)))
case("x5c-without-numbers", "RFC 7518 section 6.3.1", "keys_unavailable", GOOD, keys({"kty": "RSA", "kid": "k1", "x5c": [own]}))
# Cut within the modulus: what stands there is this key's as far as it goes, or it is not.
case("x5c-cut-in-the-key", "K06 RFC 7517 section 4.7", "-", GOOD, keys(jwk(RSA, x5c=[own[:len(own) // 2]])))
case("x5c-cut-in-another-key", "K06 RFC 7517 section 4.7", "keys_unavailable", GOOD, keys(jwk(RSA, x5c=[other[:len(other) // 2]])))
# The shape of Entra's set: keys without alg, each with a certificate, a member that RFC 7517 does not know, and the issuer
# whose it is: any tenant, or that of personal accounts.
def strange(number: int) -> int:
    return int.from_bytes(hashlib.shake_256(bytes([number])).digest(256)) | 1 << 2047 | 1


tenants = ["{tenantid}"] * 5 + ["9188040d-6c67-4c5b-b112-36a304b66dad"] * 2
publics = [{3: RSA, 6: RSA2}[index].public_key() if index in (3, 6) else rsa.RSAPublicNumbers(65537, strange(index)).public_key() for index in range(7)]
many_keys = [
    {"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": b64(public.public_numbers().n.to_bytes(256)), "e": "AQAB", "x5c": [certificate(public)], "cloud_instance_name": "microsoftonline.com", "issuer": f"https://login.microsoftonline.com/{tenant}/v2.0"}
    for public, tenant in zip(publics, tenants, strict=True) for kid in [b64(hashlib.sha1(public.public_numbers().n.to_bytes(256)).digest())]
]
tenant, personal = (f"https://login.microsoftonline.com/{name}/v2.0" for name in ("8e3c0a5b-1111-4222-8333-944455556666", tenants[6]))
for name, iss, index, key, error in [("", tenant, 3, RSA, "-"), ("-personal", personal, 6, RSA2, "-"), ("-personal-by-any", personal, 3, RSA, "-"), ("-by-personal", tenant, 6, RSA2, "key_issuer_mismatch"), ("-other-issuer", ISSUER, 3, RSA, "key_issuer_mismatch")]:
    case(f"set-of-entra{name}", "C11 RFC 7517 section 4, unknown members", error, sign(claims(iss=iss), header={"kid": many_keys[index]["kid"]}, key=key), keys(*many_keys), issuer=iss)
case("set-of-entra-no-kid", "K04", "key_ambiguous", sign(header=json.dumps(without)), keys(*many_keys))
for name, broken in {"unknown-kty": {"kty": "XYZ"}, "not-an-object": 5, "null": None, "no-kty": {"kid": "x"}, "bad-n": {"kty": "RSA", "n": "!", "e": "AQAB"}, "short-ed25519": {"kty": "OKP", "crv": "Ed25519", "x": b64(b"x" * 23)}}.items():
    case(f"neighbour-{name}", "K07 RFC 7517 section 5", "-", GOOD, keys(broken, jwk(RSA)))
case("key-duplicate-member", "J02 RFC 7517 section 4", "keys_unavailable", GOOD, '{"keys":[' + json.dumps(jwk(RSA))[:-1] + ',"kid":"k1"}]}')
case("key-private", "K08", "keys_unavailable", GOOD, keys(jwk(RSA) | {"d": "AQAB"}))
case("key-symmetric", "K08", "keys_unavailable", GOOD, keys(oct_key))
for name, document in {"not-json": "{", "array": "[]", "no-keys": "{}", "keys-object": '{"keys":{}}', "keys-twice": '{"keys":[],"keys":[]}'}.items():
    case(f"set-{name}", "K10 RFC 7517 section 5", "key_set_malformed", GOOD, document)
case("set-empty", "K10 RFC 7517 section 5", "keys_unavailable", GOOD, '{"keys":[]}')
case("set-1025-keys", "K10", "key_set_too_many_keys", GOOD, '{"keys":[' + ",".join(["1"] * 1025) + "]}")
case("set-deep", "K10 J06", "keys_unavailable", GOOD, '{"keys":' + "[" * 100 + "]" * 100 + "}")
case("set-66-members", "K10 J02", "key_set_malformed", GOOD, json.dumps({f"m{index}": 0 for index in range(65)} | {"keys": [jwk(RSA)]}))
deep = "[" * 100 + '"\\"]{"' + "]" * 100
for name, broken in {"nul-in-name": r'{"a\u0000":1}', "lone-surrogate": r'{"kid":"\ud800"}', "deep": f'{{"a":{deep}}}', "deep-array": deep, "many-members": json.dumps(many(99)), "duplicate-member": '{"kty":"RSA","kty":"EC"}'}.items():
    case(f"neighbour-{name}", "K07 J05 J06 RFC 7517 section 5", "-", GOOD, f'{{"keys":[{broken},{json.dumps(jwk(RSA))},{broken}]}}')
case("set-unread-deep", "K07 J06 RFC 7517 section 5", "-", GOOD, f'{{"x":{deep},"keys":[{json.dumps(jwk(RSA))}]}}')
for name, broken in {"open": "[" * 100 + "]" * 99, "open-string": "[" * 100 + '"' + "]" * 100}.items():
    case(f"set-deep-{name}", "K10 J06", "key_set_malformed", GOOD, f'{{"keys":[{broken}')
# Text
for name, token in {
    "padding": GOOD + "==", "space": GOOD + " ", "newline": GOOD + "\n", "nul": GOOD + "\0", "plus": f"{HEAD}.{BODY}.{SIGNATURE[:-4]}+/+/", "inner-space": f"{HEAD}.{BODY[:8]} {BODY[8:]}.{SIGNATURE}",
    "stray-bits": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
}.items():
    case(f"b64-{name}", "B01 RFC 7515 section 2, RFC 4648 section 3.5", "signature_invalid" if name == "inner-space" else "encoding_invalid", token.encode())
case("b64-not-utf8", "B01", "encoding_invalid", GOOD.encode() + b"\xff\xfe\xfd\xfc")
for name, token in {"empty": "", "dots": "..", "two-parts": f"{HEAD}.{BODY}", "four-parts": GOOD + "."}.items():
    case(f"parts-{name}", "B01 RFC 7515 section 7.1", "json_invalid" if name == "dots" else "token_malformed", token)
case("too-long", "B04", "token_too_long", f"{HEAD}.{'A' * 16384}.{SIGNATURE}")
case("many-dots", "B04", "token_malformed", "." * 16000)
case("unknown-members", "J01 RFC 7519 section 4", "-", sign(claims(custom={"a": [1, {"b": None}]}), header={"x": {"y": 1}}))
body = text()[1:-1]
for name, payload in {
    "exp": "{" + body + f', "exp": {NOW + 1}' + "}", "escaped": "{" + body + r', "\u0065xp": 1}', "unknown": "{" + body + ', "a": 1, "a": 1}', "nested": "{" + body + ', "a": {"b": {"c": 1, "c": 1}}}',
    "in-array": "{" + body + ', "a": [{"b": 1, "b": 2}]}',
}.items():
    case(f"duplicate-{name}", "J02 RFC 7519 section 4", "json_duplicate_member", sign(payload))
case("duplicate-header", "J02 RFC 7515 section 4", "json_duplicate_member", sign(header='{"alg":"none","alg":"RS256","kid":"k1","typ":"at+jwt"}'))
case("escaped-names", "J03 RFC 8259 section 8.3", "-", sign(text().replace('"exp"', r'"e\u0078p"').replace('"iss"', r'"\u0069\u0073\u0073"')))
case("escaped-values", "J03 RFC 8259 section 8.3", "-", sign(text().replace("https://", r"https:\/\/").replace("read", r"\u0072ead")))
for name, payload in {"nan": "{" + body + ', "a": NaN}', "trailing": text() + "x", "two": text() + "{}", "comment": "{" + body + "/**/}", "bom": "\ufeff" + text(), "single-quotes": "{'a':1}", "trailing-comma": "{" + body + ",}", "utf-16": text().encode("utf-16-le")}.items():
    case(f"json-{name}", "J04 RFC 8259", "json_invalid", sign(payload))
for name, payload in {"array": "[]", "text": '"x"', "number": "1"}.items():
    case(f"json-{name}", "J04 RFC 7519 section 7.2", "json_not_object", sign(payload))
for name, payload in {"surrogate-bytes": b'{"a":"\xed\xa0\x80"}', "lone-surrogate": r'{"a":"\ud800"}', "nul-in-name": r'{"exp\u0000":1}', "overlong": b'{"a":"\xc0\xaf"}'}.items():
    case(f"json-{name}", "J05 RFC 3629", "json_string_invalid", sign(payload))
case("json-deep", "J06", "json_too_deep", sign("{" + body + ', "a": ' + "[" * 5000 + "]" * 5000 + "}"))
case("header-65-members-forged", "J02 B02", "signature_invalid", sign(header=many(62), tamper=lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])))
case("header-66-members", "J02 B02", "json_too_complex", sign(header=many(63)))
case("json-32-levels", "J06", "-", sign("{" + body + ', "a": ' + "[" * 31 + "]" * 31 + "}"))
# Claims
for name, exp, error in [
    ("in-leeway", NOW - 59, "-"), ("at-leeway", NOW - 60, "token_expired"), ("past", NOW - 3600, "token_expired"), ("fraction", NOW - 59.5, "-"), ("exponent", "17e8", "-"), ("zero", 0, "token_expired"), ("negative", -1, "token_expired"),
    ("text", str(NOW + 600), "claim_malformed"), ("true", True, "claim_malformed"), ("null", None, "claim_malformed"), ("list", [NOW], "claim_malformed"), ("1e400", "1e400", "claim_malformed"), ("1e30", "1e30", "claim_malformed"),
    ("i64-max", 2**63 - 1, "claim_malformed"), ("u64-max", 2**64 - 1, "claim_malformed"), ("2-to-53", 2**53, "-"), ("past-2-to-53", 2**53 + 1, "claim_malformed"),
]:
    raw = name in ("exponent", "1e400", "1e30")
    payload: Any = text(exp="X").replace('"X"', str(exp)) if raw else claims(exp=exp)
    case(f"exp-{name}", "C01 C02 RFC 7519 sections 2 and 4.1.4", error, sign(payload))
case("exp-5000-digits", "C02", "claim_malformed", sign(text(exp="X").replace('"X"', "9" * 5000)))
case("exp-now-without-leeway", "C01 RFC 7519 section 4.1.4", "token_expired", sign(claims(exp=NOW)), leeway="0")
case("exp-next-without-leeway", "C01 RFC 7519 section 4.1.4", "-", sign(claims(exp=NOW + 1)), leeway="0")
case("exp-absent", "C01 RFC 9068 section 2.2", "claim_missing", sign(claims(exp="ABSENT")))
for name, nbf, error in [("in-leeway", NOW + 60, "-"), ("future", NOW + 61, "token_not_yet_valid"), ("text", "1", "claim_malformed"), ("null", None, "claim_malformed")]:
    case(f"nbf-{name}", "C03 RFC 7519 section 4.1.5", error, sign(claims(nbf=nbf)))
for name, iat, error in [("in-leeway", NOW + 60, "-"), ("future", NOW + 61, "token_issued_in_future"), ("text", "1", "claim_malformed"), ("absent", "ABSENT", "-")]:
    case(f"iat-{name}", "C04 RFC 7519 section 4.1.6", error, sign(claims(iat=iat)))
for name, aud, error in [
    ("list", ["https://other.example", AUDIENCE], "-"), ("prefix", AUDIENCE + ".evil.example", "audience_mismatch"), ("shorter", AUDIENCE[:-1], "audience_mismatch"), ("slash", AUDIENCE + "/", "audience_mismatch"), ("host-case", "https://API.example.com/mcp", "audience_mismatch"),
    ("empty-list", [], "audience_mismatch"), ("empty", "", "audience_mismatch"), ("absent", "ABSENT", "claim_missing"), ("null", None, "claim_malformed"), ("number", 5, "claim_malformed"), ("nested", [[AUDIENCE]], "claim_malformed"), ("mixed-list", [AUDIENCE, 5], "claim_malformed"), ("object", {AUDIENCE: 1}, "claim_malformed"),
]:
    case(f"aud-{name}", "C05 RFC 7519 section 4.1.3", error, sign(claims(aud=aud)))
case("aud-none-in-policy", "C05", "audience_invalid", GOOD, audience="")
case("aud-case-equivalent", "C05 RFC 8707 section 2", "-", sign(claims(aud="https://API.example.com/mcp")), relax="audience_uri_equivalence")
for name, ours, theirs, error in [("same", "443", ":443", "-"), ("zeros", "443", ":0443", "audience_mismatch"), ("zeros-in-policy", "0080", ":80", "audience_mismatch"), ("other", "443", ":8443", "audience_mismatch"), ("absent", "443", "", "audience_mismatch")]:
    case(f"aud-port-{name}", "C05 RFC 8707 section 2", error, sign(claims(aud=f"https://API.example.com{theirs}/mcp")), relax="audience_uri_equivalence", audience=f"https://api.example.com:{ours}/mcp")
TWO = "https://two.example/mcp"
for name, aud, ours, relaxed in [("second", TWO, TWO, {}), ("both", ["x", TWO, AUDIENCE], TWO, {}), ("equivalent", "https://TWO.example/mcp", TWO, {"relax": "audience_uri_equivalence"})]:
    case(f"aud-matched-{name}", "C05 RFC 7519 section 4.1.3", "-", sign(claims(aud=aud)), audience=f"{AUDIENCE} {TWO}", principal=f"{ISSUER}|user-1|c1|j1|{aud if isinstance(aud, str) else ' '.join(aud)}|{ours}|read write|{NOW + 600}|{NOW - 10}|-", **relaxed)
case("aud-path-slash-not-equivalent", "C05 RFC 8707 section 2", "audience_mismatch", sign(claims(aud=AUDIENCE + "/")), relax="audience_uri_equivalence")
for name, host in {"host": "https://api.example.org", "scheme": "http://api.example.com", "port": "https://api.example.com:444", "subdomain": "https://example.com"}.items():
    case(f"aud-other-{name}-not-equivalent", "C05 RFC 8707 section 2", "audience_mismatch", sign(claims(aud=f"{host}/mcp")), relax="audience_uri_equivalence")
for name, iss, error in [("slash", ISSUER + "/", "issuer_mismatch"), ("prefix", ISSUER[:-1], "issuer_mismatch"), ("case", ISSUER.upper(), "issuer_mismatch"), ("absent", "ABSENT", "claim_missing"), ("list", [ISSUER], "claim_malformed"), ("null", None, "claim_malformed"), ("realm", "https://issuer.example/t2", "issuer_mismatch")]:
    case(f"iss-{name}", "C06 C07 RFC 8725 section 3.8", error, sign(claims(iss=iss)))
case("leeway-too-large", "C08 RFC 7519 section 4.1.4", "leeway_too_large", GOOD, leeway="301")
for name, scope, error in [("exact", "read", "-"), ("prefix", "readall rea", "insufficient_scope"), ("tab", "read\twrite", "insufficient_scope"), ("comma", "read,write", "insufficient_scope"), ("nbsp", "x\u00a0read", "insufficient_scope"), ("case", "READ", "insufficient_scope"), ("empty", "", "insufficient_scope"), ("absent", "ABSENT", "insufficient_scope"), ("number", 5, "claim_malformed"), ("list", ["read"], "claim_malformed")]:
    case(f"scope-{name}", "C09 RFC 6749 section 3.3", error, sign(claims(scope=scope)))
for name, scp, error, relax in [("list", ["read", "x"], "-", ""), ("space-in-element", ["x read"], "claim_malformed", ""), ("mixed", ["read", 1], "claim_malformed", ""), ("text", "read", "claim_malformed", ""), ("text-relaxed", "x read", "-", "scp_text")]:
    case(f"scp-{name}", "C09", error, sign(claims(scope="ABSENT", scp=scp)), relax=relax)
for name, scope, error in [("most", "a " * 1023 + "read", "-"), ("too-many", "a " * 1024 + "read", "claim_malformed")]:
    case(f"scope-{name}", "C09 as many scopes as a token may grant", error, sign(claims(scope=scope)))
case("scp-too-many", "C09 as many scopes as a token may grant", "claim_malformed", sign(claims(scope="ABSENT", scp=["a"] * 1024 + ["read"])))
case("scope-before-scp", "C09", "insufficient_scope", sign(claims(scope="x", scp=["read"])))
# Where the scopes stand: in one claim, by name; what others say does not count.
many_scopes = ["a"] * 1023 + ["read"]
for name, source, changes, error in [
    ("scope", "scope", {}, "-"), ("scope-list-there", "scope", {"scope": ["read"]}, "claim_malformed"), ("scope-absent", "scope", {"scope": "ABSENT", "scp": ["read"]}, "insufficient_scope"), ("scope-null", "scope", {"scope": None}, "claim_malformed"),
    ("scope-beside-broken-scp", "scope", {"scp": 5}, "-"),
    ("scope-list", "scope_list", {"scope": ["read", "x"]}, "-"), ("scope-list-lacks", "scope_list", {"scope": ["write"], "scp": ["read"]}, "insufficient_scope"), ("scope-list-text-there", "scope_list", {"scope": "read"}, "claim_malformed"), ("scope-list-empty", "scope_list", {"scope": []}, "insufficient_scope"),
    ("scope-list-of-one-empty-text", "scope_list", {"scope": [""]}, "insufficient_scope"), ("scope-list-absent", "scope_list", {"scope": "ABSENT"}, "insufficient_scope"), ("scope-list-null", "scope_list", {"scope": None}, "claim_malformed"), ("scope-list-space-in-element", "scope_list", {"scope": ["x read"]}, "claim_malformed"),
    ("scope-list-space-alone", "scope_list", {"scope": ["read", " "]}, "claim_malformed"), ("scope-list-number", "scope_list", {"scope": ["read", 1]}, "claim_malformed"), ("scope-list-of-null", "scope_list", {"scope": ["read", None]}, "claim_malformed"), ("scope-list-nested", "scope_list", {"scope": [["read"]]}, "claim_malformed"),
    ("scope-list-object", "scope_list", {"scope": {"read": True}}, "claim_malformed"), ("scope-list-twice", "scope_list", {"scope": ["read", "read"]}, "-"), ("scope-list-most", "scope_list", {"scope": many_scopes}, "-"), ("scope-list-too-many", "scope_list", {"scope": ["a", *many_scopes]}, "claim_malformed"),
    ("scp", "scp", {"scope": "x", "scp": ["read"]}, "-"), ("scp-lacks", "scp", {"scp": ["x"]}, "insufficient_scope"), ("scp-absent", "scp", {}, "insufficient_scope"), ("scp-text", "scp", {"scp": "read"}, "claim_malformed"), ("scp-null", "scp", {"scp": None}, "claim_malformed"),
    ("permissions", "permissions", {"scope": "x", "permissions": ["read"]}, "-"), ("permissions-lack", "permissions", {"permissions": ["x"]}, "insufficient_scope"), ("permissions-absent", "permissions", {"scp": ["read"]}, "insufficient_scope"), ("permissions-text", "permissions", {"permissions": "read"}, "claim_malformed"),
    ("permissions-null", "permissions", {"permissions": None}, "claim_malformed"), ("permissions-number", "permissions", {"permissions": [5]}, "claim_malformed"), ("permissions-space", "permissions", {"permissions": ["x read"]}, "claim_malformed"), ("permissions-too-many", "permissions", {"permissions": ["a", *many_scopes]}, "claim_malformed"),
    ("roles", "roles", {"scope": "x", "roles": ["read"]}, "-"), ("roles-absent", "roles", {"permissions": ["read"]}, "insufficient_scope"), ("roles-text", "roles", {"roles": "read"}, "claim_malformed"), ("roles-space", "roles", {"roles": ["x read"]}, "claim_malformed"),
    ("nested", "realm_access.roles", {"scope": "x", "realm_access": {"a": [{"roles": ["x"]}], "roles": ["x", "read"]}}, "-"), ("nested-lacks", "realm_access.roles", {"realm_access": {"roles": ["x"]}, "roles": ["read"]}, "insufficient_scope"), ("nested-outer-absent", "realm_access.roles", {"roles": ["read"]}, "insufficient_scope"),
    ("nested-inner-absent", "realm_access.roles", {"realm_access": {}}, "insufficient_scope"), ("nested-over-list", "realm_access.roles", {"realm_access": ["read"]}, "claim_malformed"), ("nested-over-text", "realm_access.roles", {"realm_access": "read"}, "claim_malformed"), ("nested-over-null", "realm_access.roles", {"realm_access": None}, "claim_malformed"),
    ("nested-text", "realm_access.roles", {"realm_access": {"roles": "read"}}, "claim_malformed"), ("nested-null", "realm_access.roles", {"realm_access": {"roles": None}}, "claim_malformed"), ("nested-object", "realm_access.roles", {"realm_access": {"roles": {"read": 1}}}, "claim_malformed"),
    ("nested-space", "realm_access.roles", {"realm_access": {"roles": ["x read"]}}, "claim_malformed"), ("nested-as-one-name", "realm_access.roles", {"realm_access.roles": ["read"]}, "insufficient_scope"), ("nested-twice", "realm_access.roles", {"realm_access": {"roles": ["read", "read"]}}, "-"),
    ("nested-three", "resource_access.my-app.roles", {"resource_access": {"my-app": {"roles": ["read"]}, "other": {"roles": []}}}, "-"), ("nested-three-of-another", "resource_access.my-app.roles", {"resource_access": {"other": {"roles": ["read"]}}}, "insufficient_scope"),
    ("nested-three-over-list", "resource_access.my-app.roles", {"resource_access": {"my-app": ["read"]}}, "claim_malformed"), ("nested-four", "a.b.c.d", {"a": {"b": {"c": {"d": ["read"]}}}}, "-"), ("nested-five", "a.b.c.d.e", {"a": {"b": {"c": {"d": {"e": ["read"]}}}}}, "scope_source_invalid"),
    ("url", "https://example.com/roles", {"https://example.com/roles": ["read"]}, "-"), ("url-is-no-path", "https://example.com/roles", {"https://example": {"com/roles": ["read"]}}, "insufficient_scope"), ("urn", "cognito:groups", {"cognito:groups": ["read"]}, "-"),
    ("url-text", "https://example.com/roles", {"https://example.com/roles": "read"}, "claim_malformed"), ("host-without-scheme", "example.com/roles", {"example.com/roles": ["read"], "example": {"com/roles": ["read"]}}, "scope_source_invalid"),
    ("unknown", "groups", {"groups": ["read"]}, "scope_source_invalid"), ("of-another-case", "Scope", {}, "scope_source_invalid"), ("empty-first", ".roles", {"": {"roles": ["read"]}}, "scope_source_invalid"), ("empty-last", "roles.", {"roles": {"": ["read"]}}, "scope_source_invalid"), ("empty-inner", "a..b", {}, "scope_source_invalid"), ("space-in-name", "a b.c", {}, "scope_source_invalid"),
]:
    case(f"source-{name}", "C09 one claim, named by the policy", error, sign(claims(**changes)), scope_source=source)
for name, changes, error in [("text", {"scope": "x", "scp": "x read"}, "-"), ("list", {"scope": "x", "scp": ["read"]}, "-"), ("text-lacks", {"scp": "readall"}, "insufficient_scope"), ("number", {"scp": 5}, "claim_malformed"), ("too-many", {"scp": "a " * 1024 + "read"}, "claim_malformed")]:
    case(f"source-scp-relaxed-{name}", "C09 one claim, named by the policy", error, sign(claims(**changes)), scope_source="scp", relax="scp_text")
case("source-scope-list-not-relaxed", "C09 one claim, named by the policy", "claim_malformed", sign(claims(scope="read")), scope_source="scope_list", relax="scp_text")
case("source-escaped", "C09 J03 RFC 8259 section 8.3", "-", sign(text(scope="x", realm_access={"roles": ["read"]}).replace("realm_access", r"realm\u005faccess").replace('"read"', r'"r\u0065ad"').replace("roles", r"\u0072oles")), scope_source="realm_access.roles")
case("source-space-escaped", "C09 J03 RFC 8259 section 8.3", "claim_malformed", sign(text(roles=["x_read"]).replace("x_read", r"x\u0020read")), scope_source="roles")
case("source-nested-duplicate", "C09 J02 RFC 7519 section 4", "json_duplicate_member", sign(text()[:-1] + ', "realm_access": {"roles": ["x"], "roles": ["read"]}}'), scope_source="realm_access.roles")
case("source-implied", "C09 MCP scope hierarchy", "-", sign(claims(roles=["root"])), scope_source="roles", hierarchy="root admin;admin read write")
case("source-principal", "C09 one claim, named by the policy", "-", sign(claims(roles=["read", "b"])), scope_source="roles", principal=f"{ISSUER}|user-1|c1|j1|{AUDIENCE}|{AUDIENCE}|read b|{NOW + 600}|{NOW - 10}|-")
case("source-principal-nested", "C09 one claim, named by the policy", "-", sign(claims(realm_access={"roles": ["read", "b"]})), scope_source="realm_access.roles", principal=f"{ISSUER}|user-1|c1|j1|{AUDIENCE}|{AUDIENCE}|read b|{NOW + 600}|{NOW - 10}|-")
case("source-of-two-issuers", "C09 C07 RFC 8725 section 3.8", "-", sign(claims(iss="https://other.example", roles=["read"], scope="ABSENT"), key=RSA2), keys(jwk(RSA)), issuer_2="https://other.example", keys_2=keys(jwk(RSA2)), scope_source="roles")
case("scope-implied", "MCP scope hierarchy", "-", sign(claims(scope="root")), hierarchy="root admin;admin read write")
case("scope-not-implied", "MCP scope hierarchy", "insufficient_scope", sign(claims(scope="write")), hierarchy="root admin;admin read write")
for typ, error, loose in [("JWT", "typ_refused", "-"), ("dpop+jwt", "typ_refused", "typ_refused"), ("logout+jwt", "typ_refused", "typ_refused"), ("at+jwt ", "typ_refused", "typ_refused"), ("AT+JWT", "-", "-"), ("application/at+jwt", "-", "-"), ("", "typ_refused", "typ_refused")]:
    case(f"typ-{typ!r}", "T01 RFC 9068 section 4", error, sign(header={"typ": typ}))
    case(f"typ-{typ!r}-relaxed", "T01 RFC 9068 section 4", loose, sign(header={"typ": typ}), relax="typ_jwt_or_absent")
case("typ-absent", "T01 RFC 9068 section 4", "typ_refused", sign(header='{"alg":"RS256","kid":"k1"}'))
case("typ-absent-relaxed", "T01 RFC 9068 section 4", "-", sign(header='{"alg":"RS256","kid":"k1"}'), relax="typ_jwt_or_absent")
case("typ-number", "T01 RFC 7515 section 4.1.9", "header_malformed", sign(header={"typ": 1}))
case("typ-unchecked", "T01", "-", sign(header={"typ": "x"}), relax="typ_unchecked")
case("bound-to-a-key", "RFC 9449 section 6, RFC 7800", "token_sender_constrained", sign(claims(cnf={"jkt": "x"})))
for name in ("sub", "client_id", "iat", "jti"):
    case(f"rfc9068-without-{name}", "RFC 9068 section 2.2", "claim_missing", sign(claims(**{name: "ABSENT"})), preset="rfc9068")
case("rfc9068", "RFC 9068 section 2.2", "-", GOOD, preset="rfc9068")
case("relaxation-unknown", "names of rules are a fixed list", "relaxation_unknown", GOOD, relax="typ_unchecked everything")
case("rfc9068-client-id-optional", "RFC 9068 section 2.2", "-", sign(claims(client_id="ABSENT")), preset="rfc9068", relax="client_id_optional")
case("required-claim", "RFC 7519 section 4", "claim_missing", GOOD, required_claims="tenant")
case("required-claim-there", "RFC 7519 section 4", "-", sign(claims(tenant=None)), required_claims="tenant")
case("sub-number", "RFC 7519 section 4.1.2", "claim_malformed", sign(claims(sub=5)))
# Several issuers, and what a principal tells
OTHER = "https://other.example"
two = {"document": keys(jwk(RSA)), "issuer_2": OTHER, "keys_2": keys(jwk(RSA2))}
case("issuers-first", "C07 RFC 8725 section 3.8", "-", GOOD, **two)
case("issuers-second", "C07 RFC 8725 section 3.8", "-", sign(claims(iss=OTHER), key=RSA2), **two)
case("issuers-second-escaped", "C07 J03 RFC 8259 section 8.3", "-", sign(text(iss=OTHER).replace("https://", r"https:\/\/"), key=RSA2), **two)
case("issuers-key-of-the-other", "C07 RFC 8725 section 3.8", "signature_invalid", sign(claims(iss=OTHER), key=RSA), **two)
case("issuers-key-of-the-first", "C07 RFC 8725 section 3.8", "signature_invalid", sign(key=RSA2), **two)
crowd = {f"\n{index}": 0 for index in range(900)}
case("issuers-many-names", "J02 K10 RFC 7519 section 4", "-", sign(claims(iss=OTHER, **crowd), key=RSA2), **two)
case("issuers-many-names-forged", "J02 K10 RFC 7519 section 4", "signature_invalid", sign(claims(iss=OTHER, **crowd), key=RSA), **two)
case("issuers-many-names-twice", "J02 K10 RFC 7519 section 4", "json_duplicate_member", sign(text(iss=OTHER, **crowd)[:-1] + r', "\u000a7": 0}', key=RSA2), **two)
case("issuers-nested-twice", "J02 K10 RFC 7519 section 4", "json_duplicate_member", sign(text(iss=OTHER, **crowd)[:-1] + r', "a": {"b": 0, "b": 1}}', key=RSA2), **two)
for name, iss in {"unknown": "https://third.example", "absent": "ABSENT", "list": [OTHER], "null": None, "slash": OTHER + "/"}.items():
    case(f"issuers-{name}", "C07 RFC 8725 section 3.8", "issuer_unknown", sign(claims(iss=iss)), **two)
case("issuers-twice", "C07 J02 RFC 7519 section 4", "json_duplicate_member", sign(text()[:-1] + f', "iss": "{OTHER}"' + "}"), **two)
case("issuers-payload-not-json", "C07 J04", "json_invalid", sign(payload="{"), **two)
for name, tamper in {"twin-one": bytes, "twin-other": high}.items():
    case(name, "B03 S03", "-", sign(key=EC, alg="ES256", tamper=tamper), principal=f"{ISSUER}|user-1|c1|j1|{AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|-", **es)
case("principal", "RFC 9068 section 2.2", "-", sign(claims(aud=["x", AUDIENCE], nbf=NOW - 5)), principal=f"{ISSUER}|user-1|c1|j1|x {AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|{NOW - 5}")
case("principal-least", "RFC 7519 section 4.1", "-", sign(json.dumps({"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 0.5, "scp": ["read"]})), principal=f"{ISSUER}|-|-|-|{AUDIENCE}|{AUDIENCE}|read|{NOW + 1}|-|-")
case("principal-escaped", "J03 RFC 8259 section 8.3", "-", sign(text(sub="X", scope="read Y").replace("X", r"\ud83d\ude00\u00e4\/").replace("Y", r"\u0077")), principal=f"{ISSUER}|\U0001f600\u00e4/|c1|j1|{AUDIENCE}|{AUDIENCE}|read w|{NOW + 600}|{NOW - 10}|-")
case("principal-unprintable", "J03 RFC 8259 section 7", "-", sign(claims(sub="user-1\x1b[2J")), principal=f"{ISSUER}|user-1\x1b[2J|c1|j1|{AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|-")
# Whose tokens count: one of a list, or of a template's values
THIRD = "https://third.example"
for name, issuers, iss, error in [
    ("first", f"{OTHER} {THIRD}", OTHER, "-"), ("last", f"{OTHER} {THIRD}", THIRD, "-"), ("only", OTHER, OTHER, "-"), ("most", " ".join(f"{OTHER}/{index}" for index in range(64)), f"{OTHER}/63", "-"),
    ("own-not-listed", f"{OTHER} {THIRD}", ISSUER, "issuer_mismatch"), ("own-listed", f"{OTHER} {ISSUER}", ISSUER, "-"), ("not-listed", f"{OTHER} {THIRD}", "https://fourth.example", "issuer_mismatch"),
    ("prefix", f"{OTHER} {THIRD}", OTHER[:-1], "issuer_mismatch"), ("slash", f"{OTHER} {THIRD}", OTHER + "/", "issuer_mismatch"), ("joined", f"{OTHER} {THIRD}", f"{OTHER}\n{THIRD}", "issuer_mismatch"), ("empty-text", f"{OTHER} {THIRD}", "", "issuer_mismatch"),
    ("list", f"{OTHER} {THIRD}", [OTHER], "claim_malformed"), ("absent", f"{OTHER} {THIRD}", "ABSENT", "claim_missing"),
    ("none", "", ISSUER, "issuer_invalid"), ("too-many", " ".join(f"{OTHER}/{index}" for index in range(65)), f"{OTHER}/0", "issuer_invalid"),
]:
    case(f"any-issuer-{name}", "C06 C07 RFC 8725 section 3.8", error, sign(claims(iss=iss)), issuers=issuers)
case("any-issuer-escaped", "C06 J03 RFC 8259 section 8.3", "-", sign(text(iss=OTHER).replace("https://", r"https:\/\/")), issuers=f"{THIRD} {OTHER}", principal=f"{OTHER}|user-1|c1|j1|{AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|-")
lists = two | {"issuers": f"{ISSUER} {THIRD}", "issuers_2": f"{OTHER} https://fourth.example"}
for name, iss, key, error in [
    ("first", THIRD, RSA, "-"), ("second", "https://fourth.example", RSA2, "-"), ("second-own", OTHER, RSA2, "-"), ("first-key-of-the-other", THIRD, RSA2, "signature_invalid"), ("second-key-of-the-first", "https://fourth.example", RSA, "signature_invalid"),
    ("in-none", "https://fifth.example", RSA, "issuer_unknown"), ("of-the-first-alone", ISSUER, RSA, "-"),
]:
    case(f"any-issuers-{name}", "C07 RFC 8725 section 3.8", error, sign(claims(iss=iss), key=key), **lists)
case("any-issuers-own-not-listed", "C07 RFC 8725 section 3.8", "issuer_unknown", GOOD, **lists | {"issuers": THIRD})
TENANT, SECOND = "8e3c0a5b-1111-4222-8333-944455556666", "contoso.example"
TEMPLATE = "https://login.example/{tid}/v2.0"
tenants = {"issuer": "https://login.example/organizations/v2.0", "issuer_template": f"{TEMPLATE} tid {TENANT} {SECOND}"}


def of(value: str) -> str:
    return TEMPLATE.replace("{tid}", value)


for name, iss, tid, error in [
    ("first", of(TENANT), TENANT, "-"), ("second", of(SECOND), SECOND, "-"), ("of-the-other", of(TENANT), SECOND, "issuer_mismatch"), ("not-listed", of("t3"), "t3", "issuer_mismatch"), ("claim-not-listed", of(TENANT), "t3", "issuer_mismatch"), ("issuer-not-listed", of("t3"), TENANT, "issuer_mismatch"),
    ("case", of(TENANT), TENANT.upper(), "issuer_mismatch"), ("issuer-case", of(TENANT.upper()), TENANT, "issuer_mismatch"), ("absent", of(TENANT), "ABSENT", "claim_missing"), ("empty", of(TENANT), "", "issuer_mismatch"), ("both-empty", of(""), "", "issuer_mismatch"),
    ("number", of(TENANT), 1, "claim_malformed"), ("null", of(TENANT), None, "claim_malformed"), ("list", of(TENANT), [TENANT], "claim_malformed"), ("object", of(TENANT), {TENANT: 1}, "claim_malformed"), ("iss-absent", "ABSENT", TENANT, "claim_missing"),
    ("path", of(f"{TENANT}/../t3"), f"{TENANT}/../t3", "issuer_mismatch"), ("path-behind", of(f"t3/{TENANT}"), TENANT, "issuer_mismatch"), ("query", of(f"t3?{TENANT}"), TENANT, "issuer_mismatch"), ("name", of("{tid}"), "{tid}", "issuer_mismatch"), ("template-and-tenant", TEMPLATE, TENANT, "issuer_mismatch"), ("two-lines", of(f"{TENANT}\n{SECOND}"), f"{TENANT}\n{SECOND}", "issuer_mismatch"),
    ("own", tenants["issuer"], TENANT, "issuer_mismatch"), ("own-name", tenants["issuer"], "organizations", "issuer_mismatch"), ("slash", of(TENANT) + "/", TENANT, "issuer_mismatch"), ("shorter", of(TENANT)[:-1], TENANT, "issuer_mismatch"), ("other-host", of(TENANT).replace("login", "l0gin"), TENANT, "issuer_mismatch"), ("nul", of(TENANT), TENANT + "\0", "issuer_mismatch"),
]:
    case(f"tenant-{name}", "C06 RFC 8725 section 3.8, OpenID Connect Discovery section 4.3", error, sign(claims(iss=iss, tid=tid)), **tenants)
case("tenant-escaped", "C06 J03 RFC 8259 section 8.3", "-", sign(text(iss=of(TENANT), tid="X").replace("https://", r"https:\/\/").replace('"X"', '"' + "".join(f"\\u{ord(character):04x}" for character in TENANT) + '"')), principal=f"{of(TENANT)}|user-1|c1|j1|{AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|-", **tenants)
case("tenant-twice", "C06 J02 RFC 7519 section 4", "json_duplicate_member", sign(text(iss=of(TENANT), tid=TENANT)[:-1] + f', "t\\u0069d": "{SECOND}"' + "}"), **tenants)
case("tenant-nested", "C06", "claim_missing", sign(claims(iss=of(TENANT), ext={"tid": TENANT})), **tenants)
for name, template, error in [
    ("without-values", f"{TEMPLATE} tid", "issuer_invalid"), ("too-many-values", f"{TEMPLATE} tid {TENANT} " + " ".join(map(str, range(64))), "issuer_invalid"), ("most-values", f"{TEMPLATE} tid " + " ".join(map(str, range(63))) + f" {TENANT}", "-"),
    ("of-another-claim", f"{TEMPLATE} oid {TENANT}", "issuer_invalid"), ("without-claim", f"https://login.example/{TENANT}/v2.0 tid {TENANT}", "issuer_invalid"), ("twice", "https://login.example/{tid}/{tid} tid " + TENANT, "issuer_invalid"), ("two-claims", "https://login.example/{tid}/{oid} tid " + TENANT, "issuer_invalid"),
    ("open", f"https://login.example/{{tid tid {TENANT}", "issuer_invalid"), ("closed", f"https://login.example/tid}} tid {TENANT}", "issuer_invalid"), ("nested", f"https://login.example/{{{{tid}}}} tid {TENANT}", "issuer_invalid"), ("any", f"{TEMPLATE} tid *", "issuer_invalid"),
    ("any-of-several", f"{TEMPLATE} tid {TENANT} *", "issuer_invalid"), ("any-host", f"https://*.example/{{tid}}/v2.0 tid {TENANT}", "issuer_invalid"), ("any-path", f"{TEMPLATE}* tid {TENANT}", "issuer_invalid"),
]:
    case(f"template-{name}", "C06 a template never means any", error, sign(claims(iss=of(TENANT), tid=TENANT)), issuer=tenants["issuer"], issuer_template=template)
pair = two | tenants
for name, token, error in [
    ("", sign(claims(iss=of(SECOND), tid=SECOND)), "-"), ("-other", sign(claims(iss=OTHER), key=RSA2), "-"), ("-not-listed", sign(claims(iss=of("t3"), tid="t3")), "issuer_unknown"), ("-of-the-other", sign(claims(iss=of(SECOND), tid=TENANT)), "issuer_mismatch"), ("-key-of-the-other", sign(claims(iss=of(SECOND), tid=SECOND), key=RSA2), "signature_invalid"),
]:
    case(f"issuers-template{name}", "C06 C07 RFC 8725 section 3.8", error, token, **pair)
# Whose key it is, where the set says so
for name, issuer, error in [
    ("same", ISSUER, "-"), ("other", OTHER, "key_issuer_mismatch"), ("slash", ISSUER + "/", "key_issuer_mismatch"), ("prefix", ISSUER[:-1], "key_issuer_mismatch"), ("longer", ISSUER + "x", "key_issuer_mismatch"), ("case", ISSUER.upper(), "key_issuer_mismatch"), ("empty", "", "key_issuer_mismatch"),
    ("null", None, "-"), ("number", 1, "keys_unavailable"), ("list", [ISSUER], "keys_unavailable"),
    ("braces", "https://issuer.example/{tenantid}", "-"), ("braces-before", "https://{host}/t1", "-"), ("braces-inside", "https://issuer.example/t{number}", "-"), ("braces-alone", "{issuer}", "key_issuer_mismatch"), ("braces-of-nothing", ISSUER + "{x}", "key_issuer_mismatch"), ("braces-and-more", "https://issuer.example/{tenantid}/v2.0", "key_issuer_mismatch"), ("braces-other-host", "https://other.example/{tenantid}", "key_issuer_mismatch"), ("braces-overlap", "https://issuer.example/t{x}t1", "key_issuer_mismatch"),
    ("braces-twice", "https://{host}/{tenantid}", "keys_unavailable"), ("braces-open", "https://issuer.example/{tenantid", "keys_unavailable"), ("braces-closed", "https://issuer.example/tenantid}", "keys_unavailable"), ("braces-nested", "https://issuer.example/{{tenantid}}", "keys_unavailable"), ("braces-turned", "https://issuer.example/}tenantid{", "keys_unavailable"),
]:
    case(f"key-issuer-{name}", "C11 RFC 8725 section 3.8", error, GOOD, keys(jwk(RSA, issuer=issuer)))
case("key-issuer-escaped", "C11 J03 RFC 8259 section 8.3", "-", GOOD, keys(jwk(RSA, issuer=ISSUER)).replace("https://", r"https:\/\/"))
case("key-issuer-iss-escaped", "C11 J03 RFC 8259 section 8.3", "-", sign(text().replace("https://", r"https:\/\/")), keys(jwk(RSA, issuer=ISSUER)))
case("key-issuer-umlaut", "C11 RFC 8259 section 8.1", "-", sign(claims(iss="https://\u00e4.example")), keys(jwk(RSA, issuer="https://\u00e4.example")), issuer="https://\u00e4.example")
LONG = "https://issuer.example/" + "x" * 60
for name, issuer, error in [
    ("", LONG, "-"), ("-other", LONG[:-1] + "y", "key_issuer_mismatch"), ("-braces", LONG.replace("x" * 30, "{t}", 1) + "x" * 30, "key_issuer_mismatch"),
]:
    case(f"key-issuer-long{name}", "C11 RFC 8725 section 3.8", error, sign(claims(iss=LONG)), keys(jwk(RSA, issuer=issuer)), issuer=LONG)
case("key-issuer-in-another-member", "C11 RFC 7517 section 4", "-", GOOD, keys(jwk(RSA, iss=OTHER, Issuer=OTHER)))
case("key-issuer-iss-is-told-first", "C06 RFC 8725 section 3.8", "issuer_mismatch", sign(claims(iss=OTHER)), keys(jwk(RSA, issuer=ISSUER)))
case("key-issuer-es256", "C11 RFC 8725 section 3.8", "key_issuer_mismatch", sign(key=EC, alg="ES256"), keys(jwk(EC, issuer=OTHER)), algorithms="ES256")
case("key-issuer-hs256", "C11 RFC 8725 section 3.8", "key_issuer_mismatch", sign(key=SECRET, alg="HS256"), keys(oct_key | {"issuer": OTHER}), algorithms="HS256")
case("key-issuer-forged", "C11 A05 RFC 7515 section 5.2", "signature_invalid", sign(key=RSA2), keys(jwk(RSA, issuer=OTHER)))
for name, listed, error in [
    ("twice", [jwk(RSA, issuer=ISSUER), jwk(RSA, issuer=ISSUER)], "-"), ("twice-other", [jwk(RSA, issuer=ISSUER), jwk(RSA, issuer=OTHER)], "key_ambiguous"), ("twice-one-free", [jwk(RSA), jwk(RSA, issuer=OTHER)], "key_ambiguous"),
    ("of-the-other-key", [jwk(RSA, issuer=OTHER), jwk(RSA2, kid="k2", issuer=ISSUER)], "key_issuer_mismatch"),
]:
    case(f"key-issuer-{name}", "C11 K05 RFC 8725 section 3.8", error, GOOD, keys(*listed))
entra = keys(jwk(RSA, kid="k1", issuer="https://login.example/{tenantid}/v2.0"), jwk(RSA2, kid="k2", issuer=of(SECOND)))
for name, tenant, kid, error in [
    ("any-first", TENANT, "k1", "-"), ("any-second", SECOND, "k1", "-"), ("own", SECOND, "k2", "-"), ("of-another", TENANT, "k2", "key_issuer_mismatch"),
]:
    case(f"key-tenant-{name}", "C11 OpenID Connect Discovery section 3", error, sign(claims(iss=of(tenant), tid=tenant), header={"kid": kid}, key=RSA if kid == "k1" else RSA2), entra, **tenants)
case("key-tenant-path", "C11 RFC 8725 section 3.8", "key_issuer_mismatch", sign(claims(iss=of("a/b"), tid="a/b")), entra, issuer=tenants["issuer"], issuer_template=f"{TEMPLATE} tid a/b")
mixed = keys(jwk(RSA, issuer=OTHER), jwk(RSA2, kid="k2", issuer=THIRD))
for name, iss, kid, error in [("first", OTHER, "k1", "-"), ("last", THIRD, "k2", "-"), ("first-by-the-last", OTHER, "k2", "key_issuer_mismatch"), ("last-by-the-first", THIRD, "k1", "key_issuer_mismatch")]:
    case(f"key-of-list-{name}", "C11 C07 RFC 8725 section 3.8", error, sign(claims(iss=iss), header={"kid": kid}, key=RSA if kid == "k1" else RSA2), mixed, issuers=f"{OTHER} {THIRD}")
# For whom: a client, in the place of an audience or beside it
bound = {"audience": "", "client_binding": "azp app-1 app-2"}
for name, changes, policy, error in [
    ("", {"aud": "ABSENT", "azp": "app-1"}, {}, "-"), ("-second", {"aud": "ABSENT", "azp": "app-2"}, {}, "-"), ("-other-audience", {"aud": "authenticated", "azp": "app-1"}, {}, "-"), ("-other-audiences", {"aud": ["a", "b"], "azp": "app-1"}, {}, "-"), ("-no-audiences", {"aud": [], "azp": "app-1"}, {}, "-"),
    ("-not-listed", {"aud": "ABSENT", "azp": "app-3"}, {}, "client_mismatch"), ("-in-the-audience-alone", {"aud": "app-1", "azp": "app-3"}, {}, "client_mismatch"), ("-absent", {"aud": "ABSENT"}, {}, "claim_missing"), ("-empty", {"aud": "ABSENT", "azp": ""}, {}, "client_mismatch"), ("-case", {"aud": "ABSENT", "azp": "APP-1"}, {}, "client_mismatch"), ("-prefix", {"aud": "ABSENT", "azp": "app-"}, {}, "client_mismatch"), ("-joined", {"aud": "ABSENT", "azp": "app-1\napp-2"}, {}, "client_mismatch"), ("-spaced", {"aud": "ABSENT", "azp": "app-1 app-2"}, {}, "client_mismatch"),
    ("-list", {"aud": "ABSENT", "azp": ["app-1"]}, {}, "claim_malformed"), ("-number", {"aud": "ABSENT", "azp": 1}, {}, "claim_malformed"), ("-null", {"aud": "ABSENT", "azp": None}, {}, "claim_malformed"), ("-audience-number", {"aud": 5, "azp": "app-1"}, {}, "claim_malformed"), ("-audience-null", {"aud": None, "azp": "app-1"}, {}, "claim_malformed"),
    ("-both-claims-differ", {"aud": "ABSENT", "azp": "app-1", "client_id": "app-3"}, {}, "-"), ("-other-claim-fits", {"aud": "ABSENT", "azp": "app-3", "client_id": "app-1"}, {}, "client_mismatch"), ("-other-claim-alone", {"aud": "ABSENT", "client_id": "app-1"}, {}, "claim_missing"), ("-other-claim-number", {"aud": "ABSENT", "azp": "app-1", "client_id": 1}, {}, "-"),
    ("-nested", {"aud": "ABSENT", "ext": {"azp": "app-1"}}, {}, "claim_missing"), ("-and-audience", {"azp": "app-1"}, {"audience": AUDIENCE}, "-"), ("-and-audience-not-ours", {"aud": "https://other.example", "azp": "app-1"}, {"audience": AUDIENCE}, "audience_mismatch"), ("-and-audience-absent", {"aud": "ABSENT", "azp": "app-1"}, {"audience": AUDIENCE}, "claim_missing"), ("-and-client-not-ours", {"azp": "app-3"}, {"audience": AUDIENCE}, "client_mismatch"), ("-and-client-absent", {}, {"audience": AUDIENCE}, "claim_missing"),
    ("-client-id", {"aud": "ABSENT", "client_id": "app-1"}, {"client_binding": "client_id app-1"}, "-"), ("-appid", {"aud": "ABSENT", "appid": "app-1"}, {"client_binding": "appid app-1"}, "-"), ("-cid", {"aud": "ABSENT", "cid": "app-1"}, {"client_binding": "cid app-1"}, "-"), ("-cid-not-listed", {"aud": "ABSENT", "cid": "app-3"}, {"client_binding": "cid app-1"}, "client_mismatch"), ("-cid-for-azp", {"aud": "ABSENT", "cid": "app-1"}, {}, "claim_missing"),
    ("-sub", {"aud": "ABSENT"}, {"client_binding": "sub user-1"}, "client_claim_unknown"), ("-none", {"aud": "ABSENT", "azp": "app-1"}, {"client_binding": "azp"}, "clients_invalid"), ("-too-many", {"aud": "ABSENT", "azp": "1"}, {"client_binding": "azp " + " ".join(map(str, range(65)))}, "clients_invalid"), ("-most", {"aud": "ABSENT", "azp": "63"}, {"client_binding": "azp " + " ".join(map(str, range(64)))}, "-"),
    ("-and-other-client-claim", {"aud": "ABSENT", "azp": "app-3", "cid": "app-1"}, {"client_claim": "cid"}, "client_mismatch"), ("-rfc9068", {"aud": "ABSENT", "azp": "app-1", "client_id": "ABSENT"}, {"preset": "rfc9068"}, "-"),
]:
    case(f"client{name}", "C05 C10 RFC 8725 section 3.9", error, sign(claims(**changes)), **bound | policy)
case("client-principal", "C10 RFC 9068 section 2.2", "-", sign(claims(aud="ABSENT", azp="app-2", client_id="c2")), principal=f"{ISSUER}|user-1|app-2|j1||-|read write|{NOW + 600}|{NOW - 10}|-", **bound)
case("client-principal-other-audience", "C10 RFC 9068 section 2.2", "-", sign(claims(aud=["x", AUDIENCE], azp="app-2")), principal=f"{ISSUER}|user-1|app-2|j1|x {AUDIENCE}|-|read write|{NOW + 600}|{NOW - 10}|-", **bound)
case("client-principal-and-audience", "C10 RFC 9068 section 2.2", "-", sign(claims(azp="app-2")), principal=f"{ISSUER}|user-1|app-2|j1|{AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|-", **bound | {"audience": AUDIENCE})
case("client-twice", "C10 J02 RFC 7519 section 4", "json_duplicate_member", sign(text(azp="app-1")[:-1] + ', "\\u0061zp": "app-3"}'), **bound)
case("client-id-token", "T01 RFC 9068 section 5", "typ_refused", sign(claims(aud="app-1", azp="app-1", nonce="n"), header={"typ": "JWT"}), **bound)
case("audience-or-client-missing", "C05 RFC 8725 section 3.9", "audience_invalid", GOOD, audience="")
for name, claim, changes, error, client in [
    ("azp", "azp", {"azp": "app-1"}, "-", "app-1"), ("cid", "cid", {"cid": "app-1"}, "-", "app-1"), ("appid", "appid", {"appid": "app-1", "azp": "x"}, "-", "app-1"), ("absent", "azp", {}, "-", "-"), ("number", "azp", {"azp": 1}, "claim_malformed", ""), ("unknown", "sub", {}, "client_claim_unknown", ""), ("client-id-number", "azp", {"azp": "app-1", "client_id": 1}, "-", "app-1"),
]:
    line = {"principal": f"{ISSUER}|user-1|{client}|j1|{AUDIENCE}|{AUDIENCE}|read write|{NOW + 600}|{NOW - 10}|-"} if client else {}
    case(f"client-claim-{name}", "C10 RFC 9068 section 2.2", error, sign(claims(**changes)), client_claim=claim, **line)
case("client-claim-rfc9068", "C10 RFC 9068 section 2.2", "-", sign(claims(cid="app-1", client_id="ABSENT")), client_claim="cid", preset="rfc9068")
case("client-claim-rfc9068-absent", "C10 RFC 9068 section 2.2", "claim_missing", GOOD, client_claim="cid", preset="rfc9068")
# Providers: each lets in its access token, and neither its ID token nor another client's or tenant's
SIGNERS = {"RS256": RSA, "ES256": EC, "ES384": P384, "EdDSA": ED}
NEEDS_SCOPE = {"auth0-classic", "descope", "descope-mcp", "fusionauth", "ping", "scalekit", "uaa"}
# What keeps out an ID token for the same audience, without the claims that only ID tokens have and all may lack.
PLAIN = dict.fromkeys(("auth0-classic", "descope", "descope-mcp", "ping", "scalekit"), "insufficient_scope") | dict.fromkeys(("auth0", "better-auth", "duende", "logto"), "typ_refused")
PLAIN |= dict.fromkeys(("clerk", "cognito", "cognito-updated", "gitlab"), "claim_missing") | {"github-actions": "client_mismatch"}
BARE = dict.fromkeys(("auth0", "better-auth", "logto"), "-") | {"clerk": "claim_missing", "cognito": "claim_missing", "cognito-updated": "claim_missing", "duende": "claim_malformed"}
# Hosts of regions and of the operator's own, and other authorization servers: parameters, `iss`, and what comes of it.
OTHER_FORMS = {
    "auth0": [("region", "domain=t.us.auth0.com", "https://t.us.auth0.com/", "-"), ("own-domain", "domain=login.example.com", "https://login.example.com/", "-"), ("own-domain-other", "domain=login.example.com", "https://t.eu.auth0.com/", "issuer_mismatch"), ("no-slash", "domain=login.example.com", "https://login.example.com", "issuer_mismatch")],
    "cognito": [("region", "region=us-gov-west-1 user_pool=us-gov-west-1_A", "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_A", "-"), ("other-region", "region=eu-west-1 user_pool=eu-west-1_Example", "https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_Example", "issuer_mismatch"), ("other-type", "region=eu-west-1 user_pool=eu-west-1_Example", "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example", "issuer_mismatch")],
    "descope": [("region", "host=api.euc1.descope.com project=P2abc", "https://api.euc1.descope.com/v1/apps/P2abc", "-"), ("region-short", "host=api.euc1.descope.com project=P2abc", "https://api.euc1.descope.com/P2abc", "-"), ("own-host", "host=auth.example.com project=P2abc", "https://auth.example.com/v1/apps/P2abc", "-"), ("project", "host=api.descope.com project=P2abc", "P2abc", "-"), ("other-region", "host=api.descope.com project=P2abc", "https://api.euc1.descope.com/v1/apps/P2abc", "issuer_mismatch"), ("tenant", "host=api.descope.com project=P2abc", "https://api.descope.com/v1/apps/P2abc/T2abc", "issuer_mismatch"), ("of-mcp-server", "host=api.descope.com project=P2abc", "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc", "issuer_mismatch")],
    "descope-mcp": [("project", "host=api.descope.com project=P2abc mcp_server=MS2abc", "https://api.descope.com/v1/apps/P2abc", "issuer_mismatch"), ("own-host", "host=auth.example.com project=P2abc mcp_server=MS2abc", "https://auth.example.com/v1/apps/agentic/P2abc/MS2abc", "-")],
    "okta": [("custom-server", "domain=d.okta.com authorization_server=aus1a2b3", "https://d.okta.com/oauth2/aus1a2b3", "-"), ("preview", "domain=d.oktapreview.com authorization_server=default", "https://d.oktapreview.com/oauth2/default", "-"), ("own-domain", "domain=id.example.com authorization_server=default", "https://id.example.com/oauth2/default", "-"), ("organization", "domain=d.okta.com authorization_server=default", "https://d.okta.com", "issuer_mismatch")],
    "ping": [("region", "region=com.au environment=e-1", "https://auth.pingone.com.au/e-1/as", "-"), ("other-region", "region=com environment=e-1", "https://auth.pingone.eu/e-1/as", "issuer_mismatch")],
    "stytch": [("given-domain", "domain=sweet-ant-1234.customers.stytch.com", "https://sweet-ant-1234.customers.stytch.com", "-"), ("no-url", "domain=login.example.com", "stytch.com/project-live-1", "issuer_mismatch")],
}
for made in PROVIDERS:
    name, key = made["name"], SIGNERS[made["alg"]]
    shape = {member: value for member, value in (jwk(key, use="sig", alg=made["alg"]) | made["key"]).items() if value is not None}
    policy = {"document": keys(shape), "issuer": ""} | made["policy"]

    def signed(payload: str, header: str = "header", made: Any = made, key: Any = key, also: Any = types.MappingProxyType({})) -> str:
        head = {member: value for member, value in (HEADER | {"alg": made["alg"]} | made[header]).items() if value is not None}
        claims_of = {claim: value for claim, value in (made[payload] | also).items() if value is not None}
        return sign(claims_of, json.dumps(head), key, made["alg"])

    unscoped = policy if name in NEEDS_SCOPE else policy | {"scopes": ""}
    rule = "C05 RFC 8725 section 3.9"
    case(f"provider-{name}", "RFC 9068 section 4", "-", signed("access"), **policy)
    case(f"provider-{name}-unscoped", "RFC 9068 section 4", "-" if name not in NEEDS_SCOPE else "provider_needs_scope", signed("access"), **policy | {"scopes": ""})
    if name in NEEDS_SCOPE:
        case(f"provider-{name}-scopes-of-id-tokens", "RFC 9068 section 5", "provider_needs_scope", signed("access"), **policy | {"scopes": "openid profile email address phone offline_access"})
    case(f"provider-{name}-id-token", "T01 RFC 9068 section 5", made["identity_error"], signed("id", "id_header"), **unscoped)
    case(f"provider-{name}-id-token-plain", "T01 RFC 9068 section 5", PLAIN.get(name, "token_kind_refused"), signed("plain", "id_header"), **unscoped)
    if name in NEEDS_SCOPE:
        has_scope = {"scope": made["access"]["scope"], "nonce": None, "at_hash": None, "auth_time": None}
        error = made["identity_error"]
        case(f"provider-{name}-id-token-scoped", "T01 RFC 9068 section 5", error, signed("id", "id_header", also=has_scope), **policy)
        roles = {"roles": ["admin"], "nonce": None, "at_hash": None, "auth_time": None}
        case(f"provider-{name}-id-token-roles", "T01 RFC 9068 section 5", "scope_source_invalid", signed("plain", "id_header", also=roles), **policy | {"scope_source": "roles", "scopes": "admin"})
        case(f"provider-{name}-scope-source", "RFC 9068 section 2.2.3", "-", signed("access"), **policy | {"scope_source": "scope_list" if name == "uaa" else "scope"})
    if name in ("authentik", "keycloak"):
        case(f"provider-{name}-nonce", "OIDC Core section 3.1.2.1", "-", signed("access", also={"nonce": "n-0S6_WzA2Mj"}), **policy)
    if name == "scalekit":
        case("provider-scalekit-resource-issuer", "RFC 9068 section 4", "-", signed("access", also={"iss": "https://acme.scalekit.dev/resources/res_123"}), **policy)
        case("provider-scalekit-other-issuer", "RFC 9068 section 4", "issuer_mismatch", signed("access", also={"iss": "https://acme.scalekit.dev/resources/res_456"}), **policy)
    for form, parameters, issuer, error in OTHER_FORMS.get(name, ()):
        case(f"provider-{name}-{form}", "C06 RFC 8414 section 2", error, signed("access", also={"iss": issuer}), **policy | {"provider": f"{name} {parameters}"})
    if name == "uaa":
        case("provider-uaa-refresh-token", "T01 RFC 9068 section 5", "token_kind_refused", signed("access", also={"scope": None, "granted_scopes": ["openid", "mcp.read"], "jti": "j1-r"}), **policy)
        case("provider-uaa-refresh-token-scoped", "T01 RFC 9068 section 5", "token_kind_refused", signed("access", also={"granted_scopes": ["openid", "mcp.read"], "jti": "j1-r"}), **policy)
    case(f"provider-{name}-other", rule, made["strange"], signed("other"), **unscoped)
    bare = {name: value for name, value in policy.items() if name in ("document", "algorithms")}
    case(f"provider-{name}-bare", "RFC 9068 section 4", BARE.get(name, "typ_refused"), signed("access"), **bare | {"issuer": made["access"]["iss"], "audience": policy["audience"] or API, "scopes": ""})
shape = {"provider": "keycloak server=https://issuer.example realm=t1", "issuer": "", "scopes": ""}
ours = sign(claims(iss="https://issuer.example/realms/t1", typ="Bearer"), header={"typ": "JWT"})
for name, parameters, error in [
    ("good", "server=https://issuer.example realm=t1", "-"), ("local", "server=http://127.0.0.1:8080 realm=t1", "issuer_mismatch"), ("missing", "server=https://issuer.example", "provider_parameter_invalid"), ("twice", "server=https://issuer.example realm=t1 realm=t1", "provider_parameter_invalid"), ("unknown", "server=https://issuer.example realm=t1 domain=x", "provider_parameter_invalid"),
    ("slash", "server=https://issuer.example realm=../t1", "provider_parameter_invalid"), ("dots", "server=https://issuer.example realm=..", "provider_parameter_invalid"), ("empty", "server=https://issuer.example realm=", "provider_parameter_invalid"), ("brace", "server=https://issuer.example realm={tid}", "provider_parameter_invalid"), ("percent", "server=https://issuer.example realm=t%31", "provider_parameter_invalid"), ("plain", "server=http://issuer.example realm=t1", "provider_parameter_invalid"), ("slash-at-end", "server=https://issuer.example/ realm=t1", "provider_parameter_invalid"), ("path", "server=https://issuer.example/auth realm=t1", "issuer_mismatch"), ("query", "server=https://issuer.example?x realm=t1", "provider_parameter_invalid"), ("userinfo", "server=https://a@issuer.example realm=t1", "provider_parameter_invalid"),
]:
    case(f"provider-parameters-{name}", "C06 RFC 8414 section 2", error, ours, **shape | {"provider": f"keycloak {parameters}"})
for tenant in ("common", "Organizations", "consumers"):
    case(f"provider-entra-{tenant.lower()}", "C06 RFC 8725 section 3.8", "provider_parameter_invalid", ours, **shape | {"provider": f"entra tenant={tenant}"})
for what, tenant in (("domain", "contoso.onmicrosoft.com"), ("upper-case", GUID.replace("11111111", "ABCDEF01")), ("short", GUID[:-1]), ("long", f"{GUID}-5"), ("grouped", GUID.replace("-2222-", "-222-2"))):
    for profile in ("entra", "entra-v1"):
        case(f"provider-{profile}-{what}", "C06 RFC 8725 section 3.8", "provider_parameter_invalid", ours, **shape | {"provider": f"{profile} tenant={tenant}"})
    case(f"provider-entra-tenants-{what}", "C06 RFC 8725 section 3.8", "provider_parameter_invalid", ours, **shape | {"provider": "entra-tenants", "tenants": f"{GUID} {tenant}"})
case("provider-entra-tenants-brace", "C06 RFC 8725 section 3.8", "provider_parameter_invalid", ours, **shape | {"provider": "entra-tenants", "tenants": "{tid}"})
case("provider-unknown", "C06 RFC 8414 section 2", "provider_unknown", ours, **shape | {"provider": "nobody"})
case("provider-tenants-of-one", "C06 RFC 8725 section 3.8", "provider_parameter_invalid", ours, **shape | {"tenants": GUID})
case("provider-tenants-none", "C06 RFC 8725 section 3.8", "provider_parameter_invalid", ours, **shape | {"provider": "entra-tenants"})
case("provider-audience-missing", "C05 RFC 8725 section 3.9", "audience_invalid", ours, **shape | {"audience": "", "client_binding": "azp app-1", "provider": "spring issuer=https://issuer.example"})
case("provider-clients-missing", "C05 RFC 8725 section 3.9", "clients_invalid", ours, **shape | {"provider": "clerk domain=issuer.example"})
case("provider-clients-none", "C05 RFC 8725 section 3.9", "clients_invalid", ours, **shape | {"client_binding": "azp"})
case("provider-audience-fixed", "C05 RFC 8725 section 3.9", "audience_invalid", ours, **shape | {"client_binding": "client_id app-1", "provider": "supabase project=x"})
case("provider-scope-elsewhere", "C09 RFC 9068 section 2.2.3", "-", sign(claims(iss="https://issuer.example/realms/t1", typ="Bearer", realm_access={"roles": ["admin"]}), header={"typ": "JWT"}), **shape | {"scope_source": "realm_access.roles", "scopes": "admin"})

lines = [f"# {len(cases)} cases, written by generate.py; see README.md for the format."]
for made in cases:
    lines += [""] + [f"{name} = {value}" for name, value in made.items() if value or name in ("token", "algorithms", "audience", "issuers")]
(Path(__file__).parent / "tokens.txt").write_text("\n".join(lines) + "\n")
assert len({made["id"] for made in cases}) == len(cases)


def policy_case(made: dict[str, str]) -> dict[str, Any]:
    """A case of a file (tests/README.md)."""
    lists = {name: made.get(name, "").split() for name in ("audience", "algorithms", "required_claims", "relax")}
    policy = lists | {"issuer": made["issuer"], "required_scopes": made["scopes"].split(), "leeway": 60, "now": NOW, "typ": "at+jwt"}
    policy |= {name: made[name] for name in ("scope_source",) if name in made}
    if "issuers" in made:
        policy["issuers"] = made["issuers"].split()
    if "issuer_template" in made:
        template, claim, *any_of = made["issuer_template"].split()
        policy["issuer_template"] = {"template": template, "claim": claim, "any_of": any_of}
    if "client_binding" in made:
        claim, *any_of = made["client_binding"].split()
        policy["client_binding"] = {"claim": claim, "any_of": any_of}
    if "provider" in made:
        name, *parameters = made["provider"].split()
        policy["provider"] = {"name": name} | dict(parameter.split("=", 1) for parameter in parameters)
        policy["provider"] |= {"tenants": made["tenants"].split()} if "tenants" in made else {}
        del policy["issuer"], policy["typ"]
    expect = "accept" if made["error"] == "-" else "reject"
    return {"id": made["id"], "expect": expect, "token": made["token"], "jwks": json.loads(made["keys"]), "policy": policy}


apart = ("provider-", "source-", "key-issuer-", "key-tenant-", "key-of-list-", "any-issuer-", "tenant-", "template-", "client-")
policies = [policy_case(made) for made in cases if (made["id"].startswith(apart) or "relax" in made) and not {"issuer_2", "hierarchy", "client_claim", "preset"} & made.keys()]
# The algorithms are the profile's where a policy names none; a list in which there is none is no such policy.
good = next(policy for policy in policies if policy["id"] == "provider-parameters-good")
for name, algorithms, expect in [("not-named", {}, "accept"), ("empty", {"algorithms": []}, "reject"), ("unknown", {"algorithms": ["none"]}, "reject"), ("other", {"algorithms": ["ES384"]}, "reject"), ("one", {"algorithms": ["RS256"]}, "accept")]:
    rest = {member: value for member, value in good["policy"].items() if member != "algorithms"}
    policies.append(good | {"id": f"provider-algorithms-{name}", "expect": expect, "policy": rest | algorithms})
(Path(__file__).parents[1] / "cases/policies.json").write_text('{"cases": [\n' + ",\n".join(map(json.dumps, policies)) + "\n]}\n")
print(len(cases), "cases")
