"""Schemas of requests and responses."""

from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from chat.history import WaitingQuestion
from chat.marks import MAX_TAG_CHARS, MAX_TAGS, MarksChange, usable_tags
from chat.matching import MAX_QUERY_CHARS
from chat.messages import MAX_FEEDBACK_CHARS, Message, Vote
from chat.providers.catalog import Capability, Price, ThinkingMode
from chat.search import MAX_RESULTS, Hit
from chat.session_list import TagCount
from chat.session_record import Session
from chat.session_settings import SessionSettings

EXAMPLE_SESSION = "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f"
EXAMPLE_TURN = f"{EXAMPLE_SESSION}.179519040012345607"
EXAMPLE_REPLY = "179519040012345607-r"

SessionId = Annotated[str, Path(examples=[EXAMPLE_SESSION])]
TurnId = Annotated[str, Path(examples=[EXAMPLE_TURN])]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Tag = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TAG_CHARS, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
FileId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MessageId = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Started(BaseModel):
    session_id: str = Field(examples=[EXAMPLE_SESSION])
    welcome_message: str = Field(examples=["你好！我是智能助手，有什么可以帮你？"])
    message: str = Field(examples=["会话已创建"])


class Done(BaseModel):
    session_id: str = Field(examples=[EXAMPLE_SESSION])
    message: str = Field(examples=["历史记录已清空"])


WAITING_REVISION = "Grows when `waiting` or `paused` of the history changes: then a client reads it again."


INSTRUCTIONS = "What follows the persona's prompt in this session; null where nothing is set."
TEMPERATURE = "Of this session; null = the model's own."
MAX_TOKENS = "The greatest length of a reply in this session; null = the model's own."


class SessionView(BaseModel):
    """Times in seconds since the epoch; `title` is empty until the first question."""

    session_id: str = Field(examples=[EXAMPLE_SESSION])
    title: str = Field(examples=["What is Redis?"])
    role: str = Field(examples=["assistant"])
    model: str | None = Field(description="The model of the last question.", examples=["gpt-4o-mini"])
    created_at: float
    updated_at: float
    active_turn: str | None = Field(examples=[EXAMPLE_TURN])
    leaf: str | None = Field(description="The last message of the branch that is shown.", examples=[EXAMPLE_REPLY])
    waiting_revision: int = Field(description=WAITING_REVISION)
    waiting: int = Field(description="How many questions wait until the replies before them have ended.", ge=0)
    needs_answer: bool = Field(description="The active turn waits for your answer: see its `approvals`.")
    temperature: float | None = Field(description=TEMPERATURE, examples=[0.7])
    max_tokens: int | None = Field(description=MAX_TOKENS, examples=[1000])
    has_instructions: bool = Field(description="The session has `instructions`; its history has them.")
    pinned: bool
    archived: bool
    tags: list[str] = Field(examples=[["work"]])

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls.model_validate({**session.model_dump(), "needs_answer": session.needs_answer})


class ChangedSession(SessionView):
    instructions: str | None = Field(description=INSTRUCTIONS, examples=["Answer in one paragraph."])


class TagList(BaseModel):
    """In alphabetical order."""

    tags: list[TagCount]


class FeedbackRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vote: Vote
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_FEEDBACK_CHARS)] = Field(
        "", examples=["Clear and short."]
    )


class FeedbackView(BaseModel):
    """`vote`: null after it was taken back."""

    session_id: str = Field(examples=[EXAMPLE_SESSION])
    message_id: str = Field(examples=[EXAMPLE_REPLY])
    vote: Vote | None
    text: str


class SessionList(BaseModel):
    user_id: str = Field(examples=["alice"])
    sessions: list[SessionView]
    total: int


class HistoryView(BaseModel):
    """A page of a branch, oldest message first.

    While a reply runs, its question is the newest message and `active_turn` its turn.
    `has_more`: there are earlier messages. Request them with `before`, the id of the first message of this page.
    `has_later`: there are later ones. Request them with `after`, the id of the last message.
    Each message has its `versions`: of an edited question or a regenerated reply there are several. `leaf` is the last
    message of the branch that is shown; `PATCH /chat/sessions/{session_id}` shows another.
    """

    session_id: str = Field(examples=[EXAMPLE_SESSION])
    title: str
    role: str
    model: str | None = Field(description="The model of the last question.", examples=["gpt-4o-mini"])
    messages: list[Message]
    total: int = Field(description="Number of stored messages of this branch, on all pages.")
    has_more: bool = Field(description="There are messages before the first one of this page.")
    has_later: bool = Field(description="There are messages after the last one of this page.")
    trimmed: bool = Field(description="Older messages are no longer kept (`MAX_HISTORY_MESSAGES`).")
    active_turn: str | None = Field(examples=[EXAMPLE_TURN])
    leaf: str | None = Field(description="The last message of the branch that is shown.", examples=[EXAMPLE_REPLY])
    is_shown: bool = Field(
        description="This page is of the branch that is shown. While a reply runs, that is the one to its question."
    )
    waiting: list[WaitingQuestion] = Field(description="Questions that wait until the replies before them have ended.")
    paused: bool = Field(
        description="The waiting questions pause, because the turn before them failed or was stopped: "
        "`POST /chat/sessions/{session_id}/waiting/resume` goes on, `DELETE …/waiting` discards them."
    )
    waiting_revision: int = Field(description=WAITING_REVISION)
    instructions: str | None = Field(description=INSTRUCTIONS, examples=["Answer in one paragraph."])
    temperature: float | None = Field(description=TEMPERATURE, examples=[0.7])
    max_tokens: int | None = Field(description=MAX_TOKENS, examples=[1000])
    pinned: bool
    archived: bool
    tags: list[str]


