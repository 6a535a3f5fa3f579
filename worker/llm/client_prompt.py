"""Builds the prompt of a branch to which a client of another protocol has added messages of its own. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import Any

from chat.client_requests import FILE, CalledFunction, ClientMessage, ClientPart, ClientToolCall
from chat.messages import Message
from chat.tool_calls import FunctionCall
from worker.llm.blocks import Block, Part
from worker.llm.prompt import NO_ANSWER, Files, PromptMessage, ReplyForm, as_text, content_of

ANSWERS = ("assistant", "tool")
"""Roles of messages that cannot be the first of a conversation."""


def is_clients(history: Sequence[Message]) -> bool:
    """Returns whether the branch has messages of a client, or calls of its tools."""
    return any(message.request or message.tool_calls for message in history)


def build_as_asked(
    system: str, history: Sequence[Message], files: Files, reply_form: ReplyForm = as_text
) -> list[PromptMessage]:
    """Returns the system prompt, unless it is "", and the messages of the branch. The last one is the question.

    `history` is oldest first. The roles alternate as the client has chosen. An ordinary question may follow calls that
    no message answers, because the page cannot answer them: then they get `NO_ANSWER`.
    """
    *before, question = history
    earlier = list[PromptMessage]()
    for message in before:
        earlier += _messages_of(message, files, earlier, reply_form)
    begun = list(dropwhile(lambda each: each["role"] in ANSWERS, earlier))
    head: list[PromptMessage] = [{"role": "system", "content": system}] if system else []
    return [*head, *begun, *_messages_of(question, files, begun, reply_form)]


def _messages_of(
    message: Message, files: Files, before: Sequence[PromptMessage], reply_form: ReplyForm
) -> Iterator[PromptMessage]:
    if message.role == "assistant":
        if message.steps:
            yield from reply_form(message)
        elif message.content or message.tool_calls:
            yield _reply(message)
    elif message.request:
        blocks = dict(zip(message.file_ids, files.get(message.id, ()), strict=False))
        yield from (_clients(each, blocks) for each in message.request.messages)
    else:
        for call in before[-1].get("tool_calls") or () if before else ():
            yield {"role": "tool", "tool_call_id": call["id"], "content": NO_ANSWER}
        if message.content:
            yield {"role": "user", "content": content_of(message, files)}


def _reply(message: Message) -> PromptMessage:
    reply: PromptMessage = {"role": "assistant", "content": message.content or None}
    if message.tool_calls:
        reply["tool_calls"] = [_call(call) for call in message.tool_calls]
    return reply


def _call(call: FunctionCall) -> dict[str, Any]:
    function = CalledFunction(name=call.name, arguments=call.arguments)
    return ClientToolCall(id=call.id, function=function, extra_content=call.extra_content).model_dump()


def _clients(message: ClientMessage, blocks: Mapping[str, Block]) -> PromptMessage:
    """Returns a message of the client with its files in it."""
    content = message.content
    given: PromptMessage = {
        "role": message.role,
        "content": [_part(part, blocks) for part in content] if isinstance(content, list) else content,
    }
    if message.name is not None:
        given["name"] = message.name
    if message.tool_calls is not None:
        given["tool_calls"] = [call.model_dump() for call in message.tool_calls]
    if message.tool_call_id is not None:
        given["tool_call_id"] = message.tool_call_id
    if message.reasoning_content is not None:
        given["reasoning_content"] = message.reasoning_content
    return given


def _part(part: ClientPart, blocks: Mapping[str, Block]) -> Part:
    """Returns a part with the picture that it names or, where there is none to show, with the file's text."""
    if part.image_url is None:
        return {"type": "text", "text": part.text or ""}
    block = blocks.get(part.image_url.url.removeprefix(FILE), Block(""))
    if not block.url:
        return {"type": "text", "text": block.text}
    if part.image_url.detail:
        return {"type": "image_url", "image_url": {"url": block.url, "detail": part.image_url.detail}}
    return {"type": "image_url", "image_url": {"url": block.url}}
