"""Defines the increments of a reply, and the kinds of oddities of answers."""

from typing import Any, Literal, NamedTuple

from chat.usage import Usage

Reason = Literal["stop", "length", "content_filter", "tool_calls"]

ODDITIES = (
    "choice",
    "content",
    "encoding",
    "finish_reason",
    "frames",
    "late_text",
    "no_reason",
    "no_stream",
    "payload",
    "tool_calls",
    "unknown_field",
    "usage",
)
"""Kinds of deviations from the contract in answers: `holdfast_model_oddities_total{kind=…}`."""


class CallDelta(NamedTuple):
    """An increment of a call of a tool. The first one of a call has its id and its name. `number` counts calls from 0.

    `extra`: what the server wants back with the call in the next request (Gemini's `extra_content`). `server`, `title`,
    `server_title`: of a tool server's tool; None for a tool of the client.
    """

    number: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    extra: dict[str, Any] | None = None
    server: str | None = None
    title: str | None = None
    server_title: str | None = None


class Delta(NamedTuple):
    """An increment of a reply. The last one has a `finish_reason`, and `usage` if the server sent counts.

    `calls`: without text and thinking.
    """

    content: str = ""
    thinking: str = ""
    finish_reason: Reason | None = None
    usage: Usage | None = None
    calls: tuple[CallDelta, ...] = ()
