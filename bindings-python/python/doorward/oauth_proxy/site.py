"""What a proxy is, by its URLs and its lifetimes."""

from collections.abc import Sequence
from dataclasses import dataclass

from doorward._core import grantable, upstream_granted_of

__all__ = ["Site"]


@dataclass(slots=True)
class Site:
    """Where the proxy is, what tokens are for, and how long they are good."""

    issuer: str
    base_url: str
    callback_path: str
    scopes: Sequence[str]
    """The scopes that clients may be granted."""
    scopes_besides: Sequence[str]
    """The scopes that the proxy requests at the upstream besides."""
    required_scopes: Sequence[str]
    access_lifetime: int
    family_lifetime: int
    idle_lifetime: int
    grace: int
    resource: str = ""
    """Set once it is known where the server is mounted."""

    @property
    def is_https(self) -> bool:
        """Return whether browsers reach it by https."""
        return self.base_url.startswith("https:")

    def url(self, path: str) -> str:
        """Return the public URL of a path below the base."""
        return f"{self.base_url}{path}"

    def grantable(self, grant_types: Sequence[str], scope: str, resource: str | None) -> str:
        """Return the scopes that a client's authorization request may be granted; raises the error of the response."""
        scope, _ = grantable(
            "authorization_code",
            scope=scope,
            resource=resource,
            grant_types=grant_types,
            scopes=self.scopes,
            resources=[self.resource],
        )
        return scope

    def granted(self, scopes: Sequence[str], response: str | None) -> list[str]:
        """Return those of the scopes that the upstream has granted, by the scopes of its `response`."""
        return upstream_granted_of(scopes, known=[*self.scopes, *self.scopes_besides], response=response or "")

    @property
    def lifetimes(self) -> tuple[int, int, int]:
        """Return those of refresh tokens, as core takes them."""
        return self.family_lifetime, self.idle_lifetime, self.grace
