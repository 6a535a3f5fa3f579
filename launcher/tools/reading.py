"""Reads the texts of attached files, as they come with a call. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

FILES = "holdfast/files"
"""The field of `_meta` in which a call has the files of its conversation: objects with `name`, `type` and `text`."""

MOST_LINES = 400


class AttachedFile(NamedTuple):
    """A file of the conversation. `type`: its media type."""

    name: str
    type: str
    text: str


class NoSuchFile(ValueError):
    """There is no file of this name; the message names those that there are."""


def files_of(meta: Any) -> list[AttachedFile]:
    """Returns the files that came with a call. Leaves out what has another form."""
    given = meta.get(FILES) if isinstance(meta, dict) else None
    found = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return [AttachedFile(*(str(each.get(name, "")) for name in AttachedFile._fields)) for each in found]


def listed(files: Sequence[AttachedFile]) -> str:
    """Returns a line for each file: its name, its type and its number of lines."""
    lines = [f"{file.name} ({file.type}, {len(file.text.splitlines())} lines)" for file in files]
    return "\n".join(lines) or "No file with a text is attached to this conversation."


def lines_of(files: Sequence[AttachedFile], name: str, first: int, count: int) -> str:
    """Returns lines of a file with their numbers, from 1. Raises `NoSuchFile`."""
    file = next((each for each in files if each.name == name), None)
    if file is None:
        raise NoSuchFile(f"There is no file {name}. {listed(files)}")
    lines = file.text.splitlines()
    start = max(first, 1) - 1
    shown = lines[start : start + min(max(count, 1), MOST_LINES)]
    numbered = [f"{number}: {line}" for number, line in enumerate(shown, start + 1)]
    end = start + len(shown)
    note = [f"[{len(lines) - end} more lines: read on from line {end + 1}.]"] if end < len(lines) else []
    return "\n".join([*numbered, *note]) or "[The file has no such line.]"
