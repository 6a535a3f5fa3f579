"""Tells when turns were opened."""

from chat import keys

PER_SECOND = 10**8
"""Turn numbers per second: they are made of a clock's microseconds and two more digits."""


def created_at(turn_id: str) -> int:
    """Returns the second since the epoch in which the turn was opened, by its number."""
    return int(keys.number_of(turn_id)) // PER_SECOND
