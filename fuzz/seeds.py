"""Seeds for the fuzz targets: `fuzz/corpus/TARGET/`, made of the vectors and of what costs most, and what two targets include.

libFuzzer makes no input longer than the longest seed, so each target has one as long as what it reads may be.
"""

import base64
import hashlib
import json
import string
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from urllib.parse import parse_qs

FUZZ = Path(__file__).resolve().parent
THIRD_PARTY = FUZZ.parent / "tests/third_party"
TOKEN = 16 * 1024


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
            seed("redirect", value.encode())
    for value in case.get("values", []):
        seed("header", value.encode())
    if params := case.get("params"):
        seed("header", "\n".join(f"{name}\n{value}" for name, value in params.items()).encode())
for case in json.loads((THIRD_PARTY / "url/urltestdata.json").read_text()):
    if isinstance(case, dict):
        for text in {case["input"], case["input"].replace("http:", "https:", 1), case["input"].replace("http:", "com.example.app:", 1)}:
            seed("redirect", text.encode("utf-8", "replace"))
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


def encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def members(first: str, names: Iterable[str], length: int) -> bytes:
    """An object of many members, about so long."""
    text = "{" + first
    for name in names:
        if len(text) > length:
            break
        text += f',"{name}":0'
    return (text + "}").encode()


