"""The tokens of a reply with tools are counted where its provider counts none."""

from chat.tool_calls import ReplyStep, ServerCall
from chat.usage import Usage
from worker.llm.blocks import tokens_of
from worker.llm.prompt import PromptMessage
from worker.tools.token_count import tokens_of_steps

PROMPT: list[PromptMessage] = [{"role": "system", "content": "s" * 300}, {"role": "user", "content": "q" * 600}]


def step(text: str, result: str, usage: int | None = None) -> ReplyStep:
    call = ServerCall(id="c", name="t", server="s", arguments="{}" * 30, status="ok", content=result)
    return ReplyStep(content=text, calls=[call], usage=Usage(total_tokens=usage) if usage else None)


def estimate(chars: int) -> int:
    return tokens_of("x" * chars)


def test_the_count_of_the_provider_is_taken() -> None:
    assert tokens_of_steps([step("a" * 900, "b" * 900, 7), step("a", "b", 5)], PROMPT) == 12


def test_a_request_without_a_count_is_estimated() -> None:
    assert tokens_of_steps([step("a" * 900, "b" * 900)], PROMPT) == estimate(300 + 600 + 900 + 60)


def test_an_estimate_has_the_results_of_earlier_steps() -> None:
    steps = [step("a" * 300, "b" * 900, 7), step("a" * 600, "b")]
    assert tokens_of_steps(steps, PROMPT) == 7 + estimate(300 + 600) + estimate(300 + 60 + 900) + estimate(600 + 60)


def test_a_reply_without_steps_has_no_tokens() -> None:
    assert tokens_of_steps([], PROMPT) == 0
