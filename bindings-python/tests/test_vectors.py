"""The project's own vectors (`tests/vectors/README.md`): the same verdict and error name as in Rust."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

import doorward
from conftest import ROOT
from doorward import _core

Case = dict[str, str]


def cases(file: str) -> list[Case]:
    blocks = (ROOT / "tests/vectors" / file).read_text("utf-8").split("\n\n")
    return [
        {
            name: value.removeprefix(" ")
            for name, _, value in (line.partition(" =") for line in block.split("\n") if line and line[0] != "#")
        }
        for block in blocks
        if not block.startswith("#")
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="what it writes is the same whatever writes it")
def test_the_generator_writes_what_is_there(tmp_path: Path) -> None:
    for folder in ("vectors", "keys"):
        shutil.copytree(ROOT / "tests" / folder, tmp_path / "tests" / folder)
    (tmp_path / "tests/cases").mkdir()
    written = [tmp_path / "tests" / file for file in ("vectors/tokens.txt", "cases/policies.json")]
    written[0].unlink()
    subprocess.run([sys.executable, tmp_path / "tests/vectors/generate.py"], check=True, capture_output=True)  # noqa: S603
    for file in written:
        assert file.read_bytes() == (ROOT / file.relative_to(tmp_path)).read_bytes(), file.name


def principal_line(principal: doorward.Principal) -> str:
    """What a principal tells, as the vectors write it."""
    parts: list[Any] = [principal.issuer, principal.subject, principal.client_id, principal.jwt_id]
    parts += [" ".join(principal.audience), principal.matched_audience]
    parts += [" ".join(principal.scopes)]
    parts += [principal.expires_at, principal.issued_at, principal.not_before, principal.digest.hex()]
    return "|".join("-" if part is None else str(part) for part in parts)


def authenticate(case: Case) -> tuple[str, str]:
    algorithms = case.get("algorithms", "").split()
    secret = bool(algorithms) and all(name.startswith("HS") for name in algorithms)
    relax: Any = case.get("relax", "").split()
    preset = {"mcp": doorward.Policy.mcp, "rfc9068": doorward.Policy.rfc9068}[case.get("preset", "mcp")]
    token = bytes.fromhex(case["token_hex"]) if "token_hex" in case else case["token"]
    now = int(case.get("now", "1700000000"))

    template = case.get("issuer_template", "").split()
    binding: Any = case.get("client_binding", "").split()
    client_claim: Any = case.get("client_claim")

    def policy(issuer: str) -> doorward.Policy:
        if "provider" in case:
            return of_provider(case)
        first = issuer == case["issuer"]
        listed = case.get("issuers" if first else "issuers_2")
        return preset(
            issuer,
            case.get("audience", "").split(),
            issuers=listed if listed is None else listed.split(),
            issuer_template=(template[0], template[1], template[2:]) if template and first else None,
            client_binding=(binding[0], binding[1:]) if binding else None,
            client_claim=client_claim,
            algorithms=algorithms,
            leeway=int(case.get("leeway", "60")),
            required_scopes=case.get("scopes", ""),
            scope_source=case.get("scope_source"),
            scope_hierarchy=hierarchy(case),
            required_claims=case.get("required_claims", "").split(),
            relax=relax,
        )

    if "provider" in case:
        issuer, relax = policy("").issuer, policy("").relaxations
    else:
        issuer = case["issuer"]

    def parse(document: str) -> doorward.KeySet | doorward.SharedSecrets:
        if secret:
            return doorward.SharedSecrets.parse(document, algorithms)
        return doorward.KeySet.parse(document, algorithms, relax)

    issuers = {issuer: parse(case["keys"])}
    if "keys_2" in case:
        issuers[case["issuer_2"]] = parse(case["keys_2"])
    authenticator = doorward.Authenticator(*map(policy, issuers))
    for issuer, keys in issuers.items():
        # As a server does: without keys it goes on, and cannot tell.
        with contextlib.suppress(doorward.DoorwardError) if len(keys) == 0 else contextlib.nullcontext():
            authenticator.set_keys(issuer, keys)
    verdicts = [verdict(lambda: authenticator.authenticate(token, now)) for _ in range(2)]
    if len(issuers) == 1:
        issuer, keys = next(iter(issuers.items()))
        verdicts.append(verdict(lambda: doorward.authenticate(token, keys, policy(issuer), now)))
    assert all(one == verdicts[0] for one in verdicts)
    return verdicts[0]


def of_provider(case: Case) -> doorward.Policy:
    name, *parameters = case["provider"].split()
    pairs = [tuple(parameter.split("=", 1)) for parameter in parameters]

    class Given(dict[str, str]):
        """A mapping that may have a name twice."""

        def items(self) -> Any:
            return pairs

    return doorward.Policy.of_provider(
        name,
        Given(),
        case.get("audience", "").split() or None,
        clients=case["client_binding"].split()[1:] if "client_binding" in case else None,
        tenants=case.get("tenants", "").split(),
        algorithms=case.get("algorithms", "").split(),
        required_scopes=case.get("scopes", ""),
        scope_source=case.get("scope_source"),
    )


def verdict(authenticate: Callable[[], doorward.Principal]) -> tuple[str, str]:
    """What the principal tells, and the error's name."""
    try:
        return principal_line(authenticate()), "-"
    except doorward.DoorwardError as refusal:
        return "", refusal.name


