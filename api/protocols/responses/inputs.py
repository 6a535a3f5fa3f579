"""Translates between input items and the messages of a client's request. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

from pydantic_core import to_json

from api.protocols.errors import UnsupportedParameter
from api.protocols.responses.ids import item_id
from api.protocols.responses.schemas import (
    CallItem,
    ImagePart,
    Item,
    MessageItem,
    OutputItem,
    Part,
    ReasoningItem,
    ServerCallItem,
)
from chat.client_requests import FILE, CalledFunction, ClientMessage, ClientPart, ClientToolCall, ImageUrl

Object = dict[str, Any]


def messages_of(items: Sequence[Item]) -> list[ClientMessage]:
    """Returns the messages. Calls belong to the model's message before them; thinking to the one after it.

    Raises `UnsupportedParameter` for a picture without its content.
    """
    messages, thinking = list[ClientMessage](), list[str]()
    for at, item in enumerate(items):
        where = f"input[{at}]"
        match item:
            case ReasoningItem():
                thinking += [part.text for part in item.summary or item.content or ()]
                continue
            case CallItem():
                _add_call(messages, item, begins=bool(thinking))
            case ServerCallItem():
                messages += _server_call(item)
            case MessageItem() | OutputItem():
                messages.append(_message(item, where))
            case _:  # questions about calls, which have no meaning here, and answers to them, which the route takes
                continue
        if thinking and messages[-1].role == "assistant":
            messages[-1].reasoning_content = "\n\n".join(thinking)
        thinking.clear()
    return messages


def _add_call(messages: list[ClientMessage], item: CallItem, *, begins: bool) -> None:
    call = ClientToolCall(id=item.call_id, function=CalledFunction(name=item.name, arguments=item.arguments))
    if begins or not messages or messages[-1].role != "assistant":
        messages.append(ClientMessage(role="assistant"))
    messages[-1].tool_calls = [*(messages[-1].tool_calls or ()), call]


def _message(item: MessageItem | OutputItem, where: str) -> ClientMessage:
    if isinstance(item, MessageItem):
        return ClientMessage(role=item.role, content=_content(item.content, f"{where}.content"))
    return ClientMessage(role="tool", tool_call_id=item.call_id, content=_content(item.output, f"{where}.output"))


def _server_call(item: ServerCallItem) -> Iterator[ClientMessage]:
    """Yields a call that this server has made for an earlier reply, and its result."""
    function = CalledFunction(name=f"{item.server_label}__{item.name}", arguments=item.arguments)
    yield ClientMessage(role="assistant", tool_calls=[ClientToolCall(id=item.id, function=function)])
    output = item.output if item.output is not None else to_json(item.error, inf_nan_mode="null").decode()
    yield ClientMessage(role="tool", tool_call_id=item.id, content=output)


def _content(parts: Sequence[Part], where: str) -> str | list[ClientPart]:
    if len(parts) == 1 and not isinstance(parts[0], ImagePart):
        return parts[0].text
    return [_part(part, f"{where}[{at}]") for at, part in enumerate(parts)]


def _part(part: Part, where: str) -> ClientPart:
    if not isinstance(part, ImagePart):
        return ClientPart(type="text", text=part.text)
    url = part.image_url or (part.file_id and FILE + part.file_id)
    if not url:
        raise UnsupportedParameter(where, "Give the picture as image_url, a data URL, or as file_id of POST /files.")
    return ClientPart(type="image_url", image_url=ImageUrl(url=url, detail=part.detail))


def items_of(turn_id: str, messages: Iterable[ClientMessage]) -> list[Object]:
    """Returns the messages as input items, with ids."""
    numbers = count()
    return [
        {"id": item_id(prefix, turn_id, f"in{next(numbers)}"), **item}
        for message in messages
        for prefix, item in _items(message)
    ]


def _items(message: ClientMessage) -> Iterator[tuple[str, Object]]:
    """Yields the items of a message, each after the prefix of its id."""
    if message.reasoning_content:
        summary = [{"type": "summary_text", "text": message.reasoning_content}]
        yield "rs", {"type": "reasoning", "summary": summary, "status": "completed"}
    if message.role == "tool":
        whole = {"type": "function_call_output", "call_id": message.tool_call_id or "", "status": "completed"}
        output = _parts(message, "input_text") if isinstance(message.content, list) else message.content or ""
        yield "fco", {**whole, "output": output}
        return
    if message.content is not None or not message.tool_calls:
        kind = "output_text" if message.role == "assistant" else "input_text"
        content = _parts(message, kind)
        yield "msg", {"type": "message", "role": message.role, "content": content, "status": "completed"}
    for call in message.tool_calls or ():
        named = {"call_id": call.id, "name": call.function.name, "arguments": call.function.arguments}
        yield "fc", {"type": "function_call", **named, "status": "completed"}


def _parts(message: ClientMessage, kind: str) -> list[Object]:
    if not isinstance(message.content, list):
        return [_text(kind, message.content or "")]
    return [_image(part.image_url) if part.image_url else _text(kind, part.text or "") for part in message.content]


def _text(kind: str, text: str) -> Object:
    return {"type": kind, "text": text} | ({"annotations": [], "logprobs": []} if kind == "output_text" else {})


def _image(image: ImageUrl) -> Object:
    return {"type": "input_image", "detail": image.detail or "auto", "file_id": image.url.removeprefix(FILE)}
