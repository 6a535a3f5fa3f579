"""Decides what happens to a call of a tool: it is run, it ends without being run, or the user is asked. Pure."""

import json
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from chat.asks import Answer
from chat.tool_calls import ResultStatus, ServerCall
from worker.tools.calls import Tool

UNKNOWN_TOOL = "There is no tool of this name now. Its server may be down."
BAD_ARGUMENTS = "Not run: the arguments are not a JSON object. They were: {}"
NOT_ALLOWED = "Not run: the operator does not allow this tool."
DENIED = "Not run: the user does not allow this call."
LOST = (
    "Unknown: the worker was lost while the call ran. The call may or may not have taken effect. It is not repeated, "
    "because a second call could do harm."
)
QUOTED_CHARS = 500


@dataclass(frozen=True)
class Run:
    """The call goes to its server."""

    tool: Tool
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Finish:
    """The call ends without being run. `content`: for the model and the user."""

    status: ResultStatus
    content: str
    code: str | None = None


@dataclass(frozen=True)
class AskUser:
    """The user is asked whether the call may be run."""


Decision = Run | Finish | AskUser


def decide(
    call: ServerCall, tool: Tool | None, answer: Answer | None, *, is_allowed: bool, has_input: bool = False
) -> Decision:
    """Returns what happens to a call without a result.

    `tool`: None where no tool server offers it now. `answer`: what the user has said about this call. `is_allowed`: the
    user allows the tool in this conversation. `has_input`: the tool has ended the call with questions, which the user
    has answered; it waits for the call with the answers.
    """
    if call.started and not has_input and not (tool and tool.is_repeatable):
        return Finish("unknown", LOST)
    if tool is None:
        return Finish("error", UNKNOWN_TOOL, "tool_unknown")
    arguments = arguments_of(call.arguments)
    if arguments is None:
        return Finish("error", BAD_ARGUMENTS.format(call.arguments[:QUOTED_CHARS]), "tool_bad_arguments")
    if tool.approval == "never":
        return Finish("denied", NOT_ALLOWED, "tool_not_allowed")
    if answer and answer.state not in ("allowed", "allowed_session"):  # also where the tool was allowed since
        return Finish("denied", "\n".join(filter(None, (DENIED, answer.note))))
    if tool.approval == "ask" and answer is None and not (is_allowed or call.started):
        return AskUser()
    return Run(tool, arguments)


def arguments_of(text: str) -> dict[str, Any] | None:
    """Returns a call's arguments; None where they are no JSON object. Some models send nothing for no arguments."""
    try:
        arguments: Any = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return None
    return arguments if isinstance(arguments, dict) else None


def allows(allowed: Set[str], tool: Tool | None) -> bool:
    """Returns whether the user allows the tool in the whole conversation. `allowed`: names `server/tool`."""
    return tool is not None and f"{tool.server}/{tool.name}" in allowed
