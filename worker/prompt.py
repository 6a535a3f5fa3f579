"""Pure: what the model is asked."""

from collections.abc import Sequence
from typing import TypedDict

from chat.messages import Message


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
    earlier = [message for message in history[:position] if message.content][-context:] if context else []
    asked = [*earlier, history[position]]
    prompt: list[PromptMessage] = [{"role": "system", "content": system}]
    prompt += [{"role": message.role, "content": message.content} for message in asked]
    return prompt
