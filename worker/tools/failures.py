"""Says why a call has no result: a code, and a sentence for the model and the user. Pure."""

import httpx2
from mcp import MCPError
from mcp_types import CONNECTION_CLOSED, INVALID_PARAMS, METHOD_NOT_FOUND, PARSE_ERROR, REQUEST_TIMEOUT
from pydantic import ValidationError

from worker.tools.calls import ErrorCode, Outcome, Tool
from worker.tools.guard import Exchange
from worker.tools.links import Down
from worker.tools.questions import Unsupported

REASON_CHARS = 1000
REMOTE: dict[int, ErrorCode] = {
    INVALID_PARAMS: "tool_bad_arguments",
    METHOD_NOT_FOUND: "tool_unknown",
    REQUEST_TIMEOUT: "tool_timeout",
}
"""What errors of JSON-RPC mean."""

MADE_UP = ("Server returned an error response", "Not Found", "Session terminated")
"""What the package says where a server answers with a status of HTTP and no words of the protocol."""

BEFORE = (Down, httpx2.ConnectError, httpx2.ConnectTimeout)
NOT_RUN, MAYBE_RUN = "The tool did not run.", "Whether the tool ran is not known."


def failed(tool: Tool, code: ErrorCode, reason: str = "") -> Outcome:
    """Returns the outcome of a call without a result. `reason`: the server's words."""
    sentences: dict[ErrorCode, str] = {
        "tool_server_down": f"The tool server {tool.server} cannot be reached.",
        "tool_timeout": f"The tool did not answer within {tool.timeout:g} seconds. Whether it ran is not known.",
        "tool_result_too_large": "The tool's result is too large to be read. Ask for less, for example for a part.",
        "tool_failed": "The tool server reported an error.",
        "tool_unknown": f"The tool server {tool.server} has no tool {tool.name}.",
        "tool_bad_arguments": "The tool server does not accept these arguments.",
    }
    words = " ".join(part for part in (sentences[code], reason[:REASON_CHARS]) if part)
    return Outcome("error", words.encode("utf-8", "replace").decode("utf-8"), code=code)


def outcome_of(error: BaseException, tool: Tool, exchange: Exchange) -> Outcome:
    """Returns the outcome of a call that ended with an exception."""
    cause = leaf(error)
    if exchange.is_too_large:
        return failed(tool, "tool_result_too_large")
    if isinstance(cause, Unsupported):
        return failed(tool, "tool_failed", "It asks for something that Holdfast does not give to tools.")
    if isinstance(cause, ValidationError) or (isinstance(cause, MCPError) and cause.code == PARSE_ERROR):
        return failed(tool, "tool_failed", "Its answer does not follow the protocol.")
    if isinstance(cause, MCPError) and not exchange.refusal and not _is_of_connection(cause, exchange):
        code = REMOTE.get(cause.code, "tool_failed")
        return failed(tool, code, cause.message if code in ("tool_failed", "tool_bad_arguments") else "")
    return failed(tool, "tool_server_down", NOT_RUN if isinstance(cause, BEFORE) else MAYBE_RUN)


def _is_of_connection(error: MCPError, exchange: Exchange) -> bool:
    """Whether the package made the error, because the connection failed. Servers use these codes, too."""
    if error.code == CONNECTION_CLOSED:
        return error.message.startswith(("Connection closed", "SSE stream"))
    return bool(exchange.status) and error.message in MADE_UP


def leaf(error: BaseException) -> BaseException:
    """Returns the first exception of a group that is none itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def kind_of(error: BaseException, exchange: Exchange) -> str:
    """Names a failure for the log, without anything that a server said."""
    if exchange.is_too_large:
        return "too_large"
    status = f"http_{exchange.status}" if exchange.status else ""
    return exchange.refusal or status or type(leaf(error)).__name__
