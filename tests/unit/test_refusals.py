"""Refusals are classified by status, code and type, and by words only where these are not the user's."""

from typing import Any

import httpx2
import openai
import pytest

from worker.llm.failures import of_error_frame, of_exception
from worker.llm.refusals import status_of, tokens_of

LIMIT = "What is a rate limit?"
LENGTH = "What does context length mean?"
BALANCE = "Is 'insufficient balance' an error of yours?"


def refused(status: int, code: Any, message: str, question: str = "", **more: Any) -> str:
    """Returns the failure code for a refusal with this status."""
    response = httpx2.Response(status, request=httpx2.Request("POST", "http://model"))
    error = openai.APIStatusError("no", response=response, body={"code": code, "message": message, **more})
    return of_exception(error, [question]).code


def error_in_stream(code: Any, message: str, question: str = "", **more: Any) -> str:
    """Returns the failure code for an error inside a response with status 200."""
    return of_error_frame({"code": code, "message": message, **more}, [question]).code


@pytest.mark.parametrize("question", [LIMIT, LENGTH, BALANCE, "Context length"])
@pytest.mark.parametrize("quoted", ["Your input '{}' was flagged.", "Rejected: '{}'", 'Flagged: "{}"'])
def test_words_of_the_question_do_not_classify_a_refusal(question: str, quoted: str) -> None:
    message = quoted.format(question)
    assert refused(400, None, message, question) == "model_bad_request"
    assert refused(400, "invalid_request_error", message, question) == "model_bad_request"
    assert refused(500, None, message, question) == "model_server_error"
    assert error_in_stream(None, message, question) == "model_server_error"
    assert error_in_stream(400, message, question) == "model_bad_request"


@pytest.mark.parametrize("question", [LIMIT, LENGTH, BALANCE])
def test_a_meaningful_code_overrides_words(question: str) -> None:
    """The question is not passed, as if the server had quoted only a part of it."""
    assert refused(400, "content_policy_violation", question) == "model_bad_request"
    assert refused(400, None, question, type="moderation_error") == "model_bad_request"
    assert error_in_stream("content_policy_violation", question) == "model_server_error"
    assert error_in_stream("invalid_api_key", question) == "model_unauthorized"
    assert error_in_stream(None, question, type="authentication_error") == "model_unauthorized"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "model_unauthorized"), (404, "model_not_found"), (503, "model_server_error")]
)
def test_a_meaningful_status_overrides_words(status: int, code: str) -> None:
    assert refused(status, None, LENGTH) == code
    assert refused(status, None, LIMIT) == code
    assert error_in_stream(status, LENGTH) == code


@pytest.mark.parametrize(("status", "code"), [(401, "model_unauthorized"), (404, "model_not_found")])
def test_a_refused_key_or_model_is_not_a_quota_failure(status: int, code: str) -> None:
    assert refused(status, None, BALANCE) == code
    assert error_in_stream(status, BALANCE) == code


def test_a_429_with_context_words_stays_a_rate_limit() -> None:
    assert refused(429, None, LENGTH) == "model_rate_limited"
    assert error_in_stream(429, LENGTH) == "model_rate_limited"


@pytest.mark.parametrize(
    ("status", "code", "more", "expected"),
    [
        (400, "context_length_exceeded", {}, "model_context_too_long"),
        (400, None, {"type": "exceed_context_size_error"}, "model_context_too_long"),
        (429, "insufficient_quota", {}, "model_quota"),
        (403, "insufficient_user_quota", {}, "model_quota"),
        (401, None, {"type": "insufficient_balance_error"}, "model_quota"),
        (402, "unknown", {}, "model_quota"),
        (413, "request_too_large", {}, "model_context_too_long"),
    ],
)
def test_codes_and_types_classify_a_refusal(status: int, code: Any, more: dict[str, Any], expected: str) -> None:
    assert refused(status, code, "No.", **more) == expected


@pytest.mark.parametrize("name", [None, "invalid_request_error", "BadRequestError", "unknown_error", "400", "error"])
def test_words_classify_a_refusal_with_generic_code_and_type(name: str | None) -> None:
    too_long = "This model's maximum context length is 1024 tokens."
    assert refused(400, name, too_long, "Hello") == "model_context_too_long"
    assert refused(400, name, too_long, "context") == "model_context_too_long"
    assert refused(400, None, "Insufficient Balance", type=name) == "model_quota"
    assert refused(429, name, "Insufficient balance (1008)") == "model_quota"


def test_words_give_the_status_when_nothing_else_does() -> None:
    assert status_of("model not found") == 404
    assert status_of({"message": "Too many requests"}) == 429
    assert status_of({"error": {"message": "rate limit", "type": "server_error"}}) == 429
    assert status_of({"error": {"message": "rate limit", "type": "overloaded_error"}}) == 500
    assert status_of({"message": "Too many requests"}, ["Why too many requests?"]) == 429


@pytest.mark.parametrize(
    ("error", "tokens"),
    [
        ({"code": "insufficient_quota", "type": "billing.error"}, ("insufficient_quota", "billing.error")),
        ({"error": {"code": 1113, "status": "FAILED_PRECONDITION"}}, ("1113", "FAILED_PRECONDITION")),
        ({"code": "the words of a user", "type": "a-b_c.D1"}, ("", "a-b_c.D1")),
        ({"code": "x" * 65, "type": "größe"}, ("", "")),
        ({"code": None, "type": ["x"], "message": "words"}, ("", "")),
        ({"code": "", "error": {"code": "inner"}}, ("inner", "")),
        ("invalid_api_key", ("", "")),
        (None, ("", "")),
    ],
)
def test_only_single_tokens_of_an_error_are_logged(error: Any, tokens: tuple[str, str]) -> None:
    found = tokens_of(error, ["a question"])
    assert (found.get("server_code", ""), found.get("server_type", "")) == tokens


def test_a_token_that_a_user_wrote_is_not_logged() -> None:
    error = {"code": "Supercalifragilistic", "type": "invalid_request_error"}
    assert tokens_of(error, ["What is SUPERCALIFRAGILISTIC?"]) == {"server_type": "invalid_request_error"}
