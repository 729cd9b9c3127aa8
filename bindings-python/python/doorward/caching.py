"""Answers of tools that only read, kept for a while.

mcp.add_middleware(ReadOnlyCache(seconds=60))


@mcp.tool(annotations={"readOnlyHint": True})
async def forecast(city: str) -> str: ...
"""

from typing import Any

try:
    from fastmcp.exceptions import NotFoundError
    from fastmcp.server.middleware.caching import ResponseCachingMiddleware
except ModuleNotFoundError as error:
    raise ModuleNotFoundError("doorward.caching: pip install 'doorward[fastmcp]'") from error
from key_value.aio.stores.memory import MemoryStore

from doorward import arguments
from doorward.component_scopes import version_of

__all__ = ["ReadOnlyCache"]


class ReadOnlyCache(ResponseCachingMiddleware):
    """FastMCP's cache, for the tools that say of themselves that they only read (`readOnlyHint`), and for nothing else.

    What is kept is kept for who asked: by the hash of the token or key, beside the tool and its arguments. Who is not
    authorized any more gets nothing of it, since each request is authenticated before.
    """

    def __init__(self, seconds: int = 60, *, most: int = 1024, longest: int = 1 << 16) -> None:
        """Create a cache for answers of at most `longest` bytes, of which `most` are kept for so many seconds."""
        arguments.check(locals(), dict.fromkeys(("seconds", "most", "longest"), arguments.more_than_none))
        off: Any = {"enabled": False}
        super().__init__(
            cache_storage=MemoryStore(max_entries_per_collection=most),
            list_tools_settings=off,
            list_resources_settings=off,
            list_prompts_settings=off,
            read_resource_settings=off,
            get_prompt_settings=off,
            call_tool_settings={"ttl": seconds},
            max_item_size=longest,
        )

    async def on_call_tool(self, context: Any, call_next: Any) -> Any:
        """Return the response of a tool: a cached one, if the tool is read-only."""
        try:
            # The one that is called: another version of it may write.
            version = version_of(context.message.meta)
            tool = await context.fastmcp_context.fastmcp.get_tool(context.message.name, version)
        except NotFoundError:
            tool = None
        hints = {} if tool is None or tool.annotations is None else tool.annotations.model_dump(by_alias=True)
        if hints.get("readOnlyHint") is not True:
            return await call_next(context)
        return await super().on_call_tool(context, call_next)