def hierarchy(case: Case) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in case.get("hierarchy", "").split(";"):
        broader, *implied = line.split(" ")
        if broader:
            found.setdefault(broader, []).extend(implied)
    return found


@pytest.mark.parametrize("case", cases("tokens.txt"), ids=lambda case: case["id"])
def test_token(case: Case) -> None:
    try:
        principal, error = authenticate(case)
    except doorward.DoorwardError as refusal:
        principal, error = "", refusal.name
    assert error == case["error"], case["rule"]
    assert principal == case.get("principal", principal)


def peppers(case: Case) -> doorward.Peppers:
    pairs = [word.split(":") for word in case["peppers"].split()]
    current, *previous = [(int(version), bytes.fromhex(secret)) for version, secret in pairs]
    return doorward.Peppers(current, previous)


def answer(case: Case) -> str:
    get = case.get
    match case["op"]:
        case "bearer_query":
            doorward.check_bearer_query(case["query"])
            return ""
        case "bearer_token":
            return doorward.bearer_token([case[name] for name in ("header", "second_header") if name in case])
        case "challenge":
            return doorward.challenge(**dict(unique(p.split("=", 1) for p in case["parameters"].split("|") if p)))
        case "response":
            status, headers, body = doorward.error_response(
                int(case["number"]),
                retry_after=int(get("retry_after", "0")),
                scopes=get("scopes", ""),
                resource_metadata=get("resource_metadata"),
            )
            found = [headers.pop(name, "-") for name in ("cache-control", "retry-after", "www-authenticate")]
            assert not headers
            return f"{status} {found[0]} {found[1]} {body} {found[2]}"
        case "pkce_check":
            kept = doorward.pkce_authorization_request(get("challenge"), get("method"))
            doorward.pkce_token_request(kept, get("verifier"))
            return ""
        case "pkce_make":
            verifier = doorward.CodeVerifier.from_random(bytes.fromhex(case["random"]))
            return f"{verifier.reveal()} {doorward.CodeChallenge.of(verifier)}"
        case "resource_metadata_url":
            development = "insecure_http_for_development" in case
            return doorward.protected_resource_metadata_url(case["resource"], insecure_http_for_development=development)
        case "issuer_metadata_urls":
            return " ".join(doorward.authorization_server_metadata_urls(case["issuer"]))
        case "issuer_metadata":
            return doorward.issuer_jwks_uri(case["issuer"], case["document"])
        case "issuer_metadata_check":
            doorward.check_issuer_metadata(case["issuer"], case["document"])
            return ""
        case "redirect_uri":
            doorward.check_redirect_uri(case["uri"])
            return case["uri"]
        case "bearer_credential":
            return doorward.bearer_credential(
                [case[name] for name in ("header", "second_header") if name in case],
                [case[name] for name in ("own", "second_own") if name in case],
                any_text=case.get("any_text") == "yes",
            )
        case "origin":
            values = [case[name] for name in ("value", "second_value") if name in case]
            doorward.check_origin(values, get("origins", "").split())
            return ""
        case "origin_of_form":
            values = [case[name] for name in ("value", "second_value") if name in case]
            doorward.check_form_origin(values, case["action"])
            return ""
        case "own_navigation":
            values = [case[name] for name in ("value", "second_value") if name in case]
            return "yes" if doorward.is_own_navigation(values) else "no"
        case "serialized_origin":
            return "yes" if _core.is_serialized_origin(case["text"]) else "no"
        case "wants_newer_keys":
            return "yes" if doorward.wants_newer_keys(int(case["number"])) else "no"
        case "replay":
            return "yes" if doorward.is_replay(int(case["number"])) else "no"
        case "keeps_client_document":
            return "yes" if doorward.keeps_client_document(int(case["number"])) else "no"
        case "wants_newer_sealing_keys":
            return "yes" if doorward.wants_newer_sealing_keys(int(case["number"])) else "no"
        case "failed_attempt":
            return "yes" if doorward.is_failed_attempt(int(case["number"])) else "no"
        case "unavailable":
            return "yes" if doorward.is_unavailable(int(case["number"])) else "no"
        case "problem":
            return doorward.error_problem(
                int(case["number"]), violated=list(filter(None, get("violated", "").split("|")))
            )
        case "mcp_discovery_body":
            return "yes" if _core.is_mcp_discovery_body(case["body"].encode()) else "no"
        case "mcp_discovery":
            is_one = _core.is_mcp_discovery(case["method"], is_notification=case["notification"] == "yes")
            return "yes" if is_one else "no"
        case "credential_header":
            return "yes" if doorward.is_credential_header(case["name"]) else "no"
        case "redirect_uri_on_device":
            return "yes" if doorward.redirect_uri_is_on_device(case["uri"]) else "no"
        case "redirect_uri_match":
            doorward.match_redirect_uri(
                case["requested"],
                case["registered"].split(),
                loopback_any_port=case["loopback_any_port"] == "yes",
            )
            return ""
        case "fetch_url":
            doorward.check_fetch_url(case["url"])
            for text in get("addresses", "").split():
                doorward.check_address(text)
            for digits in get("addresses_hex", "").split():
                doorward.check_address(bytes.fromhex(digits))
            return ""
        case "same_resource":
            return "yes" if doorward.is_same_resource(case["one"], case["other"]) else "no"
        case "at_host":
            return "yes" if doorward.is_at_host(case["uri"], case["host"]) else "no"
        case "may_connect":
            return "yes" if doorward.may_connect(case["origin"], case["url"], case["address"]) else "no"
        case "public_name":
            return "yes" if _core.is_public_name(case["host"]) else "no"
        case "authorization_response":
            response = doorward.AuthorizationResponse.parse(
                case["query"],
                issuer=get("issuer"),
                iss_supported=case["iss_supported"] == "yes",
                state=case["state"],
            )
            if response.code is not None:
                assert (response.error, response.error_description, response.error_uri) == (None, None, None)
                return f"code {response.code}"
            return f"error {response.error}|{response.error_description or '-'}|{response.error_uri or '-'}"
        case "redirect_uri_destination":
            return _core.redirect_uri_destination(case["uri"])
        case "response_state":
            return _core.authorization_response_state(case["query"])
        case "response_scope":
            return _core.authorization_response_scope(case["query"]) or "-"
        case "authorization_request":
            received = doorward.ReceivedAuthorizationRequest.parse(case["query"])
            any_port = case["loopback_any_port"] == "yes"
            target = received.check(case["registered"].split(), loopback_any_port=any_port)
            returns = doorward.AuthorizationRedirect(target.redirect_uri, target.state)
            try:
                good = target.request()
            except doorward.DoorwardError as error:
                return f"back {error.name} {returns.error(case['issuer'], error.number)}"
            assert (good.redirect_uri, good.state) == (target.redirect_uri, target.state)
            parts = [good.client_id, good.scope, good.resource or "-", str(good.code_challenge)]
            return "|".join([*parts, returns.code(case["issuer"], "c/+")])
        case "authorization_error":
            denied = doorward.AuthorizationRedirect(case["redirect_uri"], get("state"))
            return denied.error(case["issuer"], int(case["number"]))
        case "token_request":
            sent = [case[name] for name in ("header", "second_header") if name in case]
            asked = doorward.TokenRequest.parse(sent, case["body"])
            if "registered" in case:
                asked.check_client(case["registered"], get("secret_hash"))
            which = {
                "authorization_code": [asked.code, asked.redirect_uri, asked.code_verifier],
                "refresh_token": [asked.refresh_token, None, asked.scope],
                "client_credentials": [None, None, asked.scope],
            }[asked.grant_type]
            all_ = [asked.client_id, asked.auth_method, asked.reveal_proof(), asked.grant_type, *which, asked.resource]
            assert repr(asked) == f"TokenRequest({asked.grant_type}, redacted)"
            return "|".join("-" if text is None else text for text in all_)
        case "revocation_request":
            sent = [case[name] for name in ("header", "second_header") if name in case]
            given = doorward.RevocationRequest.parse(sent, case["body"])
            if "registered" in case:
                given.check_client(case["registered"], get("secret_hash"))
            assert repr(given) == "RevocationRequest(redacted)"
            parts = [given.client_id, given.auth_method, given.reveal_proof(), given.token]
            return "|".join([*parts, given.token_type_hint or "-"])
        case "content_type":
            doorward.check_content_type(endpoint_of(case), case.get("content_type"))
            return ""
        case "endpoint_response":
            status, headers = doorward.endpoint_response(endpoint_of(case))
            assert list(headers) == ["cache-control"]
            return f"{status} {headers['cache-control']}"
        case "client_challenge":
            status, headers, _ = doorward.token_error_response(int(case["number"]))
            assert headers["cache-control"] == "no-store"
            return f"{status} {headers.get('www-authenticate', '-')}"
        case "page_response":
            retry_after = int(get("retry_after", "0"))
            status, headers = doorward.page_error_response(int(case["number"]), retry_after=retry_after)
            assert headers.pop("cache-control") == "no-store"
            return f"{status} {headers.pop('retry-after', '-')}"
        case "redirect_without_consent":
            return "yes" if doorward.may_redirect_without_consent(case["uri"]) else "no"
        case "form_field":
            return doorward.form_field(case["form"], case["name"]) or "-"
        case "token_response":
            seconds = int(case["expires_in"]) if "expires_in" in case else None
            return doorward.token_response(
                case["access_token"], expires_in=seconds, refresh_token=get("refresh_token"), scope=get("scope")
            )
        case "token_answer":
            read = doorward.TokenAnswer.parse(int(case["status"]), case["body"])
            if read.access_token is None:
                return f"error {read.error}|{read.error_description or '-'}"
            lasts = "-" if read.expires_in is None else read.expires_in
            list_ = "-" if read.scope is None else read.scope
            return f"tokens {read.access_token}|{lasts}|{read.refresh_token or '-'}|{list_}"
        case "opaque_token":
            opaque = doorward.mint_opaque_token(bytes.fromhex(case["random"]))
            return f"{opaque} {doorward.hash_opaque_token(opaque)}"
        case "opaque_token_check":
            return "yes" if doorward.matches_opaque_token(case["hash"], case["text"]) else "no"
        case "registration":
            own = doorward.ClientMetadata.parse(case["document"], **registrable(case))
            echoed = own.response(case["client_id"], int(case["issued_at"]), get("client_secret"))
            assert doorward.ClientMetadata.stored(echoed).digest == own.digest
            return f"{own.digest.hex()} {echoed}"
        case "client_stored":
            return client_line(doorward.ClientMetadata.stored(case["document"]))
        case "client_jwks":
            return doorward.ClientMetadata.stored(case["document"]).jwks or "-"
        case "client_document_url":
            doorward.check_client_document_url(case["url"])
            return case["url"]
        case "client_document":
            fields = [field.split(":", 1) for field in case["fields"].split("|")]
            client, seconds = doorward.ClientMetadata.from_document(
                case["url"],
                int(get("status", "200")),
                [(name, value) for name, value in fields],
                case["document"],
                now=0,
                **registrable(case),
            )
            return f"{client_line(client)}|{seconds}"
        case "server_metadata":
            names = ("registration_endpoint", "revocation_endpoint", "jwks_uri", "service_documentation")
            optional: dict[str, Any] = {name: case[name] for name in names if name in case}
            return doorward.authorization_server_metadata(
                case["issuer"],
                authorization_endpoint=case["authorization_endpoint"],
                token_endpoint=case["token_endpoint"],
                scopes_supported=get("scopes"),
                assertion_algorithms=get("assertion_algorithms", "").split(),
                client_documents=get("client_documents") == "yes",
                **registrable(case),
                **optional,
            )
        case "server":
            server = doorward.AuthorizationServer.parse(
                case["issuer"], case["document"], s256_known=get("s256_known") == "yes"
            )
            assert server.issuer == case["issuer"]
            members = [
                server.authorization_endpoint,
                server.token_endpoint,
                server.registration_endpoint,
                server.revocation_endpoint,
                server.introspection_endpoint,
                server.jwks_uri,
                "yes" if server.sends_iss else "no",
                "yes" if server.supports_client_documents else "no",
                " ".join(server.auth_methods),
                " ".join(server.grant_types),
                None if server.scopes_supported is None else " ".join(server.scopes_supported),
            ]
            return "|".join("-" if text is None else text for text in members)
        case "upstream":
            service = doorward.Upstream(case["name"])
            there = service.endpoints(dict(word.split("=", 1) for word in get("parameters", "").split()))
            extra = " ".join(f"{name}={value}" for name, value in service.authorize_parameters.items())
            assert service.name == case["name"] and service.sources and service.note
            members = [
                there["issuer"],
                there["authorization_endpoint"],
                there["token_endpoint"],
                there["revocation_endpoint"],
                extra or None,
                service.offline_scope,
                service.scope_separator,
                service.granted_separator,
                service.pkce,
                service.auth_method,
                "yes" if service.errors_as_200 else "no",
                service.rotation,
                "yes" if service.sends_iss else "no",
                service.display_name,
                " ".join(f"{said}={name}" for said, name in sorted(service.scope_aliases.items())) or None,
                "yes" if service.granted_in_callback else "no",
                "yes" if service.needs_secret else "no",
            ]
            return "|".join("-" if text is None else text for text in members)
        case "upstream_endpoint":
            return "yes" if _core.is_upstream_endpoint(case["url"]) else "no"
        case "upstream_own_parameter":
            return "yes" if _core.is_own_upstream_parameter(case["name"]) else "no"
        case "upstream_granted":
            known = doorward.Upstream(case["name"]) if "name" in case else None
            return " ".join(_core.upstream_granted(case["scope"], by=known))
        case "upstream_granted_of":
            return " ".join(_core.upstream_granted_of(case["requested"], known=case["known"], response=case["scope"]))
        case "code":
            return (
                doorward.CodeRecord.issue(
                    client_id=case["client_id"],
                    redirect_uri=case["redirect_uri"],
                    code_challenge=doorward.CodeChallenge(case["code_challenge"]),
                    family=bytes.fromhex(case["family"]),
                    lifetime=int(case["lifetime"]) if "lifetime" in case else None,
                    now=int(case["now"]),
                    resource=get("resource"),
                )
                .to_bytes()
                .hex()
            )
        case "grant_type":
            doorward.check_grant_type(get("grant_type", ""), get("grant_types", "").split())
            return ""
        case "grantable":
            scope, resource = doorward.grantable(
                case["grant_type"],
                scope=get("scope", ""),
                resource=get("resource"),
                grant_types=get("grant_types", "").split(),
                scopes=get("scopes", ""),
                resources=get("resources", "").split(),
            )
            return f"{scope}|{resource or '-'}"
        case "code_redeem":
            code = doorward.CodeRecord.from_bytes(bytes.fromhex(case["record"]))
            redeemed = code.redeem(
                client_id=case["client_id"],
                redirect_uri=get("redirect_uri"),
                code_verifier=get("code_verifier"),
                resource=get("resource"),
                now=int(case["now"]),
            )
            assert (redeemed.family, redeemed.expires_at) == (code.family, code.expires_at) and redeemed != code
            return redeemed.to_bytes().hex()
        case "refresh_begin":
            begun, first = doorward.RefreshRecord.begin(
                family=bytes.fromhex(case["family"]),
                client_id=case["client_id"],
                lifetimes=lifetimes(case),
                random=bytes.fromhex(case["random"]),
                now=int(case["now"]),
                resource=get("resource"),
            )
            assert begun.family == doorward.refresh_token_family(first) == bytes.fromhex(case["family"])
            return f"{first} {begun.to_bytes().hex()}"
        case "refresh_rotate":
            family = doorward.RefreshRecord.from_bytes(bytes.fromhex(case["record"]))
            rotated, successor, narrowed = family.rotate(
                case["token"],
                client_id=case["client_id"],
                granted=get("granted", ""),
                scope=get("scope", ""),
                resource=get("resource"),
                lifetimes=lifetimes(case),
                random=bytes.fromhex(case["random"]),
                now=int(case["now"]),
            )
            return f"{successor} {'-' if rotated is None else rotated.to_bytes().hex()} {narrowed}"
        case "refresh_belongs_to":
            family = doorward.RefreshRecord.from_bytes(bytes.fromhex(case["record"]))
            return "yes" if family.belongs_to(case["token"], client_id=case["client_id"]) else "no"
        case "refresh_revoke":
            family = doorward.RefreshRecord.from_bytes(bytes.fromhex(case["record"]))
            assert not family.revoked and family.revoke().revoked
            return family.revoke().to_bytes().hex()
        case "code_record":
            code = doorward.CodeRecord.from_bytes(bytes.fromhex(case["record"]))
            return f"{code.family.hex()} {code.expires_at}"
        case "refresh_record":
            family = doorward.RefreshRecord.from_bytes(bytes.fromhex(case["record"]))
            return f"{family.family.hex()} {family.ends_at} {'yes' if family.revoked else 'no'}"
        case "client_assertion":
            keys = doorward.KeySet.parse(case["keys"], ["ES256", "Ed25519"])
            request_ = doorward.TokenRequest.parse([], case["body"])
            jti, until = request_.check_assertion(keys, case["audience"].split(), int(case["now"]))
            return f"{jti} {until}"
        case "authorization_failure":
            return doorward.authorization_failure(case["oauth_error"])
        case "client_document_is_url":
            return "yes" if doorward.is_client_document_url(case["client_id"]) else "no"
        case "grant_failure":
            return doorward.grant_failure(int(case["status"]), case.get("oauth_error"))
        case "renew_after":
            return str(doorward.renew_after(int(case["expires_in"])))
        case "token_lifetime":
            said, otherwise = (int(case[name]) if name in case else None for name in ("expires_in", "otherwise"))
            renewable, early = case["renewable"] == "yes", int(case.get("early", "0"))
            life = _core.token_lifetime(said, otherwise=otherwise, renewable=renewable, early=early)
            return f"{life[0]} {life[1]}" if life else "-"
        case "kept_refresh_token":
            return _core.kept_refresh_token(case.get("received"), sent=case.get("sent")) or "-"
        case "outgoing_authentication":
            credentials = doorward.OutgoingAuthentication(
                case["client_id"], case.get("client_secret"), method=case.get("method")
            )
            return f"{credentials.reveal_header() or ''}|{credentials.reveal_form()}"
        case "is_revoked":
            return "yes" if _core.is_revoked(int(case["status"])) else "no"
        case "access_token":
            return ring_of(case).sign_access_token(**access_token(case))
        case "access_token_shared":
            secret = doorward.SigningSecret(bytes.fromhex(case["secret"]), get("kid"))
            assert repr(secret) == "SigningSecret(redacted)"
            return secret.sign_access_token(**access_token(case))
        case "published_keys":
            return ring_of(case).published(int(case["now"]))
        case "state_seal":
            return sealing_keys(case).seal(
                case["state"],
                purpose=case["purpose"],
                principal=case["whom"],
                request=case["request"],
                expires_at=int(case["expires_at"]),
                random=bytes.fromhex(case["random"]),
            )
        case "state_open":
            opened = sealing_keys(case).open(
                case["sealed"],
                purpose=case["purpose"],
                principal=case["whom"],
                request=case["request"],
                max_lifetime=int(case["max_lifetime"]),
                now=int(case["now"]),
            )
            return opened.decode()
        case "response_issuer":
            iss_supported = case["iss_supported"] == "yes"
            doorward.check_response_issuer(case["issuer"], get("iss"), iss_supported=iss_supported)
            return ""
        case "state":
            doorward.check_state(case["expected"], get("state"))
            return ""
        case "resource_metadata_check":
            doorward.check_protected_resource_metadata(case["resource"], case["document"])
            return ""
        case "resource_metadata":
            return doorward.protected_resource_metadata(
                case["resource"],
                case["authorization_servers"].split(),
                scopes_supported=get("scopes"),
                resource_name=get("resource_name"),
                resource_documentation=get("resource_documentation"),
            )
        case "missing_scopes":
            policy = doorward.Policy.mcp("i", "a", scope_hierarchy=hierarchy(case))
            required, granted = (
                case[f"{name}_list"].split("|") if f"{name}_list" in case else case[name]
                for name in ("required", "granted")
            )
            return " ".join(policy.missing_scopes(granted, required))
        case "implied_scopes":
            policy = doorward.Policy.mcp("i", "a", scope_hierarchy=hierarchy(case))
            return " ".join(policy.implied_scopes(case["granted"]))
        case "step_up_scopes" | "scopes_for_metadata" | "scopes_for_challenge":
            policy = doorward.Policy.mcp(
                "i",
                "a",
                required_scopes=get("own"),
                scope_prefix=get("prefix"),
                advertised_scopes=get("advertised"),
                challenge_scopes=get("for_challenges"),
                scope_hierarchy=hierarchy(case),
            )
            if case["op"] == "scopes_for_metadata":
                return " ".join(policy.scopes_for_metadata(case["others"]))
            if case["op"] == "scopes_for_challenge":
                return " ".join(policy.scopes_for_challenge(case["operation"]))
            return " ".join(policy.step_up_scopes(case["granted"], case["required"], get("known")))
        case "requested_scopes":
            policy = doorward.Policy.mcp("i", "a", scope_prefix=case["prefix"])
            return " ".join(policy.requested_scopes(case["scopes"]))
        case "api_key_mint":
            return doorward.ApiKey.mint(case["prefix"], bytes.fromhex(case["random"])).reveal()
        case "api_key_parse":
            key = doorward.ApiKey.parse(case["key"])
            return f"{key.prefix} {key.id}"
        case "api_key_unverified_id":
            return _core.unverified_api_key_id(case["key"]) or "-"
        case "relaxation_of_key_sets":
            return "yes" if _core.relaxation_is_of_key_sets(case["name"]) else "no"
        case "named_issuer":
            policies = [doorward.Policy.mcp(issuer, "a") for issuer in case.get("issuers", "").split()]
            place = _core.named_policy(case["token"], policies)
            return "-" if place is None else str(place)
        case "api_key_hash":
            return doorward.ApiKey.parse(case["key"]).hash(peppers(case))
        case "api_key_check":
            match = doorward.ApiKey.parse(case["key"]).check(get("stored"), peppers(case))
            return "rehash" if match.rehash else "current"
        case "api_key_authenticate":
            key = doorward.ApiKey.parse(case["key"])
            match = key.authenticate(
                record_of(case, case["stored"]) if "stored" in case else None,
                peppers(case),
                resource=case["resource"],
                required_scopes=get("required"),
                now=int(case["now"]),
            )
            return "rehash" if match.rehash else "current"
        case "api_key_lifecycle":
            return ";".join(lives(case))
        case "rate_limit":
            limit, state, answers = limit_of(case), None, []
            for request in case["requests"].split(";"):
                now, cost = map(int, request.split(" "))
                decision, state = limit.take(state, cost, now)
                word = "allow" if decision.allowed else refused(decision.check)
                after = "never" if decision.retry_after is None else decision.retry_after
                answers.append(f"{word} {decision.remaining} {after} {decision.reset_after}")
            return ";".join(answers)
        case "rate_limit_fields":
            limit, name = limit_of(case), case["name"]
            decision, _ = limit.take(None, int(case["cost"]), 0)
            both = f"{limit.field(name)} {decision.field(name)}"
            try:
                decision.check()
            except doorward.DoorwardError as error:
                return f"{both} {error.details['retry_after']}"
            return both
        case "client_key":
            return doorward.client_key(case["address"]) or "-"
        case "client_address":
            by: Any = get("by", "x-forwarded-for")
            values = case["values"].split("|")
            hops = int(case["trusted_hops"])
            return doorward.client_address(get("peer"), values, trusted_hops=hops, by=by) or "-"
        case "shared_secret":
            return str(len(doorward.SharedSecrets.single(bytes.fromhex(case["secret"]), case["algorithm"], get("kid"))))
        case "printable":
            return doorward.printable(bytes.fromhex(case["text_hex"]).decode(errors="surrogateescape"))
        case "key_source":
            return ";".join(outcomes(case))
        case "introspection":
            return ";".join(introspected(case))
    raise AssertionError(case["op"])


