"""Keeps up a tool server's list of tools, and calls its tools."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import structlog
from mcp import Client

from chat.tools.servers import ToolServer
from worker.tools.calls import ServerStatus, Tool
from worker.tools.failures import leaf
from worker.tools.links import Down, Link
from worker.tools.listing import Listing, read_listing

START_SECONDS = 60.0
"""How long a server may take to start or to accept a connection, and to list its tools."""

LIST_SECONDS = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
"""Seconds until a server that is down is asked again; each time twice as many."""

RELISTEN_SECONDS = 1.0
"""Pause before a list is read that has changed, and after the end of the connection that announces changes."""

logger = structlog.get_logger(__name__)


class WatchedServer:
    """One tool server. `on_change` is called when it is up, down, or has other tools.

    `link` is how it is called. `was_asked` is set when it is known whether the server is up.
    """

    def __init__(self, server: ToolServer, link: Link, on_change: Callable[[], object]) -> None:
        self.server = server
        self.link = link
        self.was_asked = asyncio.Event()
        self._on_change = on_change
        self._is_up: bool | None = None
        self._tools: tuple[Tool, ...] = ()
        self._is_stale = asyncio.Event()

    @property
    def status(self) -> ServerStatus:
        """What is known of the server."""
        return ServerStatus(self.server.name, self.server.shown_name, bool(self._is_up), self._tools)

    def has(self, name: str) -> bool:
        """Whether the server listed a tool with that name last."""
        return any(tool.name == name for tool in self._tools)

    def recheck(self) -> None:
        """Has the list read again now, after a call has failed."""
        self._is_stale.set()

    async def run(self) -> None:
        """Keeps the list up to date, until it is cancelled."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._watch()
            except (Exception, asyncio.CancelledError) as error:
                if _is_cancelled():
                    raise
                pause = FIRST_PAUSE if self._is_up else pause
                self._note_down(type(leaf(error)).__name__)
                await self._stale_within(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _watch(self) -> None:
        """Reads the list as long as the connection lasts. Without one to hold, reads it once and waits its time."""
        async with AsyncExitStack() as stack:
            self._is_stale.clear()
            async with asyncio.timeout(START_SECONDS):
                client = await stack.enter_async_context(self.link.held(self._is_stale.set))
                listing = await read_listing(client, self.server)
            self._note_up(listing)
            if self.link.is_held or listing.announces_changes:
                ended = await stack.enter_async_context(self._ending(client, listing))
                while await self._changed_before(ended, listing.ttl):
                    await asyncio.sleep(RELISTEN_SECONDS)  # a server may announce a change with each reading
                    self._is_stale.clear()
                    async with asyncio.timeout(LIST_SECONDS):
                        listing = await read_listing(client, self.server)
                    self._note_up(listing)
                if self.link.is_held:
                    raise Down
                listing = replace(listing, ttl=RELISTEN_SECONDS)
        await self._stale_within(listing.ttl)

    @asynccontextmanager
    async def _ending(self, client: Client, listing: Listing) -> AsyncIterator["asyncio.Task[None]"]:
        """Listens for changes of the list. The task ends with the connection."""
        listens = listing.announces_changes and client.session.discover_result
        ending = asyncio.create_task(self._listen(client) if listens else self.link.ended())
        try:
            yield ending
        finally:
            ending.cancel()
            await asyncio.wait({ending})

    async def _listen(self, client: Client) -> None:
        with contextlib.suppress(Exception):  # the end of the connection
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._is_stale.set()

    async def _changed_before(self, ended: "asyncio.Task[None]", seconds: float) -> bool:
        """Waits for a change or for the end of the list's time. False: the connection has ended."""
        stale = asyncio.create_task(self._is_stale.wait())
        try:
            await asyncio.wait({stale, ended}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stale.cancel()
        return not ended.done()

    async def _stale_within(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_stale.wait()
        self._is_stale.clear()

    def _note_up(self, listing: Listing) -> None:
        is_news = not self._is_up or self._tools != listing.tools
        self._is_up, self._tools = True, listing.tools
        self.was_asked.set()
        if is_news:
            logger.info("tool_server_up", server=self.server.name, tools=len(listing.tools))
            self._on_change()

    def _note_down(self, why: str) -> None:
        is_news = self._is_up is not False
        self._is_up = False
        self.was_asked.set()
        if is_news:
            logger.warning("tool_server_down", server=self.server.name, error=why)
            self._on_change()


def _is_cancelled() -> bool:
    """Whether this task shall end. The package also cancels it where a connection breaks."""
    task = asyncio.current_task()
    return bool(task and task.cancelling())
