"""A conversation between being read from a file and being stored."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from chat.attachments import Attachment
from chat.marks import Marks
from chat.message_files import files_of
from chat.messages import FinishReason, Message
from chat.session_settings import SessionSettings
from chat.transfer import ids
from chat.transfer.notes import Part, Reason
from chat.usage import Usage

Source = Literal["holdfast", "chatgpt", "open_webui", "librechat"]


class NotImportable(Exception):
    """Raised where one conversation cannot be imported, but others may."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Node:
    """A message of another application. Without `role` it is left out, and what follows it follows its parent."""

    id: str
    parent: str | None
    role: Literal["user", "assistant"] | None = None
    content: str = ""
    thinking: str = ""
    timestamp: float | None = None
    model: str | None = None
    finish_reason: FinishReason | None = None
    error: str | None = None
    usage: Usage | None = None
    thinking_seconds: float | None = None


@dataclass
class Conversation:
    """One conversation as it would be stored; `messages` in their order, each after the one that it follows.

    Times in seconds since the epoch. `role`: the persona, None = unknown. `leaf`: the last message of the branch that
    is shown. `settings`: what the user has set for the session. `trimmed`: messages may follow some that are no longer
    kept. `left_out`: numbers of parts that are missing or changed. `bytes`: the size of its texts, about what the store
    needs for them. `last_turn`: the greatest number of a turn that gave a message its id. `file_ids`: how many messages
    have each file; `file_names`: how they name it. `files`: those that the user has, by the ids that the messages have.
    """

    source: Source
    title: str
    created_at: float | None
    updated_at: float | None
    messages: Sequence[Message]
    leaf: str | None
    role: str | None = None
    settings: SessionSettings = field(default_factory=SessionSettings)
    trimmed: bool = False
    marks: Marks = field(default_factory=Marks)
    left_out: Counter[Part] = field(default_factory=Counter)
    bytes: int = field(init=False, default=0)
    last_turn: int = field(init=False, default=0)
    file_ids: Counter[str] = field(init=False, default_factory=Counter)
    file_names: dict[str, str] = field(init=False, default_factory=dict)
    files: dict[str, Attachment] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        # Here, in the thread that reads the file: there may be many messages.
        for each in self.messages:
            self.bytes += sum(len(text.encode()) for text in each.texts) + 300
            self.file_ids.update(each.file_ids)
            self.file_names.update((file.id, file.name) for file in files_of(each))
            self.last_turn = max(self.last_turn, ids.turn_number(each.id))

    def leave_out_files(self) -> None:
        """Counts the files that are not among `files`: they are left out."""
        missing = self.file_ids.keys() - self.files.keys()
        self.left_out["files"] += sum(self.file_ids[each] for each in missing)


@dataclass
class LeftOut:
    """A conversation that cannot be imported."""

    title: str
    reason: Reason
