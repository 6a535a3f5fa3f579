"""Makes the bodies of requests for background responses. Pure."""

from collections.abc import Iterator
from typing import Any

from chat.providers.catalog import Model

Object = dict[str, Any]

RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}
LEFT_OUT = frozenset(
    ("messages", "stream_options", "reasoning_effort", "tools", "tool_choice", "response_format", "verbosity")
)
"""Parameters that responses have in another form."""

PARTS = {"text": "input_text", "image_url": "input_image"}
"""Types of the parts of a message, of chat completions and of responses."""


def background_of(request: Object, model: Model) -> Object:
    """Returns the body for a request for a chat completion, as `request_of` makes it.

    Summaries of the reasoning are asked for where the model thinks; they are what readers see of it.
    """
    body = {RENAMED.get(name, name): value for name, value in request.items() if name not in LEFT_OUT}
    effort = request.get("reasoning_effort")
    if effort or "thinking" in model.can:
        given = {"effort": effort} if effort else {}
        body["reasoning"] = {"summary": "auto", **given, **body.get("reasoning", {})}
    items = [item for each in request["messages"] for item in _items(each)]
    return {**body, **_tools_of(request), **_text_of(request, body), "input": items, "background": True, "store": True}


def _tools_of(request: Object) -> Object:
    """Returns the tools, and which of them the model shall call: without the object `function` around each.

    Responses hold the model to a tool's schema by default, chat completions do not.
    """
    tools, choice = request.get("tools"), request.get("tool_choice")
    given: Object = {"tools": [{"strict": False, **_flat(tool)} for tool in tools]} if tools else {}
    if choice is not None:
        given["tool_choice"] = _flat(choice) if isinstance(choice, dict) else choice
    return given


def _flat(given: Object) -> Object:
    function = given.get("function")
    return {"type": "function", **function} if isinstance(function, dict) else given


def _text_of(request: Object, body: Object) -> Object:
    """Returns the form of the text: its schema, and how long it shall be."""
    text: Object = dict(body.get("text") or {})
    if form := request.get("response_format"):
        schema = form.get("json_schema")
        text["format"] = {"type": form.get("type"), **schema} if isinstance(schema, dict) else form
    if verbosity := request.get("verbosity"):
        text["verbosity"] = verbosity
    return {"text": text} if text else {}


def _items(message: Object) -> Iterator[Object]:
    """Yields a message as input items: calls of tools and their results are items of their own."""
    if message["role"] == "tool":
        output = message["content"]
        result = [_part(part) for part in output] if isinstance(output, list) else output or ""
        yield {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": result}
        return
    calls = message.get("tool_calls") or ()
    if message["content"] or not calls:
        yield _message(message)
    for call in calls:
        yield {"type": "function_call", "call_id": call["id"], **call["function"]}


def _message(message: Object) -> Object:
    content, role = message["content"], message["role"]
    if isinstance(content, list):
        content = [_said(part) if role == "assistant" else _part(part) for part in content]
    return {"role": role, "content": content or ""}


def _said(part: Object) -> Object:
    """Returns a part of what the model has said."""
    return {**part, "type": "output_text"} if part.get("type") == "text" else _part(part)


def _part(part: Object) -> Object:
    if part.get("type") == "image_url":
        image = part["image_url"]
        detail = {"detail": image["detail"]} if "detail" in image else {}
        return {"type": "input_image", "image_url": image["url"], **detail}
    return {**part, "type": PARTS.get(part.get("type", ""), part.get("type"))}
