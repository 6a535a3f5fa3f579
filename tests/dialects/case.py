"""A case of the table, and small builders of what model servers send."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ROOM = 100_000
"""Characters that a reply may have in a case that is not about its length."""

DONE = b"data: [DONE]\n\n"
EVENTS = "text/event-stream"
JSON = "application/json"
LINES = "application/x-ndjson"


@dataclass(frozen=True)
class Case:
    """The body that a model server sends with status 200, and what has to come out of the decoder.

    `name`: condition and outcome. `source`: a project and the number of its issue or pull request, a documentation
    page, or "contract" for a rule of our own. `reason` is None where it must fail, `failure` is the code of
    `worker.llm.failures` then; text and thinking that came before the failure are kept. `usage`: tokens of the
    prompt and of the reply. `oddities`: those that the decoder must count, others may be among them.
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
    room: int = ROOM

    def __post_init__(self) -> None:
        assert (self.reason is None) != (self.failure is None), self.name


def odd(*kinds: str) -> frozenset[str]:
    return frozenset(kinds)


def chunk(
    delta: Any = None, finish_reason: Any = None, *, choice: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A chunk with one choice; `choice` adds to the choice or replaces its fields, `more` adds to the chunk."""
    first = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish_reason, **(choice or {})}
    return {**head("chat.completion.chunk"), "choices": [first], **more}


def head(kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1764300000, "model": "m"}


def words(*pieces: Any, field: str = "content") -> list[dict[str, Any]]:
    """A chunk for each piece of the field."""
    return [chunk({field: piece}) for piece in pieces]


def stop(reason: Any = "stop", **more: Any) -> dict[str, Any]:
    """The chunk that gives the reason and nothing else."""
    return chunk({}, reason, **more)


def tokens(prompt: Any, completion: Any) -> dict[str, Any]:
    total = prompt + completion if isinstance(prompt, int) and isinstance(completion, int) else 0
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def counted(prompt: Any, completion: Any) -> dict[str, Any]:
    """The last chunk of a stream that was asked for its usage: no choices."""
    return {**head("chat.completion.chunk"), "choices": [], "usage": tokens(prompt, completion)}


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def events(*payloads: Any, end: str = "\n\n", prefix: str = "data: ") -> bytes:
    """An event for each payload; text is sent as it is, anything else as JSON."""
    lines = [payload if isinstance(payload, str) else compact(payload) for payload in flat(payloads)]
    return "".join(f"{prefix}{line}{end}" for line in lines).encode()


def flat(payloads: Iterable[Any]) -> Iterable[Any]:
    for payload in payloads:
        if isinstance(payload, list):
            yield from payload
        else:
            yield payload


def sse(*payloads: Any, done: bool = True) -> bytes:
    """A stream as most servers send it, with or without its `[DONE]`."""
    return events(*payloads) + (DONE if done else b"")


def whole(message: Any, finish_reason: Any = "stop", *, indent: int | None = None, **more: Any) -> bytes:
    """The answer of a server that does not stream."""
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    answer = {**head("chat.completion"), "choices": [choice], **more}
    return json.dumps(answer, ensure_ascii=False, indent=indent).encode()


def said(content: Any, **more: Any) -> dict[str, Any]:
    """A message of the assistant."""
    return {"role": "assistant", "content": content, **more}


def typed(name: str, **fields: Any) -> dict[str, Any]:
    """A payload that names its type."""
    return {"type": name, **fields}


def reads(name: str, source: str, *payloads: Any, done: bool = False, text: str = "Hello", **more: Any) -> Case:
    """A stream of payloads whose text is read."""
    return Case(name, source, sse(*payloads, done=done), text, **more)
