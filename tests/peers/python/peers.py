"""Times the validation of one access token, ours beside the peers', and how it scales over threads."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Coroutine, Iterator
from typing import Any

import httpx
import jose.jwk
import jose.jwt
import joserfc.jwk
import joserfc.jwt
import jwt as pyjwt
from authlib.jose import JsonWebKey, JsonWebToken
from fastmcp.server.auth.providers.jwt import JWTVerifier

import doorward
from bench import AUDIENCE, ISSUER, ROUNDS, Case, Run, cases, measure, report
from doorward.fastmcp import RemoteOAuth
from doorward.jwks import JwksSource

logging.disable()
THREAD_TOKENS = 400  # shared out among the threads of a sample


def now() -> int:
    """Peers read the clock on each token, so ours does too."""
    return int(time.time())


def finish(coroutine: Coroutine[Any, Any, object]) -> object:
    """Run what never waits, without an event loop's own cost."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        assert done.value is not None
        return done.value
    raise RuntimeError("it waits")


def ours(case: Case) -> Iterator[tuple[str, Run]]:
    """One `yield` for each way in."""
    token = case.token
    if case.alg == "HS256":
        keys, algorithms = doorward.SharedSecrets.parse(case.key_set(), ["HS256"]), ["HS256"]
    else:
        keys, algorithms = doorward.KeySet.parse(case.key_set()), None
    policy = doorward.Policy.mcp(ISSUER, AUDIENCE, algorithms=algorithms)
    yield "doorward", lambda: doorward.authenticate(token, keys, policy, now()).subject
    if algorithms is None:
        authenticator = doorward.Authenticator(policy)
        authenticator.set_keys(ISSUER, keys)
        yield "doorward, repeated", lambda: authenticator.authenticate(token, now()).subject
        provider = remote_oauth(case)
        assert asyncio.run(provider.verify_token(token)) is not None  # fetches the keys
        yield "doorward RemoteOAuth", lambda: finish(provider.verify_token(token))


def remote_oauth(case: Case) -> RemoteOAuth:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=case.key_set()))
    client = httpx.AsyncClient(transport=transport)
    source = JwksSource(ISSUER, jwks_uri="https://auth.example.com/jwks.json", client=client)
    return RemoteOAuth(issuer=ISSUER, resource=AUDIENCE, source=source)


def jwt_verifier(case: Case) -> JWTVerifier:
    key = case.key("key") if case.alg == "HS256" else case.key("pem").decode()
    return JWTVerifier(public_key=key, issuer=ISSUER, audience=AUDIENCE, algorithm=case.alg)


def peers(case: Case) -> Iterator[tuple[str, Run]]:
    token, jwk, algorithms = case.token, json.loads(case.key("jwk.json")), [case.alg]
    essential = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": AUDIENCE}}

    py_key = pyjwt.PyJWK(jwk, algorithm=case.alg).key
    yield "PyJWT", lambda: pyjwt.decode(token, py_key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE)

    rfc_key = joserfc.jwk.import_key(jwk)
    registry = joserfc.jwt.JWTClaimsRegistry(**essential)
    yield "joserfc", lambda: registry.validate(joserfc.jwt.decode(token, rfc_key, algorithms=algorithms).claims)

    lib_key, lib = JsonWebKey.import_key(jwk), JsonWebToken(algorithms)
    yield "Authlib", lambda: lib.decode(token, lib_key, claims_options=essential).validate()

    if case.alg != "EdDSA":  # which python-jose cannot
        jose_key = jose.jwk.construct(jwk, case.alg)
        yield (
            "python-jose",
            lambda: jose.jwt.decode(token, jose_key, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE),
        )

    verifier = jwt_verifier(case)
    yield "FastMCP JWTVerifier", lambda: finish(verifier.verify_token(token))


def threads(case: Case) -> None:
    """Nanoseconds of wall time for each token when 1, 2 and 4 threads work at once."""
    rows = [(who, run) for who, run in [*ours(case), *peers(case)] if who in ("doorward", "joserfc", "PyJWT")]
    samples: dict[tuple[int, str], list[float]] = {}
    for _ in range(ROUNDS):
        for who, run in rows:
            for count in (1, 2, 4):
                samples.setdefault((count, who), []).append(_wall(run, count))
    for (count, who), taken in samples.items():
        report(f"python/threads_{count}", who, taken)


def _wall(run: Run, count: int) -> float:
    def work() -> None:
        for _ in range(THREAD_TOKENS // count):
            run()

    workers = [threading.Thread(target=work) for _ in range(count)]
    start = time.monotonic_ns()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return (time.monotonic_ns() - start) / THREAD_TOKENS


if __name__ == "__main__":
    everything = cases()
    rows = []
    for case in everything:
        found = [*ours(case), *([] if case.has_key_set else peers(case))]
        rows += [(f"python/{case.name}", who, run) for who, run in found]
    measure(rows)
    threads(next(case for case in everything if case.name == "es256"))
