"""Writes a stored conversation as the messages of an AI SDK client.

Source: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import from_json

from api.protocols.ai_sdk.chunks import APPROVED, NO_RESULT, PROVIDER, input_of, output_of
from api.protocols.ai_sdk.translation import NOT_JSON
from api.protocols.approvals import name_of
from api.protocols.segments import segments_of
from chat.client_requests import ClientRequest
from chat.messages import Message, reply_id
from chat.tool_calls import Approval, FunctionCall, ServerCall

Ui = dict[str, Any]


def ui_messages_of(messages: Iterable[Message]) -> list[Ui]:
    """Returns the messages of a branch; questions have their requests.

    A reply that follows results of tools is another step of the message that has called them.
    """
    shown = list[Ui]()
    for message in messages:
        if message.role == "user":
            results = _results(message.request)
            if results and shown and shown[-1]["role"] == "assistant":
                _answer(shown[-1]["parts"], results)
            else:
                shown.append({"id": message.id, "role": "user", "parts": _question(message)})
        elif shown and shown[-1]["role"] == "assistant":
            shown[-1]["parts"] += _reply(message)
        else:
            shown.append({"id": message.id, "role": "assistant", "parts": _reply(message)})
    return shown


def from_a_question(messages: Sequence[Message]) -> Sequence[Message]:
    """Returns the messages from the first question on: what is before it belongs to a message of an earlier page.

    Returns all of them where none is a question.
    """
    begins = (at for at, message in enumerate(messages) if message.role == "user" and not _results(message.request))
    return messages[next(begins, 0) :]


def continued_by(messages: Sequence[Message], turn_id: str) -> Ui | None:
    """Returns the message of which a turn's reply is another step; None if the reply is a message of its own.

    `messages`: of the branch that ends with the turn's question or its reply.
    """
    reply = reply_id(turn_id)
    last = ui_messages_of(message for message in messages if message.id != reply)[-1:]
    return last[0] if last and last[0]["role"] == "assistant" else None


def _question(message: Message) -> list[Ui]:
    files = [
        {"type": "file", "mediaType": each.type, "filename": each.name, "url": f"/api/files/{each.id}"}
        for each in message.attachments or ()
    ]
    return [*files, {"type": "text", "text": message.content}]


def _reply(message: Message) -> list[Ui]:
    metadata = {PROVIDER: {"message": message.id}}
    parts: list[Ui] = [{"type": "step-start"}]
    index = 0
    for part in segments_of(message.content, message.thinking or "", message.steps):
        for kind, text in (("reasoning", part.thinking), ("text", part.text)):
            if text:
                parts.append({"type": kind, "text": text, "state": "done", "providerMetadata": metadata})
        parts += [_server_call(f"{message.id}-{at}", call, message.id) for at, call in enumerate(part.calls, index)]
        index += len(part.calls)
    return [*parts, *(_call(call, metadata) for call in message.tool_calls or ())]


def _server_call(name: str, call: ServerCall, reply: str) -> Ui:
    """Returns a call of a tool server's tool, with its result. `name`: its id in the stream."""
    part: Ui = {"type": "dynamic-tool", "toolName": call.name, "toolCallId": name, "providerExecuted": True}
    part |= {"title": call.title} if call.title else {}
    part |= {"callProviderMetadata": {PROVIDER: {"message": reply, "server": call.server}}}
    part |= {"input": input_of(call.arguments)}
    asked = _asked(call.approval, reply)
    if call.status == "ok":
        return part | {"state": "output-available", "output": output_of(call.content or "", call.images), **asked}
    if call.status == "denied" and asked:
        return part | {"state": "output-denied", **asked}
    return part | {"state": "output-error", "errorText": call.content or NO_RESULT, **asked}


def _asked(approval: Approval | None, reply: str) -> Ui:
    """Returns how the user has answered whether the tool may be called."""
    if approval is None or approval.kind != "call" or approval.state not in APPROVED:
        return {}
    note = {"reason": approval.note} if approval.note else {}
    return {"approval": {"id": name_of(reply, approval), "approved": APPROVED[approval.state], **note}}


def _call(call: FunctionCall, metadata: Ui) -> Ui:
    part: Ui = {"type": f"tool-{call.name}", "toolCallId": call.id, "callProviderMetadata": metadata}
    try:
        return part | {"state": "input-available", "input": from_json(call.arguments or "{}", allow_inf_nan=False)}
    except ValueError:
        return part | {"state": "output-error", "input": call.arguments, "errorText": NOT_JSON}


def _results(request: ClientRequest | None) -> dict[str, str]:
    """Returns the results of a question that has nothing else."""
    given = request.messages if request else []
    if any(each.role != "tool" for each in given):
        return {}
    return {each.tool_call_id or "": each.text for each in given}


def _answer(parts: list[Ui], results: dict[str, str]) -> None:
    for part in parts:
        if part.get("state") == "input-available" and part["toolCallId"] in results:
            part["state"], part["output"] = "output-available", _value(results[part["toolCallId"]])


def _value(text: str) -> Any:
    """Returns a result as the client has sent it: a text, or what it has written as JSON."""
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return text