letters = string.ascii_letters + string.digits + "!#$%&'()*+-./:;<=>?@[]^_`{|}~"
short = ["".join(pair) for pair in product(letters, repeat=2)]
claims = (
    '"iss":"https://issuer.example/t1","aud":["https://api.example.com/mcp"],"exp":1700000600,"tenant":1,'
    '"sub":"a","scope":"read"'
)
header = '"alg":"HS256","typ":"at+jwt","kid":"k0"'
# A payload leaves room for the rest of a token: three bytes become four.
room = TOKEN * 3 // 4 - 200
payloads = [
    members(claims, short, room),
    members(claims, ("\\n" + name for name in short), room),
    members(claims, ("\\u0041" + name for name in short), room),
    members(claims, (f"{number:0250}" for number in range(60)), room),
    members(claims, (f"{number:0200}{'x' * 50}" for number in range(1000)), room),
    ("{" + claims + ',"list":[' + ",".join('{"a":0}' for _ in range(room // 9)) + "]}").encode(),
    ("{" + claims + ',"list":' + "[" * 30 + ",".join(["0"] * (room // 2 - 200)) + "]" * 30 + "}").encode(),
    ("{" + claims + ',"text":"' + "\\n" * (room // 2 - 100) + '"}').encode(),
    ("{" + claims.replace('"read"', '"' + "a " * (room // 2 - 120) + '"') + "}").encode(),
    ("{" + claims.replace('["', '["x","x","' * 1 + "x" * 9 + '","' + '","'.join(["x"] * (room // 4 - 120)) + '","') + "}").encode(),
    ("{" + claims.replace("1700000600", "1700000600." + "0" * (room - 300)) + "}").encode(),
]
headers = [
    members(header, (f"{'x' * 240}{number:02}" for number in range(60)), room),
    members(header, (f"{number:02}{'x' * 240}" for number in range(60)), room),
    members(header, (f"\\n{'x' * 230}{number:02}" for number in range(60)), room),
    ("{" + header + ',"x":"' + "y" * (room - 200) + '"}').encode(),
]
for text in payloads:
    seed("token", b"\2\0" + text)
    seed("token", b"\0\0" + encoded(b'{"alg":"ES256"}') + b"." + encoded(text) + b".AAAA")
    seed("sets", b"t" + encoded(b'{"alg":"ES256"}') + b"." + encoded(text) + b".AAAA")
    for how in (0, 128):
        seed("secrets", bytes([how, 0]) + b"{" + header.encode() + b"}\n" + text)
    seed("json", text + b" " * (TOKEN - len(text)))
    seed("base64url", encoded(text))
for text in headers:
    seed("token", b"\1\0" + text)
    seed("secrets", b"\0\0" + text + b"\n{" + claims.encode() + b"}")
    seed("json", text)
for odd in ('"exp":1e9', '"exp":17E8', '"nbf":-0', '"iat":1700000000', '"cnf":{}', '"scp":["read"]', '"scp":"write"', '"jti":""'):
    name = odd.split(":")[0]
    rest = claims.replace('"exp":1700000600,', "") if name == '"exp"' else claims
    rest = rest.replace(',"scope":"read"', "") if name == '"scp"' else rest
    for relax in range(8):
        seed("secrets", bytes([0, relax]) + b"{" + header.encode() + b"}\n{" + rest.encode() + b"," + odd.encode() + b"}")
for index, alg in enumerate(("HS256", "HS384", "HS512")):
    for how in (index, 128 + index):
        seed("secrets", bytes([how, 1]) + b'{"alg":"' + alg.encode() + b'"}\n{' + claims.encode() + b"}")

# The keys of sets: as large as keys get, as many, as oddly named.
SET = 96 * 1024
moduli = [hashlib.shake_256(bytes([number])).digest(1022) + b"\1" for number in range(70)]
sets = [
    [{"kty": "RSA", "e": "AQAB", "n": encoded(b"\x80" + modulus).decode()} for modulus in moduli],
    [{"kty": "RSA", "e": "AQAB", "kid": f"{number:01000}", "n": encoded(b"\x80" + modulus[-255:]).decode()}
     for number, modulus in enumerate(moduli)],
    [key | {"kid": f"{number}"} for number in range(100) for key in list(keys.values())[:3] if "x5c" not in key],
    [{"kty": "oct", "alg": "HS256", "k": "A" * 86, "kid": f"{number}"} for number in range(900)],
    [{f"{name}{'x' * 8}": 0 for name in short[:60]}] * 90,
    [{f"{'x' * 20}{name}": 0 for name in short[:60]}] * 50,
]  # fmt: skip
for listed in sets:
    seed("key_set", json.dumps({"keys": listed}).encode()[:SET])
    seed("key_set", json.dumps({"keys": listed[: len(listed) // 2]}).encode())
seed("key_set", members('"keys":[]', ("".join(name) for name in product(letters, repeat=3)), SET))
seed("key_set", b'{"keys":[' + b"{}," * 1000 + b"{}]}")

# Metadata of 64 KiB.
for identifier in ("https://issuer.example/t1", "https://api.example.com/mcp?x=1", "http://127.0.0.1:8000/"):
    document = f'"issuer":"{identifier}","resource":"{identifier}","jwks_uri":"{identifier}/jwks"'
    seed("metadata", f"{identifier}\n{{{document}}}".encode())
    seed("metadata", f"{identifier}\n{{{document.replace('/', chr(92) + '/')}}}".encode())
    seed("metadata", identifier.encode() + b"\n" + members(document, short, 64 * 1024))
    seed("metadata", identifier.encode() + b"\n" + members(document, ("\\n" + name for name in short), 64 * 1024))
    for uri in ("http://127.0.0.1:8500/v1", "https://169.254.169.254/", "https://[::1]/", "https://localhost/", "https://10.1/"):
        other = document.replace(f'"jwks_uri":"{identifier}/jwks"', f'"jwks_uri":"{uri}"')
        seed("metadata", f"{identifier}\n{{{other}}}".encode())

for block in (FUZZ.parent / "tests/vectors/client.txt").read_text().split("\n\n"):
    case = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
    for header in [case[name] for name in case if name == "header" or name.startswith("challenge_")]:
        seed("challenge", header.encode())

# Requests, clients, servers, grants and sealed state, of the vectors; and what their clients sign, with the keys.
assertions = []
for block in (FUZZ.parent / "tests/vectors/answers.txt").read_text().split("\n\n"):
    case = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line)
    match case.get("op"):
        case "authorization_request":
            seed("authorization_request", case["query"].encode())
        case "token_request" | "revocation_request" | "token_answer":
            header = case["header"].encode() + b"\0" if "header" in case else b""
            seed("token_endpoint", header + case["body"].encode())
        case "client_assertion":
            seed("token_endpoint", case["body"].encode())
            if "result" in case:
                fields = parse_qs(case["body"])
                assertions.append(fields["client_assertion"][0].rpartition(".")[0])
                (FUZZ / "assertion_keys.json").write_text(case["keys"])
        case "bearer_credential" | "origin":
            # Those of one header, an empty line, those of the other.
            lines = [case[name] for name in ("header", "second_header", "value", "second_value") if name in case]
            own = [case[name] for name in ("own", "second_own") if name in case] + case.get("origins", "").split()
            seed("header", "\n".join([*lines, "", *own]).encode())
        case "bearer_query" | "content_type" | "credential_header":
            seed("header", (case.get("query") or case.get("content_type") or case.get("name", "")).encode())
        case "printable":
            seed("header", bytes.fromhex(case.get("text_hex", "")))
        case "outgoing_authentication":
            seed("token_endpoint", f"{case.get('client_id', '')}\n{case.get('client_secret', '')}".encode())
        case "redirect_without_consent" | "redirect_uri_on_device" | "redirect_uri_destination" | "upstream_endpoint" | "public_name":
            seed("redirect", (case.get("uri") or case.get("url") or case.get("host", "")).encode())
        case "form_field":
            seed("token_endpoint", case.get("form", "").encode())
        case "authorization_response" | "response_scope" | "response_state":
            seed("response", case.get("query", "").encode())
        case "api_key_parse" | "api_key_unverified_id":
            seed("api_key", case.get("key", "").encode())
        case "named_issuer":
            seed("token", b"\0\0" + case.get("token", "").encode())
        case "upstream_granted" | "upstream_granted_of":
            seed("scopes", f"{case.get('requested', '')}\n{case.get('scope', '')}\n".encode())
        case "registration" | "client_document" | "client_stored" | "server":
            document = case["document"].replace("https://as.example", "https://issuer.example/t1")
            seed("client_metadata", document.encode())
        case "code_redeem" | "refresh_rotate":
            seed("grants", bytes.fromhex(case["record"]))
        case "state_open":
            seed("seal", case.get("sealed", "").encode())
seed("grants", bytes([0, 1, 32, 1, 0, 31] * 33))
seed("authorization_request", b"client_id=a&" + b"state=%41" * 1500)
seed("token_endpoint", b"Basic " + b"YTpi" * 2000 + b"\0grant_type=refresh_token&" + b"scope=a+" * 1500)
uris = ",".join('"https://a.example/"' for _ in range(30))
seed("client_metadata", f'{{"redirect_uris":[{uris}],"client_name":"{"a" * 250}","jwks":[{"[]," * 4000}[]]}}'.encode())

# Responses on the way to keys: found at once, found later, nowhere, to come again.
issuer, usable = "https://issuer.example/t1", b"\2\1"
found = usable + b"Content-Type: application/json\n\n" + (
    f'{{"issuer":"{issuer}","jwks_uri":"https://issuer.example/keys"}}'.encode()
)
keys_came = usable + b'Cache-Control: max-age=600\nAge: 5\nDate: Sun, 06 Nov 1994 08:49:37 GMT\n\n{"keys":[]}'
down, nowhere = b"\xf7\1Retry-After: Sun, 06 Nov 2094 08:49:37 GMT\n\n", b"\x93\1\n"
for way in ([found, keys_came] * 3, [down, nowhere, found, keys_came], [nowhere] * 6, [found, down], [usable + b"\n{}"] * 3):
    seed("fetch", issuer.encode() + b"\n" + b"\0".join(way))
long = usable + b'\n{"issuer":"' + issuer.encode() + b'",' + b'"a":"b",' * (TOKEN // 8)
seed("fetch", issuer.encode() + b"\n" + long + b'"jwks_uri":"https://issuer.example/keys"}\0' + usable + b'\n{"keys":[' + b"{}," * TOKEN)

# The check, a status of 200, header fields, the body; the longest, and one with many members.
ANSWERS = [
    b'{"active":true,"token_type":"Bearer","client_id":"c","aud":"a","exp":2000,"scope":"a b","sub":"x"}',
    b'{"aud":"a","azp":"c","exp":"2000","scope":"a"}',
    b'{"app":{"client_id":"c"},"user":{"id":1,"login":"x"},"scopes":["a"],"expires_at":null}',
    b'{"application":{"id":"c"},"user":{"id":"1","username":"x"},"scopes":["a"],"expires":"2000-02-29T12:00:00Z"}',
]
for which, answer in product(range(4), ANSWERS):
    for high in (0, 128):
        seed("introspection", bytes([high + which, 0, 0]) + b"Content-Type: application/json\n\n" + answer)
        members = b",".join(b'"%d":"\\u0041"' % number for number in range(2500))
        seed("introspection", bytes([high + which, 0, 0]) + b"\n" + answer[:-1] + b"," + members + b"}")

# Scopes: lines that imply one another, in the order that takes longest.
chain = [f"s{number} s{number + 1}" for number in range(64)]
many = " ".join(f"s{number % 64}" for number in range(3000))
for tree in (chain, chain[::-1], [line + " " + " ".join(short[:60]) for line in chain[::-1]]):
    for granted in ("s0", "s63", many):
        seed("scopes", "\n".join(["s64 a", granted, *tree]).encode())
seed("scopes", "\n".join([many, "read", *chain[::-1]]).encode())


def hashed(scope: str) -> int:
    """As core's index of scopes hashes them: those of one hash are the worst to be looked for."""
    value = 0
    for byte in scope.encode():
        value = (value * 31 + byte) & 0xFFFFFFFF
    return (value * 0x9E3779B1 & 0xFFFFFFFF) >> 28


alike = [name for name in (f"{number:0100}" for number in range(5000)) if hashed(name) == 0][:64]
brief = next(name for name in short if hashed(name.replace(" ", "")) == 0 and '"' not in name)
seed("scopes", "\n".join(["s64 " + " ".join(alike), " ".join([brief] * 3000), *(f"{name} a" for name in alike)]).encode())
seed("scopes", b"read audit\nroot\nwrite read\nadmin write\nroot admin audit")

for number in ("0", "-0", "1700000600", "1.5", "-1.5", "17e8", "9007199254740992", "1e-400", "0.1e1", "9007199254740992.5"):
    seed("seconds", number.encode())
for digits in (15, 16, 100, TOKEN):
    for pattern in ("1{0}e-{1}", "0.{0}1e{1}", "{0}", "1.{0}", "1.{0}1", "0.{0}1", "1{0}e-{2}", "-0.{0}1e{3}"):
        zeros = "0" * (digits - 4)
        seed("seconds", pattern.format(zeros, digits - 4, digits - 3, digits).encode())

steps = hashlib.shake_256(b"steps")
for kind in range(3):
    seed("host", bytes([kind, 40]) + steps.digest(120))
    seed("host", bytes([kind, 8]) + b"\4\0\0" * 3 + b"\0\0\2" + b"\4\0\0" + b"\0\0\1" + b"\4\0\0" + b"\3\0\2")
    # Behind those that are made beforehand: the longest ones, twice, changed, with other keys, and one that nobody signed.
    for text in payloads:
        long = b"\4\x6c\0" * 2 + b"\2\x6c\x80" + b"\3\x6c\2" + b"\0\0\1" + b"\4\x6c\0" + b"\4\x73\0"
        seed("host", bytes([kind, len(long) // 3]) + long + text)
unsigned = encoded(b'{"alg":"EdDSA"}') + b"." + encoded(payloads[0]) + b"."
seed("host", bytes([0, 1]) + b"\4\x73\0" + unsigned + b"A" * (TOKEN - len(unsigned)))
for settings in (b"\0\0\0\0", b"\x5c\0\x1f\x0a", b"\x5c\x5c\x1f\x0a", b"\xff\xff\xff\xff"):
    seed("refresh", settings + steps.digest(4 * 1024))
    seed("refresh", settings + b"\0\1\0" + b"\6\1\0" + b"\3\1\0" + b"\3\x1f\0" + b"\6\1\0" + b"\3\1\0")

for hops in range(4):
    for line in ("1.2.3.4, ::ffff:1.2.3.4", "[2001:db8::1]:80\nfe80::1%eth0", 'for="[2001:db8::1]:4711";by=_a, For=1.2.3.4', 'for="\\[::1]", x'):
        seed("client", bytes([hops]) + line.encode())
    seed("client", bytes([hops]) + b'for="' + b"\\" * (TOKEN // 2) + b'",for=1.2.3.4,' * (TOKEN // 40))
for limit in (b"\30\0\0\0\7\0\0\0\0\0\0\xea\x60\0\0\0\3", b"\0" + b"\0\0\0\1" + b"\xff" * 8 + b"\0\0\0\1", b"\40" + b"\xff" * 16):
    seed("rate_limit", limit + steps.digest(14 * 100))

# And the others.
seed("c_calls", steps.digest(TOKEN))
seed("uri", b"https://" + b"h" * 1000 + b"/" + b"%41" * 340)
seed("uri", b"https://h/" + b"a" * TOKEN)
seed("redirect", b"https://h/" + b"a" * TOKEN)
for text in ("https://mcp.example/mcp", "https://mcp.example:8443/mcp", "HTTPS://MCP.example:443/x?y", "http://mcp.example:443/mcp"):
    seed("redirect", text.encode())
seed("redirect", b"a" + b".a" * 1000 + b":/" + b"%41" * 10)
seed("redirect", b"https://h" + b"/.a" * 680)
state, iss = "state=s", "iss=https%3A%2F%2Fissuer.example%2Ft1"
for query in ("code=a+b", "error=a&error_description=b%21&error_uri=c", "code=a&code=b", "code=%ff", "code=" + "%41" * 5000, "&" * TOKEN, "x=1&" * 4000):
    seed("response", f"{query}&{state}&{iss}".encode())
seed("challenge", b'Bearer scope="' + b"a " * (TOKEN // 2 - 8) + b'a"')
seed("challenge", b"Bearer " + b"a=b," * (TOKEN // 4 - 2))
seed("challenge", b"," * TOKEN)
# A client that signs in at one server, at another, asks for more, is refused, and renews its tokens.
SIGN_IN = bytes([48, 25, 25, 25, 3, 4, 89, 0])
for events in (SIGN_IN, SIGN_IN + bytes([48, 25 | 128, 25, 25, 3, 4, 89]), SIGN_IN + bytes([8, 3, 4, 89, 24, 0]), SIGN_IN + bytes([253, 9]), SIGN_IN + bytes([62])):
    for settings in (0, 16, 32, 34, 36):
        seed("oauth_client", bytes([settings]) + events * (80 // len(events)))
# Each answer that it reads, whole and long: of the resource, its server, a registration, a token endpoint.
ANSWERS = (
    b'{"resource":"https://mcp.example/mcp","authorization_servers":["https://as0.example"],"scopes_supported":["a","\\u0062"]}',
    b'{"issuer":"https://as0.example","authorization_endpoint":"https://as0.example/a","token_endpoint":"https://as0.example/t","code_challenge_methods_supported":["S256"],"scopes_supported":["offline_access"]}',
    b'{"client_id":"c","client_secret":"s","client_secret_expires_at":0,"token_endpoint_auth_method":"client_secret_post"}',
    b'{"access_token":"a","token_type":"Bearer","expires_in":"3600","refresh_token":"r","scope":"a b"}',
)
for before, answer in zip((SIGN_IN[:1], SIGN_IN[:2], SIGN_IN[:3], SIGN_IN[:6]), ANSWERS, strict=True):
    for last in (57, 57 | 64):
        for body in (answer, b'{"error":"invalid_client","error_description":"x"}', answer[:-1] + b',"x":[' + b'"\\u0061",' * 1600 + b"1]}"):
            seed("oauth_client", b"\0" + before + bytes([last]) + body)
seed("header", b"Bearer " + b"a" * TOKEN)
seed("header", b"scope\n" + b"a " * (TOKEN // 2) + b"b")
seed("header", b"realm\n" + b"a" * TOKEN)
seed("api_key", b"a" * TOKEN)
for index in range(0, len(good), 61):
    seed("sets", b"s" + index.to_bytes(2, "little") + bytes([2, 3, 0, 0, 1]) * 8)

(FUZZ / "signatures.json").write_text(json.dumps(good))
(FUZZ / "assertions.json").write_text(json.dumps(assertions))
(FUZZ / "keys.json").write_text(json.dumps({"keys": list(keys.values())}))
