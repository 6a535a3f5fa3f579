"""Reads conversations of LibreChat's export as JSON.

The file has one conversation: `conversationId`, `title`, `options`, and `messages`, each with `messageId`,
`parentMessageId`, `isCreatedByUser`, `text` or `content`, `createdAt`. With the option "recursive" there is
`messagesTree` instead, in which each message has its `children`.
"""

from collections import Counter
from typing import Any

from chat.messages import FinishReason
from chat.transfer.conversation import Conversation, Node, NotImportable
from chat.transfer.limits import MAX_NODES, Limits
from chat.transfer.merging import Merger
from chat.transfer.notes import Part
from chat.transfer.texts import dict_of, list_of, name_of, text_of, time_of, title_of

NO_PARENT = "00000000-0000-0000-0000-000000000000"
FINISHES: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "incomplete": "length",
    "content_filter": "content_filter",
}
PARTS: dict[str, Part] = {"image_file": "images", "image_url": "images", "tool_call": "tool_calls"}


def fits(value: dict[str, Any]) -> bool:
    return "conversationId" in value and isinstance(value.get("messagesTree", value.get("messages")), list | dict)


def read(value: dict[str, Any], limits: Limits) -> Conversation:
    """Returns the conversation. Raises `NotImportable`."""
    left_out = Counter[Part]()
    model = name_of(dict_of(value.get("options")).get("model"))
    nodes = [_node(name, parent, message, model, left_out) for name, parent, message in _flat(value)]
    times = [node.timestamp for node in nodes if node.timestamp]
    last = max(nodes, key=lambda node: node.timestamp or 0).id if nodes else None
    messages, leaf = Merger(nodes, left_out).messages(last, min(times, default=0.0), limits)
    if not messages:
        raise NotImportable("empty")
    return Conversation(
        source="librechat",
        title=title_of(value.get("title")),
        created_at=min(times, default=None),
        updated_at=max(times, default=None),
        messages=messages,
        leaf=leaf,
        left_out=left_out,
    )


def _flat(value: dict[str, Any]) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Returns each message with its id and its parent's. Without parents each message follows the one before."""
    given = value.get("messagesTree", value.get("messages"))
    found = list[tuple[str, str | None, dict[str, Any]]]()
    waiting: list[tuple[str | None, Any]] = [(None, each) for each in (given if isinstance(given, list) else [given])]
    waiting.reverse()
    while waiting:
        if len(found) + len(waiting) > MAX_NODES:
            raise NotImportable("too_many_messages")
        above, each = waiting.pop()
        message = dict_of(each)
        name = text_of(message.get("messageId")) or f"message-{len(found)}"
        parent = above or _parent_of(message, found[-1][0] if found else None)
        found.append((name, parent, message))
        waiting += [(name, child) for child in reversed(list_of(message.get("children")))]
    return found


def _parent_of(message: dict[str, Any], before: str | None) -> str | None:
    parent = message.get("parentMessageId", before)
    return parent if isinstance(parent, str) and parent != NO_PARENT else None


def _node(
    name: str, parent: str | None, message: dict[str, Any], default_model: str | None, left_out: Counter[Part]
) -> Node:
    node = Node(id=name, parent=parent)
    if not isinstance(message.get("isCreatedByUser"), bool):
        left_out["invalid_messages"] += 1
        return node
    node.role = "user" if message["isCreatedByUser"] else "assistant"
    node.content, node.thinking = _texts(message, left_out)
    for file in map(dict_of, list_of(message.get("files"))):
        left_out["images" if text_of(file.get("type")).startswith("image/") else "files"] += 1
    node.timestamp = time_of(message.get("createdAt"))
    if node.role == "assistant":
        node.model = name_of(message.get("model")) or default_model
        node.finish_reason = FINISHES.get(text_of(message.get("finish_reason")))
        if message.get("unfinished") is True:
            node.finish_reason = "cancelled"
        if message.get("error") is True:
            node.finish_reason, node.error = "error", "imported"
    return node


def _texts(message: dict[str, Any], left_out: Counter[Part]) -> tuple[str, str]:
    """Returns the text and the thoughts."""
    texts, thoughts = list[str](), list[str]()
    for part in map(dict_of, list_of(message.get("content"))):
        kind = text_of(part.get("type"))
        if kind in ("text", "error"):
            texts.append(_value(part.get("text", part.get("error"))))
        elif kind == "think":
            thoughts.append(_value(part.get("think")))
        else:
            left_out[PARTS.get(kind, "unknown_content")] += 1
    text = "\n\n".join(filter(None, texts)) or text_of(message.get("text"))
    return text, "\n\n".join(filter(None, thoughts))


def _value(value: Any) -> str:
    return text_of(dict_of(value).get("value")) if isinstance(value, dict) else text_of(value)
