"""The events of a turn's log, as they are sent to clients.

`api/openapi/events.py` describes them in the OpenAPI document: their docstrings are read by authors of clients. What
the schemas say beyond the types (`json_schema_extra`) is not checked here.

`Chunk`, `Thinking` and `ToolArguments` are dataclasses, not models: there is one per token, and a model takes three
times as long to create.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from chat.messages import EndReason, FunctionCall, Usage

SomeText = Annotated[str, Field(json_schema_extra={"minLength": 1})]


class Start(BaseModel):
    """The turn was opened, with `position` jobs ahead of it in the queue."""

    type: Literal["start"] = "start"
    turn_id: str
    session_id: str
    position: int = Field(json_schema_extra={"minimum": 0})


@dataclass(slots=True)
class Chunk:
    """The next part of the reply: append `content` to the text."""

    content: SomeText
    type: Literal["chunk"] = "chunk"


@dataclass(slots=True)
class Thinking:
    """The next part of the model's reasoning: append `content` to the thinking."""

    content: SomeText
    type: Literal["thinking"] = "thinking"


class ToolCall(BaseModel):
    """The model calls a tool that the client has offered. `index` counts the calls of the reply, from 0.

    `extra_content`: what the model server wants back with the call, in the next request.
    """

    type: Literal["tool_call"] = "tool_call"
    index: int = Field(json_schema_extra={"minimum": 0})
    id: SomeText
    name: str
    extra_content: dict[str, Any] | None = None


@dataclass(slots=True)
class ToolArguments:
    """The next part of a call's arguments: append `content`. The whole should be JSON, but a model may err."""

    index: Annotated[int, Field(json_schema_extra={"minimum": 0})]
    content: SomeText
    type: Literal["tool_arguments"] = "tool_arguments"


class Retry(BaseModel):
    """A model request failed, for the error code `reason`; request number `attempt` follows in `wait_seconds`.

    `model`: the id of the model that it goes to, if that is another one.
    """

    type: Literal["retry"] = "retry"
    attempt: int = Field(json_schema_extra={"minimum": 2})
    reason: str
    wait_seconds: float = Field(json_schema_extra={"minimum": 0})
    model: str | None = None


class Restart(BaseModel):
    """A new attempt starts the reply again: drop text, thinking and calls of tools."""

    type: Literal["restart"] = "restart"
    attempt: int = Field(json_schema_extra={"minimum": 2})


class Resume(BaseModel):
    """A new attempt goes on where the last one stopped: text, thinking and calls of tools stay."""

    type: Literal["resume"] = "resume"
    attempt: int = Field(json_schema_extra={"minimum": 2})


class Snapshot(BaseModel):
    """Replaces text, thinking and calls of tools. Its number is the reader's cursor, even if that was greater.

    `tool_calls`: all calls so far, in order; missing where there is none.
    """

    type: Literal["snapshot"] = "snapshot"
    content: str
    thinking: str = ""
    tool_calls: list[FunctionCall] | None = None


class End(BaseModel):
    """The reply is complete or was stopped. `message_id`: the stored reply, if anything of it was kept."""

    type: Literal["end"] = "end"
    session_id: str
    finish_reason: EndReason
    usage: Usage | None = None
    message_id: str | None = None


class Error(BaseModel):
    """The turn failed; `content` is a sentence for the user. `message_id`: the stored reply, if any text was kept."""

    type: Literal["error"] = "error"
    code: str
    content: str
    retryable: bool
    message_id: str | None = None


AnyEvent = Start | Chunk | Thinking | ToolCall | ToolArguments | Retry | Restart | Resume | Snapshot | End | Error
Event = Annotated[AnyEvent, Field(discriminator="type")]
TEXTS = (Chunk, Thinking)
TEXT_TYPES = {"chunk", "thinking"}
CALL_TYPES = {"tool_call", "tool_arguments"}
VOIDING_TYPES = {"restart", "snapshot"}
"""Types of events that void all text and all calls of tools before them."""

TERMINAL_TYPES = {"end", "error"}

_adapter: TypeAdapter[Event] = TypeAdapter(Event)


def encode(event: Event) -> str:
    """Returns the event's JSON, with `type` first."""
    if isinstance(event, TEXTS):  # nearly all are, and the general encoder takes three times as long
        return f'{{"type":"{event.type}","content":{to_json(event.content).decode()}}}'
    if isinstance(event, ToolArguments):
        content = to_json(event.content).decode()
        return f'{{"type":"tool_arguments","index":{event.index},"content":{content}}}'
    return event.model_dump_json(exclude_none=True)


def text_json(json: str) -> str:
    """Returns the text of a chunk, of thinking or of arguments as JSON with its quotes, as `encode` wrote it.

    `json`: the whole event. No parsing, because translations to other protocols need it for each token.
    """
    return json[json.index('"content":') + 10 : -1]


def parse(text: str | bytes) -> Event:
    """Parses an event's JSON. Raises `pydantic.ValidationError` for anything that is not an event."""
    return _adapter.validate_json(text)
