"""Connects to a tool server that runs on this machine. All calls of the worker share its one process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from mcp import Client

from chat.tools.servers import ToolServer
from worker.tools import stdio
from worker.tools.calls import InputAnswer, InputRequest
from worker.tools.guard import Exchange
from worker.tools.links import Down, OnChange, OnInput, handlers
from worker.tools.stderr_log import StderrLog

RESTART_SECONDS = 10.0
"""How long a call waits for a server that has ended and is started again."""

GIVEN_UP_SECONDS = 600.0
"""How long a call that was stopped, or ran out of time, may still run in the server, and ask."""


class StdioLink:
    """The way to a server that is a process."""

    is_held = True

    def __init__(self, server: ToolServer, limit: int) -> None:
        """`limit`: bytes of one message."""
        self._server = server
        self._limit = limit
        self._client: Client | None = None
        self._is_connected = asyncio.Event()
        self._has_ended = asyncio.Event()
        self._calls = dict[Exchange, OnInput]()
        self._asking = set[Exchange]()
        self._given_up = dict[str, float]()
        """By conversation, when a call was given up last."""

        self._has_had_calls = False
        self._log = StderrLog(server, lambda: server.log_stderr or not self._has_had_calls)

    @asynccontextmanager
    async def held(self, on_change: OnChange) -> AsyncIterator[Client]:
        """Starts the server. Calls are possible until the end."""
        self._has_ended, self._has_had_calls = asyncio.Event(), False
        self._given_up.clear()
        process = stdio.running(self._server, self._limit, self._on_end, self._log)
        try:
            async with Client(process, **handlers(self._ask, on_change)) as client:
                self._client = client
                self._is_connected.set()
                yield client
        finally:
            self._client = None
            self._is_connected.clear()

    @asynccontextmanager
    async def for_call(self, exchange: Exchange, on_input: OnInput) -> AsyncIterator[Client]:
        """Yields the connection that is held, also of a server that is just started again. Raises `Down`."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RESTART_SECONDS):
                await self._is_connected.wait()
        client = self._client
        if not client or self._has_ended.is_set():
            raise Down
        self._calls[exchange], self._has_had_calls = on_input, True
        try:
            yield client
        except asyncio.CancelledError:
            self._given_up[exchange.session_id] = monotonic()
            raise
        finally:
            del self._calls[exchange]

    async def ended(self) -> None:
        """Returns when the server has ended, or nothing more is read of it."""
        await self._has_ended.wait()

    async def close(self) -> None:
        """Does nothing: the end of `held` ends the server."""

    def _on_end(self, *, is_too_large: bool) -> None:
        self._is_connected.clear()
        if is_too_large and len(self._calls) == 1:
            (exchange,) = self._calls
            exchange.is_too_large = True
        self._has_ended.set()

    async def _ask(self, request: InputRequest) -> InputAnswer:
        """Asks the user of the one call that runs.

        With several, the protocol does not say to which one the question belongs, also not after the others have ended;
        one that was given up may be one of them. So it is cancelled, because another user may not see it, and the
        results of these calls say so.
        """
        if len(self._calls) != 1 or self._may_ask_for_others():
            for exchange in self._calls.keys() - self._asking or self._calls:
                exchange.has_unasked = True
            return InputAnswer("cancel")
        ((exchange, on_input),) = self._calls.items()
        self._asking.add(exchange)
        try:
            return await on_input(request)
        finally:
            self._asking.discard(exchange)

    def _may_ask_for_others(self) -> bool:
        """Whether calls of other conversations than that of the call that runs may still run in the server."""
        begin = monotonic() - GIVEN_UP_SECONDS
        self._given_up = {session: at for session, at in self._given_up.items() if at > begin}
        return bool(self._given_up.keys() - {exchange.session_id for exchange in self._calls})