def access_token(case: Case) -> dict[str, Any]:
    return {
        "issuer": case["issuer"],
        "resource": case["resource"],
        "subject": case["subject"],
        "client_id": case["client_id"],
        "scope": case["scope"],
        "jwt_id": case["jti"],
        "now": int(case["now"]),
        "lifetime": int(case["lifetime"]),
    }


def ring_of(case: Case) -> doorward.KeyRing:
    entries = [word.split(":") for word in case["signing_keys"].split()]
    ring = doorward.KeyRing(
        [(a, bytes.fromhex(s), int(start), None if end == "never" else int(end)) for a, s, start, end in entries]
    )
    assert len(ring) == len(entries) and repr(ring) == f"KeyRing({len(ring)} keys, redacted)"
    return ring


def sealing_keys(case: Case) -> doorward.SealingKeys:
    pairs = [word.split(":") for word in case["sealing_keys"].split()]
    current, *previous = [(int(version), bytes.fromhex(secret)) for version, secret in pairs]
    return doorward.SealingKeys(current, previous)


def lifetimes(case: Case) -> tuple[int, int, int] | None:
    if "lifetimes" not in case:
        return None
    family, idle, grace = map(int, case["lifetimes"].split())
    return family, idle, grace


def registrable(case: Case) -> dict[str, Any]:
    return {
        "auth_methods": case.get("methods", "").split(),
        "client_credentials": case.get("client_credentials") == "yes",
    }


