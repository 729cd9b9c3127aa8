"""The gate before applications that speak ASGI in their own way."""

from typing import Any

import pytest
from mcp.server.auth.provider import AccessToken
from starlette.types import Message, Receive, Scope, Send

from doorward import Policy, bearer_token
from doorward.gate import Gate

START: dict[str, Any] = {"type": "http.response.start", "status": 200}
BODY: dict[str, Any] = {"type": "http.response.body", "body": b"secret"}
CHALLENGE: dict[str, Any] = {
    "type": "http.response.start",
    "status": 401,
    "headers": [(b"www-authenticate", b"Bearer")],
}


async def judge(token: str) -> AccessToken:
    if token != "good":
        bearer_token([])
    return AccessToken(token=token, client_id="c", scopes=["a"])


async def through(*messages: Message, path: str = "/mcp", token: str = "", **scope: Any) -> list[Message]:
    """What comes out of the gate where an application says this."""
    seen: Scope = {}

    async def app(inner: Scope, _: Receive, send: Send) -> None:
        seen.update(inner)
        for message in messages:
            await send(message)

    async def receive() -> Message:
        raise AssertionError

    came: list[Message] = []

    async def send(message: Message) -> None:
        came.append(message)

    gate = Gate(
        app,
        policy=Policy.mcp("https://id.example", "https://h/mcp"),
        authenticate=judge,
        resource_metadata="https://h/.well-known/oauth-protected-resource/mcp",
        guards=lambda path: path == "/mcp",
    )
    headers = [(b"authorization", b"Bearer " + token.encode())] if token else []
    await gate({"type": "http", "method": "POST", "path": path, "headers": headers} | scope, receive, send)
    assert seen["user"].is_authenticated == (token == "good")
    return came


@pytest.mark.parametrize(
    "messages",
    [
        (START, BODY),
        (START | {"headers": [], "trailers": True}, BODY, {"type": "http.response.trailers", "headers": []}),
        (START, BODY | {"more_body": True}, START, CHALLENGE, BODY),
        (START, {"type": "http.response.pathsend", "path": "/etc/passwd"}),
    ],
)
async def test_a_refusal_is_one_answer_whatever_the_server_says(messages: tuple[dict[str, Any], ...]) -> None:
    start, body = await through(*messages)
    assert (start["status"], "trailers" in start) == (401, False)
    assert body["type"] == "http.response.body"
    assert b"secret" not in body["body"]


async def test_what_is_open_passes_as_it_is() -> None:
    for messages in ((START, BODY), (START, BODY | {"more_body": True}, BODY)):
        assert await through(*messages, path="/open") == list(messages)
        assert await through(*messages, token="good") == list(messages)
    assert (await through(CHALLENGE, BODY, path="/other"))[0]["status"] == 401
    assert await through(CHALLENGE, BODY, token="good") == [CHALLENGE, BODY], "what is known is the server's to refuse"


async def test_an_endpoint_behind_a_prefix_is_guarded() -> None:
    assert (await through(START, BODY, path="/api/mcp", root_path="/api"))[0]["status"] == 401
    assert await through(START, BODY, path="/api/mcp") == [START, BODY]


async def test_a_websocket_tells_who_calls_and_is_the_servers_to_refuse() -> None:
    accept: Message = {"type": "websocket.accept"}
    for token in ("good", "bad", ""):
        assert await through(accept, token=token, type="websocket") == [accept]
