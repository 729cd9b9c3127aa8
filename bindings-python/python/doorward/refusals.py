"""The log of requests that were refused, and why."""

import base64
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from doorward._core import DoorwardError, Policy, Principal, named_policy
from doorward.arguments import function, maybe
from doorward.decisions import Decisions
from doorward.errors import error_of
from doorward.introspection_refusal import IntrospectionRefusal
from doorward.log_value import OnceAMinute, cleaned, quoted

__all__ = ["Expected", "Refusals", "unverified"]

logger = logging.getLogger("doorward")


class Expected(NamedTuple):
    """What tokens must satisfy: a policy, the clients that it asks for, by their claim, and its rules of kind."""

    policy: Policy
    clients: tuple[str, Sequence[str]] | None = None
    kind: Sequence[Sequence[str]] = ()


class Refusals:
    """Logs why requests are rejected: the check that failed, what was expected, and what the token contains. A record's
    attribute `doorward` is a dict of these; the hook is called with it for each rejected request: `error`, `number`,
    `status` and `details` of the error, `issuer`, `issuers` and `audience` of the policy, `path` and `client` of the
    request, `found` in the token and `expected` by the check that failed, each by name, and the `missing` scopes.

    The token's contents are unverified, and truncated to a line; of an opaque token there are those that its
    authorization server says. Only a limited number of each kind is logged each
    minute, followed by the number of the others.
    """

    MOST = 20
    """Lines of one kind in a minute; what comes after is counted."""

    MINUTE = 60

    def __init__(
        self,
        expected: Policy | Sequence[Expected],
        hook: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Create the log of refusals for a policy, or for the policies of several issuers."""
        maybe(function)("on_refusal", hook)
        self.expected = [Expected(expected)] if isinstance(expected, Policy) else list(expected)
        self.policies = [each.policy for each in self.expected]
        self.hook = hook
        self._lock = threading.Lock()
        self._begin, self._may_report = float("-inf"), OnceAMinute()
        self._lines: Counter[str] = Counter()
        self._more: Counter[str] = Counter()

    def log(
        self, error: DoorwardError, token: str = "", scope: Mapping[str, Any] | None = None, *, ours: bool | None = True
    ) -> None:
        """Log a refusal of a request to `scope`; where another provider may know better, `ours` is false, or `None` if
        the token says whether one does. A token of another issuer is one, for whatever else it was refused first."""
        # A token that nothing is known of yet is looked at once, and only for what somebody reads.
        looked = ours is None
        whose = self._whose(token) if looked else None
        if ours is None:
            # Of an issuer but for a slash at the end: then the setting is wrong, and no other provider is meant.
            ours = whose is not None or any(each.claims_issuer_but_for_a_slash(token) for each in self.policies)
        if whose is None and all(policy.is_of_another_issuer(error.number, token) for policy in self.policies):
            error = error_of("issuer_mismatch")
        if ours:
            Decisions.of(scope).refused = error.name
        # A request without credentials is how every client begins.
        expected = error.name == "credentials_missing" or not ours
        level = logging.INFO if expected else logging.WARNING
        logs = logger.isEnabledFor(level) and self._may_log(error.name, self._kind(error))
        if self.hook is None and not logs:
            return
        if token and not looked and len(self.expected) > 1:
            whose = self._whose(token)
        chosen = whose or self.expected[0]
        policy, issuers = chosen.policy, self._issuers(whose)
        found, wanted, missing = self._compared(error, token, chosen, issuers, scope) if token else ({}, {}, [])
        parts = {
            "error": error.name,
            "number": error.number,
            "status": error.status,
            "details": error.details,
            "issuer": policy.issuer,
            "issuers": issuers,
            "audience": policy.audience,
            "path": scope and scope["path"],
            "client": scope and (scope.get("client") or ("",))[0],
            "found": found,
            "expected": wanted,
            "missing": missing,
        }
        if self.hook is not None:
            try:
                self.hook(parts)
            except Exception:
                # It is given no credential: what it raises is its author's, and has none.
                if self._may_report("hook"):
                    logger.exception("the hook for refusals failed")
        if not logs:
            return
        line = [str(error)]
        if found:
            line.append(f"found {' '.join(f'{name}={quoted(value)}' for name, value in found.items())}")
        if wanted:
            line.append(f"expected {' '.join(f'{name}={value}' for name, value in wanted.items())}")
        if missing:
            line.append(f"missing {' '.join(map(cleaned, missing))}")
        if scope:
            line.append(f"path={quoted(cleaned(scope['path']))} client={quoted(cleaned(parts['client']))}")
        logger.log(level, "refused: %s", "; ".join(line), extra={"doorward": parts})

    def trusts(self, token: str) -> bool:
        """Return whether a token says, unverified, that it is of an issuer that is trusted here."""
        return self._whose(token) is not None

    def _whose(self, token: str) -> Expected | None:
        """Return what is expected of the issuer that a token says, unverified, it is of, if it is one of these."""
        named = named_policy(token, self.policies)
        return None if named is None else self.expected[named]

    def _issuers(self, whose: Expected | None) -> tuple[str, ...]:
        """Return the issuers of a token's policy, or all if it is none's."""
        return tuple(issuer for policy in ([whose.policy] if whose else self.policies) for issuer in policy.issuers)

    def _compared(
        self,
        error: DoorwardError,
        token: str,
        expected: Expected,
        issuers: Sequence[str],
        scope: Mapping[str, Any] | None,
    ) -> tuple[dict[str, str], dict[str, str], list[str]]:
        """Return what an operator compares with the settings: what the token says, what the check that failed asks for,
        and the scopes that are missing. Names, which are no secrets."""
        policy, bound, kind = expected
        answer = error.response if isinstance(error, IntrospectionRefusal) else None
        header, claims = unverified(token) if answer is None else ({}, answer)
        caller = getattr(getattr((scope or {}).get("user"), "access_token", None), "principal", None)
        if isinstance(caller, Principal) and not header:
            # Let in before, and asked for more: of an opaque token, what its authorization server said.
            claims = answer = caller.claims | {"scopes": caller.scopes}
        claimed = {name: claims.get(name) for name in ("iss", "aud")}
        if answer is None:
            claimed |= {name: header.get(name) for name in ("typ", "alg", "kid")}
        else:
            claimed |= {name: claims[name] for name in ("client_id", "token_type") if name in claims}
            claimed |= {"token_type": claims.get("token_type")} if error.name == "token_type_refused" else {}
        found = {name: _shown(value) for name, value in claimed.items()} if answer != {} else {}
        wanted, missing = {"iss": " or ".join(issuers), "aud": " or ".join(policy.audience)}, []
        if error.name == "token_form_refused":
            wanted = {"form": 'opaque, or tokens="both"'}
        elif error.name == "token_type_refused":
            missing_is_fine = "" if claims.get("token_type") is not None else ", or token_type_optional=True"
            wanted = {"token_type": f"Bearer{missing_is_fine}"}
        elif error.name == "algorithm_refused":
            wanted = {"alg": " or ".join(policy.algorithms)}
        elif error.name == "client_mismatch" and bound is not None:
            claim, clients = bound
            found, wanted = found | {claim: _shown(claims.get(claim))}, {claim: " or ".join(map(cleaned, clients))}
        elif error.name == "token_kind_refused" and kind:
            for rule, *names in kind:
                claimed = {name: claims.get(name) for name in (names[:1] if rule == "is" else names)}
                found |= {
                    f"claims.{n}": _shown(v) if rule == "is" or v is None else "present" for n, v in claimed.items()
                }
            wanted = {"kind": ", ".join(" ".join(rule) for rule in kind)}
        elif error.name in ("claim_missing", "claim_malformed") and (own := _named(policy, error)):
            # The error names the setting, since the claims are the operator's own.
            setting = str(error.details["claim"])
            found |= {f"claims.{name}": _type_name(_at(claims, path)) for name, path in own.items()}
            wanted = {setting: " and ".join(map(cleaned, own))}
        elif error.name == "insufficient_scope":
            # Of what an endpoint said of a token, the scopes alone are kept, as the policy has read them.
            granted = claims.get("scopes") if answer is not None else policy.claimed_scopes(json.dumps(claims))
            found["scope"] = _shown(granted if granted is None else " ".join(granted))
            missing = str(error.details.get("missing", "")).split()
            wanted = {"scope": " ".join(dict.fromkeys([*policy.required_scopes, *missing]))}
            if not missing and granted is not None:
                missing = policy.missing_scopes(granted, policy.required_scopes)
        return found, wanted, missing

    def _kind(self, error: DoorwardError) -> str:
        """Return the name under which log lines are counted and limited."""
        return error.name

    def _may_log(self, name: str, kind: str) -> bool:
        with self._lock:
            now = time.monotonic()
            if now - self._begin >= self.MINUTE:
                more, self._more = self._more, Counter()
                self._begin = now
                self._lines.clear()
                if more:
                    counts = ", ".join(f"{name} {count}" for name, count in more.most_common())
                    logger.warning("refused besides, in the minute before: %s", counts)
            self._lines[kind] += 1
            if self._lines[kind] > self.MOST:
                self._more[name] += 1
            return self._lines[kind] <= self.MOST


def _named(policy: Policy, error: DoorwardError) -> dict[str, Sequence[str]]:
    """Return the claims that an error is about where it names the setting that has them, each with where it is."""
    match error.details.get("claim"):
        case "issuer_template":
            return {claim: [claim] for claim in (policy.issuer_template or ("", ""))[1:2]}
        case "scope_source":
            return {policy.scope_source: policy.scope_source_path} if policy.scope_source else {}
        case "required_claims":
            return {claim: [claim] for claim in policy.required_claims}
    return {}


def _at(claims: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return what is at the end of a path, if it leads anywhere."""
    value: Any = claims
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a token's header and payload say, as far as they can be read: it explains a refusal, and no more."""
    header, claims = (_part(part) for part in (*token.split(".")[:2], "", "")[:2])
    return header, claims


def _part(text: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _shown(value: Any) -> str:
    if not isinstance(value, list):
        return _one(value)
    return f"[{', '.join(map(_one, value[:4]))}{', ...' if len(value) > 4 else ''}]"


def _one(value: Any) -> str:
    return cleaned(value) if isinstance(value, str) else _type_name(value)


def _type_name(value: Any) -> str:
    return "none" if value is None else type(value).__name__
