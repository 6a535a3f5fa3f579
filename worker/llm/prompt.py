"""Pure: what the model is asked."""

from collections.abc import Iterable, Sequence
from typing import TypedDict

from chat.messages import Message

NO_ANSWER = "…"
"""Stands for the answer that an earlier question did not get: many chat templates want the roles to alternate."""


class PromptMessage(TypedDict):
    role: str
    content: str


def build(system: str, history: Sequence[Message], question_id: str, context: int) -> list[PromptMessage] | None:
    """The persona's prompt, at most `context` messages from before the question, and the question, each once.

    `history` is oldest first. None where the question is not in it (any more).
    """
    position = next((i for i, message in enumerate(history) if message.id == question_id), None)
    if position is None:
        return None
    said = alternating(message for message in history[:position] if message.content)
    earlier = said[-context:] if context else []
    if earlier and earlier[0]["role"] == "assistant":
        del earlier[0]
    question: PromptMessage = {"role": "user", "content": history[position].content}
    return [{"role": "system", "content": system}, *earlier, question]


def alternating(messages: Iterable[Message]) -> list[PromptMessage]:
    """Question, answer, question, answer …"""
    said: list[PromptMessage] = []
    for message in messages:
        if message.role == "user" and said and said[-1]["role"] == "user":
            said.append({"role": "assistant", "content": NO_ANSWER})
        if message.role == "user" or (said and said[-1]["role"] == "user"):
            said.append({"role": message.role, "content": message.content})
    if said and said[-1]["role"] == "user":
        said.append({"role": "assistant", "content": NO_ANSWER})
    return said
