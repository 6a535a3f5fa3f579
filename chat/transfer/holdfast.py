"""Reads and writes our own form (`docs/export.md`): sessions with all their messages, one message per line."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from chat.messages import Message
from chat.transfer import ids, trees
from chat.transfer.conversation import Conversation, NotImportable
from chat.transfer.errors import ImportNewerVersion
from chat.transfer.limits import MAX_MESSAGES, Limits
from chat.transfer.notes import Part
from chat.transfer.texts import clean, dict_of, list_of, name_of, number_of, text_of, time_of, title_of

FORMAT = "holdfast"
VERSION = 1

NAMES = ("model", "persona", "error", "finish_reason", "turn_id")
NUMBERS = ("seconds", "thinking_seconds")
DERIVED = ("versions", "depth")
"""Fields of a message that follow from the tree."""

FIELDS = [name for name in Message.model_fields if name not in DERIVED]
END = "\n]}\n"
SESSION_END = "\n]}"


class Total(NamedTuple):
    """What an export has when it begins; less where something is deleted meanwhile."""

    sessions: int
    messages: int


def head(exported_at: float, total: Total) -> str:
    """Returns the first line."""
    values = {"format": FORMAT, "version": VERSION, "exported_at": exported_at, "total": total._asdict()}
    return f'{_json(values)[:-1]},"sessions":['


def session_head(values: dict[str, Any], *, is_first: bool) -> str:
    """Returns a session's line without its messages."""
    return ("\n" if is_first else ",\n") + f'{_json(values)[:-1]},"messages":['


def lines(messages: Sequence[Message], *, are_first: bool) -> str:
    """Returns messages of a session, each in a line of its own."""
    texts = [message.model_copy(update={"versions": None}).to_json() for message in messages]
    return ("\n" if are_first else ",\n") + ",\n".join(texts) if texts else ""


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def check_version(file: dict[str, Any]) -> None:
    """Raises `ImportNewerVersion` for a file of a version that is not known here."""
    version = file.get("version")
    if file.get("format") == FORMAT and (not isinstance(version, int) or version > VERSION):
        raise ImportNewerVersion


def fits(value: dict[str, Any]) -> bool:
    return {"session_id", "role", "leaf"} <= value.keys() and isinstance(value.get("messages"), list)


def read(value: dict[str, Any], limits: Limits) -> Conversation:
    """Returns the session as a conversation. Raises `NotImportable`."""
    left_out, trimmed = Counter[Part](), value.get("trimmed") is True
    messages = _placed(list_of(value["messages"]), trimmed, left_out, limits)
    trees.check(messages)
    return Conversation(
        source="holdfast",
        title=title_of(value.get("title")),
        created_at=time_of(value.get("created_at")),
        updated_at=time_of(value.get("updated_at")),
        messages=messages,
        leaf=trees.leaf_of(messages, text_of(value.get("leaf"))),
        role=name_of(value.get("role")),
        trimmed=trimmed,
        left_out=left_out,
    )


def _placed(values: list[Any], trimmed: bool, left_out: Counter[Part], limits: Limits) -> list[Message]:
    """Returns the messages that are valid. What follows one that is not follows the one before it."""
    if len(values) > MAX_MESSAGES:
        raise NotImportable("too_many_messages")
    messages, names = list[Message](), dict[str, str | None]()
    for each in map(dict_of, values):
        given, above = text_of(each.get("id")), text_of(each.get("parent_id"))
        if given and given in names:
            left_out["duplicates"] += 1
            continue
        parent = names.get(above) if above else None
        if above and above not in names and trimmed and ids.is_usable(above):
            parent = above
        elif above and above not in names:
            left_out["missing_parents"] += 1
        message = _message(each, parent, left_out, limits)
        if given:
            names[given] = message.id if message else parent
        messages += [message] if message else []
    return messages


def _field(name: str, value: Any) -> Any:
    if name in NAMES:
        return name_of(value)
    if name in NUMBERS:
        return number_of(value)
    if name == "timestamp":
        return time_of(value)
    return clean(value) if isinstance(value, str) else value


def _message(value: dict[str, Any], parent: str | None, left_out: Counter[Part], limits: Limits) -> Message | None:
    """Returns a message; None where its fields are not valid."""
    fields = {name: _field(name, each) for name in FIELDS if (each := value.get(name)) is not None}
    fields |= {"parent_id": parent, "content": text_of(value.get("content"))}
    if "thinking" in fields:
        fields["thinking"] = text_of(fields["thinking"])
    if not ids.is_usable(fields.get("id")):
        fields["id"] = ids.new_id()
    for name in ("content", "thinking"):
        if len(fields.get(name) or "") > limits.message_chars:
            fields[name] = fields[name][: limits.message_chars]
            left_out["shortened"] += 1
    try:
        return Message.model_validate(fields)
    except ValidationError:
        left_out["invalid_messages"] += 1
        return None