def endpoint_of(case: dict[str, str]) -> Literal["token", "registration", "revocation"]:
    names: tuple[Literal["token", "registration", "revocation"], ...] = ("token", "registration", "revocation")
    return next(name for name in names if name == case["endpoint"])


def client_line(client: doorward.ClientMetadata) -> str:
    assert client.needs_secret == client.auth_method.startswith("client_secret")
    assert (client.is_public, client.uses_assertion) == tuple(
        client.auth_method == name for name in ("none", "private_key_jwt")
    )
    name = client.text("client_name")
    parts = [client.auth_method, " ".join(client.grant_types), " ".join(client.redirect_uris)]
    return "|".join([*parts, client.application_type or "-", "-" if name is None else name])


def record_of(case: Case, hash: str) -> doorward.ApiKeyRecord:
    times: dict[str, Any] = {n: int(case[n]) for n in ("not_before", "expires_at", "rotated_until") if n in case}
    record = doorward.ApiKeyRecord(
        hash, scopes=case.get("scopes"), resource=case.get("bound"), revoked="revoked" in case, **times
    )
    assert (record.hash, record.resource, record.revoked) == (hash, case.get("bound"), "revoked" in case)
    assert record.scopes == case.get("scopes", "").split()
    others = {"not_before": 0, "expires_at": None, "rotated_until": None}
    assert all(getattr(record, name) == times.get(name, other) for name, other in others.items())
    return record


