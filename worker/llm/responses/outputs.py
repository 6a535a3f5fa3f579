"""Reads the text and the end of a whole response object. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from chat.tool_calls import FunctionCall
from worker.llm import failures
from worker.llm.delta import Reason
from worker.llm.failures import ModelFailure

ENDED = ("completed", "incomplete", "failed", "cancelled")
"""Values of `status` after which a response does not change."""

INCOMPLETE: dict[Any, Reason] = {"max_output_tokens": "length", "content_filter": "content_filter"}
BETWEEN_SUMMARIES = "\n\n"


def text_of(response: dict[str, Any]) -> str:
    """Returns the reply, refusals included."""
    parts = (part for item in _items(response, "message") for part in _objects(item.get("content")))
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)


def thinking_of(response: dict[str, Any]) -> str:
    """Returns the summaries of the reasoning, as they are streamed."""
    return "".join(
        BETWEEN_SUMMARIES.join(str(part.get("text") or "") for part in _objects(item.get("summary")))
        for item in _items(response, "reasoning")
    )


def calls_of(response: dict[str, Any]) -> list[FunctionCall]:
    """Returns the calls of tools, in order."""
    return [call_of(item) for item in _items(response, "function_call")]


def call_of(item: dict[str, Any]) -> FunctionCall:
    """Returns a call as an output item has it."""
    call_id = item.get("call_id") or item.get("id")
    return FunctionCall(
        id=str(call_id or ""), name=str(item.get("name") or ""), arguments=str(item.get("arguments") or "")
    )


def has_refusal(response: dict[str, Any]) -> bool:
    parts = (part for item in _items(response, "message") for part in _objects(item.get("content")))
    return any(part.get("type") == "refusal" for part in parts)


def reason_of(response: dict[str, Any], conversation: Sequence[str], *, has_tools: bool = False) -> Reason:
    """Returns why a response ended. Raises `ModelFailure` unless that is a good end.

    `has_tools`: the model may call tools.
    """
    status = response.get("status")
    if status == "completed":
        if calls_of(response):
            if has_tools:
                return "tool_calls"
            if not text_of(response):
                raise failures.tool_call()
        return "content_filter" if has_refusal(response) else "stop"
    if status == "incomplete":
        details = response.get("incomplete_details")
        reason = INCOMPLETE.get(details.get("reason")) if isinstance(details, dict) else None
        if reason is None:
            raise failures.unknown_end()
        return reason
    raise failure_of(response, conversation)


def failure_of(response: dict[str, Any], conversation: Sequence[str]) -> ModelFailure:
    """Returns the failure of a response that has failed, or that was cancelled."""
    error = response.get("error")
    return failures.of_error_frame(error, conversation) if isinstance(error, dict) else failures.incomplete()


def _items(response: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (item for item in _objects(response.get("output")) if item.get("type") == kind)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
