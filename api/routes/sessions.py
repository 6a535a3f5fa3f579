"""Routes for sessions and their histories."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth.identity import IDENTITY_ERRORS
from api.deps import (
    FilesDep,
    OwnPersonasDep,
    PersonasDep,
    SessionsDep,
    SettingsDep,
    StoppingDep,
    StoreMemoryDep,
    User,
    UserOrNewGuest,
    VisitsDep,
    WaitingDep,
)
from api.language import RequestedLanguage
from api.problems import documented
from api.roles import check_max_tokens, chosen_role, own_persona
from api.schemas import (
    EXAMPLE_REPLY,
    ChangedSession,
    Done,
    HistoryView,
    MessageId,
    SessionChange,
    SessionId,
    SessionList,
    SessionStart,
    SessionView,
    Started,
)
from chat import keys
from chat.errors import (
    BodyTooLarge,
    InvalidJson,
    InvalidRequest,
    MaxTokensTooLarge,
    StoreFull,
    TooManyGuests,
    TooManySessions,
    TurnRunning,
    UnknownMessage,
    UnknownRole,
    UnknownSession,
    UnknownTurn,
)
from chat.history import MAX_PAGE_MESSAGES, PAGE_MESSAGES
from chat.list_errors import TooManyPinned, TooManyTags
from chat.marks import MAX_TAG_CHARS
from chat.personas import Language
from chat.session_list import View
from chat.session_settings import NOTHING_SET

router = APIRouter(tags=["sessions"])
SESSION_ACCESS_ERRORS = (*IDENTITY_ERRORS, UnknownSession)
"""Errors of routes for one session; another user's session answers like a missing one."""

session_error_docs = documented(*SESSION_ACCESS_ERRORS)

CREATED: dict[Language, str] = {"zh": "会话已创建", "en": "Session created"}
CLEARED: dict[Language, str] = {"zh": "历史记录已清空", "en": "History cleared"}
REMOVED: dict[Language, str] = {"zh": "消息已删除", "en": "Message deleted"}
DELETED: dict[Language, str] = {"zh": "会话已删除", "en": "Session deleted"}


@router.post(
    "/chat/start",
    summary="Start a session",
    responses=documented(
        *IDENTITY_ERRORS,
        UnknownRole,
        MaxTokensTooLarge,
        TooManySessions,
        TooManyGuests,
        InvalidJson,
        BodyTooLarge,
        StoreFull,
    ),
)
async def start(
    settings: SettingsDep,
    sessions: SessionsDep,
    personas: PersonasDep,
    own: OwnPersonasDep,
    store_memory: StoreMemoryDep,
    visits: VisitsDep,
    user: UserOrNewGuest,
    language: RequestedLanguage,
    role: Annotated[str | None, Query(description="A key of GET /roles.", examples=["teacher"])] = None,
    body: SessionStart | None = None,
) -> Started:
    """Creates an empty session. A browser without an identity becomes a guest and gets a cookie.

    The body is optional: instructions and parameters for the session, as in `PATCH /chat/sessions/{session_id}`.
    """
    key = chosen_role(personas, role)
    mine = await own_persona(personas, own, user, key)
    given = body or NOTHING_SET
    check_max_tokens(settings, None, given.max_tokens)
    store_memory.check()
    session = await sessions.create(user, key, given)
    await visits.note(user)
    welcome = mine.text("welcome", language) if mine else personas[key].welcome.text(language)
    return Started(session_id=session.session_id, welcome_message=welcome, message=CREATED[language])


@router.get("/chat/sessions", summary="List your sessions", responses=documented(*IDENTITY_ERRORS))
async def sessions(
    all_sessions: SessionsDep,
    user: User,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    archived: Annotated[bool, Query(description="List the archived sessions instead of the others.")] = False,
    tag: Annotated[
        str | None,
        Query(
            min_length=1, max_length=MAX_TAG_CHARS, description="List only sessions with this tag.", examples=["work"]
        ),
    ] = None,
) -> SessionList:
    """Pinned sessions first, then newest activity first, a page at a time."""
    page, total = await all_sessions.page(user, limit, offset, View(archived, tag or ""))
    return SessionList(user_id=user, sessions=[SessionView.of(session) for session in page], total=total)


@router.patch(
    "/chat/sessions/{session_id}",
    summary="Rename, pin, archive or tag a session, instruct its model, or show another branch",
    responses=documented(
        *SESSION_ACCESS_ERRORS,
        MaxTokensTooLarge,
        UnknownMessage,
        TurnRunning,
        TooManyPinned,
        TooManyTags,
        InvalidJson,
        BodyTooLarge,
        StoreFull,
    ),
)
async def change(
    settings: SettingsDep,
    sessions: SessionsDep,
    store_memory: StoreMemoryDep,
    user: User,
    session_id: SessionId,
    body: SessionChange,
) -> ChangedSession:
    """Another branch cannot be shown while a reply runs."""
    if body.title is not None or body.tags or body.sets_something:
        store_memory.check()
    if body.max_tokens is not None:
        check_max_tokens(settings, (await sessions.get(user, session_id)).model, body.max_tokens)
    # First what may be refused, so that a refusal changes nothing.
    if body.leaf is not None:
        await sessions.branches.show(user, session_id, body.leaf)
    if not body.marks.is_empty:
        await sessions.mark(user, session_id, body.marks)
    if body.sets_something:
        await sessions.configure(user, session_id, body)
    if body.title is not None:
        await sessions.rename(user, session_id, body.title)
    return ChangedSession.of(await sessions.marked(user, session_id))


