"""Messages as they are stored, with ids of this version and of earlier ones."""

import json
from typing import Any

from chat.messages import Message


def numbered(place: int) -> str:
    """The id of a session's message of that number."""
    return f"{place}-{place:032x}"


def legacy(place: int) -> str:
    """An id as earlier versions gave them."""
    return f"{place:032x}"


def stored(message: Message) -> str:
    """Its JSON, the id first."""
    return json.dumps({"id": message.id, **message.model_dump()}, ensure_ascii=False, separators=(",", ":"))


def dialogue(numbers: range, *, is_legacy: bool = False, content: str = "text") -> list[Message]:
    """Questions and replies of these numbers, each with its number as its last word."""
    roles: list[Any] = ["user", "assistant"]
    id_of = legacy if is_legacy else numbered
    return [Message(id=id_of(n), role=roles[n % 2], content=f"{content} {n}") for n in numbers]
