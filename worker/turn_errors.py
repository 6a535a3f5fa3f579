"""Defines the errors that end a turn for another reason than the model's. Each has a sentence that names a remedy."""

from chat.errors import HoldfastError
from chat.events import Error
from worker.llm import failures

OWN_CODES = (
    "attempts_exhausted",
    "job_lost",
    "turn_timeout",
    "question_expired",
    "approval_expired",
    "internal_error",
)
"""The codes of all errors below."""

CODES = (*failures.CODES, *OWN_CODES)
"""All codes with which a turn can end: labels of metrics, and the tables of docs/operations.md and docs/protocol.md."""


def of_model(failure: failures.ModelFailure) -> Error:
    return Error(code=failure.code, content=failure.detail, retryable=failure.retryable)


def attempts_exhausted(attempts: int) -> Error:
    detail = f"The answer was started {attempts} times, and each time the process that ran it ended. Ask differently."
    return _own("attempts_exhausted", detail)


def job_lost() -> Error:
    return _own("job_lost", "The queue lost the job of this question. Try again.")


def turn_timeout(seconds: float) -> Error:
    detail = f"The answer took longer than {seconds:.0f} seconds and was stopped. Try again, or ask for less."
    return _own("turn_timeout", detail)


def question_expired() -> Error:
    detail = "The messages of this conversation expired while the question waited. Send it again."
    return _own("question_expired", detail, retryable=False)


def approval_expired() -> Error:
    detail = (
        "A question about a call of a tool was not answered in time, so the reply ends here. Ask the question again."
    )
    return _own("approval_expired", detail)


def internal_error() -> Error:
    return _own("internal_error", HoldfastError.detail)


def _own(code: str, detail: str, *, retryable: bool = True) -> Error:
    assert code in OWN_CODES
    return Error(code=code, content=detail, retryable=retryable)
