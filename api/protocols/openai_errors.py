"""Writes errors in the form of OpenAI's API, with the statuses for which its SDKs raise the right classes.

Source: https://platform.openai.com/docs/guides/error-codes, and `_make_status_error` and `_should_retry` of
openai-python.
"""

import re
from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse
from pydantic_core import to_json

CODES = {
    "unknown_model": "model_not_found",
    "rate_limited": "rate_limit_exceeded",
    "no_identity": "invalid_api_key",
    "bad_token": "invalid_api_key",
    "model_context_too_long": "context_length_exceeded",
}
"""OpenAI's names for errors of ours, which programs look for. All others keep their code."""

STATUSES = {"unknown_model": 404}
"""By code, where it differs; by status: 400 for what SDKs raise as `BadRequestError`."""

BAD_REQUESTS = (415, 422)

TYPES = {401: "authentication_error", 403: "permission_error", 409: "conflict_error", 429: "rate_limit_error"}
QUOTAS = ("quota_reached", "file_quota_reached", "too_many_sessions")
"""Codes of limits that waiting does not help."""

TYPE = re.compile(r"[A-Z]\w*$|str$|.*\[")
TAG = re.compile(r"(message|function_call|function_call_output|reasoning|input_text|output_text|input_image)$")
"""Names between an index and a field: of the types that the place may have, of items and parts of responses."""

NO_RETRY = {"x-should-retry": "false"}
"""Keeps SDKs from repeating a request that would be answered the same."""


def is_openai(path: str) -> bool:
    """Returns whether the address belongs to OpenAI's API, so that all its errors have this form."""
    return path.removeprefix("/api").startswith("/v1/") or path in ("/v1", "/api/v1")


def response_of(problem: Mapping[str, Any], headers: Mapping[str, str]) -> JSONResponse:
    """Returns the response for a problem document; `headers`: those that it has."""
    code, status = problem["code"], problem["status"]
    status = STATUSES.get(code, 400 if status in BAD_REQUESTS else status)
    given = {**headers, **NO_RETRY} if status == 409 or code in QUOTAS else headers
    body = error_of(status, code, problem["detail"], problem.get("param") or _param_of(problem))
    return JSONResponse(body, status, dict(given))


def error_of(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """Returns the document of an error."""
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    if code in QUOTAS:
        kind = "insufficient_quota"
    return {"error": {"message": message, "type": kind, "param": param, "code": CODES.get(code, code)}}


def frame_of(code: str, message: str, status: int = 500) -> bytes:
    """Returns the event that ends a stream with an error: SDKs raise `APIError` for it."""
    return b"data: %b\n\n" % to_json(error_of(status, code, message))


def name_of(where: str) -> str:
    """Returns the parameter's name for the place that a validation names: `body.messages.0.role`."""
    name = ""
    parts = where.split(".")[1:]
    for part in parts:
        is_type = TYPE.match(part) or (name.endswith("]") and TAG.match(part))
        if is_type and part != parts[-1]:  # one of the types that the place may have
            continue
        name += f"[{part}]" if part.isdecimal() else f".{part}" if name else part
    return name


def _param_of(problem: Mapping[str, Any]) -> str | None:
    if problem["code"] == "unknown_model":
        return "model"
    found = problem.get("errors") or ()
    return (name_of(found[0]["where"]) or None) if found else None
