"""Keys that sign: what a good one looks like."""

import re

SHORTEST = 32
FEWEST_CHARACTERS = 8

_PLACEHOLDER = re.compile(r"(change|replace).?(me|this)|your.?(secret|key)|place.?holder|example", re.IGNORECASE)


def weakness(key: str) -> str | None:
    """What is wrong with a signing key, as the end of a sentence that begins with its name; None for a good one."""
    if len(key) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if _PLACEHOLDER.search(key):
        return "is still the text of an example: anybody could sign with it"
    if len(set(key)) < FEWEST_CHARACTERS or key in (key + key)[1:-1]:
        return "repeats itself, so it can be guessed: it must be random"
    return None
