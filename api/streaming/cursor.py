"""Parses cursors, the SSE ids `<turn_id>:<seq>`."""

import re
from typing import NamedTuple

from chat.errors import BadCursor
from chat.keys import TURN_ID, is_turn_id

MAX_SEQ = 2**53 - 1
"""The `seq` of the last event of a turn whose log is gone; no event follows it."""

_SEQ = re.compile(r"0|[1-9][0-9]{0,15}")

SEQ_PATTERN = f"^({_SEQ.pattern})?$"
CURSOR_PATTERN = f"^(({TURN_ID.pattern}):({_SEQ.pattern}))?$"
"""Patterns for the OpenAPI document; an empty value counts as not given."""


class Cursor(NamedTuple):
    """The last event that a reader has; `seq` 0 is before the first one."""

    turn_id: str
    seq: int


def parse(event_id: str) -> Cursor:
    """Parses an SSE id. Raises `BadCursor`."""
    turn_id, _, seq = event_id.rpartition(":")
    if not is_turn_id(turn_id):
        raise BadCursor
    return Cursor(turn_id, parse_seq(seq))


def parse_seq(text: str) -> int:
    """Parses a `seq`. Raises `BadCursor`."""
    if not _SEQ.fullmatch(text) or int(text) > MAX_SEQ:
        raise BadCursor
    return int(text)
