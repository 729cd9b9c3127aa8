"""The module in Debian's nginx: the README's configuration as printed, a real issuer, a FastMCP server behind it that has
no auth of its own, a FastMCP client that goes through it, and every wrong caller. Exits with 1 if anything is wrong.

test.py MODULE [PRELOAD]: the module's file, and a library that nginx must load first (a sanitizer's)
"""

import asyncio
import contextlib
import datetime
import gzip
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastmcp import Client, FastMCP
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server.dependencies import get_http_request

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[2] / "bindings-python" / "demo"))

from doorward._core import DoorwardError, KeySet, Policy, authenticate, bearer_token  # noqa: E402
from issuer import Issuer  # noqa: E402
from run import SCOPES, HeadlessOAuth, hostile, serve  # noqa: E402

NGINX, ISSUER, MCP = (f"http://127.0.0.1:{port}" for port in (8400, 8401, 8402))
RESOURCE = f"{NGINX}/mcp"
# Seconds after which something hangs, on however busy a machine.
PATIENCE = 300
LIST_TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}

# What meets the rest of nginx, beside the README's configuration.
CORNERS = """
  doorward_claim $tenant_id tenantId;
  doorward_claim $team "https://id.example/team";
  server {
    listen 127.0.0.1:8404;
    location = /.well-known/oauth-protected-resource/mcp {
      doorward_metadata mcp;
      if ($http_origin) { add_header Vary Origin; }
    }
    location = /.well-known/oauth-protected-resource {
      doorward_metadata mcp;
      limit_except POST { allow all; }
    }
    location /claims { doorward mcp; add_header X-Claims "$tenant_id $team"; alias html/open/x.txt; }
    location /named { doorward mcp; try_files /nowhere @named; }
    location @named { return 200 "$doorward_subject"; }
    location /asked { auth_request /ask; alias html/open/x.txt; }
    location = /ask { doorward mcp; proxy_pass http://127.0.0.1:8400/open/x.txt; }
    location /included { ssi on; default_type text/html; alias html/open/ssi.html; }
    location = /subject { doorward mcp; proxy_pass http://127.0.0.1:8404/echo?$doorward_subject; }
    location = /echo { return 200 "$args"; }
    location /page { doorward mcp; error_page 401 403 /page/none; }
    location /any { satisfy any; allow 127.0.0.1; deny all; doorward mcp; alias html/open/x.txt; }
  }
"""

# Another nginx, whose keys come from a server that says byte for byte what it is told to.
FETCHES, KEY_SERVER = 8405, 8406
FETCHES_CONF = """load_module ngx_http_doorward_module.so;
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events {}
http {
  access_log off;
  REALMS
  server {
    listen 127.0.0.1:8405;
    LOCATIONS
    location /open/ { }
  }
}
"""
FETCHES_REALM = """doorward_realm NAME {
    issuer https://id.example;
    resource https://api.example/NAME;
    algorithms ES256;
    key_url URL;
    cooldown 1s;
  }
"""

failures = 0


def check(what: str, good: bool, shown: object = "") -> None:
    """Print a line, and count what is wrong."""
    global failures
    failures += not good
    print(f"{'ok   ' if good else 'WRONG'} {what}{'' if good else f': {shown}'}", flush=True)


async def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; false if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)
    return True


def readme_conf() -> str:
    """The first nginx block of the README."""
    return re.search(r"```nginx\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)[1]


TOLD = {
    "invalid_request": "The request is malformed",
    "invalid_token": "The access token is not valid for this resource",
    "insufficient_scope": "The access token does not have the scopes that this needs",
}


def challenge(path: str, scope: str, error: str | None = None) -> str:
    """What WWW-Authenticate must be, to the letter."""
    code = f'error="{error}", error_description="{TOLD[error]}", ' if error else ""
    scopes = f'scope="{scope}", ' if scope else ""
    return f'Bearer {code}{scopes}resource_metadata="{NGINX}/.well-known/oauth-protected-resource{path}"'


def jwks(*keys: tuple[Any, str]) -> str:
    """A public key set."""
    each = [json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key())) | {"kid": kid} for key, kid in keys]
    return json.dumps({"keys": each})


def certificate() -> str:
    """A private key and a certificate that nobody trusts, in PEM."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)).decode()


class Nginx:
    """nginx in a folder of its own."""

    def __init__(self, module: str, preload: str | None, url: str = NGINX) -> None:
        self.url = url
        self.folder = Path(tempfile.mkdtemp(prefix="doorward-nginx-"))
        self.folder.chmod(0o755)
        for name in ("tmp", "html/notes", "html/reports", "html/open"):
            (self.folder / name).mkdir(parents=True)
        for name in ("notes", "reports", "open"):
            (self.folder / "html" / name / "x.txt").write_text(f"{name}\n")
        shutil.copy(module, self.folder)
        self.conf(readme_conf())
        self.environment = dict(os.environ, ASAN_OPTIONS=f"log_path={self.folder}/asan:detect_odr_violation=0")
        if preload:
            self.environment["LD_PRELOAD"] = preload
        # What only reads a configuration and exits frees nothing, which is nginx's way.
        self.briefly = self.environment | {"ASAN_OPTIONS": self.environment["ASAN_OPTIONS"] + ":detect_leaks=0"}
        self.binary = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process: subprocess.Popen[bytes] | None = None

    def conf(self, text: str) -> None:
        (self.folder / "nginx.conf").write_text(text)

    def command(self, *arguments: str) -> list[str]:
        return [self.binary, "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "error.log", *arguments]

    def start(self) -> None:
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), env=self.environment)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/open/x.txt", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        raise SystemExit(f"nginx does not start:\n{self.log()}")

    async def reload(self) -> None:
        """New workers, without keys, and none of the old ones."""
        before = self.exited()
        subprocess.run(self.command("-s", "reload"), env=self.briefly, check=True, timeout=PATIENCE)
        if not await eventually(lambda: self.exited() == before + 2):
            raise SystemExit(f"the workers before do not end:\n{self.log()}")

    def exited(self) -> int:
        """How many workers have ended, as is told in whichever log."""
        logs = (self.folder / name for name in ("error.log", "info.log"))
        return sum(len(re.findall(r"worker process \d+ exited", log.read_text())) for log in logs if log.exists())

    def stop(self) -> int:
        """Gracefully; its exit status."""
        self.process.send_signal(signal.SIGQUIT)
        return self.process.wait(PATIENCE)

    def tested(self, text: str) -> subprocess.CompletedProcess[str]:
        """What `nginx -t` says of a configuration."""
        (self.folder / "wrong.conf").write_text(text)
        arguments = [self.binary, "-t", "-q", "-p", f"{self.folder}/", "-c", "wrong.conf", "-e", "wrong.log"]
        return subprocess.run(
            arguments, env=self.briefly, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def refused_conf(self, text: str) -> str:
        """What `nginx -t` has against a configuration; empty if nothing."""
        result = self.tested(text)
        return result.stderr if result.returncode else ""

    def log(self) -> str:
        return (self.folder / "error.log").read_text() if (self.folder / "error.log").exists() else ""

    def reason(self) -> str:
        """The last reason in the log."""
        found = re.findall(r"doorward: (.*?), realm: ", self.log())
        return found[-1] if found else ""


class KeyEndpoint:
    """The issuer's application, which counts how often its keys are asked for and may keep those who ask waiting."""

    def __init__(self, app: Any) -> None:
        self.app, self.asked, self.open = app, 0, asyncio.Event()
        self.open.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/jwks.json":
            self.asked += 1
            await self.open.wait()
        await self.app(scope, receive, send)

    def answer(self) -> None:
        """Answers those who wait, and nobody who comes later."""
        self.open.set()
        self.open.clear()


