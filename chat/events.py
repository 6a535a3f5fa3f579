"""The events of a turn's log, as they go over the wire. The two of which there is one per token are no models: those
take three times as long to make.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from chat.messages import EndReason, Usage


class Start(BaseModel):
    """The turn was opened; `position` jobs are ahead of it in the queue."""

    type: Literal["start"] = "start"
    turn_id: str
    session_id: str
    position: int


@dataclass(slots=True)
class Chunk:
    """More of the reply."""

    content: str
    type: Literal["chunk"] = "chunk"


@dataclass(slots=True)
class Thinking:
    """More of the model's reasoning."""

    content: str
    type: Literal["thinking"] = "thinking"


class Retry(BaseModel):
    """The model refused (`reason` is an error code); it is asked again in `wait_seconds`."""

    type: Literal["retry"] = "retry"
    attempt: int
    reason: str
    wait_seconds: float


class Restart(BaseModel):
    """Another worker begins again: drop the text so far."""

    type: Literal["restart"] = "restart"
    attempt: int


class Snapshot(BaseModel):
    """Replaces all the text so far."""

    type: Literal["snapshot"] = "snapshot"
    content: str
    thinking: str = ""


class End(BaseModel):
    """The reply is complete or was stopped; `message_id` is its id in the history, if any text was kept."""

    type: Literal["end"] = "end"
    session_id: str
    finish_reason: EndReason
    usage: Usage | None = None
    message_id: str | None = None


class Error(BaseModel):
    """The turn failed; `content` is a sentence for people. `message_id` as in `End`."""

    type: Literal["error"] = "error"
    code: str
    content: str
    retryable: bool
    message_id: str | None = None


Event = Annotated[Start | Chunk | Thinking | Retry | Restart | Snapshot | End | Error, Field(discriminator="type")]
TERMINAL = (End, Error)
TEXTS = (Chunk, Thinking)

_adapter: TypeAdapter[Event] = TypeAdapter(Event)


def encode(event: Event) -> str:
    """The event's JSON; `type` comes first."""
    if isinstance(event, TEXTS):  # nearly all are; the general way takes three times as long
        return f'{{"type":"{event.type}","content":{to_json(event.content).decode()}}}'
    return event.model_dump_json(exclude_none=True)


def parse(text: str | bytes) -> Event:
    """Raises `pydantic.ValidationError` for anything that is not an event."""
    return _adapter.validate_json(text)
