"""What a question asks of the model's reply, besides its text."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from chat.client_requests import ClientRequest
from chat.session_settings import SessionSettings

NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})


class ReplyOptions(NamedTuple):
    """None = as the model does by itself.

    `thinking`: whether it thinks first, where that can be switched. `temperature`: 0 to 2. `max_tokens`: its greatest
    length, where the model's own limit is not less. `parameters`: further ones of a client's request, which replace the
    model's own. `written`: characters of the reply that are there already and count for its limit of characters.
    `named_tools`: descriptions of those in the prompt's calls, where the model may call none.
    """

    thinking: bool | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    parameters: Mapping[str, Any] = NO_PARAMETERS
    written: int = 0
    named_tools: Sequence[dict[str, Any]] = ()

    @classmethod
    def of_question(cls, thinking: bool | None, settings: SessionSettings, request: ClientRequest | None) -> Self:
        """Returns what a question asks for: what the user has set for its session, or the parameters of its request."""
        if request is None:
            return cls(thinking, settings.temperature, settings.max_tokens)
        given = dict(request.parameters)
        return cls(thinking, given.pop("temperature", None), given.pop("max_tokens", None), given)

    @property
    def has_tools(self) -> bool:
        """Whether the model may call tools."""
        return bool(self.parameters.get("tools"))


NO_OPTIONS = ReplyOptions()
