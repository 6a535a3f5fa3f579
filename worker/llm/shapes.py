"""Converts payloads of other interfaces into the form of OpenAI's choices.

They have the text in a field with the name of text, inside objects with the names of envelopes: OpenAI's Responses,
Anthropic, Gemini, Cohere, Bedrock, DashScope, Tencent, Ollama's and llama.cpp's own interfaces, and gateways to these.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic_core import from_json

from worker.llm.errors import error_of
from worker.llm.lost import has_text, is_notice, is_text_only
from worker.llm.parts import MAX_DEPTH, Part, parts_of

Object = dict[str, Any]

CHOICES = ("choices", "candidates", "choice")
ENVELOPES = (
    *("data", "output", "outputs", "result", "results", "response", "payload", "body", "delta", "message", "chunk"),
    *("message_stop", "item", "details"),
)
REASONS = ("finish_reason", "stop_reason", "done_reason", "completion_reason", "stop_type")
FLAGS = ("done", "stop", "is_end", "is_finished", "finished")
NOTICE_FIELDS = frozenset(("status", "code", "success", "level", "progress"))
"""Fields that accompany a message of the server itself."""

TYPED_FIELDS = ("data", "value")
"""Fields that have text if the type of the payload is one of `TEXT_TYPES`."""

TEXT_TYPES = frozenset(("text", "content", "message", "token", "chunk", "delta", "answer"))
REPEATS = re.compile(r"[._-](done|stop|end|finish|finished|complete|completed|incomplete|final)$")
"""The types of events that repeat the whole of a text, or of a reply."""


class Shape(NamedTuple):
    """The choices of a payload, and what else it contains.

    `repeats`: the text has come already, or has not come at all. `may_be_cumulative`: the text may begin with all of
    the text so far. `has_lost`: there is text that is not read.
    """

    choices: list[Object]
    usage: Any = None
    error: Any = None
    repeats: bool = False
    may_be_cumulative: bool = False
    has_lost: bool = False


def shape_of(data: Object, event: str = "") -> Shape:
    """Returns a payload of any interface as choices."""
    choices = data.get("choices")
    if choices.__class__ is list and len(choices) == 1 and choices[0].__class__ is dict:  # as in nearly all payloads
        return Shape(choices)
    if choices := listed(choices):
        return Shape(choices)
    data = _snake_cased(_unwrapped(data))
    if holder := _holder(data):
        choices = [each for name in CHOICES for each in listed(holder.get(name))]
        error = None if holder is data else error_of(holder)
        return Shape([_with_reason(each) for each in choices], _usage(holder) or _usage(data), error)
    return _shape_without_choices(data, event)


def normalized(choice: Object) -> Object:
    """Returns a choice with its text in OpenAI's fields, from whatever fields it has."""
    return {**choice, "delta": _delta([*parts_of(_snake_cased(choice))])}


def _unwrapped(data: Object) -> Object:
    """Returns the payload inside one that has it as text."""
    inner = data.get("data")
    if not (isinstance(inner, str) and inner.lstrip().startswith("{")):
        return data
    try:
        unwrapped = from_json(inner)
    except ValueError:
        return data
    return unwrapped if isinstance(unwrapped, dict) else data


def listed(choices: Any) -> list[Object]:
    """Returns the choices of a list, a single one, or those of an object whose names are numbers."""
    if isinstance(choices, dict):
        if not (choices and all(number.isdecimal() for number in choices)):
            return [choices] if choices else []
        return [{"index": number, **each} for number, each in choices.items() if isinstance(each, dict)]
    if isinstance(choices, str):
        return [{"text": choices}] if choices else []
    return [each for one in choices for each in listed(one)] if isinstance(choices, list) else []


