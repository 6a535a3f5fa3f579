"""Schemas of share links, for their owners and for their readers."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.sealed_ids import SealedIds
from chat.attachments import Attachment, Kind
from chat.messages import FinishReason, Message
from chat.providers.catalog import Model
from chat.shares import OwnShare, SharedPage, ShareKind
from chat.tool_calls import ReplyStep, ResultStatus, ServerCall
from chat.visible_text import visible_line

EXAMPLE_SHARE = "0f6cb1c2d3e4f5a60718293a4b5c6d7e"
EXAMPLE_LINK = "6f1c0c9e0d0b4f0c8d6c0f1e2a3b4c5d6e7f8091"
EXAMPLE_SEALED = "q0Zb3yLw8m1nT5xVh2PzKdR7sUeF4gJaC9oQiXtYvBkWl6NM"
LONGEST_SEALED = 300

LinkId = Annotated[str, Path(max_length=64, examples=[EXAMPLE_LINK])]
SealedId = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SEALED)]


class ShareRequest(BaseModel):
    """`kind`: `frozen` shows the finished messages of the branch as it is now, `live` the session as its owner sees it.

    `days`: after how many days the link expires; null = never.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: ShareKind
    days: Annotated[int, Field(ge=1, le=365)] | None = Field(30, examples=[7])


class ShareView(BaseModel):
    """`path`: the page of the link, on this server. Everyone who has it can read.

    `title`: what readers see. Times in seconds since the epoch; `expires_at` null = never.
    """

    share_id: str = Field(examples=[EXAMPLE_SHARE])
    session_id: str
    title: str = Field(examples=["What is Redis?"])
    kind: ShareKind
    path: str = Field(examples=[f"/share/{EXAMPLE_LINK}"])
    created_at: int
    expires_at: int | None

    @classmethod
    def of(cls, own: OwnShare) -> Self:
        share = own.share
        return cls(
            share_id=own.share_id,
            session_id=own.session_id,
            title=own.title if share.title is None else share.title,
            kind=share.kind,
            path=f"/share/{share.link}",
            created_at=share.created_at,
            expires_at=share.expires_at or None,
        )


class ShareList(BaseModel):
    """Newest first. `limit`: how many there may be."""

    shares: list[ShareView]
    limit: int


class SharedFile(BaseModel):
    """A file as a shared message has it; `id` belongs to this link. `width` and `height`: of a picture, in pixels."""

    id: str = Field(examples=[EXAMPLE_SEALED])
    name: str = Field(examples=["notes.pdf"])
    type: str = Field(examples=["application/pdf"])
    size: int
    kind: Kind
    width: int | None
    height: int | None

    @classmethod
    def of(cls, file: Attachment, message_id: str, ids: SealedIds) -> Self:
        return cls(
            id=ids.seal(message_id, file.id),
            name=file.name,
            type=file.type,
            size=file.size,
            kind=file.kind,
            width=file.width,
            height=file.height,
        )


class SharedCall(BaseModel):
    """A call of a tool of a tool server, without its arguments and its result.

    `title`, `server`: names of the tool and its server, for people if there are such. `status`: null where it has no
    result.
    """

    title: str = Field(examples=["Look up"])
    server: str = Field(examples=["Documentation"])
    status: ResultStatus | None

    @classmethod
    def of(cls, call: ServerCall) -> Self:
        title, server = call.title or call.name, call.server_title or call.server
        return cls(title=visible_line(title), server=visible_line(server), status=call.status)


class SharedStep(BaseModel):
    """A request to the model that called tools of tool servers: the text of the reply that it gave, then its calls."""

    content: str
    calls: list[SharedCall]

    @classmethod
    def of(cls, step: ReplyStep) -> Self:
        return cls(content=step.content, calls=list(map(SharedCall.of, step.calls)))


class SharedMessage(BaseModel):
    """`id` belongs to this link. `timestamp`: in whole seconds since the epoch.

    `model`: the name of the model that wrote it, as long as this server offers it.
    `finish_reason`: null for a question; `error` for a reply that broke off.
    `steps`: the requests that called tools of tool servers, in order. `content` begins with their texts.
    """

    id: str = Field(examples=[EXAMPLE_SEALED])
    role: Literal["user", "assistant"]
    content: str
    timestamp: int
    model: str | None = Field(examples=["GPT-4o mini"])
    finish_reason: FinishReason | None
    files: list[SharedFile]
    steps: list[SharedStep]

    @classmethod
    def of(cls, message: Message, ids: SealedIds, models: Mapping[str, Model]) -> Self:
        model = models.get(message.model or "")
        return cls(
            id=ids.seal(message.id),
            role=message.role,
            content=message.content,
            timestamp=int(message.timestamp),
            model=model.title if model else None,
            finish_reason=message.finish_reason,
            files=[SharedFile.of(each, message.id, ids) for each in message.attachments or ()],
            steps=list(map(SharedStep.of, message.steps or ())),
        )


class SharedView(BaseModel):
    """A page of a shared branch, oldest message first.

    It has no ids of users, sessions, turns, personas or models, no instructions, thoughts, votes, tokens or prices.
    `created_at`: when the link was made, which is what a `frozen` one shows. `has_more`: there are earlier messages.
    Request them with `before`, the id of the first message of this page. `is_running`: a reply to the newest message is
    being written.
    """

    title: str = Field(examples=["What is Redis?"])
    kind: ShareKind
    created_at: int
    messages: list[SharedMessage]
    has_more: bool
    is_running: bool

    @classmethod
    def of(cls, page: SharedPage, ids: SealedIds, models: Mapping[str, Model]) -> Self:
        return cls(
            title=page.title,
            kind=page.share.kind,
            created_at=page.share.created_at,
            messages=[SharedMessage.of(each, ids, models) for each in page.messages],
            has_more=page.has_more,
            is_running=page.is_running,
        )
