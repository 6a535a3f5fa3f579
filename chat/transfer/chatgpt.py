"""Reads conversations of ChatGPT's export.

A conversation is an object with `mapping`: node id -> `{id, parent, children, message}`, where `message` has `author`,
`content`, `create_time`, `metadata`, `recipient`. `current_node` is the last one of the branch that was shown.
The form is not documented by its maker: this reads what exports of 2023 to 2026 have.
"""

import re
from collections import Counter
from typing import Any

from chat.messages import FinishReason
from chat.transfer.conversation import Conversation, Node, NotImportable
from chat.transfer.limits import MAX_NODES, Limits
from chat.transfer.merging import Merger
from chat.transfer.notes import Part
from chat.transfer.texts import clean, dict_of, list_of, name_of, text_of, time_of, title_of

CITATION = re.compile("\ue200[^\ue200\ue201]*\ue201")
"""A reference to a search result, which means nothing without it."""

HIDDEN_TYPES = ("user_editable_context", "model_editable_context")
FINISHES: dict[str, FinishReason] = {
    "stop": "stop",
    "max_tokens": "length",
    "interrupted": "cancelled",
    "content_filter": "content_filter",
}
ASSETS: dict[str, Part] = {
    "image_asset_pointer": "images",
    "audio_asset_pointer": "audio",
    "real_time_user_audio_video_asset_pointer": "audio",
    "video_container_asset_pointer": "files",
}


def fits(value: dict[str, Any]) -> bool:
    return isinstance(value.get("mapping"), dict)


def read(value: dict[str, Any], limits: Limits) -> Conversation:
    """Returns the conversation. Raises `NotImportable`."""
    left_out = Counter[Part]()
    if len(value["mapping"]) > MAX_NODES:
        raise NotImportable("too_many_messages")
    model = name_of(value.get("default_model_slug"))
    nodes = [_node(name, dict_of(node), model, left_out) for name, node in _in_order(value["mapping"])]
    created = time_of(value.get("create_time"))
    messages, leaf = Merger(nodes, left_out).messages(value.get("current_node"), created or 0.0, limits)
    if not messages:
        raise NotImportable("empty")
    return Conversation(
        source="chatgpt",
        title=title_of(value.get("title")),
        created_at=created,
        updated_at=time_of(value.get("update_time")),
        messages=messages,
        leaf=leaf,
        left_out=left_out,
    )


def _in_order(mapping: dict[str, Any]) -> list[tuple[str, Any]]:
    """Returns the nodes so that those which follow the same one are in the order of its `children`."""
    places = dict[str, int]()
    for node in mapping.values():
        for position, child in enumerate(list_of(dict_of(node).get("children"))):
            if isinstance(child, str):
                places[child] = position
    return sorted(mapping.items(), key=lambda item: places.get(item[0], 0))


def _node(name: str, value: dict[str, Any], default_model: str | None, left_out: Counter[Part]) -> Node:
    parent, message = value.get("parent"), dict_of(value.get("message"))
    node = Node(id=name, parent=parent if isinstance(parent, str) else None)
    content, metadata = dict_of(message.get("content")), dict_of(message.get("metadata"))
    role = dict_of(message.get("author")).get("role")
    if not message or _is_structure(role, content, metadata):
        return node
    if part := _part_to_skip(role, message, content, metadata):
        left_out[part] += 1
        left_out["images"] += _images(content)
        return node
    node.role = "user" if role == "user" else "assistant"
    node.content, node.thinking = _texts(content, left_out)
    left_out["files"] += sum(not _is_image(file) for file in list_of(metadata.get("attachments")))
    node.timestamp = time_of(message.get("create_time"))
    if node.role == "assistant":
        node.model = name_of(metadata.get("model_slug")) or default_model
        finish = FINISHES.get(text_of(dict_of(metadata.get("finish_details")).get("type")))
        node.finish_reason = "cancelled" if message.get("status") == "in_progress" else finish
    return node


def _is_structure(role: Any, content: dict[str, Any], metadata: dict[str, Any]) -> bool:
    """Whether a node has nothing that a user has seen: most trees begin with one."""
    if content.get("content_type") == "reasoning_recap":
        return True
    return role == "system" and not _plain(content).strip() and not metadata.get("is_user_system_message")


def _part_to_skip(role: Any, message: dict[str, Any], content: dict[str, Any], metadata: dict[str, Any]) -> Part | None:
    """Returns as what a message is left out; None for one that is imported."""
    if role == "system" or metadata.get("is_user_system_message") or content.get("content_type") in HIDDEN_TYPES:
        return "system_messages"
    if metadata.get("is_visually_hidden_from_conversation"):
        return "hidden_messages"
    if role not in ("user", "assistant"):
        return "tool_calls"
    return "tool_calls" if role == "assistant" and message.get("recipient") not in ("all", None) else None


def _texts(content: dict[str, Any], left_out: Counter[Part]) -> tuple[str, str]:
    """Returns the text, and the thoughts."""
    match content.get("content_type"):
        case "thoughts":
            return "", _thoughts(content.get("thoughts"))
        case "code":
            language = text_of(content.get("language")).replace("unknown", "")
            return f"```{language}\n{text_of(content.get('text'))}\n```", ""
    for part in list_of(content.get("parts")):
        if isinstance(part, dict):
            kind = text_of(part.get("content_type"))
            if kind != "audio_transcription":
                left_out[ASSETS.get(kind, "unknown_content")] += 1
    text = _plain(content)
    if not text and not list_of(content.get("parts")):
        left_out["unknown_content"] += 1
    return CITATION.sub("", text), ""


def _plain(content: dict[str, Any]) -> str:
    """Returns the text in the parts."""
    texts = list[str]()
    for part in list_of(content.get("parts")):
        if isinstance(part, str):
            texts.append(clean(part))
        elif isinstance(part, dict) and part.get("content_type") == "audio_transcription":
            texts.append(text_of(part.get("text")))
    return "\n".join(text for text in texts if text) or text_of(content.get("text"))


def _thoughts(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    parts = [
        [text_of(thought.get(name)) for name in ("summary", "content")] for thought in map(dict_of, list_of(value))
    ]
    return "\n\n".join(text for part in parts for text in part if text)


def _images(content: dict[str, Any]) -> int:
    kinds = [dict_of(part).get("content_type") for part in list_of(content.get("parts"))]
    return kinds.count("image_asset_pointer")


def _is_image(file: Any) -> bool:
    return text_of(dict_of(file).get("mime_type")).startswith("image/")
