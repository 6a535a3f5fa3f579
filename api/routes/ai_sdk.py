"""Routes for `useChat` of the AI SDK, whose default transport calls them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel

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
from api.protocols.ai_sdk.history import continued_by, from_a_question, ui_messages_of
from api.protocols.ai_sdk.prompts import prompt_of
from api.protocols.ai_sdk.requests import answers_of
from api.protocols.ai_sdk.schemas import MAX_ID, ChatBody
from api.protocols.ai_sdk.translation import HEADERS, UiMessageTranslation
from api.protocols.approvals import Given, store_answers
from api.protocols.asking import Asking
from api.protocols.conversations import Conversations
from api.protocols.prompts import Repeats
from api.protocols.translation import GoesOn, form_of
from api.roles import check_max_tokens, chosen_model
from api.routes.asking import APPROVAL_ERRORS, PROMPT_ERRORS
from api.streaming.cursor import Cursor
from api.streaming.event_stream import EventStream
from chat.approval_errors import UnknownApproval
from chat.errors import TooManySessions, TooManyStreams, UnknownMessage, UnknownTurn
from chat.history import MAX_PAGE_MESSAGES

router = APIRouter(tags=["ai-sdk"])

stream_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The UI message stream, up to `[DONE]`.",
        "content": {"text/event-stream": {"itemSchema": {"type": "object", "required": ["data"]}}},
    }
}
ChatId = Annotated[
    str, Path(min_length=1, max_length=MAX_ID, description="The client's id of the conversation, or a session's id.")
]


class UiMessages(BaseModel):
    """`messages`: UIMessages of the branch that is shown. `hasMore`: there are earlier ones."""

    messages: list[dict[str, Any]]
    hasMore: bool = False


@router.post(
    "/ai-sdk/chat",
    summary="Ask as useChat does, and follow the reply",
    response_class=Response,
    responses={**stream_docs, **documented(*PROMPT_ERRORS, *APPROVAL_ERRORS, TooManySessions)},
)
async def chat(
    asking: AskingDep,
    answering: AnsweringDep,
    conversations: ConversationsDep,
    settings: SettingsDep,
    traces: TracesDep,
    user: User,
    address: ActiveTurnsAddress,
    body: ChatBody,
    request: Request,
) -> Response:
    """The conversation is a session, which the page shows. Only what is new is stored: an edit becomes another version
    of its question, a regeneration another reply. The reply goes on without the client. Where it waits for its user,
    the stream ends; the answers, in the last message, get the rest of it."""
    if answers := answers_of(body):
        return await _answered(asking, answering, conversations, user, body, answers, request)
    model = chosen_model(settings, body.model or None)
    check_max_tokens(settings, body.model or None, body.token_limit)
    repeats = await Repeats.of(request)
    with traces.span("POST /ai-sdk/chat", request.headers.get("traceparent", ""), "server") as span:
        async with conversations.entered(user, body.id) as session_id:
            prompt = await prompt_of(conversations, user, session_id, body, model, repeats)
            asked = await asking.ask(user, prompt, address, span.context)
    return asking.follow(asked, UiMessageTranslation(asked.turn_id, body.continued), HEADERS, pauses=True)


async def _answered(
    asking: Asking,
    answering: Answering,
    conversations: Conversations,
    user: str,
    body: ChatBody,
    answers: list[Given],
    request: Request,
) -> EventStream:
    """Stores answers, and streams what follows them, or the whole reply where they were stored before."""
    session = await conversations.look(user, body.id)
    if session is None:
        raise UnknownApproval
    turn_id, after, approvals = await store_answers(answering, user, session.session_id, answers)
    asked = await asking.again(user, turn_id, request.headers.get("traceparent", ""))
    if after is None:
        whole = UiMessageTranslation(turn_id, body.continued, replaces=True)
        return asking.follow(asked, whole, HEADERS, pauses=True)
    rest = UiMessageTranslation(turn_id, body.continued, goes_on=True, answered=approvals)
    return asking.follow(asked, GoesOn(rest, after), HEADERS, pauses=True)


@router.get(
    "/ai-sdk/chat/{chat_id:path}/stream",
    summary="Follow the running reply from its beginning",
    response_class=Response,
    responses={
        **stream_docs,
        204: {"description": "Nothing runs."},
        **documented(*IDENTITY_ERRORS, UnknownTurn, TooManyStreams),
    },
)
async def resume(
    conversations: ConversationsDep,
    turn_streams: TurnStreamsDep,
    user: User,
    chat_id: ChatId,
    request: Request,
    last: Annotated[bool, Query(description="Where nothing runs, send the last reply again.")] = False,
) -> Response:
    """For `resumeStream()`, and `useChat` with `resume`. The stream replaces what the client has of the reply."""
    session = await conversations.look(user, chat_id)
    turn_id = None
    if session:
        turn_id = await conversations.last_turn(session) if last else session.active_turn
    if not session or not turn_id:
        return Response(status_code=204)
    messages, _ = await conversations.page(user, session.session_id)
    whole = continued_by(messages, turn_id)
    translation = UiMessageTranslation(turn_id, whole["id"], whole["parts"]) if whole else UiMessageTranslation(turn_id)
    form = form_of(translation, HEADERS, pauses=True)
    trace = request.headers.get("traceparent", "")
    return await turn_streams.resume(user, Cursor(turn_id, 0), trace, form=form)


@router.post(
    "/ai-sdk/chat/{chat_id:path}/stop",
    summary="Stop the running reply",
    responses=documented(*IDENTITY_ERRORS, UnknownTurn),
)
async def stop(
    conversations: ConversationsDep, stopping: StoppingDep, turns: TurnsDep, user: User, chat_id: ChatId
) -> stopped.Stopped:
    """`stop()` of `useChat` only closes the connection. The text so far is kept as the reply."""
    session = await conversations.look(user, chat_id)
    if not session or not session.active_turn:
        return stopped.Stopped()
    return await stopped.stop(stopping, turns, user, session.active_turn)


@router.get(
    "/ai-sdk/chat/{chat_id:path}/messages",
    summary="Read a conversation as useChat has it",
    responses=documented(*IDENTITY_ERRORS, UnknownMessage),
)
async def messages(
    conversations: ConversationsDep,
    user: User,
    chat_id: ChatId,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_MESSAGES, description="At most so many messages are read.")] = (
        MAX_PAGE_MESSAGES
    ),
    before: Annotated[
        str, Query(max_length=MAX_ID, description="The id of the first message that you have: those before it.")
    ] = "",
) -> UiMessages:
    """For the `messages` with which `useChat` begins: the newest ones, fewer where they are large. A conversation that
    is not there has none."""
    session = await conversations.look(user, chat_id)
    if session is None:
        return UiMessages(messages=[])
    found, has_more = await conversations.page(user, session.session_id, limit, before)
    shown = from_a_question(found) if has_more else found
    return UiMessages(messages=ui_messages_of(shown), hasMore=has_more)
