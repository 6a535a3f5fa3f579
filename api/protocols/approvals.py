"""Names what a turn asks for clients of other protocols, and stores their answers."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from api.answering import Answering
from chat.approval_errors import UnknownApproval
from chat.asks import Answer, Ask
from chat.errors import InvalidRequest, UnknownTurn
from chat.tool_calls import Approval

NAME = re.compile(r"([1-9][0-9]{0,17})-r\.a([0-9]{1,6}(?:\.[0-9]{1,6})?)(?:-([0-9a-f]{16}))?")

MAX_ANSWERS = 100
"""How many answers one request may have."""


class Given(NamedTuple):
    """An answer of a client. `name`: as `name_of` returns it. `answer_to`: reads it as the answer to what was asked."""

    name: str
    answer_to: Callable[[Ask], Answer]


class Answered(NamedTuple):
    """What was answered. `after`: number of the last event before the answers; None where they were there before.

    `approvals`: ids of what was answered.
    """

    turn_id: str
    after: int | None
    approvals: frozenset[str]


def name_of(reply: str, approval: Approval) -> str:
    """Returns the name of a question: no other question of the conversation has it. `reply`: id of the turn's reply."""
    name = f"{reply}.a{approval.id}"
    return f"{name}-{approval.revision}" if approval.revision else name


def is_name(value: object) -> bool:
    """Returns whether a value names a question of ours."""
    return isinstance(value, str) and NAME.fullmatch(value) is not None


async def store_answers(answering: Answering, user: str, session_id: str, given: Sequence[Given]) -> Answered:
    """Stores the answers to what one turn of a session asks, each once. All are read before the first is stored.

    Raises `UnknownApproval`, `ApprovalChanged`, `InvalidRequest` for answers to several turns and for no answer,
    or what `Answering.answer` raises.
    """
    found = [NAME.fullmatch(each.name) for each in given]
    named = [match.groups() for match in found if match]
    if len(named) < len(given):
        raise UnknownApproval
    (number, *others) = dict.fromkeys(number for number, *_ in named)
    if others:
        raise InvalidRequest("Answer what one reply asks at a time.")
    turn_id = f"{session_id}.{number}"
    try:
        asked = [await answering.asked(user, turn_id, *question) for _, *question in named]
    except UnknownTurn:
        raise UnknownApproval from None
    answers = [each.answer_to(ask) for each, (_, ask) in zip(given, asked, strict=True)]
    stored = [
        await answering.answer(user, turn, ask, answer) for (turn, ask), answer in zip(asked, answers, strict=True)
    ]
    before, _ = asked[0]
    after = before.seq if before.is_paused and any(stored) else None
    return Answered(turn_id, after, frozenset(ask.id for _, ask in asked))
