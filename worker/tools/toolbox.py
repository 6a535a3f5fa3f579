"""Offers the tools of all tool servers to turns, and calls them."""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from chat.settings import Settings
from chat.telemetry.traces import Traces
from worker.tools.calls import CallContext, InputNeeded, Offered, Outcome, ServerStatus, Tool


class Toolbox:
    """The tool servers of a worker process. An async context manager: connects in the background and never waits.

    Without servers (no `MCP_FILE`) it offers nothing and imports no MCP package.
    """

    def __init__(self, settings: Settings, traces: Traces, on_change: Callable[[], object] = lambda: None) -> None:
        """`on_change` is called when `status` has changed."""
        self._settings = settings
        self._traces = traces
        self._on_change = on_change

    async def __aenter__(self) -> Self:
        """Begins to connect to the servers."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancels all calls and closes all connections; takes a few seconds at most."""

    def status(self) -> list[ServerStatus]:
        """Returns what is known of each server."""
        return []

    async def offered(self, patterns: Sequence[str] | None) -> Offered:
        """Returns the tools that fit the patterns (`server/tool`); None: all. Leaves out tools that are never allowed.

        Takes at most two seconds, and only as long as a server has not been asked yet. Never raises.
        """
        return Offered([])

    async def call(self, tool: Tool, arguments: dict[str, Any], context: CallContext) -> Outcome | InputNeeded:
        """Calls a tool. Raises nothing but `CancelledError`, within 300 ms: the server has been informed by then."""
        return Outcome("error", f"The tool server {tool.server} is not reachable.", code="tool_server_down")
