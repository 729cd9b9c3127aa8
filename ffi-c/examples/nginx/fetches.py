"""What becomes of the responses that keys are fetched by: a server that says byte for byte what it is told to."""

import asyncio
import contextlib
import datetime
import gzip
import re
import time
from collections.abc import AsyncIterator, Callable
from email.utils import format_datetime
from pathlib import Path

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from process import PATIENCE, Nginx, check, eventually, jwks

FETCHES, KEY_SERVER = 8405, 8406
FETCHES_CONF = """load_module ngx_http_doorward_module.so;
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events {}
http {
  access_log off;
  POLICIES
  server {
    listen 127.0.0.1:8405;
    LOCATIONS
    location /open/ { }
  }
}
"""
FETCHES_POLICY = """doorward_policy NAME {
    issuer https://id.example;
    resource https://api.example/NAME;
    algorithms ES256;
    key_url URL;
    cooldown 1s;
  }
"""


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

    def token(self, policy: str, kid: str) -> str:
        """A good token, but for its key's name."""
        claims = {
            "iss": "https://id.example",
            "aud": f"https://api.example/{policy}",
            "sub": "alice",
            "client_id": "c1",
        }
        times = {"iat": int(time.time()), "exp": int(time.time()) + 3600}
        return jwt.encode(claims | times | {"jti": "1"}, self.key, "ES256", {"kid": kid, "typ": "at+jwt"})

    async def get(self, policy: str, kid: str = "1") -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token(policy, kid)}"}
        return await self.http.get(f"{self.nginx.url}/{policy}/x.txt", headers=headers)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """nginx and the server."""
        socket_path = f"{self.nginx.folder}/keys.sock"
        places = {f"/{name}": f"http://127.0.0.1:{KEY_SERVER}/{name}" for name in ("each", "lines", "expires", "kept")}
        places["/socket"] = f"unix:{socket_path}:/socket?a=b"
        policies, locations = "", ""
        for path, url in places.items():
            policies += FETCHES_POLICY.replace("NAME", path[1:]).replace("URL", url)
            locations += f"location {path}/ {{ doorward {path[1:]}; alias html/open/; }}\n"
        self.nginx.conf(FETCHES_CONF.replace("POLICIES", policies).replace("LOCATIONS", locations))
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
                lines = re.findall(r"policy each: (?:keys were not fetched: )?(.*)", self.nginx.log())
                return answer, lines[-1] if lines else ""
            await asyncio.sleep(0.1)

    async def responses(self) -> None:
        """One after the other, by one policy."""
        json_type, long = "Content-Type: application/json", len(self.keys)
        most = self.keys + b" " * (1024 * 1024 - long)
        responses = {  # The response, the name of the error, the status
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
        for name, (response, wanted) in responses.items():
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
            answer, said = await self.fetch(response)
            check(f"keys: {name}", answer.status_code == 401 and said == "1 keys", (answer.status_code, said))
        self.server.keeps_open = False
        later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=500)
        answer, said = await self.fetch(
            f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {format_datetime(later, True)}\r\n\r\n".encode()
        )
        # By now, and by when it was asked: between the two lies when the response came.
        at_least, at_most = (later - datetime.datetime.now(datetime.UTC)).total_seconds() - 1, 501
        retry = int(answer.headers.get("retry-after", 0))
        good = answer.status_code == 503 and at_least <= retry <= at_most and said.startswith("response_status")
        check("when to come again, as a date", good, (answer.status_code, at_least, retry, at_most, said))
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
