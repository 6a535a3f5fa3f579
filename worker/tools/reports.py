"""Writes what a worker knows of the tool servers into the store, for the API."""

import asyncio
import time

import structlog

from chat.known_tools import KEEP_SECONDS, KnownServer, KnownTool, KnownTools
from chat.store import RedisError
from chat.store.errors import note
from worker.tools.calls import ServerStatus, Tool
from worker.tools.toolbox import Toolbox

REFRESH_SECONDS = KEEP_SECONDS / 4
RETRY_SECONDS = 5.0

logger = structlog.get_logger(__name__)


class Reports:
    """Writes at the start, when something has changed, and again before it expires."""

    def __init__(self, known: KnownTools) -> None:
        self._known = known
        self._has_changed = asyncio.Event()

    def note_change(self) -> None:
        """Has `run` write again."""
        self._has_changed.set()

    async def run(self, toolbox: Toolbox) -> None:
        """Writes until it is cancelled."""
        while True:
            self._has_changed.clear()
            pause = REFRESH_SECONDS
            try:
                await self._known.write([_known(status) for status in toolbox.status()])
            except (RedisError, OSError) as error:
                logger.warning("tools_not_reported", error=note(error))
                pause = RETRY_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._has_changed.wait()
            except TimeoutError:
                pass


def _known(status: ServerStatus) -> KnownServer:
    tools = [_tool(tool) for tool in status.tools]
    return KnownServer(name=status.name, title=status.title, is_up=status.is_up, checked_at=time.time(), tools=tools)


def _tool(tool: Tool) -> KnownTool:
    return KnownTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        approval=tool.approval,
        is_read_only=tool.is_read_only,
    )
