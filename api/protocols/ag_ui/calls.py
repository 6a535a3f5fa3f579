"""Names what AG-UI clients have of a reply with steps, and writes the messages. Pure.

The text of each request to the model is a message of its own, and so is each result. Their ids are made of the reply's,
so that a client's message is known as a part of that reply.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from api.protocols.segments import segments_of
from chat.events import Snapshot, ToolResult
from chat.tool_calls import ServerCall

DERIVED = re.compile(r"(\d{1,18}-r)\.[cs]\d{1,6}")
NO_RESULT = "This call has no result, because the reply was stopped before it came."


def text_id(reply: str, step: int) -> str:
    """Returns the id of the message with the text of a step: that of the first one is the reply's."""
    return f"{reply}.s{step}" if step else reply


def call_id(reply: str, index: int) -> str:
    """Returns the id of a call of a tool server's tool, and of the message with its result.

    Those of models may come twice in a reply.
    """
    return f"{reply}.c{index}"


def reply_of(message_id: str) -> str:
    """Returns the id of the reply of which a message is a part: its own, unless it was made of the reply's."""
    derived = DERIVED.fullmatch(message_id)
    return derived[1] if derived else message_id


@dataclass
class Call:
    """A call of a tool, as far as it was sent. `is_ours`: of a tool server, which the client does not run.

    `is_open`: its arguments are not whole. `has_result`: its result was sent.
    """

    id: str
    is_ours: bool
    is_open: bool = True
    has_result: bool = False


def content_of(result: ToolResult | ServerCall) -> str | list[dict[str, Any]]:
    """Returns the content of a result's message: a text, or with images a list of parts."""
    if not result.images:
        return result.content or ""
    images = [
        {"type": "image", "source": {"type": "url", "value": f"/api/files/{each.id}", "mimeType": each.type}}
        for each in result.images
    ]
    return [{"type": "text", "text": result.content or ""}, *images]


def messages_of(reply: str, shown: Snapshot) -> Iterator[dict[str, Any]]:
    """Yields the messages of a reply, without its thinking. They have the calls of the steps that are complete."""
    index = 0
    for step, part in enumerate(segments_of(shown.content, "", shown.steps)):
        calls = list(enumerate(part.calls, index)) if part.is_complete else []
        if part.text or calls:
            yield _text_message(text_id(reply, step), part.text, {call_id(reply, at): call for at, call in calls})
        for at, call in calls:
            if call.status:
                name = call_id(reply, at)
                yield {"id": name, "role": "tool", "toolCallId": name, "content": content_of(call)}
        index += len(calls)


def _text_message(name: str, text: str, calls: Mapping[str, ServerCall]) -> dict[str, Any]:
    message: dict[str, Any] = {"id": name, "role": "assistant", "content": text}
    if calls:
        message["toolCalls"] = [
            {"id": each, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for each, call in calls.items()
        ]
    return message
