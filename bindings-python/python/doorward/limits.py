"""Limits on requests, before anything else is done for them.

app = RateLimits(
    mcp.http_app(),
    limits=[Limit("address", 100, 60), Limit("tool", 5, 60, tool="search")],
    trusted_hops=1,  # a proxy of one's own in front
)
"""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

try:
    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from mcp.server.auth.provider import AccessToken, principal_components
    from starlette.datastructures import MutableHeaders
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from starlette.websockets import WebSocketClose
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.limits: pip install 'doorward[mcp]'") from error

from doorward import arguments
from doorward._core import MAX_MCP_MESSAGES, DoorwardError, RateLimit, RateLimitDecision, error_problem, error_response
from doorward.body import may_be_a_message, parsed, read
from doorward.client_addresses import ClientAddress, ForwardedBy
from doorward.decisions import Decisions
from doorward.errors import error_of, retry_after
from doorward.limiter import Limiter
from doorward.log_value import OnceAMinute

if TYPE_CHECKING:
    from doorward.shared_limits import SharedLimits

__all__ = ["Limit", "RateLimits"]

logger = logging.getLogger("doorward")


_OF_LIMIT: dict[str, arguments.Kind] = {
    "per": arguments.one_of("address", "user_agent", "credential", "subject", "tool"),
    "quota": arguments.whole,
    "seconds": arguments.number,
    "burst": arguments.maybe(arguments.whole),
    "tool": arguments.maybe(arguments.text),
    "name": arguments.maybe(arguments.text),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds, and at most `burst` of them at once (as many as that if left out).

    per: `address`, counted for each client, where an IPv6 network of one customer is one; `user_agent`, for what
    clients call themselves, all that do so together; `credential`, for each key or token that is sent, whether it is
    good or not; `subject`, for each caller who was authenticated, by issuer and subject, if the limits are behind
    what does that; `tool`, for each client and the calls of the tool of that name, or of each if it has none.
    """

    per: Literal["address", "user_agent", "credential", "subject", "tool"]
    quota: int
    seconds: float
    burst: int | None = None
    tool: str | None = None
    name: str | None = None
    """In the header fields; `per` and the tool if left out. Of one server's limits each has a name of its own."""

    def __post_init__(self) -> None:
        """Raise `ValueError` or `DoorwardError` for what is no limit."""
        arguments.check({name: getattr(self, name) for name in _OF_LIMIT}, _OF_LIMIT)
        arguments.named("limit", RateLimit, *self.numbers)
        if self.tool is not None and self.per != "tool":
            raise ValueError(f"tool: a limit per {self.per} has none")

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Return quota, window in milliseconds and burst."""
        return self.quota, int(self.seconds * 1000), self.quota if self.burst is None else self.burst


_OF_LIMITS: dict[str, arguments.Kind] = {
    "app": arguments.function,
    "limits": arguments.sequence("a list of Limit", arguments.instance("a Limit", Limit)),
    "credential_headers": arguments.texts,
    "shared": arguments.maybe(arguments.text),
    "name": arguments.text,
    "when_away": arguments.one_of("local", "refuse"),
}


class RateLimits:
    """ASGI middleware that answers 429 (Retry-After, problem details) to requests over a limit, and says in `RateLimit`
    and `RateLimit-Policy` what is left (draft-ietf-httpapi-ratelimit-headers-11). A request counts as one before its
    body is read, and for the rest after it; long bodies that are read at once get 503 beyond 64 MiB of them.

    It runs before authentication, which it protects, if the app of the server is wrapped by it; as one of
    FastMCP's `middleware=` it is behind. CORS middleware belongs in front of it. Each process counts for itself, in
    1.6 MiB for each limit, however many clients there are; `doorward.Limiter` says what then.

    With `shared` all processes count together, in Redis or Valkey. Each goes on counting for itself, so that it knows
    what to do while the server does not answer: by default, what it would do alone. No request fails for that.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: Sequence[Limit],
        *,
        trusted_hops: int = 0,
        forwarded_by: ForwardedBy = "x-forwarded-for",
        credential_headers: Sequence[str] = ("authorization", "x-api-key"),
        shared: str | None = None,
        name: str = "",
        when_away: Literal["local", "refuse"] = "local",
    ) -> None:
        """Create the limits for an app. `trusted_hops` is how many proxies of one's own are in front of the server,
        each of which adds to `forwarded_by`. `shared` is a URL, `redis://` or `valkey://`, `name` that of the
        service, whose processes count together there, apart from those of others; and `when_away` what happens while
        that server does not respond: each process uses its own count, or refuses what is limited, with 429. Raises
        `DoorwardError` or `ValueError` for a limit that is none."""
        arguments.check(locals(), _OF_LIMITS)
        self._app = app
        self._client_address = ClientAddress(trusted_hops, forwarded_by)
        self._headers = {header.lower().encode() for header in credential_headers}
        self._limits = [_Counted(limit) for limit in limits]
        for each, count in Counter(counted.name for counted in self._limits).items():
            if count > 1:
                raise ValueError(
                    f"limits: {count} have the name {each!r}, and would be reported as one: give each a name="
                )
        self._name, self._refuses = name, when_away == "refuse"
        self._warned = False
        self._shared: SharedLimits | None = None
        if shared is not None:
            from doorward import shared_limits

            self._shared = shared_limits.SharedLimits(shared)
            if not all(self._shared.counts(counted.numbers) for counted in self._limits):
                raise ValueError("limits that are shared: burst times window must be less than 53 bits")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request, and pass it on if it is within the limits."""
        if scope["type"] not in ("http", "websocket"):
            try:
                await self._app(scope, receive, send)
            finally:
                if self._shared is not None:
                    await self._shared.close()
            return
        # Before the body is read, so that who sends one that does not end is counted, too.
        decided = await self._decide(self._charges(scope, Counter()), count=True)
        if _allowed(decided) and self._limits and scope.get("method") == "POST":
            body, receive, full = await read(receive)
            if full:
                await _no_room(scope, receive, send)
                return
            found = parsed(scope, body)
            calls, count = _calls(scope, body, found), max(1, len(found))
            charges = self._charges(scope, calls, count)
            over = [counted for counted, _, cost in charges if cost > counted.numbers[2]]
            if count > MAX_MCP_MESSAGES or over:
                await _too_many(scope, receive, send, [counted.name for counted in over])
                return
            rest = await self._decide(_without_one(charges), count=True)
            # One that comes again will need room for all of it.
            whole = rest if _allowed(rest) else await self._decide(charges, count=False)
            decided += rest if _allowed(whole) else whole
        if not _allowed(decided):
            await _refusal(decided)(scope, receive, send)
            return

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _fields(decided):
                    headers.append(name, value)
            await send(message)

        await self._app(scope, receive, send_with_fields if decided else send)

    def _charges(self, scope: Scope, calls: "Counter[str] | None", count: int = 1) -> "list[_Charge]":
        """Return which limits a request of so many messages counts for, as whose, and how much."""
        charges = []
        client = self._client_address.key(scope) or ""
        for counted in self._limits:
            limit = counted.limit
            if limit.per == "address":
                charges.append((counted, client, count))
            elif limit.per == "user_agent":
                agents = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"user-agent"]
                charges.append((counted, ", ".join(agents), count))
            elif limit.per == "credential":
                # Without the scheme, which may be written in many ways.
                sent = [
                    b"".join(value.split()[-1:]) for name, value in scope["headers"] if name.lower() in self._headers
                ]
                charges += [(counted, value.decode("latin-1"), count) for value in dict.fromkeys(sent)]
            elif limit.per == "subject":
                user = scope.get("user")
                if user is None and not self._warned:
                    self._warned = True
                    logger.warning(
                        "limits per subject limit nothing in front of what authenticates callers;"
                        " give RateLimits to the server as one of its middleware="
                    )
                if isinstance(user, AuthenticatedUser):
                    charges.append((counted, _caller(user.access_token), count))
            elif calls is None:
                # Nobody knows what the server makes of it: it counts as a call of the tool that is limited, and where
                # each is by itself, as all that may come at once. So it is one more, and not as many again.
                charges.append((counted, f"{client} {limit.tool or ''}", 1 if limit.tool else counted.numbers[2]))
            else:
                called = calls if limit.tool is None else {limit.tool: calls[limit.tool]}
                charges += [(counted, f"{client} {tool}", cost) for tool, cost in called.items() if cost]
        return charges

    async def _decide(self, charges: "list[_Charge]", *, count: bool) -> "list[_Decided]":
        """Decide about a request, and count it if it is within all of these limits: else it uses nothing of any."""
        together = None
        if self._shared is not None and charges:
            together = await self._decide_together(self._shared, charges, count)
        alone = self._alone(charges)
        if count and _allowed(alone if together is None else together):
            alone = [(counted, counted.limiter.take(name, cost)) for counted, name, cost in charges]
        return alone if together is None else together

    @staticmethod
    def _alone(charges: "list[_Charge]") -> "list[_Decided]":
        return [(counted, counted.limiter.peek(name, cost)) for counted, name, cost in charges]

    async def _decide_together(
        self, shared: "SharedLimits", charges: "list[_Charge]", count: bool
    ) -> "list[_Decided] | None":
        from doorward.shared_limits import Charge

        shares = [
            Charge(counted.numbers, json.dumps([self._name, counted.name, name]), cost)
            for counted, name, cost in charges
        ]
        decisions = await shared.decide(shares, count=count)
        if decisions is None:
            return [(counted, None) for counted, _, _ in charges] if self._refuses else None
        return [(counted, decision) for (counted, _, _), decision in zip(charges, decisions, strict=True)]


class _Counted:
    """A limit, and what clients have used of it."""

    def __init__(self, limit: Limit) -> None:
        self.numbers = limit.numbers
        rate = RateLimit(*self.numbers)
        self.limit, self.limiter = limit, Limiter(rate)
        self.name = limit.name or " ".join(filter(None, (limit.per, limit.tool)))
        self.policy = rate.field(self.name)


def _calls(scope: Scope, body: bytes | None, messages: list[dict[str, Any]]) -> "Counter[str] | None":
    """Return how often each tool is called; `None` if that is not sure."""
    if not messages and may_be_a_message(scope, body):
        return None
    calls: Counter[str] = Counter()
    for message in messages:
        params = message.get("params")
        if message.get("method") == "tools/call" and isinstance(params, dict) and isinstance(params.get("name"), str):
            calls[params["name"]] += 1
    return calls


def _caller(token: AccessToken) -> str:
    """Return who calls: a subject of an issuer (RFC 9068, section 2.2), by whichever client, since one may have as many
    clients as one registers (RFC 7591); a client where it calls for nobody."""
    client, issuer, subject = principal_components(token)
    return json.dumps([issuer, subject] if subject else [issuer, None, client])


_Charge = tuple[_Counted, str, int]
_Decided = tuple[_Counted, RateLimitDecision | None]
"""Without a decision it is refused: nobody knows what is left."""


def _without_one(charges: "list[_Charge]") -> "list[_Charge]":
    """Return what is left to count of a request that was counted as one before its body was read."""
    rest = [(counted, name, cost - (counted.limit.per != "tool")) for counted, name, cost in charges]
    return [each for each in rest if each[2]]


def _allowed(decided: "list[_Decided]") -> bool:
    return all(decision is not None and decision.allowed for _, decision in decided)


def _fields(decided: "list[_Decided]") -> list[tuple[str, str]]:
    least: dict[str, tuple[_Counted, RateLimitDecision]] = {}
    for counted, decision in decided:
        known = least.get(counted.name)
        if decision is not None and (known is None or decision.remaining < known[1].remaining):
            least[counted.name] = counted, decision
    if not least:
        return []
    return [
        ("ratelimit-policy", ", ".join(counted.policy for counted, _ in least.values())),
        ("ratelimit", ", ".join(decision.field(counted.name) for counted, decision in least.values())),
    ]


def _refusal(decided: "list[_Decided]") -> ASGIApp:
    refused = [each for each in decided if not _allowed([each])]
    names = list(dict.fromkeys(counted.name for counted, _ in refused))
    errors: list[DoorwardError] = []
    for _, decision in refused:
        try:
            if decision is None:
                raise error_of("rate_limited")
            decision.check()
        except DoorwardError as over:
            errors.append(over)
    # The longest wait is that of all together.
    error = max(errors, key=retry_after)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        decisions = Decisions.of(scope)
        decisions.refused = error.name
        decisions.limited += names
        if scope["type"] == "websocket":
            await WebSocketClose(1013)(scope, receive, send)
            return
        await _problem(error, names, dict(_fields(refused)))(scope, receive, send)

    return refuse


async def _too_many(scope: Scope, receive: Receive, send: Send, names: list[str]) -> None:
    """Refuse more messages in one body than are ever allowed at once: no retry can succeed."""
    decisions, error = Decisions.of(scope), error_of("too_many_messages")
    decisions.refused = error.name
    decisions.limited += names
    await _problem(error, names)(scope, receive, send)


_may_log = OnceAMinute()


async def _no_room(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a long body while too many others are read, or that has taken too long."""
    error = error_of("reduced_capacity")
    Decisions.of(scope).refused = error.name
    if _may_log("room"):
        logger.warning("long bodies are refused: others that have not ended have all the room, or it took too long")
    await _problem(error)(scope, receive, send)


def _problem(error: DoorwardError, violated: Sequence[str] = (), fields: Mapping[str, str] | None = None) -> Response:
    status, headers, _ = error_response(error.number, resource_metadata=None, retry_after=retry_after(error))
    body = error_problem(error.number, violated=violated)
    return Response(body, status, headers | dict(fields or {}), "application/problem+json")
