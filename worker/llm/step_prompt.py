"""Writes finished steps of a reply as messages of a prompt: calls of tools, and their results. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chat.messages import Message
from chat.tool_calls import ReplyStep, ServerCall
from worker.llm.blocks import Part
from worker.llm.prompt import PromptMessage, ReplyForm, as_text

NO_RESULT = "[The call has no result.]"
ONLY_IMAGES = "[The result has no text, only images. The user sees them.]"
CUT = "\n[The rest of this result is left out.]"
CALLED = "[Call of the tool {} with {}]"
RESULTS = "[Results of these calls, from the tools and not from the user:]"
RESULT_OF = "[{}]\n{}"
IMAGES = "[Images of the results above:]"

EARLIER_RESULT_CHARS = 4000
"""Characters of a result that a prompt has of an earlier reply, or where newer results take the room."""

NameOf = Callable[[ServerCall], str]
"""Returns the name by which the model calls a tool."""

Images = Mapping[str, str]
"""Images of results as data URLs, by the ids of their files."""


def messages_of(
    steps: Sequence[ReplyStep],
    name_of: NameOf,
    images: Images,
    *,
    with_thinking: bool = False,
    max_chars: int | None = None,
) -> Iterator[PromptMessage]:
    """Yields the messages of steps: what the model wrote and called, each result, and images that it can see.

    `with_thinking`: the server wants the thinking back before calls (`reasoning_content`, as DeepSeek and Kimi do).
    `max_chars`: of each result, None = any number.
    """
    for step in steps:
        yield _request(step, name_of, with_thinking=with_thinking)
        for call in step.calls:
            yield {"role": "tool", "tool_call_id": call.id, "content": _result(call, max_chars)}
        shown = [images[image.id] for call in step.calls for image in call.images or () if image.id in images]
        if shown:
            yield {"role": "user", "content": [{"type": "text", "text": IMAGES}, *map(_picture, shown)]}


def in_words(steps: Sequence[ReplyStep], *, max_chars: int | None = None) -> Iterator[PromptMessage]:
    """Yields the messages of steps for a model that cannot call tools: the calls, then the results, as texts."""
    for step in (each for each in steps if each.calls):
        made = [CALLED.format(_label(call), call.arguments or "{}") for call in step.calls]
        yield {"role": "assistant", "content": "\n".join([*filter(None, [step.content.strip()]), *made])}
        results = [RESULT_OF.format(_label(call), _result(call, max_chars)) for call in step.calls]
        yield {"role": "user", "content": "\n\n".join([RESULTS, *results])}


def _label(call: ServerCall) -> str:
    return f"{call.server}/{call.name}" if call.server else call.name


def fitting(steps: Sequence[ReplyStep], max_chars: int) -> list[ReplyStep]:
    """Returns the steps with shorter results where all have more characters; the newest step's stay whole."""
    left, fitted = max_chars, list[ReplyStep]()
    for step in reversed(steps):
        chars = sum(len(call.content or "") for call in step.calls)
        fitted.append(step if chars <= left or not fitted else _shortened(step))
        left -= chars
    return fitted[::-1]


def _shortened(step: ReplyStep) -> ReplyStep:
    calls = [
        call.model_copy(update={"content": _cut(call.content, EARLIER_RESULT_CHARS)}) if call.content else call
        for call in step.calls
    ]
    return step.model_copy(update={"calls": calls})


def with_steps(name_of: NameOf) -> ReplyForm:
    """Returns what writes an earlier reply with its calls of tools, for a model that may call tools now."""

    def form(reply: Message) -> list[PromptMessage]:
        steps = reply.steps or []
        rest = reply.content[sum(len(step.content) for step in steps) :].strip()
        last = [PromptMessage(role="assistant", content=rest)] if rest or not steps else []
        called = messages_of([step for step in steps if step.calls], name_of, {}, max_chars=EARLIER_RESULT_CHARS)
        return [*called, *last] or as_text(reply)  # imported steps may have no calls

    return form


def _request(step: ReplyStep, name_of: NameOf, *, with_thinking: bool) -> PromptMessage:
    message: PromptMessage = {
        "role": "assistant",
        "content": step.content.strip() or None,
        "tool_calls": [_call(call, name_of(call)) for call in step.calls],
    }
    if with_thinking and step.thinking:
        message["reasoning_content"] = step.thinking
    return message


def _call(call: ServerCall, name: str) -> dict[str, Any]:
    """Returns a call. Servers parse the arguments again, so that those that are no object cannot be sent back."""
    arguments = call.arguments if _is_object(call.arguments) else "{}"
    extra = {"extra_content": call.extra_content} if call.extra_content else {}
    return {"id": call.id, "type": "function", "function": {"name": name, "arguments": arguments}, **extra}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _result(call: ServerCall, max_chars: int | None) -> str:
    text = call.content or (ONLY_IMAGES if call.images else NO_RESULT)
    return text if max_chars is None else _cut(text, max_chars)


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[:max_chars] + CUT


def _picture(url: str) -> Part:
    return {"type": "image_url", "image_url": {"url": url}}
