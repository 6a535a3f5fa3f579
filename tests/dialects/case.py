"""Defines a case of the table, and builders of model servers' responses."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MAX_CHARS = 100_000
"""Maximum characters of a reply in cases that are not about its length."""

DONE = b"data: [DONE]\n\n"
EVENTS = "text/event-stream"
JSON = "application/json"
LINES = "application/x-ndjson"


@dataclass(frozen=True)
class Case:
    """A body that a model server sends with status 200, and the decoder's expected result.

    `name`: condition and outcome. `source`: a project and the number of its issue or pull request, a documentation
    page, or "contract" for a rule of this project. `reason` is None if decoding must fail; then `failure` is the code
    of `worker.llm.failures`, and text and thinking before the failure are kept. `usage`: tokens of the prompt and of
    the reply. `oddities`: kinds that the decoder must count; it may count others too.
    """

    name: str
    source: str
    body: bytes
    text: str = ""
    thinking: str = ""
    reason: str | None = "stop"
    failure: str | None = None
    usage: tuple[int, int] | None = None
    oddities: frozenset[str] = frozenset()
    content_type: str = EVENTS
    max_chars: int = MAX_CHARS

    def __post_init__(self) -> None:
        assert (self.reason is None) != (self.failure is None), self.name


def odd(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


def chunk(
    delta: Any = None, finish_reason: Any = None, *, choice: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Returns a chunk with one choice; `choice` adds or replaces fields of the choice, `more` of the chunk."""
    first = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish_reason, **(choice or {})}
    return {**head("chat.completion.chunk"), "choices": [first], **more}


def head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1764300000, "model": "m"}


def words(*pieces: Any, field: str = "content") -> list[dict[str, Any]]:
    """Returns one chunk per piece of the field."""
    return [chunk({field: piece}) for piece in pieces]


def stop(reason: Any = "stop", **more: Any) -> dict[str, Any]:
    """Returns a chunk with only a finish reason."""
    return chunk({}, reason, **more)


def tokens(prompt: Any, completion: Any) -> dict[str, Any]:
    total = prompt + completion if isinstance(prompt, int) and isinstance(completion, int) else 0
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def usage_chunk(prompt: Any, completion: Any) -> dict[str, Any]:
    """Returns the final chunk with the requested usage and without choices."""
    return {**head("chat.completion.chunk"), "choices": [], "usage": tokens(prompt, completion)}


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def events(*payloads: Any, end: str = "\n\n", prefix: str = "data: ") -> bytes:
    """Returns one event per payload; text is sent unchanged, other values as JSON."""
    lines = [payload if isinstance(payload, str) else compact(payload) for payload in flat(payloads)]
    return "".join(f"{prefix}{line}{end}" for line in lines).encode()


def flat(payloads: Iterable[Any]) -> Iterable[Any]:
    for payload in payloads:
        if isinstance(payload, list):
            yield from payload
        else:
            yield payload


def sse(*payloads: Any, done: bool = True) -> bytes:
    """Returns a stream in the common form, with or without `[DONE]`."""
    return events(*payloads) + (DONE if done else b"")


def whole(message: Any, finish_reason: Any = "stop", *, indent: int | None = None, **more: Any) -> bytes:
    """Returns the response of a server that does not stream."""
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    answer = {**head("chat.completion"), "choices": [choice], **more}
    return json.dumps(answer, ensure_ascii=False, indent=indent).encode()


def assistant(content: Any, **more: Any) -> dict[str, Any]:
    """Returns a message of the assistant."""
    return {"role": "assistant", "content": content, **more}


def typed(name: str, **fields: Any) -> dict[str, Any]:
    """Returns a payload with a type."""
    return {"type": name, **fields}


def reads(name: str, source: str, *payloads: Any, done: bool = False, text: str = "Hello", **more: Any) -> Case:
    """Returns a case of a stream whose text is read."""
    return Case(name, source, sse(*payloads, done=done), text, **more)
