"""Defines the increments of a reply, and the kinds of oddities of answers."""

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
    "unknown_field",
    "usage",
)
"""Kinds of deviations from the contract in answers: `holdfast_model_oddities_total{kind=…}`."""


class Delta(NamedTuple):
    """An increment of a reply. The last one has a `finish_reason`, and `usage` if the server sent counts."""

    content: str = ""
    thinking: str = ""
    finish_reason: Reason | None = None
    usage: Usage | None = None
