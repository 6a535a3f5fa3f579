"""Pure: one payload of a chat completion stream in, what it adds to the reply out."""

import json
from typing import Any, Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from chat.messages import Usage
from worker import failures

DONE = b"[DONE]"
Reason = Literal["stop", "length", "content_filter"]
_KEPT: dict[str, Reason] = {"length": "length", "content_filter": "content_filter"}
_FAILED = ("error", "abort", "insufficient_system_resource")
"""Reasons by which servers (vLLM, SGLang, DeepSeek) say that the reply is not whole."""


class Delta(NamedTuple):
    content: str = ""
    thinking: str = ""
    finish_reason: Reason | None = None
    usage: Usage | None = None


def parse(payload: bytes) -> Delta:
    """Raises `ModelFailure` for what is no chat completion chunk, or tells of an error."""
    data = _decoded(payload)
    if not isinstance(data, dict):
        raise failures.broken_stream()
    if data.get("error"):
        raise failures.of_error_frame(data["error"])
    choice = _first(data.get("choices"))
    delta = choice.get("delta")
    delta = delta if isinstance(delta, dict) else {}
    reason, usage = choice.get("finish_reason"), data.get("usage")
    return Delta(
        _text(delta.get("content")),
        _text(delta.get("reasoning_content")) or _text(delta.get("reasoning")),
        _reason(reason) if reason else None,
        _usage(usage) if usage else None,
    )


def _decoded(payload: bytes) -> Any:
    """Nearly all payloads take the quick way; the slow one takes halves of surrogate pairs as well."""
    try:
        return from_json(payload, cache_strings="keys")
    except ValueError:
        pass
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise failures.broken_stream() from None


def _first(choices: Any) -> dict[str, Any]:
    """Usage chunks have no choice, junk may have `null`."""
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _reason(value: Any) -> Reason | None:
    """Servers have reasons of their own ("eos", "tool_calls"); to a reader they all mean that it stopped.

    Raises `ModelFailure` for those that tell of a failure.
    """
    if value in _FAILED:
        raise failures.incomplete()
    return _KEPT.get(value, "stop") if isinstance(value, str) and value else None


def _usage(value: Any) -> Usage | None:
    try:
        return Usage.model_validate(value) if isinstance(value, dict) else None
    except ValidationError:
        return None


class Mender:
    """Joins surrogate pairs that a server split over two chunks; half of a pair alone becomes U+FFFD."""

    def __init__(self) -> None:
        self._half = ""

    def mend(self, text: str) -> str:
        if text.isascii() and not self._half:
            return text
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def finish(self) -> str:
        """What is left when the text ends in half a pair."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""
