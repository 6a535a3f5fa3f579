"""Checks the strength of signing keys."""

import re

MIN_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 8

_PLACEHOLDER = re.compile(r"(change|replace).?(me|this)|your.?(secret|key)|place.?holder|example", re.IGNORECASE)


def weakness(key: str) -> str | None:
    """Returns a signing key's fault as a predicate whose subject is the setting's name; None for a strong key."""
    if len(key) < MIN_LENGTH:
        return f"must have at least {MIN_LENGTH} characters"
    if _PLACEHOLDER.search(key):
        return "is still the text of an example, so any attacker could sign with it"
    if len(set(key)) < MIN_DISTINCT_CHARACTERS or key in (key + key)[1:-1]:
        return "is repetitive, so it can be guessed; it must be random"
    return None
