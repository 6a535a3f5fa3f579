"""Routes that stream a turn's events as server-sent events."""

import asyncio
import time
from functools import partial
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Header, Query, Request, Response
from sse_starlette import EventSourceResponse

from api.auth.identity import IDENTITY_ERRORS, User
from api.deps import AppState
from api.limits.client_address import GuestAddress
from api.opening import ask, ensure_queued, question_of
from api.problems import documented
from api.routes.turns import ASK_ERRORS
from api.schemas import TurnId, TurnRequest
from api.state import State
from api.streaming import cursor
from api.streaming.cursor import Cursor
from api.streaming.event_stream import EventStream
from api.streaming.follow import RETRY_SECONDS
from api.streaming.open_streams import StreamSlot
from chat import keys
from chat.errors import BadCursor, HoldfastError, TooManyStreams, TurnRunning, UnknownTurn
from chat.store import RedisError
from chat.turns import Turn

OUTAGE_SECONDS = 30
"""How long a reconnect waits for an unreachable store before it fails."""

NOTE_TIMEOUT_SECONDS = 0.5
"""How long the end of a reply is held back for the store to note that it is read."""

logger = structlog.get_logger(__name__)

router = APIRouter(tags=["events"])

LastEventId = Annotated[
    str | None,
    Header(
        description="The last SSE id that was read, `<turn_id>:<seq>`; browsers send it on reconnect.",
        json_schema_extra={"pattern": cursor.CURSOR_PATTERN},
    ),
]
stream_docs: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events, each with `id: <turn_id>:<seq>`", "content": {"text/event-stream": {}}},
    204: {"description": "The turn has ended and all its events were read"},
}


