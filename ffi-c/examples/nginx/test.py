"""The module in Debian's nginx: the README's configuration as printed, a real issuer, a FastMCP server behind it, a
FastMCP client that goes through it, and every wrong caller. Exits with 1 if anything is wrong.

test.py MODULE [PRELOAD]: the module's file, and a library that nginx must load first (a sanitizer's)
"""

import asyncio
import json
import re
import shutil
import signal
import sys
import time
import warnings
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastmcp.client.transports import StreamableHttpTransport
from fetches import FETCHES, Fetches
from logs import Logs
from process import NGINX, PATIENCE, Nginx, check, eventually, jwks, readme_conf, wrong
from providers import PROVIDED, Providers
from servers import RESOURCE, KeyEndpoint, mcp_server, served, whoami

from doorward._core import DoorwardError, KeySet, Policy, authenticate, bearer_token
from issuer import Issuer
from remote import hostile
from run import HeadlessOAuth

SCOPES = ["notes:read", "notes:write"]
ISSUER, MCP = (f"http://127.0.0.1:{port}" for port in (8401, 8402))
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

TOLD = {
    "invalid_request": "The request is malformed",
    "invalid_token": "The access token is not valid for this resource",
    "insufficient_scope": "The access token lacks a scope that the request requires",
}


def challenge(path: str, scope: str, error: str | None = None) -> str:
    """What WWW-Authenticate must be, to the letter."""
    code = f'error="{error}", error_description="{TOLD[error]}", ' if error else ""
    scopes = f'scope="{scope}", ' if scope else ""
    return f'Bearer {code}{scopes}resource_metadata="{NGINX}/.well-known/oauth-protected-resource{path}"'


