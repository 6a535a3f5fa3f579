"""Counts of tokens."""

from pydantic import BaseModel


class Usage(BaseModel):
    """Tokens as the model server counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


def total(one: Usage | None, other: Usage | None) -> Usage | None:
    """Returns the tokens of both; those of one where the other's are not known."""
    if one is None or other is None:
        return one or other
    return Usage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        total_tokens=one.total_tokens + other.total_tokens,
    )
