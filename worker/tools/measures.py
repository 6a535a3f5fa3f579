"""Counts calls of tools, for metrics. Labels are bounded: by the servers of `MCP_FILE`, and by a number of tools."""

from collections.abc import Iterable

from worker import metrics
from worker.tools.calls import ServerStatus, Tool

TOOLS = 100
"""Tools of one server that have a label of their own. Further ones, of a server that changes them, are `other`."""

OTHER = "other"
_labels: dict[str, set[str]] = {}


def prepare(servers: Iterable[str]) -> None:
    """Creates the series of the servers."""
    for server in servers:
        metrics.TOOL_SERVER_UP.labels(server).set(0)


def note(tool: Tool, status: str, code: str | None, seconds: float) -> None:
    """Counts a call. `status`: how it ended; `code`: why our side could not make it; `seconds`: how long it took."""
    name = _label(tool)
    metrics.TOOL_CALLS.labels(tool.server, name, status).inc()
    metrics.TOOL_SECONDS.labels(tool.server, name).observe(seconds)
    if code:
        metrics.TOOL_FAILURES.labels(tool.server, code).inc()


def note_servers(servers: Iterable[ServerStatus]) -> None:
    """Sets which servers are up."""
    for server in servers:
        metrics.TOOL_SERVER_UP.labels(server.name).set(server.is_up)


def _label(tool: Tool) -> str:
    known = _labels.setdefault(tool.server, set())
    if len(known) < TOOLS:
        known.add(tool.name)
    return tool.name if tool.name in known else OTHER
