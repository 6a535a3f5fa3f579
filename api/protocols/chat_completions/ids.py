"""Names completions by their turns."""

PREFIX = "chatcmpl-"


def id_of(turn_id: str) -> str:
    """Returns the completion's id, from which the turn's can be read."""
    return f"{PREFIX}{turn_id}"
