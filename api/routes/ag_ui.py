"""Routes of the Agent User Interaction Protocol, for its clients and CopilotKit."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Request, Response

from api.answering import Answering
from api.auth.identity import IDENTITY_ERRORS
from api.deps import (
    ActiveTurnsAddress,
    AnsweringDep,
    AskingDep,
    ConversationsDep,
    SettingsDep,
    StoppingDep,
    TracesDep,
    TurnsDep,
    TurnStreamsDep,
    User,
)
from api.problems import documented
from api.protocols import stopped
from api.protocols.ag_ui import requests
from api.protocols.ag_ui.interrupts import answers_of
from api.protocols.ag_ui.prompts import prompt_of, repeated
from api.protocols.ag_ui.schemas import MAX_ID, AgProps, RunInput
from api.protocols.ag_ui.translation import AgUiTranslation, Run
from api.protocols.approvals import Given, store_answers
from api.protocols.asking import Asking
from api.protocols.conversations import Conversations
from api.protocols.translation import GoesOn, form_of
from api.roles import check_max_tokens, chosen_model
from api.routes.asking import APPROVAL_ERRORS, PROMPT_ERRORS
from api.streaming import cursor
from api.streaming.cursor import CURSOR_PATTERN, Cursor
from api.streaming.event_stream import EventStream
from api.turn_streams import Form, TurnStreams
from chat import keys
from chat.approval_errors import UnknownApproval
from chat.errors import BadCursor, TooManySessions, UnknownTurn

router = APIRouter(tags=["ag-ui"])

stream_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The events of the run, from RUN_STARTED to RUN_FINISHED or RUN_ERROR.",
        "content": {"text/event-stream": {"itemSchema": {"type": "object", "required": ["data"]}}},
    },
    204: {"description": "The run has ended, and `Last-Event-ID` is its last event."},
}
LastEventId = Annotated[
    str | None,
    Header(description="The id of the last event that came: the run goes on after it.", pattern=CURSOR_PATTERN),
]
ThreadId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID, description="The client's id of the thread, or a session's id.")
]


@router.post(
    "/ag-ui",
    summary="Run as an AG-UI agent",
    response_class=Response,
    responses={**stream_docs, **documented(*PROMPT_ERRORS, *APPROVAL_ERRORS, BadCursor, UnknownTurn, TooManySessions)},
)
async def run(
    asking: AskingDep,
    answering: AnsweringDep,
    conversations: ConversationsDep,
    turn_streams: TurnStreamsDep,
    settings: SettingsDep,
    traces: TracesDep,
    user: User,
    address: ActiveTurnsAddress,
    body: RunInput,
    request: Request,
    last_event_id: LastEventId = None,
) -> Response:
    """The thread is a session, which the page shows, and the run a turn that goes on without the client. The same
    `runId` again asks nothing: the run is sent anew from its beginning, or from `Last-Event-ID` on. Where the turn
    waits for its user, the run ends with interrupts, and another run with the answers in `resume` goes on with it."""
    requests.check(body)
    if answers := answers_of(body):
        return await _answered(asking, answering, conversations, user, body, answers, request)
    props = body.forwarded_props or AgProps()
    model = chosen_model(settings, props.model or None)
    check_max_tokens(settings, props.model or None, props.max_tokens)
    trace = request.headers.get("traceparent", "")
    if last_event_id:
        at = await _cursor_of(asking, conversations, user, body, model, last_event_id)
        return await _resumed(conversations, turn_streams, user, body, at, trace)
    with traces.span("POST /ag-ui", trace, "server") as span:
        async with conversations.entered(user, body.thread_id) as session_id:
            if turn_id := await asking.asked_before(user, repeated(body, model, session_id)):
                form = _form(_run_of(body, turn_id, replaces=True))
                return await turn_streams.resume(user, Cursor(turn_id, 0), trace, form=form)
            prompt = await prompt_of(conversations, user, session_id, body, model)
            asked = await asking.ask(user, prompt, address, span.context)
    return asking.follow(asked, AgUiTranslation(_run_of(body, asked.turn_id)), {}, pauses=True)


async def _answered(
    asking: Asking,
    answering: Answering,
    conversations: Conversations,
    user: str,
    body: RunInput,
    answers: list[Given],
    request: Request,
) -> EventStream:
    """Stores answers, and streams what follows them, or the whole reply where they were stored before."""
    session = await conversations.look(user, body.thread_id)
    if session is None:
        raise UnknownApproval
    turn_id, after, _ = await store_answers(answering, user, session.session_id, answers)
    asked = await asking.again(user, turn_id, request.headers.get("traceparent", ""))
    goes_on = after is not None
    translation = AgUiTranslation(_run_of(body, turn_id, goes_on=goes_on, replaces=not goes_on))
    return asking.follow(asked, translation if after is None else GoesOn(translation, after), {}, pauses=True)


async def _cursor_of(
    asking: Asking, conversations: Conversations, user: str, body: RunInput, model: str, last_event_id: str
) -> Cursor:
    """Returns the place after an event. Raises `BadCursor` for an event of another run: its question may be new."""
    at = cursor.parse(last_event_id)
    session = await conversations.look(user, body.thread_id)
    if session is None or keys.session_of(at.turn_id) != session.session_id:
        raise BadCursor
    if at.turn_id != await asking.asked_before(user, repeated(body, model, session.session_id)):
        raise BadCursor
    return at


async def _resumed(
    conversations: Conversations, turn_streams: TurnStreams, user: str, body: RunInput, at: Cursor, trace: str
) -> Response:
    """Follows a run from a cursor on or, where calls of tools may be open, again from its beginning."""
    goes_on = at.seq > 0 and not await conversations.has_tools(at.turn_id)
    form = _form(_run_of(body, at.turn_id, goes_on=goes_on, replaces=not goes_on))
    return await turn_streams.resume(user, at if goes_on else Cursor(at.turn_id, 0), trace, form=form)


@router.post(
    "/ag-ui/{thread_id:path}/stop", summary="Stop the running run", responses=documented(*IDENTITY_ERRORS, UnknownTurn)
)
async def stop(
    conversations: ConversationsDep, stopping: StoppingDep, turns: TurnsDep, user: User, thread_id: ThreadId
) -> stopped.Stopped:
    """`abortRun()` of a client only closes the connection. The text so far is kept as the reply."""
    session = await conversations.look(user, thread_id)
    if not session or not session.active_turn:
        return stopped.Stopped()
    return await stopped.stop(stopping, turns, user, session.active_turn)


def _run_of(body: RunInput, turn_id: str, *, goes_on: bool = False, replaces: bool = False) -> Run:
    messages = [each.model_dump(by_alias=True, exclude_none=True) for each in body.messages]
    return Run(turn_id, body.thread_id, body.run_id, messages, goes_on, replaces)


def _form(run: Run) -> Form:
    return form_of(AgUiTranslation(run), {}, pauses=True)
