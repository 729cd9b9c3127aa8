"""Providers by their names, and issuers without a profile: the README's recipes, and every profile's tokens."""

import asyncio
import importlib.util
import json
import re
import time
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fetches import KeyServer
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from process import HERE, Nginx, check, readme_blocks

PROVIDED, KEYS = 8407, 8408
HOST = f"http://127.0.0.1:{PROVIDED}"
CONF = """load_module ngx_http_doorward_module.so;
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
events {}
http {
  access_log off;
  POLICIES
  server {
    listen 127.0.0.1:8407;
    LOCATIONS
    location /open/ { }
  }
  WAY
}
"""
KEY = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
TO_JWK: dict[str, Any] = {
    "RS256": RSAAlgorithm,
    "ES256": ECAlgorithm,
    "ES384": ECAlgorithm,
    "EdDSA": OKPAlgorithm,
}
# Those without a profile: what a policy says, what a token says, and what another that is refused does.
APART: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "issuers": (
        "issuer https://id.example; issuers https://one.example https://two.example;",
        {"iss": "https://two.example"},
        {"iss": "https://id.example"},
    ),
    "template": (
        'issuer https://id.example; issuer_template "https://id.example/{tid}" tid t1 t2;',
        {"iss": "https://id.example/t2", "tid": "t2"},
        {"iss": "https://id.example/t3", "tid": "t3"},
    ),
    "clients": (
        "issuer https://id.example; client_claim azp; clients app-1 app-2;",
        {"azp": "app-2", "client_id": None},
        {"azp": "app-3"},
    ),
    "clients_alone": (
        "clients app-1; audience off; issuer https://id.example;",
        {"client_id": "app-1", "aud": "other"},
        {"client_id": "app-2"},
    ),
    "audiences": ("audience a b; audience c; issuer https://id.example;", {"aud": ["c"]}, {}),
    "rfc9068": ("preset rfc9068; issuer https://id.example;", {}, {"jti": None}),
    "claims": ("claims tenant team; issuer https://id.example;", {"tenant": 1, "team": "red"}, {"tenant": 1}),
    "relaxed": ("relax typ_unchecked scp_text; issuer https://id.example; scopes read;", {"scp": "read"}, {"iss": "x"}),
    "required": ("issuer https://id.example; scopes read; scope_source roles;", {"roles": ["read"]}, {}),
    "header": ("header X-Token; issuer https://id.example;", {}, {"iss": "https://other.example"}),
}


