"""Reads the messages of a session in our own form, one after another, so that memory does not limit their number."""

from collections import Counter
from typing import Any, NamedTuple

from pydantic import ValidationError

from chat import keys
from chat.attachments import Attachment
from chat.client_requests import MAX_TOOLS
from chat.marks import Marks, usable_tags
from chat.messages import MAX_FEEDBACK_CHARS, MAX_LOST_WORKERS, VOTES, Feedback, Message
from chat.session_settings import SessionSettings
from chat.tool_calls import FunctionCall
from chat.transfer import ids, trees
from chat.transfer.conversation import Conversation, NotImportable
from chat.transfer.limits import MAX_OWN_MESSAGES, MAX_OWN_VERSIONS, Limits
from chat.transfer.notes import Part
from chat.transfer.own_steps import steps_of
from chat.transfer.packed import PackedMessages
from chat.transfer.texts import clean, dict_of, line_of, list_of, name_of, number_of, text_of, time_of, title_of

NAMES = ("model", "asked_model", "persona", "persona_name", "error", "finish_reason", "turn_id")
NUMBERS = ("seconds", "thinking_seconds")
NOT_READ = ("versions", "depth", "request")
"""Fields of a message that follow from the tree, or that no export has."""

FIELDS = [name for name in Message.model_fields if name not in NOT_READ]
MAX_ATTACHMENTS = 100
"""Of one message: the most that a server can be set to take."""

MAX_FILE_NAME = 200
MAX_CALL_NAME = 200


class _Place(NamedTuple):
    """Where a message is in the tree."""

    id: str
    parent_id: str | None


