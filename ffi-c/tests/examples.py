"""examples.py FOLDER TOKENS: the example programs, on a vector's token and by HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
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


GOOD = case("es256")
CLOCK = {**os.environ, "DOORWARD_NOW": "1700000000"}


def verify(token: str, clock: str, folder: Path) -> tuple[int, str]:
    (folder / "jwks").write_text(GOOD["keys"])
    (folder / "token").write_text(token + "\n")
    command = [FOLDER / "verify", GOOD["issuer"], GOOD["audience"], "ES256", folder / "jwks", folder / "token"]
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
        line.sendall(b"GET /mcp HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\nConnection: close\r\n\r\n")
        return line.makefile().read()


def serve(folder: Path) -> None:
    # Bound, and not listening: nobody else is given the port, and who is told of it may reuse the address.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        serve_at(held.getsockname()[1], folder)


def serve_at(port: int, folder: Path) -> None:
    server = subprocess.Popen(
        [FOLDER / "server", str(port), GOOD["issuer"], GOOD["audience"], folder / "jwks"], env=CLOCK, stderr=subprocess.PIPE
    )
    try:
        base = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + PATIENCE
        while server.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
                break
            except OSError:
                time.sleep(0.1)
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
        assert ask(base + "/mcp", good, method="DELETE")[0] == 405
        # The scopes of the vector's token are "read" and "write".
        status, lacking, _ = ask(base + "/mcp", good, method="POST")
        assert status == 403 and lacking.startswith('Bearer error="insufficient_scope", error_description="'), lacking
        assert lacking.endswith(f'", scope="publish", {url}'), lacking
        assert two_headers(port).startswith("HTTP/1.1 400 ")
        assert ask(base + "/other")[0] == 404
    finally:
        server.send_signal(signal.SIGTERM)
        errors = server.communicate(timeout=PATIENCE)[1]
    assert server.returncode == 0 and not errors, (server.returncode, errors)


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        status, said = verify(GOOD["token"], "1700000000", folder)
        assert status == 0 and "subject: user-1\n" in said, said
        status, said = verify(GOOD["token"], "1800000000", folder)
        assert status == 1 and said == "refused: token_expired expires_at=1700000600 now=1800000000\n", said
        token = GOOD["token"]
        forged = token[:-20] + ("A" if token[-20] != "A" else "B") + token[-19:]
        status, said = verify(forged, "1700000000", folder)
        assert status == 1 and said == "refused: signature_invalid\n", said
        serve(folder)
    print("examples: good")


main()
