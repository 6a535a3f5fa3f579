"""Names completions by their turns."""

from chat import keys

PREFIX = "chatcmpl-"
PER_SECOND = 10**8
"""Turn numbers per second: they are made of a clock's microseconds and two more digits."""


def id_of(turn_id: str) -> str:
    """Returns the completion's id, from which the turn's can be read."""
    return f"{PREFIX}{turn_id}"


def created_at(turn_id: str) -> int:
    """Returns the second since the epoch in which the turn was opened, by its number."""
    return int(keys.number_of(turn_id)) // PER_SECOND