class KeyServer:
    """Answers each path with the bytes that it has for it, and keeps the requests."""

    def __init__(self) -> None:
        self.responses: dict[str, bytes | Callable[[bytes], bytes]] = {}
        self.requests: list[tuple[str, bytes]] = []
        self.keeps_open = False

    def asked(self, path: str) -> int:
        """How often there was a request for it."""
        return [asked for asked, _ in self.requests].count(path)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whom a response is too long for does not read it to the end.
        with contextlib.suppress(ConnectionError):
            request = await reader.readuntil(b"\r\n\r\n")
            path = request.split()[1].decode()
            self.requests.append((path, request))
            response = self.responses[path]
            writer.write(response(request) if callable(response) else response)
            await writer.drain()
            if self.keeps_open:
                await reader.read()
            writer.close()
            await writer.wait_closed()


class Fetches:
    """What becomes of the responses that keys are fetched by."""

    def __init__(self, nginx: Nginx) -> None:
        self.nginx, self.server = nginx, KeyServer()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.keys = jwks((self.key, "1")).encode()
        self.began = 0.0
        self.http = httpx.AsyncClient(trust_env=False, timeout=PATIENCE)

    def ok(self, *fields: str, body: bytes | None = None) -> bytes:
        """A response of 200 with these header fields."""
        lines = "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *fields))
        return f"{lines}\r\n".encode() + (self.keys if body is None else body)

    def token(self, realm: str, kid: str) -> str:
        """A good token, but for its key's name."""
        claims = {"iss": "https://id.example", "aud": f"https://api.example/{realm}", "sub": "alice", "client_id": "c1"}
        times = {"iat": int(time.time()), "exp": int(time.time()) + 3600}
        return jwt.encode(claims | times | {"jti": "1"}, self.key, "ES256", {"kid": kid, "typ": "at+jwt"})

    async def get(self, realm: str, kid: str = "1") -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token(realm, kid)}"}
        return await self.http.get(f"{self.nginx.url}/{realm}/x.txt", headers=headers)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """nginx and the server."""
        socket_path = f"{self.nginx.folder}/keys.sock"
        places = {f"/{name}": f"http://127.0.0.1:{KEY_SERVER}/{name}" for name in ("each", "lines", "expires", "kept")}
        places["/socket"] = f"unix:{socket_path}:/socket?a=b"
        realms, locations = "", ""
        for path, url in places.items():
            realms += FETCHES_REALM.replace("NAME", path[1:]).replace("URL", url)
            locations += f"location {path}/ {{ doorward {path[1:]}; alias html/open/; }}\n"
        self.nginx.conf(FETCHES_CONF.replace("REALMS", realms).replace("LOCATIONS", locations))
        now, minute = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=s) for s in (0, 60))
        self.server.responses = {
            "/each": b"",
            "/lines": self.ok("Cache-Control: max-age=86400", "cache-control: no-cache"),
            "/expires": self.ok(f"Date: {format_datetime(now, True)}", f"Expires: {format_datetime(minute, True)}"),
            "/kept": self.ok("Cache-Control: max-age=86400"),
            "/socket?a=b": self.ok(),
        }
        on_port = await asyncio.start_server(self.server, "127.0.0.1", KEY_SERVER)
        on_socket = await asyncio.start_unix_server(self.server, socket_path)
        Path(socket_path).chmod(0o777)
        async with on_port, on_socket:
            # In a thread, since nginx asks for keys at once.
            await asyncio.to_thread(self.nginx.start)
            self.began = time.monotonic()
            yield
            status = self.nginx.stop()
        await self.http.aclose()
        lines = self.nginx.log()
        good = status == 0 and not re.search(r"\[(alert|emerg|crit)\]|signal 11", lines)
        check("the other nginx ended well", good, lines[-3000:])

    async def fetch(self, response: bytes | Callable[[bytes], bytes]) -> tuple[httpx.Response, str]:
        """The answer to who has waited for this response, and what the log says of it."""
        self.server.responses["/each"] = response
        asked, deadline = self.server.asked("/each"), time.monotonic() + PATIENCE
        while True:
            # Nobody has this key, so it is fetched for each as soon as it may be: 401 where keys came.
            answer = await self.get("each", "unseen")
            if self.server.asked("/each") > asked or time.monotonic() > deadline:
                told = re.findall(r"realm each: (?:keys were not fetched: )?(.*)", self.nginx.log())
                return answer, told[-1] if told else ""
            await asyncio.sleep(0.1)

    async def responses(self) -> None:
        """One after the other, by one realm."""
        json_type, long = "Content-Type: application/json", len(self.keys)
        most = self.keys + b" " * (1024 * 1024 - long)
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=500)
        told = {  # The response, the name of the error, the status
            "a web page": (self.ok("Content-Type: text/html; charset=utf-8"), "response_not_json, status: 200"),
            "a redirect": (
                b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:8406/kept\r\n\r\n" + self.keys,
                "response_status, status: 302",
            ),
            "not found": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "response_status, status: 404"),
            "not found, chunked": (
                b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n1\r\nx\r\n0\r\n\r\n",
                "response_status, status: 404",
            ),
            "gzip": (
                self.ok(json_type, "content-encoding: gzip", body=gzip.compress(self.keys)),
                "response_encoded, status: 200",
            ),
            "no key set": (self.ok(json_type, body=b"[]"), "key_set_malformed, status: 200"),
            "no key of use": (self.ok(json_type, body=b'{"keys": []}'), "key_set_empty, status: 200"),
            "too long": (self.ok(json_type, body=most + b" "), "key_set_too_long, status: 200"),
            "too long by far": (self.ok(json_type, body=most * 9), "key_set_too_long, status: 200"),
            "chunked": (
                self.ok("Transfer-Encoding: chunked", body=f"{long:x}\r\n".encode() + self.keys + b"\r\n0\r\n\r\n"),
                "the response has a transfer coding, which HTTP/1.0 has not, status: 200",
            ),
            "cut off": (self.ok(f"Content-Length: {long + 1}"), "the response is not as long as it says, status: 200"),
            "of another length": (
                self.ok(f"content-length: {long}", f"Content-Length: {long - 1}"),
                "the response is not as long as it says, status: 200",
            ),
            "a length that is none": (
                self.ok(f"Content-Length: {long}x"),
                "the response is not as long as it says, status: 200",
            ),
            "a line that goes on": (
                self.ok(json_type, " Content-Encoding: gzip"),
                "the response is not HTTP/1, status: 200",
            ),
            "a line without a colon": (self.ok("Content-Encoding"), "the response is not HTTP/1, status: 200"),
            "a space before the colon": (self.ok("Content-Encoding : x"), "the response is not HTTP/1, status: 200"),
            "a long head": (self.ok(*[f"X: {i}" for i in range(4000)]), "the response's head is too long"),
            "a status that is none": (b"HTTP/1.1 2000 OK\r\n\r\n" + self.keys, "the response is not HTTP/1"),
            "no head": (b"HTTP/1.1 200 OK\r\nX: y\r\n", "the response is not HTTP/1"),
            "no HTTP": (self.keys, "the response is not HTTP/1"),
            "nothing": (b"", "the response is not HTTP/1"),
        }
        for name, (response, wanted) in told.items():
            answer, said = await self.fetch(response)
            good = answer.status_code == 503 and said == f"{wanted}, url: http://127.0.0.1:{KEY_SERVER}/each"
            check(f"no keys: {name}", good, (answer.status_code, said))
        brought = {
            "as long as may be": self.ok(json_type, body=most),
            "of a length": self.ok("content-type: text/plain", f"Content-Length:\t{long} "),
            "identity": self.ok("Content-Encoding: identity"),
            "many lines": self.ok(*[f"X: {i}" for i in range(1000)]),
            "HTTP/1.0": self.ok().replace(b"HTTP/1.1", b"HTTP/1.0", 1),
            "lines that end with LF": self.ok("X: y\nContent-Type: application/jwk-set+json"),
            "a server that has nothing but application/jwk-set+json": lambda request: (
                self.ok("Content-Type: application/jwk-set+json")
                if b"application/jwk-set+json" in request
                else b"HTTP/1.1 406 Not Acceptable\r\n\r\n"
            ),
        }
        for name, response in brought.items():
            answer, said = await self.fetch(response)
            check(f"keys: {name}", answer.status_code == 401 and said == "1 keys", (answer.status_code, said))
        self.server.keeps_open = True
        for name, length in (("on a connection that stays", long), ("of which no more is read", len(most))):
            response = self.ok(f"Content-Length: {length}", body=most[:length] + b"x")
            began = time.monotonic()
            answer, said = await self.fetch(response)
            took = time.monotonic() - began
            check(f"keys: {name}", answer.status_code == 401 and said == "1 keys" and took < 5, (said, took))
        self.server.keeps_open = False
        answer, said = await self.fetch(
            f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {format_datetime(later, True)}\r\n\r\n".encode()
        )
        left, retry = (later - datetime.datetime.now(datetime.UTC)).seconds, int(answer.headers.get("retry-after", 0))
        good = answer.status_code == 503 and left - 5 <= retry <= left + 5 and said.startswith("response_status")
        check("when to come again, as a date", good, (answer.status_code, retry, left, said))
        check("a socket", (await self.get("socket")).status_code == 200, self.nginx.log()[-2000:])
        for path, wanted in (("/kept", f"127.0.0.1:{KEY_SERVER}"), ("/socket?a=b", "localhost")):
            request = next(request for asked, request in self.server.requests if asked == path).decode()
            lines = [f"GET {path} HTTP/1.0", f"Host: {wanted}", "Connection: close", "", ""]
            sent = request.split("\r\n")
            fields = {line.partition(":")[0] for line in sent if line not in lines}
            good = [line for line in sent if line in lines] == lines and fields == {"accept", "accept-encoding"}
            check("the request", good, request)

    async def lifetimes(self) -> None:
        """4/5 of a minute is the least after which newer ones are fetched."""
        await asyncio.sleep(max(0.0, self.began + 50 - time.monotonic()))
        for name, times in (("kept", 1), ("lines", 2), ("expires", 2)):
            statuses = [(await self.get(name)).status_code for _ in range(4)]
            fetched = await eventually(lambda name=name, times=times: self.server.asked(f"/{name}") >= times)
            good = statuses == [200] * 4 and fetched and self.server.asked(f"/{name}") == times
            check(f"how long keys may be kept: {name}", good, (statuses, self.server.asked(f"/{name}")))


