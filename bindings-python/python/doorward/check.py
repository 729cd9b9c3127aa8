"""Whether an issuer can be used as it is set up."""

import json
from typing import Any

import httpx

from doorward._core import Attempt, DoorwardError, KeySet, printable
from doorward.jwks import JwksSource

__all__ = ["IssuerError", "check"]


class IssuerError(Exception):
    """An issuer cannot be used as it is set up; the text says why, and what to change."""


class _Probe(JwksSource):
    """Fetches as its model does, and remembers what came."""

    def __init__(self, model: JwksSource) -> None:
        super().__init__(
            model._issuer,
            jwks_uri=model._jwks_uri,
            algorithms=model._algorithms,
            relax=model._relax,
            client=model._client,
            **model._urls,
        )
        self.answers: list[str] = []
        self.skipped: list[str] = []
        self.issuers: list[str] = []

    async def _get(self, client: httpx.AsyncClient, url: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        try:
            status, headers, body = await super()._get(client, url)
        except Exception as error:
            self.answers.append(f"{printable(url)} cannot be reached, {type(error).__name__} {printable(str(error))}")
            raise
        self.answers.append(f"{printable(url)} answered {status}")
        issuer = _issuer(body)
        if issuer is not None and issuer != self.issuer:
            self.issuers.append(printable(issuer))
        return status, headers, body

    def _usable(self, document: bytes) -> KeySet:
        keys = KeySet.parse(document, self._algorithms, self._relax)
        self.skipped = [f"key {index}: {name}" for index, name in keys.skipped[:8]]
        return super()._usable(document)


async def check(source: JwksSource) -> KeySet:
    """Fetch the keys of an issuer anew, and return them; raises `IssuerError` if there are none to be had."""
    probe, issuer = _Probe(source), printable(source.issuer)
    probe._source.token_received(Attempt(), probe._now())
    try:
        return await probe._fetch_keys()
    except DoorwardError as error:
        if error.name == "key_set_empty":
            text = f"the keys of {issuer} are of no use: {', '.join(probe.skipped) or 'none is listed'}"
        elif probe.issuers:
            text = f"the issuer is {issuer} here, and {probe.issuers[0]} in its metadata: write it as the metadata does"
        else:
            text = f"the keys of {issuer} were not found ({error}): {'; '.join(probe.answers)}"
        raise IssuerError(text) from error


def _issuer(body: bytes) -> str | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    issuer = document.get("issuer") if isinstance(document, dict) else None
    return issuer.encode(errors="replace").decode() if isinstance(issuer, str) else None
