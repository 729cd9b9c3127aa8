"""The pages of docs/: each Python block runs, and what stands around it is so."""

import logging
import re
import ssl
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastmcp import FastMCP
from fastmcp.server.auth import require_scopes
from fastmcp.server.auth.providers.jwt import JWTVerifier as FastMCPVerifier
from starlette.applications import Starlette
from starlette.testclient import TestClient

import doorward.testing
import errors_page
from doorward import ERRORS, Policy, Provider, TokenCheck, Upstream
from doorward.cors import Cors
from doorward.fastmcp import RemoteOAuth
from doorward.peppers import add_pepper
from doorward.sealing_keys import add_sealing_key
from doorward.testing import Issuer

pytest_plugins = "doorward.testing"
DOCS = Path(__file__).parents[2] / "docs"
MOUNTED = ["mount-alone", "mount-prefix", "mount-proxy", "mount-several"]
WELL_KNOWN = "/.well-known/oauth-protected-resource"


def blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)


def run_block(block: str, names: dict[str, Any]) -> None:
    exec(compile(block, "docs", "exec"), names)  # noqa: S102 - what a reader would run


def run(page: str) -> dict[str, Any]:
    """All blocks of a page, one after the other."""
    names: dict[str, Any] = {}
    for block in blocks(page):
        run_block(block, names)
    return names


