"""Streams replies from all models of the catalogue, each from its provider."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Self

from chat.position import Position
from chat.providers.catalog import Capability, Catalog, Model
from chat.settings import Settings
from worker.llm import failures
from worker.llm.client import ProviderClient
from worker.llm.continuation import Continuation
from worker.llm.delta import Delta
from worker.llm.options import NO_OPTIONS, ReplyOptions
from worker.llm.prompt import PromptMessage
from worker.llm.reply import Sink
from worker.llm.requests import request_of


class Models:
    """The clients of all providers. Use it inside `async with`, which closes their connections."""

    def __init__(self, settings: Settings) -> None:
        self.catalog: Catalog = settings.catalog
        self._clients = {
            provider.name: ProviderClient(provider, settings.max_reply_chars, settings.turn_timeout)
            for provider in self.catalog.providers
        }
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for client in self._clients.values():
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def candidates(self, model_id: str, needs: Iterable[Capability] = ()) -> Sequence[Model]:
        """Returns the model and its fall-backs, as `Catalog.candidates`.

        Raises `ModelFailure` for a model that is no longer listed.
        """
        candidates = self.catalog.candidates(model_id, needs)
        if not candidates:
            raise failures.not_offered()
        return candidates

    async def stream(
        self,
        model_id: str,
        messages: list[PromptMessage],
        sink: Sink,
        *,
        options: ReplyOptions = NO_OPTIONS,
        continuation: Continuation | None = None,
    ) -> Delta:
        """Adds the reply of a model to `sink`, as `ProviderClient.stream`. Raises `ModelFailure`, `NotContinued`."""
        model, *_ = self.candidates(model_id)
        request = request_of(model, messages, options)
        client = self._clients[model.provider]
        has_tools, written = options.has_tools, options.written
        return await client.stream(model, request, sink, continuation, has_tools=has_tools, written=written)

    async def cancel(self, position: Position) -> None:
        """Stops a reply that its provider makes in the background, if one is. Never fails."""
        if position.response and (model := self.catalog.find(position.model)):
            await self._clients[model.provider].cancel(position)