def spelled(at: int | None) -> str:
    return "never" if at is None else str(at)


def lives(case: Case) -> Iterator[str]:
    record = record_of(case, f"dw1$1${'0' * 64}")
    for event in case["events"].split(";"):
        name, *words = event.split(" ")
        now, number = int(words[0]), None if words[-1] == "never" else int(words[-1])
        try:
            match name:
                case "status":
                    yield record.status(now, number or 0)
                    continue
                case "end":
                    yield spelled(record.ends_at)
                    continue
                case "successor":
                    following = record.successor(record.hash, created_at=number or 0, now=now)
                    yield f"{following.not_before} {spelled(following.ends_at)}"
                    continue
                case "rotate":
                    record = record.rotate(number or 0, now)
                case "expire":
                    record = record.expire(number, now)
                case "revoke":
                    record = record.revoke()
                case _:
                    raise AssertionError(event)
            yield "ok"
        except doorward.DoorwardError as error:
            yield error.name


def limit_of(case: Case) -> doorward.RateLimit:
    return doorward.RateLimit(int(case["quota"]), int(case["window"]), int(case["burst"]))


def refused(check: Callable[[], None]) -> str:
    with pytest.raises(doorward.DoorwardError) as refusal:
        check()
    return refusal.value.name


def unique(parameters: Iterable[list[str]]) -> list[list[str]]:
    """Keyword arguments cannot stand twice; what Python refuses by itself is the same refusal here."""
    found = list(parameters)
    if len({name for name, _ in found}) != len(found):
        doorward.challenge(**{"": ""})
    return found


