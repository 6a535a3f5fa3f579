"""Schemas of requests and responses about turns and waiting questions."""

from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.approval_schemas import ApprovalView
from api.schemas import EXAMPLE_SESSION, EXAMPLE_TURN, FileId, MessageId
from chat.messages import EndReason
from chat.turn_record import State, Turn
from chat.usage import Usage


class TurnRequest(BaseModel):
    """`replace_from` makes another version of a message: of a question (with `message`) or of a reply (without).

    `parent_id` is the message that the question follows ("" = it begins the conversation anew) or, without `message`,
    the question to answer. With neither, the question follows the branch that is shown or, without `message`, its last
    question is answered again. Nothing is dropped: earlier versions stay. `role` and `model` default to the session's
    last ones.
    `continue_from` continues a reply that stopped early, at its length limit, by its user or after an error: the new
    reply is another version, which begins with its text. Here `role` and `model` default to those of that reply.
    Another version of a question has the `attachments` that are given, not those of the earlier one.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"session_id": EXAMPLE_SESSION, "message": "What is Redis?", "role": "teacher"}]
        },
    )

    session_id: str
    message: str | None = None
    role: str | None = None
    model: str | None = None
    thinking: bool | None = Field(
        None,
        description="Whether the model thinks first, where `GET /models` says that this can be switched; otherwise it "
        "has no effect.",
    )
    replace_from: MessageId | None = None
    parent_id: Annotated[str, StringConstraints(max_length=64)] | None = None
    continue_from: MessageId | None = Field(
        None, description="A reply that stopped early. Without `message`, `replace_from` and `parent_id`."
    )
    attachments: list[FileId] = Field(
        [], max_length=100, description="Ids of files that POST /files returned; for a question only."
    )
    when_busy: Literal["refuse", "wait"] = Field(
        "refuse",
        description="What happens to a new question while a reply runs: 409 `turn_running`, or it waits its turn.",
    )

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if self.replace_from is not None and self.parent_id is not None:
            raise ValueError("give replace_from or parent_id, not both")
        others = (self.message, self.replace_from, self.parent_id)
        if self.continue_from is not None and any(each is not None for each in others):
            raise ValueError("give continue_from without message, replace_from and parent_id")
        if self.attachments and self.message is None:
            raise ValueError("attachments need a message; a question that is answered again keeps its own")
        return self


class TurnAccepted(BaseModel):
    """`waits`: the question waits until the reply before it has ended. Its events can be followed already."""

    turn_id: str = Field(examples=[EXAMPLE_TURN])
    events: str = Field(examples=[f"/chat/turns/{EXAMPLE_TURN}/events"])
    waits: bool = False


class QuestionChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message: str = Field(examples=["What is Valkey?"])


class Discarded(BaseModel):
    turn_ids: list[str] = Field(examples=[[EXAMPLE_TURN]])


class Resumed(BaseModel):
    """The turn of the question that was asked; none if no question waits."""

    turn_id: str | None = Field(examples=[EXAMPLE_TURN])


class TurnError(BaseModel):
    code: str = Field(examples=["model_unreachable"])
    detail: str
    retryable: bool


TurnWorker = Literal["claimed", "awaited", "absent"]


class QueuePlace(NamedTuple):
    """Where a turn is in the queue, as `TurnView` has it."""

    position: int | None = None
    worker: TurnWorker | None = None


class TurnView(BaseModel):
    """Times in seconds since the epoch; `position` is the number of jobs ahead while the turn is queued.

    `worker`, while the turn is active: a worker has it (`claimed`), it waits for a free one (`awaited`), or none is
    running (`absent`).
    """

    turn_id: str = Field(examples=[EXAMPLE_TURN])
    session_id: str = Field(examples=[EXAMPLE_SESSION])
    state: State
    position: int | None
    worker: TurnWorker | None
    attempt: int
    role: str
    model: str
    created_at: float
    started_at: float | None
    first_token_at: float | None
    finished_at: float | None
    finish_reason: EndReason | None
    usage: Usage | None
    error: TurnError | None
    approvals: list[ApprovalView] = Field(
        description="What the turn asks, and `POST /chat/turns/{turn_id}/approvals` answers, in order."
    )

    @classmethod
    def of(cls, turn: Turn, place: QueuePlace) -> Self:
        error = None
        if turn.error_code:
            error = TurnError(code=turn.error_code, detail=turn.error_detail or "", retryable=turn.error_retryable)
        own = {"error", "position", "worker", "role", "session_id", "approvals"}
        asks = turn.asked.unanswered if turn.state == "running" and not turn.cancel else []
        return cls(
            **turn.model_dump(include=set(cls.model_fields) - own),
            approvals=list(map(ApprovalView.of, asks)),
            session_id=turn.session_id,
            role=turn.persona,
            position=place.position,
            worker=place.worker,
            error=error,
        )


class TurnState(BaseModel):
    turn_id: str = Field(examples=[EXAMPLE_TURN])
    state: State
