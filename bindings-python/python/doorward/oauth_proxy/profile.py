"""What is known of services that have an OAuth of their own: core's profiles, as arguments of a proxy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward import _core
from doorward.arguments import named, one_of

__all__ = ["Profile"]


@dataclass(frozen=True)
class Profile:
    """How a service is asked; what there is without one."""

    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    revocation_endpoint: str | None = None
    issuer: str | None = None
    sends_iss: bool = False
    name: str | None = None
    auth_method: str | None = None
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "

    @staticmethod
    def of(name: str | None, parameters: Mapping[str, str] | None) -> "Profile":
        """Return that of a service, with the parameters of its endpoints. Raises `DoorwardError`, or `ValueError` for
        parameters of none."""
        if name is None:
            if parameters:
                raise ValueError("upstream_parameters: there is no upstream that they are of")
            return Profile()
        one_of(*_core.Upstream.names())("upstream", name)
        known = _core.Upstream(name)
        return Profile(
            **named("upstream_parameters", known.endpoints, parameters),
            sends_iss=known.sends_iss,
            name=known.display_name,
            auth_method=known.auth_method,
            authorize_params=known.authorize_parameters,
            scopes=() if known.offline_scope is None else (known.offline_scope,),
            scope_separator=known.scope_separator,
        )
