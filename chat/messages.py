"""Messages: the entries of a session's history."""

import time
from typing import Any, Literal, Self
from uuid import uuid4

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

EndReason = Literal["stop", "length", "content_filter", "cancelled"]
FinishReason = EndReason | Literal["error"]


class Usage(BaseModel):
    """Tokens as the model server counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Message(BaseModel):
    """A user's question or a stored reply; `timestamp` in seconds since the epoch.

    A reply that failed keeps the text that readers saw: `finish_reason` is "error" and `error` the failure's code.
    `seconds`: duration of the reply. `thinking_seconds`: how long the model thought before its first word.
    """

    # In the store it is `<number in the session>-<32 hex digits>`, so the message is found in constant time. It is the
    # first field of the JSON, because scripts read it there.
    id: str = Field(default_factory=lambda: uuid4().hex)
    role: Literal["user", "assistant"]
    content: str
    timestamp: float = Field(default_factory=time.time)
    turn_id: str | None = None
    persona: str | None = None
    model: str | None = None
    finish_reason: FinishReason | None = None
    error: str | None = None
    usage: Usage | None = None
    thinking: str | None = None
    thinking_seconds: float | None = None
    seconds: float | None = None

    @model_serializer(mode="wrap")
    def _only_what_applies(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}

    def to_json(self) -> str:
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        return cls.model_validate_json(text)


def reply_id(question_id: str) -> str:
    """Makes the id of the reply to a question, which is the next message of the session."""
    number, numbered, _ = question_id.partition("-")
    return f"{int(number) + 1}-{uuid4().hex}" if numbered else uuid4().hex


def number_of(message_id: str) -> int | None:
    """Returns the message's number in its session; None for one stored by an earlier version."""
    number, numbered, _ = message_id.partition("-")
    return int(number) if numbered and number.isdecimal() else None
