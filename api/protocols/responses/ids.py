"""Names responses and their items by their turns."""

import re
from uuid import UUID

from chat import keys

RESPONSE = "resp_"
RESPONSE_ID = re.compile(RESPONSE + r"([0-9a-f]{32})([1-9][0-9]{0,17})")


def response_id(turn_id: str) -> str:
    """Returns the response's id, from which `turn_of` reads the turn's."""
    return RESPONSE + _bare(turn_id)


def turn_of(name: str) -> str | None:
    """Returns the turn's id; None for what is no response's id."""
    found = RESPONSE_ID.fullmatch(name)
    turn_id = f"{UUID(found[1])}.{found[2]}" if found else ""
    return turn_id if keys.is_turn_id(turn_id) else None


def item_id(prefix: str, turn_id: str, place: int | str) -> str:
    """Returns the id of an item; `prefix`: of its type, `place`: its own within the response."""
    return f"{prefix}_{_bare(turn_id)}_{place}"


def _bare(turn_id: str) -> str:
    return keys.session_of(turn_id).replace("-", "") + keys.number_of(turn_id)