@contextlib.asynccontextmanager
async def served(app: Any, url: str) -> AsyncIterator[None]:
    """An application at a fixed port."""
    listener = socket.create_server(("127.0.0.1", int(url.rsplit(":", 1)[1])))
    async with serve(app, listener):
        yield
    listener.close()


def mcp_server() -> FastMCP:
    """An MCP server that believes what nginx tells it."""
    mcp = FastMCP("notes")

    @mcp.tool
    def whoami() -> dict[str, str | None]:
        """Say who is calling."""
        names = ("x-subject", "x-client", "x-scope", "x-tenant", "x-evil", "authorization")
        headers = get_http_request().headers
        return {name: headers.get(name) for name in names}

    return mcp


async def whoami(by: Any) -> dict[str, str | None]:
    """What the tool answers to a caller, given a token, an OAuth client or a transport."""
    async with Client(by) if isinstance(by, StreamableHttpTransport) else Client(RESOURCE, auth=by) as client:
        return json.loads((await client.call_tool("whoami")).content[0].text)


class Test:
    """All of it, in order."""

    def __init__(self, nginx: Nginx, fetches: Fetches) -> None:
        self.nginx, self.fetches = nginx, fetches
        self.issuer = Issuer(ISSUER, SCOPES)
        self.endpoint = KeyEndpoint(self.issuer.app())
        self.http = httpx.AsyncClient(
            trust_env=False, timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def token(self, **changes: Any) -> str:
        claims = {"aud": RESOURCE, "client_id": "c1", "scope": " ".join(SCOPES)} | changes
        return self.issuer.sign(self.issuer.claims(**claims))

    async def get(self, path: str, token: str | None = None, **headers: str) -> httpx.Response:
        if token:
            headers["authorization"] = f"Bearer {token}"
        return await self.http.get(NGINX + path, headers=headers)

    async def until(self, path: str, token: str, status: int, rows: int = 8) -> httpx.Response:
        """Ask until both workers have answered with this status several times in a row, or never do."""
        deadline, row = time.monotonic() + PATIENCE, 0
        while True:
            response = await self.get(path, token)
            row = row + 1 if response.status_code == status else 0
            if row == rows or time.monotonic() > deadline:
                return response
            if row == 0:
                await asyncio.sleep(0.25)

    async def renew(self, conf: str) -> None:
        """Workers with this configuration, which have the issuer's keys."""
        told = self.nginx.log().count("realm mcp: 1 keys")
        self.nginx.conf(conf)
        await self.nginx.reload()
        had = await eventually(lambda: self.nginx.log().count("realm mcp: 1 keys") == told + 2)
        check("each worker has the keys", had, self.nginx.log()[-2000:])

    async def right_caller(self) -> None:
        answer = await whoami(HeadlessOAuth(scopes=SCOPES))
        good = answer["x-subject"] == "alice" and answer["x-client"] and answer["x-scope"] == " ".join(SCOPES)
        check("a client discovers, registers, authorizes with PKCE and calls a tool", bool(good), answer)
        check("the token goes no further than nginx", answer["authorization"] is None, answer)
        answer = await whoami(self.token(tenant="acme", sub="bob"))
        check("claims as variables", answer["x-subject"] == "bob" and answer["x-tenant"] == "acme", answer)
        answer = await whoami(self.token(tenant={"a": [1, True]}))
        check("a claim that is no text, as JSON", json.loads(answer["x-tenant"] or "0") == {"a": [1, True]}, answer)
        evil = self.token(sub="x\r\nX-Evil: 1", tenant="y\nX-Evil: 1")
        answer = await whoami(StreamableHttpTransport(f"{RESOURCE}?access_token={evil}", auth=evil))
        silent = [answer[name] for name in ("x-subject", "x-tenant", "x-evil")] == [None] * 3
        check("a claim with line ends does not get into a header", silent, answer)
        answer = await whoami(self.token(sub='J\u00fcrgen "J"', tenant="acme\u202e"))
        good = answer["x-subject"] == 'J\u00fcrgen "J"'.encode().decode("latin-1") and answer["x-tenant"] is None
        check("nor does one that does not print", good, answer)
        own = StreamableHttpTransport(
            RESOURCE, headers={"X-Subject": "root", "X-Evil": "seen"}, auth=self.token(sub=None)
        )
        answer = await whoami(own)
        dropped = answer["x-subject"] is None and answer["x-evil"] == "seen"
        check("a caller's own X-Subject is dropped", dropped, answer)

    async def metadata(self) -> None:
        path = "/.well-known/oauth-protected-resource"
        response = await self.get(f"{path}/mcp")
        document = response.json()
        check(
            "the metadata document",
            response.status_code == 200
            and response.headers["content-type"] == "application/json"
            and response.headers["access-control-allow-origin"] == "*"
            and document["resource"] == RESOURCE
            and document["authorization_servers"] == [self.issuer.issuer]
            and document["scopes_supported"] == SCOPES,
            response.text,
        )
        other = (await self.get(f"{path}/reports")).json()
        named = other["resource"] == f"{NGINX}/reports" and other["resource_name"] == "Reports"
        check("each realm has its own", named and "scopes_supported" not in other, other)
        head = await self.http.head(f"{NGINX}{path}/mcp")
        check("HEAD", head.status_code == 200 and not head.content, head.status_code)
        post = await self.http.post(f"{NGINX}{path}/mcp")
        check("POST is not allowed there", post.status_code == 405, post.status_code)

    def python_says(self, authorization: str) -> str:
        """The verdict of the Python binding about the same header, for the same policy."""
        policy = Policy.mcp(
            self.issuer.issuer, RESOURCE, algorithms=["ES256", "RS256"], leeway=30, required_scopes=SCOPES
        )
        keys = KeySet.parse(jwks((self.issuer.key, self.issuer.key_id)), ["ES256", "RS256"])
        try:
            authenticate(bearer_token([authorization.encode()]), keys, policy, int(time.time()))
        except DoorwardError as error:
            return error.name
        return "ok"

    async def hostile(self) -> None:
        # Whether newer keys may be fetched shall not depend on how long all this takes.
        await self.renew(readme_conf().replace("cooldown 5s;", "cooldown 1h;"))
        errors = {400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope"}
        asked = self.endpoint.asked
        for name, status, headers in hostile(self.issuer, RESOURCE):
            response = await self.http.post(RESOURCE, json=LIST_TOOLS, headers=ACCEPT | headers)
            said = self.python_says(headers["authorization"]) if headers else "credentials_missing"
            said = "keys_unavailable" if status == 503 else said
            error = None if said == "credentials_missing" else errors.get(status)
            wanted = None if status == 503 else challenge("/mcp", " ".join(SCOPES), error)
            found = response.headers.get("www-authenticate")
            good = response.status_code == status and found == wanted and self.nginx.reason().split(" ")[0] == said
            good = good and response.headers.get("cache-control") == "no-store"
            good = good and ("retry-after" in response.headers) == (status == 503)
            check(f"{status} {said:28} {name}", good, (response.status_code, found, self.nginx.reason()))
        lines = re.findall(r"insufficient_scope (.*?),", self.nginx.log())
        check("the log tells which scopes are missing", lines[-1:] == ["missing=notes:write"], lines)
        good = self.token()
        response = await self.get(f"/mcp?access_token={good}")
        check("401 a token in the query", response.status_code == 401, response.status_code)
        twice = [("authorization", f"Bearer {good}"), ("authorization", f"Bearer {good}")]
        response = await self.http.get(RESOURCE, headers=twice)
        check("400 two Authorization headers", response.status_code == 400, response.status_code)
        response = await self.get("/notes/x.txt", self.token(pad="x" * 5000))
        check("200 a long token", response.status_code == 200, response.status_code)
        random_keys = [await self.get("/notes/x.txt", self.issuer.sign({}, kid=f"random-{i}")) for i in range(40)]
        statuses = [response.status_code for response in random_keys]
        check("503 forty random key ids, as long as there may be newer keys", statuses == [503] * 40, statuses)
        check("which cause no fetch before the cool-down is over", self.endpoint.asked == asked, self.endpoint.asked)
        await self.renew(readme_conf())
        asked = self.endpoint.asked
        unknown = await self.until("/notes/x.txt", self.issuer.sign({}, kid="random"), 401, 1)
        check("401 once they were fetched for it", unknown.status_code == 401, unknown.status_code)
        check("by a fetch", self.endpoint.asked > asked, self.endpoint.asked)

    def malformed(self, sni: str | None = None) -> None:
        """Requests with a token in a header that nginx itself refuses, or passes over: none is in the log, but below `notice`."""
        host = b"Host: gated\r\n"
        for name, head in {
            "repeated": b"Authorization: Bearer TOKEN\r\nAuthorization: Bearer TOKEN\r\n",
            "repeated in other letters": b"Authorization: Bearer TOKEN\r\nAUTHORIZATION: bearer TOKEN\r\n",
            "a space before the colon": b"Authorization : Bearer TOKEN\r\n",
            "no colon": b"Authorization Bearer TOKEN\r\n",
            "a space before the name": b" Authorization: Bearer TOKEN\r\n",
            "a line that goes on": b"Authorization: Bearer\r\n TOKEN\r\n",
            "a name with other signs": b"Author(ization: Bearer TOKEN\r\n",
            "a name that is passed over": b"Authorization_2: Bearer TOKEN\r\n",
            "a control character": b"Authorization: Bearer TOKEN\x01\r\n",
            "a NUL": b"Authorization: Bearer TOKEN\0\r\n",
            "CR alone": b"Authorization: Bearer TOKEN\rX: y\r\n",
            "too long": b"Authorization: Bearer TOKEN" + b"x" * 40_000 + b"\r\n",
            "too many": b"Authorization: Bearer TOKEN\r\n" * 2000,
            "beside another fault": b"Authorization: Bearer TOKEN\r\nHost: again\r\n",
            "beside a broken length": b"Content-Length: x\r\nAuthorization: Bearer TOKEN\r\n",
            "before the request line": b"",
        }.items():
            line = b"GET /notes/x.txt HTTP/1.1\r\nConnection: close\r\n" if head else b"Bearer TOKEN\r\n"
            # Until the Host header it is another server's log that may be written.
            for fields in (head + host, host + head):
                token = self.token(sub=name).encode()
                status = self.raw((line + fields + b"\r\n").replace(b"TOKEN", token), sni)
                check(f"{status.decode() or '---'} a token in a header: {name}", status != b"200", status)

    def raw(self, request: bytes, sni: str | None) -> bytes:
        """The status of the answer to a request that no client sends, where there is one; by TLS to a server of this name."""
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", 8400), timeout=PATIENCE))
            if sni:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                connection = stack.enter_context(context.wrap_socket(connection, server_hostname=sni))
            answer = b""
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                connection.sendall(request)
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while part := connection.recv(65536):
                    answer += part
        return answer[9:12]

    async def levels(self) -> None:
        """What the README says of levels: at `info` tokens are shown, and the configuration is warned about."""
        quiet = readme_conf()
        loud = quiet.replace("error_log error.log notice;", "error_log info.log info;")
        server, location = "    listen 127.0.0.1:8400;", "location /notes/ {"
        (self.nginx.folder / "tls.pem").write_text(certificate())
        first = "server { listen 127.0.0.1:8400; server_name first; error_log info.log info; return 404; }"
        beside = f"  ssl_certificate tls.pem;\n  ssl_certificate_key tls.pem;\n  {first}\n  server {{"
        beside = quiet.replace("  server {", beside, 1)
        named = beside.replace(server, "    listen 127.0.0.1:8400 default_server; server_name gated;")
        tls = named.replace("listen 127.0.0.1:8400", "listen 127.0.0.1:8400 ssl")
        for name, conf, told in (
            ("notice", quiet, False),
            ("info", loud, True),
            ("info, and more", loud.replace("events", "error_log more.log error;\nevents"), True),
            ("info in the server", quiet.replace(server, f"{server} error_log info.log info;"), True),
            ("info in the location", quiet.replace(location, f"{location} error_log info.log info;"), False),
            ("notice in the server alone", loud.replace(server, f"{server} error_log error.log notice;"), False),
            ("notice in the location alone", loud.replace(location, f"{location} error_log error.log notice;"), True),
            ("info in the default server", beside, True),
            ("info in the server that TLS names", tls, True),
        ):
            said = self.nginx.tested(conf).stderr
            shown = await self.shown(conf)
            check(
                f"nginx -t {'warns of' if told else 'says nothing to'} {name}",
                ('"notice" does not' in said) == told,
                said,
            )
            check(f"nginx shows {'' if told else 'no '}tokens at {name}", bool(shown) == told, shown)
            if name == "info":
                wanted = {"duplicate header", "invalid header", "too long header"}
                check("in these lines", shown >= wanted, shown)
        self.nginx.conf(quiet)
        await self.nginx.reload()

    async def shown(self, conf: str) -> set[str]:
        """What nginx calls the lines with a token that it writes by this configuration."""
        log = self.nginx.folder / "info.log"
        before = len(log.read_bytes()) if log.exists() else 0
        self.nginx.conf(conf)
        await self.nginx.reload()
        self.malformed("first" if " ssl;" in conf else None)
        lines = log.read_bytes()[before:].decode(errors="replace") if log.exists() else ""
        return set(re.findall(r"client sent (.*?) line.*eyJ", lines))

    async def scopes(self) -> None:
        reader, writer, admin = (self.token(scope=s) for s in ("notes:read", "notes:write", "notes:admin"))
        for token, notes, mcp in ((reader, 200, 403), (writer, 403, 403), (admin, 200, 400), (self.token(), 200, 400)):
            # 400 is the MCP server's own: a GET is no MCP request.
            got = [(await self.get(path, token)).status_code for path in ("/notes/x.txt", "/mcp")]
            got[1] = 400 if got[1] == 406 else got[1]
            check("two locations, two lists of scopes", got == [notes, mcp], got)
        response = await self.get("/notes/x.txt", writer)
        wanted = challenge("/mcp", "notes:read", "insufficient_scope")
        check("each challenge names its own", response.headers["www-authenticate"] == wanted, response.headers)
        response = await self.get("/reports/x.txt")
        wanted = challenge("/reports", "")
        check("or none", response.headers["www-authenticate"] == wanted, response.headers)
        check("/open/ asks for nothing", (await self.get("/open/x.txt")).status_code == 200)

    async def scopes_by_other_names(self, key: Any) -> None:
        conf = readme_conf().replace("relax typ_jwt_or_absent;", "scope_source roles; scope_prefix api://reports/;")
        await self.renew(conf.replace("doorward reports;", "doorward reports; doorward_scopes read all;"))
        claims = self.issuer.claims(iss="https://id.example", aud=f"{NGINX}/reports", client_id="c1", scope="read all")
        for roles, status in ((["read", "all"], 200), (["read"], 403), (["api://reports/read", "all"], 403)):
            token = self.issuer.sign(claims | {"roles": roles}, key=key, kid="1")
            got = await self.get("/reports/x.txt", token)
            check("scopes in the claim that is named", got.status_code == status, got.status_code)
        wanted = challenge("/reports", "api://reports/read api://reports/all", "insufficient_scope")
        check("a challenge has the prefix", got.headers["www-authenticate"] == wanted, got.headers)
        document = (await self.get("/.well-known/oauth-protected-resource/reports")).json()
        told = document["scopes_supported"] == ["api://reports/read", "api://reports/all"]
        check("so has the metadata", told, document)
        await self.renew(readme_conf())

    async def key_file(self, first: Any) -> None:
        second, file = ec.generate_private_key(ec.SECP256R1()), self.nginx.folder / "keys.json"
        claims = self.issuer.claims(iss="https://id.example", aud=f"{NGINX}/reports", client_id="c1")
        old, new = (self.issuer.sign(claims, key=key, kid=kid, typ="JWT") for key, kid in ((first, "1"), (second, "2")))
        both = [(await self.get("/reports/x.txt", token)).status_code for token in (old, new)]
        check("keys of a file", both == [200, 401], both)
        mixed = (await self.get("/reports/x.txt", self.token())).status_code
        check("a token of the other realm is refused", mixed == 401, mixed)

        def replace(text: str) -> None:
            other = file.with_suffix(".new")
            other.write_text(text)
            other.rename(file)

        replace('{"keys": 1}')
        each = await eventually(lambda: self.nginx.log().count("key_set_malformed") == 2)
        check("each worker tells of a broken file", each, self.nginx.log()[-2000:])
        check("which leaves the keys", (await self.get("/reports/x.txt", old)).status_code == 200)
        replace('{"keys": []}')
        each = await eventually(lambda: self.nginx.log().count("key_set_empty") == 2)
        check("and of one without keys", each, self.nginx.log()[-2000:])
        check("which leaves them too", (await self.get("/reports/x.txt", old)).status_code == 200)
        replace(jwks((second, "2")))
        check("a new file is read", (await self.until("/reports/x.txt", new, 200)).status_code == 200)
        check("and the old key is out", (await self.until("/reports/x.txt", old, 401)).status_code == 401)
        log = self.nginx.log()
        once = log.count("key_set_malformed") == log.count("key_set_empty") == 2
        check("each is told once", once, log[-2000:])

    async def rotation(self) -> None:
        old = self.token()
        self.issuer.key, self.issuer.key_id = ec.generate_private_key(ec.SECP256R1()), "demo-2"
        check("a rotated key is found", (await self.until("/notes/x.txt", self.token(), 200)).status_code == 200)
        out = await self.until("/notes/x.txt", old, 401, 1)
        check("and the old one is out", out.status_code == 401, out.status_code)
        self.issuer.key = ec.generate_private_key(ec.SECP256R1())
        new = self.token()
        check("a new key under the old name is found", (await self.until("/notes/x.txt", new, 200)).status_code == 200)
        forged = new[:-9] + "AAAAAAAAA"
        asked = self.endpoint.asked
        statuses = {(await self.get("/notes/x.txt", forged)).status_code for _ in range(40)}
        check("401 a bad signature, whether keys may be fetched or not", statuses == {401}, statuses)
        check("nor does each cause a fetch", self.endpoint.asked <= asked + 4, self.endpoint.asked - asked)

    async def waiting(self) -> None:
        """Nothing cached, a slow issuer: who needs keys waits, nobody else does, and one fetch a worker serves all."""
        self.nginx.stop()
        self.endpoint.asked = 0
        self.endpoint.open.clear()
        self.nginx.start()
        impatient = asyncio.create_task(self.get("/notes/x.txt", self.token()))
        many = [asyncio.create_task(self.get("/notes/x.txt", self.token())) for _ in range(20)]
        await eventually(lambda: self.endpoint.asked == 2)
        opened = [(await self.get("/open/x.txt")).status_code for _ in range(8)]
        waiting = not any(task.done() for task in [impatient, *many])
        check("a fetch does not block a worker", opened == [200] * 8 and waiting, (opened, waiting))
        impatient.cancel()
        self.endpoint.open.set()
        statuses = {response.status_code for response in await asyncio.gather(*many)}
        check("twenty requests wait for the keys", statuses == {200}, statuses)
        check("of one fetch a worker", self.endpoint.asked == 2, self.endpoint.asked)

    async def issuer_down(self) -> None:
        """Called while nothing listens at the issuer's port."""
        good = self.token()
        statuses = [(await self.get("/notes/x.txt", good)).status_code for _ in range(8)]
        check("the issuer is down, the keys are fresh", statuses == [200] * 8, statuses)
        unseen = await self.until("/notes/x.txt", self.issuer.sign({}, kid="unseen"), 503)
        asked = unseen.status_code == 503 and "www-authenticate" not in unseen.headers
        check("503 where it cannot be asked for a key", asked, (unseen.status_code, unseen.headers))
        check("told in the log as well", self.nginx.reason().startswith("keys_unavailable"), self.nginx.reason())
        await self.nginx.reload()
        response = await self.get("/notes/x.txt", good)
        retry = response.headers.get("retry-after", "")
        check(
            "503 without keys, and when to come again", response.status_code == 503 and 1 <= int(retry or 0) <= 5, retry
        )
        check("and no challenge", "www-authenticate" not in response.headers, response.headers)
        check("told in the log", self.nginx.reason().startswith("keys_unavailable"), self.nginx.reason())
        check("401 stays for who has no token", (await self.get("/notes/x.txt")).status_code == 401)

    async def corners(self) -> None:
        """Internal redirects, subrequests, configurations inside of a location."""
        (self.nginx.folder / "html/open/ssi.html").write_text(2 * '[<!--# include virtual="/subject" -->]')
        conf = readme_conf().replace("  server {", f"{CORNERS}\n  server {{", 1)
        # The way to the keys wants the Host that was asked for, port and all.
        host = "if ($http_host != 127.0.0.1:8403) { return 421; }"
        self.nginx.conf(conf.replace("location = /keys {", f"location = /keys {{ {host}", 1))
        # A slow issuer: those that are included wait as well. nginx starts anew, or else a worker of before could be the
        # way to the keys for a new one, and not end before it has them.
        self.endpoint.asked = 0
        self.endpoint.open.clear()
        self.nginx.stop()
        self.nginx.start()
        other = NGINX.replace("8400", "8404")
        good = {"authorization": f"Bearer {self.token(sub='bob')}"}
        included = asyncio.create_task(self.http.get(f"{other}/included", headers=good))
        await eventually(lambda: self.endpoint.asked == 2)
        echoed = {(await self.http.get(f"{other}/echo")).status_code for _ in range(8)}
        check("SSI: nobody else waits", echoed == {200} and not included.done(), echoed)
        self.endpoint.open.set()
        response = await included
        check("SSI: subrequests wait and know who calls", response.text == "[bob][bob]", response.text)
        response = await self.http.get(f"{other}/included")
        check("SSI: nothing for nobody", response.text.count("401 Authorization Required") == 4, response.text)
        path = "/.well-known/oauth-protected-resource"
        for url in (f"{path}/mcp", path):
            response = await self.http.get(other + url, headers={"origin": "https://app.example"})
            check("metadata behind if and limit_except", response.status_code == 200, response.status_code)
        both = {"tenantId": "T1", "https://id.example/team": "red"}
        signed = {"authorization": f"Bearer {self.token(**both)}"}
        response = await self.http.get(f"{other}/claims", headers=signed)
        check("claims with capitals and signs", response.headers.get("x-claims") == "T1 red", response.headers)
        response = await self.http.get(f"{other}/named", headers=good)
        check("the caller is known after an internal redirect", response.text == "bob", response.text)
        asked = [(await self.http.get(f"{other}/asked", headers=headers)).status_code for headers in ({}, good)]
        check("auth_request asks the gate", asked == [401, 200], asked)
        response = await self.http.get(f"{other}/page")
        once = response.headers.get_list("www-authenticate") == [challenge("/mcp", "")]
        check("one challenge, though the error page is behind the gate", once, response.headers)
        response = await self.http.get(f"{other}/any")
        check("satisfy any", response.status_code == 200 and "www-authenticate" not in response.headers)

    async def hanging_issuer(self) -> None:
        """A fetch takes longer than the cool-down, so another may begin at once: nobody waits for that too."""
        self.endpoint.asked = 0
        self.endpoint.open.clear()

        def given_up() -> int:
            return self.nginx.log().count("keys were not fetched: it took too long")

        before = given_up()
        self.nginx.stop()
        self.nginx.start()
        response = await self.get("/notes/x.txt", self.token())
        # One for each worker: none has waited for a second one.
        ended = given_up() - before
        check(
            "503 when the issuer hangs", response.status_code == 503 and 1 <= ended <= 2, (response.status_code, ended)
        )
        keyless = jwt.encode({"iss": self.issuer.issuer}, rsa.generate_private_key(65537, 2048), "RS256")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            # Not before all those fetches are over does another begin.
            await eventually(lambda: given_up() - before == self.endpoint.asked)
            asked = self.endpoint.asked
            request = asyncio.create_task(self.get("/notes/x.txt", keyless))
            await eventually(lambda: request.done() or self.endpoint.asked > asked)
            if self.endpoint.asked > asked:
                # Longer than the cool-down. Where the machine makes it longer than a fetch may be, it is tried again.
                await asyncio.sleep(6.5)
                self.endpoint.answer()
            response = await request
            if response.status_code != 503:
                break
            await asyncio.sleep(0.25)
        # Was there a second fetch, it is not over: nobody answers it.
        ended = given_up() - before
        good = response.status_code == 401 and ended == asked
        check("401 for a key that never comes", good, (response.status_code, ended, asked))
        self.endpoint.open.set()

    def wrong_conf(self) -> None:
        conf = readme_conf()
        for was, becomes, told in (
            ("algorithms ES256 RS256;", "algorithms none;", "algorithm_unknown"),
            ("algorithms ES256 RS256;", "algorithms HS256;", "algorithms_mixed"),
            ("algorithms ES256 RS256;", "", "algorithms_empty"),
            ("issuer http://127.0.0.1:8401/;", "", '"issuer" comes first'),
            ("resource http://127.0.0.1:8400/mcp;", "", 'lacks "issuer" or "resource"'),
            ("resource http://127.0.0.1:8400/mcp;", "resource http://mcp.example/mcp;", "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", "key_url https://id.example/keys;", "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", "key_url http://id.example/keys;", "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", 'key_url "unix:/tmp/s:/keys HTTP/1.0";', "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", "", 'needs "key_file" or "key_url"'),
            ("key_file keys.json;", "key_file nowhere.json;", "cannot be read"),
            ("leeway 30s;", "leeway 10m;", "leeway_too_large"),
            ("relax typ_jwt_or_absent;", "relax everything;", "relaxation_unknown"),
            ("relax typ_jwt_or_absent;", "scope_source groups;", "scope_source_invalid"),
            ("cooldown 5s;", "cooldown 5s; cooldown 6s;", "takes one value, once"),
            ("doorward_scopes notes:read;", 'doorward_scopes "a\\"b";', "scope_invalid"),
            ("doorward reports;", "doorward nobody;", "names no doorward_realm above"),
            ("doorward reports;", "doorward_scopes a;", 'where "doorward" is off'),
            ("doorward_metadata mcp;", "doorward_metadata reports;", 'belongs into "location = '),
        ):
            said = self.nginx.refused_conf(conf.replace(was, becomes, 1)) if was in conf else "the README has changed"
            check(f"refused by nginx -t: {becomes or f'no {was}'}", told in said, said)

    async def run(self) -> None:
        async with self.fetches.running():
            await self.fetches.responses()
            await self.gates()
            await self.fetches.lifetimes()

    async def gates(self) -> None:
        first = ec.generate_private_key(ec.SECP256R1())
        (self.nginx.folder / "keys.json").write_text(jwks((first, "1")))
        async with served(mcp_server().http_app(path="/mcp"), MCP):
            async with served(self.endpoint, ISSUER):
                self.nginx.start()
                await self.right_caller()
                await self.metadata()
                await self.hostile()
                self.malformed()
                await self.scopes()
                await self.scopes_by_other_names(first)
                await self.key_file(first)
                await self.rotation()
                await self.waiting()
            await self.issuer_down()
            async with served(self.endpoint, ISSUER):
                check("it is back", (await self.until("/notes/x.txt", self.token(), 200)).status_code == 200)
                await self.corners()
                await self.hanging_issuer()
                self.wrong_conf()
                await self.levels()
                status = self.nginx.stop()
        await self.http.aclose()
        lines = self.nginx.log()
        check(
            "nginx ended well", status == 0 and not re.search(r"\[(alert|emerg|crit)\]|signal 11", lines), lines[-3000:]
        )
        shown = [
            line for line in lines.splitlines() if "eyJ" in line and not re.search(r'"[A-Z]+ [^ "]*\?[^ "]*eyJ', line)
        ]
        check("no token in the log, but in a query", not shown, "\n".join(shown)[-3000:])


def main() -> int:
    """Run the test."""
    warnings.filterwarnings("ignore", message="Using in-memory token storage")
    module, preload = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    each = [Nginx(module, preload), Nginx(module, preload, f"http://127.0.0.1:{FETCHES}")]
    try:
        asyncio.run(Test(each[0], Fetches(each[1])).run())
    finally:
        for nginx in each:
            if nginx.process and nginx.process.poll() is None:
                nginx.process.send_signal(signal.SIGTERM)
                nginx.process.wait(PATIENCE)
            reports = [file.read_text() for file in nginx.folder.glob("asan*")]
            check("no sanitizer's report", not reports, "\n".join(reports)[:6000])
        for nginx in each:
            if not failures:
                shutil.rmtree(nginx.folder)
            else:
                print(f"see {nginx.folder}")
    print(f"nginx: {'good' if not failures else f'{failures} WRONG'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
