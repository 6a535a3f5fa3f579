"""Writes chunks of a UI message stream, and those of a call of a tool server's tool. Pure.

A dynamic tool is one that the client does not know; `providerExecuted` says that the client is not to run it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from api.protocols.approvals import name_of
from chat.events import ToolResult
from chat.tool_calls import Approval, ServerCall, ToolImage

PROVIDER = "holdfast"
"""Names our entry of a part's `providerMetadata`, which clients send back: the id of the part's reply."""

NO_RESULT = "This call has no result, because the reply was stopped before it came."
APPROVED = {"allowed": True, "allowed_session": True, "denied": False, "expired": False}
OURS = {"dynamic": True, "providerExecuted": True}


def chunk(kind: str, **fields: Any) -> bytes:
    return b"data: %b\n\n" % to_json({"type": kind, **fields}, inf_nan_mode="null")


@dataclass
class Call:
    """A call of a tool. `arguments`: what came of them, JSON-escaped. `server`: None for a tool of the client.

    `is_whole`: its input was sent, and `has_result`: its result. `asked`: ids of the questions about it that were sent.
    """

    id: str
    name: str
    server: str | None = None
    title: str | None = None
    arguments: list[bytes] = field(default_factory=list)
    is_whole: bool = False
    has_result: bool = False
    asked: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return str(from_json(b'"%b"' % b"".join(self.arguments)))


def begun(call: Call, reply: str) -> bytes:
    """Returns the first chunk of a call; `reply`: the id of the reply that has it."""
    return chunk("tool-input-start", toolCallId=call.id, toolName=call.name, **_about(call, reply))


def given(call: Call, reply: str) -> bytes:
    """Returns what says that the input of a tool server's call is whole. Arguments that are no JSON stay a text."""
    call.is_whole = True
    about = _about(call, reply)
    return chunk("tool-input-available", toolCallId=call.id, toolName=call.name, input=input_of(call.text), **about)


def _about(call: Call, reply: str) -> dict[str, Any]:
    if call.server is None:
        return {"providerMetadata": {PROVIDER: {"message": reply}}}
    title = {"title": call.title} if call.title else {}
    return {"providerMetadata": {PROVIDER: {"message": reply, "server": call.server}}, **title, **OURS}


def result(call_id: str, result: ToolResult | ServerCall, *, was_asked: bool) -> bytes:
    """Returns the result of a call, b"" without one."""
    content = result.content or ""
    match result.status:
        case None:
            return b""
        case "ok":
            return chunk("tool-output-available", toolCallId=call_id, output=output_of(content, result.images), **OURS)
        case "denied" if was_asked:
            return chunk("tool-output-denied", toolCallId=call_id)
    return chunk(
        "tool-output-error", toolCallId=call_id, errorText=content or f"The call ended: {result.status}.", **OURS
    )


def no_result(call: Call) -> bytes:
    """Returns that a call of a tool server's tool ended without a result."""
    return chunk("tool-output-error", toolCallId=call.id, errorText=NO_RESULT, **OURS)


def approval(call: Call, given: Approval, reply: str, *, is_known: bool = False) -> bytes:
    """Returns what is sent of a question to the user. AI SDK clients know questions whether to call a tool only.

    `is_known`: the client has answered itself. Clients before version 7 do not know the chunk with an answer.
    """
    if given.kind == "input":
        return chunk("data-holdfast-question", id=given.id, data=given.model_dump())
    known, call.asked = call.asked, call.asked | {given.id}
    name = name_of(reply, given)
    frames = b"" if given.id in known else chunk("tool-approval-request", approvalId=name, toolCallId=call.id)
    if given.state in APPROVED and not is_known:
        note = {"reason": given.note} if given.note else {}
        frames += chunk("tool-approval-response", approvalId=name, approved=APPROVED[given.state], **note)
    return frames


def input_of(arguments: str) -> Any:
    """Returns the arguments of a call: the object that they are, or their text where they are no JSON."""
    try:
        return from_json(arguments or "{}", allow_inf_nan=False)
    except ValueError:
        return arguments


def output_of(content: str, images: Sequence[ToolImage] | None) -> Any:
    """Returns a result: its text, with images an object."""
    if not images:
        return content
    return {"text": content, "images": [{"mediaType": each.type, "url": f"/api/files/{each.id}"} for each in images]}
