"""Checks ids of messages from outside."""

import re
import time
from uuid import uuid4

VALID = re.compile(r"[A-Za-z0-9_-]{1,64}")
OF_TURN = re.compile(r"([1-9][0-9]{0,17})-[qr]")
"""The ids that turns give to their question and reply (`chat.messages`)."""


def new_id() -> str:
    return uuid4().hex


def turn_number(message_id: str) -> int:
    """Returns the number of the turn that gave the id; 0 for another id."""
    found = OF_TURN.fullmatch(message_id)
    return int(found[1]) if found else 0


def is_usable(message_id: object) -> bool:
    """Whether a message of a new session may keep the id: no later turn of the session must get the same."""
    if not isinstance(message_id, str) or not VALID.fullmatch(message_id):
        return False
    return turn_number(message_id) < (time.time_ns() // 1000) * 100