@router.get(
    "/chat/turns/{turn_id}/events",
    summary="Follow a turn",
    response_class=EventSourceResponse,
    responses={**stream_docs, **documented(*IDENTITY_ERRORS, UnknownTurn, BadCursor, TooManyStreams)},
)
async def events(
    state: AppState,
    user: User,
    turn_id: TurnId,
    request: Request,
    after: Annotated[
        str | None,
        Query(
            description="Only events with a greater number.",
            examples=["12"],
            json_schema_extra={"pattern": cursor.SEQ_PATTERN},
        ),
    ] = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Any number of readers may follow, at any time. A late reader gets what it missed as merged events."""
    if last_event_id:
        at = cursor.parse(last_event_id)
        if at.turn_id != turn_id:
            raise BadCursor
        return await _resume(state, user, at, _trace_of(request))
    return await _resume(state, user, Cursor(turn_id, cursor.parse_seq(after or "0")), _trace_of(request))


@router.get(
    "/chat/stream",
    summary="Ask a question and follow its reply",
    response_class=EventSourceResponse,
    responses={**stream_docs, **documented(*ASK_ERRORS, BadCursor, TooManyStreams)},
)
async def stream(
    state: AppState,
    user: User,
    address: GuestAddress,
    request: Request,
    session_id: Annotated[str, Query()],
    message: Annotated[str, Query(examples=["What is Redis?"])] = "",
    role: Annotated[str | None, Query(description="A key of GET /roles. Default: the session's persona.")] = None,
    last_event_id: LastEventId = None,
) -> Response:
    """For a native `EventSource`. A reconnect sends `Last-Event-ID` and so continues the turn instead of asking again.

    A reconnect before the first event asks nothing again either: the same message to the same session and role counts
    as the same question until a reader of this URL has received the end of the reply, or until a minute after the end.

    A URL holds about 7,000 Chinese characters; POST /chat/turns takes longer questions.
    """
    body = TurnRequest(session_id=session_id, message=message, role=role)
    if last_event_id:
        at = cursor.parse(last_event_id)
        if keys.session_of(at.turn_id) != session_id:
            raise BadCursor
        return await _resume(state, user, at, _trace_of(request), body)
    slot, _ = await state.streams.enter(user, session_id)
    if slot is None:
        raise TooManyStreams
    try:
        with state.traces.span("GET /chat/stream", _trace_of(request), "server") as span:
            async with state.user_concurrency.slot(user):
                turn_id = await _ask_once(state, user, body, address, span.context)
    except BaseException:
        state.streams.leave(slot)
        raise
    return _respond(state, Cursor(turn_id, 0), slot, span.context, asked=body)


def _trace_of(request: Request) -> str:
    return request.headers.get("traceparent", "")


async def _ask_once(state: State, user: str, request: TurnRequest, address: str, trace: str) -> str:
    """Returns the turn of a new question, or of the same question asked before.

    An EventSource that loses its connection before the first id asks again, and gets the turn that it opened. It also
    gets a running turn that POST /chat/turns opened with the same message.
    """
    try:
        return await ask(state, user, question_of(state, request, by_stream=True), address, trace)
    except TurnRunning as error:
        running = error.extra["turn_id"]
        history = await state.sessions.tail(request.session_id, 1)
        if [(asked.content, asked.turn_id) for asked in history] != [(request.message, running)]:
            raise
        return running


async def _note_end_read(state: State, asked: TurnRequest, turn_id: str) -> None:
    """Notes in the store that the end was read, so that the same message is a new question from now on.

    Runs before the end is sent, because the reader may ask again at once. If the store fails, the message becomes a new
    question after a minute.
    """
    try:
        async with asyncio.timeout(NOTE_TIMEOUT_SECONDS):
            await state.turns.end_is_read(question_of(state, asked, by_stream=True), turn_id)
    except (RedisError, OSError, TimeoutError, HoldfastError) as error:
        logger.info("end_not_noted", turn_id=turn_id, error=type(error).__name__)


async def _resume(state: State, user: str, at: Cursor, link: str, asked: TurnRequest | None = None) -> Response:
    """Streams the rest of the turn, or answers 204 if there is none.

    `link`: the trace of the request. `asked`: the question in the request's URL. Waits up to `OUTAGE_SECONDS` for an
    unreachable store, because an EventSource never reconnects after an error response.
    """
    until = time.monotonic() + OUTAGE_SECONDS
    while True:
        try:
            return await _resume_now(state, user, at, link, asked)
        except RedisError:
            if time.monotonic() > until or state.feed.is_closing:
                raise
            await asyncio.sleep(RETRY_SECONDS)


async def _resume_now(state: State, user: str, at: Cursor, link: str, asked: TurnRequest | None) -> Response:
    if at.seq == 0:
        slot, turn = await _enter_and_look(state, user, at)
    else:
        turn = await _known_turn(state, at, await state.turns.look(user, at.turn_id))
        if _is_fully_read(turn, at):
            if asked:
                await _note_end_read(state, asked, at.turn_id)
            return Response(status_code=204)
        slot, _ = await state.streams.enter(user, keys.session_of(at.turn_id), returns=True)
    if slot is None:
        raise TooManyStreams
    return _respond(state, at, slot, turn.trace if turn else "", link, asked)


async def _enter_and_look(state: State, user: str, at: Cursor) -> tuple[StreamSlot | None, Turn | None]:
    """Takes a stream slot and looks up the turn in one round trip.

    Only for a reader that has read nothing: it never gets a 204, so its slot is needed if the turn exists.
    """
    look = state.turns.looking(user, at.turn_id)
    slot, (seen,) = await state.streams.enter(user, keys.session_of(at.turn_id), look)
    try:
        return slot, await _known_turn(state, at, state.turns.seen(at.turn_id, seen))
    except BaseException:
        state.streams.leave(slot)
        raise


async def _known_turn(state: State, at: Cursor, turn: Turn | None) -> Turn | None:
    """Returns the turn; None if it is gone but its reply or its idempotency record remains. Raises `UnknownTurn`.

    The record remains when the history was cleared: a client that repeats its question gets the turn's id and its end.
    """
    if turn is None and at.seq != cursor.MAX_SEQ and await state.follower.reply(at.turn_id) is None:
        if not await state.turns.was_asked_for(at.turn_id):
            raise UnknownTurn
    return await ensure_queued(state, turn)


def _is_fully_read(turn: Turn | None, at: Cursor) -> bool:
    """Tells whether the cursor is at the end of an ended turn."""
    if turn is None:
        return at.seq == cursor.MAX_SEQ
    return turn.is_over and at.seq == turn.seq


def _respond(
    state: State, at: Cursor, slot: StreamSlot, trace: str, link: str = "", asked: TurnRequest | None = None
) -> EventStream:
    batches = state.follower.follow(at.turn_id, at.seq)
    before_end = partial(_note_end_read, state, asked, at.turn_id) if asked else None
    span = state.traces.span("follow turn", trace, "server", link, holdfast__turn_id=at.turn_id, holdfast__after=at.seq)
    return EventStream(batches, state.streams.held(slot), span, state.heartbeat, before_end)
