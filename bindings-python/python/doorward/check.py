"""Whether an issuer can be used as it is set up."""

from doorward._core import DoorwardError, KeySet
from doorward.jwks import JwksSource

__all__ = ["IssuerError", "check"]


class IssuerError(Exception):
    """An issuer cannot be used as it is set up; the text says why, and what to change."""


async def check(source: JwksSource) -> KeySet:
    """Fetch the keys of an issuer anew, and return them; raises `IssuerError` if there are none to be had."""
    probe = source.fresh()
    try:
        return await probe.fetch()
    except DoorwardError as error:
        raise IssuerError(probe.why(error)) from error
