"""A server behind API keys, alone or beside OAuth: what FastMCP's adapter and the SDK's are made of."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from mcp.server.auth.provider import AccessToken

from doorward._core import Policy
from doorward.api_keys.authenticator import ApiKeyAuthenticator, ApiKeyRefusals
from doorward.policies import policy_of_keys
from doorward.refusals import Expected
from doorward.resource_server import ResourceServer

__all__ = ["ApiKeyServer"]

_Token = TypeVar("_Token", bound=AccessToken)

_OF_AUTHENTICATOR = ("keys", "header", "trusted_hops", "forwarded_by", "failures", "shared")


class ApiKeyServer(Generic[_Token]):
    """The resource, its policy, what authenticates callers, and the log of refusals."""

    def __init__(
        self,
        who: str,
        make: Callable[..., _Token],
        server: ResourceServer[Any] | None,
        options: Mapping[str, Any],
    ) -> None:
        """Create these from the name of what is created, what makes access tokens, the server that verifies tokens
        beside the keys, and the arguments. Raises `TypeError` or `ValueError` for what is wrong."""
        resource, scopes, hook = options["resource"], options["scopes"], options["on_refusal"]
        if server is None:
            if resource is None:
                raise TypeError(f"{who}() needs resource or oauth")
            self.resource: str = resource
            self.policy = policy_of_keys(resource, scopes)
            expected: Policy | list[Expected] = self.policy
        else:
            if resource is not None or scopes is not None:
                raise ValueError("resource, scopes: oauth says these; leave them out")
            self.resource, self.policy, expected = server.resources[0], server.policy, server.refusals.expected
            hook = hook or server.refusals.hook
        self.authenticator: ApiKeyAuthenticator[_Token] = ApiKeyAuthenticator(
            make=make,
            resource=self.resource,
            policy=self.policy,
            oauth=None if server is None else server.authenticate,
            **{name: options[name] for name in _OF_AUTHENTICATOR},
        )
        self.refusals = ApiKeyRefusals(expected, self.authenticator.is_key, hook)
