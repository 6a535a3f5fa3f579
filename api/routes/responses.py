"""Routes of OpenAI's Responses, for its SDKs and whatever else speaks that protocol."""

from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from api.auth.identity import IDENTITY_ERRORS
from api.deps import (
    ActiveTurnsAddress,
    AnsweringDep,
    AskingDep,
    RequestsLeft,
    SettingsDep,
    StoredResponsesDep,
    TracesDep,
    TurnStreamsDep,
    User,
)
from api.protocols import openai_errors
from api.protocols.asking import Asked, Asking, Outcome
from api.protocols.connected import ClientLeft
from api.protocols.errors import ServerRestarting
from api.protocols.openai_docs import OpenAIError, documented
from api.protocols.openai_failures import status_of
from api.protocols.prompts import Prompt, Repeats
from api.protocols.responses import pages, requests
from api.protocols.responses.answers import answer, answers_of
from api.protocols.responses.errors import ResponseNotFound, ResponseRunning, StreamExpired
from api.protocols.responses.ids import response_id
from api.protocols.responses.inputs import items_of
from api.protocols.responses.objects import Object, head_of, response_of
from api.protocols.responses.schemas import ResponseRequest
from api.protocols.responses.stored import StoredResponses
from api.protocols.responses.translation import ResponseTranslation
from api.protocols.translation import form_of
from api.routes.asking import APPROVAL_ERRORS, ASK_ERRORS
from api.streaming.cursor import Cursor
from chat.errors import (
    InvalidRequest,
    TooManySessions,
    TooManyStreams,
    TurnRunning,
    UnknownMessage,
)
from chat.events import Error
from chat.reply_errors import ReplyExpired
from chat.settings import Settings

router = APIRouter(tags=["openai"])
logger = structlog.get_logger(__name__)

FOUND_ERRORS = (*IDENTITY_ERRORS, ResponseNotFound)
CREATE_ERRORS = (
    *ASK_ERRORS,
    *APPROVAL_ERRORS,
    ResponseNotFound,
    ResponseRunning,
    ReplyExpired,
    TooManySessions,
    ServerRestarting,
)
OBJECT = {"schema": {"type": "object", "required": ["id", "object", "status", "output"]}}
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string", "contentMediaType": "application/json"}},
}
answer_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A response or, with `stream`, its events as server-sent events.",
        "content": {"application/json": OBJECT, "text/event-stream": {"itemSchema": EVENT}},
    }
}
object_docs: dict[int | str, dict[str, Any]] = {
    200: {"description": "The response.", "content": {"application/json": OBJECT}}
}
FAILURES: dict[int | str, dict[str, Any]] = {
    500: {"model": OpenAIError, "description": "The reply failed, and another attempt would, too."},
    504: {"model": OpenAIError, "description": "The reply took too long."},
}

ResponseId = Annotated[str, Path(max_length=256, examples=["resp_3f2b8f1c6c0e4c3d9a54f2f0c0a1b2c3176408000000000012"])]
Include = Annotated[
    list[str] | None, Query(alias="include[]", max_length=0, description="There is nothing to include.")
]
Repeated = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key never asks twice within a day: it answers with the response that it has made. With "
        "`previous_response_id` this holds in one conversation.",
    ),
]


@router.post(
    "/v1/responses",
    summary="Create a response",
    response_class=Response,
    responses={**answer_docs, **documented(*CREATE_ERRORS), **FAILURES},
)
async def create(
    asking: AskingDep,
    answering: AnsweringDep,
    stored: StoredResponsesDep,
    settings: SettingsDep,
    traces: TracesDep,
    user: User,
    address: ActiveTurnsAddress,
    left: RequestsLeft,
    body: ResponseRequest,
    request: Request,
    idempotency_key: Repeated = None,  # read with the rest of the request
) -> Response:
    """As OpenAI's API. A response is a turn, and those that follow each other are a session, which the page shows.

    It is made to its end without its client: retrieve it, or stream it again after the last event that you have.

    Items `mcp_approval_response` alone answer what a response asks: it goes on, and is what this answers with."""
    follows = body.stream or not body.background
    with traces.span("POST /v1/responses", request.headers.get("traceparent", ""), "server") as span:
        if answers := answers_of(body):
            turn_id = await answer(answering, user, answers, body.previous_response_id)
            asked = await asking.again(user, turn_id, span.context, follows=follows)
            head = (await stored.find(user, response_id(turn_id))).head()
        else:
            prompt = await _prompt_of(body, settings, stored, user, request)
            asked = await _asked(asking, user, prompt, address, span.context, follows=follows)
            head = head_of(asked.turn_id, prompt.model, prompt.request)
    if body.stream:
        return asking.follow(asked, ResponseTranslation(asked.turn_id, head), left)
    if body.background:
        found = None if asked.is_new else await stored.find(user, head["id"])
        return JSONResponse(await stored.as_object(found) if found else response_of(head, "queued", []), headers=left)
    try:
        outcome = await asking.whole(asked, request)
    except ClientLeft:
        logger.info("client_left", turn_id=asked.turn_id)
        return Response(status_code=204)
    return _whole(asked.turn_id, head, outcome, left)