@router.delete(
    "/chat/sessions/{session_id}/messages/{message_id}",
    summary="Delete a message with all that follow it",
    responses=documented(*SESSION_ACCESS_ERRORS, UnknownMessage, TurnRunning),
)
async def remove(
    sessions: SessionsDep,
    files: FilesDep,
    stopping: StoppingDep,
    user: User,
    session_id: SessionId,
    message_id: Annotated[str, Path(max_length=64, examples=[EXAMPLE_REPLY])],
    language: RequestedLanguage,
) -> Done:
    """Deletes one version of a message, and on every branch what follows it. Not possible while a reply runs."""
    async with files.removing(user, session_id):
        await sessions.branches.remove(user, session_id, message_id)
    await stopping.drop(keys.title_job(session_id))
    return Done(session_id=session_id, message=REMOVED[language])


@router.delete("/chat/session/{session_id}", summary="Delete a session", responses=session_error_docs)
@router.delete("/chat/sessions/{session_id}", summary="Delete a session", responses=session_error_docs)
async def delete(
    sessions: SessionsDep,
    files: FilesDep,
    stopping: StoppingDep,
    user: User,
    session_id: SessionId,
    language: RequestedLanguage,
) -> Done:
    """Deletes the session, its messages with their files, and its turns; a running reply is stopped."""
    async with files.removing(user, session_id):
        removed = await sessions.delete(user, session_id)
    await stopping.drop_deleted(session_id, removed)
    return Done(session_id=session_id, message=DELETED[language])


@router.get(
    "/chat/history",
    summary="Read a session's messages",
    responses=documented(*SESSION_ACCESS_ERRORS, UnknownMessage),
    response_model_exclude_none=False,
)
async def history(
    sessions: SessionsDep,
    following: WaitingDep,
    user: User,
    session_id: Annotated[str, Query(description="The session's id.")],
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_MESSAGES, description="Messages per page.")] = PAGE_MESSAGES,
    before: Annotated[
        MessageId | None, Query(description="Only messages before this one.", examples=[EXAMPLE_REPLY])
    ] = None,
    branch: Annotated[
        MessageId | None,
        Query(description="A message whose branch is read instead of the one that is shown.", examples=[EXAMPLE_REPLY]),
    ] = None,
    around: Annotated[
        MessageId | None,
        Query(description="A message in the middle of the page, as a search has found it.", examples=[EXAMPLE_REPLY]),
    ] = None,
    after: Annotated[
        MessageId | None, Query(description="Only the first messages after this one.", examples=[EXAMPLE_REPLY])
    ] = None,
) -> HistoryView:
    """A page: the newest messages, or those before, around or after a message. If the branch does not have that
    message, its own branch is read. A page has fewer than `limit` messages, but at least one, if they would exceed
    about 2 MB; `has_more` and `has_later` tell whether there are others."""
    if len([each for each in (before, around, after) if each]) > 1:
        raise InvalidRequest("before, around and after exclude each other. Give one of them.")
    part = {"branch": branch or "", "around": around or "", "after": after or ""}
    found = await sessions.history(user, session_id, limit, before or "", **part)
    if found.waiting and not (found.session.active_turn or found.session.paused):  # 0.1.0 has ended the turn before
        await following.advance(session_id)
        found = await sessions.history(user, session_id, limit, before or "", **part)
    marks = await sessions.list.marks(user, session_id)
    return HistoryView(
        session_id=session_id,
        title=found.session.title,
        role=found.session.role,
        model=found.session.model,
        messages=found.messages,
        total=found.total,
        has_more=found.has_more,
        has_later=found.has_later,
        trimmed=found.session.trimmed,
        active_turn=found.session.active_turn,
        leaf=found.session.leaf,
        is_shown=found.is_shown,
        waiting=found.waiting,
        paused=bool(found.waiting and found.session.paused),
        waiting_revision=found.session.waiting_revision,
        instructions=found.session.instructions,
        temperature=found.session.temperature,
        max_tokens=found.session.max_tokens,
        **marks.model_dump(),
    )


@router.delete("/chat/history/{session_id}", summary="Clear a session's messages", responses=session_error_docs)
async def clear(
    sessions: SessionsDep,
    files: FilesDep,
    stopping: StoppingDep,
    user: User,
    session_id: SessionId,
    language: RequestedLanguage,
) -> Done:
    """Deletes the session's messages with their files, and its turns; keeps the session. A running reply is stopped and
    not kept."""
    jobs = [keys.title_job(session_id)]
    async with files.removing(user, session_id):
        active = await sessions.clear(user, session_id)
    if active:
        try:
            await stopping.stop(user, active)
        except UnknownTurn:  # gone already
            jobs.append(active)
    await stopping.drop(*jobs)
    return Done(session_id=session_id, message=CLEARED[language])
