"""The record of a file in the store, and the script calls that read and change it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from chat import keys
from chat.attachments import Attachment, File
from chat.files.errors import UnknownFile
from chat.files.objects import Place
from chat.open_turns import DUE, NOTE
from chat.settings import FOREVER
from chat.store import Argument, Script, ScriptCall, fields_of

ADD = Script("file_add")
KEEP = Script("file_keep")
BIND = Script("file_bind")
SETTLE = Script("file_settle")
DROP = Script("file_drop")
FORGET = Script("file_forget")
USES = Script("file_uses")

UNSETTLED_SECONDS = 120
"""How long a bound file is kept without a question that has it, for example because its API process died."""

DESCRIBED = tuple(name for name in File.model_fields if name != "id")


class Record(BaseModel):
    """A file's record. `sessions`: ids of the sessions to which it was bound, with spaces between them.

    `arriving`: its objects are being stored; `removed`: they are being removed. Neither can be read. `used`: whether a
    question with it was ever opened; a refused one binds it as well. `binds`: how often it was bound; it never falls.
    """

    state: Literal["arriving", "ready", "removed"]
    created_at: int
    sessions: str = ""
    used: bool = False
    binds: int = 0
    name: str = ""
    type: str = ""
    size: int = 0
    kind: Literal["image", "text", "document"] = "text"
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    characters: int | None = None
    cut: bool | None = None

    def file(self, file_id: str) -> File:
        return File(id=file_id, **{name: getattr(self, name) for name in DESCRIBED})


def fields(file: File) -> list[Argument]:
    """Returns the fields of a file's record: name, value, name, value, …"""
    given = {name: getattr(file, name) for name in DESCRIBED}
    return [part for name, value in given.items() if value is not None for part in (name, _text(value))]


def _text(value: object) -> Argument:
    return int(value) if isinstance(value, bool) else value if isinstance(value, (int, str)) else str(value)


def add_call(place: Place, size: int, quota: int, name: str) -> ScriptCall[bool]:
    """Returns the call that adds a record. Result: whether the user's files may take that many bytes."""
    return ScriptCall(ADD, _keys(place), (place.file_id, size, quota, FOREVER, "name", name), bool)


def keep_call(place: Place, file: File, size: int) -> ScriptCall[bool]:
    """Returns the call that completes a record; `size`: bytes of all objects. Result: whether the record is there."""
    return ScriptCall(KEEP, _keys(place), (place.file_id, size, *fields(file)), bool)


def bind_call(user: str, session_id: str, file_ids: Sequence[str]) -> ScriptCall[list[Attachment]]:
    """Returns the call that binds files to a session. Result: how messages describe them; raises `UnknownFile`."""
    names = [keys.session_files(user, session_id), *(keys.file(user, file_id) for file_id in file_ids)]
    args: list[Argument] = [session_id, UNSETTLED_SECONDS, FOREVER, *file_ids]

    def read(answer: Sequence[Sequence[str]] | None) -> list[Attachment]:
        if answer is None:
            raise UnknownFile
        records = [Record.model_validate(fields_of(each)) for each in answer]
        return [record.file(file_id).as_attachment() for file_id, record in zip(file_ids, records, strict=True)]

    return ScriptCall(BIND, names, args, read)


def settle_call(user: str, file_ids: Sequence[str], *, is_opened: bool) -> ScriptCall[int]:
    """Returns the call that ends the time for which bound files are not removed."""
    return ScriptCall(SETTLE, [keys.file(user, file_id) for file_id in file_ids], [int(is_opened)], int)


def drop_call(place: Place, binds: int) -> ScriptCall[bool]:
    """Returns the call that marks a file as removed. Result: whether it is, or is missing.

    `binds`: as its record had it before its sessions were asked whether they use it.
    """
    return ScriptCall(DROP, [keys.file(*place)], [binds], bool)


def forget_call(place: Place, sessions: Sequence[str]) -> ScriptCall[int]:
    """Returns the call that removes a file's record. Result: the bytes that it took."""
    names = (*_keys(place), *(keys.session_files(place.user, each) for each in sessions))
    return ScriptCall(FORGET, names, [place.file_id], int)


def uses_call(session_id: str, file_ids: Sequence[str]) -> ScriptCall[list[str]]:
    """Returns the call that tells which of the files the session uses."""
    names = (keys.session(session_id), keys.tree(session_id), keys.waiting(session_id))
    return ScriptCall(USES, names, list(file_ids), list)


def note_call(place: Place, seconds: float) -> ScriptCall[int]:
    """Returns the call that sets when a file is checked next."""
    return ScriptCall(NOTE, [keys.FILES], ("/".join(place), int(seconds * 1000)), int)


def due_call(count: int, seconds: float) -> ScriptCall[list[str]]:
    """Returns the call that takes files to check now; they are due again after that time."""
    return ScriptCall(DUE, [keys.FILES], (count, int(seconds * 1000)), list)


def record_of(found: Mapping[str, Any]) -> Record | None:
    return Record.model_validate(found) if found else None


def _keys(place: Place) -> tuple[str, str]:
    return keys.file(*place), keys.user_files(place.user)
