"""Writes a stored conversation as the messages of an AI SDK client.

Source: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic_core import from_json

from api.protocols.ai_sdk.translation import NOT_JSON, PROVIDER
from chat.client_requests import ClientRequest
from chat.messages import Message, reply_id
from chat.tool_calls import FunctionCall

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
    for kind, text in (("reasoning", message.thinking), ("text", message.content)):
        if text:
            parts.append({"type": kind, "text": text, "state": "done", "providerMetadata": metadata})
    return [*parts, *(_call(call, metadata) for call in message.tool_calls or ())]


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
