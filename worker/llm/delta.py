"""What an answer adds to a reply, and how it ends."""

from typing import Literal, NamedTuple

from chat.messages import Usage

Reason = Literal["stop", "length", "content_filter"]

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
    "usage",
)
"""Kinds of what servers send in another form than the contract has: `holdfast_model_oddities_total{kind=…}`."""


class Delta(NamedTuple):
    """An increment of a reply. The last one of a reply has a `finish_reason`, and `usage` where the server counted."""

    content: str = ""
    thinking: str = ""
    finish_reason: Reason | None = None
    usage: Usage | None = None
