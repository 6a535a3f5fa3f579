"""Schemas of requests and responses."""

from typing import Annotated, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chat.messages import EndReason, Message, Usage
from chat.sessions import Session
from chat.turn_record import State, Turn

EXAMPLE_SESSION = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f"
EXAMPLE_TURN = f"{EXAMPLE_SESSION}.179519040012345607"

SessionId = Annotated[str, Path(examples=[EXAMPLE_SESSION])]
TurnId = Annotated[str, Path(examples=[EXAMPLE_TURN])]


class Started(BaseModel):
    session_id: str = Field(examples=[EXAMPLE_SESSION])
    welcome_message: str = Field(examples=["你好！我是智能助手，有什么可以帮你？"])
    message: str = Field(examples=["会话已创建"])


class Done(BaseModel):
    session_id: str = Field(examples=[EXAMPLE_SESSION])
    message: str = Field(examples=["历史记录已清空"])


class SessionView(BaseModel):
    """Times in seconds since the epoch; `title` is empty until the first question."""

    session_id: str = Field(examples=[EXAMPLE_SESSION])
    title: str = Field(examples=["What is Redis?"])
    role: str = Field(examples=["assistant"])
    created_at: float
    updated_at: float
    active_turn: str | None = Field(examples=[EXAMPLE_TURN])

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls.model_validate(session.model_dump())


class SessionList(BaseModel):
    user_id: str = Field(examples=["alice"])
    sessions: list[SessionView]
    total: int


class HistoryView(BaseModel):
    """A page of messages, oldest first. While a reply runs, its question is the newest one and `active_turn` its turn.

    `has_more`: there are earlier messages. Request them with `before`, the id of the first message of this page.
    """

    session_id: str = Field(examples=[EXAMPLE_SESSION])
    title: str
    role: str
    messages: list[Message]
    total: int = Field(description="Number of stored messages, on all pages.")
    has_more: bool = Field(description="There are messages before the first one of this page.")
    trimmed: bool = Field(description="Older messages are no longer kept (`MAX_HISTORY_MESSAGES`).")
    active_turn: str | None = Field(examples=[EXAMPLE_TURN])


class Rename(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        examples=["About queues"]
    )


class TurnRequest(BaseModel):
    """`replace_from` first drops that message and all after it: to edit (with `message`) or regenerate (without).

    With neither, the last question is answered again. `role` defaults to the session's last one.
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
    replace_from: str | None = Field(None, min_length=1, max_length=64)


class TurnAccepted(BaseModel):
    turn_id: str = Field(examples=[EXAMPLE_TURN])
    events: str = Field(examples=[f"/chat/turns/{EXAMPLE_TURN}/events"])


class TurnError(BaseModel):
    code: str = Field(examples=["model_unreachable"])
    detail: str
    retryable: bool


class TurnView(BaseModel):
    """Times in seconds since the epoch; `position` is the number of jobs ahead while the turn is queued."""

    turn_id: str = Field(examples=[EXAMPLE_TURN])
    session_id: str = Field(examples=[EXAMPLE_SESSION])
    state: State
    position: int | None
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

    @classmethod
    def of(cls, turn: Turn, position: int | None) -> Self:
        error = None
        if turn.error_code:
            error = TurnError(code=turn.error_code, detail=turn.error_detail or "", retryable=turn.error_retryable)
        return cls(
            **turn.model_dump(include=set(cls.model_fields) - {"error", "position", "role", "session_id"}),
            session_id=turn.session_id,
            role=turn.persona,
            position=position,
            error=error,
        )


class TurnState(BaseModel):
    turn_id: str = Field(examples=[EXAMPLE_TURN])
    state: State


class RoleView(BaseModel):
    name: str = Field(examples=["智能助手"])
    icon: str = Field(examples=["🤖"])
    description: str
    prompt: str | None = None
    welcome: str = Field(examples=["你好！我是智能助手，有什么可以帮你？"])


class RoleList(BaseModel):
    roles: dict[str, RoleView]
    default_role: str = Field(examples=["assistant"])


class ModelView(BaseModel):
    """`demo` marks the small built-in model for a first try."""

    id: str = Field(examples=["gpt-4o-mini"])
    demo: bool


class ModelList(BaseModel):
    """`max_message_chars` is the longest question, in characters."""

    models: list[ModelView]
    default_model: str
    max_message_chars: int = Field(examples=[8000])


class Me(BaseModel):
    user_id: str = Field(examples=["guest-6f1c0c9e0d0b4f0c8d6c0f1e2a3b4c5d"])
    auth_mode: str = Field(examples=["guest"])


class Guest(BaseModel):
    user_id: str
    token: str


class Health(BaseModel):
    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    """The result of each check. `…_writes`: the store accepts writes; `noeviction`: no store would evict keys."""

    status: str = Field(examples=["ok"])
    redis: bool
    redis_writes: bool
    queue: bool
    queue_writes: bool
    noeviction: bool
    workers: int
    feed: bool
