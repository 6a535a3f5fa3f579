"""Routes of what turns ask their users about calls of tools, and of the tools that there are."""

from fastapi import APIRouter

from api.approval_schemas import ApprovalAnswer, ApprovalRequest
from api.auth.identity import IDENTITY_ERRORS
from api.deps import AnsweringDep, KnownToolsDep, User
from api.problems import documented
from api.schemas import TurnId
from api.tool_schemas import ToolsView
from chat.approval_errors import (
    ApprovalAnswered,
    ApprovalChanged,
    ApprovalExpired,
    InvalidInput,
    NotAForm,
    OnlyOnce,
    TurnOver,
    UnknownApproval,
)
from chat.errors import BodyTooLarge, InvalidJson, TooManyTurns, TooManyTurnsHere, UnknownTurn

router = APIRouter(tags=["turns"])

ERRORS = (
    *IDENTITY_ERRORS,
    UnknownTurn,
    UnknownApproval,
    ApprovalAnswered,
    ApprovalChanged,
    ApprovalExpired,
    TurnOver,
    InvalidInput,
    NotAForm,
    OnlyOnce,
    TooManyTurns,
    TooManyTurnsHere,
    InvalidJson,
    BodyTooLarge,
)


@router.post(
    "/chat/turns/{turn_id}/approvals",
    summary="Answer what a turn asks about a call of a tool",
    responses=documented(*ERRORS),
)
async def approve(answering: AnsweringDep, user: User, turn_id: TurnId, body: ApprovalRequest) -> ApprovalAnswer:
    """The first answer counts; the same one again changes nothing. `approvals` of the turn has what it asks."""
    turn, ask = await answering.asked(user, turn_id, body.id, body.revision)
    answer = body.answer_to(ask)
    await answering.answer(user, turn, ask, answer)
    return ApprovalAnswer(turn_id=turn_id, id=ask.id, state=answer.state)


@router.get("/chat/tools", summary="List the tools", responses=documented(*IDENTITY_ERRORS))
async def tools(known: KnownToolsDep, user: User) -> ToolsView:
    """The tool servers of this installation and their tools, as a worker has found them last."""
    return ToolsView(servers=await known.read())
