"""Makes the bodies of requests for background responses. Pure."""

from typing import Any

from chat.providers.catalog import Model

RENAMED = {"max_tokens": "max_output_tokens", "max_completion_tokens": "max_output_tokens"}
LEFT_OUT = frozenset(("messages", "stream_options", "reasoning_effort"))
PARTS = {"text": "input_text", "image_url": "input_image"}
"""Types of the parts of a message, of chat completions and of responses."""


def background_of(request: dict[str, Any], model: Model) -> dict[str, Any]:
    """Returns the body for a request for a chat completion, as `request_of` makes it.

    Summaries of the reasoning are asked for where the model thinks; they are what readers see of it.
    """
    body = {RENAMED.get(name, name): value for name, value in request.items() if name not in LEFT_OUT}
    effort = request.get("reasoning_effort")
    if effort or "thinking" in model.can:
        given = {"effort": effort} if effort else {}
        body["reasoning"] = {"summary": "auto", **given, **body.get("reasoning", {})}
    return {**body, "input": [_message(each) for each in request["messages"]], "background": True, "store": True}


def _message(message: dict[str, Any]) -> dict[str, Any]:
    content = message["content"]
    return message if isinstance(content, str) else {**message, "content": [_part(part) for part in content]}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") == "image_url":
        image = part["image_url"]
        detail = {"detail": image["detail"]} if "detail" in image else {}
        return {"type": "input_image", "image_url": image["url"], **detail}
    return {**part, "type": PARTS.get(part.get("type", ""), part.get("type"))}