class OwnSession:
    """Takes the messages of a session in the order of the file, and makes a conversation of them.

    What follows a message that is not valid follows the one before it.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._messages = PackedMessages()
        self._places = list[_Place]()
        self._names = dict[str, str | None]()  # the message in the place of each id of the file; None = none
        self._below_missing = set[str]()  # invalid messages that follow a missing one
        self._after_missing = list[int]()  # positions of messages that do
        self._missing = self._unusable = 0
        self._left_out = Counter[Part]()

    def add(self, value: Any) -> None:
        """Takes the next message. Raises `NotImportable` where there are too many."""
        fields = dict_of(value)
        given, above = text_of(fields.get("id")), text_of(fields.get("parent_id"))
        if given and given in self._names:
            self._left_out["duplicates"] += 1
            return
        if len(self._messages) == MAX_OWN_MESSAGES:
            raise NotImportable("too_many_messages")
        parent = self._parent(above)
        message = self._message(fields, parent)
        follows_missing = bool(above) and (above not in self._names or above in self._below_missing)
        if given:
            self._names[given] = message.id if message else parent
            if follows_missing and not message:
                self._below_missing.add(given)
        if message:
            if follows_missing:
                self._after_missing.append(len(self._messages))
            self._messages.append(message)
            self._places.append(_Place(message.id, parent))

    def _parent(self, above: str) -> str | None:
        """Returns what a message follows, also a missing one: only the end tells whether the session was trimmed."""
        if not above or above in self._names:
            return self._names.get(above)
        self._missing += 1
        is_usable = ids.is_usable(above)
        self._unusable += not is_usable
        return above if is_usable else None

    def conversation(self, fields: dict[str, Any]) -> Conversation:
        """Returns the conversation with all messages, and these fields of the session. Raises `NotImportable`."""
        trimmed = fields.get("trimmed") is True
        self._left_out["missing_parents"] += self._unusable if trimmed else self._missing
        if not trimmed:
            self._begin_branches()
        trees.check(self._places, MAX_OWN_MESSAGES, MAX_OWN_VERSIONS)
        return Conversation(
            source="holdfast",
            title=title_of(fields.get("title")),
            created_at=time_of(fields.get("created_at")),
            updated_at=time_of(fields.get("updated_at")),
            messages=self._messages,
            leaf=trees.leaf_of(self._places, text_of(fields.get("leaf"))),
            role=name_of(fields.get("role")),
            settings=SessionSettings.of_export(fields),
            trimmed=trimmed,
            marks=_marks(fields),
            left_out=self._left_out,
        )

    def _begin_branches(self) -> None:
        """Makes messages that follow missing ones first messages."""
        for index in self._after_missing:
            self._messages[index] = self._messages[index].model_copy(update={"parent_id": None})
            self._places[index] = self._places[index]._replace(parent_id=None)

    def _attachments(self, given: Any) -> list[Attachment] | None:
        """Returns the ids and names of a message's files. Their other facts come from the store."""
        listed = [dict_of(each) for each in list_of(given)]
        names = {text_of(each.get("id")): line_of(each.get("name"), MAX_FILE_NAME) for each in listed}
        usable = [(file_id, name) for file_id, name in names.items() if keys.is_file_id(file_id)][:MAX_ATTACHMENTS]
        self._left_out["files"] += len(listed) - len(usable)
        return [Attachment(id=each, name=name, type="", size=0, kind="text") for each, name in usable] or None

    def _parts_of_reply(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Returns the parts that only a reply has."""
        if fields.get("role") != "assistant":
            return dict.fromkeys(("feedback", "tool_calls", "steps"))
        return {
            "feedback": _feedback(fields.get("feedback")),
            "tool_calls": _calls(fields.get("tool_calls"), self._limits),
            "steps": steps_of(fields.get("steps"), self._limits),
        }

    def _message(self, value: dict[str, Any], parent: str | None) -> Message | None:
        """Returns a message; None where its fields are not valid."""
        fields = {name: _field(name, each) for name in FIELDS if (each := value.get(name)) is not None}
        fields |= {"parent_id": parent, "content": text_of(value.get("content"))}
        if "attachments" in fields:
            fields["attachments"] = self._attachments(fields["attachments"])
        fields |= self._parts_of_reply(fields)
        if "thinking" in fields:
            fields["thinking"] = text_of(fields["thinking"])
        if not ids.is_usable(fields.get("id")):
            fields["id"] = ids.new_id()
        for name in ("content", "thinking"):
            if len(fields.get(name) or "") > self._limits.message_chars:
                fields[name] = fields[name][: self._limits.message_chars]
                self._left_out["shortened"] += 1
        try:
            return Message.model_validate(fields)
        except ValidationError:
            self._left_out["invalid_messages"] += 1
            return None


def _feedback(value: Any) -> Feedback | None:
    """Returns the feedback on a reply; None where it is not valid."""
    given = dict_of(value)
    text = line_of(given.get("text"), MAX_FEEDBACK_CHARS)
    return Feedback(vote=given["vote"], text=text) if given.get("vote") in VOTES else None


def _calls(value: Any, limits: Limits) -> list[FunctionCall] | None:
    """Returns calls of tools, without what their model server wanted back."""
    given = [dict_of(each) for each in list_of(value)][:MAX_TOOLS]
    return [
        FunctionCall(
            id=line_of(each.get("id"), MAX_CALL_NAME),
            name=line_of(each.get("name"), MAX_CALL_NAME),
            arguments=text_of(each.get("arguments"))[: limits.message_chars],
        )
        for each in given
    ] or None


def _marks(fields: dict[str, Any]) -> Marks:
    archived = fields.get("archived") is True
    tags = usable_tags(text_of(each) for each in list_of(fields.get("tags")))
    return Marks(pinned=fields.get("pinned") is True and not archived, archived=archived, tags=tags)


def _field(name: str, value: Any) -> Any:
    if name in NAMES:
        return name_of(value)
    if name in NUMBERS:
        return number_of(value)
    if name == "lost_workers":
        return value if isinstance(value, int) and 0 < value <= MAX_LOST_WORKERS else None
    if name == "timestamp":
        return time_of(value)
    return clean(value) if isinstance(value, str) else value
