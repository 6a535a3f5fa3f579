"""Finds the line of a value in the text of a TOML file. Pure."""

import tomllib
from collections.abc import Sequence
from typing import Any

Path = Sequence[str | int]


def line_of(text: str, path: Path) -> int:
    """Returns the number of the line, from 1, at which the statement begins that gives the value at `path`.

    For a value that is missing, the line of the table that should have it. No library gives the positions of values, so
    this parses the file's beginnings: the value is in the first of them that has it.
    """
    lines = text.splitlines(keepends=True)
    for length in range(len(path), 0, -1):
        begin = 0
        for number in range(1, len(lines) + 1):
            parsed = _parsed("".join(lines[:number]))
            if parsed is not None and _has(parsed, path[:length]):
                return begin + 1
            begin = begin if parsed is None else number
    return 1


def _parsed(text: str) -> dict[str, Any] | None:
    """Returns the values of the file's beginning; None where it ends inside a value."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _has(value: Any, path: Path) -> bool:
    for part in path:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return False
    return True
