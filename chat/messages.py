"""Messages: the nodes of a session's tree."""

import time
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, get_args
from uuid import uuid4

from pydantic import (
    BaseModel,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from chat import keys
from chat.attachments import Attachment
from chat.client_requests import ClientRequest
from chat.tool_calls import FunctionCall, ReplyStep, ToolImage
from chat.usage import Usage

EndReason = Literal["stop", "length", "content_filter", "tool_calls", "cancelled"]
FinishReason = EndReason | Literal["error"]
Vote = Literal["up", "down"]
VOTES = get_args(Vote)

MAX_FEEDBACK_CHARS = 500
MAX_LOST_WORKERS = 999
"""The greatest count that is stored with a reply."""


class Versions(BaseModel):
    """The messages that follow the same one, oldest first; `index` is the message's own position, from 0."""

    index: int
    count: int
    ids: list[str]


class Feedback(BaseModel):
    """What the user thinks of a reply."""

    vote: Vote
    text: str = ""


class Message(BaseModel):
    """A user's question or a stored reply; `timestamp` in seconds since the epoch.

    `parent_id`: the message that it follows; none for the first one. `versions` are given in histories.

    A reply that failed keeps the text that readers saw: `finish_reason` is "error" and `error` the failure's code.
    `attachments`: the files that were sent with a question. `asked_model`: the model that was asked, where another one
    answered.
    `persona_name`: of a persona of the user's own, as it was then: the persona may be changed and deleted.
    `seconds`: duration of the reply. `thinking_seconds`: how long the model thought before its first word.
    `lost_workers`: how many workers died while they wrote it. Where a reply continues an earlier version, these three
    and `usage` are the sums of both.
    `feedback`: what the user thinks of the reply; the store has it apart from the message.
    `tool_calls`: the calls of the client's tools in the reply, which then ended for the reason `tool_calls`.
    `steps`: the requests to the model that called tools of tool servers; the text of the last request is the rest of
    `content`.
    `request`: what a client of another protocol sent with a question. Histories and exports leave it out.
    """

    # It is the first field of the JSON, because scripts read it there; they add the next two.
    id: str = Field(default_factory=lambda: uuid4().hex)
    parent_id: str | None = None
    depth: SkipJsonSchema[int] = Field(0, exclude=True)
    role: Literal["user", "assistant"]
    content: str
    attachments: list[Attachment] | None = None
    timestamp: float = Field(default_factory=time.time)
    turn_id: str | None = None
    persona: str | None = None
    persona_name: str | None = None
    model: str | None = None
    asked_model: str | None = None
    finish_reason: FinishReason | None = None
    error: str | None = None
    usage: Usage | None = None
    thinking: str | None = None
    thinking_seconds: float | None = None
    seconds: float | None = None
    lost_workers: Annotated[int, Field(ge=1, le=MAX_LOST_WORKERS)] | None = None
    feedback: Feedback | None = None
    versions: Versions | None = None
    tool_calls: list[FunctionCall] | None = None
    steps: list[ReplyStep] | None = None
    request: SkipJsonSchema[ClientRequest | None] = None

    @field_validator("parent_id")
    @classmethod
    def _none_for_the_first(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _calls_are_the_reason(self) -> Self:
        """Reads what `body` wrote."""
        if self.tool_calls and self.finish_reason == "stop":
            self.finish_reason = "tool_calls"
        return self

    @model_serializer(mode="wrap")
    def _only_what_applies(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}

    @property
    def texts(self) -> Iterator[str]:
        """All texts of the message, without those of the client's request."""
        yield self.content
        yield self.thinking or ""
        for call in self.tool_calls or ():
            yield call.arguments
        for step in self.steps or ():
            yield step.content
            yield step.thinking or ""
            for each in step.calls:
                yield each.arguments
                yield each.content or ""

    @property
    def parts(self) -> list[ReplyStep]:
        """What was written and called, in the order of time: the steps, and what was written after them."""
        steps, content, thinking = self.steps or [], self.content, self.thinking or ""
        content = content.removeprefix("".join(step.content for step in steps))
        thinking = thinking.removeprefix("".join(step.thinking or "" for step in steps))
        return [*steps, ReplyStep(content=content, thinking=thinking or None)]

    @property
    def images(self) -> list[ToolImage]:
        """The images of the results of its calls of tools."""
        return [image for step in self.steps or () for call in step.calls for image in call.images or ()]

    @property
    def file_ids(self) -> list[str]:
        """The ids of its attachments, and then of its images."""
        return [each.id for each in [*(self.attachments or ()), *self.images]]

    def to_json(self) -> str:
        return self.model_dump_json()

    def body(self) -> str:
        """Returns the JSON without its opening brace and id, to which a script adds the message's place in the tree.

        Calls of tools are stored with the reason "stop", because processes of 0.1.0 refuse a reason that they do not
        know.
        """
        stored = self
        if self.finish_reason == "tool_calls":
            stored = self.model_copy(update={"finish_reason": "stop"})
        return stored.to_json().removeprefix(f'{{"id":"{self.id}",')

    @classmethod
    def from_body(cls, body: str) -> Self:
        """Reads what `body` returns. The id is empty."""
        return cls.from_json('{"id":"",' + body)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        return cls.model_validate_json(text)


def question_id(turn_id: str) -> str:
    """Returns the id of the question that a turn adds."""
    return f"{keys.number_of(turn_id)}-q"


def reply_id(turn_id: str) -> str:
    """Returns the id of a turn's reply, so that the reply is found by its turn."""
    return f"{keys.number_of(turn_id)}-r"
