"""Describes tools of tool servers, calls of them, and what comes of a call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chat.tools.policy import Approval

ErrorCode = Literal[
    "tool_server_down",
    "tool_timeout",
    "tool_result_too_large",
    "tool_failed",
    "tool_unknown",
    "tool_bad_arguments",
]
"""Why a call has no result of its tool: the server cannot be reached or went away; it did not answer in time; its
answer exceeds `TOOL_RESPONSE_BYTES`; it reported an error of the protocol; it has no such tool; the arguments do not
fit."""


@dataclass(frozen=True)
class Tool:
    """A tool of a tool server. `name`: its own; `function_name`: how models call it, unique among all tools.

    `server_title`: of the server, for people; None where that has only its name.

    `parameters`: the JSON schema of its arguments, an object. `is_repeatable`: a second call does no harm. `timeout`:
    of one call, in seconds. `gets_files`: its calls get the texts of the conversation's files. `is_read_only`: its
    server says that it changes nothing.
    """

    server: str
    name: str
    function_name: str
    title: str
    description: str
    parameters: dict[str, Any]
    approval: Approval
    is_repeatable: bool
    timeout: float
    gets_files: bool = False
    is_read_only: bool = False
    server_title: str | None = None


@dataclass(frozen=True)
class Offered:
    """The tools for a turn, and the names of the servers that cannot be reached, whose tools are missing."""

    tools: list[Tool]
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ServerStatus:
    """What a worker knows of a tool server. `tools`: what it offered last, also while it is down."""

    name: str
    title: str
    is_up: bool
    tools: tuple[Tool, ...]


@dataclass(frozen=True)
class InputRequest:
    """A question of a tool to the user. `id`: unique in its call; `form`: the JSON schema of an object."""

    id: str
    message: str
    form: dict[str, Any]


@dataclass(frozen=True)
class InputAnswer:
    """The user's answer to a question of a tool. `content`: the values of the form, if they accept.

    "cancel": the user was not asked, or has not answered.
    """

    action: Literal["accept", "decline", "cancel"]
    content: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class AttachedText:
    """The text of a file of the conversation. `type`: its media type."""

    name: str
    type: str
    text: str


async def ignore_progress(progress: float, total: float | None, message: str | None) -> None:
    """Ignores progress of a call."""


async def cancel(request: InputRequest) -> InputAnswer:
    """Cancels a question of a tool."""
    return InputAnswer("cancel")


@dataclass(frozen=True)
class CallContext:
    """What accompanies one call.

    `key`: idempotency key, sent as `_meta["holdfast/idempotency-key"]`. `call_id`: the id that the model gave the call,
    for traces. `trace`: the `traceparent` of the span around it, or "". `files`: sent only to tools that get files.
    `session_id`: of the conversation whose user is asked.

    `on_progress`: gets progress, total and message as the server sends them. `answers`, `state`: for a repetition of a
    call that ended with `InputNeeded`: the answers by id, and its state. `on_input`: answers a question of a server of
    an older protocol, which holds the call; the call's timeout does not run meanwhile.
    """

    key: str
    session_id: str = ""
    call_id: str = ""
    trace: str = ""
    files: Sequence[AttachedText] = ()
    on_progress: Callable[[float, float | None, str | None], Awaitable[None]] = ignore_progress
    answers: Mapping[str, InputAnswer] = field(default_factory=dict)
    state: str | None = None
    on_input: Callable[[InputRequest], Awaitable[InputAnswer]] = cancel


@dataclass(frozen=True)
class Outcome:
    """The result of a call.

    `content`: text for the model and the user, at most `TOOL_RESULT_CHARS` characters. `images`: bytes and media type,
    which their first bytes confirm. `code`: why there is no result of the tool. `seconds`: duration of the call.
    """

    status: Literal["ok", "error"]
    content: str
    images: list[tuple[bytes, str]] = field(default_factory=list)
    code: ErrorCode | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class InputNeeded:
    """The tool asks the user first. The call is repeated with answers to all `requests`, and with this `state`."""

    requests: list[InputRequest]
    state: str | None