async def _asked(asking: Asking, user: str, prompt: Prompt, address: str, trace: str, *, follows: bool) -> Asked:
    try:
        return await asking.ask(user, prompt, address, trace, follows=follows)
    except TurnRunning as error:
        raise ResponseRunning(**error.extra) from None
    except UnknownMessage:
        raise ResponseNotFound from None


async def _prompt_of(
    body: ResponseRequest, settings: Settings, stored: StoredResponses, user: str, request: Request
) -> Prompt:
    asked, session_id, parent_id = requests.client_request_of(body, settings), "", None
    if body.previous_response_id:
        session_id, parent_id = await stored.to_follow(user, body.previous_response_id)
    repeats = await Repeats.of(request, requests.words_of(body))
    return Prompt(asked, body.model or settings.catalog.default_id, repeats, session_id, body.store, parent_id)


def _whole(turn_id: str, head: Object, outcome: Outcome, left: dict[str, str]) -> Response:
    """Returns the answer for an ended turn. SDKs do not repeat a request whose reply has failed."""
    if isinstance(last := outcome.last, Error):
        failed = openai_errors.error_of(status_of(last), last.code, last.content)
        return JSONResponse(failed, status_of(last), {**left, **openai_errors.NO_RETRY})
    return JSONResponse(pages.ended(turn_id, head, last, outcome.reply), headers=left)


@router.get(
    "/v1/responses/{response_id}",
    summary="Retrieve a response, or stream it again",
    response_class=Response,
    responses={**answer_docs, **documented(*FOUND_ERRORS, TooManyStreams, StreamExpired)},
)
async def retrieve(
    stored: StoredResponsesDep,
    turn_streams: TurnStreamsDep,
    user: User,
    left: RequestsLeft,
    request: Request,
    response_id: ResponseId,
    stream: Annotated[bool, Query(description="Its events from the first, and those that follow.")] = False,
    starting_after: Annotated[
        int | None,
        Query(
            ge=0, le=2**53 - 1, description="Only what follows the event with this `sequence_number`. With `stream`."
        ),
    ] = None,
    include: Include = None,
    include_obfuscation: Annotated[bool | None, Query(description="Nothing is padded here.")] = None,
) -> Response:
    """A stream goes on after any event, exact to the character, as long as the events are kept: `LOG_TTL` seconds after
    the end. Later it comes as a whole."""
    if starting_after is not None and not stream:
        raise InvalidRequest("starting_after belongs to a stream. Add stream=true.", param="starting_after")
    found = await stored.find(user, response_id)
    if not stream:
        return JSONResponse(await stored.as_object(found), headers=left)
    if found.turn is None and found.reply is None:
        raise StreamExpired("No events of this response are kept. Retrieve it without stream.")
    if found.turn is None and starting_after is not None:
        raise StreamExpired
    translation = ResponseTranslation(found.turn_id, found.head(), starting_after)
    link = request.headers.get("traceparent", "")
    return await turn_streams.resume(user, Cursor(found.turn_id, 0), link, form=form_of(translation, left))


@router.post(
    "/v1/responses/{response_id}/cancel",
    summary="Cancel a response",
    response_class=Response,
    responses={**object_docs, **documented(*FOUND_ERRORS)},
)
async def cancel(stored: StoredResponsesDep, user: User, left: RequestsLeft, response_id: ResponseId) -> Response:
    """Stops a response, whether it is made in the background or not. What was made so far stays. One that has ended
    does not change."""
    found = await stored.cancel(user, response_id)
    return JSONResponse(await stored.as_object(found), headers=left)


@router.delete(
    "/v1/responses/{response_id}",
    summary="Delete a response",
    response_class=Response,
    responses={
        200: {"description": "It is deleted.", "content": {"application/json": {"schema": {"type": "object"}}}},
        **documented(*FOUND_ERRORS, ResponseRunning),
    },
)
async def delete(stored: StoredResponsesDep, user: User, left: RequestsLeft, response_id: ResponseId) -> Response:
    """Deletes what was asked and its reply, with all responses that follow it. Not possible while one of the
    conversation is being made."""
    await stored.delete(user, response_id)
    return JSONResponse({"id": response_id, "object": "response", "deleted": True}, headers=left)


@router.get(
    "/v1/responses/{response_id}/input_items",
    summary="List the input of a response",
    response_class=Response,
    responses={
        200: {
            "description": "A page of its items.",
            "content": {"application/json": {"schema": {"type": "object", "required": ["object", "data", "has_more"]}}},
        },
        **documented(*FOUND_ERRORS),
    },
)
async def list_input_items(
    stored: StoredResponsesDep,
    user: User,
    left: RequestsLeft,
    response_id: ResponseId,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    order: Annotated[Literal["asc", "desc"], Query(description="By default the newest first.")] = "desc",
    after: Annotated[str | None, Query(max_length=256, description="The id of the item before the page.")] = None,
    include: Include = None,
) -> Response:
    """What was sent with this response; that of the responses before it is listed at those."""
    found = await stored.find(user, response_id)
    items = items_of(found.turn_id, found.input_messages())
    return JSONResponse(pages.page_of(items, limit, order, after), headers=left)
