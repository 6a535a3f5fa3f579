"""Routes that open, show and stop turns."""

from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Header, Query, Request, Response

from api.auth.identity import IDENTITY_ERRORS
from api.deps import (
    ActiveTurnsAddress,
    FilesDep,
    OpeningDep,
    QueueDep,
    SessionsDep,
    SettingsDep,
    StoppingDep,
    StoreMemoryDep,
    TracesDep,
    TurnsDep,
    User,
    UserConcurrencyDep,
    WaitingDep,
)
from api.opening import check_message
from api.problems import documented
from api.schemas import SessionId, TurnId
from api.turn_schemas import (
    Discarded,
    QuestionChange,
    QueuePlace,
    Resumed,
    TurnAccepted,
    TurnRequest,
    TurnState,
    TurnView,
    TurnWorker,
)
from chat.errors import (
    BodyTooLarge,
    InvalidJson,
    KeyReused,
    MessageEmpty,
    MessageTooLong,
    NoQuestion,
    NotAQuestion,
    QueueFull,
    QueueSlow,
    QuotaReached,
    StoreFull,
    TooManyTurns,
    TooManyTurnsHere,
    TooManyVersions,
    TurnRunning,
    UnknownMessage,
    UnknownModel,
    UnknownRole,
    UnknownSession,
    UnknownTurn,
)
from chat.files.errors import ModelWithoutVision, TooManyFiles, UnknownFile
from chat.queue import Queue
from chat.reply_errors import NotAReply, ReplyCallsTools, ReplyComplete, ReplyEmpty, ReplyTooLong
from chat.turn_record import ACTIVE_STATES, Turn
from chat.waiting_errors import NotWaiting, TooManyWaiting

router = APIRouter(tags=["turns"])
logger = structlog.get_logger(__name__)

ASK_ERRORS = (
    *IDENTITY_ERRORS,
    UnknownSession,
    UnknownMessage,
    NoQuestion,
    NotAQuestion,
    NotAReply,
    ReplyCallsTools,
    ReplyComplete,
    ReplyCallsTools,
    ReplyEmpty,
    ReplyTooLong,
    TooManyVersions,
    TooManyWaiting,
    TurnRunning,
    UnknownRole,
    UnknownModel,
    UnknownFile,
    TooManyFiles,
    ModelWithoutVision,
    MessageEmpty,
    MessageTooLong,
    KeyReused,
    TooManyTurns,
    TooManyTurnsHere,
    QueueFull,
    QueueSlow,
    StoreFull,
    QuotaReached,
)
turn_error_docs = documented(*IDENTITY_ERRORS, UnknownTurn)

LINKS = {
    name: {"operationId": operation, "parameters": {"turn_id": "$response.body#/turn_id"}}
    for name, operation in {
        "look": "look_chat_turns__turn_id__get",
        "follow": "events_chat_turns__turn_id__events_get",
        "stop": "cancel_chat_turns__turn_id__cancel_post",
    }.items()
}
"""OpenAPI links from the response to the operations that a program calls next."""

IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=255, description="The same key never opens two turns.", examples=["9b2e-1"]),
]


