"""What users mark their sessions with: pinned, archived, tags."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import BaseModel

MAX_TAGS = 8
MAX_TAG_CHARS = 30
"""Limits of one session: its tags, and the characters of each."""


class Marks(BaseModel):
    """The marks of a session. It is never both pinned and archived."""

    pinned: bool = False
    archived: bool = False
    tags: list[str] = []

    @classmethod
    def from_json(cls, text: str | None) -> "Marks":
        return cls.model_validate_json(text) if text else cls()


class MarksChange(NamedTuple):
    """The marks to set; None = as they are."""

    pinned: bool | None = None
    archived: bool | None = None
    tags: Sequence[str] | None = None

    @property
    def is_empty(self) -> bool:
        return self == MarksChange()


def usable_tags(given: Iterable[str]) -> list[str]:
    """Returns the tags with single spaces, each once, without those that are empty or too long."""
    tags = [" ".join(each.split()) for each in given]
    usable = [each for each in tags if each.isprintable() and 0 < len(each) <= MAX_TAG_CHARS]
    return list(dict.fromkeys(usable))[:MAX_TAGS]
