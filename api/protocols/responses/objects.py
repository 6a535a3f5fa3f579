"""Writes response objects. Pure.

Source: https://platform.openai.com/docs/api-reference/responses/object.
"""

from typing import Any, Literal

from pydantic_core import from_json, to_json

from api.protocols.responses.ids import response_id
from api.protocols.turn_times import created_at
from chat.client_requests import ClientRequest
from chat.events import End, Error
from chat.usage import Usage

Object = dict[str, Any]
Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]

INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}
ERROR_CODES = {
    "model_rate_limited": "rate_limit_exceeded",
    "model_context_too_long": "invalid_prompt",
    "model_bad_request": "invalid_prompt",
}
"""OpenAI's names for failures; all others are `server_error`. The field `type` has our own code."""

TOOL: Object = {"type": "function", "description": None, "parameters": None, "strict": None}


def head_of(turn_id: str, model: str, request: ClientRequest | None) -> Object:
    """Returns what does not change in a response. `request`: None for a question of the page."""
    given = request.parameters if request else {}
    echo = request.echo if request else {}
    choice = given.get("tool_choice", "auto")
    return {
        "id": response_id(turn_id),
        "object": "response",
        "created_at": created_at(turn_id),
        "background": echo.get("background", False),
        "store": echo.get("store", True),
        "instructions": (request and request.instructions) or None,
        "max_output_tokens": given.get("max_tokens"),
        "max_tool_calls": None,
        "metadata": echo.get("metadata", {}),
        "model": model,
        "parallel_tool_calls": given.get("parallel_tool_calls", True),
        "previous_response_id": echo.get("previous_response_id"),
        "reasoning": {"effort": given.get("reasoning_effort"), "summary": None},
        "temperature": given.get("temperature"),
        "text": _text_of(given),
        "tool_choice": {"type": "function", **choice["function"]} if isinstance(choice, dict) else choice,
        "tools": [{**TOOL, **_finite(tool["function"])} for tool in given.get("tools") or ()]
        + [{"type": "mcp", "server_label": name} for name in (request and request.servers) or ()],
        "top_p": given.get("top_p"),
        "truncation": "disabled",
    }


def _text_of(given: Object) -> Object:
    form: Object = given.get("response_format") or {"type": "text"}
    if form["type"] == "json_schema":
        form = {"type": "json_schema", **_finite(form["json_schema"])}
    return {"format": form, "verbosity": given.get("verbosity")}


def _finite(schema: Object) -> Object:
    """Returns a schema as it is stored: without NaN and infinity, which are no JSON."""
    found: Object = from_json(to_json(schema, inf_nan_mode="null"))
    return found


def response_of(head: Object, status: Status, output: list[Object], ended: Object | None = None) -> Object:
    """Returns the response. `ended`: what `end_of` returns of one that has ended."""
    nothing: Object = {"error": None, "incomplete_details": None, "usage": None, "completed_at": None}
    return {**head, "status": status, "output": output, **nothing, **(ended or {})}


def end_of(last: End | Error) -> tuple[Status, Object]:
    """Returns the status and the fields of a response that has ended."""
    if isinstance(last, Error):
        code = ERROR_CODES.get(last.code, "server_error")
        return "failed", {"error": {"code": code, "message": last.content, "type": last.code}}
    usage: Object = {"usage": _usage(last.usage)} if last.usage else {}
    if last.finish_reason == "cancelled":
        return "cancelled", usage
    if reason := INCOMPLETE.get(last.finish_reason):
        return "incomplete", {"incomplete_details": {"reason": reason}, **usage}
    return "completed", usage


def _usage(usage: Usage) -> Object:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.total_tokens,
    }
