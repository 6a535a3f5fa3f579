"""Routes that stream a turn's events as server-sent events."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response
from sse_starlette import EventSourceResponse

from api.auth.identity import IDENTITY_ERRORS
from api.deps import ActiveTurnsAddress, OpeningDep, TracesDep, TurnStreamsDep, User, UserConcurrencyDep
from api.openapi.events import STREAM
from api.problems import documented
from api.routes.turns import ASK_ERRORS
from api.schemas import TurnId
from api.streaming import cursor
from api.streaming.cursor import Cursor
from api.streaming.event_stream import Pace
from api.turn_schemas import TurnRequest
from chat import keys
from chat.errors import BadCursor, TooManyStreams, UnknownTurn

router = APIRouter(tags=["events"])

LastEventId = Annotated[
    str | None,
    Header(
        description="The last SSE id that was read, `<turn_id>:<seq>`; browsers send it on reconnect.",
        json_schema_extra={"pattern": cursor.CURSOR_PATTERN},
    ),
]
stream_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events. Each has `id: <turn_id>:<seq>`, and a `TurnEvent` as JSON in `data`.",
        "content": STREAM,
    },
    204: {"description": "The turn has ended and all its events were read"},
}


@router.get(
    "/chat/turns/{turn_id}/events",
    summary="Follow a turn",
    response_class=EventSourceResponse,
    responses={**stream_docs, **documented(*IDENTITY_ERRORS, UnknownTurn, BadCursor, TooManyStreams)},
)
async def events(
    turn_streams: TurnStreamsDep,
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
    wait: Annotated[
        int | None,
        Query(
            ge=0,
            le=20,
            description="For readers that get a body only when it has ended: it ends after the first events, or after "
            "so many seconds without any. Come back with the cursor.",
        ),
    ] = None,
    ping: Annotated[
        Literal["event"] | None,
        Query(description="Pings come as events of the type `ping`, the first of them at once."),
    ] = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Any number of readers may follow, at any time. A late reader gets what it missed as merged events."""
    at = cursor.parse(last_event_id) if last_event_id else Cursor(turn_id, cursor.parse_seq(after or "0"))
    if at.turn_id != turn_id:
        raise BadCursor
    pace = Pace(wait, ping_events=ping == "event")
    return await turn_streams.resume(user, at, _trace_of(request), pace=pace)


@router.get(
    "/chat/stream",
    summary="Ask a question and follow its reply",
    response_class=EventSourceResponse,
    responses={**stream_docs, **documented(*ASK_ERRORS, BadCursor, TooManyStreams)},
)
async def stream(
    turn_streams: TurnStreamsDep,
    opening: OpeningDep,
    traces: TracesDep,
    user_concurrency: UserConcurrencyDep,
    user: User,
    address: ActiveTurnsAddress,
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
        return await turn_streams.resume(user, at, _trace_of(request), body)
    slot = await turn_streams.enter(user, session_id)
    try:
        with traces.span("GET /chat/stream", _trace_of(request), "server") as span:
            async with user_concurrency.slot(user):
                turn_id = await opening.ask_by_stream(user, body, address, span.context)
    except BaseException:
        turn_streams.leave(slot)
        raise
    return turn_streams.respond(Cursor(turn_id, 0), slot, span.context, asked=body)


def _trace_of(request: Request) -> str:
    return request.headers.get("traceparent", "")
