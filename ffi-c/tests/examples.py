"""examples.py FOLDER TOKENS: the example programs, on a vector's token and by HTTP."""

import base64
import contextlib
import email.message
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

FOLDER, TOKENS = Path(sys.argv[1]), Path(sys.argv[2])
# Seconds after which something hangs, on however busy a machine.
PATIENCE = 120


def case(name: str) -> dict[str, str]:
    for block in TOKENS.read_text().split("\n\n"):
        lines = dict(line.split(" = ", 1) for line in block.splitlines() if " = " in line and line[0] != "#")
        if lines.get("id") == name:
            return lines
    raise LookupError(name)


GOOD, UNPRINTABLE = case("es256"), case("principal-unprintable")
CLOCK = {**os.environ, "DOORWARD_NOW": "1700000000"}


def verify(token: str, clock: str, folder: Path, of: dict[str, str] = GOOD) -> tuple[int, str]:
    (folder / "jwks").write_text(of["keys"])
    (folder / "token").write_text(token + "\n")
    command = [FOLDER / "verify", of["issuer"], of["audience"], of["algorithms"], folder / "jwks", folder / "token"]
    done = subprocess.run(command, env={**CLOCK, "DOORWARD_NOW": clock}, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def ask(url: str, *headers: str, method: str = "GET") -> tuple[int, str | None, str]:
    request = urllib.request.Request(url, method=method, data=b"note" if method == "POST" else None)
    for header in headers:
        request.add_header("Authorization", header)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.headers["WWW-Authenticate"], answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["WWW-Authenticate"], error.read().decode()


def two_headers(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        line.sendall(
            b"GET /mcp HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\nConnection: close\r\n\r\n"
        )
        return line.makefile().read()


@contextlib.contextmanager
def running(program: str, *arguments: str | Path) -> Iterator[str]:
    """A server on a port of this machine, and its URL. It ends well, and says nothing."""
    # Bound, and not listening: nobody else is given the port, and who is told of it may reuse the address.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        server = subprocess.Popen([FOLDER / program, str(port), *arguments], env=CLOCK, stderr=subprocess.PIPE)
        try:
            deadline = time.monotonic() + PATIENCE
            while server.poll() is None and time.monotonic() < deadline:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGTERM)
            errors = server.communicate(timeout=PATIENCE)[1]
        assert server.returncode == 0 and not errors, (server.returncode, errors)


def serve(folder: Path) -> None:
    keys = [key for one in (GOOD, UNPRINTABLE) for key in json.loads(one["keys"])["keys"]]
    (folder / "jwks").write_text(json.dumps({"keys": keys}))
    with running("server", GOOD["issuer"], GOOD["audience"], folder / "jwks") as base:
        well_known = "/.well-known/oauth-protected-resource/mcp"
        url = f'resource_metadata="https://api.example.com{well_known}"'
        status, _, body = ask(base + well_known)
        document = json.loads(body)
        assert status == 200 and document["resource"] == GOOD["audience"], body
        assert document["authorization_servers"] == [GOOD["issuer"]]
        assert document["scopes_supported"] == ["read", "publish"]
        assert ask(base + "/mcp")[:2] == (401, f'Bearer scope="read", {url}')
        status, wrong, _ = ask(base + "/mcp", "Bearer a.b.c")
        assert status == 401 and wrong.startswith('Bearer error="invalid_token", error_description="'), wrong
        assert wrong.endswith(f'", scope="read", {url}'), wrong
        good = "Bearer " + GOOD["token"]
        assert ask(base + "/mcp", good) == (200, None, "hello, user-1\n"), ask(base + "/mcp", good)
        hello = ask(base + "/mcp", "Bearer " + UNPRINTABLE["token"])[2]
        assert hello == "hello, user-1\\u{1b}[2J\n", hello
        assert ask(base + "/mcp", good, method="DELETE")[0] == 405
        # The scopes of the vector's token are "read" and "write".
        status, lacking, _ = ask(base + "/mcp", good, method="POST")
        assert status == 403 and lacking.startswith('Bearer error="insufficient_scope", error_description="'), lacking
        # What it has and the server knows is asked for again, so that it is not lost.
        assert lacking.endswith(f'", scope="read publish", {url}'), lacking
        assert two_headers(int(base.rsplit(":", 1)[1])).startswith("HTTP/1.1 400 ")
        assert ask(base + "/other")[0] == 404


class Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere."""

    def redirect_request(self, *_: object) -> None:
        return None


class Device:
    """A client of the device: one step at a time, and wrong where it is told to be."""

    VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    CALLBACK = "http://127.0.0.1:51234/cb"

    def __init__(self, base: str) -> None:
        self.base = base
        self.opener = urllib.request.build_opener(Stay)

    def ask(
        self, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, email.message.Message, str]:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(self.base + path, data, headers)
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                assert answer.headers["Cache-Control"] == "no-store"
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            assert error.headers["Cache-Control"] == "no-store"
            return error.code, error.headers, error.read().decode()

    def authorize(self, **changes: str) -> tuple[int, email.message.Message, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.VERIFIER.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": "app", "redirect_uri": self.CALLBACK, "state": "s 1"}
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"} | changes
        return self.ask("/authorize?" + urllib.parse.urlencode({name: it for name, it in asked.items() if it}))

    def redirected(self, **changes: str) -> dict[str, str]:
        status, headers, body = self.authorize(**changes)
        place, _, query = (headers["Location"] or "").partition("?")
        assert (status, place) == (302, self.CALLBACK), (status, body)
        parameters = dict(urllib.parse.parse_qsl(query, strict_parsing=True))
        assert (parameters.pop("state"), parameters.pop("iss")) == ("s 1", self.base)
        return parameters

    def token(self, **form: str) -> dict[str, str]:
        status, _, body = self.ask("/token", {"client_id": "app"} | form)
        said: dict[str, str] = json.loads(body)
        assert (status == 200) == ("access_token" in said)
        return said

    def redeem(self, code: str, **changes: str) -> dict[str, str]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.CALLBACK}
        return self.token(**(form | {"code_verifier": self.VERIFIER} | changes))

    def refresh(self, token: str, **changes: str) -> dict[str, str]:
        return self.token(grant_type="refresh_token", refresh_token=token, **changes)


def sign_in(folder: Path) -> None:
    """PKCE from discovery to a token that verifies; what is replayed is refused, and all that came of it."""
    resource = "https://home.test/mcp"
    with running("device", resource, "app", "http://127.0.0.1/cb") as base:
        device = Device(base)
        metadata = json.loads(device.ask("/.well-known/oauth-authorization-server")[2])
        assert (metadata["issuer"], metadata["code_challenge_methods_supported"]) == (base, ["S256"]), metadata
        for wrong in ({"client_id": "other"}, {"client_id": ""}, {"redirect_uri": "http://127.0.0.1:51234/CB"}):
            status, headers, _ = device.authorize(**wrong)
            assert (status, headers["Location"]) == (400, None), wrong
        assert device.authorize(state="s" * 5000)[0] == 414
        for error, changes in {
            "invalid_request": {"code_challenge_method": "plain"},
            "unsupported_response_type": {"response_type": "token"},
            "invalid_scope": {"scope": "home:read root"},
            "invalid_target": {"resource": "https://other.test/"},
        }.items():
            assert device.redirected(**changes)["error"] == error, changes

        code = device.redirected(scope="home:read", resource="https://HOME.test/mcp")["code"]
        for wrong in (
            {"code_verifier": "x" * 43},
            {"redirect_uri": "http://127.0.0.1:51235/cb"},
            {"code": "x" * 43},
        ):
            assert device.redeem(**({"code": code} | wrong))["error"] == "invalid_grant", wrong
        assert device.redeem(code, resource="https://other.test/")["error"] == "invalid_target"
        status, headers, body = device.ask(
            "/token", {"grant_type": "refresh_token", "refresh_token": "x"}, Authorization="Basic YXBwOng="
        )
        assert (status, headers["WWW-Authenticate"]) == (401, 'Basic realm="token"'), (status, headers, body)
        assert device.ask("/token", {"x": "y" * 9000})[0] == 400
        refused = device.token(grant_type="client_credentials")
        assert refused["error"] == "unauthorized_client", refused
        tokens = device.redeem(code)
        assert tokens["scope"] == "home:read"
        (folder / "jwks").write_text(device.ask("/jwks")[2])
        (folder / "token").write_text(tokens["access_token"])
        command = [FOLDER / "verify", base, resource, "ES256", folder / "jwks", folder / "token"]
        clock = {**CLOCK, "DOORWARD_NOW": str(int(time.time()))}
        said = subprocess.run(command, env=clock, capture_output=True, text=True, check=False).stdout
        assert "subject: owner\n" in said, said
        assert device.redeem(code)["error"] == "invalid_grant", "replayed"
        assert device.refresh(tokens["refresh_token"])["error"] == "invalid_grant", "revoked with it"

        first = device.redeem(device.redirected()["code"])
        assert first["scope"] == "home:read home:write"
        second = device.refresh(first["refresh_token"], scope="home:read")
        assert second["scope"] == "home:read"
        assert device.refresh(first["refresh_token"])["refresh_token"] == second["refresh_token"], "a response was lost"
        third = device.refresh(second["refresh_token"])
        assert device.refresh(third["refresh_token"], scope="root")["error"] == "invalid_scope"
        assert device.refresh(first["refresh_token"])["error"] == "invalid_grant", "replayed"
        assert device.refresh(third["refresh_token"])["error"] == "invalid_grant", "revoked with it"

        # The table is small: the oldest grants make room, and the newest are there.
        codes = [device.redirected()["code"] for _ in range(17)]
        assert device.redeem(codes[0])["error"] == "invalid_grant"
        assert all("access_token" in device.redeem(code) for code in codes[1:])


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        status, said = verify(GOOD["token"], "1700000000", folder)
        assert status == 0 and "subject: user-1\n" in said, said
        status, said = verify(UNPRINTABLE["token"], "1700000000", folder, UNPRINTABLE)
        assert status == 0 and "subject: user-1\\u{1b}[2J\n" in said, repr(said)
        status, said = verify(GOOD["token"], "1800000000", folder)
        assert status == 1 and said == "refused: token_expired expires_at=1700000600 now=1800000000\n", said
        token = GOOD["token"]
        forged = token[:-20] + ("A" if token[-20] != "A" else "B") + token[-19:]
        status, said = verify(forged, "1700000000", folder)
        assert status == 1 and said == "refused: signature_invalid\n", said
        serve(folder)
        sign_in(folder)
    print("examples: good")


main()
