"""Takes a reply apart into what each request to the model gave: thinking, text, and calls of tool servers. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chat.tool_calls import ReplyStep, ServerCall


class Segment(NamedTuple):
    """What a request to the model gave. `is_complete`: the arguments of its calls are whole."""

    thinking: str
    text: str
    calls: Sequence[ServerCall] = ()
    is_complete: bool = True


def segments_of(content: str, thinking: str, steps: Sequence[ReplyStep] | None) -> Iterator[Segment]:
    """Yields the parts of a reply in order. `content` and `thinking` are of the whole reply. The last has no calls.

    The last part is empty after a step that is not complete.
    """
    texts = thoughts = 0
    for step in steps or ():
        yield Segment(step.thinking or "", step.content, step.calls, step.complete)
        texts += len(step.content)
        thoughts += len(step.thinking or "")
    yield Segment(thinking[thoughts:], content[texts:])
