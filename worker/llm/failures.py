"""Defines the failures of model requests. Each has a code and a sentence that names a remedy."""

from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import httpx2
import openai

from chat.providers.environment import REMEDIES
from worker.llm import refusals

TRANSPORT_ERRORS = (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)
"""What a request raises whose answer does not arrive whole."""

TIMEOUTS = (openai.APITimeoutError, httpx2.TimeoutException, aiohttp.ServerTimeoutError)
CODES = (
    "model_unreachable",
    "model_timeout",
    "model_broken_stream",
    "model_too_large",
    "model_incomplete",
    "model_unknown_end",
    "model_empty_reply",
    "model_only_thoughts",
    "model_tool_call",
    "model_quota",
    "model_context_too_long",
    "model_rate_limited",
    "model_server_error",
    "model_unauthorized",
    "model_not_found",
    "model_bad_request",
)
"""The codes of all failures below."""


class ModelFailure(Exception):
    """Raised when the model did not give a whole reply.

    `detail` names the provider as `{server}` and settings as `{address}`, `{key}`, `{model}`, `{max_tokens}`:
    `remedies` has their names. `retryable`: the same request may succeed later. `retry_after`: seconds that the server
    asked to wait. `facts`: what operators need to know, for the log: the status, the server's own code and type, its
    address.
    """

    def __init__(self, code: str, detail: str, *, retryable: bool, retry_after: float | None = None) -> None:
        assert code in CODES
        super().__init__(code)
        self.code = code
        self.remedies: Mapping[str, str] = REMEDIES
        self._detail = detail
        self.retryable = retryable
        self.retry_after = retry_after
        self.facts: dict[str, str | int] = {}

    @property
    def detail(self) -> str:
        """A sentence for the user, which names a remedy."""
        return self._detail.format_map(self.remedies)


def unreachable() -> ModelFailure:
    detail = "{server} cannot be reached. Check {address} and that the server is running."
    return ModelFailure("model_unreachable", detail, retryable=True)


def timed_out() -> ModelFailure:
    detail = "{server} fell silent. Try again; if that does not help, ask for less or use a faster model."
    return ModelFailure("model_timeout", detail, retryable=True)


def broken_stream() -> ModelFailure:
    detail = "{server}'s answer is not a chat completion stream. Try again, or check {address}."
    return ModelFailure("model_broken_stream", detail, retryable=True)


def too_large() -> ModelFailure:
    detail = "{server} sent more data than any reply can have. Check {address}, or try again."
    return ModelFailure("model_too_large", detail, retryable=True)


def not_offered() -> ModelFailure:
    detail = "The model of this question is no longer offered. Choose another model."
    return ModelFailure("model_not_found", detail, retryable=False)


def incomplete() -> ModelFailure:
    detail = "{server}'s answer ended before the reply was complete. Try again."
    return ModelFailure("model_incomplete", detail, retryable=True)


def empty_reply() -> ModelFailure:
    detail = "The model gave an empty reply. Try again, or put the question differently."
    return ModelFailure("model_empty_reply", detail, retryable=True)


def only_thoughts() -> ModelFailure:
    detail = (
        "The model spent all its tokens on thinking and gave no answer. Have the operator raise {max_tokens}, "
        "or ask for less."
    )
    return ModelFailure("model_only_thoughts", detail, retryable=True)


def unknown_end() -> ModelFailure:
    detail = "{server} ended the reply for an unknown reason, so it may be incomplete. Try again."
    return ModelFailure("model_unknown_end", detail, retryable=True)


def tool_call() -> ModelFailure:
    detail = "The model tried to call a tool, but none is available. Choose another model, or ask differently."
    return ModelFailure("model_tool_call", detail, retryable=False)


def of_exception(error: Exception, conversation: Sequence[str] = ()) -> ModelFailure:
    """Returns our failure for an error of the SDK or of its HTTP client. Raises an error that it does not know.

    `conversation`: texts that a refusal may quote.
    """
    if isinstance(error, openai.APIStatusError):
        return _of_status(error.status_code, error.body, error.response.headers.get("retry-after"), conversation)
    if isinstance(error, TIMEOUTS) and not _is_lost_connection(error):
        return timed_out()
    if isinstance(error, openai.APIConnectionError | httpx2.ConnectError):
        return unreachable()
    if isinstance(error, httpx2.HTTPError | aiohttp.ClientError | OSError):
        return incomplete()
    raise error


def _is_lost_connection(error: BaseException | None) -> bool:
    """Returns whether a lost connection caused a timeout: the SDK's transport reports lost connections as timeouts."""
    while error and not isinstance(error, aiohttp.ClientError):
        error = error.__cause__
    return isinstance(error, aiohttp.ClientConnectionError) and not isinstance(error, aiohttp.ServerTimeoutError)


def of_error_frame(error: Any, conversation: Sequence[str] = ()) -> ModelFailure:
    """Returns our failure for an error in an answer that began well.

    Its code may be a status, a name, a text or missing.
    """
    return _of_status(refusals.status_of(error, conversation), error, None, conversation)


def _of_status(status: int, body: object, retry_after: str | None, conversation: Sequence[str]) -> ModelFailure:
    failure = _for_status(status, body, retry_after, conversation)
    failure.facts = {"status": status, **refusals.tokens_of(body, conversation)}
    return failure


def _for_status(status: int, body: object, retry_after: str | None, conversation: Sequence[str]) -> ModelFailure:
    kind = refusals.kind_of(status, body, conversation)
    if kind == "quota":
        detail = "{server} reports that the account has no credit left. Top it up, or set another {key}."
        return ModelFailure("model_quota", detail, retryable=False)
    if kind == "too_long":
        detail = "The conversation is too long for this model. Start a new chat, or lower CONTEXT_MESSAGES."
        return ModelFailure("model_context_too_long", detail, retryable=False)
    if status == 429:
        detail = "{server} is busy and asks to wait. Try again in a moment."
        return ModelFailure("model_rate_limited", detail, retryable=True, retry_after=_seconds(retry_after))
    if status == 408:
        return timed_out()
    if status >= 500:
        detail = "{server} reported an internal error. Try again in a moment."
        return ModelFailure("model_server_error", detail, retryable=True, retry_after=_seconds(retry_after))
    return _refusal(status)


def _refusal(status: int) -> ModelFailure:
    if status in (401, 403):
        code = "model_unauthorized"
        detail = f"{{server}} refused the API key (status {status}). Check {{key}}."
    elif status == 404:
        code = "model_not_found"
        detail = (
            "{server} does not know this model or address (status 404). Check {model} and "
            "{address}, which ends with /v1 for most servers."
        )
    else:
        code = "model_bad_request"
        detail = f"{{server}} refused the request (status {status}). Check the model's settings."
    return ModelFailure(code, detail, retryable=False)


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
