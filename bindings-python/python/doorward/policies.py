"""The policy of a server, from what it is configured with; errors name the argument."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from doorward._core import DoorwardError, Policy, authorization_server_metadata_urls, protected_resource_metadata_url
from doorward.arguments import named, provider_of
from doorward.jwks import check_published

__all__ = ["policy_of", "policy_of_keys", "policy_of_provider"]


def policy_of(
    preset: Literal["mcp", "rfc9068"],
    issuer: str,
    resources: Sequence[str],
    audience: str | Sequence[str] | None = None,
    *,
    insecure_http_for_development: bool = False,
    **options: Any,
) -> Policy:
    """Return the policy of a preset whose keys an issuer can publish; the audience is the resources if not given."""
    http: dict[str, Any] = {"insecure_http_for_development": insecure_http_for_development}
    _check(resources, http)
    named("issuer", authorization_server_metadata_urls, issuer, **http)
    make = {"mcp": Policy.mcp, "rfc9068": Policy.rfc9068}[preset]
    return _published(_made(make, issuer, resources if audience is None else audience, **options))


def policy_of_provider(
    name: str,
    parameters: Mapping[str, str] | None,
    resources: Sequence[str],
    audience: str | Sequence[str] | None = None,
    *,
    insecure_http_for_development: bool = False,
    **options: Any,
) -> tuple[Policy, str | None]:
    """Return the policy for a provider's tokens, and where its keys are if not where its metadata says."""
    _check(resources, {"insecure_http_for_development": insecure_http_for_development})
    provider = provider_of(name, parameters)
    policy = _made(Policy.of_provider, name, parameters, audience, resource=resources, **options)
    return _published(policy), provider.jwks_uri(parameters)


def policy_of_keys(resource: str, scopes: str | Sequence[str] | None) -> Policy:
    """Return the policy of a server that issues its keys itself: for its scopes, and what the log says of refusals."""
    _check([resource], {})
    return _made(Policy.mcp, resource, resource, scopes=scopes)


def _made(make: Callable[..., Policy], *arguments: Any, scopes: Any = None, **options: Any) -> Policy:
    """Create a policy from the arguments of a server, whose `scopes` are those that the policy requires."""
    try:
        return make(*arguments, required_scopes=scopes, **options)
    except DoorwardError as error:
        if error.details.get("argument") == "required_scopes":
            error.args = (f"scopes{str(error).removeprefix('required_scopes')}",)
        raise


def _check(resources: Sequence[str], http: Mapping[str, Any]) -> None:
    if not resources:
        raise ValueError("resource: there is none")
    for resource in resources:
        named("resource", protected_resource_metadata_url, resource, **http)


def _published(policy: Policy) -> Policy:
    check_published("algorithms", policy.algorithms)
    return policy
