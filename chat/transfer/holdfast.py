"""Reads and writes our own form (`docs/export.md`): sessions with all their messages, one message per line."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chat.messages import Message
from chat.persona_files import PersonaForm, table_of
from chat.session_settings import NAMES
from chat.transfer.conversation import Conversation, LeftOut, NotImportable
from chat.transfer.errors import ImportNewerVersion
from chat.transfer.limits import Limits
from chat.transfer.notes import Reason
from chat.transfer.own_session import OwnSession
from chat.transfer.texts import list_of, title_of

FORMAT = "holdfast"
VERSION = 1

MARKS = ("pinned", "archived", "tags")
SESSION_FIELDS = (
    *("session_id", "title", "role", "created_at", "updated_at", "trimmed", "leaf"),
    *MARKS,
    *NAMES,
    "messages",
)
ELEMENT = "messages[]"
TOO_LARGE = object()
END = "\n]}\n"
SESSION_END = "\n]}"


class Total(NamedTuple):
    """What an export has when it begins; less where something is deleted meanwhile."""

    sessions: int
    messages: int


def head(exported_at: float, total: Total, personas: Mapping[str, PersonaForm] | None = None) -> str:
    """Returns the first line. `personas`: the user's own, by their ids."""
    values = {"format": FORMAT, "version": VERSION, "exported_at": exported_at, "total": total._asdict()}
    if personas:
        values["personas"] = {each: table_of(persona) for each, persona in personas.items()}
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
    session = OwnSession(limits)
    for message in list_of(value["messages"]):
        session.add(message)
    return session.conversation(value)


def read_members(members: Iterable[tuple[str, Any]], limits: Limits) -> Conversation | LeftOut:
    """Reads a session from its members, one after another: after `messages` come its elements, as `ELEMENT`.

    Takes all of them, also where it cannot be imported: so the file is checked to its end. `TOO_LARGE` stands for a
    value that was not read.
    """
    session, fields = OwnSession(limits), dict[str, Any]()
    reason: Reason | None = None
    for name, value in members:
        if value is TOO_LARGE:
            reason = reason or "too_large"
        elif name != ELEMENT:
            fields |= {name: value} if name in SESSION_FIELDS else {}
        elif reason is None:
            try:
                session.add(value)
            except NotImportable as error:
                reason = error.reason
    title = title_of(fields.get("title"))
    if reason is not None or not fits(fields):
        return LeftOut(title, reason or "unreadable")
    try:
        return session.conversation(fields)
    except NotImportable as error:
        return LeftOut(title, error.reason)
