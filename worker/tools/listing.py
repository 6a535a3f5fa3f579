"""Reads the list of tools of a server."""

from dataclasses import dataclass

import mcp_types
from mcp import Client, MCPError
from mcp_types import METHOD_NOT_FOUND

from chat.tools.servers import ToolServer
from worker.tools.calls import Tool
from worker.tools.schemas import TOOLS, tools_of

PAGES = 50
REFRESH_SECONDS = 60.0
HELD_REFRESH_SECONDS = 300.0
"""How long a list is used without a word of the server, and where the server says when it changes."""

SHORTEST_SECONDS = 10.0
LONGEST_SECONDS = 3600.0
"""Bounds of the time that a server gives its list."""


@dataclass(frozen=True)
class Listing:
    """The allowed tools of a server. `announces_changes`: it says when they change. `ttl`: seconds until the next."""

    tools: tuple[Tool, ...]
    announces_changes: bool
    ttl: float


async def read_listing(client: Client, server: ToolServer) -> Listing:
    """Returns the tools. A server without tools has an empty list."""
    capability = client.server_capabilities.tools
    announces = bool(capability and capability.list_changed)
    listed, ttl = list[mcp_types.Tool](), 0.0
    cursor: str | None = None
    for _ in range(PAGES):
        try:
            page = await client.list_tools(cursor=cursor)
        except MCPError as error:
            if error.code != METHOD_NOT_FOUND:
                raise
            break
        listed += page.tools
        ttl = page.ttl_ms / 1000
        if not page.next_cursor or page.next_cursor == cursor or len(listed) >= 4 * TOOLS:
            break
        cursor = page.next_cursor
    default = HELD_REFRESH_SECONDS if announces else REFRESH_SECONDS
    bounded = min(max(ttl, SHORTEST_SECONDS), LONGEST_SECONDS) if ttl else default
    return Listing(tuple(tools_of(server, listed)), announces, bounded)