def profiles() -> list[dict[str, Any]]:
    """The forms of tokens in the project's vectors."""
    spec = importlib.util.spec_from_file_location("forms", HERE.parents[2] / "tests" / "vectors" / "providers.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.PROVIDERS)


def key_set(alg: str, changes: dict[str, Any]) -> str:
    """The key set with its one key."""
    shape = json.loads(TO_JWK[alg].to_jwk(KEY[alg].public_key())) | {"kid": "k1", "use": "sig", "alg": alg} | changes
    return json.dumps({"keys": [{name: value for name, value in shape.items() if value is not None}]})


def sign(claims: dict[str, Any], alg: str, header: dict[str, Any]) -> str:
    """A token of now."""
    now = int(time.time())
    times = {name: now + ago for name, ago in {"iat": -10, "exp": 600, "nbf": -10}.items() if name in claims}
    said = {name: value for name, value in (claims | times).items() if value is not None}
    return jwt.encode(said, KEY[alg], alg, {"kid": "k1"} | header)


def policy(name: str, settings: str) -> str:
    """A policy whose keys are in a file."""
    return f"doorward_policy {name} {{ {settings} resource {HOST}/{name}; key_file {name}.json; }}\n"


class Providers:
    """One policy for each."""

    def __init__(self, nginx: Nginx) -> None:
        self.nginx, self.server, self.profiles = nginx, KeyServer(), profiles()
        self.policies: list[str] = []
        self.locations: list[str] = []

    def add(self, name: str, text: str) -> None:
        self.policies.append(text)
        self.locations.append(f"location /{name}/ {{ doorward {name}; alias html/open/; }}\n")

    def write(self) -> None:
        for made in self.profiles:
            rules, name = made["policy"], made["name"]
            lines = [f"provider {rules['provider']}", f"audience {rules['audience']}" if rules["audience"] else ""]
            lines += [f"clients {rules['client_binding'].split(maxsplit=1)[1]}" if "client_binding" in rules else ""]
            lines += [f"tenants {rules['tenants']}" if "tenants" in rules else ""]
            lines += [f"scopes {rules['scopes']}" if rules["scopes"] else ""]
            self.add(name, policy(name, "".join(f"{line}; " for line in lines if line)))
            (self.nginx.folder / f"{name}.json").write_text(key_set(made["alg"], made["key"]))
        for name, (settings, _, _) in APART.items():
            self.add(name, policy(name, f"{settings} algorithms ES256;"))
            (self.nginx.folder / f"{name}.json").write_text(key_set("ES256", {}))
        recipes, way = readme_blocks()[1:3]
        for name in re.findall(r"doorward_policy (\S+)", recipes):
            self.locations.append(f"location /recipe-{name}/ {{ doorward {name}; alias html/open/; }}\n")
            self.server.responses[f"/{name}"] = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + key_set("RS256", {}).encode()
            )
        # Both are of one http block with the profiles' policies, whose names are the same.
        self.recipes = recipes.replace("doorward_policy ", "doorward_policy recipe-")
        self.locations = [line.replace("doorward ", "doorward ", 1) for line in self.locations]
        self.locations = [re.sub(r"(/recipe-(\S+)/ \{ doorward )", r"\1recipe-", line) for line in self.locations]
        self.way = re.sub(
            r"location = /keys/(\S+) \{[^}]*\}",
            rf"location = /keys/\1 {{ proxy_pass http://127.0.0.1:{KEYS}/\1; }}",
            way,
        )
        conf = CONF.replace("POLICIES", self.recipes + "".join(self.policies)).replace(
            "LOCATIONS", "".join(self.locations)
        )
        self.nginx.conf(conf.replace("WAY", self.way))

    async def get(self, http: httpx.AsyncClient, name: str, token: str, header: str | None = None) -> int:
        headers = {header: token} if header else {"authorization": f"Bearer {token}"}
        return (await http.get(f"{HOST}/{name}/x.txt", headers=headers)).status_code

    async def run(self) -> None:
        self.write()
        server = await asyncio.start_server(self.server, "127.0.0.1", KEYS)
        async with server, httpx.AsyncClient(trust_env=False, timeout=60) as http:
            await asyncio.to_thread(self.nginx.start)
            for made in self.profiles:
                await self.profile(http, made)
            for name, (_, good, other) in APART.items():
                await self.apart(http, name, good, other)
            await self.recipe(http)
            self.wrong_conf()
            self.pages()
            status = self.nginx.stop()
        lines = self.nginx.log()
        good = status == 0 and not re.search(r"\[(alert|emerg|crit)\]|signal 11", lines)
        check("the nginx of providers ended well", good, lines[-3000:])

    async def profile(self, http: httpx.AsyncClient, made: dict[str, Any]) -> None:
        name, own = made["name"], {"cloudflare-access": "Cf-Access-Jwt-Assertion"}.get(made["name"])
        tokens = {
            part: sign(made[part], made["alg"], made["id_header" if part == "id" else "header"])
            for part in ("access", "id", "other")
        }
        got = [await self.get(http, name, token, own) for token in tokens.values()]
        check(f"provider {name}: its access token, and no other", got == [200, 401, 401], (got, self.nginx.reason()))
        if own:
            both = {own: tokens["access"], "authorization": f"Bearer {tokens['access']}"}
            response = await http.get(f"{HOST}/{name}/x.txt", headers=both)
            check("400 a token in two headers", response.status_code == 400, response.status_code)
            twice = await http.get(f"{HOST}/{name}/x.txt", headers=[(own, tokens["access"])] * 2)
            check("400 its credential header twice", twice.status_code == 400, twice.status_code)
            check("Authorization may have it too", await self.get(http, name, tokens["access"]) == 200)

    async def apart(self, http: httpx.AsyncClient, name: str, good: dict[str, Any], other: dict[str, Any]) -> None:
        claims = {"iss": "https://id.example", "aud": f"{HOST}/{name}", "sub": "alice", "client_id": "c1", "jti": "1"}
        claims |= {"iat": 0, "exp": 0}
        own = "X-Token" if name == "header" else None
        tokens = [sign(claims | said, "ES256", {"typ": "at+jwt"}) for said in (good, other)]
        got = [await self.get(http, name, token, own) for token in tokens]
        refused = 403 if name == "required" else 401
        check(f"without a profile: {name}", got == [200, refused], (got, self.nginx.reason()))
        if name == "required":
            response = await http.get(f"{HOST}/{name}/x.txt", headers={"authorization": f"Bearer {tokens[1]}"})
            reason = response.headers["www-authenticate"]
            check("a challenge names what the policy asks for", 'scope="read"' in reason, reason)

    async def recipe(self, http: httpx.AsyncClient) -> None:
        """The README's: what is changed is the way to the provider's keys alone."""
        names = re.findall(r"doorward_policy recipe-(\S+)", self.recipes)
        forms = {made["name"]: made for made in self.profiles}
        said = {
            "entra": {"aud": "00000000-aaaa-bbbb-cccc-dddddddddddd", "scp": "notes.read"},
            "cognito": {"client_id": "1example23456789"},
            "auth0": {"iss": "https://example.eu.auth0.com/", "aud": ["https://mcp.example.com/mcp"]},
            "keycloak": {"aud": ["https://mcp.example.com/mcp"]},
        }
        check("recipes of the README", names == list(said), names)
        for name in names:
            made = forms[name]
            token = sign(made["access"] | said[name], made["alg"], made["header"])
            got = [
                await self.get(http, f"recipe-{name}", each)
                for each in (token, sign(made["access"], made["alg"], made["header"]))
            ]
            wanted = [200, 200 if made["access"] == made["access"] | said[name] else 401]
            check(f"the README's {name}", got == wanted, (got, wanted, self.nginx.log()[-1500:]))

    def pages(self) -> None:
        """The recipes of the documentation, all in one configuration."""
        pages = [(HERE.parents[2] / "docs" / f"{name}.md").read_text() for name in ("providers", "mount-proxy")]
        recipes, behind = ("".join(re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)) for page in pages)
        conf = CONF.replace("POLICIES", recipes).replace("LOCATIONS", behind).replace("WAY", "")
        said = self.nginx.refused_conf(conf)
        check("nginx -t takes the documentation's recipes", recipes.count("doorward_policy ") > 25 and not said, said)

    def wrong_conf(self) -> None:
        for settings, reason in {
            "provider nobody;": '"provider": provider_unknown',
            "provider entra;": '"provider": provider_parameter_invalid',
            "provider entra tenant=../x;": '"provider": provider_parameter_invalid',
            "provider entra tenant=x tenant=y;": '"provider": provider_parameter_invalid',
            "provider auth0 domain=a.example; issuer https://a.example;": 'beside "provider"',
            "provider auth0 domain=a.example; preset rfc9068;": 'beside "provider"',
            "provider entra-tenants;": '"provider": provider_parameter_invalid',
            "tenants a; provider auth0 domain=a.example;": '"provider": provider_parameter_invalid',
            "provider clerk domain=a.example;": '"x": clients_invalid',
            "provider clerk domain=a.example; audience a;": '"x": clients_invalid',
            "provider cognito region=r user_pool=p; client_claim azp; clients a;": '"x": clients_invalid',
            "provider spring issuer=https://a.example;": '"x": audience_invalid',
            "provider fusionauth issuer=https://a.example; audience a;": '"x": provider_needs_scope',
            "provider supabase project=p; clients a; audience b;": '"x": audience_invalid',
            "issuer https://a.example; audience off;": '"x": audience_invalid',
            "issuer https://a.example; client_claim sub;": '"sub": client_claim_unknown',
            'issuer https://a.example; issuers "";': '"issuers": issuer_invalid',
            'issuer https://a.example; issuer_template "https://a.example/{t}" tid a;': '"issuer_template": issuer_invalid',
            "issuer https://a.example; max_stale soon;": '"soon": argument_invalid',
            "issuer https://a.example; max_stale 1d; cooldown -1;": '"-1": argument_invalid',
            'issuer https://a.example; claims "";': '"": required_claims_invalid',
            'issuer https://a.example; header "";': '"": argument_invalid',
            "issuer https://a.example; header authorization;": '"authorization": argument_invalid',
            'issuer https://a.example; header "X Token";': '"X Token": argument_invalid',
            "issuer https://a.example; relax scp_text nothing;": '"nothing": relaxation_unknown',
            'issuer https://a.example; scopes a\\"b;': '"scopes": scope_invalid',
            "issuer https://a.example; preset strict;": '"strict": argument_invalid',
            "issuer https://a.example; issuer https://b.example;": '"issuer" takes one value, once',
        }.items():
            conf = CONF.replace(
                "POLICIES",
                f"doorward_policy x {{ algorithms ES256; {settings} resource {HOST}; key_file auth0.json; }}",
            )
            said = self.nginx.refused_conf(conf.replace("LOCATIONS", "").replace("WAY", ""))
            check(f"refused by nginx -t: {settings}", reason in said and "wrong.conf:" in said, said)
