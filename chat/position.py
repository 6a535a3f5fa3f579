"""Defines where a model's reply is, as it is kept with the text for another attempt. Pure."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Position(BaseModel):
    """`model`: id of the model whose reply it is. `pieces`: number of its pieces of text so far, each a token or more.
    `thoughts`: how many of them are thinking.

    Of a background response: `response` is its id, `after` the number of the last event whose text is written.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    pieces: int = Field(0, ge=0)
    thoughts: int = Field(0, ge=0)
    response: str = ""
    after: int | None = None

    def encoded(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


def encoder_of(model: str) -> Callable[[int, int], str]:
    """Returns what encodes the position of a model's reply, given `pieces` and `thoughts`, for each write."""
    head = Position(model=model).encoded().removesuffix("}")
    return lambda pieces, thoughts: f'{head},"pieces":{pieces},"thoughts":{thoughts}}}'


def parsed(text: str) -> Position | None:
    """Returns the position; None for an empty text, or one of another version."""
    try:
        return Position.model_validate_json(text)
    except ValidationError:
        return None
