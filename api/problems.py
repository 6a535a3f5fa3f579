"""Sends errors outside a stream as `application/problem+json` (RFC 9457) with a stable `code`."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from api.middleware import request_ids
from api.middleware.uploads import PROMPTS, upload_of
from api.protocols import openai_errors
from api.protocols.errors import UnsupportedParameter
from api.protocols.strict import UNSUPPORTED
from chat.errors import (
    HoldfastError,
    InvalidJson,
    InvalidRequest,
    RateLimited,
    StoreUnavailable,
    StoreWritesRefused,
)
from chat.store import RedisError
from chat.store.errors import note, problem_of
from chat.telemetry.tracebacks import release

Handler = Callable[[Request, Exception], Awaitable[Response]]

MEDIA_TYPE = "application/problem+json"
HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
RETRY_AFTER = {"headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}}

logger = structlog.get_logger(__name__)


class Problem(BaseModel):
    """An error: `code` is stable; `detail` is a sentence that explains what to do.

    `request_id` is in every log line of this request on the server, and in the response's `X-Request-ID`.
    """

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    request_id: str = ""


class ProblemResponse(JSONResponse):
    """A problem document or, at an address of OpenAI's API, the same error in that form."""

    def __init__(self, problem: Problem, headers: dict[str, str]) -> None:
        self._problem = problem.model_dump()
        self._given = headers
        super().__init__(self._problem, problem.status, headers, MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not openai_errors.is_openai(scope["path"]):
            return await super().__call__(scope, receive, send)
        await openai_errors.response_of(self._problem, self._given)(scope, receive, send)


def respond(error: HoldfastError, **extra: Any) -> JSONResponse:
    """Returns the error's problem document; `extra` becomes further members of it."""
    headers = {"Retry-After": error.retry_after, "WWW-Authenticate": error.challenge}
    given = {name: str(value) for name, value in headers.items() if value is not None}
    return _response(error.status, error.code, error.detail, given, **error.extra, **extra)


def _response(status: int, code: str, detail: str, headers: dict[str, str], **extra: Any) -> JSONResponse:
    title, name = HTTPStatus(status).phrase, request_ids.current()
    problem = Problem(title=title, status=status, code=code, detail=detail, request_id=name, **extra)
    return ProblemResponse(problem, headers)


def documented(*errors: type[HoldfastError]) -> dict[int | str, dict[str, Any]]:
    """Returns the OpenAPI responses for these errors and those of every route."""
    documents: dict[int | str, dict[str, Any]] = {}
    every: tuple[type[HoldfastError], ...] = (
        *errors,
        InvalidRequest,
        RateLimited,
        StoreUnavailable,
        StoreWritesRefused,
    )
    for error in every:
        codes = documents.setdefault(error.status, {"codes": []})["codes"]
        codes.append(error.code)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": f"{HTTPStatus(int(status)).phrase}: " + ", ".join(f"`{code}`" for code in entry["codes"]),
            "content": {MEDIA_TYPE: {"schema": schema}},
            **(RETRY_AFTER if status in (429, 503) else {}),
        }
        for status, entry in documents.items()
    }


def install(app: FastAPI) -> None:
    """Adds handlers that answer every error of the application with a problem document."""
    app.add_exception_handler(HoldfastError, releasing(_holdfast))
    app.add_exception_handler(RequestValidationError, releasing(_invalid))
    app.add_exception_handler(HTTPException, releasing(http_error))
    app.add_exception_handler(RedisError, releasing(_store))


def releasing(handler: Handler) -> Handler:
    """Wraps a handler so that afterwards the error's traceback no longer keeps the request in memory."""

    async def handle(request: Request, error: Exception) -> Response:
        response = await handler(request, error)
        release(error)
        return response

    return handle


async def _holdfast(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HoldfastError)
    count(error, request.scope)
    return respond(error, **_sign_in(error, request.scope))


def _sign_in(error: HoldfastError, scope: Scope) -> dict[str, str]:
    """Returns where the user can sign in, as a member of a 401, where the operator has set it."""
    if error.status != HTTPStatus.UNAUTHORIZED:
        return {}
    url = scope["state"]["holdfast"].settings.sign_in_url
    return {"sign_in": url} if url else {}


def count(error: HoldfastError, scope: Scope) -> None:
    """Counts the limit that caused the error, if one did, in the metrics."""
    if error.limit:
        scope["state"]["holdfast"].metrics.limits_hit.labels(error.limit).inc()


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    if upload_of(request.scope) == PROMPTS:
        for each in error.errors():
            name = openai_errors.name_of(".".join(map(str, each["loc"])))
            if each["type"] == "extra_forbidden":
                return respond(UnsupportedParameter(name))
            if each["type"] == "union_tag_invalid":  # of a kind that is not supported
                return respond(UnsupportedParameter(name + "." + each["ctx"]["discriminator"].strip("'")))
            if each["type"] == UNSUPPORTED:
                return respond(UnsupportedParameter(f"{name}.{each['ctx']['name']}", each["ctx"]["remedy"]))
    found = [{"where": ".".join(str(part) for part in each["loc"]), "message": each["msg"]} for each in error.errors()]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return respond(InvalidJson())
    summary = "; ".join(f"{each['where']}: {each['message']}" for each in found)
    return respond(InvalidRequest(f"The request is not valid: {summary}."), errors=found)


async def http_error(request: Request, error: Exception) -> JSONResponse:
    """Answers the errors of the framework itself, for example an unknown path."""
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # FastAPI's only 400: a body that is not UTF-8 or is nested too deeply
        return respond(InvalidJson())
    detail = {
        404: "There is nothing at this address. GET /docs lists what there is.",
        405: "This address does not take that method. GET /docs lists what it takes.",
    }.get(error.status_code, f"{error.detail}.")
    code = HTTP_CODES.get(error.status_code, "http_error")
    headers = {"Allow": ", ".join(_allowed(request))} if error.status_code == 405 else dict(error.headers or {})
    return _response(error.status_code, code, detail, headers)


def _allowed(request: Request) -> list[str]:
    """Returns the methods that the path accepts; Starlette lists only those of its first route."""
    asked = {method: {**request.scope, "method": method} for method in METHODS}
    routes = request.app.routes
    return [method for method in METHODS if any(route.matches(asked[method])[0] is Match.FULL for route in routes)]


async def _store(request: Request, error: Exception) -> JSONResponse:
    logger.warning("store_unavailable", error=note(error))
    problem = problem_of(error)
    count(problem, request.scope)
    return respond(problem)
