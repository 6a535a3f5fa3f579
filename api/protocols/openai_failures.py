"""Gives replies that failed their statuses in OpenAI's API."""

from chat.events import Error

WORKER_LOST = (
    "worker_lost",
    "The process that wrote this reply ended, and the reply was made again from its beginning. "
    "Send the request again with the same Idempotency-Key to get it, or without one for another reply.",
    503,
)
"""Code, sentence and status where a reply that was sent in part is made again."""

STATUSES = {
    "unknown_turn": 404,
    "model_context_too_long": 400,
    "model_bad_request": 400,
    "model_tool_call": 400,
    "model_rate_limited": 429,
    "model_timeout": 504,
    "turn_timeout": 504,
}


def status_of(error: Error) -> int:
    """Returns the status of a failed reply: 503 where another request may succeed, 500 where it cannot."""
    return STATUSES.get(error.code, 503 if error.retryable else 500)
