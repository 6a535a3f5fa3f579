"""Routes for sessions and their histories."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth.identity import IDENTITY_ERRORS
from api.deps import PersonasDep, SessionsDep, StoppingDep, StoreMemoryDep, User, UserOrNewGuest
from api.language import RequestedLanguage
from api.problems import documented
from api.roles import chosen_role
from api.schemas import Done, HistoryView, Rename, SessionId, SessionList, SessionView, Started
from chat import keys
from chat.errors import (
    BodyTooLarge,
    InvalidJson,
    StoreFull,
    TooManyGuests,
    TooManySessions,
    UnknownMessage,
    UnknownRole,
    UnknownSession,
    UnknownTurn,
)
from chat.history import MAX_PAGE_MESSAGES, PAGE_MESSAGES
from chat.personas import Language

router = APIRouter(tags=["sessions"])
SESSION_ACCESS_ERRORS = (*IDENTITY_ERRORS, UnknownSession)
"""Errors of routes for one session; another user's session answers like a missing one."""

session_error_docs = documented(*SESSION_ACCESS_ERRORS)

CREATED: dict[Language, str] = {"zh": "会话已创建", "en": "Session created"}
CLEARED: dict[Language, str] = {"zh": "历史记录已清空", "en": "History cleared"}
DELETED: dict[Language, str] = {"zh": "会话已删除", "en": "Session deleted"}


@router.post(
    "/chat/start",
    summary="Start a session",
    responses=documented(*IDENTITY_ERRORS, UnknownRole, TooManySessions, TooManyGuests, StoreFull),
)
async def start(
    sessions: SessionsDep,
    personas: PersonasDep,
    store_memory: StoreMemoryDep,
    user: UserOrNewGuest,
    language: RequestedLanguage,
    role: Annotated[str | None, Query(description="A key of GET /roles.", examples=["teacher"])] = None,
) -> Started:
    """Creates an empty session. A browser without an identity becomes a guest and gets a cookie."""
    key = chosen_role(personas, role)
    store_memory.check()
    session = await sessions.create(user, key)
    welcome = personas[key].welcome.text(language)
    return Started(session_id=session.session_id, welcome_message=welcome, message=CREATED[language])


@router.get("/chat/sessions", summary="List your sessions", responses=documented(*IDENTITY_ERRORS))
async def sessions(
    all_sessions: SessionsDep,
    user: User,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> SessionList:
    """Newest activity first, a page at a time."""
    page, total = await all_sessions.page(user, limit, offset)
    return SessionList(user_id=user, sessions=[SessionView.of(session) for session in page], total=total)


@router.patch(
    "/chat/sessions/{session_id}",
    summary="Rename a session",
    responses=documented(*SESSION_ACCESS_ERRORS, InvalidJson, BodyTooLarge, StoreFull),
)
async def rename(
    sessions: SessionsDep, store_memory: StoreMemoryDep, user: User, session_id: SessionId, body: Rename
) -> SessionView:
    store_memory.check()
    return SessionView.of(await sessions.rename(user, session_id, body.title))


@router.delete("/chat/session/{session_id}", summary="Delete a session", responses=session_error_docs)
@router.delete("/chat/sessions/{session_id}", summary="Delete a session", responses=session_error_docs)
async def delete(
    sessions: SessionsDep, stopping: StoppingDep, user: User, session_id: SessionId, language: RequestedLanguage
) -> Done:
    """Deletes the session, its messages and its turns; a running reply is stopped."""
    turn_ids = await sessions.delete(user, session_id)
    await stopping.drop(*turn_ids, keys.title_job(session_id))
    return Done(session_id=session_id, message=DELETED[language])


@router.get(
    "/chat/history",
    summary="Read a session's messages",
    responses=documented(*SESSION_ACCESS_ERRORS, UnknownMessage),
    response_model_exclude_none=False,
)
async def history(
    sessions: SessionsDep,
    user: User,
    session_id: Annotated[str, Query(description="The session's id.")],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_MESSAGES, description="Messages per page.")] = PAGE_MESSAGES,
    before: Annotated[
        str | None,
        Query(
            min_length=1, max_length=64, description="Only messages before the one with this id.", examples=["12-9f"]
        ),
    ] = None,
) -> HistoryView:
    """A page: the newest messages, or those before the message `before`. It has fewer than `limit` messages, but at
    least one, if they would exceed about 2 MB; `has_more` tells whether there are earlier ones."""
    found = await sessions.history(user, session_id, limit, before or "")
    return HistoryView(
        session_id=session_id,
        title=found.session.title,
        role=found.session.role,
        messages=found.messages,
        total=found.total,
        has_more=found.has_more,
        trimmed=found.session.trimmed,
        active_turn=found.session.active_turn,
    )


@router.delete("/chat/history/{session_id}", summary="Clear a session's messages", responses=session_error_docs)
async def clear(
    sessions: SessionsDep, stopping: StoppingDep, user: User, session_id: SessionId, language: RequestedLanguage
) -> Done:
    """Deletes the session's messages and turns, and keeps the session. A running reply is stopped and not kept."""
    jobs = [keys.title_job(session_id)]
    if active := await sessions.clear(user, session_id):
        try:
            await stopping.stop(user, active)
        except UnknownTurn:  # gone already
            jobs.append(active)
    await stopping.drop(*jobs)
    return Done(session_id=session_id, message=CLEARED[language])