@pytest.fixture
def proxy_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page has an OAuth proxy: its keys, and its client at the service."""
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(name, "x")
    monkeypatch.chdir(tmp_path)
    add_sealing_key(tmp_path / "proxy.keys")


def test_every_page_is_run_here() -> None:
    pages = {path.stem for path in DOCS.glob("*.md") if "```python" in path.read_text()}
    assert pages == {*MOUNTED, "api-keys", "browsers", "limits", "opaque-tokens", "providers", "proxy", "testing"}


def test_every_link_leads_to_a_page_and_a_heading() -> None:
    root = DOCS.parent
    for page in (*root.glob("*.md"), *DOCS.glob("*.md"), *root.glob("bindings-python/docs/*.md")):
        for link in re.findall(r"\]\((?!\w+:)([^)\s]+)\)", page.read_text()):
            file, _, heading = link.partition("#")
            there = page.parent / file if file else page
            assert there.exists(), f"{page.name}: {link}"
            if heading:
                headings = re.findall(r"^#+ (.*)$", there.read_text(), re.M)
                slugs = [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings]
                assert heading in slugs, f"{page.name}: {link}"


def test_what_is_to_be_installed_is_there() -> None:
    """No page names a package of an index, and each path leads from where its commands are run to the binding."""
    root, found = DOCS.parent, 0
    binding = root / "bindings-python"
    extras = re.search(r"\[project.optional-dependencies\]\n(.*?)\n\n", (binding / "pyproject.toml").read_text(), re.S)
    assert extras is not None
    known = set(re.findall(r"^(\w+) =", extras[1], re.M))
    for page in (*root.glob("*.md"), *root.glob("docs/*.md"), *binding.glob("*.md"), *binding.glob("[de]*/**/*.md")):
        folder = page.parent if binding in page.parents and page.parent.name != "docs" else root
        for path, asked in re.findall(r"pip install '([^'\[]*)\[([^\]]*)\]'", page.read_text()):
            found += 1
            assert path.startswith(".") and (folder / path).resolve() == binding, f"{page}: {path}"
            assert set(asked.split(",")) <= known, f"{page}: {asked}"
    assert found >= 9


def test_no_server_takes_addresses_from_a_header_by_itself() -> None:
    root = DOCS.parent
    shown = [
        *DOCS.glob("*.md"),
        root / "README.md",
        root / "bindings-python/README.md",
        *(root / "bindings-python").glob("examples/**/*.*"),
    ]
    serves = re.compile(r"(?:uvicorn\.run|uvicorn\.Config|\w+\.run)\(.*(?:port|log_level|transport)=.*\)|`uvicorn .*`")
    found = 0
    for path in [*shown, *(root / "bindings-python/demo").glob("*.py")]:
        for call in serves.findall(path.read_text()) if path.suffix in (".md", ".py") else ():
            found += 1
            assert "proxy_headers" in call or "--no-proxy-headers" in call, f"{path}: {call}"
    assert found >= 9


@pytest.mark.usefixtures("proxy_s")
@pytest.mark.parametrize("page", MOUNTED)
def test_a_mounted_server_is_found(page: str, caplog: pytest.LogCaptureFixture) -> None:
    names = run(page)
    auths = [each for each in names.values() if isinstance(each, RemoteOAuth)]
    assert len(auths) == (2 if page == "mount-several" else 1)
    with TestClient(names["app"], raise_server_exceptions=False) as client:
        for auth in auths:
            [resource] = auth.resources
            origin, path = re.fullmatch(r"(https://[^/]+)(/.*)", resource).groups()  # type: ignore[union-attr]
            behind = "/mcp" if page == "mount-proxy" else path
            answer = client.post(behind, json={})
            found = re.search(r'resource_metadata="(.*?)"', answer.headers["www-authenticate"])
            assert answer.status_code == 401 and found and found[1] == f"{origin}{WELL_KNOWN}{path}"
            document = client.get(found[1].removeprefix(origin)).json()
            assert document["resource"] == resource
            assert document["authorization_servers"] == ["https://id.example.com"]
            assert document["scopes_supported"] == list(auth.policy.required_scopes)
        root = client.get(WELL_KNOWN)
        assert root.status_code == (404 if page == "mount-several" else 200)
        assert client.get("/elsewhere").status_code == 404
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING and record.name == "doorward"]
    assert not warnings
    if page == "mount-several":
        assert auths[0].source is auths[1].source


@pytest.mark.usefixtures("proxy_s")
def test_a_proxy_under_a_prefix_has_its_own_endpoints_there_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    names = run("mount-prefix")
    proxy, events = names["proxy"], []

    async def end() -> None:
        events.append("end")

    monkeypatch.setattr(proxy._upstream_tokens, "end", end)
    base = "https://example.com/tools/fitness"
    with TestClient(names["outer"], base_url="https://example.com") as client:
        answer = client.post("/tools/fitness/mcp", json={})
        found = re.search(r'resource_metadata="(.*?)"', answer.headers["www-authenticate"])
        assert answer.status_code == 401 and found and found[1] == f"https://example.com{WELL_KNOWN}/tools/fitness/mcp"
        resource = client.get(found[1]).json()
        assert resource["resource"] == f"{base}/mcp" and resource["authorization_servers"] == [base]
        # RFC 8414 section 3.1.
        server = client.get("/.well-known/oauth-authorization-server/tools/fitness").json()
        assert server["issuer"] == base
        for name in ("authorization_endpoint", "token_endpoint", "registration_endpoint", "jwks_uri"):
            assert server[name].startswith(f"{base}/")
            assert client.get(server[name]).status_code in (200, 400, 405), name
            assert client.get(server[name].replace("/tools/fitness", "")).status_code == 404, name
        assert client.get("/elsewhere").status_code == 404 and not events
    assert events == ["end"] and "lifespan" not in caplog.text


def test_a_server_that_runs_by_itself_finds_its_keys_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    names = run("mount-alone")
    checked = []

    async def check() -> None:
        checked.append(names["auth"])

    monkeypatch.setattr(names["auth"], "check", check)
    with TestClient(names["server"].http_app()):
        assert checked == [names["auth"]]


def test_a_page_of_another_origin_may_ask() -> None:
    names = run("browsers")
    ours, other = ({"origin": f"https://{host}"} for host in ("app.example.com", "evil.example.com"))
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    with TestClient(names["app"], raise_server_exceptions=False) as client:
        preflight = client.options("/mcp", headers=ours | asks)
        assert preflight.status_code == 200 and "authorization" in preflight.headers["access-control-allow-headers"]
        assert preflight.headers["access-control-allow-origin"] == ours["origin"]
        refused = client.post("/mcp", headers=ours, json={})
        assert refused.status_code == 401 and refused.headers["access-control-allow-origin"] == ours["origin"]
        assert "www-authenticate" in refused.headers["access-control-expose-headers"]
        foreign = client.post("/mcp", headers=other, json={})
        assert foreign.status_code == 403 and "access-control-allow-origin" not in foreign.headers
        assert client.get("/mcp", headers=other | {"accept": "text/event-stream"}).status_code == 403
        assert client.delete("/mcp", headers=other).status_code == 403
        assert client.options("/mcp", headers=other | asks).status_code == 400
        assert client.get(f"{WELL_KNOWN}/mcp", headers=other).headers["access-control-allow-origin"] == "*"
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"accept": "application/json, text/event-stream"}
    with TestClient(names["open_app"], base_url="http://127.0.0.1:8000") as client:
        assert client.post("/mcp", headers=accept, json=body).status_code != 403
        # Of a name that was rebound to it, which `Host` says too.
        rebound = {"origin": "http://evil.example:8000", "host": "evil.example:8000"}
        assert client.post("/mcp", headers=accept | rebound, json=body).status_code == 403


@pytest.mark.usefixtures("proxy_s")
def test_the_outer_application_may_answer_a_page_s_questions() -> None:
    app = run("mount-prefix")["app"]
    cors = next(one for one in run("browsers")["app"].user_middleware if one.cls is Cors)
    app.add_middleware(Cors, **cors.kwargs)
    origin = {"origin": "https://app.example.com"}
    with TestClient(app, raise_server_exceptions=False) as client:
        asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        assert client.options("/tools/notes/mcp", headers=origin | asks).status_code == 200
        refused = client.post("/tools/notes/mcp", headers=origin, json={})
        assert refused.status_code == 401 and refused.headers["access-control-allow-origin"] == origin["origin"]


@pytest.mark.usefixtures("proxy_s")
def test_a_tool_s_scopes_are_in_the_metadata_outside_once_a_client_was_turned_away() -> None:
    names = run("mount-prefix")
    names["server"].tool(auth=require_scopes("notes:write"))(test_every_page_is_run_here)
    place = f"{WELL_KNOWN}/tools/notes/mcp"
    with TestClient(names["app"], raise_server_exceptions=False) as client:
        assert client.get(place).json()["scopes_supported"] == ["notes:read"]
        assert client.post("/tools/notes/mcp", json={}).status_code == 401
        assert client.get(place).json()["scopes_supported"] == ["notes:read", "notes:write"]
    options: dict[str, Any] = {"issuer": "https://id.example.com", "resource": "https://example.com/tools/notes/mcp"}
    auth = RemoteOAuth(**options, scopes="notes:read", advertised_scopes=["notes:read", "notes:write"])
    with TestClient(Starlette(routes=auth.get_routes("/mcp"))) as client:
        assert client.get(place).json()["scopes_supported"] == ["notes:read", "notes:write"]


def test_limits_are_counted_as_the_page_says() -> None:
    app = run("limits")["app"]
    with TestClient(app, raise_server_exceptions=False) as client:
        answers = [client.post("/mcp", json={}, headers={"origin": "https://app.example.com"}) for _ in range(25)]
        over = next(answer for answer in answers if answer.status_code == 429)
        assert over.json()["violated-policies"] == ["address"] and answers.index(over) >= 20
        assert over.headers["access-control-allow-origin"] == "https://app.example.com"


async def test_callers_are_counted_behind_what_authenticates_them(issuer: Issuer) -> None:
    names = run("limits")
    resource = "https://mcp.example.com/mcp"
    auth = RemoteOAuth(issuer=issuer.url, resource=resource, client=issuer.client)
    app = FastMCP("notes", auth=auth).http_app(stateless_http=True, middleware=[names["callers"]])
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com") as http:

            async def ask(subject: str) -> int:
                token = issuer.token(resource, sub=subject)
                return (await http.post("/mcp", json={}, headers={"authorization": f"Bearer {token}"})).status_code

            answers = [await ask("alice") for _ in range(11)]
            assert answers.count(429) == 1 and answers[-1] == 429, "whatever the token"
            assert await ask("bob") != 429


async def test_a_key_of_a_program_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    add_pepper("peppers")
    names = run("api-keys")
    await names["main"]()
    text, id = capsys.readouterr().out.split()
    known = await names["keys"].authenticate(text, resource="https://mcp.example.com/mcp")
    assert known.id == id and known.owner == "ada" and known.prefix == "weather"


async def test_a_tool_calls_the_service_with_its_caller_s_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    add_pepper("peppers")
    names = run("api-keys")

    def service(request: httpx.Request) -> httpx.Response:
        if request.headers["x-api-key"] != "ada-s-own":
            return httpx.Response(401)
        return httpx.Response(
            200, json={"id": "ada"} if request.url.path == "/me" else {"sun": str(request.url.params)}
        )

    names["api"] = httpx.AsyncClient(transport=httpx.MockTransport(service), base_url="https://api.example.com")
    app = names["server"].http_app(stateless_http=True, json_response=True)
    call = {"name": "forecast", "arguments": {"city": "Ulm"}}
    headers = {"accept": "application/json, text/event-stream"}
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://mcp.example.com", headers=headers) as http:
            for key, status in (("ada-s-own", 200), ("wrong", 401)):
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
                answer = await http.post("/mcp", json=body, headers={"x-api-key": key})
                assert answer.status_code == status, answer.text
                assert ("city=Ulm" in answer.text) is (status == 200)


def test_the_readme_runs_from_its_top_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fastmcp.settings.home", tmp_path)
    for name in ("SECRET", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(name, "x")
    add_pepper("peppers")
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", (DOCS.parent / "README.md").read_text(), re.DOTALL):
        run_block(block, names)
    assert callable(names["write"]) and callable(names["main"])


def test_the_verifier_in_the_place_of_fastmcp_s_is_made_as_its_page_says() -> None:
    page = (DOCS.parent / "bindings-python" / "docs" / "jwt-verifier.md").read_text()
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    run_block(block, names)
    assert names["verifier"].algorithms == ("RS256",)
    [same] = re.findall(r"^\| `algorithm` is omitted \| `(.*?)` \| `(.*?)` too", page, re.M)
    theirs = FastMCPVerifier(jwks_uri="https://id.example.com/jwks")
    assert same == (theirs.algorithm, names["verifier"].algorithm)


def test_the_tests_of_the_page_on_testing_pass_as_they_stand(tmp_path: Path) -> None:
    page = (DOCS / "testing.md").read_text()
    [settings] = re.findall(r"```toml\n# pyproject.toml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(settings)
    [shown] = re.findall(r"```python\n(.*?)```", doorward.testing.__doc__ or "", re.DOTALL)
    modules = {"test_docstring.py": textwrap.dedent(shown)}
    for block in blocks("testing"):
        name, _, text = block.partition("\n")
        modules[name.removeprefix("# ")] = text
    for name, text in modules.items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *modules]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)  # noqa: S603
    tests = sum(len(re.findall("^async def test_", text, re.M)) for text in modules.values())
    assert ran.returncode == 0 and f"{tests} passed" in ran.stdout, ran.stdout + ran.stderr


def test_the_page_on_errors_is_core_s_table() -> None:
    assert errors_page.PAGE.read_text() == errors_page.page(), "python bindings-python/tests/errors_page.py"
    rows = {name: (int(number), change) for number, name, change in errors_page.ROW.findall(errors_page.page())}
    assert list(rows) == list(errors_page.texts()) == list(ERRORS)
    for name, (number, change) in rows.items():
        assert number == ERRORS[name][0] and change, name


def test_each_recipe_is_a_server_s(monkeypatch: pytest.MonkeyPatch) -> None:
    # The files of the recipes are on no machine of ours.
    made = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda *given, cafile=None, **more: made(*given, **more))
    names: dict[str, Any] = {}
    profiles = []
    for block in blocks("providers"):
        names.pop("auth", None)
        run_block(block, names)
        if "provider=" in block:
            policy: Policy = names["auth"].policy
            [name] = re.findall(r'provider="(.*?)"', block)
            profiles.append(name)
            assert set(Provider(name).relaxations) == set(policy.relaxations)
    assert profiles == Provider.names()


def test_opaque_tokens_are_asked_about_as_the_page_says() -> None:
    names = run("opaque-tokens")
    issuers = {name: names[name].policy.issuer for name in ("auth", "google", "github", "discord")}
    own = {name: TokenCheck(name).issuer for name in ("google", "github", "discord")}
    assert issuers == {"auth": "https://id.example.com", **own}
    page = (DOCS / "opaque-tokens.md").read_text()
    core = (DOCS.parent / "core/src/introspection/record.rs").read_text()
    for name, text in re.findall(r"`(active_lifetime|refused_lifetime|timeout|pause)` \((\d+) seconds", page):
        assert f"DEFAULT_{name.upper()}: u32 = {text};" in core


def test_the_page_on_the_proxy_is_that_of_the_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(name, "x")
    page = (DOCS / "proxy.md").read_text()
    [line] = re.findall(r"```sh\ndoorward (store key \S+) ", page.partition("```python")[0])
    subprocess.run([sys.executable, "-m", "doorward", *line.split()], check=True, capture_output=True)  # noqa: S603
    assert run("proxy")["auth"].scopes_supported == ["read:workout"]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\| `.*`.*\|$", page, re.M)]
    found = {row[0].strip("`"): row[1:] for row in rows if len(row) == 8}
    assert list(found) == Upstream.names()
    worth = {"single_use": "becomes invalid", "reusable": "remains valid", "configured": "as configured"}
    for name, (parameters, offline, apart, pkce, secret, iss, used) in found.items():
        known = Upstream(name)
        assert set(re.findall(r"`(.*?)`", parameters)) == set(known.parameters), name
        params = [f"{param}={value}" for param, value in known.authorize_parameters.items()]
        assert re.findall(r"`(.*?)`", offline) == ([known.offline_scope] if known.offline_scope else params), name
        assert apart.startswith("`,`" if known.scope_separator == "," else "space"), name
        assert pkce.replace("not documented", "undocumented") == known.pkce, name
        where = "header" if known.auth_method == "client_secret_basic" else "body"
        assert secret == (f"{where}, required" if known.needs_secret else where), name
        assert (iss == "yes") == known.sends_iss and used == worth.get(known.rotation, "not documented"), name
