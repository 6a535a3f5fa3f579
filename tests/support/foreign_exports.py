"""Builds small exports of other chat applications, after their documented forms."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from chat.transfer.limits import Limits

LIMITS = Limits(upload_bytes=1_000_000, message_chars=1000)
T = 1_700_000_000.0


def chatgpt_node(name: str, parent: str | None, role: str = "", text: str = "", **more: Any) -> dict[str, Any]:
    """A node of ChatGPT's mapping; without a role one without a message. `more`: fields of the message."""
    if not role:
        return {"id": name, "parent": parent, "children": [], "message": None}
    message = {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": T,
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "recipient": "all",
        "metadata": {},
        **more,
    }
    return {"id": name, "parent": parent, "children": [], "message": message}


def chatgpt(*nodes: dict[str, Any], current: str | None = None, **more: Any) -> dict[str, Any]:
    """A conversation of ChatGPT with these nodes, whose `children` follow from their parents."""
    mapping = {node["id"]: node for node in nodes}
    for node in nodes:
        if node["parent"] in mapping:
            mapping[node["parent"]]["children"].append(node["id"])
    return {
        "title": "A title",
        "create_time": T,
        "update_time": T + 60,
        "mapping": mapping,
        "current_node": current or nodes[-1]["id"],
        "default_model_slug": "gpt-4o",
        **more,
    }


def simple_chatgpt(text: str = "hello", answer: str = "hi") -> dict[str, Any]:
    return chatgpt(
        chatgpt_node("root", None), chatgpt_node("q", "root", "user", text), chatgpt_node("a", "q", "assistant", answer)
    )


def open_webui_message(name: str, parent: str | None, role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "parentId": parent,
        "childrenIds": [],
        "role": role,
        "content": content,
        "timestamp": int(T),
        **more,
    }


def open_webui(*messages: dict[str, Any], current: str | None = None, **more: Any) -> dict[str, Any]:
    """A chat of Open WebUI's export."""
    history = {"messages": {each["id"]: each for each in messages}, "currentId": current or messages[-1]["id"]}
    chat = {"title": "A chat", "models": ["llama"], "history": history, "timestamp": int(T * 1000)}
    return {"id": "c", "title": "A chat", "chat": chat, "created_at": int(T), "updated_at": int(T) + 60, **more}


def librechat_message(name: str, parent: str | None, by_user: bool, text: str, **more: Any) -> dict[str, Any]:
    return {
        "messageId": name,
        "parentMessageId": parent or "00000000-0000-0000-0000-000000000000",
        "isCreatedByUser": by_user,
        "text": text,
        "createdAt": "2024-05-28T18:08:55.014Z",
        **more,
    }


def librechat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A conversation of LibreChat's export, not recursive."""
    return {
        "conversationId": "c",
        "title": "A conversation",
        "options": {"model": "gpt-4o"},
        "messages": list(messages),
        **more,
    }


def own_message(name: str, parent: str | None, role: str, content: str, **more: Any) -> dict[str, Any]:
    place = {"parent_id": parent} if parent else {}
    return {"id": name, **place, "role": role, "content": content, "timestamp": T, **more}


def own(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A session of our own form."""
    return {
        "session_id": "5f0c1d3e-8a4b-4c7d-9e2f-1a2b3c4d5e6f",
        "title": "Mine",
        "role": "assistant",
        "created_at": T,
        "updated_at": T + 60,
        "trimmed": False,
        "leaf": messages[-1]["id"] if messages else None,
        "messages": list(messages),
        **more,
    }


def own_file(*sessions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"format": "holdfast", "version": 1, "sessions": list(sessions), **more}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP with these files."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return memory.getvalue()
