"""Passes a client's answers to approval requests on to the turn of their response."""

from collections.abc import Sequence

from api.answering import Answering
from api.protocols.responses.errors import ResponseNotFound
from api.protocols.responses.ids import approval_of, response_id
from api.protocols.responses.schemas import ApprovalResponseItem, ResponseRequest
from chat.approval_errors import UnknownApproval
from chat.asks import MAX_NOTE_CHARS, Answer
from chat.errors import InvalidRequest, UnknownTurn


def answers_of(body: ResponseRequest) -> list[ApprovalResponseItem]:
    """Returns the answers of a request that has nothing else; [] for another request.

    Raises `InvalidRequest` for one that has both: the response that was asked about goes on, and no other is made.
    """
    answers = [item for item in body.input if isinstance(item, ApprovalResponseItem)]
    if answers and len(answers) < len(body.input):
        raise InvalidRequest("Send answers to approval requests alone: the response goes on with them.", param="input")
    return answers


async def answer(answering: Answering, user: str, answers: Sequence[ApprovalResponseItem], previous: str | None) -> str:
    """Stores the answers, each once. Returns the turn's id.

    `previous`: the response that the client names. Raises `UnknownApproval`, `ApprovalChanged`, `InvalidRequest` for
    answers to several responses, `ResponseNotFound`, or what `Answering.answer` raises.
    """
    asked = [approval_of(each.approval_request_id) for each in answers]
    named = [each for each in asked if each]
    if len(named) < len(asked):
        raise UnknownApproval
    (turn_id, *others) = dict.fromkeys(turn_id for turn_id, *_ in named)
    if others or previous not in (None, response_id(turn_id)):
        raise InvalidRequest("Answer the approval requests of one response at a time.", param="input")
    for item, given in zip(named, answers, strict=True):
        try:
            turn, ask = await answering.asked(user, *item)
        except UnknownTurn:
            raise ResponseNotFound from None
        if ask.kind != "call":  # no approval request was sent for it
            raise UnknownApproval
        note = (given.reason or "").strip()[:MAX_NOTE_CHARS] or None
        await answering.answer(user, turn, ask, Answer(state="allowed" if given.approve else "denied", note=note))
    return turn_id
