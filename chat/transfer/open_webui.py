"""Reads chats of Open WebUI's export.

The export is a list of chats; what belongs to the conversation is in `chat` (older exports: in the chat itself).
`chat.history` has `messages`: id -> `{id, parentId, childrenIds, role, content, timestamp, model, done, …}`, and
`currentId`. See https://docs.openwebui.com/features/chat-conversations/data-controls/import-export/.
"""

import html
from collections import Counter
from typing import Any

from chat.transfer.conversation import Conversation, Node, NotImportable
from chat.transfer.limits import MAX_NODES, Limits
from chat.transfer.merging import Merger
from chat.transfer.notes import Part
from chat.transfer.texts import clean, dict_of, list_of, name_of, number_of, text_of, time_of, title_of
from chat.usage import Usage

OPENING, CLOSING = "<details type=", "</details>"
SUMMARY_END = "</summary>"


def fits(value: dict[str, Any]) -> bool:
    chat = _chat(value)
    return isinstance(dict_of(chat.get("history")).get("messages"), dict) or (
        "chat" in value and isinstance(chat.get("messages"), list)
    )


def read(value: dict[str, Any], limits: Limits) -> Conversation:
    """Returns the conversation. Raises `NotImportable`."""
    left_out, chat = Counter[Part](), _chat(value)
    history = dict_of(chat.get("history"))
    if max(len(dict_of(history.get("messages"))), len(list_of(chat.get("messages")))) > MAX_NODES:
        raise NotImportable("too_many_messages")
    if isinstance(history.get("messages"), dict):
        nodes = [_node(name, dict_of(message), left_out) for name, message in history["messages"].items()]
    else:
        nodes = _chained([dict_of(message) for message in chat["messages"]], left_out)
    created = time_of(value.get("created_at")) or time_of(chat.get("timestamp"))
    messages, leaf = Merger(nodes, left_out).messages(history.get("currentId"), created or 0.0, limits)
    if not messages:
        raise NotImportable("empty")
    return Conversation(
        source="open_webui",
        title=title_of(value.get("title")) or title_of(chat.get("title")),
        created_at=created,
        updated_at=time_of(value.get("updated_at")),
        messages=messages,
        leaf=leaf,
        left_out=left_out,
    )


def _chat(value: dict[str, Any]) -> dict[str, Any]:
    return dict_of(value.get("chat")) or value


def _chained(messages: list[dict[str, Any]], left_out: Counter[Part]) -> list[Node]:
    """Returns nodes for a list without parents, in which each message follows the one before."""
    nodes = list[Node]()
    for number, message in enumerate(messages):
        nodes.append(_node(f"{number}", message, left_out))
        nodes[-1].parent = f"{number - 1}" if number else None
    return nodes


def _node(name: str, message: dict[str, Any], left_out: Counter[Part]) -> Node:
    parent, role = message.get("parentId"), message.get("role")
    node = Node(id=name, parent=parent if isinstance(parent, str) else None)
    if role not in ("user", "assistant"):
        left_out["system_messages" if role == "system" else "tool_calls"] += 1
        return node
    node.role = role
    for file in map(dict_of, list_of(message.get("files"))):
        left_out["images" if file.get("type") == "image" else "files"] += 1
    text = _content(message.get("content"), left_out)
    node.content, node.thinking = _without_details(text, left_out) if role == "assistant" else (text, "")
    node.timestamp = time_of(message.get("timestamp"))
    node.model = name_of(message.get("model"))
    node.usage = _usage(dict_of(message.get("usage")))
    if message.get("error"):
        node.finish_reason, node.error = "error", "imported"
    elif role == "assistant" and message.get("done") is False:
        node.finish_reason = "cancelled"
    return node


def _content(value: Any, left_out: Counter[Part]) -> str:
    """Returns the text of a content: a string, or a list of parts."""
    if isinstance(value, str):
        return clean(value)
    texts = list[str]()
    for part in map(dict_of, list_of(value)):
        if part.get("type") == "text":
            texts.append(text_of(part.get("text")))
        else:
            left_out["images" if part.get("type") == "image_url" else "unknown_content"] += 1
    return "\n".join(texts)


def _without_details(text: str, left_out: Counter[Part]) -> tuple[str, str]:
    """Takes the blocks `<details type="…">` out of a reply. Returns the rest, and the text of those with reasoning."""
    rest, thoughts, position = list[str](), list[str](), 0
    while (start := text.find(OPENING, position)) >= 0 and (end := text.find(CLOSING, start)) >= 0:
        rest.append(text[position:start])
        block, position = text[start:end], end + len(CLOSING)
        if block.startswith(f'{OPENING}"reasoning"'):
            thoughts.append(_reasoning(block))
        else:
            left_out["tool_calls"] += 1
    return "".join([*rest, text[position:]]).strip(), "\n\n".join(filter(None, thoughts))


def _reasoning(block: str) -> str:
    body = block.partition(SUMMARY_END)[2] or block.partition(">")[2]
    lines = html.unescape(body).strip().splitlines()
    return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)


def _usage(value: dict[str, Any]) -> Usage | None:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    counts = {name: int(number) for name in names if (number := number_of(value.get(name))) and number < 1e12}
    return Usage(**counts) if counts else None
