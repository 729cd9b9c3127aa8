"""Reads case files and prints a line for each case: id, verdict, milliseconds, error name, with tabs between; an empty
line is between two files.

The twin of the Rust program of that name: same input, same lines but for the time.
"""

import base64
import json
import sys
import time
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any, Literal

import doorward

LONGEST = 4 * 1024 * 1024
SYMMETRIC = {"HS256", "HS384", "HS512"}
KNOWN = {*doorward.ASYMMETRIC, "EdDSA", *SYMMETRIC}


class Case(dict[str, Any]):
    """A case, with the text of each member as it stands in the file."""

    raw: dict[str, str]


def skip_white(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def skip_value(text: str, at: int) -> int:
    """The end of the value that begins here: as much grammar as it takes to find it, at any depth."""
    if text[at] == '"':
        return int(scanstring(text, at + 1, False)[1])
    if text[at] not in "{[":
        end = at
        while end < len(text) and text[end] not in ",]} \t\r\n":
            end += 1
        if end == at:
            raise ValueError("no value")
        return end
    depth = 0
    while at < len(text):
        if text[at] == '"':
            at = int(scanstring(text, at + 1, False)[1])
            continue
        depth += (text[at] in "{[") - (text[at] in "}]")
        at += 1
        if depth == 0:
            return at
    raise ValueError("not closed")


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Name and text of each member of an object; of an array, "" and the text of each element."""
    is_object, at = text[0] == "{", skip_white(text, 1)
    while text[at] not in "}]":
        name = ""
        if is_object:
            name, at = scanstring(text, at + 1, False)
            at = skip_white(text, skip_white(text, at) + 1)
        end = skip_value(text, at)
        yield name, text[at:end]
        at = skip_white(text, end)
        if text[at] == ",":
            at = skip_white(text, at + 1)


def read(path: str) -> list[Case]:
    text = Path(path).read_text("utf-8")
    members = dict(parts(text[skip_white(text, 0) :]))
    cases = []
    for _, case_text in parts(members["cases"]):
        case = Case()
        case.raw = dict(parts(case_text)) if case_text.startswith("{") else {}
        for name, member in case.raw.items():
            try:
                case[name] = json.loads(member)
                # What holds a lone surrogate is no text in any other language.
                json.dumps(case[name], ensure_ascii=False).encode()
            except (ValueError, RecursionError):
                case[name] = None
        cases.append(case)
    return cases


def as_bytes(case: Case, name: str) -> bytes | None:
    """A token or key set: text, base64 of bytes, or parts with how often each stands."""
    if isinstance(value := case.get(name), str):
        return value.encode()
    if isinstance(value := case.get(f"{name}_b64"), str):
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            return None
    if not isinstance(value := case.get(f"{name}_parts"), list):
        return None
    joined = bytearray()
    for part in value:
        try:
            text, times = part[0].encode(), part[1]
        except (TypeError, AttributeError, IndexError, KeyError):
            return None
        if not isinstance(times, int) or isinstance(times, bool) or times < 0:
            return None
        joined += text * min(times, LONGEST // max(len(text), 1))
        if len(joined) > LONGEST:
            break
    return bytes(joined)


def key_set(case: Case) -> bytes:
    raw = case.raw.get("jwks", "")
    if raw.startswith(("{", "[")):
        return raw.encode()
    return as_bytes(case, "jwks") or as_bytes(case, "jwks_raw") or b""


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def named(value: Any, *names: str) -> Any:
    """Texts of an object; an empty one for what is none."""
    value = value if isinstance(value, dict) else {}
    return tuple(value[name] if isinstance(value.get(name), str) else "" for name in names)


def any_of(value: Any) -> list[str]:
    return texts(value.get("any_of")) if isinstance(value, dict) else []


def saturated(value: Any, bits: int = 64) -> int:
    """A whole number from 0; one of more bits is the largest."""
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, 2**bits - 1) if good else 0


def whole(value: Any) -> int:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64
    return value if good else 0


def verify_provider(case: Case, policy: dict[str, Any], provider: dict[str, Any]) -> None:
    parameters = {name: value for name, value in provider.items() if name not in ("name", "tenants")}
    relax: Any = texts(policy.get("relax"))
    rules = doorward.Policy.of_provider(
        provider["name"],
        {name: value if isinstance(value, str) else "" for name, value in parameters.items()},
        texts(policy.get("audience")) or None,
        clients=any_of(policy["client_binding"]) if policy.get("client_binding") is not None else None,
        tenants=texts(provider.get("tenants")),
        algorithms=[name for name in texts(policy["algorithms"]) if name in KNOWN] if "algorithms" in policy else None,
        leeway=min(whole(policy.get("leeway")), 2**32 - 1),
        required_scopes=" ".join(texts(policy.get("required_scopes"))),
        scope_source=source if isinstance(source := policy.get("scope_source"), str) else None,
        required_claims=texts(policy.get("required_claims")),
        relax=relax,
    )
    keys = doorward.KeySet.parse(key_set(case), rules.algorithms, rules.relaxations)
    doorward.authenticate(as_bytes(case, "token") or b"", keys, rules, whole(policy.get("now")))


def verify(case: Case) -> None:
    policy = case.get("policy")
    policy = policy if isinstance(policy, dict) else {}
    if isinstance(provider := policy.get("provider"), dict) and isinstance(provider.get("name"), str):
        return verify_provider(case, policy, provider)
    algorithms = [name for name in texts(policy.get("algorithms")) if name in KNOWN]
    relax: Any = texts(policy.get("relax")) + (["typ_unchecked"] if policy.get("typ") is None else [])
    symmetric = [name for name in algorithms if name in SYMMETRIC]
    keys: doorward.KeySet | doorward.SharedSecrets
    if symmetric and symmetric == algorithms:
        keys = doorward.SharedSecrets.parse(key_set(case), algorithms)
    else:
        keys = doorward.KeySet.parse(key_set(case), algorithms, relax)
    template, binding = policy.get("issuer_template"), policy.get("client_binding")
    rules = doorward.Policy.mcp(
        policy["issuer"] if isinstance(policy.get("issuer"), str) else "",
        texts(policy.get("audience")),
        issuers=None if policy.get("issuers") is None or template is not None else texts(policy["issuers"]),
        issuer_template=None if template is None else (*named(template, "template", "claim"), any_of(template)),
        client_binding=None if binding is None else (*named(binding, "claim"), any_of(binding)),
        algorithms=algorithms,
        leeway=min(whole(policy.get("leeway")), 2**32 - 1),
        required_scopes=" ".join(texts(policy.get("required_scopes"))),
        scope_source=source if isinstance(source := policy.get("scope_source"), str) else None,
        required_claims=texts(policy.get("required_claims")),
        relax=relax,
    )
    doorward.authenticate(as_bytes(case, "token") or b"", keys, rules, whole(policy.get("now")))


def text(members: dict[str, Any], name: str) -> str | None:
    return value if isinstance(value := members.get(name), str) else None


def sent(members: dict[str, Any], name: str) -> str | None:
    """A parameter that was sent, if it is there: what is no text is empty, which nothing good equals."""
    return "" if (value := text(members, name)) is None and members.get(name) is not None else value


def operate(case: Case) -> str:
    """Runs the operation of a case and gives its result."""
    value = case.get("input")
    members = value if isinstance(value, dict) else {}
    match case.get("op"):
        case "match":
            registered = case.get("registered")
            doorward.match_redirect_uri(
                text(case, "requested") or "",
                [uri for uri in registered if isinstance(uri, str)] if isinstance(registered, list) else [],
                loopback_any_port=case.get("loopback_any_port") is True,
            )
            return "accept"
        case "register":
            doorward.check_redirect_uri(text(case, "uri") or "")
            return "accept"
        case "fetch_url":
            doorward.check_fetch_url(text(case, "url") or "")
            if "resolved_ips" in case:
                # All that there are, and at least one.
                addresses = case["resolved_ips"] if isinstance(case["resolved_ips"], list) else []
                for address in addresses or [""]:
                    doorward.check_address(address if isinstance(address, str) else "")
            return "accept"
        case "pkce":
            challenge, method, verifier = (text(case, name) for name in ("challenge", "method", "verifier"))
            try:
                kept = doorward.pkce_authorization_request(challenge, method)
            except doorward.DoorwardError as refusal:
                # There is no `plain`, whoever allows it.
                if refusal.name == "code_challenge_method_refused" and case.get("allow_plain") is True:
                    return "unsupported"
                raise
            doorward.pkce_token_request(kept, verifier)
            return "accept"
        case "as_metadata_issuer":
            document = json.dumps({"issuer": members.get("document_issuer")})
            doorward.check_issuer_metadata(text(members, "expected") or "", document)
            return "accept"
        case "authz_response_iss":
            doorward.check_response_issuer(
                text(members, "expected") or "",
                sent(members, "iss"),
                iss_supported=members.get("iss_supported") is True,
            )
            return "accept"
        case "state":
            doorward.check_state(text(members, "expected") or "", sent(members, "got"))
            return "accept"
        case "parse_authorization":
            values = case.get("values")
            return doorward.bearer_token(
                [v if isinstance(v, str) else "\0" for v in values] if isinstance(values, list) else []
            )
        case "build_www_authenticate":
            params = case.get("params")
            params = params if isinstance(params, dict) else {}
            if not all(isinstance(text, str) for text in params.values()):
                params = {"realm": ""}
            return doorward.challenge(**params)
        case "well_known_pr":
            return doorward.protected_resource_metadata_url(value if isinstance(value, str) else "")
        case "well_known_as":
            return doorward.authorization_server_metadata_urls(value if isinstance(value, str) else "")[0]
        case "pr_metadata_resource":
            document = json.dumps({"resource": members.get("document_resource")})
            doorward.check_protected_resource_metadata(text(members, "expected") or "", document)
            return "accept"
        case "ip_key":
            return (doorward.client_key(value) if isinstance(value, str) else None) or "null"
        case "client_ip":
            return client_ip(value if isinstance(value, dict) else {}) or "null"
        case "token_bucket":
            return token_bucket(value if isinstance(value, dict) else {})
    return "unsupported"


def client_ip(value: dict[str, Any]) -> str | None:
    by: Literal["x-forwarded-for", "forwarded"] = "forwarded" if "forwarded" in value else "x-forwarded-for"
    values = value.get(by.replace("-", "_"))
    values = values if isinstance(values, list) else [values]
    return doorward.client_address(
        peer if isinstance(peer := value.get("peer"), str) else None,
        [text if isinstance(text, str) else "" for text in values],
        trusted_hops=saturated(value.get("trusted_hops")),
        by=by,
    )


def token_bucket(value: dict[str, Any]) -> str:
    """One unit of cost in each `per_seconds`. All times are in seconds, as the window is."""
    limit = doorward.RateLimit(1, saturated(value.get("per_seconds")), saturated(value.get("burst"), 32))
    calls, state, said = value.get("calls_at_cost"), None, []
    for call in calls if isinstance(calls, list) else []:
        now, cost = [*call, 0, 0][:2] if isinstance(call, list) else (0, 0)
        decision, state = limit.take(state, saturated(cost, 32), saturated(now))
        said.append("allow" if decision.allowed else "deny")
    return ",".join(said)


def line(case: Case) -> str:
    name = case.get("id")
    name = "".join(" " if c in "\t\n\r" else c for c in name) if isinstance(name, str) else "?"
    verdict, error, start = "accept", "-", time.perf_counter()
    try:
        if isinstance(case.get("op"), str):
            verdict = operate(case)
        else:
            verify(case)
    except doorward.DoorwardError as refusal:
        verdict, error = "reject", refusal.name
    return f"{name}\t{verdict}\t{(time.perf_counter() - start) * 1000:.3f}\t{error}"


def main() -> int:
    if not (paths := sys.argv[1:]):
        print("usage: verdicts.py CASES.json...", file=sys.stderr)
        return 2
    for index, path in enumerate(paths):
        try:
            cases = read(path)
        except (OSError, ValueError, LookupError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        if index:
            sys.stdout.buffer.write(b"\n")
        for case in cases:
            sys.stdout.buffer.write(line(case).encode("utf-8", "replace") + b"\n")
            sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
