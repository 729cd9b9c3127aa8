"""The arguments of a proxy: what each of them may be, and how long what the proxy issues is valid."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import AnyHttpUrl

from doorward import arguments
from doorward._core import (
    DEFAULT_REFRESH_LIFETIMES,
    MAX_ACCESS_TOKEN_LIFETIME,
    MAX_REFRESH_GRACE,
    SealingKeys,
)

__all__ = ["GRACE", "MAX_SIGN_IN", "check", "lifetimes"]

logger = logging.getLogger("doorward")

DAY = 86_400
MIN_ACCESS_TOKEN_LIFETIME = 900
MAX_SIGN_IN = 90 * DAY
SIGN_IN, _, GRACE = DEFAULT_REFRESH_LIFETIMES


def _signing_key(name: str, value: Any) -> None:
    secret = arguments.instance("a str or bytes", str, bytes)
    if not isinstance(value, (str, bytes)):
        arguments.sequence("a str or bytes, or a list of them,", secret)(name, value)


def _limits(name: str, value: Any) -> None:
    arguments.table("a dict of limits", lambda *_: None)(name, value)
    for each, limit in value.items():
        arguments.NUMBERS(f"{name}: {each}", limit)


_TEXT, _TEXTS, _WHOLE = map(arguments.maybe, (arguments.text, arguments.texts, arguments.whole))
_TABLE = arguments.maybe(arguments.table("a dict of str to str", arguments.text))
_URL = arguments.instance("a str or AnyHttpUrl", str, AnyHttpUrl)
_ARGUMENTS: dict[str, arguments.Kind] = {
    "upstream_client_id": arguments.filled,
    "upstream_client_secret": arguments.maybe(arguments.filled),
    **dict.fromkeys(("upstream_authorization_endpoint", "upstream_token_endpoint"), _TEXT),
    **dict.fromkeys(("upstream", "upstream_revocation_endpoint", "redirect_path"), _TEXT),
    **dict.fromkeys(("token_endpoint_auth_method", "upstream_name", "upstream_issuer", "scope_separator"), _TEXT),
    **dict.fromkeys(("upstream_parameters", "extra_authorize_params", "extra_token_params"), _TABLE),
    "token_verifier": arguments.maybe(arguments.verbs("a TokenVerifier", "verify_token")),
    "base_url": _URL,
    **dict.fromkeys(("resource_base_url", "issuer_url", "service_documentation_url"), arguments.maybe(_URL)),
    "allowed_client_redirect_uris": _TEXTS,
    **dict.fromkeys(
        ("valid_scopes", "required_scopes"), arguments.maybe(arguments.all_of(arguments.texts, arguments.scopes))
    ),
    "upstream_scopes": arguments.all_of(arguments.texts, arguments.scopes),
    **dict.fromkeys(("forward_pkce", "forward_resource", "enable_cimd", "upstream_sends_iss"), arguments.flag),
    "storage_keys": arguments.maybe(arguments.instance("SealingKeys or a path", SealingKeys, str, Path)),
    "jwt_signing_key": arguments.maybe(_signing_key),
    **dict.fromkeys(("fallback_access_token_expiry_seconds", "fallback_refresh_token_expiry_seconds"), _WHOLE),
    "fastmcp_access_token_expiry_seconds": _WHOLE,
    "token_expiry_threshold_seconds": arguments.whole,
    "refresh_grace_seconds": arguments.whole,
    "revocation_delay": arguments.number,
    "limits": arguments.maybe(_limits),
    **arguments.FORWARDED,
    "clock": arguments.function,
}
_SECONDS = {
    "refresh_grace_seconds": MAX_REFRESH_GRACE,
    "revocation_delay": 60,
    "token_expiry_threshold_seconds": DAY,
    # Longer ones than there may be are cut.
    "fallback_refresh_token_expiry_seconds": None,
    "fallback_access_token_expiry_seconds": None,
    "fastmcp_access_token_expiry_seconds": None,
}


def check(given: Mapping[str, Any]) -> None:
    """Raise `TypeError` or `ValueError` for an argument that is wrong, whatever the others are."""
    arguments.check(given, _ARGUMENTS)
    if given["require_authorization_consent"] not in (True, "remember"):
        raise ValueError(
            "require_authorization_consent: consent is always asked for, since without it whoever can register gets"
            " the tokens of each user who is signed in at the upstream"
        )
    if given["consent_csp_policy"] is not None:
        raise ValueError(
            "consent_csp_policy: the page has one of its own, by which it runs no script, is framed by nobody and"
            " sends its form here alone; leave it out"
        )
    if given["identity_assertion"] is not None:
        raise ValueError(
            "identity_assertion: not taken: each token here is of a sign-in at the upstream, whose token goes"
            " with it, and of an assertion's subject there would be none; leave it out"
        )
    for name, most in _SECONDS.items():
        seconds = given[name] or 0
        if seconds < 0 or (most is not None and seconds > most):
            raise ValueError(f"{name}: 0 seconds at least, and {most or 'any number'} at most")


def lifetimes(access: int | None, sign_in: int | None) -> tuple[int, int]:
    """Return for how many seconds an access token is good, and a sign-in. The log says which argument is taken as
    another number."""
    shortest, longest = MIN_ACCESS_TOKEN_LIFETIME, MAX_ACCESS_TOKEN_LIFETIME
    lifetime = access or longest
    if not shortest <= lifetime <= longest:
        message = "fastmcp_access_token_expiry_seconds: %d is taken as the nearest of %d to %d"
        logger.warning(message, lifetime, shortest, longest)
    if (sign_in or 0) > MAX_SIGN_IN:
        logger.warning("fallback_refresh_token_expiry_seconds: more than %d is taken as that", MAX_SIGN_IN)
    return min(max(lifetime, shortest), longest), min(sign_in or SIGN_IN, MAX_SIGN_IN)
