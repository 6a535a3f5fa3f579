"""Describes errors in the form of OpenAI's API for the OpenAPI document."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from api.protocols.openai_errors import BAD_REQUESTS, CODES, STATUSES
from chat.errors import HoldfastError, InvalidRequest, RateLimited, StoreUnavailable, StoreWritesRefused


class OpenAIErrorDetails(BaseModel):
    """`code` is stable. `param`: the parameter that caused the error."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    error: OpenAIErrorDetails


def documented(*errors: type[HoldfastError]) -> dict[int | str, dict[str, Any]]:
    """Returns the OpenAPI responses for these errors and those of every route."""
    codes: dict[int, list[str]] = {}
    every: tuple[type[HoldfastError], ...] = (
        *errors,
        InvalidRequest,
        RateLimited,
        StoreUnavailable,
        StoreWritesRefused,
    )
    for error in every:
        status = STATUSES.get(error.code, 400 if error.status in BAD_REQUESTS else error.status)
        code = CODES.get(error.code, error.code)
        if code not in codes.setdefault(status, []):
            codes[status].append(code)
    return {
        status: {
            "description": f"{HTTPStatus(status).phrase}: " + ", ".join(f"`{code}`" for code in found),
            "model": OpenAIError,
        }
        for status, found in codes.items()
    }