class SearchRequest(BaseModel):
    """`query`: up to 8 words, all of which have to occur. `cursor`: from the last answer, to go on."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARS, examples=["redis cache"])
    cursor: str | None = Field(None, min_length=1, max_length=300)
    limit: int = Field(20, ge=1, le=MAX_RESULTS, description="Results of one answer.")


class Searched(BaseModel):
    """How many sessions and messages were compared for one answer."""

    sessions: int
    messages: int


class SearchResults(BaseModel):
    """`cursor`: send it to go on; none = everything has been compared. There may be one even without results."""

    results: list[Hit]
    cursor: str | None
    searched: Searched


class SessionStart(SessionSettings):
    """Instructions and parameters of a new session."""

    model_config = ConfigDict(strict=True)


CANNOT_BE_EMPTIED = ("title", "leaf", "pinned", "archived", "tags")


class SessionChange(SessionSettings):
    """`title`: a new title. `leaf`: a message whose branch is shown from now on, to the leaf that was shown last.

    `instructions` follow the persona's prompt; `temperature` and `max_tokens` go to the model. They hold from the next
    reply on; null takes them back. What is not given stays.
    `pinned`: listed before the others. `archived`: not listed unless asked for, until it gets a new question. Pinning
    an archived session takes it out of the archive, archiving a pinned one unpins it. `tags`: all tags of the session.
    """

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"minProperties": 1})

    title: Title | SkipJsonSchema[None] = Field(None, examples=["About queues"])
    leaf: MessageId | SkipJsonSchema[None] = Field(None, examples=[EXAMPLE_REPLY])
    pinned: bool | SkipJsonSchema[None] = None
    archived: bool | SkipJsonSchema[None] = None
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] | SkipJsonSchema[None] = Field(
        None, examples=[["work", "ideas"]]
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        emptied = [name for name in CANNOT_BE_EMPTIED if name in self.model_fields_set and getattr(self, name) is None]
        if not self.model_fields_set or emptied:
            raise ValueError("give what is to be changed; only instructions and parameters can be taken back by null")
        if self.pinned and self.archived:
            raise ValueError("a session is pinned or archived, not both")
        return self

    @property
    def sets_something(self) -> bool:
        """Whether instructions or parameters are given."""
        return bool(self.model_fields_set & SessionSettings.model_fields.keys())

    @property
    def marks(self) -> MarksChange:
        return MarksChange(self.pinned, self.archived, None if self.tags is None else usable_tags(self.tags))


class RoleView(BaseModel):
    name: str = Field(examples=["智能助手"])
    icon: str = Field(examples=["🤖"])
    description: str
    prompt: str | None = None
    welcome: str = Field(examples=["你好！我是智能助手，有什么可以帮你？"])
    uses_tools: bool | None = Field(
        None, description="Whether its replies may call tools of tool servers; missing where there are none."
    )


class RoleList(BaseModel):
    roles: dict[str, RoleView]
    default_role: str = Field(examples=["assistant"])


class ModelView(BaseModel):
    """`demo` marks the small built-in model for a first try. `can`: what the model takes and does.

    `thinking`: it always thinks first, only if a question says so (`TurnRequest.thinking`), or never.
    """

    id: str = Field(examples=["gpt-4o-mini"])
    label: str = Field(description="The name to show.", examples=["GPT-4o mini"])
    provider: str = Field(description="The name of its provider, by which models can be grouped.", examples=["OpenAI"])
    demo: bool
    can: list[Capability] = Field(examples=[["tools", "vision"]])
    context_length: int | None = Field(description="In tokens; null where it is not known.", examples=[128000])
    thinking: ThinkingMode = Field(examples=["no"])
    max_tokens: int | None = Field(
        description="The most tokens of a reply; null where it is not known.", examples=[4096]
    )
    price: Price | None = Field(description="Of a million tokens; null where the operator names none.")


class ModelList(BaseModel):
    """`max_message_chars` is the longest question, in characters.

    `max_file_bytes` is the largest file, 0 where the server keeps none; `max_files` the most of one message.
    `can_kill_worker`: whether there is `POST /demo/kill-worker`, as with `make run` and its own model.
    `can_share`: whether share links can be made. `has_tools`: whether there are tool servers: see `GET /chat/tools`.
    """

    models: list[ModelView]
    default_model: str
    max_message_chars: int = Field(examples=[32_000])
    max_file_bytes: int = Field(examples=[67_108_864])
    max_files: int = Field(examples=[10])
    can_kill_worker: bool = False
    can_share: bool = True
    has_tools: bool = False


class WorkerKilled(BaseModel):
    killed: Literal[True]


class Me(BaseModel):
    user_id: str = Field(examples=["guest-6f1c0c9e0d0b4f0c8d6c0f1e2a3b4c5d"])
    auth_mode: str = Field(examples=["guest"])


class Erased(BaseModel):
    deleted: int = Field(description="Number of sessions that were deleted.")


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
