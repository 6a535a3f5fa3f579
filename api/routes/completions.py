"""Routes of OpenAI's Chat Completions, for its SDKs and whatever else speaks that protocol."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Header, Path, Request, Response

from api.auth.identity import IDENTITY_ERRORS
from api.deps import ActiveTurnsAddress, AskingDep, RequestsLeft, SettingsDep, TracesDep, User
from api.protocols.chat_completions import models, requests, whole
from api.protocols.chat_completions.schemas import ChatRequest
from api.protocols.chat_completions.translation import ChatTranslation
from api.protocols.connected import ClientLeft
from api.protocols.errors import ReplyStopped, ServerRestarting
from api.protocols.openai_docs import OpenAIError, documented
from api.protocols.prompts import Prompt, Repeats
from api.routes.asking import ASK_ERRORS
from chat.errors import (
    UnknownModel,
    UnknownTurn,
)
from chat.reply_errors import ReplyExpired

router = APIRouter(tags=["openai"])
logger = structlog.get_logger(__name__)

CREATE_ERRORS = (*ASK_ERRORS, UnknownTurn, ReplyExpired, ReplyStopped, ServerRestarting)
RATE_HEADERS = {
    f"x-ratelimit-{name}-requests": {"description": description, "schema": {"type": "string"}}
    for name, description in {
        "limit": "Requests that you may send within the window.",
        "remaining": "Those that are left.",
        "reset": "When all are left again, if you send none: `60s`.",
    }.items()
}
answer_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A chat completion or, with `stream`, its chunks as server-sent events, up to `[DONE]`.",
        "headers": RATE_HEADERS,
        "content": {
            "application/json": {"schema": {"type": "object", "required": ["id", "object", "model", "choices"]}},
            "text/event-stream": {"schema": {"type": "string"}},
        },
    }
}
FAILURES: dict[int | str, dict[str, Any]] = {
    500: {"model": OpenAIError, "description": "The reply failed, and another attempt would, too."},
    504: {"model": OpenAIError, "description": "The reply took too long."},
}

Repeated = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key never asks twice within a day: it answers with the reply that it has asked for.",
    ),
]


@router.post(
    "/v1/chat/completions",
    summary="Create a chat completion",
    response_class=Response,
    responses={**answer_docs, **documented(*CREATE_ERRORS), **FAILURES},
)
async def complete(
    asking: AskingDep,
    settings: SettingsDep,
    traces: TracesDep,
    user: User,
    address: ActiveTurnsAddress,
    left: RequestsLeft,
    body: ChatRequest,
    request: Request,
    idempotency_key: Repeated = None,  # read with the rest of the request
) -> Response:
    """As OpenAI's API. The reply goes on without the client: the same request with the same `Idempotency-Key` gets it
    from its beginning, and so does an SDK's own retry."""
    repeats = await Repeats.of(request, requests.words_of(body))
    prompt = Prompt(requests.client_request_of(body, settings), body.model, repeats)
    with traces.span("POST /v1/chat/completions", request.headers.get("traceparent", ""), "server") as span:
        asked = await asking.ask(user, prompt, address, span.context)
    if body.stream:
        includes_usage = bool(body.stream_options and body.stream_options.include_usage)
        translation = ChatTranslation(asked.turn_id, body.model, includes_usage=includes_usage)
        return asking.follow(asked, translation, left)
    try:
        outcome = await asking.whole(asked, request)
    except ClientLeft:
        logger.info("client_left", turn_id=asked.turn_id)
        return Response(status_code=204)
    return whole.response_of(asked.turn_id, body.model, outcome, left)


@router.get("/v1/models", summary="List the models as OpenAI does", responses=documented(*IDENTITY_ERRORS))
async def list_models(settings: SettingsDep, _: User, left: RequestsLeft, response: Response) -> models.ModelObjects:
    """The ids are those of `GET /models`."""
    response.headers.update(left)
    return models.listed(settings)


@router.get(
    "/v1/models/{model_id:path}",
    summary="Look at a model as OpenAI does",
    responses=documented(*IDENTITY_ERRORS, UnknownModel),
)
async def show_model(
    settings: SettingsDep,
    _: User,
    left: RequestsLeft,
    response: Response,
    model_id: Annotated[str, Path(max_length=256)],
) -> models.ModelObject:
    """An id may have slashes."""
    response.headers.update(left)
    found = models.found(settings, model_id)
    if found is None:
        raise UnknownModel
    return found
