"""Makes messages in their stored form, with IDs of this version and of earlier ones."""

import json
from typing import Any

from chat.messages import Message


def numbered(number: int) -> str:
    """The ID of the session's message with this number."""
    return f"{number}-{number:032x}"


def legacy(number: int) -> str:
    """A message ID in the format of earlier versions."""
    return f"{number:032x}"


def stored(message: Message) -> str:
    """The message's JSON with the ID first."""
    return json.dumps({"id": message.id, **message.model_dump()}, ensure_ascii=False, separators=(",", ":"))


def dialogue(numbers: range, *, is_legacy: bool = False, content: str = "text") -> list[Message]:
    """Alternating questions and replies with these numbers; the number is the last word of each content."""
    roles: list[Any] = ["user", "assistant"]
    id_of = legacy if is_legacy else numbered
    return [Message(id=id_of(n), role=roles[n % 2], content=f"{content} {n}") for n in numbers]