def outcomes(case: Case) -> Iterator[str]:
    names = ("default_lifetime", "max_stale", "cooldown", "fetch_timeout")
    settings: dict[str, Any] = {name: int(case[name]) for name in names if name in case}
    settings["insecure_http_for_development"] = "insecure_http_for_development" in case
    if "issuer" not in case:
        settings["jwks_uri"] = case.get("jwks_uri", "https://as.example/keys")
    source, sent = doorward.KeySource(case.get("issuer", ""), **settings), 0
    attempt = doorward.Attempt()
    for event in case["events"].split(";"):
        name, *words = event.split(" ")
        request, url, timeout = source.request()
        if name.startswith("late_"):
            request = sent
        match name.removeprefix("late_"):
            case "token":
                yield decided(source.token_received(attempt, int(words[0])))
            case "waited":
                yield decided(source.waited(attempt, int(words[0])))
            case "finish":
                yield decided(source.finish(request, words[1] == "yes", int(words[0])))
            case "request":
                sent = request
                yield url
            case "timeout":
                yield str(int(timeout * 1000))
            case "body_limit":
                yield str(source.body_limit(int(words[0])))
            case "response":
                status, *lines, body = case[f"response_{words[1]}"].split("|")
                headers = [(name, value) for name, _, value in (line.partition(":") for line in lines)]
                try:
                    is_key_set = source.response(request, int(status), headers, body.encode(), int(words[0]))
                    yield "key_set" if is_key_set else "request"
                except doorward.DoorwardError as error:
                    yield error.name
            case "no_response":
                try:
                    source.no_response(request, int(words[0]))
                    yield "request"
                except doorward.DoorwardError as error:
                    yield error.name
            case error:
                ours, name = "foreign_" not in error, error.removeprefix("foreign_")
                yield decided(source.token_rejected(attempt, doorward.ERRORS[name][0], ours, int(words[0])))


