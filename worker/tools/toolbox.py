"""Offers the tools of all tool servers to turns, and calls them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import structlog

from chat.settings import Settings
from chat.telemetry.traces import Span, Traces
from chat.tools import policy
from worker.tools import measures
from worker.tools.calls import CallContext, InputNeeded, Offered, Outcome, ServerStatus, Tool

if TYPE_CHECKING:
    from worker.tools.watched_server import WatchedServer

START_SECONDS = 10.0
"""How long a worker waits for its servers before it claims turns: some of these have calls that are not made yet."""

OFFER_SECONDS = 2.0
"""How long a turn waits for servers that have not been asked yet."""

CLOSE_SECONDS = 5.0

logger = structlog.get_logger(__name__)


class Toolbox:
    """The tool servers of a worker process. An async context manager.

    Without servers (no `MCP_FILE`) it offers nothing and imports no MCP package, which takes a second.
    """

    def __init__(self, settings: Settings, traces: Traces, on_change: Callable[[], object] = lambda: None) -> None:
        """`on_change` is called when `status` has changed."""
        self._settings = settings
        self._traces = traces
        self._on_change = on_change
        self._servers: dict[str, WatchedServer] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Connects to the servers, for `START_SECONDS` at most; goes on with that in the background.

        Raises `ValueError` where a variable of `MCP_FILE` is missing.
        """
        servers = self._settings.read_tool_servers(needs_variables=True).servers
        if servers:
            from worker.tools.opening import watch  # imports the MCP package

            measures.prepare(servers)
            self._servers = watch(servers.values(), self._settings.tool_response_bytes, self._note_change)
            for server in self._servers.values():
                self._keep(asyncio.create_task(server.run()))
            await self._wait_for(list(self._servers.values()), START_SECONDS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends all calls and connections; takes a few seconds at most."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for server in self._servers.values():
            await server.link.close()

    def status(self) -> list[ServerStatus]:
        """Returns what is known of each server."""
        return [server.status for server in self._servers.values()]

    async def offered(self, patterns: Sequence[str] | None) -> Offered:
        """Returns the tools that fit the patterns (`server/tool`); None: all. Leaves out tools that are never allowed.

        Takes at most two seconds, and only as long as a server has not been asked yet. Never raises.
        """
        servers = [each for name, each in self._servers.items() if policy.may_be_selected(name, patterns)]
        await self._asked(servers)
        states = [server.status for server in servers]
        tools = [
            tool
            for state in states
            if state.is_up
            for tool in state.tools
            if tool.approval != "never" and policy.is_selected(state.name, tool.name, patterns)
        ]
        return Offered(tools, [state.name for state in states if not state.is_up])

    async def call(self, tool: Tool, arguments: dict[str, Any], context: CallContext) -> Outcome | InputNeeded:
        """Calls a tool. Raises nothing but `CancelledError`, within 300 ms: the server has been informed by then."""
        began = asyncio.get_running_loop().time()
        with self._traces.span(
            f"execute_tool {tool.name}",
            context.trace,
            gen_ai__operation__name="execute_tool",
            gen_ai__tool__name=tool.name,
            gen_ai__tool__type="extension",
            gen_ai__tool__call__id=context.call_id,
            mcp__method__name="tools/call",
            holdfast__tool__server=tool.server,
        ) as span:
            try:
                outcome = await self._called(tool, arguments, context, span)
            except asyncio.CancelledError:
                self._note(tool, "cancelled", None, began)
                span.note(error__type="cancelled")
                raise
            if isinstance(outcome, Outcome):
                outcome = replace(outcome, seconds=asyncio.get_running_loop().time() - began)
                self._note(tool, outcome.status, outcome.code, began)
                if outcome.status == "error":
                    span.fail(outcome.code or "tool_error")
            return outcome

    async def _called(
        self, tool: Tool, arguments: dict[str, Any], context: CallContext, span: Span
    ) -> Outcome | InputNeeded:
        from worker.tools.failures import failed
        from worker.tools.running_call import Bounds, RunningCall

        server = self._servers.get(tool.server)
        if not server or (server.status.is_up and not server.has(tool.name)):
            return failed(tool, "tool_unknown")
        bounds = Bounds(self._settings.tool_response_bytes, self._settings.tool_result_chars)
        call = RunningCall(server.link, tool, arguments, context, bounds)
        try:
            outcome = await call.outcome(span.context)
        finally:
            if call.ending:
                self._keep(call.ending)
        if isinstance(outcome, Outcome) and outcome.code in ("tool_server_down", "tool_unknown"):
            server.recheck()
        return outcome

    async def _asked(self, servers: Sequence["WatchedServer"]) -> None:
        """Waits for servers that have not been asked yet. Each is waited for once, however long it takes."""
        await self._wait_for(servers, OFFER_SECONDS)
        for server in servers:
            server.was_asked.set()

    async def _wait_for(self, servers: Sequence["WatchedServer"], seconds: float) -> None:
        waits = [asyncio.create_task(server.was_asked.wait()) for server in servers if not server.was_asked.is_set()]
        if not waits:
            return
        try:
            await asyncio.wait(waits, timeout=seconds)
        finally:
            for wait in waits:
                wait.cancel()

    def _note(self, tool: Tool, status: str, code: str | None, began: float) -> None:
        seconds = asyncio.get_running_loop().time() - began
        measures.note(tool, status, code, seconds)
        logger.info(
            "tool_called", server=tool.server, tool=tool.name, status=status, code=code, seconds=round(seconds, 3)
        )

    def _note_change(self) -> None:
        measures.note_servers(self.status())
        self._on_change()

    def _keep(self, task: "asyncio.Task[None]") -> None:
        """Keeps a task until it ends, and has it cancelled at the end of the toolbox."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
