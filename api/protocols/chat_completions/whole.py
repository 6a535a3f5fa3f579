"""Writes a chat completion that is not streamed.

Source: https://platform.openai.com/docs/api-reference/chat/object.
"""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

from api.protocols import openai_errors
from api.protocols.asking import Outcome
from api.protocols.chat_completions.ids import id_of
from api.protocols.errors import ReplyStopped
from api.protocols.openai_failures import status_of
from api.protocols.turn_times import created_at
from chat.client_requests import CalledFunction, ClientToolCall
from chat.errors import UnknownTurn
from chat.events import Error
from chat.messages import Message


def response_of(turn_id: str, model: str, outcome: Outcome, headers: Mapping[str, str]) -> JSONResponse:
    """Returns the answer for an ended turn. Raises `ReplyStopped`, or `UnknownTurn` where the reply was deleted.

    SDKs do not repeat a request whose reply has failed: they would get the same turn, which has tried several times.
    """
    last, reply = outcome.last, outcome.reply
    if isinstance(last, Error):
        body = openai_errors.error_of(status_of(last), last.code, last.content)
        return JSONResponse(body, status_of(last), {**headers, **openai_errors.NO_RETRY})
    if last.finish_reason == "cancelled":
        raise ReplyStopped
    if reply is None and last.message_id:
        raise UnknownTurn
    return JSONResponse(_completion(turn_id, model, reply, last.finish_reason), headers=dict(headers))


def _completion(turn_id: str, model: str, reply: Message | None, reason: str) -> dict[str, Any]:
    choice = {"index": 0, "message": _message(reply), "logprobs": None, "finish_reason": reason}
    body: dict[str, Any] = {
        "id": id_of(turn_id),
        "object": "chat.completion",
        "created": created_at(turn_id),
        "model": (reply and reply.model) or model,
        "choices": [choice],
    }
    if reply and reply.usage:
        body["usage"] = reply.usage.model_dump()
    return body


def _message(reply: Message | None) -> dict[str, Any]:
    text, calls = (reply.content, reply.tool_calls) if reply else ("", None)
    message: dict[str, Any] = {"role": "assistant", "content": text or (None if calls else ""), "refusal": None}
    if reply and reply.thinking:
        message["reasoning_content"] = reply.thinking
    if calls:
        message["tool_calls"] = [
            ClientToolCall(
                id=call.id,
                function=CalledFunction(name=call.name, arguments=call.arguments),
                extra_content=call.extra_content,
            ).model_dump()
            for call in calls
        ]
    return message
