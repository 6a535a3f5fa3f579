"""What a question asks of the model's reply, besides its text."""

from typing import NamedTuple


class ReplyOptions(NamedTuple):
    """None = as the model does by itself.

    `thinking`: whether it thinks first, where that can be switched. `temperature`: 0 to 2. `max_tokens`: its greatest
    length, where the model's own limit is not less.
    """

    thinking: bool | None = None
    temperature: float | None = None
    max_tokens: int | None = None


NO_OPTIONS = ReplyOptions()
