"""Builds the prompt. Pure."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from chat.messages import Message

NO_ANSWER = "…"
"""Replaces the missing answer to an earlier question: many chat templates require the roles to alternate."""


class PromptMessage(TypedDict):
    role: str
    content: str


def build(system: str, history: Sequence[Message], question_id: str, context: int) -> list[PromptMessage] | None:
    """Returns the persona's prompt, at most `context` messages before the question, and the question, each once.

    `history` is oldest first. None if it does not contain the question, which may have expired.
    """
    position = next((i for i, message in enumerate(history) if message.id == question_id), None)
    if position is None:
        return None
    alternated = alternating(message for message in history[:position] if message.content)
    earlier = alternated[-context:] if context else []
    if earlier and earlier[0]["role"] == "assistant":
        del earlier[0]
    question: PromptMessage = {"role": "user", "content": history[position].content}
    return [{"role": "system", "content": system}, *earlier, question]


def alternating(messages: Iterable[Message]) -> list[PromptMessage]:
    """Returns questions and answers in turn, with `NO_ANSWER` where an answer is missing."""
    alternated: list[PromptMessage] = []
    for message in messages:
        if message.role == "user" and alternated and alternated[-1]["role"] == "user":
            alternated.append({"role": "assistant", "content": NO_ANSWER})
        if message.role == "user" or (alternated and alternated[-1]["role"] == "user"):
            alternated.append({"role": message.role, "content": message.content})
    if alternated and alternated[-1]["role"] == "user":
        alternated.append({"role": "assistant", "content": NO_ANSWER})
    return alternated
