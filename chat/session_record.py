"""A session's record, as it is read from the store."""

from typing import Self

from pydantic import Field

from chat.marks import Marks
from chat.session_settings import SessionSettings

UNMARKED = Marks()


class Session(SessionSettings):
    """One conversation; times in seconds since the epoch. `title` is empty until the first question.

    `model`: of its last question. `leaf`: the last message of the branch that is shown. `paused`: the turn after whose
    failure or stop the waiting questions pause. `waiting_revision`: grows when they change, or pause, or go on.
    `asks`: the last turn that has asked its user about a call of a tool, and has no answer yet.
    `waiting`: how many wait, where that was read. `trimmed`: older messages were dropped. The list of sessions leaves
    `instructions` out, but has `has_instructions`.
    `pinned`, `archived`, `tags`: its marks, where they were read. `direct`: it is on no list, and removed after
    its last turn.
    """

    session_id: str
    user_id: str
    title: str
    role: str
    model: str | None = None
    created_at: float
    updated_at: float
    active_turn: str | None = None
    leaf: str | None = None
    paused: str | None = None
    asks: str | None = None
    waiting_revision: int = 0
    waiting: int = 0
    trimmed: bool = False
    has_instructions: bool = False
    direct: bool = False
    pinned: bool = False
    archived: bool = False
    tags: list[str] = Field(default_factory=list)

    @property
    def needs_answer(self) -> bool:
        """Whether the reply that runs waits for an answer of the user."""
        return bool(self.asks) and self.asks == self.active_turn

    @classmethod
    def from_hash(cls, session_id: str, fields: dict[str, str], marks: Marks = UNMARKED) -> Self:
        known = {**fields, "session_id": session_id, "role": fields.get("persona", "")}
        return cls.model_validate(known | marks.model_dump())


LISTED = [
    name
    for name in Session.model_fields
    if name not in {"session_id", "role", "instructions", "waiting", "direct", *Marks.model_fields}
]
LISTED += ["persona", "head", "kept"]
"""The fields of a session's hash that the list of sessions needs. Instructions are long, and the list is read often."""
