"""Describes the tools of the one-machine start."""

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from launcher.tools import calculator, reading

READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

server = MCPServer("holdfast", title="Holdfast", log_level="WARNING")


@server.tool(title="Time", annotations=READS, structured_output=False)
def now(time_zone: str = "UTC") -> str:
    """Returns the date, the weekday and the time in a time zone, such as Europe/Berlin or Asia/Shanghai."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ToolError(f"There is no time zone {time_zone}. Use a name such as Europe/Berlin.") from None
    return datetime.now(zone).strftime("%A, %Y-%m-%d %H:%M:%S %Z")


@server.tool(title="Calculator", annotations=READS, structured_output=False)
def calculate(expression: str) -> str:
    """Computes an arithmetic expression, such as (3 + 4) * 2 ** 10 or sqrt(2) / 3."""
    try:
        return calculator.compute(expression)
    except calculator.NotComputed as error:
        raise ToolError(str(error)) from None


@server.tool(title="List files", annotations=READS, structured_output=False)
def list_files(context: Context) -> str:
    """Lists the files that are attached to this conversation."""
    return reading.listed(reading.files_of(context.request_context.meta))


@server.tool(title="Read file", annotations=READS, structured_output=False)
def read_file(name: str, context: Context, first_line: int = 1, lines: int = 200) -> str:
    """Returns lines of a file that is attached to this conversation."""
    try:
        return reading.lines_of(reading.files_of(context.request_context.meta), name, first_line, lines)
    except reading.NoSuchFile as error:
        raise ToolError(str(error)) from None
