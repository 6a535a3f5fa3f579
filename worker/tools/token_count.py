"""Counts the tokens of a reply's requests, for their limit. Pure."""

from collections.abc import Sequence

from chat.tool_calls import ReplyStep
from worker.llm.blocks import tokens_of
from worker.llm.prompt import PromptMessage, texts_of


def tokens_of_steps(steps: Sequence[ReplyStep], messages: Sequence[PromptMessage]) -> int:
    """Returns the tokens of the requests that made the steps: as the provider counted, otherwise by their texts.

    `messages`: the prompt before the steps. The estimate has neither pictures nor the descriptions of tools.
    """
    if all(step.usage for step in steps):
        return sum(step.usage.total_tokens for step in steps if step.usage)
    total, sent = 0, sum(map(tokens_of, texts_of(messages)))
    for step in steps:
        made = _total([step.content, step.thinking, *(call.arguments for call in step.calls)])
        total += step.usage.total_tokens if step.usage else sent + made
        sent += made + _total([call.content for call in step.calls])
    return total


def _total(texts: Sequence[str | None]) -> int:
    return sum(tokens_of(text) for text in texts if text)
