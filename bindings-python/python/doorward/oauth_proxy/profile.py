"""What is known of services that have an OAuth of their own: core's profiles, as arguments of a proxy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorward import _core
from doorward.arguments import named, one_of

__all__ = ["Profile"]


@dataclass(frozen=True)
class Profile:
    """How a service is asked; what there is without one. Core's `errors_as_200`, `pkce` and `rotation` are not among
    it: a proxy reads an error of any status, sends PKCE unless `pkce` is off, which a service that does not know it
    ignores, and uses no refresh token twice, whatever the service would take."""

    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    revocation_endpoint: str | None = None
    issuer: str | None = None
    sends_iss: bool = False
    name: str | None = None
    auth_method: str | None = None
    needs_secret: bool = False
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    known: _core.Upstream | None = None
    """By which it is said how it names scopes where it says what was granted."""
    granted_in_callback: bool = False
    """Whether the callback's `scope`, which RFC 6749 does not have, says what the user has granted."""

    def granted(self, scope: str) -> list[str]:
        """Return the scopes that it says are granted, by all of their names."""
        return _core.upstream_granted(scope, by=self.known)

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
        if set(parameters or {}) != set(known.parameters):
            raise ValueError(f"upstream_parameters: {name} needs {', '.join(known.parameters) or 'none'}")
        return Profile(
            **named("upstream_parameters", known.endpoints, parameters),
            sends_iss=known.sends_iss,
            name=known.display_name,
            auth_method=known.auth_method,
            needs_secret=known.needs_secret,
            authorize_params=known.authorize_parameters,
            scopes=() if known.offline_scope is None else (known.offline_scope,),
            scope_separator=known.scope_separator,
            known=known,
            granted_in_callback=known.granted_in_callback,
        )
