"""Calls of tools in replies: those of clients' tools, and those of tool servers with their results."""

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from chat.sparse import Sparse
from chat.usage import Usage

ResultStatus = Literal["ok", "error", "denied", "unknown", "limit"]
"""How a call ended: with a result; with an error of the tool or of its server; refused by the user or by a rule; not
known, because the worker was lost while it ran; not run, because a limit was reached."""

ApprovalKind = Literal["call", "input"]
ApprovalState = Literal["asked", "allowed", "allowed_session", "denied", "answered", "expired"]

Index = Annotated[int, Field(ge=0)]


class FunctionCall(Sparse):
    """A call of a tool that the client has offered; the client answers it. `arguments`: as the model wrote them.

    `extra_content`: what the model server wants back with the call, in the next request.
    """

    id: str
    name: str
    arguments: str
    extra_content: dict[str, Any] | None = None


IMAGE_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
"""Of the names of images of results, by their media types. Other images are not kept."""


class ToolImage(Sparse):
    """An image of a tool's result: a file of the user's. `type`: media type. `width`, `height`: in pixels."""

    id: str
    type: str
    width: int | None = None
    height: int | None = None

    @property
    def file_name(self) -> str:
        return f"result.{IMAGE_ENDINGS.get(self.type, 'png')}"


class Approval(Sparse):
    """A question to the user about a call. A later one with the same `id` replaces it.

    `index`: the call, counted from 0 in the whole reply. `kind`: whether the tool may be called, or for what the tool
    wants to know: then `message` and `form`, the JSON schema of an object. `until`: when it expires, in seconds since
    the epoch. `held`: the call stays open until then, goes on without an answer then, and is lost with its worker.
    `note`: the user's word to the model. `revision`: names the contents of the question, for the answer.
    """

    id: str
    index: Index
    kind: ApprovalKind
    state: ApprovalState
    message: str | None = None
    form: dict[str, Any] | None = None
    until: float | None = None
    held: bool | None = None
    note: str | None = None
    revision: str | None = None


class ServerCall(FunctionCall):
    """A call of a tool server's tool. `name`: the tool's own; `title`, `server_title`: names for people, as they were.

    `started`: the call may have reached the server, for the last time at `started_at`, in seconds since the epoch by
    the worker's clock. `status`: None without a result, which `content` and `images` are.
    `code`: why our side could not call the tool. `seconds`: duration of the call.
    """

    server: str
    title: str | None = None
    server_title: str | None = None
    started: bool = False
    started_at: float | None = None
    status: ResultStatus | None = None
    content: str | None = None
    images: list[ToolImage] | None = None
    code: str | None = None
    seconds: float | None = None
    approval: Approval | None = None
    _has_asked: bool = PrivateAttr(False)

    def __eq__(self, other: object) -> bool:
        """Compares what readers see."""
        return isinstance(other, ServerCall) and dict(self) == dict(other)

    @property
    def has_asked(self) -> bool:
        """Whether the tool has asked for an input since the call was sent last. Known where it was read from a log."""
        return self._has_asked

    def start(self, at: float | None) -> None:
        """Notes that the call is sent, for the first time or again."""
        self.started, self.started_at, self._has_asked = True, at, False

    def ask(self, approval: Approval) -> None:
        """Notes a question about the call, or its answer."""
        self.approval, self._has_asked = approval, approval.kind == "input"


class ReplyStep(Sparse):
    """One request to the model, its tokens, and the calls of tool servers that it made. `complete`: those are whole.

    The index of a call is its position in the calls of all steps, one after the other.
    """

    content: str = ""
    thinking: str | None = None
    calls: list[ServerCall] = Field(default_factory=list)
    usage: Usage | None = None
    complete: bool = True