def introspector(case: Case) -> doorward.Introspector:
    binding: Any = case.get("client_binding", "").split()
    policy = doorward.Policy.mcp(
        case["issuer"],
        case.get("audience", "").split(),
        client_binding=(binding[0], binding[1:]) if binding else None,
        required_scopes=case.get("scopes", ""),
        scope_source=case.get("scope_source"),
        leeway=int(case.get("leeway", "60")),
    )
    names = ("lifetime_without_exp", "active_lifetime", "refused_lifetime", "timeout", "pause")
    numbers: dict[str, Any] = {name: int(case[name]) for name in names if name in case}
    authentication: Any = case.get("authentication", "client_secret_basic")
    tokens: Any = case.get("tokens", "opaque")
    return doorward.Introspector(
        policy,
        check=case.get("check", "rfc7662"),
        endpoint=case.get("endpoint", "https://as.example/introspect"),
        authentication=authentication,
        client_id=case.get("client_id", "mcp"),
        secret=case.get("secret", "s3cret"),
        tokens=tokens,
        token_type_optional="token_type_optional" in case,
        **numbers,
    )


def introspected(case: Case) -> Iterator[str]:
    machine = introspector(case)
    waiting: dict[str, doorward.PendingIntrospection] = {}
    for event in case["events"].split(";"):
        name, *words = event.split(" ")
        try:
            match name:
                case "request":
                    method, url, fields, body, _ = machine.request(words[0])
                    yield f"{method} {url}|{''.join(f'{name}: {value}|' for name, value in fields)}{body}"
                case "timeout":
                    yield str(int(machine.request("t")[4] * 1000))
                case "body_limit":
                    yield str(machine.body_limit(int(words[0])))
                case "verification":
                    yield machine.verification(words[0], has_keys=True)
                case "token":
                    action, found = machine.lookup(words[1], int(words[0]))
                    if isinstance(found, doorward.PendingIntrospection):
                        waiting[words[1]] = found
                    assert isinstance(found, doorward.Principal) == (action == "hit")
                    yield f"use {principal_line(found)}" if isinstance(found, doorward.Principal) else action
                case "response":
                    status, *lines, body = case[f"response_{words[2]}"].split("|")
                    headers = [(name, value) for name, _, value in (line.partition(":") for line in lines)]
                    pending = waiting[words[1]]
                    principal = machine.response(pending, int(status), headers, body.encode(), int(words[0]))
                    yield f"use {principal_line(principal)}"
                case "no_response":
                    machine.no_response(waiting[words[1]], int(words[0]))
                case _:
                    raise AssertionError(event)
        except doorward.DoorwardError as error:
            retry_after = error.details.get("retry_after")
            yield error.name if retry_after is None else f"{error.name} {retry_after}"