class Test:
    """All of it, in order."""

    def __init__(self, nginx: Nginx, fetches: Fetches) -> None:
        self.nginx, self.fetches = nginx, fetches
        self.issuer = Issuer(ISSUER, SCOPES)
        self.endpoint = KeyEndpoint(self.issuer.app())
        self.http = httpx.AsyncClient(
            trust_env=False, timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def of_key(self, kid: str, issuer: str = "") -> str:
        return self.issuer.sign({"iss": issuer or self.issuer.issuer}, kid=kid)

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
        before = self.nginx.log().count("policy mcp: 1 keys")
        self.nginx.conf(conf)
        await self.nginx.reload()
        had = await eventually(lambda: self.nginx.log().count("policy mcp: 1 keys") == before + 2)
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
        answer = await whoami(StreamableHttpTransport(f"{RESOURCE}?token={evil}", auth=evil))
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
            and response.headers["cache-control"] == "public, max-age=3600"
            and document["resource"] == RESOURCE
            and document["authorization_servers"] == [self.issuer.issuer]
            and document["scopes_supported"] == SCOPES,
            response.text,
        )
        other = (await self.get(f"{path}/reports")).json()
        named = other["resource"] == f"{NGINX}/reports" and other["resource_name"] == "Reports"
        check("each policy has its own", named and "scopes_supported" not in other, other)
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
        for name, status, headers in hostile(self.issuer, RESOURCE, SCOPES):
            response = await self.http.post(RESOURCE, json=LIST_TOOLS, headers=ACCEPT | headers)
            said = self.python_says(headers["authorization"]) if headers else "credentials_missing"
            said = "keys_unavailable" if status == 503 else said
            error = None if said == "credentials_missing" else errors.get(status)
            # Who lacks a scope is asked to keep what the token has, which comes first.
            scopes = reversed(SCOPES) if status == 403 else SCOPES
            wanted = None if status == 503 else challenge("/mcp", " ".join(scopes), error)
            found = response.headers.get("www-authenticate")
            good = response.status_code == status and found == wanted and self.nginx.reason().split(" ")[0] == said
            good = good and response.headers.get("cache-control") == "no-store"
            good = good and ("retry-after" in response.headers) == (status == 503)
            check(f"{status} {said:28} {name}", good, (response.status_code, found, self.nginx.reason()))
        lines = re.findall(r"insufficient_scope (.*?),", self.nginx.log())
        check("the log says which scopes are missing", lines[-1:] == ["missing=notes:read"], lines)
        good = self.token()
        response = await self.get(f"/mcp?access_token={good}")
        check("401 a token in the query", response.status_code == 401, response.status_code)
        response = await self.get(f"/mcp?access_token={good}", good)
        check("400 a token in the query too", response.status_code == 400, response.status_code)
        twice = [("authorization", f"Bearer {good}"), ("authorization", f"Bearer {good}")]
        response = await self.http.get(RESOURCE, headers=twice)
        check("400 two Authorization headers", response.status_code == 400, response.status_code)
        response = await self.get("/notes/x.txt", self.token(pad="x" * 5000))
        check("200 a long token", response.status_code == 200, response.status_code)
        foreign = [await self.get("/notes/x.txt", self.of_key(f"other-{i}", "https://other.example")) for i in range(3)]
        statuses = [response.status_code for response in foreign]
        check("401 unknown keys of another issuer", statuses == [401] * 3, statuses)
        random_keys = [await self.get("/notes/x.txt", self.of_key(f"random-{i}")) for i in range(40)]
        statuses = [response.status_code for response in random_keys]
        check("503 forty random key ids, as long as there may be newer keys", statuses == [503] * 40, statuses)
        check("which cause no fetch before the cool-down is over", self.endpoint.asked == asked, self.endpoint.asked)
        await self.renew(readme_conf())
        asked = self.endpoint.asked
        unknown = await self.until("/notes/x.txt", self.of_key("random"), 401, 1)
        check("401 once they were fetched for it", unknown.status_code == 401, unknown.status_code)
        check("by a fetch", self.endpoint.asked > asked, self.endpoint.asked)

    async def scopes(self) -> None:
        reader, writer, admin = (self.token(scope=s) for s in ("notes:read", "notes:write", "notes:admin"))
        for token, notes, mcp in ((reader, 200, 403), (writer, 403, 403), (admin, 200, 400), (self.token(), 200, 400)):
            # 400 is the MCP server's own: a GET is no MCP request.
            got = [(await self.get(path, token)).status_code for path in ("/notes/x.txt", "/mcp")]
            got[1] = 400 if got[1] == 406 else got[1]
            check("two locations, two lists of scopes", got == [notes, mcp], got)
        found = (await self.get("/notes/x.txt", writer)).headers["www-authenticate"]
        wanted = challenge("/mcp", "notes:write notes:read", "insufficient_scope")
        check("what other locations ask for is asked for again", found == wanted, found)
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
        wanted = challenge("/reports", "api://reports/all api://reports/read", "insufficient_scope")
        check("a challenge has the prefix", got.headers["www-authenticate"] == wanted, got.headers)
        document = (await self.get("/.well-known/oauth-protected-resource/reports")).json()
        listed = document["scopes_supported"] == ["api://reports/read", "api://reports/all"]
        check("so has the metadata", listed, document)
        await self.renew(readme_conf())

    async def scopes_that_are_set(self, key: Any) -> None:
        settings = (
            "scope_prefix api://reports/; advertised_scopes api://reports/read api://reports/share;"
            " challenge_scopes api://reports/read offline_access;"
        )
        conf = readme_conf().replace("relax typ_jwt_or_absent;", settings)
        await self.renew(conf.replace("doorward reports;", "doorward reports; doorward_scopes read all;"))
        found = (await self.get("/reports/x.txt")).headers["www-authenticate"]
        wanted = challenge("/reports", "api://reports/read offline_access")
        check("a challenge asks for what is set", found == wanted, found)
        claims = self.issuer.claims(iss="https://id.example", aud=f"{NGINX}/reports", client_id="c1")
        token = self.issuer.sign(claims | {"scope": "share mail read"}, key=key, kid="1")
        found = (await self.get("/reports/x.txt", token)).headers["www-authenticate"]
        asked = "api://reports/read api://reports/share api://reports/all"
        check("what is advertised is not lost", found == challenge("/reports", asked, "insufficient_scope"), found)
        document = (await self.get("/.well-known/oauth-protected-resource/reports")).json()
        listed = document["scopes_supported"] == ["api://reports/read", "api://reports/share"]
        check("the metadata lists what is set", listed, document)
        conf = readme_conf().replace("relax typ_jwt_or_absent;", 'advertised_scopes ""; challenge_scopes "";')
        await self.renew(conf.replace("doorward reports;", "doorward reports; doorward_scopes read;"))
        found = (await self.get("/reports/x.txt")).headers["www-authenticate"]
        document = (await self.get("/.well-known/oauth-protected-resource/reports")).json()
        check("or nothing", found == challenge("/reports", "") and "scopes_supported" not in document, document)
        await self.renew(readme_conf())

    async def key_file(self, first: Any) -> None:
        second, file = ec.generate_private_key(ec.SECP256R1()), self.nginx.folder / "keys.json"
        claims = self.issuer.claims(iss="https://id.example", aud=f"{NGINX}/reports", client_id="c1")
        old, new = (self.issuer.sign(claims, key=key, kid=kid, typ="JWT") for key, kid in ((first, "1"), (second, "2")))
        both = [(await self.get("/reports/x.txt", token)).status_code for token in (old, new)]
        check("keys of a file", both == [200, 401], both)
        mixed = (await self.get("/reports/x.txt", self.token())).status_code
        check("a token of the other policy is refused", mixed == 401, mixed)

        def replace(text: str) -> None:
            other = file.with_suffix(".new")
            other.write_text(text)
            other.rename(file)

        replace('{"keys": 1}')
        each = await eventually(lambda: self.nginx.log().count("key_set_malformed") == 2)
        check("each worker reports a broken file", each, self.nginx.log()[-2000:])
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
        check("each is reported once", once, log[-2000:])

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
        unseen = await self.until("/notes/x.txt", self.of_key("unseen"), 503)
        asked = unseen.status_code == 503 and "www-authenticate" not in unseen.headers
        check("503 where it cannot be asked for a key", asked, (unseen.status_code, unseen.headers))
        check("the log says so as well", self.nginx.reason().startswith("keys_unavailable"), self.nginx.reason())
        await self.nginx.reload()
        response = await self.get("/notes/x.txt", good)
        retry = response.headers.get("retry-after", "")
        check(
            "503 without keys, and when to come again", response.status_code == 503 and 1 <= int(retry or 0) <= 5, retry
        )
        check("and no challenge", "www-authenticate" not in response.headers, response.headers)
        check("the log says so", self.nginx.reason().startswith("keys_unavailable"), self.nginx.reason())
        check("401 stays for who has no token", (await self.get("/notes/x.txt")).status_code == 401)

    async def corners(self) -> None:
        """Internal redirects, subrequests, configurations inside of a location."""
        (self.nginx.folder / "html/open/ssi.html").write_text(2 * '[<!--# include virtual="/subject" -->]')
        conf = readme_conf().replace("  server {", f"{CORNERS}\n  server {{", 1)
        # The way to the keys wants the Host that was asked for, port and all.
        host = "if ($http_host != 127.0.0.1:8403) { return 421; }"
        self.nginx.conf(conf.replace("location = /keys {", f"location = /keys {{ {host}", 1))
        # A slow issuer: those that are included wait as well. nginx starts anew, or else a worker of before could be
        # the way to the keys for a new one, and not end before it has them.
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
        check("auth_request asks for access", asked == [401, 200], asked)
        response = await self.http.get(f"{other}/page")
        once = response.headers.get_list("www-authenticate") == [challenge("/mcp", "")]
        check("one challenge, though the error page is guarded too", once, response.headers)
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
        for was, becomes, reason in (
            ("algorithms ES256 RS256;", "algorithms none;", "algorithm_unknown"),
            (
                "algorithms ES256 RS256;",
                "algorithms HS256;",
                "are for shared secrets, which this module does not verify",
            ),
            ("algorithms ES256 RS256;", "algorithms ES256 HS256;", "algorithms_mixed"),
            ("algorithms ES256 RS256;", "", "algorithms_empty"),
            ("issuer http://127.0.0.1:8401/;", "", 'lacks "issuer" or "provider"'),
            ("resource http://127.0.0.1:8400/mcp;", "", 'lacks "resource"'),
            ("leeway 30s;", "leeway;", '"leeway" takes a value'),
            ("leeway 30s;", "lee_way 30s;", '"lee_way" is no setting of a policy'),
            ("resource http://127.0.0.1:8400/mcp;", "resource http://mcp.example/mcp;", "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", "key_url https://id.example/keys;", "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", "key_url http://id.example/keys;", "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", 'key_url "unix:/tmp/s:/keys HTTP/1.0";', "uri_invalid"),
            ("key_url http://127.0.0.1:8403/keys;", "", 'needs "key_file" or "key_url"'),
            ("key_file keys.json;", "key_file nowhere.json;", "cannot be read"),
            ("leeway 30s;", "leeway 10m;", "leeway_too_large"),
            ("relax typ_jwt_or_absent;", "relax everything;", "relaxation_unknown"),
            ("relax typ_jwt_or_absent;", "scope_source groups;", "scope_source_invalid"),
            ("relax typ_jwt_or_absent;", 'advertised_scopes "a  b";', '"advertised_scopes": scope_invalid'),
            ("relax typ_jwt_or_absent;", "challenge_scopes a\\\\b;", '"challenge_scopes": scope_invalid'),
            ("cooldown 5s;", "cooldown 5s; cooldown 6s;", "takes one value, once"),
            ("doorward_scopes notes:read;", 'doorward_scopes "a\\"b";', "scope_invalid"),
            ("doorward reports;", "doorward nobody;", "names no doorward_policy above"),
            ("doorward reports;", "doorward_scopes a;", 'where "doorward" is off'),
            ("doorward_metadata mcp;", "doorward_metadata reports;", 'belongs into "location = '),
        ):
            said = self.nginx.refused_conf(conf.replace(was, becomes, 1)) if was in conf else "the README has changed"
            check(f"refused by nginx -t: {becomes or f'no {was}'}", reason in said, said)

    async def run(self) -> None:
        async with self.fetches.running():
            await self.fetches.responses()
            await self.callers()
            await self.fetches.lifetimes()

    async def callers(self) -> None:
        first = ec.generate_private_key(ec.SECP256R1())
        (self.nginx.folder / "keys.json").write_text(jwks((first, "1")))
        async with served(mcp_server().http_app(path="/mcp"), MCP):
            async with served(self.endpoint, ISSUER):
                self.nginx.start()
                await self.right_caller()
                await self.metadata()
                await self.hostile()
                Logs(self.nginx, self.token).malformed()
                await self.scopes()
                await self.scopes_by_other_names(first)
                await self.scopes_that_are_set(first)
                await self.key_file(first)
                await self.rotation()
                await self.waiting()
            await self.issuer_down()
            async with served(self.endpoint, ISSUER):
                check("it is back", (await self.until("/notes/x.txt", self.token(), 200)).status_code == 200)
                await self.corners()
                await self.hanging_issuer()
                self.wrong_conf()
                await Logs(self.nginx, self.token).levels()
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
    each = [Nginx(module, preload), *(Nginx(module, preload, f"http://127.0.0.1:{at}") for at in (FETCHES, PROVIDED))]
    try:
        asyncio.run(Providers(each[2]).run())
        asyncio.run(Test(each[0], Fetches(each[1])).run())
    finally:
        for nginx in each:
            if nginx.process and nginx.process.poll() is None:
                nginx.process.send_signal(signal.SIGTERM)
                nginx.process.wait(PATIENCE)
            reports = [file.read_text() for file in nginx.folder.glob("asan*")]
            check("no sanitizer's report", not reports, "\n".join(reports)[:6000])
        for nginx in each:
            if not wrong:
                shutil.rmtree(nginx.folder)
            else:
                print(f"see {nginx.folder}")
    print(f"nginx: {'good' if not wrong else f'{len(wrong)} WRONG'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
