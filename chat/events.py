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

from chat.messages import EndReason
from chat.tool_calls import Approval, FunctionCall, ReplyStep, ResultStatus, ToolImage
from chat.usage import Usage

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
    """The model calls a tool. `index` counts the calls of the reply, from 0.

    `server`: the tool server that has the tool, which Holdfast calls; missing = the client has offered the tool, and
    runs it. `title`, `server_title`: names of the tool and the server for people. `extra_content`: what the model
    server wants back with the call, in the next request.
    """

    type: Literal["tool_call"] = "tool_call"
    index: int = Field(json_schema_extra={"minimum": 0})
    id: SomeText
    name: str
    extra_content: dict[str, Any] | None = None
    server: str | None = None
    title: str | None = None
    server_title: str | None = None


@dataclass(slots=True)
class ToolArguments:
    """The next part of a call's arguments: append `content`. The whole should be JSON, but a model may err."""

    index: Annotated[int, Field(json_schema_extra={"minimum": 0})]
    content: SomeText
    type: Literal["tool_arguments"] = "tool_arguments"


class StepDone(BaseModel):
    """Request number `index` to the model is complete, with all calls of tools of tool servers; they are run now.

    What follows the calls' results belongs to the next request.
    """

    type: Literal["step"] = "step"
    index: int = Field(json_schema_extra={"minimum": 0})
    usage: Usage | None = None


class ToolStart(BaseModel):
    """A call goes out to its tool server. `at`: when, in seconds since the epoch by the worker's clock."""

    type: Literal["tool_start"] = "tool_start"
    index: int = Field(json_schema_extra={"minimum": 0})
    at: float | None = None


class ToolProgress(BaseModel):
    """How far a call is, of `total` if that is known, in the server's own unit. The newest replaces earlier ones."""

    type: Literal["tool_progress"] = "tool_progress"
    index: int = Field(json_schema_extra={"minimum": 0})
    progress: float
    total: float | None = None
    message: str | None = None


class ToolResult(BaseModel):
    """The result of a call of a tool server's tool. `code`: why it could not be called. `seconds`: duration.

    `content` is text for the model, not markup.
    """

    type: Literal["tool_result"] = "tool_result"
    index: int = Field(json_schema_extra={"minimum": 0})
    status: ResultStatus
    content: str
    images: list[ToolImage] | None = None
    code: str | None = None
    seconds: float | None = None


class ApprovalEvent(Approval):
    """A question to the user about a call was asked or answered. The newest with the same `id` counts."""

    type: Literal["approval"] = "approval"


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

    `tool_calls`: all calls of the client's tools so far, in order; missing where there is none. `steps`: as in a stored
    reply, with the request that the model answers now, if it has called tools of tool servers; missing where no request
    did.
    """

    type: Literal["snapshot"] = "snapshot"
    content: str
    thinking: str = ""
    tool_calls: list[FunctionCall] | None = None
    steps: list[ReplyStep] | None = None


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


ToolEvent = StepDone | ToolStart | ToolProgress | ToolResult | ApprovalEvent
AnyEvent = (
    Start | Chunk | Thinking | ToolCall | ToolArguments | ToolEvent | Retry | Restart | Resume | Snapshot | End | Error
)
Event = Annotated[AnyEvent, Field(discriminator="type")]
TEXTS = (Chunk, Thinking)
TEXT_TYPES = {"chunk", "thinking"}
CALL_TYPES = {"tool_call", "tool_arguments"}
TOOL_TYPES = {"step", "tool_start", "tool_progress", "tool_result", "approval"}
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