def decided(decision: tuple[str, int]) -> str:
    action, retry_after = decision
    if action != "unavailable":
        return action
    error = doorward.KeySource.unavailable(retry_after)
    return f"{error.name} {error.details['retry_after']}"


def client_answer(case: Case) -> str:
    if case["op"] == "challenge_read":
        found = doorward.ReceivedChallenge.parse([case[name] for name in ("header", "second_header") if name in case])
        parts = [found.error, found.error_description, found.scope, found.resource_metadata]
        return "|".join(part or "-" for part in parts)
    assert case["op"] == "client"
    options: dict[str, Any] = {name: case[name] for name in ("client_name", "client_document", "scope") if name in case}
    flags = ("trusts_first_issuer", "client_credentials", "s256_known", "legacy")
    options |= {name: case[name] == "yes" for name in flags if name in case}
    if "application_type" in case:
        options["application_type"] = case["application_type"]
    if "registered" in case:
        options |= registered(case["registered"].split(" "))
    resource = case.get("resource", "https://mcp.example/mcp")
    redirect_uri = case.get("redirect_uri", "http://127.0.0.1:3000/cb")
    return ";".join(client_events(doorward.Client(resource, redirect_uri or None, **options), case))


def registered(words: list[str]) -> dict[str, Any]:
    names = ("issuer", "client_id", "client_secret", "auth_method")
    return {name: word for name, word in zip(names, words, strict=True) if word != "-"}


def client_events(client: doorward.Client, case: Case) -> Iterator[str]:
    for event in case["events"].split(";"):
        try:
            yield client_event(client, case, *event.split(" "))
        except doorward.DoorwardError as error:
            parts = [error.name]
            refusals = ("access_denied", "authorization_refused", "token_request_refused", "registration_refused")
            if client.received_error is not None and error.name in refusals:
                parts += [client.received_error[0], client.received_error[1] or "-"]
            yield " ".join(parts)


def client_event(client: doorward.Client, case: Case, name: str, *words: str) -> str:
    match name:
        case "step":
            return client.step(int(words[0]))
        case "answered" | "stale":
            challenges = [case[f"challenge_{number}"] for number in words[2:]]
            sent = "stale" if name == "stale" else client.access_token
            return client.answered(sent, int(words[1]), challenges, int(words[0]))
        case "request_token":
            return client.request_token(int(words[0]))
        case "request":
            method, url, fields, body, _ = client.request()
            return f"{method} {url}|{''.join(f'{name}: {value}|' for name, value in fields)}{body}"
        case "named_by":
            return client.request()[4]
        case "response":
            status, *lines, body = case[f"response_{words[1]}"].split("|")
            headers = [(name, value) for name, _, value in (line.partition(":") for line in lines)]
            return client.response(int(status), headers, body, int(words[0]))
        case "no_response":
            return client.no_response(int(words[0]))
        case "authorize":
            return client.authorize(b"\7" * 32 + b"\t" * 32)
        case "redirected":
            return client.redirected(words[0])
        case "signed":
            return client.signed(words[0])
        case "register":
            return client.register(now=int(words[0]), **registered(list(words[1:])))
        case "reset":
            client.reset()
            return ""
        case "tokens":
            parts = [client.access_token, client.expires_at, client.scope, client.issuer, client.client_id]
            return "|".join(str(part or "-") for part in parts)
        case "record":
            return client.record()
        case "restore":
            client.restore(case[f"record_{words[0]}"])
            return ""
        case "covers":
            return "yes" if client.covers(words[0]) else "no"
    raise AssertionError(name)


@pytest.mark.parametrize("case", cases("client.txt"), ids=lambda case: case["id"])
def test_client(case: Case) -> None:
    if "error" in case:
        with pytest.raises(doorward.DoorwardError) as refusal:
            client_answer(case)
        assert refusal.value.name == case["error"], case["rule"]
    else:
        assert client_answer(case) == case["result"], case["rule"]


@pytest.mark.parametrize("case", cases("answers.txt"), ids=lambda case: case["id"])
def test_answer(case: Case) -> None:
    if "error" in case:
        with pytest.raises(doorward.DoorwardError) as refusal:
            answer(case)
        assert refusal.value.name == case["error"], case["rule"]
    else:
        assert answer(case) == case["result"], case["rule"]


@pytest.mark.parametrize("file", ["tokens.txt", "answers.txt", "client.txt"])
def test_no_case_is_missing(file: str) -> None:
    first = (ROOT / "tests/vectors" / file).read_text("utf-8").split(" ", 2)
    assert len(cases(file)) == int(first[1])
