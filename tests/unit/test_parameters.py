"""The parameters that a model accepts are learned from its refusals."""

from typing import Any

import pytest

from worker.llm.parameters import Parameters

TOO_LONG = "This model's maximum context length is 1024 tokens, and max_tokens is 2000. Reduce max_completion_tokens."
UNKNOWN = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."


def error(message: str, **more: Any) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", **more}


def learned(refusal: Any, *contents: str) -> Parameters | None:
    """Returns the parameters after the refusal, or None where it learned nothing."""
    parameters = Parameters()
    return parameters if parameters.learn(refusal, contents) else None


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"param": None},
        {"param": "max_tokens"},
        {"param": "max_tokens", "code": "context_length_exceeded"},
        {"param": "messages"},
        {"param": "temperature", "code": None},
        {"detail": [{"loc": ["body", "max_tokens"]}]},
    ],
)
def test_a_refusal_of_a_long_conversation_teaches_nothing(more: dict[str, Any]) -> None:
    assert learned(error(TOO_LONG, **more)) is None
    assert learned({"error": error(TOO_LONG, **more)}) is None


@pytest.mark.parametrize("code", ["unsupported_parameter", "unknown_parameter"])
def test_an_unknown_parameter_is_learned_despite_context_words(code: str) -> None:
    message = "Not here. See the page on context length."
    assert learned(error(message, param="max_tokens", code=code)) == Parameters(renamed={"max_tokens"})
    assert learned(error(message, param="temperature", code=code)) == Parameters(left_out={"temperature"})
    assert learned(error(message + " temperature", param="messages", code=code)) is None


def test_context_words_quoted_from_the_question_are_ignored() -> None:
    question = "What is a context length?"
    assert learned(error(f"{UNKNOWN} In: {question}"), question) == Parameters(renamed={"max_tokens"})
    assert learned(error(f"{UNKNOWN} In: {question}")) is None


def test_a_refused_summary_is_left_out_of_the_reasoning() -> None:
    message = "Your organization must be verified to generate reasoning summaries."
    parameters = learned({"error": error(message, param="reasoning.summary", code="unsupported_value")})
    assert parameters == Parameters(left_out={"reasoning.summary"})
    request = {"input": [], "reasoning": {"summary": "auto", "effort": "low"}}
    assert parameters.put(request) == {"input": [], "reasoning": {"effort": "low"}}
    assert parameters.put({"input": []}) == {"input": []}


def test_a_parameter_learned_once_is_not_learned_again() -> None:
    parameters = Parameters()
    assert parameters.learn(error(UNKNOWN, param="max_tokens"), [])
    assert not parameters.learn(error(UNKNOWN, param="max_tokens"), [])
    assert parameters.put({"max_tokens": 7, "temperature": 1}) == {"max_completion_tokens": 7, "temperature": 1}


def test_an_unsent_parameter_name_leaves_the_words_to_decide() -> None:
    assert learned(error(UNKNOWN, param="body")) == Parameters(renamed={"max_tokens"})
    assert learned(error(UNKNOWN, param="body"), "Why max_completion_tokens?") is None