@router.post(
    "/chat/turns",
    summary="Ask a question",
    status_code=202,
    responses={202: {"links": LINKS}, **documented(*ASK_ERRORS, InvalidJson, BodyTooLarge)},
)
async def open_turn(
    opening: OpeningDep,
    traces: TracesDep,
    user_concurrency: UserConcurrencyDep,
    user: User,
    address: ActiveTurnsAddress,
    body: TurnRequest,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> TurnAccepted:
    """Stores the question and queues its turn. Follow the reply at `events`, from anywhere and as often as you like."""
    traced = traces.span("POST /chat/turns", request.headers.get("traceparent", ""), "server")
    with traced as span:
        async with user_concurrency.slot(user):
            question = opening.question_of(body, idempotency_key)
            opened = await opening.ask(user, question, address, span.context)
    turn_id = opened.turn_id
    prefix = "/api" if request.scope["path"].startswith("/api/") else ""
    response.headers["Location"] = f"{prefix}/chat/turns/{turn_id}"
    return TurnAccepted(turn_id=turn_id, events=f"{prefix}/chat/turns/{turn_id}/events", waits=opened.waits)


@router.get("/chat/turns/{turn_id}", summary="Look at a turn", responses=turn_error_docs)
async def look(turns: TurnsDep, queue: QueueDep, user: User, turn_id: TurnId) -> TurnView:
    """Shows a turn's progress: its state, its position in the queue, its attempt, and how it ended."""
    turn = await turns.look(user, turn_id)
    if turn is None:
        raise UnknownTurn
    return TurnView.of(turn, await _place_of(turn, queue))


async def _place_of(turn: Turn, queue: Queue) -> QueuePlace:
    if turn.state not in ACTIVE_STATES:
        return QueuePlace()
    if await queue.is_claimed(turn.turn_id):
        return QueuePlace(await queue.position(turn.turn_id) if turn.state == "queued" else None, "claimed")
    worker: TurnWorker = "awaited" if (await queue.workers()).count else "absent"
    return QueuePlace(await queue.position(turn.turn_id), worker)


@router.patch(
    "/chat/turns/{turn_id}",
    summary="Change a waiting question",
    responses=documented(
        *IDENTITY_ERRORS, UnknownTurn, NotWaiting, MessageEmpty, MessageTooLong, InvalidJson, BodyTooLarge
    ),
)
async def change(
    settings: SettingsDep, turns: TurnsDep, waiting: WaitingDep, user: User, turn_id: TurnId, body: QuestionChange
) -> TurnState:
    """Replaces the text of a question that waits until the reply before it has ended."""
    check_message(body.message, settings.max_message_chars)
    await waiting.reword(user, turn_id, body.message)
    return TurnState(turn_id=turn_id, state="waiting")


@router.post(
    "/chat/sessions/{session_id}/waiting/resume",
    summary="Go on with the waiting questions",
    responses=documented(*IDENTITY_ERRORS, UnknownSession, StoreFull),
)
async def resume(waiting: WaitingDep, store_memory: StoreMemoryDep, user: User, session_id: SessionId) -> Resumed:
    """Waiting questions pause after a turn that failed or was stopped. This asks the first of them."""
    store_memory.check()
    return Resumed(turn_id=await waiting.resume(user, session_id))


@router.delete(
    "/chat/sessions/{session_id}/waiting",
    summary="Discard the waiting questions",
    responses=documented(*IDENTITY_ERRORS, UnknownSession),
)
async def discard(
    sessions: SessionsDep, waiting: WaitingDep, files: FilesDep, user: User, session_id: SessionId
) -> Discarded:
    """Removes all questions that wait, with their files; a running reply goes on."""
    await sessions.get(user, session_id)
    async with files.removing(user, session_id):
        return Discarded(turn_ids=await waiting.discard(user, session_id))


@router.post(
    "/chat/turns/{turn_id}/cancel",
    summary="Stop a turn",
    responses=documented(*IDENTITY_ERRORS, UnknownTurn, NotWaiting),
)
async def cancel(
    stopping: StoppingDep,
    files: FilesDep,
    user: User,
    turn_id: TurnId,
    only: Annotated[
        Literal["waiting"] | None,
        Query(description="Stop it only while its question waits. Once that is asked, the reply goes on."),
    ] = None,
) -> TurnState:
    """Stops a turn. The text shown so far is kept as the reply. A turn that has ended does not change. A question that
    waits is removed with its files."""
    async with files.removing_of_turn(user, turn_id):
        stopped = await (stopping.remove_waiting if only else stopping.stop)(user, turn_id)
    logger.info("turn_stop", turn_id=turn_id, state=stopped)
    return TurnState(turn_id=turn_id, state=stopped)
