"""Makes the ways to all tool servers."""

import logging
from collections.abc import Callable, Iterable

from chat.tools.servers import ToolServer
from worker.tools.http_link import HttpLink
from worker.tools.stdio_link import StdioLink
from worker.tools.watched_server import WatchedServer

LOUD = ("client", "mcp")
"""Loggers of the MCP package: their records quote what servers say."""


def watch(servers: Iterable[ToolServer], limit: int, on_change: Callable[[], object]) -> dict[str, WatchedServer]:
    """Returns the servers by name, not connected yet. `limit`: bytes of one answer."""
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return {
        server.name: WatchedServer(
            server, HttpLink(server, limit) if server.url else StdioLink(server, limit), on_change
        )
        for server in servers
    }
