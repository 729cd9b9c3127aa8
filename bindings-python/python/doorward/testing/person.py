"""A person with a browser, who signs in at an `OAuthProxy` without one: for tests."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

try:
    from fastmcp.client.auth import OAuth
    from mcp.client.auth import AuthorizationCodeResult
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.testing.person: pip install 'doorward[fastmcp,testing]'") from error

__all__ = ["Person", "SignedInBy"]


class Person:
    """Follows redirects, with cookies, and answers the page of consent."""

    STEPS = 12

    def __init__(
        self, *, approves: bool = True, remember: bool = False, client: httpx.AsyncClient | None = None
    ) -> None:
        """Create one who approves, or denies, and may want that remembered."""
        self.approves, self.remember = approves, remember
        self.http = client or httpx.AsyncClient(trust_env=False, headers={"sec-fetch-site": "none"})
        self.seen: list[httpx.Response] = []
        """What the browser has shown, and where it was sent."""

    async def visit(self, url: str, until: str) -> dict[str, str]:
        """Go to a URL, and on from there until the browser is sent to one that begins with `until`: return what that
        says. Raises `RuntimeError` at a page that leads nowhere."""
        answer = await self.http.get(url)
        for _ in range(self.STEPS):
            self.seen.append(answer)
            there = self._leads_to(answer)
            if there is not None and there.startswith(until):
                return {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
            if there is not None:
                answer = await self.http.get(there)
                continue
            form = self._form(answer)
            if form is None:
                raise RuntimeError(f"{answer.status_code}: {_text(answer)}")
            action, data = form
            answer = await self.http.post(action, data=data)
        raise RuntimeError(f"still not at {until} after {self.STEPS} pages")

    def _leads_to(self, answer: httpx.Response) -> str | None:
        location: str | None = answer.headers.get("location")
        if location is not None:
            return str(answer.url.join(location))
        found = re.search(r'<meta http-equiv="refresh" content="0;url=([^"]*)">', answer.text)
        return None if found is None else unescape(found[1])

    def _form(self, answer: httpx.Response) -> tuple[str, dict[str, str]] | None:
        action, csrf = (
            re.search(pattern, answer.text) for pattern in (r'action="([^"]*)"', r'name="csrf" value="([^"]*)"')
        )
        if action is None or csrf is None:
            return None
        data = {"csrf": unescape(csrf[1]), "decision": "approve" if self.approves else "deny"}
        if self.remember:
            data["remember"] = "yes"
        return str(answer.url.join(unescape(action[1]))), data


def _text(answer: httpx.Response) -> str:
    body = answer.text.partition("<body>")[2] or answer.text
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())[:500]


class SignedInBy(OAuth):
    """FastMCP's client of an authorization server, with a person in place of the browser."""

    def __init__(self, person: Person, **options: Any) -> None:
        """Create a client as FastMCP's."""
        self._person = person
        super().__init__(**options)

    async def redirect_handler(self, authorization_url: str) -> None:
        """Let the person sign in at the authorization URL."""
        until = parse_qs(urlsplit(authorization_url).query)["redirect_uri"][0]
        self.answer = await self._person.visit(authorization_url, until)
        if "error" in self.answer:
            raise RuntimeError(f"not signed in: {self.answer['error']}")

    async def callback_handler(self) -> AuthorizationCodeResult:
        """Return what the browser was sent back with."""
        answer = self.answer
        return AuthorizationCodeResult(code=answer["code"], state=answer.get("state"), iss=answer.get("iss"))
