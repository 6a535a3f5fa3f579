"""Routes for the share links of one's own sessions."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth.identity import IDENTITY_ERRORS
from api.deps import SettingsDep, SharesDep, StoreMemoryDep, User
from api.problems import documented
from api.schemas import SessionId
from api.share_views import EXAMPLE_SHARE, ShareList, ShareRequest, ShareView
from chat.errors import BodyTooLarge, InvalidJson, StoreFull, UnknownSession
from chat.share_errors import (
    MAX_OF_SESSION,
    MAX_OF_USER,
    NothingToShare,
    ShareLinksOff,
    TooManyShares,
    TooManySharesHere,
    UnknownShare,
)

router = APIRouter(tags=["share links"])

PATH = "/chat/sessions/{session_id}/shares"
DAY = 86_400

ShareId = Annotated[str, Path(max_length=64, examples=[EXAMPLE_SHARE])]


@router.post(
    PATH,
    summary="Make a share link",
    status_code=201,
    responses=documented(
        *IDENTITY_ERRORS,
        UnknownSession,
        ShareLinksOff,
        NothingToShare,
        TooManySharesHere,
        TooManyShares,
        InvalidJson,
        BodyTooLarge,
        StoreFull,
    ),
)
async def make(
    settings: SettingsDep,
    shares: SharesDep,
    store_memory: StoreMemoryDep,
    user: User,
    session_id: SessionId,
    body: ShareRequest,
) -> ShareView:
    """Everyone who has the link can read the branch without signing in, until it expires, is revoked, or the session is
    deleted or cleared. A deleted message is not shown on any link any more."""
    if not settings.share_links:
        raise ShareLinksOff
    store_memory.check()
    return ShareView.of(await shares.make(user, session_id, body.kind, (body.days or 0) * DAY))


@router.get(PATH, summary="List the share links of a session", responses=documented(*IDENTITY_ERRORS, UnknownSession))
async def of_session(shares: SharesDep, user: User, session_id: SessionId) -> ShareList:
    """Those that are valid, newest first."""
    found = await shares.of_session(user, session_id)
    return ShareList(shares=[ShareView.of(each) for each in found], limit=MAX_OF_SESSION)


@router.delete(
    PATH + "/{share_id}",
    summary="Revoke a share link",
    status_code=204,
    responses=documented(*IDENTITY_ERRORS, UnknownSession, UnknownShare),
)
async def revoke(shares: SharesDep, user: User, session_id: SessionId, share_id: ShareId) -> None:
    """From then on it cannot be read any more."""
    await shares.revoke(user, session_id, share_id)


@router.get("/me/shares", summary="List all your share links", responses=documented(*IDENTITY_ERRORS))
async def of_user(shares: SharesDep, user: User) -> ShareList:
    """Those that are valid, of all your sessions, newest first."""
    found = await shares.of_user(user)
    return ShareList(shares=[ShareView.of(each) for each in found], limit=MAX_OF_USER)
