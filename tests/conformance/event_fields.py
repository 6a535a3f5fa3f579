"""The required fields of each event and their types: section 5 of docs/protocol.md."""

from collections.abc import Callable
from typing import Any

from tests.conformance.verdicts import holds

Test = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str)


def some_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def truth(value: Any) -> bool:
    return isinstance(value, bool)


def whole(least: int) -> Test:
    return lambda value: type(value) is int and value >= least


def seconds(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 20


def usage(value: Any) -> bool:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return isinstance(value, dict) and all(type(value.get(name)) is int for name in names)


def calls(value: Any) -> bool:
    """Whether it is a list of calls of tools."""
    return isinstance(value, list) and all(
        text(each.get(name)) for each in value for name in ("id", "name", "arguments")
    )


def number(value: Any) -> bool:
    return type(value) in (int, float)


def objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def one_of(*values: str) -> Test:
    return lambda value: value in values


REQUIRED: dict[str, dict[str, Test]] = {
    "start": {"turn_id": text, "session_id": text, "position": whole(0)},
    "chunk": {"content": some_text},
    "thinking": {"content": some_text},
    "tool_call": {"index": whole(0), "id": some_text, "name": text},
    "tool_arguments": {"index": whole(0), "content": some_text},
    "step": {"index": whole(0)},
    "tool_start": {"index": whole(0)},
    "tool_progress": {"index": whole(0), "progress": number},
    "tool_result": {
        "index": whole(0),
        "status": one_of("ok", "error", "denied", "unknown", "limit"),
        "content": text,
    },
    "approval": {
        "id": some_text,
        "index": whole(0),
        "kind": one_of("call", "input"),
        "state": one_of("asked", "allowed", "allowed_session", "denied", "answered", "expired"),
    },
    "retry": {"attempt": whole(2), "reason": text, "wait_seconds": seconds},
    "restart": {"attempt": whole(2)},
    "resume": {"attempt": whole(2)},
    "snapshot": {"content": text, "thinking": text},
    "end": {"session_id": text, "finish_reason": text},
    "error": {"code": text, "content": text, "retryable": truth},
}
OPTIONAL: dict[str, dict[str, Test]] = {
    "tool_call": {
        "extra_content": lambda value: isinstance(value, dict),
        "server": text,
        "title": text,
        "server_title": some_text,
    },
    "tool_start": {"at": number},
    "step": {"usage": usage},
    "tool_progress": {"total": number, "message": text},
    "tool_result": {"images": objects, "code": text, "seconds": number},
    "approval": {
        "message": text,
        "form": lambda value: isinstance(value, dict),
        "until": number,
        "held": truth,
        "note": text,
        "revision": text,
    },
    "retry": {"model": some_text},
    "snapshot": {"tool_calls": calls, "steps": objects},
    "end": {"usage": usage, "message_id": text},
    "error": {"message_id": text},
}


def check(event: Any) -> None:
    """Raise `Broken` unless it is an object with a type, and has the fields of that type where the type is known."""
    holds(isinstance(event, dict) and isinstance(event.get("type"), str), f"no object with a type: {event!r}"[:200])
    kind = event["type"]
    for name, test in REQUIRED.get(kind, {}).items():
        holds(name in event, f"a {kind} has no {name}: {event!r}"[:200])
        holds(test(event[name]), f"{name} of a {kind} is {event[name]!r}"[:200])
    for name, test in OPTIONAL.get(kind, {}).items():
        holds(name not in event or test(event[name]), f"{name} of a {kind} is {event.get(name)!r}"[:200])
