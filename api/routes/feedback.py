"""Routes for what users think of replies."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth.identity import IDENTITY_ERRORS
from api.deps import FeedbackDep, MetricsDep, SettingsDep, StoreMemoryDep, User
from api.problems import documented
from api.schemas import EXAMPLE_REPLY, FeedbackRequest, FeedbackView, SessionId
from chat.errors import BodyTooLarge, InvalidJson, QuotaReached, StoreFull, UnknownMessage, UnknownSession
from chat.messages import Feedback
from chat.reply_errors import NotAReply

router = APIRouter(tags=["sessions"])
PATH = "/chat/sessions/{session_id}/messages/{message_id}/feedback"
REPLY_ERRORS = (*IDENTITY_ERRORS, UnknownSession, UnknownMessage, NotAReply)

ReplyId = Annotated[str, Path(max_length=64, examples=[EXAMPLE_REPLY])]


@router.put(
    PATH,
    summary="Vote on a reply",
    responses=documented(*REPLY_ERRORS, InvalidJson, BodyTooLarge, QuotaReached, StoreFull),
)
async def give(
    feedback: FeedbackDep,
    metrics: MetricsDep,
    settings: SettingsDep,
    store_memory: StoreMemoryDep,
    user: User,
    session_id: SessionId,
    message_id: ReplyId,
    body: FeedbackRequest,
) -> FeedbackView:
    """Stores your vote on this version of the reply, with a word on it, in place of an earlier one.

    Histories and exports have it, and it is deleted with the message.
    """
    store_memory.check()
    given = await feedback.give(user, session_id, message_id, Feedback(vote=body.vote, text=body.text))
    if given.before != body.vote:
        model = given.model if given.model in settings.catalog.models else "other"
        metrics.feedback.labels(body.vote, model).inc()
    return FeedbackView(session_id=session_id, message_id=message_id, vote=body.vote, text=body.text)


@router.delete(PATH, summary="Take a vote on a reply back", responses=documented(*REPLY_ERRORS))
async def take_back(feedback: FeedbackDep, user: User, session_id: SessionId, message_id: ReplyId) -> FeedbackView:
    """Removes your vote and its text."""
    await feedback.give(user, session_id, message_id, None)
    return FeedbackView(session_id=session_id, message_id=message_id, vote=None, text="")
