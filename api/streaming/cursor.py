"""Cursors as they go over the wire: the SSE id `<turn_id>:<seq>`."""

import re
from typing import NamedTuple

from chat.errors import BadCursor
from chat.keys import TURN_ID, is_turn_id

MAX_SEQ = 2**53 - 1
"""Told with the end of a turn whose log is gone: nothing comes after it."""

_SEQ = re.compile(r"0|[1-9][0-9]{0,15}")

SEQ_PATTERN = f"^({_SEQ.pattern})?$"
CURSOR_PATTERN = f"^(({TURN_ID.pattern}):({_SEQ.pattern}))?$"
"""As the document tells them; left empty they count as not given."""


class Cursor(NamedTuple):
    turn_id: str
    seq: int


def parse(event_id: str) -> Cursor:
    """Raises `BadCursor`."""
    turn_id, _, seq = event_id.rpartition(":")
    if not is_turn_id(turn_id):
        raise BadCursor
    return Cursor(turn_id, parse_seq(seq))


def parse_seq(text: str) -> int:
    """Raises `BadCursor`."""
    if not _SEQ.fullmatch(text) or int(text) > MAX_SEQ:
        raise BadCursor
    return int(text)