def _shape_without_choices(data: Object, event: str) -> Shape:
    """Returns a payload without choices as one choice."""
    error, usage = _error_within(data), _usage(data)
    if is_notice(data, event):
        return Shape([], usage, error)
    names = [name for name in (event, *(data.get(name) for name in ("type", "event", "event_type"))) if name]
    ignored = set(_fields_to_ignore(data))
    fields = {name: value for name, value in data.items() if name not in ignored}
    if "message" not in ignored or not NOTICE_FIELDS.isdisjoint(data):
        data = fields
    if not TEXT_TYPES.isdisjoint(name for name in names if isinstance(name, str)):
        fields |= {"text": fields.get("text") or next((data[name] for name in TYPED_FIELDS if data.get(name)), None)}
    parts = [part for part in parts_of(fields) if part.kind not in ("odd", "lost")]
    reason = reason_of(data)
    has_lost = not parts and (has_text(data) or is_text_only(data))
    if not parts and reason is None:
        return Shape([], usage, error, has_lost=has_lost)
    repeats = any(isinstance(name, str) and REPEATS.search(name) for name in names)
    return Shape(
        [{"delta": _delta(parts), "finish_reason": reason}], usage, error, repeats, _may_be_cumulative(data), has_lost
    )


def _fields_to_ignore(data: Object) -> Iterator[str]:
    """Yields fields whose text is not the reply's next text.

    A message that is a string is about the request. TGI's generated text repeats all tokens.
    """
    if isinstance(data.get("message"), str):
        yield "message"
    if isinstance(data.get("token"), dict):
        yield "generated_text"


def _may_be_cumulative(data: Object) -> bool:
    """DashScope sends all of the text so far, unless asked not to."""
    return isinstance(data.get("output"), dict)


def _delta(parts: list[Part]) -> Object:
    """Returns the parts in OpenAI's fields of a delta."""
    text, thinking, refusal = (
        "".join(part.text for part in parts if part.kind == kind) for kind in ("content", "thinking", "refusal")
    )
    calls = [part for part in parts if part.kind == "tool"]
    return {"content": text, "reasoning_content": thinking, "refusal": refusal, "tool_calls": calls}


def _snake_cased(value: Any, depth: int = 0) -> Any:
    """Returns the payload with all names in lower case, also outputText and FinishReason."""
    if isinstance(value, list) and depth < 2 * MAX_DEPTH:
        return [_snake_cased(each, depth + 1) for each in value]
    if isinstance(value, dict) and depth < 2 * MAX_DEPTH:
        return {_snake_name(name): _snake_cased(each, depth + 1) for name, each in value.items()}
    return value


def _snake_name(name: str) -> str:
    return name if name.islower() else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).casefold()


def _holder(data: Object, depth: int = 0) -> Object | None:
    """Returns the object that has choices: the payload, or one inside its envelopes."""
    if any(listed(data.get(name)) for name in CHOICES):
        return data
    inner = (data[name] for name in ENVELOPES if isinstance(data.get(name), dict))
    return next((found for each in inner if (found := _holder(each, depth + 1))), None) if depth < MAX_DEPTH else None


def _with_reason(choice: Object) -> Object:
    """Sets finish_reason by Gemini's and Bedrock's names. Next to one that is set, stop_reason is the stop text."""
    return choice if choice.get("finish_reason") else {**choice, "finish_reason": reason_of(choice)}


def reason_of(data: Any, depth: int = 0) -> Any:
    """Returns why the reply ends, from the payload or one of its envelopes, or None."""
    if isinstance(data, list):
        return next((reason for each in data if (reason := reason_of(each, depth + 1))), None)
    if not isinstance(data, dict) or depth > MAX_DEPTH:
        return None
    if reason := next((data[name] for name in REASONS if data.get(name)), None):
        return reason
    if data.get("object") == "response":
        details = data.get("incomplete_details")
        return details.get("reason") if isinstance(details, dict) else data.get("status")
    if reason := next((reason for name in ENVELOPES if (reason := reason_of(data.get(name), depth + 1))), None):
        return reason
    if data.get("stopped_limit") is True:
        return "length"
    return "stop" if any(data.get(flag) is True for flag in FLAGS) else None


def _usage(data: Object, depth: int = 0) -> Any:
    """Returns the counts, from the payload or one of its envelopes. Ollama has them in the payload itself."""
    if counts := data.get("usage") or data.get("usage_metadata"):
        return counts
    if data.get("eval_count") is not None:
        return data
    inner = (data[name] for name in (*ENVELOPES, "metadata") if isinstance(data.get(name), dict))
    return next((counts for each in inner if (counts := _usage(each, depth + 1))), None) if depth < MAX_DEPTH else None


def _error_within(data: Object) -> Any:
    inner = (data[name] for name in ENVELOPES if isinstance(data.get(name), dict))
    return next((each["error"] for each in inner if each.get("error")), None)
