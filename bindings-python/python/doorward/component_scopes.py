"""The scopes that tools, resources and prompts of a FastMCP server need, as they are declared to FastMCP."""

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from fastmcp import FastMCP
from fastmcp.exceptions import AuthorizationError
from fastmcp.prompts import Prompt
from fastmcp.resources import ResourceTemplate
from fastmcp.server.auth import AccessToken, AuthContext, run_auth_checks
from fastmcp.server.context import reset_transport, set_transport
from fastmcp.server.middleware import AuthMiddleware
from fastmcp.server.providers import LocalProvider
from fastmcp.tools import Tool
from fastmcp.utilities.versions import VersionSpec

__all__ = ["ComponentScopes", "version_of"]

logger = logging.getLogger("doorward")

_NOBODY = AccessToken(token="", client_id="", scopes=[])


@contextlib.contextmanager
def _all() -> Iterator[None]:
    """Ask as over stdio, where FastMCP finds and lists everything."""
    before = set_transport("stdio")
    try:
        yield
    finally:
        reset_transport(before)


def _checks(owner: Any) -> list[Any]:
    auth = owner.auth
    return [] if auth is None else auth if isinstance(auth, list) else [auth]


def _missing(checks: Iterable[Any], context: AuthContext) -> set[str]:
    """Return the scopes that checks ask for; other checks of FastMCP say nothing."""
    each = (check.missing_scopes(context) for check in checks if hasattr(check, "missing_scopes"))
    return {scope for scopes in each for scope in scopes}


async def _checks_behind(component: Any) -> list[Any]:
    """Return the checks of a component, and those behind it where it is one of a server that is mounted."""
    checks, server = _checks(component), getattr(component, "_server", None)
    if not isinstance(server, FastMCP):
        return checks
    original: Any = component
    with _all():
        behind: Any
        if isinstance(component, Tool):
            behind = await server.get_tool(original._original_name)
        elif isinstance(component, Prompt):
            behind = await server.get_prompt(original._original_name)
        elif isinstance(component, ResourceTemplate):
            behind = await server.get_resource_template(original._original_uri_template)
        else:
            behind = await server.get_resource(original._original_uri)
    return [*checks, *_of_server(server), *(await _checks_behind(behind) if behind is not None else ())]


def _of_server(server: FastMCP[Any]) -> list[Any]:
    return [check for one in server.middleware if isinstance(one, AuthMiddleware) for check in _checks(one)]


class ComponentScopes:
    """What the components of one server need."""

    def __init__(self, server: FastMCP[Any]) -> None:
        """Create the components' scopes for a server, whose components may change."""
        self._server = server

    def are_own(self) -> bool:
        """Return whether all components are the server's own, so that none but it is asked for them."""
        return all(map(self._is_own, self._server.providers))

    def _is_own(self, provider: object) -> bool:
        return type(provider) is LocalProvider or provider is getattr(self._server, "_local_provider", None)

    def may_be_needed(self) -> bool:
        """Return whether a component may need a scope, by what can be seen without asking for any."""
        server = self._server
        for one in server.middleware:
            if isinstance(one, AuthMiddleware) and _checks(one):
                return True
        for provider in server.providers:
            # The server's own, and what is like it: what is in others is not to be seen.
            components = getattr(provider, "_components", None) if self._is_own(provider) else None
            if components is None:
                return True
            for component in components.values():
                if component.auth is not None:
                    return True
        return False

    async def declared(self) -> set[str]:
        """Return every scope that a component needs."""
        server, scopes, of_server = self._server, set[str](), _of_server(self._server)
        if not self.may_be_needed():
            return scopes
        with _all():
            for each in (server.list_tools, server.list_resources, server.list_resource_templates, server.list_prompts):
                list_them: Callable[..., Awaitable[Iterable[Any]]] = each
                for component in await list_them(run_middleware=False):
                    checks = [*await _checks_behind(component), *of_server]
                    scopes |= _missing(checks, AuthContext(_NOBODY, component))
        return scopes

    async def shortfall(self, message: Mapping[str, Any], token: AccessToken) -> set[str]:
        """Return the scopes that a token lacks for what a message asks for, if nothing else keeps it out.

        FastMCP says that there is no such component; whatever is not sure here is left to it.
        """
        method, params = message.get("method"), message.get("params")
        name, find = _FINDERS.get(method if isinstance(method, str) else "", ("", None))
        if find is None or not isinstance(params, dict) or not isinstance(params.get(name), str):
            return set()
        try:
            return await self._shortfall(functools.partial(find, self._server, params), token)
        except AuthorizationError:
            return set()
        except Exception as error:
            logger.debug("what %s needs is not known: %s", method, type(error).__name__)
            return set()

    async def _shortfall(self, find: Callable[[], Awaitable[Any]], token: AccessToken) -> set[str]:
        component = await find()
        if component is None:
            with _all():
                component = await find()
        if component is None:
            return set()
        checks = [*await _checks_behind(component), *_of_server(self._server)]
        context = AuthContext(token, component)
        missing = _missing(checks, context)
        # Who is kept out by something else is not sent for scopes that would not help.
        others = [check for check in checks if not hasattr(check, "missing_scopes")]
        return missing if not missing or not others or await run_auth_checks(others, context) else set()


def version_of(meta: Any) -> VersionSpec | None:
    """Return the version of a component that a request's `_meta` asks for: a text, or the bounds of one, as FastMCP
    notes it for middleware."""
    fastmcp = meta.get("fastmcp") if isinstance(meta, dict) else None
    version = fastmcp.get("version") if isinstance(fastmcp, dict) else None
    if isinstance(version, dict):
        return VersionSpec(**version)
    return VersionSpec(eq=version) if isinstance(version, str) else None


async def _tool(server: FastMCP[Any], params: Mapping[str, Any]) -> Any:
    return await server.get_tool(params["name"], version_of(params.get("_meta")))


async def _resource(server: FastMCP[Any], params: Mapping[str, Any]) -> Any:
    uri, version = params["uri"], version_of(params.get("_meta"))
    return await server.get_resource(uri, version) or await server.get_resource_template(uri, version)


async def _prompt(server: FastMCP[Any], params: Mapping[str, Any]) -> Any:
    return await server.get_prompt(params["name"], version_of(params.get("_meta")))


_FINDERS: dict[str, tuple[str, Callable[[FastMCP[Any], Mapping[str, Any]], Awaitable[Any]]]] = {
    "tools/call": ("name", _tool),
    "resources/read": ("uri", _resource),
    "prompts/get": ("name", _prompt),
}
