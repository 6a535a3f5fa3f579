"""Names responses and their items by their turns."""

import re
from typing import NamedTuple
from uuid import UUID

from chat import keys

RESPONSE = "resp_"
APPROVAL = "mcpr"
APPROVAL_ID = re.compile(
    APPROVAL + r"_([0-9a-f]{32}[1-9][0-9]{0,17})_([0-9]{1,6}(?:\.[0-9]{1,6})?)(?:_([0-9a-f]{16}))?"
)
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


class AskedItem(NamedTuple):
    """What the id of an approval request names. `revision`: of the question, None = not known."""

    turn_id: str
    approval_id: str
    revision: str | None


def approval_item(turn_id: str, approval_id: str, revision: str | None) -> str:
    """Returns the id of the item that asks whether a tool may be called, from which `approval_of` reads all."""
    return item_id(APPROVAL, turn_id, f"{approval_id}_{revision}" if revision else approval_id)


def approval_of(name: str) -> AskedItem | None:
    """Returns what the id names; None for what is no such item's id."""
    found = APPROVAL_ID.fullmatch(name)
    turn_id = turn_of(RESPONSE + found[1]) if found else None
    return AskedItem(turn_id, found[2], found[3]) if found and turn_id else None


def _bare(turn_id: str) -> str:
    return keys.session_of(turn_id).replace("-", "") + keys.number_of(turn_id)
