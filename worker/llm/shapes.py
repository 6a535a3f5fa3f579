"""Brings the payloads of other interfaces into the form of a choice.

They have the text in a field that is named like one, in objects that are named like envelopes: OpenAI's Responses,
Anthropic's, Gemini's, Cohere's, Bedrock's, DashScope's, Tencent's, Ollama's and llama.cpp's own, and gateways' around.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic_core import from_json

from worker.llm.errors import error_of
from worker.llm.lost import has_text, is_text_alone, is_told
from worker.llm.parts import DEEPEST, Part, parts_of

Object = dict[str, Any]

CHOICES = ("choices", "candidates", "choice")
ENVELOPES = (
    *("data", "output", "outputs", "result", "results", "response", "payload", "body", "delta", "message", "chunk"),
    *("message_stop", "item", "details"),
)
REASONS = ("finish_reason", "stop_reason", "done_reason", "completion_reason", "stop_type")
FLAGS = ("done", "stop", "is_end", "is_finished", "finished")
STATES = frozenset(("status", "code", "success", "level", "progress"))
"""Fields beside a message of the server's own."""

TEXTS = ("data", "value")
"""Fields that have text where the type of the payload says so."""

SAYS_TEXT = frozenset(("text", "content", "message", "token", "chunk", "delta", "answer"))
REPEATS = re.compile(r"[._-](done|stop|end|finish|finished|complete|completed|incomplete|final)$")
"""The types of events that say all of a text, or of a reply, once more."""


class Shape(NamedTuple):
    """The choices of a payload; what else it says.

    `repeats`: the text has come already, or has not come at all. `may_grow`: the text may begin with all of the text so
    far. `has_lost`: there is text that is not read.
    """

    choices: list[Object]
    usage: Any = None
    error: Any = None
    repeats: bool = False
    may_grow: bool = False
    has_lost: bool = False


def shape_of(data: Object, event: str = "") -> Shape:
    """A payload as choices, whatever interface it is of."""
    choices = data.get("choices")
    if choices.__class__ is list and len(choices) == 1 and choices[0].__class__ is dict:  # as nearly all do
        return Shape(choices)
    if choices := listed(choices):
        return Shape(choices)
    data = _snake(_opened(data))
    if holder := _holder(data):
        choices = [each for name in CHOICES for each in listed(holder.get(name))]
        error = None if holder is data else error_of(holder)
        return Shape([_with_reason(each) for each in choices], _usage(holder) or _usage(data), error)
    return _bare(data, event)


def read_again(choice: Object) -> Object:
    """A choice that has text where OpenAI's have none, as one of OpenAI's."""
    return {**choice, "delta": _delta([*parts_of(_snake(choice))])}


def _opened(data: Object) -> Object:
    """The payload inside of one that has it as text."""
    inner = data.get("data")
    if not (isinstance(inner, str) and inner.lstrip().startswith("{")):
        return data
    try:
        opened = from_json(inner)
    except ValueError:
        return data
    return opened if isinstance(opened, dict) else data


def listed(choices: Any) -> list[Object]:
    """The choices in a list, alone, or by their numbers."""
    if isinstance(choices, dict):
        if not (choices and all(number.isdecimal() for number in choices)):
            return [choices] if choices else []
        return [{"index": number, **each} for number, each in choices.items() if isinstance(each, dict)]
    if isinstance(choices, str):
        return [{"text": choices}] if choices else []
    return [each for one in choices for each in listed(one)] if isinstance(choices, list) else []


def _bare(data: Object, event: str) -> Shape:
    """A payload without choices as one."""
    error, usage = _error_within(data), _usage(data)
    if is_told(data, event):
        return Shape([], usage, error)
    names = [name for name in (event, *(data.get(name) for name in ("type", "event", "event_type"))) if name]
    not_said = set(_not_said(data))
    said = {name: value for name, value in data.items() if name not in not_said}
    if "message" not in not_said or not STATES.isdisjoint(data):
        data = said
    if not SAYS_TEXT.isdisjoint(name for name in names if isinstance(name, str)):
        said |= {"text": said.get("text") or next((data[name] for name in TEXTS if data.get(name)), None)}
    parts = [part for part in parts_of(said) if part.kind not in ("odd", "lost")]
    reason = reason_of(data)
    has_lost = not parts and (has_text(data) or is_text_alone(data))
    if not parts and reason is None:
        return Shape([], usage, error, has_lost=has_lost)
    repeats = any(isinstance(name, str) and REPEATS.search(name) for name in names)
    return Shape([{"delta": _delta(parts), "finish_reason": reason}], usage, error, repeats, _may_grow(data), has_lost)


def _not_said(data: Object) -> Iterator[str]:
    """A message that is text tells of the request; TGI's generated text has all of the tokens once more."""
    if isinstance(data.get("message"), str):
        yield "message"
    if isinstance(data.get("token"), dict):
        yield "generated_text"


def _may_grow(data: Object) -> bool:
    """DashScope sends all of the text so far, unless it is asked not to."""
    return isinstance(data.get("output"), dict)


def _delta(parts: list[Part]) -> Object:
    """What the parts say, in the fields that OpenAI has for it."""
    text, thinking, refusal = (
        "".join(part.text for part in parts if part.kind == kind) for kind in ("content", "thinking", "refusal")
    )
    calls = [part for part in parts if part.kind == "tool"]
    return {"content": text, "reasoning_content": thinking, "refusal": refusal, "tool_calls": calls}


def _snake(value: Any, depth: int = 0) -> Any:
    """The payload with all names in small letters: outputText, FinishReason."""
    if isinstance(value, list) and depth < 2 * DEEPEST:
        return [_snake(each, depth + 1) for each in value]
    if isinstance(value, dict) and depth < 2 * DEEPEST:
        return {_snake_name(name): _snake(each, depth + 1) for name, each in value.items()}
    return value


def _snake_name(name: str) -> str:
    return name if name.islower() else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).casefold()


def _holder(data: Object, depth: int = 0) -> Object | None:
    """The object that has choices: the payload, or one inside of its envelopes."""
    if any(listed(data.get(name)) for name in CHOICES):
        return data
    inner = (data[name] for name in ENVELOPES if isinstance(data.get(name), dict))
    return next((found for each in inner if (found := _holder(each, depth + 1))), None) if depth < DEEPEST else None


def _with_reason(choice: Object) -> Object:
    """Gemini's and Bedrock's names for it; a stop_reason beside a finish_reason is the text that stopped."""
    return choice if choice.get("finish_reason") else {**choice, "finish_reason": reason_of(choice)}


def reason_of(data: Any, depth: int = 0) -> Any:
    """Why the reply ends, as the payload or one of its envelopes says; None where none does."""
    if isinstance(data, list):
        return next((reason for each in data if (reason := reason_of(each, depth + 1))), None)
    if not isinstance(data, dict) or depth > DEEPEST:
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
    """The counts, wherever they are; Ollama has them in the payload itself."""
    if counts := data.get("usage") or data.get("usage_metadata"):
        return counts
    if data.get("eval_count") is not None:
        return data
    inner = (data[name] for name in (*ENVELOPES, "metadata") if isinstance(data.get(name), dict))
    return next((counts for each in inner if (counts := _usage(each, depth + 1))), None) if depth < DEEPEST else None


def _error_within(data: Object) -> Any:
    inner = (data[name] for name in ENVELOPES if isinstance(data.get(name), dict))
    return next((each["error"] for each in inner if each.get("error")), None)
