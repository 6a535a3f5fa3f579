"""Builds the prompt. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NotRequired, TypedDict

from chat.messages import Message
from worker.llm.blocks import Block, Part

NO_ANSWER = "…"
"""Replaces the missing answer to an earlier question: many chat templates require the roles to alternate."""


GO_ON = """Your last message broke off. It ends with these words:

{}

Repeat exactly these words, then go on with the message as if it had never been interrupted, in the same language. \
Write nothing else: no introduction, and no remark about the interruption."""
"""Asks a model to go on with its last message. It is stored nowhere."""


class PromptMessage(TypedDict):
    """`content`: a text, or parts where there are pictures: not every server takes parts; None next to calls of tools.

    The other fields are those of messages of clients.
    """

    role: str
    content: str | list[Part] | None
    name: NotRequired[str]
    tool_calls: NotRequired[list[dict[str, Any]]]
    tool_call_id: NotRequired[str]
    reasoning_content: NotRequired[str]


Files = Mapping[str, Sequence[Block]]
"""What models get of the files of messages, by the messages' ids."""

ReplyForm = Callable[[Message], list[PromptMessage]]
"""Returns a reply as messages: as one, or with those of its calls of tools."""


def as_text(reply: Message) -> list[PromptMessage]:
    """Returns a reply's text alone. One that only called tools has none, and some servers refuse an empty message."""
    return [{"role": "assistant", "content": reply.content or NO_ANSWER}]


def build(
    system: str,
    history: Sequence[Message],
    question_id: str,
    context: int,
    files: Files | None = None,
    reply_form: ReplyForm = as_text,
) -> list[PromptMessage] | None:
    """Returns the persona's prompt, at most `context` messages before the question, and the question, each once.

    `history` is oldest first. A reply counts as one message. None if it does not contain the question, which may have
    expired.
    """
    given = files or {}
    position = next((i for i, message in enumerate(history) if message.id == question_id), None)
    if position is None:
        return None
    said = (message for message in history[:position] if message.content or message.steps)
    alternated = alternating(said, given, reply_form)
    turns = alternated[-context:] if context else []
    if turns and turns[0][0]["role"] == "assistant":
        del turns[0]
    earlier = chain.from_iterable(turns)
    question: PromptMessage = {"role": "user", "content": content_of(history[position], given)}
    return [{"role": "system", "content": system}, *earlier, question]


def going_on(messages: Sequence[PromptMessage], text: str, tail: str) -> list[PromptMessage]:
    """Returns the prompt by which a model goes on with the text, which ends with `tail`."""
    return [*messages, {"role": "assistant", "content": text}, {"role": "user", "content": GO_ON.format(tail)}]


def content_of(message: Message, files: Files) -> str | list[Part]:
    """Returns the texts of a message's files, then its own text; with pictures, all of them as parts."""
    blocks = files.get(message.id, ())
    if not any(block.url for block in blocks):
        return "\n\n".join([*(block.text for block in blocks), message.content])
    parts = list[Part]()
    for block in blocks:
        parts.append({"type": "text", "text": block.text})
        if block.url:
            parts.append({"type": "image_url", "image_url": {"url": block.url}})
    return [*parts, {"type": "text", "text": message.content}]


def texts_of(messages: Iterable[PromptMessage]) -> list[str]:
    """Returns the texts of a prompt, without the pictures."""
    return [text for message in messages for text in _texts(message["content"])]


def has_pictures(messages: Iterable[PromptMessage]) -> bool:
    """Returns whether only a model that can see pictures can read the prompt."""
    return any(part["type"] == "image_url" for message in messages for part in _parts(message["content"]))


def _texts(content: str | list[Part] | None) -> list[str]:
    return [content] if isinstance(content, str) else [part["text"] for part in content or () if part["type"] == "text"]


def _parts(content: str | list[Part] | None) -> list[Part]:
    return content if isinstance(content, list) else []


def alternating(
    messages: Iterable[Message], files: Files, reply_form: ReplyForm = as_text
) -> list[list[PromptMessage]]:
    """Returns questions and answers in turn, with `NO_ANSWER` where an answer is missing. Each is a list."""
    alternated: list[list[PromptMessage]] = []
    for message in messages:
        follows_question = bool(alternated) and alternated[-1][0]["role"] == "user"
        if message.role == "user":
            if follows_question:
                alternated.append([{"role": "assistant", "content": NO_ANSWER}])
            alternated.append([{"role": "user", "content": content_of(message, files)}])
        elif follows_question:
            alternated.append(reply_form(message))
    if alternated and alternated[-1][0]["role"] == "user":
        alternated.append([{"role": "assistant", "content": NO_ANSWER}])
    return alternated
